"""Texts that are no command, answered by Assist: for people whom the options of the hub name.

The engine has read the text before: its commands win, and so do STOP, PINs and what is no plain text. A text
that is too old to be a command is none for Assist either. The
number of a sender can be forged, so Assist acts as the user that the person is, where one is named.
"""

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, Context, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util

from alert_engine.errors import EngineError
from alert_engine.inbound.letter import OLD
from alert_engine.model import InboundMeaning, ReplyRequest
from alert_engine.operations.replies import REPLY_LIFE
from alert_engine.texts.fitting import Medium, cut, one_line

from .common_texts import async_texts
from .const import CONF_ASSIST_AGENT, DOMAIN
from .entries import hub_entry
from .host import DATA_HOST
from .news import SIGNAL_INBOUND
from .people import user_of
from .settings import assisted_people

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.components.conversation import ConversationResult

    from alert_engine.engine import AlertEngine
    from alert_engine.model import InboundMessage, Person

    from .news import Inbound

_LOGGER = logging.getLogger(__name__)

_CONVERSATION = "conversation"

# Answers to one person in an hour: two machines that talk to each other stop there.
PER_HOUR: Final = 12
_HOUR: Final = 3600.0  # seconds
# Seconds. Whoever wrote has put the phone away by then.
PATIENCE: Final = 60.0

_MANNER = (
    "The question came as a text message and so does the answer: plain text without formatting, "
    "one or two short sentences, at most 300 characters."
)


@callback
def async_listen(hass: HomeAssistant) -> CALLBACK_TYPE:
    """Answer from now on; whom, is looked up for each text. The returned call ends that."""
    assist = Assist(hass)
    hass.async_add_shutdown_job(HassJob(assist.stop, f"{DOMAIN} assist"))
    return async_dispatcher_connect(hass, SIGNAL_INBOUND, assist.hear)


class Assist:
    """Remembers the conversations, and how much was answered."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._conversations: dict[str, str] = {}  # by person
        self._answered: dict[str, deque[datetime]] = {}  # by person
        self._tasks: set[asyncio.Task[None]] = set()

    @callback
    def hear(self, inbound: Inbound) -> None:
        """Answer a text, if it is one for Assist."""
        message = inbound.message
        if inbound.command is None and message.person is not None and self._may_ask(message.person):
            task = self._hass.async_create_task(self._take(message.id, message.person), "assist by text")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @callback
    def stop(self) -> None:
        """Home Assistant stops: it waits for no agent."""
        for task in self._tasks:
            task.cancel()

    def _may_ask(self, person: str) -> bool:
        hub = hub_entry(self._hass)
        return hub is not None and person in assisted_people(hub.options)

    async def _take(self, inbound_id: str, person_id: str) -> None:
        try:
            engine = self._hass.data[DATA_HOST].engine
            message = await engine.history.inbound(inbound_id)
            person = next((each for each in engine.people if each.id == person_id), None)
            if message is not None and person is not None and _is_for_assist(message):
                await self._answer(engine, message, person)
        except (EngineError, ServiceValidationError) as error:
            _LOGGER.warning("A text for Assist was not answered: %s", error)

    async def _answer(self, engine: AlertEngine, message: InboundMessage, person: Person) -> None:
        said = await self._said(message, person)
        if not said:
            return
        medium = Medium(channel=message.channel, plain=person.plain)
        request = ReplyRequest(
            inbound_id=message.id,
            text=medium.write(lambda room: cut(one_line(said), room)),
            expires_at=dt_util.utcnow() + REPLY_LIFE,
            request_id=f"assist:{message.id}",
        )
        await engine.reply(request)

    async def _said(self, message: InboundMessage, person: Person) -> str:
        """What is answered; nothing, if the person was told already that it was too much."""
        before = self._answers_of(person.id)
        if len(before) > PER_HOUR:
            return ""
        before.append(dt_util.utcnow())
        texts = await async_texts(self._hass, person.language)
        if len(before) > PER_HOUR:
            return texts["assist_limit"]
        return await self._ask(message.text, person) or texts["assist_silent"]

    def _answers_of(self, person: str) -> deque[datetime]:
        answered, now = self._answered.setdefault(person, deque()), dt_util.utcnow()
        while answered and (now - answered[0]).total_seconds() >= _HOUR:
            answered.popleft()
        return answered

    async def _ask(self, text: str, person: Person) -> str:
        """Return what Assist says; nothing, if it is not there or does not work."""
        if _CONVERSATION not in self._hass.config.components:
            _LOGGER.warning("A text for Assist was not answered: Home Assistant runs without Assist")
            return ""
        try:
            async with asyncio.timeout(PATIENCE):
                result = await self._converse(text, person)
        except (HomeAssistantError, TimeoutError) as error:
            _LOGGER.warning("Assist did not answer a text: %s", str(error) or type(error).__name__)
            return ""
        except Exception as error:  # noqa: BLE001 - agents are other people's code; its words may hold the text
            _LOGGER.warning("Assist did not answer a text: %s", type(error).__name__)
            return ""
        if result.conversation_id:
            self._conversations[person.id] = result.conversation_id
        return str(result.response.speech.get("plain", {}).get("speech") or "").strip()

    async def _converse(self, text: str, person: Person) -> ConversationResult:
        from homeassistant.components.conversation import async_converse  # noqa: PLC0415 - it may not be there

        hub = hub_entry(self._hass)
        return await async_converse(
            self._hass,
            text,
            self._conversations.get(person.id),
            Context(user_id=await user_of(self._hass, person.id)),
            language=person.language,
            agent_id=None if hub is None else hub.options.get(CONF_ASSIST_AGENT),
            extra_system_prompt=_MANNER,
        )


def _is_for_assist(message: InboundMessage) -> bool:
    """It is words for people, all of them, and no older than a command may be."""
    written_at = message.service_centre_time or message.received_at
    is_old = message.received_at - written_at > OLD
    return message.meaning is InboundMeaning.TEXT and not message.missing_segments and not is_old
