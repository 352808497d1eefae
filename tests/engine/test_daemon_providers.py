"""Accounts at providers in the daemon: routes, callbacks, changes, and the commands that try them."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner

from alert_engine.config.document import gateway_settings_from
from alert_engine.daemon.callbacks import Callbacks
from alert_engine.daemon.cli import app
from alert_engine.daemon.exits import ExitCode
from alert_engine.daemon.providers import Providers
from alert_engine.errors import ConfigError
from alert_engine.routes.making import open_session
from alert_engine.routes.provider_route import ProviderRoute
from tests.engine.support import telling
from tests.virtual_time import story

from .brokers import allow_sockets

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.config.providers import ProviderSettings

SECRET = "0123456789abcdef"
VOIP = {"name": "voip", "type": "openvoip", "secret": "s3cret", "caller_group": "42"}
LINK = {
    "name": "link",
    "type": "link_common",
    "base_url": "https://n-eu.linkmobility.io/sms",
    "user": "u",
    "password": "p",
    "platform_id": "1",
    "platform_partner_id": "2",
    "sender": "Alarm",
    "gates": ["g"],
    "callback_url": "https://gw.example.org",
    "callback_secret": SECRET,
}
DROP = {
    "name": "drop",
    "type": "file_drop",
    "host": "127.0.0.1",
    "username": "u",
    "password": "p",
    "content": "{number};{text}",
}


def accounts(folder: Path, *providers: dict[str, Any]) -> tuple[ProviderSettings, ...]:
    whole = {"gateway": "g", "journal": "j", "http": {}, "providers": list(providers)}
    return gateway_settings_from(whole, folder=folder).providers


@story
async def test_accounts_come_change_and_go(tmp_path: Path) -> None:
    callbacks = Callbacks()
    async with telling(tmp_path) as told:
        providers = Providers(told.engine, callbacks, told.clock)
        await providers.use(accounts(tmp_path, VOIP, LINK))
        assert set(told.engine.routes()) == {"modem", "voip", "link"}
        called = callbacks.find(f"/callback/link/{SECRET}")
        assert isinstance(called, ProviderRoute)
        assert callbacks.find("/callback/voip/x") is None
        await providers.use(accounts(tmp_path, VOIP, LINK))
        assert callbacks.find("/callback/link/x") is called
        await providers.use(accounts(tmp_path, VOIP, {**LINK, "sender": "Other"}))
        assert callbacks.find("/callback/link/x") is not called
        await providers.use(())
        assert callbacks.find("/callback/link/x") is None
        assert set(told.engine.routes()) == {"modem"}
        await providers.stop()
        await providers.stop()


@story
async def test_without_a_server_nobody_is_called(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        providers = Providers(told.engine, None, told.clock)
        await providers.use(accounts(tmp_path, LINK))
        assert set(told.engine.routes()) == {"modem", "link"}
        await providers.use(())
        await providers.stop()


async def test_the_session_takes_nothing_from_the_environment_and_keeps_no_cookies() -> None:
    async with open_session() as session:
        assert not session.trust_env
        assert len(session.cookie_jar) == 0


def file_with(folder: Path, *providers: dict[str, Any]) -> str:
    file = folder / "gateway.yaml"
    whole = {"gateway": "g", "journal": "j", "http": {}, "providers": list(providers)}
    file.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check", "voip"], ExitCode.OK, "voip: nothing is wrong with its settings; there is no way to look"),
        (["check", "other"], ExitCode.UNKNOWN, "there are: voip, link, drop"),
        (["send", "voip", "+436641234567", "x"], ExitCode.NOT_SENT, "Italian mobile numbers only"),
        (["send", "voip", "nonsense", "x"], ExitCode.CONFIG, "alert-gateway: "),
        (
            ["send", "voip", "+393401234567", "x", "--channel", "call"],
            ExitCode.NOT_SENT,
            "does not carry call, only sms",
        ),
        (["check", "drop"], ExitCode.REFUSED, "the server cannot be reached"),
    ],
)
def test_commands(tmp_path: Path, arguments: list[str], code: ExitCode, words: str) -> None:
    allow_sockets()
    file = file_with(tmp_path, VOIP, LINK, {**DROP, "port": 1, "security": "none"})
    result = CliRunner().invoke(app, ["provider", arguments[0], file, *arguments[1:]])
    assert (result.exit_code, words in result.output) == (code, True), result.output


class _Provider(BaseHTTPRequestHandler):
    """Takes every message, and says so in its own way."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"OK: 4711\x1b[2J\nbye")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ({}, "it may have been taken: the recipe does not say what success looks like"),
        ({"accepted": {"where": [{"pattern": "^OK"}]}, "reference": {"pattern": "OK: ([0-9]+)"}}, "4711\n"),
    ],
)
def test_an_answer_is_shown_to_whoever_writes_a_recipe(
    tmp_path: Path, answer: dict[str, Any], wanted: str
) -> None:
    allow_sockets()
    server = HTTPServer(("127.0.0.1", 0), _Provider)
    thread = Thread(target=server.serve_forever)
    thread.start()
    send = {"url": f"http://127.0.0.1:{server.server_port}/", "form": {"to": "{number}", "text": "{text}"}}
    entry = {"name": "own", "type": "generic_http", "plain_http": True, "send": send, "answer": answer}
    command = ["provider", "send", file_with(tmp_path, entry), "own", "+436641234567", "x"]
    try:
        shown = CliRunner().invoke(app, [*command, "--show-answer"])
        mute = CliRunner().invoke(app, command)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert "HTTP 200, text/plain:\nOK: 4711 [2J\nbye\n" in shown.output
    assert wanted in shown.output
    assert "bye" not in mute.output


def test_a_file_tells_how_many_accounts_it_has(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["check", file_with(tmp_path, VOIP)])
    assert "1 provider(s)" in result.output


MAIL = {"name": "mail", "type": "smtp", "host": "127.0.0.1", "port": 1, "sender": "gw@example.org"}


@story
async def test_one_account_that_cannot_be_used_keeps_none_of_the_others_away(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        providers = Providers(told.engine, None, told.clock)
        with pytest.MonkeyPatch.context() as without:
            without.setitem(sys.modules, "alert_engine.routes.smtp.handover", None)
            with pytest.raises(ConfigError, match=r"mail: .* needs the package"):
                await providers.use(accounts(tmp_path, MAIL, VOIP, {**MAIL, "name": "other"}))
        assert set(told.engine.routes()) == {"modem", "voip"}
        await providers.use(accounts(tmp_path, VOIP))
        assert set(told.engine.routes()) == {"modem", "voip"}
        providers.retry()
        await providers.use(())
        await providers.stop()
