"""Voice calls: by literal bytes where a dialect matters, by the simulated network where time does."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from gsm_driver import (
    Call,
    CallInProgressError,
    CallOutcome,
    CallState,
    CmeError,
    CommandError,
    IncomingCall,
    LinkLostError,
    Modem,
    ModemProfile,
    ModemTimeoutError,
    ReceivedSms,
    UsageError,
)
from gsm_driver.call_watch import AFTERMATH
from gsm_driver.inbox import CALL_PATIENCE, SWEEP_INTERVAL
from gsm_driver.simulator import (
    PROFILES,
    CallBehaviour,
    CallManner,
    LoopScheduler,
    NetworkConditions,
    SimulatedPhone,
    Simulator,
    SimulatorProfile,
    register_simulator,
)
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, SILENCE, ScriptedModem, cme, ok, scripted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.driver.scripted_modem import Table

NUMBER = "+436601234567"
DIALLED = f"ATD{NUMBER};"

# What calls need beyond PLAIN. The list is empty: a call that nobody announces is over after two looks.
CALLS: Table = {
    "AT+CLIP=1": ok(),
    "AT+CTZR=1": ok(),
    "ATD*": ok(),
    "ATA": ok(),
    "AT+CHUP": ok(),
    "AT+CLCC": ok(),
    "AT+CEER": ok("+CEER: No cause information available"),
    "AT+VTS=*": ok(),
}


def clcc(status: int, *, index: int = 1, direction: int = 0) -> bytes:
    return ok(f'+CLCC: {index},{direction},{status},0,0,"{NUMBER}",145')


def elapsed() -> float:
    return asyncio.get_running_loop().time() - virtual_time.START


async def until(moment: float) -> None:
    await asyncio.sleep(virtual_time.START + moment - asyncio.get_running_loop().time())


def simulated(
    profile: SimulatorProfile | str = "generic", **conditions: Any
) -> tuple[Simulator, SimulatedPhone]:
    """A network with one phone, and a modem that has booted."""
    chosen = PROFILES[profile] if isinstance(profile, str) else profile
    simulator = Simulator(LoopScheduler(), name="calls", profile=chosen)
    simulator.network.conditions = NetworkConditions(**conditions)
    register_simulator(simulator)
    return simulator, simulator.network.add_phone(NUMBER)


async def first_caller(modem: Modem) -> str:
    async for event in modem.events():
        if isinstance(event, IncomingCall):
            return event.caller
    raise AssertionError("nobody called")


# --- How a call ends, by what the modem says ---

ENDS: Sequence[tuple[str, tuple[str, ...], CallOutcome]] = [
    ("busy", ("BUSY",), CallOutcome.BUSY),
    ("no answer", ("NO ANSWER",), CallOutcome.NO_ANSWER),
    ("no carrier", ("NO CARRIER",), CallOutcome.NO_CARRIER),
    ("no dial tone", ("NO DIALTONE",), CallOutcome.FAILED),
    ("huawei rejected", ("^ORIG:1,0", "^CONF:1", "^CEND:1,0,104,21", "NO CARRIER"), CallOutcome.REJECTED),
    ("huawei cause after the end", ("^ORIG:1,0", "NO CARRIER", "^CEND:1,0,104,17"), CallOutcome.BUSY),
    ("huawei answered", ("^ORIG:1,0", "^CONF:1", "^CONN:1,0", "^CEND:1,9,104,16"), CallOutcome.ANSWERED),
    ("zte busy", ("RINGBACK", "VOICE NO CARRIER : 17"), CallOutcome.BUSY),
    (
        "quectel answered",
        ("^DSCI: 3,0,7,0,0660,129", "^DSCI: 3,0,3,0,0660,129", "NO CARRIER"),
        CallOutcome.ANSWERED,
    ),
    ("u-blox answered", ("+UCALLSTAT: 1,3", "+UCALLSTAT: 1,7", "+UCALLSTAT: 1,6"), CallOutcome.ANSWERED),
    ("telit busy", ("#ECAM: 0,1,1,,,", "#ECAM: 0,7,1,,,"), CallOutcome.BUSY),
    ("sim7600 answered", ("+CLCC: 3,0,0,0,0", "VOICE CALL: END: 000004"), CallOutcome.ANSWERED),
    (
        "a7672 rang only",
        ("+CLCC: 1,0,3,0,0", "VOICE CALL: BEGIN", "VOICE CALL:END:000000"),
        CallOutcome.NO_CARRIER,
    ),
    ("sim900 answered", ("MO RING", "MO CONNECTED", "NO CARRIER"), CallOutcome.ANSWERED),
]


@pytest.mark.parametrize(("lines", "outcome"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
@virtual_time.story
async def test_the_end_in_every_dialect(lines: tuple[str, ...], outcome: CallOutcome) -> None:
    modem, wire = scripted(CALLS)
    async with modem:
        call = await modem.calls.dial(NUMBER)
        wire.say(*lines)
        assert await call.ended() is outcome
        assert await call.answered() is (outcome is CallOutcome.ANSWERED)
        assert call.state is CallState.ENDED
        assert modem.calls.current is None
        assert elapsed() < 1
        assert wire.count("AT+CLCC") == 0  # all of it was told


@pytest.mark.parametrize(
    ("final", "outcome"),
    [
        ("BUSY", CallOutcome.BUSY),
        ("NO CARRIER", CallOutcome.NO_CARRIER),
        ("NO ANSWER", CallOutcome.NO_ANSWER),
    ],
)
@virtual_time.story
async def test_the_answer_to_the_dialling_may_be_the_end(final: str, outcome: CallOutcome) -> None:
    """ofono-phonesim, number 155."""
    modem, _ = scripted(CALLS, {"ATD*": f"\r\n{final}\r\n".encode()})
    async with modem:
        call = await modem.calls.dial(NUMBER)
        assert await call.ended() is outcome


@virtual_time.story
async def test_connect_is_an_answer() -> None:
    modem, wire = scripted(CALLS, {"ATD*": b"\r\nCONNECT\r\n"})
    async with modem:
        call = await modem.calls.dial(NUMBER)
        assert await call.answered()
        wire.say("NO CARRIER")
        assert await call.ended() is CallOutcome.ANSWERED


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (ok('+CEER: "17 User busy"'), CallOutcome.BUSY),
        (ok("+CEER: Call rejected"), CallOutcome.REJECTED),
        (ok("+CEER: 0,0,5,16,normal call clearing"), CallOutcome.NO_CARRIER),
        (ok(), CallOutcome.NO_CARRIER),
        (ERROR, CallOutcome.NO_CARRIER),
        (SILENCE, CallOutcome.NO_CARRIER),
    ],
)
@virtual_time.story
async def test_a_modem_that_says_no_carrier_to_everything_is_asked_why(
    answer: bytes, outcome: CallOutcome
) -> None:
    modem, wire = scripted(CALLS, {"AT+CEER": answer})
    async with modem:
        call = await modem.calls.dial(NUMBER)
        wire.say("NO CARRIER")
        assert await call.ended() is outcome
        assert wire.count("AT+CEER") == 1


# --- A modem that announces nothing ---


@virtual_time.story
async def test_a_silent_modem_is_asked_and_its_call_need_not_be_the_first() -> None:
    """The index of +CLCC is not always 1 (quirks 5.12); a data call is not ours."""
    data = "+CLCC: 1,0,0,1,0"
    listed = [ok(data, f'+CLCC: 2,0,{status},0,0,"{NUMBER}",145') for status in (2, 3, 0, 0)]
    modem, wire = scripted(CALLS, {"AT+CLCC": [*listed, ok(data)]})
    async with modem:
        call = await modem.calls.dial(NUMBER)
        assert call.state is CallState.DIALLING
        assert await call.answered()
        assert elapsed() == 6
        assert await call.ended() is CallOutcome.ANSWERED
        assert wire.count("AT+CLCC") == 5
        assert elapsed() == 26  # in a call it is asked every 10 s


@virtual_time.story
async def test_a_call_that_vanishes_unseen_is_over() -> None:
    modem, wire = scripted(CALLS, {"AT+CLCC": [clcc(3), ok()]})
    async with modem:
        call = await modem.calls.dial(NUMBER)
        assert await call.ended() is CallOutcome.NO_CARRIER
        assert elapsed() == 4
        assert wire.count("AT+CEER") == 1


@virtual_time.story
async def test_a_call_that_never_appears_is_over() -> None:
    modem, _ = scripted(CALLS)
    async with modem:
        call = await modem.calls.dial(NUMBER)
        assert await call.ended() is CallOutcome.NO_CARRIER
        assert elapsed() == 4


@pytest.mark.parametrize("answer", [ERROR, ok("+CLCC: 1,x")])
@virtual_time.story
async def test_a_modem_without_a_list_rings_by_the_clock(answer: bytes) -> None:
    """10 s for setting up, 25 s of ringing; then it hangs up, and what it says must do."""
    modem, wire = scripted(CALLS, {"AT+CLCC": answer})
    async with modem:
        call = await modem.calls.dial(NUMBER)
        assert await call.ended() is CallOutcome.NO_ANSWER
        assert elapsed() == 36
        assert wire.count("AT+CLCC") == 2
        assert wire.count("AT+CHUP") == 1


@virtual_time.story
async def test_silence_within_a_call_is_looked_into() -> None:
    modem, wire = scripted(CALLS, {"AT+CLCC": [SILENCE, clcc(3), ok()]})
    async with modem:
        await asyncio.sleep(5)
        sweeps = wire.count("AT+CMGL=4")
        call = await modem.calls.dial(NUMBER)
        assert await call.ended() is CallOutcome.NO_CARRIER
        assert wire.count("AT+CMGL=4") > sweeps


# --- Hanging up ---


@virtual_time.story
async def test_it_rings_so_long_and_no_longer() -> None:
    simulator, phone = simulated()
    phone.on_call = CallBehaviour(manner=CallManner.IGNORE)
    async with Modem("simulator://calls") as modem:
        call = await modem.calls.dial(NUMBER, ring_for=12)
        assert await call.ended() is CallOutcome.NO_ANSWER
        (rung,) = phone.calls
        assert rung.ended_at == pytest.approx(rung.at + 12, abs=2.1)
        assert simulator.modem.voice.call is None


@pytest.mark.parametrize("family", PROFILES)
@virtual_time.story
async def test_every_family_tells_what_became_of_a_call(family: str) -> None:
    simulator, phone = simulated(family)
    await asyncio.sleep(20)  # it boots
    behaviours = {
        CallOutcome.ANSWERED: CallBehaviour(tones="1#", talks_for=5),
        CallOutcome.BUSY: CallBehaviour(manner=CallManner.BUSY),
        CallOutcome.REJECTED: CallBehaviour(manner=CallManner.REJECT),
        CallOutcome.NO_ANSWER: CallBehaviour(manner=CallManner.IGNORE),
    }
    async with Modem("simulator://calls") as modem:
        for outcome, phone.on_call in behaviours.items():
            call = await modem.calls.dial(NUMBER)
            tones = "".join([digit async for digit in call.tones()])
            assert await call.ended() is outcome
            if outcome is CallOutcome.ANSWERED and PROFILES[family].tone_urc:
                assert tones == "1#"
        simulator.network.conditions = NetworkConditions()
        call = await modem.calls.dial("+43999")  # nobody has this number
        assert await call.ended() is CallOutcome.FAILED
    assert len(phone.calls) == 3


@virtual_time.story
async def test_an_answered_call_is_ended_in_time() -> None:
    _, phone = simulated("ec25")
    await asyncio.sleep(20)
    async with Modem("simulator://calls") as modem:
        call = await modem.calls.dial(NUMBER, talk_for=30)
        assert await call.ended() is CallOutcome.ANSWERED
        record = phone.calls[0]
        assert record.answered_at is not None
        assert record.ended_at == pytest.approx(record.answered_at + 30, abs=0.1)


@virtual_time.story
async def test_hanging_up_before_the_answer() -> None:
    _, phone = simulated()
    async with Modem("simulator://calls") as modem:
        call = await modem.calls.dial(NUMBER)
        await asyncio.sleep(3)
        assert await call.hang_up() is CallOutcome.HUNG_UP
        assert await call.hang_up() is CallOutcome.HUNG_UP  # it has ended already
        assert phone.calls[0].answered_at is None
        await modem.calls.hang_up()  # nothing to do


HANG_UPS: Sequence[tuple[str, dict[str, Any], list[str]]] = [
    ("AT+CHUP works", {}, ["AT+CHUP"]),
    ("AT+CHUP is unknown", {"AT+CHUP": ERROR}, ["AT+CHUP", "AT+CVHU=0", "ATH"]),
    ("nothing is known", {"AT+CHUP": ERROR, "ATH": ERROR}, ["AT+CHUP", "AT+CVHU=0", "ATH"]),
]


@pytest.mark.parametrize(
    ("answers", "written"), [row[1:] for row in HANG_UPS], ids=[row[0] for row in HANG_UPS]
)
@virtual_time.story
async def test_at_chup_else_ath_and_never_at_chld(answers: dict[str, Any], written: list[str]) -> None:
    """AT+CHLD before ^CONF kills the device (chan_dongle)."""
    modem, wire = scripted(CALLS, {"ATH": ok(), "AT+CVHU=0": ok(), "AT+CLCC": [clcc(3), ok()]}, answers)
    async with modem:
        call = await modem.calls.dial(NUMBER)
        await asyncio.sleep(2.5)
        assert await call.hang_up() is CallOutcome.HUNG_UP
        ways = ("AT+CHUP", "AT+CVHU=0", "ATH")
        assert [line for line in wire.written if line in ways] == written
        assert not any(line.startswith("AT+CHLD") for line in wire.written)


@virtual_time.story
async def test_an_ok_that_hung_nothing_up_is_seen_through() -> None:
    """AT+CHUP says OK and the call goes on; the next try begins with ATH, as CVHU=0 lets it work."""
    modem, wire = scripted(CALLS, {"AT+CLCC": clcc(0), "AT+CVHU=0": ok()})
    wire.answers["ATH"] = lambda _: wire.answers.update({"AT+CLCC": ok()}) or ok()
    async with modem:
        call = await modem.calls.dial(NUMBER)
        assert await call.answered()
        assert await call.hang_up() is CallOutcome.ANSWERED
        assert elapsed() < 15
        tries = [line for line in wire.written if line in {"AT+CHUP", "ATH"}]
        assert tries == ["AT+CHUP", "ATH"]


@virtual_time.story
async def test_a_modem_that_does_not_let_go_is_told_of() -> None:
    """PavelVe: SIM800 could not be made to hang up. It is tried on, and the caller is not kept."""
    modem, wire = scripted(CALLS, {"AT+CLCC": clcc(0), "ATH": SILENCE, "AT+CVHU=0": ok()})
    async with modem:
        call = await modem.calls.dial(NUMBER)
        assert await call.answered()
        with pytest.raises(ModemTimeoutError, match=r"AT\+CHUP"):
            await call.hang_up()
        assert elapsed() == 32
        wire.say("NO CARRIER")
        assert await call.ended() is CallOutcome.ANSWERED


# --- Dialling ---


@pytest.mark.parametrize("number", ["", "+", "*100#", "*21*0660#", "0660;", "06 60", "1" * 21, "abc"])
@virtual_time.story
async def test_only_numbers_are_dialled(number: str) -> None:
    """A code like *21*…# would divert the calls of this SIM."""
    modem, wire = scripted(CALLS)
    async with modem:
        with pytest.raises(UsageError, match="number") as caught:
            await modem.calls.dial(number)
        assert not any(line.startswith("ATD") for line in wire.written)
        assert number not in str(caught.value) or len(number) < 2


