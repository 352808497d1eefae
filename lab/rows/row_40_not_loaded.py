"""Home Assistant starts without the gateway: recovery mode, safe mode, or its files are broken."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import asynccontextmanager, closing, suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.daemon.exits import ExitCode
from lab.ledger import Ledger
from lab.parts.audit import is_settled
from lab.parts.house import a_house
from lab.parts.names import ANNA, MODEM, SOURCE, TOPICS
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.program import Program
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World
from scripts.lib.demo.mqtt import Listener
from scripts.lib.environment import environment_python

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lab.parts.house import House
    from lab.parts.plant import Plant
    from lab.parts.radio import Radio
    from lab.run import Outcome, Run
    from scripts.lib.demo.mqtt import Seen

YARD = "alert_gateway/yard"  # the daemon beside it, on the same broker
BEATS_EVERY = 2  # seconds
PERIOD, GRACE = 5.0, 5.0  # seconds, of a heartbeat; the ratio counts
SLACK = 5.0  # seconds: Home Assistant beats until it has stopped, and an SMS takes its time
DIGEST = 180.0  # seconds within which it leaves
SILENT = "The gateway in Home Assistant is silent"
HELD = "Tank low, held by the broker"
YARD_ALARM = {"event": "raise", "severity": "critical", "id": "yard", "title": "Pump off, in the yard"}
HEARTBEAT = {
    "source": "ha",
    "key": "gateway",
    "period": f"{PERIOD:g}s",
    "grace": f"{GRACE:g}s",
    "severity": "critical",
    "title": SILENT,
}

# As docs/mqtt.md has it: it beats only while the gateway has something to show.
BEAT = f"""
automation:
  - alias: alive
    triggers: [{{trigger: time_pattern, seconds: "/{BEATS_EVERY}"}}]
    conditions:
      - "{{{{ integration_entities('alert_gateway') | select('has_value') | list | count > 0 }}}}"
    actions:
      - {{action: mqtt.publish, data: {{topic: {YARD}/in/heartbeat/ha/gateway, payload: "1", qos: 1}}}}
