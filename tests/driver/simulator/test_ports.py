"""The three ends of the line: in this process, as a pseudo-terminal, by TCP."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import termios
from typing import TYPE_CHECKING

import pytest

from gsm_driver.simulator import (
    LoopScheduler,
    SimCard,
    Simulator,
    Unplug,
    close_simulators,
    create_simulator,
    find_simulator,
    open_memory_port,
    register_simulator,
    run_pty,
    run_tcp,
)
from gsm_driver.simulator.pty_port import MAX_UNREAD
from tests import virtual_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

OK = b"\r\nOK\r\n"


class Recorder(asyncio.Protocol):
    """A host that writes down what happens to it."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.story: list[str] = []
        self.error: Exception | None = None
        self.changed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.story.append("made")

    def data_received(self, data: bytes) -> None:
        self.heard += data
        self.changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.story.append("lost")
        self.error = exc
        self.changed.set()

    async def until(self, ending: bytes) -> bytes:
        while not self.heard.endswith(ending):
            self.changed.clear()
            await self.changed.wait()
        return bytes(self.heard)


class TestMemory:
    @virtual_time.story
    async def test_a_name_that_nobody_made_gets_a_modem_for_which_every_number_is_a_phone(self) -> None:
        host = Recorder()
        transport = open_memory_port("", host)
        assert host.story == ["made"]
        transport.write(b"ATE0\r")
        assert host.heard == b""  # bytes come through the loop, never from within write
        await host.until(OK)
        transport.write(b"AT+CMGS=17\r")
        await host.until(b"> ")
        transport.writelines([b"0001000B914316565811F9000004", b"E8373B0C\x1a"])
        await host.until(OK)
        simulator = find_simulator("")
        assert simulator is transport.get_extra_info("simulator")
        assert simulator.network.phone("+34616585119").texts == ["hola"]

    @virtual_time.story
    async def test_one_host_at_a_time(self) -> None:
        transport = open_memory_port("modem0", Recorder())
        with pytest.raises(OSError, match="open already") as caught:
            open_memory_port("modem0", Recorder())
        assert caught.value.errno == errno.EBUSY
        transport.close()
        open_memory_port("modem0", Recorder()).abort()

    @virtual_time.story
    async def test_close_ends_once_and_without_an_error(self) -> None:
        host = Recorder()
        transport = open_memory_port("modem0", host)
        transport.write(b"AT\r")
        transport.close()
        transport.close()
        transport.write(b"AT\r")
        assert transport.is_closing()
        assert not transport.is_reading()
        await host.changed.wait()
        assert (host.story, host.error, bytes(host.heard)) == (["made", "lost"], None, b"")

    @virtual_time.story
    async def test_unplugged_it_is_gone_and_comes_back_under_another_name(self) -> None:
        simulator = register_simulator(Simulator(LoopScheduler(), name="ttyUSB2"))
        host = Recorder()
        open_memory_port("ttyUSB2", host)
        simulator.unplug(seconds=3, returns_as="ttyUSB3")
        await host.changed.wait()
        assert isinstance(host.error, OSError)
        with pytest.raises(FileNotFoundError):
            open_memory_port("ttyUSB2", Recorder())
        await asyncio.sleep(3)
        with pytest.raises(FileNotFoundError):
            open_memory_port("ttyUSB2", Recorder())
        again = Recorder()
        open_memory_port("ttyUSB3", again)
        assert await again.until(b"RDY\r\n") == b"\r\nRDY\r\n"
        assert find_simulator("ttyUSB2") is simulator

    @virtual_time.story
    async def test_another_open_port_stays_when_a_second_modem_takes_over_the_name(self) -> None:
        first = create_simulator("ttyUSB0")
        second = create_simulator("ttyUSB1")
        first.unplug()
        second.modem.on_unplug(Unplug())
        second.plug_in("ttyUSB0")
        assert find_simulator("ttyUSB0") is second
        assert find_simulator("ttyUSB9") is None

    @virtual_time.story
    async def test_reading_can_be_paused(self) -> None:
        host = Recorder()
        transport = open_memory_port("modem0", host)
        transport.pause_reading()
        transport.pause_reading()
        transport.write(b"ATE0\r")
        await asyncio.sleep(1)
        assert host.heard == b""
        transport.resume_reading()
        assert transport.is_reading()
        assert await host.until(OK) == b"ATE0\r" + OK

    @virtual_time.story
    async def test_it_is_an_asyncio_transport(self) -> None:
        host = Recorder()
        transport = open_memory_port("modem0", host)
        assert transport.get_protocol() is host
        assert transport.get_write_buffer_size() == 0
        assert not transport.can_write_eof()
        transport.port_back("modem1")
        assert host.story == ["made"]

    @virtual_time.story
    async def test_closed_simulators_leave_nothing_behind(self) -> None:
        host = Recorder()
        simulator = create_simulator("modem0")
        open_memory_port("modem0", host)
        simulator.modem.lose_registration(60)
        simulator.network.deliver_sms("+436641234567", "waits")
        await asyncio.sleep(1)
        close_simulators()
        await host.changed.wait()
        assert host.story == ["made", "lost"]
        assert simulator.scheduler.is_idle
        assert find_simulator("modem0") is None

    def test_two_loops_never_share_a_modem(self) -> None:
        async def send_pin() -> str:
            create_simulator("shared").modem.sim = SimCard(pin="1234")
            simulator = find_simulator("shared")
            assert simulator is not None
            return simulator.modem.sim.state.value

        async def look() -> Simulator | None:
            return find_simulator("shared")

        assert virtual_time.run(send_pin()) == "SIM PIN"
        assert virtual_time.run(look()) is None


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """In real time: what is outside of the loop does not wait for a virtual one."""
    simulator = Simulator(LoopScheduler())
    yield simulator
    simulator.close()


