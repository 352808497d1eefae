"""``call`` and ``ussd``: what needs a dialogue with the network."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gsm_driver.models import CallOutcome, UssdStatus
from gsm_driver.printable import printable

from .access import Access
from .exit_code import ExitCode
from .options import (
    AsJson,
    Baudrate,
    LastTries,
    Pin,
    Port,
    check_callable,
    check_seconds,
    check_text,
    check_tones,
)
from .shell import complain, print_json, run, tell

if TYPE_CHECKING:
    from gsm_driver.call import Call
    from gsm_driver.models import UssdReply
    from gsm_driver.modem import Modem

    from .interruption import Interruption


def call(
    port: Port,
    number: Annotated[str, typer.Argument(help="+ and digits.")],
    *,
    ring_for: Annotated[float, typer.Option(help="Seconds to ring before hanging up.")] = 25.0,
    tones: Annotated[str, typer.Option(help="Keys to press once somebody answers, for example 1#.")] = "",
    pin: Pin = None,
    last_tries: LastTries = False,
    baudrate: Baudrate = 115200,
    as_json: AsJson = False,
) -> None:
    """Ring NUMBER by the modem at PORT and say what became of it. A voice mailbox answers, too."""
    access = Access(port=port, baudrate=baudrate, pin=pin, last_tries=last_tries)
    check_callable(number)
    check_seconds("--ring-for", ring_for)
    check_tones(tones)
    outcome = run(_call(access.modem(), number, ring_for, tones), _account_for_call)
    if as_json:
        print_json({"outcome": outcome})
    else:
        tell(outcome.replace("_", " "))
    if outcome is not CallOutcome.ANSWERED:
        raise typer.Exit(ExitCode.UNDELIVERED)


def ussd(
    port: Port,
    code: Annotated[str, typer.Argument(help="For example *100#.")],
    replies: Annotated[list[str] | None, typer.Argument(help="Answers to its menus, in order.")] = None,
    *,
    pin: Pin = None,
    last_tries: LastTries = False,
    baudrate: Baudrate = 115200,
    as_json: AsJson = False,
) -> None:
    """Send CODE to the network by the modem at PORT and print what it says."""
    access = Access(port=port, baudrate=baudrate, pin=pin, last_tries=last_tries)
    for text in (code, *(replies or ())):
        check_text(text)
    said = run(_ussd(access.modem(), code, replies or []))
    for reply in said:
        if as_json:
            print_json(asdict(reply))
        else:  # a menu has lines
            typer.echo(printable(reply.text, keep="\n") or f"({reply.status.replace('_', ' ')})")
    if said[-1].status in {UssdStatus.NOT_SUPPORTED, UssdStatus.TIMEOUT}:
        complain(f"the network gave no answer: {said[-1].status.replace('_', ' ')}")
        raise typer.Exit(ExitCode.FAILED)


def _account_for_call(interruption: Interruption) -> Interruption:
    return interruption.with_account("a call that was going on was hung up")


async def _call(modem: Modem, number: str, ring_for: float, tones: str) -> CallOutcome:
    async with modem:
        ringing: Call = await modem.calls.dial(number, ring_for=ring_for)
        if tones and await ringing.answered():
            await ringing.send_tones(tones)
            return await ringing.hang_up()
        return await ringing.ended()


async def _ussd(modem: Modem, code: str, replies: list[str]) -> list[UssdReply]:
    """All that the network said; a menu that is not answered is closed."""
    async with modem, modem.ussd.session(code) as session:
        said = [session.latest]
        for reply in replies:
            if session.status is not UssdStatus.REPLY_WANTED:
                break
            said.append(await session.reply(reply))
        return said
