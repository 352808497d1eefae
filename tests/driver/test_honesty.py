"""Whatever goes wrong on the line: what the driver says of a message is what happened to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

import pytest

from gsm_driver import (
    DeliveryReport,
    LinkError,
    ModemSupervisor,
    ReceivedSms,
    SendRejectedError,
    SendUnknownError,
    SupervisorState,
)
from gsm_driver.simulator import (
    PROFILES,
    Delay,
    Fault,
    FaultPlan,
    LoopScheduler,
    Lose,
    Moment,
    NetworkConditions,
    Reboot,
    Silence,
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
    prompt_then_ok,
    submit_error,
    urc_in_answer,
)
from tests import virtual_time

NUMBER = "+436601234567"
MESSAGES = 12
EVERY = 4  # each fourth occurrence is struck

SEND_FAULTS = {
    "prompt lost": [prompt_lost(every=EVERY)],
    "prompt late": [Fault(moment=Moment.PROMPT, effect=Delay(seconds=15), every=EVERY)],
    "prompt without the blank": [prompt_form(b"\r\n>", every=EVERY)],
    "prompt with line end": [prompt_form(b"\r\n>\r\n", every=EVERY)],
    "prompt and OK at once": list(prompt_then_ok(every=EVERY)),
    "command lost": [Fault(moment=Moment.COMMAND, effect=Lose(), command="+CMGS", every=EVERY)],
    "Ctrl-Z lost": [Fault(moment=Moment.SUBMIT, effect=Lose(), every=EVERY)],
    "final lost": [final_lost(every=EVERY)],
    "final late": [Fault(moment=Moment.ANSWER, effect=Delay(seconds=70), command="+CMGS", every=EVERY)],
    "CMS 38": [submit_error(38, every=EVERY)],
    "CMS 500": [submit_error(500, every=EVERY)],
    "CMS 500, though sent": [submit_error(500, sent=True, every=EVERY)],
    "CMS 332": [submit_error(332, every=EVERY)],
    "CMS 332, though sent": [submit_error(332, sent=True, every=EVERY)],
    "garbage": [garbage_in_answer(every=EVERY)],
    "announcement inside": [urc_in_answer('+CMTI: "SM",19', offset=2, every=EVERY)],
    "deaf for 5 s, not sent": [deaf_at_submit(5, sent=False, every=EVERY)],
    "deaf for 5 s, sent": [deaf_at_submit(5, sent=True, every=EVERY)],
    "frozen for 10 min": [
        Fault(moment=Moment.COMMAND, effect=Silence(seconds=600), command="+CMGS", at=(5,))
    ],
    "restart at the prompt": [Fault(moment=Moment.PROMPT, effect=Reboot(), every=EVERY)],
    "restart, sent": [Fault(moment=Moment.SUBMIT, effect=Reboot(sent=True), every=EVERY)],
    "restart, not sent": [Fault(moment=Moment.SUBMIT, effect=Reboot(), every=EVERY)],
    "unplugged, sent": [Fault(moment=Moment.SUBMIT, effect=Unplug(seconds=3, sent=True), every=EVERY)],
    "unplugged, not sent": [Fault(moment=Moment.SUBMIT, effect=Unplug(seconds=3), every=EVERY)],
    "unplugged at the prompt": [Fault(moment=Moment.PROMPT, effect=Unplug(seconds=3), every=EVERY)],
}


def simulated(family: str, faults: list[Fault]) -> Simulator:
    scheduler = LoopScheduler()
    network = SimulatedNetwork(scheduler, conditions=NetworkConditions(submit_latency=2.0))
    network.add_phone(NUMBER)
    simulator = Simulator(
        scheduler, name="m", network=network, profile=PROFILES[family], faults=FaultPlan(faults)
    )
    return register_simulator(simulator)


async def connected(supervisor: ModemSupervisor) -> None:
    for _ in range(1200):
        if supervisor.state is SupervisorState.CONNECTED:
            return
        await asyncio.sleep(1)
    raise AssertionError("the modem did not come back in 20 minutes")


async def send_one(supervisor: ModemSupervisor, text: str) -> str:
    """Send once; the outcome."""
    await connected(supervisor)
    assert supervisor.modem is not None
    try:
        async with asyncio.timeout(300):  # the longest named time-out, and the way back to a clean line
            await supervisor.modem.sms.send(NUMBER, text)
    except SendRejectedError as err:
        await asyncio.sleep(5)
        return "rejected" if err.is_certain else "rejected, not certain"
    except SendUnknownError:
        return "unknown"
    return "accepted"


@pytest.mark.parametrize("family", PROFILES)
@pytest.mark.parametrize("faults", SEND_FAULTS.values(), ids=SEND_FAULTS)
@virtual_time.story
async def test_what_is_told_of_a_message_is_what_happened(faults: list[Fault], family: str) -> None:
    simulator = simulated(family, faults)
    supervisor = ModemSupervisor("simulator://m")
    await supervisor.start()
    outcomes = {}
    for number in range(MESSAGES):
        outcomes[f"message {number}"] = await send_one(supervisor, f"message {number}")
    await asyncio.sleep(200)
    await supervisor.stop()
    arrived = Counter(simulator.network.phone(NUMBER).texts)
    for text, outcome in outcomes.items():
        allowed = {"accepted": {1}, "rejected": {0}}.get(outcome, {0, 1})
        assert arrived[text] in allowed, (text, outcome, arrived[text])
    assert list(outcomes.values()).count("accepted") >= MESSAGES // 2


RECEIVE_FAULTS = {
    "none": [],
    "announcement lost": [announcement_lost(every=EVERY)],
    "answer lost": [Fault(moment=Moment.ANSWER, effect=Lose(), command="+CMGR", every=EVERY)],
    "list lost": [Fault(moment=Moment.ANSWER, effect=Lose(), command="+CMGL", every=EVERY)],
    "delete lost": [Fault(moment=Moment.COMMAND, effect=Lose(), command="+CMGD", every=EVERY)],
    "answer to delete lost": [Fault(moment=Moment.ANSWER, effect=Lose(), command="+CMGD", every=EVERY)],
    "garbage": [garbage_in_answer(every=EVERY)],
    "announcement inside": [urc_in_answer('+CMTI: "SM",19', offset=2, every=EVERY)],
    "restart while reading": [
        Fault(moment=Moment.COMMAND, effect=Reboot(), command="+CMGR", every=EVERY, limit=2)
    ],
    "unplugged while deleting": [
        Fault(moment=Moment.COMMAND, effect=Unplug(seconds=3), command="+CMGD", every=EVERY)
    ],
}


@pytest.mark.parametrize("family", PROFILES)
@pytest.mark.parametrize("faults", RECEIVE_FAULTS.values(), ids=RECEIVE_FAULTS)
@virtual_time.story
async def test_every_message_is_handed_on_and_leaves_the_modem(faults: list[Fault], family: str) -> None:
    """At least once: a message whose deletion was not confirmed may come again, the same in all."""
    simulator = simulated(family, faults)
    supervisor = ModemSupervisor("simulator://m", sweep_interval=60)
    await supervisor.start()
    await connected(supervisor)
    for number in range(MESSAGES):
        asyncio.get_running_loop().call_later(
            10 * number,
            simulator.network.deliver_sms,
            NUMBER,
            f"message {number} " * (20 if number % 2 else 1),
        )
    seen: Counter[tuple[str, object]] = Counter()
    try:
        async with asyncio.timeout(1200):
            async for event in supervisor.events():
                if isinstance(event, ReceivedSms | DeliveryReport) and supervisor.modem is not None:
                    assert isinstance(event, DeliveryReport) or event.missing == 0
                    seen[getattr(event, "text", ""), event.service_centre_time] += 1
                    await accept(supervisor, event)
    except TimeoutError:
        pass
    assert len(seen) == MESSAGES
    assert sum(memory.used for memory in simulator.modem.storages.values()) == 0
    assert supervisor.modem is not None
    assert supervisor.modem.inbox.dead_slots == frozenset()
    if not any(isinstance(fault.effect, Reboot | Unplug) for fault in faults):
        assert set(seen.values()) == {1}
    await supervisor.stop()


async def accept(supervisor: ModemSupervisor, event: ReceivedSms | DeliveryReport) -> None:
    with contextlib.suppress(LinkError):  # it comes again
        await supervisor.modem.inbox.accept(event)
