"""A dialog as the browser sees it: forms are sent, and progress is looked at."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.core import Event, callback
from homeassistant.data_entry_flow import EVENT_DATA_ENTRY_FLOW_PROGRESSED, FlowResultType
from homeassistant.util import dt as dt_util
from homeassistant.util.async_ import get_scheduled_timer_handles
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.component.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant

_STILL = {FlowResultType.FORM, FlowResultType.MENU, FlowResultType.CREATE_ENTRY, FlowResultType.ABORT}


async def configure(hass: HomeAssistant, flow: Any, values: dict[str, Any] | None = None) -> Any:
    """Send a form, or look again."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"], values)


async def shown(hass: HomeAssistant, flow: Any, condition: Callable[[Any], bool]) -> Any:
    """Look at the dialog, as the browser does at each sign of progress, until the condition holds."""
    news = asyncio.Event()

    @callback
    def note(_: Event) -> None:
        news.set()

    leave = hass.bus.async_listen(EVENT_DATA_ENTRY_FLOW_PROGRESSED, note)
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition(result := await configure(hass, flow)):
                await news.wait()
                news.clear()
    finally:
        leave()
    return result


async def progress_is(hass: HomeAssistant, flow: Any, action: str) -> None:
    """Wait until the dialog shows this progress."""
    await shown(hass, flow, lambda result: result.get("progress_action") == action)


async def ended(hass: HomeAssistant, flow: Any) -> Any:
    """Wait until the progress is over, and return what the dialog shows then."""
    return await shown(hass, flow, lambda result: result["type"] in _STILL)


def later(hass: HomeAssistant, seconds: float) -> None:
    """Let the clock of Home Assistant go on."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds + 1))


async def timer_of(hass: HomeAssistant, seconds: float) -> None:
    """Return when somebody waits for so many seconds."""
    async with asyncio.timeout(PATIENCE):
        while not any(  # noqa: ASYNC110 - the loop tells nobody that a timer was set
            seconds - PATIENCE < handle.when() - hass.loop.time() <= seconds
            for handle in get_scheduled_timer_handles(hass.loop)
        ):
            await asyncio.sleep(0)
