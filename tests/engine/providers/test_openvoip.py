"""openvoip.it, after the description of its maker."""

from __future__ import annotations

import hashlib
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from alert_engine.errors import ConfigError
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass, Rejected, Unknown
from alert_engine.routes.providers.exchange import ProviderRequest
from alert_engine.routes.providers.openvoip import Openvoip
from alert_engine.routes.providers.provider import (
    AnswersPolls,
    ChecksAccess,
    Moment,
    Pace,
    ProviderLimits,
    TakesCallbacks,
    TellsCredit,
)
from tests.engine.providers.contract import NONCE, NOW, Case, SendContract, a_message
from tests.engine.providers.stand_in import Answer

MOMENT = Moment(now=NOW, nonce=NONCE)
ITALIAN = a_message(address="+393331234567", text="Feuer im Keller")
ACCOUNT = Openvoip(secret="geheim", caller_group="42", sender="Alarm")


def answered(status: str, words: str = "") -> Answer:
    return Answer(body=f'{{"exit_status":"{status}","exit_string":"{words}"}}', content_type="text/html")


class TestSending(SendContract):
    provider = ACCOUNT
    message = ITALIAN
    good = answered("000", "forwarded")
    accepted = Accepted(reference=NONCE, segments=1)
    secrets = ("geheim",)
    cases: ClassVar = (
        Case("the code in the words", answered("1", "ERR: 000 forwarded"), accepted),
        Case(
            "020 wrong number, or one that it does not serve",
            answered("020"),
            ErrorClass.RECIPIENT,
            "020",
            extra={"this_route_only": True},
        ),
        Case("099 generic", answered("0", "ERR: 099 errore generico"), ErrorClass.TEMPORARY, "099"),
        Case("-1 security", answered("-1", "Security error"), ErrorClass.ACCOUNT, "-1"),
        Case("security in words", answered("", "Security Error"), ErrorClass.ACCOUNT),
        Case(
            "security whatever else is said", answered("-1", "Security error 000"), ErrorClass.ACCOUNT, "-1"
        ),
        Case("a number for a status", Answer(body='{"exit_status":-1}'), ErrorClass.ACCOUNT, "-1"),
        Case("a code nobody knows", answered("777"), Unknown),
        Case("no codes in longer numbers", answered("10000", "id 40201"), Unknown),
        Case("500", Answer(status=500), Unknown),
        Case("moved", Answer(status=302, headers={"Location": "https://example.com/"}), ErrorClass.ACCOUNT),
    )


def query_of(provider: Openvoip, message: object = ITALIAN) -> dict[str, list[str]]:
    request = provider.send_request(message, MOMENT)  # type: ignore[arg-type]  # the default is one
    assert isinstance(request, ProviderRequest)
    return parse_qs(urlsplit(request.url).query, keep_blank_values=True)


def test_the_digest_is_that_of_the_description() -> None:
    """Known answer of providers.md section 0.4, computed after the maker's formula."""
    assert query_of(ACCOUNT)["verify"] == ["4b0bdfda9bf14f0d81ae47d265c47f28"]


def test_everything_that_the_description_names_is_sent() -> None:
    query = query_of(Openvoip(secret="geheim", caller_group="42", sender="Alarm", archive=True))
    assert {name: value for name, (value,) in query.items() if name != "verify"} == {
        "archivia": "1",
        "id_call_gr": "42",
        "sms_text": "Feuer im Keller",
        "sms_destination": "+393331234567",
        "sms_sender": "Alarm",
    }


def test_the_plus_can_be_encoded_twice_and_the_digest_stays() -> None:
    query = query_of(Openvoip(secret="geheim", caller_group="42", sender="Alarm", encode_plus_twice=True))
    assert query["sms_destination"] == ["%2B393331234567"]
    assert query["verify"] == ["4b0bdfda9bf14f0d81ae47d265c47f28"]


def test_the_text_and_its_digest_follow_the_encoding() -> None:
    latin = Openvoip(secret="s", caller_group="1", encoding="iso-8859-1")
    message = a_message(address="+393331234567", text="Öl")
    request = latin.send_request(message, MOMENT)
    assert isinstance(request, ProviderRequest)
    assert "sms_text=%D6l" in request.url
    inner = hashlib.sha1(b"\xd6l+393331234567s1").hexdigest()
    assert request.url.endswith("verify=" + hashlib.md5(inner.encode()).hexdigest())
    utf_8 = Openvoip(secret="s", caller_group="1").send_request(message, MOMENT)
    assert isinstance(utf_8, ProviderRequest)
    assert "sms_text=%C3%96l" in utf_8.url
    refused = latin.send_request(a_message(address="+393331234567", text="5 €"), MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.MESSAGE
    with pytest.raises(ValueError, match=r"^the text has characters that iso-8859-1 lacks$"):
        latin.plan_segments(a_message(text="5 €"))


def test_a_refused_text_goes_when_it_is_plain() -> None:
    """A message that is refused for its characters is sent plainer once."""
    latin = Openvoip(secret="s", caller_group="1", encoding="iso-8859-1")
    plain = a_message(address="+393331234567", text="5 € ł", plain=True)
    assert query_of(latin, plain)["sms_text"] == ["5 EUR l"]
    assert latin.plan_segments(plain) == 1
    assert ACCOUNT.plan_segments(a_message(text="ł" * 80)) == 2
    assert ACCOUNT.plan_segments(a_message(text="ł" * 80, plain=True)) == 1


@pytest.mark.parametrize("fields", [{"data": b"\x01"}, {"channel": Channel.CALL}])
def test_only_sms_with_text_is_carried(fields: dict[str, object]) -> None:
    message = a_message(address="+393331234567", **fields)
    with pytest.raises(ValueError, match="SMS with text"):
        ACCOUNT.plan_segments(message)
    refused = ACCOUNT.send_request(message, MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.MESSAGE


def test_it_tells_nothing_and_takes_five_in_a_second() -> None:
    sms = frozenset({Channel.SMS})
    assert ACCOUNT.limits == ProviderLimits(channels=sms, pace=Pace(per_second=5.0))
    for offered in (ChecksAccess, TellsCredit, AnswersPolls, TakesCallbacks):
        assert not isinstance(ACCOUNT, offered)


def test_other_countries_are_refused_before_anything_is_sent() -> None:
    refused = ACCOUNT.send_request(a_message(), MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.RECIPIENT
    assert refused.this_route_only  # another route reaches them
    assert "+39" in refused.reason


@pytest.mark.parametrize(
    ("field", "value"),
    [("secret", ""), ("caller_group", ""), ("encoding", "utf-16"), ("sender", "far too long a name")],
)
def test_settings_that_make_no_sense_are_refused(field: str, value: str) -> None:
    settings = {"secret": "geheim", "caller_group": "42"} | {field: value}
    with pytest.raises(ConfigError, match=field) as caught:
        Openvoip(**settings)  # type: ignore[arg-type]  # texts all
    assert caught.value.path == (field,)
