"""``python -m gsm_driver.simulator``: what a person sees and types."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import pytest

from gsm_driver.simulator import AutoReply, NetworkConditions, UnknownNumber
from gsm_driver.simulator.__main__ import main
from gsm_driver.simulator.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.driver.simulator.bench import Bench

ROOT = Path(__file__).parents[3]
HOLA = ("0021000B914316565811F9000004E8373B0C", 17)  # python-messaging: "hola" to +34616585119, with TP-SRR
PHONE = "+34616585119"


class Screen:
    """A console over a bench."""

    def __init__(self, bench: Bench) -> None:
        self.out = io.StringIO()
        self.ended = 0
        self.bench = bench
        self.console = Console(bench.simulator, self.out, self.end)
        bench.network.listen(self.console.show)

    def end(self) -> None:
        self.ended += 1

    def type(self, line: str) -> str:
        self.console.obey(line)
        self.bench.after(0)
        return self.read()

    def answers(self) -> bytes:
        return self.bench.write(b"AT\r")

    def read(self) -> str:
        text = self.out.getvalue()
        self.out.seek(0)
        self.out.truncate()
        return text


@pytest.fixture
def screen(bench: Bench) -> Screen:
    bench.network.add_phone(PHONE, replies=[AutoReply(reply="OK 4711")])
    bench.write(b"AT+CNMI=2,1,0,1,0\r")
    return Screen(bench)


def test_a_message_is_told_in_words(screen: Screen) -> None:
    screen.bench.submit(*HOLA)
    assert screen.read().splitlines() == [
        "    0.00 s  SMS to +34616585119 taken by the network: hola",
        "    0.00 s  +34616585119 received (1 SMS): hola",
        "    0.00 s  +34616585119 writes: OK 4711",
        "    0.00 s  report for +34616585119, reference 1: delivered",
        "    0.00 s  SMS from +34616585119 is in the modem",
    ]


def test_refusals_and_losses_are_told_too(screen: Screen) -> None:
    screen.bench.network.conditions = NetworkConditions(unknown_number=UnknownNumber.REFUSE, loss_rate=1.0)
    screen.bench.submit(*HOLA)
    assert "SMS to +34616585119 lost on the way" in screen.read()
    screen.bench.submit("0011000B916407281553F80000AA0AE8329BFD4697D9EC37", 23)
    assert "SMS to +46708251358 refused: +CMS ERROR: 1" in screen.read()


def test_a_person_answers_as_a_phone_and_looks_into_it(screen: Screen) -> None:
    assert "+34616585119 writes: OK 4711" in screen.type(f"reply {PHONE} OK 4711")
    assert screen.bench.modem.storages["SM"].used == 1
    assert screen.type(f"inbox {PHONE}") == "nothing received yet\n"
    screen.bench.submit(*HOLA)
    screen.read()
    assert screen.type(f"inbox {PHONE}").endswith("from +43660000001: hola\n")


def test_calls_are_told_in_words(screen: Screen) -> None:
    assert screen.type(f"call {PHONE}") == f"    0.00 s  call with {PHONE}: it rings\n"
    assert screen.type(f"call {PHONE}") == "the modem has another call, or no network\n"
    screen.bench.write(b"ATA\r")
    assert screen.read() == f"    0.00 s  call with {PHONE}: answered\n"
    screen.bench.write(b"AT+CHUP\r")
    assert screen.read() == f"    0.00 s  call with {PHONE}: ended\n"
    screen.type(f"call {PHONE}")
    screen.bench.after(60)
    assert screen.read() == f"   30.00 s  call with {PHONE}: ended, cause 16\n"


def test_segments_are_numbered(screen: Screen) -> None:
    assert "(segment 2 of 2)" in screen.type(f"reply {PHONE} {'x' * 200}")


def test_a_person_moves_phones_and_the_modem(screen: Screen) -> None:
    screen.type(f"off {PHONE}")
    screen.bench.submit(*HOLA)
    assert "phone is off, the network keeps trying" in screen.read()
    assert "received (1 SMS): hola" in screen.type(f"on {PHONE}")
    screen.type("unplug 5")
    assert screen.answers() == b""
    screen.bench.after(6)
    assert screen.answers().endswith(b"OK\r\n")
    screen.type("unplug")
    screen.bench.after(60)
    assert screen.answers() == b""
    screen.type("plug")
    screen.bench.after(1)
    screen.type("reboot")
    assert screen.bench.after(1) == b"\r\nRDY\r\n"
    screen.type("silence 3")
    assert screen.answers() == b""
    screen.bench.after(3)
    assert screen.answers().endswith(b"OK\r\n")
    screen.type("silence")
    screen.bench.after(1e6)
    assert screen.answers() == b""
    screen.type("quit")
    assert screen.ended == 1


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", ""),
        ("dance", "unknown word 'dance'; `help` lists the words\n"),
        ("reply", "reply: write: reply NUMBER TEXT\n"),
        ("inbox +1", "inbox: no phone has this number\n"),
        ("unplug soon", "unplug: could not convert string to float: 'soon'\n"),
    ],
)
def test_what_makes_no_sense_is_said(screen: Screen, line: str, answer: str) -> None:
    assert screen.type(line) == answer


def test_help_lists_the_words(screen: Screen) -> None:
    assert "reply NUMBER TEXT" in screen.type("help")


class Program:
    """``python -m gsm_driver.simulator`` as another process."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gsm_driver.simulator", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def type(self, text: str) -> None:
        self.stdin.write(text)
        self.stdin.flush()

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, errors = self.process.communicate(timeout=30)
        return self.process.returncode, out, errors


