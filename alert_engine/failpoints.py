"""Named moments around every commit, where a test may end the process.

The engine calls its `failpoint` with one of `NAMES` at each of them. Nothing happens unless somebody arms
one.
"""

from __future__ import annotations

import os
import signal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Moment(StrEnum):
    """One kind of commit. `before` it rows are written, not committed; `after` it nobody was told yet."""

    RAISE = "raise"
    CLEAR = "clear"
    ACKNOWLEDGE = "acknowledge"
    SEND = "send"
    INFLIGHT = "inflight"  # a message is claimed for a route; the route was not touched
    SUBMITTED = "submitted"  # the last byte of a segment is about to leave
    ACCEPTED = "accepted"  # the route told that a segment was taken
    OUTCOME = "outcome"  # what the route said of the whole attempt
    INBOUND = "inbound"
    REPORT = "report"
    TIMER = "timer"  # steps of policies, ends of doubts, expiries
    RECOVERY = "recovery"  # at start: what a crash left in flight

    @property
    def before(self) -> str:
        """The name of the failpoint before the commit."""
        return f"{self.value}_before_commit"

    @property
    def after(self) -> str:
        """The name of the failpoint after the commit."""
        return f"{self.value}_after_commit"


NAMES: tuple[str, ...] = tuple(name for moment in Moment for name in (moment.before, moment.after))


def disarmed(_name: str) -> None:
    """Do nothing: the default."""


def kill_at(armed: str) -> Callable[[str], None]:
    """A failpoint that ends this process with SIGKILL the first time `armed` is reached.

    Raises:
        ValueError: no failpoint has this name.
    """
    if armed not in NAMES:
        raise ValueError(f"no failpoint is called {armed!r}; there are: {', '.join(NAMES)}")

    def failpoint(name: str) -> None:
        if name == armed:
            os.kill(os.getpid(), signal.SIGKILL)

    return failpoint
