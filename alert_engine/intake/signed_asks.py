"""Requests whose proof can be used once are known again by that proof, also after a restart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.model import Heartbeat, SendRequest

from .formats.reading import digest_of

if TYPE_CHECKING:
    from alert_engine.model import Ask

    from .http_auth import Signed


def known_by(proof: Signed, asks: tuple[Ask, ...]) -> tuple[Ask, ...]:
    """The asks; each that has no id of its own gets one of the proof, by which the journal knows a repeat."""
    name = f"signed:{digest_of(proof.signature)}"
    return tuple(_known_as(f"{name}:{number}", ask) for number, ask in enumerate(asks))


def _known_as(name: str, ask: Ask) -> Ask:
    if isinstance(ask, SendRequest):
        return ask if ask.request_id is not None else replace(ask, request_id=name)
    if isinstance(ask, Heartbeat):
        return ask  # to be alive twice is no news
    return ask if ask.message_id is not None else replace(ask, message_id=name)
