"""Keeps what is published in step with the engine.

Nothing is remembered here that matters: alarms and messages are read from the journal when something changed,
and which alarms still lie retained on the broker is learnt from the broker itself on each connection.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError
from alert_engine.model import (
    AlarmChanged,
    CallReceived,
    InboundReceived,
    MessageChanged,
    MessageKind,
    RouteChanged,
    RouteRemoved,
)

from .announcements import Fate, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from alert_engine.clock import Clock
    from alert_engine.engine import AlertEngine
    from alert_engine.model import Alarm, EngineEvent, KeywordReceived, Message
    from alert_engine.routes.base import RouteHealth

    from .announcements import Announcer, Publication

_LOGGER = logging.getLogger(__name__)

KEEP_CLOSED = timedelta(hours=1)  # a closed alarm stays retained so long, for dashboards that come back
SUMMARY_INTERVAL = 60.0  # seconds between renewals of the summary while an alarm is open: its age grows
# Seconds that an event waits for the broker. Less than a keyword waits in the engine: who hears that it was
# not done may rely on that.
NEWS_LIVES = 270.0
RETRY_WAIT = 5.0  # seconds after the journal could not be read
_MAX_MESSAGES = 500  # of one alarm; more are not listed

_TOLD_KINDS = {MessageKind.RAISE, MessageKind.UPDATE}


class StateBoard:
    """Publishes states and events of one engine.

    Args:
        engine: whose.
        announcer: writes the publications.
        publish: takes them.
        clock: for waiting.
        version: of this software, for ``info``.
    """

    def __init__(
        self,
        engine: AlertEngine,
        announcer: Announcer,
        publish: Callable[[Publication], None],
        *,
        clock: Clock,
        version: str,
    ) -> None:
        self._engine = engine
        self._announcer = announcer
        self._publish = publish
        self._clock = clock
        self._version = version
        self._changed: set[str] = set()  # ids of alarms to publish
        self._closing: dict[str, float] = {}  # id to the monotonic time when its retained state is emptied
        self._routes: frozenset[str] = frozenset()
        self._shown: dict[str, Publication] = {}  # the newest state of each route
        self._has_begun = False  # the alarms that were open at the start are known
        self._wake = asyncio.Event()
        self._keywords: set[str] = set()  # ids of those that are on their way to the broker
        self._unsubscribe: Callable[[], None] = _nothing
        self._leave_keywords: Callable[[], None] = _nothing
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Publish what is, and from now on what changes. The engine must have been started."""
        self._unsubscribe = self._engine.subscribe(self._on_event)
        self._leave_keywords = self._engine.keywords.serve(self._publish_keyword)
        self._publish_info()
        for route, health in self._engine.routes().items():
            self._publish_route(route, health)
        self._task = asyncio.get_running_loop().create_task(self._keep_in_step(), name="mqtt states")

    async def stop(self) -> None:
        """Publish no more."""
        self._unsubscribe()
        self._leave_keywords()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def found_retained(self, alarm_id: str) -> None:
        """The broker holds a state of this alarm: it is renewed, or emptied when its time is over."""
        if alarm_id not in self._closing:
            self._touch(alarm_id)

    def found_retained_route(self, route: str) -> None:
        """The broker holds a state of this route: it is emptied if there is no such route any more."""
        if route not in self._engine.routes():
            self._publish(self._announcer.route_gone(route))

    def _on_event(self, event: EngineEvent) -> None:
        match event:
            case AlarmChanged(alarm=alarm):
                self._publish_news(self._announcer.alarm_event(event), event.at)
                self._touch(alarm.id)
            case MessageChanged(message=message):
                self._touch(message.alarm_id)
            case InboundReceived():
                self._publish_news(self._announcer.inbound(event), event.received_at)
            case CallReceived():
                self._publish_news(self._announcer.call(event), event.at)
            case RouteChanged(route=route, health=health):
                self._publish_route(route, health)
                if route not in self._routes:
                    self._publish_info()
            case RouteRemoved(route=route):
                self._shown.pop(route, None)
                self._publish(self._announcer.route_gone(route))
                self._publish_info()

    def _publish_keyword(self, event: KeywordReceived) -> None:
        """Whoever acts on it has it when the broker does. The engine offers it again after a restart."""
        if event.id in self._keywords:
            return
        self._keywords.add(event.id)
        publication = replace(
            self._announcer.keyword(event), on_end=lambda fate: self._end_keyword(event, fate)
        )
        self._publish_news(publication, event.at)

    def _end_keyword(self, event: KeywordReceived, fate: Fate) -> None:
        self._keywords.discard(event.id)
        if fate is Fate.TAKEN:
            self._engine.keywords.taken(event.id)
        else:
            # Nobody subscribed: somebody else may act on it.
            level = logging.INFO if fate is Fate.UNHEARD else logging.WARNING
            _LOGGER.log(level, "The keyword %s reached nobody by MQTT: %s", event.keyword, fate)

    def _publish_news(self, publication: Publication, at: datetime) -> None:
        """What was news when it happened is not worth a surprise later."""
        age = max(0.0, (self._clock.now() - at).total_seconds())
        self._publish(replace(publication, until=self._clock.monotonic() + NEWS_LIVES - age))

    def _publish_route(self, route: str, health: RouteHealth) -> None:
        """If there is anything new of it, also to the supervision."""
        state = self._announcer.route_state(route, health, self._engine.supervision().routes.get(route))
        if self._shown.get(route) != state:
            self._shown[route] = state
            self._publish(state)

    def _publish_info(self) -> None:
        self._routes = frozenset(self._engine.routes())
        self._publish(self._announcer.info(self._version, self._routes))

    def _touch(self, alarm_id: str | None) -> None:
        if alarm_id is not None:
            self._changed.add(alarm_id)
        self._wake.set()

    async def _keep_in_step(self) -> None:
        while True:
            deadline: float | None = self._clock.monotonic() + RETRY_WAIT
            try:
                deadline = await self._publish_changes()
            except JournalError as err:
                _LOGGER.warning("Alarm states on MQTT are old, the journal cannot be read: %s", err)
            except Exception:
                _LOGGER.exception("An alarm state could not be published")
            await self._clock.wait(self._wake, deadline)

    async def _publish_changes(self) -> float | None:
        """Publish everything that changed; gives when to look again."""
        self._wake.clear()
        now = self._clock.monotonic()
        if not self._has_begun:
            self._changed.update(alarm.id for alarm in await self._engine.open_alarms())
            self._has_begun = True
        self._changed.update(alarm_id for alarm_id, due in self._closing.items() if due <= now)
        while self._changed:
            await self._publish_alarm(self._changed.pop())
        summary = await self._engine.summary()
        violations = self._engine.supervision().violations
        self._publish(self._announcer.summary(summary, self._clock.now(), overdue=violations))
        for route, health in self._engine.routes().items():
            self._publish_route(route, health)
        deadlines = list(self._closing.values())
        if summary.open:
            deadlines.append(now + SUMMARY_INTERVAL)
        return min(deadlines, default=None)

    async def _publish_alarm(self, alarm_id: str) -> None:
        try:
            alarm = await self._engine.alarm(alarm_id)
            messages = await self._engine.messages(alarm_id=alarm_id, limit=_MAX_MESSAGES)
        except JournalError:
            self._changed.add(alarm_id)
            raise
        left = None if alarm is None else self._time_left(alarm)
        if alarm is None or (left is not None and left <= 0):
            self._closing.pop(alarm_id, None)
            self._publish(self._announcer.alarm_gone(alarm_id))
            return
        if left is not None:
            self._closing[alarm_id] = self._clock.monotonic() + left
        self._publish(self._announcer.alarm_state(alarm, told(messages)))

    def _time_left(self, alarm: Alarm) -> float | None:
        """Seconds until the state of a closed alarm is emptied; None while it is open."""
        if alarm.closed_at is None:
            return None
        return (alarm.closed_at + KEEP_CLOSED - self._clock.now()).total_seconds()


def told(messages: Sequence[Message]) -> tuple[Told, ...]:
    """Who was told of an alarm, how, and how far that is: the newest message per person and channel.

    `messages` come as the engine gives them, the newest first.
    """
    newest: dict[tuple[str | None, str], Message] = {}
    for message in reversed(messages):
        if message.kind in _TOLD_KINDS:
            newest[message.recipient, message.channel.value] = message
    return tuple(
        Told(id=person, channel=channel, state=message.state.value)
        for (person, channel), message in newest.items()
    )


def _nothing() -> None:
    """Stand in for the unsubscribing before there is a subscription."""
