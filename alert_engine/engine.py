"""The engine: the composition root and the only public face of this floor.

::

    engine = AlertEngine(settings, Journal(path), clock=SystemClock(), ids=RandomIds())
    await engine.start()
    await engine.add_route(route)
    result = await engine.raise_alarm(AlarmRaise(source="plc1", key="pump", severity=Severity.CRITICAL))

What a method returned is on the disk. `JournalError` means that nothing was accepted.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from .desk import Desk
from .errors import JournalError
from .failpoints import Moment, disarmed
from .history import History
from .inbound import reception
from .inbound.access import Access
from .inbound.pin_check import check_pin
from .keywords import Keywords
from .ledger import Ledger
from .model import AlarmClose, AlarmUnacknowledge, RouteChanged
from .notes import Notes
from .operations import (
    advancing,
    calls,
    heartbeats,
    queries,
    recovery,
    reports,
    timers,
)
from .outbox.outbox import Outbox
from .outbox.route_board import RouteBoard
from .rehearsing import Rehearsing
from .roster import RosterDesk
from .supervision import arrivals
from .supervision.watch import Supervision
from .timers import Timers
from .upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from .clock import Clock
    from .ids import IdSource
    from .journal.store import Journal
    from .model import (
        Alarm,
        AlarmAcknowledge,
        AlarmClear,
        AlarmRaise,
        AlarmResult,
        AlarmShelve,
        AlarmUnshelve,
        Ask,
        EngineEvent,
        Maintenance,
        MaintenanceEnd,
        MaintenanceStart,
        Message,
        MessageState,
        Person,
        ReplyRequest,
        Result,
        SendRequest,
        SendResult,
        Summary,
        Verdict,
    )
    from .operations.heartbeats import HeartbeatStanding
    from .operations.queries import Backlog
    from .routes.base import (
        Credit,
        InboundReport,
        InboundSms,
        KeyAnswer,
        KeyPress,
        LateAcceptance,
        Ring,
        Route,
        RouteHealth,
    )
    from .settings import EngineSettings
    from .supervision.figures import SupervisionFigures

_LOGGER = logging.getLogger(__name__)


class AlertEngine:
    """Alarms in, messages out, answers in. It is the `RouteSink` of its routes.

    All methods run on the event loop that started it. It opens its journal at start and closes it at stop;
    after that it is not started again.

    Args:
        settings: who is told what; `update_settings` replaces them.
        journal: the promises, not opened yet.
        clock: all time.
        ids: all identities and chance.
        failpoint: called with a name of `failpoints.NAMES` around every commit; for tests.
        ping: tells a dead man's switch outside that all is well; called as long as it is.

    Attributes:
        access: what people prove themselves with; who opted out; the audit.
        keywords: what people wrote for whoever acts on it.
        history: what was: attempts, conversations, alarms with their notes, figures and signal of routes.
        notes: what an intake writes down for itself.
        rehearsing: what a text would do; the tests of people.
        roster: whom an alarm would reach now.
    """

    def __init__(
        self,
        settings: EngineSettings,
        journal: Journal,
        *,
        clock: Clock,
        ids: IdSource,
        failpoint: Callable[[str], None] = disarmed,
        ping: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._board = RouteBoard(clock)
        self._ledger = Ledger(settings, journal, clock=clock, ids=ids, board=self._board, failpoint=failpoint)
        self.access = Access(self._ledger, ids)
        self.keywords = Keywords(self._ledger)
        self.history = History(self._ledger)
        self.notes = Notes(self._ledger)
        self.rehearsing = Rehearsing(self._ledger)
        self.roster = RosterDesk(self._ledger)
        self._timers = Timers(self._ledger)
        self._upkeep = Upkeep(self._ledger)
        self._outbox = Outbox(self._ledger, self)
        self._desk = Desk(self._ledger, self._outbox)
        self._supervision = Supervision(self._ledger, self._outbox, ping=ping)

    # --- life -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the journal, settle what a crash left behind, then send what is due.

        Raises:
            JournalError: nothing was started, and the journal is closed again.
        """
        try:
            await self._journal.open()
            await self._ledger.commit(Moment.RECOVERY, recovery.recover)
        except BaseException:
            await self._journal.close()
            raise
        self.keywords.open()
        self._timers.start()
        self._upkeep.start()
        await self._outbox.start()
        self._supervision.start()

    async def stop(self) -> None:
        """Let each route finish its segment, close the journal. Without it the next start has some doubt."""
        await self._supervision.stop()
        await self._upkeep.stop()
        await self._timers.stop()
        await self._outbox.stop()
        await self.keywords.close()
        await self._journal.close()

    async def add_route(self, route: Route) -> None:
        """Take a route in; earlier ones are preferred. Raises InvalidRequestError: its name is taken."""
        await self._outbox.add(route)
        self._supervision.wake()

    async def remove_route(self, name: str) -> None:
        """Stop a route and forget it. What it had in hand is settled; its queue waits for other routes."""
        await self._outbox.remove(name)
        self._supervision.wake()

    def arrange_routes(self, names: Sequence[str]) -> None:
        """Prefer the routes in this order from now on; those that are not named come after, as they were."""
        self._outbox.arrange(names)

    def update_settings(self, settings: EngineSettings) -> None:
        """Use these from the next operation on. Open alarms keep the policy of their raise."""
        self._ledger.settings = settings
        self._supervision.wake()

    async def use_ping(self, ping: Callable[[], Awaitable[object]] | None) -> None:
        """Tell this dead man's switch from now on, in place of the one before; None: nobody outside."""
        await self._supervision.use_ping(ping)

    # --- alarms and messages --------------------------------------------------------------------------

    async def apply(self, requests: Sequence[Ask]) -> tuple[Result, ...]:
        """Do all of it in one commit, or nothing; one result for each, in order.

        Raises:
            UnknownRecipientError: a text is for nobody.
            InvalidRequestError: one of them makes no sense.
            JournalError: nothing was committed.
        """
        return await self._desk.apply(requests)

    async def raise_alarm(self, request: AlarmRaise) -> AlarmResult:
        """A source says: it is on. Raises InvalidRequestError, JournalError."""
        return await self._desk.about_alarm(request)

    async def raise_alarms(self, requests: Sequence[AlarmRaise]) -> tuple[AlarmResult, ...]:
        """All of them in one commit, or none. Raises InvalidRequestError, JournalError."""
        return await self._desk.about_alarms(requests)

    async def clear(self, request: AlarmClear) -> AlarmResult:
        """A source says: it is over. Raises InvalidRequestError, JournalError."""
        return await self._desk.about_alarm(request)

    async def acknowledge(self, request: AlarmAcknowledge) -> AlarmResult:
        """Somebody takes it; others who were told hear of it. Raises InvalidRequestError, JournalError."""
        return await self._desk.about_alarm(request)

    async def unacknowledge(self, alarm_id: str, *, by: str) -> AlarmResult:
        """Whoever took it gives it back: it is loud again. Raises InvalidRequestError, JournalError."""
        return await self._desk.about_alarm(AlarmUnacknowledge(by=by, alarm_id=alarm_id))

    async def close_alarm(self, alarm_id: str, *, by: str) -> AlarmResult:
        """A person ends the episode, whatever the source says. Raises InvalidRequestError, JournalError."""
        return await self._desk.about_alarm(AlarmClose(by=by, alarm_id=alarm_id))

    async def shelve(self, request: AlarmShelve) -> AlarmResult:
        """Nobody is told for a while, and people hear so. Raises InvalidRequestError, JournalError."""
        return await self._desk.about_alarm(request)

    async def unshelve(self, request: AlarmUnshelve) -> AlarmResult:
        """What is still on is told again. Raises InvalidRequestError, JournalError."""
        return await self._desk.about_alarm(request)

    async def start_maintenance(self, request: MaintenanceStart) -> AlarmResult:
        """Nobody is told of these alarms until it ends; returned are those that are open.

        The same source and keys again replace it. Raises InvalidRequestError, JournalError.
        """
        return await self._desk.about_alarm(request)

    async def end_maintenance(self, request: MaintenanceEnd) -> AlarmResult:
        """What is still on is told; UNKNOWN if there is no such. Raises InvalidRequestError, JournalError."""
        return await self._desk.about_alarm(request)

    async def send(self, request: SendRequest) -> SendResult:
        """A text for persons or numbers, without an alarm.

        Raises:
            UnknownRecipientError: one of them is nobody; nothing is sent to the others either.
            InvalidRequestError: another field makes no sense.
            JournalError: nothing was accepted.
        """
        return await self._desk.send(request)

    async def reply(self, request: ReplyRequest) -> SendResult:
        """A person's answer to an inbound message, by the route by which it came if that is well.

        Raises InvalidRequestError, which says in words why a sender cannot be answered; JournalError.
        """
        return await self._desk.reply(request)

    async def cancel(self, uid: str) -> Verdict:
        """Do not send this message. Raises JournalError.

        UNKNOWN if there is none, UNCHANGED if it is too late. What a route has in hand is not sent again.
        """
        return await self._ledger.commit(Moment.SEND, partial(advancing.cancel, uid=uid))

    # --- questions ------------------------------------------------------------------------------------

    async def open_alarms(self) -> tuple[Alarm, ...]:
        """Alarms that are not over, the oldest first. Raises JournalError."""
        return await self._ledger.read(lambda tx: tx.alarms.all_open())

    async def maintenances(self) -> tuple[Maintenance, ...]:
        """Those under way. Raises JournalError."""
        return await self._ledger.read(lambda tx: tx.maintenance.every())

    async def alarm(self, alarm_id: str) -> Alarm | None:
        """One alarm, open or closed. Raises JournalError."""
        return await self._ledger.read(lambda tx: tx.alarms.get(alarm_id))

    async def messages(
        self,
        *,
        alarm_id: str | None = None,
        states: Collection[MessageState] | None = None,
        limit: int = 100,
    ) -> tuple[Message, ...]:
        """Messages, the newest first: of an alarm, in these states, or all. Raises JournalError."""
        return await self._ledger.read(
            partial(queries.messages, alarm_id=alarm_id, states=states, limit=limit)
        )

    async def sent(self, request_id: str | None = None) -> Mapping[str, tuple[Message, ...]]:
        """Messages of the sends of the last 24 h that had an id, by it: one, or all. Raises JournalError."""
        now = self._clock.now()
        return await self._ledger.read(partial(queries.sent, request_id=request_id, now=now))

    async def summary(self) -> Summary:
        """The state of everything in one line. Raises JournalError."""
        return await self._ledger.read(queries.summary)

    async def backlog(self) -> Backlog:
        """What waits, for figures. Raises JournalError."""
        return await self._ledger.read(queries.backlog)

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who can be told."""
        return self._ledger.settings.people

    @property
    def own_policy(self) -> str | None:
        """The name of the policy of the gateway's own alarms; None: by their severity."""
        return self._ledger.settings.supervision.policy

    def routes(self) -> Mapping[str, RouteHealth]:
        """The newest health of each route."""
        return self._board.healths()

    def supervision(self) -> SupervisionFigures:
        """What the newest look at routes and promises found."""
        return self._supervision.figures()

    async def ask_credit(self, route: str) -> Credit | None:
        """Ask a route what is left to pay with, and note its answer; None: it cannot say.

        It may take a minute. Raises CreditUnknownError if it could not be asked; JournalError.
        """
        return await self._supervision.ask_credit(route)

    async def heartbeats(self) -> tuple[HeartbeatStanding, ...]:
        """How the signs of life stand that are waited for. Raises JournalError."""
        return await self._ledger.read(partial(heartbeats.standings, now=self._clock.now()))

    def subscribe(self, listener: Callable[[EngineEvent], None]) -> Callable[[], None]:
        """Call `listener` with every event, on the event loop, after the commit and in the order of commits.

        Returned is what ends that. A listener that fails does not keep the event from the others.
        """
        return self._ledger.subscribe(listener)

    # --- the sink of the routes -----------------------------------------------------------------------

    async def inbound(self, route: str, message: InboundSms) -> None:
        """Record a message, obey it if it is a command, answer it. Raises JournalError."""
        checked = await check_pin(self._ledger, route, message)
        others = partial(reception.receive, route=route, message=message, checked=checked)
        operation = partial(arrivals.receive, route=route, message=message, others=others)
        await self._ledger.commit(Moment.INBOUND, operation)
        self._supervision.wake()

    async def report(self, route: str, report: InboundReport) -> None:
        """Take a delivery report. Raises JournalError."""
        await self._ledger.commit(Moment.REPORT, partial(reports.receive, route=route, report=report))

    async def accepted_late(self, route: str, acceptance: LateAcceptance) -> None:
        """Take note of a segment that was taken after all. Raises JournalError."""
        operation = partial(reports.accept_late, route=route, acceptance=acceptance)
        await self._ledger.commit(Moment.REPORT, operation)

    async def awaited(self, route: str) -> tuple[str, ...]:
        """References that a route gave and no final report has named yet. Raises JournalError."""
        return await self._ledger.read(partial(reports.awaited, route=route, now=self._clock.now()))

    async def key_pressed(self, route: str, press: KeyPress) -> KeyAnswer:  # noqa: ARG002 - as `RouteSink` has it
        """Do what a key means that somebody pressed in a call. Raises JournalError."""
        return await self._ledger.commit(Moment.INBOUND, partial(calls.press, pressed=press))

    async def rung(self, route: str, ring: Ring) -> None:
        """Tell that somebody rang."""
        self._ledger.publish(calls.received(self._ledger.settings, route, ring))

    async def health(self, route: str, health: RouteHealth) -> None:
        """Note a change of health. A route that came back gets its queue, and its doubts wait anew."""
        usable = self._board.usable(route)
        if not self._board.note(route, health):
            return
        self._ledger.publish(RouteChanged(route=route, health=health, at=self._clock.now()))
        await self._supervision.look_now()
        if self._board.usable(route) and not usable:
            try:
                await self._ledger.commit(Moment.TIMER, partial(timers.wait_anew, route=route))
            except JournalError as error:
                _LOGGER.warning("doubts of route %s keep their time: %s", route, error)
        self._outbox.wake()
