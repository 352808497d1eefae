from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.errors import PduEncodeError
from gsm_driver.pdu.gsm7 import (
    BASIC_TABLE,
    DEFAULT_TABLE,
    Gsm7Table,
    national_table,
    pack_septets,
    unpack_septets,
)
from gsm_driver.pdu.national import DEFAULT_ALPHABET, LOCKING_SHIFT, SINGLE_SHIFT, NationalLanguage

LANGUAGES = (None, *NationalLanguage)
Pair = tuple[NationalLanguage | None, NationalLanguage | None]
TABLES: list[Pair] = [(locking, single) for locking in LANGUAGES for single in LANGUAGES]


def characters_of(table: Gsm7Table) -> str:
    """Each character that the table can write."""
    plain = [bytes((code,)) for code in range(128) if code != 0x1B]
    shifted = [bytes((0x1B, code)) for code in range(128) if code != 0x1B]
    return "".join({table.decode(septets) for septets in (*plain, *shifted)} - {"\ufffd"})


def packed_bit_by_bit(septets: bytes) -> bytes:
    """3GPP TS 23.038 clause 6.1.2.1, slowly."""
    bits = sum(septet << (7 * place) for place, septet in enumerate(septets))
    return bits.to_bytes(-(-len(septets) * 7 // 8), "little")


@pytest.mark.parametrize("table", LOCKING_SHIFT.values())
def test_a_locking_shift_table_has_128_places(table: str) -> None:
    assert len(table) == 128
    assert table[0x0A] == "\n"
    assert table[0x0D] == "\r"
    assert table[0x1B] == "\x1b"
    assert table[0x20] == " "
    assert table[0x2C] == ","
    assert table[0x61:0x7B] == "abcdefghijklmnopqrstuvwxyz"
    written = [character for character in table if character != "\ufffd"]
    assert len(written) == len(set(written))


def test_where_lists_of_the_tables_disagree() -> None:
    """Public lists give U+0981 for Hindi at 0x00, U+0CAA for Kannada at 0x24; Annex A is in Unicode order."""
    assert LOCKING_SHIFT[NationalLanguage.HINDI][:3] == "\u0901\u0902\u0903"
    assert LOCKING_SHIFT[NationalLanguage.KANNADA][0x22:0x28] == "\u0c9f\u0ca0\u0ca1\u0ca2\u0ca3\u0ca4"


def test_spanish_locks_nothing() -> None:
    assert set(NationalLanguage) - set(LOCKING_SHIFT) == {NationalLanguage.SPANISH}
    assert national_table(NationalLanguage.SPANISH, None).decode(b"\x00\x60") == "@¿"


@pytest.mark.parametrize("extension", SINGLE_SHIFT.values())
def test_a_single_shift_table_fits_128_places(extension: dict[int, str]) -> None:
    taken = [first + place for first, run in extension.items() for place in range(len(run))]
    assert len(taken) == len(set(taken))
    assert max(taken) < 128
    assert not {0x0D, 0x1B} & set(taken)  # kept for control functions


@pytest.mark.parametrize("pair", TABLES, ids=str)
def test_each_table_reads_back_what_it_writes(pair: Pair) -> None:
    table = national_table(*pair)
    characters = characters_of(table)
    assert len(characters) > 100
    for character in characters:
        septets = table.encode(character)
        assert table.decode(septets) == character
        assert len(septets) == 1 or (len(septets) == 2 and septets[0] == 0x1B)


@given(st.data())
def test_any_text_of_a_table_survives_packing(data: st.DataObject) -> None:
    table = national_table(*data.draw(st.sampled_from(TABLES)))
    text = data.draw(st.text(alphabet=characters_of(table), max_size=160))
    septets = table.encode(text)
    assert table.can_encode(text)
    assert table.decode(unpack_septets(pack_septets(septets), len(septets))) == text


@given(st.text())
def test_a_table_encodes_a_text_or_says_where_it_cannot(text: str) -> None:
    if DEFAULT_TABLE.can_encode(text):
        assert DEFAULT_TABLE.decode(DEFAULT_TABLE.encode(text)) == text
        return
    with pytest.raises(PduEncodeError) as caught:
        DEFAULT_TABLE.encode(text)
    assert caught.value.field == "TP-UD"


@given(st.binary().map(lambda octets: bytes(octet & 0x7F for octet in octets)))
def test_any_septets_read_as_text(septets: bytes) -> None:
    for pair in ((None, None), (NationalLanguage.TAMIL, NationalLanguage.TELUGU)):
        national_table(*pair).decode(septets)


@pytest.mark.parametrize(
    ("text", "septets"),
    [
        ("@", b"\x00"),
        ("€", b"\x1be"),
        ("[x]", b"\x1b<x\x1b>"),
        ("Δ", b"\x10"),
        ("ÄÖÑÜ§", b"[\\]^_"),
        ("Ç", b"\x09"),
        ("\f", b"\x1b\n"),
        ("", b""),
    ],
)
def test_default_alphabet(text: str, septets: bytes) -> None:
    assert DEFAULT_TABLE.encode(text) == septets
    assert DEFAULT_TABLE.decode(septets) == text


@pytest.mark.parametrize(
    ("septets", "text"),
    [
        (b"a\x1b", "a "),  # an escape that leads nowhere shows as a space
        (b"\x1b\x1b", " "),  # kept for a second extension table: a space
        (b"\x1ba", "a"),  # the extension has nothing there: the character of the alphabet
        (b"\x1b\x00", "@"),
        (b"\x1b\n", "\f"),
    ],
)
def test_escapes_that_the_extension_does_not_know(septets: bytes, text: str) -> None:
    assert DEFAULT_TABLE.decode(septets) == text


def test_reserved_codes_of_a_national_table_read_as_replacement_character() -> None:
    assert national_table(NationalLanguage.TAMIL, None).decode(b"\x00") == "\ufffd"
    assert not national_table(NationalLanguage.TAMIL, None).can_encode("\ufffd")
    assert not national_table(NationalLanguage.TAMIL, None).can_encode("\ufffe")


def test_a_character_in_both_tables_is_written_without_escape() -> None:
    """Portuguese has € at 0x18 of its alphabet and at 0x65 of its single shift table."""
    table = national_table(NationalLanguage.PORTUGUESE, NationalLanguage.PORTUGUESE)
    assert table.encode("€") == b"\x18"
    assert table.decode(b"\x1be") == "€"


def test_a_character_that_a_single_shift_table_has_twice_is_written_with_the_lower_code() -> None:
    """All but the European tables have "*" at 0x0B and 0x18, "¡" at 0x13 and 0x15."""
    table = national_table(NationalLanguage.HINDI, NationalLanguage.HINDI)
    assert table.encode("*¡") == b"\x1b\x0b\x1b\x13"


@pytest.mark.parametrize("text", ["{", "€", "你", "\x1b"])
def test_the_basic_table_has_no_extension(text: str) -> None:
    with pytest.raises(PduEncodeError):
        BASIC_TABLE.encode(f"ok {text}")


def test_an_error_gives_the_place_and_not_the_character() -> None:
    with pytest.raises(PduEncodeError, match=r"^TP-UD: character 4 is not in the 7 bit alphabet$"):
        DEFAULT_TABLE.encode("abc你def")


@pytest.mark.parametrize("length", [*range(35), 152, 153, 160, 182, 255, 1000])
def test_packing_is_as_the_standard_says(length: int) -> None:
    septets = bytes(itertools.islice(itertools.cycle(range(127, -1, -3)), length))
    packed = pack_septets(septets)
    assert packed == packed_bit_by_bit(septets)
    assert unpack_septets(packed, length) == septets


def test_packing_example_of_the_standard() -> None:
    assert pack_septets(b"hellohello").hex().upper() == "E8329BFD4697D9EC37"


@given(st.binary(max_size=300), st.integers(min_value=0, max_value=400))
def test_unpacking_gives_as_many_septets_as_there_are(octets: bytes, count: int) -> None:
    septets = unpack_septets(octets, count)
    assert len(septets) == min(count, len(octets) * 8 // 7)
    assert septets.isascii()
    assert packed_bit_by_bit(septets)[:-1] == octets[: max(0, -(-len(septets) * 7 // 8) - 1)]


def test_the_default_alphabet_of_the_standard() -> None:
    assert len(DEFAULT_ALPHABET) == 128
    assert [DEFAULT_ALPHABET[code] for code in (0x04, 0x0B, 0x1C, 0x24, 0x40, 0x60)] == list("èØÆ¤¡¿")
