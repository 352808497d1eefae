"""The engine's part of the configuration: all keys that say who is told what, how, and what people may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.decisions.directory import Directory
from alert_engine.settings import BUILT_IN_POLICIES, EngineSettings

from .checks import refuse_problems
from .commands import COMMANDS_KEYS, commands_of
from .duty import DUTY_KEYS, groups_of, on_calls_of
from .numbers import a_country
from .people import PEOPLE_KEYS, people_of
from .policies import POLICIES_KEYS, expiry_of, policies_of
from .retention import RETENTION_KEYS, retention_of
from .sending import SENDING_KEYS, delivery_of, limits_of
from .shapes import a_name, checked_data, required, section
from .supervision import SUPERVISION_KEYS, heartbeats_of, supervision_of
from .times import a_zone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

ENGINE_KEYS: dict[Any, Any] = {
    required("gateway"): a_name,
    vol.Optional("default_country"): a_country,
    vol.Optional("time_zone"): a_zone,
    **PEOPLE_KEYS,
    **DUTY_KEYS,
    **POLICIES_KEYS,
    **SENDING_KEYS,
    **COMMANDS_KEYS,
    **SUPERVISION_KEYS,
    **RETENTION_KEYS,
}
_SCHEMA = vol.Schema(section(ENGINE_KEYS))


def engine_settings_from(data: Mapping[str, Any], time_zone: tzinfo) -> EngineSettings:
    """The settings of plain data with `ENGINE_KEYS` and no others, for a shell without a file.

    Raises:
        ConfigError: with the path of what makes no sense.
    """
    return engine_settings(checked_data(_SCHEMA, data), time_zone)


def engine_settings(checked: Mapping[str, Any], time_zone: tzinfo) -> EngineSettings:
    """The settings of checked data; `time_zone` is that of the machine.

    Raises:
        ConfigError: one part makes no sense with another.
    """
    country, zone = checked.get("default_country"), checked.get("time_zone", time_zone)
    directory = Directory(
        people=people_of(checked["people"], country, checked["quiet"]),
        groups=groups_of(checked["groups"]),
        on_calls=on_calls_of(checked["on_call"], zone),
    )
    refuse_problems(directory)
    people = {person.id for person in directory.people}
    recipients = {recipient.id for recipient in directory.recipients}
    policies = {*checked["policies"], *(policy.name for policy in BUILT_IN_POLICIES)}
    return EngineSettings(
        gateway=checked["gateway"],
        default_country=country,
        time_zone=zone,
        people=directory.people,
        groups=directory.groups,
        on_calls=directory.on_calls,
        policies=policies_of(checked["policies"], recipients),
        expiry=expiry_of(checked["expiry"]),
        delivery=delivery_of(checked["in_doubt_wait"]),
        limits=limits_of(checked["limits"]),
        budgets=checked["budgets"],
        templates=checked["templates"],
        transliterate=checked["transliterate"],
        heartbeats=heartbeats_of(checked["heartbeats"], policies),
        commands=commands_of(checked["commands"], country, people),
        supervision=supervision_of(checked["supervision"], country, policies=policies, people=people),
        retention=retention_of(checked["retention"]),
    )
