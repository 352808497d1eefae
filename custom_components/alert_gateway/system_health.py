"""Settings, System, Repairs, System information: how Alert Gateway stands, in a few lines to copy."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError

from alert_engine.errors import JournalError

from .cloudhook import has_cloud, is_cloud_connected
from .host import DATA_HOST
from .journal_facts import look_at_journal
from .public_url import AddressTrouble, own_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.components.system_health import SystemHealthRegistration

    from alert_engine.routes.base import RouteHealth

    from .host import Host

_MEGABYTE = 1_000_000


@callback
def async_register(_hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Say who tells it."""
    register.async_register_info(_info)


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the lines: counts and states, nothing of people."""
    host = hass.data[DATA_HOST]
    try:
        engine = host.engine
    except ServiceValidationError:
        return {"routes": "-"}
    return {
        **await _figures(host),
        "routes": _by_state(engine.routes()),
        "broker": "-" if host.intake is None else host.intake.status.state.value,
        **await _journal(hass, host),
        "public_url": _public_url(hass),
    }


@callback
def _public_url(hass: HomeAssistant) -> str:
    """Whether anybody outside gets here: at the user's own address, else through Home Assistant Cloud."""
    _, trouble = own_address(hass)
    if trouble is None:
        return "ok"
    if is_cloud_connected(hass):
        return "cloud"
    return (AddressTrouble.CLOUD_AWAY if has_cloud(hass) else trouble).removeprefix("public_url_")


async def _figures(host: Host) -> dict[str, Any]:
    try:
        summary = await host.engine.summary()
    except JournalError as error:
        return {"open_alarms": {"type": "failed", "error": str(error)}}
    return {
        "open_alarms": summary.open,
        "unacknowledged": summary.unacknowledged,
        "queue": summary.queue,
        "in_doubt": summary.in_doubt,
    }


async def _journal(hass: HomeAssistant, host: Host) -> dict[str, Any]:
    facts = await hass.async_add_executor_job(look_at_journal, host.journal_file)
    last = facts.last_commit
    return {
        "journal_size": f"{facts.size / _MEGABYTE:.1f} MB",
        "last_commit": "-" if last is None else last.isoformat(timespec="seconds"),
    }


def _by_state(routes: Mapping[str, RouteHealth]) -> str:
    """How many routes are in each state: ``2 ok, 1 failed``."""
    counts = Counter(health.state.value for health in routes.values())
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "-"
