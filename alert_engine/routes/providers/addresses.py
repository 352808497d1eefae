"""Numbers and sender names as providers want them."""

from __future__ import annotations

import re
from enum import StrEnum

from alert_engine.errors import ConfigError

# GSM networks carry at most 11 characters (TS 23.040 clause 9.1.2.5), whatever a provider's field allows.
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +\-_&.]{1,11}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
# Country code and subscriber number together have 7 digits at least: less is a short code.
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")


class SenderKind(StrEnum):
    """What recipients see as the sender."""

    ACCOUNT = "account"  # empty: whatever the account has
    ALPHANUMERIC = "alphanumeric"  # at most 11 characters, one letter at least; nobody can answer it
    SHORT_CODE = "short_code"
    INTERNATIONAL = "international"  # E.164


def sender_kind(sender: str) -> SenderKind:
    """What kind of sender this is. Raises ValueError for what no network carries."""
    if not sender:
        return SenderKind.ACCOUNT
    if _INTERNATIONAL.fullmatch(sender):
        return SenderKind.INTERNATIONAL
    if _SHORT_CODE.fullmatch(sender):
        return SenderKind.SHORT_CODE
    if _ALPHANUMERIC.fullmatch(sender):
        return SenderKind.ALPHANUMERIC
    raise ValueError(
        "a sender is a number with + and country code, a short code of 3 to 8 digits,"
        " or a name of at most 11 letters and digits"
    )


def checked_sender(sender: str, name: str = "sender") -> SenderKind:
    """What kind of sender a setting is. Raises ConfigError for what no network carries."""
    try:
        return sender_kind(sender)
    except ValueError as error:
        raise ConfigError(f"{name}: {error}", path=(name,)) from None


def digits(address: str) -> str:
    """E.164 without the plus sign."""
    return address.removeprefix("+")


def international(number: str) -> str:
    """A provider's digits as E.164 with the plus sign; names, short codes and national numbers stay."""
    bare = number.strip().removeprefix("+").removeprefix("00")
    found = f"+{bare}"
    return found if _INTERNATIONAL.fullmatch(found) else number.strip()


def can_be_answered(sender: str) -> bool:
    """It is a number of a subscriber: no name, no short code."""
    return _INTERNATIONAL.fullmatch(sender) is not None
