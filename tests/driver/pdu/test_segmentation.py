from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.errors import PduEncodeError, UsageError
from gsm_driver.pdu.dcs import Alphabet, MessageClass
from gsm_driver.pdu.national import NationalLanguage
from gsm_driver.pdu.segmentation import AlphabetChoice, PlanReason, SmsPlan, count_segments, plan_sms
from gsm_driver.pdu.tpdu import Direction, SmsSubmit, decode_tpdu, encode_tpdu
from gsm_driver.pdu.user_data import ApplicationPorts, Concatenation, NationalShift, join_text
from gsm_driver.pdu.validity import AbsoluteValidity, RelativeValidity

NUMBER = "+436641234567"
GSM7, DATA, UCS2 = Alphabet.GSM7, Alphabet.DATA, Alphabet.UCS2
TURKISH, SPANISH, PORTUGUESE = NationalLanguage.TURKISH, NationalLanguage.SPANISH, NationalLanguage.PORTUGUESE
HINDI = NationalLanguage.HINDI


def text_of(plan: SmsPlan) -> str:
    """What the other side reads: through the octets, not from the plan."""
    received = [decode_tpdu(encode_tpdu(submit), Direction.MO, strict=True) for submit in plan.segments]
    return join_text(submit.user_data for submit in received if isinstance(submit, SmsSubmit))


@pytest.mark.parametrize(
    ("text", "segments", "alphabet", "used", "left"),
    [
        ("", 1, GSM7, 0, 160),
        ("a", 1, GSM7, 1, 159),
        ("a" * 160, 1, GSM7, 160, 0),
        ("a" * 161, 2, GSM7, 161, 145),
        ("a" * 306, 2, GSM7, 306, 0),
        ("a" * 307, 3, GSM7, 307, 152),
        ("€" * 80, 1, GSM7, 160, 0),
        ("€" * 81, 2, GSM7, 162, 143),  # 152 + 10: no escape is parted
        ("a" * 152 + "€" * 5, 2, GSM7, 162, 143),
        ("你" * 70, 1, UCS2, 70, 0),
        ("你" * 71, 2, UCS2, 71, 63),
        ("你" * 134, 2, UCS2, 134, 0),
        ("😁" * 35, 1, UCS2, 70, 0),
        ("😁" * 36, 2, UCS2, 72, 61),  # 66 + 6: no pair is parted
        ("a" * 39015, 255, GSM7, 39015, 0),
    ],
)
def test_costs(text: str, segments: int, alphabet: Alphabet, used: int, left: int) -> None:
    count = count_segments(text)
    assert (count.segments, count.alphabet) == (segments, alphabet)
    assert (count.units_used, count.units_left) == (used, left)
    plan = plan_sms(NUMBER, text)
    assert plan.count == count
    assert plan.alphabet is alphabet
    assert len(plan.segments) == segments
    assert text_of(plan) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [("a" * 152 + "€" * 200, "€"), ("a" * 66 + "😁" * 100, "😁")],
)
def test_no_character_is_parted(text: str, kind: str) -> None:
    for submit in plan_sms(NUMBER, text).segments:
        assert set(submit.user_data.text) <= {"a", kind}


def test_each_segment_is_numbered() -> None:
    plan = plan_sms(NUMBER, "a" * 400, concat_reference=200)
    assert [submit.user_data.header for submit in plan.segments] == [
        (Concatenation(reference=200, total=3, sequence=sequence),) for sequence in (1, 2, 3)
    ]
    assert plan_sms(NUMBER, "a", concat_reference=200).segments[0].user_data.header == ()


def test_16_bit_references_cost_one_septet_a_segment() -> None:
    assert count_segments("a" * 306).segments == 2
    assert count_segments("a" * 306, concat_16_bit=True).segments == 3
    plan = plan_sms(NUMBER, "a" * 304, concat_16_bit=True, concat_reference=0xBEEF)
    assert [submit.user_data.concatenation for submit in plan.segments] == [
        Concatenation(reference=0xBEEF, total=2, sequence=sequence, wide=True) for sequence in (1, 2)
    ]
    assert [len(encode_tpdu(submit)) for submit in plan.segments] == [153, 153]


@pytest.mark.parametrize(("reference", "wide"), [(-1, False), (256, False), (0x10000, True)])
def test_a_reference_that_does_not_fit_is_refused(reference: int, *, wide: bool) -> None:
    with pytest.raises(PduEncodeError, match="TP-UDH"):
        plan_sms(NUMBER, "a", concat_reference=reference, concat_16_bit=wide)


def test_ports_take_room_and_reach_each_segment() -> None:
    assert count_segments("a" * 152, ports=(1, 2)).segments == 1
    plan = plan_sms(NUMBER, "a" * 153, ports=(2948, 9200))
    assert len(plan.segments) == 2
    ports = ApplicationPorts(destination=2948, originator=9200)
    assert {submit.user_data.ports for submit in plan.segments} == {ports}


