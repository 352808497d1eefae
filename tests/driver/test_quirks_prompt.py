"""Quirks of the send prompt, and of what comes after the PDU (quirks 5.2)."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    LateAcceptance,
    LinkLostError,
    Modem,
    ModemProfile,
    SegmentProgress,
    SendPhase,
    SendRejectedError,
    SendUnknownError,
    Submissions,
    UnknownUrc,
)
from gsm_driver.answer_times import PROBE_AFTER, REPORTED_PROBE_AFTER, UNKNOWN_AFTER
from gsm_driver.at import commands
from gsm_driver.at.commands import SUBMIT_TIMEOUT
from gsm_driver.patience import START
from tests import virtual_time
from tests.driver.scripted_modem import PLAIN, PROMPT, SILENCE, ScriptedModem, cms, ok, scripted
from tests.driver.wire import ScriptedWire

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.driver.scripted_modem import Table

NUMBER = "+436601234567"
LONGER_THAN_NORMAL = 5.0  # seconds that a lost prompt may cost


def now() -> float:
    return asyncio.get_running_loop().time()


# --- Its forms ---


@pytest.mark.parametrize(
    "prompt",
    [
        b"\r\n> ",  # 3GPP TS 27.005 clause 3.5.1
        b"\r\n>",
        b"\r\n>  \t",  # ModemManager takes any blanks
        b"\r\n>\r\n",  # SIM7670G (gammu#1176)
        b">",
        b"\r\n> \r\nOK\r\n",  # Sierra MC7455 while its GPS runs (Sierra forum 9324)
        b"\r\nSMS DONE\r\n\r\n> ",  # SIM800
        b"\r\nSMS Ready\r\n\r\n> ",
    ],
)
@virtual_time.story
async def test_a_message_goes_at_once_whatever_the_prompt_looks_like(prompt: bytes) -> None:
    wire = PromptingModem(PLAIN, {"AT+CMGS=*": prompt})
    async with Modem("scripted", connect=wire.connect) as modem:
        before = now()
        assert (await modem.sms.send(NUMBER, "x")).message_references == (1,)
        assert now() == before


class PromptingModem(ScriptedModem):
    """Waits for a PDU after AT+CMGS, whatever it answers."""

    def _take(self, text: str, end: str) -> None:
        super()._take(text, end)
        if end == "\r" and text.startswith("AT+CMGS"):
            self._is_at_prompt = True


@virtual_time.story
async def test_prompt_and_ok_and_no_reference_leave_it_unknown() -> None:
    """MC7455: the message goes out, and +CMGS never comes."""
    wire = PromptingModem(PLAIN, {"AT+CMGS=*": b"\r\n> \r\nOK\r\n", "Ctrl-Z": SILENCE})
    async with Modem("scripted", connect=wire.connect) as modem:
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "x")
        assert len(wire.pdus) == 1


@virtual_time.story
async def test_a_port_that_freezes_after_ctrl_z_is_given_up() -> None:
    """MC7455 with a SIM that may not send: only power helps. Told unknown, and the modem is ended."""
    modem, wire = scripted()

    def freeze(_pdu: str) -> bytes:
        wire.answers = {"AT*": SILENCE}
        return SILENCE

    wire.answers["Ctrl-Z"] = freeze
    async with modem:
        before = now()
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "x")
        async with asyncio.timeout(SUBMIT_TIMEOUT):
            assert "does not answer" in await modem.wait_lost()
        assert now() - before >= SUBMIT_TIMEOUT  # the network may need as long: silence says nothing before


# --- When it does not come ---


@pytest.mark.parametrize("escape_answer", [ok(), b""], ids=["ESC is answered", "ESC is not answered"])
@virtual_time.story
async def test_a_lost_prompt_costs_less_than_five_seconds(escape_answer: bytes) -> None:
    """Before it nothing was sent: ESC, a clean line, and once more. The caller learns of one sending only."""
    wire = LosingModem(PLAIN)
    wire.escape_answer = escape_answer
    told = []

    async def progress(step: SegmentProgress) -> None:
        told.append(step.phase)

    async with Modem("scripted", connect=wire.connect) as modem:
        await asyncio.sleep(1)
        before = now()
        receipt = await modem.sms.submit(modem.sms.plan(NUMBER, "x"), progress=progress)
        assert now() - before < LONGER_THAN_NORMAL
    assert receipt.message_references == (1,)
    assert len(wire.pdus) == 1
    assert told == [SendPhase.SUBMITTED, SendPhase.ACCEPTED]


class LosingModem(PromptingModem):
    """Its first prompt is lost on the way."""

    escape_answer = b""

    def __init__(self, *tables: Table) -> None:
        super().__init__(*tables, {"AT+CMGS=*": [SILENCE, PROMPT]})

    def _take(self, text: str, end: str) -> None:
        super()._take(text, end)
        if end == "\x1b":
            self.send(self.escape_answer)


@virtual_time.story
async def test_a_prompt_that_never_comes_is_told_after_the_second_try() -> None:
    modem, wire = scripted({"AT+CMGS=*": SILENCE})
    async with modem:
        await asyncio.sleep(1)
        before = now()
        with pytest.raises(SendRejectedError) as caught:
            await modem.sms.send(NUMBER, "x")
        assert caught.value.phase is SendPhase.BEFORE_PROMPT
        assert now() - before < 20
    assert sum(line.startswith("AT+CMGS") for line in wire.written) == 2
    assert wire.pdus == []


def later(seconds: float, wire: Callable[[], ScriptedModem], answer: bytes) -> Callable[[str], bytes]:
    """An answer that takes its time."""

    def answer_later(_text: str) -> bytes:
        asyncio.get_running_loop().call_later(seconds, wire().send, answer)
        return SILENCE

    return answer_later


@virtual_time.story
async def test_a_modem_whose_prompt_is_slow_gets_its_time() -> None:
    """The second wait is the long one."""
    wire = PromptingModem(PLAIN, {"AT+CMGS=*": later(START + 3, lambda: wire, PROMPT)})
    async with Modem("scripted", connect=wire.connect) as modem:
        await asyncio.sleep(1)
        assert (await modem.sms.send(NUMBER, "x")).message_references == (1,)


@virtual_time.story
async def test_a_prompt_is_left_with_escape_and_never_with_ctrl_z() -> None:
    """Ctrl-Z on half a PDU may send rubbish."""
    wire = PromptingModem(PLAIN)

    async def refuse(_step: SegmentProgress) -> None:
        raise OSError("the journal is full")

    async with Modem("scripted", connect=wire.connect) as modem:
        with pytest.raises(OSError, match="journal"):
            await modem.sms.submit(modem.sms.plan(NUMBER, "x"), progress=refuse)
        assert wire.pdus == []
        await modem.sms.send(NUMBER, "y")
        assert len(wire.pdus) == 1


@virtual_time.story
async def test_nobody_closes_the_prompt_of_another_command() -> None:
    """The modem may be looked at while a message waits for its journal: no ESC may go out then."""
    pdu = "00" * 20
    wire = ScriptedWire((b"AT+CMGS=19\r", b"\r\n> "), (pdu.encode() + b"\x1a", ok("+CMGS: 17")))

    async def look_meanwhile() -> None:
        wire.link.leave_prompt()

    response = await wire.link.submit(commands.send_message(19, pdu), before_payload=look_meanwhile)
    assert response.values("+CMGS") == ("17",)
    wire.finish()


# --- After the PDU ---


class BusyModem(ScriptedModem):
    """While it works on a message it takes no command, or takes it afterwards."""

    def __init__(self, seconds: float, *, keeps_commands: bool) -> None:
        super().__init__(PLAIN, {"Ctrl-Z": SILENCE})
        self._seconds = seconds
        self._keeps_commands = keeps_commands
        self._kept: list[str] | None = None  # None: it is idle

    def _take(self, text: str, end: str) -> None:
        if self._kept is not None:
            self._kept.append(text)
            return
        super()._take(text, end)
        if end == "\x1a":
            self._kept = []
            asyncio.get_running_loop().call_later(self._seconds, self._finish)

    def _finish(self) -> None:
        kept, self._kept = self._kept, None
        self.send(ok(f"+CMGS: {16 + len(self.pdus)}"))
        for text in kept if kept and self._keeps_commands else ():
            self._take(text, "\r")


@pytest.mark.parametrize("keeps_commands", [False, True])
@pytest.mark.parametrize("seconds", [28, 42, UNKNOWN_AFTER - 1])
@virtual_time.story
async def test_a_network_may_take_its_time(seconds: float, *, keeps_commands: bool) -> None:
    """Its timers end 28 s after the transmission and 42 s after the channel was set up; 35 s is too short."""
    wire = BusyModem(seconds, keeps_commands=keeps_commands)
    async with Modem("scripted", connect=wire.connect) as modem:
        for reference in (17, 18):
            assert (await modem.sms.send(NUMBER, "x")).message_references == (reference,)


@virtual_time.story
async def test_a_modem_that_answers_at_while_it_sends_is_asked_once() -> None:
    """No such firmware is known. It is told unknown and settled when +CMGS comes; then the driver knows."""
    modem, wire = scripted({"Ctrl-Z": later(PROBE_AFTER + 5, lambda: wire, ok("+CMGS: 17"))})
    async with modem:
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "x")
        async with asyncio.timeout(10):
            async for event in modem.events():
                if isinstance(event, LateAcceptance):
                    break
        assert event == LateAcceptance(recipient=NUMBER, segment=0, message_reference=17)
        assert (await modem.sms.send(NUMBER, "y")).message_references == (17,)


@pytest.mark.parametrize("seconds", [61, 62.5, 90, 179])
@virtual_time.story
async def test_an_acceptance_that_comes_too_late_settles_the_doubt(seconds: float) -> None:
    """ModemManager waits for 180 s and more. Here the line is free after 60 s, and the rest is an event."""
    profile = ModemProfile(name="x", probe_after=math.inf)
    modem, wire = scripted({"Ctrl-Z": later(seconds, lambda: wire, ok("+CMGS: 17"))}, profile=profile)
    async with modem:
        with pytest.raises(SendUnknownError) as caught:
            await modem.sms.send(NUMBER, "x" * 161)
        assert caught.value.segment == 0
        async with asyncio.timeout(130):
            async for event in modem.events():
                if isinstance(event, LateAcceptance):
                    break
        assert event == LateAcceptance(recipient=NUMBER, segment=0, message_reference=17)
        assert NUMBER not in repr(event)


@virtual_time.story
async def test_a_late_answer_without_a_doubt_is_nothing() -> None:
    modem, wire = scripted()
    async with modem:
        await modem.sms.send(NUMBER, "x")
        wire.say("+CMGS: 17", "+CMGS: no number", "+NEVERSEEN: 1")
        assert not isinstance(await anext(modem.events()), LateAcceptance)


@virtual_time.story
async def test_a_second_late_answer_settles_nothing() -> None:
    modem, wire = scripted({"Ctrl-Z": [SILENCE, ok("+CMGS: 2")]})
    async with modem:
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "x")
        wire.say("+CMGS: 17", "+CMGS: 17", "+NEVERSEEN: 1")
        await asyncio.sleep(1)
        seen = []
        async for event in modem.events():
            seen.append(event)
            if "NEVERSEEN" in getattr(event, "line", ""):
                break
        assert sum(isinstance(event, LateAcceptance) for event in seen) == 1


@virtual_time.story
async def test_after_the_next_acceptance_an_older_one_is_not_believed() -> None:
    modem, wire = scripted({"Ctrl-Z": [SILENCE, ok("+CMGS: 2")]})
    async with modem:
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "x")
        await modem.sms.send(NUMBER, "y")
        wire.say("+CMGS: 17", "+NEVERSEEN: 1")
        async for event in modem.events():
            assert not isinstance(event, LateAcceptance)
            if "NEVERSEEN" in getattr(event, "line", ""):
                break


# --- What a delivery report tells of it ---


def cds(reference: int, number: str = "466310325476") -> bytes:
    """SMS-STATUS-REPORT: delivered."""
    hex_pdu = f"0006{reference:02X}0C91{number}" + "62111221000000" * 2 + "00"
    return f"\r\n+CDS: {len(hex_pdu) // 2 - 1}\r\n{hex_pdu}\r\n".encode()


TO_NUMBER = "346610325476"  # +436601234567 in semi-octets


async def late_acceptances(modem: Modem) -> list[int]:
    """The TP-MRs of those told until now."""
    modem._events.offer(END)
    found: list[int] = []
    async for event in modem.events():
        if event is END:
            return found
        found += [event.message_reference] if isinstance(event, LateAcceptance) else []
    raise AssertionError


END = UnknownUrc(line="the end")


@virtual_time.story
async def test_a_report_ends_the_wait_for_an_answer_that_was_lost() -> None:
    modem, wire = scripted({"Ctrl-Z": later(5, lambda: wire, cds(17, TO_NUMBER))})
    async with modem:
        before = now()
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "x")
        assert now() - before == 5 + REPORTED_PROBE_AFTER
        assert await late_acceptances(modem) == [17]
        wire.say("+CMGS: 17")
        await asyncio.sleep(1)
        assert await late_acceptances(modem) == []


@virtual_time.story
async def test_the_report_of_another_message_ends_no_wait() -> None:
    modem, wire = scripted({"Ctrl-Z": [ok("+CMGS: 16"), SILENCE]})
    async with modem:
        await modem.sms.send(NUMBER, "x")
        before = now()
        for seconds, report in ((3, cds(16, TO_NUMBER)), (4, cds(17))):  # an older one, another recipient
            asyncio.get_running_loop().call_later(seconds, wire.send, report)
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "y")
        assert now() - before == PROBE_AFTER
        assert await late_acceptances(modem) == []


@virtual_time.story
async def test_the_announcement_of_a_report_ends_the_wait_where_no_other_is_due() -> None:
    """It can be read when the line is free only: the question whether it is comes at once."""
    stored = cds(17, TO_NUMBER).split()[2].decode()
    modem, wire = scripted({"Ctrl-Z": later(5, lambda: wire, b'\r\n+CDSI: "SM",3\r\n')})
    wire.answers["AT+CMGR=3"] = f"\r\n+CMGR: 0,,{len(stored) // 2 - 1}\r\n{stored}\r\n\r\nOK\r\n".encode()
    async with modem:
        before = now()
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "x")
        assert now() - before == 5 + REPORTED_PROBE_AFTER
        await asyncio.sleep(1)
        assert await late_acceptances(modem) == [17]


@pytest.mark.parametrize("notice", [b'\r\n+CDSI: "SM",3\r\n', b"\r\n+CDS: 25\r\nnonsense\r\n"])
@virtual_time.story
async def test_an_announcement_that_may_be_of_another_ends_no_wait(notice: bytes) -> None:
    modem, wire = scripted({"Ctrl-Z": [ok("+CMGS: 16"), SILENCE]})
    async with modem:
        await modem.sms.send(NUMBER, "x")
        before = now()
        asyncio.get_running_loop().call_later(3, wire.send, notice)
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "y")
        assert now() - before == PROBE_AFTER


@virtual_time.story
async def test_a_report_settles_a_refusal_that_is_not_certain() -> None:
    """+CMS ERROR: 500 of a message that was sent: told at once, and what is true when it is known."""
    modem, wire = scripted({"Ctrl-Z": cms(500)})
    async with modem:
        with pytest.raises(SendRejectedError) as caught:
            await modem.sms.send(NUMBER, "x")
        assert not caught.value.is_certain
        await asyncio.sleep(30)
        wire.send(cds(17, TO_NUMBER))
        await asyncio.sleep(1)
        assert await late_acceptances(modem) == [17]


@virtual_time.story
async def test_a_report_settles_what_an_earlier_life_left_in_doubt() -> None:
    submissions = Submissions()
    modem, wire = scripted({"Ctrl-Z": SILENCE}, submissions=submissions)
    async with modem:
        asyncio.get_running_loop().call_later(1, wire.unplug)
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "x")
    modem, wire = scripted(submissions=submissions)
    async with modem:
        wire.send(cds(17, TO_NUMBER))
        await asyncio.sleep(1)
        assert await late_acceptances(modem) == [17]


# --- Around it ---


class EscapableModem(ScriptedModem):
    """Says OK when a prompt is left."""

    def _take(self, text: str, end: str) -> None:
        was_at_prompt = self._is_at_prompt
        super()._take(text, end)
        if end == "\x1b" and was_at_prompt:
            self.send(ok())


@virtual_time.story
async def test_a_prompt_after_an_acknowledgement_is_left() -> None:
    """SIM800C answers AT+CNMA with a prompt (chan_quectel at_response.c:1778)."""
    report = "000607" + "0C91346610325476" + "62111221000000" * 2 + "00"
    profile = ModemProfile(name="x", message_service=1)
    wire = EscapableModem(PLAIN, {"AT+CSMS=1": ok("+CSMS: 1,1,1"), "AT+CNMA": PROMPT})
    async with Modem("scripted", connect=wire.connect, profile=profile) as modem:
        wire.send(f"\r\n+CDS: 25\r\n{report}\r\n".encode())
        await asyncio.sleep(1)
        assert wire.count("AT+CNMA") == 1
        before = now()
        await modem.sms.send(NUMBER, "x")
        assert now() == before
        assert len(wire.pdus) == 1


@virtual_time.story
async def test_sms_ready_comes_long_after_the_modem_answers() -> None:
    """SIM800: Call Ready and SMS Ready before it is usable; until then CMS 314."""
    modem, wire = scripted(
        {
            "AT": [b"\r\nCall Ready\r\n\r\nOK\r\n", ok()],
            "AT+CSCA?": [cms(314)] * 4 + [ok('+CSCA: "+43664000501",145')],
        }
    )
    async with modem:
        wire.say("SMS Ready")
        await modem.sms.send(NUMBER, "x")
        assert modem.sms.has_service_centre


@virtual_time.story
async def test_a_line_that_is_lost_at_the_prompt_sent_nothing() -> None:
    modem, wire = scripted()

    async def unplug(_step: SegmentProgress) -> None:
        wire.unplug()
        await asyncio.sleep(1)

    async with modem:
        with pytest.raises(SendRejectedError) as caught:
            await modem.sms.submit(modem.sms.plan(NUMBER, "x"), progress=unplug)
        assert isinstance(caught.value.__cause__, LinkLostError)
        assert caught.value.phase is SendPhase.AFTER_PROMPT
        assert wire.pdus == []
