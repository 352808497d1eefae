"""Who lives in the soak, and how the gateway is set up: all that people use, with the shipped policies."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alert_engine.model import Address, Channel, Group, OnCall, Person, Severity, WeeklyPeriod
from alert_engine.retention import Retention
from alert_engine.settings import EngineSettings
from alert_engine.supervision.settings import (
    HeartbeatSettings,
    RehearsalSettings,
    RouteSupervision,
    SupervisionSettings,
)

from .lives import MODEM

VIENNA = ZoneInfo("Europe/Vienna")  # its clocks go forward on the 29th day of the story
SOURCE = "plc"
OWN_NUMBER = "+43660000001"


def _person(name: str, number: str, **fields: Any) -> Person:
    addresses = tuple(Address(channel=channel, value=number) for channel in (Channel.SMS, Channel.CALL))
    return Person(id=name.lower(), name=name, addresses=addresses, time_zone=VIENNA, **fields)


NIGHT = WeeklyPeriod(start=time(22), end=time(6, 30))
DAYTIME = WeeklyPeriod(start=time(6), end=time(18), days=frozenset(range(5)))
ANNA = _person("Anna", "+436641111111")  # always there: what is promised is promised to her
BERT = _person("Bert", "+436642222222", quiet=(NIGHT,))
CARL = _person("Carl", "+436643333333", shifts=(DAYTIME,), language="de")
DORA = _person("Dora", "+436644444444", minimum_severity=Severity.HIGH, can_command=True, is_admin=True)
PEOPLE = (ANNA, BERT, CARL, DORA)
NUMBERS = tuple(person.addresses[0].value for person in PEOPLE)
PATIENCE = dict(zip(NUMBERS, (0.5, 0.3, 0.3, 0.2), strict=True))  # how likely each answers a text

SETTINGS = EngineSettings(
    gateway="home",
    people=PEOPLE,
    groups=(Group(id="crew", name="Crew", members=("anna", "bert", "carl")),),
    on_calls=(
        OnCall(
            id="duty",
            name="Duty",
            rotation=("bert", "carl", "dora"),
            begins=date(2026, 3, 1),
            handover=time(8),
            turn=timedelta(days=1),
            time_zone=VIENNA,
        ),
    ),
    time_zone=VIENNA,
    heartbeats=(
        HeartbeatSettings(
            source=SOURCE, key="alive", period=timedelta(minutes=5), grace=timedelta(minutes=5)
        ),
    ),
    supervision=SupervisionSettings(
        routes=(RouteSupervision(route=MODEM, own_number=OWN_NUMBER),),
        rehearsals=RehearsalSettings(at=time(10), day=2),
    ),
    retention=Retention(
        alarms=timedelta(days=7),
        messages=timedelta(days=7),
        inbound=timedelta(days=7),
        audit=timedelta(days=30),
    ),
)
