"""From the settings of a mail account to its route."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from alert_engine.errors import needs_package
from alert_engine.routes.handover import HandoverRoute
from alert_engine.routes.server_access import Trust

if TYPE_CHECKING:
    from alert_engine.clock import Clock

    from .account import SmtpAccount

_LOGGER = logging.getLogger(__name__)


def make_smtp_route(name: str, account: SmtpAccount, *, clock: Clock) -> HandoverRoute:
    """The route of a mail account. It imports a library: not for the thread of an event loop.

    Raises:
        ConfigError: aiosmtplib is not installed.
    """
    try:
        from .handover import SmtpHandover  # noqa: PLC0415 - aiosmtplib is optional
    except ModuleNotFoundError as error:
        raise needs_package(error, "type") from None
    if account.subject_auth:
        _LOGGER.warning(
            "route %s: the password of the account stands readable in the subject of each mail;"
            " register the sender at the service instead",
            name,
        )
    return HandoverRoute(name, SmtpHandover(account, Trust(account.ca_file)), clock=clock)
