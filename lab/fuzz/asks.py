"""What must hold of everything that an intake made of what a stranger sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alert_engine.errors import InvalidRequestError
from alert_engine.model import AlarmClear, AlarmRaise, Heartbeat, KeyAcknowledge, SendRequest
from alert_engine.request_checks import check

if TYPE_CHECKING:
    from alert_engine.model import Ask

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
_SHORTEST_TTL = timedelta(seconds=1)
_SHOWN = 400  # characters that a refusal may have: it repeats nothing that was sent


def check_ask(ask: Ask) -> None:
    """The engine takes what sources say as it is, a ttl of less than a second apart.

    Commands and texts it may still refuse, in few words.
    """
    repr(ask)
    has_short_ttl = isinstance(ask, AlarmRaise) and ask.ttl is not None and ask.ttl < _SHORTEST_TTL
    if isinstance(ask, AlarmRaise | AlarmClear | KeyAcknowledge | Heartbeat) and not has_short_ttl:
        check(ask, NOW)
    else:
        try:
            check(ask, NOW)
        except InvalidRequestError as error:
            assert len(str(error)) <= _SHOWN, "a refusal repeats what was sent"
    if isinstance(ask, AlarmRaise | AlarmClear):
        assert len(ask.text) <= 2000
        ask.text.encode()
    if isinstance(ask, AlarmRaise):
        assert len(ask.title) <= 200
        assert len(ask.labels) <= 50
        assert all(len(name) <= 64 and len(value) <= 500 for name, value in ask.labels.items())
        f"{ask.title}{ask.labels}".encode()
    if isinstance(ask, SendRequest):
        f"{ask.title}{ask.text}".encode()
