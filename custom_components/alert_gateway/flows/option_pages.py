"""The pages of the hub's options: fields, and where each stands in the options."""

from typing import TYPE_CHECKING, Any

from homeassistant.const import CONF_COUNTRY
from homeassistant.helpers.selector import (
    BooleanSelector,
    ConversationAgentSelector,
    CountrySelector,
    CountrySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)
from homeassistant.util import slugify

from alert_engine.inbound.words import LANGUAGES
from alert_engine.intake.topics import Topics
from alert_engine.model import Severity
from alert_engine.phone.numbering import PLANS
from alert_engine.retention import LEAST, MOST, Retention
from alert_engine.settings import DEFAULT_EXPIRY, DeliveryRules
from custom_components.alert_gateway.const import (
    CONF_ASSIST,
    CONF_ASSIST_AGENT,
    CONF_ASSIST_PEOPLE,
    CONF_MQTT,
    CONF_MQTT_PREFIX,
    CONF_PANEL,
    CONF_PRIVACY,
    CONF_ROUTE_ORDER,
    CONF_SMS_COMPATIBILITY,
    CONF_SMS_NOTIFY_NAME,
    DEFAULT_GATEWAY,
    DEFAULT_MQTT_PREFIX,
    DEFAULT_PRIVACY,
    DEFAULT_SMS_NOTIFY_NAME,
    PrivacyLevel,
)
from custom_components.alert_gateway.panel.registration import PanelFor

from .choices import (
    DURATION,
    LONG_DURATION,
    TEXT,
    TEXTS,
    labels_of,
    named,
    one_of,
    some_of,
    table,
    week,
)
from .codecs import DAYS as DAYS_OF_TEXT
from .codecs import DURATION as SOME_TIME
from .codecs import TEXT as STRIPPED
from .codecs import TEXTS as WORDS
from .codecs import WHOLE, known, labelled, many, rows
from .form import Field, Form
from .option_page import Page, flat, inner, mistakes_in_rows, replaced
from .sending_pages import COMMANDS, LIMITS, OWN_TEXTS
from .supervision_pages import REHEARSALS, SUPERVISION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta

    from .choices import Choices

_SWITCH = BooleanSelector()
_MOST_IN_A_DAY = 1_000_000


_COMMANDS, _COMMAND_KEYS = "commands", ("languages", "own_numbers", "other_gateways")


def _general_form(_choices: Choices) -> Form:
    countries = CountrySelector(CountrySelectorConfig(countries=sorted(PLANS)))
    return Form(
        (
            Field(key=CONF_COUNTRY, selector=countries, codec=known(PLANS)),
            Field(key="languages", selector=some_of(LANGUAGES, "language"), codec=many(known(LANGUAGES))),
            Field(key="own_numbers", selector=TEXTS, codec=WORDS),
            Field(key="other_gateways", selector=TEXTS, codec=WORDS),
            Field(key="transliterate", selector=_SWITCH, default=False),
        )
    )


def _general_shown(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"languages": list(LANGUAGES), **options, **options.get(_COMMANDS, {})}


