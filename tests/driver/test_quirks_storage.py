"""Quirks of the message memories, and of how new messages and reports are announced (quirks 5.5, 5.6)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    DeliveryReport,
    DeliveryStatus,
    ErrorClass,
    MessageKind,
    Modem,
    ReceivedSms,
    SendRejectedError,
    StorageSlot,
    StorageState,
)
from gsm_driver.link import FINAL_TIMEOUT
from gsm_driver.profile import GENERIC_INDICATIONS
from gsm_driver.simulator import PROFILES, LoopScheduler, NetworkConditions, SimulatedNetwork, Simulator
from gsm_driver.simulator import register_simulator as register
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, PLAIN, ScriptedModem, cme, cms, ok, scripted

if TYPE_CHECKING:
    from typing import Any

    from gsm_driver import ModemEvent

NUMBER = "+436601234567"
# SMS-DELIVER from +436601234567, 2026-11-21 12:00:00 UTC, GSM 7 bit "OK"; written by hand.
OK_PDU = "00" + "04" + "0C91346610325476" + "00" + "00" + "62111221000000" + "02" + "CF25"
# SMS-STATUS-REPORT: TP-MR 7, same number, same times, TP-ST 00.
REPORT_PDU = "00" + "06" + "07" + "0C91346610325476" + "62111221000000" * 2 + "00"
# SMS-SUBMIT of another program to the same number, "OK".
SUBMIT_PDU = "00" + "01" + "00" + "0C91346610325476" + "00" + "00" + "02" + "CF25"
# WAP push with an MMS notice: destination port 2948, 8-bit data, TP-DCS 04; the data begins with the media
# type application/vnd.wap.mms-message (23.040 clause 9.2.3.24.4, OMA WAP-251).
MMS_DATA = "0605040B8423F0" + "01060403BEAF84" + "8C82"
MMS_PDU = (
    "00" + "44" + "0C91346610325476" + "00" + "04" + "62111221000000" + f"{len(MMS_DATA) // 2:02X}" + MMS_DATA
)
COUNTS = ok("+CPMS: 0,10,0,10,0,10")


def octets(hex_pdu: str) -> int:
    return len(hex_pdu) // 2 - 1


def stored(pdu: str, status: int = 0, length: int | None = None) -> bytes:
    return ok(f"+CMGR: {status},,{octets(pdu) if length is None else length}\r\n{pdu}")


def listing(*entries: tuple[int, str], status: int = 0) -> bytes:
    lines = [line for index, pdu in entries for line in (f"+CMGL: {index},{status},,{octets(pdu)}", pdu)]
    return ok("\r\n".join(lines)) if lines else ok()


def numbered(count: int) -> list[str]:
    """Messages of different seconds."""
    return [OK_PDU.replace("62111221000000", f"62111221{n % 10}{n // 10}0000") for n in range(count)]


async def take(modem: Modem, kind: type[ModemEvent], *, within: float = 130.0) -> Any:
    """The next event of a kind."""
    async with asyncio.timeout(within):
        async for event in modem.events():
            if isinstance(event, kind):
                return event
    raise AssertionError("the events ended")


# --- 5.5: which memory ---


def selected(wire: ScriptedModem) -> list[str]:
    return [line for line in wire.written if line.startswith("AT+CPMS=") and line != "AT+CPMS=?"]


@virtual_time.story
async def test_a_modem_that_has_no_me_to_receive_into_receives_into_the_sim() -> None:
    """Cinterion MC75i (gammu#1207): mem3 may be SM or MT only."""
    modem, wire = scripted(
        {
            "AT+CPMS=?": ok('+CPMS: ("ME","SM","MT"),("ME","SM","MT"),("SM","MT")'),
            'AT+CPMS="ME","ME","SM"': ok("+CPMS: 0,25,0,25,0,20"),
        }
    )
    async with modem:
        await asyncio.sleep(5)
        assert selected(wire) == [
            'AT+CPMS="SM","SM","SM"',
            'AT+CPMS="ME","ME","SM"',
            'AT+CPMS="SM","SM","SM"',
        ]


@virtual_time.story
async def test_the_memories_are_switched_at_the_start() -> None:
    """Each memory is selected once: the first sweep. What a T77W968 wants more is in its family."""
    modem, wire = scripted(
        {
            "AT+CPMS=?": ok("+CPMS: " + ",".join(['("ME","MT","SM","SR")'] * 3)),
            'AT+CPMS="ME","ME","SM"': COUNTS,
            'AT+CPMS="SR","SR","SM"': COUNTS,
        }
    )
    async with modem:
        await asyncio.sleep(5)
        assert selected(wire) == [
            'AT+CPMS="SM","SM","SM"',
            'AT+CPMS="ME","ME","SM"',
            'AT+CPMS="SR","SR","SM"',
            'AT+CPMS="SM","SM","SM"',
        ]


@pytest.mark.parametrize(
    ("refused", "taken"),
    [
        (['AT+CPMS="SM"', 'AT+CPMS="SM","SM"'], 'AT+CPMS="SM","SM","SM"'),  # Brovi E3372-325 (gammu#829)
        (['AT+CPMS="SM","SM","SM"'], 'AT+CPMS="SM","SM"'),  # Wavecom
        (['AT+CPMS="SM","SM","SM"', 'AT+CPMS="SM","SM"'], 'AT+CPMS="SM"'),
    ],
)
@virtual_time.story
async def test_the_number_of_memories_in_one_command_differs(refused: list[str], taken: str) -> None:
    modem, wire = scripted(dict.fromkeys(refused, ERROR), {taken: COUNTS, "AT+CMGR=3": stored(OK_PDU)})
    async with modem:
        assert wire.count(taken) == 1
        wire.say('+CMTI: "SM",3')
        message = await take(modem, ReceivedSms)
        await modem.inbox.accept(message)
        assert wire.written[-2:] == ["AT+CMGR=3", "AT+CMGD=3"]


@virtual_time.story
async def test_a_memory_that_was_full_before_the_start_is_read_and_told() -> None:
    """ZTE MF103 is back at "ME","ME","SM" after a restart, with SM 10 of 10."""
    modem, _ = scripted(
        {
            "AT+CPMS=?": ok("+CPMS: " + ",".join(['("ME","SM")'] * 3)),
            "AT+CPMS?": ok('+CPMS: "ME",0,23,"ME",0,23,"SM",10,10'),
            'AT+CPMS="SM","SM","SM"': ok("+CPMS: 10,10,10,10,10,10"),
            'AT+CPMS="ME","ME","SM"': ok("+CPMS: 0,23,0,23,10,10"),
            "AT+CMGL=4": [ok(), listing(*enumerate(numbered(10), 1))],
        }
    )
    async with modem:
        events = modem.events()
        seen = [await anext(events) for _ in range(11)]
    assert sum(isinstance(event, ReceivedSms) for event in seen) == 10
    assert StorageState(memory="SM", used=10, total=10) in seen


@pytest.mark.parametrize("index", [0, 1, 254])
@virtual_time.story
async def test_any_index_is_read_and_deleted(index: int) -> None:
    """From 0 on Huawei (F_SMS_LOCATION_0), from 1 elsewhere; gaps are normal."""
    modem, wire = scripted({f"AT+CMGR={index}": stored(OK_PDU)})
    async with modem:
        await asyncio.sleep(5)
        wire.say(f'+CMTI: "SM",{index}')
        message = await take(modem, ReceivedSms)
        assert message.slots == (StorageSlot(memory="SM", index=index),)
        await modem.inbox.accept(message)
        assert wire.count(f"AT+CMGD={index}") == 1


@virtual_time.story
async def test_a_memory_with_another_name_is_used_as_it_is() -> None:
    """Alcatel: "SM_P" and "ME_P"."""
    modem, wire = scripted(
        {
            "AT+CPMS=?": ok('+CPMS: ("SM_P","ME_P"),("SM_P"),("SM_P")'),
            "AT+CPMS?": ok('+CPMS: "SM_P",0,10,"SM_P",0,10,"SM_P",0,10'),
            "AT+CMGR=3": stored(OK_PDU),
        }
    )
    async with modem:
        wire.say('+CMTI: "SM_P",3')
        message = await take(modem, ReceivedSms)
        await modem.inbox.accept(message)
        assert selected(wire) == []
        assert wire.count("AT+CMGD=3") == 1


@virtual_time.story
async def test_a_modem_that_does_not_say_how_full_it_is_is_used() -> None:
    """Samsung: nothing but OK to a selection."""
    modem, wire = scripted({'AT+CPMS="SM","SM","SM"': ok(), "AT+CMGR=3": stored(OK_PDU)})
    async with modem:
        wire.say('+CMTI: "SM",3')
        await modem.inbox.accept(await take(modem, ReceivedSms))
        assert wire.count("AT+CMGD=3") == 1


# --- 5.5: a full memory ---


@pytest.mark.parametrize("urc", ['^SMMEMFULL: "SM"', "+SMS FULL", "+SMFULL", '+QIND: "smsfull","SM"'])
@virtual_time.story
async def test_a_memory_that_says_it_is_full_is_looked_into(urc: str) -> None:
    """No +CMTI comes any more (chan-dongle#47)."""
    modem, wire = scripted({"AT+CMGL=4": [ok(), listing((4, OK_PDU))]})
    async with modem:
        await asyncio.sleep(5)
        wire.say(urc)
        await take(modem, ReceivedSms, within=1)


@virtual_time.story
async def test_a_modem_that_was_full_is_told_again_to_announce() -> None:
    """A76xx stays deaf until it is set up again (LilyGo-Modem-Series#184), and AT+CNMI? says all is well."""
    modem, wire = scripted({"AT+CMGL=4": [listing(*enumerate(numbered(9), 1)), ok()]})
    async with modem:
        for _ in range(9):
            await modem.inbox.accept(await take(modem, ReceivedSms))
        assert wire.count("AT+CNMI=2,1,0,1,0") == 1
        await asyncio.sleep(61)
        assert wire.count("AT+CNMI=2,1,0,1,0") == 2
        await asyncio.sleep(300)
        assert wire.count("AT+CNMI=2,1,0,1,0") == 2


@virtual_time.story
async def test_a_full_sim_that_blocks_sending_is_emptied() -> None:
    """smstools' receive_before_send; Home Assistant core#103694. The caller tries again."""
    modem, wire = scripted({"Ctrl-Z": [cms(322), ok("+CMGS: 2")], "AT+CMGL=4": [ok(), listing((4, OK_PDU))]})
    async with modem:
        await asyncio.sleep(5)
        with pytest.raises(SendRejectedError) as caught:
            await modem.sms.send(NUMBER, "x")
        assert caught.value.error_class is ErrorClass.MEMORY
        message = await take(modem, ReceivedSms, within=1)
        await modem.inbox.accept(message)
        assert (await modem.sms.send(NUMBER, "x")).message_references == (2,)
        assert wire.count("AT+CMGD=4") == 1


@virtual_time.story
async def test_a_reference_without_ok_counts_on_a_full_sim() -> None:
    """The reference says that the message was taken, whatever the OK does."""
    modem, _ = scripted({"Ctrl-Z": b"\r\n+CMGS: 17\r\n"})
    async with modem:
        async with asyncio.timeout(FINAL_TIMEOUT + 0.1):
            assert (await modem.sms.send(NUMBER, "x")).message_references == (17,)


@virtual_time.story
async def test_mms_notices_are_handed_on_and_go_when_accepted() -> None:
    """They pile up in SM: WAP push, port 2948, 8 bit (mdd-sim-gateway#85)."""
    modem, wire = scripted({"AT+CMGL=4": [listing((2, MMS_PDU)), ok()]})
    async with modem:
        notice = await take(modem, ReceivedSms)
        assert (notice.kind, notice.ports, notice.text) == (MessageKind.MMS_NOTICE, (2948, 9200), "")
        await modem.inbox.accept(notice)
        assert wire.count("AT+CMGD=2") == 1


# --- 5.5, 5.6: what lies in a slot ---


@pytest.mark.parametrize("status", [0, 1, 2, 3])
@virtual_time.story
async def test_a_message_that_another_program_stored_to_send_is_left_alone(status: int) -> None:
    """Whatever the modem says of its status: the type bits decide."""
    modem, wire = scripted(
        {"AT+CMGL=4": listing((1, SUBMIT_PDU), status=status), "AT+CMGR=2": stored(OK_PDU)}
    )
    async with modem:
        wire.say('+CMTI: "SM",2')
        assert (await take(modem, ReceivedSms)).text == "OK"
        await asyncio.sleep(200)
        assert wire.count("AT+CMGD=1") == 0


@virtual_time.story
async def test_what_the_memory_for_reports_holds_is_told_by_its_type() -> None:
    """ "Not a status report in SR memory"."""
    memories = {'AT+CPMS="SR","SM","SM"': COUNTS, "AT+CPMS=?": ok('+CPMS: ("SM","SR"),("SM"),("SM")')}
    modem, _ = scripted(memories, {"AT+CMGL=4": [listing((1, OK_PDU)), listing((1, REPORT_PDU))]})
    async with modem:
        message = await take(modem, ReceivedSms)
        report = await take(modem, DeliveryReport)
        assert message.slots == (StorageSlot(memory="SR", index=1),)
        assert report.slots == (StorageSlot(memory="SM", index=1),)


@virtual_time.story
async def test_a_report_is_read_from_the_memory_and_place_that_are_announced() -> None:
    """Teltonika TRM240 and ZTE: up to 50 in SR."""
    modem, wire = scripted(
        {
            "AT+CPMS=?": ok('+CPMS: ("SM","SR"),("SM"),("SM")'),
            'AT+CPMS="SR","SM","SM"': COUNTS,
            "AT+CMGR=50": stored(REPORT_PDU),
        }
    )
    async with modem:
        wire.say('+CDSI: "SR",50')
        report = await take(modem, DeliveryReport)
        assert report.message_reference == 7
        await modem.inbox.accept(report)
        assert wire.written[-1] == "AT+CMGD=50"


@virtual_time.story
async def test_a_report_that_is_announced_in_a_wrong_place_is_found() -> None:
    """EC25 and EG25 with <ds> 2: '+CDSI: "SM",0', and the report lies in SR."""
    modem, wire = scripted(
        {
            "AT+CPMS=?": ok('+CPMS: ("SM","SR"),("SM"),("SM")'),
            'AT+CPMS="SR","SM","SM"': COUNTS,
            "AT+CMGR=0": ok(),
            "AT+CMGL=4": [ok(), ok(), listing((3, REPORT_PDU)), ok()],
        }
    )
    async with modem:
        await asyncio.sleep(5)
        wire.say('+CDSI: "SM",0')
        assert (await take(modem, DeliveryReport, within=10)).slots == (StorageSlot(memory="SR", index=3),)


@virtual_time.story
async def test_a_message_in_the_place_that_is_announced_for_a_report_hides_it_for_one_sweep_at_most() -> None:
    """EC25 again: AT+CMGR=0 gives a message that has nothing to do with it, and that was known before."""
    modem, wire = scripted(
        {
            "AT+CPMS=?": ok('+CPMS: ("SM","SR"),("SM"),("SM")'),
            'AT+CPMS="SR","SM","SM"': COUNTS,
            "AT+CMGR=0": stored(OK_PDU, status=1),
            "AT+CMGL=4": [ok(), listing((0, OK_PDU)), listing((3, REPORT_PDU)), ok()],
        }
    )
    async with modem:
        assert (await take(modem, ReceivedSms)).text == "OK"
        wire.say('+CDSI: "SM",0')
        report = await take(modem, DeliveryReport, within=61)
        assert report.slots == (StorageSlot(memory="SR", index=3),)


@virtual_time.story
async def test_a_slot_that_is_empty_when_it_is_read_is_no_error() -> None:
    """+CMS ERROR: 321 on a read: another program, or the modem, emptied it."""
    modem, wire = scripted({"AT+CMGR=3": cms(321), "AT+CMGR=4": stored(OK_PDU)})
    async with modem:
        wire.say('+CMTI: "SM",3', '+CMTI: "SM",4')
        assert (await take(modem, ReceivedSms)).text == "OK"
        await asyncio.sleep(200)
        assert wire.count("AT+CMGR=3") == 1
        await modem.sms.send(NUMBER, "x")


@virtual_time.story
async def test_a_report_of_zte_with_a_reference_of_two_octets_is_read() -> None:
    """What it has of reference, times and status is told; the number needs the caller's judgement."""
    pdu = "0297F1061C0F910B487228297020F5317062419272803170624192138000"
    modem, wire = scripted()
    async with modem:
        wire.send(f"\r\n+CDS: {len(pdu) // 2 - 3}\r\n{pdu}\r\n".encode())
        report = await take(modem, DeliveryReport)
    assert (report.message_reference, report.status) == (28, DeliveryStatus.DELIVERED)
    assert report.service_centre_time.isoformat() == "2013-07-26T14:29:27+02:00"
    assert report.discharge_time.isoformat() == "2013-07-26T14:29:31+02:00"
    assert report.recipient.endswith("27829207025")


@virtual_time.story
async def test_a_modem_that_reports_nothing_sends_all_the_same() -> None:
    """BG96, TRM250: no <ds> but 0 (gammu#676)."""
    modem, wire = scripted(
        {
            "AT+CNMI=?": ok("+CNMI: (0-2),(0-3),(0,2),(0),(0,1)"),
            "AT+CNMI=2,1,0,1,0": ERROR,
            "AT+CNMI=2,1,0,0,0": ok(),
        }
    )
    async with modem:
        await modem.sms.send(NUMBER, "x")
        assert wire.count("AT+CNMI=2,1,0,1,0") == 0


@virtual_time.story
async def test_references_wrap() -> None:
    """0 to 255: the same one comes again after 256 segments, told apart by recipient and time."""
    scheduler = LoopScheduler()
    network = SimulatedNetwork(scheduler, conditions=NetworkConditions(report_latency=1.0))
    network.add_phone(NUMBER)
    register(Simulator(scheduler, name="m", network=network))
    async with Modem("simulator://m") as modem:
        references = []
        reports = []
        for number in range(300):
            references += (await modem.sms.send(NUMBER, str(number))).message_references
            reports.append(await take(modem, DeliveryReport))
    assert references == [(n + 1) % 256 for n in range(300)]
    assert [report.message_reference for report in reports] == references


# --- 5.6: announcements ---


def test_the_chain_of_indications_is_that_of_the_standard_first() -> None:
    """ModemManager's order: reports direct, stored, off; then for phones that know two parameters only."""
    assert [form for form in GENERIC_INDICATIONS if form[:2] == (2, 1) and form[4:] in {(0,), ()}] == [
        (2, 1, 0, 1, 0),
        (2, 1, 0, 2, 0),
        (2, 1, 0, 0, 0),
        (2, 1),
    ]


@pytest.mark.parametrize(
    ("support", "taken"),
    [
        ("(2),(0-1,3),(0,2),(0-1),(0)", "2,1,0,1,0"),
        ("(0-2),(0,1,3),(0),(0,1),(0,1)", "2,1,0,1,0"),
        ("(0-3),(0,1),(0,2,3),(0,2),(1)", "2,1,0,2,1"),  # MC75i
        ("(3),(0-2),(0),(0,1),(1)", "3,1,0,1,1"),
        ("(3),(0,2),(0),(0,1),(1)", "3,2,0,1,1"),  # Siemens TC35
        ("(1),(2),(2),(2),(1)", "1,2,2,2,1"),  # Siemens SL45
        ("(3),(0,2),(0),(0)", "3,2,0,0"),  # Ericsson
        ("(3),(3)", "3,3"),  # Ericsson T68
        ("(0,1),(0,1)", "1,1"),
    ],
)
@virtual_time.story
async def test_what_the_modem_lists_is_tried_first(support: str, taken: str) -> None:
    modem, wire = scripted(
        {"AT+CNMI=?": ok(f"+CNMI: {support}"), "AT+CNMI=2,1,0,1,0": ERROR, f"AT+CNMI={taken}": ok()}
    )
    async with modem:
        tried = [line for line in wire.written if line.startswith("AT+CNMI=") and line != "AT+CNMI=?"]
    if taken == "3,1,0,1,1":  # the family of Siemens has a form for it; for others it is not in the chain
        assert tried[-1] != f"AT+CNMI={taken}"
    else:
        assert tried == [f"AT+CNMI={taken}"]


@pytest.mark.parametrize(
    "urc", ["NO CARRIER", "VOICE NO CARRIER", "MISSED_CALL: 10:01AM 0660", "^CEND:1,0,104,16"]
)
@virtual_time.story
async def test_after_a_call_the_modem_is_told_again_to_announce(urc: str) -> None:
    """E3372h announces nothing after one, and says its settings are as they were (PavelVe#40)."""
    modem, wire = scripted()
    async with modem:
        await asyncio.sleep(5)
        wire.say(urc)
        await asyncio.sleep(1)
        assert wire.count("AT+CNMI=2,1,0,1,0") == 2


@virtual_time.story
async def test_a_modem_that_forgets_within_seconds_is_told_again_at_each_sweep() -> None:
    """E1715 (emilsedgh/modem#41)."""
    modem, wire = scripted({"AT+CNMI?": [ok("+CNMI: 2,1,0,1,0"), ok("+CNMI: 0,0,0,0,0")]})
    async with modem:
        await asyncio.sleep(185)
        assert wire.count("AT+CNMI=2,1,0,1,0") == 4


@virtual_time.story
async def test_a_report_is_asked_for_in_the_pdu() -> None:
    """TP-SRR, bit 5; AT+CSMP would clear the SMSC on Qualcomm and ZTE."""
    modem, wire = scripted()
    async with modem:
        await modem.sms.send(NUMBER, "x", report=True)
        await modem.sms.send(NUMBER, "x", report=False)
    assert [int(pdu[2:4], 16) >> 5 & 1 for pdu in wire.pdus] == [1, 0]


@pytest.mark.parametrize("busy", [cms(314), cme(14), cme(515)])
@virtual_time.story
async def test_memories_and_announcements_are_set_up_when_the_sim_lets_them(busy: bytes) -> None:
    """CPIN says READY, CSCA answers, and CPMS and CNMI still say SIM busy (quirks 5.11)."""
    select = 'AT+CPMS="SM","SM","SM"'
    modem, wire = scripted(
        {
            "AT+CPMS=?": [*[busy] * 5, PLAIN["AT+CPMS=?"]],
            select: [*[busy] * 5, COUNTS],
            "AT+CNMI=2,1,0,1,0": [*[busy] * 5, ok()],
        }
    )
    async with modem:
        assert wire.count(select) == 6
        assert wire.count("AT+CNMI=2,1,0,1,0") == 6
        assert wire.count("AT+CNMI=2,1,0,1,1") == 0
        wire.answers["AT+CMGR=3"] = stored(OK_PDU)
        wire.say('+CMTI: "SM",3')
        await take(modem, ReceivedSms)


@virtual_time.story
async def test_a_sim_that_stays_busy_does_not_hold_the_opening_for_ever() -> None:
    modem, _ = scripted({"AT+CSCA?": cms(314), "AT+CPMS=*": cms(314), "AT+CNMI=*": cms(314)})
    before = asyncio.get_running_loop().time()
    async with modem:
        assert asyncio.get_running_loop().time() - before < 60


# Direct reports are no choice on these, or, on ZTE's, not to be trusted (gammu/gammu#676).
STORE_REPORTS = {name for name, profile in PROFILES.items() if 1 not in profile.cnmi[3]} | {"mf190"}


@pytest.mark.parametrize("family", [name for name, profile in PROFILES.items() if profile.cnmi[3] != {0}])
@virtual_time.story
async def test_no_family_is_asked_for_stored_reports_in_vain(family: str) -> None:
    """Quectel lies about the place, SIM800 stores none: there the report comes as +CDS."""
    simulator = register(Simulator(LoopScheduler(), name="m", profile=PROFILES[family]))
    simulator.network.add_phone(NUMBER)
    await asyncio.sleep(20)
    async with Modem("simulator://m") as modem:
        await modem.sms.send(NUMBER, "x")
        report = await take(modem, DeliveryReport)
        assert report.status is DeliveryStatus.DELIVERED
        assert bool(report.slots) is (family in STORE_REPORTS)


# --- 5.7: PDUs that are not as they should be, in the inbox ---


@virtual_time.story
async def test_a_pdu_without_the_field_for_the_centre_is_read() -> None:
    """The announced length counts all octets that came (ofono unit/test-sms.c has such a report)."""
    pdu = "06040D91945152991136F00160124130340A0160124130940A00"
    modem, wire = scripted({"AT+CMGR=3": stored(pdu, length=len(pdu) // 2)})
    async with modem:
        wire.say('+CMTI: "SM",3')
        report = await take(modem, DeliveryReport)
        assert (report.message_reference, report.recipient) == (4, "+4915259911630")


@pytest.mark.parametrize(
    "garbage",
    ["FF" * 20, "no hex at all", "00" * 176, "0791"],
    ids=["filled with FF", "no hex", "zeros", "cut off"],
)
@virtual_time.story
async def test_garbage_in_a_slot_disturbs_nobody(garbage: str) -> None:
    body = f"+CMGL: 1,0,,29\r\n{garbage}\r\n+CMGL: 2,0,,{octets(OK_PDU)}\r\n{OK_PDU}"
    modem, _ = scripted({"AT+CMGL=4": [ok(body), ok()]})
    async with modem:
        async with asyncio.timeout(10):
            async for event in modem.events():
                if isinstance(event, ReceivedSms) and event.text == "OK":
                    break
        assert event.slots == (StorageSlot(memory="SM", index=2),)
