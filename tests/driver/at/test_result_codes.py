from __future__ import annotations

import pytest

from gsm_driver.at.result_codes import (
    CME_CODES,
    CMS_CODES,
    MAX_FINAL_SHOWN,
    FinalCode,
    FinalKind,
    error_from_final,
    parse_final,
)
from gsm_driver.errors import CmeError, CmsError, CodedCommandError, CommandError, ErrorClass
from tests.effort import calls_in


def error(line: str, *, submitted: bool = False, vendor: str | None = None) -> CommandError:
    final = parse_final(line)
    assert final is not None
    return error_from_final("AT+CMGS", final, submitted=submitted, vendor=vendor)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("OK", FinalKind.OK),
        ("ok", FinalKind.OK),
        ("ERROR", FinalKind.ERROR),
        ("COMMAND NOT SUPPORT", FinalKind.ERROR),
        ("ERROR+CNUM:", FinalKind.ERROR),
        ("+CME ERROR: 515", FinalKind.CME),
        ("+CMS ERROR:500", FinalKind.CMS),
        ("+cms error: 500", FinalKind.CMS),
        ("+CMS ERROR 500", FinalKind.CMS),
        ("+CME ERROR:", FinalKind.CME),
    ],
)
def test_finals(line: str, kind: FinalKind) -> None:
    final = parse_final(line)
    assert final is not None
    assert final.kind is kind
    assert final.line == line
    assert final.is_success == (kind is FinalKind.OK)


@pytest.mark.parametrize(
    "line", ["OK, on my way", "NOK", "OKAY", "ERROR: 1", "+CMS ERRORS: 1", "+CMGS: 17", "", "NO CARRIER"]
)
def test_no_finals(line: str) -> None:
    assert parse_final(line) is None


@pytest.mark.parametrize("line", ["NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE"])
def test_finals_of_calls(line: str) -> None:
    assert parse_final(line, in_call=True) == FinalCode(FinalKind.CALL, line)


def test_connect_is_the_success_of_a_call() -> None:
    assert parse_final("CONNECT", in_call=True) == FinalCode(FinalKind.OK, "CONNECT")


# peers-and-modem-quirks 4.1 and 5.4: what the caller should do
CLASSES = [
    *[
        (f"+CMS ERROR: {code}", ErrorClass.TEMPORARY)
        for code in (17, 27, 38, 41, 42, 47, 111, 127, 192, 194, 302, 314, 331, 332)
    ],
    *[(f"+CMS ERROR: {code}", ErrorClass.RECIPIENT) for code in (1, 21, 30, 195, 196)],
    *[
        (f"+CMS ERROR: {code}", ErrorClass.MESSAGE)
        for code in (81, 95, 99, 128, 144, 176, 198, 199, 304, 305)
    ],
    *[
        (f"+CMS ERROR: {code}", ErrorClass.ACCOUNT)
        for code in (8, 10, 28, 29, 50, 69, 193, 310, 311, 313, 316, 330)
    ],
    *[(f"+CMS ERROR: {code}", ErrorClass.MEMORY) for code in (22, 208, 209, 211, 322)],
    *[(f"+CMS ERROR: {code}", ErrorClass.DEVICE) for code in (300, 301, 303, 320, 321, 500)],
    *[(f"+CME ERROR: {code}", ErrorClass.TEMPORARY) for code in (3, 14, 30, 31, 515)],
    *[(f"+CME ERROR: {code}", ErrorClass.ACCOUNT) for code in (10, 11, 12, 13, 15, 16, 17, 18, 32, 262)],
    *[(f"+CME ERROR: {code}", ErrorClass.DEVICE) for code in (0, 4, 100, 132, 200)],
    ("+CME ERROR: 20", ErrorClass.MEMORY),
    ("+CMS ERROR: 2", ErrorClass.TEMPORARY),  # no row: 24.011 has it treated as 41
    ("+CMS ERROR: 150", ErrorClass.MESSAGE),  # no row: a TP-DCS error
    ("+CMS ERROR: 230", ErrorClass.TEMPORARY),
    ("+CMS ERROR: 400", ErrorClass.DEVICE),
    ("ERROR", ErrorClass.DEVICE),
]


@pytest.mark.parametrize(("line", "error_class"), CLASSES)
def test_classes(line: str, error_class: ErrorClass) -> None:
    assert error(line).error_class is error_class


