"""``gsm-driver`` in a shell: what it prints, and what its exit codes say."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gsm_driver import (
    DeliveryReport,
    DeliveryStatus,
    IncomingCall,
    LinkChanged,
    MessageKind,
    PortInfo,
    ReceivedSms,
    StorageState,
    UnknownUrc,
    cli,
)
from gsm_driver.simulator import (
    Fault,
    FaultPlan,
    LoopScheduler,
    Moment,
    NetworkConditions,
    SimCard,
    SimulatedNetwork,
    Simulator,
    register_simulator,
)
from gsm_driver.simulator.faults import Fail, Lose
from tests import virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path
    from typing import Any

    from click.testing import Result

    Run = Callable[..., Result]
    Prepare = Callable[[], object]

NUMBER = "+436601234567"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command in virtual time, after `prepare` was called inside its loop."""

    def runner(
        *arguments: str, prepare: Callable[[], object] = lambda: None, text: str | None = None
    ) -> Result:
        async def prepared(work: Coroutine[Any, Any, Any]) -> object:
            prepare()
            return await work

        monkeypatch.setattr(asyncio, "run", lambda work: virtual_time.run(prepared(work)))
        return CliRunner().invoke(cli.app, list(arguments), input=text)

    return runner


def network_with(**conditions: float) -> Callable[[], Simulator]:
    def prepare() -> Simulator:
        scheduler = LoopScheduler()
        network = SimulatedNetwork(scheduler, conditions=NetworkConditions(**conditions))
        network.add_phone(NUMBER)
        return register_simulator(Simulator(scheduler, name="m", network=network))

    return prepare


def modem_with(**options: Any) -> Callable[[], Simulator]:
    return lambda: register_simulator(Simulator(LoopScheduler(), name="m", **options))


def inbound(*texts: str) -> Callable[[], object]:
    def prepare() -> None:
        simulator = network_with()()
        for number, text in enumerate(texts):
            asyncio.get_running_loop().call_later(5 + number, simulator.network.deliver_sms, NUMBER, text)

    return prepare


def test_identify(run: Run) -> None:
    result = run("identify", "simulator://m")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "manufacturer Simulated",
        "model        Generic",
        "firmware     1.0",
        "imei         356938035643809",
    ]


def test_identify_for_scripts(run: Run) -> None:
    result = run("identify", "simulator://m", "--json")
    assert json.loads(result.stdout)["model"] == "Generic"


def test_list_names_ports(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        cli, "list_ports", lambda: (PortInfo(device="a", stable_name="b", description="c", vendor_id=0x12D1),)
    )
    assert run("list").stdout == "modem? b  c\n"
    assert json.loads(run("list", "--json").stdout)["is_modem_vendor"] is True


def test_list_without_ports(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "list_ports", tuple)
    assert run("list").stdout == "No serial port found.\n"
    assert run("list", "--json").stdout == ""


def test_send(run: Run) -> None:
    result = run("send", "simulator://m", NUMBER, "Wasser im Keller")
    assert (result.exit_code, result.stdout) == (0, "sent, 1 segment(s)\n")


def test_send_from_standard_input(run: Run) -> None:
    result = run("send", "simulator://m", NUMBER, "-", text="x" * 200 + "\n")
    assert result.stdout == "sent, 2 segment(s)\n"


def test_send_waits_for_the_reports(run: Run) -> None:
    result = run(
        "send", "simulator://m", NUMBER, "x" * 200, "--report", prepare=network_with(report_latency=30.0)
    )
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "report for reference 1: delivered",
        "report for reference 2: delivered",
    ]


def test_send_for_scripts(run: Run) -> None:
    result = run("send", "simulator://m", NUMBER, "x", "--report", "--json")
    assert json.loads(result.stdout) == {"message_references": [1], "reports": {"1": "delivered"}}


@pytest.mark.parametrize(
    "prepare",
    [network_with(report_loss_rate=1.0), modem_with()],
    ids=["report lost", "nobody has this number"],
)
def test_send_says_when_it_was_not_delivered(run: Run, prepare: Prepare) -> None:
    result = run("send", "simulator://m", NUMBER, "x", "--report", "--wait", "20", prepare=prepare)
    assert result.exit_code == cli.ExitCode.UNDELIVERED


