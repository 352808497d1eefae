"""What brokers do wrong or forbid: refusals, floods, silence, and broken certificates."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.clock import SystemClock
from alert_engine.intake import mqtt_connection, paho_loop
from alert_engine.intake.announcements import Fate, Publication
from alert_engine.intake.delivery_worker import MAX_WAITING
from alert_engine.intake.mqtt_connection import RECEIVE_MAXIMUM
from alert_engine.intake.mqtt_session import HUNG_UP_LIMIT, Pace, SessionState
from alert_engine.intake.mqtt_trouble import Trouble, refused, unreachable
from alert_engine.intake.settings import MqttSettings, TlsSettings

from .brokers import DEADLINE, Mosquitto, Peer, allow_sockets, free_port, needs_mosquitto
from .fake_broker import (
    CONNACK,
    CONNACK_ONE_AT_A_TIME,
    CONNECT,
    PUBACK,
    PUBLISH,
    SUBACK,
    SUBACK_REFUSED,
    SUBSCRIBE,
    connack,
    disconnect,
    fake_broker,
    publish,
    retained,
)
from .test_mqtt_session import STATUS, Consumer, Watched, running, settings_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from alert_engine.intake.payloads import Delivery

IN = "alert_gateway/home/in/alarm/plc/tank"
SLOW = Pace(first=3600, longest=3600, commit=0.01)  # one connection is the whole test


@pytest.fixture(autouse=True)
def sockets() -> None:
    allow_sockets()


@pytest.mark.parametrize(
    ("reason", "state", "words"),
    [
        (0x85, SessionState.REFUSED, "client id"),
        (0x86, SessionState.REFUSED, "the user name or the password"),
        (0x87, SessionState.REFUSED, "does not allow this user"),
        (0x89, SessionState.REFUSED, "busy"),
        (0x9F, SessionState.REFUSED, "reason 0x9F"),
    ],
)
async def test_a_broker_that_says_no(reason: int, state: SessionState, words: str) -> None:
    async with (
        fake_broker(answers={CONNECT: connack(reason)}) as broker,
        running(settings_for(broker.port), Consumer(), SLOW) as watched,
    ):
        assert words in (await watched.reaches(state)).reason


async def test_a_broker_that_does_not_let_us_read_our_topics() -> None:
    async with (
        fake_broker(answers={CONNECT: CONNACK, SUBSCRIBE: SUBACK_REFUSED}) as broker,
        running(settings_for(broker.port), Consumer(), SLOW) as watched,
    ):
        assert (
            "give this user rights on the whole prefix"
            in (await watched.reaches(SessionState.REFUSED)).reason
        )


async def test_a_line_that_breaks_while_we_subscribe() -> None:
    async with (
        fake_broker(answers={CONNECT: CONNACK, SUBSCRIBE: None}) as broker,
        running(settings_for(broker.port), Consumer(), SLOW) as watched,
    ):
        assert "the line to the broker is gone" in (await watched.reaches(SessionState.OFFLINE)).reason


@pytest.mark.parametrize(
    ("answers", "constant", "words"),
    [
        ({}, "CONNACK_TIMEOUT", "no answer to CONNECT within 0.05 s"),
        ({CONNECT: CONNACK}, "SUBACK_TIMEOUT", "no answer to SUBSCRIBE within 0.05 s"),
    ],
)
async def test_a_broker_that_says_nothing(
    answers: dict[int, bytes], constant: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_connection, constant, 0.05)
    async with (
        fake_broker(answers=answers) as broker,
        running(settings_for(broker.port), Consumer(), SLOW) as watched,
    ):
        assert words in (await watched.reaches(SessionState.OFFLINE)).reason


@pytest.mark.parametrize(
    ("code", "state", "words"),
    [
        (0x8E, SessionState.TAKEN_OVER, "another client connected with our client id"),
        (0x8B, SessionState.OFFLINE, "shutting down"),
        (0x98, SessionState.OFFLINE, "administrator"),
    ],
)
@pytest.mark.parametrize("properties", [b"", b"\x00"], ids=["short", "long"])
async def test_a_broker_that_sends_us_away(
    code: int, properties: bytes, state: SessionState, words: str
) -> None:
    goodbye = disconnect(code) if not properties else b"\xe0\x02" + bytes((code,)) + properties
    async with (
        fake_broker() as broker,
        running(settings_for(broker.port), Consumer(), SLOW) as watched,
    ):
        await watched.reaches(SessionState.ONLINE)
        await broker.send(goodbye)
        assert words in (await watched.reaches(state)).reason


async def test_a_publication_that_the_broker_refuses_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async with (
        fake_broker(puback_reason=0x87) as broker,
        running(settings_for(broker.port), Consumer(), SLOW) as watched,
    ):
        await watched.reaches(SessionState.ONLINE)
        watched.session.publish(Publication(topic="state", payload=b"x", retain=True))
        await broker.until_received(PUBLISH, 2)
    assert "The broker refused what we published on state: Not authorized" in caplog.text


async def test_a_broker_is_told_how_long_news_are_worth_keeping() -> None:
    async with (
        fake_broker() as broker,
        running(settings_for(broker.port), Consumer(), SLOW) as watched,
    ):
        await watched.reaches(SessionState.ONLINE)
        until = asyncio.get_running_loop().time() + 100
        watched.session.publish(Publication(topic="news", payload=b"x", until=until))
        await broker.until_received(PUBLISH, 2)
    *_, news, _goodbye = broker.received(PUBLISH)
    topic, packet_id, rest = news[:6], news[6:8], news[8:]
    assert (topic, len(packet_id)) == (b"\x00\x04news", 2)
    assert (rest[:2], rest[6:]) == (b"\x05\x02", b"x")  # five octets of properties: Message Expiry Interval
    assert 90 <= int.from_bytes(rest[2:6], "big") <= 100


async def test_news_that_became_old_while_the_broker_was_away_are_not_published(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with fake_broker() as broker:
        watched = Watched(settings_for(broker.port), Consumer(), SLOW)
        now = asyncio.get_running_loop().time()
        watched.session.publish(Publication(topic="old", payload=b"x", until=now - 1))
        watched.session.publish(Publication(topic="new", payload=b"x", until=now + 3600))
        await watched.session.start()
        await broker.until_received(PUBLISH, 2)
        await watched.session.stop()
    topics = [body[2 : 2 + int.from_bytes(body[:2], "big")].decode() for body in broker.received(PUBLISH)]
    assert topics == [STATUS, "new", STATUS]
    assert watched.session.outgoing.outdated == 1
    assert "1 events became too old while the broker was away" in caplog.text


async def test_old_news_are_dropped_and_told_while_the_broker_is_still_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[Fate] = []
    now = asyncio.get_running_loop().time()
    watched = Watched(settings_for(free_port()), Consumer(), SLOW)
    watched.session.publish(Publication(topic="old", payload=b"x", until=now - 1, on_end=told.append))
    await watched.session.start()
    await watched.reaches(SessionState.OFFLINE)
    await watched.session.stop()
    assert told == [Fate.OUTDATED]
    assert "1 events became too old while the broker was away" in caplog.text


@pytest.mark.parametrize(
    ("reason", "fate"),
    [(0x00, Fate.TAKEN), (0x10, Fate.UNHEARD), (0x87, Fate.REFUSED)],
)
async def test_what_the_broker_says_of_a_publication_is_passed_on(reason: int, fate: Fate) -> None:
    told: asyncio.Queue[Fate] = asyncio.Queue()
    async with (
        fake_broker(puback_reason=reason) as broker,
        running(settings_for(broker.port), Consumer(), SLOW) as watched,
    ):
        watched.session.publish(Publication(topic="news", payload=b"x", on_end=told.put_nowait))
        async with asyncio.timeout(DEADLINE):
            assert await told.get() is fate


async def test_no_more_is_under_way_than_the_broker_allows() -> None:
    answers = {CONNECT: CONNACK_ONE_AT_A_TIME, SUBSCRIBE: SUBACK}
    async with (
        fake_broker(answers=answers, puback_reason=None) as broker,
        running(settings_for(broker.port), Consumer(), SLOW) as watched,
    ):
        await watched.reaches(SessionState.ONLINE)
        for number in range(3):
            watched.session.publish(Publication(topic="news", payload=str(number).encode()))
        await broker.until_received(PUBLISH)
        assert len(watched.session._unconfirmed) == 1
        watched.session._clock = _Hurried()  # nobody will confirm the farewell


FLOOD = 2000  # messages of about 50 octets: less than two sockets buffer
LINE = MAX_WAITING + RECEIVE_MAXIMUM  # paho reads on for as many as are under way


def a_flood() -> bytes:
    return b"".join(publish(number, IN, str(number).encode()) for number in range(1, FLOOD + 1))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not is_so():  # noqa: ASYNC110 - what it waits for is inside paho and tells nobody
            await asyncio.sleep(0)


async def test_a_broker_that_ignores_our_bound_has_to_wait() -> None:
    consumer = Consumer()
    consumer.gate.clear()
    async with (
        fake_broker() as broker,
        running(settings_for(broker.port), consumer, SLOW) as watched,
    ):
        await watched.reaches(SessionState.ONLINE)
        worker = watched.session.worker
        await broker.send(a_flood())
        await until(lambda: worker._unread is not None)
        assert broker.received(PUBACK) == []
        in_line = 0

        async def look(delivery: Delivery) -> None:
            nonlocal in_line
            in_line = max(in_line, worker._waiting.qsize())
            await consumer.receive(delivery)

        worker._receive = look
        consumer.gate.set()
        taken = await consumer.has_taken(FLOOD)
        assert taken == [str(number).encode() for number in range(1, FLOOD + 1)]
        await broker.until_received(PUBACK, FLOOD)
        assert in_line <= LINE
        assert watched.session.status.state is SessionState.ONLINE


async def test_a_gateway_that_ends_while_a_broker_waits_hears_its_goodbye_confirmed() -> None:
    consumer = Consumer()
    consumer.gate.clear()
    async with fake_broker() as broker, running(settings_for(broker.port), consumer, SLOW) as watched:
        await watched.reaches(SessionState.ONLINE)
        worker = watched.session.worker
        await broker.send(a_flood())
        await until(lambda: worker._unread is not None)
        ending = asyncio.create_task(watched.session.stop())
        await until(lambda: worker._unread is None)
        consumer.gate.set()
        await ending
        assert watched.session._all_confirmed.is_set()
        assert len(broker.received(PUBACK)) < LINE
    assert worker._waiting.qsize() <= LINE


async def test_a_broker_may_send_what_it_kept_before_it_answers_our_subscriptions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mqtt_connection, "SUBACK_TIMEOUT", 0.05)
    consumer = Consumer()
    async with (
        fake_broker(answers={CONNECT: CONNACK}) as broker,
        running(settings_for(broker.port), consumer, SLOW) as watched,
    ):
        await broker.until_received(SUBSCRIBE)
        began = asyncio.get_running_loop().time()
        number = 0
        while asyncio.get_running_loop().time() < began + 0.2:  # four times the limit
            number += 1
            await broker.send(publish(number, IN, b"x"))
            await consumer.has_taken(number)
        assert watched.session.status.state is SessionState.CONNECTING
        await broker.send(SUBACK)
        await watched.reaches(SessionState.ONLINE)


async def test_whoever_throws_us_out_again_and_again_without_a_word_most_likely_has_our_name() -> None:
    pace = Pace(first=0.01, longest=0.05, taken_over=3600, commit=0.01)
    async with fake_broker() as broker, running(settings_for(broker.port), Consumer(), pace) as watched:
        for times in range(1, HUNG_UP_LIMIT + 1):
            await watched.reaches(SessionState.ONLINE, times=times)
            assert SessionState.TAKEN_OVER not in {each.state for each in watched.states}
            broker.cut()
        assert (
            "another client connects with our client id"
            in (await watched.reaches(SessionState.TAKEN_OVER)).reason
        )


async def test_lines_that_break_now_and_then_are_nobody_elses() -> None:
    pace = Pace(first=0.01, longest=0.05, taken_over=3600, steady=0.0, commit=0.01)
    async with fake_broker() as broker, running(settings_for(broker.port), Consumer(), pace) as watched:
        for times in range(1, HUNG_UP_LIMIT + 2):
            await watched.reaches(SessionState.ONLINE, times=times)
            broker.cut()
        await watched.reaches(SessionState.ONLINE, times=HUNG_UP_LIMIT + 2)
        assert SessionState.TAKEN_OVER not in {each.state for each in watched.states}


async def test_unconfirmed_messages_flood_and_are_counted_beside_what_must_be_acknowledged() -> None:
    consumer = Consumer()
    consumer.gate.clear()
    async with (
        fake_broker() as broker,
        running(settings_for(broker.port), consumer, SLOW) as watched,
    ):
        await watched.reaches(SessionState.ONLINE)
        arrived = asyncio.Event()

        def notice(delivery: Delivery) -> bool:
            if delivery.payload == b"end":
                arrived.set()
            return arrived.is_set()

        watched.session._notice = notice
        await broker.send(retained(IN, b"ON") * 301 + publish(1, IN, b"last") + retained(IN, b"end"))
        async with asyncio.timeout(DEADLINE):
            await arrived.wait()
        assert watched.session.worker.overflowed == 301 - 201
        consumer.gate.set()
        assert (await consumer.has_taken(202))[201] == b"last"
        assert watched.session.status.state is SessionState.ONLINE


async def test_a_mistake_of_ours_leaves_the_message_on_the_broker_and_blocks_nothing() -> None:
    class Faulty(Consumer):
        async def receive(self, delivery: Any) -> None:
            if delivery.payload == b"strange":
                raise RuntimeError("a mistake")
            await super().receive(delivery)

    consumer = Faulty()
    async with (
        fake_broker() as broker,
        running(settings_for(broker.port), consumer, SLOW) as watched,
    ):
        await watched.reaches(SessionState.ONLINE)
        await broker.send(publish(1, IN, b"strange") + publish(2, IN, b"ON"))
        await consumer.has_taken(1)
        await broker.until_received(PUBACK)
        assert watched.session.worker.stuck == 1
    assert [body[:2] for body in broker.received(PUBACK)] == [b"\x00\x02"]


async def test_a_topic_that_is_no_text_is_a_stranger() -> None:
    consumer = Consumer()
    body = b"\x00\x02\xff\xfe\x00\x01\x00ON"
    async with (
        fake_broker() as broker,
        running(settings_for(broker.port), consumer, SLOW) as watched,
    ):
        await watched.reaches(SessionState.ONLINE)
        await broker.send(b"\x32" + bytes([len(body)]) + body)
        await consumer.has_taken(1)
    assert consumer.taken == [("", b"ON")]


async def test_a_line_that_is_dead_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt_connection, "KEEPALIVE", 1)  # paho counts in whole seconds
    monkeypatch.setattr(paho_loop, "_TICK", 0.02)
    async with (
        fake_broker() as broker,  # which never answers PINGREQ
        running(settings_for(broker.port), Consumer(), SLOW) as watched,
    ):
        await watched.reaches(SessionState.ONLINE)
        assert "the line to the broker is gone" in (await watched.reaches(SessionState.OFFLINE)).reason


async def test_after_a_good_connection_the_next_try_comes_soon() -> None:
    pace = Pace(first=0.01, longest=3600, steady=0.0)
    async with (
        fake_broker() as broker,
        running(settings_for(broker.port), Consumer(), pace) as watched,
    ):
        for times in range(1, 12):  # without a good connection the waits would have doubled to 20 s
            await watched.reaches(SessionState.ONLINE, times)
            await broker.send(disconnect(0x98))


async def test_a_mistake_of_ours_is_logged_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    username: Any = 5  # the schema of gateway.yaml lets none through
    async with running(settings_for(1, username=username), Consumer()) as watched:
        await watched.reaches(SessionState.OFFLINE, times=2)
    assert "The connection to the broker failed" in caplog.text


async def test_the_delivery_in_hand_is_settled_before_we_stop() -> None:
    consumer = Consumer()
    consumer.gate.clear()
    async with fake_broker() as broker:
        watched = Watched(settings_for(broker.port), consumer, SLOW)
        await watched.session.start()
        await watched.reaches(SessionState.ONLINE)
        await broker.send(publish(1, IN, b"first") + publish(2, IN, b"second"))
        async with asyncio.timeout(DEADLINE):
            await consumer.entered.wait()
        stopping = asyncio.create_task(watched.session.stop())
        consumer.gate.set()
        await stopping
    assert [body[:2] for body in broker.received(PUBACK)] == [b"\x00\x01"]
    assert [payload for _, payload in consumer.taken] == [b"first"]


async def test_stopping_while_we_connect_leaves_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, release = asyncio.Event(), threading.Event()
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()

    def slow_connection(*_: object, **__: object) -> socket.socket:
        loop.call_soon_threadsafe(entered.set)
        release.wait(DEADLINE)
        return ours

    monkeypatch.setattr(socket, "create_connection", slow_connection)
    watched = Watched(settings_for(1), Consumer())
    await watched.session.start()
    async with asyncio.timeout(DEADLINE):
        await entered.wait()
    await watched.session.stop()
    release.set()
    await loop.run_in_executor(None, lambda: None)
    await loop.shutdown_default_executor()
    assert ours.fileno() == -1
    theirs.close()


async def test_a_name_service_that_hangs_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hanging(*_: object, **__: object) -> None:
        release.wait(DEADLINE)
        raise OSError

    monkeypatch.setattr(mqtt_connection, "CONNECT_TIMEOUT", 0.05)
    monkeypatch.setattr(socket, "create_connection", hanging)
    async with running(settings_for(1883), Consumer(), SLOW) as watched:
        status = await watched.reaches(SessionState.OFFLINE)
        release.set()
    assert status.reason.startswith("no answer from 127.0.0.1:1883")


class TestWords:
    SETTINGS = MqttSettings(host="broker.example", gateway="home")

    @pytest.mark.parametrize(
        ("err", "words"),
        [
            (ConnectionRefusedError(), "nothing listens at broker.example:1883"),
            (TimeoutError(), "no answer from broker.example:1883"),
            (socket.gaierror(), "the name broker.example cannot be found"),
            (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "is this the broker's TLS port?"),
            (ConnectionResetError(104, "reset"), "no connection to broker.example:1883: [Errno 104] reset"),
            (
                FileNotFoundError(2, "No such file or directory", "ca.pem"),
                "the TLS file ca.pem cannot be read",
            ),
            (
                OSError(113, "No route to host"),
                "no connection to broker.example:1883: [Errno 113] No route to host",
            ),
            (ValueError("Invalid host."), "no connection to broker.example:1883: Invalid host."),
        ],
    )
    def test_no_connection(self, err: Exception, words: str) -> None:
        assert words in unreachable(self.SETTINGS, err)

    def test_a_line_that_is_reset_while_tls_begins(self) -> None:
        """mosquitto 2.0.11 does so at a port without TLS."""
        settings = replace(self.SETTINGS, tls=TlsSettings())
        assert unreachable(settings, ConnectionResetError()).endswith("is this the broker's TLS port?")

    def test_an_unknown_reason_shows_its_number(self) -> None:
        error = refused(0xC1)
        assert error.trouble is Trouble.REFUSED
        assert "0xC1" in str(error)


class _Hurried(SystemClock):
    """Waits for nothing."""

    async def wait(self, event: asyncio.Event, deadline: float | None = None) -> bool:
        return event.is_set()


# --- TLS -------------------------------------------------------------------------------------------------


class Certificates:
    """An authority, a server for `127.0.0.1`, and a client; PEM files in a folder."""

    def __init__(self, folder: Path, address: str = "127.0.0.1") -> None:
        pytest.importorskip("cryptography", reason="makes the certificates")
        self.folder = folder
        folder.mkdir()
        self._authority_key, self._authority = self._certificate("ca", None)
        self._certificate("server", address)
        self._certificate("client", None)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def _certificate(self, name: str, address: str | None) -> tuple[Any, Any]:
        from cryptography import x509  # noqa: PLC0415 - only where it is installed
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
        from cryptography.x509.oid import NameOID  # noqa: PLC0415

        is_authority = name == "ca"
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{self.folder.name} {name}")])
        signer = key if is_authority else self._authority_key
        issuer = subject if is_authority else self._authority.subject
        today = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - dt.timedelta(days=1))
            .not_valid_after(today + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
            )
        )
        if is_authority:
            usage = x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
                key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                decipher_only=False,
            )  # fmt: skip
            builder = builder.add_extension(usage, critical=True)
        if address is not None:
            names = [x509.IPAddress(ipaddress.ip_address(address))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = builder.sign(signer, hashes.SHA256())
        pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
        (self.folder / f"{name}.key").write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
        return key, certificate


def secured(folder: Path, certificates: Certificates, *more: str) -> Mosquitto:
    return Mosquitto(
        folder,
        listener=(
            f"certfile {certificates.path('server.pem')}",
            f"keyfile {certificates.path('server.key')}",
            *more,
        ),
    )


@needs_mosquitto
class TestTls:
    async def test_a_broker_whose_certificate_fits(self, tmp_path: Path) -> None:
        certificates = Certificates(tmp_path / "good")
        settings = TlsSettings(ca_file=certificates.path("ca.pem"))
        consumer = Consumer()
        async with secured(tmp_path, certificates) as broker:
            async with running(settings_for(broker.port, tls=settings), consumer) as watched:
                await watched.reaches(SessionState.ONLINE)
            async with Peer(broker.port, ca_file=certificates.path("ca.pem")) as plc:
                for number in range(60):
                    await plc.publish(IN, str(number))
            async with running(settings_for(broker.port, tls=settings), consumer):
                assert len(await consumer.has_taken(60)) == 60

    async def test_a_broker_that_asks_for_our_certificate(self, tmp_path: Path) -> None:
        certificates = Certificates(tmp_path / "good")
        settings = TlsSettings(
            ca_file=certificates.path("ca.pem"),
            certificate_file=certificates.path("client.pem"),
            key_file=certificates.path("client.key"),
        )
        asking = (f"cafile {certificates.path('ca.pem')}", "require_certificate true")
        async with (
            secured(tmp_path, certificates, *asking) as broker,
            running(settings_for(broker.port, tls=settings), Consumer()) as watched,
        ):
            await watched.reaches(SessionState.ONLINE)

    @pytest.mark.parametrize(
        ("address", "authority", "words"),
        [
            ("127.0.0.1", "other", "is not trusted: unable to get local issuer certificate"),
            ("127.0.0.9", "good", "is not trusted: IP address mismatch"),
        ],
    )
    async def test_a_broker_whose_certificate_does_not_fit(
        self, tmp_path: Path, address: str, authority: str, words: str
    ) -> None:
        certificates = Certificates(tmp_path / "good", address)
        Certificates(tmp_path / "other")
        settings = TlsSettings(ca_file=str(tmp_path / authority / "ca.pem"))
        async with (
            secured(tmp_path, certificates) as broker,
            running(settings_for(broker.port, tls=settings), Consumer(), SLOW) as watched,
        ):
            assert words in (await watched.reaches(SessionState.OFFLINE)).reason

    async def test_a_broker_under_another_name_if_that_is_wanted(self, tmp_path: Path) -> None:
        certificates = Certificates(tmp_path / "good", "127.0.0.9")
        settings = TlsSettings(ca_file=certificates.path("ca.pem"), check_hostname=False)
        async with (
            secured(tmp_path, certificates) as broker,
            running(settings_for(broker.port, tls=settings), Consumer()) as watched,
        ):
            await watched.reaches(SessionState.ONLINE)

    async def test_a_file_that_is_no_certificate(self, tmp_path: Path) -> None:
        (tmp_path / "ca.pem").write_text("hello", encoding="utf-8")
        settings = settings_for(1, tls=TlsSettings(ca_file=str(tmp_path / "ca.pem")))
        async with running(settings, Consumer(), SLOW) as watched:
            assert "no certificate or key in PEM" in (await watched.reaches(SessionState.OFFLINE)).reason
