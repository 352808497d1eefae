"""``alert-gateway opted-out``: who wants nothing, by which way, and what undoes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml
from typer.testing import CliRunner

from alert_engine.daemon.cli import app
from alert_engine.routes.base import ErrorClass, Rejected
from tests.engine.support import ANNA, BERT, FakeRoute, Step, number_of, telling
from tests.engine.test_commands import PUMP, later, said
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.model import Person

STOPPED = Rejected(error_class=ErrorClass.RECIPIENT, reason="told to stop", opted_out=True)


def masked(person: Person) -> str:
    return f"{number_of(person)[:3]}…{number_of(person)[-3:]}"


def listed(folder: Path, *options: str) -> list[str]:
    people = [{"id": "anna", "name": "Anna", "phone": number_of(ANNA)}]
    whole: dict[str, Any] = {"gateway": "home", "journal": "journal.db", "people": people}
    file = folder / "gateway.yaml"
    file.write_text(yaml.safe_dump(whole), encoding="utf-8")
    result = CliRunner().invoke(app, ["opted-out", str(file), *options])
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


@story
async def test_what_people_told_us_and_what_they_told_a_provider(tmp_path: Path) -> None:
    route = FakeRoute("cloud")
    async with telling(tmp_path, people=(ANNA, BERT), route=route) as told:
        assert listed(tmp_path) == []
        await said(told, BERT, "STOP")
        await later(told, 60)
        route.script.append(Step(outcome=STOPPED))
        await told.engine.raise_alarm(PUMP)
        await later(told)
        rows = [line.split("\t") for line in listed(tmp_path)]
        by_channel = [[masked(BERT), "", each, "STOP", "START"] for each in ("call", "sms", "whatsapp")]
        by_route = [masked(ANNA), "anna", "cloud", "to the provider", "allow"]
        assert [[*row[:3], *row[4:]] for row in rows] == [by_route, *by_channel]
        provider, *ours = map(json.loads, listed(tmp_path, "--json", "--full"))
        assert (provider["address"], provider["route"]) == (number_of(ANNA), "cloud")
        assert {each["address"] for each in ours} == {number_of(BERT)}
        await told.engine.access.allow("anna", by="test")
        assert "allow" not in "".join(listed(tmp_path))
