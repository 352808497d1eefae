"""Receiving: nothing lost, nothing twice, nothing deleted before it was accepted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from gsm_driver import (
    Acceptances,
    DeliveryReport,
    DeliveryStatus,
    LinkLostError,
    MessageKind,
    Modem,
    ReceivedSms,
    StorageSlot,
    StorageState,
)
from gsm_driver.profile import GENERIC, ModemProfile
from gsm_driver.simulator import (
    PROFILES,
    Fault,
    Lose,
    Moment,
    SimulatorProfile,
    Unplug,
)
from tests import virtual_time
from tests.driver.inbox_stories import (
    NUMBER,
    OK_LATER_PDU,
    OK_PDU,
    REPORT_PDU,
    direct,
    listing,
    nothing_more,
    octets,
    simulated,
    stored,
    stored_in,
    take,
)
from tests.driver.scripted_modem import ERROR, SILENCE, cms, ok, scripted

# --- Announced and read ---


@virtual_time.story
async def test_a_message_costs_two_turns() -> None:
    """Announced, read, deleted once accepted: 2.0."""
    modem, wire = scripted({"AT+CMGR=3": stored(OK_PDU)})
    async with modem:
        await asyncio.sleep(5)
        wire.written.clear()
        wire.say('+CMTI: "SM",3')
        (message,) = await take(modem, 1, accept=False)
        assert wire.written == ["AT+CMGR=3"]
        assert message == ReceivedSms(
            sender=NUMBER,
            sender_is_alphanumeric=False,
            text="OK",
            kind=MessageKind.TEXT,
            service_centre_time=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
            segments=1,
            raw=(OK_PDU,),
            slots=(StorageSlot(memory="SM", index=3),),
        )
        await modem.inbox.accept(message)
        assert wire.written == ["AT+CMGR=3", "AT+CMGD=3"]
        await modem.inbox.accept(message)
        assert wire.written == ["AT+CMGR=3", "AT+CMGD=3"]


@virtual_time.story
async def test_a_message_is_read_from_the_memory_that_the_modem_names() -> None:
    """chan_dongle looked into ME while the modem said SM (quirks 5.5)."""
    modem, wire = scripted(
        {
            "AT+CPMS=?": ok('+CPMS: ("SM","ME"),("SM"),("SM")'),
            'AT+CPMS="ME","SM","SM"': ok("+CPMS: 1,50,0,10,0,10"),
            "AT+CMGR=0": stored(OK_PDU),
        }
    )
    async with modem:
        await asyncio.sleep(5)
        wire.written.clear()
        wire.say('+CMTI: "ME", 0')
        (message,) = await take(modem, 1)
        assert wire.written == ['AT+CPMS="ME","SM","SM"', "AT+CMGR=0", "AT+CMGD=0"]
        assert message.slots == (StorageSlot(memory="ME", index=0),)


@pytest.mark.parametrize(
    "urc",
    [
        "+CMTI: ,-1",
        '+CMTI: "SM",-1',
        "+CMTI:",
        '+CDSI: "SM",0',
        "+SMS FULL",
        '^SMMEMFULL: "SM"',
        "NO CARRIER",
    ],
)
@virtual_time.story
async def test_an_announcement_without_a_place_leads_to_a_look(urc: str) -> None:
    """SIM7600X tells nothing more, EC25 a wrong slot, E3372h nothing at all after a call."""
    modem, wire = scripted({"AT+CMGR=0": ok(), "AT+CMGL=4": [ok(), listing((4, REPORT_PDU))]})
    async with modem:
        await asyncio.sleep(5)
        wire.say(urc)
        (report,) = await take(modem, 1, within=10)
        assert report.slots == (StorageSlot(memory="SM", index=4),)


@virtual_time.story
async def test_a_burst_is_read_by_one_list() -> None:
    """50 announced at once: 50 of 50, at the wire's speed."""
    pdus = [OK_PDU.replace("62111221000000", f"6211122100{n % 10}{n // 10}00") for n in range(50)]
    modem, wire = scripted({"AT+CMGL=4": [ok(), listing(*enumerate(pdus, 1))]})
    async with modem:
        await asyncio.sleep(5)
        wire.written.clear()
        wire.say(*(f'+CMTI: "SM",{index}' for index in range(1, 51)))
        messages = await take(modem, 50, within=10, accept=False)
        assert len({message.slots for message in messages}) == 50
        assert wire.written.count("AT+CMGL=4") == 1
        assert len(wire.written) == 1


