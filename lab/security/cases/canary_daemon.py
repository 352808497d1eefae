"""Everything that a daemon is told is unique; then all that it wrote and said is searched for it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import signal
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from typer.testing import CliRunner

from alert_engine.daemon.cli import app
from gsm_driver.simulator import SimCard
from lab.parts.names import SOURCE, TOPICS
from lab.parts.plant import a_plant, running
from lab.parts.program import Program
from lab.parts.providers import a_provider
from lab.parts.radio import a_radio
from lab.security.cages import (
    BEN,
    RULES,
    canaries_of,
    endpoints,
    mail_address,
    sections,
    target_of,
)
from lab.security.canaries import Canary, Kind
from lab.security.case import Case
from lab.security.gate import Gate, alarm_of
from lab.security.scan import files_below, judged, sightings
from tests.engine.routes.mail_house import scripted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.parts.plant import Plant
    from lab.run import Run
    from lab.security.cages import Canaries
    from lab.security.case import Book

CASE = Case(
    name="canary_daemon",
    tries="numbers, texts, PINs and passwords that exist once, in a daemon that meets every kind of trouble",
    expected="none is in a log, a file, a topic, a figure or an answer where it need not be, in no spelling",
    is_quick=True,
    remark="searched: files, output by default and with --verbose, topics, health, figures, commands",
)
_COMMANDS = ("check", "status", "alarms --all", "messages", "opted-out", "audit", "export")
_IN_JSON = ("status", "alarms --all", "messages", "audit")
_PROVIDER = "cloud"


async def play(run: Run, book: Book) -> None:
    """Once as it is shipped, once with more in the log; then the search."""
    found = canaries_of(run.random)
    provider = await run.use(a_provider(run.ledger))
    echo = await _an_echo(run)
    refused = {"RCPT": f"550 5.1.1 <{mail_address(found)}> has no mailbox, said gateway:{found.server.value}"}
    post = await run.use(scripted(None, EHLO="250-here\r\n250 AUTH PLAIN", AUTH="235 2.7.0 ok", **refused))
    section = {
        **provider.section(_PROVIDER, port=echo),
        "settings": {"token": found.provider.value},
        "callback_url": "https://gateway.example.org",
        "callback_secret": found.callback.value,
        "callback": {"inbound": {"sender": {"path": "from"}, "text": {"path": "text"}}},
    }
    changes = sections(found, provider=section, mail_port=post.port, ping=f"http://127.0.0.1:{echo}")
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, has_http=True, **changes))
    plant.changes["http"] = {"bind": "127.0.0.1", "port": plant.http_port, "endpoints": endpoints(found)}
    plant.changes["mqtt"] = {
        "host": "127.0.0.1",
        "port": plant.broker.port,
        "username": "gateway",
        "password": found.broker.value,
    }
    plant.changes["modems"] = [{"name": "stick", "port": str(plant.modem), "pin": found.sim_pin.value}]
    said: list[tuple[str, bytes]] = []
    totp = await _live(run, book, plant, found, said)
    await _live_again(run, plant, found, said)
    said += _commands(run)
    said += [
        (f"mqtt: {message.topic}", message.topic.encode() + b" " + message.payload)
        for message in plant.peer.messages
        if message.topic.startswith((f"{TOPICS}/out/", f"{TOPICS}/status", f"{TOPICS}/info"))
    ]
    _search(run, book, (*found, totp), said)


async def _an_echo(run: Run) -> int:
    """A provider and a watchdog that refuse everything, and repeat what they were told; its port."""

    async def echo(request: web.Request) -> web.Response:
        told = f"{request.headers.get('Authorization')} {request.path} {await request.text()}"
        return web.json_response({"error": told, "code": told}, status=400, reason="Refused")

    served = web.Application()
    served.router.add_route("*", "/{path:.*}", echo)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    run.keep(_Closing(runner))
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return int(runner.addresses[0][1])


class _Closing:
    """Ends a server with the run; its loop ends right after."""

    def __init__(self, runner: web.AppRunner) -> None:
        self._runner = runner

    def __enter__(self) -> None:
        """It runs."""

    def __exit__(self, *_: object) -> None:
        """It has no connections that matter."""


# --- what happens -------------------------------------------------------------------------------------------


async def _live(run: Run, book: Book, plant: Plant, found: Canaries, said: list[tuple[str, bytes]]) -> Canary:
    """A day of everything; returns the key of one-time codes that it made."""
    radio = run.keep(a_radio(plant.modem))
    radio.simulator.modem.sim = SimCard(pin=found.sim_pin.value, number="+436640000099")
    radio.network.add_phone(found.ben.value)
    async with plant.gateway() as program:
        gate = Gate(run=run, plant=plant, radio=radio, gateway=program)
        await running(program)
        await asyncio.to_thread(gate.told, {"do": "pin", "person": BEN, "pin": found.pin.value})
        answer = await asyncio.to_thread(gate.told, {"do": "totp", "person": BEN})
        totp = Canary(name="key of one-time codes", kind=Kind.SECRET, value=_secret_in(answer["uri"]))
        await asyncio.to_thread(gate.told, {"do": "pin", "person": "anna", "pin": found.wrong_pin.value[:3]})
        await _sources(gate, book, found)
        await _people(gate, book, found)
        await _trouble(gate, book, found)
        said += await _pages(gate)
        program.signal(signal.SIGTERM)
        await program.ends()
        said.append(("output", program.output.encode()))
    return totp


async def _live_again(run: Run, plant: Plant, found: Canaries, said: list[tuple[str, bytes]]) -> None:
    """With --verbose: wires and stories are logged, and what is secret in them is not."""
    radio = run.keep(a_radio(plant.modem.with_name("modem2")))
    radio.network.add_phone(found.ben.value)
    plant.changes["modems"] = [{"name": "stick", "port": str(radio.link), "pin": found.sim_pin.value}]
    file = plant.folder / "gateway.yaml"
    plant.gateway()  # writes the file
    async with Program("alert_engine.daemon", "run", "--verbose", str(file)) as program:
        await running(program)
        await plant.raise_alarm("again", f"Again {found.title.value}", text=found.text.value)
        await radio.sms(found.title.value)
        radio.network.deliver_sms(found.stranger.value, f"Hello {found.words.value}")
        radio.network.deliver_sms(found.ben.value, f"NOTE {found.note.value} {found.pin.value}")
        await program.says("message received by stick from ben")
        program.signal(signal.SIGTERM)
        await program.ends()
        said.append(("output with --verbose", program.output.encode()))


def _secret_in(uri: str) -> str:
    return uri.partition("secret=")[2].partition("&")[0]


async def _sources(gate: Gate, book: Book, found: Canaries) -> None:
    """Alarms and texts on every way in."""
    title = f"Tank {found.title.value} is low"
    await gate.plant.raise_alarm("tank", title, text=f"Look {found.text.value}", where=found.label.value)
    await gate.radio.sms(found.title.value)
    book.attempt("alarm on MQTT")
    body = alarm_of("http", title=title, text=found.text.value)
    field = json.dumps({**json.loads(body), "token": found.form.value}).encode()
    for name, proof, given in (
        ("bearer", f"Bearer {found.bearer.value}", body),
        ("basic", _basic(found.basic.value), body),
        ("hmac", "", body),
        ("path", "", body),
        ("field", "", field),
    ):
        signature = hmac.new(found.hmac.value.encode(), given, hashlib.sha256).hexdigest()
        headers = (("Authorization", proof), ("X-Signature", signature), ("Content-Type", "application/json"))
        answer = await gate.wire.ask("POST", target_of(name, found), headers, given)
        book.attempt(f"alarm by HTTP, {name}")
        book.must(f"{name} is taken, not answered {answer.status}", is_so=answer.status == 202)
    for to in (found.recipient.value, BEN, found.recipient.value[:6]):
        order = {"request_id": f"to-{to[-2:]}-{len(to)}", "to": [to], "text": f"Door {found.sent.value}"}
        await gate.plant.peer.publish(f"{TOPICS}/in/send", json.dumps(order))
        book.attempt("text on MQTT")


async def _people(gate: Gate, book: Book, found: Canaries) -> None:
    """Whoever writes and rings: a stranger, a person, with the right PIN and with a wrong one."""
    network, ben = gate.radio.network, found.ben.value
    for sender, text in (
        (found.stranger.value, f"Hello {found.words.value}"),
        (found.stranger.value, f"Hello {found.words.value} ä € {'long ' * 40}"),
        (ben, f"What is {found.chat.value}"),
        (ben, f"NOTE {found.note.value} {found.pin.value}"),
        (ben, f"NOTE {found.note.value} {found.wrong_pin.value}"),
        (ben, f"NOTTE {found.note.value} {found.wrong_pin.value}"),
        (ben, f"TEST {found.wrong_pin.value}"),
        (ben, "STATUS"),
    ):
        after = len(gate.gateway.lines)
        network.deliver_sms(sender, text)
        await gate.gateway.says("message received by", after=after)
        book.attempt("SMS from a phone")
    network.ring(found.caller.value, give_up_after=2.0)
    await gate.gateway.says("call to ")
    book.attempt("call from a phone")
    await gate.plant.peer.message(f"{TOPICS}/out/keyword/note")


async def _trouble(gate: Gate, book: Book, found: Canaries) -> None:
    """What is refused, what fails, and a configuration that makes no sense."""
    bad = f'{{"title": "{found.refused.value}", "severity": "{found.refused.value}"}}'
    for topic in (f"in/alarm/{SOURCE}/bad", f"in/state/{SOURCE}/bad", "in/send", "in/cmd/ack", "in/cmd/call"):
        for payload in (bad, bad[:-1], bad.encode("utf-16"), b"\xff" + bad.encode()):
            await gate.plant.peer.publish(f"{TOPICS}/{topic}", payload, unchecked=True)
            book.attempt("refused on MQTT")
    for name in ("bearer", "basic", "hmac", "path", "field"):
        wrong = (("Authorization", f"Bearer {found.refused.value}"), ("Content-Type", "application/json"))
        await gate.wire.ask("POST", target_of(name, found), wrong, bad.encode())
        await gate.wire.ask("POST", f"/callback/{_PROVIDER}/{found.callback.value}x", wrong, bad.encode())
        await gate.wire.say(f"GET /{found.bearer.value} HTTP/9.9 {found.refused.value}\r\n\r\n".encode())
        book.attempt("refused by HTTP", count=3)
    call = json.dumps({"from": found.stranger.value, "text": found.words.value}).encode()
    await gate.wire.ask("POST", f"/callback/{_PROVIDER}/{found.callback.value}", (), call)
    book.attempt("called by a provider")
    await gate.gateway.says(f"message received by {_PROVIDER}")
    gate.radio.conditions(submit_latency=0.05)
    file = gate.plant.folder / "gateway.yaml"
    right = file.read_text(encoding="utf-8")
    for at, wrong_file in enumerate(_wrong_files(right, found)):
        file.write_text(wrong_file, encoding="utf-8")
        after = len(gate.gateway.lines)
        gate.gateway.signal(signal.SIGHUP)
        await gate.gateway.says("stays as it was", after=after)
        output = _run("check", str(file))
        (gate.plant.folder / f"check-{at}").write_bytes(output)
        book.attempt("configuration without sense")
    file.write_text(right, encoding="utf-8")
    await gate.gateway.says(rf"email to {BEN} .*(failed|cancelled|expired)")


def _wrong_files(right: str, found: Canaries) -> Iterator[str]:
    """Each secret where something else is asked for, and files that are no YAML next to a secret."""
    settings = json.loads(right)

    def changed(section: str, value: Any) -> str:
        return json.dumps({**settings, section: value})

    yield right[:-20]
    yield f"{right}\n  {found.broker.value}: [\n"
    yield changed("mqtt", {**settings["mqtt"], "password": [found.broker.value]})
    yield changed("mqtt", {**settings["mqtt"], "port": found.broker.value})
    yield changed("modems", [{**settings["modems"][0], "pin": f"{found.sim_pin.value}{found.pin.value}"}])
    yield changed("people", [{**settings["people"][1], "addresses": found.ben.value}])
    yield changed("people", [{"id": BEN, "name": "B", "phone": f"x{found.ben.value}"}])
    endpoint = {"name": "bearer", "format": "generic"}
    yield changed("http", {"endpoints": [{**endpoint, "auth": {"type": found.bearer.value}}]})
    yield changed("http", {"endpoints": [{**endpoint, "auth": {"type": "path", "secret": found.path.value}}]})
    yield changed(
        "http", {"endpoints": [{**endpoint, "auth": {"type": "bearer", "secret": {found.bearer.value: 1}}}]}
    )
    first = settings["providers"][0]
    yield changed("providers", [{**first, "settings": {"token": [found.provider.value]}}])
    yield changed("providers", [{**first, "callback_secret": f"{found.callback.value}/%"}])
    yield changed("providers", [{**settings["providers"][1], "password": {"x": found.server.value}}])
    yield changed("providers", [{**settings["providers"][1], "password": f"{found.server.value}\n"}])
    yield changed("supervision", {"ping": {"url": found.ping.value}})


def _basic(password: str) -> str:
    return f"Basic {base64.b64encode(f'plc:{password}'.encode()).decode()}"


# --- what it shows ------------------------------------------------------------------------------------------


async def _pages(gate: Gate) -> list[tuple[str, bytes]]:
    found = []
    async with aiohttp.ClientSession(f"http://127.0.0.1:{gate.plant.http_port}") as session:
        for path in ("/healthz", "/metrics", "/", "/callback/x"):
            async with session.get(path) as answer:
                found.append((f"http: {path}", str(answer.headers).encode() + await answer.read()))
    return found


def _commands(run: Run) -> list[tuple[str, bytes]]:
    file = run.folder / "gateway.yaml"
    asked = [(command, *command.split()) for command in _COMMANDS]
    asked += [(f"{command} --json", *command.split(), "--json") for command in _IN_JSON]
    found = [(f"command: {command}", _run(word, str(file), *options)) for command, word, *options in asked]
    lines = _run("messages", str(file)).splitlines()
    uids = (line.split(b"\t")[0].decode() for line in lines)
    return [*found, *(("command: messages UID", _run("messages", str(file), uid)) for uid in uids)]


def _run(*arguments: str) -> bytes:
    """What a command of the daemon says, on both outputs."""
    return CliRunner().invoke(app, arguments).output_bytes


def _search(run: Run, book: Book, wanted: tuple[Canary, ...], said: list[tuple[str, bytes]]) -> None:
    """Everything; and whether the search can see at all: the journal has to hold what was said."""
    places = [*files_below(run.folder), *said]
    book.measure("places", len(places))
    book.measure("octets", sum(len(octets) for _, octets in places))
    book.measure("spellings", sum(len(canary.needles) for canary in wanted))
    seen = sightings(wanted, places)
    findings, used = judged(seen, RULES)
    for finding in findings:
        book.find(finding)
    for rule, count in used.items():
        book.must(f"the rule about {', '.join(rule.places)} is needed", is_so=count > 0)
    in_journal = {one.canary for one in seen if one.place.startswith("journal.db")}
    for name in ("number of a person", "number of a stranger", "alarm title", "words of a stranger"):
        book.must(f"{name} was in the run at all", is_so=name in in_journal)
