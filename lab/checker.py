"""The checker: what was accepted against what people got. Knows nothing of how the gateway works.

In go a log of what the gateway answered for (202, PUBACK, an action that returned), the messages that it
wrote down, every segment that a phone or a stand-in for a provider received, and the doubts: the moments at
which a segment had left and no answer to it could have been kept. A doubt allows one more copy of its
segment, and nothing else allows any.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from gsm_driver.simulator import SimulatedPhone

_TAKEN = frozenset({"accepted", "delivered"})
_GIVEN_UP = frozenset({"cancelled", "expired", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Something that the gateway answered for: these words reach each of these numbers."""

    name: str
    words: str
    numbers: tuple[str, ...]
    excused: bool = False  # somebody took it or it was over: nobody need hear of it any more
    at: float | None = None  # when it was answered for
    within: float | None = None  # seconds from then until each number must have it; None: some time


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One segment, as a phone got it, or one message, as a stand-in did."""

    number: str
    text: str
    segment: int = 1
    segments: int = 1
    reference: int = 0
    at: float | None = field(default=None, compare=False)  # when it, or the last of its siblings, came


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """At this point this segment had left, and nobody could know more."""

    number: str
    text: str
    segment: int
    point: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the journal says in the end."""

    messages: tuple[tuple[str, str, str], ...]  # number, text, state
    inbound: Counter[tuple[str, str]]  # sender and text
    # Number and title of alarms that a digest told, by name or as one of so many.
    digested: frozenset[tuple[str, str]] = frozenset()
    held: tuple[str, ...] = ()  # titles of alarms that still wait to be told
    complaints: tuple[str, ...] = ()  # alarms of the gateway about itself: key, title, text
    integrity: str = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a run did; everything but `resent` and `doubts` has to be empty."""

    lost: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()  # more copies than the doubts allow
    late: tuple[str, ...] = ()  # reached, and not within its time
    unexpected: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()  # neither taken nor given up in the end
    commands_lost: tuple[str, ...] = ()
    commands_repeated: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    damage: tuple[str, ...] = ()
    resent: Counter[str] = field(default_factory=Counter)  # by point: copies that a doubt allowed
    doubts: Counter[str] = field(default_factory=Counter)  # by point

    @property
    def is_clean(self) -> bool:
        """No promise was broken."""
        return not any(self.faults.values())

    @property
    def faults(self) -> dict[str, tuple[str, ...]]:
        """Broken promises, by kind."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in found.items() if isinstance(value, tuple)}


