"""Our requests beside those of the maker's own client for the same call, field by field."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.routes.providers.azure import Azure, Resource, repeatability_id, signed
from alert_engine.routes.providers.exchange import ProviderRequest
from alert_engine.routes.providers.provider import Moment
from tests.engine.providers.contract import NONCE, NOW, NUMBER, TEXT, a_message
from tests.engine.providers.their_library import their

if TYPE_CHECKING:
    from collections.abc import Mapping

sms = their("azure.communication.sms")
transports = their("azure.core.pipeline.transport")
policies = their("azure.communication.sms._shared.policy")
client_module = their("azure.communication.sms._sms_client")

CONNECTION = (
    "endpoint=https://res.communication.azure.com;accesskey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
)
DATE = "Sat, 21 Nov 2026 12:00:00 GMT"


class _KeptError(Exception):
    """The request was made, and goes no further."""


class _Keeping(transports.HttpTransport):  # type: ignore[misc, name-defined]  # a class of the client
    """Keeps the request that it should send."""

    request: Any = None

    def send(self, request: Any, **_settings: Any) -> Any:
        self.request = request
        raise _KeptError

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def __exit__(self, *_error: object) -> None:
        pass


@pytest.fixture
def fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks its own module for the time and for chance."""
    for module in (client_module, policies):
        monkeypatch.setattr(module, "get_current_utc_time", lambda: DATE)
    monkeypatch.setattr(client_module, "uuid4", lambda: repeatability_id(a_message().uid))


def of_the_client(sender: str, text: str, **options: Any) -> Any:
    """What the client would send."""
    keeping = _Keeping()
    client = sms.SmsClient.from_connection_string(CONNECTION, transport=keeping)
    with pytest.raises(_KeptError):
        client.send(from_=sender, to=NUMBER, message=text, **options)
    return keeping.request


def of_ours(account: Azure, text: str) -> ProviderRequest:
    request = account.send_request(a_message(text=text), Moment(now=NOW, nonce=NONCE))
    assert isinstance(request, ProviderRequest)
    return request


@pytest.mark.usefixtures("fixed_time")
@pytest.mark.parametrize("text", [TEXT, "Öl läuft aus: 5 €", "Пожар", '🔥 \\ " \n'])
@pytest.mark.parametrize("tag", ["", "plant 2"])
def test_a_request_is_the_same(text: str, tag: str) -> None:
    theirs = of_the_client("+18005551234", text, enable_delivery_report=True, tag=tag or None)
    ours = of_ours(Azure(connection_string=CONNECTION, sender="+18005551234", tag=tag), text)
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert _named(ours.headers) == {"x-ms-date", "x-ms-content-sha256", "authorization", "content-type"}
    assert _named(ours.headers) <= _named(theirs.headers)
    assert ours.headers["Content-Type"] == theirs.headers["Content-Type"]


@pytest.mark.usefixtures("fixed_time")
def test_the_signature_is_the_same_for_the_same_octets() -> None:
    """The client writes its JSON in another way, so its octets are handed to our signature."""
    theirs = of_the_client("+18005551234", TEXT, enable_delivery_report=True)
    key = base64.b64decode(CONNECTION.partition("accesskey=")[2])
    resource = Resource(host="res.communication.azure.com", key=key)
    path = theirs.url.removeprefix("https://res.communication.azure.com")
    ours = signed(resource, "POST", path, theirs.body.encode(), NOW)
    assert {name: theirs.headers[name] for name in ours} == ours


def _named(headers: Mapping[str, str]) -> set[str]:
    return {name.lower() for name in headers}