@pytest.mark.parametrize(("answer", "error"), [(ERROR, CommandError), (cme(30), CmeError)])
@virtual_time.story
async def test_a_refusal_is_an_error_and_leaves_no_call(answer: bytes, error: type[CommandError]) -> None:
    modem, _ = scripted(CALLS, {"ATD*": [answer, ok()]})
    async with modem:
        with pytest.raises(error):
            await modem.calls.dial(NUMBER)
        assert modem.calls.current is None
        await modem.calls.dial(NUMBER)


@virtual_time.story
async def test_one_call_at_a_time() -> None:
    modem, wire = scripted(CALLS, {"ATD*": SILENCE})
    async with modem:
        dialling = asyncio.create_task(modem.calls.dial(NUMBER))
        await asyncio.sleep(0.5)
        with pytest.raises(CallInProgressError, match="about to be made"):
            await modem.calls.dial(NUMBER)
        await dialling
        with pytest.raises(CallInProgressError, match="going on"):
            await modem.calls.dial(NUMBER)
        assert wire.count(DIALLED) == 1


@virtual_time.story
async def test_what_the_last_call_left_behind_is_not_taken_for_the_next() -> None:
    """NO CARRIER comes up to a second after ^CEND."""
    modem, wire = scripted(CALLS, {"AT+CLCC": clcc(2)})
    async with modem:
        first = await modem.calls.dial(NUMBER)
        wire.say("^ORIG:1,0", "^CEND:1,0,104,17")
        assert await first.ended() is CallOutcome.BUSY
        asyncio.get_running_loop().call_later(0.7, wire.say, "NO CARRIER")
        second = await modem.calls.dial(NUMBER)
        assert elapsed() == 1
        await asyncio.sleep(5)
        assert second.state is CallState.DIALLING


