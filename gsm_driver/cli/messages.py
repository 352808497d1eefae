"""``send`` and ``watch``: messages out, and everything that comes."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gsm_driver.models import DeliveryReport, ReceivedSms
from gsm_driver.modem import Modem

from .event_words import event_as_json, event_in_words
from .exit_code import ExitCode
from .shell import AsJson, Baudrate, Pin, Port, complain, print_json, run, say

if TYPE_CHECKING:
    from gsm_driver.models import SendReceipt

REPORT_TIMEOUT = 120.0  # seconds that `send --report` waits: a phone that is on answers in 5 to 30


def send(
    port: Port,
    number: Annotated[str, typer.Argument(help="+ and digits.")],
    text: Annotated[str, typer.Argument(help="The message; - reads it from standard input.")],
    *,
    report: Annotated[bool, typer.Option("--report", help="Wait for the delivery report.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the report.")] = REPORT_TIMEOUT,
    flash: Annotated[bool, typer.Option("--flash", help="Shown at once, not stored.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Only characters that any panel reads.")] = False,
    pin: Pin = None,
    baudrate: Baudrate = 115200,
    as_json: AsJson = False,
) -> None:
    """Send TEXT to NUMBER by the modem at PORT."""
    body = sys.stdin.read().rstrip("\n") if text == "-" else text
    modem = Modem(port, baudrate=baudrate, pin=pin)
    sending = _send(modem, number, body, wait=wait if report else 0.0, flash=flash, plain=plain)
    receipt, reports = run(sending)
    statuses = {got.message_reference: got.status.name.lower() for got in reports}
    if as_json:
        print_json({"message_references": receipt.message_references, "reports": statuses})
    else:
        typer.echo(f"sent, {len(receipt.segments)} segment(s)")
        for reference, status in statuses.items():
            typer.echo(f"report for reference {reference}: {status}")
    if report and any(statuses.get(ref) != "delivered" for ref in receipt.message_references):
        complain("not delivered, or not told in time")
        raise typer.Exit(ExitCode.UNDELIVERED)


def watch(
    port: Port,
    *,
    delete: Annotated[bool, typer.Option("--delete", help="Delete from the modem what was printed.")] = False,
    count: Annotated[int, typer.Option(help="Stop after so many messages and reports; 0: never.")] = 0,
    pin: Pin = None,
    baudrate: Baudrate = 115200,
    as_json: AsJson = False,
) -> None:
    """Print what arrives at PORT until Ctrl-C. Messages stay in the modem unless --delete is given."""
    run(_watch(Modem(port, baudrate=baudrate, pin=pin), delete=delete, count=count, as_json=as_json))


async def _send(
    modem: Modem, number: str, text: str, *, wait: float, flash: bool, plain: bool
) -> tuple[SendReceipt, list[DeliveryReport]]:
    """Send, then wait so many seconds for the reports."""
    async with modem:
        receipt = await modem.sms.send(number, text, report=wait > 0, flash=flash, plain=plain)
        reports: list[DeliveryReport] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await _collect_reports(modem, receipt, reports)
    return receipt, reports


async def _collect_reports(modem: Modem, receipt: SendReceipt, reports: list[DeliveryReport]) -> None:
    """Add the final report of each segment. Whatever else comes stays in the modem."""
    waiting = set(receipt.message_references)
    async for event in modem.events():
        if isinstance(event, DeliveryReport) and event.message_reference in waiting:
            await modem.inbox.accept(event)
            if event.status.is_final:
                reports.append(event)
                waiting.discard(event.message_reference)
        if not waiting:
            return


async def _watch(modem: Modem, *, delete: bool, count: int, as_json: bool) -> None:
    seen = 0
    async with modem:
        say(f"watching {modem.identity.manufacturer} {modem.identity.model}; Ctrl-C ends")
        async for event in modem.events():
            if as_json:
                print_json(event_as_json(event))
            else:
                typer.echo(event_in_words(event))
            if isinstance(event, ReceivedSms | DeliveryReport):
                seen += 1
                if delete:
                    await modem.inbox.accept(event)
            if seen == count > 0:
                return
