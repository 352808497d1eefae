"""The pages of the hub's options about supervision: what is watched, and the weekly test."""

from typing import TYPE_CHECKING, Any

from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
    TimeSelector,
)

from alert_engine.config.shapes import fits
from alert_engine.config.supervision import a_short_number, a_url
from alert_engine.supervision.settings import SupervisionSettings

from .choices import DAYS, DURATION, LONG_DURATION, TEXT, labels_of, named, one_of, table
from .codecs import AMOUNT, CLOCK, known, labelled, many, rows
from .codecs import DURATION as SOME_TIME
from .codecs import TEXT as STRIPPED
from .form import Field, Form
from .option_page import Page, inner, mapping, mistakes_in_rows, replaced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .choices import Choices

_SWITCH = BooleanSelector()
_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))

_SUPERVISION, _REHEARSALS, _PING, _REQUEST = "supervision", "rehearsals", "ping", "credit_request"
_PINGS = {"ping_url": "url", "ping_every": "every"}  # field -> key
_REQUESTS = {"credit_number": "number", "credit_text": "text", "credit_pattern": "pattern"}  # column -> key


def _supervision_form(choices: Choices) -> Form:
    every = f"{int(SupervisionSettings().ping_every.total_seconds())}s"
    return Form(
        (
            Field(key="raises_alarms", selector=_SWITCH, default=True),
            Field(key="policy", selector=named(choices.policies), codec=known(choices.policies)),
            _routes_field(choices),
            Field(section=_PING, key="ping_url", selector=_URL, codec=STRIPPED),
            Field(section=_PING, key="ping_every", selector=DURATION, codec=SOME_TIME, default=every),
        )
    )


def _routes_field(choices: Choices) -> Field:
    columns = {
        "route": labels_of(choices.ways_out),
        "own_number": TEXT,
        "loopback_every": DURATION,
        "least_credit": NumberSelector(NumberSelectorConfig(step="any", mode=NumberSelectorMode.BOX)),
        "credit_every": LONG_DURATION,
        **dict.fromkeys(_REQUESTS, TEXT),
    }
    codec = rows(
        {
            "route": labelled(choices.ways_out),
            "own_number": STRIPPED,
            "loopback_every": SOME_TIME,
            "least_credit": AMOUNT,
            "credit_every": SOME_TIME,
            **dict.fromkeys(_REQUESTS, STRIPPED),
        },
        needed=("route",),
    )
    watched = table("watched_route", columns, ("route",), heading="route", detail="own_number")
    return Field(key="routes", selector=watched, codec=codec)


def _supervision_shown(options: Mapping[str, Any]) -> dict[str, Any]:
    said = options.get(_SUPERVISION, {})
    ping = mapping(said.get(_PING))
    routes = said.get("routes", {}).items()
    return {
        **said,
        **{field: ping.get(key) for field, key in _PINGS.items()},
        "routes": [{"route": route, **_flat_route(mapping(watched))} for route, watched in routes],
    }


def _flat_route(watched: Mapping[str, Any]) -> dict[str, Any]:
    """A row has no rows in it."""
    request = mapping(watched.get(_REQUEST))
    return {**watched, **{column: request.get(key) for column, key in _REQUESTS.items()}}


def _watched(row: Mapping[str, Any]) -> dict[str, Any]:
    request = {key: row[column] for column, key in _REQUESTS.items() if column in row}
    rest = {key: value for key, value in row.items() if key not in ("route", *_REQUESTS)}
    return inner(rest, _REQUEST, request)


def _supervision_stored(options: Mapping[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {key: filled[key] for key in ("raises_alarms", "policy") if key in filled}
    if routes := {row["route"]: _watched(row) for row in filled.get("routes", ())}:
        said["routes"] = routes
    if "ping_url" in filled:
        said[_PING] = {key: filled[field] for field, key in _PINGS.items() if field in filled}
    keys = ("raises_alarms", "policy", "routes", _PING)
    return inner(options, _SUPERVISION, replaced(options.get(_SUPERVISION, {}), keys, said))


def _supervision_mistakes(filled: Mapping[str, Any]) -> dict[str, str]:
    if mistakes := mistakes_in_rows("routes", "route")(filled):
        return mistakes
    for row in filled.get("routes", ()):
        asked = [column for column in _REQUESTS if column in row]
        if asked and len(asked) < len(_REQUESTS):
            return {"routes": "credit_request_incomplete"}
        if asked and not fits(a_short_number, row["credit_number"]):
            return {"routes": "credit_number_invalid"}
    if "ping_url" in filled and not fits(a_url, filled["ping_url"]):
        return {"ping_url": "ping_url_invalid"}
    return {}


def _rehearsals_form(choices: Choices) -> Form:
    return Form(
        (
            Field(key=_REHEARSALS, selector=_SWITCH, default=False),
            Field(key="day", selector=one_of(DAYS, "weekday"), default="mon"),
            Field(key="at", selector=TimeSelector(), codec=CLOCK, default="10:00"),
            Field(
                key="people",
                selector=named(choices.people, multiple=True),
                codec=many(known(choices.people)),
            ),
            Field(key="overdue_after", selector=LONG_DURATION, codec=SOME_TIME, default="8d"),
        )
    )


def _rehearsals_shown(options: Mapping[str, Any]) -> dict[str, Any]:
    said = options.get(_SUPERVISION, {}).get(_REHEARSALS)
    return {_REHEARSALS: said is not None, **(said or {})}


def _rehearsals_stored(options: Mapping[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    wanted = filled.pop(_REHEARSALS)
    said = replaced(options.get(_SUPERVISION, {}), (_REHEARSALS,), {_REHEARSALS: filled} if wanted else {})
    return inner(options, _SUPERVISION, said)


SUPERVISION = Page(
    form=_supervision_form,
    shown=_supervision_shown,
    stored=_supervision_stored,
    mistakes=_supervision_mistakes,
)
REHEARSALS = Page(form=_rehearsals_form, shown=_rehearsals_shown, stored=_rehearsals_stored)
