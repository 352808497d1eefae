"""The languages that there are, with the user's own texts in place of theirs."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from .english import ENGLISH
from .german import GERMAN
from .italian import ITALIAN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .catalogue import Texts
    from .templates import Templates

LANGUAGES: Mapping[str, Texts] = MappingProxyType({"en": ENGLISH, "de": GERMAN, "it": ITALIAN})

DEFAULT_LANGUAGE = "en"  # of whoever has none, or one that we have not

_NONE: Templates = MappingProxyType({})


def has_texts(language: str, templates: Templates = _NONE) -> bool:
    """It need not be English."""
    name = _name(language)
    return name in LANGUAGES or name in templates


def texts_for(language: str, templates: Templates = _NONE) -> Texts:
    """The texts of a language ("en", "de-AT"); English where there are none.

    `templates` have passed `check_templates`: they replace the texts of their names, in any language.
    """
    name = _name(language)
    texts = LANGUAGES.get(name, ENGLISH)
    own = templates.get(name)
    return replace(texts, **own) if own else texts


def _name(language: str) -> str:
    """Without region, as the keys are."""
    return language.partition("-")[0].lower()
