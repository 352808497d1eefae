"""The options of the hub: a menu, and one page each."""

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow

from custom_components.alert_gateway.fitting import readable_options
from custom_components.alert_gateway.objections import async_objection_to_options

from .choices import choices_of
from .option_pages import PAGES
from .subentry import Refusal, refusal_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .form import Form
    from .option_page import Page


class HubOptionsFlow(OptionsFlow):
    """Changes the settings; the modems stay connected."""

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to change."""
        return self.async_show_menu(step_id="init", menu_options=list(PAGES))

    async def async_step_general(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about numbers and languages."""
        return await self._fill_in("general", user_input)

    async def async_step_commands(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about the proof that commands need."""
        return await self._fill_in("commands", user_input)

    async def async_step_times(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about quiet hours and expiry."""
        return await self._fill_in("times", user_input)

    async def async_step_routes(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about order and budgets of routes."""
        return await self._fill_in("routes", user_input)

    async def async_step_limits(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about how much one person gets."""
        return await self._fill_in("limits", user_input)

    async def async_step_texts(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about texts of one's own."""
        return await self._fill_in("texts", user_input)

    async def async_step_supervision(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about what is watched."""
        return await self._fill_in("supervision", user_input)

    async def async_step_rehearsals(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about the weekly test."""
        return await self._fill_in("rehearsals", user_input)

    async def async_step_retention(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about what is kept."""
        return await self._fill_in("retention", user_input)

    async def async_step_mqtt(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about topics."""
        return await self._fill_in("mqtt", user_input)

    async def async_step_privacy(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about who sees what."""
        return await self._fill_in("privacy", user_input)

    async def async_step_assist(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about Assist."""
        return await self._fill_in("assist", user_input)

    async def async_step_compatibility(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the page about the integration that there was before."""
        return await self._fill_in("compatibility", user_input)

    async def _fill_in(self, step: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        hub, page = self.config_entry, PAGES[step]
        stored = readable_options(hub.options)
        form = page.form(await choices_of(self.hass, hub))
        if user_input is None:
            return self._show(step, form, form.values(page.shown(stored)))
        filled = form.document(user_input)
        options = page.stored(stored, filled)
        if (refusal := await self._refusal(page, form, filled, options)) is not None:
            return self._show(step, form, user_input, refusal)
        return self.async_create_entry(data=options)

    async def _refusal(
        self, page: Page, form: Form, filled: dict[str, Any], options: Mapping[str, Any]
    ) -> Refusal | None:
        if mistakes := page.mistakes(filled):
            return Refusal(errors={form.place(key): word for key, word in mistakes.items()})
        objection = await async_objection_to_options(self.hass, self.config_entry, options)
        return None if objection is None else refusal_of(form, objection)

    def _show(
        self, step: str, form: Form, values: Mapping[str, Any], refusal: Refusal | None = None
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(form.schema(), values),
            errors=None if refusal is None else dict(refusal.errors),
            description_placeholders={"reason": "" if refusal is None else refusal.reason},
        )
