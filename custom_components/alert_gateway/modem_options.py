"""The options of a modem: whether it calls, how its credit is asked, whether people may command it."""

from typing import TYPE_CHECKING, Final

from homeassistant.config_entries import ConfigEntryState

from alert_engine.decisions.credit import ANY_AMOUNT
from alert_engine.routes.gsm_calls import RING_FOR, GsmCallRoute, name_of_calls
from alert_engine.routes.gsm_credit import CreditCode

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from .entries import ModemEntry

CONF_CALLS: Final = "calls"  # it may also call people, where the modem can
CONF_RING_FOR: Final = "ring_for"  # seconds; then it hangs up
CONF_CREDIT_CODE: Final = "credit_code"  # what is dialled for it, such as *100#
CONF_CREDIT_PATTERN: Final = "credit_pattern"  # where the amount is in the answer; none: the first number
CONF_CREDIT_CURRENCY: Final = "credit_currency"  # as people write it


def credit_code_of(entry: ConfigEntry) -> CreditCode | None:
    """Return how the network is asked; None: it is not."""
    options = entry.options
    if not options.get(CONF_CREDIT_CODE):
        return None
    return CreditCode(
        code=options[CONF_CREDIT_CODE],
        pattern=options.get(CONF_CREDIT_PATTERN) or ANY_AMOUNT,
        currency=options.get(CONF_CREDIT_CURRENCY, ""),
    )


async def async_arrange_calls(entry: ModemEntry) -> None:
    """Call people through the modem, or no more, as its options say; a call in hand ends first."""
    runtime = entry.runtime_data
    await runtime.engine.remove_route(name_of_calls(runtime.route))
    if entry.options.get(CONF_CALLS, True):
        ring_for = float(entry.options.get(CONF_RING_FOR, RING_FOR))
        calls = GsmCallRoute(runtime.messages, clock=runtime.clock, ring_for=ring_for)
        await runtime.engine.add_route(calls)


async def async_apply_options(entry: ModemEntry) -> None:
    """Take the options over; the link to the modem stays."""
    if entry.state is ConfigEntryState.LOADED:
        entry.runtime_data.messages.use_credit_code(credit_code_of(entry))
        await async_arrange_calls(entry)
