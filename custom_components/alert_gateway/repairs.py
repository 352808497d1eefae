"""Issues that a click can mend."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.helpers import issue_registry as ir

from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.errors import InvalidRequestError, JournalError

from .document import items_of, recipient_id
from .entries import hub_entry
from .host import DATA_HOST
from .legacy.imports import ISSUE_LEGACY
from .legacy.repair import LegacyRepair
from .references import without_the_gone
from .sim_repair import CardRepair, PinRepair

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from homeassistant.core import HomeAssistant

    from alert_engine.engine import AlertEngine

_BY = "Home Assistant"  # in the audit: Home Assistant does not say who clicked
_COMMANDS_OFF = "commands/off"
_PERSON, _BARRED = "person/", "/barred"


class _GoneError(Exception):
    """What was to be mended is not there any more."""


async def async_create_fix_flow(
    _hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow of an issue; one that needs no act is only confirmed."""
    if issue_id == ISSUE_LEGACY:
        return LegacyRepair()
    match data:
        case {"alarm": str(key)}:
            return _mending_of_alarm(key)
        case {"orphaned": str(owner)}:
            return _Mending(_forget_the_gone, owner)
        case {"modem": str(entry_id), "wants_pin": wants_pin}:
            return PinRepair(entry_id) if wants_pin else CardRepair(entry_id)
    return ConfirmRepairFlow()


def _mending_of_alarm(key: str) -> _Mending:
    if key == _COMMANDS_OFF:
        return _Mending(_take_commands, key)
    if key.startswith(_PERSON) and key.endswith(_BARRED):
        return _Mending(_write_again, key.removeprefix(_PERSON).removesuffix(_BARRED))
    return _Mending(_close, key)


class _Mending(RepairsFlow):
    """Asks once, then does it."""

    def __init__(self, act: Callable[[HomeAssistant, str], Awaitable[None]], subject: str) -> None:
        self._act = act
        self._subject = subject

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Say what is going to be done, and do it."""
        if user_input is None:
            issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
            words = issue.translation_placeholders if issue else None
            return self.async_show_form(step_id="confirm", description_placeholders=words)
        try:
            await self._act(self.hass, self._subject)
        except JournalError:
            return self.async_abort(reason="not_committed")
        except InvalidRequestError, _GoneError:
            return self.async_abort(reason="gone")
        return self.async_create_entry(data={})


async def _take_commands(hass: HomeAssistant, _: str) -> None:
    """Take commands that need proof again."""
    await _engine(hass).access.enable_commands(by=_BY)


async def _write_again(hass: HomeAssistant, person: str) -> None:
    """Believe no provider any more that this person told it to stop."""
    await _engine(hass).access.allow(person, by=_BY)


async def _close(hass: HomeAssistant, key: str) -> None:
    """End an alarm about what somebody has seen to."""
    engine = _engine(hass)
    found = [alarm.id for alarm in await engine.open_alarms() if (alarm.source, alarm.key) == (SOURCE, key)]
    if not found:
        raise _GoneError
    for alarm_id in found:
        await engine.close_alarm(alarm_id, by=_BY)


async def _forget_the_gone(hass: HomeAssistant, owner: str) -> None:
    """Store a subentry without the names of those who are gone, as the engine has it."""
    hub = hub_entry(hass)
    if hub is None:
        raise _GoneError
    mended = {item.id: item.data for item in without_the_gone(items_of(hub))[0]}
    subentry = next((each for each in hub.subentries.values() if recipient_id(each) == owner), None)
    if subentry is None or owner not in mended:
        raise _GoneError
    hass.config_entries.async_update_subentry(hub, subentry, data=MappingProxyType(dict(mended[owner])))


def _engine(hass: HomeAssistant) -> AlertEngine:
    engine = hass.data[DATA_HOST].running
    if engine is None:
        raise _GoneError
    return engine
