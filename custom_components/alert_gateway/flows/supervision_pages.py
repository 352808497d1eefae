"""The pages of the hub's options about supervision: what is watched, and the weekly test."""

from typing import TYPE_CHECKING, Any

from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TimeSelector,
)

from .choices import DAYS, DURATION, TEXT, labels_of, named, one_of, table
from .codecs import AMOUNT, CLOCK, known, labelled, many, rows
from .codecs import DURATION as SOME_TIME
from .codecs import TEXT as STRIPPED
from .form import Field, Form
from .option_page import Page, inner, mistakes_in_routes, replaced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .choices import Choices

_SWITCH = BooleanSelector()

_SUPERVISION, _REHEARSALS = "supervision", "rehearsals"


def _supervision_form(choices: Choices) -> Form:
    columns = {
        "route": labels_of(choices.ways_out),
        "own_number": TEXT,
        "loopback_every": DURATION,
        "least_credit": NumberSelector(NumberSelectorConfig(step="any", mode=NumberSelectorMode.BOX)),
    }
    codec = rows(
        {
            "route": labelled(choices.ways_out),
            "own_number": STRIPPED,
            "loopback_every": SOME_TIME,
            "least_credit": AMOUNT,
        },
        needed=("route",),
    )
    watched = table("watched_route", columns, ("route",), heading="route", detail="own_number")
    return Form(
        (
            Field(key="raises_alarms", selector=_SWITCH, default=True),
            Field(key="policy", selector=named(choices.policies), codec=known(choices.policies)),
            Field(key="routes", selector=watched, codec=codec),
        )
    )


def _supervision_shown(options: Mapping[str, Any]) -> dict[str, Any]:
    said = options.get(_SUPERVISION, {})
    routes = said.get("routes", {}).items()
    return {**said, "routes": [{"route": route, **watched} for route, watched in routes]}


def _supervision_stored(options: Mapping[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    routes = {
        row["route"]: {key: value for key, value in row.items() if key != "route"}
        for row in filled.get("routes", ())
    }
    said = {**filled, "routes": routes} if routes else filled
    keys = ("raises_alarms", "policy", "routes")
    return inner(options, _SUPERVISION, replaced(options.get(_SUPERVISION, {}), keys, said))


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
    mistakes=mistakes_in_routes("routes"),
)
REHEARSALS = Page(form=_rehearsals_form, shown=_rehearsals_shown, stored=_rehearsals_stored)
