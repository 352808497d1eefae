"""A row of a provider's table of codes: what one of them means for a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alert_engine.routes.base import ErrorClass, Rejected, Unknown

from .reading import refused_by_status, rejected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from .exchange import ProviderResponse

# Whoever looks at an account waits for nothing: a Retry-After does not matter then.
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Why a message is refused, and what is to be done about it."""

    error_class: ErrorClass
    reason: str  # for people; what to do where somebody must act
    this_route_only: bool = False  # another route may well do better with this address
    opted_out: bool = False  # whoever has the address told the provider to stop
    bad_credentials: bool = False  # the provider does not accept who we say that we are

    def refusal(self, code: str, wait: timedelta | None = None) -> Rejected:
        """As the outcome of an attempt; only what is temporary is worth waiting for."""
        return Rejected(
            error_class=self.error_class,
            reason=self.reason,
            code=code,
            retry_after=wait if self.error_class is ErrorClass.TEMPORARY else None,
            this_route_only=self.this_route_only,
            opted_out=self.opted_out,
            bad_credentials=self.bad_credentials,
        )


def elsewhere(reason: str, *, opted_out: bool = False) -> Meaning:
    """This provider does not reach the address; a modem or another provider may."""
    return Meaning(ErrorClass.RECIPIENT, reason, this_route_only=True, opted_out=opted_out)


def nowhere(reason: str) -> Meaning:
    """Nobody reaches this address."""
    return Meaning(ErrorClass.RECIPIENT, reason)


def unfit(reason: str) -> Meaning:
    """The message is not as the provider wants it."""
    return Meaning(ErrorClass.MESSAGE, reason)


def fix(reason: str) -> Meaning:
    """Nothing goes by this account until a person has done something."""
    return Meaning(ErrorClass.ACCOUNT, reason)


def later(reason: str) -> Meaning:
    """It may go in a while."""
    return Meaning(ErrorClass.TEMPORARY, reason)


def refused_look(response: ProviderResponse, codes: Mapping[str, Meaning], code: str) -> Rejected:
    """What a look at an account found that was not answered with success."""
    if code in codes:
        return codes[code].refusal(code)
    refused = refused_by_status(response, _ANY_TIME)
    if isinstance(refused, Unknown):
        return rejected(
            ErrorClass.DEVICE, f"the provider answered HTTP {response.status} to a look at the account"
        )
    return refused
