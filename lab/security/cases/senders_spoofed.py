"""Commands under numbers and names that look like those of somebody who may command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gsm_driver.pdu.address import TypeOfNumber
from lab.parts.names import ANNA, SOURCE, TOPICS
from lab.security.case import Case
from lab.security.gate import a_gate
from lab.security.spoofing import pdu_from

if TYPE_CHECKING:
    from lab.run import Run
    from lab.security.case import Book
    from lab.security.gate import Gate

CASE = Case(
    name="senders_spoofed",
    tries="commands by SMS from names, short codes, and numbers that differ in one digit or in the country",
    expected="no command is obeyed, nobody gets an answer; the number itself is obeyed",
    is_quick=True,
    remark="a sender with Anna's whole number is Anna: what changes more than an alarm needs proof besides",
)
NATIONAL = ANNA[3:]  # of +43
TEXTS = ("OK {code}", "OK", "OK ALL", "LAMP", "SNOOZE {code} 480", "STATUS", "HELP", "STATUS {code}")
QUICK = 2  # texts of each sender
ALPHA = TypeOfNumber.ALPHANUMERIC

# The type of number, and its digits or letters.
NOT_ANNA: tuple[tuple[TypeOfNumber, str], ...] = (
    (ALPHA, "Anna"),
    (ALPHA, "anna"),
    (ALPHA, f"0{NATIONAL}"),  # what she dials at home, as a name
    (ALPHA, NATIONAL),
    (ALPHA, f"+{ANNA[1:11]}"),
    (ALPHA, "gateway"),
    (ALPHA, ""),
    (TypeOfNumber.INTERNATIONAL, f"49{NATIONAL}"),
    (TypeOfNumber.INTERNATIONAL, f"430{NATIONAL}"),
    (TypeOfNumber.INTERNATIONAL, f"{ANNA[1:]}0"),
    (TypeOfNumber.INTERNATIONAL, ANNA[1:-1]),
    (TypeOfNumber.INTERNATIONAL, f"00{ANNA[1:]}"),
    (TypeOfNumber.INTERNATIONAL, NATIONAL),
    (TypeOfNumber.INTERNATIONAL, f"{ANNA[1:-1]}#"),
    (TypeOfNumber.INTERNATIONAL, f"*{ANNA[1:]}"),
    (TypeOfNumber.INTERNATIONAL, f"{ANNA[1:]}c"),
    (TypeOfNumber.NATIONAL, f"{NATIONAL}1"),
    (TypeOfNumber.NATIONAL, NATIONAL[:-1]),
    (TypeOfNumber.NATIONAL, f"1{NATIONAL}"),
    (TypeOfNumber.SUBSCRIBER, NATIONAL[3:]),
    (TypeOfNumber.ABBREVIATED, NATIONAL[-5:]),
    (TypeOfNumber.NETWORK_SPECIFIC, NATIONAL[-6:]),
    (TypeOfNumber.UNKNOWN, NATIONAL[3:]),
    (TypeOfNumber.UNKNOWN, f"49{NATIONAL}"),
    (TypeOfNumber.UNKNOWN, f"0049{NATIONAL}"),
    (TypeOfNumber.UNKNOWN, f"0043{NATIONAL}9"),
    (TypeOfNumber.UNKNOWN, ""),
)
LAMP = {"keywords": [{"name": "lamp", "words": ["LAMP"], "tier": 1}]}


async def play(run: Run, book: Book) -> None:
    """All look-alikes, then Anna herself."""
    people = [{"id": "anna", "name": "Anna", "phone": ANNA, "calls": False, "can_command": True}]
    gate = await a_gate(run, people=people, commands=LAMP, default_country="AT")
    code = (await gate.a_good_one("pump"))["code"]
    for kind, digits in NOT_ANNA:
        texts = run.random.sample(TEXTS, QUICK) if run.is_quick else TEXTS
        for words in texts:
            gate.radio.network.deliver_pdu(pdu_from(digits, kind, words.format(code=code)))
            book.attempt(f"as {kind.name.lower()}")
    await gate.heard_all()
    await _judge(gate, book, code)
    for line in gate.gateway.said("message received by"):
        if "from anna" in line:
            book.let_in("a text of somebody else was taken for Anna's")
    await _anna(gate, book, code)
    for line in gate.mistakes:
        book.find(line)


async def _judge(gate: Gate, book: Book, code: str) -> None:
    await gate.settled()
    state = (await gate.plant.alarm("pump"))["acked_by"]
    if state is not None:
        book.let_in(f"the alarm was taken by {state}")
    for topic in (each.topic for each in gate.plant.peer.messages if "/out/keyword/" in each.topic):
        book.let_in(f"{topic} was used")
    for address, text in gate.rows("SELECT address, text FROM message WHERE kind <> 'raise'"):
        book.let_in(f"{'Anna' if address == ANNA else 'somebody'} got an answer of {len(text)} characters")
    (open_alarm,) = gate.rows("SELECT shelved_until FROM alarm WHERE code = ? AND source = ?", code, SOURCE)
    if open_alarm[0] is not None:
        book.let_in("the alarm was put to sleep")


async def _anna(gate: Gate, book: Book, code: str) -> None:
    """As networks spell her: each has to be obeyed, else the others prove nothing."""
    for kind, digits, words in (
        (TypeOfNumber.UNKNOWN, f"0{NATIONAL}", "LAMP"),
        (TypeOfNumber.INTERNATIONAL, ANNA[1:], f"OK {code}"),
    ):
        gate.radio.network.deliver_pdu(pdu_from(digits, kind, words))
    await gate.plant.alarm("pump", acked_by="anna")
    used = await gate.plant.peer.message(f"{TOPICS}/out/keyword/lamp")
    book.must("Anna's own keyword is hers", is_so=json.loads(used.payload)["from_id"] == "anna")
