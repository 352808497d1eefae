"""The world around a gateway process: a modem, its network, phones, sources; it outlives every SIGKILL.

One world, several lives of the gateway on one journal. Everything here happens in virtual time that only
moves when the process has nothing left to do.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from alert_engine.failpoints import Moment
from gsm_driver.simulator import NetworkEventKind, SimulatedNetwork, Simulator, SteppedScheduler
from lab.checker import Doubt
from lab.parts.audit import is_settled
from tests import virtual_time

from .gateway import EPOCH, PORT, Birth, live
from .wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsm_driver.simulator import NetworkConditions, NetworkEvent, SimulatorProfile

_ANSWERED = frozenset({NetworkEventKind.SUBMITTED, NetworkEventKind.REFUSED})
_LONGEST_LAST = 14_400.0  # seconds of virtual time until everything is settled: limits last three hours
_MAX_TURNS = 20_000  # of a life; then something turns in a circle


class Kill(StrEnum):
    """What ends a life."""

    FAILPOINT = "failpoint"  # the process itself, at a named moment around a commit
    CTRL_Z = "ctrl_z"  # the modem just got the last byte of a segment
    TURN = "turn"  # between two waits
    TIMER = "timer"  # so many microseconds of real time after a wait, wherever it is then
    HORIZON = "horizon"  # nothing else came: at the end of the time
    NONE = "none"  # the last life: as long as it takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How long a process lives, and how it ends."""

    kill: Kill
    failpoint: str = ""
    hit: int = 1  # of the failpoint, the Ctrl-Z, or the turn
    microseconds: int = 0
    seconds: float  # of virtual time, at most; of the last life: at least
    pause: float = 0.0  # seconds of virtual time until the next one begins

    @property
    def point(self) -> str:
        """Where it is killed, for tables."""
        return self.failpoint or str(self.kill)


@dataclass(kw_only=True)
class Request:
    """Something that a source wants of the gateway."""

    at: float
    fields: dict[str, Any]
    is_repeated: bool  # a source that waits for an answer, and asks again after a crash
    verdict: str = ""  # the answer; empty: none yet
    was_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a life ended."""

    kill: Kill  # what it was in the end
    point: str
    passed: Counter[str]


class _Scheduler(SteppedScheduler):
    """Tells when the next thing happens."""

    @property
    def next_due(self) -> float:
        return self._timers[0][0] if self._timers else float("inf")


@dataclass
class _Line:
    """The world's end of the cable."""

    waiting: bytearray = field(default_factory=bytearray)
    is_open: bool = False

    def data_from_modem(self, data: bytes) -> None:
        if self.is_open:  # nobody reads a port that nobody has open
            self.waiting += data

    def port_gone(self) -> None:
        self.waiting.clear()

    def port_back(self, name: str) -> None:
        pass


