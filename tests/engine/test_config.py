"""gateway.yaml and plain data to settings: what is understood, and how each mistake is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alert_engine.config.document import gateway_settings_from
from alert_engine.config.modems import ModemSettings, RecoverySettings
from alert_engine.config.shapes import describe_path
from alert_engine.daemon.file import load_gateway_settings
from alert_engine.errors import ConfigError
from alert_engine.intake.settings import MqttSettings, TlsSettings
from alert_engine.model import Address, Channel, Person, Policy, Severity, Step
from alert_engine.settings import BUILT_IN_POLICIES, DeliveryRules, EngineSettings

IMEI = '"356938035643809"'

FULL = """\
gateway: home
journal: data/journal.db
mqtt:
  host: 127.0.0.1
  port: 1884
  username: agw
  password: "s3cret"
  prefix: site/alerts
  show_texts: true
  tls: {ca_file: tls/ca.pem, certificate_file: tls/client.pem, key_file: /etc/agw.key, check_hostname: false}
modems:
  - name: stick
    port: /dev/serial/by-id/usb-Q
    baudrate: 9600
    pin: "0000"
    imei: "356938035643809"
    recovery: {reset: false, rebind: false, power_command: [uhubctl, -a, cycle, -p, "2"]}
  - name: spare
    port: socket://10.0.0.7:4001
people:
  - {id: anna, name: Anna, phone: "0660 1234567"}
  - {id: ben, name: " Ben ", phone: 436607654321, can_acknowledge: false}
policies:
  critical: {notify: [anna, ben], repeat: -1, every: 5min, latch: true}
  night: {}
