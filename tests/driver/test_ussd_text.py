"""USSD strings as modems write them: captured lines with their source, and round trips."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gsm_driver import UsageError, UssdForm
from gsm_driver.pdu.gsm7 import DEFAULT_TABLE, pack_septets
from gsm_driver.ussd_text import CharacterSet, decode_reply, encode_request

PLAIN, PACKED, UCS2 = UssdForm.PLAIN, UssdForm.PACKED, UssdForm.UCS2

REQUESTS = [
    ("*100#", PLAIN, "*100#"),
    ("*100#", PACKED, "AA180C3602"),  # wdoekes/asterisk-chan-dongle#116
    ("*111#", PACKED, "AA582C3602"),  # a Huawei in AT^USSDMODE=1
    ("*101*4#", PACKED, "AA182CA6A28D1A"),  # 7 characters: padded with CR (bg111/asterisk-chan-dongle#98)
    ("*100#", UCS2, "002A0031003000300023"),  # gammu/gammu#358
    ("1", PACKED, "31"),
    ("1", UCS2, "0031"),
]


@pytest.mark.parametrize(("text", "form", "parameter"), REQUESTS)
def test_requests(text: str, form: UssdForm, parameter: str) -> None:
    assert encode_request(text, form) == parameter


@pytest.mark.parametrize("text", ["", "1" * 183, 'a"b', "a;\n", "ä", "*100#\r"])
@pytest.mark.parametrize("form", UssdForm)
def test_what_no_key_has_is_refused(text: str, form: UssdForm) -> None:
    with pytest.raises(UsageError, match="USSD"):
        encode_request(text, form)


def test_a_character_that_the_alphabet_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match="7 bit"):
        encode_request("`", PACKED)


# (line as sent, its coding scheme, form of the request, text, source)
CAPTURED = [
    (
        "CE325C1EB6A7D9EE7C1AE47EB7CB72507DCEAE9FD3",
        15,
        PACKED,
        "Nepravilnyi nomer uslugi",
        "wdoekes/asterisk-chan-dongle#38",
    ),
    ("CF2135487D2E4131DCCD25A381E02E", 15, PACKED, "OCTATOK 187.24 p.", "wdoekes/asterisk-chan-dongle#38"),
    ("CF2135487D2E4131DCCD25A381E02E", 1, PLAIN, "OCTATOK 187.24 p.", "bg111/asterisk-chan-dongle#98: dcs 1"),
    (
        "0414043B044F00200441043F044004300432043A0438",
        72,
        PLAIN,
        "Для справки",
        "gammu/gammu#109",
    ),
    (
        "00480061007600690020006B0065007200650074003A0020003000460074002E",
        15,
        PLAIN,
        "Havi keret: 0Ft.",
        "gammu/gammu#358: UCS2 called 15",
    ),
    ("0421043F04300441043804310430", 17, PACKED, "Спасиба", "peers-and-modem-quirks 5.8: UCS2 called 17"),
    (
        "536973612070756C73612052702E333030302E416B746966",
        0,
        PLAIN,
        "Sisa pulsa Rp.3000.Aktif",
        "gammu/gammu#513: octets called 0",
    ),
    (
        "312E59410A322E43656B204B756F74610A332E4E656C706F6E0A",
        0,
        PLAIN,
        "1.YA\n2.Cek Kuota\n3.Nelpon",
        "gammu/gammu#513: a menu",
    ),
    (
        "5553534420737472696E672072656365697665642066726F6D205353",
        68,
        PLAIN,
        "USSD string received from SS",
        "ofono-phonesim: octets",
    ),
    (
        "005500530053004400200073007400720069006E0067",
        72,
        PLAIN,
        "USSD string",
        "ofono-phonesim: UCS2",
    ),
    (
        " Vash balans 968.98 r.\nPodkl.: *320#",
        None,
        PLAIN,
        " Vash balans 968.98 r.\nPodkl.: *320#",
        "gammu/gammu#150: quotes over lines, no scheme",
    ),
    ("4F4BFFFFFFFF", 68, PLAIN, "OK", "gammu tests/at-ussd: filled with 0xFF"),
    ("49B41C", None, PACKED, "Ihr", "peers-and-modem-quirks 5.8: without quotes"),
]


@pytest.mark.parametrize(
    ("line", "scheme", "form", "text"), [row[:4] for row in CAPTURED], ids=[row[4] for row in CAPTURED]
)
def test_captured_replies(line: str, scheme: int | None, form: UssdForm, text: str) -> None:
    assert decode_reply(line, scheme, form=form) == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("0664123456", "0664123456"),  # "your number is": digits, not octets
        ("12", "12"),
        ("00310032", "12"),  # but UCS2 is UCS2
        ("Balance: 5.00 EUR", "Balance: 5.00 EUR"),
        ("abc", "abc"),  # an odd count is no hexadecimal
        ("", ""),
        ("\xc3\xbc", "ü"),  # UTF-8
        ("betr\xe4gt", "beträgt"),  # Latin-1
    ],
)
def test_text_that_is_text_stays(line: str, text: str) -> None:
    assert decode_reply(line, 15) == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("betr{gt 5\x02", "beträgt 5$"),
        ("\x04 \x05 $ @ _", "è é $ @ _"),  # what a text has more often is left
        ("betr\xe4gt", "beträgt"),
    ],
)
def test_the_gsm_alphabet_octet_by_octet(line: str, text: str) -> None:
    assert decode_reply(line, 15, character_set=CharacterSet.GSM) == text


@pytest.mark.parametrize(
    ("line", "scheme", "form", "text"),
    [
        ("8102830F", 72, PLAIN, "脂茏"),
        ("8102830F", 17, PLAIN, "脂茏"),
        ("D83D0001", 72, PLAIN, "\ufffd\x01"),
        ("81028304", 68, PLAIN, "\x81\x02\x83\x04"),
        ("81028304", 15, PLAIN, "81028304"),  # digits
        ("8102830F", 15, PLAIN, "8102830F"),  # as it stands
        ("8102830F", None, PACKED, "£éøö"),
    ],
)
def test_where_nothing_is_readable_the_scheme_decides(
    line: str, scheme: int | None, form: UssdForm, text: str
) -> None:
    assert decode_reply(line, scheme, form=form) == text


TEXTS = [
    "Ihr Guthaben beträgt 12,34 EUR. Gültig bis 01.02.2027",
    "1 Saldo\n2 Aufladen\n0 Zurück",
    "OK",
    "Il tuo credito è di € 5,00",
    "Cher client, votre numéro",
    "Saldo: 5 EUR",
    "*123#: 5.00",
]
WIDE = ["您的余额为12.50元", "잔액 5,000원", "Остаток 12.5", "رصيدك 5", "Υπόλοιπο 5€"]


@pytest.mark.parametrize("form", [PLAIN, PACKED])
@pytest.mark.parametrize("text", TEXTS + WIDE)
def test_ucs2_is_found_whatever_the_scheme(text: str, form: UssdForm) -> None:
    assert decode_reply(text.encode("utf-16-be").hex().upper(), 15, form=form) == text


@pytest.mark.parametrize("form", [PLAIN, PACKED])
@pytest.mark.parametrize("text", TEXTS)
def test_septets_are_found_whatever_the_scheme(text: str, form: UssdForm) -> None:
    septets = DEFAULT_TABLE.encode(text)
    padded = septets + (b"\r" if len(septets) % 8 == 7 else b"")
    assert decode_reply(pack_septets(padded).hex(), 72, form=form) == text


def test_zeros_instead_of_the_padding_are_no_sign() -> None:
    """7 spare bits of zeros read as "@" (23.038 clause 6.1.2.3.1)."""
    assert decode_reply(pack_septets(DEFAULT_TABLE.encode("Credit5")).hex(), 15, form=PACKED) == "Credit5"


WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:", min_size=12)


@given(text=WORDS.filter(lambda text: text.strip() == text and any(map(str.isalpha, text))))
@example(text="Ihr Guthaben 5,00")
def test_a_packed_text_comes_back(text: str) -> None:
    assert decode_reply(encode_request(text[:182], PACKED), 15, form=PACKED) == text[:182]


@given(
    line=st.text() | st.from_regex(r"(?:[0-9A-F]{2}){1,40}", fullmatch=True), scheme=st.none() | st.integers()
)
def test_nothing_makes_it_fail(line: str, scheme: int | None) -> None:
    for form in UssdForm:
        for character_set in CharacterSet:
            decode_reply(line, scheme, form=form, character_set=character_set)


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ('"UCS2"', CharacterSet.UCS2),
        (' "gsm"', CharacterSet.GSM),
        ('"IRA"', CharacterSet.OTHER),
        ("", CharacterSet.OTHER),
    ],
)
def test_character_sets(value: str, known: CharacterSet) -> None:
    assert CharacterSet.named(value) is known
