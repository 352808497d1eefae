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
_MILLISECONDS = 100_000_000_000  # a count of seconds as large as this would be in the year 5138


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
        sender = international(self.sender.find(view))
        return InboundSms(
            sender=sender,
            sender_can_be_answered=can_be_answered(sender),
            text=self.text.whole(view)[:_MAX_TEXT],
            received_at=now,
            service_centre_time=_time(_found(self.time, view)),
            is_text=True,
            reference=_found(self.reference, view),
        )


def read_reports(node: Node) -> ReportReading:
    """Raises ConfigError."""
    node.only("when", "items", "reference", "state", "states", "address", "code", "time")
    when, items = node.get("when"), node.get("items")
    extra = {key: read_finder(each) for key in ("address", "code", "time") if (each := node.get(key))}
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
    """A moment, or a count of seconds or milliseconds since 1970."""
    if not (text.isascii() and text.isdigit()):
        return moment_of(text) if text else None
    count = int(text[:14])
    return datetime.fromtimestamp(count / 1000 if count >= _MILLISECONDS else count, UTC)
