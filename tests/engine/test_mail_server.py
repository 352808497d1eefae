"""The mail server between a socket and the engine: bounds, and no 250 before the commit."""

from __future__ import annotations

import asyncio
import ipaddress
import smtplib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.clock import SystemClock
from alert_engine.config.mail import MailSettings
from alert_engine.daemon.mail_server import BURST, MailBounds, MailServer
from alert_engine.daemon.readiness import Readiness
from alert_engine.failpoints import Moment
from alert_engine.intake.mail import MAX_RECIPIENTS, MailRules

from .brokers import DEADLINE, allow_sockets
from .mqtt_house import FullDisk, an_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from alert_engine.engine import AlertEngine

SETTINGS = MailSettings(
    bind="127.0.0.1",
    port=0,
    max_size=4096,
    rules=MailRules(allowed=(ipaddress.ip_network("127.0.0.0/8"),), senders=("@lan",)),
)


class HeldClock(SystemClock):
    """Monotonic time stands still: no mail is let through because the test was slow."""

    def monotonic(self) -> float:
        return 1000.0


@dataclass
class Post:
    """A server, and whoever hands it mails."""

    server: MailServer
    readiness: Readiness
    lines: list[asyncio.StreamWriter] = field(default_factory=list)  # those that tests opened themselves

    async def talk(self, talk: Callable[[smtplib.SMTP], Any]) -> Any:
        def whole() -> Any:
            with smtplib.SMTP("127.0.0.1", self.server.port, "nas", DEADLINE) as client:
                return talk(client)

        return await asyncio.to_thread(whole)

    async def send(self, to: str = "alarm+ups@gw", text: str = "Since noon", sender: str = "nas@lan") -> int:
        """The code of the answer."""
        message = EmailMessage()
        message["Subject"] = "UPS on battery"
        message.set_content(text)
        try:
            await self.talk(lambda client: client.send_message(message, sender, [to]))
        except smtplib.SMTPRecipientsRefused as error:
            ((code, _),) = error.recipients.values()
            return code
        except smtplib.SMTPResponseException as error:
            return error.smtp_code
        return 250


@asynccontextmanager
async def post_office(
    engine: AlertEngine | None, bounds: MailBounds | None = None, **changes: Any
) -> AsyncIterator[Post]:
    allow_sockets()
    readiness = Readiness(gateway="home", version="0.1.0")
    if engine is not None:
        readiness.running(engine)
    settings = replace(SETTINGS, **changes)
    server = MailServer(settings, readiness=readiness, clock=HeldClock(), bounds=bounds)
    await server.start()
    post = Post(server, readiness)
    try:
        yield post
    finally:
        for line in post.lines:
            line.close()
        await server.stop()


async def keys(engine: AlertEngine) -> list[str]:
    return [alarm.key for alarm in await engine.open_alarms()]


async def test_no_250_before_the_commit(tmp_path: Path) -> None:
    committed: list[str] = []
    async with an_engine(tmp_path, failpoint=committed.append) as engine, post_office(engine) as post:
        assert await post.send() == 250
        assert Moment.RAISE.after in committed
        assert await keys(engine) == ["ups"]


async def test_what_cannot_be_written_down_is_to_come_again(tmp_path: Path) -> None:
    disk = FullDisk(is_full=False)
    async with an_engine(tmp_path, failpoint=disk) as engine, post_office(engine) as post:
        disk.is_full = True
        assert await post.send() == 451
        assert await keys(engine) == []
        disk.is_full = False
        assert await post.send() == 250


async def test_while_nobody_takes_it_it_is_to_come_again(tmp_path: Path) -> None:
    async with post_office(None) as post:
        assert await post.send() == 451
    async with an_engine(tmp_path) as engine, post_office(engine) as post:
        post.readiness.stopping()
        assert await post.send() == 451
        assert await keys(engine) == []


async def test_who_and_whom(tmp_path: Path) -> None:
    async with an_engine(tmp_path) as engine, post_office(engine) as post:
        assert await post.send(sender="nas@elsewhere") == 550
        assert await post.send(to="alarm+@gw") == 550
        assert await post.send(to="nobody@gw") == 550
        assert await post.send(to="anna@gw") == 250
        assert len(await engine.messages()) == 1