def read_journal(path: Path) -> Written:
    """What the journal says, by SQLite alone."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as rows:
        # A call that rang is heard, and no text comes of it; one that waits for ever is seen here, too.
        messages = rows.execute(
            "SELECT address, text, state FROM message WHERE channel <> 'call' "
            "OR state NOT IN ('accepted', 'delivered') ORDER BY sequence"
        ).fetchall()
        inbound = rows.execute("SELECT sender, text, count(*) FROM inbound GROUP BY sender, text").fetchall()
        # That a route is slow or a phone is off is said for good reasons here; a promise forgotten is not.
        complaints = rows.execute(
            "SELECT key, title || ': ' || text FROM alarm WHERE source = 'gateway' "
            "AND (key = 'audit' OR key GLOB 'route/*' OR key GLOB 'journal*')"
        ).fetchall()
        digested = rows.execute(
            "SELECT address, alarm.title FROM digest JOIN message ON message.uid = message_uid "
            "JOIN alarm ON alarm.id = digest.alarm_id WHERE message.state IN ('accepted', 'delivered')"
        ).fetchall()
        held = rows.execute("SELECT title FROM held JOIN alarm ON alarm.id = alarm_id").fetchall()
        (integrity,) = rows.execute("PRAGMA integrity_check").fetchone()
        broken = rows.execute("PRAGMA foreign_key_check").fetchall()
    return Written(
        messages=tuple(messages),
        inbound=Counter({(sender, text): count for sender, text, count in inbound}),
        digested=frozenset(digested),
        held=tuple(title for (title,) in held),
        complaints=tuple(f"{key}: {title}" for key, title in complaints),
        integrity=integrity if not broken else f"{len(broken)} rows without their parents",
    )


def pieces_of(phones: Iterable[SimulatedPhone]) -> tuple[Piece, ...]:
    """Every segment that simulated phones received; those of whole messages with their time."""
    found = []
    for phone in phones:
        whole = {id(one): message.at for message in phone.inbox for one in message.segments}
        for one in phone.raw:
            place = one.submit.user_data.concatenation
            found.append(
                Piece(
                    number=phone.number,
                    text=one.submit.user_data.text,
                    segment=one.segment,
                    segments=one.segments,
                    reference=0 if place is None else place.reference,
                    at=whole.get(id(one)),
                )
            )
    return tuple(found)


def check(
    promises: Sequence[Promise],
    written: Written | None,
    pieces: Sequence[Piece],
    doubts: Sequence[Doubt] = (),
    commands: Counter[tuple[str, str]] | None = None,
    *,
    foreseen: tuple[str, ...] = (),
    swallowed: Counter[tuple[str, str]] | None = None,
) -> Findings:
    """Compare.

    Args:
        promises: what the gateway answered for.
        written: what its journal says in the end; None where nobody can read one. Then anything is unexpected
            that no promise is about.
        pieces: what phones and stand-ins got.
        doubts: what may have come once more.
        commands: the texts that people sent, by sender and text; None: nobody kept them.
        foreseen: patterns of keys of the gateway's own alarms that the fault has to raise: ``route/*``.
        swallowed: by number and text what a network took and lost. No promise is kept by it.
    """
    whole = _whole_texts(pieces)
    written = written or _written_by_promises(promises, whole)
    sent, maybe = _by_state(written)
    extra, duplicated, resent = _copies(pieces, sent + maybe, doubts)
    wanted = written.inbound if commands is None else commands
    return Findings(
        lost=(*_broken(promises, whole, written.digested), *_missing(sent - (swallowed or Counter()), whole)),
        duplicated=(*duplicated, *extra),
        late=_late(promises, pieces),
        unexpected=tuple(f"{number}: {text}" for number, text in whole if (number, text) not in sent + maybe),
        unsettled=(
            *(f"{state}: {text}" for _, text, state in written.messages if state not in _TAKEN | _GIVEN_UP),
            *(f"held: {title}" for title in written.held),
        ),
        commands_lost=tuple(f"{sender}: {text}" for sender, text in wanted - written.inbound),
        commands_repeated=tuple(f"{sender}: {text}" for sender, text in written.inbound - wanted),
        complaints=tuple(each for each in written.complaints if not _is_foreseen(each, foreseen)),
        damage=() if written.integrity == "ok" else (written.integrity,),
        resent=resent,
        doubts=Counter(doubt.point for doubt in doubts),
    )


def _is_foreseen(complaint: str, patterns: tuple[str, ...]) -> bool:
    key = complaint.partition(":")[0]
    return any(fnmatchcase(key, pattern) for pattern in patterns)


def _written_by_promises(promises: Sequence[Promise], whole: Counter[tuple[str, str]]) -> Written:
    """One message for each promise and number: all that can be known from outside."""
    owed = Counter((number, promise.words) for promise in promises for number in promise.numbers)
    found = []
    for (number, text), count in whole.items():
        words = next((words for to, words in owed if to == number and words in text), None)
        copies = 0 if words is None else min(count, owed[number, words])
        found += [(number, text, "delivered")] * copies
    return Written(messages=tuple(found), inbound=Counter())


def _by_state(written: Written) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Messages that were taken, and those that may have left before they were given up."""
    sent: Counter[tuple[str, str]] = Counter()
    maybe: Counter[tuple[str, str]] = Counter()
    for number, text, state in written.messages:
        (sent if state in _TAKEN else maybe)[number, text] += 1
    return sent, maybe


