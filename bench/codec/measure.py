"""Times one codec in a process of its own: ``python -m bench.codec.measure NAME SERIES``; JSON comes out.

CPU time, not the clock on the wall: other programs on the machine must not count.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

from bench.codec.cases import CASES, VARIANTS, messages
from bench.codec.codecs import CODECS

if TYPE_CHECKING:
    from collections.abc import Callable

SERIES_NS = 20_000_000  # CPU time of one series, about


def main(name: str, series: int) -> dict[str, Any]:
    """Microseconds a message of every case, one for each series."""
    warnings.simplefilter("ignore")  # theirs
    codec = CODECS[name]()
    return {
        case.name: {
            "encode": _encode(codec.encode, case, series),
            "decode": _decode(codec.decode, case, series),
        }
        for case in CASES
    }


def _encode(encode: Any, case: Any, series: int) -> list[float] | None:
    if encode is None:
        return None
    arguments = [(message.number, message.text) for message in messages(case)]
    return _series(lambda: [encode(*pair) for pair in arguments], series)


def _decode(decode: Any, case: Any, series: int) -> list[float] | None:
    if decode is None:
        return None
    kinds = messages(case)
    for message in kinds[:1]:
        text = "".join(decode(pdu)[1].rstrip("\0@") for pdu in message.received)
        if text != message.text:
            return None  # what it reads is not what was written: its time says nothing
    return _series(lambda: [decode(pdu) for message in kinds for pdu in message.received], series)


def _series(work: Callable[[], object], series: int) -> list[float]:
    """Microseconds a message, once for each series; the passes before that warm up and tell how many fit."""
    once = min(_timed(work, 1) for _ in range(3))
    passes = max(1, SERIES_NS // once)
    return [_timed(work, passes) / (passes * VARIANTS) / 1000 for _ in range(series)]


def _timed(work: Callable[[], object], passes: int) -> int:
    started = time.process_time_ns()
    for _ in range(passes):
        work()
    return time.process_time_ns() - started


def versions() -> dict[str, str]:
    """Of the peers that are installed."""
    return {name: importlib.metadata.version(name) for name in CODECS if name != "gsm_driver"}


if __name__ == "__main__":
    if sys.argv[1] == "versions":
        print(json.dumps(versions()))
    else:
        print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
