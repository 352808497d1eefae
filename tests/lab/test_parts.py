"""The parts that take things away: what they do is what they say."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from alert_engine.config.document import gateway_settings_from
from lab.ledger import Ledger
from lab.parts.clocks import a_wall_clock
from lab.parts.disks import MountError, a_disk
from lab.parts.providers import Answer, Provider, a_provider
from lab.parts.proxy import Proxy, Toxics, a_proxy
from scripts.lib.build_release import release_files
from tests.engine.brokers import allow_sockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ANNA = "+436641111111"
LIMIT = 20.0  # seconds for anything here; it takes milliseconds


@asynccontextmanager
async def an_echo() -> AsyncIterator[Proxy]:
    """A proxy to a server that says everything again."""
    allow_sockets()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, a_proxy(server.sockets[0].getsockname()[1]) as proxy, asyncio.timeout(LIMIT):
        yield proxy


class TestProxy:
    async def test_clean(self) -> None:
        async with an_echo() as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            writer.close()

    async def test_slices_and_latency(self) -> None:
        async with an_echo() as proxy:
            proxy.down = Toxics(slice_size=1, latency=0.01)
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            began = asyncio.get_running_loop().time()
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            assert asyncio.get_running_loop().time() - began >= 0.05
            writer.close()

    async def test_cut(self) -> None:
        async with an_echo() as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"hello")
            await reader.readexactly(5)
            proxy.cut()
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(1)
            writer.close()

    async def test_reset_after_so_many_octets(self) -> None:
        async with an_echo() as proxy:
            proxy.up = Toxics(slice_size=1, reset_after=3)
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"hello")
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(5)
            writer.close()

    async def test_swallowed(self) -> None:
        async with an_echo() as proxy:
            proxy.up = Toxics(swallow=True)
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"hello")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await reader.readexactly(1)
            writer.close()

    async def test_refused_and_back(self) -> None:
        async with an_echo() as proxy:
            proxy.refuse()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", proxy.port)
            await proxy.accept()
            _, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.close()


class TestProvider:
    async def post(self, provider: Provider) -> int:
        body = {"to": ANNA, "text": "Pump off", "uid": "u-1"}
        url = f"http://127.0.0.1:{provider.port}/messages"
        async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
            return response.status

    async def test_what_it_takes_is_received(self) -> None:
        allow_sockets()
        books = Ledger()
        books.accept("raise-1", "Pump", ANNA)
        async with a_provider(books) as provider:
            assert await self.post(provider) == 200
        assert books.findings().is_clean
        assert provider.states == {"m-1": "delivered"}

    async def test_what_it_refuses_is_not(self) -> None:
        allow_sockets()
        books = Ledger()
        async with a_provider(books) as provider:
            provider.behaves = lambda _: Answer(status=503, delivers=False)
            assert await self.post(provider) == 503
        assert (books.pieces, len(provider.asked)) == ([], 1)

    async def test_it_may_deliver_and_hang_up(self) -> None:
        allow_sockets()
        books = Ledger()
        async with a_provider(books) as provider:
            provider.behaves = lambda _: Answer(drops=True)
            with pytest.raises(aiohttp.ClientError):
                await self.post(provider)
        assert len(books.pieces) == 1

    def test_the_gateway_takes_its_section(self, tmp_path: Path) -> None:
        provider = Provider(ledger=Ledger(), port=8080)
        document = {
            "gateway": "home",
            "journal": "journal.db",
            "mqtt": {"host": "127.0.0.1"},
            "providers": [provider.section()],
            "people": [{"id": "anna", "name": "Anna", "phone": ANNA}],
        }
        settings = gateway_settings_from(document, folder=tmp_path)
        assert [each.name for each in settings.providers] == ["provider"]


def test_a_disk_is_full_and_has_room_again(tmp_path: Path) -> None:
    try:
        with a_disk(tmp_path / "disk", 64 * 1024) as disk:
            disk.fill(leave=4096)
            (disk.place / "last").write_bytes(bytes(4096))
            with pytest.raises(OSError, match="No space left"):
                (disk.place / "more").write_bytes(bytes(8192))
            disk.free()
            (disk.place / "more").write_bytes(bytes(8192))
    except MountError:
        pytest.skip("no file system may be mounted here")
    assert list((tmp_path / "disk").iterdir()) == []


def test_a_wall_clock_is_set_by_its_file(tmp_path: Path) -> None:
    clock = a_wall_clock(tmp_path)
    clock.set(-86400.0)
    assert clock.file.read_text() == "-86400.000\n"


def test_the_laboratory_is_not_in_the_release() -> None:
    assert [path for path in release_files() if "lab" in path.parts or "tests" in path.parts] == []
