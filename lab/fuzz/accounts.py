"""An account at each provider, made as a configuration makes it. All that is secret here opens nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alert_engine.routes.providers.catalogue import make

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = "5ecret-5ecret-5ecret"  # noqa: S105 - the last part of our callback address
CALLBACK = f"https://alarm.example.org/callback/route/{SECRET}"
PASSWORD = "geheim-7"  # noqa: S105 - of nobody
TELESIGN_ID, TELESIGN_KEY = "CUST-ID", "dGVsZXNpZ24tc2VjcmV0LTAxMjM0NTY3ODk="

_BERLINSMS: Mapping[str, Any] = {
    "preset": "berlinsms",
    "settings": {"username": "me", "password": PASSWORD},
    "answer": {"accepted": {"status": ["2xx"], "where": [{"pattern": "^OK"}]}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """An account, and what kind it is."""

    kind: str
    account: Any


def _generic(preset: str, **settings: str) -> tuple[str, Mapping[str, Any]]:
    return "generic_http", {"preset": preset, "settings": settings}


# The first octet of an input counts these: new ones go to the end.
_SETTINGS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    (
        "twilio",
        {
            "account_sid": "AC" + "0" * 32,
            "auth_token": PASSWORD,
            "sender": "+15005550006",
            "whatsapp_sender": "+15005550006",
            "caller": "+15005550006",
        },
    ),
    ("telesign", {"customer_id": TELESIGN_ID, "api_key": TELESIGN_KEY, "calls": True}),
    (
        "infobip",
        {
            "api_key": PASSWORD,
            "base_url": "https://xyz12.api.infobip.com",
            "sender": "Alarm",
            "voice_sender": "+441134960009",
        },
    ),
    (
        "azure",
        {
            "connection_string": "endpoint=https://res.communication.azure.com/;accesskey=a2V5",
            "sender": "+18005551234",
        },
    ),
    ("websms", {"token": PASSWORD, "sender": "Alarm", "calls": True}),
    ("mylink", {"client_id": "house", "client_secret": PASSWORD, "sender": "+4799999999"}),
    (
        "link_common",
        {
            "base_url": "https://n-eu.linkmobility.io/sms",
            "user": "house",
            "password": PASSWORD,
            "platform_id": "COOL",
            "platform_partner_id": "1",
            "sender": "Alarm",
            "gates": ["BVldZyQt"],
        },
    ),
    ("spryng", {"api_key": PASSWORD, "account_reference": "SPNL0000000", "sender": "Alarm"}),
    ("spryng_v1", {"api_key": PASSWORD, "sender": "Alarm", "mo_time_zone": "Europe/Amsterdam"}),
    ("vibes", {"user": "alarm@example.org", "password": PASSWORD, "source": "98765"}),
    _generic("seven", api_key=PASSWORD, sender="+4366412345"),
    _generic("sinch", service_plan_id="plan1", api_token=PASSWORD, region="eu", sender="Alarm"),
    _generic("vonage", api_key="key1", api_secret=PASSWORD, sender="Alarm"),
    (
        "vibes_platform",
        {"user": "u", "password": PASSWORD, "company_key": "3TXCkPcC", "event_type": "alarm"},
    ),
    ("openvoip", {"secret": PASSWORD, "caller_group": "42", "sender": "Alarm"}),
    _generic("bulksms", username="me", password=PASSWORD, sender="+4366412345"),
    _generic("clickatell", api_key=PASSWORD),
    _generic("clicksend", username="me", api_key=PASSWORD, sender="Alarm"),
    _generic("messagebird", access_key=PASSWORD, sender="Alarm"),
    ("generic_http", _BERLINSMS),
)

CUSTOMERS = tuple(Customer(kind=kind, account=make(kind, settings)) for kind, settings in _SETTINGS)
CALLED = 13  # so many of them, from the first, are called by their providers


def number_of(kind: str, preset: str = "") -> int:
    """The place of an account in `CUSTOMERS`. Raises ValueError: there is none."""
    for at, (each, settings) in enumerate(_SETTINGS):
        if each == kind and settings.get("preset", "") == preset:
            return at
    raise ValueError(f"no account of the kind {kind} {preset}")
