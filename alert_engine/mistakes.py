"""What a log may say of a defect of ours: its kind and its place, because its text may quote a number."""

from __future__ import annotations

import traceback


def place_of(err: BaseException) -> str:
    """``KeyError in read, line 12``."""
    frames = traceback.extract_tb(err.__traceback__)
    where = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(err).__name__}{where}"
