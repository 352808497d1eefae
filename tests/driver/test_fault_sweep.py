"""Every fault of the simulator at every position of a send, a receive and a report, over all families.

A story runs once without faults to learn its positions: the occurrences of each moment (command, prompt,
body, submission, answer, announcement). Then it runs once for each fault that may strike at each of them.
Whatever strikes: nothing is lost, nothing is doubled, an unknown is told once and settled, and nothing hangs
longer than the named time-outs allow.

A run plays all positions for one family (`THOROUGH`), and for each other family each fault at each moment
of each story at one position, drawn by the seed that is in the name of the test: about 7,000 stories.
``GSM_DRIVER_SWEEP_SEED=n`` draws others, and ``GSM_DRIVER_FULL_SWEEP=1`` plays all positions of all
families: about a quarter of an hour.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from gsm_driver import ModemSupervisor, SmsService
from gsm_driver.answer_times import DRAIN_TIMEOUT, UNKNOWN_AFTER
from gsm_driver.at.commands import SUBMIT_TIMEOUT
from gsm_driver.at.commands import SYNC_TIMEOUT as QUERY_TIMEOUT
from gsm_driver.at.exchange import PROMPT_TIMEOUT
from gsm_driver.link import SYNC_ATTEMPTS
from gsm_driver.patience import START as FIRST_PROMPT_TIMEOUT
from gsm_driver.simulator import (
    PROFILES,
    Delay,
    Fail,
    Fault,
    FaultPlan,
    Inject,
    LoopScheduler,
    Lose,
    LoseRegistration,
    Moment,
    NetworkConditions,
    Reboot,
    Replace,
    Silence,
    SimulatedNetwork,
    Simulator,
    Unplug,
    register_simulator,
)
from tests import virtual_time
from tests.driver.careful_caller import CarefulCaller

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsm_driver.simulator import SimulatorProfile
    from gsm_driver.simulator.faults import Effect

NUMBER = "+436601234567"
SHORT = "Wasser im Keller"
LONG = "Wasser im Keller, die Pumpe läuft nicht. " * 9  # 369 characters, 3 segments
BURST = 12  # more than the ten slots of a SIM800
REPORT_LATENCY = 20.0  # seconds
FIRST_SWEEP = 70.0  # seconds after the beginning within which the positions lie
SETTLED = 400.0  # seconds until all is over: sweeps, the SMSC's next try, a restart
# The strict one; ten slots, reports by +CDS; slots read one by one, reports by +CDSI, chatter.
THOROUGH = frozenset({"generic"})
SEED = int(os.environ.get("GSM_DRIVER_SWEEP_SEED", "1"))
FULL = bool(os.environ.get("GSM_DRIVER_FULL_SWEEP"))

# What one call of `submit` may take at worst with one fault: all waits, and cleaning the line between them.
# One that follows a message without answer waits until that one's time is over.
CLEANING = DRAIN_TIMEOUT + (SYNC_ATTEMPTS + 1) * QUERY_TIMEOUT
LONGEST_SEND = UNKNOWN_AFTER + FIRST_PROMPT_TIMEOUT + PROMPT_TIMEOUT + 2 * CLEANING

GARBAGE = Inject(data=b"\xff\x00\x8a", offset=2)
URC_BEFORE = Inject(data=b'\r\n+CMTI: "SM",9\r\n')
URC_INSIDE = Inject(data=b'\r\n+CMTI: "SM",9\r\n', offset=2)
ANYWHERE: Mapping[str, Effect] = {
    "lost": Lose(),
    "silent 5 s": Silence(seconds=5),
    "silent 2 min": Silence(seconds=120),
    "restart": Reboot(),
    "unplugged": Unplug(seconds=3),
    "registration lost": LoseRegistration(seconds=20),
}
WRITTEN: Mapping[str, Effect] = {
    "garbage": GARBAGE,
    "code before": URC_BEFORE,
    "code inside": URC_INSIDE,
    "3 s late": Delay(seconds=3),
    "15 s late": Delay(seconds=15),
}
EFFECTS: Mapping[Moment, Mapping[str, Effect]] = {
    Moment.COMMAND: {
        **ANYWHERE,
        "ERROR": Fail(final="ERROR"),
        "SIM busy": Fail(final="+CMS ERROR: 314"),
        "unknown error": Fail(),
    },
    Moment.PROMPT: {
        **ANYWHERE,
        **WRITTEN,
        "no blank": Replace(data=b"\r\n>"),
        "line end": Replace(data=b"\r\n>\r\n"),
        "OK": Replace(data=b"\r\n> \r\nOK\r\n"),
    },
    Moment.BODY: ANYWHERE,
    Moment.SUBMIT: {
        **ANYWHERE,
        "refused": Fail(final="+CMS ERROR: 38"),
        "unknown error": Fail(),
        "unknown error, sent": Fail(sent=True),
        "network timeout": Fail(final="+CMS ERROR: 332"),
        "network timeout, sent": Fail(final="+CMS ERROR: 332", sent=True),
        "silent 5 s, sent": Silence(seconds=5, sent=True),
        "silent 2 min, sent": Silence(seconds=120, sent=True),
        "restart, sent": Reboot(sent=True),
        "unplugged, sent": Unplug(seconds=3, sent=True),
    },
    Moment.ANSWER: {
        **ANYWHERE,
        **WRITTEN,
        "70 s late": Delay(seconds=70),
        "nonsense": Replace(data=b"\r\n?\r\n"),
    },
    Moment.ANNOUNCE: {**ANYWHERE, **WRITTEN, "70 s late": Delay(seconds=70)},
}


# --- Stories ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Messages one way or the other."""

    sent: tuple[str, ...] = ()
    segments: int = 0  # of `sent`
    received: tuple[str, ...] = ()


