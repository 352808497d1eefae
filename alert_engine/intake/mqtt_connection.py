"""One connection to an MQTT broker, on the running event loop.

paho-mqtt speaks the protocol, `paho_loop` gives it the loop's reader, writer and timer; this module gives us
futures and errors with words. A `BrokerConnection` is used once: reconnecting is `mqtt_session`'s work.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.subscribeoptions import SubscribeOptions

from gsm_driver import in_own_thread

from .mqtt_trouble import BrokerError, Trouble, refused, unreachable
from .paho_client import PahoClient, properties_of, tls_context, topic_of
from .paho_loop import PahoLoop
from .payloads import MAX_PAYLOAD, Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from alert_engine.clock import Clock

    from .announcements import Publication
    from .settings import MqttSettings

TCP_TIMEOUT = 5.0  # seconds for one address of the broker; it is near
CONNECT_TIMEOUT = (
    20.0  # seconds for the name, all its addresses and TLS; a resolver without network takes long
)
CONNACK_TIMEOUT = 10.0  # seconds; a broker that loads a long queue of our session takes a while
SUBACK_TIMEOUT = 10.0  # seconds
KEEPALIVE = 30  # seconds; a dead line is noticed after at most twice this
SESSION_EXPIRY = 7 * 24 * 3600  # seconds that the broker keeps alarms for us: a long week end without power
RECEIVE_MAXIMUM = 20  # alarms under way to us; more wait on the broker's disk, not in our memory
_KEEP_ALIVE_TIMEOUT = 0x8D  # reason code (MQTT 5.0 clause 2.4), which paho gives to a line that was silent
MAX_PACKET = 16 * 1024 * 1024  # octets: larger ones are the broker's to drop; up to here we can say why


class Retained(Enum):
    """When a subscription gets the retained messages."""

    ONCE = SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
    ALWAYS = SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A topic filter and how its messages should come.

    `retained` says when the broker sends what lies retained: on each connection, or (MQTT 5) only once, when
    the session is new.
    """

    topic: str
    qos: int
    retained: Retained

    @classmethod
    def reading(cls, topic: str) -> Self:
        """Read back at each connection: what lies there and is over must go. Never queued for us: QoS 0.

        Not with No Local: what an earlier life of ours retained counts as ours.
        """
        return cls(topic=topic, qos=0, retained=Retained.ALWAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A delivery, and the packet identifier that acknowledges it (None with QoS 0)."""

    delivery: Delivery
    packet_id: int | None
    connection: BrokerConnection


class BrokerConnection:
    """One connection: `open`, use, and `closed` tells why it ended.

    Args:
        settings: where and as whom.
        protocol: MQTT 5 or 3.1.1.
        will: what the broker publishes when the line breaks.
        clock: stamps what arrives.
        on_incoming: called for each message, in order.
        on_published: called for each publication that the broker answered, with its packet identifier and
            its words; with MQTT 3.1.1 they say nothing.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        protocol: MQTTProtocolVersion,
        will: Publication,
        clock: Clock,
        on_incoming: Callable[[Incoming], None],
        on_published: Callable[[int, ReasonCode], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[BrokerError] = self._loop.create_future()
        self.superseded = False  # a later connection resumed the session: the broker sends everything again
        self.inflight_limit = RECEIVE_MAXIMUM  # publications under way; the broker may allow fewer
        self._settings = settings
        self._clock = clock
        self._on_incoming = on_incoming
        self._on_published = on_published
        self._connack: asyncio.Future[bool] = self._loop.create_future()
        self._subacks: dict[int, asyncio.Future[list[ReasonCode]]] = {}
        self._abandoned = False
        self._heard = 0  # messages
        self._is_v5 = protocol is MQTTProtocolVersion.MQTTv5
        self._client = self._new_client(protocol, will)
        self._driver = PahoLoop(self._client)

    def _new_client(self, protocol: MQTTProtocolVersion, will: Publication) -> PahoClient:
        client = PahoClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.client_id,
            clean_session=None if self._is_v5 else False,
            protocol=protocol,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = TCP_TIMEOUT
        client.will_set(will.topic, will.payload, qos=1, retain=will.retain)
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, self._settings.password)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_message = self._message
        client.on_publish = self._published
        client.on_subscribe = self._subscribed
        return client

    # --- opening and closing ---

    async def open(self) -> bool:
        """Connect; True if the broker still had our session.

        Raises:
            BrokerError: no connection; `trouble` says of which kind.
        """
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await in_own_thread(self._connect)
        except (OSError, ValueError) as err:
            raise BrokerError(Trouble.UNREACHABLE, unreachable(self._settings, err)) from err
        finally:
            self._abandoned = self._client.socket() is None
        if not self._driver.attach():
            raise BrokerError(Trouble.NO_ANSWER, "the broker closed the line at once")
        try:
            async with asyncio.timeout(CONNACK_TIMEOUT):
                return await self._connack
        except TimeoutError:
            text = f"no answer to CONNECT within {CONNACK_TIMEOUT:g} s: is this an MQTT broker?"
            raise BrokerError(Trouble.NO_ANSWER, text) from None

    def _connect(self) -> None:
        """Connect and send CONNECT. Runs in a thread and touches nothing of the loop."""
        settings = self._settings
        if settings.tls is not None:
            self._client.tls_set_context(tls_context(settings.tls))
        if self._is_v5:
            properties = properties_of(
                PacketTypes.CONNECT,
                SessionExpiryInterval=SESSION_EXPIRY,
                ReceiveMaximum=RECEIVE_MAXIMUM,
                MaximumPacketSize=MAX_PACKET,
            )
            self._client.connect(
                settings.host, settings.port, keepalive=KEEPALIVE, clean_start=False, properties=properties
            )
        else:
            self._client.connect(settings.host, settings.port, keepalive=KEEPALIVE)
        if self._abandoned:
            self._drop_socket()

    def close(self) -> None:
        """Say goodbye and close the line; the Last Will is not published."""
        self._client.disconnect()
        self._client.loop_write()
        self.abort()

    def abort(self, why: BrokerError | None = None) -> None:
        """Drop the line without a goodbye, as a power cut would."""
        self._driver.detach()
        self._drop_socket()
        self._end(why or BrokerError(Trouble.CLOSED, "closed by us"))

    def _drop_socket(self) -> None:
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def _end(self, why: BrokerError) -> None:
        """Tell everybody who waits, once."""
        if self.closed.done():
            return
        self.closed.set_result(why)
        waiters: list[asyncio.Future[Any]] = [self._connack, *self._subacks.values()]
        for waiting in waiters:
            if not waiting.done():
                waiting.set_exception(why)
                waiting.exception()  # `closed` has told it too: if nobody waits here, that is no mistake

    # --- what one does with an open connection ---

    async def subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        """Subscribe and wait for the broker's word.

        Raises:
            BrokerError: refused, or the line went.
        """
        wanted: Any = [(one.topic, self._options(one)) for one in subscriptions]
        result, packet_id = self._client.subscribe(wanted)
        if packet_id is None:
            raise BrokerError(Trouble.LOST, f"the line to the broker is gone: {paho.error_string(result)}")
        waiting = self._subacks[packet_id] = self._loop.create_future()
        try:
            codes = await self._suback(waiting)
        except TimeoutError:
            raise BrokerError(Trouble.LOST, f"no answer to SUBSCRIBE within {SUBACK_TIMEOUT:g} s") from None
        finally:
            del self._subacks[packet_id]
        if any(code.is_failure for code in codes):
            text = "the broker does not let us read our own topics: give this user rights on the whole prefix"
            raise BrokerError(Trouble.SUBSCRIPTION, text)

    async def _suback(self, waiting: asyncio.Future[list[ReasonCode]]) -> list[ReasonCode]:
        """What it says; a broker may send all that it kept for us before, as long as that takes."""
        while True:
            heard = self._heard
            try:
                async with asyncio.timeout(SUBACK_TIMEOUT):
                    return await asyncio.shield(waiting)
            except TimeoutError:
                if heard == self._heard and not self._driver.is_paused:
                    raise

    def pause_reading(self) -> None:
        """Let the broker wait with what it has for us."""
        self._driver.pause_reading()

    def resume_reading(self) -> None:
        """Hear again."""
        self._driver.resume_reading()

    def unsubscribe(self, topics: Sequence[str]) -> None:
        """End these subscriptions; nobody waits for the broker's word."""
        self._client.unsubscribe(list(topics))

    def _options(self, one: Subscription) -> int | SubscribeOptions:
        if not self._is_v5:
            return one.qos
        return SubscribeOptions(qos=one.qos, retainHandling=one.retained.value)

    def publish(self, publication: Publication) -> int:
        """Publish with QoS 1; gives the packet identifier that `on_published` will name."""
        info = self._client.publish(
            publication.topic,
            publication.payload,
            qos=1,
            retain=publication.retain,
            properties=self._properties(publication),
        )
        return info.mid

    def _properties(self, publication: Publication) -> Properties | None:
        """The broker drops it too, when its time is over before a reader comes (clause 3.3.2.3.3)."""
        values: dict[str, Any] = {}
        if publication.correlation is not None:
            values["CorrelationData"] = publication.correlation
        if publication.until is not None:
            values["MessageExpiryInterval"] = max(1, math.ceil(publication.until - self._clock.monotonic()))
        return properties_of(PacketTypes.PUBLISH, **values) if self._is_v5 and values else None

    def acknowledge(self, packet_id: int) -> None:
        """Send the PUBACK: from here on the broker forgets the message."""
        if not self.closed.done():
            self._client.ack(packet_id, 1)

    # --- paho's callbacks, all on the loop ---

    def _connected(
        self,
        _client: paho.Client,
        _userdata: Any,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if self._connack.done():
            return
        if reason.is_failure:
            self._connack.set_exception(refused(reason.value))
            return
        self.inflight_limit = min(RECEIVE_MAXIMUM, getattr(properties, "ReceiveMaximum", RECEIVE_MAXIMUM))
        self._connack.set_result(flags.session_present)

    def _disconnected(
        self,
        _client: paho.Client,
        _userdata: Any,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._end(refused(self._client.disconnect_code or reason.value))
        elif not self._connack.done():
            text = "the line was closed before CONNACK: is this an MQTT broker?"
            self._end(BrokerError(Trouble.NO_ANSWER, text))
        else:
            trouble = Trouble.LOST if reason.value == _KEEP_ALIVE_TIMEOUT else Trouble.HUNG_UP
            self._end(BrokerError(trouble, f"the line to the broker is gone: {reason}"))

    def _message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        self._heard += 1
        properties = message.properties
        size = len(message.payload)
        delivery = Delivery(
            topic=topic_of(message),
            payload=message.payload if size <= MAX_PAYLOAD else b"",
            size=size,
            retained=message.retain,
            response_topic=getattr(properties, "ResponseTopic", None),
            correlation=getattr(properties, "CorrelationData", None),
            expires_in=getattr(properties, "MessageExpiryInterval", None),
            received_at=self._clock.monotonic(),
        )
        packet_id = message.mid if message.qos else None
        self._on_incoming(Incoming(delivery=delivery, packet_id=packet_id, connection=self))

    def _published(
        self,
        _client: paho.Client,
        _userdata: Any,
        packet_id: int,
        reason: ReasonCode,
        _properties: Properties,
    ) -> None:
        self._on_published(packet_id, reason)

    def _subscribed(
        self,
        _client: paho.Client,
        _userdata: Any,
        packet_id: int,
        reasons: list[ReasonCode],
        _properties: Properties,
    ) -> None:
        waiting = self._subacks.get(packet_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(reasons)