@virtual_time.story
async def test_a_caller_who_comes_first_wins() -> None:
    modem, wire = scripted(CALLS)
    async with modem:
        first = await modem.calls.dial(NUMBER)
        wire.say("BUSY")
        await first.ended()
        modem.calls._watch.quiet_from += 0.5
        asyncio.get_running_loop().call_later(0.3, setattr, modem.calls._watch, "quiet_from", 0.0)
        asyncio.get_running_loop().call_later(0.4, wire.say, "RING")
        with pytest.raises(CallInProgressError):
            await modem.calls.dial(NUMBER)


@virtual_time.story
async def test_a_dialling_that_is_cancelled_is_hung_up() -> None:
    modem, wire = scripted(CALLS, {"ATD*": SILENCE})
    async with modem:
        dialling = asyncio.create_task(modem.calls.dial(NUMBER))
        await asyncio.sleep(0.5)
        dialling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialling
        await asyncio.sleep(20)
        assert wire.count("AT+CHUP") == 1
        assert modem.calls.current is None


@virtual_time.story
async def test_what_a_family_wants_before_its_first_call_is_said_once() -> None:
    """ZTE dials only after AT%ICSCALL=1,0 (quirks 5.12). It may be refused."""
    zte = {"AT+CGMI": ok("ZTE CORPORATION"), "AT+CGMM": ok("MF192")}
    modem, wire = scripted(CALLS, zte, {"ATD*": b"\r\nBUSY\r\n"})
    async with modem:
        for _ in range(2):
            await (await modem.calls.dial(NUMBER)).ended()
        calls = [line for line in wire.written if line.startswith(("AT%", "ATD"))]
        assert calls == ["AT%ICSCALL=1,0", DIALLED, DIALLED]


