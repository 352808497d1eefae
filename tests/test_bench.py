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
from bench.driver.sending import line_limit
from bench.driver.texts import FIVE_SEGMENTS, ONE_SEGMENT, numbered
from bench.engine.shown import LABELS, engine_section
from bench.floor import demand
from bench.instead.alarms import alarms, in_bursts, index_of
from bench.instead.distance import KINDS, floors, texts
from bench.instead.extent import FULL, Scenario
from bench.instead.shown import floor_section, instead_section
from bench.instead.tools.spooled import GammuSqlite, SmstoolsFiles
from bench.path.shown import path_section
from bench.spread import exponent, spread
from bench.targets import verdicts
from gsm_driver import SmsService
from gsm_driver.pdu.tpdu import Pdu, encode_pdu
from scripts.lib.environment import NO_PYTHON_FOR_USE
from tests import virtual_time

ROOT = Path(__file__).parents[1]
SMOKE_TIMEOUT = 300  # seconds; a run takes 100, and its environment is made before


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
    for part in (
        "codecs on Python",
        "no pace",
        "115200 baud",
        "idle",
        "faults",
        "engine: alarms accepted",
        "growth: ",
        "path: daemon",
        "alarms, killed halfway",
        "times the floor",
    ):
        assert part in ran.stderr
    assert ran.stderr.count("gsm_driver: {") >= 8


# As the simulated modem handed it on: the SMSC's number and the recipient's have as many digits as ours.
REPORT = "07913466040005F1060F0C91346614325476621122418325006211224183250000"


@pytest.mark.parametrize("kind", KINDS)
def test_the_floor_is_what_the_encoder_needs(kind: str) -> None:
    (text,) = texts(kind, 1, first=0)
    segments = SmsService.plan("+436641234567", text, report=False, concat_reference=1).segments
    spoken = ""
    for segment in segments:
        pdu = encode_pdu(Pdu(tpdu=segment))
        spoken += f"AT+CMGS={pdu.tpdu_length}\r\r\n> {pdu.hex_pdu}\x1a\r\n+CMGS: 100\r\n\r\nOK\r\n"
    floor = floors()[kind]
    assert (floor.octets, floor.turns) == (len(spoken), 2 * len(segments))
    assert floor.to_host == len(segments) * 24
    assert floor.seconds(9600) == pytest.approx(12 * floor.seconds(115_200))
    report = f"\r\n+CDS: 25\r\n{REPORT}\r\n"
    assert floors(reports=True)[kind].octets == floor.octets + len(segments) * len(report)


@pytest.mark.parametrize(("characters", "segments"), [(0, 1), (160, 1), (161, 2), (306, 2), (307, 3)])
def test_a_text_needs_two_turns_for_each_segment(characters: int, segments: int) -> None:
    assert demand(characters).turns == 2 * segments
    assert line_limit(ONE_SEGMENT) == pytest.approx(33.4, abs=0.1)


def test_everybody_gets_the_same_alarms() -> None:
    found = alarms(500)
    assert [alarm for burst in in_bursts(FULL.bursts) for alarm in burst] == found
    assert alarms(100) == found[:100]
    assert [index_of(alarm.text) for alarm in found] == list(range(500))
    assert len(FULL.bursts) < 50
    assert max(FULL.bursts) > 100
    assert sum(FULL.fewer_bursts) == 60
    plans = [SmsService.plan("0", alarm.text) for alarm in found]
    assert {len(plan.segments) for plan in plans} == {1, 5}
    assert 10 < sum(len(plan.segments) == 5 for plan in plans) < 30
    assert 30 < sum(not alarm.text.isascii() for alarm in found) < 70


@virtual_time.story
async def test_the_spool_daemons_are_given_what_they_need() -> None:
    sqlite, smstools = GammuSqlite(), SmstoolsFiles()
    lines = sqlite.daemon.configuration("/dev/modem").splitlines()
    assert {"driver = sqlite3", "service = sql", "device = /dev/modem", "loopsleep = 1"} <= set(lines)
    assert not any(line.startswith(("outboxpath", "service = files")) for line in lines)
    assert await smstools.give(7, "Вода")
    (order,) = smstools.daemon.spool("out").iterdir()
    assert order.read_text().splitlines()[-3:] == ["Alphabet: UTF-8", "", "Вода"]
    assert smstools.waits()
    order.rename(smstools.daemon.spool("failed") / order.name)
    assert not smstools.waits()
    assert await smstools.gave_up() == set()
    for tool in (sqlite, smstools):
        await tool.stop()


@pytest.mark.parametrize("text", ["first", "", "1234", "١٢٣٤٥ no", "0004x "])
def test_other_texts_are_no_alarms(text: str) -> None:
    assert index_of(text) is None


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


