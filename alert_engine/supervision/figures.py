"""What the shell shows of the supervision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from alert_engine.decisions.supervision_alarms import Fault
    from alert_engine.routes.base import ProofLevel, RouteState


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFigures:
    """One route."""

    state: RouteState
    proof: ProofLevel | None  # the highest level that holds
    last_proof: datetime | None  # when something last went all the way
    reason: str  # for people; empty when all is well
    is_fault: bool  # people are told
    loopback_due: datetime | None = None
    loopback_seconds: float | None = None  # how long the newest one was under way
    credit: Decimal | None = None
    currency: str = ""
    credit_at: datetime | None = None
    budget_left: int | None = None  # segments or calls that it may still send today; None: nobody counts


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionFigures:
    """Everything, at the newest look."""

    routes: Mapping[str, RouteFigures] = field(default_factory=dict)
    violations: int = (
        0  # promises that were forgotten and then kept, since the start; anything but 0 is a defect
    )
    # What is wrong, by the key of its alarm, also where the settings want no alarms about it.
    faults: Mapping[str, Fault] = field(default_factory=dict, repr=False)
    reached_nobody: tuple[str, ...] = ()  # codes of alarms of which every message failed or expired
    is_content: bool = False  # the auditor looked within two minutes, and all was well
    is_clock_behind: bool = False  # it shows less than when the gateway was last there: it cannot be right
    last_ping: datetime | None = None  # the dead man's switch outside was last told
