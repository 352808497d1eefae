"""Sending: what leaves, what is told when, and what each failure means."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    Alphabet,
    AlphabetChoice,
    ErrorClass,
    MessageClass,
    Modem,
    NationalLanguage,
    PduEncodeError,
    PlanReason,
    SegmentProgress,
    SegmentReference,
    SendError,
    SendPhase,
    SendRejectedError,
    SendUnknownError,
    SmsService,
    UsageError,
)
from gsm_driver.pdu.tpdu import Pdu, encode_pdu
from gsm_driver.simulator import (
    LoopScheduler,
    NetworkConditions,
    SimulatedNetwork,
    Simulator,
    create_simulator,
    register_simulator,
)
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, SILENCE, cme, cms, ok, scripted

if TYPE_CHECKING:
    from typing import Any

    from tests.driver.scripted_modem import Table

NUMBER = "+436601234567"
LONG = "Wasser im Keller. " * 30  # 540 characters, 4 segments


# --- Planning ---


def test_a_plan_needs_no_modem() -> None:
    plan = SmsService.plan(NUMBER, LONG, concat_reference=9)
    assert len(plan.segments) == 4
    assert {segment.user_data.concatenation.reference for segment in plan.segments} == {9}
    assert all(segment.report_requested for segment in plan.segments)


@pytest.mark.parametrize(
    ("options", "text", "alphabet"),
    [
        ({}, "Wasser", Alphabet.GSM7),
        ({}, "Вода", Alphabet.UCS2),
        ({"plain": True}, "€ und Ć", Alphabet.GSM7),
    ],
)
def test_the_alphabet_follows_the_text(options: dict[str, bool], text: str, alphabet: Alphabet) -> None:
    assert SmsService.plan(NUMBER, text, **options).alphabet is alphabet


def test_plain_leaves_out_what_old_panels_cannot_show() -> None:
    (segment,) = SmsService.plan(NUMBER, "[€] {Ć}", plain=True).segments
    assert 0x1B not in segment.user_data.payload  # no extension table
    assert segment.data_coding_scheme.octet == 0
    assert segment.user_data.header == ()


def test_flash_validity_and_report_are_in_the_pdu() -> None:
    (segment,) = SmsService.plan(NUMBER, "x", flash=True, report=False, validity=timedelta(hours=1)).segments
    assert segment.data_coding_scheme.message_class is MessageClass.FLASH
    assert segment.validity_period.duration == timedelta(hours=1)
    assert not segment.report_requested


def test_data_goes_as_octets_to_a_port() -> None:
    """TS 23.040 clause 9.2.3.24.4: 05 04, destination port, originator port; 8-bit data (TP-DCS 04)."""
    (segment,) = SmsService.plan(NUMBER, data=b"\x01\x02", ports=(2948, 9200)).segments
    assert encode_pdu(Pdu(tpdu=segment)).hex_pdu.endswith("0004" + "09" + "0605040B8423F0" + "0102")


def test_ports_may_address_a_text() -> None:
    plan = SmsService.plan(NUMBER, "x" * 153, ports=(5000, 0))
    assert (len(plan.segments), plan.alphabet) == (2, Alphabet.GSM7)
    assert {header.destination for segment in plan.segments for header in segment.user_data.header[1:]} == {
        5000
    }


@pytest.mark.parametrize(
    ("wishes", "text", "alphabet", "reason", "language"),
    [
        ({}, "x", Alphabet.GSM7, PlanReason.FITS_DEFAULT, None),
        ({"alphabet": AlphabetChoice.UCS2}, "x", Alphabet.UCS2, PlanReason.FORCED, None),
        ({"transliterate": True}, "Čaj", Alphabet.GSM7, PlanReason.TRANSLITERATED, None),
        ({"plain": True}, "Čaj €", Alphabet.GSM7, PlanReason.FORCED, None),
        (
            {"languages": [NationalLanguage.TURKISH]},
            "ş" * 100,
            Alphabet.GSM7,
            PlanReason.NATIONAL_CHEAPER,
            NationalLanguage.TURKISH,
        ),
        (
            {"alphabet": NationalLanguage.TURKISH},
            "x",
            Alphabet.GSM7,
            PlanReason.FORCED,
            NationalLanguage.TURKISH,
        ),
    ],
)
def test_a_plan_says_which_alphabet_and_why(
    wishes: dict[str, Any],
    text: str,
    alphabet: Alphabet,
    reason: PlanReason,
    language: NationalLanguage | None,
) -> None:
    plan = SmsService.plan(NUMBER, text, **wishes)
    assert (plan.alphabet, plan.reason, plan.count.language) == (alphabet, reason, language)


def test_a_plan_says_what_it_costs() -> None:
    count = SmsService.plan(NUMBER, "x" * 161).count
    assert (count.segments, count.units_used, count.units_left) == (2, 161, 2 * 153 - 161)


@pytest.mark.parametrize(
    "wishes",
    [
        {"text": "x", "plain": True, "alphabet": AlphabetChoice.UCS2},
        {"text": "x", "plain": True, "languages": [NationalLanguage.TURKISH]},
        {"data": b"x", "plain": True},
        {"data": b"x", "text": "x"},
        {},
    ],
    ids=["two alphabets", "plain and a language", "plain data", "text and data", "neither"],
)
def test_arguments_that_contradict_each_other_are_refused(wishes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        SmsService.plan(NUMBER, **wishes)


@virtual_time.story
async def test_a_message_may_take_another_service_centre() -> None:
    """The length that AT+CMGS says leaves it out (27.005 clause 4.3); the one on the SIM stays."""
    modem, wire = scripted()
    async with modem:
        await modem.sms.send(NUMBER, "x", service_centre="+43664000502")
        assert wire.written[-2] == "AT+CMGS=14"
        assert wire.pdus[0].startswith("07913466040005F2" + "21")
        assert not any(line.startswith("AT+CSCA=") for line in wire.written)
        with pytest.raises(UsageError, match="SMSC"):
            await modem.sms.send(NUMBER, "x", service_centre="operator")
        assert len(wire.pdus) == 1


@virtual_time.story
async def test_data_and_its_ports_arrive_as_they_are() -> None:
    simulator = create_simulator("m")
    async with Modem("simulator://m") as modem:
        await modem.sms.send(NUMBER, data=bytes(range(256)), ports=(16000, 16001))
    (message,) = simulator.network.phone(NUMBER).inbox
    assert message.data == bytes(range(256))


@virtual_time.story
async def test_what_cannot_be_expressed_is_not_sent() -> None:
    modem, wire = scripted()
    async with modem:
        with pytest.raises(PduEncodeError):
            await modem.sms.send("not a number", "x")
        assert wire.pdus == []


# --- What goes over the wire ---


@virtual_time.story
async def test_one_segment_is_two_writes() -> None:
    """The floor: the command, then PDU and Ctrl-Z together (turns of one SMS: 2.0)."""
    modem, wire = scripted()
    async with modem:
        before = wire.writes
        receipt = await modem.sms.send(NUMBER, "Wasser im Keller")
        assert wire.writes - before == 2
        assert receipt.segments == (SegmentReference(segment=0, message_reference=1),)
        assert wire.written[-2] == "AT+CMGS=27"
        # Written by hand from TS 23.040 clause 9.2.2.2 and 23.038 clause 6.1.2.1: the SIM's SMSC; SMS-SUBMIT
        # with report, without validity; international number; GSM 7 bit, 16 septets.
        assert wire.pdus == ["0021000C91346610325476000010D7F07C5E9683D26DD0B2CC6697E5"]


@pytest.mark.parametrize(
    ("answers", "extra"),
    [
        ({"AT+CMMS=2": ok()}, [["AT+CMMS=2"], []]),
        ({"AT+CMMS=1": ok()}, [["AT+CMMS=2", "AT+CMMS=1"], ["AT+CMMS=1"]]),
        ({}, [["AT+CMMS=2", "AT+CMMS=1"], []]),
    ],
    ids=["stays open", "open for one message", "unknown"],
)
@virtual_time.story
async def test_several_segments_keep_the_channel_where_the_modem_can(
    answers: Table, extra: list[list[str]]
) -> None:
    """Turns of 5 segments: 10.0 once it is known."""
    modem, wire = scripted(answers)
    async with modem:
        for expected in extra:
            wire.written.clear()
            await modem.sms.send(NUMBER, LONG)
            commands = [line for line in wire.written if not line.endswith("^Z")]
            assert [
                line for line in commands if not line.startswith(("AT+CMGS", "AT+CMGL", "AT+CPMS"))
            ] == expected
            assert sum(line.startswith("AT+CMGS") for line in commands) == 4


@virtual_time.story
async def test_progress_is_told_before_the_pdu_leaves_and_after_it_was_taken() -> None:
    modem, wire = scripted()
    story: list[object] = []

    async def progress(step: SegmentProgress) -> None:
        story.append((step.segment, step.phase, step.message_reference, len(wire.pdus)))
        await asyncio.sleep(1)  # a commit takes time; the modem waits at its prompt

    async with modem:
        await modem.sms.submit(modem.sms.plan(NUMBER, LONG), segments=[1, 3], progress=progress)
    assert story == [
        (1, SendPhase.SUBMITTED, None, 0),
        (1, SendPhase.ACCEPTED, 1, 1),
        (3, SendPhase.SUBMITTED, None, 1),
        (3, SendPhase.ACCEPTED, 2, 2),
    ]


@virtual_time.story
async def test_segments_must_be_those_of_the_plan() -> None:
    modem, wire = scripted()
    async with modem:
        plan = modem.sms.plan(NUMBER, "short")
        with pytest.raises(UsageError, match="from 0 to 0"):
            await modem.sms.submit(plan, segments=[1])
        assert (await modem.sms.submit(plan, segments=[])).segments == ()
        assert wire.pdus == []


@virtual_time.story
async def test_what_progress_raises_is_raised_on_and_nothing_leaves() -> None:
    """The journal refused the commit: the PDU must not leave, and the next message must."""
    modem, wire = scripted()

    async def refuse(step: SegmentProgress) -> None:
        raise OSError("disk full")

    async with modem:
        with pytest.raises(OSError, match="disk full"):
            await modem.sms.submit(modem.sms.plan(NUMBER, "x"), progress=refuse)
        assert wire.pdus == []
        await modem.sms.send(NUMBER, "y")
        assert len(wire.pdus) == 1


@virtual_time.story
async def test_cancelling_before_the_pdu_sends_nothing() -> None:
    modem, wire = scripted()
    at_prompt = asyncio.Event()

    async def wait(step: SegmentProgress) -> None:
        at_prompt.set()
        await asyncio.sleep(3600)

    async with modem:
        sending = asyncio.create_task(modem.sms.submit(modem.sms.plan(NUMBER, "x"), progress=wait))
        await at_prompt.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await modem.sms.send(NUMBER, "y")
        assert len(wire.pdus) == 1


# --- What failures mean ---


@pytest.mark.parametrize(
    ("answers", "phase", "error_class"),
    [
        ({"AT+CMGS=*": ERROR}, SendPhase.BEFORE_PROMPT, ErrorClass.DEVICE),
        ({"AT+CMGS=*": cms(314)}, SendPhase.BEFORE_PROMPT, ErrorClass.TEMPORARY),
        ({"AT+CMGS=*": cme(10)}, SendPhase.BEFORE_PROMPT, ErrorClass.ACCOUNT),
        ({"AT+CMGS=*": SILENCE}, SendPhase.BEFORE_PROMPT, ErrorClass.DEVICE),
        ({"Ctrl-Z": cms(38)}, SendPhase.SUBMITTED, ErrorClass.TEMPORARY),
        ({"Ctrl-Z": cms(1)}, SendPhase.SUBMITTED, ErrorClass.RECIPIENT),
        ({"Ctrl-Z": cms(8)}, SendPhase.SUBMITTED, ErrorClass.ACCOUNT),
        ({"Ctrl-Z": cms(322)}, SendPhase.SUBMITTED, ErrorClass.MEMORY),
        ({"Ctrl-Z": cms(500)}, SendPhase.SUBMITTED, ErrorClass.DEVICE),
        ({"Ctrl-Z": ERROR}, SendPhase.SUBMITTED, ErrorClass.DEVICE),
        ({"Ctrl-Z": b"\r\n+CMS ERROR: SIM busy\r\n"}, SendPhase.SUBMITTED, ErrorClass.TEMPORARY),
    ],
)
@virtual_time.story
async def test_a_clear_no_is_rejected_with_its_class(
    answers: Table, phase: SendPhase, error_class: ErrorClass
) -> None:
    modem, _ = scripted(answers)
    async with modem:
        with pytest.raises(SendRejectedError) as caught:
            await modem.sms.send(NUMBER, "secret text")
    assert (caught.value.segment, caught.value.phase, caught.value.error_class) == (0, phase, error_class)
    assert NUMBER not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "text", "is_certain"),
    [
        (cms(38), "segment 2 of 4 (sent before it: 1) was not sent: ", True),
        (
            cms(500),
            "segment 2 of 4 (sent before it: 1) was refused, but may have been sent all the same: ",
            False,
        ),
        (SILENCE, "segment 2 of 4 (sent before it: 1) left for the modem, but ", None),
    ],
)
@virtual_time.story
async def test_a_partial_send_says_what_was_sent(
    answer: bytes, text: str, *, is_certain: bool | None
) -> None:
    modem, _ = scripted({"Ctrl-Z": [ok("+CMGS: 200"), answer]})
    async with modem:
        with pytest.raises(SendError) as caught:
            await modem.sms.send(NUMBER, LONG)
        assert str(caught.value).startswith(text)
        assert getattr(caught.value, "is_certain", None) is is_certain
        with pytest.raises(SendError, match=r"^segment 3 of 4 "):
            await modem.sms.submit(modem.sms.plan(NUMBER, LONG), segments=[2])


@pytest.mark.parametrize(
    "answer",
    [SILENCE, ok(), cms(332), cms(197), ok("+CMGS: what")],
    ids=["silence", "OK without +CMGS", "network timeout", "duplicate", "no reference"],
)
@virtual_time.story
async def test_no_answer_to_the_pdu_is_unknown(answer: bytes) -> None:
    modem, wire = scripted({"Ctrl-Z": [ok("+CMGS: 200"), answer]})
    async with modem:
        with pytest.raises(SendUnknownError) as caught:
            await modem.sms.send(NUMBER, LONG)
        assert caught.value.phase is SendPhase.SUBMITTED
        assert caught.value.error_class is ErrorClass.UNKNOWN
        assert caught.value.segment == 1
        assert caught.value.accepted == (SegmentReference(segment=0, message_reference=200),)
        assert len(wire.pdus) == 2  # the later ones were not tried


@virtual_time.story
async def test_a_port_that_is_lost_after_the_pdu_leaves_it_unknown() -> None:
    modem, wire = scripted({"Ctrl-Z": SILENCE})
    async with modem:
        asyncio.get_running_loop().call_later(5, wire.unplug)
        with pytest.raises(SendUnknownError, match="unplugged"):
            await modem.sms.send(NUMBER, "x")
        with pytest.raises(SendRejectedError) as caught:
            await modem.sms.send(NUMBER, LONG)
        assert caught.value.phase is SendPhase.BEFORE_PROMPT
        assert caught.value.error_class is ErrorClass.DEVICE


@virtual_time.story
async def test_silence_makes_the_modem_be_looked_at() -> None:
    modem, wire = scripted({"AT+CMGS=*": SILENCE})
    async with modem:
        await asyncio.sleep(10)
        wire.answers = {"AT*": SILENCE}
        with pytest.raises(SendRejectedError):
            await modem.sms.send(NUMBER, "x")
        async with asyncio.timeout(50):  # not only at the next sweep
            assert "does not answer" in await modem.wait_lost()


# --- Cures ---


@virtual_time.story
async def test_a_lost_service_centre_is_put_back_once() -> None:
    """Another program's AT+CSMP cleared it (Qualcomm, ZTE)."""
    modem, wire = scripted({"Ctrl-Z": [cms(330), ok("+CMGS: 5")], "AT+CSCA=*": ok()})
    async with modem:
        receipt = await modem.sms.send(NUMBER, "x")
        assert receipt.message_references == (5,)
        assert 'AT+CSCA="+43664000501",145' in wire.written
        assert modem.sms.has_service_centre is True