# --- Messages do not wait ---


@virtual_time.story
async def test_a_message_goes_out_while_it_rings_and_while_it_is_answered() -> None:
    simulator, phone = simulated()
    phone.on_call = CallBehaviour(after=6)
    async with Modem("simulator://calls") as modem:
        call = await modem.calls.dial(NUMBER)
        for _ in range(12):
            began = elapsed()
            await modem.sms.send(NUMBER, "Wasser im Keller")
            assert elapsed() - began < 1
            await asyncio.sleep(1)
        assert await call.answered()
        assert await call.hang_up() is CallOutcome.ANSWERED
    assert len(phone.inbox) == 12
    assert simulator.modem.voice.call is None


@virtual_time.story
async def test_a_modem_that_answers_the_dialling_only_at_the_end_keeps_nobody_waiting() -> None:
    """Siemens with AT^SM20=1: a second, and the line is free. A message then ends the dialling."""
    waiting = SimulatorProfile(name="waiting", dial_waits=True)
    _, phone = simulated(waiting)
    phone.on_call = CallBehaviour(after=20)
    async with Modem("simulator://calls") as modem:
        call = await modem.calls.dial(NUMBER)
        assert elapsed() == 1
        await asyncio.sleep(4)
        began = elapsed()
        await modem.sms.send(NUMBER, "Wasser im Keller")
        assert elapsed() - began < 5  # the first query is swallowed: V.250 lets a character abort ATD
        assert await call.ended() is CallOutcome.NO_CARRIER
    assert phone.texts == ["Wasser im Keller"]


