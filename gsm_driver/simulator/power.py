"""Power, boot and silence of a modem."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .profile import SimulatorProfile, TimedLine
    from .scheduler import Scheduler, Timer


class Power:
    """Knows whether the modem lives, hears, and has read its SIM.

    Args:
        scheduler: its time.
        profile: boot lines, chatter, how long the SIM takes.
        say: writes an unsolicited line.
        on_ready: the SIM can be used from now on.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        profile: SimulatorProfile,
        *,
        say: Callable[[str], None],
        on_ready: Callable[[], None],
    ) -> None:
        self.is_on = False
        self.is_ready = False
        self._scheduler = scheduler
        self._profile = profile
        self._say = say
        self._on_ready = on_ready
        self._silent_until = -math.inf
        self._is_calm = False
        self._timers: set[Timer] = set()

    @property
    def hears(self) -> bool:
        """Bytes from the host reach it, and its own reach the line."""
        return self.is_on and self._scheduler.now() >= self._silent_until

    def switch_on(self, *, booted: bool) -> None:
        """Give it power. With `booted` it has been on for a long time already."""
        self.is_on = True
        self._is_calm = False
        self._silent_until = -math.inf
        if booted:
            self._become_ready()
        else:
            self._boot()
        for line in self._profile.chatter:
            self._chatter(line)

    def calm(self) -> None:
        """The chatter ends, until it is switched on again."""
        self._is_calm = True

    def switch_off(self) -> None:
        """Take the power away: nothing that was planned happens."""
        self.is_on = False
        self.is_ready = False
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def fall_silent(self, seconds: float) -> None:
        """Hear and say nothing for a while; infinity lasts until the power was off."""
        self._silent_until = self._scheduler.now() + seconds

    def _boot(self) -> None:
        lines = self._profile.boot
        self.fall_silent(lines[0].seconds if lines else self._profile.sim_ready_after)
        for line in lines:
            self._later(line.seconds, partial(self._say, line.line))
        self._later(self._profile.sim_ready_after, self._become_ready)

    def _become_ready(self) -> None:
        self.is_ready = True
        self._on_ready()

    def _chatter(self, line: TimedLine) -> None:
        def say_and_repeat() -> None:
            if self._is_calm:
                return
            self._say(line.line)
            self._chatter(line)

        self._later(line.seconds, say_and_repeat)

    def _later(self, seconds: float, callback: Callable[[], object]) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            callback()

        timer = self._scheduler.call_later(seconds, fire)
        self._timers.add(timer)
