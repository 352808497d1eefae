"""The process that is killed: engine, journal file, GSM route and driver, in lock-step with the world.

Time is the world's. Whenever nothing is left to do here, the process says until when it would sleep, and gets
the time to which it slept, with the bytes and requests that came meanwhile. So hours pass in milliseconds,
nothing is late on a busy machine, and the same seed gives the same run. While the journal's threads work the
time stands still, and they are the real ones: every commit is a real one on a real file.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alert_engine.clock import LoopClock
from alert_engine.engine import AlertEngine
from alert_engine.errors import JournalError
from alert_engine.journal.store import Journal
from alert_engine.model import AlarmClear, AlarmRaise, KeyAcknowledge, SendRequest, Severity
from alert_engine.routes.gsm_modem import GsmModemRoute
from gsm_driver import ModemSupervisor
from gsm_driver.simulator import register_simulator
from tests import virtual_time

from .flaws import Flaw, build_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from alert_engine.model import Ask
    from alert_engine.settings import EngineSettings

    from .wire import Wire

EPOCH = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SOURCE = "plc"
PORT = "modem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """How a process begins."""

    journal: Path
    settings: EngineSettings
    seed: int
    now: float = virtual_time.START  # virtual seconds
    failpoint: str = ""  # it kills itself there …
    hit: int = 1  # … at this hit
    flaw: Flaw | None = None


def live(birth: Birth, wire: Wire) -> None:
    """Run until the world ends it."""
    with asyncio.Runner(loop_factory=lambda: _LockStepLoop(wire, birth.now)) as runner:
        runner.run(_live(birth, wire))


async def _live(birth: Birth, wire: Wire) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, _LockStepLoop)
    if birth.flaw is not None:
        build_in(birth.flaw)
    clock = _WorldClock()
    engine = AlertEngine(
        birth.settings,
        Journal(birth.journal),
        clock=clock,
        ids=_SeededIds(birth.seed),
        failpoint=_failpoint(birth, wire),
    )
    await engine.start()
    modem = _DistantModem(wire)
    register_simulator(modem)  # type: ignore[arg-type]  # all of it that a port needs
    loop.modem = modem
    loop.on_request = lambda number, fields: asyncio.ensure_future(_answer(engine, wire, number, fields))
    await engine.add_route(GsmModemRoute("stick", ModemSupervisor(f"simulator://{PORT}"), clock=clock))
    await asyncio.Event().wait()


async def _answer(engine: AlertEngine, wire: Wire, number: int, fields: dict[str, Any]) -> None:
    """Only what is committed is answered."""
    try:
        (result,) = await engine.apply([_ask(fields)])
    except JournalError as error:
        wire.send("refused", number, str(error))
    else:
        wire.send("answered", number, str(result.verdict))


def _ask(fields: dict[str, Any]) -> Ask:
    kind, key, id_ = fields["kind"], fields["key"], fields["id"]
    match kind:
        case "raise":
            severity = Severity(fields["severity"])
            return AlarmRaise(
                source=SOURCE,
                key=key,
                title=fields["title"],
                text=fields["text"],
                severity=severity,
                message_id=id_,
            )
        case "clear":
            return AlarmClear(source=SOURCE, key=key, message_id=id_)
        case "acknowledge":
            return KeyAcknowledge(source=SOURCE, key=key, by="mqtt:plc", message_id=id_)
        case _:
            return SendRequest(to=(fields["to"],), text=fields["text"], request_id=id_)


def _failpoint(birth: Birth, wire: Wire) -> Callable[[str], None]:
    """Tells each point to the world, and dies at the armed one as by the kernel's hand."""
    hits = 0

    def passed(name: str) -> None:
        nonlocal hits
        wire.send("passed", name)
        hits += name == birth.failpoint
        if name == birth.failpoint and hits == birth.hit:
            os.kill(os.getpid(), signal.SIGKILL)
            signal.pause()  # in another thread than the one that gets it first

    return passed


class _WorldClock(LoopClock):
    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.monotonic() - virtual_time.START)


class _SeededIds:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def uid(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def draw(self, count: int) -> int:
        return self._random.randrange(count)


@dataclass
class _Line:
    wire: Wire
    ends: list[Any] = field(default_factory=list)

    def write_from_host(self, data: bytes) -> None:
        self.wire.send("write", data)


class _DistantModem:
    """What `simulator://modem` leads to in this process: the modem itself lives in the world."""

    def __init__(self, wire: Wire) -> None:
        self.name = PORT
        self.is_plugged = True
        self.line = _Line(wire)

    def had_name(self, name: str) -> bool:
        return name == self.name

    def close(self) -> None:
        self.line.ends.clear()


class _LockStepSelector(virtual_time._JumpingSelector):
    """Asks the world where the loop would sleep."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire
        self.loop: _LockStepLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if self.holds or (timeout is not None and timeout <= 0):
            return super().select(timeout)
        ready = super().select(0)
        if ready:
            return ready
        self._wire.send("idle", self.now + timeout if timeout is not None else -1.0)
        answer = self._wire.receive()
        if answer is None:  # the world has ended
            os._exit(0)
        _, self.now, data, requests = answer
        self.loop.take_in(data, requests)
        return []


class _LockStepLoop(virtual_time.VirtualTimeLoop):
    def __init__(self, wire: Wire, now: float) -> None:
        self._jumping = _LockStepSelector(wire)
        self._jumping.now = now
        asyncio.SelectorEventLoop.__init__(self, self._jumping)
        self._jumping.loop = self
        self.modem: _DistantModem | None = None
        self.on_request: Callable[[int, dict[str, Any]], object] = lambda *_: None

    def take_in(self, data: bytes, requests: list[tuple[int, dict[str, Any]]]) -> None:
        """Called between two rounds of the loop."""
        if data and self.modem is not None:
            for end in tuple(self.modem.line.ends):
                end.data_from_modem(data)
        for number, fields in requests:
            self.call_soon(self.on_request, number, fields)
