"""Alarms are posted before the gateway is ready, while it stops, and while it reads its configuration."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import aiohttp

from alert_engine.intake.http import PREFIX
from lab.parts.house import a_house
from lab.parts.names import ANNA, SOURCE
from lab.parts.plant import HTTP_TIMEOUT, HTTP_TOKEN, ONCE, a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from pathlib import Path

    from lab.parts.house import House
    from lab.run import Outcome, Run

PAUSE = 0.02  # seconds between two posts
CALM = 1.0  # seconds of posting before and after something happens
REFUSED = 0  # nobody took the connection: every sender tries again
TITLE = "Water in the cellar"
ANSWERED = "SELECT message_id FROM intake WHERE message_id IS NOT NULL"
NOT_LOADED = 404  # Home Assistant's own answer, before it has loaded the integration


class Host(StrEnum):
    """Who runs the gateway."""

    DAEMON = "the daemon"
    HOUSE = "Home Assistant"


CASES = tuple(Host)

ROW = Row(
    number=35,
    fault="webhook before the gateway is ready, and during a reload",
    expected="503, or nobody there: the sender tries again; what was answered 202 is in the journal",
    worlds={World.REAL: Extent(quick=1, full=5 * len(CASES))},
    limits=(
        Limit("answered 202 and lost", at_most=0, anchor="A1"),
        Limit("neither taken nor to be tried again", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.HOME_ASSISTANT}),
    timeout=300.0,
    remark=(
        "404 is Home Assistant's own, in the seconds before it loads custom integrations: senders must try "
        "again after it, too. Its webhooks answer 200 for nobody in that time, and are counted beside. The "
        "quick laboratory plays the daemon"
    ),
)


@dataclass(kw_only=True)
class Sender:
    """Posts about one alarm again and again, each time with another id, and keeps what was answered."""

    url: str
    token: str
    answers: dict[str, int] = field(default_factory=dict)  # status by id
    webhook: str = ""  # of Home Assistant itself, which nobody registered
    swallowed: int = 0  # posts there that were answered 200

    async def post(self) -> None:
        """Without end."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession(timeout=HTTP_TIMEOUT) as session:
            while True:
                number = len(self.answers)
                alarm = {"key": "cellar", "severity": "critical", "title": TITLE, "id": f"s{number}"}
                self.answers[f"s{number}"] = await _status(session, self.url, json=alarm, headers=headers)
                if self.webhook:
                    self.swallowed += await _status(session, self.webhook, json=alarm) == 200
                await asyncio.sleep(PAUSE)

    async def goes_on(self, run: Run) -> None:
        """Wait until another one was taken, and a moment more."""
        had = len(self.taken)
        await run.until(lambda: len(self.taken) > had, "an alarm that is taken", within=90.0)
        await asyncio.sleep(CALM)

    @property
    def taken(self) -> list[str]:
        """The ids of those that were answered 202."""
        return [name for name, status in self.answers.items() if status == 202]


async def play(run: Run) -> Outcome:
    """Posts all the time: from before the start, over reloads, a stop and another start."""
    case = Host.DAEMON if run.is_quick else CASES[run.seed % len(CASES)]
    return await (_to_the_daemon(run) if case is Host.DAEMON else _to_the_house(run))


async def _to_the_daemon(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, has_http=True, policies=ONCE))
    radio = run.keep(a_radio(plant.modem))
    sender = Sender(url=f"http://127.0.0.1:{plant.http_port}{PREFIX}/{SOURCE}", token=HTTP_TOKEN)
    posting = asyncio.create_task(sender.post())
    for _ in range(1 if run.is_quick else 5):
        async with plant.gateway() as gateway:
            await sender.goes_on(run)
            await running(gateway)
            gateway.signal(signal.SIGHUP)
            await sender.goes_on(run)
            gateway.signal(signal.SIGTERM)
            assert await gateway.ends() == 0
    gateway = await run.use(plant.gateway())
    await sender.goes_on(run)
    await running(gateway)
    await _end(posting)
    await radio.sms(TITLE)
    await plant.settled()
    _measure(run, sender, plant.journal, Host.DAEMON, {202, 503, REFUSED})
    return run.outcome(plant.journal, radio.phones)


async def _to_the_house(run: Run) -> Outcome:
    house = await run.use(a_house(run.folder / "house", run.ledger))
    hub, token = await _add_endpoint(house)
    base = house.home_assistant.url
    sender = Sender(url=f"{base}{PREFIX}/{SOURCE}", token=token, webhook=f"{base}/api/webhook/nobody")
    posting = asyncio.create_task(sender.post())
    await sender.goes_on(run)
    for _ in range(1 if run.is_quick else 5):
        await house.home_assistant.post(f"/api/config/config_entries/entry/{hub}/reload", {})
        await sender.goes_on(run)
    await house.kept()
    await house.stop()
    sender.swallowed = 0
    await house.start()
    await sender.goes_on(run)
    await _end(posting)
    await house.radio.sms(TITLE, within=60.0)
    run.count("answered 200 by a webhook of Home Assistant, for nobody", sender.swallowed)
    _measure(run, sender, house.journal, Host.HOUSE, {202, 503, REFUSED, NOT_LOADED})
    return run.outcome(None, house.radio.phones)


async def _add_endpoint(house: House) -> tuple[str, str]:
    """By its form, as a person does; the id of the hub's entry, and the secret that is shown once."""
    home_assistant = house.home_assistant
    hub = await home_assistant.wait_for_entry(
        "alert_gateway", lambda entry: "endpoint" in str(entry.get("supported_subentry_types"))
    )
    path = "/api/config/config_entries/subentries/flow"
    step = await home_assistant.post(path, {"handler": [hub["entry_id"], "endpoint"]})
    form = {"name": SOURCE, "format": "generic", "advanced": {}}
    step = await home_assistant.post(f"{path}/{step['flow_id']}", form)
    secret = step["description_placeholders"]["secret"]
    await home_assistant.post(f"{path}/{step['flow_id']}", {})
    return str(hub["entry_id"]), str(secret)


async def _status(session: aiohttp.ClientSession, url: str, **request: object) -> int:
    try:
        async with session.post(url, **request) as response:  # type: ignore[arg-type]  # what aiohttp takes
            return response.status
    except (aiohttp.ClientError, TimeoutError):
        return REFUSED


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _measure(run: Run, sender: Sender, journal: Path, host: Host, allowed: set[int]) -> None:
    """What was answered, and whether the journal has all that was taken."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as rows:
        known = {name.partition(":")[2] for (name,) in rows.execute(ANSWERED)}
    run.note("answered 202 and lost", len(set(sender.taken) - known))
    run.note("neither taken nor to be tried again", sum(s not in allowed for s in sender.answers.values()))
    for status in sender.answers.values():
        run.count("answers", of=f"{host}: {status or 'no connection'}")
    run.ledger.accept("cellar", TITLE, ANNA)
