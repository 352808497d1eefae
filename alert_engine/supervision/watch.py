"""The supervision at work: it looks when something changed or comes due, and audits every minute."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from alert_engine.clock import lead_of
from alert_engine.decisions.supervision_alarms import ORPHANED_AFTER, Changes, reconcile
from alert_engine.decisions.supervision_ladder import climb
from alert_engine.errors import JournalError
from alert_engine.failpoints import Moment
from alert_engine.operations import heartbeats, opt_outs

from . import rehearsals, wishes
from .auditor import AUDIT_INTERVAL, Auditor
from .credit_questions import CreditQuestions
from .dead_man import DeadManSwitch
from .figures import SupervisionFigures
from .patrol import Duties, do, recorded
from .rehearsal_notes import RehearsalNotes
from .route_memory import RouteMemory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from alert_engine.decisions.supervision_alarms import Fault
    from alert_engine.decisions.supervision_ladder import Standing
    from alert_engine.ledger import Ledger
    from alert_engine.model import Channel
    from alert_engine.outbox.outbox import Outbox
    from alert_engine.routes.base import Credit
    from alert_engine.settings import EngineSettings
    from alert_engine.work import Work

    from .figures import RouteFigures
    from .patrol import Recorded

# Between looks when nothing happens: credit, weaknesses and people change no faster.
LONGEST_LOOK = timedelta(minutes=5)
# The same, while a route may send only so much in a day: the last fifth of that may be gone in minutes.
BUDGET_LOOK = timedelta(seconds=30)
_SHORTEST_LOOK = timedelta(seconds=1)
# After a failed commit, in seconds.
JOURNAL_PAUSE = 5.0

_LOGGER = logging.getLogger(__name__)


class Supervision:
    """Watches routes, people and the engine itself, and raises alarms about them.

    Args:
        ledger: for everything that is read, written and known.
        outbox: whose routes are watched.
        ping: tells the dead man's switch outside that all is well; None: there is none.
    """

    def __init__(
        self, ledger: Ledger, outbox: Outbox, *, ping: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        self._ledger = ledger
        self._clock = ledger.clock
        self._memory = RouteMemory()
        self._auditor = Auditor(ledger, outbox.in_hand)
        self._credit = CreditQuestions(ledger, outbox.routes, self.wake)
        self._rehearsals = RehearsalNotes(ledger, self.wake)
        self._switch = self._switch_of(ping)
        self._figures: Mapping[str, RouteFigures] = {}
        self._faults: Mapping[str, Fault] = {}
        self._is_clock_behind = False
        self._settings: EngineSettings | None = None
        self._carried: frozenset[tuple[str, Channel]] = frozenset()  # what each route carries
        self._looking = asyncio.Lock()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._started = self._audit_at = self._look_at = 0.0
        self._lead = timedelta(0)

    def start(self) -> None:
        """Begin."""
        self._settings = self._ledger.settings  # the recovery has seen to them
        self._started = self._clock.monotonic()
        self._audit_at = self._started + AUDIT_INTERVAL
        self._lead = lead_of(self._clock)
        self._rehearsals.start()
        self._task = asyncio.create_task(self._run(), name="supervision")
        if self._switch is not None:
            self._switch.start()

    async def stop(self) -> None:
        """End."""
        self._rehearsals.stop()
        await self._credit.stop()
        if self._switch is not None:
            await self._switch.stop()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def use_ping(self, ping: Callable[[], Awaitable[object]] | None) -> None:
        """Tell this dead man's switch from now on; None: there is none any more."""
        former, self._switch = self._switch, None
        if former is not None:
            await former.stop()
        self._switch = self._switch_of(ping)
        if self._switch is not None and self._task is not None:
            self._switch.start()
        self.wake()  # what was out of reach is nobody's any more

    def wake(self) -> None:
        """Look soon: something changed."""
        self._wake.set()

    async def look_now(self) -> None:
        """A route's health changed: judge it before it is given the next message."""
        if self._task is not None:
            await self._try(self._look)
            self._wake.set()

    async def ask_credit(self, route: str) -> Credit | None:
        """What a route says is left to pay with. Raises CreditUnknownError, JournalError."""
        told = await self._credit.ask_now(route)
        await self.look_now()  # its credit may be an alarm, or the end of one
        return told

    def figures(self) -> SupervisionFigures:
        """What the newest looks found."""
        return SupervisionFigures(
            routes=self._figures,
            violations=self._auditor.violations,
            faults=self._faults,
            reached_nobody=self._auditor.reached_nobody,
            is_content=self._is_well(),
            is_clock_behind=self._is_clock_behind,
            last_ping=self._switch.last if self._switch else None,
        )

    # --- the task -------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            pause = await self._try(self._round)
            soon = min(self._look_at, self._audit_at)
            if await self._clock.wait(self._wake, self._clock.monotonic() + pause if pause else soon):
                self._look_at = 0.0

    async def _round(self) -> None:
        await self._follow_settings()
        if self._clock.monotonic() >= self._audit_at:
            self._audit_at = self._clock.monotonic() + AUDIT_INTERVAL
            if await self._auditor.audit():
                self._look_at = 0.0
        await self._rehearsals.write_down()
        if self._clock.monotonic() >= self._look_at:
            await self._look()

    async def _try(self, act: Callable[[], Awaitable[None]]) -> float:
        """Do it; how many seconds to pause if that failed."""
        try:
            await act()
        except JournalError as error:
            _LOGGER.warning("the supervision waits: %s", error)
            return JOURNAL_PAUSE
        except Exception:
            # A defect of ours must not end all supervision.
            _LOGGER.exception("the supervision failed; trying again")
            return JOURNAL_PAUSE
        return 0.0

    async def _follow_settings(self) -> None:
        """Some of it is kept in the journal; other settings are read anew each time."""
        settings = self._ledger.settings
        carried = frozenset(
            (view.name, each) for view in self._ledger.board.views() for each in view.channels
        )
        if settings is not self._settings or carried != self._carried:
            await self._ledger.commit(Moment.TIMER, _adopt)
            self._settings, self._carried = settings, carried

    # --- one look -------------------------------------------------------------------------------------

    async def _look(self) -> None:
        async with self._looking:
            self._follow_clock()
            now, settings = self._clock.now(), self._ledger.settings
            healths = self._ledger.board.healths()
            self._memory.note(healths, now)
            read = partial(recorded, routes=tuple(healths), settings=settings, now=now)
            found = await self._ledger.read(read)
            standings = {
                name: climb(
                    self._memory.observe(name, found.routes[name], settings.supervision.of_route(name)), now
                )
                for name in healths
            }
            self._ledger.board.doubt(name for name, each in standings.items() if each.fault is not None)
            duties = self._duties(found, standings, now)
            if duties:
                await self._ledger.commit(Moment.TIMER, partial(do, duties=duties))
            self._credit.ask(duties.credit_asked)
            self._conclude(found, standings, duties, now)

    def _duties(self, found: Recorded, standings: Mapping[str, Standing], now: datetime) -> Duties:
        settings = self._ledger.settings.supervision
        by_sms, by_route = wishes.credit(settings, found, standings, self._credit.tellers(), now)
        return Duties(
            changes=self._changes(found, standings, now),
            loopbacks=wishes.loopbacks(settings, standings, now),
            credit_by_sms=by_sms,
            credit_asked=by_route,
            rehearsals=found.due,
            end_rehearsals=found.unanswered,
        )

    def _changes(self, found: Recorded, standings: Mapping[str, Standing], now: datetime) -> Changes:
        settings = self._ledger.settings.supervision
        # What is wrong with a modem is told once, not for its SMS and again for its calls.
        healths = self._ledger.board.healths().items()
        companions = {name for name, health in healths if health.companion_of in standings}
        weak = {
            name: self._memory.note_weakness(name, weak=wishes.is_weak(each), now=now)
            for name, each in standings.items()
        }
        wanted = {
            **wishes.faults_of_routes(
                settings,
                found,
                {name: each for name, each in standings.items() if name not in companions},
                weak_since=weak,
                views=self._ledger.board.views(),
                now=now,
            ),
            **wishes.faults_of_budgets(found),
            **wishes.faults_of_the_disk(self._ledger.trouble),
            **wishes.faults_of_the_engine(self._auditor, self._switch, found.known),
            **found.overdue,
        }
        self._faults = wanted
        held = wishes.held(
            standings, found.known, nobody_has=self._auditor.nobody_has, is_young=self._is_young()
        )
        return reconcile(found.known, wanted if settings.raises_alarms else {}, held)

    def _conclude(
        self, found: Recorded, standings: Mapping[str, Standing], duties: Duties, now: datetime
    ) -> None:
        """Remember what was found, and when to look again."""
        self._is_clock_behind = found.is_clock_behind
        self._figures = {name: wishes.figures(each, found.routes[name]) for name, each in standings.items()}
        moments = [each.look_at for each in standings.values()] + [
            rehearsals.next_start(self._ledger.settings, now)
        ]
        if any(facts.budget is not None for facts in found.routes.values()):
            moments.append(now + BUDGET_LOOK)
        left = min((moment - now for moment in moments if moment is not None), default=LONGEST_LOOK)
        # What was just written is seen in the next look.
        soon = _SHORTEST_LOOK if duties else min(max(left, _SHORTEST_LOOK), LONGEST_LOOK)
        self._look_at = self._clock.monotonic() + soon.total_seconds()

    def _is_young(self) -> bool:
        """Routes may still be missing that are about to be added."""
        return self._clock.monotonic() - self._started < ORPHANED_AFTER.total_seconds()

    def _switch_of(self, ping: Callable[[], Awaitable[object]] | None) -> DeadManSwitch | None:
        return None if ping is None else DeadManSwitch(self._ledger, ping, self._is_well, self.wake)

    def _is_well(self) -> bool:
        return self._auditor.is_content(self._clock.monotonic())

    def _follow_clock(self) -> None:
        """What lasts is remembered by the wall clock; when that jumps, so does the memory."""
        lead = lead_of(self._clock)
        if lead != self._lead:
            self._memory.follow_clock(lead - self._lead)
            self._lead = lead


def _adopt(work: Work) -> None:
    """What the journal keeps of new settings and routes."""
    heartbeats.watch(work)
    opt_outs.look(work)
