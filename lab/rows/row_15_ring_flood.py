"""Somebody rings the modem while it sends; then a machine rings again and again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

from gsm_driver.simulator import PROFILES, NetworkEvent, NetworkEventKind
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from gsm_driver.simulator import PhoneCall
    from lab.parts.plant import Plant
    from lab.parts.radio import Radio
    from lab.run import Outcome, Run

FAMILIES = ("sim7600", "ec25", "huawei", "generic")
ALARMS = {True: 3, False: 8}  # in quick, in full: with nobody on the line, then twice as many with callers
SUBMIT_LATENCY = 0.5  # seconds: the time of the network for each SMS
CALLER = "+43660555{:04}"
REDIAL_AFTER = 1.5  # seconds that the network needs for the next call; what comes sooner is the same call

ROW = Row(
    number=15,
    fault="incoming call during a send; ring flood",
    expected="whoever calls is refused, and no SMS is more than a second later for it",
    worlds={World.REAL: Extent(quick=1, full=5 * len(FAMILIES), alone=True)},
    limits=(
        Limit("t_added", at_most=1.0, unit="s"),
        Limit("calls answered", at_most=0),
        Limit("calls refused", at_least=1),
        Limit("t_refused", at_most=6.0, unit="s"),
    ),
    needs=frozenset({Need.MOSQUITTO}),
)


async def play(run: Run) -> Outcome:
    """The slowest of some alarms, without callers and with them."""
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    radio = run.keep(a_radio(plant.modem, PROFILES[FAMILIES[run.seed % len(FAMILIES)]]))
    radio.conditions(submit_latency=SUBMIT_LATENCY)
    gateway = await run.use(plant.gateway())
    await running(gateway)
    calm = [await _send(run, plant, radio, f"Calm {number}.") for number in range(ALARMS[run.is_quick])]

    flood = asyncio.create_task(_flood(radio))
    loud = [await _send(run, plant, radio, f"Loud {number}.") for number in range(2 * ALARMS[run.is_quick])]
    await radio.until(lambda: bool(_calls(radio)) and not _rings(radio), "the last caller was refused")
    flood.cancel()
    with suppress(asyncio.CancelledError):
        await flood
    run.note("t_calm", *calm)
    run.note("t_loud", *loud)
    run.note("t_added", max(loud) - max(calm))
    calls = _calls(radio)
    refused = [call.ended_at - call.at for call in calls if call.ended_at is not None]
    run.note("t_refused", *refused)
    run.note("calls answered", sum(call.answered_at is not None for call in calls))
    run.note("calls refused", len(refused))
    await plant.settled()
    return run.outcome(plant.journal, radio.phones)


async def _send(run: Run, plant: Plant, radio: Radio, title: str) -> float:
    began = run.now()
    await plant.raise_alarm(title.strip(".").replace(" ", "").lower(), title)
    await radio.sms(title)
    return run.now() - began


async def _flood(radio: Radio) -> None:
    """Somebody else each time, and each time while an SMS is under way."""
    busy = asyncio.Event()

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING:
            busy.set()

    stop = radio.network.listen(on_event)
    try:
        for number in count():
            busy.clear()
            await busy.wait()
            await asyncio.sleep(SUBMIT_LATENCY / 2)
            radio.network.ring(CALLER.format(number))
            await radio.until(lambda: not _rings(radio), "the caller was refused")
            await asyncio.sleep(REDIAL_AFTER)
    finally:
        stop()


def _calls(radio: Radio) -> list[PhoneCall]:
    return [call for phone in radio.phones for call in phone.calls]


def _rings(radio: Radio) -> bool:
    return any(call.ended_at is None for call in _calls(radio))
