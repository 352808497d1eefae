"""How figures are written in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def told(circumstances: dict[str, Any]) -> str:
    """When and where it was measured."""
    changed = ", with changes" if circumstances["changed_since"] else ""
    facts = circumstances
    return (
        f"{facts['date'][:10]}, commit {facts['commit']}{changed}; {facts['processor']}, "
        f"{facts['cores']} cores, {facts['system']}, Python {facts['python']}; "
        f"load {facts['load'][0]:g} at the start.\n"
    )


def number(value: float | None, digits: int = 3) -> str:
    """With so many digits, or with separators from a hundred on; a dash for none."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def verdict(*, reached: bool) -> str:
    """Of a target."""
    return "reached" if reached else "**not reached**"
