"""The rules of translations/*.json, and that every key the code uses has a text."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from .sources import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources import Integration, Json

TOP_LEVEL = {
    "title",
    "common",
    "conditions",
    "config",
    "config_subentries",
    "device",
    "entity",
    "exceptions",
    "issues",
    "options",
    "selector",
    "services",
    "system_health",
    "triggers",
}
KEY = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?")
HTML = re.compile(r"<[a-zA-Z/]")
ADDRESS = re.compile(r"https?://")
QUOTED_PLACEHOLDER = re.compile(r"'\{\w+\}'")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def faults(integration: Integration) -> Iterator[str]:
    """What hassfest's translations check would say, and what it cannot see."""
    english = texts_of(integration.english)
    for language, content in integration.translations.items():
        yield from (f"{language}: {key} is no key of a translation" for key in set(content) - TOP_LEVEL)
        texts = texts_of(content)
        for path, text in texts.items():
            yield from (f"{language}: {path} {fault}" for fault in _text_faults(text))
        yield from (f"{language}: {fault}" for fault in _key_faults(texts))
        yield from (f"{language}: {fault}" for fault in _comparison_faults(texts, english))
        yield from (f"{language}: {fault}" for fault in _description_faults(content))
    for key, issue in integration.english.get("issues", {}).items():
        if ("description" in issue) == ("fix_flow" in issue):
            yield f"{ENGLISH}: issues.{key} needs a description or a fix_flow, and not both"
    for path, tree in integration.modules.items():
        for key in sorted(_exception_keys(tree) - set(integration.english.get("exceptions", {}))):
            yield f"{ENGLISH}: exceptions.{key} is missing; {path} raises it"


def texts_of(content: Any, path: str = "") -> dict[str, str]:
    """Every text by its dotted path."""
    if isinstance(content, str):
        return {path: content}
    texts: dict[str, str] = {}
    for key, value in content.items():
        texts |= texts_of(value, f"{path}.{key}" if path else key)
    return texts


def _text_faults(text: str) -> Iterator[str]:
    if text != text.strip():
        yield "begins or ends with a blank"
    if HTML.search(text):
        yield "contains HTML"
    if ADDRESS.search(text):
        yield "contains an address; use a placeholder"
    if QUOTED_PLACEHOLDER.search(text):
        yield "has a placeholder in single quotes"


def _key_faults(texts: dict[str, str]) -> Iterator[str]:
    keys = {key for path in texts for key in path.split(".")}
    yield from (f"{key} is no key: a to z, 0 to 9, _ and -" for key in sorted(keys) if not KEY.fullmatch(key))


def _comparison_faults(texts: dict[str, str], english: dict[str, str]) -> Iterator[str]:
    yield from (f"{path} is missing" for path in sorted(set(english) - set(texts)))
    yield from (f"{path} is in no English text" for path in sorted(set(texts) - set(english)))
    for path in sorted(set(texts) & set(english)):
        if set(PLACEHOLDER.findall(texts[path])) != set(PLACEHOLDER.findall(english[path])):
            yield f"{path} has other placeholders than the English text"


def _description_faults(content: Json, path: str = "") -> Iterator[str]:
    extra = set(content.get("data_description", {})) - set(content.get("data", {}))
    yield from (f"{path}.data_description.{key} describes no field" for key in sorted(extra))
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _description_faults(value, f"{path}.{key}" if path else key)


def _exception_keys(tree: ast.Module) -> set[str]:
    """Literal translation keys of exceptions: calls that also name our translation_domain."""
    keys: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            key = given.get("translation_key")
            if "translation_domain" in given and isinstance(key, ast.Constant) and isinstance(key.value, str):
                keys.add(key.value)
    return keys
