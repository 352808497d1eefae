"""What a shell without a file asks of the engine: endpoints, recipes, who calls, who is refused."""

from __future__ import annotations

import pytest

from alert_engine.config.http import endpoint_from
from alert_engine.errors import ConfigError
from alert_engine.intake.http_auth import BearerAuth
from alert_engine.model import Channel, Severity
from alert_engine.routes.base import ErrorClass, Rejected
from alert_engine.routes.provider_health import HealthNotes
from alert_engine.routes.providers.catalogue import make
from alert_engine.routes.providers.generic_http.making import specs_of
from alert_engine.routes.providers.provider import is_called

TOKEN = "t0ken-t0ken-t0ken-t0ken"
BEARER = {"type": "bearer", "secret": TOKEN}
RECIPE = {"send": {"url": "https://api.example.org/send"}, "answer": {"reference": {"path": "id"}}}


def test_an_endpoint_of_plain_data() -> None:
    endpoint = endpoint_from({"name": "zabbix", "format": "zabbix", "auth": BEARER, "severity": "high"})
    assert (endpoint.name, endpoint.severity) == ("zabbix", Severity.HIGH)
    assert endpoint.auth == BearerAuth(tokens=(TOKEN,))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": "With Blanks"}, ("name",)),
        ({"auth": {"type": "bearer", "secret_file": "token"}}, ("auth", "secret_file")),
        ({"auth": {**BEARER, "header": "X"}}, ("auth", "header")),
        ({"what": 1}, ("what",)),
        ({"recipients": ["anna"]}, ("recipients",)),
    ],
)
def test_an_endpoint_that_makes_no_sense(changes: dict[str, object], path: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as refused:
        endpoint_from({"name": "zabbix", "format": "zabbix", "auth": BEARER, **changes})
    assert refused.value.path == path


def test_what_a_preset_wants_to_know() -> None:
    specs = specs_of({"preset": "clicksend"})
    assert list(specs) == ["username", "api_key", "sender"]
    assert specs["api_key"].secret
    assert "more" in specs_of({"preset": "clicksend", "account": {"more": {}}})
    assert specs_of(RECIPE) == {}


@pytest.mark.parametrize(
    ("kind", "settings", "called"),
    [
        ("openvoip", {"secret": "s3cret", "caller_group": "42"}, False),
        ("websms", {"token": "t", "sender": "Alarm"}, True),
        ("generic_http", {"preset": "seven", "settings": {"api_key": "k"}}, True),
        ("generic_http", RECIPE, False),
    ],
)
def test_who_calls(kind: str, settings: dict[str, object], *, called: bool) -> None:
    assert is_called(make(kind, settings)) is called


def test_without_calls_no_report_is_waited_for_that_only_a_call_would_bring() -> None:
    seven = make("generic_http", {"preset": "seven", "settings": {"api_key": "k"}, "expect_reports": True})
    assert seven.limits.only_called == {Channel.SMS}


@pytest.mark.parametrize(
    ("error_class", "code", "is_refused"),
    [
        (ErrorClass.ACCOUNT, "HTTP 401", True),
        (ErrorClass.ACCOUNT, "HTTP 402", False),  # unpaid: other credentials would not help
        (ErrorClass.DEVICE, "", False),
    ],
)
def test_only_a_look_tells_that_the_credentials_are_refused(
    error_class: ErrorClass, code: str, *, is_refused: bool
) -> None:
    refused = Rejected(error_class=error_class, reason="no", code=code)
    looked = HealthNotes(can_be_checked=True)
    looked.looked(refused)
    assert looked.health.is_refused is is_refused
    sent = HealthNotes(can_be_checked=True)
    sent.sent(refused)
    assert not sent.health.is_refused
