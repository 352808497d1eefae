"""Ports: serial devices, TCP, and what else serialx can open. The only module that imports a serial library.

======================  =====================================================================
``/dev/serial/…``       a device file: pyserial where it is installed, else serialx
``socket://host:port``  a TCP server that passes bytes on (ser2net in raw mode, socat)
``simulator://name``    the simulated modem of this package, in this process
``COM3``                Windows: serialx
other schemes           serialx: ``rfc2217://host:port``, ``esphome://…``
======================  =====================================================================
"""

from __future__ import annotations

import asyncio
import errno
import importlib
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from .errors import PortUnavailableError
from .threads import in_own_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

READ_SIZE = 4_096  # bytes a read may return; a burst at 115,200 baud fills 12 in a millisecond
MAX_OUTGOING = 16_384  # bytes that may wait to be written; the longest command is below 400
CONNECT_TIMEOUT = 10.0  # seconds for TCP: three SYN retries
PSEUDO_TERMINALS = range(136, 144)  # their major numbers on Linux (Documentation/admin-guide/devices.txt)


class Transport(Protocol):
    """An open line. Both calls return at once."""

    def write(self, data: bytes, /) -> None:
        """Queue bytes."""

    def close(self) -> None:
        """Let go of the port; the listener's `connection_lost` follows once."""


class ByteListener(Protocol):
    """Gets what a transport reads; an asyncio.Protocol is one."""

    def data_received(self, data: bytes, /) -> None:
        """Bytes came."""

    def connection_lost(self, exc: Exception | None, /) -> None:
        """The line is gone: None after `close`, else why. Called once, as the last call."""


async def open_transport(url: str, *, baudrate: int, listener: ByteListener) -> Transport:
    """Open a port for this program alone.

    Args:
        url: a path or a URL of the table above.
        baudrate: for real UARTs; USB modems do not care.
        listener: called from the running loop.

    Raises:
        PortUnavailableError: its text says why and what to do.
    """
    scheme, separator, _ = url.partition("://")
    opener = _OPENERS.get(scheme.lower() if separator else "", _open_with_serialx)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            return await opener(url, baudrate, listener)
    except PortUnavailableError:
        raise
    except TimeoutError as err:
        raise PortUnavailableError(f"{_shown(url)} did not open within {CONNECT_TIMEOUT:g} s") from err
    except (OSError, ValueError) as err:
        raise PortUnavailableError(_explain(_shown(url), err)) from err


def _shown(url: str) -> str:
    """The URL without user, password and query, which may hold keys."""
    if "://" not in url:
        return url
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


_REASONS = {
    errno.ENOENT: "{url} does not exist. Is the modem plugged in, and is this still its name?",
    errno.EACCES: (
        "no permission to open {url}. Add the user this program runs as to the group dialout"
        " (sudo usermod -aG dialout USER) and log in again; in a container, pass the device on"
    ),
    errno.EBUSY: "{url} is in use by another program, for example ModemManager or gammu-smsd",
    errno.ENOTTY: "{url} is not a serial port, or does not take this baud rate",
    errno.EIO: "the device behind {url} does not answer any more. Unplug it and plug it in again",
    errno.ECONNREFUSED: "nothing listens at {url}",
}
_SAME_REASON = {
    errno.EPERM: errno.EACCES,
    errno.EAGAIN: errno.EBUSY,  # somebody else has the lock
    errno.EINVAL: errno.ENOTTY,
    errno.ENXIO: errno.EIO,
    errno.ENODEV: errno.EIO,
    errno.EISDIR: errno.ENOTTY,
}


def _explain(shown: str, err: OSError | ValueError) -> str:
    code = err.errno if isinstance(err, OSError) and err.errno is not None else 0
    reason = _REASONS.get(_SAME_REASON.get(code, code))
    return reason.format(url=shown) if reason else f"{shown} cannot be opened: {err}"


