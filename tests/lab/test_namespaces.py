"""The name server of a network namespace: octets in, octets out."""

from __future__ import annotations

import pytest

from lab.parts.namespaces import INTERNET, answer_to

HEADER = b"\x12\x34\x01\x00\0\1\0\0\0\0\0\0"
NAME = b"\x03api\x06Twilio\x03com\0"
A, AAAA = b"\0\1\0\1", b"\0\x1c\0\1"
NAMES = {"api.twilio.com": INTERNET}


def test_a_name_that_there_is() -> None:
    told = answer_to(HEADER + NAME + A, NAMES)
    assert told[:8] == b"\x12\x34\x81\x80\0\1\0\1"
    assert told.endswith(b"\0\4" + bytes([198, 51, 100, 10]))


def test_it_has_no_address_of_version_6() -> None:
    told = answer_to(HEADER + NAME + AAAA, NAMES)
    assert told == b"\x12\x34\x81\x80\0\1\0\0\0\0\0\0" + NAME + AAAA


@pytest.mark.parametrize("kind", [A, AAAA])
def test_a_name_that_there_is_not(kind: bytes) -> None:
    told = answer_to(HEADER + NAME + kind, {})
    assert told[:8] == b"\x12\x34\x81\x83\0\1\0\0"


def test_what_comes_after_the_question_is_not_asked() -> None:
    extension = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"  # EDNS (RFC 6891)
    counted = HEADER[:10] + b"\0\1"
    assert answer_to(counted + NAME + A + extension, NAMES) == answer_to(HEADER + NAME + A, NAMES)
