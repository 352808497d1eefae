"""The steps of a flow that are about an account at a provider: new, other credentials, other settings."""

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.webhook import async_generate_id
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_TYPE
from homeassistant.core import callback

from alert_engine.routes.providers.provider import is_called
from custom_components.alert_gateway.cloudhook import async_forget_address
from custom_components.alert_gateway.const import (
    CONF_CALLBACK_SECRET,
    CONF_CLOUD_ADDRESS,
    CONF_KIND,
    CONF_ROUTE,
    CONF_SETTINGS,
    DOMAIN,
    EntryKind,
)
from custom_components.alert_gateway.entries import free_route_name
from custom_components.alert_gateway.public_url import (
    CallbackAddress,
    async_callback_address,
    async_callback_doubt,
    losses_of,
)

from .account_trial import let_go
from .provider_fields import CLOUD_TYPES, PRESET_TITLES, PROTOCOL_TYPES, TITLES
from .provider_form import AccountForm, account_form, account_identity
from .provider_trial import AccountRefusal, Tried, async_try

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .form import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An account that was tried, before it becomes an entry or changes one."""

    kind: str
    settings: Mapping[str, Any] = field(repr=False)
    tried: Tried
    route: str
    secret: str = field(repr=False)
    address: CallbackAddress
    is_new: bool


class ProviderSteps(ConfigFlow):
    """Menus, one form for each type, and what there is to know at the end."""

    _draft: Draft | None = None
    _is_made = False  # the entry owns the address of the cloud from now on

    async def async_step_provider(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which company."""
        return self.async_show_menu(step_id="provider", menu_options=list(CLOUD_TYPES))

    async def async_step_protocol(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which of the ways that many companies have."""
        return self.async_show_menu(step_id="protocol", menu_options=list(PROTOCOL_TYPES))

    async def async_step_reauth(self, _entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask for other credentials: the provider does not accept these any more."""
        return await self._change_account()

    async def _change_account(self) -> ConfigFlowResult:
        """Begin with the form of the account that is there."""
        entry = self.present_account
        assert entry is not None  # noqa: S101 - these flows begin at an entry
        step = getattr(self, f"async_step_{entry.data[CONF_TYPE]}")
        result: ConfigFlowResult = await step()
        return result

    @property
    def present_account(self) -> ConfigEntry | None:
        """The entry that is changed; None: the account is new."""
        match self.source:
            case str(source) if source == SOURCE_REAUTH:
                return self._get_reauth_entry()
            case str(source) if source == SOURCE_RECONFIGURE:
                return self._get_reconfigure_entry()
        return None

    @property
    def present_settings(self) -> dict[str, Any] | None:
        """Of the account: as it was tried in this flow, else as it is stored; None: it is new."""
        if self._draft is not None:
            return dict(self._draft.settings)
        entry = self.present_account
        return None if entry is None else dict(entry.data[CONF_SETTINGS])

    @property
    def asks_for_secrets_only(self) -> bool:
        """The rest of the account is as it was."""
        return self.source == SOURCE_REAUTH

    @property
    def standing_refusal(self) -> AccountRefusal | None:
        """Why other credentials are asked for; None where nothing speaks against the present ones now."""
        entry = self.present_account
        if entry is None or not self.asks_for_secrets_only or entry.state is not ConfigEntryState.LOADED:
            return None
        health = entry.runtime_data.engine.routes()[entry.data[CONF_ROUTE]]
        return AccountRefusal(word="account_refused", reason=health.reason) if health.is_refused else None

    async def async_ask_account(self, kind: str, filled: dict[str, Any] | None) -> ConfigFlowResult:
        """Show the form of a type, or take what was filled in."""
        make = partial(account_form, kind, self.present_settings, secrets_only=self.asks_for_secrets_only)
        form: AccountForm = await self.hass.async_add_executor_job(make)
        if filled is None:
            return self.show_account(kind, form.form, form.shown(), self.standing_refusal)
        settings = form.read(filled)
        answer = await self.async_try_account(kind, settings)
        if isinstance(answer, AccountRefusal):
            return self.show_account(kind, form.form, filled, answer)
        return await self.async_accept(kind, settings, answer)

    def show_account(
        self, step: str, form: Form, values: Mapping[str, Any], refusal: AccountRefusal | None = None
    ) -> ConfigFlowResult:
        """Show a form with what was typed, and with what was wrong with it."""
        place = () if refusal is None else refusal.place
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(form.schema(), values),
            errors={} if refusal is None else {form.place(*place): refusal.word},
            description_placeholders={
                "reason": "" if refusal is None else refusal.reason,
                "field": ".".join(str(each) for each in place),
            },
        )

    async def async_try_account(self, kind: str, settings: Mapping[str, Any]) -> Tried | AccountRefusal:
        """Look at an account. A message centre may allow one log-in only: the entry lets go of it then."""
        async with let_go(self.hass, self.present_account if kind == "smpp" else None):
            return await async_try(self.hass, kind, settings)

    async def async_accept(self, kind: str, settings: Mapping[str, Any], tried: Tried) -> ConfigFlowResult:
        """Go on with an account that makes sense and was not refused."""
        entry = self.present_account
        same = await self.async_set_unique_id(account_identity(kind, settings), raise_on_progress=False)
        if same is not None and (entry is None or same.entry_id != entry.entry_id):
            return self.async_abort(reason="account_exists")
        if entry is None:
            route, known = free_route_name(self.hass, _stem(kind, settings)), ""
            secret = async_generate_id() if self._draft is None else self._draft.secret
        else:
            route, secret = entry.data[CONF_ROUTE], entry.data[CONF_CALLBACK_SECRET]
            known = entry.data.get(CONF_CLOUD_ADDRESS, "")
        address = CallbackAddress()
        if is_called(tried.account):
            address = await async_callback_address(self.hass, route, secret, known)
        before = self._draft
        if before is not None and before.is_new and before.address.is_cloud and not address.is_cloud:
            await async_forget_address(self.hass, before.secret)
        self._draft = Draft(
            kind=kind,
            settings=settings,
            tried=tried,
            route=route,
            secret=secret,
            address=address,
            is_new=entry is None,
        )
        if self.asks_for_secrets_only:
            return await (self._finish() if tried.is_looked_at else self._last_step())
        return await self.async_step_unseen() if not tried.is_looked_at else await self.async_step_called()

    async def async_step_unseen(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say that nobody could look at the account."""
        if user_input is None:
            return self.async_show_form(step_id="unseen")
        return await self.async_step_called()

    async def async_step_called(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say where the provider calls, or what is lost because it cannot."""
        draft = self._draft
        assert draft is not None  # noqa: S101 - an account was accepted
        losses = losses_of(draft.tried.account)
        if user_input is not None or not losses:
            return await self._last_step()
        if draft.address.url:
            doubt = await async_callback_doubt(self.hass, draft.address)
            return self.async_show_form(
                step_id="called",
                errors={} if doubt is None else {"base": doubt.value},
                description_placeholders={"url": draft.address.url},
            )
        trouble = draft.address.trouble
        return self.async_show_form(
            step_id="not_called" if losses.reports else "not_answered",
            errors={} if trouble is None else {"base": trouble.value},
            description_placeholders={"channels": ", ".join(sorted(losses.reports))},
        )

    async def async_step_not_called(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go on without reports and answers."""
        return await self.async_step_called(user_input)

    async def async_step_not_answered(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go on without answers."""
        return await self.async_step_called(user_input)

    @callback
    @override
    def async_remove(self) -> None:
        """Give back what the cloud gave for an account that was not made after all."""
        super().async_remove()
        draft = self._draft
        if draft is None or self._is_made or not draft.is_new or not draft.address.is_cloud:
            return
        self.hass.async_create_task(
            async_forget_address(self.hass, draft.secret), f"{DOMAIN} address of the cloud"
        )

    async def _last_step(self) -> ConfigFlowResult:
        """Go on when all is told."""
        return await self._finish()

    async def _finish(self) -> ConfigFlowResult:
        draft, entry = self._draft, self.present_account
        assert draft is not None  # noqa: S101 - an account was accepted
        if entry is None and free_route_name(self.hass, draft.route) != draft.route:
            # Somebody else made an account meanwhile: its name is part of the address.
            return await self.async_accept(draft.kind, draft.settings, draft.tried)
        self._is_made = True
        if entry is not None:
            is_accepted = self.asks_for_secrets_only and draft.tried.is_looked_at
            return self.async_update_reload_and_abort(
                entry,
                unique_id=self.unique_id,
                data_updates={CONF_SETTINGS: dict(draft.settings)},
                reason="reauth_successful" if is_accepted else "reconfigure_successful",
            )
        data = {
            CONF_KIND: EntryKind.PROVIDER,
            CONF_TYPE: draft.kind,
            CONF_ROUTE: draft.route,
            CONF_SETTINGS: dict(draft.settings),
            CONF_CALLBACK_SECRET: draft.secret,
        }
        if draft.address.is_cloud:
            data[CONF_CLOUD_ADDRESS] = draft.address.url
        return self.async_create_entry(title=_title(draft), data=data)


def _stem(kind: str, settings: Mapping[str, Any]) -> str:
    """What the route of a new account is called, where that is free."""
    return str(settings.get("preset") or kind) if kind in {"generic_http", "smtp"} else kind


def _title(draft: Draft) -> str:
    """What a new account is called: its company; a number tells it from others."""
    preset = str(draft.settings.get("preset", ""))
    name = PRESET_TITLES.get(preset) if draft.kind == "generic_http" else None
    number = draft.route.removeprefix(_stem(draft.kind, draft.settings)).removeprefix("_")
    return f"{name or TITLES[draft.kind]} {number}".rstrip()


def _step_of(kind: str) -> Any:
    async def step(self: ProviderSteps, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        return await self.async_ask_account(kind, user_input)

    step.__doc__ = f"Ask for an account of type {kind}."
    step.__name__ = f"async_step_{kind}"
    return step


# Home Assistant finds a step by its name, and each type has a form, and texts, of its own.
for _kind in (*CLOUD_TYPES, *PROTOCOL_TYPES):
    if _kind != "generic_http":
        setattr(ProviderSteps, f"async_step_{_kind}", _step_of(_kind))