@pytest.mark.parametrize(
    ("manner", "outcome"),
    [
        (CallManner.ANSWER, CallOutcome.ANSWERED),
        (CallManner.BUSY, CallOutcome.BUSY),
        (CallManner.REJECT, CallOutcome.REJECTED),
        (CallManner.IGNORE, CallOutcome.NO_ANSWER),
    ],
)
@virtual_time.story
async def test_such_a_modem_tells_the_end_all_the_same(manner: CallManner, outcome: CallOutcome) -> None:
    """Nothing is written while it keeps its answer: that would end the call."""
    waiting = SimulatorProfile(name="waiting", dial_waits=True)
    simulator, phone = simulated(waiting)
    phone.on_call = CallBehaviour(manner=manner, after=5, talks_for=8)
    async with Modem("simulator://calls") as modem:
        await asyncio.sleep(1)  # the inbox has looked
        call = await modem.calls.dial(NUMBER)
        assert await call.ended() is outcome
        assert simulator.modem.interpreter.ignored == 0


@virtual_time.story
async def test_reading_messages_lets_such_a_call_be() -> None:
    waiting = SimulatorProfile(name="waiting", dial_waits=True)
    simulator, phone = simulated(waiting)
    phone.on_call = CallBehaviour(manner=CallManner.ANSWER, after=5, talks_for=20)
    async with Modem("simulator://calls", sweep_interval=3) as modem:
        await asyncio.sleep(1)  # the inbox has looked
        call = await modem.calls.dial(NUMBER)
        simulator.network.deliver_sms(NUMBER, "OK 4711")
        assert await call.ended() is CallOutcome.ANSWERED
        assert simulator.modem.interpreter.ignored == 0
        async with asyncio.timeout(2):
            while not isinstance(event := await anext(modem.events()), ReceivedSms):
                pass
        assert event.text == "OK 4711"


@virtual_time.story
async def test_reading_messages_does_not_wait_for_ever_for_an_answer_that_was_lost() -> None:
    modem, wire = scripted(CALLS, {"ATD*": SILENCE})
    async with modem:
        await asyncio.sleep(1)
        await modem.calls.dial(NUMBER, ring_for=1000)
        looks = len(wire.written)
        await asyncio.sleep(CALL_PATIENCE - 5)
        assert len(wire.written) == looks
        await asyncio.sleep(SWEEP_INTERVAL + 10)
        assert len(wire.written) > looks


@virtual_time.story
async def test_a_flood_of_rings_does_not_starve_a_message() -> None:
    modem, wire = scripted(CALLS)
    async with modem:
        for _ in range(100):
            wire.say(*["RING", f'+CLIP: "{NUMBER}",145'] * 50)
            await asyncio.sleep(0)
        receipt = await modem.sms.send(NUMBER, "Wasser im Keller")
        assert receipt.message_references == (1,)
        assert elapsed() < 1
        assert await first_caller(modem) == NUMBER
        lines = wire.written[wire.written.index("AT+CTZR=1") :]
        assert not [line for line in lines if line.startswith(("ATA", "ATH", "AT+CH", "AT+CLCC"))]


# --- After a call ---


@virtual_time.story
async def test_after_each_call_the_inbox_looks_and_announcements_are_set_again() -> None:
    """E3372h forgets AT+CNMI with each call (PavelVe/home-assistant-addons#40)."""
    simulator, phone = simulated("huawei")
    await asyncio.sleep(20)
    phone.on_call = CallBehaviour(manner=CallManner.BUSY)
    async with Modem("simulator://calls", sweep_interval=3600) as modem:
        await asyncio.sleep(1)
        wanted = simulator.modem.settings.cnmi
        call = await modem.calls.dial(NUMBER)
        await call.ended()
        await asyncio.sleep(1)
        assert simulator.modem.settings.cnmi == wanted != (0, 0, 0, 0, 0)
        simulator.network.deliver_sms(NUMBER, "OK 4711")
        async with asyncio.timeout(5):
            async for event in modem.events():
                if hasattr(event, "text"):
                    assert event.text == "OK 4711"
                    break


@virtual_time.story
async def test_one_look_for_one_call() -> None:
    """Not one for each of ^CEND and NO CARRIER."""
    modem, wire = scripted(CALLS, sweep_interval=3600)
    async with modem:
        await asyncio.sleep(1)
        before = wire.count("AT+CMGL=4")
        call = await modem.calls.dial(NUMBER)
        wire.say("^ORIG:1,0", "^CEND:1,0,104,17")
        await call.ended()
        wire.say("NO CARRIER")
        await asyncio.sleep(30)
        assert wire.count("AT+CMGL=4") == before + 1


