"""Phone numbers as people, networks and templates write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.phone.canonical import canonical_phone
from alert_engine.phone.numbering import PLANS


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("+436641234567", None, "+436641234567"),
        ("+43 664 123 45 67", None, "+436641234567"),
        ("+43 (0) 664 / 123-4567", None, "+436641234567"),
        ("+43\u00a0664\u202f1234567", None, "+436641234567"),
        ("+43.664.1234567", None, "+436641234567"),
        ("+49\u2013151\u201012345678", None, "+4915112345678"),
        ("0043 664 1234567", None, "+436641234567"),
        ("0043 664 1234567", "DE", "+436641234567"),
        ("0664 1234567", "AT", "+436641234567"),
        ("0664 1234567", "at", "+436641234567"),
        # A template in Home Assistant took the plus for arithmetic.
        ("436641234567", None, "+436641234567"),
        (436641234567, None, "+436641234567"),
        (436641234567, "AT", "+436641234567"),
        (4915112345678, "AT", "+4915112345678"),
        # In Italy the 0 belongs to the number.
        ("3921234567", "IT", "+393921234567"),
        ("393921234567", "IT", "+393921234567"),
        ("06 1234567", "IT", "+39061234567"),
        # Countries without a trunk prefix.
        ("41234567", "NO", "+4741234567"),
        ("4741234567", "NO", "+4741234567"),
        ("436641234567", "NO", "+436641234567"),
        ("612345678", "ES", "+34612345678"),
        # North America.
        ("(202) 555-0123", "US", "+12025550123"),
        ("1 202 555 0123", "US", "+12025550123"),
        ("011 43 664 1234567", "US", "+436641234567"),
        # Other trunk prefixes.
        ("06 20 123 4567", "HU", "+36201234567"),
        ("8 916 123-45-67", "RU", "+79161234567"),
        ("8613812345678", "RU", "+8613812345678"),
        ("80 29 1234567", "BY", "+375291234567"),
    ],
)
def test_read(written: str | int, country: str | None, number: str) -> None:
    assert canonical_phone(written, default_country=country) == number
    assert canonical_phone(number) == number


@pytest.mark.parametrize(
    ("written", "country", "complaint"),
    [
        ("", None, "digits only"),
        ("+", None, "digits only"),
        ("Anna", None, "digits only"),
        ("+43 664 CALL", None, "digits only"),
        ("+٤٣٦٦٤١٢٣٤٥٦٧", None, "digits only"),
        ("++436641234567", None, "digits only"),
        ("+43664+1234567", None, "digits only"),
        ("+0664123456", None, "7 to 15"),
        ("+4366412345678901", None, "7 to 15"),
        ("+112", None, "7 to 15"),
        ("0664", "AT", "7 to 15"),
        ("112", None, "for sure"),
        ("0664 1234567", None, "no country code"),
        # Austria without its 0, or Thailand without its plus? Nobody is woken on a guess.
        ("664 1234567", "AT", "for sure"),
        ("0664 1234567", "Austria", "ISO 3166"),
    ],
)
def test_refused(written: str, country: str | None, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as refusal:
        canonical_phone(written, default_country=country)
    assert not written or "664" not in str(refusal.value)


@given(st.sampled_from(sorted(PLANS)), st.data())
def test_every_country_reads_its_own_numbers(country: str, data: st.DataObject) -> None:
    plan = PLANS[country]
    length = data.draw(st.sampled_from(plan.lengths))
    national = data.draw(st.from_regex(f"[1-9][0-9]{{{length - 1}}}", fullmatch=True))
    number = f"+{plan.calling_code}{national}"
    if not 7 <= len(number) - 1 <= 15:
        return
    assert canonical_phone(number) == number
    assert canonical_phone(f"00{number[1:]}", default_country=country) == number
    if plan.trunk_prefix and national[:1] != plan.trunk_prefix[:1]:
        assert canonical_phone(plan.trunk_prefix + national, default_country=country) == number


@given(st.one_of(st.text(max_size=30), st.integers()), st.sampled_from([None, "AT", "IT", "US", "RU"]))
def test_anything_is_a_number_or_refused(written: str | int, country: str | None) -> None:
    try:
        number = canonical_phone(written, default_country=country)
    except ValueError:
        return
    assert number[0] == "+"
    assert number[1:].isdecimal()
    assert 7 <= len(number) - 1 <= 15