def _whole_texts(pieces: Sequence[Piece]) -> Counter[tuple[str, str]]:
    """Number and text of everything that is complete on a phone; copies of segments count once."""
    found: Counter[tuple[str, str]] = Counter()
    groups: dict[tuple[str, int, int], dict[int, str]] = defaultdict(dict)
    for piece in pieces:
        if piece.segments == 1:
            found[piece.number, piece.text] += 1
        else:
            groups[piece.number, piece.reference, piece.segments][piece.segment] = piece.text
    for (number, _, segments), parts in groups.items():
        if len(parts) == segments:
            found[number, "".join(parts[place] for place in sorted(parts))] += 1
    return found


def _broken(
    promises: Sequence[Promise], whole: Counter[tuple[str, str]], digested: frozenset[tuple[str, str]]
) -> tuple[str, ...]:
    texts: dict[str, list[str]] = defaultdict(list)
    for number, text in whole:
        texts[number].append(text)
    got = {number: "\0".join(found) for number, found in texts.items()}  # one search for thousands of texts
    return tuple(
        f"{promise.name} did not reach {number}"
        for promise in promises
        for number in promise.numbers
        if not promise.excused
        and (number, promise.words) not in digested
        and promise.words not in got.get(number, "")
    )


def _late(promises: Sequence[Promise], pieces: Sequence[Piece]) -> tuple[str, ...]:
    """What came, and after its time. What never came is lost instead."""
    urgent = [
        each for each in promises if not each.excused and each.within is not None and each.at is not None
    ]
    if not urgent:
        return ()
    came = _arrivals(pieces)
    found = []
    for promise in urgent:
        for number in promise.numbers:
            times = [at for (to, text), at in came.items() if to == number and promise.words in text]
            took = min(times, default=0.0) - (promise.at or 0.0)
            if times and took > (promise.within or 0.0):
                found.append(f"{promise.name} reached {number} after {took:.1f} s, not {promise.within:g} s")
    return tuple(found)


def _arrivals(pieces: Sequence[Piece]) -> dict[tuple[str, str], float]:
    """When each text was first whole, by number and text."""
    found: dict[tuple[str, str], float] = {}
    groups: dict[tuple[str, int, int], dict[int, Piece]] = defaultdict(dict)
    for piece in pieces:
        if piece.at is None:
            continue
        parts = groups[piece.number, piece.reference, piece.segments]
        if piece.segments > 1:
            parts.setdefault(piece.segment, piece)
        if piece.segments == 1 or len(parts) == piece.segments:
            text = "".join(parts[place].text for place in sorted(parts)) or piece.text
            at = max([piece.at, *(part.at or 0.0 for part in parts.values())])
            found[piece.number, text] = min(at, found.get((piece.number, text), at))
    return found


def _missing(sent: Counter[tuple[str, str]], whole: Counter[tuple[str, str]]) -> tuple[str, ...]:
    """Messages that the journal holds for taken, and the phone has not."""
    return tuple(f"taken, and not on {number}: {text}" for number, text in sent - whole)


def _copies(
    pieces: Sequence[Piece], messages: Counter[tuple[str, str]], doubts: Sequence[Doubt]
) -> tuple[tuple[str, ...], tuple[str, ...], Counter[str]]:
    """Messages too many, segments too many, and by point the copies that a doubt allowed."""
    points: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for doubt in doubts:
        points[doubt.number, doubt.text, doubt.segment].append(doubt.point)
    duplicated: list[str] = []
    resent: Counter[str] = Counter()
    for piece, count in Counter(pieces).items():
        allowed = points[piece.number, piece.text, piece.segment]
        expected = max(1, messages[piece.number, piece.text]) if piece.segments == 1 else 1
        extra = count - expected
        resent.update(allowed[: max(0, extra)])
        if extra > len(allowed):
            duplicated.append(
                f"{count} times, segment {piece.segment} of {piece.segments}, "
                f"with {len(allowed)} doubts, to {piece.number}: {piece.text}"
            )
    whole = _whole_texts([piece for piece in pieces if piece.segments > 1])
    too_many = tuple(
        f"{count} times under different references, to {number}: {text}"
        for (number, text), count in whole.items()
        if count > max(1, messages[number, text])
    )
    return too_many, tuple(duplicated), resent
