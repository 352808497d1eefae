"""What the daemon is made of, in this process: the composition, the status, and the words of its log."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from alert_engine import failpoints
from alert_engine.config.document import gateway_settings_from
from alert_engine.config.modems import ModemSettings, RecoverySettings
from alert_engine.daemon.cli import app
from alert_engine.daemon.control import ControlServer
from alert_engine.daemon.exits import ExitCode
from alert_engine.daemon.narration import describe_health, narrate
from alert_engine.daemon.readiness import Readiness
from alert_engine.daemon.serve import serve
from alert_engine.journal.opening import connect
from alert_engine.journal.status import read_status, status_data, status_lines
from alert_engine.journal.tables.rehearsals import Rehearsal
from alert_engine.journal.transaction import Transaction
from alert_engine.model import (
    AlarmAcknowledge,
    AlarmChanged,
    AlarmRaise,
    Authorisation,
    Channel,
    InboundReceived,
    KeywordReceived,
    Message,
    MessageChanged,
    MessageKind,
    MessageState,
    Priority,
    RouteChanged,
    RouteRemoved,
    Severity,
)
from alert_engine.routes.base import RouteHealth, RouteState
from gsm_driver.simulator import SimCard, close_simulators, create_simulator
from tests import virtual_time

from .brokers import DEADLINE, Peer, Rumqttd, allow_sockets
from .support import ANNA, EPOCH, number_of, telling
from .test_mqtt_announcements import ALARM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from alert_engine.config.document import GatewaySettings
    from alert_engine.model import EngineEvent


class Said(logging.Handler):
    """Waits for a line of the log that holds these words."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.event = asyncio.Event()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        if self._line in record.getMessage():
            self.event.set()


async def journal_threads_end() -> None:
    """The journal has let its threads go; a test must not end before they have."""
    for thread in threading.enumerate():
        if thread.name.startswith("journal-"):
            await asyncio.to_thread(thread.join, DEADLINE)