@pytest.fixture
def start() -> Iterator[type[Program]]:
    """Start the program; ends it at the end of the test."""
    running: list[Program] = []

    class Started(Program):
        def __init__(self, *arguments: str) -> None:
            super().__init__(*arguments)
            running.append(self)

    yield Started
    for program in running:
        program.process.kill()
        program.process.communicate()


def _exchange(host: int, written: bytes, ending: bytes) -> bytes:
    os.write(host, written)
    heard = b""
    while not heard.endswith(ending):
        heard += os.read(host, 4096)
    return heard


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_the_program_offers_a_port_tells_a_story_and_ends_with_ctrl_c(
    start: type[Program], tmp_path: Path
) -> None:
    link, control = tmp_path / "modem", tmp_path / "control"
    phone = rf"--phone={PHONE}=/(ho)la/OK \1"
    program = start(f"--pty={link}", f"--control={control}", phone, "--latency=0", "--sim-pin=1234")
    assert program.stdout.readline() == f"port: {link}\n"
    assert program.stdout.readline() == f"control: {control}\n"
    host = os.open(link, os.O_RDWR | os.O_NOCTTY)
    _exchange(host, b'ATE0+CPIN="1234"\r', b"OK\r\n")
    _exchange(host, b"AT+CNMI=2,1,0,0,0\r", b"OK\r\n")
    _exchange(host, b"AT+CMGS=17\r", b"> ")
    _exchange(host, HOLA[0].encode() + b"\x1a", b'+CMTI: "SM",1\r\n')
    for words in ("taken by the network: hola", "received (1 SMS): hola", "writes: OK ho"):
        assert words in program.stdout.readline()
    program.type("help\nquit")
    while "quit" not in program.stdout.readline():
        pass
    os.close(host)
    status, _, errors = program.end(signal.SIGINT)
    assert (status, errors) == (0, "")
    assert not link.is_symlink()
    assert not control.exists()


