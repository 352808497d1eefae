"""Why there is no connection to the broker, in words."""

from __future__ import annotations

import socket
import ssl
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .settings import MqttSettings


class Trouble(StrEnum):
    """Why there is no connection."""

    UNREACHABLE = "unreachable"  # no name, no TCP connection, no TLS
    NO_ANSWER = "no_answer"  # connected, but no CONNACK: no broker, or one that dislikes the version
    PROTOCOL = "protocol"  # the broker does not speak this version of MQTT
    CREDENTIALS = "credentials"  # user name, password or rights
    SUBSCRIPTION = "subscription"  # we may not read our own topics
    TAKEN_OVER = "taken_over"  # another client connected with our client id
    REFUSED = "refused"  # any other no
    LOST = "lost"  # the line is gone
    HUNG_UP = "hung_up"  # the broker, or whatever is between, closed the line without a word
    DEAF = "deaf"  # so much lies unacknowledged that the broker sends no more
    CLOSED = "closed"  # we closed it


class BrokerError(Exception):
    """No connection, or no more; the text is for people."""

    def __init__(self, trouble: Trouble, text: str) -> None:
        super().__init__(text)
        self.trouble = trouble


# MQTT 5.0 clause 2.4; paho gives the codes of 3.1.1 as these.
_REASONS: dict[int, tuple[Trouble, str]] = {
    0x84: (Trouble.PROTOCOL, "the broker does not speak this version of MQTT"),
    0x85: (Trouble.REFUSED, "the broker refused our client id"),
    0x86: (Trouble.CREDENTIALS, "the broker refused the user name or the password"),
    0x87: (Trouble.CREDENTIALS, "the broker does not allow this user to connect"),
    0x88: (Trouble.REFUSED, "the broker is not available"),
    0x89: (Trouble.REFUSED, "the broker is busy"),
    0x8B: (Trouble.LOST, "the broker is shutting down"),
    0x8D: (Trouble.LOST, "the broker heard nothing from us in time"),
    0x8E: (
        Trouble.TAKEN_OVER,
        "another client connected with our client id: give each gateway its own name",
    ),
    0x95: (Trouble.LOST, "a message was larger than the broker allows"),
    0x98: (Trouble.LOST, "the broker's administrator closed the line"),
}


def refused(code: int) -> BrokerError:
    """The error for a reason code of CONNACK or DISCONNECT."""
    trouble, text = _REASONS.get(
        code, (Trouble.REFUSED, f"the broker closed the line with reason 0x{code:02X}")
    )
    return BrokerError(trouble, text)


def unreachable(settings: MqttSettings, err: Exception) -> str:
    """Say what kept us from a connection, and what to look at."""
    place = f"{settings.host}:{settings.port}"
    match err:
        case ConnectionRefusedError():
            return f"nothing listens at {place}: is the broker running?"
        case TimeoutError():
            return f"no answer from {place}: look at the address, the network and its firewall"
        case socket.gaierror():
            return f"the name {settings.host} cannot be found"
        case ssl.SSLCertVerificationError():
            return f"the certificate of {place} is not trusted: {err.verify_message}"
        case ssl.SSLError():
            return f"no TLS with {place}: is this the broker's TLS port?"
        case ConnectionResetError() if settings.tls is not None:
            return f"no TLS with {place}: is this the broker's TLS port?"
        case OSError() if err.filename:
            return f"the TLS file {err.filename} cannot be read: {err.strerror}"
        case _:
            return f"no connection to {place}: {err}"
