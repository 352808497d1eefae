"""Texts that would command the terminal of whoever looks at them, or make a line of a pipe two."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from alert_engine.daemon.cli import app
from lab.parts.names import SOURCE, TOPICS
from lab.security.case import Case
from lab.security.gate import a_gate
from lab.security.hostile import WORDS

if TYPE_CHECKING:
    from pathlib import Path

    from lab.run import Run
    from lab.security.case import Book
    from lab.security.gate import Gate

CASE = Case(
    name="terminal",
    tries="escape sequences, control characters, turned text and line breaks in alarms and SMS",
    expected="the commands of the daemon and its log show none of them; a record of a pipe is one line",
    is_quick=True,
)
# What a terminal obeys (ECMA-48), and what turns the order of letters (Unicode UAX 9, UAX 50).
COMMANDING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
JSON_COMMANDS = (
    "status --json",
    "alarms --all --json",
    "messages --json",
    "audit --json",
    "export",
    "export --full",
)
LINES = ("alarms --all", "messages", "audit", "opted-out")


async def play(run: Run, book: Book) -> None:
    """All words in all fields, then every command that shows them."""
    gate = await a_gate(run, supervision={"raises_alarms": False})
    for number, words in enumerate(WORDS):
        alarm = {
            "event": "raise",
            "severity": "critical",
            "title": f"t{number} {words}"[:180],
            "text": f"x{number} {words}",
            "url": f"https://h/{words}",
            f"label {words}": words,
        }
        await gate.plant.peer.publish(
            f"{TOPICS}/in/alarm/{SOURCE}/w{number}", json.dumps(alarm), unchecked=True
        )
        order = {
            "request_id": f"o{number}",
            "to": ["anna"],
            "text": f"o{number} {words}",
            "severity": "critical",
        }
        await gate.plant.peer.publish(f"{TOPICS}/in/send", json.dumps(order))
        gate.radio.network.deliver_sms("+447911123456", words.replace("\x00", "")[:60] or "x")
        book.attempt("words", count=3)
    await gate.heard_all()
    await gate.settled()
    file = run.folder / "gateway.yaml"
    await asyncio.to_thread(_show_all, gate, book, file)
    for line in gate.gateway.lines:
        if found := COMMANDING.search(line):
            book.let_in(f"the log shows {found[0]!r}")
    kept = gate.rows("SELECT count(*) FROM message WHERE text LIKE '%' || char(27) || '%'")
    book.must("the words are in the journal as they came", is_so=kept[0][0] > 0)


def _show_all(gate: Gate, book: Book, file: Path) -> None:
    for command in (*LINES, "status"):
        _judge(book, command, _run(file, command))
    for command in LINES[:2]:
        table = "alarm" if command.startswith("alarms") else "message"
        (wanted,) = gate.rows(f"SELECT min(50, count(*)) FROM {table}")  # noqa: S608 - one of two words
        lines = _run(file, command).splitlines()
        book.must(f"{command}: {wanted[0]} lines, not {len(lines)}", is_so=len(lines) == wanted[0])
    for command in JSON_COMMANDS:
        said = _run(file, command)
        _judge(book, command, said)
        for line in said.split("\n"):
            book.must(f"{command}: each line is JSON", is_so=not line or _is_json(line))
    for (uid,) in gate.rows("SELECT uid FROM message"):
        _judge(book, f"messages {uid}", _run(file, f"messages {uid}"), "messages UID")
        _judge(book, f"messages {uid} --json", _run(file, f"messages {uid} --json"), "messages UID --json")


def _run(file: Path, command: str) -> str:
    """As a terminal would get it: with what typer leaves out where nobody looks."""
    word, *options = command.split()
    return CliRunner().invoke(app, [word, str(file), *options], color=True).output_bytes.decode()


def _judge(book: Book, command: str, said: str, name: str = "") -> None:
    found = COMMANDING.search(said)
    book.attempt(name or command)
    if found:
        book.let_in(f"{name or command} shows {found[0]!r}")


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
