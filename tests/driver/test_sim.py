"""The PIN is tried once, the PUK never, and each refusal is told in words."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    CmeError,
    Modem,
    ModemFault,
    ModemTimeoutError,
    PinAttempts,
    PinRejectedError,
    PinRequiredError,
    PukRequiredError,
    Sim,
    SimError,
    SimNotReadyError,
    UsageError,
)
from gsm_driver.at.responses import SimState
from gsm_driver.families import PROFILES as FAMILIES
from gsm_driver.faults import fault_of
from gsm_driver.profile import GENERIC
from gsm_driver.simulator import LoopScheduler, SimCard, Simulator, register_simulator
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, PLAIN, SILENCE, ScriptedModem, cme, cms, ok, scripted

if TYPE_CHECKING:
    from gsm_driver import ModemProfile
    from tests.driver.scripted_modem import Answer

LOCKED = ok("+CPIN: SIM PIN")
READY = ok("+CPIN: READY")


def simulated(card: SimCard) -> Simulator:
    return register_simulator(Simulator(LoopScheduler(), name="m", sim=card))


@virtual_time.story
async def test_the_right_pin_opens_the_sim() -> None:
    simulated(SimCard(pin="1234"))
    async with Modem("simulator://m", pin="1234") as modem:
        status = await modem.sim.status()
        assert (status.state, status.pin_tries, status.puk_tries) == (SimState.READY, 3, 10)
        assert await modem.sim.iccid() == "8943010000000000017"


@virtual_time.story
async def test_a_sim_without_pin_request_is_not_bothered() -> None:
    modem, wire = scripted(pin="1234")
    async with modem:
        assert not any("CPIN=" in line for line in wire.written)


@virtual_time.story
async def test_a_pin_that_is_asked_for_and_not_given() -> None:
    simulated(SimCard(pin="1234"))
    with pytest.raises(PinRequiredError, match="asks for its PIN"):
        await Modem("simulator://m").open()


@virtual_time.story
async def test_a_wrong_pin_costs_one_try_ever() -> None:
    simulator = simulated(SimCard(pin="1234"))
    attempts = PinAttempts()
    with pytest.raises(PinRejectedError, match="not tried again"):
        await Modem("simulator://m", pin="9999", pin_attempts=attempts).open()
    assert simulator.modem.sim.pin_tries == 2
    for _ in range(3):
        with pytest.raises(PinRequiredError, match="refused before"):
            await Modem("simulator://m", pin="9999", pin_attempts=attempts).open()
    assert simulator.modem.sim.pin_tries == 2
    async with Modem("simulator://m", pin="1234", pin_attempts=attempts):
        assert simulator.modem.sim.pin_tries == 3


@virtual_time.story
async def test_the_last_try_is_left_to_a_person() -> None:
    card = SimCard(pin="1234")
    card.pin_tries = 1
    simulated(card)
    with pytest.raises(PinRequiredError, match="only one PIN try left") as caught:
        await Modem("simulator://m", pin="1234").open()
    assert caught.value.is_last_try
    assert card.pin_tries == 1


@virtual_time.story
async def test_the_right_pin_is_entered_again_after_each_restart_of_the_modem() -> None:
    simulator = simulated(SimCard(pin="1234"))
    attempts = PinAttempts()
    for _ in range(4):
        async with Modem("simulator://m", pin="1234", pin_attempts=attempts):
            pass
        simulator.unplug()
        simulator.plug_in()
    assert simulator.modem.sim.pin_tries == 3


@virtual_time.story
async def test_another_sim_gets_its_own_try() -> None:
    _modem, wire = scripted(
        {"AT+CPIN?": LOCKED, "AT+CCID": [ok("+CCID: 1"), ok("+CCID: 2")], "AT+CPIN=*": cme(16)}, pin="1234"
    )
    attempts = PinAttempts()
    for _ in range(3):
        with pytest.raises(SimError):
            await Modem("scripted", connect=wire.connect, pin="1234", pin_attempts=attempts).open()
    assert wire.count('AT+CPIN="1234"') == 2


def tries(left: int) -> bytes:
    return ok(f"+CPINR: SIM PIN,{left},3")


@pytest.mark.parametrize(
    ("counter", "entered"),
    [
        (ERROR, 1),  # nobody knows how many are left: a person must
        ([tries(3), tries(2)], 1),  # it was wrong
        (tries(3), 2),  # it never got there: once more, but a counter may lie
        ([tries(2), tries(3)], 2),  # the right one was entered in a phone meanwhile
        ([tries(3), ERROR], 1),
    ],
)
@virtual_time.story
async def test_a_pin_whose_answer_was_lost_is_entered_again_if_no_try_is_gone(
    *, counter: Answer, entered: int
) -> None:
    wire = ScriptedModem(PLAIN, {"AT+CPIN?": LOCKED, "AT+CPIN=*": SILENCE, "AT+CPINR": counter})
    attempts = PinAttempts()

    async def life() -> None:
        await Modem("scripted", connect=wire.connect, pin="1234", pin_attempts=attempts).open()

    for _ in range(entered):
        with pytest.raises(ModemTimeoutError, match=r"AT\+CPIN"):
            await life()
    for _ in range(3):
        with pytest.raises(PinRequiredError, match="was lost"):
            await life()
    assert wire.count('AT+CPIN="1234"') == entered


@virtual_time.story
async def test_a_pin_whose_answer_was_lost_once_opens_the_sim_in_the_next_life_and_ever_after() -> None:
    attempts = PinAttempts()
    for _ in range(3):  # the power fails again and again while it is entered, and it is right
        for answer in (SILENCE, ok()):
            states = [LOCKED, LOCKED, READY]
            wire = ScriptedModem(PLAIN, {"AT+CPIN?": states, "AT+CPIN=*": answer, "AT+CPINR": tries(3)})
            modem = Modem("scripted", connect=wire.connect, pin="1234", pin_attempts=attempts)
            with contextlib.suppress(ModemTimeoutError):
                await modem.open()
            assert wire.count('AT+CPIN="1234"') == 1
            await modem.close()


@pytest.mark.parametrize(
    ("refusal", "counter", "error"),
    [
        (cme(14), tries(3), SimNotReadyError),  # busy: the PIN was not looked at
        (cme(14), [tries(3), tries(2)], PinRejectedError),
        (cme(14), [tries(3), ERROR], PinRejectedError),
        (cme(14), ERROR, PinRejectedError),
        (cme(16), tries(3), PinRejectedError),  # incorrect password
        (ERROR, tries(3), SimNotReadyError),
    ],
)
@virtual_time.story
async def test_a_refusal_that_cost_no_try_is_no_verdict(
    *, refusal: bytes, counter: Answer, error: type[Exception]
) -> None:
    attempts = PinAttempts()
    answers = {"AT+CPIN?": LOCKED, "AT+CPIN=*": refusal, "AT+CPINR": counter}
    modem, _ = scripted(answers, pin="1234", pin_attempts=attempts)
    with pytest.raises(error):
        await modem.open()
    assert attempts.is_lost("", "1234") is (error is SimNotReadyError)


@virtual_time.story
async def test_a_pin_whose_answer_nobody_waits_for_is_no_refused_one() -> None:
    wire = ScriptedModem(PLAIN, {"AT+CPIN?": LOCKED, "AT+CPIN=*": SILENCE, "AT+CPINR": tries(3)})
    attempts = PinAttempts()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10):
            await Modem("scripted", connect=wire.connect, pin="1234", pin_attempts=attempts).open()
    assert attempts.is_lost("", "1234")


@virtual_time.story
async def test_a_sim_that_dies_of_its_pin_is_told() -> None:
    states = [LOCKED, LOCKED, cme(262)]
    modem, _ = scripted({"AT+CPIN?": states, "AT+CPIN=*": cme(13)}, pin="1234")
    with pytest.raises(SimError, match="blocked for good"):
        await modem.open()


@virtual_time.story
async def test_a_locked_sim_is_left_to_a_person() -> None:
    card = SimCard(pin="1234")
    card.pin_tries = 0
    simulated(card)
    with pytest.raises(PukRequiredError, match="PUK"):
        await Modem("simulator://m", pin="1234").open()
    assert card.puk_tries == 10


@virtual_time.story
async def test_a_pin_that_locks_the_sim_says_so() -> None:
    modem, _ = scripted(
        {"AT+CPIN?": [LOCKED, LOCKED, ok("+CPIN: SIM PUK")], "AT+CPIN=*": cme(12)}, pin="1234"
    )
    with pytest.raises(PukRequiredError):
        await modem.open()


@virtual_time.story
async def test_a_right_pin_that_is_answered_with_an_error_counts() -> None:
    modem, wire = scripted({"AT+CPIN?": [LOCKED, LOCKED, READY], "AT+CPIN=*": cme(3)}, pin="1234")
    async with modem:
        assert wire.count('AT+CPIN="1234"') == 1


@virtual_time.story
async def test_a_modem_that_seems_locked_while_it_starts_is_asked_twice() -> None:
    """RM520N-class (openwrt#24260)."""
    modem, wire = scripted({"AT+CPIN?": [LOCKED, READY]}, pin="1234")
    async with modem:
        assert not any("CPIN=" in line for line in wire.written)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (cme(10), "no SIM"),
        (ok("+CPIN: NOT INSERTED"), "no SIM"),
        (ok("+CPIN: PH-NET PIN"), "locked to another"),
        (ok("+CPIN: BLOCKED"), "blocked for good"),
        (ok("+CPIN: SIM PUK BLOCKED"), "blocked for good"),
        (ok("+CPIN: NOT READY"), "does not become ready"),
        (ok("+CPIN: SIM ERROR"), "does not become ready"),
        (ok(), "does not become ready"),
        *((cme(code), "locked to another") for code in (5, 6, 7, 40, 41, 42, 43, 44, 45, 46, 47)),
        (cme(11), "asks for its PIN"),
        (cme(12), "locked after wrong PINs"),
        (cme(262), "blocked for good"),
        (b"\r\n+CME ERROR: SIM blocked\r\n", "blocked for good"),
        (b"\r\n+CME ERROR: SIM interface not started\r\n", "does not become ready"),
        *((cme(code), "does not become ready") for code in (3, 13, 14, 15, 16, 515, 770, 772)),
        (cms(310), "no SIM"),
        (cms(311), "asks for its PIN"),
        (cms(312), "locked to another"),
        (cms(316), "locked after wrong PINs"),
        *((cms(code), "does not become ready") for code in (302, 313, 314, 315)),
    ],
)
@virtual_time.story
async def test_what_a_person_must_know_is_told(*, answer: bytes, words: str) -> None:
    """It is the SIM: no modem is restarted for it, or loses its power."""
    modem, _ = scripted({"AT+CPIN?": answer})
    with pytest.raises(SimError, match=words) as caught:
        await modem.open()
    assert fault_of(caught.value) in {ModemFault.SIM_LOCKED, ModemFault.SIM_NOT_READY}


