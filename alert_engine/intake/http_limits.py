"""Bounds of the HTTP intake that need a memory: how often a client may ask, and which proofs were used."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from .http_auth import Signed

RATE = 10.0  # requests a second
BURST = 50  # requests at once
MAX_CLIENTS = (
    1000  # remembered; the one that was silent for longest is forgotten first, and starts with a full burst
)
MAX_USED = 10_000  # proofs remembered; more than one client may use in the ten minutes that a proof lives

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NEIGHBOURS = 64  # bits of an IPv6 address that one household shares


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimiter:
    """Token buckets, one per endpoint and client."""

    def __init__(self, *, rate: float = RATE, burst: int = BURST, max_clients: int = MAX_CLIENTS) -> None:
        self._rate = rate
        self._burst = burst
        self._max_clients = max_clients
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def wait(self, endpoint: str, client: str, now: float) -> float:
        """Take one; returns 0, or the seconds until there is one again. `now` is monotonic."""
        key = (endpoint, client)
        bucket = self._buckets.pop(key, None) or _Bucket(float(self._burst), now)
        self._buckets[key] = bucket  # at the end: the newest
        if len(self._buckets) > self._max_clients:
            self._buckets.popitem(last=False)
        gained = max(0.0, now - bucket.filled_at) * self._rate
        bucket.tokens = min(float(self._burst), bucket.tokens + gained)
        bucket.filled_at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / self._rate
        bucket.tokens -= 1
        return 0.0


class UsedProofs:
    """Signatures of requests that were committed, and how many requests were in each."""

    def __init__(self, *, max_used: int = MAX_USED) -> None:
        self._max_used = max_used
        self._used: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._used)

    def add(self, endpoint: str, proof: Signed, count: int) -> None:
        """Remember a proof; when there are too many, the oldest is forgotten."""
        self._used[endpoint, proof.signature] = (proof.expires, count)
        if len(self._used) > self._max_used:
            self._used.popitem(last=False)

    def count(self, endpoint: str, proof: Signed) -> int | None:
        """How many requests were committed with this proof; None if it was not used."""
        found = self._used.get((endpoint, proof.signature))
        return None if found is None else found[1]

    def forget(self, now: float) -> None:
        """Drop what has expired: its timestamp is refused anyway. `now` is seconds since 1970."""
        while self._used and next(iter(self._used.values()))[0] < now:
            self._used.popitem(last=False)


def is_allowed(remote: str, allowed: Collection[Network]) -> bool:
    """Whether a client may ask: anybody where nothing is listed, nobody without an address where it is."""
    if not allowed:
        return True
    address = _address(remote)
    return address is not None and any(address in network for network in allowed)


def client_of(remote: str) -> str:
    """Whom to count a request for: an address, or the network of an IPv6 household."""
    address = _address(remote)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(address), _NEIGHBOURS), strict=False))
    return "" if address is None else str(address)


def _address(remote: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(remote)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return address if mapped is None else mapped
