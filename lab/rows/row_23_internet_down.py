"""The internet goes away under an account in the cloud, and comes back."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.routes.provider_exchange import CONNECT_TIMEOUT
from lab.parts.cloud import ANNA, BERT, ROUTE, WELL, Line, a_cloud
from lab.parts.names import ANNA as ANNAS_NUMBER
from lab.parts.online import BERT as BERTS_NUMBER
from lab.parts.online import NAME_KEPT, a_house_online
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lab.parts.online import Online
    from lab.run import Outcome, Run

WAY_BACK = 40.0  # seconds from the internet to the message: a look every 25 s, and some patience
AWAY = 3600.0  # seconds at most, in virtual time
SETTLED = 900.0  # seconds after it is back: all that waited has left


class Cut(StrEnum):
    """How a line dies."""

    NO_ROUTE = "no route"
    NO_NAMES = "no name server"
    SWALLOWED = "connections that nobody answers"


ROW = Row(
    number=23,
    fault="internet down",
    expected="whoever has a phone gets an SMS within 20 s; what only the cloud carries waits for it",
    worlds={
        World.VIRTUAL: Extent(quick=3, full=300, batch=20),
        World.REAL: Extent(quick=0, full=15, alone=True),
    },
    limits=(
        Limit("t_fallback", at_most=20.0, unit="s", anchor="A6"),
        Limit("t_recover", at_most=WAY_BACK, unit="s"),
        Limit("told twice", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.NAMESPACE}),
    remark="real: api.twilio.com is a stand-in in a network namespace; WhatsApp, because no modem carries it",
)


async def play(run: Run) -> Outcome:
    """Cut it, raise for both, see the SMS; join it again, see the WhatsApp message."""
    cut = list(Cut)[run.seed % len(Cut)]
    return await (_in_real_time(run, cut) if run.world is World.REAL else _in_virtual_time(run, cut))


async def _in_virtual_time(run: Run, cut: Cut) -> Outcome:
    cloud = await run.use(a_cloud(run))
    work = cloud.work
    await work.until(run.random.uniform(60.0, 900.0))
    cloud.line = Line(dead_after=0.0 if cut is Cut.NO_ROUTE else CONNECT_TIMEOUT)
    await work.until(work.seconds + run.random.uniform(0.0, 60.0))
    began = work.seconds
    await cloud.raise_alarm("pump", ANNA, within=20.0)
    await cloud.raise_alarm("tank", BERT)
    await work.until(began + run.random.uniform(60.0, AWAY))
    run.note("t_fallback", (cloud.came("pump", ANNA) or work.seconds) - began)
    cloud.line, back = WELL, work.seconds
    while not cloud.asked and work.seconds < back + SETTLED:
        await work.until(work.seconds + 1.0)
    run.note("t_recover", work.seconds - back)
    await work.until(back + SETTLED)
    run.note("told twice", sum("pump" in text for _, text in cloud.asked))
    return run.outcome(run.folder / "journal.db", work.phones, foreseen=(f"route/{ROUTE}",))


async def _in_real_time(run: Run, cut: Cut) -> Outcome:
    house = await a_house_online(run)
    twilio, plant = house.twilio, house.plant
    await plant.raise_alarm("door", "Door open")
    await house.raise_for_bert("before")
    await run.until(
        lambda: {ANNAS_NUMBER, BERTS_NUMBER} <= {each.number for each in twilio.asked}, "WhatsApp for both"
    )
    async with _severed(cut, house):
        began = run.now()
        await plant.raise_alarm("pump", "Pump off", within=20.0)
        await house.raise_for_bert("tank")
        sms = await house.radio.sms("Pump off", within=60.0)
        run.note("t_fallback", sms.at - began)
    back = run.now()
    await run.until(
        lambda: any("tank" in each.text for each in twilio.asked), "the tank, by WhatsApp", within=100.0
    )
    run.note("t_recover", run.now() - back)
    await plant.settled()
    run.note("told twice", sum("Pump off" in each.text for each in twilio.asked))
    return run.outcome(plant.journal, house.radio.phones, foreseen=("route/*",))


@asynccontextmanager
async def _severed(cut: Cut, house: Online) -> AsyncIterator[None]:
    inside = house.twilio.inside
    if cut is Cut.NO_ROUTE:
        await inside.shut()
        yield
        await inside.open()
    elif cut is Cut.NO_NAMES:
        inside.is_deaf = True
        await asyncio.sleep(NAME_KEPT)
        yield
        inside.is_deaf = False
    else:
        async with house.twilio.swallowed(house.certificate()):
            yield
