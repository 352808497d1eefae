"""Our session against real brokers: nothing is acknowledged that was not handled; refusals have words."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from alert_engine.clock import SystemClock
from alert_engine.errors import JournalError
from alert_engine.intake.announcements import Publication
from alert_engine.intake.mqtt_connection import Retained, Subscription
from alert_engine.intake.mqtt_session import HUNG_UP_LIMIT, MqttSession, Pace, SessionState, SessionStatus
from alert_engine.intake.settings import MqttSettings, TlsSettings

from .brokers import DEADLINE, Mosquitto, Peer, Rumqttd, allow_sockets, free_port, needs_mosquitto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from alert_engine.intake.payloads import Delivery

# A test waits for events, not for back-offs; the figures of everyday are in the defaults.
QUICK = Pace(first=0.01, longest=0.05, taken_over=0.3, steady=60.0, commit=0.01)
STATUS = "alert_gateway/home/status"
IN = "alert_gateway/home/in/alarm/plc"


@pytest.fixture(autouse=True)
def sockets() -> None:
    allow_sockets()


class Consumer:
    """What stands behind a session in these tests: keeps what it took, refuses or waits when told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.refusals = 0  # so many deliveries are refused by "the journal"
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self._changed = asyncio.Event()

    async def receive(self, delivery: Delivery) -> None:
        self.entered.set()
        await self.gate.wait()
        if self.refusals:
            self.refusals -= 1
            raise JournalError("no room on the disk")
        self.taken.append((delivery.topic.rsplit("/", 1)[-1], delivery.payload))
        self._changed.set()

    async def has_taken(self, count: int) -> list[bytes]:
        async with asyncio.timeout(DEADLINE):
            while len(self.taken) < count:
                self._changed.clear()
                await self._changed.wait()
        return [payload for _, payload in self.taken]


class Watched:
    """A session and all states that it went through."""

    def __init__(self, settings: MqttSettings, consumer: Consumer, pace: Pace = QUICK) -> None:
        self.states: list[SessionStatus] = []
        self._changed = asyncio.Event()
        self.session = MqttSession(
            settings,
            subscriptions=[Subscription(topic="alert_gateway/home/in/#", qos=1, retained=Retained.ONCE)],
            will=Publication(topic=STATUS, payload=b"offline", retain=True),
            greeting=Publication(topic=STATUS, payload=b"online", retain=True),
            farewell=Publication(topic=STATUS, payload=b"offline", retain=True),
            receive=consumer.receive,
            on_status=self._note,
            clock=SystemClock(),
            pace=pace,
        )

    def _note(self, status: SessionStatus) -> None:
        self.states.append(status)
        self._changed.set()

    async def reaches(self, state: SessionState, times: int = 1) -> SessionStatus:
        def found() -> list[SessionStatus]:
            return [status for status in self.states if status.state is state]

        try:
            async with asyncio.timeout(DEADLINE):
                while len(found()) < times:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"never {state}; there were: {self.states}") from None
        return found()[-1]


@asynccontextmanager
async def running(settings: MqttSettings, consumer: Consumer, pace: Pace = QUICK) -> AsyncIterator[Watched]:
    watched = Watched(settings, consumer, pace)
    await watched.session.start()
    try:
        yield watched
    finally:
        await watched.session.stop()


def settings_for(port: int, **changes: Any) -> MqttSettings:
    return MqttSettings(host="127.0.0.1", port=port, gateway="home", **changes)


@asynccontextmanager
async def a_broker(kind: str, folder: Path) -> AsyncIterator[int]:
    if kind == "mosquitto":
        async with Mosquitto(folder) as mosquitto:
            yield mosquitto.port
    else:
        async with Rumqttd(folder) as rumqttd:
            yield rumqttd.port


both_brokers = pytest.mark.parametrize("kind", [pytest.param("mosquitto", marks=needs_mosquitto), "rumqttd"])


@both_brokers
async def test_what_is_published_while_we_are_away_waits_for_us(kind: str, tmp_path: Path) -> None:
    consumer = Consumer()
    async with a_broker(kind, tmp_path) as port, Peer(port) as plc:
        async with running(settings_for(port), consumer) as watched:
            assert (await watched.reaches(SessionState.ONLINE)).protocol == "5"
        for number in range(50):
            await plc.publish(f"{IN}/tank", str(number))
        async with running(settings_for(port), consumer):
            payloads = await consumer.has_taken(50)
    assert payloads == [str(number).encode() for number in range(50)]


@both_brokers
async def test_without_our_puback_the_broker_sends_it_again(kind: str, tmp_path: Path) -> None:
    consumer = Consumer()
    consumer.gate.clear()
    async with a_broker(kind, tmp_path) as port, Peer(port) as plc:
        first = Watched(settings_for(port), consumer)
        await first.session.start()
        await first.reaches(SessionState.ONLINE)
        await plc.publish(f"{IN}/tank", "ON")
        async with asyncio.timeout(DEADLINE):
            await consumer.entered.wait()
        _cut_the_line(first)  # it was received, and the process died before the commit
        await _abandon(first)

        consumer = Consumer()
        async with running(settings_for(port), consumer):
            assert await consumer.has_taken(1) == [b"ON"]


