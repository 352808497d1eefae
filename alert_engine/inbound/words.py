"""The words of the built-in commands, as data. ``docs/commands.md`` has the same table, and a test compares.

No word is one by which people ask for silence or help (`decisions.consent`), in any language: carriers and
providers act upon those by themselves. HELP is both, and means the same. So German pauses with PAUSE, not
with HALT.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from alert_engine.model import Tier

if TYPE_CHECKING:
    from collections.abc import Mapping


class BuiltIn(StrEnum):
    """A built-in command, by its word in events and topics."""

    ACKNOWLEDGE = "OK"
    SNOOZE = "SNOOZE"
    STATUS = "STATUS"
    WHO = "WHO"
    HELP = "HELP"
    TEST = "TEST"


LANGUAGES = ("en", "de", "it")

WORDS: Mapping[BuiltIn, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        BuiltIn.ACKNOWLEDGE: {"en": ("OK", "ACK"), "de": ("OK",), "it": ("OK",)},
        BuiltIn.SNOOZE: {"en": ("SNOOZE",), "de": ("PAUSE",), "it": ("RIMANDA",)},
        BuiltIn.STATUS: {"en": ("STATUS",), "de": ("STATUS",), "it": ("STATO",)},
        BuiltIn.WHO: {"en": ("WHO",), "de": ("WER",), "it": ("CHI",)},
        BuiltIn.HELP: {"en": ("HELP", "INFO"), "de": ("HILFE",), "it": ("AIUTO",)},
        BuiltIn.TEST: {"en": ("TEST",), "de": ("TEST",), "it": ("TEST", "PROVA")},
    }
)

# Every alarm that was sent to whoever writes it.
ALL: Mapping[str, tuple[str, ...]] = MappingProxyType({"en": ("ALL",), "de": ("ALLE",), "it": ("TUTTI",)})

ON: Mapping[str, tuple[str, ...]] = MappingProxyType({"en": ("ON",), "de": ("EIN", "AN"), "it": ("ACCESO",)})
OFF: Mapping[str, tuple[str, ...]] = MappingProxyType({"en": ("OFF",), "de": ("AUS",), "it": ("SPENTO",)})

# What each needs at least. STATUS and WHO of one alarm, and everything that changes one, need `CONCERNED`:
# the alarm was sent to whoever asks.
TIERS: Mapping[BuiltIn, Tier] = MappingProxyType(
    {
        BuiltIn.ACKNOWLEDGE: Tier.CONCERNED,
        BuiltIn.SNOOZE: Tier.CONCERNED,
        BuiltIn.STATUS: Tier.LISTED,
        BuiltIn.WHO: Tier.CONCERNED,
        BuiltIn.HELP: Tier.LISTED,
        BuiltIn.TEST: Tier.PROVEN,
    }
)
