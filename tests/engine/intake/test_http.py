"""HTTP intake: which answer for what, and nothing said before the commit."""

from __future__ import annotations

import ipaddress
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from alert_engine.errors import InvalidRequestError, JournalError, UnknownRecipientError
from alert_engine.intake.http import HttpIntake, Parsed
from alert_engine.intake.http_endpoints import FormatName
from alert_engine.intake.http_limits import RateLimiter, client_of, is_allowed
from alert_engine.intake.http_request import HttpAnswer, HttpRequest
from alert_engine.intake.payloads import MAX_PAYLOAD
from alert_engine.model import (
    Alarm,
    AlarmRaise,
    AlarmResult,
    AlarmState,
    Policy,
    SendRequest,
    Severity,
    Verdict,
)
from tests.engine.intake.http_support import (
    EVERYTHING,
    FORM,
    JSON,
    NOW,
    PREFIX,
    ROOT,
    TOKEN,
    NotingEngine,
    data,
    endpoint,
    request,
    vector,
)

BODY = {"key": "k"}


def schema(name: str) -> Draft202012Validator:
    text = (ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def alarm(alarm_id: str) -> Alarm:
    return Alarm(
        id=alarm_id,
        source="s",
        key="k",
        code="4711",
        severity=Severity.NORMAL,
        state=AlarmState.RAISED,
        title="",
        text="",
        count=1,
        policy=Policy(name="normal", steps=()),
        step=0,
        next_due=None,
        raised_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


async def handle(sent: HttpRequest, engine: NotingEngine | None, **options: Any) -> HttpAnswer:
    answer = await HttpIntake(EVERYTHING, **options).handle(sent, engine, now=NOW)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    return answer


def status(sent: HttpRequest, **options: Any) -> int:
    answer = HttpIntake(EVERYTHING, **options).read(sent, NOW)
    return 202 if isinstance(answer, Parsed) else answer.status


class TestAfterTheCommit:
    async def test_accepted(self) -> None:
        engine = NotingEngine()
        answer = await handle(request("alertmanager", vector("grafana_mixed")), engine)
        assert (answer.status, data(answer)) == (202, {"accepted": [], "duplicate": 0})
        (batch,) = engine.commits
        assert len(batch) == 2  # all of it in one commit

    def test_the_ids_are_told_once(self) -> None:
        parsed = HttpIntake(EVERYTHING).read(request("generic", BODY), NOW)
        assert isinstance(parsed, Parsed)
        results = (
            AlarmResult(verdict=Verdict.APPLIED, alarms=(alarm("a"), alarm("b"))),
            AlarmResult(verdict=Verdict.DUPLICATE, alarms=(alarm("a"),)),
            AlarmResult(verdict=Verdict.STALE, alarms=()),
            AlarmResult(verdict=Verdict.UNKNOWN, alarms=()),
        )
        parsed = replace(parsed, reading=replace(parsed.reading, asks=parsed.asks * len(results)))
        told = data(HttpIntake(EVERYTHING).answer(parsed, results))
        schema("http-accepted").validate(told)
        assert (told["accepted"], told["duplicate"], len(told["notes"])) == (["a", "b"], 1, 2)

    async def test_a_send_tells_its_messages(self) -> None:
        answer = await handle(request("send", {"to": ["anna", "bert"], "text": "x"}), NotingEngine())
        assert data(answer)["accepted"] == ["m-0", "m-1"]

    async def test_pagerduty_in_its_own_words(self) -> None:
        answer = await handle(request("pagerduty/v2/enqueue", vector("pagerduty_trigger")), NotingEngine())
        assert (answer.status, data(answer)) == (
            202,
            {"status": "success", "message": "Event processed", "dedup_key": "samplekeyhere"},
        )

    @pytest.mark.parametrize("engine", [NotingEngine(), None])
    async def test_what_asks_nothing_needs_no_engine(self, engine: NotingEngine | None) -> None:
        answer = await handle(request("uptime_kuma", vector("uptime_kuma_test")), engine)
        schema("http-accepted").validate(data(answer))
        assert answer.status == 202
        assert "nobody was told" in data(answer)["notes"][0]


class TestLater:
    """503 with Retry-After: what a client should send again."""

    async def test_not_ready(self) -> None:
        answer = await handle(request("generic", BODY), None)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        schema("http-refused").validate(data(answer))

    async def test_the_journal_takes_nothing(self) -> None:
        answer = await handle(request("generic", BODY), NotingEngine(error=JournalError("/var/full")))
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        assert "/var/full" not in answer.body.decode()

    async def test_a_mistake_of_ours(self, caplog: pytest.LogCaptureFixture) -> None:
        answer = await handle(request("generic", BODY), NotingEngine(error=KeyError("the body")))
        assert (answer.status, answer.headers["Retry-After"]) == (500, "60")
        assert "KeyError in apply" in caplog.text
        assert "the body" not in caplog.text + answer.body.decode()

    def test_too_many_requests_are_never_429(self) -> None:
        intake = HttpIntake(EVERYTHING)
        answers = [intake.read(request("generic", BODY), NOW) for _ in range(51)]
        assert all(isinstance(answer, Parsed) for answer in answers[:50])
        last = answers[50]
        assert isinstance(last, HttpAnswer)
        assert (last.status, last.headers["Retry-After"]) == (503, "1")

    def test_others_and_other_endpoints_are_not_held_up(self) -> None:
        intake = HttpIntake(EVERYTHING)
        for _ in range(60):
            intake.read(request("generic", BODY), NOW)
        assert isinstance(intake.read(request("generic", BODY, remote="192.0.2.2"), NOW), Parsed)
        assert isinstance(intake.read(request("send", {"to": "anna", "text": "x"}), NOW), Parsed)
        assert isinstance(intake.read(request("generic", BODY, received_at=0.1), NOW), Parsed)


class TestNever:
    """4xx with a reason: what would be refused again."""

    async def test_the_engine_finds_no_sense_in_it(self) -> None:
        error = UnknownRecipientError("recipient 1 is no person")
        answer = await handle(request("send", {"to": "x", "text": "y"}), NotingEngine(error=error))
        assert (answer.status, data(answer)) == (400, {"error": "recipient 1 is no person"})
        assert isinstance(error, InvalidRequestError)

    @pytest.mark.parametrize(
        "path",
        ["/", "", "/x", f"{PREFIX}", f"{PREFIX}/", f"{PREFIX}/nobody", f"{PREFIX}/generic/x", "/generic"],
    )
    def test_no_such_place(self, path: str) -> None:
        assert status(request("generic", BODY, path=path)) == 404

    @pytest.mark.parametrize("prefix", ["", "/", "api", "/api/"])
    def test_the_prefix_is_a_setting(self, prefix: str) -> None:
        path = f"/{prefix.strip('/')}/generic/".replace("//", "/")
        assert status(request("generic", BODY, path=path), prefix=prefix) == 202

    @pytest.mark.parametrize(
        ("name", "method", "allow"),
        [
            ("generic", "PUT", "GET, POST"),
            ("send", "DELETE", "GET, POST"),
            ("alertmanager", "GET", "POST, PUT"),
            ("zabbix", "HEAD", "POST, PUT"),
        ],
    )
    def test_another_method(self, name: str, method: str, allow: str) -> None:
        answer = HttpIntake(EVERYTHING).read(request(name, BODY, method=method), NOW)
        assert isinstance(answer, HttpAnswer)
        assert (answer.status, answer.headers["Allow"]) == (405, allow)

    def test_too_large(self) -> None:
        fits = b'{"key":"k","title":"' + b"x" * (MAX_PAYLOAD - 22) + b'"}'
        assert (len(fits), status(request("generic", fits))) == (MAX_PAYLOAD, 202)
        assert status(request("generic", fits + b" ")) == 413

    @pytest.mark.parametrize(
        ("name", "media_type", "expected"),
        [
            ("generic", "application/json; charset=utf-8", 202),
            ("generic", "APPLICATION/vnd.x+json", 202),
            ("generic", "", 202),
            ("generic", "text/plain", 415),
            ("generic", "multipart/form-data; boundary=x", 415),
            ("alertmanager", FORM["Content-Type"], 415),
        ],
    )
    def test_kinds_of_body(self, name: str, media_type: str, expected: int) -> None:
        assert status(request(name, BODY, headers={"Content-Type": media_type})) == expected

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "this is no JSON"),
            (b"\xff", "not UTF-8"),
            (b"[]", "send a JSON object"),
            (b"{" * 21, "deeper than 20 levels"),
            (b'{"key":"\\', "this is no JSON"),
        ],
    )
    def test_what_is_no_json(self, body: bytes, reason: str) -> None:
        answer = HttpIntake(EVERYTHING).read(request("zabbix", body), NOW)
        assert isinstance(answer, HttpAnswer)
        assert answer.status == 400
        assert reason in data(answer)["error"]
        schema("http-refused").validate(data(answer))

    def test_too_many_fields(self) -> None:
        assert status(request("generic", "&".join(f"a{n}=1" for n in range(101)), headers=FORM)) == 400

    def test_without_the_token(self) -> None:
        assert status(request("generic", BODY, headers={"Authorization": ""})) == 401

    async def test_pagerduty_in_its_own_words(self) -> None:
        answer = await handle(request("pagerduty", {}), NotingEngine())
        told = data(answer)
        assert (answer.status, told["status"], told["errors"]) == (400, "invalid event", [told["message"]])


