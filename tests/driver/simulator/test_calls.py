"""Bytes in, bytes out: calls (V.250 clause 6.3, 3GPP TS 27.007 clauses 6 and 7)."""

from __future__ import annotations

import pytest

from gsm_driver.models import RegistrationStatus
from gsm_driver.simulator import (
    PROFILES,
    CallBehaviour,
    CallManner,
    NetworkEventKind,
    SimCard,
    SimulatorProfile,
    UnknownNumber,
)
from tests.driver.simulator.bench import MODEM, PHONE, Bench

OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"
DIAL = f"ATD{PHONE};\r".encode()


def line(text: str) -> bytes:
    return f"\r\n{text}\r\n".encode()


def dialled(profile: str = "generic", **behaviour: object) -> Bench:
    """A bench whose modem rings at the phone."""
    bench = Bench(profile).quiet()
    bench.phone.on_call = CallBehaviour(**behaviour)
    assert bench.write(DIAL).startswith(OK)
    return bench


def listed(status: int, index: int = 1, direction: int = 0) -> bytes:
    return line(f'+CLCC: {index},{direction},{status},0,0,"{PHONE}",145') + OK


def test_a_call_from_dialling_to_its_end() -> None:
    bench = dialled(after=3, talks_for=10)
    assert bench.write(b"AT+CLCC\r") == listed(2)
    assert bench.write(b"AT+CPAS\r") == line("+CPAS: 4") + OK
    bench.after(2)
    assert bench.write(b"AT+CLCC\r") == listed(3)
    assert bench.after(3) == b""  # this modem tells nothing but the end
    assert bench.write(b"AT+CLCC\r") == listed(0)
    assert bench.after(10) == line("NO CARRIER")
    assert bench.write(b"AT+CLCC\r") == OK
    assert bench.write(b"AT+CEER\r") == line("+CEER: Normal call clearing") + OK
    (call,) = bench.phone.calls
    assert (call.other, call.is_incoming, call.answered_at) == (MODEM, True, call.at + 3)
    kinds = [event.kind for event in bench.events]
    assert kinds == [NetworkEventKind.RINGING, NetworkEventKind.ANSWERED, NetworkEventKind.CALL_ENDED]


@pytest.mark.parametrize(
    ("manner", "after", "word", "words"),
    [
        (CallManner.BUSY, 2, "BUSY", "User busy"),
        (CallManner.REJECT, 5, "NO CARRIER", "Call rejected"),
        (CallManner.IGNORE, 62, "NO ANSWER", "No answer"),
    ],
)
def test_ways_not_to_answer(manner: CallManner, after: float, word: str, words: str) -> None:
    bench = dialled(manner=manner)
    assert bench.after(after - 0.1) == b""
    assert bench.after(0.1) == line(word)
    assert bench.write(b"AT+CEER\r") == line(f"+CEER: {words}") + OK


def test_a_phone_that_is_off_and_a_number_that_nobody_has() -> None:
    bench = Bench().quiet()
    bench.network.switch_off(PHONE)
    bench.write(DIAL)
    assert bench.after(2) == line("NO CARRIER")
    assert bench.write(b"AT+CEER\r") == line("+CEER: No user responding") + OK
    bench.write(b"ATD+43999;\r")
    assert bench.after(2) == line("NO CARRIER")
    assert bench.write(b"AT+CEER\r") == line("+CEER: Unassigned number") + OK


def test_a_network_where_every_number_is_a_phone() -> None:
    bench = Bench(unknown_number=UnknownNumber.ADOPT).quiet()
    bench.write(b"ATD+43999;\r")
    bench.after(10)
    assert bench.network.phone("+43999").calls[0].answered_at == 5


@pytest.mark.parametrize("command", [b"AT+CHUP", b"ATH", b"ATH0"])
def test_hanging_up(command: bytes) -> None:
    bench = dialled(manner=CallManner.IGNORE)
    bench.after(5)
    assert bench.write(command + b"\r") == OK
    assert bench.write(b"AT+CLCC\r") == OK
    assert bench.phone.calls[0].ended_at == 5
    assert bench.phone.calls[0].at == 2
    assert bench.after(100) == b""
    assert bench.write(command + b"\r") == OK  # there is none


def test_ath_is_deaf_to_voice_calls_where_cvhu_says_so() -> None:
    bench = dialled()
    assert bench.write(b"AT+CVHU=1\r") == OK
    assert bench.write(b"ATH\r") == OK
    assert bench.write(b"AT+CLCC\r") == listed(2)
    assert bench.write(b"AT+CVHU=0;H\r") == OK
    assert bench.write(b"AT+CLCC\r") == OK


