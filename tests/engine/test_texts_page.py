"""``docs/texts.md`` lists the texts as they are, and its example does what the page says."""

from __future__ import annotations

import re

import yaml

from alert_engine.settings import EngineSettings
from alert_engine.texts import Speaker, texts_for
from scripts.lib.modems_page import render
from scripts.lib.texts_page import PAGE, SECTIONS
from tests.engine.support import EPOCH
from tests.engine.test_texts_languages import VIENNA, alarm

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_as_the_texts() -> None:
    """If not: python -m scripts.lib.texts_page."""
    assert render(TEXT, SECTIONS) == TEXT


def test_the_example_is_taken_and_does_what_it_says() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    own = EngineSettings(gateway="test", **yaml.safe_load(example)).templates
    german, french = (
        Speaker(texts=texts_for(name, own), now=EPOCH, time_zone=VIENNA) for name in ("de", "fr")
    )
    assert german.raised(alarm(), may_acknowledge=True) == "ALARM! LEBENSGEFAHR: Pumpe. Mit OK 4711 antworten"
    assert french.raised(alarm(), may_acknowledge=True) == "CRITICAL Pumpe. Répondre OK 4711"
    assert french.taken(alarm(), "Anna") == "4711 taken by Anna 15h07: Pumpe"
