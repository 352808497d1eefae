"""A recipe: everything there is to know of a provider's API, read from plain data and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .answers import SUCCESS, Clause, Finder, read_finder, read_success
from .numbers import NumberForm, read_number_form
from .requests import Charset, RequestTemplate, read_request
from .rules import AnswerRules, read_rules
from .templates import Template, read_template
from .told import InboundReading, ReportReading, read_inbound, read_reports

if TYPE_CHECKING:
    from .nodes import Node

MESSAGE_NAMES = frozenset(
    {
        "number",  # in the form that the recipe names
        "text",
        "alphabet",  # the recipe's word for the alphabet that the text needs
        "uid",  # ours, the same for each attempt
        "nonce",  # 32 hex digits, another one for each request
        "callback_url",  # empty if the provider cannot call us
        "validity_seconds",  # empty if there is none
        "validity_minutes",
        "flash",  # 1 or true, or empty
    }
)
ASKING_NAMES = frozenset({"reference", "nonce"})
KEYS = ("about", "account", "number", "alphabet", "send", "answer", "status", "credit", "check", "callback")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlphabetWords:
    """What an API calls the two alphabets of SMS, where it wants to be told."""

    gsm: str = "text"
    unicode: str = "unicode"


@dataclass(frozen=True, slots=True)
class StatusPoll:
    """How to ask what became of a message."""

    request: RequestTemplate
    reports: ReportReading


@dataclass(frozen=True, slots=True)
class CreditAsk:
    """How to ask what is left to pay with."""

    request: RequestTemplate
    amount: Finder
    currency: Finder | None = None


@dataclass(frozen=True, slots=True)
class AccessCheck:
    """How to see that the account works, without sending."""

    request: RequestTemplate
    passed: Clause = SUCCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackReading:
    """What the provider's calls hold."""

    reports: ReportReading | None = None
    inbound: InboundReading | None = None
    basic: tuple[Template, Template] | None = field(default=None, repr=False)
    charset: Charset = Charset.UTF_8
    answer: str = ""  # body of our answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """An API."""

    send: RequestTemplate
    answer: AnswerRules
    number: NumberForm = field(default_factory=NumberForm)
    alphabet: AlphabetWords = field(default_factory=AlphabetWords)
    status: StatusPoll | None = None
    credit: CreditAsk | None = None
    check: AccessCheck | None = None
    callback: CallbackReading | None = None

    @property
    def requests(self) -> dict[tuple[str, ...], RequestTemplate]:
        """All requests that it makes, by their places in it."""
        asking = {"status": self.status, "credit": self.credit, "check": self.check}
        found: dict[tuple[str, ...], RequestTemplate] = {("send",): self.send}
        found |= {(key, "request"): each.request for key, each in asking.items() if each is not None}
        return found

    @property
    def names(self) -> frozenset[str]:
        """Of all the values that it takes."""
        proofs = self.callback.basic if self.callback and self.callback.basic else ()
        templates = (*self.requests.values(), *proofs)
        return frozenset[str]().union(*(template.names for template in templates))


def read_recipe(node: Node, account: frozenset[str]) -> Recipe:
    """A recipe for an account that has these values. Raises ConfigError."""
    node.only(*KEYS)
    number, status, credit = node.get("number"), node.get("status"), node.get("credit")
    check, callback, alphabet = node.get("check"), node.get("callback"), node.get("alphabet")
    return Recipe(
        send=read_request(node.need("send"), MESSAGE_NAMES | account, account),
        answer=read_rules(node.need("answer")),
        number=read_number_form(number) if number else NumberForm(),
        alphabet=_read_alphabet(alphabet) if alphabet else AlphabetWords(),
        status=_read_status(status, account) if status else None,
        credit=_read_credit(credit, account) if credit else None,
        check=_read_check(check, account) if check else None,
        callback=_read_callback(callback, account) if callback else None,
    )


def _read_alphabet(node: Node) -> AlphabetWords:
    node.only("gsm", "unicode")
    return AlphabetWords(gsm=node.need("gsm").text(), unicode=node.need("unicode").text())


def _read_status(node: Node, account: frozenset[str]) -> StatusPoll:
    node.only("request", "reports")
    request = read_request(node.need("request"), ASKING_NAMES | account, account)
    return StatusPoll(request, read_reports(node.need("reports")))


def _read_credit(node: Node, account: frozenset[str]) -> CreditAsk:
    node.only("request", "amount", "currency")
    currency = node.get("currency")
    return CreditAsk(
        read_request(node.need("request"), account, account),
        read_finder(node.need("amount")),
        read_finder(currency) if currency else None,
    )


def _read_check(node: Node, account: frozenset[str]) -> AccessCheck:
    node.only("request", "passed")
    passed = node.get("passed")
    request = read_request(node.need("request"), account, account)
    return AccessCheck(request, read_success(passed) if passed else SUCCESS)


def _read_callback(node: Node, account: frozenset[str]) -> CallbackReading:
    node.only("reports", "inbound", "basic", "charset", "answer")
    reports, inbound, answer = node.get("reports"), node.get("inbound"), node.get("answer")
    basic, charset = node.get("basic"), node.get("charset")
    for kind in (reports, inbound):
        if kind and reports and inbound:
            kind.need("when")  # else a call that is of one kind would be refused for not being of the other
    if basic:
        basic.only("user", "password")
    return CallbackReading(
        reports=read_reports(reports) if reports else None,
        inbound=read_inbound(inbound) if inbound else None,
        basic=(
            (read_template(basic.need("user"), account), read_template(basic.need("password"), account))
            if basic
            else None
        ),
        charset=charset.word(Charset) if charset else Charset.UTF_8,
        answer=answer.text() if answer else "",
    )