STORIES: Mapping[str, Story] = {
    "send": Story(sent=(SHORT,), segments=1),
    "send 3 segments": Story(sent=(LONG,), segments=3),
    "receive": Story(received=(SHORT,)),
    "receive 3 segments": Story(received=(LONG,)),
    "burst": Story(received=tuple(f"{SHORT} {number}" for number in range(BURST))),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a story ended."""

    caller: CarefulCaller
    simulator: Simulator
    occurrences: Mapping[int, int]  # of each fault's moment, up to the first sweep


async def play(story: Story, family: str, faults: Sequence[Fault]) -> Ending:
    """Play a story to its end; the faults count from its beginning."""
    scheduler = LoopScheduler()
    conditions = NetworkConditions(submit_latency=2.0, report_latency=REPORT_LATENCY)
    network = SimulatedNetwork(scheduler, conditions=conditions)
    network.add_phone(NUMBER)
    plan = FaultPlan()
    simulator = register_simulator(
        Simulator(scheduler, name="m", network=network, profile=PROFILES[family], faults=plan)
    )
    async with CarefulCaller(ModemSupervisor("simulator://m")) as caller:
        await asyncio.sleep(5)
        plan.replace(faults)
        for text in story.received:
            network.deliver_sms(NUMBER, text)
        for text in story.sent:
            await caller.send(SmsService.plan(NUMBER, text, concat_reference=7))
        await asyncio.sleep(FIRST_SWEEP)
        occurrences = dict(plan._occurrences)
        await asyncio.sleep(SETTLED)
        await caller.modem()
        await asyncio.sleep(FIRST_SWEEP)
    return Ending(caller=caller, simulator=simulator, occurrences=occurrences)


def problems(story: Story, ending: Ending, fault: Fault) -> Iterator[str]:
    """What must not be."""
    yield from problems_of_sending(story, ending, fault)
    yield from problems_of_receiving(story, ending)
    caller = ending.caller
    if len(caller.unknowns) > 1:
        yield f"{len(caller.unknowns)} unknowns"
    longest = LONGEST_SEND + (SUBMIT_TIMEOUT - UNKNOWN_AFTER if caller.unknowns else 0)
    if caller.longest_send > longest:
        yield f"a send took {caller.longest_send:g} s"


def gives_reports(profile: SimulatorProfile) -> bool:
    """BG96 gives none."""
    return bool(profile.cnmi[3] & {1, 2})


def problems_of_sending(story: Story, ending: Ending, fault: Fault) -> Iterator[str]:
    caller, network = ending.caller, ending.simulator.network
    # A fault that keeps the modem deaf until after the report, or lets it forget AT+CNMI, loses the report:
    # then the caller cannot know, and what was sent may go once more. Nothing else may.
    loses_report = (
        isinstance(fault.effect, Reboot | Unplug)
        or (isinstance(fault.effect, Silence) and fault.effect.seconds > REPORT_LATENCY)
        or not gives_reports(ending.simulator.modem.profile)
    )
    copies = 1 + (caller.doubted if loses_report else 0)
    arrived = Counter(network.phone(NUMBER).texts)
    if set(arrived) != set(story.sent) or any(count > copies for count in arrived.values()):
        yield f"the phone has {sorted(arrived.values())}"
    surplus = network.counters.accepted - story.segments
    if not 0 <= surplus < copies:
        yield f"the SMSC took {surplus} segments too many"
    references = {report.message_reference for report in caller.reports}
    may_be_lost = loses_report or fault.moment is Moment.ANNOUNCE
    if len(references) > story.segments or (len(references) < story.segments and not may_be_lost):
        yield f"{len(references)} reports"


def problems_of_receiving(story: Story, ending: Ending) -> Iterator[str]:
    caller, simulator = ending.caller, ending.simulator
    # What was handed on and not accepted when a life of the modem ended, the next one hands on again.
    is_within = all(1 <= caller.texts[text] <= caller.lives for text in story.received)
    if set(caller.texts) != set(story.received) or not is_within:
        yield f"received {sorted(caller.texts.values())} in {caller.lives} lives"
    if caller.missing:
        yield f"{caller.missing} segments missing"
    if used := sum(memory.used for memory in simulator.modem.storages.values()):
        yield f"{used} slots in use at the end"
    if simulator.network.waiting:
        yield f"{simulator.network.waiting} messages wait at the network"


# --- The sweep ---


def positions(story: Story, family: str) -> Mapping[Moment, int]:
    """How often each moment comes."""
    never = [Fault(moment=moment, effect=Lose(), limit=0) for moment in Moment]
    ending = virtual_time.run(play(story, family, never))
    return {moment: ending.occurrences.get(place, 0) for place, moment in enumerate(Moment)}


def cases(name: str, family: str) -> Iterator[tuple[str, Fault]]:
    """The faults to play one by one."""
    is_full = FULL or family in THOROUGH
    draw = random.Random(f"{SEED} {name} {family}")
    for moment, count in positions(STORIES[name], family).items():
        for effect_name, effect in EFFECTS[moment].items():
            everywhere = range(1, count + 1)
            for position in everywhere if is_full or not count else (draw.choice(everywhere),):
                fault = Fault(moment=moment, effect=effect, at=(position,))
                yield f"{effect_name} at {moment} {position}", fault


@pytest.mark.parametrize("family", PROFILES)
@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("seed", [SEED], ids=lambda seed: f"seed {seed}")
def test_nothing_is_lost_nothing_is_doubled(name: str, family: str, seed: int) -> None:
    story = STORIES[name]
    found = []
    for what, fault in cases(name, family):
        try:
            ending = virtual_time.run(play(story, family, [fault]))
        except TimeoutError:
            found.append(f"{what}: hangs")
        else:
            found += [f"{what}: {problem}" for problem in problems(story, ending, fault)]
    assert found == []
