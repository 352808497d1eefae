"""The modem restarts by itself: with its boot lines, or without a word; its settings are gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from alert_engine.model import RouteChanged, Severity
from alert_engine.routes.base import RouteState
from gsm_driver.simulator import PROFILES
from gsm_driver.simulator.faults import announcement_lost
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.parts.second_way import SMS_ONCE
from lab.parts.virtual import ANNA, a_clockwork
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from gsm_driver.simulator import SimulatedModem
    from lab.run import Outcome, Run

FAMILIES = ("generic", "sim800", "ec25", "sim7600")  # in real time: those that tell of it …
QUICK_FAMILIES = FAMILIES[:2]  # … and of these the ones that boot fast
SLOW = "fastrack"  # opens in more than the second that a story in virtual time gives it
ALL_FAMILIES = tuple(name for name in PROFILES if name != SLOW)
LONGEST_BOOT = 8.0  # seconds of these
NOTICED = 70.0  # seconds: without a word it is seen when the settings are looked at, once a minute
END = 400.0  # seconds
# What the driver sets, and what a restart forgets.
SETTINGS = ("echo", "cmee", "cmgf", "cnmi", "csms", "creg", "clip")

ROW = Row(
    number=8,
    fault="the modem restarts in a session (RDY, +CPIN; or without a word)",
    expected="it is seen, the modem set up anew, and all settings are as before",
    worlds={
        World.REAL: Extent(quick=1, full=20, alone=True),
        World.VIRTUAL: Extent(quick=8, full=20 * len(ALL_FAMILIES), batch=len(ALL_FAMILIES)),
    },
    limits=(
        Limit("t_recover", at_most=20.0 + LONGEST_BOOT, unit="s"),
        Limit("t_recover_silent", at_most=NOTICED + 60.0, unit="s"),
        Limit("settings lost", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    remark="in virtual time nothing tells of it, whatever the family",
)


async def play(run: Run) -> Outcome:
    """Restart it at any moment; an alarm comes while it boots."""
    return await (_without_a_word(run) if run.world is World.VIRTUAL else _with_boot_lines(run))


async def _with_boot_lines(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    families = QUICK_FAMILIES if run.is_quick else FAMILIES
    radio = run.keep(a_radio(plant.modem, PROFILES[families[run.seed % len(families)]]))
    gateway = await run.use(plant.gateway())
    await running(gateway)
    await asyncio.sleep(1.0 + run.random.random())
    modem, before = radio.simulator.modem, _settings(radio.simulator.modem)
    heard, began = len(plant.peer.messages), run.now()
    modem.reboot()
    await plant.route("failed", after=heard)
    await plant.raise_alarm("pump", "Pump off")
    await plant.route("ok", after=heard, within=60.0)
    run.note("t_recover", run.now() - began)
    await plant.told("pump", "delivered")
    run.note("settings lost", _lost(before, _settings(modem)))
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*",))


async def _without_a_word(run: Run) -> Outcome:
    family = ALL_FAMILIES[run.seed % len(ALL_FAMILIES)]
    work = await run.use(a_clockwork(run, people=(ANNA,), family=family, policies=SMS_ONCE))
    await work.until(run.random.uniform(5.0, 100.0))
    modem = work.house.simulator.modem
    before, began = _settings(modem), work.seconds
    modem.faults.replace([announcement_lost(each.line.partition("{")[0]) for each in modem.profile.boot])
    modem.reboot()
    await work.until(began + run.random.uniform(0.0, 60.0))
    await work.raise_alarm("pump", Severity.CRITICAL, ANNA)
    await work.until(began + END)
    health = [
        (at, event.health.state)
        for at, event in work.events
        if isinstance(event, RouteChanged) and at > began
    ]
    run.note("t_recover_silent", *[at - began for at, state in health if state is RouteState.OK][-1:])
    run.note("settings lost", _lost(before, _settings(modem)))
    return run.outcome(run.folder / "journal.db", work.phones, foreseen=("route/*",))


def _settings(modem: SimulatedModem) -> dict[str, object]:
    return {name: getattr(modem.settings, name) for name in SETTINGS}


def _lost(before: dict[str, object], after: dict[str, object]) -> int:
    return sum(before[name] != after[name] for name in before)