@virtual_time.story
async def test_a_service_centre_that_stays_unknown_is_told() -> None:
    modem, wire = scripted({"Ctrl-Z": cms(330), "AT+CSCA=*": ok()})
    async with modem:
        with pytest.raises(SendRejectedError) as caught:
            await modem.sms.send(NUMBER, "x")
        assert caught.value.error_class is ErrorClass.ACCOUNT
        assert len(wire.pdus) == 2


@pytest.mark.parametrize(("answer", "known"), [(ok('+CSCA: "",129'), False), (ERROR, None)])
@virtual_time.story
async def test_without_a_service_centre_there_is_none_to_put_back(
    answer: bytes, *, known: bool | None
) -> None:
    modem, wire = scripted({"AT+CSCA?": answer, "Ctrl-Z": cms(330)})
    async with modem:
        assert modem.sms.has_service_centre is known
        with pytest.raises(SendRejectedError):
            await modem.sms.send(NUMBER, "x")
        assert len(wire.pdus) == 1


@virtual_time.story
async def test_a_modem_that_fell_back_to_text_mode_is_set_right() -> None:
    modem, wire = scripted({"Ctrl-Z": [cms(304), ok("+CMGS: 6")]})
    async with modem:
        await modem.sms.send(NUMBER, "x")
        assert wire.count("AT+CMGF=0") == 2


