"""What people get wrong often has a reason that a shell can say in their language."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from alert_engine.config.engine import engine_settings_from
from alert_engine.errors import ConfigError, ConfigReason, InvalidRequestError
from alert_engine.routes.providers.catalogue import make

ANNA = {"id": "anna", "name": "Anna", "phone": "+436641234567"}
MAIL = {"channel": "email", "value": "anna@example.org"}
NUMBER = {"name": "degrees", "kind": "number", "maximum": 30}
CHOICE = {"name": "room", "kind": "choice", "choices": ["hall"]}
NIGHT = {"id": "night", "name": "Night", "rotation": ["anna"], "begins": "2026-01-05", "handover": "08:00"}
ASKED = {"number": "6700", "text": "GUTHABEN", "pattern": "([0-9]+)"}


def keyword(*parameters: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A document with one keyword."""
    one = {"name": "heat", "words": ["HEAT"], "parameters": list(parameters), **changed}
    return {"commands": {"keywords": [one]}}


def heartbeat(**changed: Any) -> dict[str, Any]:
    """A document with one heartbeat."""
    return {"heartbeats": [{"source": "plc", "key": "alive", "period": "5min", **changed}]}


def watched(**said: Any) -> dict[str, Any]:
    """A document with one route that is watched."""
    return {"supervision": {"routes": {"stick": said}}}


def groups(*members: list[str]) -> dict[str, Any]:
    """A document with these groups, called g0, g1 and so on."""
    return {
        "groups": [{"id": f"g{number}", "members": those} for number, those in enumerate(members)],
    }


CASES: list[tuple[ConfigReason, dict[str, Any], dict[str, str]]] = [
    (ConfigReason.ADDRESS_TWICE, {"people": [{"id": "a", "name": "A", "addresses": [MAIL, MAIL]}]}, {}),
    (ConfigReason.CHOICE_OF_DIGITS, keyword({**CHOICE, "choices": ["1"]}), {}),
    (ConfigReason.CHOICE_WITH_BLANK, keyword({**CHOICE, "choices": ["a b"]}), {"name": "room"}),
    (ConfigReason.CHOICES_MISSING, keyword({"name": "room", "kind": "choice"}), {"name": "room"}),
    (ConfigReason.CREDIT_INTERVAL, watched(credit_every="5min"), {}),
    (ConfigReason.CYCLE, groups(["g1"], ["g0"]), {"way": "g0 > g1 > g0"}),
    (ConfigReason.DOLLAR, keyword(answer="5 $"), {}),
    (
        ConfigReason.END_BEFORE_START,
        {
            "people": [ANNA],
            "on_call": [
                {
                    **NIGHT,
                    "substitutions": [
                        {"person": "anna", "from": "2026-12-27 08:00", "to": "2026-12-24 08:00"}
                    ],
                }
            ],
        },
        {"person": "anna"},
    ),
    (ConfigReason.EVERY_MISSING, {"policies": {"high": {"rounds": 2}}}, {}),
    (ConfigReason.FIELD_UNKNOWN, keyword(answer="${cat}"), {"name": "cat"}),
    (ConfigReason.GRACE_LENGTH, heartbeat(grace="40d"), {}),
    (
        ConfigReason.LOOPBACK_INTERVAL,
        {"supervision": {"routes": {"stick": {"loopback_every": "5min"}}}},
        {},
    ),
    (
        ConfigReason.MAXIMUM_MISSING,
        keyword({"name": "degrees", "kind": "number"}),
        {"name": "degrees", "most": "99999"},
    ),
    (ConfigReason.MINIMUM_ABOVE_MAXIMUM, keyword({**NUMBER, "minimum": 31}), {"name": "degrees"}),
    (ConfigReason.NAME_SIGNS, {"people": [{**ANNA, "id": "Not so"}]}, {}),
    (ConfigReason.NUMBER_OF_TWO, {"people": [ANNA, {**ANNA, "id": "ben", "name": "Ben"}]}, {}),
    (ConfigReason.NUMBER_UNREADABLE, {"people": [{**ANNA, "phone": "12"}]}, {}),
    (ConfigReason.OPTIONAL_LAST, keyword({**NUMBER, "required": False}, CHOICE), {}),
    (ConfigReason.PARAMETER_NAME, keyword({**NUMBER, "name": "Degrees"}), {}),
    (ConfigReason.PARAMETER_TWICE, keyword(NUMBER, NUMBER), {}),
    (ConfigReason.PATTERN, watched(credit_request={**ASKED, "pattern": "EUR"}), {}),
    (ConfigReason.PATTERN, watched(credit_request={**ASKED, "pattern": "("}), {}),
    (ConfigReason.PERIOD_LENGTH, heartbeat(period="40d"), {}),
    (ConfigReason.SETTING_RANGE, {"policies": {"high": {"rounds": 100_000}}}, {"least": "-1"}),
    (ConfigReason.SOURCE_RESERVED, heartbeat(source="gateway"), {"source": "gateway"}),
    (ConfigReason.TEXT_LAST, keyword({"name": "words", "kind": "text"}, NUMBER), {}),
    (ConfigReason.TIMES_MISSING, {"policies": {"high": {"round_every": "5min"}}}, {}),
    (ConfigReason.TOO_DEEP, groups(*([f"g{number + 1}"] for number in range(20)), []), {}),
    (ConfigReason.USELESS_HERE, keyword({**CHOICE, "minimum": 5}), {"key": "minimum"}),
    (ConfigReason.WORD_TAKEN, keyword(words=["OK"]), {"word": "OK", "name": "heat"}),
]


@pytest.mark.parametrize(("reason", "data", "values"), CASES, ids=[case[0].value for case in CASES])
def test_the_reason_and_what_it_is_about(
    reason: ConfigReason, data: dict[str, Any], values: dict[str, str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        engine_settings_from({"gateway": "home", **data}, UTC)

    assert caught.value.reason is reason
    assert caught.value.values.items() >= values.items()
    assert caught.value.path, "a form shows it at its field"


SMPP = {"host": "smsc.example.org", "system_id": "house", "password": "secret"}
ACCOUNTS: list[tuple[ConfigReason, str, dict[str, Any], dict[str, str]]] = [
    (ConfigReason.SETTING_CHOICE, "smpp", {**SMPP, "alphabet": "runes"}, {}),
    (ConfigReason.SETTING_MISSING, "smpp", {**SMPP, "system_id": ""}, {}),
    (ConfigReason.SETTING_RANGE, "smpp", {**SMPP, "window": 0}, {"least": "1"}),
]


@pytest.mark.parametrize(("reason", "kind", "data", "values"), ACCOUNTS)
def test_the_reason_of_an_account_comes_through(
    reason: ConfigReason, kind: str, data: dict[str, Any], values: dict[str, str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        make(kind, data, ("providers", 0))

    assert caught.value.reason is reason
    assert caught.value.values.items() >= values.items()
    assert caught.value.path[:2] == ("providers", 0)


def test_every_reason_is_one_that_happens() -> None:
    assert {case[0] for case in (*CASES, *ACCOUNTS)} == set(ConfigReason)


def test_the_rest_has_only_a_text() -> None:
    with pytest.raises(ConfigError) as caught:
        engine_settings_from({"gateway": "home", "novelty": 1}, UTC)

    assert (caught.value.reason, caught.value.values) == (None, {})
    assert (InvalidRequestError("no").reason, InvalidRequestError("no").values) == (None, {})
