"""HTTP intake: bytes in, requests to the engine and an answer out. The server is somebody else's.

::

    auth = BearerAuth(tokens=("…",))
    intake = HttpIntake((Endpoint(name="prometheus", format=FormatName.ALERTMANAGER, auth=auth),))
    answer = await intake.handle(request, engine, now=clock.now())   # engine is None until it runs

A 2xx is only said after the commit; a whole request is one commit. What a client should send again later is
answered 503 with ``Retry-After``, never 429: Alertmanager repeats only what was answered 5xx.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from alert_engine.errors import EngineError, InvalidRequestError
from alert_engine.mistakes import place_of
from alert_engine.model import SendRequest

from .formats.reading import Reading, Submission
from .http_answers import accepted, refused, repeated, retry_after
from .http_auth import FieldAuth, NotAuthenticatedError, PathAuth
from .http_endpoints import FORMATS, Directory, Endpoint, Place
from .http_fields import UnsupportedMediaError, body_fields, query_fields
from .http_limits import RateLimiter, UsedProofs, client_of, is_allowed
from .http_request import HttpAnswer, HttpRequest
from .json_fields import RefusedError
from .payloads import MAX_PAYLOAD
from .signed_asks import known_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from alert_engine.model import Ask, Result

    from .asks import Applier
    from .http_auth import Signed
    from .http_endpoints import Format

__all__ = ["Endpoint", "HttpAnswer", "HttpIntake", "HttpRequest", "Parsed"]

_LOGGER = logging.getLogger(__name__)

PREFIX = "/api/alert_gateway/v1"
_NOT_READY_WAIT = 5.0  # seconds; a start takes less
_JOURNAL_WAIT = 30.0  # seconds; a full disk is not emptied sooner
_MISTAKE_WAIT = 60.0  # seconds; a mistake of ours does not go away by itself
_NOT_READY = "the gateway is starting or stopping: send it again"
_NOT_WRITTEN = "the gateway could not write it down, so nobody was told: send it again"
_MISTAKE = "the gateway made a mistake, so nobody may have been told: send it again, and report it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A request that is understood, and whose sender is known."""

    endpoint: Endpoint
    reading: Reading
    proof: Signed | None = field(default=None, repr=False)  # a proof that can be used once

    @property
    def asks(self) -> tuple[Ask, ...]:
        """What is asked of the engine; nothing for what needs no alarm, such as a connection test."""
        return self.reading.asks if self.proof is None else known_by(self.proof, self.reading.asks)


