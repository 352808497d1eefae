"""Commands by text on their way to automations, each handed over once.

The engine keeps a keyword until it is `taken`, and announces it again after a crash. Here that means: every
automation that waits for it has begun, and an alarm panel that it names was asked. In one run of Home
Assistant nothing is handed over twice, however often the entries are reloaded. A keyword that is too old is
left to the engine, which tells whoever wrote it that it was not done.
"""

import logging
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from alert_engine.errors import JournalError
from alert_engine.model import InboundReceived
from alert_engine.operations.keywords import LIFE

from .alarm_panels import PanelOrder, answer_of, order_of, report
from .const import DOMAIN
from .privacy import shows_no_texts

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

    from alert_engine.engine import AlertEngine
    from alert_engine.model import InboundMessage, KeywordReceived

_LOGGER = logging.getLogger(__name__)

EVENT_KEYWORD = f"{DOMAIN}_keyword"

_MOST_REMEMBERED = 500  # ids; a keyword lives for minutes, and nobody writes so many in them


class KeywordDesk:
    """Hands keywords over.

    Args:
        hass: whose automations.
        tell: called with the message and the keyword, for triggers and entities.
    """

    def __init__(self, hass: HomeAssistant, tell: Callable[[InboundReceived, KeywordReceived], None]) -> None:
        self._hass = hass
        self._tell = tell
        self._expected: OrderedDict[str, InboundReceived] = OrderedDict()
        self._known: OrderedDict[str, bool] = OrderedDict()  # id -> it is done
        self._tasks: set[asyncio.Task[None]] = set()

    @callback
    def expect(self, message: InboundReceived) -> None:
        """Remember a message whose keyword comes next."""
        self._expected[message.id] = message
        _bound(self._expected)

    @callback
    def hear(self, engine: AlertEngine, event: KeywordReceived) -> None:
        """Take one from the engine, which may tell of it again."""
        if (done := self._known.get(event.id)) is not None:
            if done:
                engine.keywords.taken(event.id)
            return
        if dt_util.utcnow() - event.at > LIFE:
            return
        self._known[event.id] = False
        _bound(self._known)
        message = self._expected.pop(event.id, None)
        if message is None:
            self._begin(self._look_up(engine, event))
        else:
            self._hand_over(engine, event, message)

    @callback
    def forget_tasks(self) -> None:
        """The engine goes away: nobody could be answered any more."""
        for task in self._tasks:
            task.cancel()

    async def _look_up(self, engine: AlertEngine, event: KeywordReceived) -> None:
        """Hand over one whose message was told before a restart."""
        found = None
        try:
            found = await engine.history.inbound(event.id)
        except JournalError as error:
            _LOGGER.warning("The keyword %s waits: %s", event.keyword, error)
        finally:
            if found is None:  # nor is it known after a reload in the middle of this
                self._known.pop(event.id, None)
        if found is not None:
            self._hand_over(engine, event, _as_told(found))

    @callback
    def _hand_over(self, engine: AlertEngine, event: KeywordReceived, message: InboundReceived) -> None:
        order = order_of(self._hass, event)
        self._fire(engine, event)
        self._tell(message, event)
        if order is None:
            self._take(engine, event)
        else:
            self._begin(self._ask_panel(engine, event, order))

    @callback
    def _fire(self, engine: AlertEngine, event: KeywordReceived) -> None:
        names = {person.id: person.name for person in engine.people}
        who = {"person": names.get(event.person), "authorisation": event.authorisation.value}
        data = {"keyword": event.keyword, "message_id": event.id, **who, **told_of(self._hass, event)}
        self._hass.bus.async_fire(EVENT_KEYWORD, data)

    async def _ask_panel(self, engine: AlertEngine, event: KeywordReceived, order: PanelOrder) -> None:
        answer = await answer_of(self._hass, event, order, partial(self._take, engine, event))
        if answer is not None:
            await report(self._hass, engine, event, answer)

    @callback
    def _take(self, engine: AlertEngine, event: KeywordReceived) -> None:
        self._known[event.id] = True
        engine.keywords.taken(event.id)

    @callback
    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._hass.async_create_task(work, f"{DOMAIN} keyword")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@callback
def told_of(hass: HomeAssistant, event: KeywordReceived | None) -> dict[str, Any]:
    """What was written after the keyword: as words, and as values by the name of their parameter.

    The privacy of the hub may keep it from states and events.
    """
    if event is None or shows_no_texts(hass):
        return {"arguments": [], "values": {}}
    return {"arguments": list(event.arguments), "values": dict(event.values)}


def _as_told(message: InboundMessage) -> InboundReceived:
    """Return what was announced of it when it came."""
    return InboundReceived(
        id=message.id,
        route=message.route,
        person=message.person,
        sender=message.sender,
        text=message.text,
        authorisation=message.authorisation,
        keyword=message.keyword,
        received_at=message.received_at,
        service_centre_time=message.service_centre_time,
        segments=message.segments,
    )


def _bound[T](those: OrderedDict[str, T]) -> None:
    while len(those) > _MOST_REMEMBERED:
        those.popitem(last=False)
