"""What alarms come upon seldom: a code that another one has by now, and many ends at one moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from alert_engine.failpoints import Moment
from alert_engine.model import AlarmClear, AlarmRaise, AlarmState, Policy, Severity, Step, Verdict
from alert_engine.operations.alarms import come_due
from tests.engine.acceptance import DAY, HOUR
from tests.engine.support import CountedIds, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.model import Alarm
    from alert_engine.work import Work

ONCE = Step(after=timedelta(0), notify=())
PUMP = AlarmRaise(source="plc1", key="pump", severity=Severity.HIGH, title="Pump")


class OneGuess(CountedIds):
    """Chance always gives the same."""

    def draw(self, count: int) -> int:
        return count * 0


@story
async def test_an_episode_whose_code_another_alarm_has_is_not_opened_again(tmp_path: Path) -> None:
    policies = (Policy(name="high", steps=(ONCE,), reopen_within=timedelta(days=2)),)
    async with telling(tmp_path, policies=policies, ids=OneGuess()) as told:
        (first,) = (await told.engine.raise_alarm(PUMP)).alarms
        await told.engine.clear(AlarmClear(source="plc1", key="pump"))
        await told.until(DAY + HOUR)
        (gate,) = (await told.engine.raise_alarm(replace(PUMP, key="gate"))).alarms
        assert gate.code == first.code
        again = await told.engine.raise_alarm(PUMP)
        assert again.verdict is Verdict.APPLIED
        assert again.alarms[0].id != first.id
        assert again.alarms[0].code != first.code


@story
async def test_all_that_ends_at_one_moment_is_done_in_one_commit(tmp_path: Path) -> None:
    """A shelf, the calm after flapping, and the time of a reminder, all of them long ago."""
    policies = (Policy(name="high", steps=(ONCE,), remind_every=timedelta(hours=1)),)
    async with telling(tmp_path, policies=policies) as told:
        (alarm,) = (await told.engine.raise_alarm(PUMP)).alarms
        done = await told.engine._ledger.commit(Moment.TIMER, partial(_let_all_end, alarm_id=alarm.id))
        assert done is not None
        assert (done.shelved_until, done.calm_at, done.state) == (None, None, AlarmState.ACKED)
        assert done.next_due == done.remind_at == done.raised_at + timedelta(hours=1)


def _let_all_end(work: Work, alarm_id: str) -> Alarm | None:
    alarm = work.tx.alarms.get(alarm_id)
    assert alarm is not None
    ended = replace(
        alarm,
        state=AlarmState.ACKED,
        acked_by="anna",
        acked_people=("anna",),
        shelved_until=work.now,
        calm_at=work.now,
        remind_at=work.now,
        next_due=work.now,
    )
    work.tx.alarms.save(ended)
    come_due(work, ended)
    return work.tx.alarms.get(alarm_id)
