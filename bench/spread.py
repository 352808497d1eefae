"""Many times of one thing, in short; and how a figure grows with what it is measured on."""

from __future__ import annotations

import math
from statistics import linear_regression, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """How many, median, 99th percentile and maximum; the times in milliseconds."""
    ordered = sorted(1000 * each for each in seconds)
    return {
        "count": len(ordered),
        "p50_ms": median(ordered),
        "p99_ms": ordered[math.ceil(0.99 * len(ordered)) - 1],
        "max_ms": ordered[-1],
    }


def exponent(values: Mapping[int, float]) -> float | None:
    """The power of the size with which a figure grows, by least squares; None of less than two sizes."""
    points = [(math.log(size), math.log(value)) for size, value in values.items() if value > 0]
    if len(points) < 2:
        return None
    return linear_regression([x for x, _ in points], [y for _, y in points]).slope
