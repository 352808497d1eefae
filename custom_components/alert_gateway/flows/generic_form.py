"""The two forms of an account at any HTTP provider: which recipe, then what that recipe wants to know."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from alert_engine.errors import ConfigError
from alert_engine.routes.providers.generic_http.making import SettingSpec, specs_of
from alert_engine.routes.providers.generic_http.presets import preset_names

from .choices import TEXT as TEXT_FIELD
from .codecs import AMOUNT, PLAIN, TEXT
from .form import Field, Form
from .provider_fields import PRESET_TITLES
from .provider_form import ADVANCED, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

PRESET: Final = "preset"
RECIPE: Final = "recipe"  # the field for all keys that are not of the account itself
SETTINGS: Final = "settings"
_OWN: Final = (PRESET, SETTINGS, "per_second", "expect_reports", "plain_http")
_PACE = NumberSelector(NumberSelectorConfig(mode=NumberSelectorMode.BOX, min=0.01, max=100, step="any"))


def recipe_form() -> Form:
    """Which preset, what goes over it, or a recipe of one's own. Reads a folder: not for the event loop."""
    options = [SelectOptionDict(value=each, label=PRESET_TITLES.get(each, each)) for each in preset_names()]
    config = SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
    return Form(
        (
            Field(key=PRESET, selector=SelectSelector(config)),
            Field(key=RECIPE, selector=ObjectSelector(), section=ADVANCED),
            Field(key="expect_reports", selector=BooleanSelector(), codec=PLAIN, section=ADVANCED),
            Field(key="per_second", selector=_PACE, codec=AMOUNT, section=ADVANCED),
            Field(key="plain_http", selector=BooleanSelector(), section=ADVANCED),
        )
    )


def recipe_shown(account: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the first form shows of an account."""
    own = {key: account[key] for key in _OWN if key in account and key != SETTINGS}
    recipe = {key: value for key, value in account.items() if key not in _OWN}
    return recipe_form().values(own | ({RECIPE: recipe} if recipe else {}))


def recipe_read(form: Form, filled: Mapping[str, Any]) -> dict[str, Any]:
    """Return the account of the first form, without its settings.

    Raises:
        ConfigError: what was written as a recipe is none.
    """
    read = form.document(filled)
    recipe = read.pop(RECIPE, None) or {}
    if not isinstance(recipe, dict):
        raise ConfigError("must be keys and their values, in YAML")
    return {**recipe, **read}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsForm:
    """What a recipe wants to know of an account. Secrets that are there are never shown."""

    form: Form
    secrets: frozenset[str]
    present: Mapping[str, str] = field(repr=False)

    def shown(self) -> dict[str, Any]:
        """What the form begins with."""
        return self.form.values({key: each for key, each in self.present.items() if key not in self.secrets})

    def read(self, filled: Mapping[str, Any]) -> dict[str, str]:
        """The settings; an empty secret stays as it is."""
        asked = {field.key for field in self.form.fields}
        kept = {key: value for key, value in self.present.items() if key in self.secrets or key not in asked}
        return kept | self.form.document(filled)


def settings_form(
    account: Mapping[str, Any], present: Mapping[str, str], *, secrets_only: bool = False
) -> SettingsForm:
    """Return the second form of an account. It may read a file: not for the event loop.

    Raises:
        ConfigError: the recipe makes no sense.
    """
    specs = specs_of({key: value for key, value in account.items() if key != SETTINGS})
    secrets = frozenset(name for name, spec in specs.items() if spec.secret)
    asked = {name: spec for name, spec in specs.items() if spec.secret or not secrets_only}
    fields = tuple(_field(name, spec, is_kept=bool(present.get(name))) for name, spec in asked.items())
    known = {name: value for name, value in present.items() if name in specs}
    return SettingsForm(form=Form(fields), secrets=secrets, present=known)


async def async_settings_form(
    hass: HomeAssistant, account: Mapping[str, Any], present: Mapping[str, str], *, secrets_only: bool
) -> SettingsForm:
    """Return the second form. Raises ConfigError."""
    return await hass.async_add_executor_job(
        lambda: settings_form(account, present, secrets_only=secrets_only)
    )


def _field(name: str, spec: SettingSpec, *, is_kept: bool) -> Field:
    return Field(
        key=name,
        selector=PASSWORD if spec.secret else TEXT_FIELD,
        codec=TEXT,
        required=spec.required and not (spec.secret and is_kept),
        default=spec.default or None,
    )
