"""The time of the network."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from gsm_driver import Modem, NetworkTime
from gsm_driver.simulator import PROFILES, LoopScheduler, SimulatedNetwork, Simulator, register_simulator
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, ok, scripted

if TYPE_CHECKING:
    from tests.driver.scripted_modem import Table

VIENNA = timezone(timedelta(hours=2))
NOON = datetime(2026, 6, 30, 12, 0, 5, tzinfo=VIENNA)

QUECTEL: Table = {"AT+CGMI": ok("Quectel"), "AT+CGMM": ok("EC25")}
HUAWEI: Table = {"AT+CGMI": ok("huawei"), "AT+CGMM": ok("E3372")}

CLOCKS: list[tuple[Table, datetime | None]] = [
    ({"AT+CCLK?": ok('+CCLK: "26/06/30,12:00:05+08"')}, NOON),
    ({"AT+CCLK?": ok('+CCLK: "80/01/06,00:00:10+00"')}, None),  # it was never set
    ({"AT+CCLK?": ok('+CCLK: "26/06/30,12:00:05"')}, None),  # in no zone
    ({"AT+CCLK?": ok()}, None),  # ofono-phonesim
    ({"AT+CCLK?": ERROR}, None),
    ({**QUECTEL, "AT+QLTS=2": ok('+QLTS: "2026/06/30,12:00:05+08,1"')}, NOON),  # +CCLK may be UTC
    ({**QUECTEL, "AT+QLTS=2": ok('+QLTS: ""')}, None),
    ({**HUAWEI, "AT^NWTIME?": ok("^NWTIME: 26/06/30,12:00:05+8,01")}, NOON),
]


@pytest.mark.parametrize(("answers", "time"), CLOCKS)
@virtual_time.story
async def test_the_clock_of_a_modem(answers: Table, time: datetime | None) -> None:
    modem, _ = scripted(answers)
    async with modem:
        assert await modem.clock.time() == time


@virtual_time.story
async def test_what_the_network_announces_is_kept() -> None:
    modem, wire = scripted({"AT+CTZR=1": ok()})
    async with modem:
        assert modem.clock.latest is None
        wire.say('^NWTIME: "26/06/30,12:00:05+08",01')
        await asyncio.sleep(1)
        expected = NetworkTime(time=NOON, zone=timedelta(hours=2), daylight_saving=timedelta(hours=1))
        assert modem.clock.latest == expected
        wire.say("+NITZ: garbage")
        await asyncio.sleep(1)
        assert modem.clock.latest == expected


@pytest.mark.parametrize("family", PROFILES)
@virtual_time.story
async def test_the_clock_of_every_family(family: str) -> None:
    scheduler = LoopScheduler()
    network = SimulatedNetwork(scheduler, wall=lambda: NOON)
    simulator = Simulator(scheduler, name="clock", profile=PROFILES[family], network=network)
    register_simulator(simulator)
    await asyncio.sleep(20)  # it boots
    async with Modem("simulator://clock") as modem:
        assert await modem.clock.time() == NOON
        simulator.modem.announce_time()
        await asyncio.sleep(1)
        assert modem.clock.latest == NetworkTime(zone=timedelta(hours=2))


@virtual_time.story
async def test_an_announcement_is_made_where_it_was_asked_for() -> None:
    simulator = Simulator(LoopScheduler(), name="clock")
    register_simulator(simulator)
    async with Modem("simulator://clock") as modem:
        simulator.modem.settings.ctzr = 0
        simulator.modem.announce_time()
        await asyncio.sleep(1)
        assert modem.clock.latest is None
        time = await modem.clock.time()
        assert time is not None
        assert abs(time - datetime.now(UTC)) < timedelta(minutes=1)