@virtual_time.story
async def test_more_announcements_than_are_kept_lose_nothing() -> None:
    modem, wire = scripted({"AT+CMGL=4": [ok(), listing((1, OK_PDU))]})
    async with modem:
        await asyncio.sleep(5)
        wire.say(*(f'+CMTI: "SM",{index}' for index in range(1, 600)))
        await take(modem, 1, within=10)


@virtual_time.story
async def test_what_was_read_once_is_not_handed_on_again() -> None:
    modem, wire = scripted({"AT+CMGL=4": listing((1, OK_PDU))})
    async with modem:
        await take(modem, 1, accept=False)
        wire.say('+CMTI: "SM",1')
        await nothing_more(modem)
        assert not any(line.startswith("AT+CMGD") for line in wire.written)


@virtual_time.story
async def test_messages_that_another_program_stored_for_sending_are_left_alone() -> None:
    modem, wire = scripted({"AT+CMGL=4": ok(f"+CMGL: 1,2,,{octets(OK_PDU)}\r\n{OK_PDU}")})
    async with modem:
        await nothing_more(modem)
        assert not any(line.startswith("AT+CMGD") for line in wire.written)


# --- Sweeps ---


@virtual_time.story
async def test_what_came_while_nobody_listened_is_found_at_the_start() -> None:
    modem, _ = scripted({"AT+CMGL=4": listing((2, OK_PDU), (9, REPORT_PDU))})
    async with modem:
        message, report = await take(modem, 2, within=1)
    assert (message.text, report.message_reference) == ("OK", 7)


@virtual_time.story
async def test_a_lost_announcement_delays_by_one_sweep_and_arms_the_modem_again() -> None:
    """E1715 forgets AT+CNMI within seconds."""
    async with simulated(faults=[Fault(moment=Moment.ANNOUNCE, effect=Lose(), limit=1)]) as (
        modem,
        simulator,
    ):
        simulator.network.deliver_sms(NUMBER, "unheard")
        (message,) = await take(modem, 1, within=61)
        assert message.text == "unheard"
        await asyncio.sleep(1)
        assert simulator.modem.settings.cnmi == (2, 1, 0, 1, 0)


@virtual_time.story
async def test_the_modem_is_armed_again_only_after_a_surprise() -> None:
    modem, wire = scripted({"AT+CMGL=4": [ok(), ok(), listing((1, OK_PDU)), ok()]})
    async with modem:
        await asyncio.sleep(100)
        assert wire.count("AT+CNMI=2,1,0,1,0") == 1
        await asyncio.sleep(100)
        assert wire.count("AT+CNMI=2,1,0,1,0") == 2


@virtual_time.story
async def test_the_interval_of_sweeps_is_the_callers() -> None:
    modem, wire = scripted(sweep_interval=10)
    async with modem:
        await asyncio.sleep(55)
        assert wire.count("AT+CMGL=4") == 6


@virtual_time.story
async def test_a_sweep_that_fails_is_repeated_soon_and_harms_nothing() -> None:
    modem, wire = scripted({"AT+CMGR=1": cms(302), "AT+CMGL=4": [ok(), listing((1, OK_PDU))]})
    async with modem:
        await asyncio.sleep(5)
        wire.say('+CMTI: "SM",1')
        await take(modem, 1, within=10)


@pytest.mark.parametrize("family", PROFILES)
@virtual_time.story
async def test_a_full_memory_is_emptied_and_what_waits_comes(family: str) -> None:
    """100 received into 10 slots; the network keeps what finds no room."""
    async with simulated(PROFILES[family]) as (modem, simulator):
        for number in range(60):
            simulator.network.deliver_sms(NUMBER, f"message {number}")
        messages = await take(modem, 60, within=3600)
        assert sorted(message.text for message in messages) == sorted(f"message {n}" for n in range(60))
        assert stored_in(simulator) == 0


@virtual_time.story
async def test_a_modem_that_cannot_list_is_read_slot_by_slot() -> None:
    """AT+CMGL hangs Huawei sticks (gammu#4)."""
    modem, wire = scripted(
        {
            "AT+CPMS?": ok('+CPMS: "SM",2,10,"SM",2,10,"SM",2,10'),
            "AT+CMGR=*": cms(321),
            "AT+CMGR=0": stored(OK_PDU),
            "AT+CMGR=5": stored(REPORT_PDU),
        },
        profile=ModemProfile(name="x", lists_messages=False),
    )
    async with modem:
        await take(modem, 2, accept=False)
        assert [line for line in wire.written if "CMGL" in line] == []
        assert [line for line in wire.written if "CMGR" in line] == [f"AT+CMGR={n}" for n in range(6)]


