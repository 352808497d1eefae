"""Bytes in, bytes out: USSD and the clock (3GPP TS 27.007 clauses 7.15, 8.15, 8.40)."""

from __future__ import annotations

import pytest

from gsm_driver.models import RegistrationStatus
from gsm_driver.simulator import SimCard, UssdMenu
from tests.driver.simulator.bench import MODEM, Bench

OK = b"\r\nOK\r\n"
MENU = UssdMenu(text="1 Saldo\n2 Più", choices={"1": UssdMenu(text="5 €")})


def line(text: str) -> bytes:
    return f"\r\n{text}\r\n".encode("latin-1")


@pytest.fixture
def ussd(request: pytest.FixtureRequest) -> Bench:
    bench = Bench(getattr(request, "param", "generic")).quiet()
    bench.network.add_ussd("*100#", MENU)
    return bench


def test_a_dialogue(ussd: Bench) -> None:
    assert ussd.write(b'AT+CUSD=1,"*100#",15\r') == OK
    assert ussd.after(0.4) == b""
    assert ussd.after(0.2) == line('+CUSD: 1,"1 Saldo\r\n2 Più",15')
    assert ussd.write(b'AT+CUSD=1,"9",15\r') == OK
    assert ussd.after(1) == line("+CUSD: 2")
    assert ussd.write(b'AT+CUSD=1,"*999#",15\r') == OK
    assert ussd.after(1) == line("+CUSD: 4")


def test_leaving(ussd: Bench) -> None:
    assert ussd.write(b"AT+CUSD=2\r") == OK
    ussd.write(b'AT+CUSD=1,"*100#",15\r')
    ussd.after(1)
    assert ussd.write(b"AT+CUSD=2\r") == OK + line("+CUSD: 2")
    ussd.write(b'AT+CUSD=1,"1",15\r')
    assert ussd.after(1) == line("+CUSD: 4")  # that is no code


def test_ucs2_where_the_character_set_says_so(ussd: Bench) -> None:
    ussd.write(b'AT+CSCS="UCS2"\r')
    ussd.write(b'AT+CUSD=1,"002A0031003000300023",15\r')
    ussd.after(1)
    ussd.write(b'AT+CUSD=1,"0031",15\r')
    assert ussd.after(1) == line('+CUSD: 0,"0035002020AC",15')


@pytest.mark.parametrize("ussd", ["huawei"], indirect=True)
def test_packed_septets_and_a_release_before_the_text(ussd: Bench) -> None:
    assert ussd.write(b'AT+CUSD=1,"*100#",15\r') == line("+CME ERROR: 100")
    assert ussd.write(b'AT+CUSD=1,"AA180C3602",15\r') == OK
    ussd.after(1)
    assert ussd.write(b'AT+CUSD=1,"31",15\r') == OK
    assert ussd.after(1) == line('+CUSD: 2,"Initiating Release",15') + line('+CUSD: 0,"35D0A60C",15')


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"AT+CUSD?", line("+CUSD: 1") + OK),
        (b"AT+CUSD=?", line("+CUSD: (0-2)") + OK),
        (b"AT+CUSD=1", OK),
        (b"AT+CUSD=7", line("+CME ERROR: 4")),
        (b"AT+CUSD", b"\r\nERROR\r\n"),
    ],
)
def test_the_other_forms(ussd: Bench, command: bytes, answer: bytes) -> None:
    assert ussd.write(command + b"\r") == answer


def test_without_network_or_pin(ussd: Bench) -> None:
    ussd.modem.set_registration(RegistrationStatus.SEARCHING)
    assert ussd.write(b'AT+CUSD=1,"*100#",15\r') == line("+CME ERROR: 30")
    locked = Bench(sim=SimCard(number=MODEM, pin="1234"))
    locked.write(b"ATE0;+CMEE=1\r")
    assert locked.write(b'AT+CUSD=1,"*100#",15\r') == line("+CME ERROR: 11")


@pytest.mark.parametrize(
    ("family", "command", "answer"),
    [
        ("generic", b"AT+CCLK?", line('+CCLK: "26/11/21,12:00:00+00"') + OK),
        ("generic", b"AT+CCLK=?", OK),
        ("generic", b"AT+QLTS=2", b"\r\nERROR\r\n"),
        ("generic", b"AT+CTZU?", line("+CTZU: 1") + OK),
        ("ec25", b"AT+QLTS=2", line('+QLTS: "2026/11/21,12:00:00+00,0"') + OK),
        ("huawei", b"AT^NWTIME?", line("^NWTIME: 26/11/21,12:00:00+00,00") + OK),
    ],
)
def test_the_clock(family: str, command: bytes, answer: bytes) -> None:
    assert Bench(family).quiet().write(command + b"\r") == answer


def test_nitz_is_told_where_it_was_asked_for(ussd: Bench) -> None:
    ussd.modem.announce_time()
    assert ussd.after(0) == b""
    ussd.write(b"AT+CTZR=1\r")
    ussd.modem.announce_time()
    assert ussd.after(0) == line("+CTZV: +00")
