"""gateway.yaml for the engine: people, policies, commands, supervision; what is odd, and each mistake."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from alert_engine.config.document import gateway_settings_from
from alert_engine.config.shapes import describe_path
from alert_engine.daemon.file import load_gateway_settings, load_with_advice
from alert_engine.decisions.throttle import DEFAULT_LIMITS, Limits, Window
from alert_engine.errors import ConfigError
from alert_engine.inbound.settings import CommandSettings
from alert_engine.inbound.words import BuiltIn
from alert_engine.model import (
    AcknowledgeBy,
    Address,
    Channel,
    Group,
    GroupMode,
    Keyword,
    OnCall,
    Parameter,
    ParameterKind,
    Person,
    Policy,
    Proof,
    Severity,
    Step,
    Substitution,
    Tier,
    Until,
    WeeklyPeriod,
)
from alert_engine.routes.gsm_credit import CreditCode
from alert_engine.settings import BUILT_IN_POLICIES, DEFAULT_EXPIRY
from alert_engine.supervision.settings import (
    CreditRequest,
    HeartbeatSettings,
    RehearsalSettings,
    RouteSupervision,
    SupervisionSettings,
)

if TYPE_CHECKING:
    from alert_engine.config.document import GatewaySettings
    from alert_engine.settings import EngineSettings

EXAMPLE = Path(__file__).parents[2] / "docs/examples/gateway.yaml"
ANNA = {"id": "anna", "name": "Anna", "phone": "+436641234567"}
BEN = {"id": "ben", "name": "Ben", "phone": "+436607654321"}
STICK = {"name": "stick", "port": "/dev/ttyUSB2"}
WEEKDAYS = frozenset(range(5))
VIENNA = ZoneInfo("Europe/Vienna")


def gateway(**data: Any) -> GatewaySettings:
    return gateway_settings_from({"gateway": "home", "journal": "j", **data}, folder=Path())


def engine(**data: Any) -> EngineSettings:
    return gateway(**{"people": [ANNA, BEN], **data}).engine


def person(**more: Any) -> Person:
    return engine(people=[{**ANNA, **more}]).people[0]


def policy(**data: Any) -> Policy:
    return engine(policies={"night": data}).policies[0]


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


class TestPeople:
    def test_everything(self) -> None:
        anna = person(
            language="de-AT",
            time_zone="Europe/Vienna",
            can_acknowledge=False,
            can_command=True,
            is_admin=True,
            minimum_severity="normal",
            quiet=["22:00-06:30 mon-fri", "23:00-8:00 SAT, sun"],
            quiet_below="high",
            shifts=["00:00-24:00"],
            plain=True,
        )
        assert anna == Person(
            id="anna",
            name="Anna",
            addresses=(
                Address(channel=Channel.SMS, value="+436641234567"),
                Address(channel=Channel.CALL, value="+436641234567"),
            ),
            language="de-AT",
            time_zone=VIENNA,
            can_acknowledge=False,
            can_command=True,
            is_admin=True,
            minimum_severity=Severity.NORMAL,
            quiet=(
                WeeklyPeriod(start=time(22), end=time(6, 30), days=WEEKDAYS),
                WeeklyPeriod(start=time(23), end=time(8), days=frozenset({5, 6})),
            ),
            quiet_below=Severity.HIGH,
            shifts=(WeeklyPeriod(start=time(0), end=time(0)),),
            plain=True,
        )

    def test_a_phone_that_must_not_ring(self) -> None:
        assert [each.channel for each in person(calls=False).addresses] == [Channel.SMS]

    def test_addresses_in_order(self) -> None:
        addresses = [
            {"channel": "call", "value": "0664 1234567"},
            {"channel": "push", "value": " phone-of-anna "},
            {"channel": "sms", "value": 436641234567},
        ]
        settings = engine(default_country="AT", people=[{"id": "a", "name": "A", "addresses": addresses}])
        assert settings.people[0].addresses == (
            Address(channel=Channel.CALL, value="+436641234567"),
            Address(channel=Channel.PUSH, value="phone-of-anna"),
            Address(channel=Channel.SMS, value="+436641234567"),
        )

    @pytest.mark.parametrize(
        ("written", "days"),
        [
            ("mon", {0}),
            ("fri-mon", {4, 5, 6, 0}),
            ("tue,thu-fri", {1, 3, 4}),
            ("mon - wed , sun", {0, 1, 2, 6}),
        ],
    )
    def test_days(self, written: str, days: set[int]) -> None:
        (shift,) = person(shifts=[f"06:00 - 14:00 {written}"]).shifts
        assert shift == WeeklyPeriod(start=time(6), end=time(14), days=frozenset(days))


class TestDuty:
    def test_groups(self) -> None:
        settings = engine(
            groups=[
                {"id": "plant", "name": "All", "members": ["anna", "ben"]},
                {"id": "desk", "members": ["plant"], "mode": "rotate"},
            ]
        )
        assert settings.groups == (
            Group(id="plant", name="All", members=("anna", "ben")),
            Group(id="desk", name="desk", members=("plant",), mode=GroupMode.ROTATE),
        )

    def test_on_call(self) -> None:
        settings = engine(
            time_zone="Europe/Vienna",
            on_call=[
                {
                    "id": "night",
                    "rotation": ["anna", "ben"],
                    "begins": date(2026, 1, 5),
                    "handover": "08:00",
                    "turn": "1d",
                    "fallback": "ben",
                    "hours": ["18:00-08:00"],
                    "substitutions": [
                        {"person": "ben", "from": "2026-12-24 08:00", "to": datetime(2026, 12, 27, 8)}  # noqa: DTZ001 - as YAML reads it
                    ],
                },
                {
                    "id": "far",
                    "rotation": ["ben"],
                    "begins": "2026-01-05",
                    "handover": "0:30",
                    "time_zone": "UTC",
                },
            ],
        )
        assert settings.on_calls == (
            OnCall(
                id="night",
                name="night",
                rotation=("anna", "ben"),
                begins=date(2026, 1, 5),
                handover=time(8),
                turn=timedelta(days=1),
                fallback="ben",
                hours=(WeeklyPeriod(start=time(18), end=time(8)),),
                substitutions=(
                    Substitution(
                        person="ben",
                        start=datetime(2026, 12, 24, 8, tzinfo=VIENNA),
                        end=datetime(2026, 12, 27, 8, tzinfo=VIENNA),
                    ),
                ),
            ),
            OnCall(
                id="far",
                name="far",
                rotation=("ben",),
                begins=date(2026, 1, 5),
                handover=time(0, 30),
                turn=timedelta(days=7),
                time_zone=ZoneInfo("UTC"),
            ),
        )


class TestPolicies:
    def test_everything(self) -> None:
        assert policy(
            steps=[
                {"notify": ["anna"], "channels": ["sms"]},
                {"after": "2min", "channels": ["call", "sms"], "repeat": 2, "every": "1min"},
                {"after": "10min", "channels": []},
            ],
            rounds=-1,
            round_every="20min",
            until="cleared",
            proof="delivered",
            fallback_after="45s",
            acknowledge_by="all",
            remind_every="4h",
            hold="30s",
            latch=True,
            reopen_within="0s",
        ) == Policy(
            name="night",
            steps=(
                Step(after=timedelta(0), notify=("anna",)),
                Step(
                    after=minutes(2),
                    notify=(),
                    channels=(Channel.CALL, Channel.SMS),
                    repeat=2,
                    every=minutes(1),
                ),
                Step(after=minutes(10), notify=(), channels=()),
            ),
            rounds=-1,
            round_every=minutes(20),
            until=Until.CLEARED,
            proof=Proof.DELIVERED,
            fallback_after=minutes(0.75),
            acknowledge_by=AcknowledgeBy.ALL,
            remind_every=timedelta(hours=4),
            hold=minutes(0.5),
            latch=True,
            reopen_within=timedelta(0),
        )

    def test_the_short_form(self) -> None:
        assert policy(notify=["ben"], channels=["call"], repeat=3, every="5min", latch=True) == Policy(
            name="night",
            steps=(
                Step(
                    after=timedelta(0), notify=("ben",), channels=(Channel.CALL,), repeat=3, every=minutes(5)
                ),
            ),
            latch=True,
        )

    def test_a_severity_keeps_its_own_steps(self) -> None:
        told = engine(policies={"critical": {"channels": ["sms", "call"], "proof": "delivered"}}).policies[0]
        built_in = BUILT_IN_POLICIES[0].steps
        assert [step.after for step in told.steps] == [step.after for step in built_in]
        assert [step.notify for step in told.steps] == [step.notify for step in built_in]
        assert {step.channels for step in told.steps} == {(Channel.SMS, Channel.CALL)}
        assert told.proof is Proof.DELIVERED

    def test_groups_and_rotas_are_told_too(self) -> None:
        settings = engine(
            groups=[{"id": "plant", "members": ["anna"]}], policies={"night": {"notify": ["plant"]}}
        )
        assert settings.policies[0].steps[0].notify == ("plant",)

    def test_expiry(self) -> None:
        assert engine(expiry={"info": "5min"}).expiry == {**DEFAULT_EXPIRY, Severity.INFO: minutes(5)}


class TestSending:
    def test_limits(self) -> None:
        settings = engine(
            limits={
                "sms": {"windows": ["1 in 15min", "2 in 1 h"], "reserve": [], "bundle": "0s"},
                "call": {"bundle": "1min"},
            }
        )
        assert settings.limits[Channel.SMS] == Limits(
            windows=(
                Window(span=minutes(15), most=1),
                Window(span=timedelta(hours=1), most=2),
            ),
            reserve=(),
            bundle=timedelta(0),
        )
        assert settings.limits[Channel.CALL].windows == DEFAULT_LIMITS[Channel.CALL].windows
        assert settings.limits[Channel.CALL].bundle == minutes(1)
        assert settings.limits[Channel.PUSH] == DEFAULT_LIMITS[Channel.PUSH]

    def test_budgets_of_texts_and_calls(self) -> None:
        settings = gateway(modems=[STICK], budgets={"stick": 100, "stick-calls": 20})
        assert settings.engine.budgets == {"stick": 100, "stick-calls": 20}

    def test_texts(self) -> None:
        settings = engine(transliterate=True, templates={"de": {"raised": "{severity}: {words}"}})
        assert settings.transliterate
        assert settings.templates == {"de": {"raised": "{severity}: {words}"}}

    def test_how_long_it_rings(self) -> None:
        assert gateway(modems=[{**STICK, "ring_for": "20s"}]).modems[0].ring_for == timedelta(seconds=20)

    def test_credit_by_code(self) -> None:
        credit = {"code": "*100#", "pattern": "([0-9,]+) EUR", "currency": "EUR"}
        assert gateway(modems=[{**STICK, "credit": credit}]).modems[0].credit == CreditCode(
            code="*100#", pattern="([0-9,]+) EUR", currency="EUR"
        )


class TestCommands:
    def test_everything(self) -> None:
        settings = engine(
            commands={
                "languages": ["en", "de"],
                "tiers": {"SNOOZE": 2},
                "own_numbers": ["+436645550101"],
                "other_gateways": ["+436645550199"],
                "keywords": [
                    {
                        "name": "heating",
                        "words": ["HEAT", "HEIZUNG"],
                        "tier": 1,
                        "allowed": ["anna"],
                        "answer": "${degrees} degrees",
                        "parameters": [
                            {"name": "degrees", "kind": "number", "minimum": 5, "maximum": 30.5},
                            {"name": "where", "kind": "choice", "choices": ["hall"], "required": False},
                            {"name": "note", "kind": "text", "max_length": 20, "required": False},
                        ],
                    },
                    {"name": "pump", "words": ["PUMP"], "parameters": [{"name": "on", "kind": "on_off"}]},
                ],
            }
        )
        assert settings.commands == CommandSettings(
            languages=("en", "de"),
            tiers={BuiltIn.SNOOZE: Tier.PROVEN},
            own_numbers=("+436645550101",),
            other_gateways=("+436645550199",),
            keywords=(
                Keyword(
                    name="heating",
                    words=("HEAT", "HEIZUNG"),
                    tier=Tier.CONCERNED,
                    allowed=("anna",),
                    answer="${degrees} degrees",
                    parameters=(
                        Parameter(name="degrees", kind=ParameterKind.NUMBER, minimum=5, maximum=30.5),
                        Parameter(name="where", kind=ParameterKind.CHOICE, choices=("hall",), required=False),
                        Parameter(name="note", kind=ParameterKind.TEXT, max_length=20, required=False),
                    ),
                ),
                Keyword(
                    name="pump",
                    words=("PUMP",),
                    parameters=(Parameter(name="on", kind=ParameterKind.ON_OFF),),
                ),
            ),
        )


class TestSupervision:
    def test_heartbeats(self) -> None:
        beats = [
            {
                "source": "plc1",
                "key": "alive",
                "period": "1min",
                "grace": "0s",
                "severity": "critical",
                "title": "Silent",
                "policy": "critical",
            },
            {"source": "plc2", "key": "alive", "period": "1h"},
        ]
        assert engine(heartbeats=beats).heartbeats == (
            HeartbeatSettings(
                source="plc1",
                key="alive",
                period=minutes(1),
                grace=timedelta(0),
                severity=Severity.CRITICAL,
                title="Silent",
                policy="critical",
            ),
            HeartbeatSettings(source="plc2", key="alive", period=timedelta(hours=1)),
        )

    def test_everything(self) -> None:
        settings = gateway(
            people=[ANNA],
            modems=[STICK],
            default_country="AT",
            supervision={
                "raises_alarms": False,
                "policy": "high",
                "routes": {
                    "stick": {
                        "own_number": "0664 5550101",
                        "loopback_every": "12h",
                        "least_credit": 2.5,
                        "credit_every": "2d",
                        "credit_request": {"number": "6700", "text": "GUTHABEN", "pattern": "([0-9]+) EUR"},
                    }
                },
                "rehearsals": {"at": "10:00", "day": "tue", "people": ["anna"], "overdue_after": "9d"},
                "ping": {"url": "https://watchdog.example/ping/secret", "every": "1min"},
            },
        )
        assert settings.engine.supervision == SupervisionSettings(
            raises_alarms=False,
            policy="high",
            routes=(
                RouteSupervision(
                    route="stick",
                    own_number="+436645550101",
                    loopback_every=timedelta(hours=12),
                    least_credit=Decimal("2.5"),
                    credit_every=timedelta(days=2),
                    credit_request=CreditRequest(number="6700", text="GUTHABEN", pattern="([0-9]+) EUR"),
                ),
            ),
            rehearsals=RehearsalSettings(
                at=time(10), day=1, people=("anna",), overdue_after=timedelta(days=9)
            ),
            ping_every=minutes(1),
        )
        assert settings.ping is not None
        assert settings.ping.url == "https://watchdog.example/ping/secret"
        assert "secret" not in repr(settings)

    def test_a_ping_whose_address_is_in_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "ping").write_text("https://watchdog.example/x\n", encoding="utf-8")
        data = {"gateway": "home", "journal": "j", "supervision": {"ping": {"url_file": "ping"}}}
        ping = gateway_settings_from(data, folder=tmp_path).ping
        assert ping is not None
        assert ping.url == "https://watchdog.example/x"
        (tmp_path / "ping").write_text("nonsense\n", encoding="utf-8")
        with pytest.raises(ConfigError, match=r"supervision\.ping\.url_file: must be an address"):
            gateway_settings_from(data, folder=tmp_path)


class TestAdvice:
    def test_the_example_needs_none(self) -> None:
        settings, advice = load_with_advice(EXAMPLE)
        assert advice == ()
        assert settings.engine.groups
        assert settings.engine.on_calls
        assert settings.engine.commands.keywords

    def test_an_empty_one(self, tmp_path: Path) -> None:
        file = tmp_path / "gateway.yaml"
        file.write_text("gateway: home\njournal: j\n", encoding="utf-8")
        _, advice = load_with_advice(file)
        assert [line.partition(":")[0] for line in advice] == [
            "nobody is told of alarms",
            "no SMS can be sent",
            "no alarm can come in",
        ]

    def test_what_is_odd_has_a_place(self, tmp_path: Path) -> None:
        file = tmp_path / "gateway.yaml"
        file.write_text(
            """\
