"""SMS v3 of Infobip: what is sent, and what it costs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alert_engine.routes.providers.addresses import digits
from gsm_driver import NationalLanguage, count_segments, transliterated

if TYPE_CHECKING:
    from alert_engine.routes.base import OutboundMessage
    from alert_engine.routes.providers.provider import Moment

    from .account import Infobip

PATH = "/sms/3/messages"
MAX_DATA = 140  # octets of one SMS (TS 23.040 clause 9.2.3.24)
MAX_VALIDITY = timedelta(hours=48)  # longer is cut to it by Infobip

TRANSLITERATIONS = (
    "NONE",
    "TURKISH",
    "GREEK",
    "CYRILLIC",
    "SERBIAN_CYRILLIC",
    "CENTRAL_EUROPEAN",
    "BALTIC",
    "NON_UNICODE",
    "PORTUGUESE",
    "COLOMBIAN",
    "BULGARIAN_CYRILLIC",
    "ALL",
)
LANGUAGES: dict[str, tuple[NationalLanguage, ...]] = {
    "NONE": (),
    "TR": (NationalLanguage.TURKISH,),
    "ES": (NationalLanguage.SPANISH,),
    "PT": (NationalLanguage.PORTUGUESE,),
    "AUTODETECT": (NationalLanguage.TURKISH, NationalLanguage.SPANISH, NationalLanguage.PORTUGUESE),
}


def plan_segments(account: Infobip, message: OutboundMessage) -> int:
    """What it will be charged as. Raises ValueError for no text, and for data that one SMS cannot hold."""
    if message.data is not None:
        if len(message.data) > MAX_DATA:
            raise ValueError(f"Infobip carries data of at most {MAX_DATA} octets")
        return 1
    if not message.text:
        raise ValueError("Infobip takes no empty text")
    replaces = account.transliteration not in {"", "NONE"}
    languages = () if message.plain else LANGUAGES.get(account.language, ())
    return count_segments(
        _text(message), languages=languages, transliterate=replaces and not message.plain
    ).segments


def body(account: Infobip, message: OutboundMessage, moment: Moment) -> dict[str, Any]:
    """The request. `sendAt` is left out: the engine has its own times."""
    one: dict[str, Any] = {} if not account.sender else {"sender": digits(account.sender)}
    one["destinations"] = [{"to": digits(message.address), "messageId": message.uid}]
    one["content"] = _content(account, message)
    if options := _options(account, message):
        one["options"] = options
    if webhooks := _webhooks(message, moment):
        one["webhooks"] = webhooks
    request: dict[str, Any] = {"messages": [one]}
    if message.data is None:  # the count does not go with data
        request["options"] = {"includeSmsCountInResponse": True}
    return request


def validity(message: OutboundMessage) -> timedelta | None:
    """As long as Infobip keeps trying at most."""
    if message.validity is None:
        return None
    return min(max(message.validity, timedelta(seconds=1)), MAX_VALIDITY)


def _text(message: OutboundMessage) -> str:
    return transliterated(message.text, plain=True) if message.plain else message.text


def _content(account: Infobip, message: OutboundMessage) -> dict[str, Any]:
    if message.data is not None:
        return {"hex": message.data.hex(" "), "dataCoding": account.data_coding, "esmClass": 0}
    content: dict[str, Any] = {"text": _text(message)}
    if not message.plain and account.transliteration:
        content["transliteration"] = account.transliteration
    if not message.plain and account.language:
        content["language"] = {
            "languageCode": account.language,
            "singleShift": account.single_shift,
            "lockingShift": account.locking_shift,
        }
    return content


def _options(account: Infobip, message: OutboundMessage) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if account.application_id:
        options["platform"] = {"applicationId": account.application_id}
    if (kept := validity(message)) is not None:
        options["validityPeriod"] = {"amount": int(kept.total_seconds()), "timeUnit": "SECONDS"}
    if message.flash:
        options["flash"] = True
    return options


def _webhooks(message: OutboundMessage, moment: Moment) -> dict[str, Any]:
    if not message.report_requested:
        return {"delivery": {"notify": False}}
    if not moment.callback_url:
        return {}
    return {
        "delivery": {"url": moment.callback_url, "notify": True},
        "contentType": "application/json",
    }
