"""Repair issues: what only a person can put right."""

from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from gsm_driver import PinRejectedError, PinRequiredError, PukRequiredError, SimError

from .const import DOMAIN, SUBENTRY_PERSON
from .entries import hub_entry

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry


@callback
def refresh_person_issue(hass: HomeAssistant) -> None:
    """Say so while something is set up, and nobody is told of alarms."""
    hub = hub_entry(hass)
    has_people = hub is not None and bool(hub.get_subentries_of_type(SUBENTRY_PERSON))
    is_set_up = bool(hass.config_entries.async_entries(DOMAIN))
    _refresh(hass, "no_person", is_needed=is_set_up and not has_people)


@callback
def refresh_broker_issue(hass: HomeAssistant, *, by_websockets: bool) -> None:
    """Say so while alarms are wanted from a broker that we cannot reach."""
    _refresh(hass, "mqtt_websockets", is_needed=by_websockets)


@callback
def _refresh(hass: HomeAssistant, issue: str, *, is_needed: bool) -> None:
    """Show or delete an issue of which there is only one."""
    if not is_needed:
        ir.async_delete_issue(hass, DOMAIN, issue)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=issue,
    )


# What a person does differently. The first match wins, so SimError comes last.
_SIM_ISSUES: tuple[tuple[type[SimError], str], ...] = (
    (PinRejectedError, "pin_rejected"),
    (PinRequiredError, "pin_required"),
    (PukRequiredError, "puk_required"),
    (SimError, "sim_failed"),
)


@callback
def show_sim_issue(hass: HomeAssistant, entry: ConfigEntry, error: SimError) -> None:
    """Say what a person must do about the SIM of a modem; nothing is tried until then."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _sim_issue_id(entry),
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key=next(key for kind, key in _SIM_ISSUES if isinstance(error, kind)),
        translation_placeholders={"modem": entry.title, "reason": str(error)},
    )


@callback
def delete_sim_issue(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """The SIM is usable, or its modem is gone from here."""
    ir.async_delete_issue(hass, DOMAIN, _sim_issue_id(entry))


def _sim_issue_id(entry: ConfigEntry) -> str:
    """One issue per modem: its SIM has one thing wrong at a time."""
    return f"sim_{entry.entry_id}"
