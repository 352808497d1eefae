"""Accounts of the presets, and calls to their routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alert_engine.intake.http_request import HttpRequest
from alert_engine.routes.providers.exchange import ProviderRequest
from alert_engine.routes.providers.generic_http import make_generic_http
from alert_engine.routes.providers.provider import Moment
from tests.engine.providers.contract import NONCE, NOW, a_message

if TYPE_CHECKING:
    from alert_engine.routes.base import OutboundMessage
    from alert_engine.routes.providers.generic_http import GenericHttp

CALLBACK = "https://home.example.org/api/callback/4f1d2c3b4a596877"
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url=CALLBACK)
OK_RULE = {"accepted": {"status": ["2xx"], "where": [{"pattern": "^OK"}]}}

SETTINGS: dict[str, dict[str, str]] = {
    "berlinsms": {"username": "me", "password": "geheim-7"},
    "berlinsms_xml": {"username": "me", "password": "geheim-7"},
    "bulksms": {"username": "me", "password": "geheim-7", "sender": "+4366412345"},
    "clickatell": {"api_key": "geheim-7"},
    "clicksend": {"username": "me", "api_key": "geheim-7", "sender": "Alarm"},
    "messagebird": {"access_key": "geheim-7", "sender": "Alarm"},
    "seven": {"api_key": "geheim-7", "sender": "+4366412345"},
    "sinch": {"service_plan_id": "plan1", "api_token": "geheim-7", "region": "eu", "sender": "Alarm"},
    "vonage": {"api_key": "key1", "api_secret": "geheim-7", "sender": "Alarm"},
}
EXTRAS: dict[str, dict[str, Any]] = {
    "berlinsms": {"answer": OK_RULE},
    "berlinsms_xml": {"answer": OK_RULE, "send": {"url": "https://sms.example.org/xml"}},
}


def an_account(preset: str, **more: Any) -> Any:
    """An account at a provider that a preset describes."""
    return make_generic_http(
        {"preset": preset, "settings": SETTINGS[preset], **EXTRAS.get(preset, {}), **more}
    )


def request_of(provider: GenericHttp, message: OutboundMessage | None = None) -> ProviderRequest:
    """How it sends."""
    request = provider.send_request(message or a_message(), MOMENT)
    assert isinstance(request, ProviderRequest)
    return request


def a_call(
    body: str = "", *, query: str = "", secret: str = "4f1d2c3b4a596877", **headers: str
) -> HttpRequest:
    """A call of a provider."""
    return HttpRequest(
        method="POST" if body else "GET",
        path=f"/api/callback/{secret}",
        query=query,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=body.encode(),
    )
