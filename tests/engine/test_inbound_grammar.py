"""What is a command and what is not; and who wrote it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.decisions.consent import CONSENT_WORDS, Consent, folded
from alert_engine.errors import ConfigError
from alert_engine.inbound.grammar import (
    DEFAULT,
    Acknowledge,
    Command,
    Question,
    Snooze,
    Use,
    bare_digits,
    hide_proof,
    parse,
    read,
)
from alert_engine.inbound.recogniser import canonical_sender, recognise
from alert_engine.inbound.settings import CommandSettings
from alert_engine.inbound.words import ALL, LANGUAGES, OFF, ON, TIERS, WORDS, BuiltIn
from alert_engine.model import Keyword, Parameter, ParameterKind, Tier
from alert_engine.routes.base import InboundSms
from tests.engine.support import ANNA, BERT, EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("text", ["OK", "ok", "Ok", " OK ", "OK.", "ok .", "OK...", "OK\n", "\u00a0OK\u00a0"])
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
    reading = read(text, DEFAULT)
    command = reading.command or (reading.misuse.command if reading.misuse else None)
    assert command is None or folded(text.strip()).startswith(
        tuple(word for words in WORDS[command.built_in].values() for word in words)
        if not isinstance(command, Use) and command.built_in is not BuiltIn.HELP
        else ""
    )


@given(
    head=st.sampled_from(sorted(DEFAULT.built_in_words())),
    rest=st.text(st.sampled_from(list("0123456789, .ALalOKok\t\u00a0x")), max_size=160),
)
def test_any_ending_of_a_command_is_read(head: str, rest: str) -> None:
    reading = read(head + rest, DEFAULT)
    assert reading.command is None or reading.misuse is None
    assert len(reading.shown) <= len(head + rest)


@pytest.mark.parametrize("text", ["OK ALL", "ok alle", "ACK tutti.", " Ok  All "])
def test_all(text: str) -> None:
    assert parse(text) == Acknowledge(everything=True)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("SNOOZE", Snooze()),
        ("snooze 5", Snooze(minutes=5)),
        ("Pause 4711", Snooze(codes=("4711",))),
        ("RIMANDA 4711 480", Snooze(codes=("4711",), minutes=480)),
        ("SNOOZE4711", Snooze(codes=("4711",))),
        ("STATUS.", Question(built_in=BuiltIn.STATUS)),
        ("stato 4711", Question(built_in=BuiltIn.STATUS, codes=("4711",))),
        ("WHO", Question(built_in=BuiltIn.WHO)),
        ("wer 4711", Question(built_in=BuiltIn.WHO, codes=("4711",))),
        ("hilfe", Question(built_in=BuiltIn.HELP)),
        ("Test", Question(built_in=BuiltIn.TEST)),
        ("WHO is it", None),
        ("STATUS 4711 4712", None),
        ("TEST drive", None),
        ("HELP me", None),
        ("WER\u212a", None),
    ],
)
def test_the_other_commands(text: str, command: Command | None) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "SNOOZE 0",
        "SNOOZE 481",
        "SNOOZE 999",
        "SNOOZE soon",
        "SNOOZE 4711 30 min",
        "PAUSE 30 4711",
        "SNOOZE 12345678",
    ],
)
def test_a_wrong_snooze(text: str) -> None:
    reading = read(text, DEFAULT)
    assert reading.command is None
    assert reading.misuse is not None
    assert reading.misuse.command == Snooze()


@pytest.mark.parametrize(
    ("text", "proof", "shown"),
    [
        ("TEST 314159", "314159", "TEST ######"),
        ("test  314159. ", "314159", "test  ######. "),
        ("TEST 314159265358", "314159265358", "TEST ######"),
        ("TEST 31415", "", "TEST 31415"),
        ("TEST", "", "TEST"),
        ("OK 314159", "", "OK 314159"),
        ("STATUS 314159", "", "STATUS 314159"),
    ],
)
def test_the_proof_is_the_last_word_of_what_needs_one(text: str, proof: str, shown: str) -> None:
    reading = read(text, DEFAULT)
    assert (reading.proof, reading.shown) == (proof, shown)


NOTE = Keyword(
    name="note",
    words=("NOTE",),
    parameters=(Parameter(name="text", kind=ParameterKind.TEXT, max_length=40),),
    tier=Tier.PROVEN,
)


@pytest.mark.parametrize(
    "text",
    [
        "NOTE tank 4 is empty.",
        "NOTE tank 4 is empty. 314159",
        "NOTE tank 4 is empty... 314159.",
        "NOTE tank 4 is empty . .",
        "NOTE tank 4 is empty",
    ],
)
def test_a_command_that_waits_for_its_proof_means_the_same_when_it_is_read_again(text: str) -> None:
    settings = CommandSettings(keywords=(NOTE,))
    first = read(text, settings)
    again = read(first.words, settings, with_proof=False)
    assert first.command is not None
    assert first.command == again.command
    assert first.command.values == {"text": "tank 4 is empty"}


@given(end=st.text(st.sampled_from(list("1.6 ax")), max_size=30))
def test_no_end_of_a_command_is_lost_when_it_is_read_again(end: str) -> None:
    settings = CommandSettings(keywords=(NOTE,))
    first = read(f"NOTE {end}", settings)
    assert read(first.words, settings, with_proof=False).command == first.command


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("TETS 314159.", "TETS ######."),
        ("314159", "######"),
        ("hello", "hello"),
        ("", ""),
        ("a 12345", "a 12345"),
    ],
)
def test_what_may_be_a_proof_is_hidden(text: str, shown: str) -> None:
    assert hide_proof(text) == shown


@pytest.mark.parametrize(
    ("text", "digits"),
    [(" 082130. ", "082130"), ("4711", "4711"), ("471", None), ("OK 4711", None), ("", None)],
)
def test_bare_digits(text: str, digits: str | None) -> None:
    assert bare_digits(text) == digits


def test_only_the_chosen_languages_are_understood() -> None:
    english = CommandSettings(languages=("en",))
    assert parse("PAUSE", english) is None
    assert parse("SNOOZE", english) == Snooze()


def keyword(name: str = "light", words: tuple[str, ...] = ("LIGHT",), **changes: Any) -> Keyword:
    return Keyword(name=name, words=words, **{"tier": Tier.LISTED, **changes})


def parameter(name: str = "level", kind: ParameterKind = ParameterKind.NUMBER, **changes: Any) -> Parameter:
    return Parameter(name=name, kind=kind, **changes)


TEXT = parameter("note", ParameterKind.TEXT, max_length=20)


@pytest.mark.parametrize(
    ("parameters", "text", "values"),
    [
        ((), "LIGHT", {}),
        ((), "LIGHT 1", None),
        ((parameter(),), "light -3", {"level": -3}),
        ((parameter(),), "LIGHT +3,25", {"level": 3.25}),
        ((parameter(minimum=0),), "LIGHT -0.5", None),
        ((parameter(),), "LIGHT 1e3", None),
        ((parameter(),), "LIGHT 1234567890", None),
        ((parameter(),), "LIGHT \u0663", None),
        ((parameter(kind=ParameterKind.CHOICE, choices=("Süd", "north")),), "Light SÜD", {"level": "Süd"}),
        ((parameter(kind=ParameterKind.CHOICE, choices=("Süd", "north")),), "Light east", None),
        ((parameter(kind=ParameterKind.ON_OFF),), "light ein", {"level": True}),
        ((parameter(kind=ParameterKind.ON_OFF),), "light off", {"level": False}),
        ((parameter(kind=ParameterKind.ON_OFF),), "light perhaps", None),
        ((TEXT,), "LIGHT Up  and Away", {"note": "Up and Away"}),
        ((TEXT,), "LIGHT " + 21 * "x", None),
        ((parameter(), TEXT), "LIGHT 1 two three", {"level": 1, "note": "two three"}),
        ((parameter(required=False), parameter("other", required=False)), "LIGHT 1", {"level": 1}),
        ((parameter(required=False),), "LIGHT", {}),
    ],
)
def test_parameters(parameters: tuple[Parameter, ...], text: str, values: dict[str, object] | None) -> None:
    settings = CommandSettings(keywords=(keyword(parameters=parameters),))
    command = parse(text, settings)
    if values is None:
        assert command is None
    else:
        assert isinstance(command, Use)
        assert dict(command.values) == values
        assert command.codes == ()


@pytest.mark.parametrize(
    ("parameters", "usage"),
    [
        ((parameter(minimum=5, maximum=30.5),), "LIGHT 5..30.5"),
        ((parameter(minimum=5),), "LIGHT 5.."),
        ((parameter(),), "LIGHT level"),
        ((parameter(kind=ParameterKind.CHOICE, choices=("A", "B")), TEXT), "LIGHT A/B note..."),
        ((parameter(), parameter("x", ParameterKind.ON_OFF, required=False)), "LIGHT level (ON/OFF)"),
    ],
)
def test_usage(parameters: tuple[Parameter, ...], usage: str) -> None:
    reading = read(
        "light \u2603", CommandSettings(keywords=(keyword(parameters=(*parameters[:1], *parameters[1:])),))
    )
    if parameters[-1] is TEXT:
        reading = read("light", CommandSettings(keywords=(keyword(parameters=parameters),)))
    assert reading.misuse is not None
    assert reading.misuse.usage == usage


@pytest.mark.parametrize(
    "make",
    [
        lambda: parameter("Level"),
        lambda: parameter(kind=ParameterKind.CHOICE),
        lambda: parameter(kind=ParameterKind.CHOICE, choices=("two words",)),
        lambda: parameter(minimum=2, maximum=1),
        lambda: keyword(words=()),
        lambda: keyword(words=("TWO WORDS",)),
        lambda: keyword(parameters=(parameter(), parameter())),
        lambda: keyword(parameters=(TEXT, parameter())),
        lambda: keyword(parameters=(parameter(required=False), parameter("other"))),
        lambda: keyword(answer="$nothing"),
        lambda: keyword(answer="100 $"),
        lambda: keyword(tier=Tier.PROVEN, parameters=(parameter(),)),
        lambda: keyword(tier=Tier.PROVEN, parameters=(parameter(maximum=100_000),)),
        lambda: keyword(
            tier=Tier.PROVEN, parameters=(parameter(kind=ParameterKind.CHOICE, choices=("1", "2")),)
        ),
        lambda: CommandSettings(keywords=(keyword(), keyword("other"))),
        lambda: CommandSettings(keywords=(keyword(), keyword(words=("OTHER",)))),
        lambda: CommandSettings(keywords=(keyword("OK"),)),
        lambda: CommandSettings(keywords=(keyword(words=("ok",)),)),
        lambda: CommandSettings(keywords=(keyword(words=("Pause",)),)),
        lambda: CommandSettings(keywords=(keyword(words=("stop",)),)),
        lambda: CommandSettings(keywords=(keyword(words=("Cancel",)),)),
        lambda: CommandSettings(keywords=(keyword(words=("yes",)),)),
        lambda: CommandSettings(languages=("en", "xx")),
        lambda: CommandSettings(tiers={BuiltIn.TEST: Tier.LISTED}),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ConfigError):
        make()


def test_no_word_of_a_command_is_a_wish_for_silence() -> None:
    wishes = {each.word for each in CONSENT_WORDS if each.meaning is not Consent.HELP}
    words = {word for by_language in WORDS.values() for words in by_language.values() for word in words}
    assert words.isdisjoint(wishes)
    helps = {each.word for each in CONSENT_WORDS if each.meaning is Consent.HELP}
    assert words & helps == {word for words in WORDS[BuiltIn.HELP].values() for word in words}


def test_the_tables_of_the_manual_are_those_of_the_program() -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
    for command, by_language in WORDS.items():
        cells = [", ".join(by_language[language]) for language in LANGUAGES]
        assert f"| {command} | {TIERS[command]:d} | {' | '.join(cells)} |" in page
    for title, words in (("all alarms", ALL), ("on", ON), ("off", OFF)):
        cells = [", ".join(words[language]) for language in LANGUAGES]
        assert f"| {title} |  | {' | '.join(cells)} |" in page
    columns = ("en", "de", "it", "fr", "es", "pt", "nl")
    titles = {"no more messages": Consent.STOP, "messages again": Consent.START, "help": Consent.HELP}
    for title, meaning in titles.items():
        found = [
            ", ".join(
                each.word for each in CONSENT_WORDS if (each.meaning, each.language) == (meaning, column)
            )
            for column in columns
        ]
        row = " | ".join(found).replace("|  ", "| ").rstrip()
        assert re.sub(r"\s+", " ", f"| {title} | {row} |") in re.sub(r"\s+", " ", page)


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
