"""From the settings of a file drop to its route."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from alert_engine.errors import needs_package
from alert_engine.routes.handover import HandoverRoute
from alert_engine.routes.server_access import Trust, is_this_machine

from .account import Security

if TYPE_CHECKING:
    from alert_engine.clock import Clock

    from .account import FileDropAccount

_LOGGER = logging.getLogger(__name__)


def make_file_drop_route(name: str, account: FileDropAccount, *, clock: Clock) -> HandoverRoute:
    """The route of a file drop. It imports a library: not for the thread of an event loop.

    Raises:
        ConfigError: aioftp is not installed.
    """
    try:
        from .handover import FileDropHandover  # noqa: PLC0415 - aioftp is optional
    except ModuleNotFoundError as error:
        raise needs_package(error, "type") from None
    if account.security == Security.NONE and not is_this_machine(account.host):
        _LOGGER.warning(
            "route %s: password, numbers and texts cross the network readable; set security if it can",
            name,
        )
    return HandoverRoute(name, FileDropHandover(account, Trust(account.ca_file)), clock=clock)
