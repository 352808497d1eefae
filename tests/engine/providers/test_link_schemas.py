"""Whatever the message and the settings are, a request has the fields that LINK and websms document.

The schemas hold the facts of providers.md sections 1.1, 1.5 and 7.1 to 7.3: names, types, patterns, ranges.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from alert_engine.model import Channel, Priority
from alert_engine.routes.base import Media, MediaKind, OutboundMessage
from alert_engine.routes.providers.exchange import ProviderRequest
from alert_engine.routes.providers.link import LinkCommon, MyLink
from alert_engine.routes.providers.provider import Moment
from alert_engine.routes.providers.websms import Websms
from tests.engine.providers.contract import NONCE, NOW, a_message

CALLBACK = "https://alarm.example.org/callback/link/5ecret"


def record(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object without any other fields."""
    return {
        "type": "object",
        "required": list(required),
        "properties": required | (optional or {}),
        "additionalProperties": False,
    }


def one_of(*values: str) -> dict[str, Any]:
    return {"enum": list(values)}


def whole(least: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most}


def words(least: int = 0, most: int = 10**6, pattern: str = "") -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": most, "pattern": pattern}


TRUTH = {"type": "boolean"}
LINK_TO_MEDIA = {"link": words(pattern="^https://")}
CAPTION = {"caption": words(1, 1024)}
FREE = [
    record({"type": one_of("text"), "text": record({"body": words(1, 4096)}, {"preview_url": TRUTH})}),
    record({"type": one_of("image"), "image": record(LINK_TO_MEDIA, CAPTION)}),
    record({"type": one_of("video"), "video": record(LINK_TO_MEDIA, CAPTION)}),
    record({"type": one_of("audio"), "audio": record(LINK_TO_MEDIA)}),
    record({"type": one_of("document"), "document": record(LINK_TO_MEDIA, CAPTION | {"filename": words(1)})}),
]
VARIABLE = record({"type": one_of("text"), "text": words(1, pattern=r"^[^\n\t]*$")})
TEMPLATE = record(
    {
        "name": words(1),
        "language": record({"policy": one_of("deterministic"), "code": words(2)}),
        "components": {
            "type": "array",
            "items": record(
                {"type": one_of("body"), "parameters": {"type": "array", "items": VARIABLE, "minItems": 1}}
            ),
        },
    }
)

MYLINK_COMMON = {
    "expiration": record({"relative": whole(1, 172_800_000)}),
    "callback": record(
        {"mode": one_of("Profile", "URL", "Gate", "None")},
        {
            "urls": {"type": "array", "items": words(1)},
            "gateId": words(1),
            "ttl": whole(0, 28_800_000),
        },
    ),
    "referenceId": words(0, 500),
    "priority": one_of("Normal", "High", "Low"),
}
SENDER = r"""^(\+?[0-9]{1,15}|[A-Za-z0-9\s+\-/'"!#%&()*.?><;]{1,11})$"""
MYLINK_SMS = record(
    {
        "recipient": words(1, pattern=r"^\+.*"),
        "content": record(
            {
                "text": words(1, 38_862),
                "options": record(
                    {"sms.sender": words(1, pattern=SENDER)},
                    {
                        "sms.encoding": one_of("AutoDetect", "GSM", "UCS2"),
                        "sms.obfuscate": one_of("ContentAndRecipient", "Content"),
                    },
                ),
            }
        ),
    },
    MYLINK_COMMON,
)
MYLINK_WHATSAPP = record(
    {
        "recipient": words(1, pattern=r"^\+.*"),
        "content": record(
            {
                "media": {"oneOf": [*FREE, record({"type": one_of("template"), "template": TEMPLATE})]},
                "options": record({"sender": words(1)}),
            }
        ),
    },
    MYLINK_COMMON,
)
COMMON = record(
    {
        "source": words(1),
        "destination": words(pattern=r"^\+[0-9]+$"),
        "platformId": words(1),
        "platformPartnerId": words(1),
        "ignoreResponse": {"const": False},
    },
    {
        "sourceTON": one_of("SHORTNUMBER", "ALPHANUMERIC", "MSISDN"),
        "destinationTON": one_of("MSISDN"),
        "dcs": one_of("TEXT"),
        "userData": words(pattern="^[\u0000-\uffff]*$"),
        "useDeliveryReport": TRUTH,
        "deliveryReportGates": {"type": "array", "items": words(1), "minItems": 1},
        "relativeValidityTime": whole(900_000, 172_800_000),
        "priority": one_of("HIGH", "NORMAL", "LOW"),
        "refId": words(),
        "customParameters": {"type": "object", "additionalProperties": {"type": "string"}},
    },
)
WEBSMS_COMMON = {
    "clientMessageId": words(),
    "contentCategory": one_of("informational", "advertisement"),
    "priority": whole(1, 9),
    "test": TRUTH,
    "validityPeriode": whole(60, 259_200),
}
WEBSMS_SMS = WEBSMS_COMMON | {
    "senderAddress": words(1),
    "senderAddressType": one_of("national", "international", "alphanumeric", "shortcode"),
    "sendAsFlashSms": TRUTH,
    "notificationCallbackUrl": words(1),
}
RECIPIENTS = {
    "recipientAddressList": {"type": "array", "items": words(pattern="^[1-9][0-9]{7,14}$"), "maxItems": 1000}
}
WEBSMS_TEXT = record(
    RECIPIENTS | {"messageContent": words()},
    WEBSMS_SMS | {"messageType": one_of("default", "voice"), "maxSmsPerMessage": whole(0, 255)},
)
WEBSMS_BINARY = record(
    RECIPIENTS | {"messageContent": {"type": "array", "items": words(pattern="^[A-Za-z0-9+/=]*$")}},
    WEBSMS_SMS | {"userDataHeaderPresent": TRUTH},
)
WEBSMS_WHATSAPP = record(RECIPIENTS | {"messageContent": {"oneOf": FREE}}, WEBSMS_COMMON)

