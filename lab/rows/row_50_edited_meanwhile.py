"""Somebody edits policies and people while an alarm climbs."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from alert_engine.model import AlarmState, Group, Policy, Severity, Step
from lab.parts.names import ANNA as ANNA_PHONE
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.parts.virtual import ANNA, BERT, a_clockwork, number_of
from lab.row import Extent, Limit, Need, Row, World
from tests.engine.routes.modem_house import person
from tests.virtual_time import START

if TYPE_CHECKING:
    from alert_engine.model import Person
    from alert_engine.settings import EngineSettings
    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

CARL = person("Carl", "+436643333333")
EVERY = 300.0  # seconds between two reminders of the last step: it never ends
SECOND, THIRD = 120.0, 240.0  # seconds: when Bert and then the group are told
END = 600.0
NEW_NUMBER = "+436644444444"
MOVED = person("Bert", NEW_NUMBER)
REAL_STEP = 5.0  # seconds between two steps in real time
BERT_PHONE, CARL_PHONE = "+436602222222", "+436603333333"  # of the real plant


class Edit(Enum):
    """What somebody changes."""

    POLICY_REPLACED = auto()  # the new one tells Anna only
    POLICY_GONE = auto()
    PERSON_DELETED = auto()
    NUMBER_CHANGED = auto()
    GROUP_EMPTIED = auto()
    ALL_NAMED_DELETED = auto()


LADDER = Policy(
    name=Severity.CRITICAL,
    steps=(
        Step(after=timedelta(0), notify=("anna",)),
        Step(after=timedelta(seconds=SECOND), notify=("bert",)),
        Step(after=timedelta(seconds=THIRD), notify=("crew",), repeat=-1, every=timedelta(seconds=EVERY)),
    ),
)
CREW = Group(id="crew", name="Crew", members=("bert",))

ROW = Row(
    number=50,
    fault="a policy is edited, or a recipient deleted, while an alarm climbs",
    expected="the ladder of the raise goes on; whoever is gone is skipped, others are told instead",
    worlds={World.VIRTUAL: Extent(quick=6, full=1200, batch=60), World.REAL: Extent(quick=1, full=20)},
    limits=(
        Limit("alarms stuck", at_most=0),
        Limit("texts to whoever was deleted", at_most=0),
        Limit("t_in_place", at_most=20.0, unit="s", anchor="A6"),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    remark="in real time the file is edited and SIGHUP sent; the steps are seconds apart there",
)


async def play(run: Run) -> Outcome:
    """Edit anywhere between the raise and the last step."""
    return await (_play_virtual(run) if run.world is World.VIRTUAL else _play_real(run))


async def _play_virtual(run: Run) -> Outcome:
    edit = list(Edit)[run.seed % len(Edit)]
    everybody = (ANNA, BERT, CARL)
    work = await run.use(
        a_clockwork(
            run,
            people=everybody,
            conditions={"submit_latency": run.random.uniform(0.05, 4.0)},
            policies=(LADDER,),
            groups=(CREW,),
        )
    )
    work.house.network.add_phone(NEW_NUMBER)
    await work.raise_alarm("pump", Severity.CRITICAL, *_to_be_told(edit), within=THIRD + 30.0)
    edited = run.random.uniform(0.0, SECOND - 10.0)
    await work.until(edited)
    work.engine.update_settings(_edited(work.engine._ledger.settings, edit))  # noqa: SLF001 - as tests do
    await work.until(END)
    (alarm,) = await work.engine.open_alarms()
    is_climbing = alarm.next_due is not None and alarm.next_due > work.story.clock.now()
    run.note("alarms stuck", int(alarm.state is not AlarmState.RAISED or not is_climbing))
    gone = [each for each in (ANNA, BERT) if number_of(each) not in _numbers(work)]
    late = [text for each in gone for text in work.house.phone(each).inbox if text.at > START + edited + 15.0]
    run.note("texts to whoever was deleted", len(late))
    if (place := _in_place(edit)) is not None:
        number, due = place
        came = [each.at for each in work.house.network.phone(number).inbox]
        run.note("t_in_place", min(came, default=run.now()) - START - due)
    return run.outcome(run.folder / "journal.db", work.phones)


def _numbers(work: Clockwork) -> set[str]:
    """Of everybody who is there by now."""
    return {number_of(each) for each in work.engine.people}


def _to_be_told(edit: Edit) -> tuple[Person, ...]:
    """By the ladder of the raise, without those who are gone; everybody who is left if all of a step are."""
    match edit:
        case Edit.PERSON_DELETED:
            return (ANNA, CARL)
        case Edit.NUMBER_CHANGED:
            return (ANNA, MOVED)
        case Edit.GROUP_EMPTIED:
            return (ANNA, BERT, CARL)
        case Edit.ALL_NAMED_DELETED:
            return (CARL,)
        case _:
            return (ANNA, BERT)


def _in_place(edit: Edit) -> tuple[str, float] | None:
    """Who is told in place of whoever is gone, and when that is due."""
    match edit:
        case Edit.PERSON_DELETED | Edit.ALL_NAMED_DELETED:
            return number_of(CARL), SECOND
        case Edit.NUMBER_CHANGED:
            return NEW_NUMBER, SECOND
        case Edit.GROUP_EMPTIED:
            return number_of(CARL), THIRD
        case _:
            return None


def _edited(settings: EngineSettings, edit: Edit) -> EngineSettings:
    match edit:
        case Edit.POLICY_REPLACED:
            return replace(settings, policies=(replace(LADDER, steps=LADDER.steps[:1]),))
        case Edit.POLICY_GONE:
            return replace(settings, policies=())
        case Edit.PERSON_DELETED:
            return replace(settings, people=(ANNA, CARL))
        case Edit.NUMBER_CHANGED:
            return replace(settings, people=(ANNA, MOVED, CARL))
        case Edit.GROUP_EMPTIED:
            return replace(settings, groups=(replace(CREW, members=()),))
        case Edit.ALL_NAMED_DELETED:
            return replace(settings, people=(CARL,), groups=())


async def _play_real(run: Run) -> Outcome:
    """Bert goes, and the policy is another one, between the first and the second step."""
    steps = [
        {"notify": ["anna"]},
        {"after": f"{REAL_STEP:g}s", "notify": ["bert"]},
        {"after": f"{2 * REAL_STEP:g}s", "notify": ["crew"], "repeat": -1, "every": "10min"},
    ]
    people = [
        {"id": "anna", "name": "Anna", "phone": ANNA_PHONE},
        {"id": "bert", "name": "Bert", "phone": BERT_PHONE},
        {"id": "carl", "name": "Carl", "phone": CARL_PHONE},
    ]
    changes: dict[str, Any] = {
        "people": people,
        "groups": [{"id": "crew", "members": ["carl"]}],
        "policies": {"critical": {"steps": steps}},
        "supervision": {"raises_alarms": False},  # row 51 is about what is said of people who are gone
    }
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, **changes))
    radio = run.keep(a_radio(plant.modem))
    bert, carl = (radio.network.add_phone(number) for number in (BERT_PHONE, CARL_PHONE))
    gateway = await run.use(plant.gateway())
    await running(gateway)
    began = run.now()
    await plant.raise_alarm("pump", "Pump off", within=10.0)
    run.ledger.accept("in place of bert", "Pump off", CARL_PHONE, at=began, within=REAL_STEP + 20.0)
    await radio.sms("Pump off")
    file = plant.folder / "gateway.yaml"
    edited = json.loads(file.read_text(encoding="utf-8"))
    edited |= {"people": [people[0], people[2]], "policies": {"critical": {"notify": ["anna"]}}}
    file.write_text(json.dumps(edited), encoding="utf-8")
    gateway.signal(signal.SIGHUP)
    await gateway.says("the configuration was read again")
    await radio.until(lambda: bool(carl.inbox), "Carl is told", within=REAL_STEP + 30.0)
    run.note("t_in_place", carl.inbox[0].at - began - REAL_STEP)
    run.note("texts to whoever was deleted", len(bert.inbox))
    await run.until(lambda: run.now() > began + 2 * REAL_STEP + 2.0, "the last step")
    alarm = await plant.alarm("pump", state="raised")
    run.note("alarms stuck", int(alarm["next_due"] is None))
    await plant.settled()
    return run.outcome(plant.journal, radio.phones)