@pytest.mark.parametrize("state", [cme(17), cme(18), cms(317), cms(318)])
@virtual_time.story
async def test_a_second_pin_that_is_asked_for_does_not_matter(state: bytes) -> None:
    modem, _ = scripted({"AT+CPIN?": state})
    async with modem:
        pass


@pytest.mark.parametrize(
    "pin",
    ["", "123", "123456789", "12a4", "\uff11\uff12\uff13\uff14", '1234";x', "12\r34", " 1234", "1234\n"],
)
@virtual_time.story
async def test_what_is_no_pin_opens_nothing(pin: str) -> None:
    modem, wire = scripted({"AT+CPIN?": LOCKED}, pin=pin)
    with pytest.raises(UsageError, match="4 to 8 digits"):
        await modem.open()
    assert wire.written == []
    assert not wire.is_open
    link = await wire.connect()
    with pytest.raises(UsageError):
        await Sim(link, GENERIC).unlock(pin, PinAttempts())
    await link.close()
    assert wire.written == []


@pytest.mark.parametrize("pin", ["1234", "12345678"])
@virtual_time.story
async def test_a_pin_of_four_to_eight_digits_is_entered(pin: str) -> None:
    simulated(SimCard(pin=pin))
    async with Modem("simulator://m", pin=pin):
        pass


