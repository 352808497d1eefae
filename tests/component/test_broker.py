"""From Home Assistant's MQTT entry to our own connection."""

import stat
from typing import TYPE_CHECKING, Any

import certifi
import pytest
from homeassistant.config_entries import ConfigEntryDisabler
from pytest_homeassistant_custom_component.common import MockConfigEntry

from alert_engine.intake.settings import TlsSettings
from custom_components.alert_gateway.broker import broker_data, mqtt_settings
from custom_components.alert_gateway.settings import gateway_name
from tests.component.entries import hub_of

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant

BROKER = {"broker": "mqtt.example", "port": 1884, "username": "agw", "password": "secret", "protocol": "5"}
PEM = "Müller CA\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def test_the_entry_of_home_assistant_gives_broker_and_login(hass: HomeAssistant, tmp_path: Path) -> None:
    MockConfigEntry(domain="mqtt", data=BROKER).add_to_hass(hass)
    data = broker_data(hass)
    assert data is not None

    settings = mqtt_settings(data, hub_of(title="Haus am See"), tmp_path / "tls")

    assert (settings.host, settings.port) == ("mqtt.example", 1884)
    assert (settings.username, settings.password) == ("agw", "secret")
    assert (settings.gateway, settings.prefix) == ("haus_am_see", "alert_gateway")
    assert settings.tls is None
    assert "secret" not in repr(settings)


def test_the_prefix_comes_from_the_options(tmp_path: Path) -> None:
    hub = hub_of(options={"mqtt_prefix": "site/alarms"})
    assert mqtt_settings(BROKER, hub, tmp_path).prefix == "site/alarms"


@pytest.mark.parametrize("privacy", ["open", "normal", "strict"])
def test_texts_are_on_mqtt_only_where_the_hub_says_so(tmp_path: Path, privacy: str) -> None:
    hub = hub_of(options={"privacy": privacy})
    assert mqtt_settings(BROKER, hub, tmp_path).show_texts is (privacy == "open")


def test_certificates_are_kept_where_only_we_can_read_them(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tls"
    broker = {**BROKER, "certificate": PEM, "client_cert": PEM, "client_key": PEM, "tls_insecure": True}

    tls = mqtt_settings(broker, hub_of(), folder).tls

    files = [folder / "ca.pem", folder / "client.pem", folder / "client.key"]
    assert tls == TlsSettings(
        ca_file=str(files[0]), certificate_file=str(files[1]), key_file=str(files[2]), check_hostname=False
    )
    for file in files:
        assert file.read_text(encoding="utf-8") == PEM
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_certificate_that_is_gone_from_the_entry_is_gone_from_the_disk(tmp_path: Path) -> None:
    mqtt_settings({**BROKER, "certificate": PEM, "client_cert": PEM, "client_key": PEM}, hub_of(), tmp_path)

    tls = mqtt_settings({**BROKER, "certificate": "auto"}, hub_of(), tmp_path).tls

    assert tls == TlsSettings(ca_file=certifi.where(), check_hostname=True)
    assert not (tmp_path / "client.key").exists()


@pytest.mark.parametrize(
    "entry",
    [
        None,
        {"data": {}},
        {"data": BROKER, "disabled_by": ConfigEntryDisabler.USER},
        {"data": BROKER, "source": "ignore"},
    ],
)
def test_without_a_broker_there_are_no_settings(hass: HomeAssistant, entry: dict[str, Any] | None) -> None:
    if entry is not None:
        MockConfigEntry(domain="mqtt", **entry).add_to_hass(hass)
    assert broker_data(hass) is None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Home", "home"),
        ("Haus 7", "haus_7"),
        ("Müller & Söhne", "muller_sohne"),
        ("!?", "home"),
        ("", "home"),
    ],
)
def test_the_gateway_is_called_like_the_hub(title: str, name: str) -> None:
    assert gateway_name(hub_of(title=title)) == name
