from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.errors import PduDecodeError, PduEncodeError
from gsm_driver.pdu.dcs import Alphabet
from gsm_driver.pdu.gsm7 import pack_septets
from gsm_driver.pdu.national import NationalLanguage
from gsm_driver.pdu.reader import Reader
from gsm_driver.pdu.user_data import (
    ApplicationPorts,
    Concatenation,
    HeaderElement,
    MalformedHeader,
    NationalShift,
    SpecialIndication,
    UnknownElement,
    UserData,
    decode_user_data,
    encode_user_data,
    header_septets,
    join_text,
)
from gsm_driver.pdu.user_data_header import decode_header, encode_header
from tests.driver.pdu import strategies

GSM7, DATA, UCS2 = Alphabet.GSM7, Alphabet.DATA, Alphabet.UCS2
CONCATENATION = Concatenation(reference=7, total=2, sequence=1)

ELEMENTS = [
    ("0003070201", CONCATENATION),
    ("000300FF01", Concatenation(reference=0, total=255, sequence=1)),
    ("0804BEEF0302", Concatenation(reference=0xBEEF, total=3, sequence=2, wide=True)),
    ("05040B8423F0", ApplicationPorts(destination=2948, originator=9200)),
    ("0402F0F1", ApplicationPorts(destination=0xF0, originator=0xF1, wide=False)),
    ("01028003", SpecialIndication(indication=0x80, count=3)),
    ("240101", NationalShift(language=NationalLanguage.TURKISH, locking=False)),
    ("25010D", NationalShift(language=NationalLanguage.URDU, locking=True)),
    ("0A03000102", UnknownElement(identifier=0x0A, octets=b"\x00\x01\x02")),
    ("7000", UnknownElement(identifier=0x70)),
    # Values or lengths that the standard forbids: the element is to be ignored. It stays as it came.
    ("0003070001", UnknownElement(identifier=0x00, octets=b"\x07\x00\x01")),
    ("0003070200", UnknownElement(identifier=0x00, octets=b"\x07\x02\x00")),
    ("0003070203", UnknownElement(identifier=0x00, octets=b"\x07\x02\x03")),
    ("00020702", UnknownElement(identifier=0x00, octets=b"\x07\x02")),
    ("24010E", UnknownElement(identifier=0x24, octets=b"\x0e")),
    ("250100", UnknownElement(identifier=0x25, octets=b"\x00")),
    ("05020B84", UnknownElement(identifier=0x05, octets=b"\x0b\x84")),
]


@pytest.mark.parametrize(("octets", "element"), ELEMENTS)
def test_an_element_reads_as_and_comes_back(octets: str, element: HeaderElement) -> None:
    raw = bytes.fromhex(octets)
    assert decode_header(raw) == (element,)
    assert encode_header((element,)) == bytes((len(raw),)) + raw


@pytest.mark.parametrize("octets", ["00", "0003", "00030702", "0003070201FF", "240101FF05"])
def test_a_header_that_does_not_add_up_is_kept_as_a_whole(octets: str) -> None:
    raw = bytes.fromhex(octets)
    assert decode_header(raw) == (MalformedHeader(octets=raw),)
    assert encode_header(decode_header(raw)) == bytes((len(raw),)) + raw


@given(st.binary(max_size=139))
def test_any_header_comes_back_byte_for_byte(octets: bytes) -> None:
    assert encode_header(decode_header(octets))[1:] == octets


@pytest.mark.parametrize(
    "element",
    [
        Concatenation(reference=256, total=2, sequence=1),
        Concatenation(reference=-1, total=2, sequence=1),
        Concatenation(reference=0x10000, total=2, sequence=1, wide=True),
        Concatenation(reference=1, total=256, sequence=1),
        Concatenation(reference=1, total=2, sequence=3),
        Concatenation(reference=1, total=2, sequence=0),
        ApplicationPorts(destination=0x10000, originator=1),
        ApplicationPorts(destination=256, originator=1, wide=False),
        SpecialIndication(indication=256, count=0),
        UnknownElement(identifier=0x0A, octets=bytes(256)),
        UnknownElement(identifier=256),
        UnknownElement(identifier=0x0A, octets=bytes(138)),
    ],
)
def test_an_element_that_does_not_fit_is_refused(element: HeaderElement) -> None:
    with pytest.raises(PduEncodeError) as caught:
        encode_header((element,))
    assert caught.value.field == "TP-UDH"


