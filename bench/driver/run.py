"""The passes over all clients: one after the other, in turns, so that what else the machine does hits all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bench import record
from bench.driver.client import ClientError
from bench.driver.exact import run_exactly
from bench.driver.faults import measure_trouble, table
from bench.driver.idle import measure_idle
from bench.driver.receiving import measure_burst, measure_latency, wire_ms
from bench.driver.roster import bare_line, roster
from bench.driver.sending import line_limit, measure_sending
from bench.driver.stand import BAUD
from bench.driver.texts import FIVE_SEGMENTS, ONE_SEGMENT, replies
from scripts.lib.environment import tell

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.driver.extent import Extent
    from bench.driver.faults import Trouble
    from bench.driver.roster import Entry


def run_line(extent: Extent) -> dict[str, Any]:
    """Sending, receiving and bursts, without and with the pace of `BAUD`."""
    return {
        "circumstances": record.circumstances(),
        "versions": _versions(),
        "extent": extent.as_dict(),
        "line_limit": line_limit(ONE_SEGMENT),
        "wire_ms": wire_ms(replies(1)[0]),
        "usb": run_exactly(_line(extent, None)),
        "paced": run_exactly(_line(extent, BAUD)),
    }


def run_idle(extent: Extent) -> dict[str, Any]:
    """All clients at the same time, each on its own modem: they do nothing."""
    return {
        "circumstances": record.circumstances(),
        "versions": _versions(),
        "seconds": extent.idle_seconds,
        "idle": run_exactly(_idle(extent)),
    }


def run_faults(extent: Extent) -> dict[str, Any]:
    """The fault table: several clients and rows at the same time, each on its own modem; they mostly wait."""
    return {
        "circumstances": record.circumstances(),
        "versions": _versions(),
        "count": extent.fault_messages,
        "within": extent.fault_seconds,
        "faults": run_exactly(_faults(extent)),
    }


def _present(extent: Extent) -> list[Entry]:
    entries = [entry for entry in roster() if entry.is_quick or extent.slow_too]
    for entry in entries:
        if entry.missing:
            tell(f"  not measured: {entry.missing}")
    return [entry for entry in entries if not entry.missing]


def _versions() -> dict[str, str]:
    return {entry.name: entry.version or entry.missing for entry in roster()}


async def _line(extent: Extent, baud: int | None) -> dict[str, Any]:
    entries = _present(extent)
    tell(f"--- the line, {f'{baud} baud' if baud else 'no pace'}")
    return {
        "one_segment": await _rounds(
            [*entries, bare_line()],
            extent,
            lambda entry: measure_sending(
                entry, count=extent.messages(entry), baud=baud, length=ONE_SEGMENT, segments=1
            ),
        ),
        "five_segments": await _rounds(
            entries,
            extent,
            lambda entry: measure_sending(
                entry, count=extent.long_messages(entry), baud=baud, length=FIVE_SEGMENTS, segments=5
            ),
        ),
        "latency": await _rounds(
            entries, extent, lambda entry: measure_latency(entry, count=extent.received(entry), baud=baud)
        ),
        "burst": await _rounds(
            entries,
            extent,
            lambda entry: measure_burst(entry, count=extent.burst, baud=baud, within=extent.burst_seconds),
            once=True,
        ),
    }


async def _rounds(
    entries: list[Entry],
    extent: Extent,
    measure: Callable[[Entry], Awaitable[dict[str, Any]]],
    *,
    once: bool = False,
) -> dict[str, Any]:
    """Each client once, then each again; the medians. Slow clients vary little: they take part once."""
    rows: dict[str, list[dict[str, Any]]] = {entry.name: [] for entry in entries}
    for number in range(1 if once else extent.rounds):
        for entry in entries:
            if number == 0 or entry.is_quick:
                rows[entry.name] += await _measured(entry, measure)
    return {name: record.medians(runs) for name, runs in rows.items() if runs}


async def _measured(
    entry: Entry, measure: Callable[[Entry], Awaitable[dict[str, Any]]]
) -> list[dict[str, Any]]:
    try:
        row = await measure(entry)
    except ClientError as err:
        tell(f"  {entry.name}: {err}")
        return []
    shown = {key: round(value, 3) for key, value in row.items() if isinstance(value, float | int)}
    tell(f"  {entry.name}: {shown}")
    return [row]


async def _idle(extent: Extent) -> dict[str, Any]:
    tell("--- idle")
    entries = _present(extent)
    rows = await asyncio.gather(
        *(
            _measured(entry, lambda entry: measure_idle(entry, seconds=extent.idle_seconds))
            for entry in entries
        )
    )
    return {entry.name: row[0] for entry, row in zip(entries, rows, strict=True) if row}


async def _faults(extent: Extent) -> dict[str, Any]:
    tell(f"--- faults, {extent.fault_messages} messages each, at most {extent.fault_seconds:g} s")
    at_a_time = asyncio.Semaphore(extent.troubles_at_a_time)
    results: dict[str, Any] = {}

    async def one(trouble: Trouble, entry: Entry) -> None:
        async with at_a_time:
            rows = await _measured(
                entry,
                lambda entry: measure_trouble(
                    entry, trouble, count=extent.fault_messages, within=extent.fault_seconds
                ),
            )
        results.setdefault(trouble.name, {})[entry.name] = rows[0] if rows else None

    async with asyncio.TaskGroup() as group:
        for trouble in table()[: extent.troubles]:
            for entry in _present(extent):
                group.create_task(one(trouble, entry))
    return {trouble.name: results[trouble.name] for trouble in table() if trouble.name in results}
