"""Messages that may have been taken: nobody resends blindly, and nobody waits for ever.

A doubt is opened when a segment left and no answer came. A delivery report clears it (`reports`). When none
came in time, the doubtful segments are sent once more, and the message keeps the mark that a second copy may
have arrived. Each doubt costs at most one copy, and all doubts of a message together `max_resends`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.model import MessageState
from alert_engine.routes.base import SegmentState

from .outcome import Next, OutcomeReason, end

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from alert_engine.outbox.entry import OutboxEntry, Segment
    from alert_engine.settings import DeliveryRules


def opened(entry: OutboxEntry, reason: str, now: datetime, rules: DeliveryRules) -> Next:
    """Begin to wait for a delivery report."""
    wait = rules.doubt_wait_of(entry.message.priority, entry.resends)
    doubtful = entry.changed(state=MessageState.IN_DOUBT, in_doubt=True, due_at=now + wait, reason=reason)
    return Next(entry=doubtful, reason=OutcomeReason.IN_DOUBT)


def settled(
    entry: OutboxEntry, segments: Sequence[Segment], reason: str, now: datetime, rules: DeliveryRules
) -> Next:
    """An attempt ended without an outcome, by a crash or a fault. Its segments say how far it came."""
    if segments and all(segment.state is SegmentState.ACCEPTED for segment in segments):
        return Next(entry=entry.changed(state=MessageState.ACCEPTED), reason=OutcomeReason.ACCEPTED)
    if any(segment.state is SegmentState.SUBMITTED for segment in segments):
        return opened(entry, reason, now, rules)
    if (ended := end(entry, now, rules)) is not None:
        return ended
    # Behind the others, as after a temporary refusal: it may be this message that breaks its route.
    refusals = entry.refusals + 1
    queued = replace(entry, refusals=refusals).changed(
        state=MessageState.QUEUED, due_at=now + rules.retry_wait(refusals), reason=reason
    )
    return Next(entry=queued, reason=OutcomeReason.NOT_SENT)


def cleared(
    entry: OutboxEntry, segments: Iterable[Segment], now: datetime, rules: DeliveryRules
) -> OutboxEntry | None:
    """All that was in doubt turned out to be taken, and some segments never left: they are sent now.

    None: a doubt is left. `segments` are those of the attempts since the text last changed.
    """
    taken: set[int] = set()
    left: set[int] = set()
    for segment in segments:
        if segment.state is SegmentState.ACCEPTED:
            taken.add(segment.segment)
        elif segment.state is not SegmentState.QUEUED:
            left.add(segment.segment)
    if left - taken:
        return None
    ended = end(entry, now, rules)
    return ended.entry if ended else entry.changed(state=MessageState.QUEUED, due_at=now, reason="")


def waited(
    entry: OutboxEntry, now: datetime, rules: DeliveryRules, *, route_usable: bool, alternative: bool
) -> Next:
    """The wait for a report is over and none came.

    While the route that sent it is down, no report can come in; unless another route can take over, the doubt
    waits on. What a route did not confirm twice leaves by another one, if there is one.
    """
    if (ended := end(entry, now, rules)) is not None:
        return ended
    if entry.resends >= rules.max_resends:
        failed = entry.changed(
            state=MessageState.FAILED, reason=f"sent {entry.resends + 1} times and never confirmed"
        )
        return Next(entry=failed, reason=OutcomeReason.NEVER_CONFIRMED)
    if not (route_usable or alternative):
        wait = rules.doubt_wait_of(entry.message.priority, entry.resends)
        return Next(entry=entry.changed(due_at=now + wait), reason=OutcomeReason.STILL_IN_DOUBT)
    route = entry.message.route
    given_up = (*entry.given_up, route) if alternative and entry.resends and route else entry.given_up
    again = replace(entry, resends=entry.resends + 1, given_up=given_up)
    again = again.changed(state=MessageState.QUEUED, due_at=now)
    return Next(entry=again, reason=OutcomeReason.RESEND)


def segments_to_send(planned: int, route: str, segments: Iterable[Segment]) -> tuple[int, ...] | None:
    """Which of the `planned` segments the next attempt on `route` sends; None: all of them.

    What a route took is not sent again by it. Another route numbers a text its own way, so it starts from the
    beginning. `segments` are those of the attempts since the text last changed.
    """
    taken = {s.segment for s in segments if s.route == route and s.state is SegmentState.ACCEPTED}
    missing = tuple(index for index in range(planned) if index not in taken)
    return None if len(missing) in {0, planned} else missing
