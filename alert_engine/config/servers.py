"""What both servers of the daemon share: addresses, certificates, secrets that may lie in files."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from .shapes import ConfigPath, a_secret, a_text, error_at, required, section

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from alert_engine.intake.http_limits import Network

MAX_SECRET_FILE = 16_384  # octets: more than anybody keeps in it by intention

LOOPBACK = "127.0.0.1"  # where a server listens unless it is told otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTls:
    """What a server shows its clients: PEM files."""

    certificate_file: str  # with the chain
    key_file: str


def a_network(value: Any) -> Network:
    """An address or a network, like 192.0.2.7 or 192.0.2.0/24."""
    try:
        return ipaddress.ip_network(value if isinstance(value, str) else "", strict=True)
    except ValueError:
        raise vol.Invalid("must be an address or a network, like 192.0.2.7 or 192.0.2.0/24") from None


def an_address(value: Any) -> str:
    """An address to listen at; a name could mean more than one."""
    try:
        return str(ipaddress.ip_address(value if isinstance(value, str) else ""))
    except ValueError:
        raise vol.Invalid("must be an address of this machine, like 127.0.0.1, or 0.0.0.0 for all") from None


TLS_KEYS = {required("certificate_file"): a_text, required("key_file"): a_text}


def server_tls(tls: Mapping[str, str] | None, folder: Path) -> ServerTls | None:
    """Paths relative to `folder` made whole."""
    return None if tls is None else ServerTls(**{key: str(folder / value) for key, value in tls.items()})


def _secrets(value: Any) -> tuple[str, ...]:
    """One, or several while they are changed."""
    return tuple(a_secret(each) for each in (value if isinstance(value, list) else [value]))


SECRET_KEYS = {vol.Optional("secret"): _secrets, vol.Optional("secret_file"): a_text}


def secrets_of(given: Mapping[str, Any], folder: Path, path: ConfigPath) -> tuple[str, ...]:
    """The secrets that are written here, or in a file: one a line, blank lines do not count.

    Raises:
        ConfigError: there is neither or both, or the file cannot be read.
    """
    if ("secret" in given) == ("secret_file" in given):
        raise error_at(path, "give it a secret or a secret_file, one of both")
    if "secret" in given:
        found: tuple[str, ...] = given["secret"]
        return found
    return lines_of(folder / given["secret_file"], (*path, "secret_file"))


def lines_of(file: Path, path: ConfigPath) -> tuple[str, ...]:
    """The secrets in a file, at least one. Raises ConfigError."""
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(MAX_SECRET_FILE + 1)
    except OSError as err:
        raise error_at(path, f"the file cannot be read: {err.strerror}") from None
    except UnicodeDecodeError:
        raise error_at(path, "the file is not UTF-8") from None
    if len(text) > MAX_SECRET_FILE:
        raise error_at(path, f"the file has more than {MAX_SECRET_FILE} characters: is it the right one?")
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not lines:
        raise error_at(path, "the file is empty: write the secret into it")
    return lines


def a_tls(value: Any) -> dict[str, str]:
    """A certificate and its key."""
    checked: dict[str, str] = vol.Schema(section(TLS_KEYS))(value)
    return checked
