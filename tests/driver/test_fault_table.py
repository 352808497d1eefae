"""The table of faults: a hundred messages, each fault struck as often as it says, none lost, none doubled.

The caller tries again what was refused and settles what is in doubt by delivery reports. Sends take 2 s, as
with a real network; all times are virtual.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from gsm_driver import ErrorClass, ModemSupervisor, SendPhase, SmsService
from gsm_driver.answer_times import PROBE_AFTER
from gsm_driver.simulator import (
    PROFILES,
    Fault,
    FaultPlan,
    LoopScheduler,
    Moment,
    NetworkConditions,
    SimulatedNetwork,
    Simulator,
    Unplug,
    register_simulator,
)
from gsm_driver.simulator.faults import (
    announcement_lost,
    deaf_at_submit,
    final_lost,
    garbage_in_answer,
    prompt_form,
    prompt_lost,
    submit_error,
)
from tests import virtual_time
from tests.driver.careful_caller import DOUBT_PATIENCE, CarefulCaller

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBER = "+436601234567"
MESSAGES = 100
SUBMIT_LATENCY = 2.0
REPORT_LATENCY = 15.0  # seconds: a phone that is on answers in 5 to 30
FAMILIES = ("generic", "sim800", "ec25", "huawei")

every_family = pytest.mark.parametrize("family", FAMILIES)


def simulated(family: str, *faults: Fault) -> Simulator:
    scheduler = LoopScheduler()
    network = SimulatedNetwork(
        scheduler, conditions=NetworkConditions(submit_latency=SUBMIT_LATENCY, report_latency=REPORT_LATENCY)
    )
    network.add_phone(NUMBER)
    simulator = Simulator(
        scheduler, name="m", network=network, profile=PROFILES[family], faults=FaultPlan(faults)
    )
    return register_simulator(simulator)


def texts() -> list[str]:
    return [f"message {number}" for number in range(MESSAGES)]


async def send_all(family: str, *faults: Fault) -> tuple[CarefulCaller, float]:
    """Send a hundred; each arrived once. The caller's notes, and seconds more than without faults."""
    simulator = simulated(family, *faults)
    async with CarefulCaller(ModemSupervisor("simulator://m")) as caller:
        started = asyncio.get_running_loop().time()
        for text in texts():
            await caller.send(SmsService.plan(NUMBER, text))
        took = asyncio.get_running_loop().time() - started
        await asyncio.sleep(130)
    assert simulator.network.phone(NUMBER).texts == texts()
    assert simulator.network.counters.accepted == MESSAGES
    return caller, took - MESSAGES * SUBMIT_LATENCY


@every_family
@virtual_time.story
async def test_prompt_lost(family: str) -> None:
    """All together cost less than 5 s, and the caller hears of none."""
    caller, extra = await send_all(family, prompt_lost(every=10))
    assert caller.rejections == []
    assert caller.unknowns == []
    assert extra < 5.0


@pytest.mark.parametrize("prompt", [b"\r\n>", b"\r\n>\r\n"])
@every_family
@virtual_time.story
async def test_prompt_without_the_blank(family: str, prompt: bytes) -> None:
    caller, extra = await send_all(family, prompt_form(prompt, every=10))
    assert (caller.rejections, caller.unknowns) == ([], [])
    assert extra == 0


@every_family
@virtual_time.story
async def test_final_result_lost(family: str) -> None:
    """Told unknown, each once; settled by its report, at the latest when that comes; none twice."""
    caller, extra = await send_all(family, final_lost(every=10))
    assert len(caller.unknowns) == MESSAGES // 10
    assert {err.error_class for err in caller.unknowns} == {ErrorClass.UNKNOWN}
    assert len(caller.settled) == MESSAGES // 10
    assert caller.rejections == []
    assert extra < MESSAGES // 10 * PROBE_AFTER


@every_family
@virtual_time.story
async def test_cms_500_not_sent(family: str) -> None:
    """The outcome with its class at once; the caller's next try brings it."""
    caller, _ = await send_all(family, submit_error(500, every=10))
    assert len(caller.rejections) == 11
    assert caller.settled == []
    assert {err.error_class for err in caller.rejections} == {ErrorClass.DEVICE}
    assert caller.longest_send <= SUBMIT_LATENCY
    assert caller.unknowns == []


