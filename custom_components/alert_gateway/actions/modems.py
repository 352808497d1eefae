"""send_ussd, balance, restart_modem, run_at_command: what is asked of one way out."""

import re
from typing import TYPE_CHECKING, Final

import probatio as vol
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import service
from homeassistant.util import dt as dt_util

from alert_engine.errors import InvalidRequestError, RequestReason
from custom_components.alert_gateway.const import CONF_AT_COMMANDS, DOMAIN, EntryKind
from custom_components.alert_gateway.entries import is_hub, kind_of, loaded_modems

from .action import Action, Right
from .fields import timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import ServiceResponse

    from custom_components.alert_gateway.entries import ModemEntry, RouteEntry

    from .action import Errand

ATTR_ANSWERS: Final = "answers"
ATTR_COMMAND: Final = "command"
ATTR_USSD_CODE: Final = "ussd_code"

# Codes that change a PIN or PUK of the SIM (3GPP TS 22.030 clause 6.6.2). Action data is kept in the history
# of Home Assistant, so no PIN belongs there.
_CHANGES_PIN = re.compile(r"\*{1,2}0[45]2?\*")

_WHICH = {
    vol.Exclusive(ATTR_CONFIG_ENTRY_ID, "way out"): cv.string,
    vol.Exclusive(ATTR_DEVICE_ID, "way out"): cv.string,
}
USSD_SCHEMA = vol.Schema(
    {
        **_WHICH,
        vol.Required(ATTR_USSD_CODE): cv.string,
        vol.Optional(ATTR_ANSWERS, default=list): vol.All(cv.ensure_list, [cv.string]),
    }
)
WHICH_SCHEMA = vol.Schema(_WHICH)
AT_SCHEMA = vol.Schema({**_WHICH, vol.Required(ATTR_COMMAND): cv.string})


async def _send_ussd(errand: Errand) -> ServiceResponse:
    """Send a code, then answers to the menus that come."""
    code = errand.data[ATTR_USSD_CODE].strip()
    if _CHANGES_PIN.match(code):
        text = "ussd_code: it would change a PIN; do that in a phone"
        raise InvalidRequestError(text, RequestReason.PIN_CHANGE)
    said = await _modem(errand).runtime_data.messages.services.send_ussd(code, errand.data[ATTR_ANSWERS])
    return {
        "answers": [
            {"text": each.text, "wants_answer": each.wants_answer, "status": each.status} for each in said
        ]
    }


async def _balance(errand: Errand) -> ServiceResponse:
    """Ask what is left to pay with; what cannot be asked now is answered as it was known last."""
    route = _way_out(errand).runtime_data.route
    told = await errand.engine.ask_credit(route)
    if told is not None:
        return _credit(route, told.amount, told.currency, dt_util.utcnow())
    known = errand.engine.supervision().routes.get(route)
    if known is None or known.credit is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="balance_unknown")
    return _credit(route, known.credit, known.currency, known.credit_at)


def _credit(route: str, amount: Decimal, currency: str, at: datetime | None) -> ServiceResponse:
    return {"route": route, "amount": float(amount), "currency": currency, "told_at": timestamp(at)}


async def _restart_modem(errand: Errand) -> ServiceResponse:
    """Restart a modem; its queue waits, or goes by another route."""
    await _modem(errand).runtime_data.messages.services.restart()
    return None


async def _run_at_command(errand: Errand) -> ServiceResponse:
    """Give a modem a command, if its entry allows that."""
    modem = _modem(errand)
    if not modem.options.get(CONF_AT_COMMANDS, False):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="at_commands_off")
    lines = await modem.runtime_data.messages.services.run_at_command(errand.data[ATTR_COMMAND])
    return {"lines": list(lines)}


@callback
def _modem(errand: Errand) -> ModemEntry:
    """Return the modem that is meant."""
    entry = _named(errand)
    if entry is None:
        return _only(loaded_modems(errand.hass))
    if kind_of(entry) is not EntryKind.MODEM:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_a_modem")
    return entry


@callback
def _way_out(errand: Errand) -> RouteEntry:
    """Return the modem or account that is meant."""
    entry = _named(errand)
    if entry is None:
        loaded = errand.hass.config_entries.async_loaded_entries(DOMAIN)
        return _only([each for each in loaded if not is_hub(each)])
    if is_hub(entry):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_a_way_out")
    return entry


@callback
def _named(errand: Errand) -> ConfigEntry | None:
    """Return the loaded entry that is named by itself or by a device; None: none is."""
    if (device_id := errand.data.get(ATTR_DEVICE_ID)) is not None:
        return service.async_get_device_and_config_entry(errand.hass, DOMAIN, device_id)[1]
    if (entry_id := errand.data.get(ATTR_CONFIG_ENTRY_ID)) is not None:
        return service.async_get_config_entry(errand.hass, DOMAIN, entry_id)
    return None


def _only[E](entries: Sequence[E]) -> E:
    """Return the one that there is: it need not be named."""
    if len(entries) != 1:
        key = "name_one_way_out" if entries else "no_way_out"
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key=key)
    return entries[0]


ACTIONS = (
    Action(name="send_ussd", run=_send_ussd, schema=USSD_SCHEMA, right=Right.ADMIN),
    Action(name="balance", run=_balance, schema=WHICH_SCHEMA, response=SupportsResponse.ONLY),
    Action(
        name="restart_modem",
        run=_restart_modem,
        schema=WHICH_SCHEMA,
        right=Right.ADMIN,
        response=SupportsResponse.NONE,
    ),
    Action(name="run_at_command", run=_run_at_command, schema=AT_SCHEMA, right=Right.ADMIN),
)
