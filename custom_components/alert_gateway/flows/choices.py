"""What can be chosen in a form: words in the language of Home Assistant, and what the hub has."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from homeassistant.helpers.selector import (
    DurationSelector,
    DurationSelectorConfig,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
    TimeSelector,
)
from homeassistant.helpers.translation import async_get_translations

from alert_engine.model import Channel, GroupMode, ParameterKind, Severity
from alert_engine.routes.gsm_calls import name_of_calls
from custom_components.alert_gateway.const import (
    CONF_ROUTE,
    DOMAIN,
    SUBENTRY_GROUP,
    SUBENTRY_ON_CALL,
    SUBENTRY_PERSON,
    SUBENTRY_POLICY,
)
from custom_components.alert_gateway.document import recipient_id
from custom_components.alert_gateway.route_order import preferred_routes

from .codecs import labelled, periods

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from enum import StrEnum

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.selector import Selector

    from .codecs import Codec

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RECIPIENTS = (SUBENTRY_PERSON, SUBENTRY_GROUP, SUBENTRY_ON_CALL)
NAMED = (*RECIPIENTS, SUBENTRY_POLICY)  # what an action can name
_LABELLED: Mapping[str, Iterable[str]] = {
    "weekday": DAYS,
    "channel": Channel,
    "severity": Severity,
    "parameter_kind": ParameterKind,
    "group_mode": GroupMode,
}

TEXT = TextSelector()
TEXTS = TextSelector(TextSelectorConfig(multiple=True))
PHONE = TextSelector(TextSelectorConfig(type=TextSelectorType.TEL))
DURATION = DurationSelector()
LONG_DURATION = DurationSelector(DurationSelectorConfig(enable_day=True, enable_second=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a form of this hub offers.

    Attributes:
        labels: of words by the key of their selector, in the language of Home Assistant.
        recipients: names of people, groups and schedules by their ids.
        people: those of people only.
        policies: titles of the hub's own policies by their names.
        routes: what each route is called; calls of a modem are a route of their own.
        ways_out: the same, without calls.
        users: names of the users of Home Assistant by their ids.
    """

    labels: Mapping[str, Mapping[str, str]]
    recipients: Mapping[str, str]
    people: Mapping[str, str]
    policies: Mapping[str, str]
    routes: Mapping[str, str]
    ways_out: Mapping[str, str]
    users: Mapping[str, str]

    def codec(self, key: str) -> Codec:
        """How a word is read and shown inside an object."""
        return labelled(self.labels[key])

    def periods(self) -> Codec:
        """How times of the week are read and shown."""
        return periods(self.codec("weekday"))


async def choices_of(hass: HomeAssistant, hub: ConfigEntry, without: str | None = None) -> Choices:
    """Return what the hub offers; `without` is the subentry that the form is about."""
    texts = await async_get_translations(hass, hass.config.language, "selector", {DOMAIN})
    stem = f"component.{DOMAIN}.selector"
    labels = {
        key: {word: texts.get(f"{stem}.{key}.options.{word}", word) for word in words}
        for key, words in _LABELLED.items()
    }
    return Choices(
        labels=labels,
        recipients=_named(hub, RECIPIENTS, without),
        people=_named(hub, (SUBENTRY_PERSON,), without),
        policies={
            str(policy.data.get("name", "")): policy.title
            for policy in hub.get_subentries_of_type(SUBENTRY_POLICY)
        },
        routes=_routes(hass, hub, labels["channel"][Channel.CALL]),
        ways_out=_ways_out(hass),
        users={
            user.id: user.name or user.id
            for user in await hass.auth.async_get_users()
            if user.is_active and not user.system_generated
        },
    )


def _ways_out(hass: HomeAssistant) -> dict[str, str]:
    entries = hass.config_entries.async_entries(DOMAIN)
    return _told_apart(
        (entry.data[CONF_ROUTE], entry.title, entry.data[CONF_ROUTE])
        for entry in entries
        if entry.data.get(CONF_ROUTE)
    )


def _routes(hass: HomeAssistant, hub: ConfigEntry, calls: str) -> dict[str, str]:
    """All routes by name; what is none of an entry's own is its calls."""
    ways = _ways_out(hass)
    names = preferred_routes(hub, hass.config_entries.async_entries(DOMAIN))
    of_calls = {name_of_calls(route): f"{title} ({calls})" for route, title in ways.items()}
    return {name: ways.get(name) or of_calls[name] for name in names}


def _named(hub: ConfigEntry, kinds: Collection[str], without: str | None) -> dict[str, str]:
    return _told_apart(
        (recipient_id(subentry), subentry.title, subentry.subentry_id[-4:])
        for kind in kinds
        for subentry in hub.get_subentries_of_type(kind)
        if subentry.subentry_id != without
    )


def _told_apart(those: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Names by ids, each name once: inside an object nothing else tells two apart.

    Of each there is its id, its name, and what follows a name that another one has.
    """
    found: dict[str, str] = {}
    for key, name, more in those:
        found[key] = f"{name} ({more})" if name in found.values() else name
    return found


def one_of(words: Iterable[StrEnum | str], key: str) -> SelectSelector:
    """One of these words; their texts are those of the selector `key`."""
    config = SelectSelectorConfig(
        options=[str(word) for word in words], translation_key=key, mode=SelectSelectorMode.DROPDOWN
    )
    return SelectSelector(config)


def some_of(words: Iterable[StrEnum | str], key: str) -> SelectSelector:
    """Some of these words; their texts are those of the selector `key`."""
    config = SelectSelectorConfig(
        options=[str(word) for word in words],
        translation_key=key,
        multiple=True,
        mode=SelectSelectorMode.DROPDOWN,
    )
    return SelectSelector(config)


def named(names: Mapping[str, str], *, multiple: bool = False) -> SelectSelector:
    """One of these, or some, by their names."""
    options = [SelectOptionDict(value=key, label=name) for key, name in names.items()]
    return _chosen(options, multiple=multiple)


def labels_of(labels: Mapping[str, str], *, multiple: bool = False) -> SelectSelector:
    """One of these, or some, inside an object: their labels are their values."""
    return _chosen(
        [SelectOptionDict(value=label, label=label) for label in labels.values()], multiple=multiple
    )


def _chosen(options: list[SelectOptionDict], *, multiple: bool) -> SelectSelector:
    mode = SelectSelectorMode.DROPDOWN
    return SelectSelector(SelectSelectorConfig(options=options, multiple=multiple, mode=mode))


def table(
    key: str, fields: Mapping[str, Any], required: Collection[str], *, heading: str, detail: str
) -> ObjectSelector:
    """A list of objects. `heading` and `detail` are the fields that stand for one in the list.

    The texts of its fields are those of the selector `key`.
    """
    columns = {
        name: ObjectSelectorField(selector=selector, required=name in required)
        for name, selector in fields.items()
    }
    return ObjectSelector(
        ObjectSelectorConfig(
            fields=columns, multiple=True, translation_key=key, label_field=heading, description_field=detail
        )
    )


def week(choices: Choices) -> ObjectSelector:
    """Times of the week; without a day they are of every day."""
    fields: dict[str, Selector[Any]] = {
        "days": labels_of(choices.labels["weekday"], multiple=True),
        "start": TimeSelector(),
        "end": TimeSelector(),
    }
    config = ObjectSelectorConfig(
        fields={
            name: ObjectSelectorField(selector=each, required=name != "days") for name, each in fields.items()
        },
        multiple=True,
        translation_key="week",
    )
    return ObjectSelector(config)
