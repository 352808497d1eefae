"""Our session on the broker: connected for good, and nothing acknowledged that was not handled.

The broker keeps what was published while we were away (fixed client id, no clean start, seven days). Each
delivery is handed to one consumer, in order, and gets its PUBACK only when the consumer returned.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from paho.mqtt.enums import MQTTProtocolVersion

from .announcements import Fate
from .delivery_worker import DeliveryWorker
from .mqtt_connection import RECEIVE_MAXIMUM, BrokerConnection, Subscription
from .mqtt_trouble import BrokerError, Trouble
from .outgoing import OutgoingQueue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from paho.mqtt.reasoncodes import ReasonCode

    from alert_engine.clock import Clock

    from .announcements import Publication
    from .mqtt_connection import Incoming
    from .payloads import Delivery
    from .settings import MqttSettings

_LOGGER = logging.getLogger(__name__)

_NO_SUBSCRIBERS = 0x10  # reason code of a PUBACK (MQTT 5.0 clause 3.4.2.1)
GOODBYE_TIMEOUT = 2.0  # seconds for the broker to confirm `offline`
# Lines in a row that the broker closed soon, without a word: it need not say who took our name, and with
# MQTT 3.1.1 it cannot; we throw out the other, and the other us.
HUNG_UP_LIMIT = 3
_HUNG_UP = (
    f"the broker let us in and soon closed the line, {HUNG_UP_LIMIT} times in a row: most likely another "
    "client connects with our client id. Give each gateway its own name; or look into the broker's log"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to wait before trying again, in seconds."""

    first: float = 1.0  # after a line broke; doubles with each failure
    longest: float = 60.0  # a broker that comes back is found within a minute
    taken_over: float = 60.0  # whoever took our name would be thrown out again, and so on
    steady: float = 10.0  # a connection that lived so long was a good one: the next wait is the first again
    commit: float = 1.0  # after the journal refused; doubles up to half a minute


class SessionState(StrEnum):
    """Where we are with the broker."""

    STOPPED = "stopped"
    CONNECTING = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"  # no connection; tried again by itself
    REFUSED = "refused"  # the broker says no: a person must look; tried again by itself
    TAKEN_OVER = "taken_over"  # another client uses our client id: a person must look; tried again by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStatus:
    """The state and why; `reason` is for people and empty when online."""

    state: SessionState
    reason: str = ""
    protocol: str = ""  # "5" or "3.1.1" when online
    forgot: bool = False  # online, and the broker kept nothing for us since the last connection


_STATES = {
    Trouble.TAKEN_OVER: SessionState.TAKEN_OVER,
    Trouble.CREDENTIALS: SessionState.REFUSED,
    Trouble.SUBSCRIPTION: SessionState.REFUSED,
    Trouble.REFUSED: SessionState.REFUSED,
    Trouble.PROTOCOL: SessionState.REFUSED,
}
_VERSION_NAMES = {MQTTProtocolVersion.MQTTv5: "5", MQTTProtocolVersion.MQTTv311: "3.1.1"}
# A broker of 3.1.1 answers our CONNECT of version 5 with this, or just closes the line.
_TRY_OLDER_PROTOCOL = {Trouble.PROTOCOL, Trouble.NO_ANSWER}


