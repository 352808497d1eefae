"""A keyword is not lost between "Done" and whoever acts on it, and not done when it is too late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError
from alert_engine.model import Authorisation, Channel
from tests.engine.support import CountedIds, FakeRoute, telling
from tests.engine.test_commands import ADA, COMMANDS, audited, keywords, later, said
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from alert_engine.model import KeywordReceived
    from tests.engine.support import Story

HEATING = "HEAT 21.5 ON"


class KilledError(Exception):
    """The process is gone."""


def killed_after_the_commit() -> Callable[[str], None]:
    """Fails where whoever listens would be told of an inbound message."""

    def failpoint(name: str) -> None:
        if name == "inbound_after_commit":
            raise KilledError

    return failpoint


def other_ids() -> CountedIds:
    ids = CountedIds(5)
    ids.prefix = "later"
    return ids


async def are_waiting(told: Story) -> bool:
    return await told.engine._ledger.read(lambda tx: tx.waiting_keywords.oldest()) is not None


async def lost(directory: Path) -> None:
    """Ada commands, and the gateway dies before anybody is told."""
    async with telling(
        directory, people=(ADA,), commands=COMMANDS, failpoint=killed_after_the_commit()
    ) as told:
        await told.route.receive(ADA, HEATING)
        assert keywords(told) == []


class TestAfterACrash:
    @story
    async def test_it_is_announced_again(self, tmp_path: Path) -> None:
        await lost(tmp_path)
        minutes = timedelta(minutes=4)
        async with telling(
            tmp_path, people=(ADA,), commands=COMMANDS, offset=minutes, ids=other_ids()
        ) as told:
            (event,) = keywords(told)
            assert (event.keyword, event.person, event.arguments) == ("heat", "anna", ("21.5", "ON"))
            assert dict(event.values) == {"degrees": 21.5, "boost": True}
            assert event.authorisation is Authorisation.KNOWN
            told.engine.keywords.taken(event.id)
            await later(told, 600)
            assert not [text for _, text in told.route.texts if text.startswith("Not done")]
            assert not await are_waiting(told)

    @story
    async def test_whoever_serves_keywords_later_gets_it(self, tmp_path: Path) -> None:
        await lost(tmp_path)
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS, ids=other_ids()) as told:
            served: list[KeywordReceived] = []
            await later(told, 100)
            told.engine.keywords.serve(served.append)
            await later(told, 1)
            assert served == keywords(told)

    @story
    async def test_who_stopped_serving_gets_no_more(self, tmp_path: Path) -> None:
        await lost(tmp_path)
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS, ids=other_ids()) as told:
            served: list[KeywordReceived] = []
            end = told.engine.keywords.serve(served.append)
            end()
            end()  # once more changes nothing
            await later(told, 1)
            assert served == []

    @story
    async def test_what_is_too_old_is_not_done_and_the_sender_hears_so(self, tmp_path: Path) -> None:
        await lost(tmp_path)
        minutes = timedelta(minutes=5)
        async with telling(
            tmp_path, people=(ADA,), commands=COMMANDS, offset=minutes, ids=other_ids()
        ) as told:
            await later(told)
            assert keywords(told) == []
            assert f"Not done, please write it again: {HEATING}" in [text for _, text in told.route.texts]
            assert "keyword_not_taken" in await audited(told)
            assert not await are_waiting(told)

    @story
    async def test_the_sender_hears_so_by_the_way_of_the_question(self, tmp_path: Path) -> None:
        whatsapp = frozenset({Channel.WHATSAPP})
        before, after = (FakeRoute("cloud", channels=whatsapp) for _ in range(2))
        async with telling(
            tmp_path, people=(ADA,), commands=COMMANDS, failpoint=killed_after_the_commit()
        ) as told:
            await told.engine.add_route(before)
            await before.receive(ADA, HEATING, channel=Channel.WHATSAPP)
        minutes = timedelta(minutes=5)
        async with telling(
            tmp_path, people=(ADA,), commands=COMMANDS, offset=minutes, ids=other_ids()
        ) as told:
            await told.engine.add_route(after)
            await later(told)
            assert f"Not done, please write it again: {HEATING}" in [text for _, text in after.texts]
            assert told.route.texts == []


class TestServing:
    @story
    async def test_whoever_listens_has_it_if_nobody_serves(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            assert await said(told, ADA, HEATING) == ["Heating to 21.5, boost ON"]
            assert not await are_waiting(told)

    @story
    async def test_it_waits_until_it_is_taken(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            served: list[KeywordReceived] = []
            told.engine.keywords.serve(served.append)
            await later(told, 1)
            await said(told, ADA, HEATING)
            assert served == keywords(told)
            assert await are_waiting(told)
            told.engine.keywords.taken(served[0].id)
            await later(told, 600)
            assert told.route.texts == []

    @story
    async def test_what_nobody_takes_in_time_is_dropped_and_told(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            told.engine.keywords.serve(lambda _: None)
            await said(told, ADA, HEATING)
            await later(told, 285)
            assert told.route.texts == []
            await later(told, 10)
            assert [text for _, text in told.route.texts] == [f"Not done, please write it again: {HEATING}"]
            assert (await audited(told))[-1] == "keyword_not_taken"

    @story
    async def test_what_the_engine_does_itself_waits_for_nobody(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            served: list[KeywordReceived] = []
            told.engine.keywords.serve(served.append)
            await said(told, ADA, "STATUS")
            assert [event.keyword for event in served] == ["STATUS"]
            assert not await are_waiting(told)

    @story
    async def test_a_journal_in_trouble_lets_it_wait(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        full = False

        def failpoint(name: str) -> None:
            if full and name.endswith("_before_commit"):
                raise JournalError("no room")

        async with telling(tmp_path, people=(ADA,), commands=COMMANDS, failpoint=failpoint) as told:
            served: list[KeywordReceived] = []
            told.engine.keywords.serve(served.append)
            await said(told, ADA, HEATING)
            full = True
            told.engine.keywords.taken(served[0].id)
            await later(told, 1)
            full = False
            assert await are_waiting(told)
            assert "keywords wait, and may be announced twice" in caplog.text
