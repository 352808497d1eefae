"""The engine, the driver and a simulated modem in virtual time, in the process of the run: `World.VIRTUAL`.

Hours pass in milliseconds, and the same seed gives the same run to the last octet.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from alert_engine.model import AlarmClear, AlarmRaise, Channel, Severity
from tests import virtual_time
from tests.engine.routes.modem_house import ANNA, BERT, House, modem_house
from tests.engine.support import CountedIds, telling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from alert_engine.engine import AlertEngine
    from alert_engine.model import Alarm, EngineEvent, Person
    from gsm_driver import RecoveryMeans
    from gsm_driver.simulator import Fault, SimulatedPhone
    from lab.run import Run
    from tests.engine.support import FakeRoute, Story

__all__ = ["ANNA", "BERT", "Clockwork", "a_clockwork", "number_of"]

SOURCE = "plc"


def number_of(who: Person, channel: Channel = Channel.SMS) -> str:
    """Where this person is reached."""
    return next(address.value for address in who.addresses if address.channel is channel)


@dataclass(kw_only=True)
class Clockwork:
    """An engine at work on a simulated modem.

    Attributes:
        house: the modem, its network, its phones.
        story: the engine with its clock; `story.clock.offset` lets the wall clock jump.
        events: what the engine told, with the second of the story.
    """

    run: Run
    house: House
    story: Story
    events: list[tuple[float, EngineEvent]] = field(default_factory=list)

    @property
    def engine(self) -> AlertEngine:
        """The engine."""
        return self.story.engine

    @property
    def phones(self) -> tuple[SimulatedPhone, ...]:
        """For the checker."""
        return self.house.network.phones

    @property
    def seconds(self) -> float:
        """Of the story, from 0."""
        return self.run.now() - virtual_time.START

    async def until(self, seconds: float) -> None:
        """Go on to this second of the story."""
        await self.story.until(seconds)

    async def raise_alarm(
        self,
        key: str,
        severity: Severity = Severity.CRITICAL,
        *to: Person,
        within: float | None = None,
        **fields: Any,
    ) -> Alarm:
        """A source says that it is on; when the engine has answered it is a promise to `to`."""
        title = fields.pop("title", f"{key}.")
        asked = AlarmRaise(source=SOURCE, key=key, severity=severity, title=title, **fields)
        result = await self.engine.raise_alarm(asked)
        numbers = tuple(number_of(each) for each in to)
        self.run.ledger.accept(f"raise-{key}", title, *numbers, at=self.run.now(), within=within)
        return result.alarms[0]

    async def clear_alarm(self, key: str, **fields: Any) -> None:
        """A source says that it is over."""
        await self.engine.clear(AlarmClear(source=SOURCE, key=key, **fields))

    def writes(self, who: Person, text: str) -> None:
        """This person sends a text to the modem."""
        self.run.ledger.commands[number_of(who), text] += 1
        self.house.network.deliver_sms(number_of(who), text)


@asynccontextmanager
async def a_clockwork(
    run: Run,
    *faults: Fault,
    people: tuple[Person, ...] = (ANNA, BERT),
    phones: tuple[Person, ...] | None = None,
    family: str = "sim7600",
    conditions: dict[str, Any] | None = None,
    means: RecoveryMeans | None = None,
    **settings: Any,
) -> AsyncIterator[Clockwork]:
    """An engine with a modem for SMS and calls, on a journal in the folder of the run.

    Args:
        run: its seed decides what the engine draws.
        faults: of the modem, as data.
        people: everybody.
        phones: who of them has a phone, which is not answered; None: all.
        family: of the modem.
        conditions: of the network.
        means: what may be done for the modem when it does not answer.
        settings: of the engine.
    """
    owners = people if phones is None else phones
    async with modem_house(*faults, family=family, people=owners, means=means, **(conditions or {})) as house:
        first = cast("FakeRoute", house.messages)
        ids = CountedIds(run.seed)
        async with telling(run.folder, people=people, route=first, ids=ids, **settings) as story:
            found = Clockwork(run=run, house=house, story=story)
            story.engine.subscribe(lambda event: found.events.append((found.seconds, event)))
            await story.engine.add_route(house.calls)
            yield found
