"""What a provider answers, on the screen of whoever writes a recipe or looks for a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from alert_engine.routes.provider_exchange import Exchange

if TYPE_CHECKING:
    from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse

_MOST_SHOWN = 2000  # characters of a body: an answer to one message is shorter


class ShowingExchange(Exchange):
    """Shows each answer. Nothing else does: it may hold a number or a text."""

    async def ask(self, request: ProviderRequest) -> ProviderResponse:
        """Send it once, as `Exchange` does."""
        response = await super().ask(request)
        typer.echo(shown(response), err=True)
        return response


def shown(response: ProviderResponse) -> str:
    """Status, kind and body; what a terminal would obey is a space."""
    body = response.body.decode("utf-8", "replace")[:_MOST_SHOWN]
    text = "".join(each if each.isprintable() or each == "\n" else " " for each in body)
    return f"HTTP {response.status}, {response.header('Content-Type') or 'of no kind'}:\n{text}"
