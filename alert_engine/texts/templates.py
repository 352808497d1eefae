"""The user's own texts: looked at when the settings are made, so that none can fail when an alarm comes.

Only plain ``{name}`` fields are taken. A pattern with an attribute, an index, a conversion or a format could
read what is no text, or write a gigabyte.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError

from .fitting import units
from .forms import FIELDS, FORMS, MONTH_WIDTH, Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    Templates = Mapping[str, Mapping[str, str]]  # language: name: pattern

_LANGUAGE = re.compile(r"[a-z]{2,3}")  # ISO 639, without a region
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def check_templates(templates: Templates) -> None:
    """Look at all of them.

    Raises:
        ConfigError: one makes no sense. It says which, why, and which fields there are; its path is
            ``("templates", language, name)``.
    """
    for language, patterns in templates.items():
        if not _LANGUAGE.fullmatch(language):
            raise ConfigError(
                f"templates: {language!r} is no language: two letters, for example de, en, fr, it",
                path=("templates", language),
            )
        for name, pattern in patterns.items():
            if problem := problem_of(name, pattern):
                raise ConfigError(
                    f"templates, {language}, {name}: {problem}", path=("templates", language, name)
                )


def problem_of(name: str, pattern: object) -> str:
    """What is wrong with a pattern for the text of this name; empty: nothing."""
    form = FORMS.get(name)
    if form is None:
        return f"there is no such text. Texts are: {', '.join(FORMS)}"
    if not isinstance(pattern, str):
        return 'is no text: write it in quotes, "..."'
    if _CONTROL.search(pattern):
        return "has a control character: leave it out"
    if name == "months":
        return _problem_of_months(pattern)
    if not form.fields:
        if "{" in pattern or "}" in pattern:
            return "has no fields: leave the braces out"
        return _too_long(form, pattern, ())
    return _problem_of_pattern(form, pattern)


def _problem_of_pattern(form: Form, pattern: str) -> str:
    there_are = f"Fields are: {', '.join(f'{{{field}}}' for field in form.fields)}"
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError:
        return f"a brace has no other: {{name}} is a field, {{{{ a brace. {there_are}"
    named = [(name, spec, conversion) for _, name, spec, conversion in parts if name is not None]
    for name, spec, conversion in named:
        if name not in form.fields:
            return f"{{{name}}} is no field of it. {there_are}"
        if spec or conversion:
            return f"{{{name}}} is written without ! and : here. {there_are}"
    fields = [name for name, _, _ in named]
    for needed in form.needs:
        if not set(needed) & set(fields):
            wanted = " or ".join(f"{{{field}}}" for field in needed)
            return f"it needs {wanted}. {there_are}"
    return _too_long(form, "".join(literal for literal, *_ in parts), tuple(fields))


def _too_long(form: Form, literal: str, fields: tuple[str, ...]) -> str:
    excess = units(literal) + sum(FIELDS[field].width for field in fields) - form.most
    return f"is {excess} characters too long" if excess > 0 else ""


def _problem_of_months(pattern: str) -> str:
    words = pattern.split()
    if len(words) != 12 or any(units(word) > MONTH_WIDTH for word in words):
        return f"must be twelve words of at most {MONTH_WIDTH} letters, with blanks between"
    return ""
