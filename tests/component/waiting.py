"""Waiting for what happens elsewhere, without sleeping: look, and look again after each event."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import callback

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, State

PATIENCE = 30.0  # seconds of real time until a test gives up

Subscribe = Callable[[Callable[..., None]], Callable[[], None]]


async def until(condition: Callable[[], bool], *sources: Subscribe) -> None:
    """Return when the condition holds; it is looked at now and whenever a source calls."""
    changed = asyncio.Event()

    @callback  # else Home Assistant would call it in a thread
    def wake(*_: object) -> None:
        changed.set()

    unsubscribe = [subscribe(wake) for subscribe in sources]
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                changed.clear()
                await changed.wait()
    finally:
        for leave in unsubscribe:
            leave()


async def until_state(hass: HomeAssistant, entity_id: str, condition: str | Callable[[State], bool]) -> State:
    """Return the state of the entity when it is this one, or when the condition holds for it."""

    def holds() -> bool:
        state = hass.states.get(entity_id)
        if state is None:
            return False
        return state.state == condition if isinstance(condition, str) else condition(state)

    await until(holds, lambda listener: hass.bus.async_listen(EVENT_STATE_CHANGED, listener))
    state = hass.states.get(entity_id)
    assert state is not None
    return state
