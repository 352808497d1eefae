"""Single lines of a modem: unsolicited result codes, final ones, and what a log shows of them."""

from __future__ import annotations

import re

from gsm_driver.at.redaction import redact
from gsm_driver.at.result_codes import error_from_final, is_certain, parse_final
from gsm_driver.at.urc import URCS, find_rule, make_urc, split_prefix
from gsm_driver.errors import CommandError
from lab.fuzz.target import Target

_MIGHT_BE_SECRET = re.compile(r"[0-9]{4}")  # a PIN is as short as this


def one(data: bytes) -> None:
    """A line; what follows an LF is the line after it."""
    first, _, second = data.decode("latin-1").partition("\n")
    prefix, value = split_prefix(first)
    find_rule(prefix, first)
    urc = make_urc(prefix, value, second or None)
    repr(urc)
    rule = URCS.get(prefix)
    if rule is not None and rule.body is not None:
        rule.body(value)
    for in_call in (False, True):
        final = parse_final(first, in_call=in_call)
        if final is not None and not final.is_success:
            error = error_from_final("AT+CMGS", final, submitted=in_call)
            assert isinstance(error, CommandError)
            is_certain(error)
            assert not _MIGHT_BE_SECRET.search(str(error)), "an error shows what may be a PIN"
    shown = redact(first)
    assert shown.startswith("<") or not _MIGHT_BE_SECRET.search(shown), "a log shows what may be a PIN"
    assert len(shown) <= 2 * len(first) + 80, "a log shows more than came"


TARGET = Target(
    one=one,
    max_length=160,
    longest=8192,
    words=(
        *(word.encode() for word in URCS),
        *(b"OK", b"ERROR", b"+CME ERROR: ", b"+CMS ERROR: ", b"SIM PIN required", b'"SM",', b'"ME",'),
        *(b'"26/11/22,12:00:00+04"', b'"+436641234567",145', b",0,", b"READY"),
    ),
)
