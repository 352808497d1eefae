"""Fixtures of the SMPP tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def loopback() -> None:
    """The Home Assistant test plugin forbids all sockets; here the message centres are on this machine."""
    try:
        import pytest_socket  # noqa: PLC0415 - not there on Python 3.11
    except ImportError:
        return
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
