"""alert-gateway as its users run it: a process, a modem on a pty, a broker, signals, exit codes."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from alert_engine.daemon.cli import FAILPOINT_VARIABLE, app
from alert_engine.daemon.exits import ExitCode
from gsm_driver.simulator import ControlClient
from lab.parts.program import Program

from .brokers import DEADLINE, Mosquitto, Peer, Rumqttd, allow_sockets, needs_mosquitto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TOPICS = "alert_gateway/home"
ANNA = "+436601234567"
BEN = "+436607654321"
PIN = "4713"

GATEWAY = """\
gateway: home
journal: journal.db
mqtt: {{host: 127.0.0.1, port: {port}}}
modems:
  - {{name: stick, port: {modem}, pin: "4713"}}
people:
  - {{id: anna, name: Anna, phone: "+43 660 1234567"}}
  - {{id: ben, name: Ben, phone: "+43 660 7654321", can_acknowledge: false}}
policies:
  critical: {{notify: [anna, ben], repeat: 3, every: 5min}}
in_doubt_wait: {{critical: 1s}}
"""


@pytest.fixture(autouse=True)
def sockets() -> None:
    allow_sockets()


@dataclass
class Plant:
    """A broker, a modem with its network, and a client of the broker."""

    file: Path
    peer: Peer
    network: ControlClient
    texts: list[tuple[str, str]] = field(default_factory=list)  # to whom, and what; not asked for yet

    def gateway(self, **environment: str) -> Program:
        return Program("alert_engine.daemon", "run", str(self.file), **environment)

    async def running(self, gateway: Program) -> None:
        """The gateway has broker and modem."""
        await gateway.says(r"route stick: ok")
        await self.peer.message(f"{TOPICS}/status", lambda message: message.payload == b"online")

    async def say(self, topic: str, payload: str | dict[str, Any]) -> None:
        text = json.dumps(payload) if isinstance(payload, dict) else payload
        await self.peer.publish(f"{TOPICS}/{topic}", text)

    async def sms_to(self, number: str, words: str = "") -> str:
        """The oldest text to a number that holds these words and was not asked for yet.

        Texts to several people come in any order.
        """
        while True:
            for known in self.texts:
                if known[0] == number and words in known[1]:
                    self.texts.remove(known)
                    return known[1]
            event = await self.network.next_event("delivered", within=DEADLINE)
            self.texts.append((event["number"], event["text"]))

    async def alarm(self, **wanted: Any) -> dict[str, Any]:
        """The retained state of an alarm that has the wanted fields."""

        def fitting() -> list[dict[str, Any]]:
            states = [
                m for m in self.peer.messages if re.search(r"/out/alarm/\w+/state$", m.topic) and m.payload
            ]
            return [data for m in states if wanted.items() <= (data := json.loads(m.payload)).items()]

        await self.peer.until(lambda: bool(fitting()))
        return fitting()[-1]


@asynccontextmanager
async def a_plant(folder: Path, broker: Mosquitto | Rumqttd) -> AsyncIterator[Plant]:
    modem = folder / "modem"
    simulator = Program(
        "gsm_driver.simulator",
        "--pty", str(modem), "--control", "0", "--latency", "0.05",
        "--phone", ANNA, "--phone", BEN,
    )  # fmt: skip
    async with broker, simulator, Peer(broker.port) as peer:
        control = await simulator.says(r"control: (\d+)")
        async with await ControlClient.connect(int(control[1])) as network:
            await network.listen()
            await peer.subscribe(f"{TOPICS}/#")
            file = folder / "gateway.yaml"
            file.write_text(GATEWAY.format(port=broker.port, modem=modem), encoding="utf-8")
            yield Plant(file, peer, network)


@pytest.fixture(params=["rumqttd"])
async def plant(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Plant]:
    allow_sockets()
    broker = Mosquitto(tmp_path) if request.param == "mosquitto" else Rumqttd(tmp_path)
    async with a_plant(tmp_path, broker) as ready:
        yield ready


@pytest.mark.parametrize(
    "plant", [pytest.param("mosquitto", marks=needs_mosquitto), "rumqttd"], indirect=True
)
async def test_the_story(plant: Plant) -> None:
    async with plant.gateway() as gateway:
        await plant.running(gateway)

        await plant.say("in/alarm/plc/tank", {"event": "raise", "severity": "critical", "title": "Tank low"})
        raised = await plant.alarm(state="raised", title="Tank low")
        code = raised["code"]
        assert code in await plant.sms_to(ANNA)
        assert code in await plant.sms_to(BEN)
        told = [{"id": person, "channel": "sms", "state": "delivered"} for person in ("anna", "ben")]
        await plant.alarm(state="raised", recipients=told)

        await plant.network.call("text", number=ANNA, text=f"OK {code}")
        acked = await plant.alarm(state="acked", acked_by="anna")
        assert acked["id"] == raised["id"]
        await plant.peer.message(f"{TOPICS}/out/keyword/OK")
        assert code in await plant.sms_to(ANNA)  # confirmed to her
        assert code in await plant.sms_to(BEN)  # and told to him

        await plant.say("in/alarm/plc/tank", "OFF")
        await plant.alarm(state="closed", id=raised["id"])
        await plant.sms_to(ANNA, "CLEARED")
        await plant.sms_to(BEN, "CLEARED")

        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == ExitCode.OK
    await plant.peer.message(f"{TOPICS}/status", lambda message: message.payload == b"offline")
    _shows_nobody(gateway.output, "Tank low", f"OK {code}")


async def test_a_killed_gateway_leaves_its_last_will_and_goes_on_where_it_was(plant: Plant) -> None:
    async with plant.gateway(**{FAILPOINT_VARIABLE: "raise_after_commit"}) as gateway:
        await plant.running(gateway)
        await plant.say("in/alarm/plc/tank", {"event": "raise", "id": "e1", "severity": "critical"})
        assert await gateway.ends() == -signal.SIGKILL
    await plant.peer.message(f"{TOPICS}/status", lambda message: message.payload == b"offline")

    async with plant.gateway() as gateway:
        raised = await plant.alarm(state="raised")
        assert raised["code"] in await plant.sms_to(ANNA)
        assert raised["code"] in await plant.sms_to(BEN)
        assert raised["count"] == 1  # the broker sent it again: known by its id
        counters = await plant.network.call("counters")
        assert counters["network"]["doubled"] == 0
        gateway.signal(signal.SIGINT)
        assert await gateway.ends() == ExitCode.OK


async def test_an_sms_in_hand_is_finished_first(plant: Plant) -> None:
    await plant.network.call("conditions", submit_latency=1.0)
    async with plant.gateway() as gateway:
        await plant.running(gateway)
        await plant.say("in/alarm/plc/tank", "ON")
        await plant.network.next_event("submitting", within=DEADLINE)
        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == ExitCode.OK
    with closing(sqlite3.connect(plant.file.parent / "journal.db")) as journal:
        states = [state for (state,) in journal.execute("SELECT state FROM message ORDER BY sequence")]
    assert states[0] in {"accepted", "delivered"}
    assert states[1] == "queued"


async def test_status_beside_a_running_gateway(plant: Plant) -> None:
    async with plant.gateway() as gateway:
        await plant.running(gateway)
        await plant.say("in/alarm/plc/tank", {"title": "Tank low"})
        raised = await plant.alarm(state="raised")
        async with Program("alert_engine.daemon", "status", str(plant.file), "--json") as status:
            await status.says("{")
            assert await status.ends() == ExitCode.OK
    (data,) = (json.loads(line) for line in status.lines)
    assert data["gateway"] == "home"
    assert [(alarm["code"], alarm["key"], alarm["title"]) for alarm in data["alarms"]] == [
        (raised["code"], "tank", "Tank low")
    ]
    assert sum(data["messages"].values()) == 2


async def test_two_gateways_on_one_journal(plant: Plant) -> None:
    async with plant.gateway() as first:
        await plant.running(first)
        async with plant.gateway() as second:
            assert await second.ends() == ExitCode.JOURNAL
        assert second.output.startswith("alert-gateway: the journal")
        assert "Traceback" not in second.output


async def test_without_broker_and_modem_it_runs_and_says_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(GATEWAY.format(port=1, modem=tmp_path / "nothing"), encoding="utf-8")
    async with Program("alert_engine.daemon", "run", str(file), "-v") as gateway:
        await gateway.says("MQTT: nothing listens at 127.0.0.1:1: is the broker running")
        await gateway.says("route stick: failed: ")
        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == ExitCode.OK
    assert PIN not in gateway.output


async def test_a_journal_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    file = tmp_path / "gateway.yaml"
    file.write_text("gateway: home\njournal: journal.db\n", encoding="utf-8")
    async with Program("alert_engine.daemon", "run", str(file)) as gateway:
        assert await gateway.ends() == ExitCode.JOURNAL
    assert gateway.output.startswith("alert-gateway: the journal")


class TestCommands:
    """The short ones, in this process."""

    def run(self, *arguments: str) -> Any:
        return CliRunner().invoke(app, list(arguments))

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        file = tmp_path / "gateway.yaml"
        file.write_text(GATEWAY.format(port=1883, modem="/dev/ttyUSB2"), encoding="utf-8")
        return file

    def test_check_says_what_it_understood(self, file: Path) -> None:
        result = self.run("check", str(file))
        assert result.exit_code == ExitCode.OK
        assert result.output == f"{file}: ok. gateway home, 2 people, 1 modem(s)\n"

    def test_check_warns_of_what_looks_odd(self, file: Path) -> None:
        file.write_text(
            "gateway: home\njournal: j\nmqtt: {host: b}\n"
            "modems: [{name: stick, port: p, recovery: {power_command: [no-such-program]}}]\n"
            "people: [{id: anna, name: Anna, phone: '+436601234567', can_acknowledge: false}]\n",
            encoding="utf-8",
        )
        result = self.run("check", str(file))
        assert result.exit_code == ExitCode.OK
        assert result.stderr.splitlines() == [
            "warning: line 5, column 1: people: nobody may take an alarm: set can_acknowledge for somebody",
            "warning: modem stick cannot be switched off and on: there is no program no-such-program",
        ]

    @pytest.mark.parametrize("command", ["check", "run", "status"])
    def test_a_mistake_in_the_file(self, file: Path, command: str) -> None:
        file.write_text("gateway: home\njournal: j\npeple: []\n", encoding="utf-8")
        result = self.run(command, str(file))
        assert result.exit_code == ExitCode.CONFIG
        assert result.stderr.startswith(f"alert-gateway: {file}: line 3, column 1: peple: is no known key")

    def test_no_file(self, tmp_path: Path) -> None:
        result = self.run("check", str(tmp_path / "no.yaml"))
        assert result.exit_code == ExitCode.CONFIG
        assert "cannot be read: No such file" in result.stderr

    def test_status_before_the_first_start(self, file: Path) -> None:
        result = self.run("status", str(file))
        assert result.exit_code == ExitCode.JOURNAL
        assert "was the gateway ever started with this file?" in result.stderr

    def test_status_of_something_that_is_no_journal(self, file: Path) -> None:
        (file.parent / "journal.db").write_bytes(b"no database" * 100)
        result = self.run("status", str(file))
        assert result.exit_code == ExitCode.JOURNAL
        assert "cannot be read" in result.stderr

    def test_status_of_another_release(self, file: Path) -> None:
        with closing(sqlite3.connect(file.parent / "journal.db")) as journal:
            journal.execute("PRAGMA user_version = 999")
        result = self.run("status", str(file))
        assert result.exit_code == ExitCode.JOURNAL
        assert "another release" in result.stderr

    def test_an_unknown_failpoint(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(FAILPOINT_VARIABLE, "nowhere")
        result = self.run("run", str(file))
        assert result.exit_code == ExitCode.CONFIG
        assert "nowhere" in result.stderr


def _shows_nobody(output: str, *texts: str) -> None:
    """No number, no text, no PIN in the log."""
    for secret in (ANNA, BEN, ANNA[3:], BEN[3:], *texts):
        assert secret not in output
    assert "Traceback" not in output
