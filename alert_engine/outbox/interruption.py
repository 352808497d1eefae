"""A message that is withdrawn while its route has it in hand: a call that rings is hung up."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError
from alert_engine.routes.base import Interruptible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from alert_engine.ledger import Ledger
    from alert_engine.routes.base import Route

_LOGGER = logging.getLogger(__name__)

JOURNAL_PAUSE = 1.0  # seconds after a read that failed: a call should not ring much longer than that


@asynccontextmanager
async def interrupted_when_withdrawn(ledger: Ledger, route: Route, uid: str) -> AsyncIterator[None]:
    """While this is open, the route is told as soon as nobody needs the message; if it can be told."""
    if not isinstance(route, Interruptible):
        yield
        return
    changed = asyncio.Event()
    changed.set()  # it may have been withdrawn since it was claimed
    unsubscribe = ledger.subscribe(lambda _event: changed.set())
    watching = asyncio.create_task(_watch(ledger, route, uid, changed), name=f"watch {route.name}")
    try:
        yield
    finally:
        unsubscribe()
        watching.cancel()
        await asyncio.wait([watching])


async def _watch(ledger: Ledger, route: Interruptible, uid: str, changed: asyncio.Event) -> None:
    while True:
        await changed.wait()
        changed.clear()
        try:
            entry = await ledger.read(lambda tx: tx.messages.get(uid))
        except JournalError as error:
            _LOGGER.debug("whether a message is still needed cannot be read: %s", error)
            await ledger.clock.sleep_until(ledger.clock.monotonic() + JOURNAL_PAUSE)
            changed.set()
            continue
        if entry.withdrawn:
            route.interrupt(uid)
            return