SCHEMAS = {
    r"https://api\.linkmobility\.com/sms/v1/messages": {"type": "array", "items": MYLINK_SMS},
    r"https://api\.linkmobility\.com/whatsapp/v2/messages": {"type": "array", "items": MYLINK_WHATSAPP},
    r"https://n-eu\.linkmobility\.io/sms/send": COMMON,
    r"https://api\.linkmobility\.eu/rest/smsmessaging/text": WEBSMS_TEXT,
    r"https://api\.linkmobility\.eu/rest/smsmessaging/binary": WEBSMS_BINARY,
    r"https://api\.linkmobility\.eu/rest/channels/[0-9a-f-]{36}/send/whatsapp": WEBSMS_WHATSAPP,
}

SENDERS = st.sampled_from(["Alarm", "AB 1", "A&B.c-d+e", "12345", "+4799999999"])
ACCOUNTS: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        MyLink,
        client_id=st.just("a"),
        client_secret=st.just("b"),
        sender=SENDERS,
        encoding=st.sampled_from(["AutoDetect", "GSM", "UCS2"]),
        obfuscate=st.sampled_from(["", "Content", "ContentAndRecipient"]),
        gate_id=st.sampled_from(["", "gate"]),
        whatsapp_sender=st.just("+4799999998"),
        whatsapp_template=st.just("alarm"),
    ),
    st.builds(
        LinkCommon,
        base_url=st.just("https://n-eu.linkmobility.io/sms"),
        user=st.just("a"),
        password=st.just("b"),
        platform_id=st.just("COOL"),
        platform_partner_id=st.just("1"),
        sender=SENDERS,
        gates=st.sampled_from([(), ("gate",)]),
    ),
    st.builds(
        Websms,
        token=st.just("t"),
        sender=SENDERS,
        max_sms=st.integers(0, 9),
        calls=st.just(value=True),
        whatsapp_channel=st.just("11111111-2222-3333-4444-555555555555"),
        priority=st.integers(0, 9),
        content_category=st.sampled_from(["", "informational"]),
        test=st.booleans(),
    ),
)
MESSAGES = st.builds(
    OutboundMessage,
    uid=st.just(NONCE),
    channel=st.sampled_from([Channel.SMS, Channel.CALL, Channel.WHATSAPP]),
    address=st.just("+436641234567"),
    text=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs", "So"]), min_size=1),
    priority=st.sampled_from(list(Priority)),
    report_requested=st.booleans(),
    plain=st.booleans(),
    flash=st.booleans(),
    validity=st.none() | st.timedeltas(timedelta(seconds=-5), timedelta(days=9)),
    media=st.none()
    | st.builds(
        Media,
        kind=st.sampled_from(list(MediaKind)),
        url=st.just("https://cam.example.org/1"),
        file_name=st.sampled_from(["", "plan.pdf"]),
    ),
    heard_at=st.sampled_from([None, NOW, NOW - timedelta(days=2)]),
    data=st.none() | st.binary(max_size=150),
)
MOMENT = Moment(now=NOW, nonce=NONCE, access_token="t")
MOMENTS = st.sampled_from(
    [Moment(now=NOW, nonce=NONCE, callback_url=url, access_token="t") for url in ("", CALLBACK)]
)


def schema_of(url: str) -> dict[str, Any]:
    (found,) = (schema for pattern, schema in SCHEMAS.items() if re.fullmatch(pattern, url))
    return found


@given(ACCOUNTS, MESSAGES, MOMENTS)
def test_a_request_has_the_documented_form(account: Any, message: OutboundMessage, moment: Moment) -> None:
    request = account.send_request(message, moment)
    if isinstance(request, ProviderRequest):
        Draft202012Validator(schema_of(request.url)).validate(json.loads(request.body))


@given(ACCOUNTS, st.sampled_from([Channel.SMS, Channel.CALL, Channel.WHATSAPP]))
def test_half_a_character_stops_no_message(account: Any, channel: Channel) -> None:
    """JSON can write lone surrogates, which no wire takes."""
    message = a_message(channel=channel, text="Feuer \udcff", heard_at=NOW)
    if channel in account.limits.channels:
        request = account.send_request(message, MOMENT)
        assert "Feuer ?" in request.body.decode()


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_the_schemas_are_schemas(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
