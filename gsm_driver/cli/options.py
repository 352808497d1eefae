"""What the commands have in common on their command lines, and what is refused before a port is opened."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from gsm_driver.call import TONES
from gsm_driver.calls import CALLABLE
from gsm_driver.errors import PduEncodeError, UsageError
from gsm_driver.modem_list import list_modems
from gsm_driver.sms import SERVICE_CENTRE, SmsService


def complete_port(incomplete: str) -> list[tuple[str, str]]:
    """The ports of modems that are plugged in, for a shell. Opens none."""
    return [
        (modem.port, modem.name)
        for modem in list_modems()
        if modem.port and modem.port.startswith(incomplete)
    ]


Port = Annotated[
    str,
    typer.Argument(help="Serial port, socket://HOST:PORT, simulator://NAME.", autocompletion=complete_port),
]
Baudrate = Annotated[int, typer.Option(min=1, help="Speed of a serial port; USB modems do not care.")]
Pin = Annotated[
    str | None,
    typer.Option(
        envvar="GSM_DRIVER_PIN",
        show_default=False,
        help="PIN of the SIM, 4 to 8 digits; better given by the environment. It is entered only while"
        " all three tries are left.",
    ),
]
LastTries = Annotated[
    bool,
    typer.Option(
        "--last-tries",
        help="Enter the PIN also where fewer than three tries are left, or the modem does not say how many."
        " If it says that one is left, that one is never used.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document per line, also for an error.")]


def check_port(port: str) -> None:
    """Refuse an empty name: a variable of a script that was not set."""
    if not port.strip():
        raise UsageError("the name of the port is empty; `gsm-driver list` shows which there are")


def check_seconds(option: str, seconds: float) -> None:
    """Refuse what is no length of time."""
    if not (math.isfinite(seconds) and seconds >= 0):
        raise UsageError(f"{option} is a number of seconds, 0 or more")


def check_tones(tones: str) -> None:
    """Refuse what no key of a phone sends."""
    if tones and not TONES.fullmatch(tones):
        raise UsageError("--tones are the digits 0 to 9, *, # and A to D")


def check_callable(number: str) -> None:
    """Refuse what cannot be called; also ``*21#`` and its like, which change call forwarding."""
    if not CALLABLE.fullmatch(number):
        raise UsageError('number: to call, it is "+" and digits, or digits; without blanks')


def check_recipient(number: str) -> None:
    """Refuse a number that no message can be sent to."""
    SmsService.plan(number, "")


def check_service_centre(address: str) -> None:
    """Refuse what is no number; empty: none was given."""
    if address and not SERVICE_CENTRE.fullmatch(address):
        raise UsageError("--service-centre is + and 4 to 20 digits, as the operator names it")


def check_text(text: str) -> None:
    """Refuse bytes that were no text: the shell hands them on as lone surrogates."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("text: it is not UTF-8; nothing was sent") from None


def in_terms_of_the_command(err: PduEncodeError) -> str:
    """Its text, with the argument's name in the place of the field's (3GPP TS 23.040)."""
    argument = {"TP-DA": "number", "TP-UD": "text"}.get(err.field)
    text = str(err)
    return f"{argument}: {text.partition(': ')[2]}" if argument else text
