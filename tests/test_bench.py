"""The benchmarks run, and what they say of results is right. No time is asserted here."""

from __future__ import annotations

import asyncio
import os
import selectors
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from bench import page, record
from bench.driver.exact import AWAKE_BEFORE, ExactScheduler, PunctualSelector
from bench.driver.sending import floor_octets, line_limit
from bench.driver.texts import FIVE_SEGMENTS, ONE_SEGMENT, numbered
from bench.targets import verdicts
from gsm_driver import SmsService
from gsm_driver.pdu.tpdu import Pdu, encode_pdu
from scripts.lib.environment import NO_PYTHON_FOR_USE
from tests import virtual_time

ROOT = Path(__file__).parents[1]
SMOKE_TIMEOUT = 150  # seconds; a run takes 50, and its environment is made before


@pytest.mark.timeout(SMOKE_TIMEOUT + 10)
def test_a_little_of_everything_can_be_measured() -> None:
    ran = subprocess.run(
        [ROOT / "scripts" / "bench", "--smoke"],
        cwd=ROOT,
        env={**os.environ, "AGW_NO_APT": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SMOKE_TIMEOUT,
        check=False,
    )
    if ran.returncode == NO_PYTHON_FOR_USE:
        pytest.skip("no older Python is here")
    assert ran.returncode == 0, ran.stderr
    for part in ("codecs on Python", "no pace", "115200 baud", "idle", "faults"):
        assert part in ran.stderr
    assert ran.stderr.count("gsm_driver: {") >= 8


def test_the_floor_is_what_the_encoder_needs() -> None:
    (text,) = numbered(1)
    (segment,) = SmsService.plan("+436641234567", text, report=False).segments
    pdu = encode_pdu(Pdu(tpdu=segment))
    spoken = f"AT+CMGS={pdu.tpdu_length}\r\r\n> {pdu.hex_pdu}\x1a\r\n+CMGS: 100\r\n\r\nOK\r\n"
    assert floor_octets(ONE_SEGMENT) == len(spoken)
    assert line_limit(ONE_SEGMENT) == pytest.approx(33.4, abs=0.1)


@pytest.mark.parametrize(("length", "segments"), [(ONE_SEGMENT, 1), (FIVE_SEGMENTS, 5)])
def test_the_texts_are_different_and_as_long_as_they_say(length: int, segments: int) -> None:
    texts = numbered(20, length)
    assert len(set(texts)) == 20
    assert {len(SmsService.plan("0", text).segments) for text in texts} == {segments}


@virtual_time.story
async def test_what_is_done_late_counts_as_done_in_time() -> None:
    scheduler = ExactScheduler()
    start = scheduler.now()
    times: list[float] = []

    def first() -> None:
        times.append(scheduler.now())
        scheduler.call_later(0.25, lambda: times.append(scheduler.now()))

    scheduler.call_later(1.0, first)
    await asyncio.sleep(2.0)
    assert times == [start + 1.0, start + 1.25]
    assert scheduler.is_idle


def test_the_stand_is_never_early_and_hears_at_once() -> None:
    """Its timers are shorter than what it watches the clock for: nothing sleeps here."""
    reader, writer = os.pipe()
    with PunctualSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        assert selector.select(0) == []
        due = time.monotonic() + AWAKE_BEFORE
        assert selector.select(AWAKE_BEFORE) == []
        assert time.monotonic() >= due
        os.write(writer, b"AT")
        for timeout in (None, 60.0, 0.0):
            assert [key.fd for key, _ in selector.select(timeout)] == [reader]
    os.close(reader)
    os.close(writer)


FAULT = {"delivered": 96, "of": 100, "doubled": 0, "seconds": 12.3, "ended": True}


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        (None, "-"),
        (FAULT, "96, 12.3 s"),
        ({**FAULT, "doubled": 4, "told_unknown": 5, "ended": False}, "96, 4 x2, 5 in doubt, stuck"),
        (
            {**FAULT, "told_failed_though_delivered": 9, "told_accepted_though_not": 1},
            "96, 9 false, 1 lost, 12.3 s",
        ),
    ],
)
def test_a_cell_of_the_fault_table_says_what_went_wrong(row: dict[str, Any] | None, cell: str) -> None:
    assert page.fault_cell(row) == cell


def test_medians_leave_out_what_was_not_measured() -> None:
    assert record.medians([{"a": 1, "b": None}, {"a": 5, "b": None}, {"a": 2, "b": None}]) == {
        "a": 2,
        "b": None,
    }


def _sending(speed: float, turns: float) -> dict[str, Any]:
    return {"messages_per_second": speed, "turns": turns, "cpu_per_1000": 0.2, "stand_cpu_share": 0.1}


def _line(share: float) -> dict[str, Any]:
    sending = {
        "gsm_driver": _sending(share, 2.0),
        "other": _sending(0.5, 3.0),
        "bare line": _sending(1.0, 2.0),
    }
    latency = {"gsm_driver": {"latency_ms": 10.0, "latency_p99_ms": 12.0, "turns": 2.0}}
    burst = {"gsm_driver": {"received": 50, "of": 50, "seconds": 1.0}}
    one = {"one_segment": sending, "latency": latency, "burst": burst}
    five = {"gsm_driver": _sending(share, 10.0), "other": _sending(0.5, 11.0)}
    return {"line_limit": 1.0, "wire_ms": 9.5, "usb": {**one, "five_segments": five}, "paced": one}


@pytest.mark.parametrize(("share", "word"), [(0.98, "reached"), (0.9, "**not reached**")])
def test_each_target_is_told_with_its_verdict(share: float, word: str) -> None:
    times = {"gsm_driver": 7.0, "other": 9.0, "silent": None}
    codec = {"microseconds": {"3.11": {"160 characters, GSM 7 bit": {"encode": times, "decode": times}}}}
    idle = {"idle": {"gsm_driver": {"cpu_percent": 0.01}}}
    faults = {"faults": {"none": {"gsm_driver": {**FAULT, "delivered": 100}, "other": None}}}
    text = verdicts(codec, _line(share), idle, faults)
    (row,) = (line for line in text.splitlines() if line.startswith("| share"))
    assert word in row
    assert text.count("not reached") == (share < 0.97)
