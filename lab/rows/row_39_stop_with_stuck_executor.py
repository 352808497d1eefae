"""Home Assistant is stopped while its executor is stuck, and is killed when its patience ends."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from lab.parts.house import a_house
from lab.parts.nuisances import invite
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.run import Outcome, Run
    from scripts.lib.demo.mqtt import Seen

LAST = 2  # alarms; more, and they would be told in a digest
STUCK = 3600.0  # seconds: for ever
QUICK_PATIENCE = 5.0  # seconds that Home Assistant is given once the gateway has gone
PATIENCE = 260.0  # the Supervisor's, where the container asks for no other

ROW = Row(
    number=39,
    fault="Home Assistant stops with a stuck executor",
    expected="the gateway needs no thread of it: it sends, stops in time, and its journal is whole",
    worlds={World.REAL: Extent(quick=1, full=5)},
    limits=(
        Limit("t_sent", at_most=20.0, unit="s", anchor="A4"),
        Limit("t_replug", at_most=60.0, unit="s"),
        Limit("t_stop", at_most=20.0, unit="s"),
    ),
    needs=frozenset({Need.HOME_ASSISTANT}),
    environment="demo",
    timeout=600.0,
    remark="t_stop: until the journal is closed, with an SMS in hand; the stage of the stop has 20 s",
)


async def play(run: Run) -> Outcome:
    """Fill the executor, raise, pull the modem and put it back, stop with an SMS in hand, kill, start."""
    house = await run.use(a_house(run.folder / "house", run.ledger, prepare=invite))
    await house.home_assistant.post("/api/services/nuisance/fill", {"seconds": STUCK})
    began = run.now()
    await house.publish("stuck", "Tank low, executor stuck")
    await house.radio.sms("executor stuck", within=60.0)
    run.note("t_sent", run.now() - began)
    await house.settled()  # pulled before its answer, it would be in doubt
    began = run.now()
    house.radio.unplug()
    await house.stage.mqtt.wait_for(_is_route("failed"), 60.0, "a modem that is gone")
    house.radio.plug_in()
    await house.stage.mqtt.wait_for(_is_route("ok"), 60.0, "a modem that is back")
    run.note("t_replug", run.now() - began)

    house.radio.conditions(submit_latency=1.0)
    for number in range(LAST):
        await house.publish(f"last{number}", f"Pump {number} off, at the end")
    stopped = run.now()
    house.signal(signal.SIGTERM)
    log = house.journal.with_name("journal.db-wal")
    await run.until(lambda: not log.exists(), "the journal is closed")  # it is gone then
    run.note("t_stop", run.now() - stopped)
    has_ended = await house.ends(QUICK_PATIENCE if run.is_quick else PATIENCE)
    run.count("stops", of="ended by itself" if has_ended else "killed")
    if not has_ended:
        house.kill()
        await house.ends(10.0)

    await house.start()
    for number in range(LAST):
        await house.radio.sms(f"Pump {number} off", within=60.0)
    await house.settled()
    return run.outcome(house.journal, house.radio.phones)


def _is_route(state: str) -> Callable[[Seen], bool]:
    """Of the route for SMS; that for calls follows it."""

    def is_so(seen: Seen) -> bool:
        is_ours = "/out/route/" in seen.topic and "-calls/" not in seen.topic
        return is_ours and seen.json().get("state") == state

    return is_so
