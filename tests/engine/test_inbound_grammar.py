"""What is a command and what is not; and who wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.inbound.grammar import Acknowledge, parse
from alert_engine.inbound.recogniser import canonical_sender, recognise
from alert_engine.routes.base import InboundSms
from tests.engine.support import ANNA, BERT, EPOCH


@pytest.mark.parametrize("text", ["OK", "ok", "Ok", " OK ", "OK.", "ok .", "OK\n", "\u00a0OK\u00a0"])
def test_a_bare_ok(text: str) -> None:
    assert parse(text) == Acknowledge()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("OK 4711", ("4711",)),
        ("ok 4711.", ("4711",)),
        ("OK4711", ("4711",)),
        ("  Ok   4711  ", ("4711",)),
        ("OK\n4711", ("4711",)),
        ("OK 4711 4712", ("4711", "4712")),
        ("OK 4711, 4712,4713", ("4711", "4712", "4713")),
        ("OK 4711 4711", ("4711",)),
        ("OK 10003", ("10003",)),
        ("OK " + " ".join(str(code) for code in range(1000, 1010)), tuple(map(str, range(1000, 1010)))),
    ],
)
def test_ok_with_codes(text: str, codes: tuple[str, ...]) -> None:
    command = parse(text)
    assert command == Acknowledge(codes=codes)
    assert command.keyword == "OK"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "4711",
        "OKAY",
        "OK?",
        "OK!",
        "OK..",
        "not OK",
        "OK 471",
        "OK 4711000",
        "OK 4711 soon",
        "OK Anna",
        "OK ,4711",
        "O K",
        "0K 4711",
        "OK \uff14\uff17\uff11\uff11",
        "O\u212a",
        "\uff2f\uff2b",
        "OK " + " ".join(str(code) for code in range(1000, 1011)),
        "OK" + " " * 200 + "4711",
    ],
)
def test_no_command(text: str) -> None:
    assert parse(text) is None


@given(st.text(max_size=200))
def test_any_text_is_a_command_or_not(text: str) -> None:
    command = parse(text)
    assert command is None or text.strip()[:2].upper() == "OK"


def sms(sender: str, *, answerable: bool = True) -> InboundSms:
    return InboundSms(
        sender=sender,
        sender_can_be_answered=answerable,
        text="OK",
        received_at=EPOCH,
        service_centre_time=EPOCH,
        is_text=True,
    )


@pytest.mark.parametrize(
    ("sender", "answerable", "country", "person"),
    [
        ("+436641111111", True, None, ANNA),
        ("+436642222222", True, None, BERT),
        ("06641111111", True, "AT", ANNA),
        ("06641111111", True, None, None),
        ("6641111111", True, None, None),
        ("+496641111111", True, None, None),
        ("1111111", True, None, None),
        ("+4366411111111", True, None, None),
        ("+436641111111", False, None, None),
        ("Anna", False, None, None),
        ("", False, None, None),
        ("?", True, None, None),
    ],
)
def test_recognise(*, sender: str, answerable: bool, country: str | None, person: object) -> None:
    message = sms(sender, answerable=answerable)
    assert recognise(message, canonical_sender(message, country), (ANNA, BERT)) is person
