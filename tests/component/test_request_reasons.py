"""Why a request makes no sense is said in the language of Home Assistant, wherever it is refused."""

import ast
import re
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.exceptions import ServiceValidationError

import alert_engine
from alert_engine.errors import InvalidRequestError, RequestReason, RouteReason
from custom_components.alert_gateway import const
from custom_components.alert_gateway.reasons import request_reason_of
from tests.component.acting import act
from tests.component.entries import ANNA, BEN, hub_of, set_up
from tests.component.sources import calls_in, members_in
from tests.component.texts import LANGUAGES, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

_ERRORS = {"InvalidRequestError", "UnknownRecipientError"}
_NOT_DONE = {"CreditUnknownError", "ModemServiceError"}
_GIVEN_ON = {"forbidden", "reason"}  # names of what is a RequestReason already


def _raise_sites() -> Iterator[tuple[str, ast.Call]]:
    """Every place where such an error is made, in the engine and in the shell."""
    for module in (alert_engine, const):
        yield from calls_in(module, _ERRORS)


SITES = dict(_raise_sites())


def _quoted(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def _reason(call: ast.Call) -> str | None:
    """What is given as the reason: the name of a member, or of a variable."""
    given = call.args[1] if len(call.args) > 1 else None
    if isinstance(given, ast.Attribute):
        return given.attr
    return given.id if isinstance(given, ast.Name) else None


@pytest.mark.parametrize("place", SITES)
def test_every_refusal_has_a_reason(place: str) -> None:
    reason = _reason(SITES[place])
    assert reason in {*RequestReason.__members__, *_GIVEN_ON}, "a shell can only say it in English"


@pytest.mark.parametrize("place", SITES)
def test_a_refusal_gives_what_its_text_quotes(place: str) -> None:
    call = SITES[place]
    if (reason := _reason(call)) not in RequestReason.__members__:
        return  # whoever gives it on gives no values
    quoted = _quoted(TEXTS["common"][f"request_{RequestReason[str(reason)]}"])
    values = [each for given in call.args[2:] for each in ast.walk(given)]
    known = {each.value for each in values if isinstance(each, ast.Constant)}
    known |= {each.id.lstrip("_") for each in values if isinstance(each, ast.Name)}  # _most(…)
    assert quoted <= known


KEYS = [*(f"request_{reason}" for reason in RequestReason), *(f"not_done_{reason}" for reason in RouteReason)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reason_lacks_a_text_and_no_text_a_reason(language: str) -> None:
    texts = LANGUAGES[language]["common"]
    assert {key for key in texts if key.startswith(("request_", "not_done_"))} == set(KEYS)
    for key in KEYS:
        assert _quoted(texts[key]) == _quoted(TEXTS["common"][key]), key
        assert not texts[key].endswith("."), "it stands in the middle of a sentence"


@pytest.mark.parametrize("language", ["de", "it"])
@pytest.mark.parametrize("key", KEYS)
def test_no_text_is_left_in_english(language: str, key: str) -> None:
    assert LANGUAGES[language]["common"][key] != TEXTS["common"][key]


def test_every_error_of_a_way_out_has_a_reason_that_is_used() -> None:
    """Where a variable gives it, `route_reason_of` or the exchange has made it."""
    assert all(len(call.args) > 1 for _, call in calls_in(alert_engine, _NOT_DONE))
    used = {each.attr for each in members_in(alert_engine, {"RequestReason", "RouteReason"})}
    used |= {each.attr for each in members_in(const, {"RequestReason"})}
    assert used == {*RequestReason.__members__, *RouteReason.__members__}


# --- by action ---

LONG_AGO = "2020-01-01 00:00:00"
REFUSED: list[tuple[str, dict[str, Any], RequestReason, dict[str, str]]] = [
    ("send", {"to": "Anna", "message": "x", "expires_in": 0}, RequestReason.EXPIRES_TOO_SOON, {}),
    (
        "send",
        {"to": "Anna", "message": "x", "expires_in": {"days": 3_000_000}},
        RequestReason.TIME_TOO_FAR,
        {"field": "expires_in"},
    ),
    (
        "send",
        {"to": "Anna", "message": "x", "request_id": "two\nlines"},
        RequestReason.NAME_LENGTH,
        {"field": "request_id", "most": "256"},
    ),
    (
        "send",
        {"to": "Anna", "message": "x", "media_url": "http://example.org/door.jpg"},
        RequestReason.MEDIA_ADDRESS,
        {},
    ),
    (
        "send",
        {"to": "Anna", "message": "x", "media_url": "https://example.org/a", "media_name": "a\nb"},
        RequestReason.NAME_LENGTH,
        {"field": "media_name", "most": "240"},
    ),
    (
        "send",
        {"to": "Anna", "message": "x", "media_url": "https://example.org/door.jpg", "proof": "delivered"},
        RequestReason.PROOF_WITH_MEDIA,
        {},
    ),
    ("reply", {"message_id": "gone", "message": "x"}, RequestReason.REPLY_TO_NOTHING, {}),
    ("raise_alarm", {"key": "x", "source": "gateway"}, RequestReason.SOURCE_RESERVED, {"source": "gateway"}),
    (
        "raise_alarm",
        {"key": "x", "request_id": "two\nlines"},
        RequestReason.NAME_LENGTH,
        {"field": "request_id", "most": "256"},
    ),
    (
        "raise_alarm",
        {"key": "x", "ttl": 0},
        RequestReason.DURATION_RANGE,
        {"field": "ttl", "least": "1", "days": "366"},
    ),
    ("shelve_alarm", {"all": True, "until": LONG_AGO}, RequestReason.TIME_PASSED, {}),
    ("shelve_alarm", {"all": True, "duration": {"days": 8}}, RequestReason.SHELVED_TOO_LONG, {"days": "7"}),
    ("test_person", {"person": "Nobody"}, RequestReason.PERSON_UNKNOWN, {}),
    (
        "get_messages",
        {"direction": "both", "since": LONG_AGO},
        RequestReason.FILTER_OF_SENT,
        {"field": "since"},
    ),
    ("get_messages", {"before": "gone"}, RequestReason.BEFORE_UNKNOWN, {}),
    ("get_messages", {"person": "Nobody"}, RequestReason.PERSON_OR_NUMBER, {}),
    ("get_messages", {"direction": "both"}, RequestReason.CONVERSATION_UNNAMED, {}),
]


async def _refusal(hass: HomeAssistant, action: str, data: dict[str, Any]) -> str:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, action, **data)
    assert caught.value.translation_key == "invalid_request"
    return str((caught.value.translation_placeholders or {})["reason"])


@pytest.fixture
async def house(hass: HomeAssistant, request: pytest.FixtureRequest) -> MockConfigEntry:
    """The hub of a house that speaks this language."""
    hass.config.language = request.param
    return await set_up(hass, hub_of(ANNA, BEN))


@pytest.mark.parametrize("house", LANGUAGES, indirect=True)
async def test_an_action_says_why_in_the_language_of_the_house(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    texts = LANGUAGES[hass.config.language]["common"]
    for action, data, reason, values in REFUSED:
        told = await _refusal(hass, action, data)
        assert told == texts[f"request_{reason}"].format_map(values), (action, data)


def test_what_no_text_is_there_for_is_said_by_the_fields_of_the_action() -> None:
    names = {"expires_at": "expires_in"}
    assert request_reason_of(InvalidRequestError("expires_at: no"), {}, names) == "expires_in: no"
    assert request_reason_of(InvalidRequestError("no: not so"), {}, names) == "no: not so"
    assert request_reason_of(InvalidRequestError("no"), {}, names) == "no"
