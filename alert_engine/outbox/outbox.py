"""The outbox: a worker for each route. Which message goes where is for `decisions.routing` to say."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from alert_engine.errors import InvalidRequestError, RequestReason
from alert_engine.model import RouteRemoved

from .route_board import arranged
from .worker import RouteWorker

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from alert_engine.ledger import Ledger
    from alert_engine.routes.base import OutboundMessage, Route, RouteSink


_LOGGER = logging.getLogger(__name__)


class Outbox:
    """Starts and stops routes with their workers."""

    def __init__(self, ledger: Ledger, sink: RouteSink) -> None:
        self._ledger = ledger
        self._sink = sink
        self._routes: dict[str, Route] = {}
        self._workers: dict[str, RouteWorker] = {}
        self._running = False
        ledger.after_commit(self.wake)

    async def start(self) -> None:
        """Start the routes that were added before."""
        self._running = True
        for route in tuple(self._routes.values()):
            try:
                await self._begin(route)
            except Exception:
                _LOGGER.exception("route %s cannot start and is left out", route.name)
                await self.remove(route.name)

    async def stop(self) -> None:
        """Stop all routes at once, each with its segment in hand finished."""
        self._running = False
        workers, self._workers = tuple(self._workers.values()), {}
        await asyncio.gather(*(worker.stop() for worker in workers))

    async def add(self, route: Route) -> None:
        """Take a route in. Raises InvalidRequestError when its name is taken."""
        if route.name in self._routes:
            text = f"there is a route {route.name!r} already: give each its own name"
            raise InvalidRequestError(text, RequestReason.ROUTE_TAKEN, {"route": route.name})
        self._routes[route.name] = route
        self._ledger.board.add(route)
        if self._running:
            try:
                await self._begin(route)
            except BaseException:
                await self.remove(route.name)
                raise

    async def remove(self, name: str) -> None:
        """Stop a route and forget it; what it had in hand is settled. Unknown names are ignored."""
        worker = self._workers.pop(name, None)
        if worker is not None:
            await worker.stop()
        # Only now is its name free: what stops is not to be taken for its successor.
        if self._routes.pop(name, None) is not None:
            self._ledger.board.remove(name)
            self._ledger.publish(RouteRemoved(route=name, at=self._ledger.clock.now()))
            self.wake()

    def arrange(self, names: Sequence[str]) -> None:
        """Prefer the routes in this order; those that are not named come after, as they were."""
        self._routes = arranged(self._routes, names)
        self._ledger.board.arrange(names)
        self.wake()

    def routes(self) -> Mapping[str, Route]:
        """The routes, by name."""
        return self._routes

    def in_hand(self) -> Collection[str]:
        """The uids of the messages that are being sent."""
        return {worker.in_hand for worker in self._workers.values() if worker.in_hand is not None}

    def wake(self) -> None:
        """Have all workers look again."""
        for worker in self._workers.values():
            worker.wake()

    def plan(self, message: OutboundMessage) -> int:
        """How many segments the preferred route makes of a message; 0 if none can say."""
        for route in self._routes.values():
            if message.channel in route.channels:
                with suppress(Exception):  # it is only told to whoever asked; the message is committed
                    return route.plan_segments(message)
        return 0

    def carries(self, message: OutboundMessage) -> bool:
        """A route is there, well or not, that could carry such a message."""
        for route in self._routes.values():
            if message.channel in route.channels:
                with suppress(Exception):  # one that cannot plan it cannot send it
                    route.plan_segments(message)
                    return True
        return False

    async def _begin(self, route: Route) -> None:
        self._workers[route.name] = RouteWorker(route, self._ledger, on_rest=self.wake)
        await route.start(self._sink)