# --- Device files: pyserial for the settings, the loop for the bytes ---


async def _open_device(url: str, baudrate: int, listener: ByteListener) -> Transport:
    loop = asyncio.get_running_loop()
    # In a thread: open() of a port whose device hangs takes seconds, and so may the first import.
    opening = in_own_thread(_open_serial, url, baudrate)
    try:
        # Not asyncio.shield: since 3.14 it complains of an error that comes after a cancellation.
        await asyncio.wait({opening})
    except asyncio.CancelledError:
        opening.add_done_callback(_close_unwanted)
        raise
    try:
        port = opening.result()
    except ModuleNotFoundError:
        return await _open_with_serialx(url, baudrate, listener)
    return DescriptorTransport(loop, port, listener)


def _open_serial(path: str, baudrate: int) -> Any:
    """The port, locked for us. RTS/CTS and DSR/DTR stay off: many modems hang with them."""
    serial = importlib.import_module("serial")
    try:
        port = serial.Serial(path, baudrate, timeout=0, write_timeout=0, exclusive=True)
    except serial.SerialException as err:
        if err.errno is not None:
            raise
        # pyserial drops the number when the settings are refused; the error of termios has it.
        details = getattr(err.__context__, "args", ())
        code = next((detail for detail in details if isinstance(detail, int)), errno.ENOTTY)
        raise OSError(code, os.strerror(code)) from err
    try:
        _set_exclusive(port.fileno(), exclusive=True)
    except OSError:
        port.close()
        raise
    return port


def _set_exclusive(descriptor: int, *, exclusive: bool) -> None:
    """TIOCEXCL: the kernel refuses a second open, also by programs that know nothing of locks.

    Not on a pseudo-terminal, for example one of socat: it forgets the flag only when its other end is closed,
    so that we could not open it again after a crash.
    """
    if os.major(os.fstat(descriptor).st_rdev) in PSEUDO_TERMINALS:
        return
    fcntl, termios = importlib.import_module("fcntl"), importlib.import_module("termios")
    fcntl.ioctl(descriptor, termios.TIOCEXCL if exclusive else termios.TIOCNXCL)


