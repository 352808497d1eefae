"""One search of one target: ``python -m lab.fuzz.child TARGET SEARCH EXECUTIONS SEED FOLDER``.

It reads the inputs in FOLDER/corpus, puts there what it finds, and writes FOLDER/outcome.json.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .search import Search, grow, stretch
from .target import load
from .watch import HANGS, Watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .target import Target

OUTCOME = "outcome.json"
CORPUS = "corpus"
_TOLD_EVERY = 1 << 16  # executions: what was done is not lost if the process dies
_PRODUCT = ["gsm_driver", "alert_engine"]
_MEMORY = 2048  # megabytes, above which an input is a crash


def main(arguments: Sequence[str]) -> None:
    """Search as the arguments say."""
    name, search, executions, seed, place = arguments
    folder = Path(place)
    if search == Search.ATHERIS:
        _search_with_atheris(name, int(executions), int(seed), folder)
        return
    target = load(name)
    seeds = [file.read_bytes() for file in sorted((folder / CORPUS).iterdir())]
    with Watch(target.one) as watch:
        match Search(search):
            case Search.GROWN:
                grow(
                    target,
                    seeds,
                    watch,
                    executions=int(executions),
                    seed=int(seed),
                    found=lambda data: keep(data, folder / CORPUS),
                )
            case Search.STRETCHED:
                stretch(target, seeds, watch, executions=int(executions), seed=int(seed))
            case _:
                for data in seeds:
                    watch.take(data)
    _write(watch, folder)


def keep(data: bytes, corpus: Path) -> None:
    """Put an input among the others, named by what is in it."""
    (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def _search_with_atheris(name: str, executions: int, seed: int, folder: Path) -> None:
    """It never returns: libFuzzer owns the process, so the last execution ends it."""
    atheris: Any = import_module("atheris")  # in the environment `fuzz` only
    with atheris.instrument_imports(include=_PRODUCT):
        target = load(name)
    watch = Watch(target.one)

    def take(data: bytes) -> None:
        watch.take(data)
        if watch.executions >= executions:
            _write(watch, folder)
            os._exit(0)
        if watch.executions % _TOLD_EVERY == 0:
            _write(watch, folder)

    atheris.Setup(_options(target, seed, folder), take)
    atheris.Fuzz()


def _options(target: Target, seed: int, folder: Path) -> list[str]:
    words = folder / "words"
    words.write_text("".join(f'"{_quoted(word)}"\n' for word in target.words))
    return [
        "fuzz",
        str(folder / CORPUS),
        f"-seed={seed % (1 << 31) or 1}",
        f"-max_len={target.max_length}",
        f"-artifact_prefix={folder}/",
        f"-timeout={2 * HANGS:.0f}",
        f"-rss_limit_mb={_MEMORY}",
        "-print_final_stats=0",
        "-verbosity=0",
        *((f"-dict={words}",) if target.words else ()),
    ]


def _quoted(word: bytes) -> str:
    """As a dictionary of libFuzzer has it."""
    return "".join(f"\\x{octet:02X}" for octet in word)


def _write(watch: Watch, folder: Path) -> None:
    (folder / OUTCOME).write_text(json.dumps(watch.outcome()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