def _general_stored(options: Mapping[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    commands = replaced(options.get(_COMMANDS, {}), _COMMAND_KEYS, filled)
    return inner(replaced(options, (CONF_COUNTRY, "transliterate"), filled), _COMMANDS, commands)


_EXPIRY, _DOUBT = "expiry", "in_doubt_wait"
_WAITS = {"doubt_critical": "critical", "doubt_other": "other"}  # field -> key: expiry has such fields too


def _times_form(choices: Choices) -> Form:
    quiet = Field(key="quiet", selector=week(choices), codec=choices.periods())
    lives = (
        Field(
            section=_EXPIRY,
            key=severity.value,
            selector=LONG_DURATION,
            codec=SOME_TIME,
            default=f"{int(DEFAULT_EXPIRY[severity].total_seconds())}s",
        )
        for severity in reversed(Severity)
    )
    return Form((quiet, *lives, *_doubt_fields()))


def _doubt_fields() -> Iterator[Field]:
    built_in = DeliveryRules()
    waits = {"critical": built_in.doubt_wait_critical, "other": built_in.doubt_wait}
    for field, key in _WAITS.items():
        default = f"{int(waits[key].total_seconds())}s"
        yield Field(section=_DOUBT, key=field, selector=DURATION, codec=SOME_TIME, default=default)


def _times_shown(options: Mapping[str, Any]) -> dict[str, Any]:
    waits = options.get(_DOUBT, {})
    doubt = {field: waits.get(key) for field, key in _WAITS.items()}
    return {**options.get(_EXPIRY, {}), **doubt, "quiet": options.get("quiet")}


def _times_stored(options: Mapping[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    lives = {severity.value: filled[severity] for severity in Severity if severity in filled}
    waits = {key: filled[field] for field, key in _WAITS.items() if field in filled}
    return inner(inner(replaced(options, ("quiet",), filled), _EXPIRY, lives), _DOUBT, waits)


_BUDGETS = "budgets"


def _routes_form(choices: Choices) -> Form:
    most = NumberSelector(
        NumberSelectorConfig(min=1, max=_MOST_IN_A_DAY, step=1, mode=NumberSelectorMode.BOX)
    )
    columns = {"route": labels_of(choices.routes), "budget": most}
    return Form(
        (
            Field(
                key=CONF_ROUTE_ORDER,
                selector=named(choices.ways_out, multiple=True),
                codec=many(known(choices.ways_out)),
            ),
            Field(
                key=_BUDGETS,
                selector=table("budget", columns, columns, heading="route", detail="budget"),
                codec=rows({"route": labelled(choices.routes), "budget": WHOLE}, columns),
            ),
        )
    )


def _routes_shown(options: Mapping[str, Any]) -> dict[str, Any]:
    budgets = options.get(_BUDGETS, {}).items()
    return {**options, _BUDGETS: [{"route": route, "budget": most} for route, most in budgets]}


def _routes_stored(options: Mapping[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    budgets = {row["route"]: row["budget"] for row in filled.get(_BUDGETS, ())}
    return inner(replaced(options, (CONF_ROUTE_ORDER,), filled), _BUDGETS, budgets)


_RETENTION = "retention"


def _retention_form(_choices: Choices) -> Form:
    def days(least: timedelta) -> NumberSelector:
        config = NumberSelectorConfig(
            min=least.days, max=MOST.days, step=1, unit_of_measurement="d", mode=NumberSelectorMode.BOX
        )
        return NumberSelector(config)

    built_in = Retention()
    return Form(
        tuple(
            Field(
                key=key,
                selector=days(least),
                codec=DAYS_OF_TEXT,
                default=f"{getattr(built_in, key).days}d",
            )
            for key, least in LEAST.items()
        )
    )


def _retention_shown(options: Mapping[str, Any]) -> dict[str, Any]:
    return dict(options.get(_RETENTION, {}))


def _retention_stored(options: Mapping[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    return inner(options, _RETENTION, filled)


def _mqtt_form(_choices: Choices) -> Form:
    return Form(
        (
            Field(key=CONF_MQTT, selector=_SWITCH, default=True),
            Field(key=CONF_MQTT_PREFIX, selector=TEXT, default=DEFAULT_MQTT_PREFIX),
        )
    )


def _mqtt_mistakes(filled: Mapping[str, Any]) -> dict[str, str]:
    try:
        Topics(prefix=filled[CONF_MQTT_PREFIX], gateway=DEFAULT_GATEWAY)
    except ValueError:
        return {CONF_MQTT_PREFIX: "prefix_invalid"}
    return {}


def _privacy_form(_choices: Choices) -> Form:
    return Form(
        (
            Field(key=CONF_PRIVACY, selector=one_of(PrivacyLevel, "privacy"), default=DEFAULT_PRIVACY.value),
            Field(key=CONF_PANEL, selector=one_of(PanelFor, "panel_for"), default=PanelFor.EVERYBODY.value),
        )
    )


def _assist_form(choices: Choices) -> Form:
    people = Field(
        key=CONF_ASSIST_PEOPLE,
        selector=named(choices.people, multiple=True),
        codec=many(known(choices.people)),
    )
    return Form(
        (
            Field(key=CONF_ASSIST, selector=_SWITCH, default=False),
            people,
            Field(key=CONF_ASSIST_AGENT, selector=ConversationAgentSelector()),
        )
    )


def _assist_mistakes(filled: Mapping[str, Any]) -> dict[str, str]:
    is_for_nobody = filled[CONF_ASSIST] and CONF_ASSIST_PEOPLE not in filled
    return {CONF_ASSIST_PEOPLE: "assist_nobody"} if is_for_nobody else {}


def _compatibility_form(_choices: Choices) -> Form:
    return Form(
        (
            Field(key=CONF_SMS_COMPATIBILITY, selector=_SWITCH, default=False),
            Field(key=CONF_SMS_NOTIFY_NAME, selector=TEXT, codec=STRIPPED, default=DEFAULT_SMS_NOTIFY_NAME),
        )
    )


def _compatibility_mistakes(filled: Mapping[str, Any]) -> dict[str, str]:
    name = filled.get(CONF_SMS_NOTIFY_NAME, "")
    return {} if name and slugify(name) == name else {CONF_SMS_NOTIFY_NAME: "action_name_invalid"}


PAGES: Mapping[str, Page] = {
    "general": Page(form=_general_form, shown=_general_shown, stored=_general_stored),
    "commands": COMMANDS,
    "times": Page(form=_times_form, shown=_times_shown, stored=_times_stored),
    "routes": Page(
        form=_routes_form,
        shown=_routes_shown,
        stored=_routes_stored,
        mistakes=mistakes_in_rows(_BUDGETS, "route"),
    ),
    "limits": LIMITS,
    "texts": OWN_TEXTS,
    "supervision": SUPERVISION,
    "rehearsals": REHEARSALS,
    "retention": Page(form=_retention_form, shown=_retention_shown, stored=_retention_stored),
    "mqtt": Page(
        form=_mqtt_form,
        shown=dict,
        stored=flat(CONF_MQTT, CONF_MQTT_PREFIX),
        mistakes=_mqtt_mistakes,
    ),
    "privacy": Page(form=_privacy_form, shown=dict, stored=flat(CONF_PRIVACY, CONF_PANEL)),
    "assist": Page(
        form=_assist_form,
        shown=dict,
        stored=flat(CONF_ASSIST, CONF_ASSIST_PEOPLE, CONF_ASSIST_AGENT),
        mistakes=_assist_mistakes,
    ),
    "compatibility": Page(
        form=_compatibility_form,
        shown=dict,
        stored=flat(CONF_SMS_COMPATIBILITY, CONF_SMS_NOTIFY_NAME),
        mistakes=_compatibility_mistakes,
    ),
}