def _close_unwanted(opening: asyncio.Future[Any]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


class DescriptorTransport:
    """A non-blocking file descriptor on the running loop; no thread.

    Args:
        loop: the running loop.
        port: has `fileno` and `close`; owned from now on.
        listener: gets the bytes.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, port: Any, listener: ByteListener) -> None:
        self._loop = loop
        self._port = port
        self._listener = listener
        self._descriptor: int = port.fileno()
        self._outgoing = bytearray()
        self._waits_to_write = False
        self._is_closing = False
        loop.add_reader(self._descriptor, self._read_ready)

    def write(self, data: bytes, /) -> None:
        """Queue bytes; as many as the device takes leave at once."""
        if self._is_closing:
            return
        if len(self._outgoing) + len(data) > MAX_OUTGOING:
            self._shut(OSError(errno.ENOBUFS, "the modem takes no more bytes"))
            return
        self._outgoing += data
        if not self._waits_to_write:
            self._write_ready()

    def close(self) -> None:
        """Let go of the port."""
        self._shut(None)

    def _read_ready(self) -> None:
        try:
            data = os.read(self._descriptor, READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as err:
            self._shut(err)
            return
        if data:
            self._listener.data_received(data)
        else:  # a terminal that hung up reads as empty
            self._shut(OSError(errno.EIO, "unplugged, or taken over by another program"))

    def _write_ready(self) -> None:
        try:
            written = os.write(self._descriptor, self._outgoing)
        except (BlockingIOError, InterruptedError):
            written = 0
        except OSError as err:
            self._shut(err)
            return
        del self._outgoing[:written]
        self._watch_writable(wanted=bool(self._outgoing))

    def _watch_writable(self, *, wanted: bool) -> None:
        if wanted and not self._waits_to_write:
            self._loop.add_writer(self._descriptor, self._write_ready)
        elif not wanted and self._waits_to_write:
            self._loop.remove_writer(self._descriptor)
        self._waits_to_write = wanted

    def _shut(self, reason: Exception | None) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        self._loop.remove_reader(self._descriptor)
        self._watch_writable(wanted=False)
        # In a thread: close() waits up to 30 s for bytes that a dead device does not take.
        closing = in_own_thread(self._release)
        closing.add_done_callback(lambda _: self._listener.connection_lost(reason))

    def _release(self) -> None:
        try:
            _set_exclusive(self._descriptor, exclusive=False)
        except OSError:
            pass  # the device is gone, and the flag with it
        finally:
            self._port.close()


# --- Everything that comes with a transport of its own ---


@dataclass(slots=True)
class _Adapter(asyncio.Protocol):
    """Hands on what a stream transport reads; an end of file is a loss too."""

    listener: ByteListener
    is_closing: bool = False

    def data_received(self, data: bytes) -> None:
        self.listener.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and not self.is_closing:
            exc = ConnectionResetError(errno.ECONNRESET, "closed by the other side")
        self.listener.connection_lost(exc)


class StreamTransport:
    """A stream transport that never queues without bound."""

    def __init__(self, stream: asyncio.WriteTransport, adapter: _Adapter) -> None:
        self._stream = stream
        self._adapter = adapter

    def write(self, data: bytes, /) -> None:
        """Queue bytes."""
        if self._stream.get_write_buffer_size() + len(data) > MAX_OUTGOING:
            self._stream.abort()
        elif not self._stream.is_closing():
            self._stream.write(data)

    def close(self) -> None:
        """Let go of the port."""
        self._adapter.is_closing = True
        self._stream.close()


async def _open_socket(url: str, _baudrate: int, listener: ByteListener) -> Transport:
    parts = urlsplit(url)
    if not parts.hostname or parts.port is None:
        raise PortUnavailableError(f"{_shown(url)} is no address: write socket://HOST:PORT")
    loop = asyncio.get_running_loop()
    adapter = _Adapter(listener)
    stream, _ = await loop.create_connection(lambda: adapter, parts.hostname, parts.port)
    # A serial server that loses power says nothing; keep-alive notices within the system's limits.
    stream.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return StreamTransport(stream, adapter)


async def _open_simulator(url: str, _baudrate: int, listener: ByteListener) -> Transport:
    open_port = await in_own_thread(_load_simulator)
    adapter = _Adapter(listener)
    return StreamTransport(open_port(url.partition("://")[2].strip("/"), adapter), adapter)


def _load_simulator() -> Callable[[str, asyncio.Protocol], asyncio.WriteTransport]:
    from gsm_driver.simulator import open_memory_port  # noqa: PLC0415 - only who asks for it loads the simulator

    return open_memory_port


async def _open_with_serialx(url: str, baudrate: int, listener: ByteListener) -> Transport:
    loop = asyncio.get_running_loop()
    serialx = await in_own_thread(_load_serialx, _shown(url))
    adapter = _Adapter(listener)
    try:
        stream, _ = await serialx.create_serial_connection(
            loop, lambda: adapter, url, baudrate=baudrate, exclusive=True
        )
    except (serialx.SerialException, ImportError) as err:  # neither is an OSError
        raise PortUnavailableError(f"{_shown(url)} cannot be opened: {err}") from err
    return StreamTransport(stream, adapter)


def _load_serialx(shown: str) -> ModuleType:
    try:
        return importlib.import_module("serialx")
    except ModuleNotFoundError as err:
        raise PortUnavailableError(
            f"{shown} needs the package serialx (pip install serialx); for a device file pyserial will do"
        ) from err


_OPENERS = {
    "": _open_with_serialx if os.name == "nt" else _open_device,
    "socket": _open_socket,
    "simulator": _open_simulator,
}
