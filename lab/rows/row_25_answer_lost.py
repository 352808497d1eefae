"""The provider takes the message, and its answer does not come."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from lab.parts.names import ANNA
from lab.parts.plant import a_plant
from lab.parts.providers import TAKEN, Answer, a_provider
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.parts.plant import Plant
    from lab.parts.providers import Asked
    from lab.run import Outcome, Run

ROUTE = "provider"
SECRET = "0123456789abcdef"  # noqa: S105 - ends the address of its callbacks
ALARMS = 3
HUNG = 30.0  # seconds that the gateway waits for an answer


@dataclass(frozen=True, slots=True)
class Case:
    """What the provider does besides."""

    name: str
    answer: Answer
    calls_back: bool = False  # it reports the message by our own id
    knows_ids: bool = False  # a second request with an id that it has is answered, and not delivered


BROKEN = Answer(drops=True)
CASES = (
    Case("it reports by our id", BROKEN, calls_back=True),
    Case("it knows our id again", BROKEN, knows_ids=True),
    Case("it tells nothing", BROKEN),
    Case("it never answers, and reports by our id", Answer(hangs=True), calls_back=True),
)

ROW = Row(
    number=25,
    fault="provider timeout after accepting",
    expected="in doubt: a report by our id ends it, else it is sent once more under the same id",
    worlds={World.REAL: Extent(quick=1, full=40)},
    limits=(Limit("copies too many", at_most=1, anchor="A2"), Limit("needless copies", at_most=0)),
    needs=frozenset({Need.MOSQUITTO}),
    remark="a copy is needless where the provider told of the first one, or knew its id",
)


async def play(run: Run) -> Outcome:
    """Lose the first answer to each message."""
    case = CASES[run.seed % (3 if run.is_quick else len(CASES))]
    provider = await run.use(a_provider(run.ledger))
    reports = {"reference": {"path": "id"}, "uid": {"path": "uid"}, "state": {"path": "state"}}
    callback = {"reports": {**reports, "states": {"delivered": "delivered"}}}
    section = provider.section(callback=callback, status=None)
    del section["status"]
    section |= {"callback_url": "https://gateway.example.org", "callback_secret": SECRET}
    plant = await run.use(
        a_plant(run.folder, ledger=run.ledger, has_http=True, providers=[section], modems=[])
    )
    seen: set[str] = set()

    def behave(asked: Asked) -> Answer:
        if asked.uid not in seen:
            seen.add(asked.uid)
            run.ledger.doubt(asked.number, asked.text, point="answer")
            return case.answer
        return Answer(delivers=False) if case.knows_ids else TAKEN

    provider.behaves = behave
    gateway = await run.use(plant.gateway(doubt_wait="10s" if case.calls_back else "1s"))
    await gateway.says("MQTT: connected")
    await gateway.says(f"route {ROUTE}: ok")
    for number in range(ALARMS):
        began = run.now()
        await plant.raise_alarm(f"pump{number}", f"Pump {number} off")
        await run.until(lambda: len(seen) > number, "a request")  # noqa: B023 - waited for at once
        if case.calls_back:
            await _call_back(plant, provider.asked[-1].uid)
        told = [_told("delivered" if case.calls_back else "accepted")]
        await plant.alarm(f"pump{number}", within=2 * HUNG, recipients=told)
        run.note("t_settle", run.now() - began)
    await plant.settled()
    pieces = [piece.text for piece in run.ledger.pieces]
    extra = len(pieces) - len(set(pieces))
    run.note("copies too many", max(pieces.count(text) - 1 for text in set(pieces)))
    run.note("needless copies", extra if case.calls_back or case.knows_ids else 0)
    run.count("in doubt", len(seen), of=case.name)
    run.count("one message more", extra, of=case.name)
    return run.outcome(plant.journal, foreseen=("route/*",))


def _told(state: str) -> dict[str, str]:
    return {"id": "anna", "channel": "sms", "state": state}


async def _call_back(plant: Plant, uid: str) -> None:
    url = f"http://127.0.0.1:{plant.http_port}/callback/{ROUTE}/{SECRET}"
    told = json.dumps({"id": f"m-{uid}", "uid": uid, "state": "delivered", "to": ANNA})
    async with aiohttp.ClientSession() as session, session.post(url, data=told) as answer:
        assert answer.status == 200