"""


class Case(StrEnum):
    """Why it is not loaded."""

    RECOVERY = "recovery mode"
    SAFE = "safe mode"
    BROKEN = "its files are broken"


CASES = tuple(Case)

ROW = Row(
    number=40,
    fault="recovery mode, safe mode, an integration that fails to load",
    expected="the daemon beside it goes on and says that the other is silent; nothing is lost",
    worlds={World.REAL: Extent(quick=1, full=2 * len(CASES))},
    limits=(
        Limit("t_gap", at_most=PERIOD + GRACE + SLACK, unit="s", anchor="A14"),
        Limit("t_offline", at_most=5.0, unit="s"),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.HOME_ASSISTANT}),
    timeout=300.0,
    remark=(
        "the dead man's switch outside is a daemon to which an automation sends a heartbeat every 2 s; t_gap "
        "is from the stop of Home Assistant to the SMS, with 5 s each of period and grace in place of 5 min. "
        "In the quick laboratory a daemon that cannot read its file stands for Home Assistant"
    ),
)


async def play(run: Run) -> Outcome:
    """Stop it, start it without us, see who tells; start it whole."""
    return await (_instead_of_the_daemon(run) if run.is_quick else _in_the_house(run))


async def _instead_of_the_daemon(run: Run) -> Outcome:
    (folder := run.folder / "home").mkdir()
    plant = await run.use(a_plant(folder, ledger=run.ledger, policies=ONCE))
    silent = run.keep(a_radio(plant.modem))
    radio = run.keep(a_radio(run.folder / "modem"))
    file = _write_settings(run.folder, plant.broker_port)
    yard = await run.use(Program("alert_engine.daemon", "run", str(file)))
    await running(yard)
    beside = Ledger()
    async with plant.gateway() as gateway, _beating(plant):
        await running(gateway)
        await asyncio.sleep(BEATS_EVERY)  # the daemon beside it has heard of it
        stopped, heard = run.now(), len(plant.peer.messages)
        gateway.signal(signal.SIGTERM)
        await plant.peer.until(lambda: not _is_online(plant, after=heard), within=30.0)
        run.note("t_offline", run.now() - stopped)
        assert await gateway.ends() == 0
    broken = plant.gateway()
    (folder / "gateway.yaml").write_text("(", encoding="utf-8")
    async with broken:
        assert await broken.ends() == ExitCode.CONFIG
    await plant.raise_alarm("held", HELD)
    await plant.peer.publish(f"{YARD}/in/alarm/{SOURCE}/pump", json.dumps(YARD_ALARM))
    await _is_told(run, beside, radio, stopped)
    assert not silent.phone.texts, "it was to be silent"
    gateway = await run.use(plant.gateway())
    await running(gateway)
    await silent.sms(HELD)
    await plant.settled()
    await _judge(run, beside, radio)
    return run.outcome(plant.journal, silent.phones)


async def _in_the_house(run: Run) -> Outcome:
    case = CASES[run.seed % len(CASES)]
    house = await run.use(a_house(run.folder / "house", run.ledger, prepare=_let_beat))
    radio, yard = await _daemon(run, house)
    beside = Ledger()

    stopped = run.now()
    house.signal(signal.SIGTERM)
    await house.stage.mqtt.wait_for(_is_offline, 30.0, "status offline")
    run.note("t_offline", run.now() - stopped)
    assert await house.ends(60.0), "Home Assistant does not stop"
    await _start_without_us(house, case)
    await house.publish("held", HELD)
    await yard.publish(f"in/alarm/{SOURCE}/pump", YARD_ALARM)
    await _is_told(run, beside, radio, stopped)
    assert not house.radio.phone.texts, "it was to be silent"

    await house.stop()
    if case is Case.BROKEN:
        _entrance(house).write_text(_entrance(house).read_text(encoding="utf-8")[1:], encoding="utf-8")
    await house.start()
    await house.radio.sms(HELD)
    await house.settled()
    await _judge(run, beside, radio)
    return run.outcome(house.journal, house.radio.phones)


async def _is_told(run: Run, beside: Ledger, radio: Radio, stopped: float) -> None:
    """The daemon beside it goes on, and says who is silent."""
    beside.accept("yard", "in the yard", ANNA)
    await radio.sms("in the yard")
    told = await radio.sms(SILENT)
    run.note("t_gap", told.at - stopped)


async def _judge(run: Run, beside: Ledger, radio: Radio) -> None:
    """The end of the silence may be told in a digest, which waits two minutes."""
    journal = run.folder / "journal.db"
    await run.until(lambda: is_settled(journal), "the daemon beside it is through", within=DIGEST)
    found = beside.findings(journal, radio.phones)
    assert found.is_clean, found.faults


async def _daemon(run: Run, house: House) -> tuple[Radio, Listener]:
    """It runs, and has heard that the gateway in Home Assistant lives."""
    port = house.stage.facts.mqtt_port
    file = _write_settings(run.folder, port)
    radio = run.keep(a_radio(run.folder / "modem"))
    python = str(environment_python("test"))
    await house.run("yard", python, "-m", "alert_engine.daemon", "run", str(file))
    yard = await _listener(run, port)
    await yard.wait_for(_is_route_that_works, 60.0, "the daemon's modem")
    ears = await _listener(run, port)  # from now on the daemon hears what these hear
    await ears.wait_for(lambda seen: "/in/heartbeat/" in seen.topic, 60.0, "a heartbeat")
    return radio, yard


def _write_settings(folder: Path, port: int) -> Path:
    settings = {
        "gateway": "yard",
        "journal": "journal.db",
        "mqtt": {"host": "127.0.0.1", "port": port},
        "modems": [{"name": MODEM, "port": str(folder / "modem")}],
        "people": [{"id": "anna", "name": "Anna", "phone": ANNA}],
        "policies": {"critical": {"steps": [{"after": "0s", "notify": ["anna"]}]}},
        "heartbeats": [HEARTBEAT],
    }
    file = folder / "gateway.yaml"
    file.write_text(json.dumps(settings), encoding="utf-8")
    return file


@asynccontextmanager
async def _beating(plant: Plant) -> AsyncIterator[None]:
    """As the automation does, for as long as the gateway is online."""

    async def beat() -> None:
        while True:
            if _is_online(plant):
                await plant.peer.publish(f"{YARD}/in/heartbeat/ha/gateway", "1")
            await asyncio.sleep(BEATS_EVERY)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _is_online(plant: Plant, *, after: int = 0) -> bool:
    """What it said last of itself; it is, until it says something."""
    said = [each.payload for each in plant.peer.messages[after:] if each.topic == f"{TOPICS}/status"]
    return not said or said[-1] == b"online"


async def _listener(run: Run, port: int) -> Listener:
    listener = Listener(port, YARD)
    await listener.connect()
    run.keep(closing(listener))
    return listener


def _let_beat(config: Path) -> None:
    with (config / "configuration.yaml").open("a", encoding="utf-8") as file:
        file.write(BEAT)


async def _start_without_us(house: House, case: Case) -> None:
    options: tuple[str, ...] = ()
    if case is Case.RECOVERY:
        options = ("--recovery-mode",)
    elif case is Case.SAFE:
        (_entrance(house).parents[2] / "safe-mode").touch()
    else:
        _entrance(house).write_text("(" + _entrance(house).read_text(encoding="utf-8"), encoding="utf-8")
    await house.start_without_us(*options)


def _entrance(house: House) -> Path:
    """The file with which our integration begins."""
    return house.journal.parents[1] / "custom_components" / "alert_gateway" / "__init__.py"


def _is_route_that_works(seen: Seen) -> bool:
    return "/out/route/" in seen.topic and seen.json().get("state") == "ok"


def _is_offline(seen: Seen) -> bool:
    return seen.topic.endswith("/status") and seen.payload == "offline"
