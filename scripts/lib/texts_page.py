"""Writes the tables of ``docs/texts.md`` from the texts of the engine.

``python -m scripts.lib.texts_page`` after a change of `alert_engine.texts`; a test compares the page with
what this would write. The text between the tables is written by hand.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from alert_engine.texts import LANGUAGES
from alert_engine.texts.forms import FIELDS, FORMS
from scripts.lib.environment import ROOT
from scripts.lib.modems_page import render, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alert_engine.texts.forms import Form

PAGE = ROOT / "docs" / "texts.md"


def texts() -> str:
    """The texts, with what each may hold."""
    return table(
        ("Text", "Fields", "Characters", *LANGUAGES), [_text(name, form) for name, form in FORMS.items()]
    )


def _text(name: str, form: Form) -> tuple[str, ...]:
    needed = [" or ".join(map(_field, each)) for each in form.needs]
    others = [_field(field) for field in form.fields if not any(field in each for each in form.needs)]
    shown = ", ".join([*(f"**{each}**" for each in needed), *others])
    return f"`{name}`", shown, str(form.most), *(_code(getattr(each, name)) for each in LANGUAGES.values())


def _field(name: str) -> str:
    return f"`{{{name}}}`"


def _code(pattern: str) -> str:
    """Blanks at the ends stay to be seen."""
    return f"`{pattern}`" if pattern == pattern.strip() else f'`"{pattern}"`'


def fields() -> str:
    """What each field stands for."""
    rows = [
        (_field(name), field.meaning, str(field.width) if field.width else "-")
        for name, field in FIELDS.items()
    ]
    return table(("Field", "Stands for", "Counts as"), rows)


SECTIONS: Mapping[str, Callable[[], str]] = {"fields": fields, "texts": texts}


def main() -> int:
    """Write the page."""
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8"), SECTIONS), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
