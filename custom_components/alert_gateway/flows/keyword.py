"""The form of a keyword: a word that people text, and what follows it."""

from typing import TYPE_CHECKING, Any, ClassVar, override

import probatio as vol
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
)
from homeassistant.util import slugify

from alert_engine.decisions.consent import CONSENT_WORDS, folded
from alert_engine.inbound.words import LANGUAGES, WORDS
from alert_engine.model import ParameterKind, Tier
from custom_components.alert_gateway.alarm_panels import (
    KEY_ACTION,
    KEY_PANEL,
    PANELS,
    PanelAction,
    PanelOrder,
    objection_to_panel,
)
from custom_components.alert_gateway.const import SUBENTRY_KEYWORD
from custom_components.alert_gateway.document import KEY_HOME_ASSISTANT, OPTION_COMMANDS

from .choices import TEXT, TEXTS, Choices, labels_of, named, one_of, table
from .codecs import AMOUNT, PLAIN, TIER, WHOLE, known, many, rows
from .codecs import TEXT as STRIPPED
from .codecs import TEXTS as WORDS_OF_LIST
from .form import Field, Form
from .subentry import HubItemFlow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import SubentryFlowResult

_PARAMETERS, _PANEL = "parameters_section", "panel_section"
_PANELS = EntitySelector(EntitySelectorConfig(domain=PANELS))
_LONGEST_NAME = 64
_LONGEST_TEXT = 140
_EXAMPLE_PROOF = "123456"  # stands for a PIN or a one-time code
_TIERS = [str(tier.value) for tier in Tier]
_LONG_TEXT = TextSelector(TextSelectorConfig(multiline=True))
_LIMIT = NumberSelector(NumberSelectorConfig(step="any", mode=NumberSelectorMode.BOX))
_LENGTH = NumberSelector(NumberSelectorConfig(min=1, max=_LONGEST_TEXT, step=1, mode=NumberSelectorMode.BOX))


def keyword_form(choices: Choices, *, is_new: bool = True) -> Form:
    """The words, who may write them, with how much proof. Its name stays: automations know it by that."""
    name = (Field(key=CONF_NAME, selector=TEXT, codec=STRIPPED, required=True),) if is_new else ()
    return Form(
        (
            *name,
            Field(key="words", selector=TEXTS, codec=WORDS_OF_LIST, required=True),
            Field(key="tier", selector=one_of(_TIERS, "tier"), codec=TIER, default=int(Tier.PROVEN)),
            Field(
                key="allowed",
                selector=named(choices.people, multiple=True),
                codec=many(known(choices.people)),
            ),
            Field(key="answer", selector=_LONG_TEXT, codec=STRIPPED),
            _parameters(choices),
            Field(section=_PANEL, key=KEY_PANEL, selector=_PANELS),
            Field(
                section=_PANEL,
                key=KEY_ACTION,
                selector=one_of(PanelAction, "panel_action"),
                default=PanelAction.ARM_AWAY.value,
            ),
        )
    )


def _parameters(choices: Choices) -> Field:
    columns = {
        "name": TEXT,
        "kind": labels_of(choices.labels["parameter_kind"]),
        "minimum": _LIMIT,
        "maximum": _LIMIT,
        "choices": TEXTS,
        "max_length": _LENGTH,
        "required": BooleanSelector(),
    }
    codec = rows(
        {
            "name": STRIPPED,
            "kind": choices.codec("parameter_kind"),
            "minimum": AMOUNT,
            "maximum": AMOUNT,
            "choices": WORDS_OF_LIST,
            "max_length": WHOLE,
            "required": PLAIN,
        }
    )
    selector = table("parameter", columns, ("name", "kind"), heading="name", detail="kind")
    return Field(section=_PARAMETERS, key="parameters", selector=selector, codec=codec)


