"""A request of Home Assistant's server as a value, and an answer back; bounded in time and size."""

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import ClientError
from aiohttp.web import Request, RequestPayloadError, Response
from yarl import URL

from alert_engine.intake.http_request import HttpAnswer, HttpRequest
from alert_engine.intake.payloads import MAX_PAYLOAD
from alert_engine.mistakes import place_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alert_engine.clock import Clock

_LOGGER = logging.getLogger(__name__)

READ_TIMEOUT: Final = 10.0  # seconds for a body of at most 64 KiB; slower clients send it again


async def async_answer(
    request: Request,
    clock: Clock,
    handle: Callable[[HttpRequest], Awaitable[HttpAnswer]],
    *,
    public_url: str = "",
) -> Response:
    """Read a request, have it handled and answer it. It never raises: others would answer 200 then.

    Args:
        request: of the server, or what the cloud made to look like one.
        clock: when it arrived.
        handle: answers 2xx only after the commit.
        public_url: where it was sent, if the request does not know.
    """
    try:
        body = await _body_in_time(request)
        if isinstance(body, Response):
            return body
        answer = await handle(_value(request, body, clock, public_url))
        return Response(status=answer.status, headers=answer.headers, body=answer.body)
    except Exception as error:  # noqa: BLE001 - whoever gets no answer does not send it again
        _LOGGER.error("a request met a mistake of ours: %s", place_of(error))  # noqa: TRY400 - the text may quote it
        return Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)


async def _body_in_time(request: Request) -> bytes | Response:
    """The body, or what its sender did wrong. What fails later is not his: he would not send it again."""
    try:
        async with asyncio.timeout(READ_TIMEOUT):
            return await _body(request)
    except TimeoutError:
        return Response(status=HTTPStatus.REQUEST_TIMEOUT, text="the body came too slowly")
    except ClientError, OSError, RequestPayloadError:
        return Response(status=HTTPStatus.BAD_REQUEST, text="the body did not come whole")


def _value(request: Request, body: bytes, clock: Clock, public_url: str) -> HttpRequest:
    url = getattr(request, "rel_url", None)  # the cloud's requests have none
    path = URL(public_url, encoded=True).raw_path if public_url else request.rel_url.raw_path
    return HttpRequest(
        method=request.method,
        path=path,
        query=request.query_string if url is None else url.raw_query_string,
        headers=request.headers,
        body=body,
        remote=request.remote or "",
        received_at=clock.monotonic(),
    )


async def _body(request: Request) -> bytes:
    """The body, or the first octet more than is allowed of one that is too large."""
    body, stream = bytearray(), request.content  # once: the cloud's requests begin anew each time
    while len(body) <= MAX_PAYLOAD:
        piece = await stream.read(MAX_PAYLOAD + 1 - len(body))
        if not piece:
            break
        body += piece
    return bytes(body)
