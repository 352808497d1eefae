"""MQTT intake: alarms and commands come in, states and answers go out.

::

    settings = MqttSettings(host="127.0.0.1", gateway="home")
    intake = MqttIntake(engine, settings, clock=SystemClock(), version="0.1.0")
    await intake.start()      # the engine was started before; returns at once and connects in the background
    intake.status             # SessionStatus(state, reason, protocol)
    await intake.stop()
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from alert_engine.decisions.ordering import has_lapsed
from alert_engine.errors import EngineError, JournalError
from alert_engine.model import AlarmRaise, Heartbeat, SendResult, Verdict

from .announcements import OFFLINE, ONLINE, Announcer, answer
from .json_fields import RefusalReason
from .mqtt_connection import Retained, Subscription
from .mqtt_session import MqttSession, Pace, SessionState, SessionStatus
from .mqtt_sweep import OldRoots
from .mqtt_watch import MqttWatch
from .payloads import Refusal, Request, read_delivery
from .send_results import SendResults
from .state_board import StateBoard
from .topics import AlarmStateTopic, RouteStateTopic, Topics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alert_engine.clock import Clock
    from alert_engine.engine import AlertEngine
    from alert_engine.model import Ask

    from .payloads import Delivery
    from .settings import MqttSettings

__all__ = ["MqttIntake", "Pace", "SessionState", "SessionStatus"]

_LOGGER = logging.getLogger(__name__)

_MAX_WARNED = 100  # kinds of misuse that get a line in the log each; more are only counted
_STALE = "ts: it is older than what its source told of this key before: is the clock of the source right?"
_LAPSED = "ttl: it has passed since ts: is the clock of the source right?"
_UNWATCHED = "nobody watches this heartbeat: add it to the configuration, or mend its source and key"
_REFUSED_VERDICTS = {
    Verdict.UNKNOWN: "no open alarm has this name",
    Verdict.REJECTED: "the gateway could not use this",
}


class MqttIntake:
    """The engine on MQTT. Topics and payloads: `topics` and ``docs/schemas/mqtt/``.

    Args:
        engine: started before, stopped after.
        settings: broker and place in its tree.
        clock: for waiting and expiry.
        version: of this software, told on ``info``.
        pace: how soon to try again.

    Raises:
        ValueError: gateway or prefix cannot be part of a topic.
    """

    def __init__(
        self,
        engine: AlertEngine,
        settings: MqttSettings,
        *,
        clock: Clock,
        version: str,
        pace: Pace | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._topics = Topics(settings.prefix, settings.gateway)
        self._refused: Counter[RefusalReason] = Counter()
        self._warned: set[tuple[str, RefusalReason]] = set()
        self._listeners: list[Callable[[SessionStatus], None]] = []
        announcer = Announcer(self._topics, show_texts=settings.show_texts)
        self._watch = MqttWatch(engine, clock=clock)
        self._session = MqttSession(
            settings,
            subscriptions=_subscriptions(self._topics),
            will=announcer.status(OFFLINE),
            greeting=announcer.status(ONLINE),
            farewell=announcer.status(OFFLINE),
            receive=self._receive,
            on_status=self._on_status,
            clock=clock,
            pace=pace or Pace(),
            give_up=self._watch.report_unusable,
            notice=self._notice,
        )
        publish = self._session.publish
        self._board = StateBoard(engine, announcer, publish, clock=clock, version=version)
        self._results = SendResults(engine, announcer, publish, clock=clock)
        self._old_roots = OldRoots(engine, self._topics.root, self._session, clock=clock)

    @property
    def status(self) -> SessionStatus:
        """Where we are with the broker; TAKEN_OVER means that another client uses our name."""
        return self._session.status

    @property
    def counters(self) -> Mapping[str, int]:
        """What was not used, by reason, and what did not fit into bounds. Since the start."""
        return {
            **{reason.value: self._refused[reason] for reason in RefusalReason},
            "overflowed": self._session.worker.overflowed,
            "stuck": self._session.worker.stuck,
            "given_up": self._session.worker.given_up,
            "dropped": self._session.outgoing.dropped,
            "outdated": self._session.outgoing.outdated,
        }

    def add_listener(self, listener: Callable[[SessionStatus], None]) -> Callable[[], None]:
        """Call `listener` on each change of `status`; the returned call ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def start(self) -> None:
        """Begin; does not wait for the broker."""
        await self._board.start()
        await self._results.start()
        self._watch.start()
        await self._old_roots.start()
        await self._session.start()

    async def stop(self) -> None:
        """Say goodbye to the broker. It keeps for us what comes from now on."""
        await self._old_roots.stop()
        self._results.stop()
        await self._board.stop()
        await self._session.stop()
        await self._watch.stop()

    def _on_status(self, status: SessionStatus) -> None:
        if status.state is SessionState.ONLINE:
            _LOGGER.info("MQTT: connected with MQTT %s", status.protocol)
        elif status.state not in {SessionState.CONNECTING, SessionState.STOPPED}:
            _LOGGER.warning("MQTT: %s", status.reason)
        self._watch.note(status)
        if status.state is SessionState.ONLINE:
            self._old_roots.online()
        for listener in tuple(self._listeners):
            listener(status)

    async def _receive(self, delivery: Delivery) -> None:
        """Settle one delivery: it may be acknowledged when this returns. Raises JournalError: not yet."""
        if delivery.is_expired(self._clock.monotonic()):
            self._refused[RefusalReason.EXPIRED] += 1
            return
        match read_delivery(delivery, self._topics, now=self._clock.now()):
            case Request() as request:
                await self._serve(request)
            case Refusal() as refusal:
                self._refuse(refusal)

    def _notice(self, delivery: Delivery) -> bool:
        """Look whether this is a state of ours that lies on the broker, also under an earlier name."""
        return self._old_roots.takes(delivery) or self._is_own(delivery)

    def _is_own(self, delivery: Delivery) -> bool:
        is_there = delivery.retained and delivery.size > 0
        match self._topics.read(delivery.topic):
            case AlarmStateTopic(alarm_id=alarm_id):
                if is_there:
                    self._board.found_retained(alarm_id)
            case RouteStateTopic(route=route):
                if is_there:
                    self._board.found_retained_route(route)
            case _:
                return False
        return True

    async def _serve(self, request: Request) -> None:
        ask, reply = request.ask, request.reply
        try:
            (result,) = await self._engine.apply((ask,))
        except JournalError:
            raise
        except EngineError as err:
            self._refuse(Refusal(reason=RefusalReason.REFUSED, text=str(err), reply=reply))
            return
        if result.verdict is Verdict.STALE:
            self._note_too_old(ask, reply.topic)
        error = _REFUSED_VERDICTS.get(result.verdict)
        if error is not None:
            text = _UNWATCHED if isinstance(ask, Heartbeat) else error
            self._refuse(Refusal(reason=RefusalReason.REFUSED, text=text, reply=reply))
            return
        if isinstance(result, SendResult) and reply.result_id is not None:
            await self._results.tell(reply.result_id)
        if reply.on_success:
            self._session.publish(answer(reply, changed=result.verdict is Verdict.APPLIED))

    def _refuse(self, refusal: Refusal) -> None:
        self._note(refusal.reply.topic if refusal.reply else "", refusal.reason, refusal.text)
        reply = refusal.reply
        if reply is None:
            return
        if reply.result_id is not None:
            self._results.refuse(reply.result_id, refusal.text)
        if reply.on_success or reply.result_id is None:
            self._session.publish(answer(reply, changed=False, error=refusal.text))

    def _note_too_old(self, ask: Ask, client: str) -> None:
        if isinstance(ask, AlarmRaise) and has_lapsed(ask.source_time, ask.ttl, self._clock.now()):
            self._note(client, RefusalReason.EXPIRED, _LAPSED)
        else:
            self._note(client, RefusalReason.STALE, _STALE)

    def _note(self, client: str, reason: RefusalReason, text: str) -> None:
        """Count what was not used; the first of its kind gets a line in the log."""
        self._refused[reason] += 1
        if (client, reason) not in self._warned and len(self._warned) < _MAX_WARNED:
            self._warned.add((client, reason))
            _LOGGER.warning("MQTT: a message was not used: %s (answers: %s)", text, client or "none")


def _subscriptions(topics: Topics) -> tuple[Subscription, ...]:
    return (
        *(Subscription(topic=topic, qos=1, retained=Retained.ONCE) for topic in topics.commands),
        # How things are is asked at each connection: what a full queue of the broker lost is found again.
        Subscription(topic=topics.levels, qos=1, retained=Retained.ALWAYS),
        *(Subscription.reading(topic) for topic in topics.own_states),
    )
