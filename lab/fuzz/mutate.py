"""Chance from a seed: inputs made of kept ones, for machines without the guided search."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

    from .target import Target

_ODD = (
    b"\x00",
    b"\xff",
    b"\r",
    b"\n",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"9",
    b"-",
    b"%",
    b"\xed\xa0\x80",
)
_MOST_CHANGES = 4  # of one input
_LONGEST_SLICE = 24  # octets that are repeated


def mutants(seeds: Sequence[bytes], target: Target, random: Random) -> Iterator[bytes]:
    """Inputs without end: kept ones with a few changes."""
    while True:
        data = random.choice(seeds) if seeds else b""
        for _ in range(random.randint(1, _MOST_CHANGES)):
            data = random.choice(_CHANGES)(data, seeds, target, random)
        yield data[: target.longest]


def stretched(seeds: Sequence[bytes], target: Target, random: Random) -> Iterator[bytes]:
    """Inputs without end that are as long as the product lets in: a kept one with a slice again and again."""
    while True:
        data = next(mutants(seeds, target, random))
        start = random.randrange(len(data) + 1)
        piece = data[start : start + random.randint(1, _LONGEST_SLICE)] or random.choice(_ODD)
        room = target.longest - len(data)
        yield data[:start] + piece * max(room // len(piece), 0) + data[start:]


def _flip(data: bytes, _seeds: Sequence[bytes], _target: Target, random: Random) -> bytes:
    if not data:
        return b"\x01"
    at = random.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << random.randrange(8),)) + data[at + 1 :]


def _put_in(data: bytes, _seeds: Sequence[bytes], target: Target, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(target.words or _ODD) + data[at:]


def _put_odd(data: bytes, _seeds: Sequence[bytes], _target: Target, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(_ODD) + data[at + random.randrange(2) :]


def _take_out(data: bytes, _seeds: Sequence[bytes], _target: Target, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + data[at + random.randint(1, 8) :]


def _cross(data: bytes, seeds: Sequence[bytes], _target: Target, random: Random) -> bytes:
    other = random.choice(seeds) if seeds else b""
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def _double(data: bytes, _seeds: Sequence[bytes], _target: Target, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    piece = data[at : at + random.randint(1, _LONGEST_SLICE)]
    return data[:at] + piece * random.randint(2, 5) + data[at:]


_CHANGES: tuple[Callable[[bytes, Sequence[bytes], Target, Random], bytes], ...] = (
    *(_flip, _put_in, _put_odd, _take_out, _cross, _double),
)