@pytest.mark.parametrize("answer", [ok("+CPIN: SIM PIN2"), ok("+CPIN: SIM PUK2"), b"\r\n+CPIN: READY\r\n"])
@virtual_time.story
async def test_what_does_not_matter_is_passed_over(answer: bytes) -> None:
    """PIN2 guards nothing used here; Wavecom and Sierra SL8084T send no OK."""
    modem, _ = scripted({"AT+CPIN?": answer})
    async with modem:
        pass


@virtual_time.story
async def test_a_sim_that_is_busy_is_waited_for() -> None:
    """About 10 s after power-on (python-gsmmodem#10)."""
    modem, wire = scripted(
        {
            "AT+CPIN?": [cme(14)] * 8 + [READY],
            "AT+CSCA?": [b"\r\n+CMS ERROR: 314\r\n"] * 5 + [ok('+CSCA: "+43664000501",145')],
        }
    )
    async with modem:
        assert modem.sms.has_service_centre
        assert wire.count("AT+CPIN?") == 9


@virtual_time.story
async def test_a_modem_that_hides_the_numbers_is_believed_nothing() -> None:
    modem, _ = scripted({"AT+CPINR": ERROR, "AT+CCID": ERROR})
    async with modem:
        status = await modem.sim.status()
        assert (status.pin_tries, status.puk_tries) == (None, None)
        assert await modem.sim.iccid() == ""