@pytest.mark.parametrize("ports", [(0x10000, 0), (0, -1)])
def test_a_port_that_does_not_fit_is_refused(ports: tuple[int, int]) -> None:
    with pytest.raises(PduEncodeError, match="TP-UDH: a port"):
        plan_sms(NUMBER, "a", ports=ports)


def test_data_is_sent_as_it_is() -> None:
    data = bytes(range(256))
    plan = plan_sms(NUMBER, data=data, ports=(16000, 0))
    assert (plan.alphabet, plan.reason) == (DATA, PlanReason.DATA)
    assert b"".join(submit.user_data.payload for submit in plan.segments) == data
    assert {submit.data_coding_scheme.octet for submit in plan.segments} == {0x04}
    assert len(plan_sms(NUMBER, data=b"").segments) == 1
    assert plan_sms(NUMBER, data=bytes(140)).count.units_left == 0


def test_what_each_submit_asks_for() -> None:
    until = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    plan = plan_sms(
        NUMBER,
        "你" * 80,
        report_requested=True,
        validity=timedelta(hours=3),
        message_class=MessageClass.FLASH,
    )
    for submit in plan.segments:
        assert submit.destination_address.number == NUMBER
        assert submit.report_requested
        assert submit.validity_period == RelativeValidity(35)
        assert submit.data_coding_scheme.octet == 0x18
    absolute = plan_sms("*100#", "a", validity=until).segments[0].validity_period
    assert isinstance(absolute, AbsoluteValidity)
    assert absolute.until.to_datetime() == until


@pytest.mark.parametrize("destination", ["", "Alice", "+43 664", "0664-1", "+", "1" * 21])
def test_a_destination_that_is_no_number_is_refused(destination: str) -> None:
    with pytest.raises(PduEncodeError, match="TP-DA"):
        plan_sms(destination, "a")


def test_either_text_or_data() -> None:
    with pytest.raises(UsageError):
        plan_sms(NUMBER)
    with pytest.raises(UsageError):
        plan_sms(NUMBER, "a", data=b"a")


def test_too_many_segments_are_refused() -> None:
    assert len(plan_sms(NUMBER, "a" * 306, max_segments=2).segments) == 2
    with pytest.raises(PduEncodeError, match="3 segments are needed, 2 are allowed"):
        plan_sms(NUMBER, "a" * 307, max_segments=2)
    with pytest.raises(PduEncodeError, match="256 segments are needed, 255 are allowed"):
        plan_sms(NUMBER, "a" * 39016, max_segments=1000)
    with pytest.raises(PduEncodeError):
        count_segments("a" * 39016)


@pytest.mark.parametrize(
    ("text", "languages", "alphabet", "language", "reason"),
    [
        ("hello {}", (), GSM7, None, PlanReason.FITS_DEFAULT),
        ("hello", (TURKISH,), GSM7, None, PlanReason.FITS_DEFAULT),
        ("yağmur", (), UCS2, None, PlanReason.NOT_IN_GSM7),
        ("yağmur", (TURKISH,), UCS2, None, PlanReason.UCS2_NOT_DEARER),
        ("yağmur " * 12, (TURKISH,), GSM7, TURKISH, PlanReason.NATIONAL_CHEAPER),
        ("yağmur " * 12, (SPANISH, TURKISH), GSM7, TURKISH, PlanReason.NATIONAL_CHEAPER),
        ("yağmur " * 12, (SPANISH,), UCS2, None, PlanReason.NOT_IN_GSM7),
        ("你" * 80, tuple(NationalLanguage), UCS2, None, PlanReason.NOT_IN_GSM7),
        # Portuguese has the euro sign without escape: 100 of them are one segment there, two in the default.
        ("€" * 100, (PORTUGUESE,), GSM7, PORTUGUESE, PlanReason.NATIONAL_CHEAPER),
        ("€" * 100, (TURKISH,), GSM7, TURKISH, PlanReason.NATIONAL_CHEAPER),
        ("{" * 100, (SPANISH,), GSM7, None, PlanReason.FITS_DEFAULT),
        ("{" * 20, (PORTUGUESE,), GSM7, None, PlanReason.FITS_DEFAULT),
    ],
)
def test_the_cheapest_alphabet_and_why(
    text: str,
    languages: tuple[NationalLanguage, ...],
    alphabet: Alphabet,
    language: NationalLanguage | None,
    reason: PlanReason,
) -> None:
    plan = plan_sms(NUMBER, text, languages=languages)
    assert (plan.alphabet, plan.count.language, plan.reason) == (alphabet, language, reason)
    assert text_of(plan) == text
    assert plan.count == count_segments(text, languages=languages)


def test_a_national_table_is_announced_in_each_segment() -> None:
    plan = plan_sms(NUMBER, "ñáéíóú" * 40, languages=(SPANISH,))
    shift = NationalShift(language=SPANISH, locking=False)
    assert all(submit.user_data.header[1:] == (shift,) for submit in plan.segments)
    plan = plan_sms(NUMBER, "ğş" * 90, languages=(TURKISH,))
    assert all(
        submit.user_data.header[1:] == (NationalShift(language=TURKISH, locking=True),)
        for submit in plan.segments
    )