class _RefusalError(Exception):
    """The way from deep inside to the answer."""

    def __init__(self, status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers


class HttpIntake:
    """All endpoints of one gateway.

    It remembers who asked how often and which proofs were used, both bounded. No clock and no I/O of its own.

    Args:
        settings: the endpoints.
        prefix: what stands before their names in a path.
        limiter: how often a client may ask.
        used: proofs that count as used from the start; it gets those that are used here.

    Raises:
        ConfigError: two endpoints share a name.
    """

    def __init__(
        self,
        settings: tuple[Endpoint, ...],
        *,
        prefix: str = PREFIX,
        limiter: RateLimiter | None = None,
        used: UsedProofs | None = None,
    ) -> None:
        self.refused: Counter[tuple[str, int]] = Counter()  # by endpoint ("" for none of ours) and status
        self._directory = Directory(settings, prefix)
        self._limiter = limiter or RateLimiter()
        self._used = UsedProofs() if used is None else used

    async def handle(self, request: HttpRequest, engine: Applier | None, *, now: datetime) -> HttpAnswer:
        """Answer a request; the engine commits what it asks for first. `now` is wall time."""
        place = self._directory.find(request.path)
        name = "" if place is None else place.endpoint.name
        try:
            answer = await self._handle(request, engine, now)
        except Exception as err:  # noqa: BLE001 - a client that gets no answer does not know what to do
            _LOGGER.error("%s: a request met a mistake of ours: %s", name, place_of(err))  # noqa: TRY400 - the text may quote the body
            answer = refused(HTTPStatus.INTERNAL_SERVER_ERROR, _MISTAKE, headers=retry_after(_MISTAKE_WAIT))
        if answer.status >= HTTPStatus.BAD_REQUEST:
            self._note(name, answer.status)
        return answer

    def read(self, request: HttpRequest, now: datetime) -> Parsed | HttpAnswer:
        """Understand a request, or say why not. `now` is wall time."""
        place = self._directory.find(request.path)
        if place is None:
            text = "there is no such endpoint: compare the address with the gateway's configuration"
            return refused(HTTPStatus.NOT_FOUND, text)
        form = FORMATS[place.endpoint.format]
        try:
            parsed = self._parse(place, form, request, now)
        except _RefusalError as err:
            return refused(err.status, str(err), form=form, headers=err.headers)
        except NotAuthenticatedError as err:
            headers = {"WWW-Authenticate": err.challenge} if err.challenge else None
            return refused(HTTPStatus.UNAUTHORIZED, str(err), form=form, headers=headers)
        except UnsupportedMediaError as err:
            return refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(err), form=form)
        except RefusedError as err:
            return refused(HTTPStatus.BAD_REQUEST, str(err), form=form)
        self._used.forget(now.timestamp())
        count = None if parsed.proof is None else self._used.count(place.endpoint.name, parsed.proof)
        return parsed if count is None else repeated(form, parsed.reading, count)

    def answer(self, parsed: Parsed, outcome: Sequence[Result] | EngineError) -> HttpAnswer:
        """Say what the engine did: its results, or why it did nothing."""
        form = FORMATS[parsed.endpoint.format]
        if isinstance(outcome, InvalidRequestError):
            return refused(HTTPStatus.BAD_REQUEST, str(outcome), form=form)
        if isinstance(outcome, EngineError):
            return _unavailable(_NOT_WRITTEN, _JOURNAL_WAIT, form)
        if parsed.proof is not None:
            self._used.add(parsed.endpoint.name, parsed.proof, len(parsed.asks))
        return accepted(form, parsed.reading, outcome)

    async def _handle(self, request: HttpRequest, engine: Applier | None, now: datetime) -> HttpAnswer:
        parsed = self.read(request, now)
        if isinstance(parsed, HttpAnswer):
            return parsed
        if not parsed.asks:
            return self.answer(parsed, ())
        if engine is None:
            return _unavailable(_NOT_READY, _NOT_READY_WAIT, FORMATS[parsed.endpoint.format])
        try:
            return self.answer(parsed, await engine.apply(parsed.asks))
        except EngineError as err:
            return self.answer(parsed, err)

    def _parse(self, place: Place, form: Format, request: HttpRequest, now: datetime) -> Parsed:
        endpoint = place.endpoint
        self._admit(endpoint, request)
        _check_bounds(form, request)
        proof, rest = _authenticate(place, request, now)
        tail = "/".join(rest)
        if tail not in form.tails:
            raise _RefusalError(
                HTTPStatus.NOT_FOUND, "this endpoint has no such path: cut it behind the name"
            )
        fields, texts_only = _fields(form, request)
        if isinstance(endpoint.auth, FieldAuth):
            endpoint.auth.check_fields(fields)
            del fields[endpoint.auth.name]
        submission = Submission(
            source=endpoint.name,
            fields=fields,
            texts_only=texts_only,
            tail=tail,
            severity=endpoint.severity,
        )
        reading = form.read(submission)
        _check_recipients(endpoint, reading)
        return Parsed(endpoint=endpoint, reading=reading, proof=proof)

    def _admit(self, endpoint: Endpoint, request: HttpRequest) -> None:
        """Turn away whom the endpoint is not for, and who asks too often, before anything is looked at."""
        if not is_allowed(request.remote, endpoint.allowed):
            raise _RefusalError(
                HTTPStatus.FORBIDDEN, "this address may not use the endpoint: add it to its allow-list"
            )
        wait = self._limiter.wait(endpoint.name, client_of(request.remote), request.received_at)
        if wait > 0:
            raise _RefusalError(
                HTTPStatus.SERVICE_UNAVAILABLE, "too many requests: send fewer", retry_after(wait)
            )

    def _note(self, name: str, status: int) -> None:
        """Count a refusal; the first of its kind is worth a line."""
        self.refused[name, status] += 1
        if name and self.refused[name, status] == 1:
            _LOGGER.warning(
                "endpoint %s: a request was answered %d; further ones are only counted", name, status
            )


def _check_bounds(form: Format, request: HttpRequest) -> None:
    if request.method not in form.methods:
        raise _RefusalError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"this endpoint takes {' and '.join(form.methods)}",
            {"Allow": ", ".join(form.methods)},
        )
    if len(request.body) > MAX_PAYLOAD:
        raise _RefusalError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the body has more than {MAX_PAYLOAD} octets: send less at once (max_alerts)",
        )


def _authenticate(place: Place, request: HttpRequest, now: datetime) -> tuple[Signed | None, tuple[str, ...]]:
    """The proof if it can be used once, and the path behind the secret. A `FieldAuth` is checked later."""
    match place.endpoint.auth:
        case PathAuth() as auth:
            auth.check_segment(place.rest[0] if place.rest else "")
            return None, place.rest[1:]
        case FieldAuth():
            return None, place.rest
        case auth:
            return auth.check(request, now), place.rest


def _fields(form: Format, request: HttpRequest) -> tuple[dict[str, Any], bool]:
    """The fields of a request, and whether all of them are texts. What is in the body counts."""
    query = query_fields(request.query) if form.queries else {}
    if form.queries and (request.method == "GET" or not request.body):
        return query, True
    body, texts_only = body_fields(request, forms=form.forms)
    return {**query, **body}, texts_only


def _check_recipients(endpoint: Endpoint, reading: Reading) -> None:
    allowed = endpoint.recipients
    sends = [ask for ask in reading.asks if isinstance(ask, SendRequest)]
    named = {name for send in sends for name in send.to}
    named.update(name for send in sends for follow_up in send.follow_ups for name in follow_up.to)
    if allowed and not named.issubset(allowed):
        raise _RefusalError(
            HTTPStatus.FORBIDDEN, "to: this endpoint may not write to all of them: add them to its recipients"
        )


def _unavailable(text: str, wait: float, form: Format) -> HttpAnswer:
    return refused(HTTPStatus.SERVICE_UNAVAILABLE, text, form=form, headers=retry_after(wait))
