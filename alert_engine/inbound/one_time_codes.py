"""One-time codes of time, by pyotp: RFC 6238 over RFC 4226, as every authenticator app has them.

Six digits, 30 s, SHA-1: the only settings that all apps honour.
"""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

from pyotp import TOTP

if TYPE_CHECKING:
    from datetime import datetime

DIGITS = 6
STEP_SECONDS = 30
KEY_BYTES = 20  # RFC 4226 clause 4, R6: 160 bits are recommended

# Clocks of phones and of service centres differ a little; RFC 6238 clause 5.2 recommends one step at most.
_STEPS_AROUND = (-1, 0, 1)


def code_at(key: bytes, counter: int) -> str:
    """The code of one step."""
    return _codes(key).generate_otp(counter)


def counter_at(moment: datetime) -> int:
    """Which step a moment is in; `moment` has a time zone."""
    return int(moment.timestamp()) // STEP_SECONDS


def matching_counter(key: bytes, code: str, moment: datetime) -> int | None:
    """The step near `moment` that has this code. All are compared, each in constant time."""
    counters = [max(counter_at(moment) + steps, 0) for steps in _STEPS_AROUND]
    found = [each for each in counters if hmac.compare_digest(code_at(key, each).encode(), code.encode())]
    return max(found, default=None)


def provisioning_uri(key: bytes, account: str, issuer: str) -> str:
    """What the QR code for an authenticator app says (Key URI format)."""
    return _codes(key).provisioning_uri(name=account, issuer_name=issuer)


def _codes(key: bytes) -> TOTP:
    return TOTP(base64.b32encode(key).decode(), digits=DIGITS, interval=STEP_SECONDS)
