"""Whatever comes from the wire: a value or a `PduDecodeError` with field and offset, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gsm_driver.errors import PduDecodeError
from gsm_driver.pdu.classify import classify
from gsm_driver.pdu.tpdu import Direction, SmsDeliver, Tpdu, decode_pdu, decode_tpdu, encode_tpdu
from gsm_driver.pdu.user_data import UserData, join_text

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = [
    row["pdu_hex"]
    for row in json.loads((Path(__file__).parents[2] / "vectors" / "pdu_vectors.json").read_text())
]
BYTES = [
    bytes.fromhex(row) for row in VECTORS if set(row) <= set("0123456789ABCDEFabcdef") and not len(row) % 2
]

directions = st.sampled_from(Direction)


def use(tpdu: Tpdu) -> None:
    """Read what can be read of it."""
    repr(tpdu)
    user_data = getattr(tpdu, "user_data", None)
    if isinstance(user_data, UserData):
        assert user_data.text.encode() or not user_data.text
        join_text((user_data, None, user_data))
    if isinstance(tpdu, SmsDeliver):
        classify(tpdu)
        tpdu.service_centre_time.to_datetime()


def attempt(decode: Callable[[], Tpdu]) -> Tpdu | PduDecodeError:
    """What decoding gives or raises; any other error fails the test."""
    try:
        return decode()
    except PduDecodeError as error:
        return error


def check(octets: bytes, direction: Direction, *, strict: bool) -> None:
    result = attempt(lambda: decode_tpdu(octets, direction, strict=strict))
    if isinstance(result, PduDecodeError):
        assert result.field
        assert result.offset is not None
        assert 0 <= result.offset <= len(octets)
        return
    use(result)
    if strict:
        assert decode_tpdu(octets, direction) == result
        assert decode_tpdu(encode_tpdu(result), direction) == result


def check_line(line: str, direction: Direction, *, strict: bool = False) -> None:
    result = attempt(lambda: decode_pdu(line, direction, strict=strict).tpdu)
    if isinstance(result, PduDecodeError):
        assert result.offset is not None
        assert 0 <= result.offset <= len(line) / 2
    else:
        use(result)


@given(octets=st.binary(max_size=200), direction=directions, strict=st.booleans())
@example(octets=b"", direction=Direction.MT, strict=False)
def test_any_octets(octets: bytes, direction: Direction, *, strict: bool) -> None:
    check(octets, direction, strict=strict)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A vector with octets changed, cut out, put in, or its end cut off."""
    octets = bytearray(draw(st.sampled_from(BYTES)))
    for _ in range(draw(st.integers(min_value=0, max_value=4))):
        place = draw(st.integers(min_value=0, max_value=len(octets)))
        kind = draw(st.sampled_from(["change", "cut", "insert", "end"]))
        if kind == "change" and place < len(octets):
            octets[place] = draw(st.integers(min_value=0, max_value=255))
        elif kind == "cut":
            del octets[place : place + draw(st.integers(min_value=1, max_value=8))]
        elif kind == "insert":
            octets[place:place] = draw(st.binary(min_size=1, max_size=8))
        else:
            del octets[place:]
    return bytes(octets)


@settings(max_examples=400)
@given(octets=mutated(), direction=directions, strict=st.booleans())
def test_vectors_that_were_damaged(octets: bytes, direction: Direction, *, strict: bool) -> None:
    smsc = octets[0] + 1 if octets else 0
    check(octets[smsc:], direction, strict=strict)
    check_line(octets.hex(), direction, strict=strict)


@given(st.text(max_size=60) | st.text(alphabet="0123456789ABCDEFabcdef \r\n", max_size=80), directions)
def test_any_line_from_a_modem(line: str, direction: Direction) -> None:
    check_line(line, direction)


@pytest.mark.parametrize("octets", BYTES, ids=lambda octets: octets[:12].hex())
def test_vectors_cut_at_each_octet(octets: bytes) -> None:
    for end in range(len(octets)):
        for direction in Direction:
            check_line(octets[:end].hex(), direction)
