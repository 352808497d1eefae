"""The types of provider: what their accounts have, and how one is made of plain data."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from alert_engine.errors import ConfigError
from alert_engine.routes.providers.catalogue import (
    GENERIC_HTTP,
    TYPES,
    SettingKind,
    account_class,
    make,
    settings_of,
)

OPENVOIP = {"secret": "s3cret", "caller_group": "42"}


@pytest.mark.parametrize("name", [each for each in TYPES if each != GENERIC_HTTP])
def test_each_account_is_read_from_its_class(name: str) -> None:
    account = account_class(name)
    assert is_dataclass(account)
    assert [each.name for each in settings_of(name)] == [each.name for each in fields(account)]
    assert all(each.default is None for each in settings_of(name) if each.required)
    assert not {"name", "type"} & {each.name for each in settings_of(name)}


def test_what_is_known_of_a_setting() -> None:
    known = {each.name: each for each in settings_of("azure")}
    assert known["connection_string"].secret
    assert known["connection_string"].required
    assert not known["tag"].required
    assert known["report_timeout"].kind is SettingKind.NUMBER
    assert known["report_timeout"].can_be_none
    assert {each.name: each.kind for each in settings_of("link_common")}["gates"] is SettingKind.LIST
    assert settings_of(GENERIC_HTTP) == ()


def test_an_account_is_made_of_plain_data() -> None:
    account = make("openvoip", {**OPENVOIP, "archive": True})
    assert (account.secret, account.caller_group, account.archive) == ("s3cret", "42", True)
    generic = make(GENERIC_HTTP, {"preset": "seven", "settings": {"api_key": "k"}})
    assert generic.settings["api_key"] == "k"


def test_a_list_and_nothing_are_understood() -> None:
    own = {"base_url": "https://n-eu.linkmobility.io/sms", "user": "u", "password": "p", "sender": "Alarm"}
    platform = {"platform_id": "1", "platform_partner_id": "2"}
    assert make("link_common", {**own, **platform, "gates": ["a", "b"]}).gates == ("a", "b")
    key = "endpoint=https://x.communication.azure.com/;accesskey=c2VjcmV0"
    azure = {"connection_string": key, "sender": "+4366412345678"}
    assert make("azure", {**azure, "report_timeout": None}).report_timeout is None


@pytest.mark.parametrize(
    ("type_name", "data", "path", "text"),
    [
        ("nobody", {}, ("type",), "must be one of twilio, "),
        ("openvoip", {"secret": "s"}, ("caller_group",), "is missing"),
        ("openvoip", {**OPENVOIP, "colour": "red"}, ("colour",), "is no setting of openvoip; there are: "),
        ("openvoip", {**OPENVOIP, "caller_group": 42}, ("caller_group",), "put it in quotes"),
        ("openvoip", {**OPENVOIP, "sender": "x" * 8193}, ("sender",), "must be a text"),
        ("openvoip", {**OPENVOIP, "archive": "yes"}, ("archive",), "must be true or false"),
        ("openvoip", {**OPENVOIP, "archive": None}, ("archive",), "must be true or false"),
        ("openvoip", {**OPENVOIP, "encoding": "ebcdic"}, ("encoding",), "must be one of utf-8"),
        ("twilio", {"account_sid": "AC", "auth_token": "t", "call_loop": True}, ("call_loop",), "a whole"),
        (GENERIC_HTTP, {"preset": "nobody"}, ("preset",), "is no preset"),
        (GENERIC_HTTP, {"preset": "seven", "settings": {}}, ("settings", "api_key"), "is missing"),
    ],
)
def test_what_makes_no_sense_says_where(
    type_name: str, data: dict[str, Any], path: tuple[str, ...], text: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        make(type_name, data, ("providers", 0))
    assert caught.value.path == ("providers", 0, *path)
    assert text in str(caught.value)
    assert not str(caught.value).startswith(path[-1])  # whoever knows the whole path puts it there
    assert "s3cret" not in str(caught.value)
