"""Texts of USSD replies, as modems of all kinds write them."""

from __future__ import annotations

from gsm_driver.ussd_text import CharacterSet, UssdForm, decode_reply
from lab.fuzz.target import Target

_FORMS = tuple(UssdForm)
_SETS = tuple(CharacterSet)


def one(data: bytes) -> None:
    """Two octets for the coding scheme and the habits of the modem; the rest is the text."""
    if len(data) < 2:
        return
    habits = data[1]
    text = data[2:].decode("latin-1")
    scheme = None if habits & 0x80 else data[0]
    read = decode_reply(
        text, scheme, form=_FORMS[habits % len(_FORMS)], character_set=_SETS[(habits >> 2) % len(_SETS)]
    )
    read.encode()
    assert len(read) <= 2 * len(text) + 2, "more text than came"


TARGET = Target(one=one, max_length=400, longest=8192, words=(b"0048", b"\n", b"E8329BFD06", b"00C4"))