@both_brokers
async def test_when_the_journal_refuses_nothing_is_lost_and_the_order_is_kept(
    kind: str, tmp_path: Path
) -> None:
    consumer = Consumer()
    consumer.refusals = 5
    async with a_broker(kind, tmp_path) as port, Peer(port) as plc:
        async with running(settings_for(port), consumer) as watched:
            await watched.reaches(SessionState.ONLINE)
            for number in range(30):
                await plc.publish(f"{IN}/tank", str(number))
            payloads = await consumer.has_taken(30)
        assert payloads == [str(number).encode() for number in range(30)]
        async with running(settings_for(port), consumer):  # all were acknowledged: nothing comes again
            await plc.publish(f"{IN}/tank", "last")
            assert (await consumer.has_taken(31))[30:] == [b"last"]


@both_brokers
async def test_a_delivery_that_waits_for_the_journal_is_not_taken_twice_after_a_broken_line(
    kind: str, tmp_path: Path
) -> None:
    consumer = Consumer()
    consumer.refusals = 1_000_000
    async with (
        a_broker(kind, tmp_path) as port,
        Peer(port) as plc,
        running(settings_for(port), consumer) as watched,
    ):
        await watched.reaches(SessionState.ONLINE)
        for number in range(3):
            await plc.publish(f"{IN}/tank", str(number))
        async with asyncio.timeout(DEADLINE):
            await consumer.entered.wait()
        _cut_the_line(watched)
        await watched.reaches(SessionState.ONLINE, times=2)
        consumer.refusals = 0
        await plc.publish(f"{IN}/tank", "end")
        payloads = await consumer.has_taken(4)
    assert payloads == [b"0", b"1", b"2", b"end"]


@both_brokers
async def test_status_says_whether_we_are_there(kind: str, tmp_path: Path) -> None:
    async with a_broker(kind, tmp_path) as port, Peer(port) as dashboard:
        await dashboard.subscribe(STATUS)
        async with running(settings_for(port), Consumer()):
            await dashboard.message(STATUS, lambda message: message.payload == b"online")
        assert (
            await dashboard.message(STATUS, lambda message: message.payload == b"offline")
        ).topic == STATUS


@both_brokers
async def test_the_last_will_speaks_when_the_line_breaks(kind: str, tmp_path: Path) -> None:
    async with a_broker(kind, tmp_path) as port, Peer(port) as dashboard:
        await dashboard.subscribe(STATUS)
        watched = Watched(settings_for(port), Consumer())
        await watched.session.start()
        await dashboard.message(STATUS, lambda message: message.payload == b"online")
        _cut_the_line(watched)
        await _abandon(watched)
        await dashboard.message(STATUS, lambda message: message.payload == b"offline")


@needs_mosquitto
async def test_another_client_with_our_name_is_reported_and_not_fought(tmp_path: Path) -> None:
    consumer = Consumer()
    async with (
        Mosquitto(tmp_path) as broker,
        running(settings_for(broker.port), consumer, Pace(first=0.01, taken_over=3600)) as watched,
    ):
        await watched.reaches(SessionState.ONLINE)
        async with Peer(broker.port, client_id="alert_gateway-home", comes_back=True):
            status = await watched.reaches(SessionState.TAKEN_OVER)
    assert "another client connect" in status.reason  # an older mosquitto only hangs up
    assert [status.state for status in watched.states].count(SessionState.CONNECTING) <= HUNG_UP_LIMIT


@needs_mosquitto
async def test_after_a_take_over_we_come_back(tmp_path: Path) -> None:
    consumer = Consumer()
    async with Mosquitto(tmp_path) as broker, running(settings_for(broker.port), consumer) as watched:
        await watched.reaches(SessionState.ONLINE)
        async with Peer(broker.port, client_id="alert_gateway-home", comes_back=True):
            await watched.reaches(SessionState.TAKEN_OVER)
            before = [status.state for status in watched.states].count(SessionState.ONLINE)
        await watched.reaches(SessionState.ONLINE, times=before + 1)


async def test_a_broker_of_3_1_1_is_spoken_to_in_3_1_1(tmp_path: Path) -> None:
    consumer = Consumer()
    async with (
        Rumqttd(tmp_path) as broker,
        Peer(broker.old_port, protocol=MQTTProtocolVersion.MQTTv311) as plc,
    ):
        async with running(settings_for(broker.old_port), consumer) as watched:
            assert (await watched.reaches(SessionState.ONLINE)).protocol == "3.1.1"
            watched.session.publish(Publication(topic="x", payload=b"1", correlation=b"not in 3.1.1"))
        await plc.publish(f"{IN}/tank", "ON")
        async with running(settings_for(broker.old_port), consumer):
            assert await consumer.has_taken(1) == [b"ON"]


