"""Who is told how: each person's language, time zone and letters, and the user's own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

from alert_engine.model import AcknowledgeBy, AlarmRaise, Person, Policy, Severity, Step
from tests.engine.acceptance import HOUR, acceptance
from tests.engine.support import ANNA, BERT, CARL, FakeRoute, number_of, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

NOW = timedelta(0)
ALL = Policy(name="critical", steps=(Step(after=NOW, notify=()),), acknowledge_by=AcknowledgeBy.ALL)
GERDA = replace(BERT, id="gerda", name="Gerda", language="de-AT")
DORA = Person(id="dora", name="Dora", addresses=replace(CARL).addresses)


@story
async def test_everybody_reads_their_language_and_their_clock(tmp_path: Path) -> None:
    paolo = replace(GERDA, language="it", time_zone=timezone(timedelta(hours=5)))
    async with acceptance(tmp_path, people=(ANNA, paolo), time_zone=timezone(timedelta(hours=1))) as plan:
        plan.at(0).raises("pump")
        plan.between(0, 4).want(ANNA, "CRITICAL pump. Reply OK {pump}")
        plan.between(0, 4).want(paolo, "CRITICO pump. Rispondere OK {pump}")
        plan.at(60).replies(ANNA, "OK")
        plan.between(60, 64).want(ANNA, "{pump} is yours: pump")
        plan.between(60, 64).want(paolo, "{pump} preso in carico da Anna (19:08): pump")
        plan.at(70).replies(paolo, "CHI {pump}")
        plan.between(70, 74).want(paolo, "{pump} pump: Anna")


@story
async def test_the_users_own_words(tmp_path: Path) -> None:
    own = {
        "de": {"raised": "ALARM {title}", "status_quiet": "Alles gut"},
        "en": {"confirmed": "{code} thanks"},
    }
    async with acceptance(tmp_path, people=(ANNA, GERDA), templates=own) as plan:
        plan.at(0).replies(GERDA, "STATUS")
        plan.between(0, 4).want(GERDA, "Alles gut")
        plan.at(10).raises("pump")
        plan.between(10, 14).want(GERDA, "ALARM pump. Mit OK {pump} antworten").want(ANNA, "CRITICAL pump")
        plan.at(60).replies(ANNA, "OK")
        plan.between(60, 64).want(ANNA, "{pump} thanks").want(GERDA, "{pump} übernommen von Anna")


@story
async def test_where_all_must_take_it_each_hears_how_many_have(tmp_path: Path) -> None:
    async with acceptance(tmp_path, people=(ANNA, BERT, DORA), policies=(ALL,)) as plan:
        plan.at(0).raises("pump")
        plan.between(0, 6).want(ANNA, "Everybody").want(BERT, "Everybody").want(DORA, "Everybody")
        plan.at(60).replies(ANNA, "OK")
        plan.between(60, 64).want(ANNA, "{pump}: 1 of 3 have it, still waiting for others: pump")
        plan.at(120).replies(ANNA, "OK {pump}")
        plan.between(120, 124).want(ANNA, "{pump}: 1 of 3 have it")
        plan.at(180).replies(BERT, "OK ALL")
        plan.between(180, 184).want(BERT, "{pump}: 2 of 3 have it")
        plan.at(240).replies(DORA, "OK")
        plan.between(240, 248).want(DORA, "{pump} is yours: pump")
        plan.between(240, 248).want(ANNA, "taken by Dora").want(BERT, "taken by Dora")
        plan.until(HOUR)


@story
async def test_whoever_takes_several_hears_which_wait_for_others(tmp_path: Path) -> None:
    async with acceptance(tmp_path, people=(ANNA, BERT), policies=(ALL,)) as plan:
        plan.at(0).raises("pump").raises("gate", Severity.NORMAL)
        plan.between(0, 10).want(ANNA, "pump").want(ANNA, "gate").want(BERT, "pump").want(BERT, "gate")
        plan.at(60).replies(ANNA, "OK ALL")
        plan.between(60, 66).want(ANNA, "2 alarms are yours. Others have to take 1 of them too")
        plan.between(60, 66).want(BERT, "taken by Anna", "gate")


@story
async def test_a_panel_and_a_thrifty_gateway_get_plain_letters(tmp_path: Path) -> None:
    panel = replace(BERT, plain=True)
    words = "🔥 Łódź [1]" + " Łódź" * 16
    async with telling(tmp_path, people=(ANNA, panel), route=FakeRoute(), transliterate=True) as told:
        await told.engine.raise_alarm(
            AlarmRaise(source="s", key="k", severity=Severity.HIGH, title="Kocioł", text=words)
        )
        await told.until(10)
        texts = dict(told.route.texts)
    assert texts[number_of(panel)].startswith("HIGH Kociol: (fire) Lodz (1) Lodz")
    assert texts[number_of(ANNA)].startswith("HIGH Kociol: (fire) Lodz [1] Lodz")
