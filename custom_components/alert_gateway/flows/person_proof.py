"""What a person proves themselves with: a PIN, or an app for one-time codes. Neither is kept in the entry."""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import probatio as vol
from homeassistant.const import CONF_PIN
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.selector import (
    QrCodeSelector,
    QrCodeSelectorConfig,
    QrErrorCorrectionLevel,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from alert_engine.errors import InvalidRequestError, JournalError, UnknownRecipientError
from custom_components.alert_gateway.const import AUDIT_BY
from custom_components.alert_gateway.document import recipient_id
from custom_components.alert_gateway.host import DATA_HOST

from .form import BASE
from .subentry import HubItemFlow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from homeassistant.config_entries import SubentryFlowResult

    from alert_engine.inbound.access import Access

_AGAIN = "pin_again"
_QR_CODE = "qr_code"
_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password"))
PIN_SCHEMA = vol.Schema({vol.Required(CONF_PIN): _SECRET, vol.Required(_AGAIN): _SECRET})
_NOTHING = vol.Schema({})


class ProofSteps(HubItemFlow):
    """The steps that set, show once, and forget."""

    _uri = ""  # what the app is told

    async def async_step_pin(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Give the person a PIN; what was typed is not shown again."""
        errors: dict[str, str] = {}
        if user_input is not None:
            pin = user_input[CONF_PIN].strip()
            if pin != user_input[_AGAIN].strip():
                errors = {_AGAIN: "pins_differ"}
            else:
                errors = await self._tried(lambda access: access.set_pin(self._person, pin, by=AUDIT_BY))
            if not errors:
                return self.async_abort(reason="pin_set")
        return self._show_step("pin", PIN_SCHEMA, errors)

    async def async_step_one_time_codes(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask before an earlier key is void; then show the new one, once."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await self._tried(self._make_key)
            if not errors:
                return self._show_key()
        return self._show_step("one_time_codes", _NOTHING, errors)

    async def async_step_key(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """The app has it now."""
        return self.async_abort(reason="one_time_codes_set")

    async def async_step_forget(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Forget both."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await self._tried(lambda access: access.clear_secrets(self._person, by=AUDIT_BY))
            if not errors:
                return self.async_abort(reason="proof_forgotten")
        return self._show_step("forget", _NOTHING, errors)

    @property
    def _person(self) -> str:
        return recipient_id(self._get_reconfigure_subentry())

    async def _make_key(self, access: Access) -> None:
        self._uri = await access.set_totp(self._person, by=AUDIT_BY)

    async def _tried(self, request: Callable[[Access], Awaitable[None]]) -> dict[str, str]:
        """Do it; return what kept us from it."""
        try:
            await request(self.hass.data[DATA_HOST].engine.access)
        except ServiceValidationError:
            return {BASE: "not_loaded"}
        except UnknownRecipientError:
            return {BASE: "person_left_out"}
        except InvalidRequestError:
            return {CONF_PIN: "pin_refused"}
        except JournalError:
            return {BASE: "not_saved"}
        return {}

    def _show_key(self) -> SubentryFlowResult:
        code = QrCodeSelector(
            QrCodeSelectorConfig(
                data=self._uri, scale=6, error_correction_level=QrErrorCorrectionLevel.QUARTILE
            )
        )
        secret = parse_qs(urlsplit(self._uri).query)["secret"][0]
        return self._show_step("key", vol.Schema({vol.Optional(_QR_CODE): code}), {}, key=secret)

    def _show_step(
        self, step: str, schema: vol.Schema, errors: dict[str, str], **shown: str
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=schema,
            errors=errors,
            description_placeholders={"person": self._get_reconfigure_subentry().title, **shown},
        )
