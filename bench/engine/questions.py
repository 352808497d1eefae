"""What the operator's page asks the engine, on a journal that is there; nothing is started or written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from alert_engine.model import AlarmState, MessageState
from bench.engine.life import ROUTE, everybody, make_engine
from bench.spread import spread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from alert_engine.engine import AlertEngine

PAGE = 51  # the page shows 50, and asks for one more
FAR = 10  # pages before the one that is asked for, where people scroll
PERSON = "p7"
RARE = (MessageState.QUEUED, MessageState.IN_FLIGHT, MessageState.IN_DOUBT)
FAILED = (MessageState.FAILED, MessageState.EXPIRED)
LOUD = (AlarmState.RAISED,)
OVER = (AlarmState.CLOSED,)


async def ask_all(journal: Path, *, times: int) -> dict[str, dict[str, float]]:
    """Each question so many times, after once that does not count."""
    found = make_engine(journal, everybody())
    # Only what reads: no timers, no look of the auditor, no copy of the file beside it.
    await found._journal.open()  # noqa: SLF001 - the engine opens it with everything else
    try:
        return {name: await _asked(ask, times) for name, ask in (await _questions(found)).items()}
    finally:
        await found._journal.close()  # noqa: SLF001 - the same


async def _asked(ask: Callable[[], Awaitable[Any]], times: int) -> dict[str, float]:
    await ask()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        await ask()
        seconds.append(time.perf_counter() - began)
    return spread(seconds)


async def _questions(engine: AlertEngine) -> dict[str, Callable[[], Awaitable[Any]]]:
    """By name: what `panel/questions.py` and `panel/overview.py` call, first pages and pages far behind."""
    history = engine.history
    messages = await _far(lambda before: history.messages(before=before, limit=PAGE), "uid")
    of_person = await _far(
        lambda before: history.messages(recipient=PERSON, before=before, limit=PAGE), "uid"
    )
    alarms = await _far(lambda before: history.alarms(before=before, limit=PAGE), "alarm.id")
    inbox = await _far(lambda before: history.inbox(before=before, limit=PAGE), "id")
    talk = await _far(lambda before: history.conversation(person=PERSON, before=before, limit=PAGE), "id")
    newest = (await history.inbox(person=PERSON, limit=1))[0]
    return {
        "overview: summary": engine.summary,
        "overview: open alarms": engine.open_alarms,
        "overview: people": engine.roster.on_call,
        "alarms": lambda: history.alarms(limit=PAGE),
        "alarms, far behind": lambda: history.alarms(before=alarms, limit=PAGE),
        "alarms that are loud": lambda: history.alarms(states=LOUD, limit=PAGE),
        "alarms that are over": lambda: history.alarms(states=OVER, limit=PAGE),
        "one alarm": lambda: history.alarm(alarms),
        "messages": lambda: history.messages(limit=PAGE),
        "messages, far behind": lambda: history.messages(before=messages, limit=PAGE),
        "messages that wait": lambda: history.messages(states=RARE, limit=PAGE),
        "messages that failed": lambda: history.messages(states=FAILED, limit=PAGE),
        "messages that failed, far behind": lambda: history.messages(
            states=FAILED, before=messages, limit=PAGE
        ),
        "messages of a person": lambda: history.messages(recipient=PERSON, limit=PAGE),
        "messages of a person, far behind": lambda: history.messages(
            recipient=PERSON, before=of_person, limit=PAGE
        ),
        "messages of a person that failed": lambda: history.messages(
            recipient=PERSON, states=FAILED, limit=PAGE
        ),
        "messages of a person that wait": lambda: history.messages(recipient=PERSON, states=RARE, limit=PAGE),
        "messages of an alarm": lambda: history.messages(alarm_id=alarms, limit=PAGE),
        "attempts of a message": lambda: history.attempts(messages),
        "inbox": lambda: history.inbox(limit=PAGE),
        "inbox, far behind": lambda: history.inbox(before=inbox, limit=PAGE),
        "inbox of a person": lambda: history.inbox(person=PERSON, limit=PAGE),
        "who wrote": lambda: history.senders(limit=500),
        "conversation with a person": lambda: history.conversation(person=PERSON, limit=PAGE),
        "conversation with a person, far behind": lambda: history.conversation(
            person=PERSON, before=talk, limit=PAGE
        ),
        "conversation with a number": lambda: history.conversation(address=newest.sender, limit=PAGE),
        "figures of a route": lambda: history.route_figures(ROUTE),
        "newest tests": engine.rehearsing.newest,
    }


async def _far(ask: Callable[[str | None], Awaitable[Any]], name: str) -> str:
    """The id at the end of `FAR` pages; of fewer, where there are not so many."""
    before: str | None = None
    for _ in range(FAR):
        page = await ask(before)
        if len(page) < PAGE:
            break
        before = _id(page[-1], name)
    assert before is not None  # noqa: S101 - a journal of a benchmark has a page of everything
    return before


def _id(item: Any, name: str) -> str:
    for part in name.split("."):
        item = getattr(item, part)
    return str(item)
