"""Who is locked out, whose challenge it is, what a forged sender can use up, and who hears of commands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.inbound.authorising import pin_in_question
from alert_engine.inbound.pin_check import check_pin
from alert_engine.routes.base import InboundSms
from tests.engine.support import ANNA, BERT, CARL, now, number_of, telling
from tests.engine.test_commands import ADA, COMMANDS, PIN, audited, keywords, later, said
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.journal.tables.commands import PendingCommand
    from tests.engine.support import Story

NUMBER = number_of(ADA)


async def pending(told: Story) -> PendingCommand | None:
    return await told.engine._ledger.read(lambda tx: tx.commands.pending(NUMBER))


class TestLockOut:
    @story
    async def test_it_lasts_an_hour_from_the_last_of_five_failures(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            for minutes, guess in zip((0, 3, 6, 9, 14), range(271828, 271833), strict=True):
                await told.until(60 * minutes)
                await told.route.receive(ADA, f"GARAGE OPEN {guess}")
            await told.until(73 * 60)
            assert await said(told, ADA, f"GARAGE OPEN {PIN}") == []
            await told.until(75 * 60)
            assert await said(told, ADA, f"GARAGE OPEN {PIN}") == ["Done: GARAGE OPEN"]

    @story
    async def test_no_work_is_spent_on_a_pin_that_would_not_count(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")

            async def known() -> object:
                at = told.clock.now()
                return await told.engine._ledger.read(lambda tx: pin_in_question(tx, "anna", NUMBER, at))

            assert await known() is not None
            for guess in range(271828, 271833):
                await told.route.receive(ADA, f"GARAGE OPEN {guess}")
            assert await known() is None

    @pytest.mark.parametrize(
        ("changes", "is_compared"),
        [
            ({}, True),
            ({"is_text": False}, False),
            ({"missing_segments": 1}, False),
            ({"service_centre_time": timedelta(hours=25)}, False),
            ({"text": "GARAGE OPEN"}, False),
            ({"sender": "+447911123456"}, False),
            ({"sender_can_be_answered": False}, False),
        ],
    )
    def test_only_what_may_be_a_command_is_compared(
        self, tmp_path: Path, changes: dict[str, Any], *, is_compared: bool
    ) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
                await told.engine.access.set_pin("anna", PIN, by="test")
                fields: dict[str, Any] = {
                    "sender": NUMBER,
                    "sender_can_be_answered": True,
                    "text": f"GARAGE OPEN {PIN}",
                    "received_at": now(),
                    "service_centre_time": timedelta(0),
                    "is_text": True,
                    **changes,
                }
                fields["service_centre_time"] = now() - fields["service_centre_time"]
                checked = await check_pin(told.engine._ledger, "modem", InboundSms(**fields))
                assert (checked is not None) is is_compared

        told()


class TestChallenges:
    @story
    async def test_the_number_is_somebody_elses_by_now(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await said(told, ADA, "DISARM")
            asked = await pending(told)
            assert asked is not None
            heir = replace(BERT, can_command=True, addresses=ADA.addresses)
            told.engine.update_settings(replace(told.engine._ledger.settings, people=(heir,)))
            await said(told, heir, asked.challenge.code)
            assert keywords(told) == []
            assert (await audited(told))[-1] == "refused_not_permitted"

    @story
    async def test_none_waits_for_somebody_who_wants_no_messages(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await said(told, ADA, "STOP")
            assert await said(told, ADA, "DISARM") == []
            assert await pending(told) is None

    @story
    async def test_forged_texts_do_not_use_them_up(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            for _ in range(12):
                await said(told, ADA, "HELP")
                await later(told, 61)
            assert len(await said(told, ADA, "DISARM")) == 1
            await later(told, 86400)
            assert len(await said(told, ADA, "HELP")) == 1


class TestReporting:
    @story
    async def test_an_admin_is_not_told_of_own_commands_on_the_same_phone(self, tmp_path: Path) -> None:
        admin, other = replace(ADA, is_admin=True), replace(BERT, is_admin=True)
        async with telling(tmp_path, people=(admin, other, CARL), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            await told.route.receive(ANNA, f"GARAGE OPEN {PIN}")
            await later(told)
            assert sorted(told.route.texts) == [
                (NUMBER, "Done: GARAGE OPEN"),
                (number_of(BERT), "Anna commanded: GARAGE OPEN (14:07, PIN)"),
            ]
