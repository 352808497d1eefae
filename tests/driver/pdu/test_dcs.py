from __future__ import annotations

import pytest

from gsm_driver.errors import PduDecodeError, PduEncodeError
from gsm_driver.pdu.dcs import (
    Alphabet,
    DataCodingScheme,
    MessageClass,
    MessageWaiting,
    WaitingKind,
    decode_dcs,
    encode_dcs,
)

GSM7, DATA, UCS2 = Alphabet.GSM7, Alphabet.DATA, Alphabet.UCS2


@pytest.mark.parametrize(
    ("octet", "alphabet", "message_class"),
    [
        (0x00, GSM7, None),
        (0x03, GSM7, None),  # bits 1 and 0 mean nothing here
        (0x04, DATA, None),
        (0x08, UCS2, None),
        (0x0C, GSM7, None),  # reserved alphabet
        (0x10, GSM7, 0),
        (0x11, GSM7, 1),
        (0x16, DATA, 2),
        (0x18, UCS2, 0),
        (0x1B, UCS2, 3),
        (0x40, GSM7, None),  # automatic deletion
        (0x58, UCS2, 0),
        (0x4B, UCS2, None),
        (0x84, GSM7, None),  # reserved groups
        (0x98, GSM7, None),
        (0xBF, GSM7, None),
        (0xC8, GSM7, None),
        (0xD0, GSM7, None),
        (0xE8, UCS2, None),
        (0xF0, GSM7, 0),
        (0xF1, GSM7, 1),
        (0xF4, DATA, 0),
        (0xF6, DATA, 2),
        (0xFF, DATA, 3),  # bit 3 is reserved
    ],
)
def test_alphabet_and_class(octet: int, alphabet: Alphabet, message_class: MessageClass | None) -> None:
    scheme = DataCodingScheme(octet)
    assert scheme.alphabet is alphabet
    assert scheme.message_class == message_class
    assert not scheme.is_compressed


@pytest.mark.parametrize(
    ("octet", "waiting"),
    [
        (0xC8, MessageWaiting(kind=WaitingKind.VOICEMAIL, active=True, store=False)),
        (0xC0, MessageWaiting(kind=WaitingKind.VOICEMAIL, active=False, store=False)),
        (0xD9, MessageWaiting(kind=WaitingKind.FAX, active=True, store=True)),
        (0xEA, MessageWaiting(kind=WaitingKind.EMAIL, active=True, store=True)),
        (0xE3, MessageWaiting(kind=WaitingKind.OTHER, active=False, store=True)),
        (0x00, None),
        (0xB8, None),
        (0xF8, None),
    ],
)
def test_message_waiting(octet: int, waiting: MessageWaiting | None) -> None:
    assert DataCodingScheme(octet).message_waiting == waiting


def test_automatic_deletion_is_group_01() -> None:
    marked = {octet for octet in range(256) if DataCodingScheme(octet).is_marked_for_deletion}
    assert marked == set(range(0x40, 0x80))


def test_compressed_text_is_refused_with_its_name_and_place() -> None:
    compressed = {octet for octet in range(256) if DataCodingScheme(octet).is_compressed}
    assert compressed == {*range(0x20, 0x40), *range(0x60, 0x80)}
    for octet in compressed:
        with pytest.raises(PduDecodeError, match=r"TP-DCS at octet 7: compressed text"):
            decode_dcs(octet, 7)
        with pytest.raises(PduEncodeError, match=r"TP-DCS: compressed text"):
            encode_dcs(DataCodingScheme(octet))


def test_each_other_octet_comes_back() -> None:
    for octet in {*range(0x20), *range(0x40, 0x60), *range(0x80, 0x100)}:
        assert encode_dcs(decode_dcs(octet, 0)) == octet


@pytest.mark.parametrize("octet", [-1, 256])
def test_only_an_octet_is_a_scheme(octet: int) -> None:
    with pytest.raises(PduEncodeError) as caught:
        DataCodingScheme(octet)
    assert caught.value.field == "TP-DCS"


@pytest.mark.parametrize("alphabet", Alphabet)
@pytest.mark.parametrize("message_class", [None, *MessageClass])
def test_a_scheme_for_an_alphabet_and_a_class(alphabet: Alphabet, message_class: MessageClass | None) -> None:
    scheme = DataCodingScheme.of(alphabet, message_class)
    assert (scheme.alphabet, scheme.message_class) == (alphabet, message_class)
    assert scheme.octet < 0x20


def test_default_is_zero() -> None:
    assert DataCodingScheme() == DataCodingScheme.of(Alphabet.GSM7) == DataCodingScheme(0)
