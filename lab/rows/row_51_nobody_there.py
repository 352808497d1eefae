"""Nobody is where the policy says: no one on call, all opted out, all quiet, all off duty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, time, timedelta
from typing import TYPE_CHECKING, Any

from alert_engine.model import Group, OnCall, Policy, Severity, Step, WeeklyPeriod
from alert_engine.supervision.settings import SupervisionSettings
from lab.parts.virtual import ANNA, BERT, a_clockwork, number_of
from lab.row import Extent, Limit, Row, World
from tests.engine.routes.modem_house import person
from tests.virtual_time import START

if TYPE_CHECKING:
    from alert_engine.model import Person
    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

CARL = person("Carl", "+436643333333")
DAY = date(2026, 3, 1)  # of the story, which begins at 14:07 UTC
AFTERNOON = WeeklyPeriod(start=time(13), end=time(15))  # it lasts 53 min
MORNING = WeeklyPeriod(start=time(6), end=time(12))
UNTIL_END_OF_AFTERNOON = 53 * 60.0
WITHIN = 30.0  # seconds
END = 3600.0

DUTY = OnCall(
    id="duty",
    name="Duty",
    rotation=("anna",),
    begins=DAY,
    handover=time(0),
    turn=timedelta(days=7),
    time_zone=UTC,
)
CREW = Group(id="crew", name="Crew", members=("anna", "bert"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Who is not there, and who must be told then.

    Attributes:
        named: by the policy.
        settings: of the engine.
        people: everybody.
        stops: who writes STOP before.
        told: who must be told, at once …
        quiet: … or if the alarm is not critical, when the quiet hours end.
        trouble: key of the alarm of the gateway about it; empty: it is as configured.
        severity: of the alarm.
    """

    named: str
    told: tuple[Person, ...]
    settings: dict[str, Any]
    people: tuple[Person, ...] = (ANNA, BERT, CARL)
    stops: tuple[Person, ...] = ()
    is_later: bool = False
    trouble: str = ""
    severity: Severity = Severity.CRITICAL


def _quiet(who: Person) -> Person:
    return replace(who, quiet=(AFTERNOON,))


def _off_duty(who: Person) -> Person:
    return replace(who, shifts=(MORNING,))


def _duty(**changes: Any) -> dict[str, Any]:
    return {"on_calls": (replace(DUTY, **changes),)}


CASES = {
    "nobody in the rotation, with a fallback": Case(
        named="duty",
        settings=_duty(rotation=("gone",), fallback="carl"),
        told=(CARL,),
        trouble="people/duty",
    ),
    "nobody in the rotation, without a fallback": Case(
        named="duty", settings=_duty(rotation=("gone",)), told=(ANNA, BERT, CARL), trouble="people/duty"
    ),
    "out of hours": Case(named="duty", settings=_duty(hours=(MORNING,), fallback="carl"), told=(CARL,)),
    "whoever is on call wrote STOP": Case(
        named="duty", settings=_duty(fallback="carl"), stops=(ANNA,), told=(CARL,), trouble="people/duty"
    ),
    "all of a group wrote STOP": Case(
        named="crew",
        settings={"groups": (CREW,)},
        stops=(ANNA, BERT),
        told=(CARL,),
        trouble="people/crew",
    ),
    "a group without members": Case(
        named="crew",
        settings={"groups": (replace(CREW, members=()),)},
        told=(ANNA, BERT, CARL),
        trouble="people/crew",
    ),
    "all quiet, and it is critical": Case(
        named="crew",
        settings={"groups": (CREW,)},
        people=(_quiet(ANNA), _quiet(BERT), CARL),
        told=(ANNA, BERT),
    ),
    "all quiet, and it is not": Case(
        named="crew",
        settings={"groups": (CREW,)},
        people=(_quiet(ANNA), _quiet(BERT), CARL),
        told=(ANNA, BERT),
        is_later=True,
        severity=Severity.HIGH,
    ),
    "all off duty": Case(
        named="crew",
        settings={"groups": (CREW,)},
        people=tuple(map(_off_duty, (ANNA, BERT, CARL))),
        told=(ANNA, BERT),
    ),
    "everybody wrote STOP": Case(
        named="crew", settings={"groups": (CREW,)}, stops=(ANNA, BERT, CARL), told=(), trouble="people/nobody"
    ),
}

ROW = Row(
    number=51,
    fault="nobody on call, all opted out, all in quiet hours, all off duty",
    expected="somebody who can be told is told, and the gateway says what is wrong with the people",
    worlds={World.VIRTUAL: Extent(quick=len(CASES), full=100 * len(CASES), batch=50)},
    limits=(
        Limit("t_told", at_most=WITHIN, unit="s"),
        Limit("not said by the gateway", at_most=0),
        Limit("texts to whoever wrote STOP", at_most=0),
    ),
    remark="t_told of what is held for quiet hours counts from their end",
)


async def play(run: Run) -> Outcome:
    """One alarm; nobody answers."""
    case = list(CASES.values())[run.seed % len(CASES)]
    steps = (Step(after=timedelta(0), notify=(case.named,)),)
    policies = tuple(Policy(name=each, steps=steps) for each in (Severity.CRITICAL, Severity.HIGH))
    conditions = {"submit_latency": run.random.uniform(0.05, 4.0)}
    work = await run.use(
        a_clockwork(
            run,
            people=case.people,
            conditions=conditions,
            policies=policies,
            supervision=SupervisionSettings(),
            **case.settings,
        )
    )
    for each in case.stops:
        work.writes(each, "STOP")
    raised = 60.0 + run.random.uniform(0.0, 600.0)
    await work.until(raised)
    due = UNTIL_END_OF_AFTERNOON if case.is_later else raised
    await work.raise_alarm("pump", case.severity, *case.told, within=due - raised + WITHIN)
    await work.until(END)
    _measure(run, work, case, due=due, raised=raised)
    run.note("not said by the gateway", await _unsaid(work, case))
    return run.outcome(run.folder / "journal.db", work.phones)


def _measure(run: Run, work: Clockwork, case: Case, *, due: float, raised: float) -> None:
    for each in case.told:
        came = [text.at - START for text in work.house.phone(each).inbox if "pump." in text.text]
        run.note("t_told", min(came, default=END) - due)
    heard = [text for each in case.stops for text in work.house.phone(each).inbox if text.at > START + raised]
    run.note("texts to whoever wrote STOP", len(heard))
    numbers = {number_of(each) for each in case.told}
    run.count("told besides", sum(bool(each.inbox) for each in work.phones if each.number not in numbers))


async def _unsaid(work: Clockwork, case: Case) -> int:
    """Whether the alarm about it is missing, or one is there that nothing calls for."""
    keys = {each.key for each in await work.engine.open_alarms() if each.source == "gateway"}
    found = {key for key in keys if key.startswith("people/")}
    return int(case.trouble not in found if case.trouble else bool(found))