@needs_mosquitto
async def test_what_is_published_while_the_broker_is_away_follows_later(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    async with running(settings_for(broker.port), Consumer()) as watched:
        await watched.reaches(SessionState.OFFLINE)
        for number in range(100):
            watched.session.publish(Publication(topic="news", payload=str(number).encode()))
            watched.session.publish(Publication(topic="state", payload=str(number).encode(), retain=True))
        async with broker, Peer(broker.port) as dashboard:
            await dashboard.subscribe("#")
            await dashboard.message("state", lambda message: message.payload == b"99")
            await watched.reaches(SessionState.ONLINE)
            await watched.session.stop()
        # The events came before anybody had subscribed, or after: what came is in order.
        news = [int(message.payload) for message in dashboard.messages if message.topic == "news"]
        assert news == sorted(news)


@needs_mosquitto
async def test_a_broker_that_forgot_the_states_gets_them_again(tmp_path: Path) -> None:
    first = Mosquitto(tmp_path)
    async with running(settings_for(first.port), Consumer()) as watched:
        async with first, Peer(first.port) as dashboard:
            await watched.reaches(SessionState.ONLINE)
            watched.session.publish(Publication(topic="state", payload=b"42", retain=True))
            await dashboard.subscribe("state")
            await dashboard.message("state")
        await watched.reaches(SessionState.OFFLINE)
        async with Mosquitto(tmp_path, port=first.port) as second, Peer(second.port) as dashboard:
            await watched.reaches(SessionState.ONLINE, times=2)
            await dashboard.subscribe("state")
            assert (await dashboard.message("state")).payload == b"42"


@needs_mosquitto
async def test_unconfirmed_publications_survive_a_broken_line(tmp_path: Path) -> None:
    async with (
        Mosquitto(tmp_path) as broker,
        Peer(broker.port) as dashboard,
        running(settings_for(broker.port), Consumer()) as watched,
    ):
        await dashboard.subscribe("news")
        await watched.reaches(SessionState.ONLINE)
        for number in range(200):  # more than may be under way
            watched.session.publish(Publication(topic="news", payload=str(number).encode()))
        _cut_the_line(watched)
        await dashboard.message("news", lambda message: message.payload == b"199")
    assert {int(message.payload) for message in dashboard.messages} == set(range(200))


class TestWords:
    async def reason(self, settings: MqttSettings, state: SessionState) -> str:
        async with running(settings, Consumer()) as watched:
            return (await watched.reaches(state)).reason

    async def test_nothing_listens(self) -> None:
        port = free_port()
        reason = await self.reason(settings_for(port), SessionState.OFFLINE)
        assert reason == f"nothing listens at 127.0.0.1:{port}: is the broker running?"

    async def test_no_such_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def no_name_service(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", no_name_service)
        settings = MqttSettings(host="broker.invalid", gateway="home")
        assert await self.reason(settings, SessionState.OFFLINE) == "the name broker.invalid cannot be found"

    async def test_no_broker_but_something_that_talks(self) -> None:
        async with _server(b"220 mail.example ESMTP\r\n") as port:
            assert "is this an MQTT broker?" in await self.reason(settings_for(port), SessionState.OFFLINE)

    async def test_something_that_closes_at_once(self) -> None:
        async with _server(b"") as port:
            assert "is this an MQTT broker?" in await self.reason(settings_for(port), SessionState.OFFLINE)

    @needs_mosquitto
    async def test_wrong_password(self, tmp_path: Path) -> None:
        passwords = tmp_path / "passwords"
        passwords.touch()
        async with Mosquitto(tmp_path, f"password_file {passwords}", "allow_anonymous false") as broker:
            settings = settings_for(broker.port, username="x", password="wrong")
            reason = await self.reason(settings, SessionState.REFUSED)
        assert "wrong" not in reason
        assert reason in {
            "the broker refused the user name or the password",
            "the broker does not allow this user to connect",
        }

    async def test_a_tls_file_that_is_not_there(self, tmp_path: Path) -> None:
        settings = settings_for(free_port(), tls=TlsSettings(ca_file=str(tmp_path / "no.pem")))
        reason = await self.reason(settings, SessionState.OFFLINE)
        assert reason == f"the TLS file {tmp_path}/no.pem cannot be read: No such file or directory"

    @needs_mosquitto
    async def test_tls_with_a_port_that_has_none(self, tmp_path: Path) -> None:
        async with Mosquitto(tmp_path) as broker:
            reason = await self.reason(settings_for(broker.port, tls=TlsSettings()), SessionState.OFFLINE)
        assert reason == f"no TLS with 127.0.0.1:{broker.port}: is this the broker's TLS port?"


def _cut_the_line(watched: Watched) -> None:
    """End the TCP connection from outside of paho, as a pulled cable with a reset would."""
    connection = watched.session._connection
    assert connection is not None
    connection.abort()


async def _abandon(watched: Watched) -> None:
    """End the tasks of a session as a crash would: without goodbye, without settling."""
    for task in (watched.session._task, watched.session.worker._task):
        assert task is not None
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def _server(banner: bytes) -> AsyncIterator[int]:
    """A TCP server that says something and hangs up."""

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(banner)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
