from __future__ import annotations

import pytest

from gsm_driver.at import commands
from gsm_driver.at.exchange import AtCommand, InfoLine


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("AT", "AT"),
        ("ATE0", "ATE0"),
        ("ATQ0V1E0", "ATQ0"),
        ("AT+CSQ", "AT+CSQ"),
        ("at+csq", "AT+CSQ"),
        ("AT+CPIN?", "AT+CPIN"),
        ('AT+CPIN="0000"', "AT+CPIN"),
        ("AT^ICCID?", "AT^ICCID"),
        ("AT&F", "AT&F"),
        ("ATZ", "ATZ"),
        ("ATD+436601234567;", "ATD"),
        ("hello", "AT"),
    ],
)
def test_name(text: str, name: str) -> None:
    assert AtCommand(text=text).name == name


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (commands.enter_pin("4711"), "AT+CPIN…"),
        (commands.dial_voice("+436601234567"), "ATD…"),
        (commands.set_service_centre("+436640501", 145), "AT+CSCA…"),
        (commands.send_tone("5"), "AT+VTS…"),
        (commands.start_ussd("*100#"), "AT+CUSD…"),
        (commands.custom("AT+CPBW=1,x"), "AT+CPBW…"),
        (commands.custom("AT^CURC"), "AT^CURC"),
        (commands.custom("AT^CURC=0", secret=False), "AT^CURC=0"),
        (commands.send_message(23, "0011000B"), "AT+CMGS=23"),
        (commands.set_indications(2, 1, 0, 1, 0), "AT+CNMI=2,1,0,1,0"),
    ],
)
def test_logs_hold_no_secret(command: AtCommand, shown: str) -> None:
    assert command.redacted == shown
    assert repr(command) == f"<{command.name}>"


def test_a_repr_of_an_answer_holds_no_value() -> None:
    line = InfoLine(prefix="+CNUM", value='"Anna","+436601234567",145', body="0791")
    assert repr(line) == "InfoLine(prefix='+CNUM')"
