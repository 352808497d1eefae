"""What people read: the texts of three languages, the user's own in place of them, and who says them.

``docs/texts.md`` lists them.
"""

from __future__ import annotations

from .catalogue import Texts
from .english import ENGLISH
from .fitting import MAX_SEGMENTS, segments_of
from .languages import DEFAULT_LANGUAGE, LANGUAGES, has_texts, texts_for
from .speaker import Manner, Speaker, direct
from .templates import check_templates

__all__ = [
    "DEFAULT_LANGUAGE",
    "ENGLISH",
    "LANGUAGES",
    "MAX_SEGMENTS",
    "Manner",
    "Speaker",
    "Texts",
    "check_templates",
    "direct",
    "has_texts",
    "segments_of",
    "texts_for",
]