def test_a_spread_has_the_99th_percentile_of_what_was_measured() -> None:
    told = spread([number / 1000 for number in range(100, 0, -1)])
    assert told == {"count": 100, "p50_ms": 50.5, "p99_ms": 99, "max_ms": 100}
    assert spread([0.25])["p99_ms"] == 250


@pytest.mark.parametrize(
    ("values", "power"),
    [
        ({10: 3.0, 100: 30.0, 1000: 300.0}, 1.0),
        ({10: 2.0, 100: 200.0}, 2.0),
        ({10: 5.0, 1000: 5.0}, 0.0),
        ({10: 5.0}, None),
        ({10: 5.0, 100: 0.0}, None),
    ],
)
def test_growth_is_told_as_a_power(values: dict[int, float], power: float | None) -> None:
    found = exponent(values)
    assert found is None if power is None else found == pytest.approx(power)


CIRCUMSTANCES = {
    "date": "2026-11-22T00:00+00:00",
    "commit": "abc",
    "changed_since": False,
    "processor": "one",
    "cores": 2,
    "system": "Linux",
    "python": "3.14",
    "load": [0.1, 0.1, 0.1],
}


@pytest.mark.parametrize(("p99", "power", "words"), [(10.0, 0.9, 0), (51.0, 1.5, 3)])
def test_what_the_engine_misses_is_told(p99: float, power: float, words: int) -> None:
    row = dict.fromkeys(LABELS, 1.0)
    time_of = {"p50_ms": 1.0, "p99_ms": p99}
    exponents = {**dict.fromkeys(LABELS, 0.1), "start_s": power}
    text = engine_section(
        {
            "circumstances": CIRCUMSTANCES,
            "extent": {"messages": [10, 20], "open_alarms": [5], "asked": 3},
            "accepting": {},
            "histories": {"10": row, "20": row},
            "open_alarms": {"5": row},
            "exponents": {"histories": exponents, "open_alarms": exponents},
            "questions": {"who wrote": time_of},
            "answers": {},
        }
    )
    assert text.count("not reached") == words
    assert ("who wrote" in text.split("### What")[1].split("|")[0]) is bool(words)


@pytest.mark.parametrize(("p99", "word"), [(249.0, "reached"), (251.0, "**not reached**: MQTT")])
def test_a_late_first_octet_is_told(p99: float, word: str) -> None:
    row = {"p50_ms": 1.0, "p99_ms": p99}
    ways = {"MQTT": {"to accepted": row, "accepted to first AT octet": row}, "inbound": {"to event": row}}
    path = {"idle": ways, "loaded": ways}
    text = path_section(
        {"circumstances": CIRCUMSTANCES, "extent": {"samples": 3}, "path": path}, slow=0.06, spinners=2
    )
    assert f"idle machine: {word}." in text


CALM = {
    **dict.fromkeys(("alone_p50_ms", "asked_p50_ms", "asked_p99_ms", "taken_p50_ms", "taken_p99_ms"), 5.0),
    "alarms": 20,
    "lost": 0,
    "doubled": 0,
    "seconds": 2.0,
    "per_second": 10.0,
    "cpu_s": 1.0,
    "memory_mb": 80.0,
}


def test_the_ratios_are_how_many_times_ours() -> None:
    other = {**CALM, "per_second": 2.5, "cpu_s": 4.0}
    ended = {"alarms": 20, "lost": 1, "doubled": 3, "seconds": 4.0}
    calm = {"Alert Gateway": CALM, "other": other, "third": {"missing": "it was not ready"}}
    rough = {"Alert Gateway": {**ended, "lost": 0}, "other": ended, "third": {"missing": "the same"}}
    floor = {"from_host": 320, "to_host": 24, "turns": 2}
    result = {
        "circumstances": CIRCUMSTANCES,
        "extent": FULL.as_dict(),
        "refused_every": 20,
        "versions": {"Alert Gateway": "this commit", "other": "1.0", "fourth": ""},
        "missing": {"fourth": "it is not installed"},
        "rows": {scenario: calm if scenario.is_calm else rough for scenario in Scenario},
        "floor": {"one segment": floor},
        "floor_with_reports": {"one segment": {**floor, "to_host": 104}},
        "distance": {"gsm_driver": {"115200": {"one segment": {"seconds": 0.03, "of_floor": 1.031}}}},
    }
    text = instead_section(result)
    assert "| other | 20 | 2.5 (4) | 5 | 5 | 5 | 5 | 5 | 200 (0.25) | 80 (1) | 0 | 0 |" in text
    assert "| third | not measured: it was not ready |" in text
    assert "Not measured: fourth, it is not installed." in text
    assert "| other | 20 | 1 | 3 | 4 | 1 | 3 | 4 |" in text
    assert "| third | - | - | - | - | - | - | - |" in text
    assert "| one segment | 115,200 | 320 + 24 | 2 | 29.9 | 36.8 | 1.03 |" in floor_section(result)
