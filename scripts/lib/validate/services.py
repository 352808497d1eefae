"""The rules of services.yaml, triggers.yaml and conditions.yaml: texts, icons, selectors that load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.helpers.selector import validate_selector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources import Integration, Json

ICON_KEYS = {"services": "service", "triggers": "trigger", "conditions": "condition"}


def faults(integration: Integration) -> Iterator[str]:
    """What hassfest's services, triggers, conditions and icons checks would say."""
    for kind, all_parts in integration.automation_parts.items():
        # What begins with a dot is only there to be repeated.
        parts = {name: part for name, part in all_parts.items() if not name.startswith(".")}
        texts = integration.english.get(kind, {})
        icons = integration.icons.get(kind, {})
        for name, part in parts.items():
            where = f"{kind}.{name}"
            yield from _missing_texts(texts.get(name, {}), where)
            if ICON_KEYS[kind] not in icons.get(name, {}):
                yield f"{where} has no icon in icons.json"
            for field, description in _fields(part or {}):
                yield from _missing_texts(
                    texts.get(name, {}).get("fields", {}).get(field, {}), f"{where}.{field}"
                )
                yield from _selector_faults(description, f"{where}.{field}")
        yield from (f"{kind}.{name} has texts, but is in no YAML" for name in sorted(set(texts) - set(parts)))


def _fields(part: Json) -> Iterator[tuple[str, Json]]:
    for name, description in part.get("fields", {}).items():
        if "fields" in (description or {}):  # a section
            yield from _fields(description)
        else:
            yield name, description or {}


def _missing_texts(texts: Json, where: str) -> Iterator[str]:
    yield from (
        f"{where} has no {key} in the English texts" for key in ("name", "description") if not texts.get(key)
    )


def _selector_faults(description: Json, where: str) -> Iterator[str]:
    if "selector" not in description:
        return
    selector: Any = description["selector"]
    try:
        validate_selector({key: value or {} for key, value in selector.items()})
    except Exception as err:  # noqa: BLE001 - any refusal is a fault to print
        yield f"{where}: the selector is refused: {err}"
