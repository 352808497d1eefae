"""``gsm-driver`` when something is wrong: nothing is risked, and nothing is said that is not so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    CommandError,
    FoundModem,
    ModemError,
    ModemTimeoutError,
    PinRequiredError,
    ResponseError,
    cli,
    diagnosis,
)
from gsm_driver.cli import failure, messages, options, ports, shell
from gsm_driver.simulator import (
    Fault,
    FaultPlan,
    Moment,
    NetworkConditions,
    NetworkEventKind,
    SimCard,
    Simulator,
    faults,
)
from gsm_driver.simulator.faults import Fail, Unplug
from gsm_driver.simulator.telephony import CallBehaviour, CallManner
from gsm_driver.simulator.ussd import UssdMenu
from tests.driver.cli_bench import NUMBER, PORT, Bench, end_after, end_at, error_of

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path
    from typing import Any

LONG = "x" * 400  # three segments
EVIL = "hi\n2026-11-22 01:05 message from +43111BOSS (text): OK ALL\x1b[2J\x9b1A\u202e"
SHOWN = r"hi\n2026-11-22 01:05 message from +43111BOSS (text): OK ALL\x1b[2J\x9b1A\u202e"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.delenv("GSM_DRIVER_PIN", raising=False)
    return Bench(monkeypatch)


# --- arguments are checked before the port is opened ---


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("send", PORT, "+43 664 123", "x"), "number: "),
        (("send", PORT, NUMBER, "x" * 50_000), "text: "),
        (("send", PORT, NUMBER, "caf\udce9"), "text: it is not UTF-8"),
        (("send", PORT, NUMBER, "x", "--wait", "nan"), "--wait is a number of seconds"),
        (("send", "", NUMBER, "x"), "the name of the port is empty"),
        (("watch", PORT, "--count", "-1"), "--count"),
        (("watch", PORT, "--baudrate", "0"), "--baudrate"),
        (("doctor", ""), "the name of the port is empty"),
        (("doctor", PORT, "--service-centre", "nonsense"), "--service-centre is + and"),
        (("doctor", PORT, "--send-to-self", "--number", "x y"), "number: "),
        (("identify", " "), "the name of the port is empty"),
        (("list", ""), "the name of the port is empty"),
        (("inbox", ""), "the name of the port is empty"),
        (("trace", PORT, "/nowhere/at/all"), "cannot be written"),
        (("trace", PORT, "/nowhere/at/all", "--seconds", "inf"), "--seconds is a number of seconds"),
        (("trace", PORT), "FILE"),
        (("call", PORT, NUMBER, "--tones", "xyz"), "--tones are the digits"),
        (("call", PORT, NUMBER, "--ring-for", "nan"), "--ring-for is a number of seconds"),
        (("call", PORT, NUMBER, "--ring-for", "-5"), "--ring-for is a number of seconds"),
        (("call", PORT, "*21#"), "number: "),
        (("ussd", PORT, "caf\udce9"), "not UTF-8"),
        (("ussd", ""), "Missing argument"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_opened(
    bench: Bench, arguments: tuple[str, ...], words: str
) -> None:
    result = bench.run(*arguments)
    assert result.exit_code == cli.ExitCode.USAGE
    assert words in result.stderr
    assert bench.simulator is None
    assert NUMBER not in result.stderr


@pytest.mark.parametrize("data", [b"caf\xe9", b"x" * 300_000], ids=["Latin-1", "too long"])
def test_standard_input_that_is_no_text_is_not_sent(bench: Bench, data: bytes) -> None:
    result = bench.run("send", PORT, NUMBER, "-", text=data)
    assert (result.exit_code, bench.simulator) == (cli.ExitCode.USAGE, None)
    assert "text: standard input" in result.stderr


# --- the PIN ---

EVERY = [
    ("send", PORT, NUMBER, "x"),
    ("watch", PORT, "--count", "1"),
    ("inbox", PORT),
    ("doctor", PORT),
    ("call", PORT, NUMBER),
    ("ussd", PORT, "*100#"),
]


@pytest.mark.parametrize("arguments", EVERY, ids=lambda given: given[0])
@pytest.mark.parametrize("pin", ["12", "", '1234";x', "123456789", "\u0967\u0968\u0969\u096a"])
def test_a_pin_that_no_sim_has_is_refused_before_the_port_opens(
    bench: Bench, arguments: tuple[str, ...], pin: str
) -> None:
    result = bench.run(*arguments, "--pin", pin, sim=SimCard(pin="1234"))
    assert (result.exit_code, bench.simulator) == (cli.ExitCode.USAGE, None)
    assert "4 to 8 digits; nothing was entered" in result.stderr.replace(", and nothing else", "")
    assert not pin or pin not in result.stderr


def test_such_a_pin_in_the_environment_is_refused_too(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GSM_DRIVER_PIN", "12")
    assert bench.run("identify", PORT).exit_code == cli.ExitCode.OK  # it asks for none
    assert bench.run("inbox", PORT).exit_code == cli.ExitCode.USAGE


def card_with(tries: int) -> SimCard:
    card = SimCard(pin="1234")
    card.pin_tries = tries
    return card


@pytest.mark.parametrize("arguments", EVERY, ids=lambda given: given[0])
def test_a_pin_is_not_tried_where_not_all_tries_are_left(bench: Bench, arguments: tuple[str, ...]) -> None:
    card = card_with(2)
    result = bench.run(*arguments, "--pin", "9999", sim=card)
    assert (result.exit_code, card.pin_tries) == (cli.ExitCode.SIM, 2)
    words = result.stdout + result.stderr
    assert "tries left: 2" in words
    assert "--last-tries" in words


def test_a_pin_is_not_tried_where_nobody_knows_how_many_are_left(bench: Bench) -> None:
    card = SimCard(pin="1234")
    mute = FaultPlan([Fault(moment=Moment.COMMAND, effect=Fail(final="ERROR"), command="+CPINR")])
    result = bench.run("inbox", PORT, "--pin", "9999", sim=card, faults=mute)
    assert (result.exit_code, card.pin_tries) == (cli.ExitCode.SIM, 3)
    assert "tries left: not told" in result.stderr


@pytest.mark.parametrize("arguments", [("send", PORT, NUMBER, "x"), ("inbox", PORT), ("doctor", PORT)])
def test_a_person_may_allow_it(bench: Bench, arguments: tuple[str, ...]) -> None:
    result = bench.run(*arguments, "--pin", "1234", "--last-tries", sim=card_with(2))
    assert result.exit_code == cli.ExitCode.OK


def test_a_wrong_pin_costs_one_try_however_often_a_script_runs(bench: Bench) -> None:
    card = SimCard(pin="1234")
    for _ in range(3):
        assert bench.run("send", PORT, NUMBER, "x", "--pin", "9999", sim=card).exit_code == cli.ExitCode.SIM
    assert card.pin_tries == 2


# --- what a send that failed may have done ---


def test_a_refusal_that_proves_nothing_is_in_doubt(bench: Bench) -> None:
    plan = FaultPlan([faults.submit_error(500, sent=True)])
    result = bench.run("send", PORT, NUMBER, "x", "--json", faults=plan)
    assert result.exit_code == cli.ExitCode.UNKNOWN
    assert "ask the recipient before you send it again" in result.stderr
    assert (error_of(result)["is_certain"], error_of(result)["exit_code"]) == (False, 5)


def test_a_script_learns_what_was_sent_before_the_failure(bench: Bench) -> None:
    plan = FaultPlan([faults.submit_error(38, at=(2,))])
    result = bench.run("send", PORT, NUMBER, LONG, "--json", faults=plan)
    assert result.exit_code == cli.ExitCode.FAILED
    error = error_of(result)
    assert error["accepted"] == [{"segment": 0, "message_reference": 1}]
    assert (error["type"], error["error_class"], error["segment"]) == ("SendRejectedError", "temporary", 1)
    assert error["text"] in result.stderr
    assert error["advice"] == "try the same again in a minute"
    assert error["advice"] in result.stderr


def test_a_line_lost_after_the_sending_is_no_reason_to_send_again(bench: Bench) -> None:
    def unplug_when_taken(simulator: Simulator) -> None:
        simulator.network.listen(
            lambda event: simulator.unplug() if event.kind is NetworkEventKind.DELIVERED else None
        )

    result = bench.run(
        "send",
        PORT,
        NUMBER,
        "x",
        "--report",
        "--json",
        change=unplug_when_taken,
        conditions=NetworkConditions(report_latency=60, delivery_latency=5),
    )
    assert result.exit_code == cli.ExitCode.UNDELIVERED
    assert json.loads(result.stdout)["message_references"] == [1]
    assert "no more reports can be waited for" in result.stderr


@pytest.mark.parametrize(("options", "asked"), [(("--report", "--wait", "0"), 1), ((), 0)])
def test_a_report_that_is_not_waited_for_is_asked_for_all_the_same(
    bench: Bench, options: tuple[str, ...], asked: int
) -> None:
    lossy = NetworkConditions(report_loss_rate=1.0)  # they are counted when they are made
    result = bench.run("send", PORT, NUMBER, "x", *options, conditions=lossy)
    assert (result.exit_code, result.stderr) == (0, "")
    assert bench.simulator.network.counters.reports_lost == asked


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        (NetworkConditions(report_loss_rate=1.0), "no report came in time"),
        (NetworkConditions(), "not delivered, say the reports"),
    ],
    ids=["no report", "bad report"],
)
def test_no_report_is_not_a_bad_report(bench: Bench, conditions: NetworkConditions, words: str) -> None:
    number = NUMBER if conditions.report_loss_rate else "+43999"
    result = bench.run("send", PORT, number, "x", "--report", "--wait", "30", conditions=conditions)
    assert result.exit_code == cli.ExitCode.UNDELIVERED
    assert words in result.stderr


# --- Ctrl-C and SIGTERM ---


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_send_ended_after_ctrl_z_may_have_been_sent(bench: Bench, number: signal.Signals) -> None:
    result = bench.run(
        "send",
        PORT,
        NUMBER,
        "x",
        "--json",
        change=end_at(NetworkEventKind.SUBMITTING, number),
        conditions=NetworkConditions(submit_latency=5),
    )
    assert result.exit_code == cli.ExitCode.UNKNOWN
    assert "may have been sent" in result.stderr
    assert (error_of(result)["phase"], error_of(result)["accepted"]) == ("submitted", [])


def test_a_send_ended_between_segments_says_which_are_out(bench: Bench) -> None:
    result = bench.run(
        "send",
        PORT,
        NUMBER,
        LONG,
        "--json",
        change=end_at(NetworkEventKind.SUBMITTING, signal.SIGINT, times=2),
        conditions=NetworkConditions(submit_latency=5),
    )
    assert "segment 2 of 3 had left" in result.stderr
    assert error_of(result)["accepted"] == [{"segment": 0, "message_reference": 1}]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, cli.ExitCode.INTERRUPTED),
        (signal.SIGTERM, cli.ExitCode.TERMINATED),
        (signal.SIGHUP, cli.ExitCode.TERMINAL_CLOSED),
    ],
)
def test_a_send_ended_before_it_left_was_not_sent(
    bench: Bench, number: signal.Signals, code: cli.ExitCode
) -> None:
    result = bench.run("send", PORT, NUMBER, "x", "--json", change=end_after(0.0, number))
    assert result.exit_code == code
    assert "nothing was sent" in result.stderr
    assert bench.simulator.network.counters.attempted == 0
    assert error_of(result)["exit_code"] == code


def test_a_send_ended_while_it_waits_for_the_report_was_sent(bench: Bench) -> None:
    result = bench.run(
        "send",
        PORT,
        NUMBER,
        "x",
        "--report",
        "--json",
        change=end_after(50, signal.SIGTERM),
        conditions=NetworkConditions(report_latency=100),
    )
    assert result.exit_code == cli.ExitCode.TERMINATED
    assert "the message was sent" in result.stderr
    assert error_of(result)["accepted"] == [{"segment": 0, "message_reference": 1}]


def test_a_send_ended_by_an_ignored_signal_is_not_ended(bench: Bench) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        result = bench.run(
            "send", PORT, NUMBER, "x", change=end_at(NetworkEventKind.SUBMITTING, signal.SIGHUP)
        )
    finally:
        signal.signal(signal.SIGHUP, before)
    assert result.exit_code == 0


@pytest.mark.parametrize("kind", [NetworkEventKind.RINGING, NetworkEventKind.ANSWERED])
def test_a_call_that_is_ended_is_hung_up(bench: Bench, kind: NetworkEventKind) -> None:
    ended: list[NetworkEventKind] = []

    def change(simulator: Simulator) -> None:
        simulator.network.on_call(NUMBER, CallBehaviour(manner=CallManner.ANSWER, talks_for=600))
        simulator.network.listen(lambda event: ended.append(event.kind))
        end_at(kind, signal.SIGTERM)(simulator)

    result = bench.run("call", PORT, NUMBER, change=change)
    assert result.exit_code == cli.ExitCode.TERMINATED
    assert "was hung up" in result.stderr
    assert ended[-1] is NetworkEventKind.CALL_ENDED


def test_a_trace_that_is_ended_is_kept(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "trace.txt"
    result = bench.run("trace", PORT, str(file), "--seconds", "90", change=end_after(60, signal.SIGINT))
    assert result.exit_code == cli.ExitCode.INTERRUPTED
    assert "until then is in" in result.stderr
    assert "> AT" in file.read_text(encoding="utf-8")


def test_the_test_with_oneself_says_what_it_left(bench: Bench) -> None:
    result = bench.run(
        "doctor",
        PORT,
        "--send-to-self",
        change=end_at(NetworkEventKind.SUBMITTED, signal.SIGINT),
    )
    assert result.exit_code == cli.ExitCode.INTERRUPTED
    assert "may have been sent" in result.stderr


def test_ctrl_c_where_the_loop_hears_no_signals(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(messages, "check_text", interrupted)  # before the loop runs
    assert bench.run("send", PORT, NUMBER, "x").exit_code == cli.ExitCode.INTERRUPTED

    async def interrupted_later(work: Coroutine[Any, Any, Any], _: object) -> None:
        work.close()
        interrupted()

    monkeypatch.setattr(shell, "until_ended", interrupted_later)
    assert bench.run("watch", PORT).exit_code == cli.ExitCode.INTERRUPTED


# --- for scripts ---


@pytest.mark.parametrize(
    ("arguments", "kind", "code"),
    [
        (("send", "/dev/does-not-exist", NUMBER, "x"), "PortUnavailableError", cli.ExitCode.PORT),
        (("send", PORT, "x y", "x"), "PduEncodeError", cli.ExitCode.USAGE),
        (("identify", "/dev/does-not-exist"), "PortUnavailableError", cli.ExitCode.PORT),
        (("inbox", ""), "UsageError", cli.ExitCode.USAGE),
        (("call", PORT), "UsageError", cli.ExitCode.USAGE),
        (("watch", PORT, "--nonsense"), "UsageError", cli.ExitCode.USAGE),
    ],
)
def test_an_error_is_a_document(
    bench: Bench, arguments: tuple[str, ...], kind: str, code: cli.ExitCode
) -> None:
    result = bench.run(*arguments, "--json")
    (line,) = result.stdout.splitlines()
    error = json.loads(line)["error"]
    assert (error["type"], error["exit_code"], result.exit_code) == (kind, code, code)
    assert error["text"]
    assert result.stderr
    assert bench.run(*arguments).stdout == ""


@pytest.mark.parametrize("command", ["watch", "inbox"])
def test_times_are_written_in_one_way(bench: Bench, command: str) -> None:
    def change(simulator: Simulator) -> None:
        simulator.modem.settings.cnmi = (2, 1, 0, 0, 0)
        simulator.network.deliver_sms(NUMBER, "OK")

    options = ("--count", "1") if command == "watch" else ()
    event = json.loads(bench.run(command, PORT, "--json", *options, change=change).stdout.splitlines()[0])
    assert "T" in event["service_centre_time"]
    assert "T" in event.get("at", "T")


# --- what strangers write ---


@pytest.mark.parametrize("command", ["watch", "inbox"])
@pytest.mark.parametrize("as_json", [True, False])
def test_a_text_neither_moves_the_cursor_nor_forges_a_line(
    bench: Bench, *, command: str, as_json: bool
) -> None:
    def change(simulator: Simulator) -> None:
        simulator.modem.settings.cnmi = (2, 1, 0, 0, 0)
        simulator.network.deliver_sms(NUMBER, EVIL)

    options = [*(["--count", "1"] if command == "watch" else []), *(["--json"] if as_json else [])]
    result = bench.run(command, PORT, *options, change=change)
    (line,) = result.stdout.removesuffix("\n").split("\n")
    assert line.isprintable()
    if as_json:
        assert json.loads(line)["text"] == EVIL
    else:
        assert line.endswith(f"message from {NUMBER} (text): {SHOWN}")


def test_a_menu_keeps_its_lines(bench: Bench) -> None:
    menu = UssdMenu(text="1 Guthaben\n2 Mehr")
    result = bench.run("ussd", PORT, "*100#", change=lambda it: it.network.add_ussd("*100#", menu))
    assert result.stdout == "1 Guthaben\n2 Mehr\n"


# --- ports ---


def test_a_named_port_without_a_modem_is_a_failure(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "list_modems", lambda: ())
    monkeypatch.setattr(ports, "list_ports", list)
    result = bench.run("list", "/dev/nope")
    assert result.exit_code == cli.ExitCode.PORT
    assert "no modem answered at /dev/nope" in result.stderr
    assert bench.run("list").exit_code == 0
    assert bench.run("list", PORT).exit_code == 0


def test_who_has_a_file_open_that_is_no_port_is_not_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "holders_of", lambda *_: ("bash",))
    result = bench.run("doctor", "/dev/null")
    assert result.exit_code == cli.ExitCode.PORT
    assert "is not a serial port" in result.stdout
    assert "in use by" not in result.stdout


def test_a_modem_unplugged_in_the_middle_is_told_with_what_to_do(bench: Bench) -> None:
    plan = FaultPlan([Fault(moment=Moment.COMMAND, effect=Unplug(), command="+CPIN")])
    result = bench.run("inbox", PORT, "--json", faults=plan)
    assert result.exit_code == cli.ExitCode.PORT
    assert "plugged in" in error_of(result)["advice"]


# --- as a program ---


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gsm_driver.cli", *arguments],
        capture_output=True,
        timeout=30,
        check=False,
        env={**os.environ, **environment},
    )


def test_it_is_a_module_too() -> None:
    ran = program("--help")
    assert ran.returncode == 0
    assert b"gsm-driver" in ran.stdout


def test_a_shell_completes_commands_and_options() -> None:
    words = {"_GSM_DRIVER_COMPLETE": "complete_bash", "COMP_CWORD": "1"}
    assert b"doctor" in program(**words, COMP_WORDS="gsm-driver do").stdout
    words["COMP_CWORD"] = "2"
    assert b"--last-tries" in program(**words, COMP_WORDS="gsm-driver send --last").stdout


def test_a_terminal_without_the_character_gets_it_escaped() -> None:
    ran = program("identify", "/dev/Ωhm", PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert ran.returncode == cli.ExitCode.PORT
    assert b"/dev/\\u03a9hm does not exist" in ran.stderr


def test_arguments_that_are_no_text_are_not_sent() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "gsm_driver.cli", "send", PORT, NUMBER, b"caf\xe9"],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == cli.ExitCode.USAGE
    assert b"not UTF-8" in ran.stderr


# --- small things of the program itself ---


def test_the_console_command_ends_with_the_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["somewhere/gsm-driver", "send", "", NUMBER, "x"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.ExitCode.USAGE
    assert capsys.readouterr().err.startswith("gsm-driver: the name of the port is empty")


def test_the_simulator_names_itself_as_it_was_started(bench: Bench) -> None:
    result = bench.run("simulate", "--tcp", "99999")
    assert result.exit_code == cli.ExitCode.USAGE
    assert result.stderr.startswith("usage: gsm-driver simulate")


def test_ports_of_modems_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    plugged = [FoundModem(name="Quectel EC25", port="/dev/ttyUSB2"), FoundModem(name="in storage mode")]
    monkeypatch.setattr(options, "list_modems", lambda: plugged)
    assert options.complete_port("/dev/") == [("/dev/ttyUSB2", "Quectel EC25")]
    assert options.complete_port("COM") == []


@pytest.mark.parametrize(
    ("err", "advice"),
    [
        (CommandError("ATD", "ERROR"), "gsm-driver doctor"),
        (ResponseError("+CSQ", "letters"), "gsm-driver trace"),
        (ModemTimeoutError("AT+CSQ", 5), "off its power"),
        (PinRequiredError("the text says what to do"), ""),
    ],
)
def test_what_to_do_is_said_where_the_text_does_not(
    capsys: pytest.CaptureFixture[str], err: ModemError, advice: str
) -> None:
    failure.tell_failure(err, as_json=True)
    told = capsys.readouterr()
    assert advice in json.loads(told.out)["error"]["advice"]
    assert advice in told.err
    assert len(told.err.splitlines()) == (2 if advice else 1)
