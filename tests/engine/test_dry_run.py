"""What would happen if somebody texted something: the same as when they do, and nothing of it happens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from alert_engine.errors import InvalidRequestError, UnknownRecipientError
from alert_engine.model import (
    Address,
    AlarmRaise,
    AlarmState,
    Channel,
    DeedKind,
    DryRun,
    InboundMeaning,
    ProofState,
    Tier,
)
from tests.engine.support import ANNA, BERT, CARL, CountedIds, Story, number_of, telling
from tests.engine.test_commands import ADA, BOSS, COMMANDS, PIN, audited, later, raised, said
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

PUMP = AlarmRaise(source="plc1", key="pump", title="Pump")
GUESS = "271828"


async def tried(told: Story, text: str, person: str = "anna") -> DryRun:
    """The dry run; and that it left nothing behind."""
    before = await _everything(told)
    told.events.clear()
    found = await told.engine.rehearsing.dry_run(person, text)
    await later(told)
    assert await _everything(told) == before
    assert told.events == []
    assert told.route.left == []
    return found


async def _everything(told: Story) -> Any:
    alarms = await told.engine.open_alarms()
    return alarms, await told.engine.messages(), await told.engine.history.inbox(), await audited(told)


class TestAsItWouldBe:
    @story
    async def test_an_acknowledgement(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            (alarm,) = await raised(told, PUMP)
            found = await tried(told, f"ok {alarm.code}")
            assert (found.meaning, found.command, found.words) == (
                InboundMeaning.COMMAND,
                "OK",
                f"ok {alarm.code}",
            )
            assert (found.tier, found.proof, found.refusal) == (Tier.CONCERNED, ProofState.NOT_NEEDED, None)
            assert found.arguments == (alarm.code,)
            assert found.allowed == ("anna", "bert")
            (deed,) = [each for each in found.deeds if each.kind is DeedKind.ALARM]
            assert (deed.code, deed.event) == (alarm.code, "acknowledged")
            assert deed.words == f"alarm {alarm.code} (Pump): acknowledged"
            (other,) = [each for each in found.deeds if each.kind is DeedKind.MESSAGE]
            assert (other.person, other.channel) == ("bert", Channel.SMS)
            assert "Pump" not in repr(found)
            assert await said(told, ANNA, f"ok {alarm.code}") == [found.answer]

    @story
    async def test_a_keyword_with_values(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA, CARL), commands=COMMANDS) as told:
            found = await tried(told, "heat 21 on")
            assert found.values == {"degrees": 21, "boost": True}
            assert found.answer == "Heating to 21, boost ON"
            assert [deed.kind for deed in found.deeds] == [DeedKind.KEYWORD]
            assert found.allowed == ("anna",)
            wrong = await tried(told, "HEAT 99")
            assert (wrong.meaning, wrong.command) == (InboundMeaning.MISUSED, "heat")
            assert wrong.usage == "HEAT 5..30 (ON/OFF)"
            assert wrong.deeds == ()

    @story
    async def test_who_may_not_is_told_so(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA, BERT), commands=COMMANDS) as told:
            found = await tried(told, "HEAT 20", "bert")
            assert (found.refusal, found.allowed) == ("not_permitted", ("anna",))
            assert found.answer is not None

    @pytest.mark.parametrize(
        ("text", "meaning", "kinds"),
        [
            ("hello there", InboundMeaning.TEXT, []),
            ("STOP", InboundMeaning.STOP, [DeedKind.OPTED_OUT, DeedKind.ALARM]),
            ("START", InboundMeaning.START, [DeedKind.OPTED_IN]),
        ],
    )
    def test_what_is_no_command(
        self, tmp_path: Path, text: str, meaning: InboundMeaning, kinds: list[DeedKind]
    ) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                found = await tried(told, text)
                assert (found.meaning, found.command, found.tier) == (meaning, None, None)
                assert [deed.kind for deed in found.deeds] == kinds
                assert await told.engine.access.opted_out() == ()

        told()

    @story
    async def test_a_test_of_everybody(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA, BOSS), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            found = await tried(told, f"TEST {PIN}")
            told_people = [each.person for each in found.deeds if each.kind is DeedKind.MESSAGE]
            assert sorted(filter(None, told_people)) == ["anna", "boss", "boss"]


class TestProof:
    @story
    async def test_how_it_stands(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            assert (await tried(told, "GARAGE OPEN")).proof is ProofState.NOTHING_SET
            asked = await tried(told, "DISARM")
            assert (asked.proof, asked.meaning) == (ProofState.ASKED_FOR, InboundMeaning.CHALLENGED)
            await told.engine.access.set_pin("anna", PIN, by="test")
            missing = await tried(told, "GARAGE OPEN")
            assert (missing.proof, missing.refusal) == (ProofState.MISSING, "no_proof")
            assert (await tried(told, f"DISARM {PIN}")).proof is ProofState.ASKED_FOR

    @story
    async def test_it_is_no_oracle_and_no_trap(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            right, wrong = [await tried(told, f"GARAGE OPEN {given}") for given in (PIN, GUESS)]
            assert right == wrong
            assert (right.proof, right.answer) == (ProofState.GIVEN, "Done: GARAGE OPEN")
            for _ in range(20):
                await told.engine.rehearsing.dry_run("anna", f"GARAGE OPEN {GUESS}")
            assert await said(told, ADA, f"GARAGE OPEN {PIN}") == ["Done: GARAGE OPEN"]

    @story
    async def test_no_one_time_code_is_used_up(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            uri = await told.engine.access.set_totp("anna", by="test")
            app = pyotp.parse_uri(uri)
            assert isinstance(app, pyotp.TOTP)
            code = app.at(told.clock.now())
            assert (await tried(told, f"DISARM {GUESS}")).proof is ProofState.GIVEN
            assert (await tried(told, f"DISARM {code}")).proof is ProofState.GIVEN
            assert await said(told, ADA, f"DISARM {code}") == ["Done: DISARM"]
            assert (await tried(told, f"DISARM all {GUESS}")).proof is ProofState.GIVEN

    @story
    async def test_an_open_challenge_stays_open(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            (question,) = await said(told, ADA, "DISARM")
            code = next(
                word for word in question.replace(":", " ").split() if word.isdigit() and len(word) == 6
            )
            found = await tried(told, GUESS)
            assert (found.command, found.meaning) == ("disarm", InboundMeaning.COMMAND)
            assert await said(told, ADA, code) == ["Done: DISARM"]

    @story
    async def test_whoever_is_locked_out_sees_it(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            for guess in range(5):
                await told.route.receive(ADA, f"GARAGE OPEN {int(GUESS) + guess}")
            await later(told)
            told.route.left.clear()
            found = await tried(told, f"GARAGE OPEN {PIN}")
            assert (found.refusal, found.answer) == ("locked_out", None)


class TestRefused:
    @story
    async def test_what_cannot_be_tried(self, tmp_path: Path) -> None:
        mail = Address(channel=Channel.EMAIL, value="a@example.org")
        silent = replace(BERT, addresses=(mail,))
        async with telling(tmp_path, people=(ANNA, silent)) as told:
            with pytest.raises(UnknownRecipientError, match="no person"):
                await told.engine.rehearsing.dry_run("nobody", "OK")
            with pytest.raises(InvalidRequestError, match="no phone number"):
                await told.engine.rehearsing.dry_run("bert", "OK")
            with pytest.raises(InvalidRequestError, match="longer"):
                await told.engine.rehearsing.dry_run("anna", "x" * 2000)

    @story
    async def test_without_a_route_it_works_all_the_same(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            (alarm,) = await raised(told, PUMP)
            await told.engine.remove_route("modem")
            found = await told.engine.rehearsing.dry_run("anna", "OK")
            assert found.answer is not None
            state = await told.engine.alarm(alarm.id)
            assert state is not None
            assert state.state is AlarmState.RAISED


class TestOnePerson:
    @story
    async def test_a_test_at_once_and_what_came_of_it(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            (begun,) = await told.engine.rehearsing.test_person("anna")
            assert (begun.person, begun.accepted_at) == ("anna", None)
            await told.until(60)
            assert [address for address, _ in told.route.texts] == [number_of(ANNA)]
            with pytest.raises(InvalidRequestError, match="under way"):
                await told.engine.rehearsing.test_person("anna")
            await told.route.deliver(told.route.left[0])
            await told.until(120)
            await told.route.receive(ANNA, "OK")
            await told.until(240)
            (result,) = await told.engine.rehearsing.results("anna")
            assert result.accepted_seconds == pytest.approx(1, abs=1)
            assert result.delivered_seconds == pytest.approx(60, abs=1)
            assert result.answered_seconds == pytest.approx(120, abs=1)
            assert await told.engine.open_alarms() == ()
            assert await told.engine.rehearsing.results("bert") == ()

    @story
    async def test_the_newest_of_each_person(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            assert await told.engine.rehearsing.newest() == ()
            for person in ("anna", "bert"):
                await told.engine.rehearsing.test_person(person)
            await told.until(60)
            await told.route.receive(ANNA, "OK")
            await told.until(120)
            (second,) = await told.engine.rehearsing.test_person("anna")
            newest = {each.person: each for each in await told.engine.rehearsing.newest()}
            assert set(newest) == {"anna", "bert"}
            assert newest["anna"].message_uid == second.message_uid
            assert len(await told.engine.rehearsing.results()) == 3

    @story
    async def test_its_result_survives_a_restart(self, tmp_path: Path) -> None:
        ids = CountedIds()
        async with telling(tmp_path, ids=ids) as told:
            await told.engine.rehearsing.test_person("anna")
            await told.until(30)
        async with telling(tmp_path, ids=ids) as told:
            await told.until(60)
            await told.route.receive(ANNA, "OK")
            await told.until(120)
            (result,) = await told.engine.rehearsing.results()
            assert result.answered_at is not None

    @story
    async def test_of_nobody(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            with pytest.raises(UnknownRecipientError, match="no person"):
                await told.engine.rehearsing.test_person("nobody")
