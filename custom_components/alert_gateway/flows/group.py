"""The form of a group."""

from typing import TYPE_CHECKING, Any, ClassVar, override

from homeassistant.const import CONF_NAME

from alert_engine.model import GroupMode
from custom_components.alert_gateway.const import SUBENTRY_GROUP

from .choices import TEXT, Choices, named, one_of
from .codecs import TEXT as STRIPPED
from .codecs import known, many
from .form import Field, Form
from .subentry import HubItemFlow

if TYPE_CHECKING:
    from collections.abc import Mapping


def group_form(choices: Choices) -> Form:
    """Who is in it, and who of them is told."""
    members = many(known(choices.recipients))
    return Form(
        (
            Field(key=CONF_NAME, selector=TEXT, codec=STRIPPED, required=True),
            Field(
                key="members",
                selector=named(choices.recipients, multiple=True),
                codec=members,
                required=True,
            ),
            Field(key="mode", selector=one_of(GroupMode, "group_mode"), default=GroupMode.ALL.value),
        )
    )


class GroupFlow(HubItemFlow):
    """Adds or changes a group."""

    kind: ClassVar[str] = SUBENTRY_GROUP

    @override
    def form(self, choices: Choices) -> Form:
        return group_form(choices)

    @override
    def stored(self, filled: dict[str, Any]) -> dict[str, Any]:
        return {CONF_NAME: "", "members": [], **filled}

    @override
    def mistakes(self, data: Mapping[str, Any]) -> dict[str, str]:
        nobody = {} if data["members"] else {"members": "members_missing"}
        return self.mistakes_in_name(data) | nobody
