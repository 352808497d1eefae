"""Repair issues: what only a person can put right."""

from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from gsm_driver import PinRejectedError, PinRequiredError, PukRequiredError, SimError

from .const import DOMAIN, ENTRY_VERSION, SUBENTRY_PERSON
from .entries import hub_entry
from .health_issues import GUIDE

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

_JOURNAL = "journal_closed"


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
def show_newer_entries(hass: HomeAssistant) -> None:
    """Say which entries a newer release wrote. Home Assistant leaves them alone, and only logs why."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.version > ENTRY_VERSION:
            ir.async_create_issue(
                hass,
                DOMAIN,
                _newer_entry_id(entry),
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key="newer_entry",
                translation_placeholders={"name": entry.title},
                learn_more_url=f"{GUIDE}#it-cannot-start",
            )


@callback
def show_journal_issue(hass: HomeAssistant, reason: str) -> None:
    """Say that nothing runs, because what was promised cannot be read and written."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _JOURNAL,
        is_fixable=False,
        severity=ir.IssueSeverity.CRITICAL,
        translation_key=_JOURNAL,
        translation_placeholders={"reason": reason},
        learn_more_url=f"{GUIDE}#it-cannot-start",
    )


@callback
def delete_journal_issue(hass: HomeAssistant) -> None:
    """It is open."""
    ir.async_delete_issue(hass, DOMAIN, _JOURNAL)


@callback
def forget_issues_of(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """The entry is gone, and what was wrong with it."""
    ir.async_delete_issue(hass, DOMAIN, _newer_entry_id(entry))
    delete_sim_issue(hass, entry)
    if not hass.config_entries.async_entries(DOMAIN):
        delete_journal_issue(hass)


def _newer_entry_id(entry: ConfigEntry) -> str:
    return f"newer_entry_{entry.entry_id}"


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
        learn_more_url=f"{GUIDE}#{issue.replace('_', '-')}",
    )


# In the data of the issue of a SIM, for its fix flow (`repairs`).
DATA_MODEM: Final = "modem"  # id of the entry
DATA_WANTS_PIN: Final = "wants_pin"  # 1: the flow asks for the PIN; 0: it only has the card looked at again
_ASK_FOR_PIN = frozenset({"pin_rejected", "pin_required"})

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
    issue, key = _sim_issue_id(entry), _sim_issue_key(error)
    known = ir.async_get(hass).async_get_issue(DOMAIN, issue)
    if known is not None and known.active and known.translation_key == key:
        return  # the modem is tried every few minutes
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue,
        is_fixable=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key=key,
        translation_placeholders={"modem": entry.title, "reason": str(error)},
        data={DATA_MODEM: entry.entry_id, DATA_WANTS_PIN: int(key in _ASK_FOR_PIN)},
        learn_more_url=f"{GUIDE}#the-sim-card",
    )


def _sim_issue_key(error: SimError) -> str:
    if isinstance(error, PinRequiredError) and error.is_last_try:
        return "pin_last_try"
    return next(key for kind, key in _SIM_ISSUES if isinstance(error, kind))


@callback
def delete_sim_issue(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """The SIM is usable, or its modem is gone from here."""
    ir.async_delete_issue(hass, DOMAIN, _sim_issue_id(entry))


def _sim_issue_id(entry: ConfigEntry) -> str:
    """One issue per modem: its SIM has one thing wrong at a time."""
    return f"sim_{entry.entry_id}"
