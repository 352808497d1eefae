"""What the tests of the HTTP intake share: endpoints, requests of clients, and an engine that notes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alert_engine.intake.http import HttpIntake, Parsed
from alert_engine.intake.http_auth import BearerAuth
from alert_engine.intake.http_endpoints import Endpoint, FormatName
from alert_engine.intake.http_request import HttpAnswer, HttpRequest
from alert_engine.model import AlarmResult, QueuedMessage, SendRequest, SendResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert_engine.model import Ask, Result


ROOT = Path(__file__).parents[3]
VECTORS = ROOT / "tests" / "vectors" / "intake"
NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
TOKEN = "correct-horse-battery-staple"
PREFIX = "/api/alert_gateway/v1"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def vector(name: str) -> dict[str, Any]:
    """The body of a recorded request."""
    body: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["body"]
    return body


def endpoint(form: FormatName, **changes: Any) -> Endpoint:
    settings: dict[str, Any] = {"name": form.value, "format": form, "auth": BearerAuth(tokens=(TOKEN,))}
    return Endpoint(**{**settings, **changes})


EVERYTHING = tuple(endpoint(form) for form in FormatName)


def request(
    name: str,
    body: bytes | str | dict[str, Any] | None = None,
    *,
    headers: dict[str, str] | None = None,
    **changes: Any,
) -> HttpRequest:
    """A POST as a well-behaved client sends it; `headers` None: with the token."""
    octets = json.dumps(body).encode() if isinstance(body, dict) else body or b""
    given: dict[str, Any] = {
        "method": "POST",
        "path": f"{PREFIX}/{name}",
        "headers": {**JSON, "Authorization": f"Bearer {TOKEN}", **(headers or {})},
        "body": octets.encode() if isinstance(octets, str) else octets,
        "remote": "192.0.2.1",
    }
    return HttpRequest(**{**given, **changes})


def asked(name: str, body: Any = None, **changes: Any) -> tuple[Any, ...]:
    """What a request asks for."""
    parsed = HttpIntake(EVERYTHING).read(request(name, body, **changes), NOW)
    assert isinstance(parsed, Parsed), parsed.body
    return parsed.asks


def notes(name: str, body: Any = None, **changes: Any) -> tuple[str, ...]:
    """What a request says that is not used."""
    parsed = HttpIntake(EVERYTHING).read(request(name, body, **changes), NOW)
    assert isinstance(parsed, Parsed), parsed.body
    return parsed.reading.notes


def refusal(name: str, body: Any = None, **changes: Any) -> str:
    """The reason why a request is not taken, which must be 400."""
    answer = HttpIntake(EVERYTHING).read(request(name, body, **changes), NOW)
    assert isinstance(answer, HttpAnswer), answer
    assert answer.status == 400
    told = data(answer)
    reason: str = told.get("error") or told["errors"][0]
    return reason


def data(answer: HttpAnswer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body)
    return found


@dataclass(slots=True)
class NotingEngine:
    """Takes everything in one go, and answers with what it is told to."""

    verdict: Verdict = Verdict.APPLIED
    error: Exception | None = None
    commits: list[tuple[Ask, ...]] = field(default_factory=list)

    async def apply(self, asks: Sequence[Ask]) -> Sequence[Result]:
        if self.error is not None:
            raise self.error
        self.commits.append(tuple(asks))
        return tuple(self._result(ask) for ask in asks)

    def _result(self, ask: Ask) -> Result:
        if isinstance(ask, SendRequest):
            queued = tuple(
                QueuedMessage(uid=f"m-{n}", recipient=None, segments=1) for n in range(len(ask.to))
            )
            return SendResult(verdict=self.verdict, messages=queued)
        return AlarmResult(verdict=self.verdict, alarms=())