def _has_ended(descriptor: int) -> bool:
    """A pseudo-terminal whose other side is closed gives end of file or EIO."""
    try:
        return os.read(descriptor, 1) == b""
    except OSError as error:
        return error.errno == errno.EIO


async def _read_until(descriptor: int, ending: bytes) -> bytes:
    """Read a pseudo-terminal as another program would, while the loop runs."""
    loop = asyncio.get_running_loop()
    heard = b""
    while not heard.endswith(ending):
        heard += await loop.run_in_executor(None, os.read, descriptor, 4096)
    return heard


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
class TestPty:
    async def test_another_program_opens_it_like_a_serial_port(
        self, simulator: Simulator, tmp_path: Path
    ) -> None:
        link = tmp_path / "modem"
        async with run_pty(simulator, link) as port:
            assert port.path == link
            assert simulator.name == "modem"
            host = os.open(link, os.O_RDWR | os.O_NOCTTY)
            os.write(host, b"AT\r")
            assert await _read_until(host, OK) == b"AT\r" + OK  # raw: neither ECHO nor ICRNL
            os.close(host)
            host = os.open(link, os.O_RDWR | os.O_NOCTTY)
            os.write(host, b"ATE0\r")
            assert await _read_until(host, OK) == b"ATE0\r" + OK
            os.close(host)
        assert not link.is_symlink()

    async def test_without_a_link_its_path_is_the_pseudo_terminal(self, simulator: Simulator) -> None:
        async with run_pty(simulator) as port:
            host = os.open(port.path, os.O_RDWR | os.O_NOCTTY)
            assert not termios.tcgetattr(host)[3] & (termios.ECHO | termios.ICANON)
            os.close(host)
            port.close()

    async def test_a_file_of_somebody_else_is_not_replaced(
        self, simulator: Simulator, tmp_path: Path
    ) -> None:
        (tmp_path / "ttyUSB0").write_text("precious", encoding="ascii")
        with pytest.raises(FileExistsError):
            run_pty(simulator, tmp_path / "ttyUSB0")
        (tmp_path / "stale").symlink_to("/dev/null")
        async with run_pty(simulator, tmp_path / "stale") as port:
            assert port.path.resolve() != tmp_path / "stale"

    async def test_unplugged_it_ends_and_returns_under_the_new_name(
        self, simulator: Simulator, tmp_path: Path
    ) -> None:
        async with run_pty(simulator, tmp_path / "ttyUSB2") as port:
            host = os.open(port.path, os.O_RDWR | os.O_NOCTTY)
            simulator.unplug(returns_as="ttyUSB3")
            assert _has_ended(host)
            os.close(host)
            assert not (tmp_path / "ttyUSB2").is_symlink()
            port.data_from_modem(b"lost")
            port.port_gone()
            simulator.plug_in()
            assert port.path == tmp_path / "ttyUSB3"
            host = os.open(tmp_path / "ttyUSB3", os.O_RDWR | os.O_NOCTTY)
            assert await _read_until(host, b"RDY\r\n") == b"\r\nRDY\r\n"
            os.close(host)

    async def test_a_host_that_does_not_read_cannot_fill_the_memory(self, simulator: Simulator) -> None:
        async with run_pty(simulator) as port:
            for _ in range(50):
                port.data_from_modem(b"x" * 10_000)
            assert len(port._unread) <= MAX_UNREAD
            host = os.open(port.path, os.O_RDWR | os.O_NOCTTY)
            heard = 0
            while heard < MAX_UNREAD:
                heard += len(await _read_until(host, b"x"))
            os.close(host)


class TestTcp:
    async def test_a_host_comes_writes_and_leaves(self, simulator: Simulator) -> None:
        async with await run_tcp(simulator) as port:
            for _ in range(2):
                reader, writer = await asyncio.open_connection("127.0.0.1", port.port)
                writer.write(b"ATZ\r")
                assert await reader.readuntil(b"OK\r\n") == b"ATZ\r" + OK
                writer.close()
                await writer.wait_closed()
            simulator.modem.announce("RING")  # nobody is there: it is lost

    async def test_a_second_host_is_turned_away(self, simulator: Simulator) -> None:
        async with await run_tcp(simulator) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port.port)
            writer.write(b"AT\r")
            await reader.readuntil(b"OK\r\n")
            assert await _is_turned_away(port.port)
            writer.close()

    async def test_unplugged_hosts_are_dropped_until_it_is_back(self, simulator: Simulator) -> None:
        async with await run_tcp(simulator) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port.port)
            writer.write(b"AT\r")
            await reader.readuntil(b"OK\r\n")
            simulator.unplug()
            assert await reader.read() == b""
            assert await _is_turned_away(port.port)
            simulator.plug_in()
            reader, writer = await asyncio.open_connection("127.0.0.1", port.port)
            assert await reader.readuntil(b"RDY\r\n") == b"\r\nRDY\r\n"
            writer.close()
            await port.close()
            await port.close()


async def _is_turned_away(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        heard = await reader.read()
    except ConnectionResetError:
        return True
    writer.close()
    return heard == b""
