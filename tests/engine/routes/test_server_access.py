"""The way to a server: words for why there is none, and places that are none."""

from __future__ import annotations

import socket
import ssl

import pytest

from alert_engine.errors import ConfigError
from alert_engine.routes.server_access import check_place, is_this_machine, why_not_there


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ssl.SSLCertVerificationError("anna"), "certificate"),
        (caused(OSError("anna"), ssl.SSLCertVerificationError("anna")), "certificate"),
        (ssl.SSLError("anna"), "encrypted"),
        (caused(OSError("anna"), socket.gaierror("anna")), "looked up"),
        (TimeoutError("anna"), "in time"),
        (ConnectionResetError("anna"), "hung up"),
    ],
)
def test_why_a_server_is_not_there(error: Exception, words: str) -> None:
    found = why_not_there(error)
    assert words in found
    assert "anna" not in found


def test_a_long_chain_of_causes_has_an_end() -> None:
    error = OSError("first")
    error.__cause__ = error
    assert "hung up" in why_not_there(error)


@pytest.mark.parametrize("host", ["mail.example.org", "192.0.2.1", "2001:db8::1", "nas", "::1"])
def test_places(host: str) -> None:
    check_place(host, 0)


@pytest.mark.parametrize("host", ["", "a b", "a/b", "a:b@c", "-a", "a\n", "a..b", "a" * 64 + ".example"])
def test_what_is_no_place(host: str) -> None:
    with pytest.raises(ConfigError, match="host"):
        check_place(host, 0)


def test_this_machine() -> None:
    assert all(is_this_machine(host) for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1"))
    assert not any(is_this_machine(host) for host in ("example.org", "127.example.org", "192.0.2.1"))
