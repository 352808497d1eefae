"""The form of a policy: what happens when an alarm is raised."""

from typing import TYPE_CHECKING, Any, ClassVar, override

from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.util import slugify

from alert_engine.model import AcknowledgeBy, Channel, Proof, Severity, Until
from alert_engine.settings import BUILT_IN_POLICIES
from custom_components.alert_gateway.const import SUBENTRY_POLICY

from .choices import DURATION, Choices, choices_of, labels_of, named, one_of, some_of, table
from .codecs import DURATION as SOME_TIME
from .codecs import TEXT, WAIT, WHOLE, known, labelled, many, rows
from .form import Field, Form
from .subentry import HubItemFlow, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import SubentryFlowResult

_LADDER, _PROOF, _LIFE = "ladder", "proof_section", "life"
_MOST = 1000  # times again; -1 is without end
_LONGEST_NAME = 64
_TIMES = NumberSelector(NumberSelectorConfig(min=-1, max=_MOST, step=1, mode=NumberSelectorMode.BOX))


def policy_name_form(choices: Choices) -> Form:
    """The severity that it is for, or a name of its own."""
    # By their words: where anything may be typed, a form shows values, not their translations.
    words = choices.labels["severity"]
    left = [words[severity] for severity in reversed(Severity) if severity not in choices.policies]
    names = SelectSelectorConfig(options=left, custom_value=True, mode=SelectSelectorMode.DROPDOWN)
    return Form((Field(key=CONF_NAME, selector=SelectSelector(names), codec=TEXT, required=True),))


def policy_form(choices: Choices) -> Form:
    """Who is told, how, how often, and until when."""
    return Form((*_told(choices), *_ladder(choices), *_proof(), *_life()))


def _told(choices: Choices) -> tuple[Field, ...]:
    return (
        Field(
            key="notify",
            selector=named(choices.recipients, multiple=True),
            codec=many(known(choices.recipients)),
        ),
        Field(key="channels", selector=some_of(Channel, "channel"), codec=many(known(frozenset(Channel)))),
    )


def _ladder(choices: Choices) -> tuple[Field, ...]:
    columns = {
        "after": DURATION,
        "notify": labels_of(choices.recipients, multiple=True),
        "channels": labels_of(choices.labels["channel"], multiple=True),
        "repeat": _TIMES,
        "every": DURATION,
    }
    codec = rows(
        {
            "after": WAIT,
            "notify": many(labelled(choices.recipients)),
            "channels": many(choices.codec("channel")),
            "repeat": WHOLE,
            "every": SOME_TIME,
        }
    )
    steps = table("step", columns, ("after",), heading="after", detail="notify")
    return (
        Field(section=_LADDER, key="steps", selector=steps, codec=codec),
        Field(section=_LADDER, key="rounds", selector=_TIMES, codec=WHOLE),
        Field(section=_LADDER, key="round_every", selector=DURATION, codec=SOME_TIME),
        Field(
            section=_LADDER, key="until", selector=one_of(Until, "until"), default=Until.ACKNOWLEDGED.value
        ),
    )


def _proof() -> tuple[Field, ...]:
    return (
        Field(section=_PROOF, key="proof", selector=one_of(Proof, "proof"), default=Proof.ACCEPTED.value),
        Field(section=_PROOF, key="fallback_after", selector=DURATION, codec=SOME_TIME),
        Field(
            section=_PROOF,
            key="acknowledge_by",
            selector=one_of(AcknowledgeBy, "acknowledge_by"),
            default=AcknowledgeBy.ANY.value,
        ),
    )


def _life() -> tuple[Field, ...]:
    return (
        Field(section=_LIFE, key="hold", selector=DURATION, codec=SOME_TIME),
        Field(section=_LIFE, key="remind_every", selector=DURATION, codec=SOME_TIME),
        Field(section=_LIFE, key="latch", selector=BooleanSelector(), default=False),
        Field(section=_LIFE, key="reopen_within", selector=DURATION, codec=WAIT, default="10min"),
    )


class PolicyFlow(HubItemFlow):
    """Adds or changes a policy. Its name stays: alarms, heartbeats and actions know it by that."""

    kind: ClassVar[str] = SUBENTRY_POLICY
    _name = ""
    _title = ""

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the name; what is built in for a severity is what the next form begins with."""
        choices = await choices_of(self.hass, self._get_entry())
        form = policy_name_form(choices)
        if user_input is None:
            return self._show("user", form, {})
        typed = _as_severity(form.document(user_input).get(CONF_NAME, ""), choices)
        self._title = choices.labels["severity"].get(typed, typed)
        self._name = slugify(typed)[:_LONGEST_NAME] if typed else ""
        if mistakes := self._mistakes_in_new_name():
            return self._show("user", form, user_input, Refusal(errors=mistakes))
        return await self.async_step_policy()

    async def async_step_policy(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for everything else of a new one."""
        return await self._fill_in("policy", user_input)

    @override
    def form(self, choices: Choices) -> Form:
        return policy_form(choices)

    @override
    def beginning(self) -> dict[str, Any]:
        built_in = next((policy for policy in BUILT_IN_POLICIES if policy.name == self._name), None)
        if built_in is None or built_in.fallback_after is None:
            return {}
        seconds = int(built_in.fallback_after.total_seconds())
        return {"proof": built_in.proof.value, "fallback_after": f"{seconds}s"}

    @override
    def stored(self, filled: dict[str, Any]) -> dict[str, Any]:
        name = self._name if self.present is None else self.present.data.get(CONF_NAME, "")
        return {CONF_NAME: name, **filled}

    @override
    def title(self, data: Mapping[str, Any]) -> str:
        return self._title if self.present is None else self.present.title

    @override
    def mistakes(self, data: Mapping[str, Any]) -> dict[str, str]:
        told_twice = "steps" in data and ("notify" in data or "channels" in data)
        return {"steps": "told_twice"} if told_twice else {}

    def _mistakes_in_new_name(self) -> dict[str, str]:
        policies = self._get_entry().get_subentries_of_type(SUBENTRY_POLICY)
        if self._name in [policy.data.get(CONF_NAME) for policy in policies]:
            return {CONF_NAME: "name_taken"}
        return self.mistakes_in_name({CONF_NAME: self._title})


def _as_severity(typed: str, choices: Choices) -> str:
    """The severity that somebody typed instead of picking it, in the language of the form."""
    labels = {label.casefold(): word for word, label in choices.labels["severity"].items()}
    return labels.get(typed.casefold(), typed)
