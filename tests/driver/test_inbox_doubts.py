"""Receiving where it is not certain what lies in a slot, whether it can be emptied, or who listens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    DeliveryReport,
    MessageKind,
    Modem,
    ModemTimeoutError,
    ReceivedSms,
    StorageState,
)
from gsm_driver.at.urc import StoredNotice, Urc, UrcKind
from gsm_driver.inbox import LEAVE_TIMEOUT
from gsm_driver.simulator import NetworkConditions
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

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.driver.scripted_modem import ScriptedModem, Table

    Doubt = Callable[[Modem, ScriptedModem], Awaitable[None]]

RUBBISH = "00FFFF"

# --- Slots that are not emptied at once ---


@virtual_time.story
async def test_a_dead_slot_that_comes_to_life_is_emptied_and_told() -> None:
    modem, wire = scripted(
        {
            "AT+CMGL=4": listing((1, OK_PDU)),
            "AT+CMGR=1": stored(OK_PDU),
            "AT+CMGD=1": [cms(320), cms(320), cms(320), ok()],
        }
    )
    async with modem:
        await take(modem, 1)
        assert await anext(modem.events()) == StorageState(memory="SM", used=1, total=10, dead=1)
        await asyncio.sleep(125)
        assert wire.count("AT+CMGD=1") == 4
        assert modem.inbox.dead_slots == frozenset()
        assert await anext(modem.events()) == StorageState(memory="SM", used=0, total=10)


@virtual_time.story
async def test_a_sim_that_is_busy_for_a_while_makes_no_slot_dead() -> None:
    modem, wire = scripted(
        {
            "AT+CMGL=4": [listing((1, OK_PDU)), listing((1, OK_PDU)), ok()],
            "AT+CMGR=1": stored(OK_PDU),
            "AT+CMGD=1": [cms(314), cms(314), cms(314), ok()],
        }
    )
    async with modem:
        await take(modem, 1)
        assert modem.inbox.dead_slots == frozenset()
        await asyncio.sleep(6)
        assert wire.count("AT+CMGD=1") == 4


@virtual_time.story
async def test_a_sim_that_is_always_busy_is_told_in_the_end() -> None:
    modem, wire = scripted(
        {"AT+CMGL=4": listing((1, OK_PDU)), "AT+CMGR=1": stored(OK_PDU), "AT+CMGD=1": cms(314)}
    )
    async with modem:
        await take(modem, 1)
        await asyncio.sleep(900)
        assert len(modem.inbox.dead_slots) == 1
        assert wire.count("AT+CMGD=1") < 20


# --- What is listed oddly ---


@pytest.mark.parametrize(
    "header", ["+CMGL: 2,1,,", "+CMGL: 2", '+CMGL: 2,"REC UNREAD","x",,"26"', "+CMGL: ,1,,25"]
)
@virtual_time.story
async def test_one_entry_that_makes_no_sense_hides_no_message(*, header: str) -> None:
    """All are read in the same look, the odd one by itself."""
    entries = listing((1, OK_PDU), (3, REPORT_PDU)).removesuffix(ok())
    odd = f"\r\n{header}\r\n{OK_LATER_PDU}\r\n".encode()
    modem, wire = scripted(
        {
            "AT+CMGL=4": [entries + odd + ok(), ok()],
            "AT+CMGR=*": cms(321),
            "AT+CMGR=1": stored(OK_PDU),
            "AT+CMGR=2": stored(OK_LATER_PDU),
            "AT+CMGR=3": stored(REPORT_PDU),
        }
    )
    async with modem:
        taken = await take(modem, 3, within=1)
        assert {event.slots[0].index for event in taken} == {1, 2, 3}
        assert all(wire.count(f"AT+CMGD={index}") == 1 for index in (1, 2, 3))
        assert wire.count("AT+CMGF=0") == (1 if header.endswith(",") or "25" in header else 2)


@virtual_time.story
async def test_an_entry_that_is_odd_by_itself_too_is_read_by_its_content() -> None:
    modem, _ = scripted(
        {
            "AT+CMGL=4": [ok(f"+CMGL: 2,1,,\r\n{OK_PDU}", f"+CMGL: 4,1,,\r\n{RUBBISH}"), ok()],
            "AT+CMGR=2": ok(f"+CMGR: 1,,\r\n{OK_PDU}"),
            "AT+CMGR=4": ok(f'+CMGR: "REC READ",\r\n{RUBBISH}'),
        }
    )
    async with modem:
        message, rubbish = await take(modem, 2, within=1)
        assert (message.text, rubbish.kind) == ("OK", MessageKind.UNDECODABLE)


@pytest.mark.parametrize("refusal", [cms(314), cms(320), ERROR])
@pytest.mark.parametrize("header", ["+CMGL: 2,1,,", "+CMGL: ,1,,25"])
@virtual_time.story
async def test_an_odd_entry_that_is_refused_is_tried_again_soon(*, refusal: bytes, header: str) -> None:
    good = f"+CMGL: 4,1,,{octets(OK_LATER_PDU)}\r\n{OK_LATER_PDU}"
    modem, _ = scripted(
        {
            "AT+CMGL=4": ok(f"{header}\r\n{OK_PDU}", good),
            "AT+CMGR=*": cms(321),
            "AT+CMGR=2": [refusal, stored(OK_PDU)],
            "AT+CMGR=4": stored(OK_LATER_PDU),
        }
    )
    async with modem:
        first, second = await take(modem, 2, within=11, accept=False)
        assert (first.slots[0].index, second.slots[0].index) == (4, 2)


@virtual_time.story
async def test_a_slot_that_refuses_to_be_read_again_hides_no_other() -> None:
    """What was accepted before is read before it is deleted; that may be refused."""
    modem, _ = scripted(
        {
            "AT+CMGL=4": [listing((1, OK_PDU)), listing((1, OK_PDU), (2, OK_LATER_PDU))],
            "AT+CMGR=1": cms(320),
        }
    )
    async with modem:
        await take(modem, 1)
        modem.inbox.request_sweep()
        await take(modem, 1, within=1)


@virtual_time.story
async def test_a_message_that_the_line_garbled_is_not_deleted_unread() -> None:
    """What was handed on as unreadable is read again before it is deleted."""
    modem, wire = scripted(
        {
            "AT+CMGL=4": [listing((1, RUBBISH)), listing((1, OK_PDU)), ok()],
            "AT+CMGR=1": stored(OK_PDU),
        }
    )
    async with modem:
        (rubbish,) = await take(modem, 1)
        assert rubbish.kind is MessageKind.UNDECODABLE
        assert wire.count("AT+CMGD=1") == 0
        (message,) = await take(modem, 1, within=10)
        assert message.text == "OK"
        assert wire.count("AT+CMGD=1") == 1


# --- Deleted only where it is certain what lies there ---


async def nothing(_modem: Modem, _wire: ScriptedModem) -> None:
    """All is well."""


async def look(modem: Modem, _wire: ScriptedModem) -> None:
    modem.inbox.request_sweep()


async def announce(modem: Modem, _wire: ScriptedModem) -> None:
    notice = StoredNotice(memory="SM", index=1)
    modem.inbox.announce(Urc(kind=UrcKind.MESSAGE_STORED, prefix="+CMTI", value="", parameters=notice))


async def fall_behind(_modem: Modem, wire: ScriptedModem) -> None:
    """Nobody reads the events: the inbox waits, and does not look into the memories."""
    for reference in range(256):
        for year in ("62", "72"):
            pdu = REPORT_PDU.replace("0607", f"06{reference:02X}").replace("6211", f"{year}11")
            wire.send(direct("+CDS", pdu))
        await asyncio.sleep(0.01)
    await asyncio.sleep(3600)


async def written_on_accept(doubt: Doubt, present: bytes) -> list[str]:
    """What is said when a message is accepted after something that makes its slot doubtful."""
    modem, wire = scripted({"AT+CMGR=1": [stored(OK_PDU), present]})
    async with modem:
        await asyncio.sleep(5)
        wire.say('+CMTI: "SM",1')
        (message,) = await take(modem, 1, accept=False)
        await doubt(modem, wire)
        wire.written.clear()
        await modem.inbox.accept(message)
        return [line for line in wire.written if line in {"AT+CMGR=1", "AT+CMGD=1"}]


@pytest.mark.parametrize("doubt", [look, announce, fall_behind])
@virtual_time.story
async def test_a_doubtful_slot_is_read_before_it_is_deleted(*, doubt: Doubt) -> None:
    written = await written_on_accept(doubt, stored(OK_PDU))
    assert (written[0], written[-1]) == ("AT+CMGR=1", "AT+CMGD=1")
    for present in (stored(OK_LATER_PDU), cms(321)):
        written = await written_on_accept(doubt, present)
        assert written[0] == "AT+CMGR=1"
        assert "AT+CMGD=1" not in written


@virtual_time.story
async def test_a_slot_that_nothing_happened_to_is_deleted_at_once() -> None:
    assert await written_on_accept(nothing, stored(OK_LATER_PDU)) == ["AT+CMGD=1"]


@virtual_time.story
async def test_after_silence_at_a_deletion_nothing_is_certain() -> None:
    """The modem may have deleted it, or not, or have restarted."""
    modem, wire = scripted(
        {
            "AT+CMGL=4": [listing((1, OK_PDU)), listing((1, OK_LATER_PDU)), ok()],
            "AT+CMGD=1": [SILENCE, ok()],
            "AT+CMGR=1": stored(OK_LATER_PDU),
        }
    )
    async with modem:
        (message,) = await take(modem, 1, accept=False)
        with pytest.raises(ModemTimeoutError):
            await modem.inbox.accept(message)
        await modem.inbox.accept(message)
        assert wire.count("AT+CMGD=1") == 1
        (later,) = await take(modem, 1, within=10)
        assert later.raw == (OK_LATER_PDU,)


@virtual_time.story
async def test_a_look_makes_slots_certain_again() -> None:
    modem, wire = scripted({"AT+CMGL=4": [listing((1, OK_PDU)), listing((1, OK_PDU)), ok()]})
    async with modem:
        (message,) = await take(modem, 1, accept=False)
        modem.inbox.request_sweep()
        await asyncio.sleep(1)
        wire.written.clear()
        await modem.inbox.accept(message)
        assert wire.written == ["AT+CMGD=1"]


@virtual_time.story
async def test_a_stored_copy_of_what_came_directly_stays_until_it_is_accepted() -> None:
    modem, wire = scripted(
        {"AT+CMGL=4": [ok(), listing((1, OK_PDU)), listing((1, OK_PDU)), ok()], "AT+CMGR=1": stored(OK_PDU)}
    )
    async with modem:
        await asyncio.sleep(1)
        wire.send(direct("+CMT", OK_PDU))
        wire.say('+CMTI: "SM",1')
        await asyncio.sleep(100)
        assert wire.count("AT+CMGD=1") == 0
        (message,) = await take(modem, 1)
        assert wire.count("AT+CMGD=1") == 1
        assert message.slots == ()
        await nothing_more(modem)


# --- Reports that come while nobody listens ---

WITH_REPORTS: Table = {
    "AT+CPMS=?": ok('+CPMS: ("SM","SR"),("SM"),("SM")'),
    'AT+CPMS="SR","SM","SM"': ok("+CPMS: 0,10,0,10,0,10"),
    "AT+CNMI=2,1,0,2,0": ok(),
}


@virtual_time.story
async def test_a_report_that_comes_while_the_program_restarts_is_told() -> None:
    async with simulated() as (modem, simulator):
        simulator.network.conditions = NetworkConditions(report_latency=10)
        receipt = await modem.sms.send(NUMBER, "x", report=True)
        await modem.close()
        assert simulator.modem.settings.cnmi == (2, 1, 0, 2, 0)
        await asyncio.sleep(60)
        async with Modem("simulator://m") as again:
            assert simulator.modem.settings.cnmi == (2, 1, 0, 1, 0)
            (report,) = await take(again, 1, within=10)
            assert (report.message_reference,) == receipt.message_references
            assert stored_in(simulator) == 0


@virtual_time.story
async def test_a_message_and_its_report_cost_two_turns() -> None:
    """Reports are not stored while somebody listens: that would be two turns more for each."""
    async with simulated(sweep_interval=10_000) as (modem, simulator):
        await asyncio.sleep(5)
        before = simulator.line.counters.turns
        for _ in range(10):
            await modem.sms.send(NUMBER, "x", report=True)
            await take(modem, 1)
        assert simulator.line.counters.turns - before == 10 * 2


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (WITH_REPORTS, ["AT+CNMI=2,1,0,2,0"]),
        ({**WITH_REPORTS, "AT+CNMI=2,1,0,2,0": ERROR}, ["AT+CNMI=2,1,0,2,0"]),  # cannot: nothing is worse
        ({}, []),  # there is no memory for reports
        ({**WITH_REPORTS, "AT+CNMI=2,1,0,1,0": ERROR, "AT+CNMI=2,1,0,1,1": ERROR}, []),  # stored anyway
        ({**WITH_REPORTS, "AT+CNMI=2,1,0,1,0": ERROR, "AT+CNMI=2,1,0,2,0": ERROR}, []),  # none are told
    ],
)
@virtual_time.story
async def test_what_is_said_when_the_port_is_let_go(*, table: Table, said: list[str]) -> None:
    modem, wire = scripted(table)
    async with modem:
        await asyncio.sleep(1)
        wire.written.clear()
    assert wire.written == said


@virtual_time.story
async def test_a_silent_modem_holds_up_the_end_for_a_moment_only() -> None:
    modem, wire = scripted(WITH_REPORTS, {"AT+CNMI=2,1,0,2,0": SILENCE})
    async with modem:
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began <= LEAVE_TIMEOUT + 1
    assert not wire.is_open


@virtual_time.story
async def test_a_report_that_comes_at_the_last_moment_is_told() -> None:
    modem, wire = scripted(WITH_REPORTS, {"AT+CNMI=2,1,0,2,0": direct("+CDS", REPORT_PDU) + ok()})
    async with modem:
        await asyncio.sleep(1)
    events = [event async for event in modem.events()]
    assert [event.message_reference for event in events if isinstance(event, DeliveryReport)] == [7]
    assert not wire.is_open


@virtual_time.story
async def test_a_report_that_is_announced_where_a_message_lies_is_looked_for_soon() -> None:
    modem, wire = scripted(
        {"AT+CMGR=1": stored(OK_PDU), "AT+CMGL=4": [ok(), listing((1, OK_PDU), (2, REPORT_PDU))]}
    )
    async with modem:
        await asyncio.sleep(5)
        wire.say('+CDSI: "SM",1')
        message, report = await take(modem, 2, within=6, accept=False)
        assert (message.text, report.message_reference) == ("OK", 7)


# --- Forecast ---


@virtual_time.story
async def test_a_memory_that_fills_because_nobody_accepts_is_forecast() -> None:
    """Twenty slots, a message every two minutes."""
    async with simulated() as (modem, simulator):
        for number in range(15):
            simulator.network.deliver_sms(NUMBER, f"message {number}")
            await asyncio.sleep(120)
        events = modem.events()
        states: list[StorageState] = []
        held: list[ReceivedSms] = []
        while len(held) < 15:
            event = await anext(events)
            if isinstance(event, StorageState):
                states.append(event)
            elif isinstance(event, ReceivedSms):
                held.append(event)
        told = [round((state.full_in or 0) / 60) for state in states]
        assert told == sorted(set(told), reverse=True)
        assert len(told) in {2, 3}
        assert (states[0].memory, states[0].total) == ("SM", 20)
        assert states[0].used < 8
        assert 20 <= told[0] <= 40
        for message in held:
            await modem.inbox.accept(message)
        state = await anext(events)
        assert state == StorageState(memory="SM", used=0, total=20)


@virtual_time.story
async def test_what_is_accepted_soon_is_no_sign_of_a_memory_that_fills() -> None:
    async with simulated() as (modem, simulator):
        for number in range(30):
            for part in range(5):
                simulator.network.deliver_sms(NUMBER, f"message {number}.{part}")
            await take(modem, 5)
            await asyncio.sleep(45)
        await modem.close()
        assert [event async for event in modem.events()] == []
