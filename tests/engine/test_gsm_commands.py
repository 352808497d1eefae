"""What reaches the engine through a modem, and is a command there or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.model import AlarmRaise, AlarmState, InboundReceived
from alert_engine.routes.gsm_modem import GsmModemRoute
from gsm_driver import ModemSupervisor
from gsm_driver.simulator import LoopScheduler, Simulator, close_simulators, register_simulator
from gsm_driver.simulator import SimulatedNetwork as Network
from tests.engine.support import ANNA, FakeRoute, StoryClock, number_of, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

PUMP = AlarmRaise(source="plc1", key="pump", title="Pump station")
MINUTE = 60.0


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        ({}, AlarmState.ACKED),
        ({"flash": True}, AlarmState.RAISED),  # class 0: shown and gone, nobody kept it
        ({"sender": "ANNA"}, AlarmState.RAISED),  # letters: whoever pays may call himself so
        ({"sender": number_of(ANNA)[-5:]}, AlarmState.RAISED),
        ({"sender": "+436609876543"}, AlarmState.RAISED),
    ],
    ids=["a text", "flash", "letters", "a short code", "a stranger"],
)
def test_only_a_plain_text_of_a_number_commands(
    tmp_path: Path, sent: dict[str, Any], state: AlarmState
) -> None:
    @story
    async def told() -> None:
        scheduler = LoopScheduler()
        network = Network(scheduler)
        network.add_phone(number_of(ANNA))
        register_simulator(Simulator(scheduler, name="m", network=network))
        route = GsmModemRoute("stick", ModemSupervisor("simulator://m"), clock=StoryClock())
        try:
            async with telling(tmp_path, people=(ANNA,), route=FakeRoute("spare")) as told:
                await told.engine.add_route(route)
                await told.until(MINUTE)
                (pump,) = (await told.engine.raise_alarm(PUMP)).alarms
                await told.until(2 * MINUTE)
                options = dict(sent)
                sender = options.pop("sender", number_of(ANNA))
                network.deliver_sms(sender, f"OK {pump.code}", **options)
                await told.until(3 * MINUTE)
                (inbound,) = [event for event in told.events if isinstance(event, InboundReceived)]
                assert inbound.text == f"OK {pump.code}"
                found = await told.engine.alarm(pump.id)
                assert found is not None
                assert found.state is state
        finally:
            close_simulators()

    told()
