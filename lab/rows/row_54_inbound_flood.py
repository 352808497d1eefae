"""Somebody floods the modem with texts while alarms have to get out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from alert_engine.model import AlarmAcknowledge, Severity
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.radio import a_radio
from lab.parts.virtual import ANNA, BERT, a_clockwork
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from gsm_driver.simulator import Simulator
    from lab.parts.radio import Radio
    from lab.run import Outcome, Run

HOUR = 3600.0
IN_AN_HOUR = 1000
ALARMS = 12  # one each five minutes
QUICK_HOUR = 0.25  # of the hour is played in the quick laboratory
WITHIN = 20.0  # seconds
REAL_TEXTS = {True: 30, False: 1000}  # in quick, in full: at ten a second, 36 times as fast as the row says
REAL_PACE = 0.1  # seconds between two
REAL_ALARMS = 5
STRANGERS = 40

ROW = Row(
    number=54,
    fault="inbound flood: 1,000 texts an hour from strangers and from known numbers",
    expected="all are read, nobody unknown is answered, and alarms leave as if nothing were",
    worlds={
        World.VIRTUAL: Extent(quick=1, full=100, batch=5),
        World.REAL: Extent(quick=1, full=10),
    },
    limits=(
        Limit("t_alarm", at_most=WITHIN, unit="s"),
        Limit("texts left in the modem", at_most=0),
        Limit("answers to strangers", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    timeout=600.0,
    remark="virtual: a modem with 25 places, and 3 s for an SMS. Real: ten texts a second, 36 times as many",
)


async def play(run: Run) -> Outcome:
    """Texts without end, an alarm now and then."""
    return await (_play_virtual(run) if run.world is World.VIRTUAL else _play_real(run))


async def _play_virtual(run: Run) -> Outcome:
    work = await run.use(a_clockwork(run, family="generic", conditions={"submit_latency": 3.0}))
    network, draw = work.house.network, run.random
    span = HOUR * (QUICK_HOUR if run.is_quick else 1.0)
    texts = sorted(draw.uniform(0.0, span) for _ in range(int(IN_AN_HOUR * span / HOUR)))
    alarms = [(number + 1) * HOUR / ALARMS - 60.0 for number in range(int(ALARMS * span / HOUR))]
    for at in sorted([*texts, *alarms]):
        await work.until(at)
        if at not in alarms:
            sender = draw.choice((f"+4366477{draw.randrange(STRANGERS):05}", BERT.addresses[0].value))
            text = f"{draw.choice(('Hello', 'Win a prize', 'STATUS?', 'x' * 200))} {at:.3f}"
            run.ledger.commands[sender, text] += 1
            network.deliver_sms(sender, text)
            continue
        name = f"pump-{at:.0f}"
        alarm = await work.raise_alarm(name, Severity.CRITICAL, ANNA, BERT, within=WITHIN)
        await work.until(work.seconds + WITHIN)
        came = [each.at for each in work.house.phone(ANNA).inbox if f"{name}." in each.text]
        run.note("t_alarm", min(came, default=run.now()) - run.now() + WITHIN)
        await work.engine.apply([AlarmAcknowledge(by="anna", code=alarm.code)])
    await work.until(span + 300.0)
    run.note("texts left in the modem", network.waiting + _stored(work.house.simulator))
    known = {each.addresses[0].value for each in (ANNA, BERT)}
    run.note(
        "answers to strangers", sum(len(each.inbox) for each in network.phones if each.number not in known)
    )
    return run.outcome(run.folder / "journal.db", work.phones)


def _stored(simulator: Simulator) -> int:
    return sum(simulator.modem.storages[name].used for name in ("SM", "ME"))


async def _play_real(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, policies=ONCE))
    radio = run.keep(a_radio(plant.modem))
    await running(await run.use(plant.gateway()))
    texts, draw = REAL_TEXTS[run.is_quick], run.random
    alarms = {(number + 1) * texts // (REAL_ALARMS + 1) for number in range(REAL_ALARMS)}
    began, raised = run.now(), dict[str, float]()
    for number in range(texts):
        await asyncio.sleep(max(0.0, began + number * REAL_PACE - run.now()))
        sender, text = f"+4366477{draw.randrange(STRANGERS):05}", f"Win a prize, number {number}"
        run.ledger.commands[sender, text] += 1
        radio.network.deliver_sms(sender, text)
        if number in alarms:
            title = f"Tank {number} is low."
            raised[title] = run.now()
            await plant.raise_alarm(f"tank-{number}", title, within=WITHIN)
    for title, at in raised.items():
        run.note("t_alarm", (await radio.sms(title)).at - at)
    arrived = radio.network.counters
    run.note(
        "t_all_read",
        await run.until(
            lambda: arrived.arrived >= texts and not _left(radio), "everything is read", within=120.0
        ),
    )
    await plant.settled()
    run.note("texts left in the modem", _left(radio))
    run.note("answers to strangers", sum(len(each.inbox) for each in radio.phones if each is not radio.phone))
    return run.outcome(plant.journal, radio.phones)


def _left(radio: Radio) -> int:
    return radio.network.waiting + _stored(radio.simulator)
