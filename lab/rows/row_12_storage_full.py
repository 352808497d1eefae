"""The SIM is full of messages, and what announces new ones is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.model import InboundReceived
from gsm_driver.simulator import PROFILES, NetworkEvent, NetworkEventKind
from gsm_driver.simulator.faults import announcement_lost
from lab.parts.names import ANNA as ANNA_PHONE
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.parts.virtual import ANNA, a_clockwork
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.run import Outcome, Run

WAITING = 16  # messages for a SIM with ten slots
LONGEST_BURST = 14
BURSTS = 4
LOST = (0.3, 1.0)  # of the announcements
SETTLED = 400.0  # seconds
ASKED_AGAIN = 0.5  # seconds until the network tries again in real time

ROW = Row(
    number=12,
    fault="storage full (a SIM with 10 slots), announcements lost",
    expected="all is read, deleted after the commit, and what waits at the network comes after it",
    worlds={World.VIRTUAL: Extent(quick=1, full=200, batch=10), World.REAL: Extent(quick=1, full=20)},
    limits=(
        Limit("t_read", at_most=70.0, unit="s"),
        Limit("t_emptied", at_most=30.0, unit="s"),
        Limit("messages left on the SIM", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    remark="without an announcement it is found within a minute; the network tries again a minute later, "
    "and half a second later in real time",
)


async def play(run: Run) -> Outcome:
    """Bursts without announcements in virtual time; in real time, a gateway that comes to a full SIM."""
    return await (_bursts(run) if run.world is World.VIRTUAL else _full_at_the_start(run))


async def _bursts(run: Run) -> Outcome:
    rate = LOST[run.seed % len(LOST)]
    lost = [announcement_lost(command, rate=rate) for command in ("+CMTI", "+SMS FULL")]
    work = await run.use(a_clockwork(run, people=(ANNA,), family="sim800"))
    work.house.simulator.modem.faults.replace(lost, seed=run.seed)
    arrived: dict[str, float] = {}

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.ARRIVED:
            arrived.setdefault(event.text, work.seconds)

    work.house.network.listen(on_event)
    for burst in range(BURSTS):
        await work.until(work.seconds + run.random.uniform(20.0, 200.0))
        for number in range(run.random.randint(1, LONGEST_BURST)):
            work.writes(ANNA, f"note {burst} {number}")
    await work.until(work.seconds + SETTLED)
    for at, event in work.events:
        if isinstance(event, InboundReceived):
            run.note("t_read", at - arrived[event.text])
    run.note(
        "messages left on the SIM", sum(each.used for each in work.house.simulator.modem.storages.values())
    )
    return run.outcome(run.folder / "journal.db", work.phones)


async def _full_at_the_start(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    radio = run.keep(a_radio(plant.modem, PROFILES["sim800"]))
    radio.conditions(retry_after=ASKED_AGAIN)
    storages = radio.simulator.modem.storages
    for number in range(WAITING):
        run.ledger.commands[ANNA_PHONE, f"note {number}"] += 1
        radio.network.deliver_sms(ANNA_PHONE, f"note {number}")
    await run.until(lambda: storages["SM"].is_full, "the SIM is full")
    gateway = await run.use(plant.gateway())
    await running(gateway)
    began = run.now()
    await run.until(
        lambda: (
            radio.network.counters.arrived == WAITING and not any(each.used for each in storages.values())
        ),
        "all is read",
    )
    run.note("t_emptied", run.now() - began)
    await plant.raise_alarm("pump", "Pump off")
    await plant.told("pump", "delivered")
    await plant.settled()
    run.note("messages left on the SIM", sum(each.used for each in storages.values()))
    return run.outcome(plant.journal, radio.phones)
