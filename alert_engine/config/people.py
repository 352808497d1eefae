"""``people:`` of the configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.errors import ConfigReason
from alert_engine.model import Address, Channel, Person, Severity

from .numbers import a_phone, e164
from .shapes import a_flag, a_name, a_text, error_at, one_of, refuse_twice, required, section, several
from .times import a_period, a_zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alert_engine.model import WeeklyPeriod

    from .shapes import ConfigPath

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
_BY_NUMBER = frozenset({Channel.SMS, Channel.CALL, Channel.WHATSAPP})
_SHORT_FORM = frozenset({"phone", "calls", "addresses"})  # what becomes addresses


def _language(value: Any) -> str:
    """Any language: templates may bring texts in it."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise vol.Invalid('must be a language like en, de or it; in quotes if it is "no"')
    return value


_ADDRESS_KEYS = {required("channel"): one_of(Channel), required("value"): a_phone}
_PERSON_KEYS = {
    required("id"): a_name,
    required("name"): a_text,
    vol.Optional("phone"): a_phone,
    vol.Optional("calls"): a_flag,
    vol.Optional("addresses"): several(section(_ADDRESS_KEYS), least=1),
    vol.Optional("can_acknowledge", default=True): a_flag,
    vol.Optional("can_command", default=False): a_flag,
    vol.Optional("is_admin", default=False): a_flag,
    vol.Optional("language", default="en"): _language,
    vol.Optional("time_zone"): a_zone,
    vol.Optional("minimum_severity", default=Severity.INFO): one_of(Severity),
    vol.Optional("quiet"): several(a_period),
    vol.Optional("quiet_below", default=Severity.CRITICAL): one_of(Severity),
    vol.Optional("shifts", default=list): several(a_period),
    vol.Optional("plain", default=False): a_flag,
}
PEOPLE_KEYS: dict[Any, Any] = {
    vol.Optional("people", default=list): several(section(_PERSON_KEYS)),
    vol.Optional("quiet", default=list): several(a_period),
}


def people_of(
    given: Sequence[Mapping[str, Any]], country: str | None, quiet: tuple[WeeklyPeriod, ...] = ()
) -> tuple[Person, ...]:
    """Everybody of a checked section; `country` is what numbers without a code belong to.

    `quiet` is for whoever has no quiet hours of their own; an empty list is one's own, too.

    Raises:
        ConfigError: a number cannot be read, or is that of two people.
    """
    people = tuple(
        _person({"quiet": quiet, **person}, country, ("people", index)) for index, person in enumerate(given)
    )
    refuse_twice("people", "id", [person.id for person in people])
    owners: dict[str, int] = {}
    for index, person in enumerate(people):
        for address in person.addresses:
            owner = owners.setdefault(address.value, index)
            if owner != index:
                path = ("people", index, "phone" if "phone" in given[index] else "addresses")
                text = f"the same number belongs to people[{owner}]: who would have written?"
                raise error_at(path, text, ConfigReason.NUMBER_OF_TWO)
    return people


def _person(given: Mapping[str, Any], country: str | None, path: ConfigPath) -> Person:
    others = {key: value for key, value in given.items() if key not in _SHORT_FORM}
    return Person(addresses=_addresses(given, country, path), **others)


def _addresses(given: Mapping[str, Any], country: str | None, path: ConfigPath) -> tuple[Address, ...]:
    if "addresses" not in given:
        return _of_phone(given, country, path)
    for key in ("phone", "calls"):
        if key in given:
            raise error_at((*path, key), "is of no use with addresses: say it there")
    found = tuple(
        _address(each, country, (*path, "addresses", index)) for index, each in enumerate(given["addresses"])
    )
    if len(set(found)) != len(found):
        text = "the same address is there twice"
        raise error_at((*path, "addresses"), text, ConfigReason.ADDRESS_TWICE)
    return found


def _of_phone(given: Mapping[str, Any], country: str | None, path: ConfigPath) -> tuple[Address, ...]:
    """One telephone that takes texts, and rings."""
    if "phone" not in given:
        raise error_at((*path, "phone"), "is missing")
    number = e164(given["phone"], country, (*path, "phone"))
    channels = (Channel.SMS, Channel.CALL) if given.get("calls", True) else (Channel.SMS,)
    return tuple(Address(channel=channel, value=number) for channel in channels)


def _address(given: Mapping[str, Any], country: str | None, path: ConfigPath) -> Address:
    channel, value = given["channel"], given["value"]
    if channel in _BY_NUMBER:
        return Address(channel=channel, value=e164(value, country, (*path, "value")))
    try:
        return Address(channel=channel, value=a_text(value))
    except vol.Invalid as err:
        raise error_at((*path, "value"), err.msg) from None
