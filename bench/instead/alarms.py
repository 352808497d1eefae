"""The alarms that everybody gets, and how many at a time."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bench.driver.texts import FIVE_SEGMENTS, ONE_SEGMENT, filled

SEED = 7
FIVE_SHARE, UCS2_SHARE = 0.03, 0.1  # the others fit one segment of the GSM 7 bit alphabet
SHORTEST = 30  # characters
UCS2_SEGMENT = 70  # characters
UCS2_FILLER = "Вода в подвале, насос 2 работает. "
NUMBER = 5  # digits with which a text begins: by them it is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One text."""

    index: int
    text: str


def alarms(count: int) -> list[Alarm]:
    """So many; the first ones are always the same."""
    draw = random.Random(SEED)  # noqa: S311 - the same for everybody
    return [Alarm(index=index, text=_text(index, draw)) for index in range(count)]


def _text(index: int, draw: random.Random) -> str:
    kind, length = draw.random(), draw.randint(SHORTEST, ONE_SEGMENT)
    start = f"{index:0{NUMBER}} "
    if kind < FIVE_SHARE:
        return filled(start, FIVE_SEGMENTS)
    if kind < FIVE_SHARE + UCS2_SHARE:
        return filled(start, min(length, UCS2_SEGMENT), UCS2_FILLER)
    return filled(start, length)


def index_of(text: str) -> int | None:
    """Which alarm a text, or its first segment, is; None for any other text."""
    start = text[:NUMBER]
    is_number = len(start) == NUMBER and start.isascii() and start.isdigit()
    return int(start) if is_number else None


def in_bursts(sizes: tuple[int, ...]) -> list[list[Alarm]]:
    """The alarms, so many at a time."""
    rest = iter(alarms(sum(sizes)))
    return [[next(rest) for _ in range(size)] for size in sizes]
