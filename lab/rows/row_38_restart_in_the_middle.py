"""The gateway's host is restarted in the middle of a call, or of an SMS in parts, and of an escalation."""

from __future__ import annotations

import signal
from enum import StrEnum
from typing import TYPE_CHECKING

from gsm_driver.simulator import CallBehaviour, CallManner, NetworkEventKind
from lab.parts.house import a_house
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from gsm_driver.simulator import NetworkEvent
    from lab.parts.radio import Radio
    from lab.run import Outcome, Run

# Seconds after the raise: the next step, which must come when everything runs again.
LATER = 45.0
LATER_QUICK = 15.0
TITLE = "Water in the cellar"
LONG = (
    "Water stands in the cellar, and the pump does not run. Somebody must look. " * 6
)  # three parts and more


class Case(StrEnum):
    """What is under way when it stops."""

    CALL = "a phone rings"
    PARTS = "one part of an SMS is taken, the next is under way"


CASES = tuple(Case)

ROW = Row(
    number=38,
    fault="Home Assistant restarts in the middle of a call, an SMS in parts, an escalation",
    expected="it goes on at the same step, and what is to come later comes at its time",
    worlds={World.REAL: Extent(quick=1, full=5 * len(CASES))},
    limits=(
        Limit("t_skew", at_most=5.0, unit="s"),
        Limit("t_down", at_most=LATER, unit="s"),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.HOME_ASSISTANT}),
    timeout=300.0,
    remark=(
        "t_skew: how late the next step comes; t_down: until the gateway can send again. The quick "
        "laboratory restarts the daemon, with an SMS in parts"
    ),
)


class Watched:
    """What the network saw of it, and when."""

    def __init__(self, run: Run, radio: Radio) -> None:
        self._radio = radio
        self._seen: list[tuple[float, NetworkEvent]] = []
        radio.phone.on_call = CallBehaviour(manner=CallManner.IGNORE)
        radio.conditions(submit_latency=1.0)
        radio.network.listen(lambda event: self._seen.append((run.now(), event)))

    async def is_in_the_middle(self, case: Case) -> None:
        """Wait for the moment of this case."""
        kind, count = NetworkEventKind.RINGING, 1
        if case is Case.PARTS:
            kind, count = NetworkEventKind.SUBMITTING, 2
        await self._radio.until(lambda: sum(e.kind is kind for _, e in self._seen) >= count, str(case))

    async def next_step(self, case: Case) -> float:
        """When the SMS of the second step begins; the first step of one case is an SMS, too."""
        count = 1 if case is Case.CALL else 2
        await self._radio.until(lambda: len(self._begun()) >= count, "the next step", within=2 * LATER)
        return self._begun()[count - 1]

    def _begun(self) -> list[float]:
        return [
            at for at, event in self._seen if event.kind is NetworkEventKind.SUBMITTING and event.segment == 1
        ]


async def play(run: Run) -> Outcome:
    """Raise, wait for the moment, restart, and see when the next step comes."""
    if run.is_quick:
        return await _the_daemon(run, Case.PARTS)
    return await _the_house(run, CASES[run.seed % len(CASES)])


async def _the_daemon(run: Run, case: Case) -> Outcome:
    first = {"notify": ["anna"], "channels": ["call" if case is Case.CALL else "sms"]}
    second = {"after": f"{LATER_QUICK:g}s", "notify": ["anna"], "channels": ["sms"]}
    policies = {"critical": {"steps": [first, second]}}
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, policies=policies))
    radio = run.keep(a_radio(plant.modem))
    watched = Watched(run, radio)
    async with plant.gateway() as gateway:
        await running(gateway)
        raised = run.now()
        await plant.raise_alarm("cellar", TITLE, text=LONG)
        await watched.is_in_the_middle(case)
        stopped = run.now()
        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == 0
    _is_cut(run, radio, case)
    gateway = await run.use(plant.gateway())
    await running(gateway)
    run.note("t_down", run.now() - stopped)
    run.note("t_skew", abs(await watched.next_step(case) - raised - LATER_QUICK))
    await plant.settled()
    return run.outcome(plant.journal, radio.phones)


async def _the_house(run: Run, case: Case) -> Outcome:
    house = await run.use(a_house(run.folder / "house", run.ledger))
    first = {"after": {"seconds": 0}, "channels": ["Call" if case is Case.CALL else "SMS"]}
    await house.add_policy("Critical", [first, {"after": {"seconds": LATER}, "channels": ["SMS"]}])
    watched = Watched(run, house.radio)
    raised = run.now()
    await house.publish("cellar", TITLE, text=LONG)
    await watched.is_in_the_middle(case)
    stopped = run.now()
    await house.stop()
    _is_cut(run, house.radio, case)
    await house.start()
    run.note("t_down", run.now() - stopped)
    run.note("t_skew", abs(await watched.next_step(case) - raised - LATER))
    await house.settled()
    return run.outcome(house.journal, house.radio.phones)


def _is_cut(run: Run, radio: Radio, case: Case) -> None:
    """The fault was where it had to be: some parts were sent, and others were not."""
    if case is Case.PARTS:
        parts = len(radio.phone.raw)
        assert parts, "it was before the first part"
        assert not radio.phone.texts, "it was after the last part"
        run.count("SMS parts sent before the restart", parts)
