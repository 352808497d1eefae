"""Alarm panels of Home Assistant, armed and disarmed by a text.

A keyword subentry names its panel under ``home_assistant``::

    {"alarm_panel": "alarm_control_panel.home", "action": "arm_away"}

Where the keyword has a parameter for on and off, ``action`` is what "on" does, and "off" disarms. The code of
a panel is never kept here: a panel that wants one has it in its own settings, as its default code.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import probatio as vol
from homeassistant.const import (
    ATTR_CODE_FORMAT,
    ATTR_ENTITY_ID,
    ATTR_SUPPORTED_FEATURES,
    STATE_UNAVAILABLE,
    Platform,
)
from homeassistant.core import Context, HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from alert_engine.errors import EngineError
from alert_engine.model import Authorisation, ReplyRequest

from .common_texts import async_texts
from .const import SUBENTRY_KEYWORD
from .document import KEY_HOME_ASSISTANT
from .entries import hub_entry
from .people import user_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.core import Event, EventStateChangedData

    from alert_engine.engine import AlertEngine
    from alert_engine.model import KeywordReceived

_LOGGER = logging.getLogger(__name__)

PANELS: Final = Platform.ALARM_CONTROL_PANEL

# In the data of a keyword subentry, under KEY_HOME_ASSISTANT.
KEY_PANEL: Final = "alarm_panel"
KEY_ACTION: Final = "action"

# A panel that is armed so long after somebody wrote locks the door behind somebody else.
STALE: Final = timedelta(minutes=2)
# Seconds. A panel that has not taken an order by then is not waited for: whoever wrote wants to know.
OBEYING: Final = 60.0
# Seconds. Panels in the cloud take some to tell what they did.
SETTLING: Final = 15.0
# Seconds. The time to leave the house is one or two minutes; whoever wrote wants to hear that it is armed.
LEAVING: Final = 180.0
# An answer that comes later than this puzzles more than it helps.
_ANSWER_LIFE: Final = timedelta(minutes=30)

_NO_OPTIONS: Mapping[str, object] = {}
_PROOFS = frozenset({Authorisation.PIN, Authorisation.TOTP, Authorisation.CHALLENGE})
_ON_THE_WAY = frozenset({"arming", "pending", "disarming"})


class PanelAction(StrEnum):
    """What is done with a panel."""

    ARM_AWAY = "arm_away"
    ARM_HOME = "arm_home"
    ARM_NIGHT = "arm_night"
    ARM_VACATION = "arm_vacation"
    DISARM = "disarm"

    @property
    def goal(self) -> str:
        """The state of a panel that did it."""
        return "disarmed" if self is PanelAction.DISARM else self.value.replace("arm_", "armed_")


# As `AlarmControlPanelEntityFeature` has them; disarming needs none.
_FEATURES = {
    PanelAction.ARM_HOME: 1,
    PanelAction.ARM_AWAY: 2,
    PanelAction.ARM_NIGHT: 4,
    PanelAction.ARM_VACATION: 32,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelOrder:
    """What a keyword asks of a panel."""

    entity_id: str
    action: PanelAction


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelAnswer:
    """What came of it; `key` is of the texts, `state` a state of the panel."""

    key: str
    panel: str
    state: str = ""
    reason: str = ""
    open_sensors: tuple[str, ...] = ()


# --- what is configured -------------------------------------------------------------------------------


@callback
def order_of(hass: HomeAssistant, event: KeywordReceived) -> PanelOrder | None:
    """Return what the keyword asks of a panel; None if it is about no panel."""
    hub = hub_entry(hass)
    keywords = () if hub is None else hub.get_subentries_of_type(SUBENTRY_KEYWORD)
    data = next((dict(each.data) for each in keywords if each.data.get("name") == event.keyword), {})
    order = data.get(KEY_HOME_ASSISTANT, {})
    if KEY_PANEL not in order:
        return None
    switch = next((value for value in event.values.values() if isinstance(value, bool)), True)
    action = PanelAction(order[KEY_ACTION]) if switch else PanelAction.DISARM
    return PanelOrder(entity_id=order[KEY_PANEL], action=action)


@callback
def objection_to_panel(hass: HomeAssistant, order: PanelOrder) -> str | None:
    """Return why a panel could not do this now, as a key of error texts; None if it could."""
    state = hass.states.get(order.entity_id)
    if state is None:
        return "panel_missing"
    features = int(state.attributes.get(ATTR_SUPPORTED_FEATURES, 0))
    needed = _FEATURES.get(order.action, 0)
    if needed & features != needed:
        return "panel_cannot"
    return "panel_wants_code" if _lacks_code(hass, state, order.action) else None


def _lacks_code(hass: HomeAssistant, state: State, action: PanelAction) -> bool:
    """It asks for a code, and has no default."""
    if action is PanelAction.DISARM:
        wants = state.attributes.get(ATTR_CODE_FORMAT) is not None
    else:
        wants = bool(state.attributes.get("code_arm_required"))
    entry = er.async_get(hass).async_get(state.entity_id)
    return wants and not (entry and entry.options.get(PANELS, _NO_OPTIONS).get("default_code"))


# --- what is done -------------------------------------------------------------------------------------


async def answer_of(
    hass: HomeAssistant, event: KeywordReceived, order: PanelOrder, asked: Callable[[], None]
) -> PanelAnswer | None:
    """Ask the panel, call `asked`, wait for what it says; None, and nothing done, if it is too late."""
    if dt_util.utcnow() - event.at > STALE:
        return None
    state = hass.states.get(order.entity_id)
    name = state.name if state is not None else order.entity_id
    if (objection := _objection(event, order, state)) is not None:
        asked()
        return PanelAnswer(key=objection, panel=name)
    watch = _Watch(hass, order)
    try:
        refusal = await _act(hass, event.person, order)
        asked()
        if refusal:
            return PanelAnswer(key="panel_refused", panel=name, reason=refusal)
        if refusal is not None:
            return PanelAnswer(key="panel_silent", panel=name, state=watch.state)
        return _seen(hass, order, name, await watch.settled())
    finally:
        watch.end()


def _objection(event: KeywordReceived, order: PanelOrder, state: State | None) -> str | None:
    """Return why it is not even asked, as a key of the texts."""
    if state is None or state.state == STATE_UNAVAILABLE:
        return "panel_unreachable"
    if order.action is PanelAction.DISARM and event.authorisation not in _PROOFS:
        return "panel_needs_proof"
    return None


async def _act(hass: HomeAssistant, person: str, order: PanelOrder) -> str | None:
    """Call the action of the panel; why it refused, empty if it fails or says nothing."""
    context = Context(user_id=await user_of(hass, person))
    data = {ATTR_ENTITY_ID: order.entity_id}
    try:
        async with asyncio.timeout(OBEYING):
            await hass.services.async_call(
                PANELS, f"alarm_{order.action}", data, blocking=True, context=context
            )
    except (HomeAssistantError, vol.Invalid) as error:
        return str(error) or type(error).__name__
    except Exception as error:  # noqa: BLE001 - panels are other people's code, and whoever wrote waits
        _LOGGER.warning("The alarm panel %s failed: %s", order.entity_id, type(error).__name__)
        return ""
    return None


class _Watch:
    """Watches a panel from before it was asked."""

    def __init__(self, hass: HomeAssistant, order: PanelOrder) -> None:
        self._hass = hass
        self._order = order
        self._changed = asyncio.Event()
        self.end = async_track_state_change_event(hass, order.entity_id, self._on_change)

    @callback
    def _on_change(self, _event: Event[EventStateChangedData]) -> None:
        self._changed.set()

    @property
    def state(self) -> str:
        """What it is now."""
        state = self._hass.states.get(self._order.entity_id)
        return STATE_UNAVAILABLE if state is None else state.state

    async def settled(self) -> str:
        """Return the state once it is what was asked for, or stays what it is."""
        if not await self._reaches(
            lambda state: state == self._order.action.goal or state in _ON_THE_WAY, SETTLING
        ):
            return self.state
        await self._reaches(lambda state: state not in _ON_THE_WAY, LEAVING)
        return self.state

    async def _reaches(self, wanted: Callable[[str], bool], seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while not wanted(self.state):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True


def _seen(hass: HomeAssistant, order: PanelOrder, name: str, state: str) -> PanelAnswer:
    """Return the answer that is in the state of the panel."""
    if state == order.action.goal or state in _ON_THE_WAY:
        return PanelAnswer(key="panel_is", panel=name, state=state)
    return PanelAnswer(
        key="panel_still", panel=name, state=state, open_sensors=_open_sensors(hass, order.entity_id)
    )


def _open_sensors(hass: HomeAssistant, entity_id: str) -> tuple[str, ...]:
    """Return the names of what keeps a panel from being armed, where it tells."""
    state = hass.states.get(entity_id)
    named: Any = state.attributes.get("open_sensors") if state is not None else None
    if not isinstance(named, (dict, list, tuple)):
        return ()
    found = (hass.states.get(str(each)) for each in named)
    return tuple(each.name for each in found if each is not None)


# --- what is answered ---------------------------------------------------------------------------------


async def report(
    hass: HomeAssistant, engine: AlertEngine, event: KeywordReceived, answer: PanelAnswer
) -> None:
    """Tell whoever wrote what the panel said."""
    person = next((each for each in engine.people if each.id == event.person), None)
    texts = await async_texts(hass, person.language if person is not None else hass.config.language)
    text = texts[answer.key].format(
        panel=answer.panel,
        state=texts.get(f"panel_state_{answer.state}", answer.state),
        reason=answer.reason,
    )
    if answer.open_sensors:
        text += " " + texts["panel_open"].format(sensors=", ".join(answer.open_sensors))
    request = ReplyRequest(
        inbound_id=event.id,
        text=text,
        expires_at=dt_util.utcnow() + _ANSWER_LIFE,
        request_id=f"panel:{event.id}",
    )
    try:
        await engine.reply(request)
    except EngineError as error:
        _LOGGER.warning("What the alarm panel said to the keyword %s was not told: %s", event.keyword, error)
