"""Home Assistant with the release zip and a modem: what an action takes, and what comes back as an event."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.path.hardship import under
from bench.path.socket import connected
from bench.path.watch import Ear, samples
from bench.spread import spread
from lab.ledger import Ledger
from lab.parts.house import HOME_ASSISTANT, a_house
from lab.parts.names import ANNA

if TYPE_CHECKING:
    from pathlib import Path

    from bench.path.socket import Socket
    from lab.parts.house import House

_DOMAIN = "alert_gateway"


async def measure(folder: Path, *, samples_of_each: int, circumstances: list[str]) -> dict[str, Any]:
    """Actions and inbound messages, under each of the circumstances."""
    found: dict[str, Any] = {}
    async with a_house(folder / "house", Ledger()) as house:
        house.radio.conditions(submit_latency=0.0)
        ear = Ear(house.radio)
        async with connected(house.home_assistant) as socket:
            await socket.ask("subscribe_events", event_type="state_changed")
            for each in circumstances:
                with under(each, folder, _pid_of(house)):
                    found[each] = await _measured(house, socket, ear, each, samples_of_each)
    return found


async def _measured(house: House, socket: Socket, ear: Ear, circumstances: str, count: int) -> dict[str, Any]:
    async def act(number: int) -> None:
        # A test is told at once whatever an address bears: that is not what is measured.
        data = {"key": f"{circumstances}-{number}", "title": "Pump", "severity": "critical", "is_test": True}
        await socket.ask("call_service", domain=_DOMAIN, service="raise_alarm", service_data=data)

    actions = await samples(ear, act, count)
    await house.settled()
    inbound = [await _inbound(house, socket, ear, f"{circumstances} {number}") for number in range(count + 1)]
    await house.settled()
    return {
        "action": {name: spread(seconds) for name, seconds in actions.items()},
        "inbound": {"to event": spread(inbound[1:])},
    }


async def _inbound(house: House, socket: Socket, ear: Ear, name: str) -> float:
    """From the moment at which the modem announces an SMS until a listener has the event."""
    words = f"Who is on site? {name}."
    before = len(ear.arrived)
    house.radio.network.deliver_sms(ANNA, words)
    await socket.event(words)
    heard = time.perf_counter()
    return heard - ear.arrived[before]


def _pid_of(house: House) -> int:
    return house._builder.programs[HOME_ASSISTANT]._process.pid  # noqa: SLF001 - a tracer needs it
