"""Gives a paho client the running event loop's reader, writer and timer."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any

from paho.mqtt.enums import MQTTErrorCode

if TYPE_CHECKING:
    import paho.mqtt.client as paho

    from .paho_client import PahoClient

_TICK = 1.0  # seconds between paho's looks at its keepalive
_READS_AT_ONCE = 100  # packets per turn of the loop, so that a flood cannot stop everything else


class PahoLoop:
    """Reads, writes and looks after one client, from `attach` to `detach` or until its socket closes."""

    def __init__(self, client: PahoClient) -> None:
        self._loop = asyncio.get_running_loop()
        self._client = client
        self._sock: Any = None  # what the loop watches
        self._tick: asyncio.TimerHandle | None = None
        self.is_paused = False  # nothing is read: the broker's own buffers fill, and it waits
        client.on_socket_close = self._socket_closes
        client.on_socket_register_write = self._watch_write
        client.on_socket_unregister_write = self._unwatch_write

    def attach(self) -> bool:
        """Begin to watch the socket; False if it is closed already."""
        self._sock = self._client.socket()
        if self._sock is None:
            return False
        self._loop.add_reader(self._sock, self._readable)
        if self._client.want_write():
            self._loop.add_writer(self._sock, self._client.loop_write)
        self._tick = self._loop.call_later(_TICK, self._look_after)
        return True

    def detach(self) -> None:
        """Watch no more."""
        if self._tick is not None:
            self._tick.cancel()
        if self._sock is not None:
            self._loop.remove_reader(self._sock)
            self._loop.remove_writer(self._sock)
            self._sock = None

    def pause_reading(self) -> None:
        """Read no more for now: TCP tells the broker to wait."""
        self.is_paused = True
        if self._sock is not None:
            self._loop.remove_reader(self._sock)

    def resume_reading(self) -> None:
        """Read again, also what TLS has read already."""
        if self.is_paused and self._sock is not None:
            self._loop.add_reader(self._sock, self._readable)
            self._loop.call_soon(self._read_on)
        self.is_paused = False

    def _readable(self) -> None:
        for _ in range(_READS_AT_ONCE):
            if self._client.loop_read() is not MQTTErrorCode.MQTT_ERR_SUCCESS or not self._tls_holds_bytes():
                return
            if self.is_paused:
                return
        self._loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        """What TLS holds no selector sees; meanwhile the line may be gone, or nothing be wanted."""
        if self._tls_holds_bytes() and not self.is_paused:
            self._readable()

    def _tls_holds_bytes(self) -> bool:
        """TLS may have read more than it gave us; the selector does not see that."""
        return isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0

    def _look_after(self) -> None:
        self._tick = self._loop.call_later(_TICK, self._look_after)
        self._client.loop_misc()

    def _watch_write(self, _client: paho.Client, _userdata: Any, _sock: Any) -> None:
        if self._sock is not None:
            self._loop.add_writer(self._sock, self._client.loop_write)

    def _unwatch_write(self, _client: paho.Client, _userdata: Any, _sock: Any) -> None:
        if self._sock is not None:
            self._loop.remove_writer(self._sock)

    def _socket_closes(self, _client: paho.Client, _userdata: Any, _sock: Any) -> None:
        self.detach()