def decode(octets: str, alphabet: Alphabet, *, has_header: bool = False, strict: bool = False) -> UserData:
    return decode_user_data(Reader(bytes.fromhex(octets), strict=strict), alphabet, has_header=has_header)


@given(strategies.user_data(GSM7) | strategies.user_data(DATA) | strategies.user_data(UCS2))
def test_any_user_data_comes_back(user_data: UserData) -> None:
    octets = encode_user_data(user_data, user_data.alphabet)
    reader = Reader(octets + b"\xff\xff", strict=True)
    assert decode_user_data(reader, user_data.alphabet, has_header=bool(user_data.header)) == user_data
    assert reader.offset == len(octets)


@pytest.mark.parametrize("octets", range(1, 20))
def test_fill_bits_end_at_a_septet(octets: int) -> None:
    header = bytes((octets - 1,)) + bytes(octets - 1)
    fill = -octets * 8 % 7
    septets = header_septets(octets)
    packed = int.from_bytes(pack_septets(b"hello"), "little") << (octets * 8 + fill)
    whole = packed | int.from_bytes(header, "little")
    length = (septets * 7 + 35 + 7) // 8
    field = bytes((septets + 5,)) + whole.to_bytes(length, "little")
    read = decode_user_data(Reader(field, strict=False), GSM7, has_header=True)
    assert read.text == "hello"


def test_the_last_of_repeated_elements_counts() -> None:
    """Clause 9.2.3.24; 8 and 16 bit elements exclude each other."""
    wide = Concatenation(reference=1, total=3, sequence=2, wide=True)
    narrow_ports = ApplicationPorts(destination=1, originator=2, wide=False)
    wide_ports = ApplicationPorts(destination=3, originator=4)
    data = UserData(header=(CONCATENATION, narrow_ports, wide, wide_ports))
    assert data.concatenation == wide
    assert data.ports == wide_ports
    assert UserData().concatenation is None
    assert UserData().ports is None


@pytest.mark.parametrize(
    ("octets", "alphabet", "text"),
    [
        ("0BE8329BFD4697D9EC37", GSM7, "hellohello"),  # 11 septets promised, 10 there (ModemManager test_pdu)
        ("06304230", UCS2, "あ"),  # 6 octets promised, 3 there
        ("05", DATA, ""),
    ],
)
def test_user_data_that_ends_early_is_kept_and_marked(octets: str, alphabet: Alphabet, text: str) -> None:
    read = decode(octets, alphabet)
    assert read.truncated
    assert read.text == text
    with pytest.raises(PduDecodeError) as caught:
        decode(octets, alphabet, strict=True)
    assert (caught.value.field, caught.value.offset) == ("TP-UD", 1)


def test_more_user_data_than_the_standard_allows_is_read_unless_strict() -> None:
    octets = "8D" + "41" * 141
    assert len(decode(octets, DATA).payload) == 141
    with pytest.raises(PduDecodeError, match="TP-UD at octet 1: 141 octets; 140 are allowed"):
        decode(octets, DATA, strict=True)


def test_a_malformed_header_is_ignored_unless_strict() -> None:
    """Clause 9.2.3.24: too few or too many octets in the last element: the whole header shall be ignored."""
    read = decode("0603000302C8C9", DATA, has_header=True)
    assert read.header == (MalformedHeader(octets=b"\x00\x03\x02"),)
    assert read.payload == b"\xc8\xc9"
    with pytest.raises(PduDecodeError) as caught:
        decode("0603000302C8C9", DATA, has_header=True, strict=True)
    assert (caught.value.field, caught.value.offset) == ("TP-UDH", 2)


@pytest.mark.parametrize("octets", ["00", "0105", "03050003"])
@pytest.mark.parametrize("alphabet", Alphabet)
def test_a_header_that_is_not_there_is_an_error(octets: str, alphabet: Alphabet) -> None:
    with pytest.raises(PduDecodeError) as caught:
        decode(octets, alphabet, has_header=True)
    assert (caught.value.field, caught.value.offset) == ("TP-UDHL", 1)


def test_missing_user_data_is_an_error() -> None:
    with pytest.raises(PduDecodeError, match="TP-UDL at octet 0"):
        decode("", GSM7)


