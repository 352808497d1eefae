"""``statusCode`` of an answer.

Source: developer.linkmobility.eu, REST API, status codes; for those that are not on that page any more, the
maker's own library for Java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.routes.providers.meaning import elsewhere, fix, later, nowhere, unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.routes.providers.meaning import Meaning

SENT = "2000"
QUEUED = "2001"
SIMULATED = "2002"  # of the maker's own libraries
TAKEN = frozenset({SENT, QUEUED, SIMULATED})

# What a look without a recipient is refused for, once the credentials were taken.
INVALID_RECIPIENT = "4002"
PARAMETER_MISSING = "4019"

_CURRENT: Mapping[str, Meaning] = {
    "4001": fix("websms does not accept the credentials, or the account is not active"),
    INVALID_RECIPIENT: nowhere("websms takes this for no phone number"),
    "4003": fix("websms does not accept the sender: set one that belongs to the account"),
    "4004": unfit("websms does not send this kind of message for this account"),
    "4008": unfit("websms does not accept the message id"),
    "4009": unfit("websms does not accept the text"),
    "4013": fix("the limit of messages of the account at websms is reached"),
    "4014": fix("websms does not take requests from this internet address: allow it in the account"),
    "4015": fix("websms does not allow this priority: lower the setting, or have it enabled"),
    "4016": fix("websms does not accept the callback address: look at the public address of the gateway"),
    PARAMETER_MISSING: unfit("websms misses something in the request"),
    "4021": fix("the account at websms is not valid"),
    "4022": fix("the account at websms may not use this interface"),
    "4023": later("websms asks for a pause: too many requests from this internet address"),
    "4025": later("websms asks for a pause: too many messages at once"),
    "4026": unfit("the text needs more SMS than max_sms allows"),
    "4027": unfit("websms does not accept the data"),
    "4029": elsewhere("websms may not send to this number"),
    "4030": elsewhere("the number is on the blacklist of the account at websms", opted_out=True),
    "4031": elsewhere("websms may not send to this number"),
    "4035": fix("the account at websms may not send SMS"),
    "4040": fix("websms does not accept the content category"),
    "4041": unfit("websms does not accept the validity"),
    "4042": elsewhere("websms blocks this number by its quality rating"),
    "4043": elsewhere("the spam check of websms stopped the message"),
    "5000": later("websms has trouble of its own"),
    "5003": later("websms is not available now"),
}

_FORM = unfit("websms does not accept the form of the message")
_PAUSE = later("websms asks for a pause: too many requests")
_OLDER: Mapping[str, Meaning] = {
    **dict.fromkeys(("4000", "4005", "4006", "4007", "4010", "4011", "4017"), _FORM),
    "4012": _PAUSE,
    "4018": fix("the account at websms may not use this interface"),
    "4020": fix("websms does not accept the credentials"),
    "4024": _PAUSE,
}

CODES: Mapping[str, Meaning] = {**_CURRENT, **_OLDER}


def meaning_of(code: str) -> Meaning | None:
    """Why a message is refused; None: it is not. All of 4000 to 4999 are refusals, also unknown ones."""
    if code in CODES:
        return CODES[code]
    is_refusal = code.isascii() and code.isdigit() and len(code) == len(SENT) and code.startswith("4")
    return _UNKNOWN if is_refusal else None


_UNKNOWN = unfit("websms refuses the message, for a reason that its description does not name")
