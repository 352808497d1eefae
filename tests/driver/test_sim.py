"""The PIN is tried once, the PUK never, and each refusal is told in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    CmeError,
    Modem,
    PinAttempts,
    PinRejectedError,
    PinRequiredError,
    PukRequiredError,
    SimError,
)
from gsm_driver.at.responses import SimState
from gsm_driver.families import PROFILES as FAMILIES
from gsm_driver.simulator import LoopScheduler, SimCard, Simulator, register_simulator
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, cme, ok, scripted

if TYPE_CHECKING:
    from gsm_driver import ModemProfile

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
    with pytest.raises(PinRequiredError, match="only one PIN try left"):
        await Modem("simulator://m", pin="1234").open()
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


@virtual_time.story
async def test_a_pin_whose_answer_was_lost_is_not_tried_again() -> None:
    _modem, wire = scripted({"AT+CPIN?": LOCKED, "AT+CPIN=*": b""}, pin="1234")
    attempts = PinAttempts()
    for _ in range(2):
        with pytest.raises(Exception, match=r"AT\+CPIN|refused before"):
            await Modem("scripted", connect=wire.connect, pin="1234", pin_attempts=attempts).open()
    assert wire.count('AT+CPIN="1234"') == 1


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
        (cme(14), "does not become ready"),
        (ok("+CPIN: NOT READY"), "does not become ready"),
    ],
)
@virtual_time.story
async def test_what_a_person_must_know_is_told(answer: bytes, words: str) -> None:
    modem, _ = scripted({"AT+CPIN?": answer})
    with pytest.raises(SimError, match=words):
        await modem.open()


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