@pytest.mark.parametrize(
    ("family", "question", "answer"),
    [
        ("simcom-2g", "AT+SPIC", "+SPIC: 1,10,0,10"),
        ("quectel", 'AT+QPINC="SC"', '+QPINC: "SC",1,10'),
        ("huawei", "AT^CPIN?", "^CPIN: SIM PIN,1,10,1,10,3"),
    ],
)
@virtual_time.story
async def test_each_family_is_asked_for_its_tries_in_its_own_words(
    family: str, question: str, answer: str
) -> None:
    profile: ModemProfile = next(entry for entry in FAMILIES if entry.name == family)
    modem, wire = scripted({"AT+CPIN?": LOCKED, question: ok(answer)}, pin="1234", profile=profile)
    with pytest.raises(PinRequiredError, match="one PIN try"):
        await modem.open()
    assert not any("CPIN=" in line for line in wire.written)


@virtual_time.story
async def test_a_modem_that_knows_no_pin_question_is_used() -> None:
    modem, _ = scripted({"AT+CPIN?": ERROR})
    async with modem:
        pass


@virtual_time.story
async def test_an_error_that_nobody_expects_is_told() -> None:
    modem, _ = scripted({"AT+CPIN?": cme(100)})
    with pytest.raises(CmeError, match="100"):
        await modem.open()


class Kept(PinAttempts):
    """Notes what it is told, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def spend(self, iccid: str, pin: str) -> None:
        super().spend(iccid, pin)
        self.told.append("spend")

    def accepted(self, iccid: str, pin: str) -> None:
        super().accepted(iccid, pin)
        self.told.append("accepted")

    def refused(self, iccid: str, pin: str) -> None:
        super().refused(iccid, pin)
        self.told.append("refused")

    async def save(self) -> None:
        await super().save()
        self.told.append("save")


@pytest.mark.parametrize(("pin", "verdict"), [("1234", "accepted"), ("0000", "refused")])
@virtual_time.story
async def test_who_keeps_pins_longer_may_save_before_and_after_each_try(pin: str, verdict: str) -> None:
    simulated(SimCard(pin="1234"))
    kept = Kept()
    with contextlib.suppress(PinRejectedError):
        async with Modem("simulator://m", pin=pin, pin_attempts=kept):
            pass
    assert kept.told == ["spend", "save", verdict, "save"]


@virtual_time.story
async def test_a_pin_that_cannot_be_kept_is_not_entered() -> None:
    class Full(PinAttempts):
        async def save(self) -> None:
            raise SimError("no room")

    card = SimCard(pin="1234")
    simulated(card)
    with pytest.raises(SimError, match="no room"):
        await Modem("simulator://m", pin="0000", pin_attempts=Full()).open()
    assert card.pin_tries == 3
