"""Phone numbers in the form that an API wants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .nodes import Node

_COUNTRY = re.compile(r"[1-9][0-9]{0,2}")
_TRUNK = re.compile(r"[0-9]{0,2}")


class Form(StrEnum):
    """How a number is written."""

    PLUS = "plus"  # E.164 with the plus sign
    DIGITS = "digits"  # without it
    DOUBLE_ZERO = "double_zero"  # 00 in its place
    NATIONAL = "national"  # for one country only, after its trunk prefix


_BEFORE = {Form.PLUS: "+", Form.DIGITS: "", Form.DOUBLE_ZERO: "00"}
INTERNATIONAL: tuple[Form, ...] = tuple(_BEFORE)


def international(address: str, form: str) -> str:
    """A number of E.164 in one of the `INTERNATIONAL` forms."""
    return _BEFORE[Form(form)] + address.removeprefix("+")


@dataclass(frozen=True, slots=True)
class NumberForm:
    """A form, and the country of a national one."""

    form: Form = Form.PLUS
    country: str = ""
    trunk: str = "0"

    def written(self, address: str) -> str | None:
        """A number of E.164 in this form; None: it is of another country."""
        if self.form is Form.NATIONAL:
            digits = address.removeprefix("+")
            national = digits.removeprefix(self.country)
            return f"{self.trunk}{national}" if national != digits else None
        return international(address, self.form)


def read_number_form(node: Node) -> NumberForm:
    """``{form: national, country: "49", trunk: "0"}``. Raises ConfigError."""
    node.only("form", "country", "trunk")
    form = node.need("form").word(Form)
    if form is not Form.NATIONAL:
        return NumberForm(form)
    country, trunk = node.need("country"), node.get("trunk")
    if not _COUNTRY.fullmatch(country.text()):
        raise country.refused('must be a country code in quotes, as "49"')
    if trunk and not _TRUNK.fullmatch(trunk.text()):
        raise trunk.refused('must be at most two digits in quotes, as "0"')
    return NumberForm(form, country.text(), trunk.text() if trunk else "0")