@virtual_time.story
async def test_a_modem_that_refuses_to_list_is_read_slot_by_slot() -> None:
    modem, _ = scripted({"AT+CMGL=4": ERROR, "AT+CMGR=*": ok(), "AT+CMGR=7": stored(OK_PDU)})
    async with modem:
        await take(modem, 1)


@virtual_time.story
async def test_an_empty_list_may_be_an_error() -> None:
    """ofono-phonesim: +CMS ERROR: 321."""
    modem, wire = scripted({"AT+CMGL=4": cms(321)})
    async with modem:
        await asyncio.sleep(70)
        assert not any("CMGR" in line for line in wire.written)


# --- Accepting ---


@virtual_time.story
async def test_nothing_is_deleted_before_it_is_accepted() -> None:
    async with simulated() as (modem, simulator):
        simulator.network.deliver_sms(NUMBER, "Wasser " * 40)
        (message,) = await take(modem, 1, accept=False)
        assert (message.segments, len(message.slots)) == (2, 2)
        assert stored_in(simulator) == 2
        await asyncio.sleep(200)
        assert stored_in(simulator) == 2
        await modem.inbox.accept(message)
        assert stored_in(simulator) == 0


@virtual_time.story
async def test_what_was_not_accepted_comes_again_in_the_next_life() -> None:
    async with simulated() as (modem, simulator):
        simulator.network.deliver_sms(NUMBER, "still there")
        (old,) = await take(modem, 1, accept=False)
        await modem.close()
        async with Modem("simulator://m") as again:
            await again.inbox.accept(old)  # this one has not read it yet
            assert stored_in(simulator) == 1
            (new,) = await take(again, 1)
            assert new == old
            assert stored_in(simulator) == 0


@pytest.mark.parametrize("refusal", [cms(302), cms(321), cms(320), ERROR])
@virtual_time.story
async def test_a_delete_that_is_refused_once_is_tried_again(refusal: bytes) -> None:
    """AT+CMGD while a message comes in (quirks 5.5); 321 is: gone already."""
    modem, wire = scripted({"AT+CMGL=4": [listing((1, OK_PDU)), ok()], "AT+CMGD=1": [refusal, ok()]})
    async with modem:
        await take(modem, 1)
        await asyncio.sleep(100)
        assert wire.count("AT+CMGD=1") == (1 if refusal == cms(321) else 2)
        assert modem.inbox.dead_slots == frozenset()


@virtual_time.story
async def test_a_slot_that_cannot_be_emptied_is_told_and_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    modem, wire = scripted(
        {"AT+CMGL=4": listing((1, OK_PDU)), "AT+CMGR=1": stored(OK_PDU), "AT+CMGD=1": cms(320)}
    )
    async with modem:
        await take(modem, 1)
        assert modem.inbox.dead_slots == {StorageSlot(memory="SM", index=1)}
        assert await anext(modem.events()) == StorageState(memory="SM", used=1, total=10, dead=1)
        await nothing_more(modem, within=100)
        assert wire.count("AT+CMGD=1") == 3
        await asyncio.sleep(24 * 3600)  # tried again ever more rarely, in the end about once an hour
        assert 20 < wire.count("AT+CMGD=1") <= 3 + 6 + 24
    assert caplog.text.count("cannot be deleted") == 1
    assert NUMBER not in caplog.text


@virtual_time.story
async def test_a_slot_whose_deletion_did_not_hold_is_deleted_again() -> None:
    """OK to AT+CMGD, and the next sweep finds it all the same."""
    modem, wire = scripted(
        {
            "AT+CMGL=4": [listing((1, OK_PDU)), listing((1, OK_PDU)), ok()],
            "AT+CMGR=1": stored(OK_PDU),
        }
    )
    async with modem:
        await take(modem, 1)
        await nothing_more(modem)
        assert wire.count("AT+CMGD=1") == 2


@virtual_time.story
async def test_a_slot_that_was_used_again_since_the_list_is_not_deleted() -> None:
    modem, wire = scripted(
        {
            "AT+CMGL=4": [listing((1, OK_PDU)), listing((1, OK_PDU)), listing((1, OK_LATER_PDU))],
            "AT+CMGR=1": stored(OK_LATER_PDU),
        }
    )
    async with modem:
        await take(modem, 1)
        (later,) = await take(modem, 1, accept=False)
        assert later.raw == (OK_LATER_PDU,)
        assert wire.count("AT+CMGD=1") == 1