@virtual_time.story
async def test_the_end_of_a_call_that_nobody_announced_is_a_reason_to_look() -> None:
    modem, wire = scripted(CALLS, sweep_interval=3600)
    async with modem:
        await asyncio.sleep(1)
        before = wire.count("AT+CMGL=4")
        wire.say("MISSED_CALL: 10:01AM 0660")
        await asyncio.sleep(1)
        assert wire.count("AT+CMGL=4") == before + 1


# --- Somebody calls ---

CALLERS: Sequence[tuple[str, tuple[str, ...], str, float]] = [
    ("number", ("RING", f'+CLIP: "{NUMBER}",145,"",0'), NUMBER, 0),
    ("plus left to the type", ("RING", '+CLIP: "436601234567",145'), NUMBER, 0),
    ("national", ("RING", '+CLIP: "06601234567",129'), "06601234567", 0),
    ("withheld", ("RING", '+CLIP: "",128'), "", 0),
    ("caller before the ring", (f'+CLIP: "{NUMBER}",145', "RING"), NUMBER, 0),
    ("no caller at all", ("RING", "RING"), "", 6),
    ("extended", ("+CRING: VOICE", '+CLIP: "1234567",129,,,,0'), "1234567", 0),
    ("state only, u-blox", ("+UCALLSTAT: 1,4",), "", 6),
    ("state with number, SIMCom", (f'+CLCC: 1,1,4,0,0,"{NUMBER}",145',), NUMBER, 0),
    ("state with number, Ericsson", ('*ECAV: 1,5,0,,,"1234567",129',), "1234567", 0),
]


@pytest.mark.parametrize(
    ("lines", "caller", "after"), [row[1:] for row in CALLERS], ids=[row[0] for row in CALLERS]
)
@virtual_time.story
async def test_who_calls(lines: tuple[str, ...], caller: str, after: float) -> None:
    modem, wire = scripted(CALLS)
    async with modem:
        wire.say(*lines)
        assert await first_caller(modem) == caller
        assert elapsed() == after
        assert modem.calls.current is not None
        assert modem.calls.current.is_incoming
        assert modem.calls.current.state is CallState.INCOMING


@virtual_time.story
async def test_the_caller_may_be_known_at_the_second_ring() -> None:
    modem, wire = scripted(CALLS)
    async with modem:
        wire.say("RING")
        asyncio.get_running_loop().call_later(5, wire.say, "RING", f'+CLIP: "{NUMBER}",145')
        assert await first_caller(modem) == NUMBER


@virtual_time.story
async def test_a_call_is_announced_once_and_a_new_one_again() -> None:
    simulator, _ = simulated()
    callers: list[str] = []

    async def listen(modem: Modem) -> None:
        while True:
            callers.append(await first_caller(modem))

    async with Modem("simulator://calls") as modem:
        listening = asyncio.create_task(listen(modem))
        assert simulator.network.ring(NUMBER, give_up_after=20)
        await asyncio.sleep(40)
        assert callers == [NUMBER]
        assert modem.calls.current is None
        assert simulator.network.ring("+43111", hides_number=True)
        await asyncio.sleep(1)
        assert callers == [NUMBER, ""]
        assert not simulator.network.ring("+43222")  # it is busy
        listening.cancel()


@virtual_time.story
async def test_two_callers_after_each_other_who_hide_are_two() -> None:
    modem, wire = scripted(CALLS)
    async with modem:
        wire.say("RING")
        asyncio.get_running_loop().call_later(1, wire.say, "NO CARRIER")
        asyncio.get_running_loop().call_later(3, wire.say, "RING", f'+CLIP: "{NUMBER}",145')
        assert await first_caller(modem) == ""
        assert elapsed() == 3
        assert await first_caller(modem) == NUMBER


@virtual_time.story
async def test_a_late_ring_is_of_the_call_that_has_ended() -> None:
    modem, wire = scripted(CALLS)
    async with modem:
        wire.say("RING", f'+CLIP: "{NUMBER}",145')
        assert await first_caller(modem) == NUMBER
        wire.say("NO CARRIER")
        await asyncio.sleep(0.5)
        wire.say("RING", f'+CLIP: "{NUMBER}",145')
        await asyncio.sleep(0.5)
        assert modem.calls.current is None


@virtual_time.story
async def test_a_caller_who_gives_up_silently_is_missed_in_time() -> None:
    modem, wire = scripted(CALLS, {"AT+CLCC": [clcc(4, direction=1), ok()]})
    async with modem:
        wire.say("RING")
        await asyncio.sleep(1)
        call = modem.calls.current
        assert call is not None
        assert await call.ended() is CallOutcome.NO_ANSWER
        assert elapsed() == 20
        with pytest.raises(UsageError, match="nobody rings"):
            await modem.calls.reject()


@virtual_time.story
async def test_answering_talking_and_tones() -> None:
    simulator, phone = simulated("sim7600")
    await asyncio.sleep(20)
    phone.on_call = CallBehaviour(tones="42")
    async with Modem("simulator://calls") as modem:
        simulator.network.ring(NUMBER)
        assert await first_caller(modem) == NUMBER
        call = await modem.calls.answer(talk_for=10)
        assert await call.answered()
        await asyncio.sleep(3)
        await call.send_tones("1#")
        assert phone.calls[0].tones == "1#"
        assert [digit async for digit in call.tones()] == ["4", "2"]
        assert await call.ended() is CallOutcome.ANSWERED
        assert not phone.calls[0].is_incoming


