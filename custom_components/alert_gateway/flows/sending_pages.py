"""The pages of the hub's options about messages: how much one person gets, which proof, which words."""

from typing import TYPE_CHECKING, Any

from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig, SelectSelectorMode

from alert_engine.config.sending import a_window
from alert_engine.config.shapes import fits
from alert_engine.decisions.throttle import DEFAULT_LIMITS
from alert_engine.inbound.words import TIERS, BuiltIn
from alert_engine.model import Tier
from alert_engine.texts import LANGUAGES
from alert_engine.texts.forms import FORMS

from .choices import DURATION, TEXT, TEXTS, labels_of, one_of, table
from .codecs import LINES, PLAIN, TIER, WAIT, Codec, rows
from .codecs import TEXT as STRIPPED
from .form import Field, Form
from .option_page import Page, inner, mapping, mistakes_in_rows, replaced

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import timedelta

    from alert_engine.decisions.throttle import Window

    from .choices import Choices

_LIMITS, _COMMANDS, _TIERS, _TEMPLATES = "limits", "commands", "tiers", "templates"


def _time(span: timedelta) -> str:
    return str(WAIT.read({"seconds": span.total_seconds()}))


def _lines(windows: Iterable[Window]) -> list[str]:
    return [f"{window.most} in {_time(window.span)}" for window in windows]


_BUILT_IN_LIMITS: Mapping[str, Mapping[str, Any]] = {
    channel.value: {
        "windows": _lines(limits.windows),
        "reserve": _lines(limits.reserve),
        "bundle": _time(limits.bundle),
    }
    for channel, limits in DEFAULT_LIMITS.items()
}


def _limits_form(choices: Choices) -> Form:
    columns = {
        "channel": labels_of(choices.labels["channel"]),
        "windows": TEXTS,
        "reserve": TEXTS,
        "bundle": DURATION,
    }
    # A column that is needed comes back empty when it was emptied: an empty reserve is none, and no mistake.
    needed = ("channel", "windows", "reserve")
    codec = rows(
        {"channel": choices.codec("channel"), "windows": LINES, "reserve": LINES, "bundle": WAIT}, needed
    )
    selector = table("limit", columns, needed, heading="channel", detail="windows")
    return Form((Field(key=_LIMITS, selector=selector, codec=codec),))


def _limits_shown(options: Mapping[str, Any]) -> dict[str, Any]:
    """All channels, with what is built in where nothing is said."""
    said = options.get(_LIMITS, {})
    return {
        _LIMITS: [
            {"channel": channel, **built_in, **mapping(said.get(channel))}
            for channel, built_in in _BUILT_IN_LIMITS.items()
        ]
    }


def _limits_stored(options: Mapping[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    """Only what is not as it is built in: the rest follows a later release."""
    limits = {}
    for row in filled.get(_LIMITS, ()):
        built_in = _BUILT_IN_LIMITS[row["channel"]]
        if own := {key: row[key] for key in built_in if key in row and row[key] != built_in[key]}:
            limits[row["channel"]] = own
    return inner(options, _LIMITS, limits)


def _limits_mistakes(filled: Mapping[str, Any]) -> dict[str, str]:
    if mistakes := mistakes_in_rows(_LIMITS, "channel")(filled):
        return mistakes
    for row in filled.get(_LIMITS, ()):
        lines = (*row["windows"], *row["reserve"])
        if not row["windows"] or not all(fits(a_window, line) for line in lines):
            return {_LIMITS: "window_invalid"}
    return {}


def _commands_form(_choices: Choices) -> Form:
    return Form(tuple(_tier_field(command) for command in BuiltIn))


def _tier_field(command: BuiltIn) -> Field:
    tiers = [str(tier.value) for tier in Tier if tier >= TIERS[command]]
    return Field(
        key=_field_of(command),
        selector=one_of(tiers, "command_tier"),
        codec=Codec(read=TIER.read, show=_shown_if_in(tiers)),
        default=int(TIERS[command]),
    )


def _shown_if_in(tiers: Collection[str]) -> Any:
    return lambda tier: str(tier) if str(tier) in tiers else None


def _field_of(command: BuiltIn) -> str:
    return command.value.lower()


def _commands_shown(options: Mapping[str, Any]) -> dict[str, Any]:
    tiers = mapping(options.get(_COMMANDS, {}).get(_TIERS))
    return {_field_of(command): tiers.get(command.value) for command in BuiltIn}


def _commands_stored(options: Mapping[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    asked = {command: filled.get(_field_of(command), TIERS[command]) for command in BuiltIn}
    tiers = {command.value: tier for command, tier in asked.items() if tier != TIERS[command]}
    said = options.get(_COMMANDS, {})
    return inner(options, _COMMANDS, replaced(said, (_TIERS,), {_TIERS: tiers} if tiers else {}))


_OF_A_TEXT = {"language", "name", "text"}


def _texts_form(_choices: Choices) -> Form:
    def names(options: Iterable[str], *, others: bool) -> SelectSelector:
        config = SelectSelectorConfig(
            options=list(options), custom_value=others, mode=SelectSelectorMode.DROPDOWN
        )
        return SelectSelector(config)

    columns = {
        "language": names(LANGUAGES, others=True),
        "name": names(FORMS, others=False),
        "text": TEXT,
    }
    codec = rows({"language": STRIPPED, "name": PLAIN, "text": PLAIN}, columns)
    selector = table("own_text", columns, columns, heading="name", detail="text")
    return Form((Field(key=_TEMPLATES, selector=selector, codec=codec),))


def _texts_shown(options: Mapping[str, Any]) -> dict[str, Any]:
    own = [
        {"language": language, "name": name, "text": text}
        for language, texts in options.get(_TEMPLATES, {}).items()
        for name, text in mapping(texts).items()
    ]
    return {_TEMPLATES: own}


def _texts_stored(options: Mapping[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    texts: dict[str, dict[str, str]] = {}
    for row in filled.get(_TEMPLATES, ()):
        if row.keys() == _OF_A_TEXT:
            texts.setdefault(row["language"], {})[row["name"]] = row["text"]
    return inner(options, _TEMPLATES, texts)


def _texts_mistakes(filled: Mapping[str, Any]) -> dict[str, str]:
    texts = filled.get(_TEMPLATES, ())
    if any(row.keys() != _OF_A_TEXT for row in texts):
        return {_TEMPLATES: "text_missing"}
    return mistakes_in_rows(_TEMPLATES, "language", "name")(filled)


LIMITS = Page(form=_limits_form, shown=_limits_shown, stored=_limits_stored, mistakes=_limits_mistakes)
COMMANDS = Page(form=_commands_form, shown=_commands_shown, stored=_commands_stored)
OWN_TEXTS = Page(form=_texts_form, shown=_texts_shown, stored=_texts_stored, mistakes=_texts_mistakes)
