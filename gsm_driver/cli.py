"""``gsm-driver``: look for modems, ask who they are, send and watch, from a shell."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from .discovery import list_ports, probe
from .errors import (
    LinkError,
    ModemError,
    PduEncodeError,
    SendUnknownError,
    SimError,
    UsageError,
)
from .models import DeliveryReport, LinkChanged, ReceivedSms, StorageState, UnknownUrc
from .modem import Modem

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .models import ModemEvent, SendReceipt

T = TypeVar("T")

REPORT_TIMEOUT = 120.0  # seconds that `send --report` waits: a phone that is on answers in 5 to 30


class ExitCode(IntEnum):
    """What a script can tell apart."""

    OK = 0
    FAILED = 1  # the modem or the network said no
    USAGE = 2  # wrong arguments, or a text that cannot be sent
    PORT = 3  # no port, no modem, or the line was lost
    SIM = 4  # the SIM needs a person
    UNKNOWN = 5  # the message may have been sent
    UNDELIVERED = 6  # `send --report`: sent, but no report in time, or one that says failed


app = typer.Typer(help="One GSM modem, from a shell.", no_args_is_help=True, pretty_exceptions_enable=False)

Port = Annotated[str, typer.Argument(help="Serial port, socket://HOST:PORT, simulator://NAME.")]
Baudrate = Annotated[int, typer.Option(help="Speed of a serial port; USB modems do not care.")]
Pin = Annotated[
    str | None,
    typer.Option(envvar="GSM_DRIVER_PIN", help="PIN of the SIM; better given by the environment."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document per line, for scripts.")]


@app.command("list")
def list_command(*, as_json: AsJson = False) -> None:
    """List serial ports, those of modem makers first. Opens none of them."""
    ports = list_ports()
    for port in ports:
        if as_json:
            _print_json({**asdict(port), "is_modem_vendor": port.is_modem_vendor})
        else:
            typer.echo(f"{'modem?' if port.is_modem_vendor else '':7}{port.stable_name}  {port.description}")
    if not ports and not as_json:
        typer.echo("No serial port found.")


@app.command()
def identify(port: Port, *, baudrate: Baudrate = 115200, as_json: AsJson = False) -> None:
    """Ask what is connected to PORT. Changes no setting, needs no SIM."""
    identity = _run(probe(port, baudrate=baudrate))
    if as_json:
        _print_json(asdict(identity))
        return
    rows = asdict(identity)
    for name, value in rows.items():
        typer.echo(f"{name:13}{value or '(not told)'}")


@app.command()
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
    receipt, reports = _run(sending)
    statuses = {got.message_reference: got.status.name.lower() for got in reports}
    if as_json:
        _print_json({"message_references": receipt.message_references, "reports": statuses})
    else:
        typer.echo(f"sent, {len(receipt.segments)} segment(s)")
        for reference, status in statuses.items():
            typer.echo(f"report for reference {reference}: {status}")
    if report and any(statuses.get(ref) != "delivered" for ref in receipt.message_references):
        _say("gsm-driver: not delivered, or not told in time")
        raise typer.Exit(ExitCode.UNDELIVERED)


@app.command()
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
    _run(_watch(Modem(port, baudrate=baudrate, pin=pin), delete=delete, count=count, as_json=as_json))


_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command(context_settings=_PASS_ON)
def simulate(context: typer.Context) -> None:
    """Start a simulated modem with a network behind it; see its own --help."""
    from .simulator.__main__ import main as simulator_main  # noqa: PLC0415 - the other commands do not need it

    raise typer.Exit(simulator_main(context.args))


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
        _say(f"watching {modem.identity.manufacturer} {modem.identity.model}; Ctrl-C ends")
        async for event in modem.events():
            if as_json:
                _print_json(_event_as_json(event))
            else:
                typer.echo(_event_in_words(event))
            if isinstance(event, ReceivedSms | DeliveryReport):
                seen += 1
                if delete:
                    await modem.inbox.accept(event)
            if seen == count > 0:
                return


def _event_as_json(event: ModemEvent) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    values = asdict(event)
    if isinstance(event, ReceivedSms):
        values["data"] = event.data.hex()
    if isinstance(event, DeliveryReport):
        values["status"] = event.status.name.lower()
    return {"event": type(event).__name__, "at": at, **values}


def _event_in_words(event: ModemEvent) -> str:
    match event:
        case ReceivedSms():
            gap = f", {event.missing} of {event.segments} segments missing" if event.missing else ""
            return f"message from {event.sender or '(unknown)'} ({event.kind}{gap}): {event.text}"
        case DeliveryReport():
            status = event.status.name.lower()
            return f"report for reference {event.message_reference} to {event.recipient}: {status}"
        case StorageState():
            return f"memory {event.memory}: {event.used} of {event.total} slots used"
        case LinkChanged():
            return event.reason
        case UnknownUrc():
            return f"unknown: {event.line}"
        case _:
            return type(event).__name__


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; an error becomes one line and an exit code."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None  # as shells have it for Ctrl-C
    except ModemError as err:
        _say(f"gsm-driver: {err}")
        raise typer.Exit(_exit_code(err)) from None


def _exit_code(err: ModemError) -> ExitCode:
    match err:
        case SendUnknownError():
            return ExitCode.UNKNOWN
        case SimError():
            return ExitCode.SIM
        case LinkError():
            return ExitCode.PORT
        case UsageError() | PduEncodeError():
            return ExitCode.USAGE
        case _:
            return ExitCode.FAILED


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, default=str, ensure_ascii=False))


def _say(text: str) -> None:
    typer.echo(text, err=True)


def main() -> None:
    """The console command."""
    app()
