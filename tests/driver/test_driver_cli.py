"""``gsm-driver`` in a shell: what it prints, and what its exit codes say."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gsm_driver import (
    DeliveryReport,
    DeliveryStatus,
    FoundModem,
    IncomingCall,
    LateAcceptance,
    LinkChanged,
    MessageKind,
    ModemFault,
    ModemIdentity,
    PortInfo,
    ReceivedSms,
    RecoveryReason,
    RecoveryRung,
    RecoveryStep,
    StorageState,
    UnknownUrc,
    UsbMode,
    cli,
)
from gsm_driver.cli import ports, shell
from gsm_driver.cli.event_words import event_as_json, event_in_words
from gsm_driver.cli.exit_code import MEANINGS
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
        "manufacturer  Simulated",
        "model         Generic",
        "firmware      1.0",
        "imei          356938035643809",
    ]


def test_identify_for_scripts(run: Run) -> None:
    result = run("identify", "simulator://m", "--json")
    assert json.loads(result.stdout)["model"] == "Generic"


MODEM = FoundModem(
    name="Quectel EC25, EG25",
    usb_id="2c7c:0125",
    ports=("/dev/ttyUSB0", "/dev/ttyUSB2"),
    at_ports=("/dev/ttyUSB2",),
    port="/dev/ttyUSB2",
)
STICK = FoundModem(name="Huawei stick", mode=UsbMode.STORAGE, usb_id="12d1:1f01", problem="in storage mode")
UNTRIED = FoundModem(name="Maker Stick", ports=("/dev/ttyUSB9",), port="/dev/ttyUSB9")
ASKED = FoundModem(
    name="Maker Model",
    port="/dev/ttyS0",
    ports=("/dev/ttyS0", "a", "b"),
    identity=ModemIdentity(manufacturer="Maker", model="Model", firmware="", imei="356938035643809"),
)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def has(*modems: FoundModem, others: tuple[str, ...] = ()) -> None:
        monkeypatch.setattr(ports, "list_modems", lambda: modems)
        found = [PortInfo(device=name, stable_name=name, description="serial port") for name in others]
        monkeypatch.setattr(ports, "list_ports", lambda: found)

    return has


def test_list_names_modems_first_and_what_is_wrong_with_them(run: Run, machine: Callable[..., None]) -> None:
    machine(MODEM, STICK, UNTRIED, ASKED, others=("/dev/ttyS0", "/dev/ttyUSB0", "/dev/ttyACM3"))
    assert [line.split("  ")[0] for line in run("list").stdout.splitlines()] == [
        "Quectel EC25, EG25",
        "Huawei stick",
        "Maker Stick",
        "Maker Model",
        "no modem by its numbers",
    ]
    words = run("list").stdout
    assert "by its numbers; --ask asks it; 1 more port\n" in words
    assert "in storage mode" in words
    assert "its port must be tried: --ask" in words
    assert "IMEI ending in 3809; 2 more ports" in words
    assert words.splitlines()[-1].split() == [
        *("no", "modem", "by", "its", "numbers"),
        *("/dev/ttyACM3", "serial", "port"),
    ]


def test_list_for_scripts(run: Run, machine: Callable[..., None]) -> None:
    machine(MODEM, others=("/dev/ttyACM3",))
    modem, port = (json.loads(line) for line in run("list", "--json").stdout.splitlines())
    assert (modem["kind"], modem["port"], modem["mode"]) == ("modem", "/dev/ttyUSB2", "modem")
    assert (port["kind"], port["device"], port["is_modem_vendor"]) == ("port", "/dev/ttyACM3", False)


def test_list_asks_only_what_it_is_told_to(run: Run, machine: Callable[..., None]) -> None:
    machine(MODEM)
    assert "Simulated Generic" in run("list", "simulator://m").stdout
    asked = run("list", "--ask").stdout
    assert "does not exist" in asked


def test_list_without_ports(run: Run, machine: Callable[..., None]) -> None:
    machine()
    result = run("list")
    assert (result.stdout, result.stderr) == ("", "No modem and no serial port found.\n")
    assert run("list", "--json").stdout == ""


def test_a_terminal_gets_a_drawn_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shell.sys.stdout, "isatty", lambda: True, raising=False)
    shell.print_table(("What", "Port"), [("[bold]not markup[/bold]", "/dev/ttyS0")])
    drawn = capsys.readouterr().out
    assert "What" in drawn
    assert "[bold]not markup[/bold]" in drawn


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
    step = RecoveryStep(rung=RecoveryRung.RESET, fault=ModemFault.SILENT, reason=RecoveryReason.FIRST)
    late = LateAcceptance(recipient=NUMBER, segment=0, message_reference=7)
    assert event_in_words(message) == "message from (unknown) (text, 1 of 3 segments missing): ab"
    assert event_in_words(report) == f"report for reference 7 to {NUMBER}: failed"
    assert event_in_words(late) == "accepted late: segment 0, reference 7"
    assert event_in_words(StorageState(memory="SM", used=8, total=10)) == "memory SM: 8 of 10 slots used"
    assert event_in_words(LinkChanged(connected=True, reason="connected")) == "connected"
    assert event_in_words(step) == "recovery: reset, because of silent (first)"
    assert event_in_words(UnknownUrc(line="+X: 1")) == "unknown: +X: 1"
    assert event_in_words(IncomingCall(caller="")) == "call from (withheld)"
    assert event_as_json(message)["data"] == "01"
    assert event_as_json(report)["status"] == "failed"
    assert event_as_json(step)["rung"] == "reset"


def test_help_names_the_commands_and_the_exit_codes(run: Run) -> None:
    words = run("--help").stdout
    commands = {"list", "identify", "doctor", "send", "watch", "inbox", "ussd", "call", "trace", "simulate"}
    assert commands <= set(words.split())
    assert set(MEANINGS) == set(cli.ExitCode)
    for code in cli.ExitCode:
        assert f" {code.value} " in words
    assert "--install-completion" in words


def test_the_page_names_the_exit_codes_as_the_help_does() -> None:
    page = (Path(__file__).parents[2] / "docs" / "driver.md").read_text(encoding="utf-8")
    rows = [f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()]
    assert "\n".join(rows) in page


@pytest.mark.parametrize("command", ["list", "doctor", "send", "watch", "inbox", "ussd", "call", "trace"])
def test_every_command_has_help(run: Run, command: str) -> None:
    assert run(command, "--help").exit_code == 0


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
        for command, words in (("identify", "Simulated"), ("doctor", "ok   network"), ("inbox", "")):
            ran = subprocess.run(
                [*program, command, str(port)], capture_output=True, text=True, timeout=30, check=False
            )
            assert ran.returncode == 0, ran.stderr
            assert words in ran.stdout
        watch = subprocess.Popen([*program, "watch", str(port)], stderr=subprocess.PIPE, text=True)
        assert watch.stderr.readline().startswith("watching")
        os.kill(watch.pid, signal.SIGINT)
        assert watch.wait(timeout=10) == 130
    finally:
        simulator.send_signal(signal.SIGINT)
        assert simulator.wait(timeout=10) == 0