@pytest.mark.parametrize("code", [512, 513, 514, 515, 516, 532, 535, 549, 615, 65535])
def test_vendor_codes_contradict_each_other_so_nobody_is_believed(code: int) -> None:
    assert error(f"+CMS ERROR: {code}").error_class is ErrorClass.TEMPORARY
    assert error(f"+CMS ERROR: {code}", vendor="nobody").error_class is ErrorClass.TEMPORARY


@pytest.mark.parametrize(
    ("code", "error_class"),
    [
        (513, ErrorClass.MEMORY),
        (515, ErrorClass.MESSAGE),
        (532, ErrorClass.TEMPORARY),
        (551, ErrorClass.MESSAGE),
        (700, ErrorClass.TEMPORARY),
    ],
)
def test_vendor_codes_of_a_known_vendor(code: int, error_class: ErrorClass) -> None:
    assert error(f"+CMS ERROR: {code}", vendor="cinterion").error_class is error_class


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("+CMS ERROR: SIM busy", 314),  # AT+CMEE=2; python-gsmmodem took it for no final at all
        ("+CME ERROR: SIM busy", 14),
        ("+CME ERROR: SIM not inserted", 10),
        ("+CME ERROR: (U)SIM not inserted", 10),
        ("+CME ERROR: incorrect password", 16),
        ("+CMS ERROR: Network Timeout", 332),
        ("+CMS ERROR: ME failure", 300),
        ("+CMS ERROR: incorrect parameters", 50),  # a CME word in a CMS error
        ("+CME ERROR: please wait", None),
        ("+CME ERROR:", None),
    ],
)
def test_words(line: str, code: int | None) -> None:
    raised = error(line)
    assert isinstance(raised, CodedCommandError)
    assert raised.code == code
    if code is None:
        assert raised.error_class is ErrorClass.TEMPORARY


@pytest.mark.parametrize("line", ["+CMS ERROR: 332", "+CMS ERROR: 197", "+CME ERROR: 31"])
def test_after_the_pdu_left_a_network_timeout_says_nothing(line: str) -> None:
    assert error(line, submitted=True).error_class is ErrorClass.UNKNOWN
    assert error(line).error_class is not ErrorClass.UNKNOWN


def test_after_the_pdu_left_other_codes_are_clear() -> None:
    assert error("+CMS ERROR: 21", submitted=True).error_class is ErrorClass.RECIPIENT


def test_errors_carry_the_facts() -> None:
    cms = error("+CMS ERROR: 38")
    assert isinstance(cms, CmsError)
    assert (cms.command, cms.final, cms.code) == ("AT+CMGS", "+CMS ERROR: 38", 38)
    assert str(cms) == "the modem answered AT+CMGS with +CMS ERROR: 38"
    assert isinstance(error("+CME ERROR: 14"), CmeError)
    assert type(error("COMMAND NOT SUPPORT")) is CommandError


def test_an_endless_error_is_shown_in_part() -> None:
    assert len(error("+CMS ERROR: " + "x" * 5_000).final) == MAX_FINAL_SHOWN


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("+CMS ERROR: 500", "+CMS ERROR: 500"),
        ("+CME ERROR: please wait", "+CME ERROR: please wait"),
        ("+CME ERROR: 4711", "+CME ERROR: …"),
        ("+CME ERROR: PIN 4711 is wrong, 2 left", "+CME ERROR: PIN … is wrong, … left"),
    ],
)
def test_an_error_repeats_no_number_and_no_pin(line: str, shown: str) -> None:
    assert error(line).final == shown


def test_a_number_that_is_no_code() -> None:
    raised = error("+CMS ERROR: 123456789")
    assert isinstance(raised, CodedCommandError)
    assert raised.code is None


@pytest.mark.parametrize("table", [CME_CODES, CMS_CODES])
def test_every_code_has_its_own_words(table: dict[int, object]) -> None:
    assert (
        len({str(meaning) for meaning in table.values()}) >= len(table) - 1
    )  # memory capacity exceeded is 22 and 211


def test_a_storm_of_errors_without_words_is_read_in_time() -> None:
    """A modem that repeats itself must not keep the loop busy: 4 KiB of the shortest error there is."""
    count = 4096 // len("+CMS ERROR\r\n")
    _, calls = calls_in(lambda: [error("+CMS ERROR") for _ in range(count)])
    assert calls < 60 * count