class MqttSession:
    """Stays connected until stopped.

    Args:
        settings: where and as whom.
        subscriptions: renewed on each connection.
        will: published by the broker when we vanish.
        greeting: published on each connection when the subscriptions stand.
        farewell: published by `stop`.
        receive: the consumer; returns when a delivery is settled, raises `JournalError` to get it again.
        on_status: told each change.
        clock: for waiting.
        pace: how long to wait before trying again.
        give_up: told each delivery that met a mistake of ours; settles it. None: those stay on the broker.
        notice: offered each delivery first; True: it was ours, read back, and there is nothing to do. However
            many of those there are, they take no place in the line.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        subscriptions: Sequence[Subscription],
        will: Publication,
        greeting: Publication,
        farewell: Publication,
        receive: Callable[[Delivery], Awaitable[None]],
        on_status: Callable[[SessionStatus], None],
        clock: Clock,
        pace: Pace,
        give_up: Callable[[Delivery], Awaitable[None]] | None = None,
        notice: Callable[[Delivery], bool] | None = None,
    ) -> None:
        self.outgoing = OutgoingQueue()
        self.worker = DeliveryWorker(
            receive, clock=clock, first_wait=pace.commit, give_up=give_up, most_stuck=RECEIVE_MAXIMUM
        )
        self._settings = settings
        self._subscriptions = tuple(subscriptions)
        self._will = will
        self._greeting = greeting
        self._farewell = farewell
        self._on_status = on_status
        self._notice = notice
        self._clock = clock
        self._pace = pace
        self._status = SessionStatus(state=SessionState.STOPPED)
        self._connection: BrokerConnection | None = None  # while online
        self._last: BrokerConnection | None = None  # the newest that ever opened
        self._unconfirmed: dict[int, Publication] = {}
        self._all_confirmed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def status(self) -> SessionStatus:
        """The newest status."""
        return self._status

    def also_subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        """Subscribe to these too, from the next connection on."""
        self._subscriptions += tuple(subscriptions)

    def drop_subscriptions(self, topics: Sequence[str]) -> None:
        """End these, also where the broker keeps them from an earlier life."""
        self._subscriptions = tuple(one for one in self._subscriptions if one.topic not in topics)
        if self._connection is not None:
            self._connection.unsubscribe(topics)

    async def start(self) -> None:
        """Begin to connect; does not wait for the broker."""
        self.worker.start()
        self._task = asyncio.get_running_loop().create_task(self._stay_connected(), name="mqtt session")

    async def stop(self) -> None:
        """Say goodbye if somebody listens; what was not acknowledged stays on the broker."""
        await self.worker.stop()
        if self._connection is not None:
            self._send(self._connection, self._farewell)
            await self._clock.wait(self._all_confirmed, self._clock.monotonic() + GOODBYE_TIMEOUT)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._tell(SessionStatus(state=SessionState.STOPPED))

    def publish(self, publication: Publication) -> None:
        """Publish now, or as soon as the broker is there."""
        self.outgoing.put(publication)
        self._pump()

    # --- connecting ---

    async def _stay_connected(self) -> None:
        wait = self._pace.first
        hung_up = 0
        while True:
            self._tell(SessionStatus(state=SessionState.CONNECTING, reason=self._status.reason))
            self._drop_outdated()
            began = self._clock.monotonic()
            why = await self._connect_and_live()
            is_steady = self._clock.monotonic() - began >= self._pace.steady
            hung_up = hung_up + 1 if why.trouble is Trouble.HUNG_UP and not is_steady else 0
            if hung_up >= HUNG_UP_LIMIT:
                why = BrokerError(Trouble.TAKEN_OVER, _HUNG_UP)
            self._tell(SessionStatus(state=_STATES.get(why.trouble, SessionState.OFFLINE), reason=str(why)))
            if is_steady:
                wait = self._pace.first
            pause = self._pace.taken_over if why.trouble is Trouble.TAKEN_OVER else wait
            await self._clock.sleep_until(self._clock.monotonic() + pause)
            wait = min(2 * wait, self._pace.longest)

    async def _connect_and_live(self) -> BrokerError:
        """Connect, live until the end of the connection, and give the reason of the end."""
        why = await self._attempt(MQTTProtocolVersion.MQTTv5)
        if why.trouble in _TRY_OLDER_PROTOCOL:
            why = await self._attempt(MQTTProtocolVersion.MQTTv311)
        return why

    async def _attempt(self, protocol: MQTTProtocolVersion) -> BrokerError:
        try:
            return await self._live(protocol)
        except BrokerError as err:
            return err
        except Exception:
            # A mistake of ours must not end the intake for good.
            _LOGGER.exception("The connection to the broker failed")
            return BrokerError(Trouble.LOST, "the gateway made a mistake with this connection; see its log")

    async def _live(self, protocol: MQTTProtocolVersion) -> BrokerError:
        connection = BrokerConnection(
            self._settings,
            protocol=protocol,
            will=self._will,
            clock=self._clock,
            on_incoming=self._incoming,
            on_published=self._published,
        )
        try:
            resumed = await connection.open()
            forgot = self._last is not None and not resumed
            if self._last is not None:
                self._last.superseded = resumed
            self._last = connection
            await connection.subscribe(self._subscriptions)
            self._go_online(connection, _VERSION_NAMES[protocol], forgot=forgot)
            return await asyncio.shield(connection.closed)
        finally:
            self._go_offline()
            connection.close()

    def _go_online(self, connection: BrokerConnection, version: str, *, forgot: bool) -> None:
        self._connection = connection
        self._send(connection, self._greeting)
        self.outgoing.repeat_retained()
        self._drop_outdated()
        self._pump()
        self._tell(SessionStatus(state=SessionState.ONLINE, protocol=version, forgot=forgot))

    def _go_offline(self) -> None:
        self._connection = None
        for publication in reversed(self._unconfirmed.values()):
            self.outgoing.give_back(publication)
        self._unconfirmed.clear()

    def _incoming(self, incoming: Incoming) -> None:
        if self._notice is None or not self._notice(incoming.delivery):
            self.worker.put(incoming)
        elif incoming.packet_id is not None:
            incoming.connection.acknowledge(incoming.packet_id)

    # --- publishing ---

    def _pump(self) -> None:
        connection = self._connection
        while connection is not None and len(self._unconfirmed) < connection.inflight_limit:
            publication = self.outgoing.take(self._clock.monotonic())
            if publication is None:
                return
            self._send(connection, publication)

    def _send(self, connection: BrokerConnection, publication: Publication) -> None:
        self._all_confirmed.clear()
        self._unconfirmed[connection.publish(publication)] = publication

    def _published(self, packet_id: int, reason: ReasonCode) -> None:
        publication = self._unconfirmed.pop(packet_id, None)
        if publication is not None:
            self.outgoing.settle(publication, _fate(reason))
            if reason.is_failure:
                _LOGGER.warning("The broker refused what we published on %s: %s", publication.topic, reason)
        self._pump()
        if not self._unconfirmed:
            self._all_confirmed.set()

    def _drop_outdated(self) -> None:
        """Say so: whoever waits for it should know why it does not come."""
        before = self.outgoing.outdated
        self.outgoing.drop_outdated(self._clock.monotonic())
        count = self.outgoing.outdated - before
        if count:
            _LOGGER.warning("MQTT: %d events became too old while the broker was away: not published", count)

    def _tell(self, status: SessionStatus) -> None:
        if status == self._status:
            return
        self._status = status
        self._on_status(status)


def _fate(reason: ReasonCode) -> Fate:
    if reason.is_failure:
        return Fate.REFUSED
    return Fate.UNHEARD if reason.value == _NO_SUBSCRIBERS else Fate.TAKEN
