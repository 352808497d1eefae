"""``gsm-driver doctor``, ``inbox``, ``trace``, ``call``, ``ussd``: what they say, and how they end."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from gsm_driver import RegistrationStatus, cli
from gsm_driver.simulator import Fault, FaultPlan, Moment, NetworkConditions, SimCard, Simulator
from gsm_driver.simulator.faults import Fail, Lose, Unplug
from gsm_driver.simulator.telephony import CallBehaviour, CallManner
from gsm_driver.simulator.ussd import UssdMenu
from tests.driver.cli_bench import NUMBER, Bench

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from click.testing import Result

OWN = "+43660000001"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def findings(result: Result) -> dict[str, dict[str, str]]:
    """By check; of several the last."""
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return {finding["check"]: finding for finding in lines}


# --- doctor ---


def test_a_modem_that_is_well(bench: Bench) -> None:
    result = bench.run("doctor", "simulator://m")
    assert result.exit_code == 0
    assert {line.split()[0] for line in result.stdout.splitlines()} == {"ok"}
    assert "all is well; --send-to-self is the proof" in result.stderr
    assert "356938035643809" not in result.stdout


def test_a_message_to_oneself_is_the_proof(bench: Bench) -> None:
    result = bench.run(
        "doctor", "simulator://m", "--send-to-self", "--json", conditions=NetworkConditions(report_latency=3)
    )
    assert result.exit_code == 0
    assert findings(result)["self_test"]["verdict"] == "good"
    assert re.fullmatch(
        r"sent, received after \d+ s, report: delivered after \d+ s", findings(result)["self_test"]["text"]
    )
    assert bench.simulator.modem.storages["SM"].used == 0


@pytest.mark.parametrize(
    ("arguments", "options", "verdict", "words", "code"),
    [
        ((), {"sim": SimCard(number="")}, "notice", "does not know its own number", 0),
        (("--number", OWN), {"sim": SimCard(number=OWN)}, "good", "received after", 0),
        (("--number", NUMBER), {}, "bad", "did not arrive within 120 s; report: delivered", 1),
        ((), {"conditions": NetworkConditions(report_loss_rate=1.0)}, "notice", "no delivery report", 0),
        (
            (),
            {"faults": FaultPlan([Fault(moment=Moment.SUBMIT, effect=Fail(final="+CMS ERROR: 38"))])},
            "bad",
            "not sent",
            1,
        ),
    ],
    ids=["no number", "number given", "somebody else's number", "no report", "refused"],
)
def test_what_the_self_test_can_say(
    bench: Bench,
    *,
    arguments: tuple[str, ...],
    options: dict[str, Any],
    verdict: str,
    words: str,
    code: int,
) -> None:
    result = bench.run("doctor", "simulator://m", "--send-to-self", "--json", *arguments, **options)
    told = findings(result)["self_test"]
    assert (told["verdict"], result.exit_code) == (verdict, code)
    assert words in told["text"]


def test_a_line_lost_in_the_self_test_is_told(bench: Bench) -> None:
    plan = FaultPlan([Fault(moment=Moment.SUBMIT, effect=Unplug())])
    result = bench.run("doctor", "simulator://m", "--send-to-self", faults=plan)
    assert result.exit_code in {cli.ExitCode.PORT, cli.ExitCode.FAILED}
    assert "gone" in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("card", "arguments", "words", "advice"),
    [
        (SimCard(pin="1234"), (), "asks for its PIN; PIN tries left: 3", "GSM_DRIVER_PIN"),
        (SimCard(pin="1234"), ("--pin", "9999"), "asks for its PIN; PIN tries left: 2", "not tried again"),
        (SimCard(present=False), (), "there is no SIM", "the right way round"),
    ],
)
def test_a_sim_that_needs_a_person(
    bench: Bench, card: SimCard, arguments: tuple[str, ...], words: str, advice: str
) -> None:
    result = bench.run("doctor", "simulator://m", "--json", *arguments, sim=card)
    assert result.exit_code == cli.ExitCode.SIM
    told = findings(result)
    assert list(told) == ["port", "modem", "sim"]
    assert words in told["sim"]["text"]
    assert advice in told["sim"]["advice"]


def test_a_locked_sim_is_told_before_it_is_lost(bench: Bench) -> None:
    card = SimCard(pin="1234")
    card.pin_tries = 0
    result = bench.run("doctor", "simulator://m", "--json", "--pin", "1234", sim=card)
    assert "locked after wrong PINs" in findings(result)["sim"]["text"]
    assert card.puk_tries == 10


def test_the_right_pin_is_entered(bench: Bench) -> None:
    assert bench.run("doctor", "simulator://m", "--pin", "1234", sim=SimCard(pin="1234")).exit_code == 0


@pytest.mark.parametrize(
    ("status", "packet", "verdict", "words"),
    [
        (RegistrationStatus.ROAMING, None, "notice", "foreign operator"),
        (RegistrationStatus.SMS_ONLY_HOME, None, "good", "SMS only, which is enough"),
        (RegistrationStatus.DENIED, RegistrationStatus.HOME, "bad", "data only"),
        (RegistrationStatus.DENIED, None, "bad", "refuses this SIM"),
        (RegistrationStatus.SEARCHING, None, "bad", "not registered"),
    ],
)
def test_where_the_network_stands(
    bench: Bench,
    status: RegistrationStatus,
    packet: RegistrationStatus | None,
    verdict: str,
    words: str,
) -> None:
    result = bench.run(
        "doctor", "simulator://m", "--json", change=lambda it: it.modem.set_registration(status, packet)
    )
    told = findings(result)["network"]
    assert told["verdict"] == verdict
    assert words in told["text"]
    assert bool(told["advice"]) is (verdict != "good")


def test_a_modem_that_is_just_searching_gets_its_time(bench: Bench) -> None:
    result = bench.run("doctor", "simulator://m", "--json", change=lambda it: it.modem.lose_registration(20))
    assert findings(result)["network"]["verdict"] == "good"


def test_a_sim_without_service_centre_gets_the_one_that_was_given(bench: Bench) -> None:
    told = findings(bench.run("doctor", "simulator://m", "--json", sim=SimCard(service_centre="")))
    assert told["service_centre"]["verdict"] == "bad"
    assert "--service-centre" in told["service_centre"]["advice"]
    told = findings(
        bench.run(
            "doctor",
            "simulator://m",
            "--json",
            "--service-centre",
            "+43664000501",
            sim=SimCard(service_centre=""),
        )
    )
    assert told["service_centre"]["text"] == "SMSC +43664000501"


def test_a_full_memory_is_told(bench: Bench) -> None:
    result = bench.run("doctor", "simulator://m", change=lambda it: it.modem.fill_storage("SM"))
    assert result.exit_code == cli.ExitCode.FAILED
    assert "memory SM: 20 of 20 slots used" in result.stdout
    assert "gsm-driver inbox" in result.stdout


def test_a_port_that_cannot_be_opened(bench: Bench) -> None:
    result = bench.run("doctor", "/dev/does-not-exist")
    assert result.exit_code == cli.ExitCode.PORT
    assert "does not exist" in result.stdout


def test_a_port_where_nobody_answers(bench: Bench) -> None:
    result = bench.run("doctor", "simulator://m", change=lambda it: it.modem.fall_silent())
    assert result.exit_code == cli.ExitCode.PORT
    assert "nobody answers AT" in result.stdout
    assert "--baudrate" in result.stdout


def test_a_modem_that_falls_silent_in_the_middle(bench: Bench) -> None:
    plan = FaultPlan([Fault(moment=Moment.COMMAND, effect=Lose(), command="+CPIN")])
    result = bench.run("doctor", "simulator://m", faults=plan)
    assert result.exit_code == cli.ExitCode.PORT
    assert "did not answer AT+CPIN" in result.stdout


# --- inbox ---


def with_messages(simulator: Simulator) -> None:
    for text in ("OK 4711", "Wasser? " * 30):
        simulator.network.deliver_sms(NUMBER, text)


def later(simulator: Simulator) -> None:
    simulator.modem.settings.cnmi = (2, 1, 0, 0, 0)
    with_messages(simulator)


def test_what_lies_in_the_modem_is_printed_and_left_there(bench: Bench) -> None:
    result = bench.run("inbox", "simulator://m", change=later)
    assert result.exit_code == 0
    assert [line.partition("message from ")[2][:23] for line in result.stdout.splitlines()] == [
        f"{NUMBER} (text): O",
        f"{NUMBER} (text): W",
    ]
    assert "memory SM: 3 of 20 slots used" in result.stderr
    assert bench.simulator.modem.storages["SM"].used == 3


def test_what_was_printed_may_be_deleted(bench: Bench) -> None:
    result = bench.run("inbox", "simulator://m", "--delete", "--json", change=later)
    assert [json.loads(line)["event"] for line in result.stdout.splitlines()] == ["ReceivedSms"] * 2
    assert "3 of 3 deleted" in result.stderr
    assert bench.simulator.modem.storages["SM"].used == 0


def test_what_cannot_be_deleted_is_said(bench: Bench) -> None:
    plan = FaultPlan([Fault(moment=Moment.COMMAND, effect=Fail(final="+CMS ERROR: 500"), command="+CMGD")])
    result = bench.run("inbox", "simulator://m", "--delete", change=later, faults=plan)
    assert "cannot be deleted" in result.stderr
    assert "0 of 3 deleted" in result.stderr


# --- trace ---


def test_a_trace_shows_the_dialogue_and_hides_who_it_is_about(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "trace.txt"
    result = bench.run("trace", "simulator://m", str(file), "--seconds", "90", change=later)
    assert result.exit_code == 0
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# gsm-driver ")
    assert "# Simulated Generic, firmware 1.0, family generic" in text
    assert re.search(r"^ +\d+\.\d{3} > AT\+CMGL=4$", text, re.MULTILINE)
    assert "= ReceivedSms" in text
    for secret in (NUMBER, NUMBER[1:], "356938035643809", "4711", "Wasser", "3664000501"):
        assert secret not in text


def test_a_trace_of_a_failure_ends_with_it(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "trace.txt"
    result = bench.run("trace", "simulator://m", str(file), sim=SimCard(pin="1234"))
    assert result.exit_code == cli.ExitCode.SIM
    assert "! PinRequiredError: the SIM asks for its PIN" in file.read_text(encoding="utf-8")


def test_a_trace_overwrites_nothing(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "trace.txt"
    file.write_text("mine")
    result = bench.run("trace", "simulator://m", str(file))
    assert (result.exit_code, file.read_text()) == (cli.ExitCode.USAGE, "mine")
    assert "File exists" in result.stderr


# --- call and ussd ---


@pytest.mark.parametrize(
    ("manner", "words", "code"),
    [
        (CallManner.ANSWER, "answered", cli.ExitCode.OK),
        (CallManner.BUSY, "busy", cli.ExitCode.UNDELIVERED),
        (CallManner.IGNORE, "no answer", cli.ExitCode.UNDELIVERED),
    ],
)
def test_what_became_of_a_call(bench: Bench, manner: CallManner, words: str, code: cli.ExitCode) -> None:
    behaviour = CallBehaviour(manner=manner, talks_for=5.0)
    result = bench.run(
        "call", "simulator://m", NUMBER, change=lambda it: it.network.on_call(NUMBER, behaviour)
    )
    assert (result.stdout.strip(), result.exit_code) == (words, code)


def test_keys_are_pressed_once_somebody_answers(bench: Bench) -> None:
    result = bench.run("call", "simulator://m", NUMBER, "--tones", "1#", "--json")
    assert json.loads(result.stdout) == {"outcome": "answered"}
    (heard,) = bench.simulator.network.phone(NUMBER).calls
    assert heard.tones == "1#"


def test_nobody_is_there_to_press_keys_for(bench: Bench) -> None:
    behaviour = CallBehaviour(manner=CallManner.REJECT)
    result = bench.run(
        "call",
        "simulator://m",
        NUMBER,
        "--tones",
        "1",
        change=lambda it: it.network.on_call(NUMBER, behaviour),
    )
    assert result.exit_code == cli.ExitCode.UNDELIVERED


def test_a_number_that_is_none_is_not_called(bench: Bench) -> None:
    assert bench.run("call", "simulator://m", "*21#").exit_code == cli.ExitCode.USAGE


def with_menus(simulator: Simulator) -> None:
    simulator.network.add_ussd("*100#", UssdMenu(text="Guthaben: 7 Euro"))
    menu = UssdMenu(text="1 Guthaben", choices={"1": UssdMenu(text="7 Euro")})
    simulator.network.add_ussd("*101#", menu)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("*100#",), ["Guthaben: 7 Euro"]),
        (("*100#", "1"), ["Guthaben: 7 Euro"]),
        (("*101#", "1"), ["1 Guthaben", "7 Euro"]),
    ],
)
def test_what_the_network_says(bench: Bench, arguments: tuple[str, ...], said: list[str]) -> None:
    result = bench.run("ussd", "simulator://m", *arguments, change=with_menus)
    assert (result.exit_code, result.stdout.splitlines()) == (0, said)
    documents = bench.run(
        "ussd", "simulator://m", *arguments, "--json", change=with_menus
    ).stdout.splitlines()
    assert [json.loads(line)["text"] for line in documents] == said


def test_a_code_that_the_network_does_not_know(bench: Bench) -> None:
    result = bench.run("ussd", "simulator://m", "*999#", change=with_menus)
    assert result.exit_code == cli.ExitCode.FAILED
    assert "no answer" in result.stderr
