"""How much work something is: a count that is the same on each machine, whatever else runs there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

T = TypeVar("T")


def calls_in(work: Callable[[], T]) -> tuple[T, int]:
    """What `work` returns, and how many functions were called for it, built-in ones included."""
    count = 0

    def seen(_frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        result = work()
    finally:
        sys.setprofile(before)
    return result, count