@virtual_time.story
async def test_a_cure_that_is_refused_changes_nothing() -> None:
    modem, wire = scripted({"Ctrl-Z": cms(330), "AT+CSCA=*": ERROR})
    async with modem:
        with pytest.raises(SendRejectedError, match="330"):
            await modem.sms.send(NUMBER, "x")
        assert len(wire.pdus) == 1


# --- With a network behind it ---


@virtual_time.story
async def test_a_long_message_arrives_whole_and_each_segment_is_reported() -> None:
    scheduler = LoopScheduler()
    network = SimulatedNetwork(
        scheduler, conditions=NetworkConditions(submit_latency=3.0, report_latency=5.0)
    )
    network.add_phone(NUMBER)
    register_simulator(Simulator(scheduler, name="m", network=network))
    async with Modem("simulator://m") as modem:
        receipt = await modem.sms.send(NUMBER, LONG, concat_reference=7)
        reported = []
        async for event in modem.events():
            reported.append(event.message_reference)
            if len(reported) == 4:
                break
    assert network.phone(NUMBER).texts == [LONG]
    assert sorted(reported) == sorted(receipt.message_references)


@virtual_time.story
async def test_two_messages_at_once_do_not_mix() -> None:
    simulator = create_simulator("m")
    async with Modem("simulator://m") as modem:
        await asyncio.gather(
            modem.sms.send(NUMBER, LONG, concat_reference=1),
            modem.sms.send("+436601111111", LONG, concat_reference=2),
        )
    assert simulator.network.phone(NUMBER).texts == [LONG]
    assert simulator.network.phone("+436601111111").texts == [LONG]
