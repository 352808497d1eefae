"""Phone numbers in one form: E.164 with a plus (ITU-T E.164, at most 15 digits).

People write the same number in many ways, and a template in Home Assistant takes ``+43664…`` for arithmetic
and loses the plus. Each reading that can be meant is tried; a number that cannot be read for sure is
refused, because an alarm at a stranger's phone is worse than a complaint while somebody still looks.
"""

from __future__ import annotations

import re

from .numbering import PLANS, NumberingPlan

# Blanks (also the narrow and the unbreakable ones of word processors) and what people group digits with.
_GROUPING = re.compile(r"[\s\u00a0\u202f./()\u2010-\u2015-]")
_OPTIONAL_TRUNK = re.compile(r"\(0\)")  # as in "+43 (0) 664": not dialled after a country code
_E164 = re.compile(r"[1-9][0-9]{6,14}")
_NORTH_AMERICA = "1"


def canonical_phone(value: str | int, *, default_country: str | None = None) -> str:
    """The number as E.164 with "+".

    Read are: ``+43 664 1234567``, ``0043…`` (``011…`` in North America), the number as it is dialled at
    home when `default_country` (ISO 3166, "AT") is known, and E.164 that lost its plus.

    Raises:
        ValueError: it is no number, or cannot be read for sure. The text says why and does not hold the
        number.
    """
    text = str(value).strip()
    international = text.startswith("+")
    digits = _GROUPING.sub("", _OPTIONAL_TRUNK.sub("", text[1:]) if international else text)
    if not (digits.isascii() and digits.isdecimal()):
        raise ValueError("this is no phone number: a number has digits only, and a + in front")
    home = _home(default_country)
    if not international:
        digits = _with_country_code(digits, home)
    if _E164.fullmatch(digits) is None:
        raise ValueError("this is no phone number: it needs a country code and has 7 to 15 digits with it")
    return f"+{digits}"


def _home(country: str | None) -> NumberingPlan | None:
    if country is None:
        return None
    try:
        return PLANS[country.upper()]
    except KeyError:
        raise ValueError(
            f"{country!r} is no country: use its two letters of ISO 3166, for example AT"
        ) from None


def _with_country_code(digits: str, home: NumberingPlan | None) -> str:
    if digits.startswith("00"):
        return digits[2:]
    if home is not None:
        if home.calling_code == _NORTH_AMERICA and digits.startswith("011"):
            return digits[3:]
        if (national := _national(digits, home)) is not None:
            return home.calling_code + national
    if digits.startswith("0"):
        raise ValueError("this phone number has no country code: write it with + and the country code")
    if any(_is_complete(digits, plan) for plan in PLANS.values()):
        return digits
    raise ValueError("this phone number cannot be read for sure: write it with + and the country code")


def _national(digits: str, home: NumberingPlan) -> str | None:
    """The number without its trunk prefix, if it is written as it is dialled at home."""
    trunk = home.trunk_prefix
    if digits.startswith("0") and (trunk == "0" or not trunk):
        # Where no trunk prefix is dialled, as in Italy, a leading 0 is part of the number.
        return digits.removeprefix(trunk)
    if trunk and digits.startswith(trunk) and len(digits) - len(trunk) in home.lengths:
        return digits.removeprefix(trunk)
    if (not trunk or home.calling_code == _NORTH_AMERICA) and len(digits) in home.lengths:
        return digits
    return None


def _is_complete(digits: str, plan: NumberingPlan) -> bool:
    """The digits are a mobile number of this plan with its country code."""
    return digits.startswith(plan.calling_code) and len(digits) - len(plan.calling_code) in plan.lengths
