"""Commands by SMS as people live them: snooze, ask, use keywords, prove who one is, opt out."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from alert_engine.errors import InvalidRequestError, UnknownRecipientError
from alert_engine.inbound.one_time_codes import code_at, counter_at
from alert_engine.inbound.settings import CommandSettings
from alert_engine.inbound.words import BuiltIn
from alert_engine.model import (
    Address,
    Alarm,
    AlarmAcknowledge,
    AlarmRaise,
    AlarmState,
    Authorisation,
    Channel,
    InboundReceived,
    Keyword,
    KeywordReceived,
    MessageState,
    Parameter,
    ParameterKind,
    Policy,
    SendRequest,
    Step,
    Tier,
)
from tests.engine.support import ANNA, BERT, CARL, EPOCH, LOST, FakeRoute, Story, number_of, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

PUMP = AlarmRaise(source="plc1", key="pump", title="Pump station")
GATE = AlarmRaise(source="plc1", key="gate", title="Gate")
ADA = replace(ANNA, can_command=True)  # may command
BOSS = replace(BERT, id="boss", name="Boss", is_admin=True)
PIN = "314159"

HEAT = Keyword(
    name="heat",
    words=("HEAT", "HEIZEN"),
    parameters=(
        Parameter(name="degrees", kind=ParameterKind.NUMBER, minimum=5, maximum=30),
        Parameter(name="boost", kind=ParameterKind.ON_OFF, required=False),
    ),
    tier=Tier.CONCERNED,
    answer="Heating to $degrees, boost $boost",
)
HOW = Keyword(
    name="how", words=("HOW",), tier=Tier.LISTED, answer="$person: $open open, $highest; $routes; $time"
)
GARAGE = Keyword(
    name="garage",
    words=("GARAGE",),
    parameters=(Parameter(name="do", kind=ParameterKind.CHOICE, choices=("OPEN", "SHUT")),),
    tier=Tier.PROVEN,
)
DISARM = Keyword(
    name="disarm",
    words=("DISARM",),
    parameters=(Parameter(name="what", kind=ParameterKind.TEXT, required=False),),
    tier=Tier.CONFIRMED,
)
COMMANDS = CommandSettings(keywords=(HEAT, HOW, GARAGE, DISARM))


async def later(told: Story, seconds: float = 10) -> None:
    await told.clock.sleep_until(told.clock.monotonic() + seconds)


async def raised(told: Story, *requests: AlarmRaise) -> list[Alarm]:
    results = await told.engine.raise_alarms(requests)
    await later(told)
    told.route.left.clear()
    told.events.clear()
    return [result.alarms[0] for result in results]


async def said(told: Story, person: Any, text: str, **changes: Any) -> list[str]:
    """What the sender is answered."""
    await told.route.receive(person, text, **changes)
    await later(told)
    number = person if isinstance(person, str) else number_of(person)
    found = [text for address, text in told.route.texts if address == number]
    told.route.left.clear()
    return found


def keywords(told: Story) -> list[KeywordReceived]:
    return [event for event in told.events if isinstance(event, KeywordReceived)]


def inbound(told: Story) -> list[InboundReceived]:
    return [event for event in told.events if isinstance(event, InboundReceived)]


async def alarm_of(told: Story, alarm: Alarm) -> Alarm:
    found = await told.engine.alarm(alarm.id)
    assert found is not None
    return found


async def audited(told: Story) -> list[str]:
    assert await told.engine.access.verify_audit() is None
    return [entry.action for entry in reversed(await told.engine.access.audit())]


async def key_of(told: Story, person: str) -> bytes:
    uri = await told.engine.access.set_totp(person, by="test")
    return base64.b32decode(parse_qs(urlsplit(uri).query)["secret"][0])


class TestSnoozing:
    @pytest.mark.parametrize(
        ("text", "minutes"),
        [("SNOOZE", 30), ("snooze {code}", 30), ("PAUSE {code} 60", 60), ("RIMANDA 480", 480)],
    )
    def test_it_is_quiet_for_so_long(self, tmp_path: Path, text: str, minutes: int) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                (pump,) = await raised(told, PUMP)
                until = told.clock.now() + timedelta(minutes=minutes)
                (answer,) = await said(told, ANNA, text.format(code=pump.code))
                assert answer == f"{pump.code} is quiet until {until:%H:%M}: Pump station"
                assert (await alarm_of(told, pump)).shelved_until == until
                (event,) = keywords(told)
                assert (event.keyword, event.person) == ("SNOOZE", "anna")

        told()

    @story
    async def test_which_one(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            pump, gate = await raised(told, PUMP, GATE)
            (answer,) = await said(told, ANNA, "SNOOZE")
            assert pump.code in answer
            assert gate.code in answer

    @story
    async def test_wrong_parameters_are_answered_with_what_is_right(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await raised(told, PUMP)
            assert await said(told, ANNA, "SNOOZE 481") == ["Write it so: SNOOZE 4711 1..480"]
            assert await said(told, ANNA, "SNOOZE 0") == []  # errors are explained once in ten minutes
            await later(told, 600)
            assert await said(told, CARL_LIKE, "SNOOZE soon") == []

    @story
    async def test_what_is_over_cannot_be_snoozed(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            (pump,) = await raised(told, PUMP)
            await told.engine.close_alarm(pump.id, by="test")
            await later(told)
            told.route.left.clear()
            (answer,) = await said(told, ANNA, f"SNOOZE {pump.code}")
            assert answer == f"{pump.code} cannot be made quiet now: Pump station"

    @story
    async def test_who_may_not(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(CARL,)) as told:
            (pump,) = await raised(told, PUMP)
            assert await said(told, CARL, "SNOOZE") == ["You may not do that"]
            assert (await alarm_of(told, pump)).shelved_until is None
            await later(told, 700)
            assert await said(told, CARL, "SNOOZE never") == ["You may not do that"]


CARL_LIKE = "+447911123456"  # a stranger


class TestAcknowledgingAll:
    @story
    async def test_all_that_were_sent_to_this_person(self, tmp_path: Path) -> None:
        for_bert = Policy(name="bert", steps=(Step(after=timedelta(0), notify=("bert",)),))
        async with telling(tmp_path, people=(ANNA, BERT), policies=(for_bert,)) as told:
            pump, gate, other = await raised(told, PUMP, GATE, replace(PUMP, key="other", policy="bert"))
            assert await said(told, ANNA, "ok all") == ["2 alarms are yours"]
            for alarm, state in (
                (pump, AlarmState.ACKED),
                (gate, AlarmState.ACKED),
                (other, AlarmState.RAISED),
            ):
                assert (await alarm_of(told, alarm)).state is state
            assert await said(told, ANNA, "OK TUTTI") == ["No open alarm was sent to you"]
            assert (await said(told, BERT, "OK ALLE"))[-1].endswith("is yours: Pump station")

    @story
    async def test_a_code_of_somebody_else_is_no_use(self, tmp_path: Path) -> None:
        for_bert = Policy(name="bert", steps=(Step(after=timedelta(0), notify=("bert",)),))
        async with telling(tmp_path, people=(ANNA, BERT), policies=(for_bert,)) as told:
            (pump,) = await raised(told, replace(PUMP, policy="bert"))
            for text in ("OK", "SNOOZE", "STATUS", "WHO"):
                assert await said(told, ANNA, f"{text} {pump.code}") == [f"{pump.code} was not sent to you"]
            assert (await alarm_of(told, pump)).state is AlarmState.RAISED


class TestAsking:
    @story
    async def test_status(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            assert await said(told, ANNA, "STATUS") == ["Nothing is open. 0 messages wait."]
            pump, gate = await raised(told, PUMP, GATE)
            await told.engine.acknowledge(AlarmAcknowledge(by="anna", code=gate.code))
            await later(told)
            told.route.left.clear()
            assert await said(told, ANNA, "status") == ["2 open, 1 of them not taken. 0 messages wait."]
            (open_one,) = await said(told, ANNA, f"STATUS {pump.code}")
            assert "Pump station" in open_one
            assert f"OK {pump.code}" in open_one
            assert await said(told, ANNA, f"STATO {gate.code}") == [
                f"{gate.code} already taken by Anna 14:07: Gate"
            ]
            assert await said(told, ANNA, "STATUS 0000") == ["There is no alarm 0000"]

    @story
    async def test_who(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            assert await said(told, ANNA, "WHO") == ["No open alarm was sent to you"]
            pump, gate = await raised(told, PUMP, GATE)
            await told.engine.acknowledge(AlarmAcknowledge(by="bert", code=gate.code))
            await later(told)
            told.route.left.clear()
            assert await said(told, ANNA, "WHO") == [
                f"{pump.code} Pump station: nobody, {gate.code} Gate: Bert"
            ]
            assert await said(told, ANNA, f"wer {gate.code}") == [f"{gate.code} Gate: Bert"]
            await raised(told, *(replace(PUMP, key=f"p{n}") for n in range(6)))
            await later(told, 60)
            told.route.left.clear()
            (answer,) = await said(told, ANNA, "CHI")
            assert answer.endswith(", ...")

    @pytest.mark.parametrize("word", ["HELP", "info", "HILFE", "AIUTO", "AYUDA", "hulp"])
    def test_help(self, tmp_path: Path, word: str) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, people=(ADA, CARL), commands=COMMANDS) as told:
                (answer,) = await said(told, ADA, word)
                assert answer.startswith("OK 4711: I take it.")
                assert answer.endswith("STATUS: what is open. Also: HEAT, HOW, GARAGE, DISARM.")
                (answer,) = await said(told, CARL, word)
                assert answer == "STATUS: what is open. Also: HOW."
                assert keywords(told)[0].keyword == "HELP"

        told()

    @story
    async def test_in_the_language_of_the_person(self, tmp_path: Path) -> None:
        people = (replace(ANNA, language="de-AT"), replace(BERT, language="it"))
        async with telling(tmp_path, people=people) as told:
            assert await said(told, ANNA, "STATUS") == ["Nichts ist offen. 0 Nachrichten warten."]
            assert await said(told, BERT, "STATUS") == ["Niente è aperto. 0 messaggi in attesa."]

    @story
    async def test_unknown_texts_get_the_help_once_a_day(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            (answer,) = await said(told, ANNA, "on my way")
            assert answer.startswith("I did not understand that. OK 4711: I take it.")
            await later(told, 23 * 3600)
            assert await said(told, ANNA, "soon there") == []
            await later(told, 2 * 3600)
            assert len(await said(told, ANNA, "home again")) == 1


class TestKeywords:
    @pytest.mark.parametrize(
        ("text", "values", "answer"),
        [
            ("HEAT 21", {"degrees": 21}, "Heating to 21, boost -"),
            ("heizen 21,5 an", {"degrees": 21.5, "boost": True}, "Heating to 21.5, boost ON"),
            ("Heat 5 SPENTO.", {"degrees": 5, "boost": False}, "Heating to 5, boost OFF"),
        ],
    )
    def test_typed_values(self, tmp_path: Path, text: str, values: dict[str, object], answer: str) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
                assert await said(told, ADA, text) == [answer]
                (event,) = keywords(told)
                assert (event.keyword, dict(event.values)) == ("heat", values)
                assert event.authorisation is Authorisation.KNOWN
                assert inbound(told)[0].keyword == "heat"

        told()

    @pytest.mark.parametrize(
        "text", ["HEAT", "HEAT 31", "HEAT warm", "HEAT 21 maybe", "HEAT 21 ON ON", "HEAT 4.9"]
    )
    def test_wrong_ones_are_answered_with_what_is_right(self, tmp_path: Path, text: str) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
                assert await said(told, ADA, text) == ["Write it so: HEAT 5..30 (ON/OFF)"]
                assert keywords(told) == []
                assert inbound(told)[0].keyword is None

        told()

    @story
    async def test_a_question_is_answered_by_a_template(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(CARL,), commands=COMMANDS) as told:
            assert await said(told, CARL, "HOW") == ["Carl: 0 open, -; modem ok; 14:07"]

    @story
    async def test_what_people_write_is_no_template(self, tmp_path: Path) -> None:
        echo = Keyword(
            name="echo",
            words=("ECHO",),
            parameters=(Parameter(name="what", kind=ParameterKind.TEXT),),
            tier=Tier.LISTED,
            answer="$what",
        )
        async with telling(tmp_path, commands=CommandSettings(keywords=(echo,))) as told:
            nasty = "${gateway} $open {0.__class__} %s"
            assert await said(told, ANNA, f"ECHO {nasty}") == [nasty]

    @story
    async def test_who_may_not(self, tmp_path: Path) -> None:
        only_bert = CommandSettings(keywords=(replace(HEAT, allowed=("bert",)),))
        async with telling(tmp_path, people=(ADA, CARL), commands=only_bert) as told:
            for person in (ADA, CARL):
                assert await said(told, person, "HEAT 21") == ["You may not do that"]
            assert keywords(told) == []
            assert await audited(told) == ["refused_not_permitted"] * 2

    @story
    async def test_the_same_within_a_minute_counts_once(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            assert len(await said(told, ADA, "HEAT 21")) == 1
            assert await said(told, ADA, "HEAT 21") == []
            assert len(keywords(told)) == 1
            await later(told, 60)
            assert len(await said(told, ADA, "HEAT 21")) == 1

    @story
    async def test_an_answer_is_bounded(self, tmp_path: Path) -> None:
        long = CommandSettings(keywords=(replace(HOW, answer="x" * 5000),))
        async with telling(tmp_path, commands=long) as told:
            assert await said(told, ANNA, "HOW") == ["x" * 456 + "..."]


class TestProof:
    @story
    async def test_a_pin(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA, BOSS), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            await told.route.receive(ADA, f"garage open {PIN}")
            await later(told)
            assert sorted(told.route.texts) == [
                (number_of(ADA), "Done: garage open"),
                (number_of(BOSS), "Anna commanded: garage open (14:07, PIN)"),
            ]
            (event,) = keywords(told)
            assert (event.authorisation, dict(event.values)) == (Authorisation.PIN, {"do": "OPEN"})
            assert event.arguments == ("open",)
            assert inbound(told)[0].text == "garage open ######"
            assert await audited(told) == ["pin_set", "commanded"]

    @story
    async def test_wrong_is_silent(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA, BOSS), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            assert await said(told, ADA, "GARAGE OPEN 314158") == []
            assert keywords(told) == []
            assert inbound(told)[0].authorisation is Authorisation.KNOWN
            assert await audited(told) == ["pin_set", "refused_wrong"]
            assert len(await said(told, ADA, f"GARAGE OPEN {PIN}")) == 1

    @story
    async def test_what_is_missing_is_said(self, tmp_path: Path) -> None:
        async with telling(
            tmp_path, people=(ADA, replace(BERT, can_command=True)), commands=COMMANDS
        ) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            (answer,) = await said(told, ADA, "GARAGE OPEN")
            assert answer == "Put your PIN or one-time code at the end: GARAGE OPEN 123456"
            for text in ("GARAGE OPEN", "GARAGE OPEN 123456"):
                answers = await said(told, BERT, text)
                await later(told, 700)
                assert answers == ["You have no PIN and no one-time code yet"]

    @story
    async def test_a_one_time_code_counts_once_and_in_order(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            key = await key_of(told, "anna")
            now = counter_at(told.clock.now())
            assert await said(told, ADA, f"GARAGE OPEN {code_at(key, now + 1)}") == ["Done: GARAGE OPEN"]
            assert await said(told, ADA, f"GARAGE SHUT {code_at(key, now + 1)}") == []
            assert await said(told, ADA, f"GARAGE SHUT {code_at(key, now)}") == []
            assert [event.authorisation for event in keywords(told)] == [Authorisation.TOTP]
            assert await audited(told) == ["totp_set", "commanded", "refused_used", "refused_used"]

    @story
    async def test_a_code_that_came_late(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            key = await key_of(told, "anna")
            for minutes, answer in (
                (14, "Done: DISARM"),
                (16, "Your message came too late for its one-time code."),
            ):
                await told.until(3600 * minutes)
                written = told.clock.now() - timedelta(minutes=minutes)
                text = f"DISARM {code_at(key, counter_at(written))}"
                (answered,) = await said(told, ADA, text, service_centre_time=written)
                assert answered.startswith(answer)

    @story
    async def test_without_a_time_of_the_network_arrival_counts(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            key = await key_of(told, "anna")
            text = f"DISARM {code_at(key, counter_at(told.clock.now()))}"
            assert await said(told, ADA, text, service_centre_time=None) == ["Done: DISARM"]

    @story
    async def test_a_challenge(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA, BOSS), commands=COMMANDS) as told:
            (question,) = await said(told, ADA, "DISARM home")
            code = question.split()[1]
            assert question == f"Reply {code} within 3 min to DISARM home"
            assert keywords(told) == []
            assert await said(told, ADA, code) == ["Done: DISARM home"]
            (event,) = keywords(told)
            assert (event.authorisation, dict(event.values)) == (Authorisation.CHALLENGE, {"what": "home"})
            assert await said(told, ADA, code) != ["Done: DISARM home"]
            assert len(keywords(told)) == 1

    @story
    async def test_a_pin_comes_before_the_challenge(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            assert (await said(told, ADA, "DISARM home"))[0].startswith("Put your PIN")
            (question,) = await said(told, ADA, f"DISARM home {PIN}")
            assert await said(told, ADA, question.split()[1]) == ["Done: DISARM home"]

    @pytest.mark.parametrize("reply", ["wrong", "late", "other phone", "forbidden", "gone"])
    def test_a_challenge_that_is_not_met(self, tmp_path: Path, reply: str) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, people=(ADA, BOSS), commands=COMMANDS) as told:
                (question,) = await said(told, ADA, "DISARM")
                code = question.split()[1]
                if reply == "wrong":
                    await said(told, ADA, str(int(code) ^ 1).zfill(6))
                elif reply == "late":
                    await later(told, 180)
                elif reply in {"forbidden", "gone"}:
                    left = (replace(DISARM, allowed=("boss",)),) if reply == "forbidden" else ()
                    changed = CommandSettings(keywords=left)
                    told.engine.update_settings(replace(told.engine._ledger.settings, commands=changed))
                await said(told, BOSS if reply == "other phone" else ADA, code)
                assert keywords(told) == []

        told()

    @story
    async def test_no_challenge_waits_that_nobody_was_sent(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            asked = [await said(told, ADA, f"DISARM {number}") for number in range(7)]
            assert [len(each) for each in asked] == [1, 1, 1, 1, 1, 0, 0]
            pending = await told.engine._ledger.read(lambda tx: tx.commands.pending(number_of(ADA)))
            assert pending is not None
            assert pending.text == "DISARM 4"
            assert len(await said(told, ADA, "STATUS")) == 1  # they have a budget of their own
            assert await said(told, ADA, "DISARM 8") == []
            await later(told, 3600)
            assert len(await said(told, ADA, "DISARM 8")) == 1

    @story
    async def test_a_built_in_can_ask_for_more(self, tmp_path: Path) -> None:
        stricter = CommandSettings(tiers={BuiltIn.ACKNOWLEDGE: Tier.PROVEN})
        async with telling(tmp_path, commands=stricter) as told:
            (pump,) = await raised(told, PUMP)
            await told.engine.access.set_pin("anna", PIN, by="test")
            assert (await said(told, ANNA, "OK"))[0].startswith("Put your PIN")
            assert await said(told, ANNA, f"OK {PIN}") == [f"{pump.code} is yours: Pump station"]

    @story
    async def test_test_rings_everybody(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA, BERT)) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            assert await said(told, BERT, f"TEST {PIN}") == ["You may not do that"]
            await told.route.receive(ADA, f"PROVA {PIN}")
            await later(told)
            (alarm,) = await told.engine.open_alarms()
            assert alarm.is_test
            assert {address for address, _ in told.route.texts} == {number_of(ADA), number_of(BERT)}

    @story
    async def test_a_misspelt_command_does_not_show_the_pin(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA, BERT), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            await told.route.receive(ADA, f"GARGE OPEN {PIN}")
            await told.route.receive(BERT, f"my number is {PIN}")
            assert [event.text for event in inbound(told)] == ["GARGE OPEN ######", f"my number is {PIN}"]

    @story
    async def test_a_typing_error_is_no_repeat_where_the_network_tells_no_time(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            assert await said(told, ADA, "GARAGE OPEN 271828", service_centre_time=None) == []
            text = f"GARAGE OPEN {PIN}"
            assert await said(told, ADA, text, service_centre_time=None) == ["Done: GARAGE OPEN"]

    @pytest.mark.parametrize(
        "pin", ["12345", "1234567890123", "12345x", "111111", "121212", "123456", "987654", ""]
    )
    def test_no_pin(self, tmp_path: Path, pin: str) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                with pytest.raises(InvalidRequestError):
                    await told.engine.access.set_pin("anna", pin, by="test")
                with pytest.raises(UnknownRecipientError):
                    await told.engine.access.set_totp("nobody", by="test")
                assert await audited(told) == []

        told()

    @story
    async def test_secrets_can_be_taken_away(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            key = await key_of(told, "anna")
            await told.engine.access.clear_secrets("anna", by="test")
            code = code_at(key, counter_at(told.clock.now()))
            assert await said(told, ADA, f"GARAGE OPEN {code}") == [
                "You have no PIN and no one-time code yet"
            ]


class TestGuessing:
    @story
    async def test_five_failures_lock_the_sender_out_and_nobody_else(self, tmp_path: Path) -> None:
        other = replace(BERT, can_command=True)
        async with telling(tmp_path, people=(ADA, other), commands=COMMANDS) as told:
            for person in ("anna", "bert"):
                await told.engine.access.set_pin(person, PIN, by="test")
            (pump,) = await raised(told, PUMP)
            for guess in range(271828, 271833):
                assert await said(told, ADA, f"GARAGE OPEN {guess}") == []
            assert await said(told, ADA, f"GARAGE OPEN {PIN}") == []
            assert await said(told, other, f"GARAGE OPEN {PIN}") == ["Done: GARAGE OPEN"]
            assert await said(told, ADA, "OK") == [f"{pump.code} is yours: Pump station"]
            assert (await audited(told))[-4:] == [
                "locked_out",
                "refused_locked_out",
                "commanded",
                "commanded",
            ]
            await later(told, 3600)
            assert await said(told, ADA, f"GARAGE OPEN {PIN}") == ["Done: GARAGE OPEN"]

    @story
    async def test_ten_failures_of_anybody_switch_commands_off(self, tmp_path: Path) -> None:
        other = replace(BERT, can_command=True)
        async with telling(tmp_path, people=(ADA, other), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            await told.engine.access.set_pin("bert", PIN, by="test")
            for person in (ADA, other):
                for guess in range(271828, 271833):
                    await told.route.receive(person, f"GARAGE OPEN {guess}")
            assert await told.engine.access.commands_off_since() == EPOCH
            (alarm,) = await told.engine.open_alarms()
            assert (alarm.source, alarm.key) == ("gateway", "commands/off")
            await later(told)
            told.route.left.clear()
            assert await said(told, ADA, f"GARAGE OPEN {PIN}") == []
            assert (await audited(told))[-1] == "refused_switched_off"
            await told.engine.access.enable_commands(by="home_assistant:x")
            assert await told.engine.access.commands_off_since() is None
            assert await told.engine.open_alarms() == ()
            await later(told)
            told.route.left.clear()
            assert await said(told, ADA, f"GARAGE OPEN {PIN}") == ["Done: GARAGE OPEN"]


class TestConsent:
    @story
    async def test_stop_and_start(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            (stopped,) = await said(told, ANNA, " stop ")
            assert stopped == "test: you get no more messages, also no alarms. START undoes that."
            (opt_out,) = await told.engine.access.opted_out()
            addresses = await told.engine._ledger.read(lambda tx: tx.consent.addresses())
            assert {address.value for address in addresses} == {number_of(ANNA)}
            assert {address.channel for address in addresses} >= {Channel.SMS, Channel.CALL}
            assert (opt_out.address, opt_out.word, opt_out.since) == (number_of(ANNA), "STOP", EPOCH)
            (alarm,) = await told.engine.open_alarms()
            assert (alarm.source, alarm.key) == ("gateway", "person/anna/opt-out")
            assert (alarm.title, alarm.text) == ("Anna opted out", "Policy critical has 1 recipient left")
            assert await said(told, ANNA, "STOP") == []
            (started,) = await said(told, ANNA, "START")
            assert started == "test: you get messages and alarms again. STOP ends that."
            assert await told.engine.open_alarms() == ()
            assert await told.engine.access.opted_out() == ()
            assert await said(told, ANNA, "yes") == []
            assert await audited(told) == ["opted_out", "opted_in"]

    @story
    async def test_nothing_goes_there_any_more(self, tmp_path: Path) -> None:
        route = FakeRoute()
        async with telling(tmp_path, people=(ANNA, BERT), route=route) as told:
            sent = await told.engine.send(
                SendRequest(to=("anna",), text="tomorrow", not_before=EPOCH + timedelta(hours=1))
            )
            assert len(await said(told, ANNA, "HALT")) == 1
            (pump,) = await raised(told, PUMP)
            direct = await told.engine.send(SendRequest(to=(number_of(ANNA),), text="hello"))
            await told.until(7200)
            assert number_of(ANNA) not in {address for address, _ in route.texts}
            for uid in (sent.messages[0].uid, direct.messages[0].uid):
                message = await told.message(uid)
                assert message.state is MessageState.CANCELLED
                assert "STOP" in message.reason
            await told.route.receive(ANNA, f"OK {pump.code}")
            # It was sent to the others only.
            assert (await alarm_of(told, pump)).state is AlarmState.RAISED
            await later(told)
            assert number_of(ANNA) not in {address for address, _ in route.texts}

    @story
    async def test_what_is_in_doubt_is_not_sent_again(self, tmp_path: Path) -> None:
        route = FakeRoute(script=[LOST])
        async with telling(tmp_path, people=(ANNA, BERT), route=route) as told:
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await later(told)
            assert len(await said(told, ANNA, "STOP")) == 2  # the one in doubt, and the confirmation
            await told.until(600)
            assert number_of(ANNA) not in {address for address, _ in route.texts}

    @story
    async def test_a_number_that_we_wrote_to(self, tmp_path: Path) -> None:
        stranger = "+447911123456"
        async with telling(tmp_path) as told:
            assert await said(told, stranger, "HELP") == []
            assert await said(told, stranger, "stop") == []
            assert await said(told, stranger, "start") == []
            await told.engine.send(SendRequest(to=(stranger,), text="hello"))
            await later(told, 60)
            told.route.left.clear()
            (helped,) = await said(told, stranger, "HELP")
            assert helped == "test sends you alarms. STOP ends that, START begins it again."
            assert len(await said(told, stranger, "FERMA")) == 1
            assert await told.engine.open_alarms() == ()

    @story
    async def test_letters_cannot_stop(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.route.receive("Anna", "STOP", sender_can_be_answered=False)
            assert await told.engine.access.opted_out() == ()

    @story
    async def test_a_person_whom_no_policy_tells(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(replace(ANNA, addresses=()), BERT)) as told:
            settings = replace(told.engine._ledger.settings, people=(BERT,))
            told.engine.update_settings(settings)
            await told.route.receive(ANNA, "STOP")
            assert await told.engine.open_alarms() == ()


class TestOwnNumbers:
    @story
    async def test_nothing_is_sent_to_ourselves_and_no_gateway_is_answered(self, tmp_path: Path) -> None:
        commands = CommandSettings(own_numbers=("+436649999999",), other_gateways=(number_of(ANNA),))
        async with telling(tmp_path, commands=commands) as told:
            sent = await told.engine.send(SendRequest(to=("+436649999999",), text="hello"))
            message = await told.message(sent.messages[0].uid)
            assert (message.state, message.reason) == (
                MessageState.CANCELLED,
                "this is the gateway's own number",
            )
            (pump,) = await raised(told, PUMP)
            assert await said(told, ANNA, "OK") == []
            assert (await alarm_of(told, pump)).state is AlarmState.ACKED


class TestReporting:
    @story
    async def test_by_another_route_where_there_is_one(self, tmp_path: Path) -> None:
        push = FakeRoute("push", channels=frozenset({Channel.PUSH}))
        both = (*BOSS.addresses, Address(channel=Channel.PUSH, value="token"))
        admin = replace(BOSS, addresses=both)
        nobody = replace(BOSS, id="void", addresses=())
        async with telling(tmp_path, people=(ADA, admin, nobody), commands=COMMANDS) as told:
            await told.engine.add_route(push)
            await told.engine.access.set_pin("anna", PIN, by="test")
            assert len(await said(told, ADA, f"GARAGE OPEN {PIN}")) == 1
            assert push.texts == [("token", "Anna commanded: GARAGE OPEN (14:07, PIN)")]


class TestSecrecy:
    @story
    async def test_no_secret_in_events_journal_or_repr(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            key = await key_of(told, "anna")
            code = code_at(key, counter_at(told.clock.now()))
            await said(told, ADA, f"GARAGE OPEN {PIN}")
            await said(told, ADA, f"DISARM {code}")
            secrets = await told.engine._ledger.read(lambda tx: tx.secrets.of("anna"))
            pending = await told.engine._ledger.read(lambda tx: tx.commands.pending(number_of(ADA)))
            seen = "".join(map(repr, (told.events, secrets, pending, await told.engine.access.audit())))
            rows = told.engine._journal._write_connection.iterdump()  # type: ignore[union-attr]  # it is open
            dump = "\n".join(rows)
        for secret in (PIN, code, base64.b32encode(key).decode(), str(key)):
            assert secret not in seen
        assert PIN not in dump
        assert code not in dump
        assert number_of(ADA) not in "".join(line for line in dump.splitlines() if '"audit"' in line)
        assert (tmp_path / "journal.db").stat().st_mode & 0o777 == 0o600
