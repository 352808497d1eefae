"""What a severity means: who is told, by what, when, how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .words import Channel

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a policy: who is told, when, and how often again."""

    after: timedelta  # from the raise
    notify: tuple[str, ...]  # recipient ids; empty means everybody
    channels: tuple[Channel, ...] = (Channel.SMS,)
    repeat: int = 0  # how many times again while nobody acknowledged; -1: without end
    every: timedelta | None = None  # between repeats; required when repeat is not 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a severity means: the steps. A snapshot is kept in each alarm at its raise."""

    name: str
    steps: tuple[Step, ...]
    latch: bool = False  # clear before acknowledge leaves the alarm open as CLEARED
    hold: timedelta | None = None  # how long a raise must last before anybody is told; None: at once
