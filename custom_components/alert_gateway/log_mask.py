"""Keeps our secrets out of the lines that others write about requests: some end an address."""

import logging
import re
from typing import Final, override

from homeassistant.core import callback

from alert_engine.intake.http import PREFIX

from .public_url import CALLBACK_PATH

# Whoever names whole requests, or webhooks. A filter of a logger sees only what is logged by that very one.
_WRITERS: Final = (
    "aiohttp.access",
    "homeassistant.components.http.security_filter",
    "homeassistant.components.webhook",
    "homeassistant.helpers.http",
)
# What follows the name of a route or an endpoint: a secret, and where it is a query, numbers and texts too.
_BEHIND_NAMES: Final = re.compile(rf"((?:{CALLBACK_PATH}|{PREFIX})/[^/?\s\"']*[/?])[^\s\"']+")
_MASKED: Final = "…"


class LogMask(logging.Filter):
    """Lets every record through, without secrets."""

    def __init__(self) -> None:
        super().__init__()
        self._webhooks: frozenset[str] = frozenset()  # replaced, never changed: other threads log too

    def know(self, webhook_id: str) -> None:
        """Mask a webhook from now on."""
        self._webhooks |= {webhook_id}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        written = record.getMessage()
        masked = _BEHIND_NAMES.sub(rf"\1{_MASKED}", written)
        for webhook_id in self._webhooks:
            masked = masked.replace(webhook_id, _MASKED)
        if masked != written:
            record.msg, record.args = masked, None
        return True


_MASK: Final = LogMask()


@callback
def mask_requests() -> None:
    """Begin; once more does no harm."""
    for name in _WRITERS:
        logging.getLogger(name).addFilter(_MASK)


@callback
def mask_webhook(webhook_id: str) -> None:
    """Mask a webhook too. It stays masked: of an account that was removed, calls may still come."""
    _MASK.know(webhook_id)
