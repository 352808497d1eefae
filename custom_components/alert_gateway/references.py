"""Who names whom: what named a person who is gone forgets that name, and goes on with the others."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alert_engine.settings import BUILT_IN_POLICIES

from .const import (
    SUBENTRY_GROUP,
    SUBENTRY_HEARTBEAT,
    SUBENTRY_KEYWORD,
    SUBENTRY_ON_CALL,
    SUBENTRY_PERSON,
    SUBENTRY_POLICY,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .document import Item

RECIPIENTS = frozenset({SUBENTRY_PERSON, SUBENTRY_GROUP, SUBENTRY_ON_CALL})

# Keys with lists of ids, by the kind of what has them.
_LISTS: Mapping[str, tuple[str, ...]] = {
    SUBENTRY_GROUP: ("members",),
    SUBENTRY_ON_CALL: ("rotation",),
    SUBENTRY_POLICY: ("notify",),
    SUBENTRY_KEYWORD: ("allowed",),
}


def without_the_gone(items: Iterable[Item]) -> tuple[tuple[Item, ...], frozenset[str]]:
    """Return the items without names of recipients that are gone, and the ids of those that named one.

    Where nobody is left who is told, everybody is told, rather than nobody. A keyword that nobody is left to
    use is left out: without a name it would be everybody's. What named a policy that is gone has that of its
    severity.
    """
    known = tuple(items)
    there, policies = _recipients(known), _policies(known)
    mended = tuple(replace(item, data=_mended(item, there, policies)) for item in known)
    changed = frozenset(new.id for old, new in zip(known, mended, strict=True) if new.data != old.data)
    return tuple(item for item in mended if not (item.id in changed and _is_nobodys(item))), changed


def options_without_the_gone(options: Mapping[str, Any], items: Iterable[Item]) -> dict[str, Any]:
    """Return the options of the hub without people and policies that are gone."""
    known = tuple(items)
    supervision = dict(options.get("supervision", {}))
    _mend_named_policy(supervision, _policies(known))
    if rehearsals := supervision.get("rehearsals"):
        there = _recipients(known)
        left = [each for each in rehearsals.get("people", ()) if each in there]
        supervision["rehearsals"] = {**rehearsals, "people": left}
    return {**options, **({"supervision": supervision} if supervision else {})}


def _recipients(items: Iterable[Item]) -> frozenset[str]:
    return frozenset(item.id for item in items if item.kind in RECIPIENTS)


def _policies(items: Iterable[Item]) -> frozenset[str]:
    named = {item.data["name"] for item in items if item.kind == SUBENTRY_POLICY}
    return frozenset(named | {policy.name for policy in BUILT_IN_POLICIES})


def _is_nobodys(item: Item) -> bool:
    return item.kind == SUBENTRY_KEYWORD and not item.data["allowed"]


def _mended(item: Item, there: Collection[str], policies: Collection[str]) -> dict[str, Any]:
    data = dict(item.data)
    for key in _LISTS.get(item.kind, ()):
        if key in data:
            data[key] = [each for each in data[key] if each in there]
    if item.kind == SUBENTRY_POLICY:
        _mend_policy(data, there)
    if item.kind == SUBENTRY_ON_CALL:
        _mend_schedule(data, there)
    if item.kind == SUBENTRY_HEARTBEAT:
        _mend_named_policy(data, policies)
    return data


def _mend_named_policy(data: dict[str, Any], policies: Collection[str]) -> None:
    if data.get("policy") not in (None, *policies):
        del data["policy"]


def _mend_policy(data: dict[str, Any], there: Collection[str]) -> None:
    if not data.get("notify", True):
        del data["notify"]
    steps = []
    for step in data.get("steps", ()):
        told = [each for each in step.get("notify", ()) if each in there]
        rest = {key: value for key, value in step.items() if key != "notify"}
        steps.append({**rest, "notify": told} if told else rest)
    if steps:
        data["steps"] = steps


def _mend_schedule(data: dict[str, Any], there: Collection[str]) -> None:
    if data.get("fallback") not in (None, *there):
        del data["fallback"]
    if "substitutions" in data:
        data["substitutions"] = [each for each in data["substitutions"] if each["person"] in there]
