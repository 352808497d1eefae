"""Ports on real ptys and sockets."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import socket
import sys
import termios
import threading
from typing import TYPE_CHECKING

import pytest

from gsm_driver import transport as transport_module
from gsm_driver.errors import PortUnavailableError
from gsm_driver.link import Link
from gsm_driver.transport import MAX_OUTGOING, DescriptorTransport, Transport, open_transport
from tests.crowd import crowded_executor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    Opener = Callable[[str, int, "Listener"], Awaitable[Transport]]

SOON = 10.0  # seconds of real time that anything here may take


class Listener:
    """Keeps what a transport says, and fails if its life does not go read, read … lost."""

    def __init__(self) -> None:
        self.received = b""
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self._changed = asyncio.Event()

    def data_received(self, data: bytes, /) -> None:
        assert not self.lost.done()
        assert data
        self.received += data
        self._changed.set()

    def connection_lost(self, exc: Exception | None, /) -> None:
        self.lost.set_result(exc)  # a second call raises

    async def until(self, data: bytes) -> None:
        """Wait until all of this came."""
        async with asyncio.timeout(SOON):
            while len(self.received) < len(data):
                self._changed.clear()
                await self._changed.wait()
        assert self.received == data

    async def until_lost(self) -> Exception | None:
        async with asyncio.timeout(SOON):
            return await self.lost


class Pty:
    """A serial device: `path`; the modem is at the other end."""

    def __init__(self) -> None:
        self.modem, self._device = os.openpty()
        attributes = termios.tcgetattr(self._device)
        attributes[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(self._device, termios.TCSANOW, attributes)
        self.path = os.ttyname(self._device)

    async def read(self, count: int) -> bytes:
        """What the program wrote."""
        loop = asyncio.get_running_loop()
        data = b""
        async with asyncio.timeout(SOON):
            while len(data) < count:
                data += await loop.run_in_executor(None, os.read, self.modem, count - len(data))
        return data

    def unplug(self) -> None:
        """The device vanishes while it is open."""
        for descriptor in (self._device, self.modem):
            if descriptor >= 0:
                os.close(descriptor)
        self._device = self.modem = -1


@pytest.fixture
def pty() -> Iterator[Pty]:
    device = Pty()
    yield device
    device.unplug()


@pytest.fixture(params=["pyserial", "serialx"])
def open_device(request: pytest.FixtureRequest) -> Opener:
    """Each library that can open a device file."""
    module = {"pyserial": "serial", "serialx": "serialx"}[request.param]
    pytest.importorskip(module, reason=f"{request.param} is not installed")

    async def opener(path: str, baudrate: int, listener: Listener) -> Transport:
        if request.param == "serialx":
            return await transport_module._open_with_serialx(path, baudrate, listener)
        return await open_transport(path, baudrate=baudrate, listener=listener)

    return opener


@pytest.fixture
def loopback(request: pytest.FixtureRequest) -> str:
    """Sockets of this machine, also where a plugin forbids them."""
    if request.config.pluginmanager.hasplugin("socket"):
        request.getfixturevalue("socket_enabled")
    return "127.0.0.1"


# --- Device files ---


async def test_an_executor_that_others_have_filled_keeps_no_port_shut(pty: Pty) -> None:
    with crowded_executor():
        async with asyncio.timeout(SOON):
            port = await open_transport(pty.path, baudrate=115200, listener=(listener := Listener()))
        port.close()
        assert await listener.until_lost() is None


async def test_bytes_go_both_ways(open_device: Opener, pty: Pty) -> None:
    listener = Listener()
    transport = await open_device(pty.path, 115_200, listener)
    transport.write(b"AT\r")
    assert await pty.read(3) == b"AT\r"
    os.write(pty.modem, b"\r\nOK\r\n")
    await listener.until(b"\r\nOK\r\n")
    transport.close()
    assert await listener.until_lost() is None


async def test_bytes_are_not_changed_on_the_way(open_device: Opener, pty: Pty) -> None:
    """Raw mode: no echo, no CR LF conversion, no XON/XOFF, no signals by Ctrl-C and Ctrl-Z."""
    listener = Listener()
    transport = await open_device(pty.path, 115_200, listener)
    everything = bytes(range(256))
    transport.write(everything)
    assert await pty.read(256) == everything
    os.write(pty.modem, everything)
    await listener.until(everything)
    transport.close()
    await listener.until_lost()


async def test_an_unplugged_device_is_noticed(open_device: Opener, pty: Pty) -> None:
    listener = Listener()
    transport = await open_device(pty.path, 115_200, listener)
    pty.unplug()
    assert isinstance(await listener.until_lost(), OSError)
    transport.write(b"AT\r")
    transport.close()


async def test_closing_twice_is_closing_once(open_device: Opener, pty: Pty) -> None:
    listener = Listener()
    transport = await open_device(pty.path, 115_200, listener)
    transport.close()
    transport.close()
    await listener.until_lost()
    transport.write(b"AT\r")


async def test_a_second_open_is_refused(open_device: Opener, pty: Pty) -> None:
    listener = Listener()
    transport = await open_device(pty.path, 115_200, listener)
    with pytest.raises(PortUnavailableError, match="in use by another program"):
        await open_transport(pty.path, baudrate=115_200, listener=Listener())
    transport.close()
    await listener.until_lost()


async def test_a_closed_port_can_be_opened_again(open_device: Opener, pty: Pty) -> None:
    for _ in range(2):
        listener = Listener()
        transport = await open_device(pty.path, 115_200, listener)
        transport.close()
        await listener.until_lost()


def is_exclusive(pty: Pty) -> bool:
    if sys.platform != "linux":
        pytest.skip("the flag can be asked for on Linux only")
    answer = fcntl.ioctl(pty._device, 0x80045440, b"\0\0\0\0")  # TIOCGEXCL
    return bool(int.from_bytes(answer, sys.byteorder))


async def test_the_kernel_keeps_others_away(pty: Pty, monkeypatch: pytest.MonkeyPatch) -> None:
    """TIOCEXCL is set while a port is open, and not after. A pty stands for a serial port here."""
    pytest.importorskip("serial")
    monkeypatch.setattr(transport_module, "PSEUDO_TERMINALS", ())
    listener = Listener()
    transport = await open_transport(pty.path, baudrate=115_200, listener=listener)
    states = [is_exclusive(pty)]
    transport.close()
    await listener.until_lost()
    states.append(is_exclusive(pty))
    assert states == [True, False]


async def test_a_pseudo_terminal_is_not_locked_for_good(pty: Pty) -> None:
    """It would keep TIOCEXCL if we were killed; the lock of the file goes with us."""
    pytest.importorskip("serial")
    listener = Listener()
    transport = await open_transport(pty.path, baudrate=115_200, listener=listener)
    assert not is_exclusive(pty)
    with pytest.raises(PortUnavailableError, match="in use by another program"):
        await open_transport(pty.path, baudrate=115_200, listener=Listener())
    transport.close()
    await listener.until_lost()


async def test_flow_control_stays_off(open_device: Opener, pty: Pty) -> None:
    """Ports opened with RTS/CTS or DSR/DTR hang with many modems."""
    listener = Listener()
    transport = await open_device(pty.path, 9_600, listener)
    iflag, _, cflag, _, _, speed, _ = termios.tcgetattr(pty._device)
    assert not cflag & termios.CRTSCTS
    assert not iflag & (termios.IXON | termios.IXOFF)
    assert speed == termios.B9600
    transport.close()
    await listener.until_lost()


async def test_without_pyserial_serialx_serves(pty: Pty, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("serialx")
    monkeypatch.setitem(sys.modules, "serial", None)
    listener = Listener()
    transport = await open_transport(pty.path, baudrate=115_200, listener=listener)
    transport.write(b"AT\r")
    assert await pty.read(3) == b"AT\r"
    transport.close()
    await listener.until_lost()


async def test_without_any_library(pty: Pty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "serial", None)
    monkeypatch.setitem(sys.modules, "serialx", None)
    with pytest.raises(PortUnavailableError, match="pip install serialx"):
        await open_transport(pty.path, baudrate=115_200, listener=Listener())


class SlowOpening:
    """In place of open(): cannot be interrupted, and ends when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, error: OSError | None = None) -> None:
        self.may_end = threading.Event()
        self.is_closed = asyncio.Event()
        self._error = error
        self._loop = asyncio.get_running_loop()
        monkeypatch.setattr(transport_module, "_open_serial", self._open)

    def _open(self, path: str, baudrate: int) -> SlowOpening:
        self.may_end.wait(SOON)
        if self._error is not None:
            self._loop.call_soon_threadsafe(self.is_closed.set)
            raise self._error
        return self

    def close(self) -> None:
        self.is_closed.set()


