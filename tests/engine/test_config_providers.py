"""``providers:`` of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.config.document import gateway_settings_from
from alert_engine.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.config.document import GatewaySettings

SECRET = "0123456789abcdef"
VOIP = {"name": "voip", "type": "openvoip", "secret": "s3cret", "caller_group": "42"}
SPRYNG = {"name": "spryng", "type": "spryng", "api_key": "k", "account_reference": "SPNL0000000"}
CALLED = {**SPRYNG, "callback_url": "https://gw.example.org/", "callback_secret": SECRET}
KEY_FILE = {"api_key_file": "key"}
HTTP: dict[str, Any] = {"http": {}}


def read(folder: Path, *providers: dict[str, Any], **more: Any) -> GatewaySettings:
    whole = {"gateway": "home", "journal": "journal.db", "providers": list(providers), **more}
    return gateway_settings_from(whole, folder=folder)


def test_accounts_are_routes_that_budgets_know(tmp_path: Path) -> None:
    settings = read(tmp_path, VOIP, SPRYNG, budgets={"voip": 10})
    assert [(each.name, each.type, each.callback_url) for each in settings.providers] == [
        ("voip", "openvoip", ""),
        ("spryng", "spryng", ""),
    ]
    assert settings.providers[0].account.caller_group == "42"
    assert "s3cret" not in repr(settings)
    assert settings == read(tmp_path, VOIP, SPRYNG, budgets={"voip": 10})


def test_the_callback_address_ends_with_the_secret(tmp_path: Path) -> None:
    (provider,) = read(tmp_path, CALLED, **HTTP).providers
    assert provider.callback_url == f"https://gw.example.org/callback/spryng/{SECRET}"


@pytest.mark.parametrize(
    "base", ["https://gw:8443", "https://[2001:db8::1]:443/p/a", "https://a.b-c.example/"]
)
def test_how_a_gateway_is_reached(tmp_path: Path, base: str) -> None:
    (provider,) = read(tmp_path, {**CALLED, "callback_url": base}, **HTTP).providers
    assert provider.callback_url == f"{base.rstrip('/')}/callback/spryng/{SECRET}"


@pytest.mark.parametrize(
    "base",
    [
        "https://",
        "https://gw:0",
        "https://gw:65536",
        "https://gw:x",
        "https://:443",
        "https://[gw]",
        "https://::1",
        "https://u@gw",
        "https://gw?x",
        "https://gw\n",
        "gw",
        5,
    ],
)
def test_how_no_gateway_is_reached(tmp_path: Path, base: Any) -> None:
    with pytest.raises(ConfigError, match="must be how this gateway is reached"):
        read(tmp_path, {**CALLED, "callback_url": base}, **HTTP)


@pytest.mark.parametrize("secret", ["k\n", "k\r\nX-Admin: 1", "k\x00", "\t"])
def test_a_secret_is_one_line(tmp_path: Path, secret: str) -> None:
    with pytest.raises(ConfigError, match="line break") as caught:
        read(tmp_path, {**SPRYNG, "api_key": secret})
    assert caught.value.path == ("providers", 0, "api_key")


def test_secrets_may_lie_in_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n", encoding="utf-8")
    (tmp_path / "path").write_text(SECRET, encoding="utf-8")
    given = {key: value for key, value in CALLED.items() if key not in {"api_key", "callback_secret"}}
    generic = {
        "name": "seven",
        "type": "generic_http",
        "preset": "seven",
        "settings": {"api_key_file": "key"},
    }
    settings = read(
        tmp_path, {**given, "api_key_file": "key", "callback_secret_file": "path"}, generic, **HTTP
    )
    assert settings.providers[0].account.api_key == "from-a-file"
    assert settings.providers[0].callback_url.endswith(f"/{SECRET}")
    assert settings.providers[1].account.settings["api_key"] == "from-a-file"


def test_a_file_of_certificates_lies_beside_the_configuration(tmp_path: Path) -> None:
    smtp = {"name": "mail", "type": "smtp", "host": "mail.example.org", "sender": "a@example.org"}
    (with_file, without) = read(tmp_path, {**smtp, "ca_file": "ca.pem"}, {**smtp, "name": "other"}).providers
    assert with_file.account.ca_file == str(tmp_path / "ca.pem")
    assert without.account.ca_file == ""


@pytest.mark.parametrize(
    ("provider", "more", "path", "text"),
    [
        ("x", {}, ("providers", 0), "must be a mapping"),
        ({**VOIP, "name": "A B"}, {}, ("providers", 0, "name"), "use 1 to 64"),
        ({**VOIP, "type": "nobody"}, {}, ("providers", 0, "type"), "must be one of"),
        ({**VOIP, "encoding": "x"}, {}, ("providers", 0, "encoding"), "providers[0].encoding: must be one"),
        ({**VOIP, "secret_file": "x"}, {}, ("providers", 0, "secret_file"), "one of both"),
        ({**SPRYNG, "sender_file": "x"}, {}, ("providers", 0, "sender_file"), "is no setting"),
        (CALLED, {}, ("providers", 0, "callback_url"), "needs http"),
        ({**CALLED, "callback_url": "http://x"}, HTTP, ("providers", 0, "callback_url"), "must be how"),
        ({**CALLED, "callback_secret": "short"}, HTTP, ("providers", 0, "callback_secret"), "16 to 128"),
        (
            {**SPRYNG, "callback_secret": SECRET},
            HTTP,
            ("providers", 0, "callback_secret"),
            "needs a call",
        ),
        (
            {**VOIP, "callback_url": "https://gw.example.org", "callback_secret": SECRET},
            HTTP,
            ("providers", 0, "callback_url"),
            "openvoip never calls",
        ),
        (
            {**VOIP, "name": "stick-calls"},
            {"modems": [{"name": "stick", "port": "/dev/x"}]},
            ("providers", 0, "name"),
            "a route of a modem",
        ),
        (VOIP, {"budgets": {"other": 5}}, ("budgets", "other"), "there are: voip"),
    ],
)
def test_what_makes_no_sense(
    tmp_path: Path, provider: Any, more: dict[str, Any], path: tuple[str | int, ...], text: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, provider, **more)
    assert caught.value.path == path
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("content", "text"), [(None, "cannot be read"), ("a\nb\n", "more than one line"), ("", "is empty")]
)
def test_files_of_secrets_that_make_no_sense(tmp_path: Path, content: str | None, text: str) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content, encoding="utf-8")
    given = {key: value for key, value in SPRYNG.items() if key != "api_key"}
    with pytest.raises(ConfigError, match=text):
        read(tmp_path, {**given, "api_key_file": "key"})


@pytest.mark.parametrize("name", [5, ""])
def test_the_name_of_a_file_is_a_text(tmp_path: Path, name: object) -> None:
    given = {key: value for key, value in SPRYNG.items() if key != "api_key"}
    with pytest.raises(ConfigError, match="must be the name of a file"):
        read(tmp_path, {**given, "api_key_file": name})


def test_two_accounts_have_two_names(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is the same as"):
        read(tmp_path, VOIP, VOIP)


def test_settings_of_a_generic_account_are_a_mapping(tmp_path: Path) -> None:
    generic = {"name": "seven", "type": "generic_http", "preset": "seven", "settings": "x"}
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, generic)
    assert caught.value.path[:3] == ("providers", 0, "settings")


def test_it_is_a_list(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be a list"):
        gateway_settings_from({"gateway": "g", "journal": "j", "providers": {}}, folder=tmp_path)
