"""The account in the cloud in virtual time: what its line does to a message, and what the ledger hears."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab.parts.cloud import BERT, WELL, Line, a_cloud
from lab.row import Row, World
from lab.run import Run
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

ROW = Row(number=23, fault="f", expected="e")


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        (WELL, 1),
        (Line(dead_after=10.0), 0),
        (Line(is_silent=True), 1),
        (Line(status=400, code=21610), 1),
        (Line(status=401, code=20003, is_locked=True), 0),  # a look at the account found it first
    ],
)
@story
async def test_only_a_line_that_is_well_brings_the_words(tmp_path: Path, line: Line, asked: int) -> None:
    async with Run(ROW, World.VIRTUAL, 1, tmp_path) as run:
        cloud = await run.use(a_cloud(run))
        cloud.line = line
        await cloud.work.until(400.0)  # the look every five minutes has been
        await cloud.raise_alarm("tank", BERT)
        await cloud.work.until(440.0)
        assert len(cloud.asked) == asked
        assert len(run.ledger.pieces) == (line is WELL)
