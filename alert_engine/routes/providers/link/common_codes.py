"""``resultCode`` of the Common platform: of answers, and of reports. Source: SMS REST API MT/DLR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.routes.base import ErrorClass, ReportStatus
from alert_engine.routes.providers.meaning import Meaning, elsewhere, fix, later, nowhere, unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

QUEUED = "1005"

# A message that is on its way, or whose way has ended without a refusal.
STATES: Mapping[str, ReportStatus] = {
    "1000": ReportStatus.PENDING,  # sent to the operator
    "1001": ReportStatus.DELIVERED,
    "1002": ReportStatus.FAILED,  # expired
    "1003": ReportStatus.FAILED,  # deleted
    "1004": ReportStatus.FAILED,  # the phone is full
    QUEUED: ReportStatus.PENDING,
    "1006": ReportStatus.FAILED,  # not delivered
    "1007": ReportStatus.DELIVERED,  # to be billed later
    "1008": ReportStatus.PENDING,  # billed before sending
    "1009": ReportStatus.FAILED,  # billed, not delivered
    "1010": ReportStatus.PENDING,  # the operator never told: nobody knows
    "1011": ReportStatus.PENDING,  # billed and sent to the operator
    "1012": ReportStatus.PENDING,  # delayed
    "1013": ReportStatus.PENDING,  # sent to the operator, to be billed later
}

_SENDER = fix("LINK does not accept the sender: set one that it has enabled")
_ENCODING = unfit("the operator does not take this alphabet")
_CONTENT = unfit("LINK does not accept the text")
_BILLING = elsewhere("LINK cannot charge this number")
_BUSY = later("LINK or the operator has trouble of its own")
_LOGIN = Meaning(ErrorClass.ACCOUNT, "LINK does not accept user and password", bad_credentials=True)
_GATE = fix("LINK does not know a gate for reports: look at gates in the settings")

# Why a message was refused, in an answer or later.
REFUSALS: Mapping[str, Meaning] = {
    "0": _BUSY,
    "1": later("LINK finds no way to the operator for the moment"),
    "2": elsewhere("LINK has no way to this number"),
    "3": later("LINK asks for a pause: too many messages at once"),
    "4": _BUSY,
    "5": _BUSY,
    "6": _BUSY,
    "104": later("LINK reports a mistake in its configuration: ask its support if it lasts"),
    "105": _BUSY,
    "2000": _SENDER,
    "2001": _SENDER,
    "2002": _SENDER,
    "2003": _SENDER,
    "2100": nowhere("LINK takes this for no phone number"),
    "2101": nowhere("LINK takes this for no phone number"),
    "2102": nowhere("LINK takes this for no phone number"),
    "2103": elsewhere("LINK does not carry this to the recipient's country or operator"),
    "2104": nowhere("nobody has this number"),
    "2105": elsewhere("the operator has barred this number for good"),
    "2106": nowhere("LINK takes this for no phone number"),
    "2107": later("the operator has barred this number for a while"),
    **dict.fromkeys(("2200", "2201", "2202", "2203", "2204", "2205", "2206", "2207"), _BILLING),
    "3000": _ENCODING,
    "3001": _ENCODING,
    "3002": _ENCODING,
    "4000": elsewhere("LINK sends nothing to this operator that must be reported"),
    "4001": _CONTENT,
    "4002": fix("LINK does not accept the tariff of the account"),
    "4003": _CONTENT,
    "4004": _CONTENT,
    "4005": _CONTENT,
    "4006": fix("LINK does not accept the VAT of the account"),
    "4007": _CONTENT,
    "106000": later("LINK reports an error without saying which"),
    "106100": _LOGIN,
    "106101": _LOGIN,
    "106200": fix("LINK does not accept platform_id"),
    "106201": fix("LINK does not accept platform_partner_id"),
    "106202": fix("LINK misses a currency, which only premium messages need: ask its support"),
    "106300": _GATE,
    "106301": _GATE,
}
