"""What TeleSign's numbers mean: states of messages and calls have three digits, errors five.

Source: "All status and error codes" of standard and enterprise accounts, and the responses that the OpenAPI
descriptions of SMS API and Voice API list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.routes.base import ReportStatus

from .meaning import elsewhere, fix, later, nowhere, unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .meaning import Meaning

# Taken, or over and well. 250 is final, and says that nobody knows; 251 that nobody will tell.
TAKEN: Mapping[str, ReportStatus] = {
    "100": ReportStatus.DELIVERED,  # answered, by whomever
    "103": ReportStatus.PENDING,
    "105": ReportStatus.PENDING,
    "200": ReportStatus.DELIVERED,
    "201": ReportStatus.PENDING,  # done, and suspected of fraud: nobody says that it arrived
    "203": ReportStatus.PENDING,
    "250": ReportStatus.PENDING,
    "251": ReportStatus.PENDING,
    "290": ReportStatus.PENDING,
    "291": ReportStatus.PENDING,
    "292": ReportStatus.PENDING,
    "295": ReportStatus.PENDING,
    "599": ReportStatus.PENDING,
}

_UNTOLD = elsewhere("TeleSign could not deliver it, and does not say why")
_BLOCKED = elsewhere("TeleSign blocks this number: ask its support")
_REFUSED_BY_NETWORK = elsewhere("the network refuses messages of TeleSign for this number")

# Not delivered. In the answer to a message it is refused with these; in a report it failed.
FAILED: Mapping[str, Meaning] = {
    "101": later("nobody answered the call"),
    "104": nowhere("TeleSign says that this is no valid number"),
    "106": later("the call could not be put through"),
    "107": later("the line was busy"),
    "108": later("TeleSign cancelled the call"),
    "129": _BLOCKED,
    "130": _BLOCKED,
    "207": _UNTOLD,
    "210": later("the phone is switched off, or its memory is full"),
    "211": nowhere("the phone takes no SMS for good, its network says"),
    "220": elsewhere("TeleSign has no way to this network"),
    "221": later("it expired before the phone came back"),
    "222": elsewhere("the phone, its network or its plan takes no SMS"),
    "229": elsewhere("the account blocks this number: see its block list"),
    "230": _BLOCKED,
    "231": unfit("TeleSign does not take the text"),
    "233": _BLOCKED,
    "237": elsewhere("the account blocks messages to this country"),
    "238": elsewhere("the account blocks numbers that begin like this one"),
    "286": elsewhere("TeleSign says that this is no mobile number, and the account allows no others"),
    "500": later("TeleSign did not even try"),
    "501": fix("TeleSign does not allow the account to do this: look at credentials and products"),
    "502": fix("TeleSign has trouble with the short code that sends: ask its support"),
    "503": later("the network refused it for now"),
    "504": _REFUSED_BY_NETWORK,
    "505": later("TeleSign's gateway has trouble"),
    "506": _REFUSED_BY_NETWORK,
    "507": nowhere("no network knows this number"),
    "508": fix("TeleSign does not accept the sender: look at sender_id in the settings"),
    "509": unfit("TeleSign does not take the parameters"),
    "510": elsewhere("whoever has this number blocks messages of the sender", opted_out=True),
    "511": nowhere("the plan of whoever has this number is used up"),
    "512": elsewhere("the phone is abroad, and TeleSign does not reach it there"),
    "513": elsewhere("the number has moved to a network that TeleSign does not reach"),
    "514": later("the phone is out of reach"),
    "515": elsewhere("the network took the message for spam"),
    "516": elsewhere("the phone does not take this kind of message"),
    "517": elsewhere("India's networks do not know the template of this message"),
    "518": elsewhere("the SIM of this number was changed, and the account does not allow that"),
    "519": elsewhere("TeleSign could not find out whether the SIM of this number was changed"),
    "520": unfit("the network does not allow the text"),
    "521": elsewhere("the sender is not allowed in this country: look at sender_id in the settings"),
}

_CREDENTIALS = fix("TeleSign does not accept the credentials: look at customer_id and api_key")
_CLOCK = fix("TeleSign does not accept the time of the request: set this machine's clock")
_SIGNING = fix("TeleSign does not accept how the request is signed: try basic_auth")

ERRORS: Mapping[str, Meaning] = {
    "10000": later("TeleSign has trouble of its own"),
    "10002": _SIGNING,
    "10003": _SIGNING,
    "10004": _CLOCK,
    "10005": _CLOCK,
    "10006": _SIGNING,
    "10007": _CLOCK,
    "10008": _CREDENTIALS,
    "10009": _CREDENTIALS,
    "10010": _CREDENTIALS,
    "10011": fix("TeleSign has suspended the account: ask its support"),
    "10012": fix("the account may not use this product: ask TeleSign to enable it"),
    "10013": _CREDENTIALS,
    "10014": fix("TeleSign does not allow the account from this internet address"),
    "10015": _CREDENTIALS,
    "10019": later("TeleSign asks for a pause"),
    "10020": later("the account has reached its limit of messages"),
    "10030": fix("the account has no credit left: top it up"),
    # About one destination only: the account goes on for all others.
    "10031": _BLOCKED,
    "10032": _BLOCKED,
    "10033": elsewhere("the account is on trial, and this number is not verified: verify it, or pay"),
    "10034": elsewhere("the account blocks calls to this country"),
    "11000": nowhere("TeleSign says that this is no valid number"),
    "11001": nowhere("TeleSign says that this is no country code"),
    "11004": fix("TeleSign does not accept the address for callbacks: it must be a public https address"),
    "11009": unfit("TeleSign does not take the text"),
    "11018": fix("TeleSign does not know the voice: look at voice in the settings"),
    "12000": unfit("TeleSign misses the number"),
    "12003": fix("TeleSign wants account_lifecycle_event of this account: ask its support"),
    "12009": unfit("TeleSign misses the text"),
    "12017": unfit("TeleSign misses the type of the message"),
    # Of enterprise accounts
    "-90001": later("TeleSign is not available now"),
    "-10009": fix("TeleSign does not allow the account from this internet address"),
    "-10033": elsewhere("the account is on trial, and this number is not verified: verify it, or pay"),
    "-20002": fix("the account may not use this product: ask TeleSign to enable it"),
    "-30000": _CREDENTIALS,
    "-30001": fix("TeleSign has suspended the account: ask its support"),
    "-30004": _SIGNING,
    "-30005": _SIGNING,
    "-30006": _CREDENTIALS,
    "-30007": _CLOCK,
    "-30008": _SIGNING,
    "-30009": _CLOCK,
    "-30010": _CLOCK,
    "-30011": _SIGNING,
    "-30012": _SIGNING,
    "-30015": _CREDENTIALS,
}