@virtual_time.story
async def test_a_slot_is_deleted_once_though_a_sweep_finds_it_meanwhile() -> None:
    """A second deletion would hit the message that the network put there after the first."""
    modem, wire = scripted({"AT+CMGR=1": stored(OK_PDU)})
    accepting = []
    async with modem:
        await asyncio.sleep(5)
        wire.say('+CMTI: "SM",1')
        (message,) = await take(modem, 1, accept=False)

        def list_while_it_is_accepted(_text: str) -> bytes:
            accepting.append(asyncio.create_task(modem.inbox.accept(message)))
            return listing((1, OK_PDU))

        wire.answers["AT+CMGL=4"] = list_while_it_is_accepted
        modem.inbox.request_sweep()
        await asyncio.sleep(1)
        assert len(accepting) == 1
        assert wire.count("AT+CMGD=1") == 1


@virtual_time.story
async def test_what_was_accepted_in_an_earlier_life_is_deleted_unseen() -> None:
    """Of a long message, lost after the first deletion, the rest would come as a message with a gap."""
    acceptances = Acceptances()
    async with simulated(acceptances=acceptances) as (modem, simulator):
        simulator.network.deliver_sms(NUMBER, "Wasser im Keller. " * 30)
        (message,) = await take(modem, 1, accept=False)
        fault = Fault(moment=Moment.COMMAND, effect=Unplug(seconds=3), command="+CMGD", at=(2,))
        simulator.modem.faults.replace([fault])
        with pytest.raises(LinkLostError):
            await modem.inbox.accept(message)
        assert stored_in(simulator) == len(message.slots) - 1
        await asyncio.sleep(10)
        async with Modem("simulator://m", acceptances=acceptances) as again:
            await nothing_more(again, within=1000)
            assert stored_in(simulator) == 0


@virtual_time.story
async def test_accepting_on_a_lost_line_is_told() -> None:
    modem, wire = scripted({"AT+CMGL=4": listing((1, OK_PDU))})
    async with modem:
        (message,) = await take(modem, 1, accept=False)
        wire.unplug()
        with pytest.raises(LinkLostError):
            await modem.inbox.accept(message)


# --- Repeats ---


@virtual_time.story
async def test_a_message_that_the_modem_stored_twice_is_one() -> None:
    """A7670E (LilyGo#155). The copy goes when the message is accepted, not before."""
    modem, wire = scripted({"AT+CMGL=4": [listing((1, OK_PDU), (2, OK_PDU)), ok()]})
    async with modem:
        (message,) = await take(modem, 1, accept=False)
        await asyncio.sleep(10)
        assert not any("CMGD" in line for line in wire.written)
        await modem.inbox.accept(message)
        assert [line for line in wire.written if "CMGD" in line] == ["AT+CMGD=1", "AT+CMGD=2"]


@virtual_time.story
async def test_a_copy_that_comes_after_the_acceptance_is_deleted_unseen() -> None:
    modem, wire = scripted(
        {
            "AT+CMGL=4": [listing((1, OK_PDU)), ok()],
            "AT+CMGR=4": stored(OK_PDU.replace("0004", "0000", 1)),  # TP-MMS differs: more messages wait
        }
    )
    async with modem:
        await take(modem, 1)
        wire.say('+CMTI: "SM",4')
        await nothing_more(modem)
        assert wire.count("AT+CMGD=4") == 1


@virtual_time.story
async def test_the_same_words_a_second_later_are_another_message() -> None:
    modem, _ = scripted({"AT+CMGL=4": [listing((1, OK_PDU), (2, OK_LATER_PDU)), ok()]})
    async with modem:
        assert len(await take(modem, 2)) == 2


# --- Direct delivery ---


@pytest.mark.parametrize("service", [0, 1])
@virtual_time.story
async def test_direct_delivery_is_acknowledged_where_the_service_wants_it(service: int) -> None:
    modem, wire = scripted(
        {"AT+CSMS=1": ok("+CSMS: 1,1,1"), "AT+CNMA": ok()},
        profile=ModemProfile(name="x", message_service=service),
    )
    async with modem:
        wire.send(direct("+CMT", OK_PDU))
        wire.send(direct("+CDS", REPORT_PDU))
        message, report = await take(modem, 2)
        assert (message.text, message.slots) == ("OK", ())
        assert (report.status, report.slots) == (DeliveryStatus.DELIVERED, ())
        await asyncio.sleep(1)
        assert wire.count("AT+CNMA") == 2 * service


