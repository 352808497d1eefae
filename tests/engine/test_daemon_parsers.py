"""The small parsers of the daemon: masks, times, proxies, service managers, sections."""

from __future__ import annotations

import io
import ipaddress
import json
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import typer

from alert_engine.config.document import gateway_settings_from
from alert_engine.config.shapes import describe_path
from alert_engine.daemon.callbacks import Callbacks
from alert_engine.daemon.configuration import needs_restart
from alert_engine.daemon.http_server import client_address
from alert_engine.daemon.looking import moment
from alert_engine.daemon.masking import mask_row, mask_text
from alert_engine.daemon.metrics import Metrics, Picture
from alert_engine.daemon.output import show_json, show_lines, show_table
from alert_engine.daemon.qr_code import show_qr_code
from alert_engine.daemon.service_manager import ServiceManager
from alert_engine.decisions.heartbeat import HeartbeatState
from alert_engine.errors import ConfigError
from alert_engine.intake.http_auth import BasicAuth, BearerAuth, FieldAuth, HmacAuth, PathAuth
from alert_engine.intake.http_endpoints import FormatName
from alert_engine.intake.http_request import HttpAnswer, HttpRequest
from alert_engine.model import Authorisation, KeywordReceived, Priority, RouteRemoved, Severity, Summary
from alert_engine.operations.heartbeats import HeartbeatStanding
from alert_engine.operations.queries import Backlog
from alert_engine.routes.base import ProofLevel, RouteHealth, RouteState
from alert_engine.supervision.figures import RouteFigures, SupervisionFigures

from .support import EPOCH
from .test_mqtt_announcements import ALARM

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.config.document import GatewaySettings

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call +436641234567.", "call +43…567."),
        ("call 0664 123 45 67 now", "call … now"),
        ("call +43 664 12 34 56 7 now", "call +43…567 now"),
        ("ref 123456, at 2026-11-22 08:15", "ref 123456, at 2026-11-22 08:15"),
        ("10.0.0.138:8080", "10.0.0.138:8080"),
        ("", ""),
    ],
)
def test_numbers_in_texts(text: str, shown: str) -> None:
    assert mask_text(text) == shown


def test_rows_keep_what_is_no_number() -> None:
    row = {"uid": "12345678901", "address": "+436641234567", "text": "to +436641234567", "count": 3}
    assert mask_row(row) == {"uid": "12345678901", "address": "+43…567", "text": "to +43…567", "count": 3}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("2h", EPOCH - timedelta(hours=2)),
        ("3 d", EPOCH - timedelta(days=3)),
        ("2026-01-02T03:04+00:00", datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
    ],
)
def test_times_on_the_command_line(text: str | None, expected: datetime | None) -> None:
    assert moment(text, EPOCH) == expected


def test_no_time() -> None:
    with pytest.raises(typer.BadParameter, match="a time like 2h"):
        moment("yesterday", EPOCH)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["6.6.6.6, 198.51.100.1", "127.0.0.2"], "198.51.100.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["rubbish"], "rubbish"),
    ],
)
def test_who_is_behind_a_proxy(peer: str, forwarded: list[str], client: str) -> None:
    trusted = (ipaddress.ip_network("127.0.0.0/8"),)
    assert client_address(peer, forwarded, trusted) == client
    assert client_address(peer, forwarded, ()) == peer


