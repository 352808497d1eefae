"""The account in the cloud refuses: token revoked, template rejected, recipient said STOP there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_engine.model import AlarmChanged
from lab.parts.cloud import ANNA, ROUTE, WELL, Line, a_cloud
from lab.parts.online import a_house_online
from lab.parts.providers import Answer
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.parts.cloud import Cloud
    from lab.run import Outcome, Run

ALARMS = 3
WATCHED = 240.0  # seconds in virtual time: after five minutes a locked account is looked at again
MENDED = 1200.0  # seconds more: what waited for the account has left


@dataclass(frozen=True, slots=True)
class Case:
    """What Twilio says, and what comes of it."""

    code: int
    status: int
    is_told: bool = False  # the route has failed, and the gateway raises an alarm about it
    asks_at_most: int = ALARMS  # requests: what was refused for good is not tried again


CASES = (
    Case(20003, 401, is_told=True, asks_at_most=1),  # for five minutes nobody asks again
    Case(21655, 400, asks_at_most=2 * ALARMS),  # once more in plain characters
    Case(21610, 400, asks_at_most=1),  # the address is marked
)

ROW = Row(
    number=26,
    fault="token revoked (401), WhatsApp template rejected, 21610",
    expected="not tried again, told where the account is meant, and the next way carries it",
    worlds={
        World.VIRTUAL: Extent(quick=len(CASES), full=100 * len(CASES), batch=20),
        World.REAL: Extent(quick=0, full=10 * len(CASES), alone=True),
    },
    limits=(
        Limit("t_fallback", at_most=20.0, unit="s", anchor="A6"),
        Limit("t_report", at_most=20.0, unit="s", anchor="A5"),
        Limit("requests too many", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.NAMESPACE}),
    remark="real: api.twilio.com is a stand-in in a network namespace; the codes are Twilio's own",
)


async def play(run: Run) -> Outcome:
    """Let it refuse from the first message on."""
    case = CASES[run.seed % len(CASES)]
    return await (_in_real_time(run, case) if run.world is World.REAL else _in_virtual_time(run, case))


async def _in_virtual_time(run: Run, case: Case) -> Outcome:
    cloud = await run.use(a_cloud(run))
    work = cloud.work
    await work.until(run.random.uniform(10.0, 50.0))
    cloud.line = Line(status=case.status, code=case.code, is_locked=case.is_told)
    began = work.seconds
    for number in range(ALARMS):
        await cloud.raise_alarm(f"pump{number}", ANNA, within=20.0)
    await work.until(began + WATCHED)
    for number in range(ALARMS):
        run.note("t_fallback", (cloud.came(f"pump{number}", ANNA) or work.seconds) - began)
    if case.is_told:
        run.note("t_report", _told(cloud) - began)
    run.note("requests too many", max(0, len(cloud.asked) - case.asks_at_most))
    cloud.line = WELL  # a person did something about it
    await work.until(began + WATCHED + MENDED)
    return run.outcome(run.folder / "journal.db", work.phones, foreseen=(f"route/{ROUTE}",))


def _told(cloud: Cloud) -> float:
    """When the gateway raised its own alarm about it; never: the end of the run."""
    key = f"route/{ROUTE}"
    found = [
        at for at, event in cloud.work.events if isinstance(event, AlarmChanged) and event.alarm.key == key
    ]
    return min(found, default=cloud.work.seconds)


async def _in_real_time(run: Run, case: Case) -> Outcome:
    house = await a_house_online(run, has_bert=False)
    plant, twilio = house.plant, house.twilio
    twilio.code, twilio.is_active = case.code, not case.is_told
    twilio.behaves = lambda _: Answer(status=case.status, delivers=False)
    heard, began = len(plant.peer.messages), run.now()
    for number in range(ALARMS):
        await plant.raise_alarm(f"pump{number}", f"Pump {number} off", within=20.0)
    if case.is_told:
        await plant.route("failed", "twilio", after=heard)
        await plant.alarm("route/twilio", state="raised")
        run.note("t_report", run.now() - began)
    for number in range(ALARMS):
        run.note("t_fallback", (await house.radio.sms(f"Pump {number} off", within=60.0)).at - began)
    await plant.settled()
    run.note("requests too many", max(0, len(twilio.asked) - case.asks_at_most))
    return run.outcome(plant.journal, house.radio.phones, foreseen=("route/twilio",))
