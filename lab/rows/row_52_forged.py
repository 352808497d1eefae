"""Somebody forges the numbers of those who may command: guesses PINs, one-time codes, and challenges."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from alert_engine.inbound.one_time_codes import code_at, counter_at
from alert_engine.inbound.settings import CommandSettings
from alert_engine.model import AlarmAcknowledge, Keyword, KeywordReceived, Severity, Tier
from lab.parts.virtual import ANNA, BERT, a_clockwork, number_of
from lab.row import Extent, Limit, Row, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

QUICK, FULL = 500, 10_000  # forged texts in a run
BETWEEN = 10.0  # seconds between two of them
PER_DAY = 8640
TRUSTED = 0.9  # of them come under a number of somebody who may command
FAILURES_IN_A_DAY = 10  # then commands are off until a person says otherwise
LOCKED_AFTER = 5
PIN = "314159"

GARAGE = Keyword(name="garage", words=("GARAGE",), tier=Tier.PROVEN)
DISARM = Keyword(name="disarm", words=("DISARM",), tier=Tier.CONFIRMED)
LAMP = Keyword(name="lamp", words=("LAMP",), tier=Tier.PROVEN)  # what its owner does use
COMMANDS = CommandSettings(keywords=(GARAGE, DISARM, LAMP))
ADA, BEN = (replace(each, can_command=True) for each in (ANNA, BERT))  # a PIN; an authenticator app

ROW = Row(
    number=52,
    fault="commands by brute force: PINs and one-time codes are guessed, under the numbers of those who may",
    expected="none is obeyed; five failures lock a number out, ten switch commands off",
    worlds={World.VIRTUAL: Extent(quick=1, full=100)},
    limits=(
        Limit("forged commands obeyed", at_most=0, anchor="A12"),
        Limit("guesses until the lock-out", at_most=LOCKED_AFTER, anchor="A12"),
        Limit("guesses compared in a day", at_most=FAILURES_IN_A_DAY),
        Limit("the owner's own commands obeyed", at_least=1),
    ),
    timeout=1800.0,
    remark="a person switches commands on again every day, as whoever guesses would wish",
)


async def play(run: Run) -> Outcome:
    """Days of guessing, with a number that the network believes; each begins with a command of its owner."""
    work = await run.use(
        a_clockwork(run, people=(ADA, BEN), commands=COMMANDS, conditions={"submit_latency": 1.0})
    )
    alarm = await work.raise_alarm("pump", Severity.CRITICAL, ADA, BEN, within=60.0)
    await work.engine.access.set_pin(ADA.id, PIN, by="test")
    key = _key_of(await work.engine.access.set_totp(BEN.id, by="test"))
    await work.until(60.0)
    forged = _forged(run, alarm.code)
    owners = 0
    for number in range(QUICK if run.is_quick else FULL):
        if number % PER_DAY == 0:
            await work.engine.access.enable_commands(by="test")
            proof = code_at(key, counter_at(work.story.clock.now()))
            work.writes(BEN, own := f"LAMP {proof}")
            owners += 1
            await work.until(work.seconds + BETWEEN)
            work.writes(BEN, own)  # somebody has read it
        sender, text = next(forged)
        work.house.network.deliver_sms(sender, text)
        await work.until(work.seconds + BETWEEN)
    run.ledger.commands.clear()  # what is forged is not kept twice
    run.count("forged texts", QUICK if run.is_quick else FULL)
    await _measure(run, work, owners)
    await work.engine.apply([AlarmAcknowledge(by=ADA.id, code=alarm.code)])
    await work.until(work.seconds + 300.0)
    return run.outcome(run.folder / "journal.db", work.phones)


def _forged(run: Run, code: str) -> Iterator[tuple[str, str]]:
    """Sender and text."""
    draw = run.random
    numbers = (number_of(ADA), number_of(BEN))
    while True:
        guess = f"{draw.randrange(10**6):06}"
        words = draw.choice(("GARAGE", "DISARM", "LAMP"))
        text = draw.choice(
            (f"{words} {guess}", f"{words} {guess}", words, guess, f"{words} {code}", f"OK {guess}")
        )
        strange = (f"00{numbers[0][1:]}", numbers[0][:-1], f"{numbers[1]}0", "Ada", "GATEWAY", "12345")
        yield draw.choice(numbers) if draw.random() < TRUSTED else draw.choice(strange), text


async def _measure(run: Run, work: Clockwork, owners: int) -> None:
    used = Counter(event.keyword for _, event in work.events if isinstance(event, KeywordReceived))
    run.note("the owner's own commands obeyed", min(used["lamp"], owners) / owners)
    run.note("forged commands obeyed", max(0, used["lamp"] - owners) + used["garage"] + used["disarm"])
    since_enabled: list[int] = [0]
    until_locked: dict[str, int] = {}
    for entry in reversed(await work.engine.access.audit(limit=100_000)):
        if entry.action == "commands_switched_on":
            since_enabled.append(0)
            until_locked.clear()
        elif entry.action in {"refused_wrong", "refused_used"}:
            since_enabled[-1] += 1
            until_locked[entry.actor] = until_locked.get(entry.actor, 0) + 1
        elif entry.action == "locked_out":
            run.note("guesses until the lock-out", until_locked.pop(entry.actor, 0))
    run.note("guesses compared in a day", *since_enabled)


def _key_of(uri: str) -> bytes:
    return base64.b32decode(parse_qs(urlsplit(uri).query)["secret"][0])
