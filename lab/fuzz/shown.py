"""What was executed, as a section of docs/reliability.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def fuzz_section(kept: Mapping[str, Any]) -> list[str]:
    """Markdown from what lab/results/fuzz.json holds."""
    searches = list(kept["by_search"])
    return [
        "## Any octets\n",
        _sum(kept) + "\n",
        f"| Parser | Executions | {' | '.join(searches)} | Crashes | Slow |",
        f"| --- | --: | {' | '.join('--:' for _ in searches)} | --: | --: |",
        *(_line(name, target, searches) for name, target in kept["targets"].items()),
        "",
    ]


def _sum(kept: Mapping[str, Any]) -> str:
    dates = sorted(run["date"][:10] for run in kept["runs"])
    commits = list(dict.fromkeys(run["commit"] for run in kept["runs"]))
    about = kept["circumstances"]
    return (
        f"{kept['executions']:,} inputs for {len(kept['targets'])} parsers of what strangers send: "
        f"{kept['crashes']} crashes, {kept['slow']} that took more than 50 ms. {_when(dates)}, at commits "
        f"{', '.join(commits)}: each later one with the inputs that earlier ones had grown; "
        f"Python {about['python']}, {about['processor']}, {about['cores']} cores."
    )


def _when(dates: list[str]) -> str:
    return dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"


def _line(name: str, target: Mapping[str, Any], searches: list[str]) -> str:
    counts = " | ".join(f"{target['by_search'].get(search, 0):,}" for search in searches)
    return f"| {name} | {target['executions']:,} | {counts} | {target['crashes']} | {target['slow']} |"