@every_family
@virtual_time.story
async def test_cms_500_though_sent(family: str) -> None:
    """The refusal says that it is not certain; the report settles it, and nothing is sent twice."""
    caller, _ = await send_all(family, submit_error(500, sent=True, every=10))
    assert len(caller.rejections) == MESSAGES // 10
    assert not any(err.is_certain for err in caller.rejections)
    assert len(caller.settled) == MESSAGES // 10


@every_family
@virtual_time.story
async def test_garbage_in_an_answer(family: str) -> None:
    caller, extra = await send_all(family, garbage_in_answer(every=10))
    assert (caller.rejections, caller.unknowns) == ([], [])
    assert extra == 0


@pytest.mark.parametrize("sent", [False, True], ids=["PDU not sent", "PDU sent"])
@every_family
@virtual_time.story
async def test_deaf_and_silent_for_5_s(family: str, *, sent: bool) -> None:
    """The report, after 15 s, tells what was sent; what was not is told unknown after 20."""
    caller, extra = await send_all(family, deaf_at_submit(5, sent=sent, every=20))
    assert len(caller.unknowns) == 5
    assert len(caller.settled) == (5 if sent else 0)
    assert caller.rejections == []
    assert caller.longest_send < PROBE_AFTER + 1
    assert extra <= 5 * (PROBE_AFTER + (0 if sent else DOUBT_PATIENCE))


@pytest.mark.parametrize("sent", [False, True], ids=["PDU not sent", "PDU sent"])
@every_family
@virtual_time.story
async def test_unplugged_for_3_s_while_sending(family: str, *, sent: bool) -> None:
    """Once, at the 40th. Within 10 s of its return the driver has it again, if it boots that fast."""
    fault = Fault(moment=Moment.SUBMIT, effect=Unplug(seconds=3, sent=sent), at=(40,))
    caller, extra = await send_all(family, fault)
    assert [err.phase for err in caller.unknowns] == [SendPhase.SUBMITTED]
    boot = PROFILES[family].sim_ready_after
    assert extra < 3 + 10 + boot + (60 if sent else 200) + 5  # the wait for its report, which comes or not


# --- Receiving ---


async def receive_all(
    family: str, *faults: Fault, is_burst: bool = False
) -> tuple[CarefulCaller, Sequence[float]]:
    """A hundred from a phone; all came once, and the modem is empty. When each was handed on."""
    simulator = simulated(family, *faults)
    async with CarefulCaller(ModemSupervisor("simulator://m")) as caller:
        loop = asyncio.get_running_loop()
        delays = []
        for text in texts():
            simulator.network.deliver_sms(NUMBER, text)
            if not is_burst:
                sent = loop.time()
                await caller.until(lambda text=text: text in caller.texts)
                delays.append(loop.time() - sent)
        await asyncio.sleep(3600 if is_burst else 130)
        assert caller.missing == 0
        assert caller.texts == Counter(texts())
        assert sum(memory.used for memory in simulator.modem.storages.values()) == 0
        assert simulator.network.waiting == 0
    return caller, delays


@every_family
@virtual_time.story
async def test_every_tenth_announcement_lost(family: str) -> None:
    """All within one sweep."""
    _, delays = await receive_all(family, announcement_lost(every=10))
    assert max(delays) <= 61
    assert sum(delay > 1 for delay in delays) == MESSAGES // 10


@every_family
@virtual_time.story
async def test_unplugged_for_3_s_while_receiving(family: str) -> None:
    fault = Fault(moment=Moment.ANNOUNCE, effect=Unplug(seconds=3), command="+CMTI", at=(40,))
    await receive_all(family, fault)


@virtual_time.story
async def test_ten_slots_filled_by_a_burst() -> None:
    """SIM800 has ten: what finds no room waits at the network; a warning comes before the memory is full."""
    caller, _ = await receive_all("sim800", is_burst=True)
    assert max(warning.used for warning in caller.warnings) == 10
    assert caller.warnings[0].used >= 8
