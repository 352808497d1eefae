"""PINs, one-time codes and challenges: guessed, repeated, and sent by the wrong phone."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from alert_engine.inbound.one_time_codes import code_at, counter_at
from lab.parts.names import ANNA, TOPICS
from lab.security.case import Case
from lab.security.gate import a_gate

if TYPE_CHECKING:
    from lab.run import Run
    from lab.security.case import Book
    from lab.security.gate import Gate

CASE = Case(
    name="proofs_guessed",
    tries="PINs and one-time codes under the right number: guessed, used again, of somebody else",
    expected="five guesses of a sender and ten of all are compared, then not even the right one counts",
    is_quick=True,
    timeout=180.0,
    remark="row 52 plays days of it in virtual time; here the daemon is a process",
)
BERT = "+436607654321"
PIN, OTHER_PIN = "7391048265", "5820471936"
QUICK, FULL = 12, 80  # guesses of each sender
OF_A_SENDER, OF_ALL = 5, 10  # that are compared
RIGHT = 3  # proofs that count: a PIN, a one-time code, a challenge
_KEYWORDS = [
    {"name": "garage", "words": ["GARAGE"], "tier": 2},
    {"name": "disarm", "words": ["DISARM"], "tier": 3},
]


async def play(run: Run, book: Book) -> None:
    """First what is right, so that wrong would be seen to work; then again; then guesses."""
    people = [
        {"id": name, "name": name.title(), "phone": phone, "calls": False, "can_command": True}
        for name, phone in (("anna", ANNA), ("bert", BERT))
    ]
    gate = await a_gate(run, people=people, commands={"keywords": _KEYWORDS})
    gate.radio.network.add_phone(BERT)
    for person, pin in (("anna", PIN), ("bert", OTHER_PIN)):
        await asyncio.to_thread(gate.told, {"do": "pin", "person": person, "pin": pin})
    uri = (await asyncio.to_thread(gate.told, {"do": "totp", "person": "bert"}))["uri"]
    key = base64.b32decode(parse_qs(urlsplit(uri).query)["secret"][0])
    await _used_again(gate, book, key)
    await _guessed(gate, book, key)
    for line in gate.mistakes:
        book.find(line)


def _used(gate: Gate) -> list[dict[str, Any]]:
    """Keywords that were obeyed, each once."""
    found = {
        (event := json.loads(each.payload))["id"]: event
        for each in gate.plant.peer.messages
        if each.topic.startswith(f"{TOPICS}/out/keyword/")
    }
    return list(found.values())


async def _write(gate: Gate, sender: str, text: str) -> None:
    gate.radio.network.deliver_sms(sender, text)
    await gate.heard_all()


async def _used_again(gate: Gate, book: Book, key: bytes) -> None:
    """One of each proof, and the same once more: at once, and with other words before it."""
    code = _code(key)
    await _write(gate, ANNA, f"GARAGE {PIN}")
    await _write(gate, BERT, f"DISARM {code}")
    await gate.run.until(lambda: len(_used(gate)) == 2, "what is right is obeyed")
    for sender, text in (
        (BERT, f"DISARM {code}"),
        (BERT, f"disarm {code}."),
        (BERT, f"GARAGE {code}"),
        (ANNA, f"GARAGE {PIN}"),  # within a minute: the network's own repeat
        (ANNA, f"GARAGE {code}"),
    ):
        await _write(gate, sender, text)
        book.attempt("used again")
    await _challenged(gate, book)
    for extra in _used(gate)[RIGHT:]:
        book.let_in(f"a proof counted again: {extra['from_id']}, {extra['auth']}")
    # What was right is answered once the broker has it.
    waiting = "SELECT count(*) FROM waiting_keyword"
    await gate.run.until(lambda: gate.rows(waiting)[0][0] == 0, "all keywords are done")
    await gate.settled()
    await asyncio.to_thread(gate.told, {"do": "unlock"})


async def _challenged(gate: Gate, book: Book) -> None:
    """The code that is texted to Anna, sent back by Bert and by a stranger; and by Anna twice."""
    await _write(gate, ANNA, f"DISARM {PIN}")
    asked = await gate.radio.sms("3 min")
    code = next(
        word.strip(".,") for word in asked.text.split() if word.strip(".,").isdigit() and len(word) >= 6
    )
    before = len(_used(gate))
    for sender in (BERT, "+447911123456", "Anna"):
        await _write(gate, sender, code)
        book.attempt("challenge answered by another phone", is_let_in=len(_used(gate)) > before)
    await _write(gate, ANNA, code)
    await gate.run.until(lambda: len(_used(gate)) == before + 1, "the right answer is taken")
    await _write(gate, ANNA, code)
    await _write(gate, ANNA, f" {code}")
    book.attempt("challenge answered again", count=2, is_let_in=len(_used(gate)) > before + 1)


async def _guessed(gate: Gate, book: Book, key: bytes) -> None:
    """Guesses, one after the other, and then the right one."""
    draw, seconds = gate.run.random, time.monotonic()
    used, entries = len(_used(gate)), len(gate.rows("SELECT seq FROM audit"))
    texts = len(gate.rows("SELECT uid FROM message"))
    count = QUICK if gate.run.is_quick else FULL
    for number in range(count):
        for sender in (ANNA, BERT):
            guess = f"{draw.randrange(10**6):06}" if sender == BERT else f"{draw.randrange(10**10):010}"
            gate.radio.network.deliver_sms(sender, f"{draw.choice(('GARAGE', 'DISARM', 'TEST'))} {guess}")
            book.attempt("guess")
        if number % 5 == 4:
            await gate.heard_all()
    await gate.heard_all()
    for sender, proof in ((ANNA, PIN), (BERT, _code(key))):
        await _write(gate, sender, f"GARAGE {proof}")
        book.attempt("the right one after guessing")
    await gate.settled()
    for each in _used(gate)[used:]:
        book.let_in(f"{each['from_id']}: obeyed while it was locked")
    _judge(gate, book, entries, texts)
    book.measure("guesses in a second", round(2 * count / (time.monotonic() - seconds), 1))


def _judge(gate: Gate, book: Book, entries: int, texts: int) -> None:
    """How many were compared, and who was told anything."""
    audit = gate.rows("SELECT actor, action FROM audit ORDER BY seq")[entries:]
    for actor in ("anna", "bert"):
        compared = sum(who == actor and what in {"refused_wrong", "refused_used"} for who, what in audit)
        book.measure(f"compared of {actor}", compared)
        book.must(f"at most {OF_A_SENDER} guesses of {actor} are compared", is_so=0 < compared <= OF_A_SENDER)
    compared = sum(what in {"refused_wrong", "refused_used"} for _, what in audit)
    book.must(f"at most {OF_ALL} guesses are compared", is_so=compared <= OF_ALL)
    book.must("a sender who guesses is locked out", is_so=any(what == "locked_out" for _, what in audit))
    is_off = any(what == "commands_switched_off" for _, what in audit)
    book.must("ten guesses switch commands off", is_so=is_off or compared < OF_ALL)
    query = "SELECT kind, alarm_id FROM message ORDER BY sequence"
    for kind, alarm in gate.rows(query)[texts:]:
        if alarm is None and kind != "raise":
            book.find(f"a guess had an answer: {kind}")


def _code(key: bytes) -> str:
    """The one of now."""
    return code_at(key, counter_at(datetime.now(UTC)))