in_doubt_wait: {critical: 20s, other: 2min}
default_country: AT
time_zone: Europe/Vienna
"""


def engine_from(data: dict[str, Any]) -> EngineSettings:
    return gateway_settings_from({"gateway": "home", "journal": "j", **data}, folder=Path()).engine


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "gateway.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def mistake(folder: Path, text: str | bytes) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_gateway_settings(write(folder, text))
    return caught.value


class TestUnderstood:
    def test_everything(self, tmp_path: Path) -> None:
        settings = load_gateway_settings(write(tmp_path, FULL))

        assert settings.journal == tmp_path / "data/journal.db"
        assert settings.mqtt == MqttSettings(
            host="127.0.0.1",
            gateway="home",
            port=1884,
            username="agw",
            password="s3cret",
            prefix="site/alerts",
            show_texts=True,
            tls=TlsSettings(
                ca_file=str(tmp_path / "tls/ca.pem"),
                certificate_file=str(tmp_path / "tls/client.pem"),
                key_file="/etc/agw.key",
                check_hostname=False,
            ),
        )
        assert settings.modems == (
            ModemSettings(
                name="stick",
                port="/dev/serial/by-id/usb-Q",
                baudrate=9600,
                pin="0000",
                imei="356938035643809",
                recovery=RecoverySettings(
                    reset=False, rebind=False, power_command=("uhubctl", "-a", "cycle", "-p", "2")
                ),
            ),
            ModemSettings(name="spare", port="socket://10.0.0.7:4001"),
        )
        everybody = Step(after=timedelta(0), notify=("anna", "ben"), repeat=-1, every=timedelta(minutes=5))
        assert settings.engine == EngineSettings(
            gateway="home",
            people=(
                Person(id="anna", name="Anna", addresses=phone_of("+436601234567")),
                Person(id="ben", name="Ben", addresses=phone_of("+436607654321"), can_acknowledge=False),
            ),
            policies=(
                Policy(name="critical", steps=(everybody,), latch=True),
                Policy(name="night", steps=(Step(after=timedelta(0), notify=()),)),
            ),
            default_country="AT",
            time_zone=ZoneInfo("Europe/Vienna"),
            delivery=DeliveryRules(
                doubt_wait_critical=timedelta(seconds=20), doubt_wait=timedelta(minutes=2)
            ),
        )

    def test_the_shortest(self, tmp_path: Path) -> None:
        settings = load_gateway_settings(write(tmp_path, "gateway: home\njournal: /var/lib/agw/journal.db\n"))
        assert settings.journal == Path("/var/lib/agw/journal.db")
        assert (settings.mqtt, settings.modems, settings.engine.people) == (None, (), ())
        assert settings.engine.delivery == DeliveryRules()

    @pytest.mark.parametrize(
        ("tls", "port", "expected"),
        [
            ("false", 1883, None),
            ("true", 8883, TlsSettings()),
            ("{}", 8883, TlsSettings()),
        ],
    )
    def test_tls_in_short(self, tmp_path: Path, tls: str, port: int, expected: TlsSettings | None) -> None:
        text = f"gateway: home\njournal: j\nmqtt: {{host: broker, tls: {tls}}}\n"
        mqtt = load_gateway_settings(write(tmp_path, text)).mqtt
        assert mqtt is not None
        assert (mqtt.tls, mqtt.port) == (expected, port)

    @pytest.mark.parametrize(
        ("written", "country"), [("at", "AT"), ('"43"', "AT"), ("43", "AT"), ('"+43"', "AT")]
    )
    def test_the_country_by_its_letters_or_its_calling_code(
        self, tmp_path: Path, written: str, country: str
    ) -> None:
        text = f"gateway: home\njournal: j\ndefault_country: {written}\n"
        assert load_gateway_settings(write(tmp_path, text)).engine.default_country == country

    @pytest.mark.parametrize(
        ("written", "seconds"), [("15s", 15), ("5min", 300), ("2 h", 7200), ("1d", 86400)]
    )
    def test_durations(self, written: str, seconds: int) -> None:
        settings = engine_from({"in_doubt_wait": {"other": written}})
        assert settings.delivery.doubt_wait == timedelta(seconds=seconds)

    def test_the_engine_alone_from_plain_data(self) -> None:
        data = {"people": [{"id": "anna", "name": "Anna", "phone": "+436601234567"}]}
        assert engine_from(data) == EngineSettings(
            gateway="home",
            people=(Person(id="anna", name="Anna", addresses=phone_of("+436601234567")),),
            time_zone=UTC,
        )

    def test_who_is_told_says_nothing_of_how_often(self) -> None:
        """A policy of a severity keeps the severity's reminders unless it has its own."""
        settings = engine_from(
            {
                "people": [{"id": "anna", "name": "Anna", "phone": "+436641234567"}],
                "policies": {"critical": {"notify": ["anna"]}},
            }
        )
        told = settings.policy_for(Severity.CRITICAL)
        built_in = BUILT_IN_POLICIES[0]
        assert told.steps == tuple(replace(step, notify=("anna",)) for step in built_in.steps)

    def test_nothing_secret_shows(self, tmp_path: Path) -> None:
        text = repr(load_gateway_settings(write(tmp_path, FULL)))
        for secret in ("s3cret", "0000", "1234567", "7654321"):
            assert secret not in text

    def test_a_machine_without_a_time_zone_is_in_utc(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("alert_engine.daemon.file._LOCAL_TIME", tmp_path / "nothing")
        settings = load_gateway_settings(write(tmp_path, "gateway: home\njournal: j\n"))
        assert settings.engine.time_zone is UTC


HEAD = "gateway: home\njournal: j\n"


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "place", "path", "words"),
        [
            ("journal: j\n", (1, 1), "gateway", "is missing"),
            ("gateway: home\n", (1, 1), "journal", "is missing"),
            ("gateway: Home\njournal: j\n", (1, 1), "gateway", "use 1 to 64 of a-z"),
            ("gatway: home\njournal: j\n", (1, 1), "gatway", "is no known key; known here are: gateway,"),
            (HEAD + "peple: []\n", (3, 1), "peple", "is no known key"),
            (HEAD + "people:\n  - id: a\n    name: A\n", (4, 5), "people[0].phone", "is missing"),
            (HEAD + "people: [{id: A, name: A, phone: 1}]\n", (3, 11), "people[0].id", "use 1 to 64"),
            (HEAD + "people: [{id: a, name: '', phone: 1}]\n", (3, 18), "people[0].name", "1 to 200"),
            (HEAD + "people: [{id: a, name: A, phone: 12}]\n", (3, 27), "people[0].phone", "read for sure"),
            (HEAD + "people: [{id: a, name: A, phone: yes}]\n", (3, 27), "people[0].phone", "in quotes"),
            (
                HEAD + "people: [{id: a, name: A, phone: '+43660123456', can_acknowledge: 1}]\n",
                (3, 50),
                "people[0].can_acknowledge",
                "must be true or false",
            ),
            (
                HEAD + "people:\n  - {id: a, name: A, phone: '+43660123456'}\n"
                "  - {id: a, name: B, phone: '+43660123457'}\n",
                (5, 6),
                "people[1].id",
                "is the same as people[0].id",
            ),
            (
                HEAD + "people:\n  - {id: a, name: A, phone: '+43660123456'}\n"
                "  - {id: b, name: B, phone: 43660123456}\n",
                (5, 22),
                "people[1].phone",
                "the same number belongs to people[0]",
            ),
            (HEAD + "modems: [{name: m, port: a, pin: 0000}]\n", (3, 29), "modems[0].pin", "in quotes, like"),
            (
                HEAD + "modems: [{name: m, port: a, baudrate: 50}]\n",
                (3, 29),
                "modems[0].baudrate",
                "from 1200",
            ),
            (
                HEAD + "modems: [{name: m, port: a}, {name: m, port: b}]\n",
                (3, 31),
                "modems[1].name",
                "is the same as modems[0].name",
            ),
            (
                HEAD + "modems: [{name: m, port: a}, {name: n, port: a}]\n",
                (3, 40),
                "modems[1].port",
                "is the same as modems[0].port",
            ),
            (
                HEAD + 'modems: [{name: m, port: a, imei: "1"}]\n',
                (3, 29),
                "modems[0].imei",
                "the 15 digits on the modem's label",
            ),
            (
                HEAD + f"modems: [{{name: m, port: a, imei: {IMEI}}}, {{name: n, port: b, imei: {IMEI}}}]\n",
                (3, 74),
                "modems[1].imei",
                "is the same as modems[0].imei",
            ),
            *(
                (
                    HEAD + f"modems: [{{name: m, port: a, recovery: {{power_command: {command}}}}}]\n",
                    (3, 40),
                    "modems[0].recovery.power_command",
                    "a list of a program and its arguments",
                )
                for command in ("uhubctl -a cycle", "[]", "[uhubctl, 2]", '[""]', str(["x"] * 33))
            ),
            (
                HEAD + "modems: [{name: m, port: a, recovery: {reboot: true}}]\n",
                (3, 40),
                "modems[0].recovery.reboot",
                "known here are: reset, rebind, power_command",
            ),
            (HEAD + "mqtt: {port: 1}\n", (3, 1), "mqtt.host", "is missing"),
            (HEAD + "mqtt: {host: b, port: 65536}\n", (3, 17), "mqtt.port", "from 1 to 65535"),
            (HEAD + "mqtt: {host: b, port: true}\n", (3, 17), "mqtt.port", "a whole number"),
            (HEAD + "mqtt: {host: b, password: 12345}\n", (3, 17), "mqtt.password", "put it in quotes"),
            (HEAD + "mqtt: {host: b, prefix: a/#}\n", (3, 17), "mqtt.prefix", "use words separated"),
            (HEAD + "mqtt: {host: b, tls: maybe}\n", (3, 17), "mqtt.tls", "must be true or false"),
            (HEAD + "mqtt: {host: b, tls: {ca: x}}\n", (3, 23), "mqtt.tls.ca", "is no known key"),
            (
                HEAD + "policies: {night: {notify: [bob]}}\n",
                (3, 29),
                "policies.night.notify[0]",
                "bob is nobody",
            ),
            (HEAD + "policies: {night: {repeat: 3}}\n", (3, 12), "policies.night.every", "is missing"),
            (
                HEAD + "policies: {night: {every: 5min}}\n",
                (3, 20),
                "policies.night.every",
                "is of no use without repeat",
            ),
            (HEAD + "policies: {night: {repeat: -2}}\n", (3, 20), "policies.night.repeat", "from -1"),
            (
                HEAD + "policies: {night: {repeat: 1, every: 5}}\n",
                (3, 31),
                "policies.night.every",
                "a time like 15s, 5min or 1h",
            ),
            (HEAD + "in_doubt_wait: {critical: 0s}\n", (3, 17), "in_doubt_wait.critical", "a time like"),
            (HEAD + "default_country: NO\n", (3, 1), "default_country", 'put it in quotes, like "NO"'),
            (HEAD + "default_country: '1'\n", (3, 1), "default_country", "the two letters of a country"),
            (HEAD + "default_country: Austria\n", (3, 1), "default_country", "the two letters"),
            (HEAD + "time_zone: Vienna\n", (3, 1), "time_zone", "a time zone like Europe/Vienna"),
            (HEAD + "time_zone: ../../etc/passwd\n", (3, 1), "time_zone", "a time zone like"),
            ("- gateway\n", (1, 1), "", "must be a mapping"),
            (HEAD + "journal: k\n", (3, 1), "", "journal: this key is there twice"),
            (HEAD + "people:\n  - {id: a, id: b}\n", (4, 13), "", "id: this key is there twice"),
            ("gateway: [home\njournal: j\n", (2, 8), "", "this is no YAML"),
            ("gateway: home\njournal: !secret x\n", (2, 10), "", "this is no YAML"),
            ('gateway: "\\q"\n', (1, 12), "", "this is no YAML"),
        ],
    )
    def test_each_has_a_place_and_words(
        self, tmp_path: Path, text: str, place: tuple[int, int], path: str, words: str
    ) -> None:
        error = mistake(tmp_path, text)
        assert (error.line, error.column) == place
        assert describe_path(error.path) == path
        assert str(error).startswith(f"line {place[0]}, column {place[1]}: {path}")
        assert words in str(error)

    @pytest.mark.parametrize(
        ("text", "words"), [(b"", "must be a mapping"), (b"gateway: \xff\n", "is not UTF-8")]
    )
    def test_files_without_a_place(self, tmp_path: Path, text: bytes, words: str) -> None:
        error = mistake(tmp_path, text)
        assert words in str(error)
        assert (error.line, error.column) == (None, None)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="the file cannot be read: No such file"):
            load_gateway_settings(tmp_path / "gateway.yaml")

    def test_plain_data_has_a_path_and_no_place(self) -> None:
        with pytest.raises(ConfigError) as caught:
            engine_from({"people": [{"id": "a", "name": "A", "phone": "x"}]})
        assert caught.value.path == ("people", 0, "phone")
        assert caught.value.line is None

    def test_data_that_are_no_mapping(self, tmp_path: Path) -> None:
        data: Any = ["gateway"]
        with pytest.raises(ConfigError, match="must be a mapping"):
            gateway_settings_from(data, folder=tmp_path)

    def test_no_value_is_repeated(self, tmp_path: Path) -> None:
        text = HEAD + "mqtt: {host: b, password: 98765}\n"
        assert "98765" not in str(mistake(tmp_path, text))


def phone_of(number: str) -> tuple[Address, ...]:
    return (Address(channel=Channel.SMS, value=number), Address(channel=Channel.CALL, value=number))
