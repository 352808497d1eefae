"""TwiML: what a call says, and how it asks for a key. Source: twilio.com/docs/voice/twiml."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from alert_engine.routes.base import KeyAnswer

MAX_TWIML = 4000  # characters of the parameter Twiml
_KEY_TIMEOUT = 10  # seconds after the last word: enough to take the phone from the ear and find the key
# XML 1.0 section 2.2 has no place for these, not even escaped.
_NOT_IN_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Words:
    """What is said besides the alarm."""

    keys: str  # which key does what
    done: str
    ignored: str


# The languages that the gateway writes in; the keys are those of alarms by call.
_WORDS = {
    "en": Words(
        "Press 1 to acknowledge, 2 to hang up, 3 for an hour of silence.",
        "Thank you. It is noted.",
        "This key does nothing now.",
    ),
    "de": Words(
        "Drücken Sie 1 zum Quittieren, 2 zum Auflegen, 3 für eine Stunde Ruhe.",
        "Danke. Es ist notiert.",
        "Diese Taste bewirkt jetzt nichts.",
    ),
    "it": Words(
        "Premere 1 per confermare, 2 per riagganciare, 3 per un'ora di silenzio.",
        "Grazie. È stato registrato.",
        "Questo tasto ora non ha effetto.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Whoever speaks in a call.

    Args:
        language: BCP 47, as Twilio lists them for Say.
        voice: as Twilio lists them; empty: the one of the account.
    """

    language: str
    voice: str = ""

    @property
    def words(self) -> Words:
        """In the language, else in English."""
        return _WORDS.get(self.language.partition("-")[0].lower(), _WORDS["en"])

    def alarm(self, text: str, *, loop: int, prompt: str, action: str) -> str:
        """The document of a call; it asks for a key where `action` says who takes it."""
        if not action:
            return _document(self._say(text, loop=loop))
        # The keys are told after each repetition: whoever has understood need not wait for the last.
        return _document(self._gather(self._say(f"{text} {prompt or self.words.keys}", loop=loop), action))

    def reply(self, answer: KeyAnswer, *, prompt: str) -> str:
        """What is said to a key. One that means nothing leaves the others open."""
        if answer is KeyAnswer.DONE:
            return _document(f"{self._say(self.words.done)}<Hangup/>")
        if answer is KeyAnswer.HANG_UP:
            return _document("<Hangup/>")
        return _document(self._gather(self._say(f"{self.words.ignored} {prompt or self.words.keys}")))

    def _say(self, text: str, *, loop: int = 1) -> str:
        voice = f' voice="{_escaped(self.voice)}"' if self.voice else ""
        times = f' loop="{loop}"' if loop > 1 else ""
        return f'<Say{voice} language="{_escaped(self.language)}"{times}>{_escaped(text)}</Say>'

    def _gather(self, said: str, action: str = "") -> str:
        """Without an action the key goes to the address that this document came from."""
        target = f' action="{_escaped(action)}"' if action else ""
        # Without finishOnKey="" the key # ends the keys instead of being one, and with them the call.
        asked = f'input="dtmf" numDigits="1" finishOnKey="" timeout="{_KEY_TIMEOUT}"{target}'
        return f"<Gather {asked}>{said}</Gather>"


def nothing() -> str:
    """An answer that asks for nothing."""
    return _document("")


def _document(body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>'


def _escaped(text: str) -> str:
    return html.escape(_NOT_IN_XML.sub(" ", text), quote=True)