@virtual_time.story
async def test_an_acknowledgement_that_nobody_expected_is_harmless() -> None:
    modem, wire = scripted(
        {"AT+CSMS=1": ok(), "AT+CNMA": cms(340)}, profile=ModemProfile(name="x", message_service=1)
    )
    async with modem:
        wire.send(direct("+CMT", OK_PDU))
        await take(modem, 1)
        wire.send(direct("+CMT", OK_PDU))  # the network repeats it: it got no acknowledgement
        await nothing_more(modem)


@virtual_time.story
async def test_where_the_service_is_refused_nothing_is_acknowledged() -> None:
    modem, wire = scripted({"AT+CSMS=1": ERROR}, profile=ModemProfile(name="x", message_service=1))
    async with modem:
        wire.send(direct("+CMT", OK_PDU))
        await take(modem, 1)
        await asyncio.sleep(1)
        assert wire.count("AT+CNMA") == 0


@virtual_time.story
async def test_a_report_is_told_by_its_type_not_by_its_announcement() -> None:
    """Reports lie in SM, messages in SR (quirks 5.5)."""
    modem, wire = scripted({"AT+CMGR=1": stored(REPORT_PDU), "AT+CMGR=2": stored(OK_PDU)})
    async with modem:
        await asyncio.sleep(1)
        wire.say('+CMTI: "SM",1', '+CDSI: "SM",2')
        report, message = await take(modem, 2)
        assert isinstance(report, DeliveryReport)
        assert report.message_reference == 7
        assert isinstance(message, ReceivedSms)


@virtual_time.story
async def test_a_report_that_comes_directly_is_always_told() -> None:
    """Some networks fill in no times: then the reports of two messages with one reference look alike."""
    modem, wire = scripted()
    async with modem:
        wire.send(direct("+CDS", REPORT_PDU))
        wire.send(direct("+CDS", REPORT_PDU))
        assert len(await take(modem, 2, within=10)) == 2


@pytest.mark.parametrize(
    ("tp_status", "status", "is_final"),
    [
        (0x00, DeliveryStatus.DELIVERED, True),
        (0x01, DeliveryStatus.FORWARDED, True),
        (0x02, DeliveryStatus.DELIVERED, True),
        (0x1F, DeliveryStatus.FORWARDED, True),
        (0x30, DeliveryStatus.PENDING, False),
        (0x41, DeliveryStatus.FAILED, True),
        (0x60, DeliveryStatus.EXPIRED, True),
        (0x80, DeliveryStatus.EXPIRED, True),
    ],
)
@virtual_time.story
async def test_the_ranges_of_tp_status(*, tp_status: int, status: DeliveryStatus, is_final: bool) -> None:
    modem, wire = scripted()
    async with modem:
        wire.send(direct("+CDS", f"{REPORT_PDU[:-2]}{tp_status:02X}"))
        (report,) = await take(modem, 1)
        assert (report.status, report.tp_status, report.status.is_final) == (status, tp_status, is_final)


# --- Segments ---


@virtual_time.story
async def test_segments_out_of_order_and_twice_make_one_message() -> None:
    async with simulated() as (modem, simulator):
        text = "Kessel 3, Druck 4 bar, " * 20
        simulator.network.deliver_sms(NUMBER, text, order=[2, 0, 0, 1, 3], interval=10)
        (message,) = await take(modem, 1)
        assert message.text == text
        assert message.missing == 0
        await nothing_more(modem, within=1000)
        assert stored_in(simulator) == 0


@virtual_time.story
async def test_a_segment_that_never_comes_does_not_hold_the_others_for_ever() -> None:
    async with simulated() as (modem, simulator):
        simulator.network.deliver_sms(NUMBER, "Kessel 3, Druck 4 bar, " * 20, order=[0, 2])
        (message,) = await take(modem, 1, within=700)
        assert (message.segments, message.missing) == (4, 2)
        assert message.text.startswith("Kessel 3")
        assert stored_in(simulator) == 0


