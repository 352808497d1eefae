"""Calls as forms for ``Calls.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from .messages import UnfitError, callback_of
from .speech import MAX_TWIML

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.routes.base import OutboundMessage
    from alert_engine.routes.providers.provider import Moment

    from .speech import Speaker

TIME_LIMIT = 300  # seconds of a call: a voice mailbox that answered shall not cost more
UID = "uid"  # in the query of the address that takes the key; the signature covers it


class Callers(Protocol):
    """What an account calls with."""

    @property
    def caller(self) -> str:
        """E.164."""

    @property
    def call_loop(self) -> int:
        """How often the text is said."""

    @property
    def call_prompt(self) -> str:
        """Which key does what; empty: in the language of the voice."""

    @property
    def ring_for(self) -> int:
        """Seconds."""

    @property
    def detect_machines(self) -> bool:
        """Voice mailboxes are told apart."""


def call_form(
    callers: Callers, speaker: Speaker, message: OutboundMessage, moment: Moment
) -> Mapping[str, str]:
    """The form of a call that says the text and asks for a key. Raises UnfitError."""
    callback = callback_of(moment)
    joint = "&" if "?" in callback else "?"
    action = f"{callback}{joint}{urlencode({UID: message.uid})}" if callback else ""
    twiml = speaker.alarm(message.text, loop=callers.call_loop, prompt=callers.call_prompt, action=action)
    if len(twiml) > MAX_TWIML:
        raise UnfitError("the text is longer than a call can say")
    form = {
        "To": message.address,
        "From": callers.caller,
        "Twiml": twiml,
        "Timeout": str(callers.ring_for),
        "TimeLimit": str(TIME_LIMIT),
    }
    if callback and message.report_requested:
        form["StatusCallback"] = callback
    if callers.detect_machines:
        form["MachineDetection"] = "Enable"
    return form
