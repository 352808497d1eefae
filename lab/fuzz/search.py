"""The ways to look for inputs. Each takes a number of executions, and tells what it met."""

from __future__ import annotations

import gc
from enum import StrEnum
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from .cover import looking
from .mutate import mutants, stretched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .target import Target
    from .watch import Watch


class Search(StrEnum):
    """How inputs are found."""

    ATHERIS = "atheris"  # libFuzzer, guided by what each input reaches and compares; slow, and finds most
    GROWN = "grown"  # chance; what reaches something new is kept and changed further; quick
    STRETCHED = "stretched"  # chance, as long as the product lets in: for time
    REPLAY = "replay"  # what is given, once each, and nothing is looked at: for the verdict about time


def grow(
    target: Target,
    seeds: Sequence[bytes],
    watch: Watch,
    *,
    executions: int,
    seed: int,
    found: Callable[[bytes], None],
) -> None:
    """Change kept inputs; what reaches something new is told to `found` and kept."""
    random, kept = Random(seed), []
    with looking() as cover:
        for data in seeds:
            watch.take(data)
            kept.append(data)
        cover.has_grown()
        gc.freeze()
        for data in islice(mutants(kept, target, random), max(executions - len(seeds), 0)):
            watch.take(data[: target.max_length])
            if cover.has_grown():
                kept.append(data[: target.max_length])
                found(data[: target.max_length])


def stretch(target: Target, seeds: Sequence[bytes], watch: Watch, *, executions: int, seed: int) -> None:
    """Inputs of the greatest length."""
    for data in islice(stretched(seeds, target, Random(seed)), executions):
        watch.take(data)


def smallest_cover(target: Target, inputs: Sequence[bytes]) -> list[bytes]:
    """Those that together reach what all of them reach; short ones first."""
    kept = []
    with looking() as cover:
        for data in sorted(inputs, key=lambda each: (len(each), each)):
            target.one(data)
            if cover.has_grown():
                kept.append(data)
    return kept
