"""The credit of a SIM, by a USSD code of its network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.decisions.credit import ANY_AMOUNT, amount_in
from alert_engine.errors import RouteReason
from gsm_driver import ModemError

from .base import Credit, CreditUnknownError
from .gsm_translation import route_reason_of

if TYPE_CHECKING:
    from gsm_driver import Modem


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditCode:
    """What to ask, and where in the answer the amount is."""

    code: str  # for example ``*100#``
    pattern: str = field(default=ANY_AMOUNT)  # its group ``amount``, or its first, is the amount
    currency: str = ""


async def ask(modem: Modem | None, question: CreditCode) -> Credit | None:
    """Ask the network; None if its answer names no amount.

    Raises:
        CreditUnknownError: there is no modem, or the network gives no answer.
    """
    if modem is None:
        raise CreditUnknownError("there is no modem", RouteReason.MODEM_MISSING)
    try:
        reply = await modem.ussd.request(question.code)
    except ModemError as err:
        reason, values = route_reason_of(err)
        raise CreditUnknownError(str(err), reason, values) from err
    amount = amount_in(reply.text, question.pattern)
    return None if amount is None else Credit(amount=amount, currency=question.currency)
