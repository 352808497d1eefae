"""One request, one answer: whatever the settings, the other side and the way between make of it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import tracemalloc
import zlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from alert_engine.routes.making import open_session
from alert_engine.routes.provider_exchange import Exchange, NoAnswerError, NotSentError
from alert_engine.routes.providers.exchange import MAX_RESPONSE, ProviderRequest
from tests.engine import listening
from tests.engine.brokers import allow_sockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from alert_engine.routes.providers.exchange import ProviderResponse

    Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]

IMPATIENCE = 0.4  # seconds for an answer that never comes
PATIENCE = 20.0
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Server:
    """Octets on a socket: it keeps the head of each request, and answers as the test says."""

    answering: Answering
    tls: ssl.SSLContext | None = None
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    is_left: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                self.is_asked.set()
                await self.answering(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.is_left.set()
        finally:
            writer.close()


@asynccontextmanager
async def a_server(answering: Answering, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    allow_sockets()
    server = Server(answering)
    mine = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = mine.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        await listening.end(mine)


def saying(octets: bytes) -> Answering:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(octets)
        await writer.drain()

    return answer


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def never(_writer: asyncio.StreamWriter) -> None:
    """The reader waits for a second request, which does not come."""


async def endless(writer: asyncio.StreamWriter) -> None:
    """A body that has no end."""
    writer.write(b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1000\r\n" + bytes(0x1000) + b"\r\n")
        await writer.drain()


async def asked(url: str, *, total: float = PATIENCE, **fields: object) -> ProviderResponse:
    allow_sockets()
    request = ProviderRequest(**{"method": "POST", "url": url, "body": b"x", **fields})  # type: ignore[arg-type]  # a table of a test
    async with open_session() as session:
        return await Exchange(session, total=total).ask(request)


async def answered(answering: Answering, *, total: float = PATIENCE, **fields: object) -> ProviderResponse:
    async with a_server(answering) as server:
        return await asked(f"http://127.0.0.1:{server.port}/", total=total, **fields)


# --- what does not leave ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/sms",
        "https:///sms",
        "https://example.org:99999/",
        "https://example.org:-1/",
        "https://example.org:port/",
        "https://[::1/",
        "https://[zz]/",
        "https://exa mple.org/",
        "http://\ud800/",
        "ftp://example.org/",
        "mailto:x",
        "https://127.0.0.1:1/a\r\nX-Admin: 1",
        "https://127.0.0.1:1/a\x00",
    ],
)
async def test_what_is_no_address_is_told_in_words(url: str) -> None:
    with pytest.raises(NotSentError, match="is no URL"):
        await asked(url)


@pytest.mark.parametrize("method", ["GE T", "GET\n", "", "\ud800", "get"])
async def test_what_is_no_method_does_not_leave(method: str) -> None:
    with pytest.raises(NotSentError, match="settings"):
        await asked("https://127.0.0.1:1/", method=method)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer 5ecret\n"),
        ("Authorization", "x\r\nX-Admin: 1"),
        ("Authorization", "\x00"),
        ("Authorization", "\ud800"),
        ("X\nY", "x"),
        ("X Y", "x"),
        ("", "x"),
    ],
)
async def test_a_line_break_in_a_token_is_told_without_the_token(name: str, value: str) -> None:
    async with a_server(saying(GOOD)) as server:
        with pytest.raises(NotSentError, match="line break") as refused:
            await asked(f"http://127.0.0.1:{server.port}/", headers={name: value})
        assert server.heads == []
    assert "5ecret" not in str(refused.value)


async def test_other_letters_and_tabs_are_fine_in_a_header() -> None:
    assert (await answered(saying(GOOD), headers={"X-Name": "Müller\tAG"})).body == b"ok"


@pytest.mark.parametrize("host", ["nobody.invalid", "a..b", "a" * 70 + ".invalid"])
async def test_a_name_that_nobody_has(host: str) -> None:
    with pytest.raises(NotSentError, match="name cannot be looked up"):
        await asked(f"https://{host}/")


async def test_nobody_listens() -> None:
    with pytest.raises(NotSentError, match="cannot be reached"):
        await asked("http://127.0.0.1:1/")


# --- encryption ---------------------------------------------------------------------------------------------


async def test_a_plain_server_where_an_encrypted_one_should_be() -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org\r\n")
        writer.close()

    allow_sockets()
    mine = await asyncio.start_server(greet, "127.0.0.1", 0)
    with pytest.raises(NotSentError, match="no encrypted connection"):
        await asked(f"https://127.0.0.1:{mine.sockets[0].getsockname()[1]}/")
    await listening.end(mine)


@pytest.fixture
def unknown(tmp_path: Path) -> ssl.SSLContext:
    """A certificate that signs itself."""
    certificate, key = str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x"
    files = ["-keyout", key, "-out", certificate]
    subprocess.run([*command.split(), *files], check=True, capture_output=True, timeout=60)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_certificate_that_nobody_knows(unknown: ssl.SSLContext) -> None:
    async with a_server(saying(GOOD), unknown) as server:
        with pytest.raises(NotSentError, match="certificate is not valid"):
            await asked(f"https://127.0.0.1:{server.port}/")
        assert server.heads == []


# --- what leaves once, and its answer -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_request_leaves_once_though_the_connection_breaks(method: str) -> None:
    """aiohttp would send a GET twice, and some providers take messages by GET."""
    async with a_server(hang_up) as server:
        with pytest.raises(NoAnswerError, match="broke"):
            await asked(f"http://127.0.0.1:{server.port}/", method=method, body=b"")
        assert len(server.heads) == 1


async def test_no_connection_is_used_twice() -> None:
    """The other side may just have closed it: then nobody knows whether a message arrived."""
    allow_sockets()
    async with a_server(saying(GOOD)) as server, open_session() as session:
        exchange = Exchange(session)
        for _ in range(3):
            await exchange.ask(ProviderRequest(method="GET", url=f"http://127.0.0.1:{server.port}/"))
        assert server.connections == 3


async def test_a_proxy_of_the_environment_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_server(hang_up) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert (await answered(saying(GOOD))).status == 200
        assert proxy.heads == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_the_answer(status: int) -> None:
    async with a_server(saying(GOOD)) as elsewhere:
        place = f"http://127.0.0.1:{elsewhere.port}/"
        head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"
        response = await answered(saying(head.encode()), headers={"Authorization": "Bearer 5ecret"})
        assert (response.status, response.header("location")) == (status, place)
        assert elsewhere.heads == []


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["nothing", "another protocol", "half a head", "a huge head", "a length below nothing"],
)
async def test_an_answer_without_a_head_is_none(octets: bytes) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(octets)
        writer.close()

    with pytest.raises(NoAnswerError, match="broke"):
        await answered(answer)


async def test_silence_is_no_answer() -> None:
    with pytest.raises(NoAnswerError, match="within 0 s"):
        await answered(never, total=IMPATIENCE)


async def test_half_an_answer_for_ever_is_no_answer() -> None:
    with pytest.raises(NoAnswerError, match="within 0 s"):
        await answered(saying(b"HTTP/1.1 200 OK\r\nX-"), total=IMPATIENCE)


@pytest.mark.parametrize(
    "octets",
    [
        b"HTTP/1.1 202 OK\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 202 OK\r\nContent-Length: 4\r\nContent-Encoding: gzip\r\n\r\nhalf",
    ],
)
async def test_the_status_counts_whatever_becomes_of_the_body(octets: bytes) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(octets)
        writer.close()

    response = await answered(answer)
    assert (response.status, response.is_cut) == (202, True)


async def test_a_body_that_waits_for_ever_is_cut_in_time() -> None:
    octets = b"HTTP/1.1 202 OK\r\nContent-Length: 9\r\n\r\nhalf"
    response = await answered(saying(octets), total=IMPATIENCE)
    assert (response.status, response.body, response.is_cut) == (202, b"half", True)


async def test_an_endless_body_is_cut() -> None:
    response = await answered(endless)
    assert (response.status, len(response.body), response.is_cut) == (202, MAX_RESPONSE, True)


@pytest.mark.parametrize(("size", "is_cut"), [(MAX_RESPONSE, False), (MAX_RESPONSE + 1, True)])
async def test_the_longest_body(size: int, *, is_cut: bool) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode()
    response = await answered(saying(head + b"x" * size))
    assert (len(response.body), response.is_cut) == (MAX_RESPONSE, is_cut)


async def test_a_small_body_that_unpacks_to_a_huge_one_is_cut_early() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    tracemalloc.start()
    response = await answered(saying(head + bomb))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(response.body), response.is_cut) == (MAX_RESPONSE, True)
    assert most < 16 * MAX_RESPONSE


@pytest.mark.parametrize("answering", [never, saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")])
async def test_a_request_that_is_cancelled_leaves_nothing_behind(answering: Answering) -> None:
    async with a_server(answering) as server:
        others = asyncio.all_tasks()
        asking = asyncio.create_task(asked(f"http://127.0.0.1:{server.port}/"))
        await asyncio.wait_for(server.is_asked.wait(), PATIENCE)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(server.is_left.wait(), PATIENCE)
        left = asyncio.all_tasks() - others
        assert all("serve" in str(task.get_coro()) for task in left)


async def test_a_request_that_is_cancelled_while_it_connects_leaves_nothing_behind() -> None:
    allow_sockets()
    with socket.create_server(("127.0.0.1", 0), backlog=1) as deaf:
        others = asyncio.all_tasks()
        asking = asyncio.create_task(asked(f"https://127.0.0.1:{deaf.getsockname()[1]}/"))
        for _ in range(20):
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert asyncio.all_tasks() == others
