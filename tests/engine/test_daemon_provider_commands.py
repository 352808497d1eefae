"""``provider check`` and ``provider send`` as a person uses them, against stand-ins on this machine."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import yaml
from typer.testing import CliRunner

from alert_engine.daemon import provider_commands
from alert_engine.daemon.cli import app
from alert_engine.daemon.exits import ExitCode
from alert_engine.routes.providers.catalogue import TYPES
from tests.engine.smpp.house import DELIVER, SUBMIT, a_centre, delivery, unit

from .brokers import allow_sockets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typer.testing import Result

    from tests.engine.smpp.house import WireCentre

NUMBER = "+436641234567"
TEXT = "Water in the cellar"
PASSWORD = "5ecret"
REFERENCE = {"reference": {"pattern": "id=([0-9]+)"}, "accepted": {"where": [{"pattern": "^OK"}]}}


def run(folder: Path, entry: dict[str, Any], *arguments: str) -> Result:
    """A command, and what everybody may see of it: neither number nor text nor secret where it fails."""
    file = folder / "gateway.yaml"
    whole = {"gateway": "g", "journal": "journal.db", "providers": [entry]}
    file.write_text(yaml.safe_dump(whole), encoding="utf-8")
    allow_sockets()
    result = CliRunner().invoke(app, ["provider", arguments[0], str(file), *arguments[1:]])
    for secret in (NUMBER[1:], TEXT, PASSWORD):
        assert secret not in result.output
    assert "Traceback" not in result.output
    assert not (folder / "journal.db").exists()
    return result


# --- HTTP ---------------------------------------------------------------------------------------------------


@contextmanager
def an_api(status: int, body: bytes, **headers: str) -> Iterator[int]:
    class Api(BaseHTTPRequestHandler):
        asked: ClassVar[list[str]] = []

        def do_GET(self) -> None:
            if status == 0:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    allow_sockets()
    server = HTTPServer(("127.0.0.1", 0), Api)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def an_account(port: int, **more: Any) -> dict[str, Any]:
    return {
        "name": "own",
        "type": "generic_http",
        "plain_http": True,
        "settings": {"password": PASSWORD},
        "send": {
            "url": f"http://127.0.0.1:{port}/send",
            "form": {"to": "{number}", "text": "{text}", "key": "{password}"},
        },
        "answer": REFERENCE,
        **more,
    }


@pytest.mark.parametrize(
    ("status", "body", "code", "words"),
    [
        (200, b"OK id=4711", ExitCode.OK, "own: taken, 1 segment(s), reference 4711"),
        (401, b"no", ExitCode.NOT_SENT, "alert-gateway: the provider does not accept the account (HTTP 401)"),
        (429, b"no", ExitCode.NOT_SENT, "the provider asks for a pause (HTTP 429)"),
        (302, b"", ExitCode.NOT_SENT, "the provider has moved"),
        (500, b"no", ExitCode.NOT_SENT, "it may have been taken: the provider answered HTTP 500"),
        (0, b"", ExitCode.NOT_SENT, "it may have been taken: the connection to the provider broke"),
    ],
)
def test_a_message_by_http(tmp_path: Path, status: int, body: bytes, code: ExitCode, words: str) -> None:
    with an_api(status, body, Location="https://127.0.0.1:1/") as port:
        result = run(tmp_path, an_account(port), "send", "own", NUMBER, TEXT)
    assert (result.exit_code, words in result.output) == (code, True), result.output


def test_nobody_listens(tmp_path: Path) -> None:
    result = run(tmp_path, an_account(1), "send", "own", NUMBER, TEXT)
    assert result.exit_code == ExitCode.NOT_SENT
    assert "the provider cannot be reached: is the internet there?" in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["send", "own", "4366-1234567x", TEXT], ExitCode.CONFIG, "alert-gateway: "),
        (["send", "own", "0664", TEXT], ExitCode.CONFIG, "alert-gateway: "),
        (["send", "own", NUMBER, "x" * 100_000], ExitCode.NOT_SENT, "alert-gateway: "),
        (["send", "nobody", NUMBER, TEXT], ExitCode.UNKNOWN, "there are: own"),
        (["check", "nobody"], ExitCode.UNKNOWN, "there are: own"),
        (
            ["send", "own", NUMBER, TEXT, "--channel", "whatsapp"],
            ExitCode.NOT_SENT,
            "does not carry whatsapp",
        ),
        (["send", "own", NUMBER, TEXT, "--channel", "pigeon"], ExitCode.CONFIG, "pigeon"),
        (["send", "own", NUMBER], ExitCode.CONFIG, "TEXT"),
    ],
)
def test_what_is_refused_before_anybody_is_asked(
    tmp_path: Path, arguments: list[str], code: ExitCode, words: str
) -> None:
    result = run(tmp_path, an_account(1), *arguments)
    assert (result.exit_code, words in result.output) == (code, True), result.output
    assert arguments[2:3] != ["4366-1234567x"] or "1234567x" not in result.output


def test_a_type_that_nobody_knows_names_all_that_there_are(tmp_path: Path) -> None:
    result = run(tmp_path, {"name": "own", "type": "pigeon"}, "check", "own")
    assert result.exit_code == ExitCode.CONFIG
    assert all(each in result.output for each in TYPES)


@pytest.mark.parametrize(
    ("status", "body", "code", "words"),
    [
        (200, b"credit=12.50", ExitCode.OK, "own: nothing is wrong; credit 12.50\n"),
        (200, b"nothing of use", ExitCode.OK, "own: nothing is wrong\n"),
        (401, b"no", ExitCode.REFUSED, "alert-gateway: "),
    ],
)
def test_a_look_at_an_account(tmp_path: Path, status: int, body: bytes, code: ExitCode, words: str) -> None:
    with an_api(status, body) as port:
        credit = {
            "request": {"url": f"http://127.0.0.1:{port}/credit"},
            "amount": {"pattern": "credit=([0-9.]+)"},
        }
        result = run(tmp_path, an_account(port, credit=credit), "check", "own")
    assert (result.exit_code, words in result.output) == (code, True), result.output


def test_the_credit_of_an_account_whose_server_is_gone(tmp_path: Path) -> None:
    with an_api(200, b"fine") as port:
        account = an_account(
            port,
            check={"request": {"url": f"http://127.0.0.1:{port}/look"}},
            credit={"request": {"url": "http://127.0.0.1:1/credit"}, "amount": {"pattern": "x"}},
        )
        result = run(tmp_path, account, "check", "own")
    assert result.exit_code == ExitCode.OK
    assert "own: nothing is wrong; the credit is not known: the provider cannot be reached" in result.output


def test_a_mail(tmp_path: Path) -> None:
    entry = {"name": "own", "type": "smtp", "host": "127.0.0.1", "port": 1, "sender": "gw@example.org"}
    result = run(tmp_path, entry, "send", "own", "ops@example.org", TEXT, "--channel", "email")
    assert result.exit_code == ExitCode.NOT_SENT
    assert "ops@" not in result.output


def test_octets_that_are_none(tmp_path: Path) -> None:
    result = run(tmp_path, an_account(1), "send", "own", NUMBER, TEXT, "--data", "xyz")
    assert result.exit_code == ExitCode.CONFIG


def test_a_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alert_engine.routes.provider_exchange", None)
    result = run(tmp_path, an_account(1), "check", "own")
    assert result.exit_code == ExitCode.CONFIG
    assert "install alert-gateway[daemon]" in result.output


# --- SMPP ---------------------------------------------------------------------------------------------------


told: list[int] = []  # how the command answered what was for the gateway


@contextmanager
def a_message_centre(**behaviour: Any) -> Iterator[WireCentre]:
    """In a thread of its own: the command has a loop of its own, too."""
    listens, over = Event(), asyncio.Event()
    found: list[WireCentre] = []
    told.clear()

    async def answer(centre: WireCentre) -> None:
        held = 0
        while True:
            command, status, sequence, _ = await centre.got.get()
            if command == SUBMIT:
                centre.write(unit(DELIVER, 1, delivery(b"STOP")))
                centre.write(unit(DELIVER, 2, delivery(b"id:7 stat:DELIVRD", esm_class=0x04)))
                held = sequence
            elif command == DELIVER | 0x80000000:
                told.append(status)
                if len(told) == 2:
                    centre.write(unit(SUBMIT | 0x80000000, held, b"a1\0"))

    async def live() -> None:
        async with a_centre(**behaviour) as centre:
            found.append(centre)
            answering = asyncio.create_task(answer(centre))
            listens.set()
            await over.wait()
            answering.cancel()

    allow_sockets()
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_until_complete, args=(live(),))
    thread.start()
    assert listens.wait(10)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


def a_log_in(port: int) -> dict[str, Any]:
    return {
        "name": "own",
        "type": "smpp",
        "host": "127.0.0.1",
        "port": port,
        "tls": False,
        "system_id": "esme",
        "password": PASSWORD,
    }


def test_an_account_by_smpp(tmp_path: Path) -> None:
    with a_message_centre() as centre:
        looked = run(tmp_path, a_log_in(centre.port), "check", "own")
        sent = run(tmp_path, a_log_in(centre.port), "send", "own", NUMBER, TEXT)
    assert (looked.exit_code, looked.output) == (ExitCode.OK, "own: nothing is wrong\n")
    assert (sent.exit_code, sent.output) == (ExitCode.OK, "own: taken, 1 segment(s), reference a1\n")
    assert told == [0x64, 0x64]  # both come again, to the gateway that runs


@pytest.mark.parametrize(("command", "code"), [("check", ExitCode.REFUSED), ("send", ExitCode.NOT_SENT)])
def test_a_log_in_that_is_refused(tmp_path: Path, command: str, code: ExitCode) -> None:
    more = [NUMBER, TEXT] if command == "send" else []
    with a_message_centre(bind_status=0x0E) as centre:
        result = run(tmp_path, a_log_in(centre.port), command, "own", *more)
    assert result.exit_code == code
    assert "alert-gateway: the password is wrong (SMPP 0x0E)" in result.output


@pytest.mark.parametrize(("command", "code"), [("check", ExitCode.REFUSED), ("send", ExitCode.NOT_SENT)])
def test_a_gateway_that_runs_may_have_the_only_session(tmp_path: Path, command: str, code: ExitCode) -> None:
    more = [NUMBER, TEXT] if command == "send" else []
    with a_message_centre(bind_status=0x05) as centre:
        result = run(tmp_path, a_log_in(centre.port), command, "own", *more)
    assert result.exit_code == code
    assert "another session open" in result.output


def test_a_message_centre_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_commands, "LOGIN_LIMIT", 0.2)
    allow_sockets()
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        result = run(tmp_path, a_log_in(deaf.getsockname()[1]), "send", "own", NUMBER, TEXT)
    assert result.exit_code == ExitCode.NOT_SENT
    assert "the link to the provider is being opened" in result.output
