"""``list`` and ``identify``: which modems there are, and who is behind a port."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsm_driver.discovery import list_ports, probe
from gsm_driver.modem_list import identify_modems, list_modems
from gsm_driver.usb import real_port

from .access import Access
from .exit_code import ExitCode
from .options import AsJson, Baudrate, Port, check_port, complete_port
from .shell import complain, print_json, print_table, run, say

if TYPE_CHECKING:
    from gsm_driver.discovery import PortInfo
    from gsm_driver.modem_list import FoundModem

Named = Annotated[
    list[str] | None,
    typer.Argument(
        help="Further ports to ask, for example a serial line: /dev/ttyS0.", autocompletion=complete_port
    ),
]
Ask = Annotated[bool, typer.Option("--ask", help="Ask each modem who it is. Without it nothing is opened.")]


def list_command(
    named: Named = None, *, ask: Ask = False, baudrate: Baudrate = 115200, as_json: AsJson = False
) -> None:
    """List the modems with their ports, then the other serial ports, which are never touched."""
    for name in named or ():
        check_port(name)
    modems = list_modems()
    known = {real_port(port) for modem in modems for port in modem.ports}
    others = [port for port in list_ports() if real_port(port.device) not in known]
    if ask or named:
        modems = run(identify_modems(modems if ask else (), named=named or (), baudrate=baudrate))
    if as_json:
        for modem in modems:
            print_json({"kind": "modem", **asdict(modem)})
        for port in others:
            print_json({"kind": "port", **asdict(port), "is_modem_vendor": port.is_modem_vendor})
    else:
        _show(modems, others)
    if ask or named:
        _check_answers(modems)


def _check_answers(modems: tuple[FoundModem, ...]) -> None:
    """A port that was asked and gave no answer is a failure of what was wanted."""
    mute = [modem.port or modem.ports[0] for modem in modems if modem.ports and modem.identity is None]
    if mute:
        complain(f"no modem answered at {', '.join(mute)}")
        raise typer.Exit(ExitCode.PORT)


def _show(modems: tuple[FoundModem, ...], others: list[PortInfo]) -> None:
    rows = [_modem_row(modem) for modem in modems]
    rows += [("no modem by its numbers", port.stable_name, port.description) for port in others]
    print_table(("What", "Port", "Remarks"), rows)
    if not rows:
        say("No modem and no serial port found.")


def _modem_row(modem: FoundModem) -> tuple[str, str, str]:
    remarks = [modem.problem] if modem.problem else []
    if modem.identity is not None and modem.identity.imei_tail:
        remarks.append(f"IMEI ending in {modem.identity.imei_tail}")
    spare = len(modem.ports) - 1
    if not modem.problem and modem.identity is None:
        remarks.append("by its numbers; --ask asks it" if modem.at_ports else "its port must be tried: --ask")
    if spare > 0:
        remarks.append(f"{spare} more port{'s' if spare > 1 else ''}")
    return modem.name, modem.port or next(iter(modem.ports), "-"), "; ".join(remarks)


def identify(port: Port, *, baudrate: Baudrate = 115200, as_json: AsJson = False) -> None:
    """Ask what is connected to PORT. Changes no setting, needs no SIM."""
    access = Access(port=port, baudrate=baudrate)
    identity: dict[str, Any] = asdict(run(probe(access.port, baudrate=access.baudrate)))
    if as_json:
        print_json(identity)
        return
    print_table(("What", "Value"), [(name, value or "(not told)") for name, value in identity.items()])
