"""A provider that is slow, refuses, hangs, or cannot prove who it is, beside a modem that works."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from alert_engine.model import MessageChanged, MessageState
from alert_engine.routes.provider_exchange import CONNECT_TIMEOUT
from lab.parts.cloud import ANNA, BERT, CAROL, ROUTE, WELL, Line, a_cloud
from lab.parts.online import NAME_KEPT, a_house_online
from lab.parts.providers import TAKEN, Answer
from lab.row import Extent, Limit, Need, Row, World
from tests.virtual_time import START

if TYPE_CHECKING:
    from lab.parts.cloud import Cloud
    from lab.parts.online import Online
    from lab.run import Outcome, Run

ALARMS = {True: 6, False: 12}  # in quick, in full: by the modem, before and during the illness
APART, SPACED = 2, 120.0  # alarms and seconds in virtual time: as many as nobody bundles
TRY, COMMIT = 10.0, 1.0  # seconds for the way to a provider; and until it is written what came of it
PATIENCE = 30.0  # seconds that the gateway gives whoever has taken its request
LASTS = 300.0  # seconds: what may have been taken is sent four times in six minutes, and then fails
AWAY = 2400.0  # seconds in which all that waits leaves: half an hour for what is in doubt and not critical


class Ill(StrEnum):
    """What is wrong with the provider."""

    EXPIRED = "the certificate has expired"
    BROKEN = "500"
    BUSY = "429"
    NAMES = "the name server hangs"
    HANGS = "no answer for 30 s"


QUICK = (Ill.BROKEN, Ill.EXPIRED, Ill.BUSY)  # the others take their ten and thirty seconds in real time
HARD = (Ill.EXPIRED, Ill.NAMES)  # no connection: another way is taken at once
LINES = {
    Ill.EXPIRED: Line(dead_after=0.0),
    Ill.BROKEN: Line(status=500),
    Ill.BUSY: Line(status=429, code=20429),
    Ill.NAMES: Line(dead_after=CONNECT_TIMEOUT),
    Ill.HANGS: Line(is_silent=True),
}

ROW = Row(
    number=24,
    fault="DNS slow, TLS expired, 500, 429, 30 s hang",
    expected="each try has an end, whoever has another way is told by it, the modem's messages do not notice",
    worlds={
        World.VIRTUAL: Extent(quick=len(Ill), full=100 * len(Ill), batch=20),
        World.REAL: Extent(quick=1, full=25, alone=True),
    },
    limits=(
        Limit("t_added", at_most=1.0, unit="s"),
        Limit("t_try", at_most=TRY + COMMIT, unit="s"),
        Limit("t_try without an answer", at_most=PATIENCE + COMMIT, unit="s"),
        Limit("t_fallback", at_most=20.0, unit="s", anchor="A6"),
        Limit("t_fallback without a word", at_most=100.0, unit="s", anchor="A6"),
        Limit("taken by whoever is not proven", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.NAMESPACE}),
    remark="t_added: the slowest SMS beside the ill provider, less the slowest beside a well one; whoever "
    "took a request has 30 s to answer, not 10: an answer that is given up is a doubt, and costs a copy",
)


async def play(run: Run) -> Outcome:
    """The same alarms twice, the second time with an ill provider, which has messages of its own."""
    return await (_in_real_time(run) if run.world is World.REAL else _in_virtual_time(run))


def _name(ill: Ill) -> str:
    return "t_try without an answer" if ill is Ill.HANGS else "t_try"


# --- in virtual time ----------------------------------------------------------------------------------------


async def _in_virtual_time(run: Run) -> Outcome:
    ill = list(Ill)[run.seed % len(Ill)]
    cloud = await run.use(a_cloud(run))
    work = cloud.work
    await work.until(run.random.uniform(30.0, 300.0))
    healthy = await _spaced(cloud, "well")
    cloud.line = LINES[ill]
    beside = await _spaced(cloud, "ill", has_others=True)
    run.note("t_added", max(0.0, max(beside) - max(healthy)))
    await cloud.raise_alarm("tank", BERT)
    await work.until(work.seconds + LASTS)
    cloud.line = WELL
    await work.until(work.seconds + AWAY)
    run.note("t_fallback" if ill in HARD else "t_fallback without a word", *_fallbacks(run, cloud))
    run.note(_name(ill), *_tries(cloud))
    return run.outcome(run.folder / "journal.db", work.phones, foreseen=(f"route/{ROUTE}",))


async def _spaced(cloud: Cloud, name: str, *, has_others: bool = False) -> list[float]:
    """How long each alarm took to Carol, who has no WhatsApp; the others are Anna's, for the account."""
    times = []
    for number in range(APART):
        began = cloud.work.seconds
        if has_others:
            await cloud.raise_alarm(f"pump{number}", ANNA, within=100.0)
        await cloud.raise_alarm(f"{name}{number}", CAROL)
        await cloud.work.until(began + SPACED)
        times.append((cloud.came(f"{name}{number}", CAROL) or cloud.work.seconds) - began)
    return times