@virtual_time.story
async def test_segments_survive_a_restart_of_the_program() -> None:
    """They stay on the SIM until the whole message was accepted."""
    async with simulated() as (modem, simulator):
        text = "Kessel 3, Druck 4 bar, " * 20
        simulator.network.deliver_sms(NUMBER, text, interval=60)
        await asyncio.sleep(70)
        await modem.close()
        assert stored_in(simulator) == 2
        await asyncio.sleep(50)
        async with Modem("simulator://m") as again:
            (message,) = await take(again, 1, within=200)
            assert (message.text, message.missing) == (text, 0)
            assert stored_in(simulator) == 0


# --- What is no text ---


@virtual_time.story
async def test_a_pdu_that_nobody_can_read_is_handed_on_and_goes_when_accepted() -> None:
    """Else it would fill a slot for ever."""
    modem, wire = scripted(
        {"AT+CMGL=4": [listing((1, "00FFFF"), (2, OK_PDU)), ok()], "AT+CMGR=1": stored("00FFFF")}
    )
    async with modem:
        rubbish, message = await take(modem, 2)
        assert rubbish == ReceivedSms(
            sender="",
            sender_is_alphanumeric=False,
            text="",
            kind=MessageKind.UNDECODABLE,
            service_centre_time=None,
            segments=1,
            raw=("00FFFF",),
            slots=(StorageSlot(memory="SM", index=1),),
        )
        assert message.text == "OK"
        assert wire.count("AT+CMGD=1") == 1


@virtual_time.story
async def test_flash_and_names_are_told() -> None:
    async with simulated() as (modem, simulator):
        simulator.network.deliver_sms("Stadtwerke", "Ablesung", flash=True)
        (message,) = await take(modem, 1)
        assert (message.sender, message.sender_is_alphanumeric, message.kind) == (
            "Stadtwerke",
            True,
            MessageKind.FLASH,
        )


@virtual_time.story
async def test_nothing_of_a_message_is_in_its_repr() -> None:
    async with simulated() as (modem, simulator):
        simulator.network.deliver_sms(NUMBER, "secret")
        (message,) = await take(modem, 1)
        assert NUMBER not in repr(message)
        assert "secret" not in repr(message)
        assert message.raw[0] not in repr(message)


# --- Levels ---


@virtual_time.story
async def test_a_memory_that_fills_is_told_before_it_is_full_and_after_it_was_emptied() -> None:
    async with simulated(PROFILES["sim800"]) as (modem, simulator):  # 10 slots
        for number in range(9):
            simulator.network.deliver_sms(NUMBER, f"message {number}")
            await asyncio.sleep(1)
        events = modem.events()
        seen = [await anext(events) for _ in range(11)]
        levels = [event for event in seen if isinstance(event, StorageState)]
        assert [(level.memory, level.used, level.total) for level in levels] == [("SM", 8, 10), ("SM", 9, 10)]
        for event in seen:
            if isinstance(event, ReceivedSms):
                await modem.inbox.accept(event)
        async with asyncio.timeout(70):
            assert await anext(events) == StorageState(memory="SM", used=0, total=10)


# --- Bounds ---


@virtual_time.story
async def test_a_consumer_that_is_behind_stops_the_reading_and_loses_nothing() -> None:
    profile = SimulatorProfile(
        name="large", capacities={"SM": 20, "ME": 600, "SR": 20}, initial_memories=("ME", "ME", "ME")
    )
    async with simulated(profile) as (modem, simulator):
        for number in range(400):
            simulator.network.deliver_sms(NUMBER, f"message {number}")
        await asyncio.sleep(600)
        messages = await take(modem, 400, within=36_000)
        assert {message.text for message in messages} == {f"message {n}" for n in range(400)}
        await asyncio.sleep(100)
        assert stored_in(simulator) == 0


def test_the_generic_profile_prefers_direct_reports() -> None:
    assert GENERIC.indications[0] == (2, 1, 0, 1, 0)


@virtual_time.story
async def test_silence_while_reading_is_survived() -> None:
    modem, wire = scripted(
        {"AT+CMGR=1": [SILENCE, stored(OK_PDU)], "AT+CMGL=4": [ok(), listing((1, OK_PDU))]}
    )
    async with modem:
        await asyncio.sleep(5)
        wire.say('+CMTI: "SM",1')
        await take(modem, 1, within=60)


@virtual_time.story
async def test_a_memory_that_never_can_be_read_is_not_asked_all_the_time() -> None:
    modem, wire = scripted({"AT+CMGL=4": cms(320)})
    async with modem:
        await asyncio.sleep(310)
        assert wire.count("AT+CMGL=4") == 1 + 3 + 4  # at once, three soon after it, then one a minute
