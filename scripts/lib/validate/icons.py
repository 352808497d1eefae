"""The rules of icons.json for entities; those of actions, triggers and conditions are in `services`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources import Integration

ICON = re.compile(r"mdi:[a-z0-9-]+")


def faults(integration: Integration) -> Iterator[str]:
    """What hassfest's icons check would say, and icons of what is not there."""
    named = integration.english.get("entity", {})
    for platform, entities in integration.icons.get("entity", {}).items():
        for key, icons in entities.items():
            where = f"{platform}.{key}"
            if platform in named and key not in named[platform]:  # others have the name of their device
                yield f"{where} is no entity"
            if "default" not in icons:
                yield f"{where} has no default"
            states = icons.get("state", {})
            yield from (
                f"{where}: the icon of {state} is the default, so it is none of its own"
                for state, icon in states.items()
                if icon == icons.get("default")
            )
    yield from (f"{icon} is no icon" for icon in _leaves(integration.icons) if not ICON.fullmatch(icon))


def _leaves(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    else:
        for value in content.values():
            yield from _leaves(value)
