"""``python -m gsm_driver.simulator``: a modem and its network, on a pseudo-terminal or a TCP port."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import math
import os
import re
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .conditions import NetworkConditions, UnknownNumber
from .console import Console
from .control import ControlAddress, ControlServer
from .device import DEFAULT_NUMBER
from .line import LineConditions
from .network import SimulatedNetwork
from .phone import AutoReply
from .profiles import PROFILES
from .pty_port import run_pty
from .scheduler import LoopScheduler
from .sim_card import SimCard
from .simulator import Simulator
from .tcp_port import run_tcp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

READ_SIZE = 4096  # bytes of typed text at a time
MAX_PORT = 65_535  # of TCP
_PIN = re.compile(r"[0-9]{4,8}")  # 3GPP TS 27.007 clause 8.3
DEFAULT_LATENCY = 1.0  # seconds: what a quick real network takes for one SMS


def main(arguments: Sequence[str] | None = None, *, program: str = "python -m gsm_driver.simulator") -> int:
    """Run until Ctrl-C, SIGTERM or ``quit``; the exit status: 0, or 1 if it cannot start.

    Args:
        arguments: None: those of this process. Wrong ones end it with status 2.
        program: how the person started it, for its help.
    """
    options = _parser(program).parse_args(arguments)
    try:
        asyncio.run(_run(options))
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        name = error.filename2 or error.filename
        place = f"{os.fsdecode(name)}: " if isinstance(name, str | bytes | os.PathLike) else ""
        sys.stderr.write(f"{program}: cannot start: {place}{error.strerror or error}\n")
        return 1
    return 0


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="A simulated GSM modem and its network. Nothing reaches a real phone; "
        "numbers and texts are shown.",
        epilog="Type `help` while it runs to see what you can do, for example answer as one of the phones. "
        "Exit status: 0 ended, 1 cannot start, 2 wrong arguments.",
    )
    port = parser.add_mutually_exclusive_group()
    port.add_argument("--pty", type=Path, metavar="PATH", help="make a serial port with this name (default)")
    port.add_argument(
        "--tcp", type=_tcp_port, metavar="PORT", help="listen on this port of 127.0.0.1 instead; 0: any"
    )
    parser.add_argument(
        "--control", type=_address, metavar="PORT|PATH", help="offer the control channel there"
    )
    parser.add_argument(
        "--phone",
        action="append",
        default=[],
        type=_phone,
        metavar="NUMBER[=REPLY]",
        help="a phone, and what it answers; =/PATTERN/REPLY answers only texts with that regular expression. "
        "Without any, every number is a phone",
    )
    parser.add_argument(
        "--number", default=DEFAULT_NUMBER, help="the modem's own number (default: %(default)s)"
    )
    parser.add_argument("--sim-pin", type=_pin, metavar="PIN", help="the SIM asks for this PIN")
    parser.add_argument(
        "--latency",
        type=_seconds,
        default=DEFAULT_LATENCY,
        metavar="SECONDS",
        help="how long the network takes for one SMS (default: %(default)s)",
    )
    parser.add_argument("--baud", type=_baud, help="as slow as a serial line of this speed")
    parser.add_argument("--profile", choices=PROFILES, default="generic", help="the modem's family")
    parser.add_argument("--quiet", action="store_true", help="print the port and nothing else")
    return parser


def _tcp_port(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"a TCP port is a number from 0 to {MAX_PORT}")
    return int(text)


def _address(text: str) -> ControlAddress:
    return _tcp_port(text) if text.isdecimal() else Path(text)


def _pin(text: str) -> str:
    if not _PIN.fullmatch(text):
        raise argparse.ArgumentTypeError("a PIN is 4 to 8 digits")
    return text


def _seconds(text: str) -> float:
    seconds = float(text)
    if not (math.isfinite(seconds) and seconds >= 0):
        raise argparse.ArgumentTypeError("a number of seconds, 0 or more")
    return seconds


def _baud(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError("a speed is a number above 0, for example 115200")
    return int(text)


def _phone(text: str) -> tuple[str, tuple[AutoReply, ...]]:
    number, has_reply, reply = text.partition("=")
    if not has_reply:
        return number, ()
    if reply.startswith("/"):
        pattern, _, answer = reply[1:].partition("/")
        return number, (AutoReply(pattern=pattern, reply=answer),)
    return number, (AutoReply(reply=reply.replace("\\", "\\\\")),)


async def _run(options: argparse.Namespace) -> None:
    simulator = _simulator(options)
    ended = asyncio.Event()
    _end_on_signals(ended)
    console = Console(simulator, sys.stdout, ended.set)
    async with contextlib.AsyncExitStack() as stack:
        await _open_ports(simulator, options, console, stack)
        if not options.quiet:
            simulator.network.listen(console.show)
            stack.callback(_listen_to_person(console))
        await ended.wait()


def _simulator(options: argparse.Namespace) -> Simulator:
    scheduler = LoopScheduler()
    unknown = UnknownNumber.REPORT if options.phone else UnknownNumber.ADOPT
    conditions = NetworkConditions(submit_latency=options.latency, unknown_number=unknown)
    network = SimulatedNetwork(scheduler, conditions=conditions)
    for number, replies in options.phone:
        network.add_phone(number, replies=replies)
    return Simulator(
        scheduler,
        network=network,
        profile=PROFILES[options.profile],
        sim=SimCard(pin=options.sim_pin, number=options.number),
        line=LineConditions(baud=options.baud),
    )


async def _open_ports(
    simulator: Simulator, options: argparse.Namespace, console: Console, stack: contextlib.AsyncExitStack
) -> None:
    if options.tcp is not None:
        tcp = await stack.enter_async_context(await run_tcp(simulator, options.tcp))
        console.print(f"port: socket://127.0.0.1:{tcp.port}")
    else:
        if options.pty is not None:
            stack.enter_context(_claim(options.pty))
        pty = await stack.enter_async_context(run_pty(simulator, options.pty))
        console.print(f"port: {pty.path}")
    if options.control is not None:
        control = await stack.enter_async_context(await ControlServer.start(simulator, options.control))
        console.print(f"control: {control.address}")


def _claim(link: Path) -> contextlib.AbstractContextManager[object]:
    """Have the name of a serial port for this program alone.

    The claim is a socket without a file, so it goes with the program, also when that is killed, and a link
    left behind is known to be nobody's. Linux only: elsewhere a second program takes the link over.
    """
    if sys.platform != "linux":
        return contextlib.nullcontext()
    path = link.parent.resolve() / link.name
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0gsm-driver-simulator-{hashlib.sha256(os.fsencode(path)).hexdigest()}")
    except OSError as err:
        claim.close()
        raise OSError(err.errno, f"another simulator has {link}; end it, or choose another name") from None
    return claim


def _listen_to_person(console: Console) -> Callable[[], object]:
    """Read typed lines where the system can wait for them; the returned function ends it."""
    loop = asyncio.get_running_loop()
    typed = bytearray()

    def read() -> None:
        data = os.read(descriptor, READ_SIZE)
        if not data:
            loop.remove_reader(descriptor)
        typed.extend(data)
        while (end := typed.find(b"\n")) >= 0:
            console.obey(typed[:end].decode(errors="replace"))
            del typed[: end + 1]

    try:
        descriptor = sys.stdin.fileno()
        loop.add_reader(descriptor, read)
    except (AttributeError, NotImplementedError, OSError):  # no standard input, Windows, or it is a file
        return lambda: None
    return lambda: loop.remove_reader(descriptor)


def _end_on_signals(ended: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)


if __name__ == "__main__":
    sys.exit(main())
