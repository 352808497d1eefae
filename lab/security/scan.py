"""Looks through everything that a run wrote for canaries; a rule says where each may stand.

What no rule allows is a finding. A rule that nothing came of is told, too: it allows more than it has to.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from .canaries import Canary

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where canaries may stand.

    Args:
        canaries: patterns of their names.
        places: patterns of the places.
        why: it is so by intention.
    """

    canaries: tuple[str, ...]
    places: tuple[str, ...]
    why: str

    def allows(self, sighting: Sighting) -> bool:
        """This one is right where it is."""
        return any(fnmatchcase(sighting.canary, each) for each in self.canaries) and any(
            fnmatchcase(sighting.place, each) for each in self.places
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A canary somewhere."""

    canary: str  # its name
    kind: str
    spelling: str
    place: str
    at: int  # octets before it

    def __str__(self) -> str:
        """For people; the value is not shown."""
        return f"{self.canary} ({self.kind}, {self.spelling}) in {self.place}, octet {self.at}"


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The name and the octets of every file, and its name as octets, too. Sockets and pipes hold nothing."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        yield f"names: {name}", name.encode("utf-8", "surrogateescape")
        if path.is_file() and not path.is_symlink():
            yield name, path.read_bytes()


def sightings(canaries: Iterable[Canary], places: Iterable[tuple[str, bytes]]) -> list[Sighting]:
    """Each canary in each place once, by the first spelling in which it stands there."""
    wanted = tuple(canaries)
    found = []
    for place, octets in places:
        for name, layer in _layers(place, octets):
            folded = layer.lower()
            found += [one for canary in wanted if (one := _sighted(canary, name, layer, folded)) is not None]
    return found


def _sighted(canary: Canary, place: str, octets: bytes, folded: bytes) -> Sighting | None:
    for needle in canary.needles:
        at = (folded if needle.is_folded else octets).find(needle.octets)
        if at >= 0:
            return Sighting(
                canary=canary.name, kind=canary.kind, spelling=needle.spelling, place=place, at=at
            )
    return None


def _layers(place: str, octets: bytes) -> Iterator[tuple[str, bytes]]:
    yield place, octets
    if octets.startswith(_GZIP):
        try:
            yield f"{place} (unpacked)", gzip.decompress(octets)
        except (OSError, EOFError, zlib.error):
            return


def judged(found: Iterable[Sighting], rules: Iterable[Rule]) -> tuple[list[str], Mapping[Rule, int]]:
    """What no rule allows; and how many sightings each rule was needed for."""
    used = dict.fromkeys(rules, 0)
    findings = []
    for sighting in found:
        allowing = [rule for rule in used if rule.allows(sighting)]
        if not allowing:
            findings.append(str(sighting))
        for rule in allowing[:1]:
            used[rule] += 1
    return findings, used
