"""Access tokens of one account: fetched when one is needed, renewed before they end, dropped when refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from .base import Rejected
from .provider_exchange import NoAnswerError, NotSentError
from .providers.provider import NeedsToken

if TYPE_CHECKING:
    from .provider_exchange import Exchange
    from .providers.exchange import ProviderResponse
    from .providers.provider import Moment, Provider, Token

_MARGIN = timedelta(seconds=60)  # a token is renewed so long before it ends


class TokenRefusedError(Exception):
    """There is no access token to be had."""

    def __init__(self, refused: Rejected) -> None:
        super().__init__(refused.reason)
        self.refused = refused


class AccessTokens:
    """Those of one account; of a provider that needs none there is nothing to do.

    Args:
        provider: the codec with the account's settings.
        exchange: HTTP.
    """

    def __init__(self, provider: Provider, exchange: Exchange) -> None:
        self._provider = provider if isinstance(provider, NeedsToken) else None
        self._exchange = exchange
        self._token: Token | None = None
        self._lock = asyncio.Lock()

    async def put_into(self, moment: Moment) -> Moment:
        """The moment with a fresh access token, where one is needed.

        Raises:
            TokenRefusedError: there is none.
            NotSentError: there is no way to whoever gives them.
        """
        if self._provider is None:
            return moment
        async with self._lock:
            if self._token is None or self._token.expires_at - _MARGIN <= moment.now:
                try:
                    response = await self._exchange.ask(self._provider.token_request(moment))
                except NoAnswerError as error:  # it was no message: there is nothing that may have arrived
                    raise NotSentError(str(error), error.reason) from None
                found = self._provider.token(response, moment)
                if isinstance(found, Rejected):
                    raise TokenRefusedError(found)
                self._token = found
            return replace(moment, access_token=self._token.value)

    def drop_if_refused(self, response: ProviderResponse, moment: Moment) -> bool:
        """Was it 401 to a token? Then it is not used again; one that somebody fetched meanwhile is."""
        if response.status != HTTPStatus.UNAUTHORIZED or self._provider is None:
            return False
        if self._token is not None and self._token.value == moment.access_token:
            self._token = None
        return True
