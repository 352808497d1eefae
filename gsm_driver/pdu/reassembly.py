"""Segments back to whole messages (3GPP TS 23.040 clause 9.2.3.24.1): any order, bounded, nothing dropped."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from gsm_driver.errors import UsageError

from .dcs import Alphabet
from .user_data import join_text

if TYPE_CHECKING:
    from .address import Address
    from .tpdu_mt import SmsDeliver

P = TypeVar("P")

EXPIRE_AFTER: Final = timedelta(minutes=10)  # as gammu waits; segments were seen minutes apart
MAX_SETS: Final = 64
MAX_SEGMENTS: Final = 1024  # over all sets, duplicates counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassembled(Generic[P]):
    """A message that is whole, or that will not become whole."""

    segments: tuple[SmsDeliver | None, ...]  # in order; None where one never came
    payloads: tuple[P, ...] = field(repr=False)  # the caller's; those of duplicates are among them

    @property
    def first(self) -> SmsDeliver:
        """The first segment that is here: sender, time and class of the message."""
        return next(segment for segment in self.segments if segment is not None)

    @property
    def missing(self) -> int:
        """How many segments never came; 0: the message is whole."""
        return self.segments.count(None)

    @property
    def text(self) -> str:
        """The text, joined before it is decoded, so that a character parted by its sender survives.

        A gap reads ``[…]``.
        """
        return join_text(None if segment is None else segment.user_data for segment in self.segments)

    @property
    def data(self) -> bytes:
        """The 8-bit data, joined; empty for a text."""
        parts = [segment.user_data for segment in self.segments if segment is not None]
        return b"".join(part.payload for part in parts if part.alphabet is Alphabet.DATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSet:
    """A set that still waits, for diagnostics. Says nothing of the sender."""

    reference: int
    wide: bool
    total: int
    received: tuple[int, ...]  # sequence numbers
    updated: float  # when its newest segment came


class _Key(NamedTuple):
    sender: Address
    reference: int
    total: int
    wide: bool


class _Set(Generic[P]):
    """The segments of one message so far."""

    __slots__ = ("payloads", "segments", "total", "updated")

    def __init__(self, total: int) -> None:
        self.total = total
        self.updated = 0.0
        self.segments: dict[int, SmsDeliver] = {}
        self.payloads: list[P] = []

    def take(self, number: int, segment: SmsDeliver, payload: P, now: float) -> None:
        self.segments[number] = segment
        self.payloads.append(payload)
        self.updated = now

    def keep_once(self, payload: P) -> None:
        if payload not in self.payloads:
            self.payloads.append(payload)

    @property
    def is_whole(self) -> bool:
        return len(self.segments) == self.total

    def as_message(self) -> Reassembled[P]:
        numbers = range(1, self.total + 1)
        return Reassembled(segments=tuple(map(self.segments.get, numbers)), payloads=tuple(self.payloads))


class Reassembler(Generic[P]):
    """Collects segments by (sender, reference, total, kind of reference).

    Each segment comes with a payload of the caller's, for example its storage slot; it comes back with the
    message. `now` is a monotonic clock in seconds. The same segment with the same payload may be added again
    (a sweep reads a slot twice): nothing happens. The same segment with another payload is a duplicate: its
    payload is kept too. Another segment under a number that is taken means that the sender used its reference
    again: the old set is handed on as it is.
    """

    def __init__(
        self,
        *,
        max_sets: int = MAX_SETS,
        max_segments: int = MAX_SEGMENTS,
        expire_after: timedelta = EXPIRE_AFTER,
    ) -> None:
        if max_sets < 1 or max_segments < 1:
            raise UsageError("a reassembler needs room for at least one set and one segment")
        self._max_sets = max_sets
        self._max_segments = max_segments
        self._expire_after = expire_after.total_seconds()
        self._sets: dict[_Key, _Set[P]] = {}  # the one that waits longest for a new segment first

    def add(self, segment: SmsDeliver, payload: P, now: float) -> Reassembled[P] | None:
        """Take one segment. Returns the message if this made one whole.

        A message that is not concatenated comes back at once. When a bound is passed, the set that waits
        longest comes back.
        """
        concatenation = segment.user_data.concatenation
        if concatenation is None or concatenation.total == 1:
            return Reassembled(segments=(segment,), payloads=(payload,))
        total, number = concatenation.total, concatenation.sequence
        key = _Key(segment.originating_address, concatenation.reference, total, concatenation.wide)
        pending = self._sets.get(key)
        taken = pending and pending.segments.get(number)
        if pending and taken and taken.user_data == segment.user_data:
            pending.keep_once(payload)
            return self._over_bound()
        if pending is None or taken:
            fresh: _Set[P] = _Set(total)
            fresh.take(number, segment, payload, now)
            self._put_last(key, fresh)
            return pending.as_message() if pending else self._over_bound()
        pending.take(number, segment, payload, now)
        self._put_last(key, pending)
        return self._sets.pop(key).as_message() if pending.is_whole else self._over_bound()

    def expire(self, now: float) -> tuple[Reassembled[P], ...]:
        """Hand on the partial sets that had no new segment for `expire_after`."""
        due = [key for key, pending in self._sets.items() if now - pending.updated >= self._expire_after]
        return tuple(self._sets.pop(key).as_message() for key in due)

    def snapshot(self) -> tuple[PendingSet, ...]:
        """What still waits, the longest waiting first."""
        return tuple(
            PendingSet(
                reference=key.reference,
                wide=key.wide,
                total=key.total,
                received=tuple(sorted(pending.segments)),
                updated=pending.updated,
            )
            for key, pending in self._sets.items()
        )

    def _put_last(self, key: _Key, pending: _Set[P]) -> None:
        self._sets.pop(key, None)
        self._sets[key] = pending

    def _over_bound(self) -> Reassembled[P] | None:
        held = sum(len(pending.payloads) for pending in self._sets.values())
        if len(self._sets) <= self._max_sets and held <= self._max_segments:
            return None
        return self._sets.pop(next(iter(self._sets))).as_message()
