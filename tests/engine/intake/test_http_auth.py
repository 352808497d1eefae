"""Who may post: known answers from the standards, and every way to get it wrong."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import ConfigError
from alert_engine.intake.http import HttpIntake, Parsed
from alert_engine.intake.http_auth import (
    BasicAuth,
    BearerAuth,
    FieldAuth,
    HmacAuth,
    PathAuth,
    Signed,
    basic_credentials,
    grafana_hmac,
    signature,
)
from alert_engine.intake.http_endpoints import FormatName
from alert_engine.intake.http_limits import UsedProofs
from alert_engine.intake.http_request import HttpAnswer, HttpRequest
from alert_engine.model import AlarmRaise
from tests.engine.intake.http_support import JSON, NOW, PREFIX, NotingEngine, data, endpoint, vector

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.intake.http_auth import Authentication

SECRET, OLD = "a-secret-of-some-length", "the-secret-before-that"
PATH_SECRET = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"
BODY = b'{"key":"k"}'
STAMP = str(int(NOW.timestamp()))


def intake(auth: Authentication, form: FormatName = FormatName.GENERIC) -> HttpIntake:
    return HttpIntake((endpoint(form, name="door", auth=auth),))


def sent(path: str = "door", *, body: bytes = BODY, **headers: str) -> HttpRequest:
    given = {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return HttpRequest(method="POST", path=f"{PREFIX}/{path}", headers=given, body=body)


def refused(auth: Authentication, request: HttpRequest, now: datetime = NOW) -> str:
    answer = intake(auth).read(request, now)
    assert isinstance(answer, HttpAnswer)
    assert answer.status == 401
    error: str = data(answer)["error"]
    return error


def taken(auth: Authentication, request: HttpRequest, now: datetime = NOW) -> bool:
    answer = intake(auth).read(request, now)
    if isinstance(answer, Parsed):
        return True
    assert answer.status == 401
    return False


# RFC 4231, test cases 1, 2, 3 and 6: key, data, HMAC-SHA-256.
RFC_4231 = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
]


class TestHmac:
    @pytest.mark.parametrize(("key", "text", "expected"), RFC_4231)
    def test_known_answers(self, key: bytes, text: bytes, expected: str) -> None:
        assert signature(key, text) == expected

    def test_the_body_of_grafana(self) -> None:
        auth = grafana_hmac(SECRET)
        request = sent(X_Grafana_Alerting_Signature=signature(SECRET.encode(), BODY))
        assert taken(auth, request)

    @pytest.mark.parametrize(
        ("timestamp", "expected"),
        [
            (None, "3bcebf43c85d20bba6e3b6ba278af1d2ba3ab0d57de271b0ad30b833e851c5a6"),
            ("0", "ac18a483a582b60a883e974541afe25aa1026136163e94665649743324183ef1"),
        ],
    )
    def test_the_inputs_of_grafanas_own_test(self, timestamp: str | None, expected: str) -> None:
        """grafana/alerting ``http/hmac_test.go``; the values are those of OpenSSL."""
        assert signature(b"secret", b"test message", timestamp) == expected

    def test_with_a_timestamp_in_front(self) -> None:
        auth = grafana_hmac(SECRET, timestamp_header="X-Stamp")
        good = signature(SECRET.encode(), BODY, STAMP)
        assert taken(auth, sent(X_Grafana_Alerting_Signature=good, X_Stamp=STAMP))
        assert not taken(auth, sent(X_Grafana_Alerting_Signature=good, X_Stamp=str(int(STAMP) + 1)))

    def test_a_prefix_and_capitals(self) -> None:
        auth = HmacAuth(secrets=(SECRET,), header="X-Hub-Signature-256", prefix="sha256=")
        good = signature(SECRET.encode(), BODY)
        assert taken(auth, sent(x_hub_signature_256=f"sha256={good.upper()}"))
        assert "must begin with sha256=" in refused(auth, sent(x_hub_signature_256=good))
        assert "must begin with" in refused(auth, sent())

    def test_both_secrets_work_while_they_are_changed(self) -> None:
        auth = HmacAuth(secrets=(SECRET, OLD))
        assert taken(auth, sent(X_Signature=signature(SECRET.encode(), BODY)))
        assert taken(auth, sent(X_Signature=signature(OLD.encode(), BODY)))
        assert not taken(auth, sent(X_Signature=signature(b"neither-of-the-two", BODY)))

    def test_another_body_is_refused(self) -> None:
        good = signature(SECRET.encode(), BODY)
        assert "same secret" in refused(
            HmacAuth(secrets=(SECRET,)), sent(body=b'{"key":"l"}', X_Signature=good)
        )

    @pytest.mark.parametrize("seconds", [-301, 301])
    def test_outside_the_window(self, seconds: int) -> None:
        auth = HmacAuth(secrets=(SECRET,), timestamp_header="X-Stamp")
        request = sent(X_Signature=signature(SECRET.encode(), BODY, STAMP), X_Stamp=STAMP)
        assert "both clocks" in refused(auth, request, NOW + timedelta(seconds=seconds))
        assert taken(auth, request, NOW + timedelta(seconds=seconds / 301 * 300))

    @pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "9" * 13, "٣"])
    def test_no_timestamp(self, stamp: str) -> None:
        auth = HmacAuth(secrets=(SECRET,), timestamp_header="X-Stamp")
        assert "seconds since 1970" in refused(auth, sent(X_Signature="x", X_Stamp=stamp))

    async def test_a_replay_is_answered_and_not_applied(self) -> None:
        engine = NotingEngine()
        gateway = intake(HmacAuth(secrets=(SECRET,), timestamp_header="X-Stamp"))
        request = sent(X_Signature=signature(SECRET.encode(), BODY, STAMP), X_Stamp=STAMP)
        first = await gateway.handle(request, engine, now=NOW)
        again = await gateway.handle(request, engine, now=NOW + timedelta(seconds=299))
        late = await gateway.handle(request, engine, now=NOW + timedelta(seconds=301))
        assert [first.status, again.status, late.status] == [202, 202, 401]
        assert data(again) == {"accepted": [], "duplicate": 1}
        ((committed,),) = engine.commits
        assert isinstance(committed, AlarmRaise)
        assert (committed.source, committed.key) == ("door", "k")

    async def test_the_journal_knows_a_replay_by_its_id(self) -> None:
        auth = HmacAuth(secrets=(SECRET,), timestamp_header="X-Stamp")
        ids = []
        for body in (BODY, BODY, b'{"key":"l"}', b'{"key":"k","id":"17"}'):
            request = sent(body=body, X_Signature=signature(SECRET.encode(), body, STAMP), X_Stamp=STAMP)
            parsed = intake(auth).read(request, NOW)
            assert isinstance(parsed, Parsed)
            (ask,) = parsed.asks
            assert isinstance(ask, AlarmRaise)
            ids.append(ask.message_id)
        assert ids[0] == ids[1] != ids[2]
        assert ids[3] == "raise:17"

    async def test_what_cannot_be_repeated_any_more_is_forgotten(self) -> None:
        used = UsedProofs()
        auth = HmacAuth(secrets=(SECRET,), timestamp_header="X-Stamp")
        gateway = HttpIntake((endpoint(FormatName.GENERIC, name="door", auth=auth),), used=used)
        for minutes in (0, 20):
            now = NOW + timedelta(minutes=minutes)
            stamp = str(int(now.timestamp()))
            request = sent(X_Signature=signature(SECRET.encode(), BODY, stamp), X_Stamp=stamp)
            assert (await gateway.handle(request, NotingEngine(), now=now)).status == 202
            assert len(used) == 1

    async def test_what_was_not_committed_may_come_again(self) -> None:
        engine = NotingEngine()
        gateway = intake(HmacAuth(secrets=(SECRET,), timestamp_header="X-Stamp"))
        request = sent(X_Signature=signature(SECRET.encode(), BODY, STAMP), X_Stamp=STAMP)
        assert (await gateway.handle(request, None, now=NOW)).status == 503
        assert (await gateway.handle(request, engine, now=NOW)).status == 202
        assert len(engine.commits) == 1

    async def test_a_replay_in_the_dialect_of_pagerduty(self) -> None:
        body = json.dumps(vector("pagerduty_trigger")).encode()
        gateway = intake(HmacAuth(secrets=(SECRET,), timestamp_header="X-Stamp"), FormatName.PAGERDUTY)
        request = sent(body=body, X_Signature=signature(SECRET.encode(), body, STAMP), X_Stamp=STAMP)
        first = await gateway.handle(request, NotingEngine(), now=NOW)
        assert await gateway.handle(request, NotingEngine(), now=NOW) == first


class TestUsedProofs:
    def test_the_memory_is_bounded(self) -> None:
        used = UsedProofs(max_used=2)
        proofs = [Signed(signature=str(number), expires=number) for number in range(3)]
        for proof in proofs:
            used.add("e", proof, 1)
        assert [used.count("e", proof) for proof in proofs] == [None, 1, 1]
        assert used.count("other", proofs[2]) is None

    def test_what_has_expired_is_forgotten(self) -> None:
        used = UsedProofs()
        for number in range(3):
            used.add("e", Signed(signature=str(number), expires=number), 1)
        used.forget(2)
        assert used.count("e", Signed(signature="1", expires=1)) is None
        assert used.count("e", Signed(signature="2", expires=2)) == 1


class TestBearer:
    AUTH = BearerAuth(tokens=(SECRET, OLD))

    @pytest.mark.parametrize("value", [f"Bearer {SECRET}", f"bearer  {SECRET} ", f"BEARER {OLD}"])
    def test_right(self, value: str) -> None:
        assert taken(self.AUTH, sent(Authorization=value))

    @pytest.mark.parametrize(
        "value", ["", "Bearer", f"Token {SECRET}", SECRET, f"Bearer {SECRET[:-1]}", "Bearer \udcff"]
    )
    def test_wrong(self, value: str) -> None:
        assert "token is missing or wrong" in refused(self.AUTH, sent(Authorization=value))

    def test_the_challenge_is_named(self) -> None:
        answer = intake(self.AUTH).read(sent(), NOW)
        assert isinstance(answer, HttpAnswer)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


class TestBasic:
    # RFC 7617: section 2, and section 2.1 for UTF-8.
    @pytest.mark.parametrize(
        ("header", "credentials"),
        [
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame"),
            ("Basic dGVzdDoxMjPCow==", "test:123£"),
        ],
    )
    def test_known_answers(self, header: str, credentials: str) -> None:
        assert basic_credentials(header) == credentials

    def test_right(self) -> None:
        auth = BasicAuth(username="Aladdin", passwords=("open sesame",))
        assert taken(auth, sent(Authorization="Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="))

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "Basic",
            "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ",
            "Basic !!!",
            "Basic \u00fc",
            "Basic /w==",
            "Basic " + base64.b64encode(b"Aladdin:open").decode(),
        ],
    )
    def test_wrong(self, value: str) -> None:
        auth = BasicAuth(username="Aladdin", passwords=("open sesame",))
        assert "user name or password" in refused(auth, sent(Authorization=value))


class TestPath:
    AUTH = PathAuth(secrets=(PATH_SECRET,))

    def test_right(self) -> None:
        assert taken(self.AUTH, sent(f"door/{PATH_SECRET}"))
        assert taken(self.AUTH, sent(f"door/{PATH_SECRET}/"))

    def test_a_path_behind_the_secret(self) -> None:
        body = json.dumps(vector("pagerduty_trigger")).encode()
        gateway = intake(self.AUTH, FormatName.PAGERDUTY)
        assert isinstance(gateway.read(sent(f"door/{PATH_SECRET}/v2/enqueue", body=body), NOW), Parsed)

    @pytest.mark.parametrize("path", ["door", "door/", f"door/{PATH_SECRET}x", f"door//{PATH_SECRET}"])
    def test_wrong(self, path: str) -> None:
        assert "secret in the path" in refused(self.AUTH, sent(path))


class TestField:
    def test_in_a_query_string_a_form_or_json(self) -> None:
        gateway = intake(FieldAuth(secrets=(SECRET,)), FormatName.SEND)
        for changes in (
            {"method": "GET", "query": f"to=anna&text=x&token={SECRET}"},
            {
                "body": f"to=anna&text=x&token={SECRET}".encode(),
                "headers": {"content-type": "application/x-www-form-urlencoded"},
            },
            {"body": json.dumps({"to": "anna", "text": "x", "token": SECRET}).encode(), "headers": JSON},
        ):
            given: dict[str, Any] = {"method": "POST", "path": f"{PREFIX}/door", **changes}
            parsed = gateway.read(HttpRequest(**given), NOW)
            assert isinstance(parsed, Parsed)
            assert SECRET not in str(parsed.asks)

    def test_the_routing_key_of_pagerduty(self) -> None:
        gateway = intake(FieldAuth(secrets=("R0123456789abcdef",), name="routing_key"), FormatName.PAGERDUTY)
        body = {**vector("pagerduty_trigger"), "routing_key": "R0123456789abcdef"}
        assert isinstance(gateway.read(sent(body=json.dumps(body).encode()), NOW), Parsed)
        wrong = gateway.read(sent(body=json.dumps(vector("pagerduty_trigger")).encode()), NOW)
        assert isinstance(wrong, HttpAnswer)
        assert wrong.status == 401
        assert data(wrong)["errors"] == ["routing_key: is missing or wrong"]

    @pytest.mark.parametrize("body", [b"{}", b'{"token":5}', b'{"token":"x"}'])
    def test_wrong(self, body: bytes) -> None:
        assert "token: is missing or wrong" in refused(FieldAuth(secrets=(SECRET,)), sent(body=body))


class TestSettings:
    @pytest.mark.parametrize(
        "make",
        [
            lambda: HmacAuth(secrets=()),
            lambda: HmacAuth(secrets=("short",)),
            lambda: HmacAuth(secrets=(SECRET,), header="no header"),
            lambda: HmacAuth(secrets=(SECRET,), timestamp_header=""),
            lambda: BearerAuth(tokens=(SECRET, "short")),
            lambda: BasicAuth(username="a:b", passwords=("long enough",)),
            lambda: BasicAuth(username="", passwords=("long enough",)),
            lambda: BasicAuth(username="a", passwords=("short",)),
            lambda: PathAuth(secrets=(PATH_SECRET[:-1],)),
            lambda: PathAuth(secrets=(PATH_SECRET + "/",)),
            lambda: FieldAuth(secrets=("short",)),
            lambda: endpoint(FormatName.GENERIC, name="No/Name"),
            lambda: endpoint(FormatName.GENERIC, name="gateway"),
            lambda: HttpIntake((endpoint(FormatName.GENERIC), endpoint(FormatName.GENERIC))),
        ],
    )
    def test_what_proves_nothing_is_refused(self, make: Any) -> None:
        with pytest.raises(ConfigError):
            make()

    @pytest.mark.parametrize(
        "auth",
        [
            HmacAuth(secrets=(SECRET,)),
            BearerAuth(tokens=(SECRET,)),
            BasicAuth(username=SECRET, passwords=(SECRET,)),
            PathAuth(secrets=(PATH_SECRET,)),
            FieldAuth(secrets=(SECRET,)),
        ],
    )
    def test_no_secret_is_shown(self, auth: Authentication) -> None:
        shown = repr(endpoint(FormatName.GENERIC, auth=auth)) + repr(intake(auth))
        assert SECRET not in shown
        assert PATH_SECRET not in shown
