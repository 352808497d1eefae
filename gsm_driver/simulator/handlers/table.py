"""All commands: a prefix and its handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import calls, clock, general, identity, registration, sim, sms, sms_send, sms_store, ussd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .setting import Handler

HANDLERS: Mapping[str, Handler] = {
    **general.HANDLERS,
    **identity.HANDLERS,
    **sim.HANDLERS,
    **registration.HANDLERS,
    **sms.HANDLERS,
    **sms_store.HANDLERS,
    **sms_send.HANDLERS,
    **calls.HANDLERS,
    **ussd.HANDLERS,
    **clock.HANDLERS,
}
