"""``groups:`` and ``on_call:`` of the configuration: several people under one name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.model import Group, GroupMode, OnCall, Substitution

from .shapes import a_name, a_text, one_of, required, section, several
from .times import a_date, a_duration, a_moment, a_period, a_time, a_zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo


_GROUP_KEYS = {
    required("id"): a_name,
    vol.Optional("name"): a_text,
    required("members"): several(a_name),
    vol.Optional("mode", default=GroupMode.ALL): one_of(GroupMode),
}
_SUBSTITUTION_KEYS = {required("person"): a_name, required("from"): a_moment, required("to"): a_moment}
_ON_CALL_KEYS = {
    required("id"): a_name,
    vol.Optional("name"): a_text,
    required("rotation"): several(a_name),
    required("begins"): a_date,
    required("handover"): a_time,
    vol.Optional("turn", default="7d"): a_duration,
    vol.Optional("fallback"): a_name,
    vol.Optional("hours", default=list): several(a_period),
    vol.Optional("substitutions", default=list): several(section(_SUBSTITUTION_KEYS)),
    vol.Optional("time_zone"): a_zone,
}
DUTY_KEYS: dict[Any, Any] = {
    vol.Optional("groups", default=list): several(section(_GROUP_KEYS)),
    vol.Optional("on_call", default=list): several(section(_ON_CALL_KEYS)),
}


def groups_of(given: Sequence[Mapping[str, Any]]) -> tuple[Group, ...]:
    """All groups of a checked section; who is in them is looked at by `checks`."""
    return tuple(Group(**{"name": group["id"], **group}) for group in given)


def on_calls_of(given: Sequence[Mapping[str, Any]], zone: tzinfo) -> tuple[OnCall, ...]:
    """All schedules of a checked section; `zone` is the gateway's."""
    return tuple(_on_call(schedule, schedule.get("time_zone", zone)) for schedule in given)


def _on_call(given: Mapping[str, Any], zone: tzinfo) -> OnCall:
    substitutions = tuple(
        Substitution(
            person=each["person"],
            start=each["from"].replace(tzinfo=zone),
            end=each["to"].replace(tzinfo=zone),
        )
        for each in given["substitutions"]
    )
    return OnCall(**{"name": given["id"], **given, "substitutions": substitutions})
