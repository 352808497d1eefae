"""Texts, numbers and names that would be more than that: templates, headers, lines, commands, topics."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

from aiohttp import web

from lab.parts.brokers import Peer
from lab.parts.names import ANNA, SOURCE, TOPICS
from lab.security.case import Case
from lab.security.gate import a_gate
from lab.security.hostile import EVIL, MODEM, NAMES, NUMBERS, TEMPLATES, WORDS
from tests.engine.routes.mail_house import PostOffice, post_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lab.run import Run
    from lab.security.case import Book
    from lab.security.gate import Gate

CASE = Case(
    name="injection",
    tries="templates, line breaks, AT commands, fields, wildcards and paths in texts, numbers and names",
    expected="words stay words: one message each, to whom it is for, with nothing filled in",
    timeout=240.0,
)
LINE = re.compile(rb"AT[ -~]*")  # what the driver says to a modem, a line each
PDU = re.compile(rb"[0-9A-F]*")
HEADERS = {
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type",
    "content-transfer-encoding",
    "auto-submitted", "importance", "x-priority", "x-auto-response-suppress", "priority",
}  # fmt: skip
MAIL = "anna@example.org"
_STEPS = [{"notify": ["anna"], "channels": ["sms"]}, {"notify": ["anna"], "channels": ["email"]}]
_MANY = {"windows": ["1000 in 15min"], "reserve": ["1000 in 15min"]}


@dataclass(kw_only=True)
class Form:
    """A provider that takes forms, and keeps what it was sent."""

    taken: list[list[tuple[str, str]]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    port: int = 0

    async def take(self, request: web.Request) -> web.Response:
        """Any request."""
        self.paths.append(request.path_qs)
        if request.method == "POST":
            self.taken.append([(name, str(value)) for name, value in (await request.post()).items()])
        return web.json_response({"id": f"m{len(self.taken)}"})


async def play(run: Run, book: Book) -> None:
    """All words by every way out; then numbers and names that are none."""
    form, post = await run.use(_a_form()), await run.use(post_office())
    gate = await a_gate(run, **_sections(form, post), limits=dict.fromkeys(("sms", "email"), _MANY))
    octets = _overheard(gate)
    everything = await run.use(Peer(gate.plant.broker.port, "everything"))
    await everything.subscribe("#")
    await _alarms(gate, book)
    await _keywords(gate, book)
    await _numbers(gate, book)
    await _names(gate, book)
    await gate.settled()
    await _by_form(gate, book)
    _judge_phones(gate, book)
    _judge_modem(octets, book)
    _judge_mails(post, book)
    _judge_forms(gate, form, book)
    for topic in {each.topic for each in everything.messages}:
        if not re.fullmatch(rf"{TOPICS}/(in|out|status|info)(/[^+#$\x00-\x1f]*)?", topic):
            book.let_in(f"published to {topic!r}")
    for line in gate.mistakes:
        book.find(line)


def _sections(form: Form, post: PostOffice) -> dict[str, Any]:
    provider = {
        "name": "form",
        "type": "generic_http",
        "plain_http": True,
        "settings": {"token": "t0ken"},
        "send": {
            "url": f"http://127.0.0.1:{form.port}/send",
            "query": {"n": "{number}"},
            "headers": {"X-Id": "{uid}"},
            "form": {"to": "{number}", "text": "{text}", "key": "{token}"},
        },
        "answer": {"accepted": {"status": ["2xx"]}, "reference": {"path": "id"}},
    }
    mail = {
        "name": "post",
        "type": "smtp",
        "host": "127.0.0.1",
        "port": post.port,
        "security": "none",
        "sender": "gateway@example.org",
        "subject": "{first_line}",
    }
    anna = {
        "id": "anna",
        "name": "Anna",
        "can_command": True,
        "addresses": [{"channel": "sms", "value": ANNA}, {"channel": "email", "value": MAIL}],
    }
    keyword = {
        "name": "note",
        "words": ["NOTE"],
        "tier": 1,
        "parameters": [{"name": "words", "kind": "text"}],
        "answer": "Noted: ${words} by ${person}",
    }
    return {
        "people": [anna],
        "policies": {"critical": {"steps": _STEPS}},
        "providers": [provider, mail],
        "commands": {"keywords": [keyword]},
        "supervision": {"raises_alarms": False},
    }


async def _alarms(gate: Gate, book: Book) -> None:
    for number, words in enumerate(WORDS):
        alarm = {
            "event": "raise",
            "severity": "critical",
            "id": f"w{number}",
            "title": f"<w{number}> {words}"[:180],
            "text": f"Look: {words}",
            "where": words,
        }
        await gate.plant.peer.publish(f"{TOPICS}/in/alarm/{SOURCE}/w{number}", json.dumps(alarm))
        order = {
            "request_id": f"o{number}",
            "to": [ANNA],
            "text": f"(o{number}) {words}",
            "severity": "critical",
        }
        await gate.plant.peer.publish(f"{TOPICS}/in/send", json.dumps({**order, "channel": "sms"}))
        book.attempt("words in alarms and texts", count=2)
    last = len(WORDS) - 1
    await gate.radio.sms(f"<w{last}>", within=120.0)
    await gate.radio.sms(f"(o{last})", within=120.0)


async def _keywords(gate: Gate, book: Book) -> None:
    """What people write is never read as a template."""
    for words in TEMPLATES:
        gate.radio.network.deliver_sms(ANNA, f"NOTE {words}"[:150])
        await gate.heard_all()
        book.attempt("words in keywords")
    await gate.settled()
    answers = [text for (text,) in gate.rows("SELECT text FROM message WHERE text LIKE 'Noted:%'")]
    book.must("keywords are answered", is_so=bool(answers))
    for text in answers:
        if not any(" ".join(words.split()) in text for words in TEMPLATES):
            book.let_in(f"a parameter was read as a template: {text!r}")


async def _numbers(gate: Gate, book: Book) -> None:
    for number, to in enumerate(NUMBERS):
        order = {
            "request_id": f"n{number}",
            "to": [to],
            "text": f"For nobody {number}",
            "severity": "critical",
        }
        await gate.plant.peer.publish(f"{TOPICS}/in/send", json.dumps(order), unchecked=True)
        book.attempt("numbers")
    await gate.heard_all()
    for address, text in gate.rows("SELECT address, text FROM message WHERE text LIKE 'For nobody%'"):
        if address != ANNA:
            book.let_in(f"a text to {address!r}: {text}")


async def _names(gate: Gate, book: Book) -> None:
    """Keys, sources, ids, and topics for answers."""
    for number, name in enumerate(NAMES):
        raised = {
            "event": "raise",
            "severity": "critical",
            "id": name,
            "key": name,
            "title": f"Name {number}",
        }
        asked = {"request_id": name, "by": name, "code": "1", "reply_to": name}
        ordered = {"request_id": name, "to": ["anna"], "text": f"Name {number}", "severity": "critical"}
        for topic, data in (
            (f"in/alarm/{SOURCE}/name{number}", raised),
            ("in/cmd/ack", asked),
            ("in/cmd/ack", {**asked, "reply_to": f"{TOPICS}/out/response/{name}"}),
            ("in/cmd/ack", {**asked, "reply_to": f"{TOPICS}/out/response/../../{name}"}),
            ("in/cmd/ack", {**asked, "reply_to": f"{TOPICS}/in/alarm/{SOURCE}/x"}),
            ("in/send", ordered),
        ):
            await gate.plant.peer.publish(f"{TOPICS}/{topic}", json.dumps(data), unchecked=True)
            book.attempt("names")
    await asyncio.sleep(0.5)  # answers that go astray are told by nobody


async def _by_form(gate: Gate, book: Book) -> None:
    """Without the modem, the provider with forms is the way."""
    gate.radio.unplug()
    await gate.plant.route("failed", within=60.0)
    for number, words in enumerate(WORDS):
        order = {
            "request_id": f"f{number}",
            "to": [ANNA],
            "text": f"[{number}] {words}",
            "severity": "critical",
        }
        await gate.plant.peer.publish(f"{TOPICS}/in/send", json.dumps({**order, "channel": "sms"}))
        book.attempt("words in forms")
    await gate.settled()


# --- what came of it ----------------------------------------------------------------------------------------


def _overheard(gate: Gate) -> bytearray:
    """Everything that the modem hears from now on."""
    heard, interpreter = bytearray(), gate.radio.simulator.modem.interpreter
    receive = interpreter.receive

    def listening(data: bytes) -> None:
        heard.extend(data)
        receive(data)

    interpreter.receive = listening  # type: ignore[method-assign]  # the line has no ear of its own
    return heard


def _judge_phones(gate: Gate, book: Book) -> None:
    for phone in gate.radio.network.phones:
        if phone.number != ANNA and phone.inbox:
            book.let_in(f"{phone.number} got {len(phone.inbox)} messages")
    texts = gate.radio.phone.texts
    for number, words in enumerate(WORDS):
        for mark in (f"<w{number}>", f"(o{number})"):
            found = [text for text in texts if mark in text]
            book.must(f"one SMS with {mark}, not {len(found)}", is_so=len(found) == 1)
            if found and _visible(words)[:20] not in _visible(found[0]):
                book.find(f"{words!r} reached the phone as {found[0]!r}")


def _visible(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace())


def _judge_modem(octets: bytearray, book: Book) -> None:
    """Lines of the driver and PDUs in hex, each ended as it has to be; no text of ours in them."""
    for line in bytes(octets).replace(b"\x1a", b"\r").split(b"\r"):
        bare = line.strip(b"\n\x1b")
        if bare and not LINE.fullmatch(bare) and not PDU.fullmatch(bare):
            book.let_in(f"the modem heard {bare[:60]!r}")
    for words in (b"CMGD=1,4", b'CPIN="0000"', b"ATD", b"+++", EVIL.encode(), b"Bcc"):
        if words in octets:
            book.let_in(f"the modem heard {words!r}")
    book.must("the modem was overheard at all", is_so=octets.count(b"\x1a") > len(MODEM))


def _judge_mails(post: PostOffice, book: Book) -> None:
    book.must(f"a mail for each alarm, not {len(post.taken)}", is_so=len(post.taken) >= len(WORDS))
    for taken in post.taken:
        mail = message_from_bytes(taken.content, policy=default)
        if taken.recipients != [MAIL]:
            book.let_in(f"a mail to {taken.recipients}")
        for name in mail:
            if name.lower() not in HEADERS:
                book.let_in(f"a mail with the header {name!r}")
        if len(mail.get_all("to", [])) != 1 or "evil" in str(mail["to"]):
            book.let_in(f"a mail that says it is to {mail['to']}")


def _judge_forms(gate: Gate, form: Form, book: Book) -> None:
    book.must(f"a form for each text, not {len(form.taken)}", is_so=len(form.taken) == len(WORDS))
    for path in set(form.paths):
        if path not in {f"/send?n=%2B{ANNA[1:]}", f"/send?n={ANNA}"}:
            book.let_in(f"a request to {path}")
    for pairs in form.taken:
        if [name for name, _ in pairs] != ["to", "text", "key"] or dict(pairs)["key"] != "t0ken":
            book.let_in(f"a form with {pairs}")
    book.measure("mails and SMS", len(gate.rows("SELECT uid FROM message")))


@asynccontextmanager
async def _a_form() -> AsyncIterator[Form]:
    form = Form()
    served = web.Application()
    served.router.add_route("*", "/{path:.*}", form.take)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        form.port = runner.addresses[0][1]
        yield form
    finally:
        await runner.cleanup()
