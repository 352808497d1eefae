"""The options of a modem: how its network tells the credit, and whether people may give it commands."""

from typing import TYPE_CHECKING, Final

from homeassistant.config_entries import ConfigEntryState

from alert_engine.routes.gsm_credit import CreditCode

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from .entries import ModemEntry

CONF_CREDIT_CODE: Final = "credit_code"  # what is dialled for it, such as *100#
CONF_CREDIT_CURRENCY: Final = "credit_currency"  # as people write it


def credit_code_of(entry: ConfigEntry) -> CreditCode | None:
    """Return how the network is asked; None: it is not."""
    code = entry.options.get(CONF_CREDIT_CODE)
    return CreditCode(code=code, currency=entry.options.get(CONF_CREDIT_CURRENCY, "")) if code else None


def apply_options(entry: ModemEntry) -> None:
    """Take the options over; the link to the modem stays."""
    if entry.state is ConfigEntryState.LOADED:
        entry.runtime_data.messages.use_credit_code(credit_code_of(entry))
