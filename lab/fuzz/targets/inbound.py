"""What people write: words about consent, commands with codes and proofs, numbers that they write from."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from alert_engine.decisions.consent import Consent, consent_of
from alert_engine.inbound.grammar import (
    MAX_CODES,
    MAX_SNOOZE,
    Acknowledge,
    Command,
    Reading,
    Snooze,
    Use,
    bare_digits,
    hide_proof,
    parse,
    read,
)
from alert_engine.inbound.one_time_codes import matching_counter
from alert_engine.inbound.settings import CommandSettings
from alert_engine.model import Keyword, Parameter, ParameterKind, Tier
from alert_engine.phone.canonical import canonical_phone
from lab.fuzz.target import Target

_HEAT = (
    Parameter(name="degrees", kind=ParameterKind.NUMBER, minimum=5, maximum=30),
    Parameter(name="where", kind=ParameterKind.CHOICE, choices=("hall", "office"), required=False),
)
_SETTINGS = (
    CommandSettings(),
    CommandSettings(
        keywords=(
            Keyword(name="heating", words=("HEAT", "HEIZUNG"), parameters=_HEAT, tier=Tier.CONCERNED),
            Keyword(
                name="pump",
                words=("PUMP",),
                parameters=(Parameter(name="state", kind=ParameterKind.ON_OFF),),
                tier=Tier.PROVEN,
            ),
            Keyword(
                name="note",
                words=("NOTIZ", "ßnote"),
                parameters=(Parameter(name="text", kind=ParameterKind.TEXT, max_length=40),),
                tier=Tier.CONFIRMED,
            ),
        )
    ),
)
_KEY = b"12345678901234567890"
_MOMENT = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
_CODE = re.compile(r"[0-9]{4,6}", re.ASCII)


def one(data: bytes) -> None:
    """The first octet chooses the settings; the rest is a text or a number."""
    if not data:
        return
    text = data[1:].decode("utf-8", "replace")
    settings = _SETTINGS[data[0] & 1]
    reading = read(text, settings, with_proof=not data[0] & 2)
    _check(reading, text, settings)
    word = consent_of(text)
    if word is not None and word.meaning is not Consent.HELP:
        assert reading.command is None, "a word about consent is a command, too"
    hide_proof(text)
    digits = bare_digits(text)
    assert digits is None or _CODE.match(digits)
    _check_number(text, "AT" if data[0] & 4 else None)


def _check(reading: Reading, text: str, settings: CommandSettings) -> None:
    repr(reading)
    if reading.proof:
        assert reading.tier >= Tier.PROVEN
        assert reading.shown.count(reading.proof) < text.count(reading.proof), "a proof is shown"
        matching_counter(_KEY, reading.proof, _MOMENT)
    else:
        assert reading.shown == text
    if reading.command is not None:
        _check_command(reading.command)
        again = read(reading.words, settings, with_proof=False)
        assert again.command == reading.command, "its own words mean something else"


def _check_command(command: Command) -> None:
    assert all(_CODE.fullmatch(code) for code in command.codes)
    assert len(command.codes) <= MAX_CODES
    if isinstance(command, Snooze):
        assert 0 < command.minutes <= MAX_SNOOZE
    if isinstance(command, Acknowledge) and command.codes:
        assert parse(f"OK {', '.join(command.codes)}") == command
    if isinstance(command, Use):
        names = {parameter.name for parameter in command.definition.parameters}
        assert set(command.values) <= names


def _check_number(text: str, country: str | None) -> None:
    try:
        number = canonical_phone(text, default_country=country)
    except ValueError:
        return
    assert canonical_phone(number, default_country=country) == number, "a canonical number has another form"
    assert number.startswith("+")
    assert number[1:].isascii()
    assert number[1:].isdigit()


TARGET = Target(
    one=one,
    max_length=180,
    longest=4096,
    words=(
        *(
            b"OK 4711",
            b"OK ALL",
            b"SNOOZE 4711 30",
            b"STATUS",
            b"WHO 4711",
            b"HELP",
            b"TEST 123456",
            b"PAUSE",
        ),
        *(
            b"STOP",
            b"START",
            b"HEAT 20 hall",
            b"PUMP ON",
            b"NOTIZ ",
            b"4711, 4712",
            b"123456",
            b"TUTTI",
            b"ALLE",
        ),
        *(
            "ß".encode(),
            "\u0131".encode(),
            "\u212a".encode(),
            "\u0664".encode(),
            b"+43 664 ",
            b"0664/",
            b"00",
            b"tel:",
        ),
    ),
)