def test_the_program_listens_on_tcp_and_ends_with_quit(start: type[Program]) -> None:
    program = start("--tcp=0", "--profile=sim800", "--baud=115200", f"--phone={PHONE}", "--phone=+1=OK 4711")
    assert program.stdout.readline().startswith("port: socket://127.0.0.1:")
    out, errors = program.process.communicate("quit\n", timeout=30)
    assert (program.process.returncode, out, errors) == (0, "", "")


def test_quiet_prints_the_port_and_nothing_else(start: type[Program]) -> None:
    program = start("--tcp=0", "--quiet", "--control=0")
    assert program.stdout.readline().startswith("port: ")
    assert program.stdout.readline().startswith("control: ")
    assert program.end(signal.SIGTERM) == (0, "", "")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """What a person types into the program when it runs in this process."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end) as keyboard, os.fdopen(write_end, "w") as hands:
        monkeypatch.setattr(sys, "stdin", keyboard)
        yield hands


def test_the_program_runs_until_quit_with_all_its_options(
    typed: TextIO, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    typed.write(f"reply {PHONE} Hello\ninbox {PHONE}\nquit\n")
    typed.flush()
    arguments = (
        f"--pty={tmp_path / 'modem'} --control={tmp_path / 'control'} --number=+43660000009 --sim-pin=1234 "
        rf"--phone={PHONE} --phone=+431=OK --phone=+432=/(\d+)/OK --latency=0.5 --baud=9600 --profile=huawei"
    )
    assert main(arguments.split()) == 0
    assert "+34616585119 writes: Hello\nnothing received yet\n" in capsys.readouterr().out.replace(
        "    0.00 s  ", ""
    )


def test_a_family_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--tcp=0", "--profile=nosuch"])
    assert "invalid choice: 'nosuch'" in capsys.readouterr().err


def test_the_end_of_standard_input_is_not_the_end_of_the_program(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "gsm_driver.simulator", "--tcp=0", f"--control={tmp_path / 'control'}"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert program.stdout is not None
    program.stdout.readline()
    program.stdout.readline()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "control"))
        client.sendall(b'{"do": "state"}\n')
        assert b'"plugged": true' in client.recv(4096)
    program.send_signal(signal.SIGINT)
    assert program.wait(timeout=30) == 0
    program.stdout.close()


def test_a_port_that_cannot_be_made_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([f"--pty={tmp_path / 'no' / 'such' / 'folder'}"]) == 1
    assert "such/folder: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tcp", "99999"), "a TCP port is a number from 0 to 65535"),
        (("--control", "70000"), "a TCP port is a number from 0 to 65535"),
        (("--latency", "nan"), "a number of seconds"),
        (("--latency", "-1"), "a number of seconds"),
        (("--latency", "soon"), "--latency"),
        (("--baud", "0"), "a speed is a number above 0"),
        (("--sim-pin", "12"), "a PIN is 4 to 8 digits"),
    ],
)
def test_options_that_cannot_be_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments, program="gsm-driver simulate")
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("usage: gsm-driver simulate")
    assert words in told


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no sockets without files")
def test_the_name_of_a_running_simulator_is_not_taken(
    start: type[Program], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    link = tmp_path / "modem"
    first = start(f"--pty={link}")
    assert first.stdout.readline() == f"port: {link}\n"
    leads_to = link.readlink()
    assert main([f"--pty={link}"]) == 1
    assert f"another simulator has {link}" in capsys.readouterr().err
    assert link.readlink() == leads_to
    first.process.kill()  # it cannot remove its link
    first.process.wait(timeout=30)
    assert link.is_symlink()
    second = start(f"--pty={link}")
    assert second.stdout.readline() == f"port: {link}\n"
    assert second.end(signal.SIGTERM)[0] == 0


def test_what_cannot_be_typed_is_escaped(screen: Screen) -> None:
    assert r"writes: a\x1b[2J" in screen.type(f"reply {PHONE} a\x1b[2J")
    screen.bench.submit(*HOLA)
    assert screen.type("silence -1").endswith("silence: a number of seconds, 0 or more\n")
