"""Everything comes a hundred times, and in any order; the times of the source say what is true in the end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from alert_engine.model import AlarmClear, AlarmRaise, Policy, Severity, Step
from lab.parts.audit import episodes
from lab.parts.flood import publish_all
from lab.parts.names import ANNA, SOURCE, TOPICS
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.radio import a_radio
from lab.parts.virtual import ANNA as MARY
from lab.parts.virtual import a_clockwork, number_of
from lab.row import Extent, Limit, Need, Row, World
from tests.engine.support import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from random import Random

    from gsm_driver.simulator import SimulatedPhone
    from lab.run import Outcome, Run

COPIES, FEW = 100, 4  # of each event: in real time, and at most in virtual time
ON = frozenset({"raised", "acked"})
STORIES = ("r", "rc", "cr")  # raised; raised and cleared; cleared and raised, by the times of the source
KEYS = {True: 1, False: 3}  # in quick, in full: of each story in real time
AGE = timedelta(hours=1)  # of the first event
GAPS = (0.0, 0.0, 1.0, 60.0, 900.0)  # seconds between two deliveries in virtual time
CONFIRMED_WITHIN = 60.0  # seconds
LIMITS = {"sms": {"windows": ["100 in 15min"], "reserve": ["100 in 15min"], "bundle": "1s"}}
"""As in every plant; and that something is over waits a second for company, not two minutes."""
LATER = 600.0  # seconds: whatever would still be sent has been sent by then

ROW = Row(
    number=34,
    fault="deliveries a hundred times, raise and clear in any order",
    expected="one episode and one SMS; what the source said last, by its own time, is so in the end",
    worlds={
        World.REAL: Extent(quick=1, full=10),
        World.VIRTUAL: Extent(quick=4, full=2000, batch=10),
    },
    limits=(
        Limit("wrong in the end", at_most=0),
        Limit("episodes", at_most=1),
        Limit("SMS of a raise", at_most=1),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    timeout=300.0,
    remark="a repeat is known for 24 hours; what comes later is a new event, unless its own time is too old",
)


class Event(NamedTuple):
    """What a source says."""

    verb: str  # r, c
    place: int  # in the story: its id, and by it its time

    def at(self, begin: datetime) -> datetime:
        """By the clock of the source."""
        return begin + timedelta(seconds=self.place)


async def play(run: Run) -> Outcome:
    """Through the broker, as fast as it goes; and with all the time of the world in between."""
    return await (_on_mqtt(run) if run.world is World.REAL else _over_hours(run))


def deliveries(stories: Mapping[str, str], copies: int, random: Random) -> list[tuple[str, Event]]:
    """Key and event: each so often, in any order."""
    once = [(key, Event(verb, place)) for key, story in stories.items() for place, verb in enumerate(story)]
    return random.sample(once * copies, len(once) * copies)


async def _on_mqtt(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, policies=ONCE, limits=LIMITS))
    radio = run.keep(a_radio(plant.modem))
    gateway = await run.use(plant.gateway())
    await running(gateway)
    begin = datetime.now(UTC) - AGE
    stories = {f"{story}{number}": story for story in STORIES for number in range(KEYS[run.is_quick])}
    payloads = [
        (f"{TOPICS}/in/alarm/{SOURCE}/{key}", _payload(key, event, begin))
        for key, event in deliveries(stories, COPIES, run.random)
    ]
    await publish_all(plant.broker_port, payloads, within=CONFIRMED_WITHIN)
    await plant.raise_alarm("after", "Gate open, after")  # it comes after all of them
    await radio.sms("Gate open, after", within=60.0)
    await plant.settled()
    _measure(run, stories, plant.journal, radio.phones, ANNA)
    return run.outcome(plant.journal, radio.phones)


async def _over_hours(run: Run) -> Outcome:
    once = (Policy(name=Severity.CRITICAL, steps=(Step(after=timedelta(0), notify=()),)),)
    work = await run.use(a_clockwork(run, policies=once, people=(MARY,)))
    stories = {story: story for story in STORIES}
    begin = EPOCH - AGE
    for key, event in deliveries(stories, run.random.randint(1, FEW), run.random):
        fields: dict[str, Any] = {
            "key": key,
            "message_id": f"{event.verb}{event.place}",
            "source_time": event.at(begin),
        }
        if event.verb == "r":
            asked = AlarmRaise(source=SOURCE, severity=Severity.CRITICAL, title=_title(key), **fields)
            await work.engine.raise_alarm(asked)
        else:
            await work.engine.clear(AlarmClear(source=SOURCE, **fields))
        await work.until(work.seconds + run.random.choice(GAPS))
    await work.until(work.seconds + LATER)
    journal = run.folder / "journal.db"
    _measure(run, stories, journal, work.phones, number_of(MARY))
    return run.outcome(journal, work.phones)


def _payload(key: str, event: Event, begin: datetime) -> str:
    said = {"event": "raise" if event.verb == "r" else "clear", "id": f"e{event.place}"}
    words = {"severity": "critical", "title": _title(key)} if event.verb == "r" else {}
    return json.dumps({**said, **words, "ts": event.at(begin).isoformat()})


def _title(key: str) -> str:
    return f"Tank {key} low"


def _measure(
    run: Run, stories: Mapping[str, str], journal: Path, phones: Iterable[SimulatedPhone], number: str
) -> None:
    """What is so in the end, by the newest event of each key; whoever is on must have been told."""
    found = episodes(journal)
    texts = [text for phone in phones for text in phone.texts]
    for key, story in stories.items():
        states = found.get(key, [])
        is_on = bool(states) and states[-1] in ON
        run.note("wrong in the end", is_on is not (story[-1] == "r"))
        run.note("episodes", len(states))
        run.note("SMS of a raise", sum(f"CRITICAL {_title(key)}" in text for text in texts))
        if story[-1] == "r":
            run.ledger.accept(f"raise-{key}", _title(key), number)