class TestAllowLists:
    HOME = (ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32"))

    @pytest.mark.parametrize("remote", ["192.0.2.9", "2001:db8::1", "::ffff:192.0.2.9"])
    def test_at_home(self, remote: str) -> None:
        assert is_allowed(remote, self.HOME)

    @pytest.mark.parametrize(
        "remote", ["198.51.100.1", "2001:db9::1", "", "unix:/run/x", "::ffff:198.51.100.1"]
    )
    def test_abroad(self, remote: str) -> None:
        intake = HttpIntake((endpoint(FormatName.GENERIC, allowed=self.HOME),))
        answer = intake.read(request("generic", BODY, remote=remote), NOW)
        assert isinstance(answer, HttpAnswer)
        assert answer.status == 403
        assert is_allowed(remote, ())

    def test_recipients(self) -> None:
        intake = HttpIntake((endpoint(FormatName.SEND, recipients=("anna", "bert")),))
        fine = intake.read(request("send", {"to": "bert", "text": "x"}), NOW)
        assert isinstance(fine, Parsed)
        assert fine.asks == (SendRequest(to=("bert",), text="x"),)
        answer = intake.read(request("send", {"to": "anna,+436641234567", "text": "x"}), NOW)
        assert isinstance(answer, HttpAnswer)
        assert answer.status == 403


class TestRates:
    def test_a_burst_then_ten_a_second(self) -> None:
        limiter = RateLimiter()
        assert [limiter.wait("e", "c", 0.0) for _ in range(50)] == [0.0] * 50
        assert limiter.wait("e", "c", 0.0) == pytest.approx(0.1)
        assert limiter.wait("e", "c", 0.1) == 0.0
        assert limiter.wait("e", "c", 0.1) > 0
        assert [limiter.wait("e", "c", 100.0) for _ in range(50)] == [0.0] * 50
        assert limiter.wait("e", "c", 99.0) > 0  # a clock that steps back gives nothing

    def test_the_table_of_clients_is_bounded(self) -> None:
        limiter = RateLimiter(burst=1, max_clients=2)
        assert [limiter.wait("e", client, 0.0) for client in "aab"] == [0.0, pytest.approx(0.1), 0.0]
        assert limiter.wait("e", "c", 0.0) == 0.0  # "a" is forgotten
        assert limiter.wait("e", "b", 0.0) > 0
        assert limiter.wait("e", "a", 0.0) == 0.0

    @pytest.mark.parametrize(
        ("remote", "client"),
        [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:0:1:ffff::1", "2001:db8:0:1::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("", ""),
            ("somebody", ""),
        ],
    )
    def test_a_household_is_one_client(self, remote: str, client: str) -> None:
        assert client_of(remote) == client


class TestWhatIsShown:
    async def test_refusals_are_counted_and_told_once(self, caplog: pytest.LogCaptureFixture) -> None:
        intake = HttpIntake(EVERYTHING)
        with caplog.at_level(logging.DEBUG):
            for _ in range(3):
                await intake.handle(request("generic", {"key": "hunter2", "event": "hunter2"}), None, now=NOW)
            await intake.handle(request("hunter2"), None, now=NOW)
        assert intake.refused == {("generic", 400): 3, ("", 404): 1}
        assert len(caplog.records) == 1
        assert "hunter2" not in caplog.text

    def test_values_show_nothing(self) -> None:
        sent = request("generic/hunter2", {"key": "hunter2"}, query="token=hunter2")
        parsed = HttpIntake(EVERYTHING).read(request("send", {"to": "hunter2", "text": "hunter2"}), NOW)
        shown = repr((sent, parsed))
        assert "hunter2" not in shown
        assert TOKEN not in shown

    def test_headers_in_any_case(self) -> None:
        headers = {"AUTHORIZATION": f"Bearer {TOKEN}", "content-TYPE": JSON["Content-Type"]}
        sent = HttpRequest(method="POST", path=f"{PREFIX}/generic", headers=headers, body=b'{"key":"k"}')
        parsed = HttpIntake(EVERYTHING).read(sent, NOW)
        assert isinstance(parsed, Parsed)
        assert parsed.asks == (AlarmRaise(source="generic", key="k"),)
