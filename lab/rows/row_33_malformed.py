"""What no program can use: broken, huge, nested, in no alphabet; on MQTT and over HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import aiohttp

from alert_engine.intake.http import PREFIX
from lab.parts.names import SOURCE, TOPICS
from lab.parts.plant import HTTP_TIMEOUT, HTTP_TOKEN, ONCE, a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from random import Random

    from lab.parts.plant import Plant
    from lab.run import Outcome, Run

HUGE = 10 * 1024 * 1024  # octets
GOOD = b'{"event": "raise", "severity": "critical", "key": "k", "title": "never", "id": 1}'

# What it is, its octets, the reason on MQTT, the status over HTTP.
Case = tuple[str, bytes, str, int]
CASES: tuple[Case, ...] = (
    ("cut off", GOOD[:30], "not_json", 400),
    ("no object", b"[1, 2, 3]", "not_json", 400),
    ("not a number", b'{"key": "k", "ts": NaN}', "not_json", 400),
    ("a number of 5000 digits", b'{"key": "k", "ts": ' + b"9" * 5000 + b"}", "not_json", 400),
    ("deep lists", b'{"key": "k", "labels": ' + b"[" * 30 + b"]" * 30 + b"}", "too_deep", 400),
    ("deeper than the stack", b'{"key":' + b"[" * 30_000 + b"]" * 30_000 + b"}", "too_deep", 400),
    ("Latin-1", '{"key": "k", "title": "Tür"}'.encode("latin-1"), "not_utf8", 400),
    ("UTF-16", GOOD.decode().encode("utf-16"), "not_utf8", 400),
    ("no severity that is one", b'{"key": "k", "severity": "very"}', "field", 400),
    ("a title that is a list", b'{"key": "k", "title": ["never"]}', "field", 400),
    ("another version", b'{"key": "k", "v": 2}', "version", 400),
    ("a source that it is not", b'{"key": "k", "source": "gateway"}', "field", 400),
    ("64 KiB and one", b" " * (64 * 1024 + 1), "too_large", 413),
    ("10 MiB", b'{"key": "k", "title": "' + b"x" * HUGE + b'"}', "too_large", 413),
    ("10 MiB of nested lists", b"[" * HUGE, "too_large", 413),
)
NOISE = (20, 4000)  # cases of random octets: quick, full

ROW = Row(
    number=33,
    fault="malformed, 10 MiB, deeply nested, in a wrong charset",
    expected="refused with a reason; nothing ends, and whoever sends what is right does not wait",
    worlds={World.REAL: Extent(quick=1, full=10, alone=True)},
    limits=(
        Limit("refused with a reason", at_least=100.0, unit="%"),
        Limit("taken for an alarm", at_most=0),
        Limit("crashes", at_most=0),
        Limit("t_alarm", at_most=1.0, unit="s"),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    timeout=300.0,
    remark="t_alarm: from publishing a good alarm, while 10 MiB come by HTTP, until MQTT shows its state",
)


async def play(run: Run) -> Outcome:
    """One bad message after the other, a good alarm after each few."""
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, has_http=True, policies=ONCE))
    radio = run.keep(a_radio(plant.modem))
    gateway = await run.use(plant.gateway())
    await running(gateway)
    right = bad = 0
    for name, octets, reason, status in run.random.sample(CASES, len(CASES)):
        bad += 1
        is_right = await _refused_on_mqtt(plant, octets, reason)
        refused = asyncio.create_task(_refused_by_http(plant, octets, status))
        if name.startswith("10 MiB"):
            await _a_good_one(run, plant, f"good{bad}")
        right += await refused and is_right
    for octets in _noise(run.random, NOISE[0] if run.is_quick else NOISE[1]):
        await plant.peer.publish(f"{TOPICS}/in/cmd/ack", octets, unchecked=True)
    await _a_good_one(run, plant, "afterwards")
    run.note("refused with a reason", 100.0 * right / bad)
    run.note("crashes", len(gateway.said("Traceback")) + len(gateway.said("mistake of ours")))
    await plant.settled()
    run.note("taken for an alarm", sum("never" in text for text in radio.phone.texts))
    return run.outcome(plant.journal, radio.phones)


async def _refused_on_mqtt(plant: Plant, octets: bytes, reason: str) -> bool:
    """It is counted for this reason, and its sender is told why."""
    before, heard = await plant.figure("mqtt_unused", f'reason="{reason}"'), len(plant.peer.messages)
    await plant.peer.publish(f"{TOPICS}/in/alarm/{SOURCE}/k", octets, unchecked=True)
    answers = f"out/response/{SOURCE}"
    await plant.peer.until(lambda: bool(plant.heard(answers, after=heard)))
    after = await plant.figure("mqtt_unused", f'reason="{reason}"')
    return after == before + 1 and bool(plant.heard(answers, after=heard)[0]["error"])


async def _refused_by_http(plant: Plant, octets: bytes, status: int) -> bool:
    url = f"http://127.0.0.1:{plant.http_port}{PREFIX}/{SOURCE}"
    headers = {"Authorization": f"Bearer {HTTP_TOKEN}", "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession(timeout=HTTP_TIMEOUT) as session,
        session.post(url, data=octets, headers=headers) as response,
    ):
        return response.status == status and bool((await response.json())["error"])


async def _a_good_one(run: Run, plant: Plant, key: str) -> None:
    began = run.now()
    await plant.raise_alarm(key, f"{key} is low.")
    await plant.alarm(key)
    run.note("t_alarm", run.now() - began)


def _noise(random: Random, count: int) -> list[bytes]:
    """Octets that were JSON once, or never."""
    order = json.dumps({"request_id": "r", "by": "panel", "code": "12"}).encode()
    found = []
    for _ in range(count):
        octets = bytearray(order if random.random() < 0.5 else random.randbytes(random.randrange(200)))
        for _ in range(random.randrange(1, 4)):
            if octets:
                octets[random.randrange(len(octets))] = random.randrange(256)
        found.append(bytes(octets))
    return found
