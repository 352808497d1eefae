"""What an answer to a message means, as ordered rules."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from alert_engine.routes.base import Accepted, ErrorClass, Unknown
from alert_engine.routes.providers.meaning import Meaning
from alert_engine.routes.providers.provider import Pace
from alert_engine.routes.providers.reading import refused_by_status, retry_after

from .answers import SUCCESS, Clause, Finder, View, read_clause, read_finder, read_success, view_of

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.routes.base import Outcome, Rejected
    from alert_engine.routes.providers.exchange import ProviderResponse

    from .nodes import Node

_REASONS = {
    ErrorClass.TEMPORARY: "the provider cannot take it now",
    ErrorClass.RECIPIENT: "the provider does not reach this address",
    ErrorClass.MESSAGE: "the provider does not take this message",
    ErrorClass.ACCOUNT: "the provider refuses the account: look at its credentials and credit",
}
_MAX_SEGMENTS = 255
_MAX_CODE = 64  # characters of a code that is shown


@dataclass(frozen=True, slots=True)
class Rule:
    """When an answer is a refusal, and which."""

    clause: Clause
    meaning: Meaning
    throttled: bool = False  # too many requests, whatever status of HTTP says so


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRules:
    """How to read the answer to a message."""

    accepted: Clause | None = None  # None: nobody knows yet what success looks like
    reference: Finder | None = None
    segments: Finder | None = None
    code: Finder | None = None
    errors: tuple[Rule, ...] = ()

    def outcome(self, response: ProviderResponse, now: datetime, *, planned: int, spare: str) -> Outcome:
        """What it means.

        Args:
            response: the answer.
            now: aware UTC.
            planned: segments, where the answer does not say.
            spare: the reference, where the provider gives none.
        """
        view = view_of(b"" if response.is_cut else response.body, response.status)
        if response.is_cut and SUCCESS.holds(view):
            return Unknown(reason="the answer of the provider broke off")
        if self.accepted is not None and self.accepted.holds(view):
            return self._accepted(view, planned, spare)
        if (refused := self.refusal(view, response, now)) is not None:
            return refused
        if self.accepted is None and SUCCESS.holds(view):
            return Unknown(reason="the recipe does not say what success looks like: set answer.accepted")
        return refused_by_status(response, now)

    def refusal(self, view: View, response: ProviderResponse, now: datetime) -> Rejected | None:
        """By the first rule that applies; None: there is none."""
        rule = next((rule for rule in self.errors if rule.clause.holds(view)), None)
        if rule is None:
            return None
        told = self.code.find(view) if self.code else ""
        if not told or response.status == HTTPStatus.TOO_MANY_REQUESTS:  # by which the route rests
            told = f"HTTP {response.status}"
        code = "".join(each for each in told if each.isprintable())[:_MAX_CODE]
        wait = retry_after(response, now)
        return rule.meaning.refusal(code, Pace().pause if wait is None and rule.throttled else wait)

    def _accepted(self, view: View, planned: int, spare: str) -> Outcome:
        reference = self.reference.find(view) if self.reference else spare
        if not reference:
            return Unknown(reason="the provider answered with success, but without the id of the message")
        told = self.segments.find(view) if self.segments else ""
        is_count = told.isascii() and told.isdigit() and 1 <= int(told[:9]) <= _MAX_SEGMENTS
        return Accepted(reference=reference, segments=int(told) if is_count else planned)


def read_rules(node: Node) -> AnswerRules:
    """Raises ConfigError."""
    node.only("accepted", "reference", "segments", "code", "errors")
    accepted, errors = node.get("accepted"), node.get("errors")
    finders = {key: read_finder(each) for key in ("reference", "segments", "code") if (each := node.get(key))}
    return AnswerRules(
        accepted=read_success(accepted) if accepted else None,
        errors=tuple(_read_rule(each) for each in errors.items()) if errors else (),
        **finders,
    )


def _read_rule(node: Node) -> Rule:
    clause = read_clause(node, "class", "reason", "this_route_only", "opted_out", "throttled")
    if not clause.statuses and not clause.signs:
        raise node.refused("must say when it applies: status, where or both")
    word = node.need("class")
    error_class = word.word(ErrorClass)
    if error_class not in _REASONS:
        raise word.refused(f"must be one of {', '.join(_REASONS)}")
    reason, elsewhere, opted_out = node.get("reason"), node.get("this_route_only"), node.get("opted_out")
    throttled = node.get("throttled")
    if throttled and error_class is not ErrorClass.TEMPORARY:
        raise throttled.refused(f"goes with class {ErrorClass.TEMPORARY} only")
    meaning = Meaning(
        error_class,
        reason.text() if reason else _REASONS[error_class],
        this_route_only=elsewhere.flag() if elsewhere else False,
        opted_out=opted_out.flag() if opted_out else False,
    )
    return Rule(clause, meaning, throttled=throttled.flag() if throttled else False)
