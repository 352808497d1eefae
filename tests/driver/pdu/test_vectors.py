"""Bytes and their meaning as other projects and the standard give them; each row names its source."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gsm_driver.errors import PduDecodeError
from gsm_driver.pdu.tpdu import (
    Direction,
    Pdu,
    SmsDeliver,
    SmsStatusReport,
    SmsSubmit,
    Tpdu,
    decode_pdu,
    decode_tpdu,
    encode_pdu,
    encode_tpdu,
)
from gsm_driver.pdu.user_data import UserData, encode_user_data, join_text
from gsm_driver.pdu.user_data_header import encode_header
from gsm_driver.pdu.validity import AbsoluteValidity, RelativeValidity

Row = dict[str, Any]

ROWS: list[Row] = json.loads((Path(__file__).parents[2] / "vectors" / "pdu_vectors.json").read_text())
VALID = [row for row in ROWS if row["direction"] != "invalid"]
INVALID = [row for row in ROWS if row["direction"] == "invalid"]

# Rows that do not come back byte for byte, and why.
NOT_IDENTICAL = {
    "ofono-006": "filler of the odd number of digits is 0, not F",
    "ofono-007": "filler of the odd number of digits is 0, not F",
    "modemmanag-033": "the fill bit is 1",
    "modemmanag-034": "the fill bit is 1",
    "gammu-098": "the unused bit of the last octet is 1",
    "gammu-112": "a header of zero octets",
    "gammu-124": "the slot is filled up with FF",
    "gammu-130": "octets follow the user data",
    "gammu-132": "TP-UDL promises more than there is",
}
# Rows that only a lenient reader takes, and the field that a strict one names.
LAPSES = {"gammu-124": "TP-PI", "gammu-132": "TP-UD", "warthog618-201": "TP-UD"}
# The opposite: refused by their source, read here unless strict.
READ_UNLESS_STRICT = {"modemmanag-037"}


def identify(row: Row) -> str:
    return f"{row['id']} {row['source']}"


def direction_of(row: Row) -> Direction:
    if row["direction"] != "invalid":
        return Direction.MT if row["direction"].startswith("MT") else Direction.MO
    try:
        octets = bytes.fromhex(row["pdu_hex"])
        return Direction.MO if octets[1 + octets[0]] & 0x03 == 0x01 else Direction.MT
    except (ValueError, IndexError):
        return Direction.MT


def decode(row: Row, *, strict: bool = False) -> Pdu:
    direction = direction_of(row)
    if row["has_smsc"]:
        return decode_pdu(row["pdu_hex"], direction, strict=strict)
    return Pdu(tpdu=decode_tpdu(bytes.fromhex(row["pdu_hex"]), direction, strict=strict))


def number_of(tpdu: Tpdu) -> str:
    match tpdu:
        case SmsDeliver():
            return tpdu.originating_address.number
        case SmsStatusReport():
            return tpdu.recipient_address.number
        case SmsSubmit():
            return tpdu.destination_address.number
    raise AssertionError(type(tpdu))


def user_data_of(tpdu: Tpdu) -> UserData:
    assert isinstance(tpdu, SmsDeliver | SmsSubmit)
    return tpdu.user_data


def moment(timestamp: Any) -> str | None:
    time: datetime | None = timestamp.to_datetime()
    return time.isoformat() if time else None


def concatenation(tpdu: Any) -> dict[str, int]:
    element = tpdu.user_data.concatenation
    return {
        "ref": element.reference,
        "total": element.total,
        "seq": element.sequence,
        "bits": 16 if element.wide else 8,
    }


def minutes(tpdu: Any) -> int:
    assert isinstance(tpdu.validity_period, RelativeValidity)
    return tpdu.validity_period.duration // timedelta(minutes=1)


def absolute(tpdu: Any) -> str | None:
    assert isinstance(tpdu.validity_period, AbsoluteValidity)
    return moment(tpdu.validity_period.until)


READINGS: dict[str, Any] = {
    "number": number_of,
    "pid": lambda tpdu: tpdu.protocol_identifier,
    "dcs": lambda tpdu: tpdu.data_coding_scheme.octet,
    "class": lambda tpdu: tpdu.data_coding_scheme.message_class,
    "alphabet": lambda tpdu: tpdu.data_coding_scheme.alphabet.value.replace("data", "8bit"),
    "timestamp": lambda tpdu: moment(tpdu.service_centre_time),
    "discharge": lambda tpdu: moment(tpdu.discharge_time),
    "udl": lambda tpdu: encode_user_data(tpdu.user_data, tpdu.user_data.alphabet)[0],
    "udhl": lambda tpdu: encode_header(tpdu.user_data.header)[0],
    "text": lambda tpdu: tpdu.user_data.text,
    "data_hex": lambda tpdu: tpdu.user_data.payload.hex().upper(),
    "tpdu_len": lambda tpdu: len(encode_tpdu(tpdu)),
    "mr": lambda tpdu: tpdu.message_reference,
    "vp": lambda tpdu: tpdu.validity_period.octet,
    "vpf": lambda tpdu: 0 if tpdu.validity_period is None else encode_tpdu(tpdu)[0] >> 3 & 3,
    "validity": absolute,
    "validity_minutes": minutes,
    "srr": lambda tpdu: tpdu.report_requested,
    "status": lambda tpdu: tpdu.status,
    "concat": concatenation,
    "multipart": lambda tpdu: (
        not isinstance(tpdu, SmsStatusReport) and tpdu.user_data.concatenation is not None
    ),
    "ports": lambda tpdu: {"dst": tpdu.user_data.ports.destination, "src": tpdu.user_data.ports.originator},
    "ucs2_tail_high_surrogate": lambda tpdu: tpdu.user_data.text.endswith("\ufffd"),
    "ucs2_head_low_surrogate": lambda tpdu: tpdu.user_data.text.startswith("\ufffd"),
    "dangling_surrogate": lambda tpdu: tpdu.user_data.text == "\U0001f601\ufffd",
    "odd_length_ucs2": lambda tpdu: tpdu.user_data.text == "\U0001f601" and len(tpdu.user_data.payload) == 5,
}
ELSEWHERE = {"smsc", "parses", "assembled_text"}  # read in the test itself, or of several rows together


def test_there_are_all_vectors() -> None:
    assert len(ROWS) == 155
    assert len({row["id"] for row in ROWS}) == 155
    assert all(row["source"] for row in ROWS)


@pytest.mark.parametrize("row", VALID, ids=identify)
def test_decodes_as_its_source_says(row: Row) -> None:
    pdu = decode(row)
    expected = row["expected"]
    read = {key: READINGS[key](pdu.tpdu) for key in expected if key not in ELSEWHERE}
    assert read == {key: value for key, value in expected.items() if key not in ELSEWHERE}
    if "smsc" in expected:
        assert (pdu.smsc and pdu.smsc.number) == expected["smsc"]


@pytest.mark.parametrize("row", VALID, ids=identify)
def test_encodes_to_the_same_bytes(row: Row) -> None:
    pdu = decode(row)
    hex_pdu = encode_pdu(pdu).hex_pdu if row["has_smsc"] else encode_tpdu(pdu.tpdu).hex().upper()
    if row["id"] not in NOT_IDENTICAL:
        assert hex_pdu == row["pdu_hex"].upper()
    else:
        assert hex_pdu != row["pdu_hex"].upper()
        assert decode({**row, "pdu_hex": hex_pdu}).smsc == pdu.smsc


@pytest.mark.parametrize("row", VALID, ids=identify)
def test_a_strict_reader_takes_all_but_lapses(row: Row) -> None:
    if row["id"] not in LAPSES:
        assert decode(row, strict=True) == decode(row)
        return
    with pytest.raises(PduDecodeError) as caught:
        decode(row, strict=True)
    assert caught.value.field == LAPSES[row["id"]]


@pytest.mark.parametrize("row", INVALID, ids=identify)
def test_refuses_what_is_no_pdu(row: Row) -> None:
    with pytest.raises(PduDecodeError) as caught:
        decode(row, strict=True)
    assert caught.value.offset is not None
    if row["id"] in READ_UNLESS_STRICT:
        assert user_data_of(decode(row).tpdu).truncated
        return
    with pytest.raises(PduDecodeError):
        decode(row)


def test_segments_that_part_a_surrogate_pair_join_to_the_whole_text() -> None:
    parts = [row for row in ROWS if "assembled_text" in row["expected"]]
    assert [row["id"] for row in parts] == ["warthog618-198", "warthog618-199"]
    joined = join_text(user_data_of(decode(row).tpdu) for row in parts)
    assert {joined} == {row["expected"]["assembled_text"] for row in parts}


def test_a_message_of_a_real_modem_that_is_shorter_than_it_says_keeps_its_text() -> None:
    """gammu keeps it as an answer of a phone; 79 octets came of 82."""
    row = next(row for row in ROWS if row["direction"] == "lenient")
    user_data = user_data_of(decode(row).tpdu)
    assert user_data.truncated
    assert len(user_data.text) == 90 - 8  # 79 octets hold 90 septets, 8 of them header and fill bits
    assert user_data.text.isprintable()
