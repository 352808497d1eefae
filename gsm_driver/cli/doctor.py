"""``doctor``: how a modem is, thing by thing, with what to do."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gsm_driver.diagnosis import Diagnosis
from gsm_driver.findings import Check, Verdict
from gsm_driver.printable import printable
from gsm_driver.self_test import send_to_self

from .access import Access
from .exit_code import ExitCode
from .options import (
    AsJson,
    Baudrate,
    LastTries,
    Pin,
    Port,
    check_recipient,
    check_service_centre,
)
from .shell import print_json, run, say, tell

if TYPE_CHECKING:
    from gsm_driver.findings import Finding
    from gsm_driver.modem import Modem

    from .interruption import Interruption

_MARKS = {Verdict.GOOD: "ok", Verdict.NOTICE: "note", Verdict.BAD: "BAD"}
_COLOURS = {
    Verdict.GOOD: typer.colors.GREEN,
    Verdict.NOTICE: typer.colors.YELLOW,
    Verdict.BAD: typer.colors.RED,
}


def doctor(
    port: Port,
    *,
    to_self: Annotated[
        bool, typer.Option("--send-to-self", help="Send a message to oneself and wait for it; costs one SMS.")
    ] = False,
    number: Annotated[str, typer.Option(help="The modem's own number, if its SIM does not know it.")] = "",
    service_centre: Annotated[
        str, typer.Option(help="SMSC of the operator; stored on a SIM that has none.")
    ] = "",
    pin: Pin = None,
    last_tries: LastTries = False,
    baudrate: Baudrate = 115200,
    as_json: AsJson = False,
) -> None:
    """Look at the modem at PORT: SIM, network, signal, SMSC, memory. Says what is wrong and what to do."""
    access = Access(port=port, baudrate=baudrate, pin=pin, last_tries=last_tries)
    check_service_centre(service_centre)
    if number:
        check_recipient(number)
    diagnosis = Diagnosis(
        port, baudrate=baudrate, pin=pin, last_tries=last_tries, service_centre=service_centre
    )
    findings = run(_look(diagnosis, as_json=as_json))
    if to_self and not _stops(findings):
        findings.append(run(_self_test(access.modem(), number, as_json=as_json), _account_for_self_test))
    bad = [finding for finding in findings if finding.verdict is Verdict.BAD]
    if not as_json and not bad:
        say("all is well" if to_self else "all is well; --send-to-self is the proof")
    if bad:
        raise typer.Exit(_exit_code(bad[0]))


async def _look(diagnosis: Diagnosis, *, as_json: bool) -> list[Finding]:
    findings = []
    async for finding in diagnosis.run():
        _print(finding, as_json=as_json)
        findings.append(finding)
    return findings


async def _self_test(modem: Modem, number: str, *, as_json: bool) -> Finding:
    async with modem:
        finding = await send_to_self(modem, number, secrets.token_hex(2))
    _print(finding, as_json=as_json)
    return finding


def _account_for_self_test(interruption: Interruption) -> Interruption:
    return interruption.with_account("the message to oneself may have been sent")


def _stops(findings: list[Finding]) -> bool:
    """A message to oneself would not get through."""
    return any(finding.verdict is Verdict.BAD and finding.check is not Check.STORAGE for finding in findings)


def _print(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(finding))
        return
    mark = typer.style(f"{_MARKS[finding.verdict]:5}", fg=_COLOURS[finding.verdict])
    typer.echo(f"{mark}{finding.check.replace('_', ' '):16}{printable(finding.text)}")
    if finding.advice:
        tell(f"{'':21}-> {finding.advice}")


def _exit_code(worst: Finding) -> ExitCode:
    match worst.check:
        case Check.PORT | Check.MODEM:
            return ExitCode.PORT
        case Check.SIM:
            return ExitCode.SIM
        case _:
            return ExitCode.FAILED
