"""The form of a heartbeat: a sign of life that must come again and again."""

from typing import TYPE_CHECKING, Any, ClassVar, override

from alert_engine.model import Severity
from custom_components.alert_gateway.const import SUBENTRY_HEARTBEAT

from .choices import LONG_DURATION, TEXT, Choices, named, one_of
from .codecs import DURATION, WAIT, known
from .codecs import TEXT as STRIPPED
from .form import Field, Form
from .subentry import HubItemFlow

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALARM = "alarm"


def heartbeat_form(choices: Choices) -> Form:
    """Who gives it, how often, and what happens when it stays away."""
    return Form(
        (
            Field(key="source", selector=TEXT, codec=STRIPPED, required=True),
            Field(key="key", selector=TEXT, codec=STRIPPED, required=True),
            Field(key="period", selector=LONG_DURATION, codec=DURATION, required=True),
            Field(key="grace", selector=LONG_DURATION, codec=WAIT, default="1min"),
            Field(
                section=_ALARM,
                key="severity",
                selector=one_of(Severity, "severity"),
                default=Severity.HIGH.value,
            ),
            Field(
                section=_ALARM, key="policy", selector=named(choices.policies), codec=known(choices.policies)
            ),
            Field(section=_ALARM, key="title", selector=TEXT, codec=STRIPPED),
        )
    )


class HeartbeatFlow(HubItemFlow):
    """Adds or changes a heartbeat."""

    kind: ClassVar[str] = SUBENTRY_HEARTBEAT

    @override
    def form(self, choices: Choices) -> Form:
        return heartbeat_form(choices)

    @override
    def stored(self, filled: dict[str, Any]) -> dict[str, Any]:
        return {"source": "", "key": "", **filled}

    @override
    def title(self, data: Mapping[str, Any]) -> str:
        return str(data.get("title") or self.identity(data))

    @override
    def identity(self, data: Mapping[str, Any]) -> str:
        return f"{data.get('source')}/{data.get('key')}"

    @override
    def mistakes(self, data: Mapping[str, Any]) -> dict[str, str]:
        missing = {key: "name_missing" for key in ("source", "key") if not data[key]}
        too_short = {} if "period" in data else {"period": "period_missing"}
        others = self._get_entry().get_subentries_of_type(SUBENTRY_HEARTBEAT)
        known_ones = {self.identity(each.data) for each in others if each is not self.present}
        taken = {"key": "heartbeat_taken"} if self.identity(data) in known_ones else {}
        return missing | too_short | taken