def test_half_a_ucs2_character_is_left_out_unless_strict() -> None:
    assert decode("030041FF", UCS2).text == "A"
    with pytest.raises(PduDecodeError, match="TP-UD at octet 1: half a UCS2 character"):
        decode("030041FF", UCS2, strict=True)


@pytest.mark.parametrize(
    ("user_data", "alphabet", "field"),
    [
        (UserData(payload=b"a" * 161), GSM7, "TP-UD"),
        (UserData(payload=b"a" * 154, header=(CONCATENATION,)), GSM7, "TP-UD"),
        (UserData(payload=b"\x80"), GSM7, "TP-UD"),
        (UserData(alphabet=DATA, payload=bytes(141)), DATA, "TP-UD"),
        (UserData(payload=b"a"), UCS2, "TP-DCS"),
    ],
)
def test_user_data_that_does_not_fit_is_refused(user_data: UserData, alphabet: Alphabet, field: str) -> None:
    with pytest.raises(PduEncodeError) as caught:
        encode_user_data(user_data, alphabet)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("user_data", "length"),
    [
        (UserData(payload=b"a" * 160), 160),
        (UserData(payload=b"a" * 153, header=(CONCATENATION,)), 160),
        (UserData(alphabet=UCS2, payload=bytes(134), header=(CONCATENATION,)), 140),
    ],
)
def test_user_data_that_just_fits(user_data: UserData, length: int) -> None:
    octets = encode_user_data(user_data, user_data.alphabet)
    assert octets[0] == length
    assert len(octets) == 141


def test_text_of_each_alphabet() -> None:
    assert UserData.from_text("a€").payload == b"a\x1be"
    assert UserData.from_text("a", alphabet=UCS2).payload == b"\x00a"
    turkish = NationalShift(language=NationalLanguage.TURKISH, locking=True)
    assert UserData.from_text("ğ", header=(turkish,)).payload == b"\x0c"
    assert UserData.from_text("ğ", header=(turkish,)).text == "ğ"
    assert UserData.from_text("a", header=(CONCATENATION,)).text == "a"
    assert UserData(alphabet=DATA, payload=b"a").text == ""
    with pytest.raises(PduEncodeError, match="8-bit data has no text"):
        UserData.from_text("a", alphabet=DATA)


@given(st.text(), st.integers(min_value=0, max_value=10))
def test_ucs2_text_comes_back(text: str, cut: int) -> None:
    whole = UserData.from_text(text, alphabet=UCS2)
    assert whole.text == text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
    parts = (
        UserData(alphabet=UCS2, payload=whole.payload[: 2 * cut]),
        UserData(alphabet=UCS2, payload=whole.payload[2 * cut :]),
    )
    assert join_text(parts) == whole.text


def test_a_pair_of_surrogates_in_a_string_goes_out_as_one_character() -> None:
    """JSON decoders of sources leave such pairs."""
    assert UserData.from_text("\ud83d\ude01", alphabet=UCS2).text == "😁"
    assert UserData.from_text("\ud83d", alphabet=UCS2).text == "\ufffd"


def test_segments_are_joined_before_they_are_decoded() -> None:
    euro = (UserData(payload=b"a\x1b"), UserData(payload=b"eb"))
    assert [part.text for part in euro] == ["a ", "eb"]
    assert join_text(euro) == "a€b"


def test_a_gap_shows_and_parts_nothing_wrongly() -> None:
    parts = (None, UserData(payload=b"a\x1b"), None, None, UserData(payload=b"eb"), None)
    assert join_text(parts) == "[…]a […]eb[…]"


def test_segments_may_differ_in_alphabet_and_table() -> None:
    shift = NationalShift(language=NationalLanguage.TURKISH, locking=True)
    parts = (
        UserData.from_text("ab"),
        UserData.from_text("ğ", header=(shift,)),
        UserData.from_text("你", alphabet=UCS2),
        UserData(alphabet=UCS2, payload=b"\x00a\x00"),  # half a character at the end
        UserData.from_text("c", alphabet=UCS2),
        UserData(alphabet=DATA, payload=b"\x00"),
    )
    assert join_text(parts) == "abğ你ac"


def test_a_repr_shows_no_text() -> None:
    header = (UnknownElement(identifier=1, octets=b"secret"), MalformedHeader(octets=b"secret"))
    shown = repr(UserData(payload=b"secret", header=header))
    assert "secret" not in shown
    assert "identifier=1" in shown