async def test_serving_until_a_signal(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    allow_sockets()
    caplog.set_level(logging.INFO)
    simulator = create_simulator("m")
    async with Rumqttd(tmp_path) as broker, Peer(broker.port) as plc:
        settings = gateway_settings_from(
            {
                "gateway": "home",
                "journal": "journal.db",
                "mqtt": {"host": "127.0.0.1", "port": broker.port},
                "modems": [{"name": "stick", "port": "simulator://m"}],
                "people": [{"id": "anna", "name": "Anna", "phone": number_of(ANNA)}],
            },
            folder=tmp_path,
        )
        serving = asyncio.create_task(serve(settings, failpoint=failpoints.disarmed))
        await plc.subscribe("alert_gateway/home/status")
        await plc.message("alert_gateway/home/status", lambda message: message.payload == b"online")
        arrived = asyncio.Event()
        simulator.network.add_phone(number_of(ANNA))
        end = simulator.network.listen(lambda event: arrived.set() if event.kind == "delivered" else None)
        await plc.publish("alert_gateway/home/in/alarm/plc/tank", "ON")
        async with asyncio.timeout(DEADLINE):
            await arrived.wait()
        end()
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(DEADLINE):
            await serving
    close_simulators()
    await journal_threads_end()
    (text,) = simulator.network.phone(number_of(ANNA)).texts
    assert "tank" in text
    for line in ("modem stick: opening simulator://m", "running", "stopping", "stopped"):
        assert line in caplog.messages
    assert number_of(ANNA) not in caplog.text


async def test_serving_without_mqtt_and_modem(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    settings = gateway_settings_from({"gateway": "home", "journal": "journal.db"}, folder=tmp_path)
    said = Said("running")
    logging.getLogger("alert_gateway").addHandler(said)
    serving = asyncio.create_task(serve(settings, failpoint=failpoints.disarmed))
    async with asyncio.timeout(DEADLINE):
        await said.event.wait()
    os.kill(os.getpid(), signal.SIGINT)
    async with asyncio.timeout(DEADLINE):
        await serving
    logging.getLogger("alert_gateway").removeHandler(said)
    await journal_threads_end()
    assert not any(line.startswith("MQTT") for line in caplog.messages)
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert [line.split(":")[0] for line in warnings] == [
        "nobody is told of alarms",
        "no SMS can be sent",
        "no alarm can come in",
    ]


async def served_until(words: str, settings: GatewaySettings, *signals: signal.Signals) -> None:
    """Run until a line of the log holds these words, then until the signals have ended it."""
    said = Said(words)
    logging.getLogger().addHandler(said)
    serving = asyncio.create_task(serve(settings, failpoint=failpoints.disarmed))
    async with asyncio.timeout(DEADLINE):
        await said.event.wait()
        logging.getLogger().removeHandler(said)
        for number in signals:
            os.kill(os.getpid(), number)
        await serving
    await journal_threads_end()


class Reading:
    """What is read at each SIGHUP: one answer after the other."""

    def __init__(self, *answers: Callable[[], Any]) -> None:
        self._answers = list(answers)

    def __call__(self) -> Any:
        return self._answers.pop(0)()


def a_mistake() -> Any:
    raise KeyError(number_of(ANNA))


async def test_no_hangup_ends_the_gateway(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither one that comes while it starts, nor a mistake of ours in what it does then."""
    caplog.set_level(logging.INFO)
    settings = gateway_settings_from({"gateway": "home", "journal": "journal.db"}, folder=tmp_path)
    reading = Reading(a_mistake, lambda: None, lambda: settings)
    serving = asyncio.create_task(serve(settings, failpoint=failpoints.disarmed, load=reading))
    await asyncio.sleep(0)  # it has begun to start
    for words in (
        "the configuration stays as it was: a mistake of ours, KeyError in a_mistake",
        "using the configuration met a mistake of ours: AttributeError in needs_restart",
        "the configuration was read again",
    ):
        said = Said(words)
        logging.getLogger("alert_gateway").addHandler(said)
        os.kill(os.getpid(), signal.SIGHUP)
        async with asyncio.timeout(DEADLINE):
            await said.event.wait()
        logging.getLogger("alert_gateway").removeHandler(said)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(DEADLINE):
        await serving
    await journal_threads_end()
    assert number_of(ANNA) not in caplog.text


async def test_without_a_control_socket_it_works_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.db.socket"
    path.mkdir()
    control = ControlServer(path, Readiness(gateway="home", version="1"))
    await control.start()
    await control.stop()
    assert f"no control socket at {path}" in caplog.text


async def test_a_refused_pin_stays_refused_over_restarts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    card = create_simulator("m").modem.sim = SimCard(pin="7359")
    data = {
        "gateway": "home",
        "journal": "journal.db",
        "modems": [{"name": "stick", "port": "simulator://m", "pin": "0000"}],
    }
    settings = gateway_settings_from(data, folder=tmp_path)
    await served_until("the SIM refused the PIN", settings, signal.SIGTERM)
    await served_until("refused before; correct it", settings, signal.SIGHUP, signal.SIGTERM)
    close_simulators()
    assert card.pin_tries == 2
    assert "modems that wait are tried now" in caplog.messages
    assert (tmp_path / "journal.db.pins").exists()


async def test_a_power_switch_that_is_missing_is_told_at_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    recovery = {"power_command": ["no-such-program", "secret"]}
    data = {
        "gateway": "home",
        "journal": "journal.db",
        "modems": [{"name": "stick", "port": "simulator://m", "recovery": recovery}],
    }
    await served_until("running", gateway_settings_from(data, folder=tmp_path), signal.SIGTERM)
    close_simulators()
    assert "modem stick cannot be switched off and on: there is no program no-such-program" in caplog.messages
    assert "secret" not in caplog.text


def test_secrets_never_show() -> None:
    modem = ModemSettings(
        name="stick",
        port="/dev/x",
        pin="4711",
        imei="356938035643809",
        recovery=RecoverySettings(power_command=("curl", "token")),
    )
    assert not any(secret in repr(modem) for secret in ("4711", "356938035643809", "token"))


class TestStatus:
    @pytest.fixture
    def journal(self, tmp_path: Path) -> Path:
        """Two open alarms, one taken, with their messages."""

        async def story() -> None:
            async with telling(tmp_path) as story:
                critical = AlarmRaise(source="plc", key="tank", severity=Severity.CRITICAL, title="Tank low")
                result = await story.engine.raise_alarm(critical)
                await story.engine.raise_alarm(AlarmRaise(source="plc", key="pump"))
                alarm_id = result.alarms[0].id
                await story.until(10)
                await story.engine.acknowledge(AlarmAcknowledge(by="anna", alarm_id=alarm_id))

        virtual_time.run(story())
        return tmp_path / "journal.db"

    def test_for_people(self, journal: Path) -> None:
        lines = status_lines(read_status(journal), EPOCH + timedelta(minutes=90))
        codes = [alarm.code for alarm in read_status(journal).alarms]
        assert lines == [
            "2 open alarm(s)",
            f"  {codes[0]}  critical  acked, taken by anna  for 90 min  plc/tank: Tank low",
            f"  {codes[1]}  normal  raised  for 90 min  plc/pump",
            "messages: 2 accepted",
        ]

    def test_for_programs(self, journal: Path) -> None:
        data = json.loads(json.dumps(status_data(read_status(journal))))
        assert [(alarm["key"], alarm["state"], alarm["acked_by"]) for alarm in data["alarms"]] == [
            ("tank", "acked", "anna"),
            ("pump", "raised", None),
        ]
        assert data["messages"] == {"accepted": 2}
        assert number_of(ANNA) not in json.dumps(data)
        assert data["rehearsals"] == []

    def test_what_came_of_the_weekly_tests(self, journal: Path) -> None:
        answered = Rehearsal(
            message_uid="m1",
            alarm_id="a1",
            person="anna",
            channel=Channel.SMS,
            started_at=EPOCH,
            route="stick",
            accepted_at=EPOCH + timedelta(seconds=3),
            answered_at=EPOCH + timedelta(seconds=40),
        )
        with closing(connect(journal)) as connection:
            table = Transaction(connection).rehearsals
            table.put(answered)
            table.put(replace(answered, message_uid="m2", started_at=EPOCH + timedelta(days=7)))
        newest, oldest = json.loads(json.dumps(status_data(read_status(journal))))["rehearsals"]
        assert newest["message"] == "m2"
        assert oldest == {
            "message": "m1",
            "person": "anna",
            "channel": "sms",
            "route": "stick",
            "started_at": EPOCH.isoformat(),
            "accepted_at": (EPOCH + timedelta(seconds=3)).isoformat(),
            "delivered_at": None,
            "answered_at": (EPOCH + timedelta(seconds=40)).isoformat(),
        }

    @pytest.mark.parametrize("options", [(), ("--json",)])
    def test_as_a_command(self, journal: Path, options: tuple[str, ...]) -> None:
        file = journal.parent / "gateway.yaml"
        file.write_text("gateway: home\njournal: journal.db\n", encoding="utf-8")
        result = CliRunner().invoke(app, ["status", str(file), *options])
        assert result.exit_code == ExitCode.OK
        assert "Tank low" in result.stdout

    def test_an_empty_journal(self, tmp_path: Path) -> None:
        async def story() -> None:
            async with telling(tmp_path):
                pass

        virtual_time.run(story())
        found = read_status(tmp_path / "journal.db")
        assert status_lines(found, EPOCH) == ["0 open alarm(s)", "messages: none"]


def message(**changes: Any) -> Message:
    fields: dict[str, Any] = {
        "uid": "m1",
        "kind": MessageKind.RAISE,
        "channel": Channel.SMS,
        "address": "+436601234567",
        "recipient": "anna",
        "alarm_id": "a1",
        "text": "Tank low",
        "priority": Priority.CRITICAL,
        "state": MessageState.QUEUED,
        "segments": 1,
        "attempts": 1,
        "in_doubt": False,
        "route": None,
        "created_at": EPOCH,
        "due_at": EPOCH,
        "expires_at": None,
    }
    return Message(**{**fields, **changes})


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (AlarmChanged(alarm=ALARM, event="raised", at=EPOCH), "alarm 4711 (critical, plc/tank/3) raised"),
        (
            AlarmChanged(alarm=ALARM, event="acknowledged", at=EPOCH),
            "alarm 4711 (critical, plc/tank/3) acknowledged by anna",
        ),
        (MessageChanged(message=message(), at=EPOCH), "sms to anna (raise) queued"),
        (
            MessageChanged(
                message=message(recipient=None, state=MessageState.FAILED, route="stick", reason="CMS 1"),
                at=EPOCH,
            ),
            "sms to a number (raise) failed by stick: CMS 1",
        ),
        (
            InboundReceived(
                id="i1",
                route="stick",
                person=None,
                sender="+436601234567",
                text="hello",
                authorisation=Authorisation.NONE,
                keyword=None,
                received_at=EPOCH,
                service_centre_time=None,
                segments=1,
            ),
            "message received by stick from somebody unknown",
        ),
        (
            KeywordReceived(
                id="i1",
                keyword="OK",
                person="anna",
                arguments=("4711",),
                authorisation=Authorisation.CODE,
                at=EPOCH,
            ),
            "anna used OK",
        ),
        (
            RouteChanged(
                route="stick", health=RouteHealth(state=RouteState.FAILED, reason="no modem"), at=EPOCH
            ),
            "route stick: failed: no modem",
        ),
        (RouteRemoved(route="stick", at=EPOCH), "route stick: removed"),
    ],
)
def test_one_line_per_event(event: EngineEvent, line: str) -> None:
    assert narrate(event) == line


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (RouteHealth(state=RouteState.OK), "ok"),
        (
            RouteHealth(state=RouteState.OK, facts=(("operator", "A1"), ("signal_dbm", -71))),
            "ok (A1, -71 dBm)",
        ),
        (
            RouteHealth(
                state=RouteState.DEGRADED, reason="weak", facts=(("operator", None), ("signal_dbm", -109))
            ),
            "degraded (-109 dBm): weak",
        ),
    ],
)
def test_health_in_words(health: RouteHealth, words: str) -> None:
    assert describe_health(health) == words
