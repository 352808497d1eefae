"""Anything that may be asked, to the operation that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from alert_engine.failpoints import Moment
from alert_engine.model import (
    AlarmClear,
    AlarmClose,
    AlarmCommand,
    AlarmRaise,
    AlarmResult,
    Heartbeat,
    KeyAcknowledge,
    MaintenanceEnd,
    MaintenanceStart,
    SendRequest,
    Verdict,
)

from . import alarms, maintenance
from .heartbeats import beat
from .sending import send

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from alert_engine.model import AlarmAsk, Ask, Channel
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work

# What was committed for a send: the caller makes a result of it, with the number of segments.
Sent = tuple[Verdict, tuple["OutboxEntry", ...]]


def do_all(
    work: Work, asks: Sequence[Ask], carried: Callable[[SendRequest], Collection[Channel] | None]
) -> list[AlarmResult | Sent]:
    """Do them in order. `carried` says by which channels a text can be carried; None: by any.

    Raises:
        UnknownRecipientError: a text is for nobody.
    """
    return [send(work, ask, carried(ask)) if isinstance(ask, SendRequest) else _do(work, ask) for ask in asks]


def do_all_about_alarms(work: Work, asks: Sequence[AlarmAsk]) -> tuple[AlarmResult, ...]:
    """The same, where none is a send."""
    return tuple(_do(work, ask) for ask in asks)


def moment_of(asks: Sequence[Ask]) -> Moment:
    """Which kind of commit it is, by the first of them."""
    match asks[0]:
        case AlarmRaise():
            return Moment.RAISE
        case AlarmClear() | AlarmClose():
            return Moment.CLEAR
        case SendRequest():
            return Moment.SEND
        case _:
            return Moment.ACKNOWLEDGE


def _do(work: Work, ask: AlarmAsk) -> AlarmResult:
    match ask:
        case AlarmRaise():
            return alarms.raise_alarm(work, ask)
        case AlarmClear():
            return alarms.clear(work, ask)
        case AlarmCommand():
            return alarms.command(work, ask)
        case KeyAcknowledge():
            return alarms.acknowledge_key(work, ask)
        case MaintenanceStart():
            return maintenance.start(work, ask)
        case MaintenanceEnd():
            return maintenance.end(work, ask)
        case Heartbeat():
            return beat(work, ask)
        case _:
            assert_never(ask)
