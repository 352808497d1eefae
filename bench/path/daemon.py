"""The daemon with a broker and a modem: alarms that come by MQTT and by HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alert_engine.intake.http_limits import RATE
from bench.path.hardship import under
from bench.path.watch import Ear, samples
from bench.spread import spread
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.radio import a_radio

if TYPE_CHECKING:
    from pathlib import Path

    from lab.parts.plant import Plant

# So that each alarm leaves at once: what an address bears is not what is measured.
_UNLIMITED = {"sms": {"windows": ["99999 in 15min"], "reserve": ["99999 in 15min"]}}


async def measure(folder: Path, *, samples_of_each: int, circumstances: list[str]) -> dict[str, Any]:
    """Both intakes, under each of the circumstances."""
    found: dict[str, Any] = {}
    async with a_plant(folder, has_http=True, policies=ONCE, limits=_UNLIMITED) as plant:
        with a_radio(plant.modem) as radio:
            radio.conditions(submit_latency=0.0)
            ear = Ear(radio)
            async with plant.gateway() as gateway:
                await running(gateway)
                for each in circumstances:
                    with under(each, folder, gateway.pid):
                        found[each] = await _measured(plant, ear, each, samples_of_each)
    return found


async def _measured(plant: Plant, ear: Ear, circumstances: str, count: int) -> dict[str, Any]:
    async def mqtt(number: int) -> None:
        await plant.raise_alarm(f"{circumstances}-mqtt-{number}".replace(", ", "-").replace(" ", "-"), "Pump")

    async def http(number: int) -> None:
        key = f"{circumstances}-http-{number}".replace(", ", "-").replace(" ", "-")
        status = await plant.post(key, "Pump")
        assert status == 202, status  # noqa: S101 - a measurement of refusals means nothing

    found = {}
    for name, say, pause in (("MQTT", mqtt, 0.0), ("HTTP", http, 1 / RATE)):  # no more than a client may ask
        figures = await samples(ear, say, count, pause=pause)
        found[name] = {figure: spread(seconds) for figure, seconds in figures.items()}
        await plant.settled()
    return found