class KeywordFlow(HubItemFlow):
    """Adds or changes a keyword, and shows how it is written."""

    kind: ClassVar[str] = SUBENTRY_KEYWORD
    _title = ""
    _accepted: Mapping[str, Any] = {}

    @override
    def form(self, choices: Choices) -> Form:
        return keyword_form(choices, is_new=self.present is None)

    @override
    def shown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {**data, **data.get(KEY_HOME_ASSISTANT, {})}

    @override
    def stored(self, filled: dict[str, Any]) -> dict[str, Any]:
        order = {KEY_PANEL: filled.pop(KEY_PANEL, None), KEY_ACTION: filled.pop(KEY_ACTION)}
        panel = {KEY_HOME_ASSISTANT: order} if order[KEY_PANEL] else {}
        return {"words": [], **filled, **panel, CONF_NAME: self._name_of(filled)}

    def _name_of(self, filled: Mapping[str, Any]) -> str:
        if self.present is not None:
            return str(self.present.data.get(CONF_NAME, ""))
        self._title = filled.get(CONF_NAME, "")
        return slugify(self._title)[:_LONGEST_NAME] if self._title else ""

    @override
    def title(self, data: Mapping[str, Any]) -> str:
        return self._title if self.present is None else self.present.title

    @override
    def mistakes(self, data: Mapping[str, Any]) -> dict[str, str]:
        in_words = self._mistakes_in_keyword_name(data[CONF_NAME]) | self._mistakes_in_words(data["words"])
        return in_words | self._mistakes_in_panel(data)

    def _mistakes_in_keyword_name(self, name: str) -> dict[str, str]:
        if not name:
            return {CONF_NAME: "name_missing"}
        others = self._others()
        return {CONF_NAME: "name_taken"} if name in [each.get(CONF_NAME) for each in others] else {}

    def _mistakes_in_words(self, words: list[str]) -> dict[str, str]:
        if not words:
            return {"words": "words_missing"}
        if any(len(word.split()) != 1 for word in words):
            return {"words": "word_with_blank"}
        taken = {folded(word) for other in self._others() for word in other.get("words", ())}
        taken |= self._built_in_words()
        meanings = [folded(word) for word in words]
        is_taken = bool(taken.intersection(meanings)) or len(set(meanings)) != len(meanings)
        return {"words": "word_taken"} if is_taken else {}

    def _mistakes_in_panel(self, data: Mapping[str, Any]) -> dict[str, str]:
        if (order := data.get(KEY_HOME_ASSISTANT)) is None:
            return {}
        wanted = {PanelAction(order[KEY_ACTION])}
        if any(parameter["kind"] == ParameterKind.ON_OFF for parameter in data.get("parameters", ())):
            wanted.add(PanelAction.DISARM)
        if PanelAction.DISARM in wanted and data["tier"] < Tier.PROVEN:
            return {"tier": "disarming_needs_proof"}
        orders = (PanelOrder(entity_id=order[KEY_PANEL], action=action) for action in sorted(wanted))
        objection = next(filter(None, (objection_to_panel(self.hass, each) for each in orders)), None)
        return {} if objection is None else {KEY_PANEL: objection}

    def _others(self) -> list[Mapping[str, Any]]:
        keywords = self._get_entry().get_subentries_of_type(SUBENTRY_KEYWORD)
        return [each.data for each in keywords if each is not self.present]

    def _built_in_words(self) -> set[str]:
        """Those of commands and of silence, in all languages that are understood."""
        commands = self._get_entry().options.get(OPTION_COMMANDS, {})
        languages = commands.get("languages", LANGUAGES)
        built_in = {word for each in WORDS.values() for language in languages for word in each[language]}
        return {folded(word) for word in built_in} | {folded(each.word) for each in CONSENT_WORDS}

    @override
    async def finish(self, data: dict[str, Any]) -> SubentryFlowResult:
        """Show how it is written before it is stored."""
        self._accepted = data
        return await self.async_step_example()

    async def async_step_example(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show a text that somebody could write."""
        if user_input is not None:
            return await super().finish(dict(self._accepted))
        return self.async_show_form(
            step_id="example",
            data_schema=vol.Schema({}),
            description_placeholders={"example": example_of(self._accepted)},
            last_step=True,
        )


def example_of(keyword: Mapping[str, Any]) -> str:
    """A text that somebody could write: ``HEAT 5 hall 123456``."""
    values = [_example_value(parameter) for parameter in keyword.get("parameters", ())]
    proof = [_EXAMPLE_PROOF] if keyword["tier"] >= Tier.PROVEN else []
    return " ".join([keyword["words"][0].upper(), *values, *proof])


def _example_value(parameter: Mapping[str, Any]) -> str:
    match parameter["kind"]:
        case ParameterKind.NUMBER:
            return str(parameter.get("minimum", parameter.get("maximum", 1)))
        case ParameterKind.CHOICE:
            return str(parameter["choices"][0])
        case ParameterKind.ON_OFF:
            return "ON"
        case _:
            return "…"