gateway: home
journal: j
mqtt: {host: b}
modems: [{name: stick, port: p, calls: false}]
people:
  - {id: anna, name: A, phone: "+436641234567", calls: false, can_acknowledge: false, quiet: ["00:00-24:00"]}
  - {id: ben, name: B, phone: "+436607654321", can_acknowledge: false, language: fr}
groups: [{id: empty, members: []}]
on_call: [{id: night, rotation: [anna], begins: 2026-01-05, handover: "08:00", hours: ["18:00-08:00"]}]
policies:
  critical: {notify: [night, empty], channels: [call]}
  night:
    steps: [{notify: [anna]}, {channels: [call]}]
commands:
  own_numbers: ["+436607654321"]
  keywords: [{name: pump, words: [PUMP]}, {name: hello, words: [HELLO], tier: 0}]
mail: {allowed: [10.0.0.1], recipients: [anna, "+436641234567", bob]}
http:
  endpoints:
    - {name: e, format: send, recipients: [night, bob], auth: {type: field, secret: "0123456789abcdef"}}
""",
            encoding="utf-8",
        )
        _, advice = load_with_advice(file)
        assert [line.split(": ")[:2] for line in advice] == [
            ["line 5, column 1", "people"],
            ["line 7, column 5", "people[1]"],
            ["line 7, column 72", "people[1].language"],
            ["line 6, column 87", "people[0].quiet"],
            ["line 8, column 22", "groups[0].members"],
            ["line 9, column 11", "on_call[0]"],
            ["line 11, column 3", "policies.critical.steps[0]"],
            ["line 11, column 3", "policies.critical.steps[0]"],
            ["line 13, column 31", "policies.night.steps[1]"],
            ["line 13, column 31", "policies.night.steps[1]"],
            ["line 16, column 14", "commands.keywords[0]"],
            ["line 20, column 51", "http.endpoints[0].recipients[1]"],
            ["line 17, column 65", "mail.recipients[2]"],
        ]


PEOPLE = [ANNA, BEN]
ROTA: dict[str, Any] = {"id": "night", "rotation": ["anna"], "begins": "2026-01-05", "handover": "08:00"}


def keyword(**more: Any) -> dict[str, Any]:
    return {"commands": {"keywords": [{"name": "heating", "words": ["HEAT"], **more}]}}


def parameter(**more: Any) -> dict[str, Any]:
    return keyword(parameters=[{"name": "degrees", **more}])


def route(**more: Any) -> dict[str, Any]:
    return {"modems": [STICK], "supervision": {"routes": {"stick": more}}}


@pytest.mark.parametrize(
    ("data", "path", "words"),
    [
        ({"people": [{**ANNA, "addresses": []}]}, "people[0].addresses", "name at least one"),
        (
            {"people": [{**ANNA, "addresses": [{"channel": "sms", "value": "+436641234567"}]}]},
            "people[0].phone",
            "is of no use with addresses",
        ),
        (
            {"people": [{"id": "a", "name": "A", "addresses": [{"channel": "push", "value": 7}]}]},
            "people[0].addresses[0].value",
            "must be a text",
        ),
        (
            {"people": [{"id": "a", "name": "A", "addresses": [{"channel": "sms", "value": "x"}]}]},
            "people[0].addresses[0].value",
            "no phone number",
        ),
        (
            {"people": [{"id": "a", "name": "A", "addresses": [{"channel": "push", "value": "x"}] * 2}]},
            "people[0].addresses",
            "there twice",
        ),
        (
            {
                "people": [
                    ANNA,
                    {"id": "b", "name": "B", "addresses": [{"channel": "call", "value": ANNA["phone"]}]},
                ]
            },
            "people[1].addresses",
            "belongs to people[0]",
        ),
        ({"people": [{**ANNA, "language": False}]}, "people[0].language", "a language like en, de or it"),
        ({"people": [{**ANNA, "quiet": "22:00-06:30"}]}, "people[0].quiet", "must be a list"),
        *(
            (
                {"people": [{**ANNA, "quiet": [written]}]},
                "people[0].quiet[0]",
                "must be a time of day and days",
            )
            for written in (
                "22:00",
                "25:00-06:00",
                "22:00-24:30",
                "24:00-06:00",
                "22:00-06:00 weekend",
                "22:00-06:00 mon-",
                1320,
            )
        ),
        ({"groups": [{"id": "anna", "members": ["ben"]}]}, "groups[0].id", "anna is there already"),
        ({"groups": [{"id": "g", "members": ["bob"]}]}, "groups[0].members[0]", "nobody is called bob"),
        ({"groups": [{"id": "g", "members": ["g"]}]}, "groups[0].members[0]", "nothing can hold itself"),
        ({"on_call": [{**ROTA, "rotation": []}]}, "on_call[0].rotation", "nobody takes turns"),
        ({"on_call": [{**ROTA, "turn": "12h"}]}, "on_call[0].turn", "whole days"),
        ({"on_call": [{**ROTA, "begins": "soon"}]}, "on_call[0].begins", "a day like 2026-01-05"),
        ({"on_call": [{**ROTA, "begins": 7}]}, "on_call[0].begins", "a day like 2026-01-05"),
        ({"on_call": [{**ROTA, "handover": 480}]}, "on_call[0].handover", 'in quotes, like "08:00"'),
        ({"on_call": [{**ROTA, "fallback": "bob"}]}, "on_call[0].fallback", "nobody is called bob"),
        (
            {
                "on_call": [
                    {
                        **ROTA,
                        "substitutions": [
                            {"person": "ben", "from": "2026-12-24 08:00", "to": "2026-12-23 08:00"}
                        ],
                    }
                ]
            },
            "on_call[0].substitutions[0].to",
            "before it begins",
        ),
        *(
            (
                {
                    "on_call": [
                        {**ROTA, "substitutions": [{"person": "ben", "from": written, "to": "2027-01-01"}]}
                    ]
                },
                "on_call[0].substitutions[0].from",
                "without a zone",
            )
            for written in ("soon", 7, "2026-12-24T08:00:00+01:00", datetime(2026, 12, 24, 8, tzinfo=UTC))
        ),
        ({"policies": {"night": {"steps": []}}}, "policies.night.steps", "name at least one"),
        (
            {"policies": {"night": {"steps": [{}], "notify": ["anna"]}}},
            "policies.night.notify",
            "belongs into the steps",
        ),
        (
            {"policies": {"night": {"steps": [{"notify": ["bob"]}]}}},
            "policies.night.steps[0].notify[0]",
            "bob is nobody; recipients are: anna, ben",
        ),
        (
            {"policies": {"night": {"steps": [{"repeat": 1}]}}},
            "policies.night.steps[0].every",
            "how long until the next one",
        ),
        ({"policies": {"night": {"rounds": 1}}}, "policies.night.round_every", "how long until the next one"),
        ({"policies": {"night": {"round_every": "1h"}}}, "policies.night.round_every", "of no use without"),
        ({"policies": {"night": {"channels": ["fax"]}}}, "policies.night.channels[0]", "one of sms, call"),
        ({"policies": {"night": {"proof": "read"}}}, "policies.night.proof", "one of accepted, delivered"),
        ({"policies": {"night": {"steps": [{"after": "-1s"}]}}}, "policies.night.steps[0].after", "like 0s"),
        ({"expiry": {"worst": "1h"}}, "expiry.worst", "known here are: info, normal, high, critical"),
        ({"limits": {"sms": {"windows": ["many"]}}}, "limits.sms.windows[0]", "like 5 in 15min"),
        ({"limits": {"sms": {"windows": ["0 in 1h"]}}}, "limits.sms.windows[0]", "like 5 in 15min"),
        ({"limits": {"sms": {"windows": []}}}, "limits.sms.windows", "name at least one"),
        ({"budgets": {"stick": 5}}, "budgets.stick", "there is no such route; there are: none"),
        (
            {"modems": [{**STICK, "calls": False}], "budgets": {"stick-calls": 5}},
            "budgets.stick-calls",
            "no such route; there are: stick",
        ),
        ({"modems": [STICK], "budgets": {"stick": 0}}, "budgets.stick", "from 1"),
        (
            {"modems": [STICK, {"name": "stick-calls", "port": "q"}]},
            "modems[1].name",
            "what the calls of another modem are called",
        ),
        ({"modems": [{**STICK, "credit": {"code": "call"}}]}, "modems[0].credit.code", 'like "*100#"'),
        (
            {"modems": [{**STICK, "credit": {"code": "*1#", "currency": "Pound Sterling"}}]},
            "modems[0].credit.currency",
            "at most 8",
        ),
        (
            {"modems": [{**STICK, "credit": {"code": "*1#", "pattern": "["}}]},
            "modems[0].credit.pattern",
            "no regular expression",
        ),
        ({"modems": [{**STICK, "ring_for": "2s"}]}, "modems[0].ring_for", "5 s to 90 s"),
        ({"templates": {"de": {"raised": ""}}}, "templates.de.raised", "a text of 1 to"),
        ({"commands": {"languages": ["fr"]}}, "commands.languages", "no words for 'fr'"),
        ({"commands": {"tiers": {"OK": 0}}}, "commands.tiers.OK", "needs tier 1 at least"),
        ({"commands": {"tiers": {"OK": 4}}}, "commands.tiers.OK", "from 0 to 3"),
        ({"commands": {"own_numbers": ["x"]}}, "commands.own_numbers[0]", "no phone number"),
        (keyword(words=["STOP"]), "commands.keywords[0].words", "has a meaning already"),
        (keyword(words=[True]), "commands.keywords[0].words[0]", "ON, OFF, YES, NO and digits in quotes"),
        (keyword(allowed=["bob"]), "commands.keywords[0].allowed[0]", "bob is nobody; people are: anna, ben"),
        (keyword(answer="${open} of ${all}"), "commands.keywords[0].answer", "nothing is called all"),
        (keyword(answer=""), "commands.keywords[0].answer", "a text of 1 to"),
        (parameter(kind="number", choices=["a"]), "commands.keywords[0].parameters[0].choices", "of no use"),
        (
            parameter(kind="number", minimum="a"),
            "commands.keywords[0].parameters[0].minimum",
            "a number like",
        ),
        (
            parameter(kind="number", minimum=5, maximum=2),
            "commands.keywords[0].parameters[0].minimum",
            "minimum is above maximum",
        ),
        (
            {"heartbeats": [{"source": "p", "key": "k", "period": "60d"}]},
            "heartbeats[0].period",
            "1 s to 31 days",
        ),
        (
            {"heartbeats": [{"source": "p", "key": "k", "period": "1h"}] * 2},
            "heartbeats[1].key",
            "the same as those of heartbeats[0]",
        ),
        (
            {"heartbeats": [{"source": "p", "key": "k", "period": "1h", "policy": "fire"}]},
            "heartbeats[0].policy",
            "no such policy; there are: critical, high, info, normal",
        ),
        ({"supervision": {"policy": "fire"}}, "supervision.policy", "no such policy"),
        ({"supervision": {"routes": {"stick": {}}}}, "supervision.routes.stick", "there is no such route"),
        (route(own_number="x"), "supervision.routes.stick.own_number", "no phone number"),
        (route(loopback_every="1min"), "supervision.routes.stick.loopback_every", "every 1 to 25 hours"),
        (route(least_credit="much"), "supervision.routes.stick.least_credit", "a number like 5 or 2.5"),
        (
            route(credit_request={"number": "6700", "text": "X", "pattern": "none"}),
            "supervision.routes.stick.credit_request.pattern",
            "a group for the amount",
        ),
        (
            route(credit_request={"number": "six", "text": "X", "pattern": "(.)"}),
            "supervision.routes.stick.credit_request.number",
            "the digits that people write to",
        ),
        (
            {"supervision": {"rehearsals": {"at": "10:00", "day": "someday"}}},
            "supervision.rehearsals.day",
            "one of mon, tue",
        ),
        (
            {"supervision": {"rehearsals": {"at": "10:00", "people": ["bob"]}}},
            "supervision.rehearsals.people[0]",
            "bob is nobody",
        ),
        ({"mail": {"allowed": ["10.0.0.1"], "senders": ["nas"]}}, "mail.senders[0]", "like nas@example.org"),
        ({"supervision": {"ping": {}}}, "supervision.ping", "a url or a url_file"),
        ({"supervision": {"ping": {"url": "ftp://x"}}}, "supervision.ping.url", "an address like https"),
        ({"supervision": {"ping": {"url_file": "/no"}}}, "supervision.ping.url_file", "cannot be read"),
    ],
)
def test_each_mistake_has_a_place_and_words(data: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        engine(**data)
    assert describe_path(caught.value.path) == path
    assert str(caught.value).startswith(path)
    assert words in str(caught.value)


def test_quiet_hours_of_the_whole_are_for_whoever_has_none_of_their_own() -> None:
    own, none = {**BEN, "quiet": ["20:00-08:00"]}, {"id": "cleo", "name": "C", "phone": "+436649999999"}

    people = engine(quiet=["22:00-06:00"], people=[ANNA, own, {**none, "quiet": []}]).people

    assert people[0].quiet == (WeeklyPeriod(start=time(22), end=time(6)),)
    assert people[1].quiet == (WeeklyPeriod(start=time(20), end=time(8)),)
    assert people[2].quiet == ()


def test_the_example_says_all_there_is() -> None:
    """Whoever adds a key shows it."""
    settings = load_gateway_settings(EXAMPLE)
    assert settings.mqtt is not None
    assert settings.http is not None
    assert settings.mail is not None
    assert settings.ping is not None
    assert settings.engine.supervision.rehearsals is not None
    assert settings.engine.heartbeats
    assert settings.engine.budgets
