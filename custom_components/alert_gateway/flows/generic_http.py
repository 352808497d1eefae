"""The steps for an account at a provider that a recipe describes."""

from typing import TYPE_CHECKING, Any

from alert_engine.errors import ConfigError

from .account_trial_steps import AccountTrialSteps
from .generic_form import (
    PRESET,
    RECIPE,
    SETTINGS,
    SettingsForm,
    async_settings_form,
    recipe_form,
    recipe_read,
    recipe_shown,
)
from .provider_trial import AccountRefusal

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigFlowResult

_KIND = "generic_http"


class GenericHttpSteps(AccountTrialSteps):
    """Which recipe, then what it wants to know."""

    _recipe: dict[str, Any] | None = None  # the account without its settings

    async def async_step_generic_http(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the recipe. Whoever has to give other credentials has one already."""
        account = self.present_settings or {}
        if self.asks_for_secrets_only:
            self._recipe = {key: value for key, value in account.items() if key != SETTINGS}
            return await self.async_step_generic_http_account()
        form = await self.hass.async_add_executor_job(recipe_form)
        if user_input is None:
            shown = await self.hass.async_add_executor_job(recipe_shown, account)
            return self.show_account(_KIND, form, shown)
        try:
            self._recipe = recipe_read(form, user_input)
            if not self._recipe.get(PRESET) and "send" not in self._recipe:
                refusal = AccountRefusal(word="recipe_missing", reason="", place=(PRESET,))
                return self.show_account(_KIND, form, user_input, refusal)
            await self._settings_form()
        except ConfigError as error:
            return self.show_account(_KIND, form, user_input, _refusal(error))
        return await self.async_step_generic_http_account()

    async def async_step_generic_http_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for what the recipe wants to know."""
        step, form = "generic_http_account", await self._settings_form()
        if user_input is None and form.form.fields:
            return self.show_account(step, form.form, form.shown(), self.standing_refusal)
        account = {**(self._recipe or {}), SETTINGS: form.read(user_input or {})}
        answer = await self.async_try_account(_KIND, account)
        if isinstance(answer, AccountRefusal):
            if answer.place[:1] == (SETTINGS,):
                answer = AccountRefusal(word=answer.word, reason=answer.reason, place=answer.place[1:])
            return self.show_account(step, form.form, user_input or {}, answer)
        return await self.async_accept(_KIND, account, answer)

    async def _settings_form(self) -> SettingsForm:
        """Raises ConfigError."""
        account, recipe = self.present_settings or {}, self._recipe or {}
        # The secrets of one provider are not for another, though they have the same names.
        present = account.get(SETTINGS, {}) if account.get(PRESET) == recipe.get(PRESET) else {}
        return await async_settings_form(
            self.hass, recipe, dict(present), secrets_only=self.asks_for_secrets_only
        )


def _refusal(error: ConfigError) -> AccountRefusal:
    """The recipe stands in one field: which part is meant, the text says."""
    place = ".".join(str(step) for step in error.path)
    text = str(error).removeprefix(f"{place}: ")
    return AccountRefusal(word="recipe_refused", reason=text, place=(RECIPE, *error.path))
