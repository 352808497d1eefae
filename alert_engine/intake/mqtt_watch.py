"""Makes alarms of what is wrong with the intake itself: people hear of it by the ways that still work."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.errors import EngineError
from alert_engine.model import AlarmClear, AlarmRaise, Severity

from .mqtt_session import SessionState

if TYPE_CHECKING:
    from alert_engine.clock import Clock
    from alert_engine.engine import AlertEngine

    from .mqtt_session import SessionStatus
    from .payloads import Delivery

_LOGGER = logging.getLogger(__name__)

TAKE_OVER = "mqtt/take-over"
NO_BROKER = "mqtt/connection"
UNUSABLE = "mqtt/message"

OFFLINE_LIMIT = 300.0  # seconds without the broker; it restarts, or its host does, in less
# Seconds on line without being thrown out. Whoever shares our name tries again after a minute, as we do.
CALM = 300.0
RETRY_WAIT = 30.0  # seconds after the journal refused

_NEVER = float("inf")  # it was raised; what is left to do comes with the next change

_TITLES = {
    TAKE_OVER: "Another gateway uses the same name on the MQTT broker",
    NO_BROKER: "The MQTT broker cannot be reached: alarms from there do not come in",
}


class MqttWatch:
    """Raises and clears alarms of source ``gateway``: somebody took our name; the broker is away too long.

    Args:
        engine: that tells people.
        clock: for waiting.
    """

    def __init__(self, engine: AlertEngine, *, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._reason = ""
        # By key, when an alarm comes due; True to raise, False to clear.
        self._due: dict[str, tuple[float, bool]] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="mqtt watch")

    async def stop(self) -> None:
        """Watch no more. What was raised stays: the next start looks again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def note(self, status: SessionStatus) -> None:
        """Take in a change of the session."""
        now = self._clock.monotonic()
        match status.state:
            case SessionState.ONLINE:
                self._due = {NO_BROKER: (now, False), TAKE_OVER: (now + CALM, False)}
            case SessionState.STOPPED:
                self._due.clear()
            case SessionState.TAKEN_OVER:
                self._due[TAKE_OVER] = (now, True)
                self._await_broker(status.reason)
            case SessionState.CONNECTING | SessionState.OFFLINE | SessionState.REFUSED:
                if self._due.get(TAKE_OVER, (now, True))[1] is False:
                    del self._due[TAKE_OVER]  # not calm
                self._await_broker(status.reason)
        self._wake.set()

    async def report_unusable(self, delivery: Delivery) -> None:
        """A message that met a mistake of ours: it is given up, and people are told so.

        Raises:
            EngineError: they could not be told.
        """
        await self._engine.raise_alarm(
            AlarmRaise(
                source=SOURCE,
                key=UNUSABLE,
                severity=Severity.HIGH,
                title="A message on MQTT could not be handled",
                text=f"It was on {delivery.topic[:200]}. If it was an alarm, nobody was told of it: look "
                "there. The gateway made a mistake with it; its log says where.",
                policy=self._engine.own_policy,
            )
        )

    def _await_broker(self, reason: str) -> None:
        self._reason = reason or self._reason
        if not self._due.get(NO_BROKER, (0.0, False))[1]:
            self._due[NO_BROKER] = (self._clock.monotonic() + OFFLINE_LIMIT, True)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            await self._do_what_is_due()
            deadline = min((due for due, _ in self._due.values() if due < _NEVER), default=None)
            await self._clock.wait(self._wake, deadline)

    async def _do_what_is_due(self) -> None:
        now = self._clock.monotonic()
        for key, planned in tuple(self._due.items()):
            due, is_on = planned
            if due > now:
                continue
            try:
                await (self._raise(key) if is_on else self._clear(key))
            except EngineError as err:
                _LOGGER.warning("An alarm about MQTT could not be written down: %s", err)
                self._reschedule(key, planned, self._clock.monotonic() + RETRY_WAIT)
            else:
                self._reschedule(key, planned, _NEVER if is_on else None)

    def _reschedule(self, key: str, planned: tuple[float, bool], due: float | None) -> None:
        """Unless it was planned anew meanwhile."""
        if self._due.get(key) != planned:
            return
        if due is None:
            del self._due[key]
        else:
            self._due[key] = (due, planned[1])

    async def _raise(self, key: str) -> None:
        request = AlarmRaise(
            source=SOURCE,
            key=key,
            severity=Severity.HIGH,
            title=_TITLES[key],
            text=self._reason,
            policy=self._engine.own_policy,
            is_level=True,
        )
        await self._engine.raise_alarm(request)

    async def _clear(self, key: str) -> None:
        await self._engine.clear(AlarmClear(source=SOURCE, key=key))