@pytest.mark.parametrize(
    ("arguments", "prepare", "code", "words"),
    [
        (["send", "/dev/does-not-exist", NUMBER, "x"], None, cli.ExitCode.PORT, "does not exist"),
        (["send", "simulator://m", "nonsense", "x"], None, cli.ExitCode.USAGE, "gsm-driver:"),
        (["send", "simulator://m", NUMBER, "x"], modem_with(sim=SimCard(pin="1")), cli.ExitCode.SIM, "PIN"),
        (
            ["send", "simulator://m", NUMBER, "x"],
            modem_with(faults=FaultPlan([Fault(moment=Moment.SUBMIT, effect=Fail(final="+CMS ERROR: 38"))])),
            cli.ExitCode.FAILED,
            "not sent",
        ),
        (
            ["send", "simulator://m", NUMBER, "x"],
            modem_with(faults=FaultPlan([Fault(moment=Moment.ANSWER, effect=Lose(), command="+CMGS")])),
            cli.ExitCode.UNKNOWN,
            "left for the modem",
        ),
        (["identify", "/dev/does-not-exist"], None, cli.ExitCode.PORT, "does not exist"),
    ],
)
def test_each_kind_of_failure_has_its_code_and_its_words(
    run: Run, arguments: list[str], prepare: Prepare, code: cli.ExitCode, words: str
) -> None:
    result = run(*arguments, prepare=prepare or (lambda: None))
    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert NUMBER not in result.stderr


def test_the_pin_comes_from_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GSM_DRIVER_PIN", "1234")
    result = run("send", "simulator://m", NUMBER, "x", prepare=modem_with(sim=SimCard(pin="1234")))
    assert result.exit_code == 0


def test_watch_prints_what_comes(run: Run) -> None:
    result = run("watch", "simulator://m", "--count", "2", prepare=inbound("OK 4711", "Danke"))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"message from {NUMBER} (text): OK 4711",
        f"message from {NUMBER} (text): Danke",
    ]
    assert "watching Simulated Generic" in result.stderr


@pytest.mark.parametrize(("options", "left"), [([], 1), (["--delete"], 0)])
def test_watch_deletes_only_when_told(run: Run, options: list[str], left: int) -> None:
    simulators: list[Simulator] = []

    def prepare() -> None:
        simulators.append(network_with()())
        asyncio.get_running_loop().call_later(5, simulators[0].network.deliver_sms, NUMBER, "OK")

    run("watch", "simulator://m", "--count", "1", *options, prepare=prepare)
    assert simulators[0].modem.storages["SM"].used == left


def test_watch_for_scripts(run: Run) -> None:
    result = run("watch", "simulator://m", "--count", "1", "--json", prepare=inbound("OK 4711"))
    event = json.loads(result.stdout)
    assert (event["event"], event["text"], event["kind"]) == ("ReceivedSms", "OK 4711", "text")


def test_watch_ends_with_the_line(run: Run) -> None:
    def prepare() -> None:
        asyncio.get_running_loop().call_later(50, network_with()().unplug)

    result = run("watch", "simulator://m", prepare=prepare)
    assert result.exit_code == cli.ExitCode.PORT
    assert "unplugged" in result.stderr


def test_every_event_has_words() -> None:
    message = ReceivedSms(
        sender="",
        sender_is_alphanumeric=False,
        text="ab",
        kind=MessageKind.TEXT,
        service_centre_time=None,
        segments=3,
        missing=1,
        data=b"\x01",
    )
    report = DeliveryReport(
        message_reference=7,
        recipient=NUMBER,
        status=DeliveryStatus.FAILED,
        tp_status=65,
        service_centre_time=None,
        discharge_time=None,
    )
    assert cli._event_in_words(message) == "message from (unknown) (text, 1 of 3 segments missing): ab"
    assert cli._event_in_words(report) == f"report for reference 7 to {NUMBER}: failed"
    assert cli._event_in_words(StorageState(memory="SM", used=8, total=10)) == "memory SM: 8 of 10 slots used"
    assert cli._event_in_words(LinkChanged(connected=True, reason="connected")) == "connected"
    assert cli._event_in_words(UnknownUrc(line="+X: 1")) == "unknown: +X: 1"
    assert cli._event_in_words(IncomingCall(caller="")) == "IncomingCall"
    assert cli._event_as_json(message)["data"] == "01"
    assert cli._event_as_json(report)["status"] == "failed"


def test_help_names_the_commands(run: Run) -> None:
    assert {"list", "identify", "send", "watch", "simulate"} <= set(run("--help").stdout.split())


def test_the_program_as_a_person_starts_it(tmp_path: Path) -> None:
    """The simulator in one shell, the driver in another; Ctrl-C ends both quietly."""
    port = tmp_path / "modem"
    program = [sys.executable, "-c", "from gsm_driver.cli import main; main()"]
    simulator = subprocess.Popen(
        [*program, "simulate", "--pty", str(port), "--latency", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert simulator.stdout.readline() == f"port: {port}\n"
        sent = subprocess.run(
            [*program, "send", str(port), NUMBER, "Hallo"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (sent.returncode, sent.stdout) == (0, "sent, 1 segment(s)\n"), sent.stderr
        watch = subprocess.Popen([*program, "watch", str(port)], stderr=subprocess.PIPE, text=True)
        assert watch.stderr.readline().startswith("watching")
        os.kill(watch.pid, signal.SIGINT)
        assert watch.wait(timeout=10) == 130
    finally:
        simulator.send_signal(signal.SIGINT)
        assert simulator.wait(timeout=10) == 0