@virtual_time.story
async def test_rejecting() -> None:
    simulator, phone = simulated()
    async with Modem("simulator://calls") as modem:
        simulator.network.ring(NUMBER)
        await first_caller(modem)
        call = modem.calls.current
        assert call is not None
        await modem.calls.reject()
        assert await call.ended() is CallOutcome.REJECTED
        assert phone.calls[0].answered_at is None
        assert phone.calls[0].ended_at is not None


@virtual_time.story
async def test_hanging_up_a_call_that_rings_rejects_it() -> None:
    simulator, _ = simulated()
    async with Modem("simulator://calls") as modem:
        simulator.network.ring(NUMBER)
        await first_caller(modem)
        call = modem.calls.current
        assert call is not None
        await modem.calls.hang_up()
        assert await call.ended() is CallOutcome.REJECTED


@virtual_time.story
async def test_answering_a_caller_who_has_gone() -> None:
    modem, wire = scripted(CALLS, {"ATA": b"\r\nNO CARRIER\r\n"})
    async with modem:
        wire.say("RING", f'+CLIP: "{NUMBER}",145')
        await first_caller(modem)
        call = modem.calls.current
        assert call is not None
        with pytest.raises(CommandError):
            await modem.calls.answer()
        assert await call.ended() is CallOutcome.NO_ANSWER
        with pytest.raises(UsageError, match="nobody rings"):
            await modem.calls.answer()


@virtual_time.story
async def test_answering_may_be_refused_while_it_rings_on() -> None:
    modem, wire = scripted(CALLS, {"ATA": [ERROR, ok()]})
    async with modem:
        wire.say("RING")
        await asyncio.sleep(1)
        with pytest.raises(CommandError):
            await modem.calls.answer()
        call = await modem.calls.answer()
        assert call.state is CallState.ACTIVE


@virtual_time.story
async def test_a_modem_that_keeps_its_answer_to_the_answering_tells_by_its_list() -> None:
    modem, wire = scripted(CALLS, {"ATA": SILENCE, "AT+CLCC": clcc(0, direction=1)})
    async with modem:
        wire.say("RING")
        await asyncio.sleep(1)
        call = await modem.calls.answer()
        assert elapsed() == 2
        wire.send(ok())
        assert await call.answered()


@virtual_time.story
async def test_a_second_caller_is_told_once() -> None:
    modem, wire = scripted(CALLS, {"AT+CLCC": clcc(0)})
    async with modem:
        call = await modem.calls.dial(NUMBER)
        assert await call.answered()
        for _ in range(3):
            wire.say('+CCWA: "436609999999",145,1', "RING")
        await asyncio.sleep(1)
        assert await first_caller(modem) == "+436609999999"
        assert call.state is CallState.ACTIVE
        wire.say("NO CARRIER")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await first_caller(modem)


# --- Tones ---


@pytest.mark.parametrize("tones", ["", "E", "1 2", "a", "1;"])
@virtual_time.story
async def test_other_characters_are_no_tones(tones: str) -> None:
    modem, _ = scripted(CALLS)
    async with modem:
        call = await modem.calls.dial(NUMBER)
        with pytest.raises(UsageError, match="tones"):
            await call.send_tones(tones)


@virtual_time.story
async def test_tones_are_sent_one_by_one_in_the_familys_way() -> None:
    huawei = ModemProfile(name="huawei", tone_command="AT^DTMF={index},{digit}")
    modem, wire = scripted(CALLS, {"AT^DTMF=*": ok()}, profile=huawei)
    async with modem:
        call = await modem.calls.dial(NUMBER)
        await call.send_tones("1")
        wire.say("^ORIG:3,0", "^CONN:3,0")
        assert await call.answered()
        await call.send_tones("2#")
        sent = [line for line in wire.written if line.startswith("AT^DTMF")]
        assert sent == ["AT^DTMF=1,1", "AT^DTMF=3,2", "AT^DTMF=3,#"]


@virtual_time.story
async def test_received_tones_are_kept_until_they_are_read() -> None:
    modem, wire = scripted(CALLS)
    async with modem:
        wire.say("+DTMF: 7", '+COLP: "0660",129')  # of no call
        await asyncio.sleep(0.1)
        call = await modem.calls.dial(NUMBER)
        wire.say("^CONN:1,0", "+DTMF: 1", "+QTONEDET: 50", "#DTMFEV: 3,1", "#DTMFEV: 3,0", "^DDTMF: *")
        heard = []
        async for digit in call.tones():
            heard.append(digit)
            if digit == "*":
                wire.say("+RXDTMF: #", "NO CARRIER")
        assert heard == ["1", "2", "3", "*", "#"]


# --- The line goes away ---


@virtual_time.story
async def test_a_lost_line_is_told_to_whoever_waits() -> None:
    modem, wire = scripted(CALLS, {"AT+CLCC": clcc(3)})
    async with modem:
        call = await modem.calls.dial(NUMBER)
        asyncio.get_running_loop().call_later(3, wire.unplug)
        for waiting in (call.answered, call.ended, call.hang_up):
            with pytest.raises(LinkLostError, match="unplugged"):
                await waiting()
        assert [digit async for digit in call.tones()] == []
        with pytest.raises(LinkLostError):
            await modem.calls.dial(NUMBER) if modem.calls.current is None else await call.send_tones("1")


