"""Memories in all the shapes that modems have them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gsm_driver import Modem, ReceivedSms, StorageSlot
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, PLAIN, SILENCE, ScriptedModem, cms, ok

if TYPE_CHECKING:
    from tests.driver.scripted_modem import Table

ONE = 'AT+CPMS="SM"'
TWO = 'AT+CPMS="SM","SM"'
THREE = 'AT+CPMS="SM","SM","SM"'
# SMS-DELIVER from +436601234567, 2026-11-21 12:00:00 UTC, GSM 7 bit "OK"; written by hand.
OK_PDU = "00" + "04" + "0C91346610325476" + "00" + "00" + "62111221000000" + "02" + "CF25"
COUNTS = ok("+CPMS: 0,10,0,10,0,10")


async def selections(*tables: Table, seconds: float = 5) -> list[str]:
    """The memories that are selected, in order, through opening and the first sweep."""
    wire = ScriptedModem(PLAIN, *tables)
    async with Modem("scripted", connect=wire.connect):
        await asyncio.sleep(seconds)
        return [line for line in wire.written if line.startswith("AT+CPMS=") and line != "AT+CPMS=?"]


@pytest.mark.parametrize(
    ("support", "answers", "expected"),
    [
        # Three parameters: E3372-325 takes nothing less.
        ('("SM","ME"),("SM","ME"),("SM","ME")', {THREE: COUNTS}, THREE),
        # mem3 is no choice: Wavecom refuses the third.
        ('(("SM","BM","SR"),("SM"))', {THREE: ERROR, TWO: COUNTS}, TWO),
        # One at a time.
        ('("SM","ME"),("SM","ME"),("SM","ME")', {THREE: ERROR, TWO: ERROR, ONE: COUNTS}, ONE),
        # iWOW: without brackets.
        ('"SM","SM","SM"', {THREE: COUNTS}, THREE),
        # Samsung: empty, and nothing in the answer to a selection.
        ("", {THREE: ok(), "AT+CPMS?": ok('+CPMS: "SM",0,10,"SM",0,10,"SM",0,10')}, None),
        # A lost quote.
        ('(ME", "SR"),("ME"),("ME")', {'AT+CPMS="ME","ME","ME"': COUNTS}, 'AT+CPMS="ME","ME","ME"'),
        # Nokia N79.
        ("(),(),()", {"AT+CPMS?": ok("+CPMS: ,,,,,,,,")}, None),
    ],
)
def test_shapes_of_the_list(support: str, answers: Table, expected: str | None) -> None:
    """Quirks 5.5: each is read, and what the modem refuses is tried shorter."""

    async def story() -> None:
        made = await selections({"AT+CPMS=?": ok(f"+CPMS: {support}"), THREE: ERROR}, answers)
        tried = [line for line in made if line == expected]
        assert tried == ([expected] if expected else [])

    virtual_time.run(story())


@virtual_time.story
async def test_the_number_of_parameters_is_learnt_once() -> None:
    made = await selections(
        {
            "AT+CPMS=?": ok('+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")'),
            THREE: ERROR,
            TWO: COUNTS,
            'AT+CPMS="ME","ME"': COUNTS,
        }
    )
    assert made == [THREE, TWO, 'AT+CPMS="ME","ME"', TWO]


@virtual_time.story
async def test_the_memory_for_new_messages_stays_selected() -> None:
    """Else each announced message would cost a turn more."""
    memories = {
        f'AT+CPMS="{name}","{write}","SM"': COUNTS
        for name, write in [("ME", "ME"), ("SR", "SM"), ("SM", "SM")]
    }
    made = await selections(
        {"AT+CPMS=?": ok('+CPMS: ("SM","ME","SR"),("SM","ME"),("SM")')}, memories, seconds=70
    )
    sweep = ['AT+CPMS="ME","ME","SM"', 'AT+CPMS="SR","SM","SM"', THREE]
    assert made == [THREE, *sweep, *sweep]


@virtual_time.story
async def test_a_memory_that_cannot_be_selected_does_not_keep_the_others_from_being_read() -> None:
    wire = ScriptedModem(PLAIN, {"AT+CPMS=?": ok('+CPMS: ("SM","ME"),("SM"),("SM")')})
    async with Modem("scripted", connect=wire.connect):
        await asyncio.sleep(190)
        assert wire.count("AT+CMGL=4") == 5  # the first look, one soon after it, then one a minute
        assert wire.count('AT+CPMS="ME","SM","SM"') == 1


@virtual_time.story
async def test_mt_is_read_only_where_it_is_all_there_is() -> None:
    """MT is SM and ME together."""
    assert await selections(
        {
            "AT+CPMS=?": ok('+CPMS: ("MT","SR"),("MT"),("MT")'),
            'AT+CPMS="MT","MT","MT"': COUNTS,
            'AT+CPMS="SR","MT","MT"': COUNTS,
        }
    ) == ['AT+CPMS="MT","MT","MT"', 'AT+CPMS="SR","MT","MT"', 'AT+CPMS="MT","MT","MT"']
    assert 'AT+CPMS="MT","SM","SM"' not in await selections(
        {
            "AT+CPMS=?": ok('+CPMS: ("MT","SM"),("SM"),("SM")'),
        }
    )


@pytest.mark.parametrize("answer", [ERROR, cms(302)])
@virtual_time.story
async def test_a_modem_without_memories_can_still_send(answer: bytes) -> None:
    wire = ScriptedModem(PLAIN, {"AT+CPMS=?": answer, "AT+CPMS?": answer, "AT+CMGL=4": answer})
    async with Modem("scripted", connect=wire.connect) as modem:
        await asyncio.sleep(100)
        await modem.sms.send("+436601234567", "x")


@virtual_time.story
async def test_a_slot_that_hangs_does_not_hide_those_behind_it() -> None:
    """The next look begins after it."""
    wire = ScriptedModem(
        PLAIN,
        {
            "AT+CMGL=4": ERROR,
            "AT+CPMS?": ok('+CPMS: "SM",2,10,"SM",2,10,"SM",2,10'),
            "AT+CMGR=*": ok(),
            "AT+CMGR=3": SILENCE,
            "AT+CMGR=5": ok(f"+CMGR: 0,,{len(OK_PDU) // 2 - 1}\r\n{OK_PDU}"),
        },
    )
    async with Modem("scripted", connect=wire.connect) as modem:
        async with asyncio.timeout(60):
            async for message in modem.events():
                if isinstance(message, ReceivedSms):  # before it the modem was looked at: it was silent
                    break
        assert message.slots == (StorageSlot(memory="SM", index=5),)


@virtual_time.story
async def test_after_silence_a_memory_is_selected_again_before_anything_is_deleted() -> None:
    """The modem may have restarted meanwhile, with another memory selected."""
    wire = ScriptedModem(
        PLAIN,
        {
            "AT+CMGL=4": [ok(f"+CMGL: 1,0,,{len(OK_PDU) // 2 - 1}\r\n{OK_PDU}"), ok()],
            "AT+CMGR=1": ok(f"+CMGR: 0,,{len(OK_PDU) // 2 - 1}\r\n{OK_PDU}"),
            "AT+CMGR=2": [SILENCE, ok()],
        },
    )
    async with Modem("scripted", connect=wire.connect) as modem:
        message = await anext(modem.events())
        assert isinstance(message, ReceivedSms)
        wire.say('+CMTI: "SM",2')
        await asyncio.sleep(24)
        wire.written.clear()
        await modem.inbox.accept(message)
        assert wire.written[-3:] == [THREE, "AT+CMGR=1", "AT+CMGD=1"]


@virtual_time.story
async def test_a_memory_that_cannot_be_selected_is_read_after_silence_too() -> None:
    """Nokia N79: one memory, and nothing to choose from."""
    wire = ScriptedModem(
        PLAIN,
        {
            "AT+CPMS=?": ok("+CPMS: (),(),()"),
            "AT+CPMS?": ok('+CPMS: "SM",0,10,"SM",0,10,"SM",0,10'),
            THREE: ERROR,
            "AT+CMGL=4": [SILENCE, ok(f"+CMGL: 1,0,,{len(OK_PDU) // 2 - 1}\r\n{OK_PDU}")],
        },
    )
    async with Modem("scripted", connect=wire.connect) as modem:
        async with asyncio.timeout(60):
            async for event in modem.events():
                if isinstance(event, ReceivedSms):
                    break
        assert event.slots == (StorageSlot(memory="SM", index=1),)


@pytest.mark.parametrize(("answer", "lists_again"), [(cms(314), True), (cms(303), False), (ERROR, False)])
@virtual_time.story
async def test_only_a_modem_that_does_not_know_lists_is_read_slot_by_slot(
    answer: bytes, *, lists_again: bool
) -> None:
    wire = ScriptedModem(PLAIN, {"AT+CMGL=4": answer, "AT+CMGR=*": ok()})
    async with Modem("scripted", connect=wire.connect):
        await asyncio.sleep(100)
        assert (wire.count("AT+CMGL=4") > 1) is lists_again
        assert any(line.startswith("AT+CMGR") for line in wire.written) is not lists_again


@virtual_time.story
async def test_a_list_longer_than_is_kept_is_taken_in_pieces() -> None:
    pdus = [
        OK_PDU.replace("62111221000000", f"62111221{n % 60 % 10}{n % 60 // 10}{n // 60 % 10}{n // 600}00")
        for n in range(1100)
    ]
    lines = [f"+CMGL: {n},0,,{len(pdu) // 2 - 1}\r\n{pdu}" for n, pdu in enumerate(pdus)]
    wire = ScriptedModem(PLAIN, {"AT+CMGL=4": [ok("\r\n".join(lines)), ok("\r\n".join(lines[1000:])), ok()]})
    async with Modem("scripted", connect=wire.connect) as modem:
        events = modem.events()
        seen = set()
        async with asyncio.timeout(60):
            while len(seen) < 1100:
                event = await anext(events)
                if isinstance(event, ReceivedSms):
                    seen.add(event.slots)
