"""What became of messages and what came in, as a provider tells it: by a call, or because it was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alert_engine.routes.base import InboundReport, InboundSms, ReportStatus
from alert_engine.routes.providers.addresses import can_be_answered, international
from alert_engine.routes.providers.reading import items_at, moment_of

from .answers import Clause, Finder, View, read_clause, read_finder, read_path, read_pattern
from .patterns import matches

if TYPE_CHECKING:
    import re

    from .nodes import Node

_MAX_ITEMS = 1000  # of one call or answer
_MAX_TEXT = 8000  # characters of an inbound message: more than 50 segments
# How many make a second of a count since 1970, by its digits: this holds until the year 2286.
_IN_A_SECOND = {10: 1, 13: 1000, 16: 1_000_000}
_MORE_OF_REPORTS = ("address", "code", "time", "uid")
_CALENDAR = "%Y%m%d%H%M%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReading:
    """Where delivery reports are, and which words mean what."""

    when: Clause
    reference: Finder
    state: Finder
    states: tuple[tuple[re.Pattern[str], ReportStatus], ...]
    items: tuple[str | int, ...] = ()  # path to a list of them; empty: there is one
    address: Finder | None = None
    code: Finder | None = None
    time: Finder | None = None
    uid: Finder | None = None  # ours, where the provider hands it back

    def read(self, view: View, now: datetime) -> tuple[InboundReport, ...] | None:
        """The reports; None: there should be some, and they cannot be read."""
        if not self.when.holds(view):
            return ()
        views = _views(view, self.items)
        found = [self._report(each, now) for each in views]
        readable = all(self.reference.find(each) and self.state.find(each) for each in views)
        return tuple(report for report in found if report) if views and readable else None

    def _report(self, view: View, now: datetime) -> InboundReport | None:
        state = self.state.find(view)
        status = next((status for pattern, status in self.states if matches(pattern, state)), None)
        if status is None:
            return None
        return InboundReport(
            reference=self.reference.find(view),
            address=international(_found(self.address, view)),
            status=status,
            reported_at=_time(_found(self.time, view)) or now,
            code=_found(self.code, view)[:64],
            uid=_found(self.uid, view),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundReading:
    """Where inbound messages are."""

    when: Clause
    sender: Finder
    text: Finder
    items: tuple[str | int, ...] = ()
    reference: Finder | None = None
    time: Finder | None = None

    def read(self, view: View, now: datetime) -> tuple[InboundSms, ...] | None:
        """The messages; None: there should be some, and they cannot be read."""
        if not self.when.holds(view):
            return ()
        views = _views(view, self.items)
        if not views or not all(self.sender.find(each) for each in views):
            return None
        return tuple(self._message(each, now) for each in views)

    def _message(self, view: View, now: datetime) -> InboundSms:
        sender, text = international(self.sender.find(view)), self.text.whole(view)[:_MAX_TEXT]
        return InboundSms(
            sender=sender,
            sender_can_be_answered=can_be_answered(sender),
            text=text,
            received_at=now,
            service_centre_time=_time(_found(self.time, view)),
            is_text=bool(text.strip()),
            reference=_found(self.reference, view),
        )


def read_reports(node: Node) -> ReportReading:
    """Raises ConfigError."""
    node.only("when", "items", "reference", "state", "states", *_MORE_OF_REPORTS)
    when, items = node.get("when"), node.get("items")
    extra = {key: read_finder(each) for key in _MORE_OF_REPORTS if (each := node.get(key))}
    return ReportReading(
        when=read_clause(when) if when else Clause(),
        items=read_path(items) if items else (),
        reference=read_finder(node.need("reference")),
        state=read_finder(node.need("state")),
        states=_read_states(node.need("states")),
        **extra,
    )


def read_inbound(node: Node) -> InboundReading:
    """Raises ConfigError."""
    node.only("when", "items", "sender", "text", "reference", "time")
    when, items = node.get("when"), node.get("items")
    extra = {key: read_finder(each) for key in ("reference", "time") if (each := node.get(key))}
    return InboundReading(
        when=read_clause(when) if when else Clause(),
        items=read_path(items) if items else (),
        sender=read_finder(node.need("sender")),
        text=read_finder(node.need("text")),
        **extra,
    )


def _read_states(node: Node) -> tuple[tuple[re.Pattern[str], ReportStatus], ...]:
    """``{delivered: pattern, failed: pattern, …}``, tried in this order."""
    states = []
    for word, pattern in node.entries():
        if word not in set(ReportStatus):
            raise pattern.refused(f"is no state of ours; use {', '.join(ReportStatus)}")
        states.append((read_pattern(pattern), ReportStatus(word)))
    return tuple(states)


def _views(view: View, items: tuple[str | int, ...]) -> list[View]:
    if not items:
        return [view]
    return [View(item, "", view.status) for item in items_at(view.data, *items)[:_MAX_ITEMS]]


def _found(finder: Finder | None, view: View) -> str:
    return finder.find(view) if finder is not None else ""


def _time(text: str) -> datetime | None:
    """A moment as it is written, or a count of seconds, milliseconds or microseconds since 1970."""
    if not (text.isascii() and text.isdigit()):
        return moment_of(text) if text else None
    if unit := _IN_A_SECOND.get(len(text)):
        return datetime.fromtimestamp(int(text) / unit, UTC)
    try:
        return datetime.strptime(text, _CALENDAR).replace(tzinfo=UTC) if len(text) == 14 else None
    except ValueError:
        return None
