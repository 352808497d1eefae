"""Bytes in, bytes out: the basic commands, identity, SIM, registration (V.250, 3GPP TS 27.007)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsm_driver.models import RegistrationStatus
from gsm_driver.simulator import SimCard
from tests.driver.simulator.bench import Bench

OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"AT", OK),
        (b"at", OK),
        (b"ATE0V1Q0", OK),
        (b"ATZ", b"\r\nOK\r\n"),
        (b"AT&F", OK),
        (b"AT&C1&D2", OK),
        (b"ATX4", OK),
        (b"ATH", OK),
        (b"ATS3?", b"\r\n013\r\n\r\nOK\r\n"),
        (b"ATS0=0", OK),
        (b"ATI", b"\r\nSimulated\r\nGeneric\r\n1.0\r\n\r\nOK\r\n"),
        (b"AT+CGMI", b"\r\nSimulated\r\n\r\nOK\r\n"),
        (b"AT+CGMM", b"\r\nGeneric\r\n\r\nOK\r\n"),
        (b"AT+CGMR", b"\r\n1.0\r\n\r\nOK\r\n"),
        (b"AT+CGSN", b"\r\n356938035643809\r\n\r\nOK\r\n"),
        (b"AT+CGSN=?", OK),
        (b"AT+GCAP", b"\r\n+GCAP: +CGSM\r\n\r\nOK\r\n"),
        (b"AT+CMEE?", b"\r\n+CMEE: 1\r\n\r\nOK\r\n"),
        (b"AT+CMEE=?", b"\r\n+CMEE: (0-2)\r\n\r\nOK\r\n"),
        (b"AT+CMEE=3", b"\r\n+CME ERROR: 4\r\n"),
        (b"AT+CMEE=x", b"\r\n+CME ERROR: 50\r\n"),
        (b"AT+CFUN?", b"\r\n+CFUN: 1\r\n\r\nOK\r\n"),
        (b"AT+CFUN=?", b"\r\n+CFUN: (0,1,4),(0,1)\r\n\r\nOK\r\n"),
        (b"AT+CPAS", b"\r\n+CPAS: 0\r\n\r\nOK\r\n"),
        (b"AT+CSCS?", b'\r\n+CSCS: "GSM"\r\n\r\nOK\r\n'),
        (b"AT+CSCS=?", b'\r\n+CSCS: ("GSM","IRA","UCS2")\r\n\r\nOK\r\n'),
        (b'AT+CSCS="KLINGON"', ERROR),
        (b"AT+CPIN?", b"\r\n+CPIN: READY\r\n\r\nOK\r\n"),
        (b"AT+CPIN=?", OK),
        (b"AT+CPINR", b"\r\n+CPINR: SIM PIN,3,3\r\n+CPINR: SIM PUK,10,10\r\n\r\nOK\r\n"),
        (b'AT+CPINR="SIM PIN"', b"\r\n+CPINR: SIM PIN,3,3\r\n\r\nOK\r\n"),
        (b'AT+CLCK="SC",2', b"\r\n+CLCK: 0\r\n\r\nOK\r\n"),
        (b"AT+CLCK=?", b'\r\n+CLCK: ("SC")\r\n\r\nOK\r\n'),
        (b'AT+CLCK="SC",1,"1234"', b"\r\n+CME ERROR: 3\r\n"),
        (b"AT+CIMI", b"\r\n232010000000001\r\n\r\nOK\r\n"),
        (b"AT+CCID", b"\r\n+CCID: 8943010000000000017\r\n\r\nOK\r\n"),
        (b"AT+CNUM", b'\r\n+CNUM: ,"+43660000001",145\r\n\r\nOK\r\n'),
        (b"AT+CREG?", b"\r\n+CREG: 0,1\r\n\r\nOK\r\n"),
        (b"AT+CREG=?", b"\r\n+CREG: (0-2)\r\n\r\nOK\r\n"),
        (b"AT+CREG=2;+CREG?", b'\r\n+CREG: 2,1,"00C3","0031A5F2",7\r\n\r\nOK\r\n'),
        (b"AT+CEREG?", b"\r\n+CEREG: 0,1\r\n\r\nOK\r\n"),
        (b"AT+CGATT?", b"\r\n+CGATT: 1\r\n\r\nOK\r\n"),
        (b"AT+CGATT=?", b"\r\n+CGATT: (0,1)\r\n\r\nOK\r\n"),
        (b"AT+CGATT=1", OK),
        (b"AT+COPS?", b'\r\n+COPS: 0,0,"Simulated",7\r\n\r\nOK\r\n'),
        (b"AT+COPS=3,2;+COPS?", b'\r\n+COPS: 0,2,"23299",7\r\n\r\nOK\r\n'),
        (
            b"AT+COPS=?",
            b'\r\n+COPS: (2,"Simulated","Simulated","23299",7),,(0,1,2,3,4),(0,1,2)\r\n\r\nOK\r\n',
        ),
        (b"AT+COPS=0", OK),
        (b"AT+CSQ", b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n"),
        (b"AT+CSQ=?", b"\r\n+CSQ: (0-31,99),(0-7,99)\r\n\r\nOK\r\n"),
        (b"AT+CSQ?", ERROR),
        (b"AT+NOSUCH", ERROR),
        (b"AT+CSQ;+CREG?", b"\r\n+CSQ: 20,0\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n"),
        (b"AT+CSQ;+NOSUCH;+CREG?", b"\r\n+CSQ: 20,0\r\n\r\nERROR\r\n"),
        (b"AT!", ERROR),
    ],
)
def test_a_command_is_answered_byte_by_byte(bench: Bench, command: bytes, answer: bytes) -> None:
    assert bench.write(command + b"\r") == answer


@pytest.mark.parametrize("command", [b"", b"\n", b"hello", b"0791ABCDEF", b"A"])
def test_what_does_not_begin_with_at_is_not_answered(bench: Bench, command: bytes) -> None:
    assert bench.write(command + b"\r") == b""


def test_noise_and_escape_before_at_do_no_harm(bench: Bench) -> None:
    assert bench.write(b"\x00\xff\x1b\n AT\r") == OK


def test_echo_shows_what_was_written_until_it_is_switched_off() -> None:
    bench = Bench()
    assert bench.write(b"AT\r") == b"AT\r\r\nOK\r\n"
    assert bench.write(b"ATE0\r") == b"ATE0\r\r\nOK\r\n"
    assert bench.write(b"AT\r") == OK
    assert bench.write(b"ATZ\r") == OK
    assert bench.write(b"AT\r") == b"AT\r\r\nOK\r\n"


def test_the_prompt_echoes_the_body_too() -> None:
    bench = Bench()
    bench.write(b"AT+CMGS=18\r")
    assert bench.write(b"0001") == b"0001"


def test_v0_answers_with_numbers_and_q1_with_nothing(bench: Bench) -> None:
    assert bench.write(b"ATV0\r") == b"0\r"
    assert bench.write(b"AT+CSQ\r") == b"+CSQ: 20,0\r\n0\r"
    assert bench.write(b"AT+NOSUCH\r") == b"4\r"
    assert bench.write(b"ATQ1\r") == b""


def test_backspace_takes_back_and_a_slash_repeats(bench: Bench) -> None:
    assert bench.write(b"AT+CSX\x08Q\r") == b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n"
    assert bench.write(b"A/") == b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n"


@pytest.mark.parametrize(
    ("cmee", "answer"),
    [(0, ERROR), (1, b"\r\n+CME ERROR: 16\r\n"), (2, b"\r\n+CME ERROR: incorrect password\r\n")],
)
def test_cmee_gives_an_error_its_form(cmee: int, answer: bytes) -> None:
    bench = Bench(sim=SimCard(pin="1234")).quiet()
    bench.write(b"AT+CMEE=%d\r" % cmee)
    assert bench.write(b'AT+CPIN="9999"\r') == answer


def test_the_right_pin_opens_the_sim_and_registers() -> None:
    bench = Bench(sim=SimCard(pin="1234", number="+43660000001")).quiet()
    bench.write(b"AT+CREG=1\r")
    assert bench.write(b"AT+CPIN?\r") == b"\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"
    assert bench.write(b"AT+CIMI\r") == b"\r\n+CME ERROR: 11\r\n"
    assert bench.write(b"AT+CMGS=18\r") == b"\r\n+CMS ERROR: 311\r\n"
    assert bench.write(b"AT+CREG?\r") == b"\r\n+CREG: 1,0\r\n\r\nOK\r\n"
    assert bench.write(b'AT+CPIN="1234"\r') == b"\r\nOK\r\n\r\n+CREG: 1\r\n"
    assert bench.write(b"AT+CPIN?\r") == b"\r\n+CPIN: READY\r\n\r\nOK\r\n"
    assert bench.write(b'AT+CPIN="1234"\r') == b"\r\n+CME ERROR: 3\r\n"


def test_three_wrong_pins_ask_for_the_puk_and_the_puk_sets_a_new_pin() -> None:
    bench = Bench(sim=SimCard(pin="1234", puk="87654321")).quiet()
    for _ in range(3):
        assert bench.write(b'AT+CPIN="0000"\r') == b"\r\n+CME ERROR: 16\r\n"
    assert bench.write(b"AT+CPIN?\r") == b"\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n"
    assert bench.write(b"AT+CPMS?\r") == b"\r\n+CMS ERROR: 316\r\n"
    assert bench.write(b'AT+CPIN="11111111","5555"\r') == b"\r\n+CME ERROR: 16\r\n"
    assert bench.write(b"AT+CPINR\r") == b"\r\n+CPINR: SIM PIN,0,3\r\n+CPINR: SIM PUK,9,10\r\n\r\nOK\r\n"
    assert bench.write(b'AT+CPIN="87654321","5555"\r') == OK
    bench.modem.reboot()
    bench.after(1)
    bench.quiet()
    assert bench.write(b'AT+CPIN="5555"\r') == OK


def test_ten_wrong_puks_end_the_card() -> None:
    bench = Bench(sim=SimCard(pin="1234")).quiet()
    for _ in range(3):
        bench.write(b'AT+CPIN="0000"\r')
    for _ in range(10):
        bench.write(b'AT+CPIN="00000000","1"\r')
    assert bench.write(b"AT+CPIN?\r") == b"\r\n+CME ERROR: 13\r\n"


def test_an_empty_holder_says_so() -> None:
    bench = Bench(sim=SimCard(present=False)).quiet()
    assert bench.write(b"AT+CPIN?\r") == b"\r\n+CME ERROR: 10\r\n"
    assert bench.write(b"AT+CPMS?\r") == b"\r\n+CMS ERROR: 310\r\n"


def test_a_card_without_number_and_centre_answers_empty() -> None:
    bench = Bench(sim=SimCard(service_centre="")).quiet()
    assert bench.write(b"AT+CNUM\r") == OK
    assert bench.write(b"AT+CSCA?\r") == b'\r\n+CSCA: "",129\r\n\r\nOK\r\n'


def test_registration_is_told_as_creg_asks(bench: Bench) -> None:
    bench.modem.set_registration(RegistrationStatus.DENIED)
    assert bench.after(0) == b""
    bench.write(b"AT+CREG=1\r")
    bench.modem.set_registration(RegistrationStatus.ROAMING)
    assert bench.after(0) == b"\r\n+CREG: 5\r\n"
    bench.modem.set_registration(RegistrationStatus.DATA_ONLY, RegistrationStatus.HOME)
    assert bench.after(0) == b"\r\n+CREG: 3\r\n"
    assert bench.write(b"AT+CEREG?\r") == b"\r\n+CEREG: 0,1\r\n\r\nOK\r\n"
    assert bench.write(b"AT+COPS?\r") == b"\r\n+COPS: 0\r\n\r\nOK\r\n"


def test_lost_registration_comes_back(bench: Bench) -> None:
    bench.write(b"AT+CREG=2\r")
    bench.modem.lose_registration(30)
    assert bench.after(29) == b"\r\n+CREG: 2\r\n"
    assert bench.write(b"AT+CREG?\r") == b"\r\n+CREG: 2,2\r\n\r\nOK\r\n"
    assert bench.after(1) == b"\r\n+CREG: 1\r\n"


def test_cfun_switches_the_radio(bench: Bench) -> None:
    bench.write(b"AT+CREG=1\r")
    assert bench.write(b"AT+CFUN=4\r") == b"\r\nOK\r\n\r\n+CREG: 0\r\n"
    assert bench.write(b"AT+CFUN=1\r") == b"\r\nOK\r\n\r\n+CREG: 1\r\n"


def test_cfun_1_1_answers_and_then_restarts_with_default_settings(bench: Bench) -> None:
    assert bench.write(b"AT+CFUN=1,1\r") == OK
    assert bench.write(b"AT\r") == b""
    assert bench.after(1) == b"\r\nRDY\r\n"
    assert bench.write(b"AT+CMEE?\r") == b"AT+CMEE?\r\r\n+CMEE: 0\r\n\r\nOK\r\n"


def test_one_command_at_a_time() -> None:
    bench = Bench(submit_latency=2.0).quiet()
    assert bench.submit("0001000B914316565811F9000004E8373B0C", 17) == b"\r\n> "
    assert bench.write(b"AT\r") == b""
    assert bench.modem.interpreter.ignored == 3
    assert bench.after(2).startswith(b"\r\n+CMGS: 1\r\n")


def test_an_endless_line_is_bounded(bench: Bench) -> None:
    for _ in range(100):
        assert bench.write(b"x" * 10_000) == b""
    assert bench.write(b"\rAT\r") == OK


@settings(max_examples=200)
@given(
    st.lists(st.binary(max_size=20) | st.sampled_from([b"AT\r", b"AT+CMGS=5\r", b"\x1a", b"\x1b", b"ATE0\r"]))
)
def test_any_bytes_leave_a_modem_that_can_be_brought_back(chunks: list[bytes]) -> None:
    bench = Bench()
    for chunk in chunks:
        bench.write(chunk)
    bench.write(b"\x1b\rATV1Q0E0\r")
    assert bench.write(b"AT\r") == OK


SCRIPT = (
    b"ATE1\r\nAT+CSQ;+CREG?\rAT+CMGS=23\r",
    b"0011000B916407281553F80000AA0AE8329BFD4697D9EC37\x1a",
    b"AT+CPMS?\rAT+X\rat+cpin?\r",
)


@settings(max_examples=100)
@given(st.data())
def test_pieces_of_any_size_mean_the_same(data: st.DataObject) -> None:
    whole, pieces = Bench(), Bench()
    for writing in SCRIPT:
        heard, rest = b"", writing
        while rest:
            size = data.draw(st.integers(1, len(rest)))
            heard += pieces.write(rest[:size])
            rest = rest[size:]
        assert heard == whole.write(writing)
