"""HTTP to providers: one request, one answer, bounded in time and size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from .providers.exchange import MAX_RESPONSE, ProviderResponse

if TYPE_CHECKING:
    from .providers.exchange import ProviderRequest

CONNECT_TIMEOUT = 10.0  # seconds: name, TCP and TLS together
TOTAL_TIMEOUT = 30.0  # seconds for everything: who thinks longer will not answer any more


class NotSentError(Exception):
    """The request did not leave: no connection came about. The text says what failed, for people."""


class NoAnswerError(Exception):
    """The request left, or may have, and no answer came. The text says what failed, for people."""


class Exchange:
    """Asks providers over somebody else's session. It checks certificates and follows no redirects.

    Args:
        session: closed by its owner.
        total: seconds for everything.
    """

    def __init__(self, session: aiohttp.ClientSession, *, total: float = TOTAL_TIMEOUT) -> None:
        self._session = session
        self._timeout = aiohttp.ClientTimeout(
            total=total, connect=CONNECT_TIMEOUT, sock_connect=CONNECT_TIMEOUT
        )
        self._total = total

    async def ask(self, request: ProviderRequest) -> ProviderResponse:
        """Send it once.

        Raises:
            NotSentError: nothing can have arrived.
            NoAnswerError: it may have arrived.
        """
        try:
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.body or None,
                timeout=self._timeout,
                allow_redirects=False,
            ) as answer:
                return await _read(answer)
        except aiohttp.InvalidURL:
            raise NotSentError("the provider's address in the settings is no URL") from None
        except aiohttp.ClientConnectorCertificateError:
            raise NotSentError(
                "the provider's certificate is not valid, or this machine's clock is wrong"
            ) from None
        except aiohttp.ClientConnectorDNSError:
            raise NotSentError("the provider's name cannot be looked up: is the internet there?") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise NotSentError("the provider cannot be reached: is the internet there?") from None
        except TimeoutError:
            raise NoAnswerError(f"the provider did not answer within {self._total:.0f} s") from None
        except (aiohttp.ClientError, OSError):
            raise NoAnswerError("the connection to the provider broke before it answered") from None


async def _read(answer: aiohttp.ClientResponse) -> ProviderResponse:
    """The status counts, whatever becomes of the body."""
    body, is_cut = b"", False
    try:
        while (left := MAX_RESPONSE + 1 - len(body)) and (piece := await answer.content.read(left)):
            body += piece
    except (aiohttp.ClientError, OSError, TimeoutError):
        is_cut = True
    return ProviderResponse(
        status=answer.status,
        headers=dict(answer.headers),
        body=body[:MAX_RESPONSE],
        is_cut=is_cut or len(body) > MAX_RESPONSE,
    )
