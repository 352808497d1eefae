"""Whether an address that is shown leads here: one request to it, and whether it arrives."""

import asyncio
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from aiohttp import ClientConnectorDNSError, ClientError, ClientSSLError
from aiohttp.web import Response
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.hass_dict import HassKey

if TYPE_CHECKING:
    from aiohttp.web import Request

REACH_TIMEOUT: Final = 5.0  # seconds; somebody waits for the page, and who is there answers in one

ASKED: Final = "X-Alert-Gateway-Asked"  # a word that nobody else knows
HERE: Final = "X-Alert-Gateway-Here"  # the same word: it is this Home Assistant, not another one
_WORD_OCTETS: Final = 16

_OPEN: HassKey[set[str]] = HassKey("alert_gateway_reach")  # the words of requests that are on their way


class ReachDoubt(StrEnum):
    """Why an address may not lead here; each is a key under "error" in the translations.

    It is a doubt only: many routers lead nobody from inside to their own public address.
    """

    UNKNOWN_NAME = "public_url_unknown_name"  # no name server knows it
    CERTIFICATE = "public_url_certificate"  # TLS failed
    NO_ANSWER = "public_url_no_answer"  # nobody answers
    OTHER_ANSWER = "public_url_other_answer"  # somebody else does


async def async_doubt(hass: HomeAssistant, url: str) -> ReachDoubt | None:
    """Ask one of our addresses once; None: it leads here.

    Args:
        hass: where it should arrive.
        url: a path of ours below the address. Without a secret: nobody knows yet who answers there.
    """
    word = secrets.token_urlsafe(_WORD_OCTETS)
    asked = hass.data.setdefault(_OPEN, set())
    asked.add(word)
    try:
        return None if await _answered(hass, url, word) else ReachDoubt.OTHER_ANSWER
    except ClientConnectorDNSError:
        return ReachDoubt.UNKNOWN_NAME
    except ClientSSLError:
        return ReachDoubt.CERTIFICATE
    except ClientError, OSError, TimeoutError:
        return ReachDoubt.NO_ANSWER
    finally:
        asked.discard(word)


async def _answered(hass: HomeAssistant, url: str, word: str) -> bool:
    session = async_get_clientsession(hass)
    async with (
        asyncio.timeout(REACH_TIMEOUT),
        session.get(url, headers={ASKED: word}, allow_redirects=False) as answer,
    ):
        return answer.headers.get(HERE) == word


@callback
def answer_to_us(hass: HomeAssistant, request: Request) -> Response | None:
    """Return the answer to a request of `async_doubt`; None for everybody else's."""
    word = request.headers.get(ASKED)
    return Response(headers={HERE: word}) if word is not None and word in hass.data.get(_OPEN, ()) else None
