"""The engine, measured in processes of their own on the newest Python, on the disk of the repository."""

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

from bench import record
from bench.engine.extent import FULL, SMOKE, Extent
from bench.spread import exponent
from bench.workers import FOLDER, run_worker
from scripts.lib.environment import tell

FIGURES = (
    "disk_mb",
    "memory_mb",
    "start_s",
    "raise_ms",
    "acknowledge_ms",
    "open_alarms_ms",
    "summary_ms",
    "auditor_ms",
    "next_deadline_ms",
)


def run_engine(*, smoke: bool) -> dict[str, Any]:
    """Measure everything."""
    extent = SMOKE if smoke else FULL
    FOLDER.mkdir(exist_ok=True)
    circumstances = record.circumstances(("alert_engine",))
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as place:
        folder = Path(place)
        accepting = _accepting(folder, extent)
        histories, questions, answers = _histories(folder, extent)
        open_alarms = _open_alarms(folder, extent)
    return {
        "circumstances": circumstances,
        "extent": extent.as_dict(),
        "accepting": accepting,
        "histories": histories,
        "open_alarms": open_alarms,
        "exponents": {"histories": exponents(histories), "open_alarms": exponents(open_alarms)},
        "questions": questions,
        "answers": answers,
    }


def exponents(rows: dict[str, dict[str, Any]]) -> dict[str, float | None]:
    """Of each figure, with the size; told while they are measured, too."""
    found = {name: exponent({int(size): row[name] for size, row in rows.items()}) for name in FIGURES}
    told = ", ".join(f"{name} {value:.2f}" for name, value in found.items() if value is not None)
    tell(f"  growth: {told}")
    return found


def _accepting(folder: Path, extent: Extent) -> dict[str, Any]:
    """The disk alone before each, because it is not the same from minute to minute."""
    tell("--- engine: alarms accepted")
    found: dict[str, Any] = {}
    for count in extent.at_a_time:
        disk = _worker("disk", folder=str(folder), count=extent.syncs)
        row = _worker("accept", folder=str(folder), at_a_time=count, raises=extent.raises)
        row["of_commits"] = row["per_second"] * disk["commit"]["p50_ms"] / 1000
        row["fsync_share"] = disk["fsync"]["p50_ms"] / row["p50_ms"]
        found[str(count)] = {**row, "disk": disk}
        each = f"{row['of_commits']:.2f} for each bare commit"
        tell(f"  {count} at a time: {row['per_second']:.0f} a second, {each}")
    return found


def _answers(folder: Path, journal: Path, extent: Extent) -> dict[str, Any]:
    """The same over the websocket of Home Assistant, on a copy."""
    if not extent.home_too:
        return {}
    copy = folder / "copy.db"
    shutil.copyfile(journal, copy)
    module, use = "bench.engine.page_asked", "demo"
    answers: dict[str, Any] = run_worker(
        module, "", use=use, folder=str(folder), journal=str(copy), times=extent.asked
    )
    slowest = max(answers, key=lambda name: answers[name]["p99_ms"])
    tell(f"  slowest answer: {slowest}, p99 {answers[slowest]['p99_ms']:.1f} ms")
    shutil.rmtree(folder / "house")
    return answers


def _histories(folder: Path, extent: Extent) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Each history with the fewest open alarms; the largest one is asked what the page asks."""
    answers: dict[str, Any] = {}
    rows: dict[str, Any] = {}
    questions: dict[str, Any] = {}
    for count in extent.messages:
        tell(f"--- engine: {count:,} messages of history, {extent.open_alarms[0]:,} open alarms")
        journal = _built(folder, messages=count, open_alarms=extent.open_alarms[0])
        if count == extent.messages[-1]:
            questions = _worker("ask", journal=str(journal), times=extent.asked)
            slowest = max(questions, key=lambda name: questions[name]["p99_ms"])
            tell(f"  slowest question: {slowest}, p99 {questions[slowest]['p99_ms']:.1f} ms")
            answers = _answers(folder, journal, extent)
        rows[str(count)] = _after_a_crash(journal, extent)
        _remove(journal)
    return rows, questions, answers


def _open_alarms(folder: Path, extent: Extent) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for count in extent.open_alarms:
        tell(f"--- engine: {count:,} open alarms, {extent.messages[-1]:,} messages of history")
        journal = _built(folder, messages=extent.messages[-1], open_alarms=count)
        rows[str(count)] = _after_a_crash(journal, extent)
        _remove(journal)
    return rows


def _built(folder: Path, **how: int) -> Path:
    journal = folder / "journal.db"
    _worker("build", journal=str(journal), **how)
    return journal


def _after_a_crash(journal: Path, extent: Extent) -> dict[str, Any]:
    _worker("crash", journal=str(journal), code=-signal.SIGKILL)
    row: dict[str, Any] = _worker("measure", journal=str(journal), single=extent.single)
    tell("  " + ", ".join(f"{name} {row[name]:.4g}" for name in FIGURES))
    return row


def _remove(journal: Path) -> None:
    for file in journal.parent.glob(f"{journal.name}*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()


def _worker(part: str, *, code: int = 0, **how: Any) -> Any:
    return run_worker("bench.engine.worker", part, code=code, **how)
