"""The form of an on-call schedule."""

from typing import TYPE_CHECKING, Any, ClassVar, override

from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    DateSelector,
    DateTimeSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TimeSelector,
)
from homeassistant.util import dt as dt_util

from custom_components.alert_gateway.const import SUBENTRY_ON_CALL

from .choices import TEXT, Choices, labels_of, named, table, week
from .codecs import CLOCK, DAYS, PLAIN, known, labelled, many, rows
from .codecs import TEXT as STRIPPED
from .form import Field, Form
from .subentry import HubItemFlow

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOURS, _STAND_INS = "hours_section", "substitutions_section"
_LONGEST_TURN = 366  # days
_TURN = NumberSelector(
    NumberSelectorConfig(
        min=1, max=_LONGEST_TURN, step=1, unit_of_measurement="d", mode=NumberSelectorMode.BOX
    )
)


def on_call_form(choices: Choices) -> Form:
    """Whose turn it is, and what happens out of hours."""
    people = named(choices.people, multiple=True)
    return Form(
        (
            Field(key=CONF_NAME, selector=TEXT, codec=STRIPPED, required=True),
            Field(key="rotation", selector=people, codec=many(known(choices.people)), required=True),
            Field(key="begins", selector=DateSelector(), required=True),
            Field(key="handover", selector=TimeSelector(), codec=CLOCK, default="08:00"),
            Field(key="turn", selector=_TURN, codec=DAYS, default="7d"),
            Field(section=_HOURS, key="hours", selector=week(choices), codec=choices.periods()),
            Field(
                section=_HOURS,
                key="fallback",
                selector=named(choices.recipients),
                codec=known(choices.recipients),
            ),
            Field(section=_HOURS, key="time_zone", selector=TEXT, codec=STRIPPED),
            _substitutions(choices),
        )
    )


def _substitutions(choices: Choices) -> Field:
    columns = {"person": labels_of(choices.people), "from": DateTimeSelector(), "to": DateTimeSelector()}
    return Field(
        section=_STAND_INS,
        key="substitutions",
        selector=table("substitution", columns, columns, heading="person", detail="from"),
        codec=rows({"person": labelled(choices.people), "from": PLAIN, "to": PLAIN}, needed=columns),
    )


class OnCallFlow(HubItemFlow):
    """Adds or changes an on-call schedule."""

    kind: ClassVar[str] = SUBENTRY_ON_CALL

    @override
    def form(self, choices: Choices) -> Form:
        return on_call_form(choices)

    @override
    def beginning(self) -> dict[str, Any]:
        return {"begins": dt_util.now().date().isoformat()}

    @override
    def stored(self, filled: dict[str, Any]) -> dict[str, Any]:
        return {CONF_NAME: "", "rotation": [], **filled}

    @override
    def mistakes(self, data: Mapping[str, Any]) -> dict[str, str]:
        nobody = {} if data["rotation"] else {"rotation": "rotation_missing"}
        return self.mistakes_in_name(data) | nobody
