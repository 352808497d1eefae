"""The name that no source may use: whose alarms are of the gateway itself."""

from __future__ import annotations

from alert_engine.decisions.supervision_alarms import SOURCE

_WORDS = f'"{SOURCE}" is no name for a source: only the gateway itself uses it; choose another'


def objection_to(source: str) -> str | None:
    """What speaks against the name of a source from outside; None: nothing."""
    return _WORDS if source == SOURCE else None
