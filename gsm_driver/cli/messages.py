"""``send`` and ``watch``: messages out, and everything that comes."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gsm_driver.errors import ModemError, UsageError
from gsm_driver.models import DeliveryReport, DeliveryStatus, ReceivedSms
from gsm_driver.sms import SmsService

from .access import Access
from .event_words import event_as_json, event_in_words
from .exit_code import ExitCode
from .options import AsJson, Baudrate, LastTries, Pin, Port, check_seconds, check_text
from .send_journal import SendJournal
from .shell import complain, print_json, run, say, tell

if TYPE_CHECKING:
    from gsm_driver.modem import Modem
    from gsm_driver.pdu.segmentation import SmsPlan

REPORT_TIMEOUT = 120.0  # seconds that `send --report` waits: a phone that is on answers in 5 to 30
MAX_INPUT = 256 * 1024  # bytes of standard input; the longest message, 255 segments, is below 160,000


def send(
    port: Port,
    number: Annotated[str, typer.Argument(help="+ and digits.")],
    text: Annotated[str, typer.Argument(help="The message; - reads it from standard input.")],
    *,
    report: Annotated[bool, typer.Option("--report", help="Ask for the delivery report.")] = False,
    wait: Annotated[
        float, typer.Option(help="Seconds to wait for the report; 0: ask for it, and do not wait.")
    ] = REPORT_TIMEOUT,
    flash: Annotated[bool, typer.Option("--flash", help="Shown at once, not stored.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Only characters that any panel reads.")] = False,
    pin: Pin = None,
    last_tries: LastTries = False,
    baudrate: Baudrate = 115200,
    as_json: AsJson = False,
) -> None:
    """Send TEXT to NUMBER by the modem at PORT."""
    access = Access(port=port, baudrate=baudrate, pin=pin, last_tries=last_tries)
    check_seconds("--wait", wait)
    body = _read_input() if text == "-" else text
    check_text(body)
    plan = SmsService.plan(number, body, report=report, flash=flash, plain=plain)
    journal = SendJournal(len(plan.segments))
    reports = run(_send(access.modem(), plan, journal, wait if report else 0.0), journal.account)
    references = tuple(reference.message_reference for reference in journal.accepted)
    statuses = {got.message_reference: got.status for got in reports}
    if as_json:
        names = {reference: status.name.lower() for reference, status in statuses.items()}
        print_json({"message_references": references, "reports": names})
    else:
        tell(f"sent, {len(references)} segment(s)")
        for reference, status in statuses.items():
            tell(f"report for reference {reference}: {status.name.lower()}")
    if report and wait > 0:
        _check_delivered([statuses.get(reference) for reference in references])


def watch(
    port: Port,
    *,
    delete: Annotated[bool, typer.Option("--delete", help="Delete from the modem what was printed.")] = False,
    count: Annotated[int, typer.Option(min=0, help="Stop after so many messages and reports; 0: never.")] = 0,
    pin: Pin = None,
    last_tries: LastTries = False,
    baudrate: Baudrate = 115200,
    as_json: AsJson = False,
) -> None:
    """Print what arrives at PORT until Ctrl-C. Messages stay in the modem unless --delete is given."""
    access = Access(port=port, baudrate=baudrate, pin=pin, last_tries=last_tries)
    run(_watch(access.modem(), delete=delete, count=count, as_json=as_json))


def _read_input() -> str:
    """The text on standard input, without the line end of its last line."""
    data = sys.stdin.buffer.read(MAX_INPUT + 1)
    if len(data) > MAX_INPUT:
        raise UsageError("text: standard input is longer than any message; nothing was sent")
    encoding = sys.stdin.encoding or "utf-8"
    try:
        return data.decode(encoding).rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageError(f"text: standard input is not {encoding.upper()}; nothing was sent") from None


def _check_delivered(statuses: list[DeliveryStatus | None]) -> None:
    """End with a code of its own unless every segment is reported as delivered."""
    if all(status is DeliveryStatus.DELIVERED for status in statuses):
        return
    if None in statuses:
        complain("sent, but no report came in time for every segment; it may still be delivered")
    else:
        complain("sent, but not delivered, say the reports")
    raise typer.Exit(ExitCode.UNDELIVERED)


async def _send(modem: Modem, plan: SmsPlan, journal: SendJournal, wait: float) -> list[DeliveryReport]:
    """Send, then wait so many seconds for the reports; those that came."""
    reports: list[DeliveryReport] = []
    async with modem:
        await modem.sms.submit(plan, progress=journal.note)
        try:
            async with asyncio.timeout(wait):
                await _collect_reports(modem, journal, reports)
        except TimeoutError:
            pass  # what is missing then is told
        except ModemError as err:  # the message is sent: nobody should send it again
            say(f"no more reports can be waited for: {err}")
    return reports


async def _collect_reports(modem: Modem, journal: SendJournal, reports: list[DeliveryReport]) -> None:
    """Add the final report of each segment. Whatever else comes stays in the modem."""
    waiting = {reference.message_reference for reference in journal.accepted}
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
                tell(event_in_words(event))
            if isinstance(event, ReceivedSms | DeliveryReport):
                seen += 1
                if delete:
                    await modem.inbox.accept(event)
            if seen == count > 0:
                return