class World:
    """Modem, network, phones and time.

    Args:
        seed: of everything that is drawn here.
        conditions: of the network.
        profile: of the modem.
        numbers: of the phones.
        replies: what the owner of a phone writes back to a text, and after how many seconds; or None.
    """

    def __init__(
        self,
        *,
        seed: int,
        conditions: NetworkConditions,
        profile: SimulatorProfile,
        numbers: tuple[str, ...],
        replies: Callable[[str], tuple[str, float] | None],
    ) -> None:
        self.scheduler = _Scheduler(virtual_time.START)
        self.network = SimulatedNetwork(self.scheduler, wall=self.wall, conditions=conditions, seed=seed)
        self.phones = tuple(self.network.add_phone(number) for number in numbers)
        self.simulator = Simulator(self.scheduler, name=PORT, network=self.network, profile=profile)
        self.requests: list[Request] = []
        self.commands: Counter[tuple[str, str]] = Counter()
        self.doubts: list[Doubt] = []
        self._replies = replies
        self._seen: set[tuple[str, str]] = set()
        self._line = _Line()
        self._under_way: NetworkEvent | None = None
        self._is_answered = False
        self._ctrl_z = 0
        self.simulator.line.ends.append(self._line)
        self.network.listen(self._on_event)

    @property
    def now(self) -> float:
        """Virtual seconds."""
        return self.scheduler.now()

    def wall(self) -> datetime:
        """The same as date and time."""
        return EPOCH + timedelta(seconds=self.now - virtual_time.START)

    def live(self, birth: Birth, life: Life) -> End:
        """Let a process begin on the journal, and end as it is written."""
        ours, theirs = socket.socketpair()
        world, pid = os.getpid(), os.fork()
        if pid == 0:
            _be_born(birth, ours, theirs, world)
        theirs.close()
        with closing(Wire(ours)) as wire:
            return _Living(self, wire, pid, birth, life).run()

    def fall_silent(self) -> None:
        """Nobody writes to the gateway any more."""
        self._replies = lambda _: None

    def let_time_pass(self, seconds: float) -> None:
        """Nobody is there."""
        self.scheduler.advance(seconds)

    # --- what the living one needs -------------------------------------------------------------------------

    def begin(self) -> None:
        """A new process looks at the port."""
        self._line.is_open = False
        self._line.waiting.clear()
        self._ctrl_z = 0
        self._under_way, self._is_answered = None, False
        for request in self.requests:
            if request.was_asked and not request.verdict and request.is_repeated:
                request.was_asked = False

    def write(self, data: bytes) -> int:
        """The process wrote to the modem; how many segments it has sent off in this life."""
        self._line.is_open = True
        self.simulator.line.write_from_host(data)
        return self._ctrl_z

    def waits(self) -> None:
        """The process waits again: whatever it was told, it had the time to write down."""
        if self._is_answered:
            self.wrote_down()

    def wrote_down(self) -> None:
        """The process has the answer to its segment on the disk, or must have it."""
        self._under_way, self._is_answered = None, False

    def advance(self, deadline: float) -> tuple[bytes, list[tuple[int, dict[str, Any]]]]:
        """Move the time until there is something for the process, to `deadline` at most."""
        while True:
            due = [n for n, each in enumerate(self.requests) if not each.was_asked and each.at <= self.now]
            if due or self._line.waiting or self.now >= deadline:
                break
            others = (each.at for each in self.requests if not each.was_asked)
            until = min(deadline, self.scheduler.next_due, *others)
            self.scheduler.advance(max(0.0, until - self.now))
        for number in due:
            self.requests[number].was_asked = True
        data = bytes(self._line.waiting)
        self._line.waiting.clear()
        if self._under_way is not None and self._was_answered and data:
            self._is_answered = True
        return data, [(number, self.requests[number].fields) for number in due]

    def died(self, point: str) -> None:
        """It did, here."""
        if self._under_way is not None:
            lost = self._under_way
            self.doubts.append(Doubt(number=lost.number, text=lost.text, segment=lost.segment, point=point))
        self._under_way = None

    def _on_event(self, event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING:
            self._ctrl_z += 1
            self._under_way, self._is_answered, self._was_answered = event, False, False
        elif event.kind in _ANSWERED:
            self._was_answered = True
        elif event.kind is NetworkEventKind.DELIVERED:
            self._answer(event.number, event.text)

    def _answer(self, number: str, text: str) -> None:
        """Somebody reads it, and perhaps writes back; a second copy is not answered again."""
        if (number, text) in self._seen:
            return
        self._seen.add((number, text))
        reply = self._replies(text)
        if reply is not None:
            words, after = reply
            self.commands[number, words] += 1
            self.scheduler.call_later(after, lambda: self.network.deliver_sms(number, words))

    _was_answered = False


class _Living:
    """One life, seen from the world."""

    def __init__(self, world: World, wire: Wire, pid: int, birth: Birth, life: Life) -> None:
        self._world = world
        self._wire = wire
        self._pid = pid
        self._birth = birth
        self._life = life
        self._ends_at = world.now + life.seconds
        self._latest = world.now + (_LONGEST_LAST if life.kill is Kill.NONE else life.seconds)
        self._turns = 0
        self._passed: Counter[str] = Counter()
        self._killed: Kill | None = None

    def run(self) -> End:
        self._world.begin()
        try:
            while (words := self._wire.receive()) is not None:
                self._take(*words)
        finally:
            if self._killed is None:
                os.kill(self._pid, signal.SIGKILL)
            _, status = os.waitpid(self._pid, 0)
        if self._killed is None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            self._killed = Kill.FAILPOINT
        if self._killed is None:
            raise RuntimeError(f"the gateway ended by itself with status {status}: it has a defect")
        point = self._birth.failpoint if self._killed is Kill.FAILPOINT else str(self._killed)
        if self._killed is not Kill.NONE:
            self._world.died(point)
        return End(kill=self._killed, point=point, passed=self._passed)

    def _take(self, what: str, *words: Any) -> None:
        if what == "idle":
            self._idle(*words)
        elif what == "write":
            sent = self._world.write(*words)
            if self._life.kill is Kill.CTRL_Z and sent == self._life.hit:
                self._kill(Kill.CTRL_Z)
        elif what == "passed":
            self._passed[words[0]] += 1
            if words[0] == Moment.ACCEPTED.after:
                self._world.wrote_down()
        elif what == "answered":
            number, verdict = words
            self._world.requests[number].verdict = verdict

    def _idle(self, deadline: float) -> None:
        if self._killed is not None:
            return
        self._turns += 1
        self._world.waits()
        if self._turns > _MAX_TURNS:
            raise RuntimeError("the gateway turns in a circle")
        if self._life.kill is Kill.TURN and self._turns == self._life.hit:
            self._kill(Kill.TURN)
            return
        ends_at = self._ends_at
        data, requests = self._world.advance(min(deadline, ends_at) if deadline >= 0 else ends_at)
        if self._world.now >= ends_at and self._is_over():
            self._kill(Kill.NONE if self._life.kill is Kill.NONE else Kill.HORIZON)
            return
        self._wire.send("go", self._world.now, data, requests)
        if self._life.kill is Kill.TIMER and self._turns == self._life.hit:
            time.sleep(self._life.microseconds / 1e6)  # of the real time of the process that is to die
            self._kill(Kill.TIMER)

    def _is_over(self) -> bool:
        """The time is up. The last life goes on until everything is settled, within limits."""
        if self._world.now >= self._latest:
            return True
        is_asked = all(each.was_asked for each in self._world.requests)
        if not is_asked or _is_busy(self._birth, self._world.commands.total()):
            self._ends_at = min(self._world.now + 30.0, self._latest)
            return False
        self._world.fall_silent()
        return True

    def _kill(self, kill: Kill) -> None:
        os.kill(self._pid, signal.SIGKILL)
        self._killed = kill


def _is_busy(birth: Birth, commands: int) -> bool:
    """A message waits, or its fate is open, or not all that people wrote is there."""
    with closing(sqlite3.connect(f"file:{birth.journal}?mode=ro", uri=True)) as rows:
        (inbound,) = rows.execute("SELECT count(*) FROM inbound").fetchone()
    return bool(inbound < commands or not is_settled(birth.journal))


def _be_born(birth: Birth, ours: socket.socket, theirs: socket.socket, world: int) -> None:
    """In the new process, of the process `world`. Never returns."""
    code = 1
    try:
        ours.close()
        random.seed(birth.seed)
        live(birth, Wire(theirs))
        code = 0
    except BaseException:  # noqa: BLE001 - it is told by the exit code, and seen on stderr
        import traceback  # noqa: PLC0415 - only then

        if os.getppid() == world:  # else all is over, and its folder with it
            traceback.print_exc()
    finally:
        os._exit(code)
