"""What shells ask of the engine: a loopback now, and silence where somebody else answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from alert_engine.errors import InvalidRequestError
from alert_engine.supervision.settings import RouteSupervision
from tests.engine.support import ANNA, telling
from tests.engine.test_commands import said
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.support import Story

OWN_NUMBER = "+436645550100"


def route_of(told: Story) -> str:
    """The name of the one route."""
    (name,) = told.engine.routes()
    return name


class TestLoopback:
    @story
    async def test_a_route_writes_to_itself_when_it_is_asked(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            settings = told.engine._ledger.settings
            watched = RouteSupervision(route=route_of(told), own_number=OWN_NUMBER)
            supervision = replace(settings.supervision, routes=(watched,))
            told.engine.update_settings(replace(settings, supervision=supervision))
            await told.engine.rehearsing.loop_back(route_of(told))
            await told.until(60)
            assert OWN_NUMBER in [address for address, _ in told.route.texts]

    @story
    async def test_a_route_without_a_number_cannot(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            with pytest.raises(InvalidRequestError, match="is not known: enter it"):
                await told.engine.rehearsing.loop_back(route_of(told))


class TestAnsweredElsewhere:
    @story
    async def test_words_that_are_no_command_get_no_help(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            settings = told.engine._ledger.settings
            commands = replace(settings.commands, answered_elsewhere=("anna",))
            told.engine.update_settings(replace(settings, commands=commands))
            assert await said(told, ANNA, "Is the door shut?") == []
            assert await said(told, ANNA, "STATUS") != []
