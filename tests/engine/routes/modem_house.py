"""A simulated modem with both its routes, and the phones of those whom it reaches, for stories of alarms.

::

    async with modem_house() as house, house.plan(tmp_path, people=(ANNA,)) as plan:
        plan.at(0).raises("pump")
        plan.between(0, 2).want(ANNA, "pump")
        plan.between(60, 65).want(ANNA, channel=Channel.CALL)

What counts is what the phones saw: texts that arrived, and calls that made them ring.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from alert_engine.model import Address, Channel, Person, Policy, Severity, Step
from alert_engine.routes.base import RouteState
from alert_engine.routes.gsm_calls import GsmCallRoute
from alert_engine.routes.gsm_modem import GsmModemRoute
from gsm_driver import ModemSupervisor, RecoveryMeans
from gsm_driver.simulator import (
    PROFILES,
    CallBehaviour,
    CallManner,
    Fault,
    FaultPlan,
    LoopScheduler,
    NetworkConditions,
    PhoneCall,
    SimulatedNetwork,
    SimulatedPhone,
    Simulator,
    close_simulators,
    register_simulator,
)
from tests import virtual_time
from tests.engine.acceptance import acceptance
from tests.engine.support import Left, StoryClock, now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from alert_engine.routes.base import RouteSink
    from tests.engine.acceptance import Moment, Plan
    from tests.engine.support import FakeRoute, Story


def person(name: str, number: str, **fields: Any) -> Person:
    """Somebody who can be texted and called."""
    addresses = tuple(Address(channel=channel, value=number) for channel in (Channel.SMS, Channel.CALL))
    return Person(id=name.lower(), name=name, addresses=addresses, **fields)


ANNA = person("Anna", "+436641111111")
BERT = person("Bert", "+436642222222")

_LONGEST_OPENING = 100  # hundredths of a second

# The issue's own example: an SMS at once, a call after a minute.
SMS_THEN_CALL = Policy(
    name=Severity.CRITICAL,
    steps=(
        Step(after=timedelta(0), notify=()),
        Step(after=timedelta(seconds=60), notify=(), channels=(Channel.CALL,)),
    ),
)


class _Texts(GsmModemRoute):
    """The modem's SMS, with what the phones got."""

    house: House

    async def start(self, sink: RouteSink) -> None:
        await super().start(sink)
        for _ in range(_LONGEST_OPENING):
            if self.health.state is RouteState.OK:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("stories begin when the modem is ready")

    @property
    def left(self) -> list[Left]:
        return [
            _left(phone, message.at, message.text)
            for phone in self.house.network.phones
            for message in phone.inbox
        ]

    async def receive(self, sender: Person, text: str) -> None:
        self.house.network.deliver_sms(sender.addresses[0].value, text)


class _Calls(GsmCallRoute):
    """The modem's calls, with those that made a phone ring."""

    house: House

    @property
    def left(self) -> list[Left]:
        return [
            _left(phone, call.at, "a call")
            for phone in self.house.network.phones
            for call in phone.calls
            if call.is_incoming
        ]


def _left(phone: SimulatedPhone, at: float, text: str) -> Left:
    return Left(
        at=at - virtual_time.START,
        uid="",
        address=phone.number,
        text=text,
        segment=0,
        reference="",
        concat_reference=0,
    )


@dataclass
class House:
    """The modem, its network, and its routes."""

    simulator: Simulator
    clock: StoryClock
    messages: _Texts
    calls: _Calls
    people: tuple[Person, ...]

    @property
    def network(self) -> SimulatedNetwork:
        return self.simulator.network

    @property
    def seconds(self) -> float:
        return self.clock.monotonic() - virtual_time.START

    def phone(self, who: Person) -> SimulatedPhone:
        return self.network.phone(who.addresses[0].value)

    def calls_to(self, who: Person) -> list[PhoneCall]:
        return [call for call in self.phone(who).calls if call.is_incoming]

    def when_called(self, who: Person, manner: CallManner, **fields: Any) -> None:
        """What this person does when the phone rings."""
        self.phone(who).on_call = CallBehaviour(manner=manner, **fields)

    @asynccontextmanager
    async def plan(self, folder: Path, **settings: Any) -> AsyncIterator[Plan]:
        """Write a story inside; it is played at the end."""
        settings.setdefault("policies", (SMS_THEN_CALL,))
        routes = cast("tuple[FakeRoute, ...]", (self.messages, self.calls))
        played: AbstractAsyncContextManager[Plan] = acceptance(
            folder, people=self.people, routes=routes, **settings
        )
        async with played as plan:
            yield plan


@asynccontextmanager
async def modem_house(
    *faults: Fault,
    family: str = "sim7600",
    people: tuple[Person, ...] = (ANNA,),
    ring_for: float = 25.0,
    means: RecoveryMeans | None = None,
    **conditions: Any,
) -> AsyncIterator[House]:
    """The modem is not opened yet: its route does that."""
    scheduler, clock = LoopScheduler(), StoryClock()
    network = SimulatedNetwork(scheduler, wall=now, conditions=NetworkConditions(**conditions))
    for each in people:
        network.add_phone(each.addresses[0].value).on_call = CallBehaviour(manner=CallManner.IGNORE)
    simulator = register_simulator(
        Simulator(scheduler, name="m", network=network, profile=PROFILES[family], faults=FaultPlan(faults))
    )
    messages = _Texts("modem", ModemSupervisor("simulator://m", means=means), clock=clock)
    calls = _Calls(messages, clock=clock, ring_for=ring_for)
    house = House(simulator=simulator, clock=clock, messages=messages, calls=calls, people=people)
    messages.house = calls.house = house
    try:
        yield house
    finally:
        close_simulators()


def press(house: House, key: str, moment: Moment) -> Moment:
    """At this moment whoever has answered presses a key."""

    async def act(_: Story) -> None:
        house.simulator.modem.voice.tone(key)

    return moment.does(act)


def ring(house: House, who: Person, moment: Moment, **fields: Any) -> Moment:
    """At this moment somebody calls the modem."""

    async def act(_: Story) -> None:
        house.network.ring(who.addresses[0].value, **fields)

    return moment.does(act)
