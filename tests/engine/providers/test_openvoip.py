"""openvoip.it, after the description of its maker."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from alert_engine.errors import ConfigError
from alert_engine.routes.base import Accepted, ErrorClass, Rejected, Unknown
from alert_engine.routes.providers.exchange import ProviderRequest
from alert_engine.routes.providers.openvoip import Openvoip
from alert_engine.routes.providers.provider import Moment
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
        Case("020 wrong number", answered("020"), ErrorClass.RECIPIENT, "020"),
        Case("099 generic", answered("0", "ERR: 099 errore generico"), ErrorClass.TEMPORARY, "099"),
        Case("-1 security", answered("-1", "Security error"), ErrorClass.ACCOUNT, "-1"),
        Case("security in words", answered("", "Security Error"), ErrorClass.ACCOUNT),
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
    refused = latin.send_request(a_message(address="+393331234567", text="5 €"), MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.MESSAGE
    with pytest.raises(ValueError, match="encode"):
        latin.plan_segments(a_message(text="5 €"))


def test_other_countries_are_refused_before_anything_is_sent() -> None:
    refused = ACCOUNT.send_request(a_message(), MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.RECIPIENT
    assert "+39" in refused.reason


@pytest.mark.parametrize(
    ("field", "value"), [("secret", ""), ("encoding", "utf-16"), ("sender", "far too long a name")]
)
def test_settings_that_make_no_sense_are_refused(field: str, value: str) -> None:
    settings = {"secret": "geheim", "caller_group": "42"} | {field: value}
    with pytest.raises(ConfigError, match=field) as caught:
        Openvoip(**settings)  # type: ignore[arg-type]  # texts all
    assert caught.value.path == (field,)