def test_what_cannot_be_dialled() -> None:
    bench = dialled()
    assert bench.write(b"ATD0660;\r") == line("+CME ERROR: 3")  # one call at a time
    bench.write(b"AT+CHUP\r")
    assert bench.write(b"ATD0660\r") == line("NO CARRIER")  # a data call
    bench.modem.set_registration(RegistrationStatus.SEARCHING)
    assert bench.write(DIAL) == line("+CME ERROR: 30")
    locked = Bench(sim=SimCard(number=MODEM, pin="1234"))
    locked.write(b"ATE0;+CMEE=1\r")
    assert locked.write(DIAL) == line("+CME ERROR: 11")


def test_a_modem_that_answers_the_dialling_when_the_far_end_does() -> None:
    PROFILES["waiting"] = SimulatorProfile(name="waiting", dial_waits=True)  # type: ignore[index]
    try:
        bench = Bench("waiting").quiet()
    finally:
        del PROFILES["waiting"]  # type: ignore[attr-defined]
    assert bench.write(DIAL) == b""
    assert bench.after(5) == OK
    bench.write(b"AT+CHUP\r")
    bench.phone.on_call = CallBehaviour(manner=CallManner.BUSY)
    assert bench.write(DIAL) == b""
    assert bench.after(2) == line("BUSY")
    bench.phone.on_call = CallBehaviour(manner=CallManner.IGNORE)
    bench.write(DIAL)
    bench.after(4)
    assert bench.write(b"A") == line("NO CARRIER")  # V.250: a character aborts it
    assert bench.write(b"AT\r") == OK
    bench.write(DIAL)
    bench.modem.reboot()
    assert bench.after(100) == b""
    assert bench.phone.calls == [] or bench.phone.calls[-1].ended_at is not None


def test_somebody_calls() -> None:
    bench = Bench().quiet()
    assert bench.network.ring(PHONE, give_up_after=12)
    assert bench.after(0) == line("RING")
    assert bench.write(b"AT+CLIP=1\r") == OK
    assert bench.write(b"AT+CPAS\r") == line("+CPAS: 3") + OK
    assert bench.write(b"AT+CLCC\r") == listed(4, direction=1)
    assert bench.after(5) == line("RING") + line(f'+CLIP: "{PHONE}",145')
    assert bench.after(7.5) == line("RING") + line(f'+CLIP: "{PHONE}",145') + line("NO CARRIER")
    assert bench.after(100) == b""


def test_a_caller_who_hides() -> None:
    bench = Bench().quiet()
    bench.write(b"AT+CLIP=1\r")
    bench.network.ring(PHONE, to=MODEM, hides_number=True)
    assert bench.after(0) == line("RING") + line('+CLIP: "",128')


def test_a_caller_from_nowhere_becomes_a_phone() -> None:
    bench = Bench().quiet()
    bench.network.ring("0660")
    assert bench.network.phone("0660").calls
    with pytest.raises(LookupError):
        bench.network.ring(PHONE, to="+43999")


def test_a_modem_that_cannot_be_called() -> None:
    bench = dialled()
    assert not bench.network.ring(PHONE)
    bench.write(b"AT+CHUP\r")
    bench.modem.set_registration(RegistrationStatus.SEARCHING)
    assert not bench.network.ring(PHONE)


def test_answering() -> None:
    bench = Bench().quiet()
    assert bench.write(b"ATA\r") == line("NO CARRIER")
    bench.phone.on_call = CallBehaviour(tones="1", talks_for=4)
    bench.network.ring(PHONE)
    bench.after(1)
    assert bench.write(b"ATA\r") == OK
    assert bench.write(b"ATA\r") == line("NO CARRIER")
    assert bench.write(b"AT+CLCC\r") == listed(0, direction=1)
    assert bench.after(4) == line("NO CARRIER")
    assert bench.phone.calls[0].answered_at == 1


def test_rejecting() -> None:
    bench = Bench().quiet()
    bench.network.ring(PHONE)
    bench.after(1)
    assert bench.write(b"AT+CHUP\r") == OK
    assert bench.after(100) == b""
    assert bench.phone.calls[0].ended_at == 1


def test_tones() -> None:
    bench = dialled(after=1)
    assert bench.write(b"AT+VTS=1\r") == line("+CME ERROR: 3")  # not yet
    bench.after(3)
    assert bench.write(b"AT+VTS=?\r") == OK
    assert bench.write(b'AT+VTS=1;+VTS="#"\r') == OK
    assert bench.write(b"AT+VTS=12\r") == line("+CME ERROR: 50")
    assert bench.write(b"AT^DTMF=1,5\r") == ERROR
    assert bench.phone.calls[0].tones == "1#"


