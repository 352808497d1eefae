"""``docs/modems.md`` says what the driver knows, no less and no more."""

from __future__ import annotations

from dataclasses import fields

import pytest

from gsm_driver import ModemProfile
from scripts.lib.modems_page import PAGE, WORDS, render, table


def test_the_page_is_as_the_data() -> None:
    """If not: python -m scripts.lib.modems_page."""
    page = PAGE.read_text(encoding="utf-8")
    assert render(page) == page


def test_the_page_says_that_no_hardware_was_tried() -> None:
    assert "Nothing on this page was tried on hardware" in PAGE.read_text(encoding="utf-8")


def test_every_field_that_can_deviate_has_a_word() -> None:
    plain = {"name", "title", "manufacturers", "models", "quirks"}
    assert {field.name for field in fields(ModemProfile)} - plain == set(WORDS)


def test_a_page_without_a_section_is_refused() -> None:
    with pytest.raises(ValueError, match="no section"):
        render("nothing")


def test_a_cell_cannot_break_its_table() -> None:
    assert table(("a",), [("b|c",)]).splitlines()[2] == r"| b\|c |"
