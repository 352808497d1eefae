"""Where providers call back: each route that expects calls has a path of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from alert_engine.errors import ConfigError

if TYPE_CHECKING:
    from alert_engine.intake.http_request import HttpAnswer, HttpRequest

PREFIX = "/callback/"


class CallbackHandler(Protocol):
    """A route that is told by HTTP what became of its messages, and what came in.

    It checks the signature or the secret of the request itself, and answers 2xx only after the commit.
    """

    async def handle_callback(self, request: HttpRequest) -> HttpAnswer:
        """Answer one call."""


class Callbacks:
    """The paths of all routes: ``/callback/<route>`` and all below it."""

    def __init__(self) -> None:
        self._handlers: dict[str, CallbackHandler] = {}

    def add(self, route: str, handler: CallbackHandler) -> None:
        """Have a route called. Raises ConfigError if there is one of this name."""
        if route in self._handlers:
            raise ConfigError(f"two routes are called {route}: give each its own name")
        self._handlers[route] = handler

    def remove(self, route: str) -> None:
        """No more calls for this route."""
        self._handlers.pop(route, None)

    def find(self, path: str) -> CallbackHandler | None:
        """Whom a path is for."""
        if not path.startswith(PREFIX):
            return None
        return self._handlers.get(path.removeprefix(PREFIX).partition("/")[0])