def _fallbacks(run: Run, cloud: Cloud) -> list[float]:
    """How long Anna waited for each of hers, by SMS."""
    raised = {each.name: (each.at or 0.0) - START for each in run.ledger.promises}
    keys = [f"pump{number}" for number in range(APART)]
    return [(cloud.came(key, ANNA) or cloud.work.seconds) - raised[f"raise-{key}"] for key in keys]


def _tries(cloud: Cloud) -> list[float]:
    """How long each message was in the hands of the account, each time."""
    found: dict[str, list[tuple[float, MessageState]]] = {}
    for at, event in cloud.work.events:
        if isinstance(event, MessageChanged) and event.message.route == ROUTE:
            found.setdefault(event.message.uid, []).append((at, event.message.state))
    return [
        after[0] - before[0]
        for states in found.values()
        for before, after in pairwise(states)
        if before[1] is MessageState.IN_FLIGHT
    ]


# --- in real time -------------------------------------------------------------------------------------------


async def _in_real_time(run: Run) -> Outcome:
    ills = QUICK if run.is_quick else tuple(Ill)
    ill = ills[run.seed % len(ills)]
    house = await a_house_online(run, has_whatsapp=False)
    gateway, twilio = house.gateway, house.twilio
    healthy = await _round(house, "well")

    said, asked = len(gateway.lines), len(twilio.asked)
    await _fall_ill(ill, house)
    await house.raise_for_bert("tank")
    await gateway.says(r"whatsapp to bert \(raise\) in_flight", after=said)
    began, said = run.now(), len(gateway.lines)
    beside = await _round(house, "ill")
    run.note("t_added", max(0.0, max(beside) - max(healthy)))
    await gateway.says(r"whatsapp to bert \(raise\) (?!in_flight)", after=said - 1, within=2 * PATIENCE)
    run.note(_name(ill), run.now() - began)
    run.note("taken by whoever is not proven", len(twilio.asked) - asked if ill is Ill.EXPIRED else 0)
    await _get_well(ill, house)
    return run.outcome(house.plant.journal, house.radio.phones, foreseen=("route/*",))


async def _round(house: Online, name: str) -> list[float]:
    """How long each alarm took to Anna's phone."""
    times = []
    for number in range(ALARMS[house.run.is_quick]):
        title, began = f"Tank {number} is low, {name}.", house.run.now()
        await house.plant.raise_alarm(f"{name}{number}", title)
        times.append((await house.radio.sms(title)).at - began)
    house.run.note(f"t_beside_{name}", *times)
    return times


async def _fall_ill(ill: Ill, house: Online) -> None:
    twilio = house.twilio
    match ill:
        case Ill.NAMES:
            twilio.inside.is_deaf = True
            await asyncio.sleep(NAME_KEPT)
        case Ill.EXPIRED:
            await twilio.serve(house.certificate(expired=True))
        case Ill.BROKEN:
            twilio.behaves = lambda _: Answer(status=500, delivers=False)
        case Ill.BUSY:
            twilio.code = 20429
            twilio.behaves = lambda _: Answer(status=429, delivers=False)
        case Ill.HANGS:
            twilio.behaves = lambda _: Answer(hangs=True, delivers=False)


async def _get_well(ill: Ill, house: Online) -> None:
    """Bert gets his message in the end; in the quick laboratory there is no time, so his alarm is over."""
    if house.run.is_quick:
        await house.plant.clear_alarm("tank")
        house.run.ledger.excuse("raise-tank")
    house.twilio.inside.is_deaf = False
    house.twilio.behaves = lambda _: TAKEN
    if ill is Ill.EXPIRED:
        await house.twilio.serve(house.certificate())
    await house.plant.settled(within=180.0)