async def test_how_large_and_how_many(tmp_path: Path) -> None:
    async with an_engine(tmp_path) as engine, post_office(engine) as post:
        assert await post.send(text="x " * 4096) == 552

        def name_too_many(client: smtplib.SMTP) -> list[int]:
            client.ehlo()
            client.mail("nas@lan")
            return [client.rcpt(f"alarm+{number}@gw")[0] for number in range(MAX_RECIPIENTS + 1)]

        codes = await post.talk(name_too_many)
        assert (set(codes[:-1]), codes[-1]) == ({250}, 452)
        assert await keys(engine) == []


async def test_so_many_lines(tmp_path: Path) -> None:
    """Ten megabytes of empty lines would take half a gigabyte; one mail after the other begins anew."""
    async with an_engine(tmp_path) as engine, post_office(engine, MailBounds(lines=100)) as post:

        def talk(client: smtplib.SMTP, lines: int) -> None:
            client.sendmail("nas@lan", ["alarm+ups@gw"], b"Subject: x\r\n\r\n" + b"a\r\n" * lines)

        def twice(client: smtplib.SMTP) -> None:
            talk(client, 90)
            talk(client, 90)

        await post.talk(twice)
        with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
            await post.talk(lambda client: talk(client, 200))
        assert await post.send() == 250


async def test_a_long_mail_lets_others_have_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was buffered is read without a pause by itself: alarms would wait for all of it."""
    read, lines = asyncio.StreamReader.readuntil, [0]

    async def counted(reader: asyncio.StreamReader, separator: bytes = b"\n") -> bytes:
        lines[-1] += 1
        return await read(reader, separator)

    async def count_by_turn() -> None:
        while True:
            lines.append(0)
            await asyncio.sleep(0)

    monkeypatch.setattr(asyncio.StreamReader, "readuntil", counted)
    async with an_engine(tmp_path) as engine, post_office(engine, max_size=1_000_000) as post:
        turns = asyncio.create_task(count_by_turn())
        content = b"Subject: x\r\n\r\n" + b"a\r\n" * 60_000
        await post.talk(lambda client: client.sendmail("nas@lan", ["alarm+ups@gw"], content))
        turns.cancel()
    assert sum(lines) > 60_000
    assert max(lines) <= 300


async def test_how_often(tmp_path: Path) -> None:
    async with an_engine(tmp_path) as engine, post_office(engine) as post:

        def ask_often(client: smtplib.SMTP) -> list[int]:
            client.ehlo()
            codes = []
            for _ in range(BURST + 1):
                codes.append(client.mail("nas@lan")[0])
                client.rset()
            return codes

        codes = await post.talk(ask_often)
        assert (set(codes[:-1]), codes[-1]) == ({250}, 451)


async def test_other_rules_count_from_the_next_mail_on(tmp_path: Path) -> None:
    async with an_engine(tmp_path) as engine, post_office(engine) as post:
        stricter = replace(SETTINGS.rules, recipients=("bert",))
        assert post.server.use(replace(SETTINGS, rules=stricter))
        assert await post.send(to="anna@gw") == 550
        assert await post.send() == 250  # an alarm is no text
        assert not post.server.use(replace(SETTINGS, port=2525))


async def greeting(post: Post, source: str = "127.0.0.1") -> tuple[bytes, asyncio.StreamReader]:
    """What a client hears first, and the line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", post.server.port, local_addr=(source, 0))
    post.lines.append(writer)
    async with asyncio.timeout(DEADLINE):
        return (await reader.readline())[:3], reader


async def test_strangers_take_nobodys_place() -> None:
    rules = MailRules(allowed=(ipaddress.ip_network("127.0.0.1/32"),))
    async with post_office(None, MailBounds(connections=2), rules=rules) as post:
        for _ in range(3):
            word, line = await greeting(post, "127.0.0.9")
            assert word == b"554"
            assert await line.read() == b""
        assert (await greeting(post))[0] == b"220"


async def test_so_many_connections() -> None:
    async with post_office(None, MailBounds(connections=3, of_one_client=2)) as post:
        first = await greeting(post)
        words = [(await greeting(post, source))[0] for source in ("127.0.0.1",) * 2 + ("127.0.0.2",) * 2]
        assert words == [b"220", b"421", b"220", b"421"]
        post.lines[0].write(b"QUIT\r\n")
        async with asyncio.timeout(DEADLINE):
            await first[1].read()  # until the server has hung up
        assert (await greeting(post, "127.0.0.2"))[0] == b"220"


async def test_nobody_stays_for_ever() -> None:
    async with post_office(None, MailBounds(session=0.05)) as post:
        word, line = await greeting(post)
        assert word == b"220"
        async with asyncio.timeout(DEADLINE):
            assert await line.read() == b""
