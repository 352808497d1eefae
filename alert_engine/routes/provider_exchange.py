"""HTTP to providers: one request, one answer, bounded in time and size."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from alert_engine.errors import RouteReason

from .providers.exchange import MAX_RESPONSE, ProviderResponse

if TYPE_CHECKING:
    from .providers.exchange import ProviderRequest

CONNECT_TIMEOUT = 10.0  # seconds: name, TCP and TLS together
TOTAL_TIMEOUT = 30.0  # seconds for everything: who thinks longer will not answer any more

_NO_URL = "the provider's address in the settings is no URL"
_BROKEN = "the connection to the provider broke before it answered"
_METHOD = re.compile(r"[A-Z]{3,10}")
_URL = re.compile(r"https?://[^\x00-\x20\x7f\ud800-\udfff]+")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # the name of one (RFC 9110 section 5.1)
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")  # and what it may hold (section 5.5)


class NotSentError(Exception):
    """The request did not leave: no connection came about. The text says what failed, for people."""

    def __init__(self, text: str, reason: RouteReason = RouteReason.UNREACHABLE) -> None:
        super().__init__(text)
        self.reason = reason


class NoAnswerError(Exception):
    """The request left, or may have, and no answer came. The text says what failed, for people."""

    def __init__(self, text: str, reason: RouteReason = RouteReason.PROVIDER_SILENT) -> None:
        super().__init__(text)
        self.reason = reason


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
        url = _checked(request)
        try:
            async with self._session.request(
                request.method,
                url,
                headers=request.headers,
                data=request.body or None,
                timeout=self._timeout,
                allow_redirects=False,
                middlewares=(_once,),
            ) as answer:
                return await _read(answer)
        except aiohttp.ClientConnectorCertificateError:
            raise NotSentError(
                "the provider's certificate is not valid, or this machine's clock is wrong",
                RouteReason.NO_CERTIFICATE,
            ) from None
        except aiohttp.ClientConnectorSSLError:
            raise NotSentError(
                "no encrypted connection to the provider comes about: look at its address in the settings",
                RouteReason.NO_ENCRYPTION,
            ) from None
        except (aiohttp.ClientConnectorDNSError, UnicodeError):  # the latter: no name can look like that
            text = "the provider's name cannot be looked up: is the internet there?"
            raise NotSentError(text, RouteReason.NO_NAME) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise NotSentError("the provider cannot be reached: is the internet there?") from None
        except TimeoutError:
            raise NoAnswerError(f"the provider did not answer within {self._total:.0f} s") from None
        except (aiohttp.ClientError, OSError):
            raise NoAnswerError(_BROKEN, RouteReason.CONNECTION_BROKEN) from None


def _checked(request: ProviderRequest) -> URL:
    """Where it goes. Raises NotSentError for what HTTP cannot express: a setting is odd."""
    try:
        url = URL(request.url, encoded=True)
        is_one = bool(url.host)  # to ask for it finds an odd port, too
    except ValueError:
        is_one = False
    if not is_one or not _URL.fullmatch(request.url) or not _METHOD.fullmatch(request.method):
        raise NotSentError(_NO_URL, RouteReason.NO_URL)
    for name, value in request.headers.items():
        if not _HEADER.fullmatch(name) or not _VALUE.fullmatch(value):
            text = "a setting holds what no HTTP header can, perhaps a line break: look at them"
            raise NotSentError(text, RouteReason.NO_HEADER)
    return url


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Without this, aiohttp sends a GET again when the connection breaks: that may be a second message."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        raise NoAnswerError(_BROKEN, RouteReason.CONNECTION_BROKEN) from None


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
