"""A request and an answer as values: what a server hands in, and what it sends back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request as it arrived. Only method and sender are shown: any of the rest may hold a secret.

    A server reads at most `payloads.MAX_PAYLOAD` + 1 octets of the body: enough to see that it is too large.
    """

    method: str
    path: str = field(repr=False)  # as in the request line, without the query
    query: str = field(default="", repr=False)  # as in the request line, without the question mark
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # names in any case
    body: bytes = field(default=b"", repr=False)
    remote: str = (
        ""  # address of the client; behind a proxy, the one that the server trusts the proxy to name
    )
    received_at: float = 0.0  # monotonic seconds

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name."""
        wanted = name.lower()
        return next((value for given, value in self.headers.items() if given.lower() == wanted), None)

    @property
    def media_type(self) -> str:
        """``type/subtype`` of the body in lower case, without parameters; empty where there is none."""
        return (self.header("Content-Type") or "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What is sent back."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