def test_both_tables_of_a_language_where_both_are_needed() -> None:
    text = "नमस्ते ०१२ " * 10
    plan = plan_sms(NUMBER, text, languages=(HINDI,))
    assert text_of(plan) == text
    assert plan.segments[0].user_data.header == (
        NationalShift(language=HINDI, locking=False),
        NationalShift(language=HINDI, locking=True),
    )


@pytest.mark.parametrize(
    ("choice", "text", "alphabet", "segments"),
    [
        (AlphabetChoice.GSM7, "a{", GSM7, 1),
        (AlphabetChoice.GSM7_BASIC, "a@", GSM7, 1),
        (AlphabetChoice.UCS2, "a" * 71, UCS2, 2),
        (TURKISH, "ğ" * 155, GSM7, 1),
        (TURKISH, "ğ" * 156, GSM7, 2),
        (SPANISH, "ñ", GSM7, 1),
    ],
)
def test_a_forced_alphabet(
    choice: AlphabetChoice | NationalLanguage, text: str, alphabet: Alphabet, segments: int
) -> None:
    plan = plan_sms(NUMBER, text, alphabet=choice)
    assert (plan.alphabet, plan.reason) == (alphabet, PlanReason.FORCED)
    assert len(plan.segments) == segments
    assert text_of(plan) == text


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (AlphabetChoice.GSM7, "ok 你"),
        (AlphabetChoice.GSM7_BASIC, "ok {"),
        (TURKISH, "ok 你"),
        (SPANISH, "ok 你"),
    ],
)
def test_a_forced_alphabet_without_the_character_is_an_error_or_a_question_mark(
    choice: AlphabetChoice | NationalLanguage, text: str
) -> None:
    with pytest.raises(PduEncodeError, match="TP-UD: character 4"):
        plan_sms(NUMBER, text, alphabet=choice)
    plan = plan_sms(NUMBER, text, alphabet=choice, transliterate=True)
    assert text_of(plan) in {"ok ?", "ok ("}
    assert plan.reason is PlanReason.FORCED


@pytest.mark.parametrize(
    ("text", "languages", "sent", "reason"),
    [
        ("“quoted” \u2013 23 °C…", (), '"quoted" - 23 degC...', PlanReason.TRANSLITERATED),
        ("plain", (), "plain", PlanReason.FITS_DEFAULT),
        ("“你”", (), "“你”", PlanReason.NOT_IN_GSM7),  # no look-alike: nothing is lost
        ("ğş", (TURKISH,), "ğş", PlanReason.NATIONAL_CHEAPER),  # true characters at the same price
        (
            "ğş" * 78 + "ab",
            (TURKISH,),
            "gs" * 78 + "ab",
            PlanReason.TRANSLITERATED,
        ),  # 158: two segments or one
    ],
)
def test_look_alikes_where_they_avoid_ucs2(
    text: str, languages: tuple[NationalLanguage, ...], sent: str, reason: PlanReason
) -> None:
    plan = plan_sms(NUMBER, text, languages=languages, transliterate=True)
    assert plan.reason is reason
    assert text_of(plan) == sent
    assert plan.count == count_segments(text, languages=languages, transliterate=True)


@given(st.text(alphabet=st.sampled_from("a ä€\x1bд😀"), min_size=60, max_size=170) | st.text(max_size=80))
def test_the_short_way_and_the_long_way_agree(text: str) -> None:
    plan = plan_sms(NUMBER, text)
    # A reference of 16 bits takes the long way; it is not sent where one segment is enough.
    long_way = plan_sms(NUMBER, text, concat_16_bit=True, concat_reference=0xBEEF)
    if 1 in {len(plan.segments), len(long_way.segments)}:
        assert plan == long_way


@given(text=st.text(max_size=300), languages=st.sets(st.sampled_from(NationalLanguage)), wide=st.booleans())
def test_any_text_arrives_as_it_was_written(
    text: str, languages: set[NationalLanguage], *, wide: bool
) -> None:
    plan = plan_sms(NUMBER, text, languages=languages, concat_16_bit=wide)
    assert text_of(plan) == text
    assert plan.count.segments == len(plan.segments)
    assert plan.count.units_left >= 0


@given(
    st.text(
        alphabet=st.characters(categories=("Lu", "Ll", "Nd", "Po", "Zs", "Sm"), max_codepoint=0x1FF)
        | st.sampled_from("€{}[]~^|\\ΔΦ\n\r"),
        max_size=400,
    )
)
def test_a_transliterated_text_needs_no_more_segments(text: str) -> None:
    plain, simple = count_segments(text), count_segments(text, transliterate=True)
    assert simple.segments <= plain.segments or simple.reason is PlanReason.TRANSLITERATED
    forced = plan_sms(NUMBER, text, alphabet=AlphabetChoice.GSM7_BASIC, transliterate=True)
    assert forced.alphabet is GSM7
    assert b"\x1b" not in b"".join(submit.user_data.payload for submit in forced.segments)
