"""What a crash left behind, looked at once at start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.restart import resumed_alarm, resumed_maintenance, resumed_message
from alert_engine.model import MessageState

from . import digests, fallback, heartbeats, keywords, opt_outs, overdue, returning
from .delivery import Claim, settle
from .timers import wait_anew

if TYPE_CHECKING:
    from alert_engine.work import Work


def recover(work: Work) -> None:
    """Settle every attempt that was open, by how far its segments had come.

    Nothing submitted: back to the queue, nobody can have got it. Submitted: in doubt. And all doubts wait
    anew, because the reports that clear them may lie in the modem's storage, to be read only now. Nothing
    else waits longer than it would have without the restart, even if the clock was set back by it.
    """
    for entry in tuple(work.tx.messages.in_state(MessageState.IN_FLIGHT)):
        message = entry.message
        claimed = Claim(uid=message.uid, attempt=message.attempts, route=message.route or "")
        settle(work, claimed, "the gateway was stopped while this was sent")
    for state in (MessageState.QUEUED, MessageState.IN_DOUBT):
        for entry in tuple(work.tx.messages.in_state(state)):
            work.save(entry, resumed_message(entry, work.now))
    for alarm in work.tx.alarms.all_open():
        if (resumed := resumed_alarm(alarm, work.now)) != alarm:
            work.tx.alarms.save(resumed)
    for maintenance in work.tx.maintenance.every():
        work.tx.maintenance.put(resumed_maintenance(maintenance, work.now))
    wait_anew(work)
    fallback.resume(work)
    overdue.resume(work)
    digests.resume(work)
    returning.come_back(work)
    work.tx.troubles.look_now(work.now)
    keywords.announce_again(work)
    heartbeats.resume(work)
    heartbeats.watch(work)
    opt_outs.look(work)