@pytest.mark.parametrize("error", [None, OSError(errno.ENOENT, "gone")])
async def test_an_opening_that_is_cancelled_leaves_no_port_open(
    error: OSError | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a cancelled open() brings later is closed; if it brings an error, nobody hears of it."""
    complaints: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, complaint: complaints.append(complaint))
    slow = SlowOpening(monkeypatch, error=error)
    opening = asyncio.create_task(open_transport("/dev/ttyS9", baudrate=115_200, listener=Listener()))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    slow.may_end.set()
    async with asyncio.timeout(SOON):
        await slow.is_closed.wait()
    await loop.shutdown_default_executor()
    await asyncio.sleep(0)
    assert complaints == []


async def test_a_port_that_does_not_open_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowOpening(monkeypatch)
    monkeypatch.setattr(transport_module, "CONNECT_TIMEOUT", 0.0)
    with pytest.raises(PortUnavailableError, match="did not open within 0 s"):
        await open_transport("/dev/ttyS9", baudrate=115_200, listener=Listener())
    slow.may_end.set()
    async with asyncio.timeout(SOON):
        await slow.is_closed.wait()


async def test_a_port_that_cannot_be_had_alone_is_closed_again(
    pty: Pty, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("serial")

    def refuse(descriptor: int, *, exclusive: bool) -> None:
        raise OSError(errno.EINVAL, "no such request")

    with monkeypatch.context() as patched:
        patched.setattr(transport_module, "_set_exclusive", refuse)
        with pytest.raises(PortUnavailableError):
            await open_transport(pty.path, baudrate=115_200, listener=Listener())
    listener = Listener()
    transport = await open_transport(pty.path, baudrate=115_200, listener=listener)
    transport.close()
    await listener.until_lost()


# --- Errors in words ---


async def test_a_missing_port(tmp_path: Path) -> None:
    with pytest.raises(PortUnavailableError, match="does not exist"):
        await open_transport(str(tmp_path / "ttyUSB9"), baudrate=115_200, listener=Listener())


@pytest.mark.parametrize("name", ["/dev/null", "."])
async def test_no_terminal(name: str) -> None:
    with pytest.raises(PortUnavailableError, match="is not a serial port"):
        await open_transport(name, baudrate=115_200, listener=Listener())


async def test_a_file_is_no_port(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(PortUnavailableError, match="is not a serial port"):
        await open_transport(str(file), baudrate=115_200, listener=Listener())


async def test_a_baud_rate_that_makes_no_sense(pty: Pty) -> None:
    with pytest.raises(PortUnavailableError, match="cannot be opened: Not a valid baudrate"):
        await open_transport(pty.path, baudrate=-1, listener=Listener())


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EACCES, "dialout"),
        (errno.EPERM, "dialout"),
        (errno.EBUSY, "in use by another program"),
        (errno.EAGAIN, "in use by another program"),
        (errno.ENODEV, "plug it in again"),
        (errno.EIO, "plug it in again"),
        (errno.EMFILE, "cannot be opened: .*Too many open files"),
    ],
)
async def test_reasons(code: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, baudrate: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(transport_module, "_open_serial", refuse)
    with pytest.raises(PortUnavailableError, match=words):
        await open_transport("/dev/ttyUSB0", baudrate=115_200, listener=Listener())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("socket://modem.lan", "write socket://HOST:PORT"),
        ("socket://:3000", "write socket://HOST:PORT"),
        ("socket://modem.lan:x", "cannot be opened"),
        ("gopher://modem.lan:70", "No handler registered for URI scheme"),
    ],
)
async def test_urls_that_make_no_sense(url: str, words: str) -> None:
    with pytest.raises(PortUnavailableError, match=words):
        await open_transport(url, baudrate=115_200, listener=Listener())


async def test_secrets_in_a_url_are_not_told() -> None:
    url = "gopher://user:hunter2@modem.lan:70/x?key=c2VjcmV0"
    with pytest.raises(PortUnavailableError) as caught:
        await open_transport(url, baudrate=115_200, listener=Listener())
    assert str(caught.value).startswith("gopher://modem.lan:70/x cannot be opened")
    assert not any(secret in str(caught.value) for secret in ("hunter2", "c2Vj"))


# --- A device that does not take all bytes at once ---


class HalfPort:
    """One end of a socket pair in place of a serial device."""

    def __init__(self, end: socket.socket) -> None:
        end.settimeout(0)
        self._end = end

    def fileno(self) -> int:
        return self._end.fileno()

    def close(self) -> None:
        self._end.close()


@pytest.fixture
def pair() -> Iterator[tuple[HalfPort, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    yield HalfPort(ours), theirs
    theirs.close()
    ours.close()


async def receive(end: socket.socket, count: int) -> bytes:
    """Read so many bytes from the other end."""
    end.settimeout(0)
    data = b""
    async with asyncio.timeout(SOON):
        while len(data) < count:
            data += await asyncio.get_running_loop().sock_recv(end, 1_000)
    return data


async def test_what_does_not_fit_leaves_later_and_in_order(pair: tuple[HalfPort, socket.socket]) -> None:
    port, other = pair
    listener = Listener()
    transport = DescriptorTransport(asyncio.get_running_loop(), port, listener)
    sent = b""
    while not transport._outgoing:
        sent += (chunk := bytes([len(sent) // 500 % 256]) * 500)
        transport.write(chunk)
    for _ in range(10):
        sent += (chunk := b"x" * 500)
        transport.write(chunk)
    assert await receive(other, len(sent)) == sent
    transport.close()
    await listener.until_lost()


async def test_a_modem_that_takes_nothing_is_given_up(pair: tuple[HalfPort, socket.socket]) -> None:
    port, _ = pair
    listener = Listener()
    transport = DescriptorTransport(asyncio.get_running_loop(), port, listener)
    while not transport._is_closing:
        transport.write(b"x" * (MAX_OUTGOING // 8))
    assert str(await listener.until_lost()).endswith("the modem takes no more bytes")


async def test_a_write_to_a_dead_device(pair: tuple[HalfPort, socket.socket]) -> None:
    port, other = pair
    listener = Listener()
    transport = DescriptorTransport(asyncio.get_running_loop(), port, listener)
    other.close()
    transport.write(b"AT\r")
    assert isinstance(await listener.until_lost(), BrokenPipeError)


async def test_a_read_from_a_dead_device(pair: tuple[HalfPort, socket.socket]) -> None:
    port, other = pair
    listener = Listener()
    transport = DescriptorTransport(asyncio.get_running_loop(), port, listener)
    transport.write(b"AT\r")
    other.close()  # with unread bytes: the reader gets an error, not an end
    assert isinstance(await listener.until_lost(), ConnectionResetError)


async def test_a_wakeup_without_bytes_is_nothing(pair: tuple[HalfPort, socket.socket]) -> None:
    port, _ = pair
    listener = Listener()
    transport = DescriptorTransport(asyncio.get_running_loop(), port, listener)
    transport._read_ready()
    assert not transport._is_closing
    transport.close()
    await listener.until_lost()


# --- TCP ---


class Server:
    """Takes one connection at a time."""

    def __init__(self) -> None:
        self.client: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
        self.client = asyncio.get_running_loop().create_future()
        self._server: asyncio.Server

    async def start(self, host: str) -> str:
        self._server = await asyncio.start_server(lambda *ends: self.client.set_result(ends), host, 0)
        return f"socket://{host}:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self._server.close()
        (await self.client)[1].close()


async def test_a_socket(loopback: str) -> None:
    server = Server()
    listener = Listener()
    transport = await open_transport(await server.start(loopback), baudrate=115_200, listener=listener)
    reader, writer = await server.client
    transport.write(b"AT\r")
    assert await reader.readexactly(3) == b"AT\r"
    writer.write(b"\r\nOK\r\n")
    await listener.until(b"\r\nOK\r\n")
    transport.close()
    assert await listener.until_lost() is None
    transport.write(b"AT\r")
    await server.stop()


async def test_a_socket_that_the_other_side_closes(loopback: str) -> None:
    server = Server()
    listener = Listener()
    await open_transport(await server.start(loopback), baudrate=115_200, listener=listener)
    await server.stop()
    assert isinstance(await listener.until_lost(), ConnectionResetError)


async def test_a_socket_whose_other_side_reads_nothing(loopback: str) -> None:
    server = Server()
    listener = Listener()
    transport = await open_transport(await server.start(loopback), baudrate=115_200, listener=listener)
    while not listener.lost.done():
        transport.write(b"x" * (MAX_OUTGOING // 2))
        await asyncio.sleep(0)
    await server.stop()


async def test_nobody_listens(loopback: str) -> None:
    with socket.socket() as taken:
        taken.bind((loopback, 0))
        url = f"socket://{loopback}:{taken.getsockname()[1]}"
        with pytest.raises(PortUnavailableError, match="nothing listens at socket://"):
            await open_transport(url, baudrate=115_200, listener=Listener())


async def test_rfc2217_is_served_by_serialx(loopback: str) -> None:
    pytest.importorskip("serialx")
    with socket.socket() as taken:
        taken.bind((loopback, 0))
        url = f"rfc2217://{loopback}:{taken.getsockname()[1]}"
        with pytest.raises(PortUnavailableError, match="nothing listens at rfc2217://"):
            await open_transport(url, baudrate=115_200, listener=Listener())


# --- Together with a link ---


async def test_a_link_over_a_pty(pty: Pty) -> None:
    pytest.importorskip("serial")
    link = await Link.open(pty.path)
    await link.close()
    assert link.lost.result() == "closed"


async def test_a_link_to_the_simulator() -> None:
    link = await Link.open("simulator://transport-test")
    await link.close()
    assert link.lost.result() == "closed"
