"""A request to a provider and its answer as values: what a codec makes, and what it is given."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRequest:
    """One HTTP request. Only the method is shown: any of the rest may hold a secret, a number or a text."""

    method: str
    url: str = field(repr=False)  # absolute, percent-encoded: it goes out octet by octet as it stands
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderResponse:
    """The answer. At most `MAX_RESPONSE` octets of the body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # names in any case
    body: bytes = field(default=b"", repr=False)
    is_cut: bool = False  # the body was longer, or ended early

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name."""
        wanted = name.lower()
        return next((value for given, value in self.headers.items() if given.lower() == wanted), None)


def basic_authorization(user: str, password: str) -> str:
    """The header ``Authorization`` of HTTP Basic (RFC 7617), in UTF-8."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


# Octets of an answer that are read. The longest that is of use is a list of reports.
MAX_RESPONSE = 1_048_576
