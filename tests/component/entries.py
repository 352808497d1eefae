"""Config entries as the flows make them, for tests that do not test the flows."""

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigSubentryData
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.alert_gateway.const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

IMEI = "356938035643809"
PIN = "7359"
ROUTE = "modem_3809"

ANNA: dict[str, Any] = {"name": "Anna", "phone": "+436641234567", "can_acknowledge": True}
BEN: dict[str, Any] = {"name": "Ben", "phone": "+491701234567", "can_acknowledge": False}


def person_of(data: dict[str, Any]) -> ConfigSubentryData:
    """A person as a subentry."""
    return ConfigSubentryData(
        data=data,
        subentry_type="person",
        title=data["name"],
        unique_id=f"person:{data['phone']}",
    )


def hub_of(
    *people: dict[str, Any], title: str = "Home", options: dict[str, Any] | None = None
) -> MockConfigEntry:
    """The hub with these people."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=title,
        unique_id="hub",
        data={"kind": "hub"},
        options={"country": "AT"} if options is None else options,
        subentries_data=[person_of(person) for person in people],
    )


def modem_of(device: str, *, pin: str | None = None, imei: str = IMEI) -> MockConfigEntry:
    """A modem on this port."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=f"Simulator (…{imei[-4:]})",
        unique_id=imei,
        data={
            "kind": "modem",
            "route": f"modem_{imei[-4:]}",
            "device": device,
            "baudrate": 115200,
            "pin": pin,
            "manufacturer": "Simulator",
            "model": "SIM1",
            "firmware": "1.0",
        },
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Load an entry."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


def mqtt_entry(port: int) -> MockConfigEntry:
    """Home Assistant's own MQTT entry; it is not set up."""
    return MockConfigEntry(
        domain="mqtt", title="MQTT", data={"broker": "127.0.0.1", "port": port, "protocol": "5"}
    )