@virtual_time.story
async def test_a_lost_line_while_it_is_asked_why_tells_the_end() -> None:
    modem, wire = scripted(CALLS)
    wire.answers["AT+CEER"] = lambda _: wire.unplug() or b""
    async with modem:
        call = await modem.calls.dial(NUMBER)
        wire.say("NO CARRIER")
        assert await call.ended() is CallOutcome.NO_CARRIER
        with pytest.raises(LinkLostError):
            await modem.calls.dial(NUMBER)


@virtual_time.story
async def test_closing_hangs_up() -> None:
    """A call that nobody can end costs money."""
    simulator, phone = simulated()
    async with Modem("simulator://calls") as modem:
        call: Call = await modem.calls.dial(NUMBER)
        assert await call.answered()
    assert simulator.modem.voice.call is None
    assert phone.calls[0].ended_at is not None


@virtual_time.story
async def test_closing_lets_a_caller_ring_on() -> None:
    simulator, _ = simulated()
    async with Modem("simulator://calls") as modem:
        simulator.modem.settings.clip = 0
        simulator.network.ring(NUMBER)
        await asyncio.sleep(1)
        assert modem.calls.current is not None
    assert simulator.modem.voice.call is not None


@virtual_time.story
async def test_closing_does_not_wait_for_a_modem_that_is_silent() -> None:
    modem, wire = scripted(CALLS, {"AT+CLCC": clcc(0), "AT+CHUP": SILENCE})
    async with modem:
        call = await modem.calls.dial(NUMBER)
        assert await call.answered()
        began = elapsed()
    assert elapsed() - began == 2
    assert wire.count("AT+CHUP") == 1


@virtual_time.story
async def test_nothing_is_dialled_on_a_line_that_cannot_be_cleaned() -> None:
    """An older command is unanswered, and the modem has gone silent: ATD was never written."""
    wire = ScriptedModem()
    modem, wire = scripted(CALLS)
    async with modem:
        await asyncio.sleep(1)
        wire.answers = {"AT*": SILENCE}
        with pytest.raises(ModemTimeoutError):
            await modem.network.signal()
        with pytest.raises(ModemTimeoutError):
            await modem.calls.dial(NUMBER)
        assert modem.calls.current is None
        assert wire.count(DIALLED) == 0


@virtual_time.story
async def test_a_call_that_was_refused_leaves_nothing_behind() -> None:
    """Neither a callback on the line, nor somebody who waits for its end."""
    modem, wire = scripted(CALLS)

    def refuse(_: str) -> bytes:
        asyncio.get_running_loop().call_later(0.5, wire.send, ERROR)
        return SILENCE

    wire.answers["ATD*"] = refuse
    async with modem:
        seen = []
        for _ in range(5):
            dialling = asyncio.create_task(modem.calls.dial(NUMBER))
            await asyncio.sleep(AFTERMATH + 0.25 if seen else 0.25)
            seen.append(weakref.ref(modem.calls.current))
            ended = asyncio.create_task(modem.calls.current.ended())
            with pytest.raises(CommandError):
                await dialling
            assert await ended is CallOutcome.FAILED
            del dialling, ended
        gc.collect()
        assert [ref() for ref in seen] == [None] * 5
    assert wire.count(DIALLED) == 5


@virtual_time.story
async def test_a_call_that_is_over_is_let_go() -> None:
    modem, _ = scripted(CALLS)
    async with modem:
        call = await modem.calls.dial(NUMBER)
        await call.ended()
        gone = weakref.ref(call)
        del call
        await asyncio.sleep(60)
        gc.collect()
        assert gone() is None


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0])
@virtual_time.story
async def test_how_long_to_ring_and_to_talk_are_seconds(*, seconds: float) -> None:
    modem, wire = scripted(CALLS)
    async with modem:
        with pytest.raises(UsageError, match="ring_for"):
            await modem.calls.dial(NUMBER, ring_for=seconds)
        with pytest.raises(UsageError, match="talk_for"):
            await modem.calls.dial(NUMBER, talk_for=seconds)
        wire.say("RING")
        await asyncio.sleep(1)
        with pytest.raises(UsageError, match="talk_for"):
            await modem.calls.answer(talk_for=seconds)
    assert wire.count(DIALLED) == wire.count("ATA") == 0


@virtual_time.story
async def test_a_refusal_after_the_end_of_a_call_ends_nothing() -> None:
    """The modem says that the call ended, and why, and only then answers ATD."""
    modem, wire = scripted(CALLS, {"ATD*": SILENCE})
    async with modem:
        dialling = asyncio.create_task(modem.calls.dial(NUMBER))
        await asyncio.sleep(0.25)
        ended = asyncio.create_task(modem.calls.current.ended())
        wire.say("^CEND:1,0,104,17")
        await asyncio.sleep(0.25)
        wire.send(ERROR)
        with pytest.raises(CommandError):
            await dialling
        assert await ended is CallOutcome.BUSY
        assert modem.calls.current is None