@pytest.mark.parametrize(
    ("environment", "period"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_the_watchdog_of_the_service_manager(environment: dict[str, str], period: float) -> None:
    assert ServiceManager(environment).period == period


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    show_table(("Code", "Title"), [("4711", "Tank [bold]3\x1b[2J low")])
    assert "Code" in terminal.getvalue()
    assert "Tank [bold]3 [2J low" in terminal.getvalue()


def test_a_qr_code_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    show_qr_code("otpauth://totp/Alert%20Gateway:Anna?secret=" + "A" * 32)
    monkeypatch.setitem(sys.modules, "segno", None)  # as where the extra is not installed
    drawn = terminal.getvalue()
    show_qr_code("otpauth://")
    assert terminal.getvalue() == drawn
    assert len(drawn.splitlines()) > 20
    monkeypatch.undo()
    show_qr_code("otpauth://")
    assert capsys.readouterr().out == ""


HOSTILE = "Tank\x1b]0;x\x07 \x9b31m \x7f\u202e\u2028\u2066low"


def test_what_somebody_wrote_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_lines(["now delivered", HOSTILE])
    told = capsys.readouterr().out
    assert told.splitlines() == ["now delivered", "Tank ]0;x   31m     low"]
    show_json({"text": HOSTILE, "plain": "Tür"})
    told = capsys.readouterr().out
    assert told.removesuffix("\n").isprintable()
    assert "Tür" in told
    assert json.loads(told) == {"text": HOSTILE, "plain": "Tür"}


def test_lines_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("Code", "Title"), [("4711", "Tank\n3"), ("4712", "")])
    assert capsys.readouterr().out == "4711\tTank 3\n4712\t\n"


class Route:
    async def handle_callback(self, request: HttpRequest) -> HttpAnswer:
        return HttpAnswer(status=200)


def test_callbacks_find_their_route() -> None:
    callbacks, route = Callbacks(), Route()
    callbacks.add("twilio", route)
    with pytest.raises(ConfigError, match="two routes are called twilio"):
        callbacks.add("twilio", route)
    assert callbacks.find("/callback/twilio/status") is route
    assert callbacks.find("/callback/twilio") is route
    assert callbacks.find("/callback/other") is None
    assert callbacks.find("/twilio") is None
    assert callbacks.find("twilio") is None
    assert callbacks.find("twilio/status") is None
    callbacks.remove("twilio")
    assert callbacks.find("/callback/twilio") is None


def test_figures_without_a_gateway_that_runs() -> None:
    metrics = Metrics(gateway="home", version="1")
    metrics.count(
        KeywordReceived(
            id="i",
            keyword="OK",
            person="anna",
            arguments=(),
            authorisation=Authorisation.KNOWN,
            at=EPOCH,
        )
    )
    metrics.count(RouteRemoved(route="stick", at=EPOCH))
    picture = Picture(
        routes={"stick": RouteHealth(state=RouteState.FAILED)},
        refused={("generic", 401): 2},
        unused={"retained": 3},
    )
    text = metrics.render(picture).decode()
    assert 'alert_gateway_info{gateway="home",version="1"} 1.0' in text
    assert 'alert_gateway_keywords_total{keyword="OK"} 1.0' in text
    assert 'alert_gateway_route_state{route="stick",state="failed"} 1.0' in text
    assert 'alert_gateway_http_refused{endpoint="generic",status="401"} 2.0' in text
    assert 'alert_gateway_mqtt_unused{reason="retained"} 3.0' in text
    assert "alert_gateway_ready 0.0" in text
    assert ALARM.key not in text


def test_figures_of_the_supervision() -> None:
    metrics = Metrics(gateway="home", version="1")
    proven = RouteFigures(
        state=RouteState.OK,
        proof=ProofLevel.LOOPBACK,
        last_proof=EPOCH,
        reason="",
        is_fault=False,
        loopback_seconds=4.5,
        credit=Decimal("7.20"),
        currency="EUR",
        credit_at=EPOCH,
        budget_left=12,
    )
    silent = RouteFigures(state=RouteState.FAILED, proof=None, last_proof=None, reason="gone", is_fault=True)
    figures = SupervisionFigures(
        routes={"stick": proven, "spare": silent}, violations=2, is_content=True, last_ping=EPOCH
    )
    beat = HeartbeatStanding(
        source="plc-7",
        key="alive-7",
        state=HeartbeatState.MISSED,
        period=timedelta(minutes=1),
        grace=timedelta(0),
        last_at=EPOCH,
        never_seen=False,
    )
    forgotten = replace(beat, state=HeartbeatState.NEW, last_at=None, never_seen=True)
    picture = Picture(
        is_ready=True,
        summary=Summary(open=3, unacknowledged=2, highest=None, oldest=None, queue=5, in_doubt=1),
        backlog=Backlog(messages={Priority.CRITICAL: 4, Priority.REPLY: 1}, held=6),
        heartbeats=(beat, forgotten),
        supervision=figures,
    )
    metrics.render(picture)
    lines = metrics.render(picture).decode().splitlines()
    at = f"{EPOCH.timestamp():.10g}"
    assert [line for line in lines if "plc-7" in line or "alive-7" in line] == []
    shown = {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }
    for name, value in {
        "ready": 1,
        "alarms_open": 3,
        "alarms_unacknowledged": 2,
        "messages_in_doubt": 1,
        'messages_waiting{priority="critical"}': 4,
        'messages_waiting{priority="reply"}': 1,
        "held_items": 6,
        'heartbeats{state="missed"}': 1,
        'heartbeats{state="ok"}': 0,
        'heartbeats{state="new"}': 0,
        'heartbeats{state="never_seen"}': 1,
        'route_fault{route="stick"}': 0,
        'route_fault{route="spare"}': 1,
        'route_proof_level{route="stick"}': 4,
        'route_proof_timestamp_seconds{route="stick"}': float(at),
        'route_loopback_seconds{route="stick"}': 4.5,
        'route_credit{currency="EUR",route="stick"}': 7.2,
        'route_credit_timestamp_seconds{route="stick"}': float(at),
        'route_budget_left{route="stick"}': 12,
        "supervision_content": 1,
        "supervision_violations_total": 2,
        "ping_timestamp_seconds": float(at),
    }.items():
        assert shown[f"alert_gateway_{name}"] == value, name
    assert 'alert_gateway_route_proof_level{route="spare"}' not in shown


def settings(folder: Path, **sections: Any) -> GatewaySettings:
    return gateway_settings_from({"gateway": "home", "journal": "j", **sections}, folder=folder)


def endpoint(**changes: Any) -> dict[str, Any]:
    auth = {"type": "bearer", "secret": TOKEN}
    return {"endpoints": [{"name": "a", "format": "generic", "auth": auth, **changes}]}


class TestConfiguration:
    def test_off_unless_configured(self, tmp_path: Path) -> None:
        assert settings(tmp_path).http is None
        assert settings(tmp_path).mail is None

    def test_the_shortest(self, tmp_path: Path) -> None:
        http = settings(tmp_path, http={}).http
        assert http is not None
        assert (http.bind, http.port, http.endpoints) == ("127.0.0.1", 8927, ())

    @pytest.mark.parametrize(
        ("auth", "expected"),
        [
            ({"type": "bearer", "secret": [TOKEN, TOKEN[::-1]]}, BearerAuth(tokens=(TOKEN, TOKEN[::-1]))),
            ({"type": "bearer", "secret_file": "token"}, BearerAuth(tokens=(TOKEN,))),
            (
                {"type": "basic", "username": "u", "secret": TOKEN},
                BasicAuth(username="u", passwords=(TOKEN,)),
            ),
            (
                {"type": "hmac", "secret": TOKEN, "header": "X-S", "prefix": "sha256="},
                HmacAuth(secrets=(TOKEN,), header="X-S", prefix="sha256="),
            ),
            ({"type": "path", "secret": "a" * 43}, PathAuth(secrets=("a" * 43,))),
            (
                {"type": "field", "secret": TOKEN, "field": "key"},
                FieldAuth(secrets=(TOKEN,), name="key"),
            ),
        ],
    )
    def test_proofs(self, tmp_path: Path, auth: dict[str, Any], expected: object) -> None:
        (tmp_path / "token").write_text(f"\n{TOKEN}\n")
        http = settings(tmp_path, http=endpoint(auth=auth, severity="high", allowed=["10.0.0.0/8"])).http
        assert http is not None
        (found,) = http.endpoints
        assert found.auth == expected
        assert (found.format, found.severity) == (FormatName.GENERIC, Severity.HIGH)

    @pytest.mark.parametrize(
        ("section", "path", "words"),
        [
            ({"http": {"bind": "localhost"}}, "http.bind", "an address of this machine"),
            (
                {"http": {"trusted_proxies": ["10.0.0.1/8"]}},
                "http.trusted_proxies[0]",
                "an address or a network",
            ),
            ({"http": endpoint(format="xml")}, "http.endpoints[0].format", "must be one of alertmanager,"),
            (
                {"http": endpoint(auth={"type": "bearer"})},
                "http.endpoints[0].auth",
                "a secret or a secret_file",
            ),
            (
                {"http": endpoint(auth={"type": "bearer", "secret": TOKEN, "username": "u"})},
                "http.endpoints[0].auth.username",
                "of no use with type bearer",
            ),
            (
                {"http": endpoint(auth={"type": "bearer", "secret": "short"})},
                "http.endpoints[0].auth",
                "at least 16 characters",
            ),
            (
                {"http": endpoint(auth={"type": "bearer", "secret_file": "no"})},
                "http.endpoints[0].auth.secret_file",
                "cannot be read: No such file",
            ),
            (
                {"http": endpoint(auth={"type": "bearer", "secret_file": "empty"})},
                "http.endpoints[0].auth.secret_file",
                "the file is empty",
            ),
            (
                {"http": endpoint(auth={"type": "bearer", "secret_file": "binary"})},
                "http.endpoints[0].auth.secret_file",
                "is not UTF-8",
            ),
            (
                {"http": endpoint(auth={"type": "bearer", "secret_file": "long"})},
                "http.endpoints[0].auth.secret_file",
                "is it the right one",
            ),
            ({"http": endpoint(recipients=["anna"])}, "http.endpoints[0].recipients", "for the format send"),
            (
                {"http": {"endpoints": endpoint()["endpoints"] * 2}},
                "http.endpoints[1].name",
                "is the same as http.endpoints[0].name",
            ),
            ({"mail": {}}, "mail.allowed", "is missing"),
            ({"mail": {"allowed": []}}, "mail.allowed", "at least one"),
            ({"mail": {"allowed": ["10.0.0.1"], "senders": ["nas"]}}, "mail.senders[0]", "an address like"),
            (
                {"mail": {"allowed": ["10.0.0.1"], "auth": {"username": "u", "secret": TOKEN}}},
                "mail.auth",
                "needs tls",
            ),
            (
                {
                    "mail": {
                        "allowed": ["10.0.0.1"],
                        "tls": {"certificate_file": "c", "key_file": "k"},
                        "auth": {"username": "u", "secret": "1234"},
                    }
                },
                "mail.auth",
                "at least 8 characters",
            ),
        ],
    )
    def test_mistakes(self, tmp_path: Path, section: dict[str, Any], path: str, words: str) -> None:
        (tmp_path / "empty").write_text("\n")
        (tmp_path / "binary").write_bytes(b"\xff\xfe")
        (tmp_path / "long").write_text("x" * 20_000)
        with pytest.raises(ConfigError, match=re.escape(words)) as caught:
            settings(tmp_path, **section)
        assert describe_path(caught.value.path) == path

    def test_no_secret_shows(self, tmp_path: Path) -> None:
        mail = {
            "allowed": ["10.0.0.1"],
            "tls": {"certificate_file": "c", "key_file": "k"},
            "auth": {"username": "ups-user", "secret": TOKEN},
        }
        text = repr(settings(tmp_path, http=endpoint(), mail=mail))
        assert TOKEN not in text
        assert "ups-user" not in text

    def test_what_needs_a_restart(self, tmp_path: Path) -> None:
        old = settings(tmp_path)
        assert needs_restart(old, settings(tmp_path)) == []
        new = settings(
            tmp_path,
            gateway="x",
            journal="k",
            http={},
            mail={"allowed": ["10.0.0.1"]},
            supervision={"ping": {"url": "https://watchdog.example"}},
        )
        assert needs_restart(old, new) == ["gateway", "journal", "http", "mail", "supervision.ping"]
