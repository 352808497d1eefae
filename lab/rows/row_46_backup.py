"""A backup is made while alarms are sent, and put back: three days later, or at once."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
import tarfile
from contextlib import closing
from enum import StrEnum
from typing import TYPE_CHECKING

from lab.parts.clocks import a_wall_clock
from lab.parts.house import HOME_ASSISTANT, a_house
from lab.parts.names import ANNA
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, Statistic, World

if TYPE_CHECKING:
    from pathlib import Path

    from lab.parts.plant import Plant
    from lab.run import Outcome, Run

AGE = 3 * 86400.0  # seconds: of the backup, when it is put back
SENT = 20  # requests, before the backup and while it is made
WAITING = 3  # alarms that wait in the backup, and are sent after it was made
RESTORED = "restored, "
SILENCE = 6.0  # seconds of watching for what must not come; a waiting alarm leaves within one


class Backup(StrEnum):
    """Whose it is."""

    DAEMON = "sqlite3's .backup beside the daemon, three days old"
    HOUSE = "Home Assistant's own, put back at once"


CASES = tuple(Backup)

ROW = Row(
    number=46,
    fault="backup during sends; restore of an old one",
    expected="nobody waits for the backup; of what waited in it nothing is sent again, and one message names "
    "what was open",
    worlds={World.REAL: Extent(quick=1, full=5 * len(CASES), alone=True)},
    limits=(
        Limit("SMS after the restore", at_most=1),
        Limit("t_pause", at_most=0.05, unit="s", of=Statistic.MEDIAN),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.FAKETIME, Need.HOME_ASSISTANT}),
    timeout=300.0,
    remark=(
        "t_pause: how long a commit took longest while the copy was made, from POST to 202, beyond before. "
        "The quick laboratory plays the daemon's, of which the copy is one start old"
    ),
)


async def play(run: Run) -> Outcome:
    """As somebody does it who reads the documents; and by the hooks of Home Assistant."""
    case = Backup.DAEMON if run.is_quick else CASES[run.seed % len(CASES)]
    return await (_beside_the_daemon(run) if case is Backup.DAEMON else _in_the_house(run))


async def _beside_the_daemon(run: Run) -> Outcome:
    then = {} if run.is_quick else a_wall_clock(run.folder, -AGE).environment()
    silent = {"raises_alarms": False}  # that the modem was away is not what this row is about
    plant = await run.use(
        a_plant(run.folder, ledger=run.ledger, has_http=True, supervision=silent, policies=ONCE)
    )
    radio = run.keep(a_radio(plant.modem))
    copy = run.folder / "backup.db"
    async with plant.gateway(**then) as gateway:
        await running(gateway)
        before = await _post(run, plant, "before", SENT)
        await radio.sms("Tank is low, before.")
        await plant.settled()  # whatever is cut off in the middle of its sending may come once more
        heard = len(plant.peer.messages)
        radio.unplug()
        await plant.route("failed", after=heard, within=60.0)
        for number in range(WAITING):
            await plant.raise_alarm(f"waits{number}", f"Door {number} open, waits.")
            await plant.told(f"waits{number}", "queued")
        copying = asyncio.create_task(asyncio.to_thread(_copy, plant.journal, copy))
        during = await _post(run, plant, "during", SENT)
        await copying
        run.note("t_pause", max(0.0, max(during) - max(before)))
        radio.plug_in()
        for number in range(WAITING):
            await radio.sms(f"Door {number} open, waits.", within=60.0)
        await plant.settled()
        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == 0

    if run.is_quick:  # not for its age, but for its count of starts it is known
        async with plant.gateway() as gateway:
            await running(gateway)
            gateway.signal(signal.SIGTERM)
            assert await gateway.ends() == 0
    for each in ("journal.db-wal", "journal.db-shm"):  # as docs/daemon.md says
        (plant.folder / each).unlink(missing_ok=True)
    copy.replace(plant.journal)
    had = len(radio.phone.texts)
    await run.use(plant.gateway())
    await radio.sms(RESTORED, within=60.0)
    await asyncio.sleep(SILENCE)
    run.note("SMS after the restore", len(radio.phone.texts) - had)
    run.ledger.accept("restored", RESTORED, ANNA)
    await plant.settled()
    return run.outcome(None, radio.phones)


async def _post(run: Run, plant: Plant, name: str, count: int) -> list[float]:
    """So many requests about one alarm, one after the other; how long each took."""
    took = []
    for number in range(count):
        began = run.now()
        assert await plant.post(name, f"Tank is low, {name}.", id=f"{name}{number}") == 202
        took.append(run.now() - began)
    promised = {each.name: each for each in run.ledger.promises}  # said again, it is the same promise
    run.ledger.promises = list(promised.values())
    return took


def _copy(journal: Path, copy: Path) -> None:
    """What ``sqlite3 journal.db ".backup 'copy'"`` does."""
    with closing(sqlite3.connect(journal)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


async def _in_the_house(run: Run) -> Outcome:
    """Two alarms: what people bear of them at once, with the one that tells of the restore."""
    house = await run.use(a_house(run.folder / "house", run.ledger))
    radio = house.radio
    await house.publish("before", "Pump off, before")
    await radio.sms("Pump off, before", within=60.0)
    await house.settled()
    await house.act("acknowledge_alarm", all=True)  # somebody has it: it is not told again meanwhile
    radio.unplug()
    await house.publish("waits", "Door open, waits")
    await run.until(lambda: _waits(house.journal), "the message")
    backing_up = asyncio.create_task(house.home_assistant.post("/api/services/backup/create", {}))
    slowest = 0.0
    while not backing_up.done():
        began = run.now()
        await house.act("raise_alarm", key="before", title="Pump off, before", severity="critical")
        slowest = max(slowest, run.now() - began)
    await backing_up
    run.note("t_action", slowest)
    radio.plug_in()
    await radio.sms("Door open, waits", within=60.0)
    await house.settled()
    await house.stop()
    _put_back(house.folder / HOME_ASSISTANT)
    had = len(radio.phone.texts)
    await house.start()
    await radio.sms(RESTORED, within=60.0)
    await asyncio.sleep(SILENCE)
    run.note("SMS after the restore", len(radio.phone.texts) - had)
    run.ledger.accept("restored", RESTORED, ANNA)
    return run.outcome(None, radio.phones)


def _waits(journal: Path) -> bool:
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as rows:
        (count,) = rows.execute("SELECT count(*) FROM message WHERE state = 'queued'").fetchone()
    return bool(count)


def _put_back(configuration: Path) -> None:
    """The folder of the gateway as the newest backup has it, and nothing else."""
    newest = max((configuration / "backups").glob("*.tar"), key=lambda file: file.stat().st_mtime)
    place = configuration / "alert_gateway"
    shutil.rmtree(place)
    place.mkdir(mode=0o700)
    with tarfile.open(newest) as outer:
        inner_name = next(name for name in outer.getnames() if name.endswith("homeassistant.tar.gz"))
        inner_file = outer.extractfile(inner_name)
        with tarfile.open(fileobj=inner_file, mode="r:gz") as inner:
            for member in inner.getmembers():
                if member.isfile() and member.name.startswith("data/alert_gateway/"):
                    member.name = member.name.removeprefix("data/alert_gateway/")
                    inner.extract(member, place, filter="data")
