from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.errors import PduDecodeError, PduEncodeError
from gsm_driver.pdu.address import (
    Address,
    TypeOfNumber,
    decode_address,
    decode_smsc,
    encode_address,
    encode_smsc,
)
from gsm_driver.pdu.reader import Reader
from tests.driver.pdu.strategies import addresses


def reader(octets: bytes) -> Reader:
    return Reader(octets, strict=False)


def smsc_in(source: Reader) -> Address | None:
    return decode_smsc(source.counted("SMSC"))


@pytest.mark.parametrize(
    ("field", "number", "type_of_number"),
    [
        ("0B916407281553F8", "+46708251358", TypeOfNumber.INTERNATIONAL),
        ("0581 0531F1", "50131", TypeOfNumber.UNKNOWN),
        ("04A1 2143", "1234", TypeOfNumber.NATIONAL),
        ("06B1 21436F", "1234", TypeOfNumber.NETWORK_SPECIFIC),
        ("0581 BADCFE", "*#abc", TypeOfNumber.UNKNOWN),
        ("0DD0 F334FC1CA69701", "sipgate", TypeOfNumber.ALPHANUMERIC),
        ("0AD0 C6A7333904", "FONIC", TypeOfNumber.ALPHANUMERIC),
        ("0081", "", TypeOfNumber.UNKNOWN),
        ("0BF0 6407281553F8", "46708251358", TypeOfNumber.RESERVED),
    ],
)
def test_an_address_field_reads_as(field: str, number: str, type_of_number: TypeOfNumber) -> None:
    address = decode_address(reader(bytes.fromhex(field)), "TP-OA")
    assert address.number == number
    assert address.type_of_number is type_of_number
    assert address.is_alphanumeric == (type_of_number is TypeOfNumber.ALPHANUMERIC)


@given(addresses())
def test_any_address_comes_back(address: Address) -> None:
    octets = encode_address(address, "TP-OA")
    assert decode_address(reader(octets), "TP-OA") == address
    if not address.is_alphanumeric:  # no network has a name for its SMSC
        assert smsc_in(reader(encode_smsc(address))) == address


@pytest.mark.parametrize(
    ("number", "octets"),
    [
        ("+46708251358", "0B916407281553F8"),
        ("50131", "05810531F1"),
        ("*100#", "0581 1A00FB"),
        ("ab", "0281 DC"),
    ],
)
def test_a_number_as_people_write_it(number: str, octets: str) -> None:
    address = Address.parse(number)
    assert encode_address(address, "TP-DA") == bytes.fromhex(octets)
    assert address.number == number


@pytest.mark.parametrize(
    "number",
    [
        "",
        "+",
        "Alice",
        "+43 664 123",
        "0664/123",
        "+*100#",
        "++43",
        "+43abc",
        "12d",
        "١٢٣",
        "1²",
        "1\n",
        "1" * 21,
        "+" + "1" * 21,
        "*" * 21,
    ],
)
def test_what_is_no_number_is_refused_without_repeating_it(number: str) -> None:
    with pytest.raises(PduEncodeError) as caught:
        Address.parse(number)
    assert caught.value.field == "TP-DA"
    assert not number or len(number) < 3 or number not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        Address(digits="12d"),
        Address(digits="1" * 21),
        Address(digits="twelve letters", type_of_number=TypeOfNumber.ALPHANUMERIC),
        Address(digits="Алёна", type_of_number=TypeOfNumber.ALPHANUMERIC),
        Address(digits="12", numbering_plan=16),
    ],
)
def test_what_no_field_can_hold_is_refused(address: Address) -> None:
    with pytest.raises(PduEncodeError):
        encode_address(address, "TP-OA")
    with pytest.raises(PduEncodeError):
        encode_smsc(address)


@pytest.mark.parametrize(
    ("octets", "offset"),
    [("", 0), ("0B", 1), ("0B9164", 1), ("15810000", 0), ("FFFF", 0)],
)
def test_a_broken_address_field_names_its_place(octets: str, offset: int) -> None:
    with pytest.raises(PduDecodeError) as caught:
        decode_address(reader(bytes.fromhex(octets)), "TP-RA")
    assert caught.value.field == "TP-RA"
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("octets", "number"),
    [
        ("00", None),
        ("0191", None),  # only a type
        ("07FFFFFFFFFFFFFF", None),  # an empty slot of a SIM
        ("07916407058099F9", "+46705008999"),
        ("0881 6407058099F9FF", "46705008999"),  # filled up
    ],
)
def test_smsc(octets: str, number: str | None) -> None:
    address = smsc_in(reader(bytes.fromhex(octets)))
    assert (address and address.number) == number


@given(st.binary(max_size=30))
def test_any_octets_are_an_address_or_a_named_error(octets: bytes) -> None:
    fields = []
    for decode in (smsc_in, lambda source: decode_address(source, "TP-OA")):
        try:
            decode(reader(octets))
        except PduDecodeError as error:
            fields.append(error.field)
    assert set(fields) <= {"SMSC", "TP-OA"}


def test_a_repr_shows_no_number() -> None:
    assert "664" not in repr(Address.parse("+43664123"))
