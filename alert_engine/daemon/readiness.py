"""How far the daemon is, as its servers see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alert_engine.engine import AlertEngine


class Phase(StrEnum):
    """The life of the daemon."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


@dataclass(slots=True, kw_only=True)
class Readiness:
    """Shared by composition and servers: one writes, the others look."""

    gateway: str
    version: str
    phase: Phase = Phase.STARTING
    engine: AlertEngine | None = None  # only while it takes requests

    def running(self, engine: AlertEngine) -> None:
        """From now on requests are taken."""
        self.phase, self.engine = Phase.RUNNING, engine

    def stopping(self) -> None:
        """From now on nothing is taken any more."""
        self.phase, self.engine = Phase.STOPPING, None
