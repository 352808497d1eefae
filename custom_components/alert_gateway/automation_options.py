"""The options of triggers and conditions, and what they name: people, numbers, devices of ways out."""

from typing import TYPE_CHECKING, Any, Final, cast

import probatio as vol
from homeassistant.const import CONF_COUNTRY, CONF_OPTIONS
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr

from alert_engine.phone.canonical import canonical_phone

from .const import CONF_ROUTE, DOMAIN
from .entries import hub_entry
from .host import DATA_HOST
from .people import is_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from homeassistant.helpers.typing import ConfigType

    from alert_engine.model import Person

    from .host import Host

CONF_PERSON: Final = "person"

# Of anything: names, numbers, ids of devices. One may stand alone.
NAMES: Final = vol.All(cv.ensure_list, [cv.string])


def checked(options: Mapping[vol.Marker, Any], config: ConfigType) -> ConfigType:
    """Check the options of a trigger or condition. No entry needs to be loaded, nor to exist, for that."""
    schema = vol.Schema({vol.Required(CONF_OPTIONS, default=dict): dict(options)})
    return cast("ConfigType", schema(config))


@callback
def host_of(hass: HomeAssistant) -> Host | None:
    """Return what runs the engine; None while nothing is set up: automations may be there before."""
    return hass.data.get(DATA_HOST)


@callback
def people_of(hass: HomeAssistant) -> tuple[Person, ...]:
    """Return everybody whom the engine was told of last."""
    host = host_of(hass)
    return () if host is None or host.settings is None else host.settings.engine.people


@callback
def is_one_of(hass: HomeAssistant, person: str | None, wanted: Iterable[str]) -> bool:
    """The person is one of those whom an option names, or it names nobody."""
    return not wanted or is_named(hass, person, wanted, people_of(hass))


@callback
def is_from(hass: HomeAssistant, sender: str, numbers: Iterable[str]) -> bool:
    """The sender is one of these, however people or templates write their numbers."""
    hub = hub_entry(hass)
    country = None if hub is None else hub.options.get(CONF_COUNTRY)
    return any(sender == _canonical(each.strip(), country) for each in numbers)


def _canonical(number: str, country: str | None) -> str:
    # A template turns "+43…" into a number without its sign.
    for written in (number, f"+{number}"):
        try:
            return canonical_phone(written, default_country=country)
        except ValueError:
            continue
    return number


@callback
def routes_of(hass: HomeAssistant, devices: Iterable[str]) -> frozenset[str]:
    """Return the names of the ways out that these devices are; of others none."""
    registry, found = dr.async_get(hass), set()
    for device_id in devices:
        device = registry.async_get(device_id)
        for entry_id in () if device is None else device.config_entries:
            entry = hass.config_entries.async_get_entry(entry_id)
            if entry is not None and entry.domain == DOMAIN and CONF_ROUTE in entry.data:
                found.add(entry.data[CONF_ROUTE])
    return frozenset(found)