def test_tones_before_the_answer_are_not_heard() -> None:
    bench = Bench().quiet()
    bench.network.ring(PHONE)
    network_call = bench.modem.voice._network
    assert network_call is not None
    network_call.hear("1")
    assert bench.phone.calls[0].tones == ""


DIALECTS = {
    "sim800": (
        [b"AT+CLCC=1", b"AT+DDET=1"],
        [
            (0, line(f'+CLCC: 1,0,2,0,0,"{PHONE}",145')),
            (2, line(f'+CLCC: 1,0,3,0,0,"{PHONE}",145')),
            (3, line(f'+CLCC: 1,0,0,0,0,"{PHONE}",145')),
            (1, line("+DTMF: 5")),
            (3, line(f'+CLCC: 1,0,6,0,0,"{PHONE}",145') + line("NO CARRIER")),
        ],
    ),
    "sim7600": (
        [b"AT+CLCC=1", b"AT+DDET=1"],
        [
            (0, line(f'+CLCC: 3,0,2,0,0,"{PHONE}",145')),
            (2, line(f'+CLCC: 3,0,3,0,0,"{PHONE}",145')),
            (3, line("VOICE CALL: BEGIN") + line(f'+CLCC: 3,0,0,0,0,"{PHONE}",145')),
            (1, line("+RXDTMF: 5")),
            (
                3,
                line(f'+CLCC: 3,0,6,0,0,"{PHONE}",145')
                + line("VOICE CALL: END: 000004")
                + line("NO CARRIER"),
            ),
        ],
    ),
    "ec25": (
        [b"AT^DSCI=1", b"AT+QTONEDET=1"],
        [
            (0, line(f'^DSCI: 1,0,2,0,"{PHONE}",145')),
            (2, line(f'^DSCI: 1,0,7,0,"{PHONE}",145')),
            (3, line(f'^DSCI: 1,0,3,0,"{PHONE}",145')),
            (1, line("+QTONEDET: 53")),
            (3, line(f'^DSCI: 1,0,6,0,"{PHONE}",145') + line("NO CARRIER")),
        ],
    ),
    "huawei": (
        [],
        [
            (0, line("^ORIG:1,0")),
            (2, line("^CONF:1")),
            (3, line("^CONN:1,0")),
            (1, line("^DDTMF: 5")),
            (3, line("^CEND:1,4,104,16") + line("NO CARRIER")),
        ],
    ),
}


@pytest.mark.parametrize("family", DIALECTS)
def test_a_family_tells_in_its_own_words(family: str) -> None:
    preparation, steps = DIALECTS[family]
    bench = Bench(family).quiet()
    for command in preparation:
        assert bench.write(command + b"\r") == OK
    bench.phone.on_call = CallBehaviour(tones="5", talks_for=4)
    said = bench.write(DIAL)
    for seconds, expected in steps:
        said += bench.after(seconds)
        assert said.removeprefix(OK) == expected
        said = b""


@pytest.mark.parametrize("family", ["sim800", "ec25"])
def test_a_family_that_was_not_asked_says_nothing(family: str) -> None:
    bench = Bench(family).quiet()
    bench.phone.on_call = CallBehaviour(tones="5", talks_for=4)
    assert bench.write(DIAL) == OK
    assert bench.after(20) == line("NO CARRIER")


@pytest.mark.parametrize("command", [b"AT^DSCI=1", b"AT+DDET=1", b"AT+QTONEDET=1", b"AT+CLCC=1"])
def test_the_strict_modem_knows_no_vendor(command: bytes) -> None:
    answer = Bench().quiet().write(command + b"\r")
    assert answer == (OK if command.startswith(b"AT+CLCC") else ERROR)


def test_e3372_forgets_to_announce_messages() -> None:
    bench = Bench("huawei").quiet()
    bench.write(b"AT+CNMI=2,1,0,2,0\r")
    bench.write(DIAL)
    assert bench.write(b"AT+CHUP\r").endswith(OK)
    assert bench.write(b"AT+CNMI?\r") == line("+CNMI: 0,0,0,0,0") + OK


@pytest.mark.parametrize("command", [b"AT+CHUP=?", b"AT+CLCC=?"])
def test_commands_say_that_they_are_there(command: bytes) -> None:
    assert Bench().quiet().write(command + b"\r") == OK
    assert Bench().quiet().write(b"AT+CLIP?\r") == line("+CLIP: 0") + OK
