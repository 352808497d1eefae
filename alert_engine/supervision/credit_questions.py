"""Asks routes for their credit, beside everything else: an answer may take a minute."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError, RouteReason
from alert_engine.failpoints import Moment
from alert_engine.routes.base import CreditTeller, CreditUnknownError

from . import credit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from alert_engine.ledger import Ledger
    from alert_engine.routes.base import Credit, Route

# A network takes up to a minute for one code, and a modem may be busy sending for as long, in seconds.
ASKING_LIMIT = 180.0

_LOGGER = logging.getLogger(__name__)


class CreditQuestions:
    """One question per route at a time."""

    def __init__(
        self, ledger: Ledger, routes: Callable[[], Mapping[str, Route]], wake: Callable[[], None]
    ) -> None:
        self._ledger = ledger
        self._wake = wake
        self._routes = routes
        self._asking: dict[str, asyncio.Task[None]] = {}

    def tellers(self) -> Collection[str]:
        """Routes that can say, and are not being asked."""
        return {
            name
            for name, route in self._routes().items()
            if isinstance(route, CreditTeller) and name not in self._asking
        }

    def ask(self, names: Iterable[str]) -> None:
        """Begin to ask these."""
        for name in names:
            route: object = self._routes().get(name)
            if isinstance(route, CreditTeller):
                task = asyncio.create_task(self._ask(name, route), name=f"credit {name}")
                self._asking[name] = task
                task.add_done_callback(partial(self._forget, name))

    def _forget(self, name: str, _task: asyncio.Task[None]) -> None:
        self._asking.pop(name, None)
        self._wake()

    async def stop(self) -> None:
        """Ask no more."""
        tasks = tuple(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def ask_now(self, name: str) -> Credit | None:
        """Ask one because a person wants to know, and note its answer; None: it cannot say.

        Raises:
            CreditUnknownError: it could not be asked.
            JournalError: its answer could not be noted.
        """
        route: object = self._routes().get(name)
        if not isinstance(route, CreditTeller):
            return None
        return await self._answer_of(name, route)

    async def _answer_of(self, name: str, route: CreditTeller) -> Credit | None:
        try:
            async with asyncio.timeout(ASKING_LIMIT):
                told = await route.credit()
        except TimeoutError as error:
            raise CreditUnknownError("no answer", RouteReason.ROUTE_SILENT) from error
        if told is not None:
            await self._ledger.commit(Moment.TIMER, partial(credit.told, route=name, credit=told))
        return told

    async def _ask(self, name: str, route: CreditTeller) -> None:
        try:
            await self._answer_of(name, route)
        except (CreditUnknownError, JournalError) as error:
            _LOGGER.info("the credit of route %s is not known: %s", name, error)
        except Exception:
            _LOGGER.exception("route %s could not be asked for its credit", name)
