"""One route at work: it takes the next message, sends it once, and journals what came of it.

The worker holds no state that matters: whatever it has in hand is journalled as in flight, and settled by
`recovery` should the process die here.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, TypeVar

from alert_engine.errors import JournalError, JournalRefusalError
from alert_engine.failpoints import Moment
from alert_engine.operations import delivery
from alert_engine.routes.base import ErrorClass, Rejected, SegmentProgress, SegmentState

from .interruption import interrupted_when_withdrawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from alert_engine.ledger import Ledger
    from alert_engine.routes.base import OutboundMessage, Outcome, Route
    from alert_engine.work import Work

    from .entry import OutboxEntry

T = TypeVar("T")

_LOGGER = logging.getLogger(__name__)

# A route gives each of its own waits a limit; the longest is the network's answer to one segment, 3 min.
# One that tells nothing for this long is stuck, in seconds.
ROUTE_SILENCE = 300.0

# After a failed commit (disk full, read-only), in seconds: soon enough once there is room again.
JOURNAL_PAUSE = 5.0

# Nobody sleeps longer than this, in seconds, so that a jump of the wall clock is noticed.
LONGEST_SLEEP = 60.0

# A route has 15 s to finish the segment in hand; then it is cut off, in seconds.
STOP_LIMIT = 20.0

_FAULT = "the route failed on this message: the log says where"


class RouteWorker:
    """Serves one route from its making until it is stopped. Stopping also stops the route."""

    def __init__(self, route: Route, ledger: Ledger, *, on_rest: Callable[[], None]) -> None:
        self._route = route
        self._ledger = ledger
        self._board = ledger.board
        self._clock = ledger.clock
        self._on_rest = on_rest
        self._wake = asyncio.Event()
        self._in_hand: delivery.Claim | None = None
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name=f"outbox {route.name}")

    @property
    def in_hand(self) -> str | None:
        """The uid of the message that is being sent."""
        return None if self._in_hand is None else self._in_hand.uid

    def wake(self) -> None:
        """Look again: something changed."""
        self._wake.set()

    async def stop(self) -> None:
        """Let the route finish the segment in hand and journal what came of it."""
        self._stopping = True
        self._wake.set()
        try:
            async with asyncio.timeout(STOP_LIMIT):
                await self._route.stop()
                await self._task
        except Exception as error:  # noqa: BLE001 - the others and the journal must stop as well
            name, kind = self._route.name, type(error).__name__
            _LOGGER.warning("route %s did not stop and was cut off: %s", name, kind)
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._in_hand is not None:
            with suppress(JournalError):  # then the next start settles it
                await self._ledger.commit(
                    Moment.OUTCOME,
                    partial(delivery.settle, claimed=self._in_hand, reason="the route was stopped"),
                )

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                sleep = await self._serve()
            except JournalError as error:
                _LOGGER.warning("route %s waits: %s", self._route.name, error)
                sleep = JOURNAL_PAUSE
            except Exception:
                # A defect of ours must not silence a route for good.
                _LOGGER.exception("route %s could not be served; trying again", self._route.name)
                sleep = JOURNAL_PAUSE
            if sleep:
                await self._clock.wait(self._wake, self._clock.monotonic() + sleep)

    async def _serve(self) -> float:
        """Send one message if there is one; else say how many seconds there will be none."""
        if not self._board.usable(self._route.name):
            return self._rest_left()
        now = self._clock.now()
        look = partial(
            delivery.candidate,
            route=self._route.name,
            routes=self._board.views(),
            settings=self._ledger.settings,
            now=now,
        )
        found = await self._ledger.read(look)
        if found is None or self._stopping:
            return LONGEST_SLEEP
        if isinstance(found, datetime):
            return min(LONGEST_SLEEP, max(0.0, (found - now).total_seconds()))
        await self._attempt(found, now)
        return 0.0

    def _rest_left(self) -> float:
        ends = self._board.rests_until(self._route.name)
        return LONGEST_SLEEP if ends is None else min(LONGEST_SLEEP, ends - self._clock.monotonic())

    async def _attempt(self, entry: OutboxEntry, now: datetime) -> None:
        """Try a message once. One that can never be written down fails, and the next does not wait for it."""
        try:
            await self._try(entry, now)
        except Exception as error:
            if isinstance(error, JournalError) and not isinstance(error, JournalRefusalError):
                self._in_hand = None
                raise
            _LOGGER.exception("route %s: a message is given up", self._route.name)
            await self._insist(partial(delivery.give_up, uid=entry.message.uid))
            await self._insist(delivery.report_defect)
        # Not when it is cut off: then it is in hand still, to be settled.
        self._in_hand = None

    async def _try(self, entry: OutboxEntry, now: datetime) -> None:
        uid, name = entry.message.uid, self._route.name
        planned = self._plan(delivery.outbound(entry, now))
        if isinstance(planned, Rejected):
            refuse = partial(delivery.refuse, uid=uid, route=name, refused=planned)
            await self._ledger.commit(Moment.OUTCOME, refuse)
            return
        # In hand before the commit: whoever is cut off between the two settles it.
        claim = self._in_hand = delivery.Claim(uid=uid, attempt=entry.message.attempts + 1, route=name)
        begin = partial(delivery.claim, wanted=claim, planned=planned)
        message = await self._ledger.commit(Moment.INFLIGHT, begin)
        if message is not None:
            await self._send(claim, message)

    def _plan(self, message: OutboundMessage) -> int | Rejected:
        """How many segments the route makes of it, or why none."""
        try:
            return max(1, self._route.plan_segments(message))
        except ValueError:  # its text may quote the message
            return Rejected(
                error_class=ErrorClass.MESSAGE,
                reason="the route cannot carry this text: it is too long or has characters that it lacks",
            )
        except Exception as error:  # noqa: BLE001 - one message must not hold up the others
            _log_fault(self._route.name, error, "planned")
            return Rejected(error_class=ErrorClass.TEMPORARY, reason=_FAULT)

    async def _send(self, claim: delivery.Claim, message: OutboundMessage) -> None:
        try:
            outcome = await self._touch_route(claim, message)
        except Exception as error:  # noqa: BLE001 - whatever a route raises, the segments say what it means
            await self._fault(claim, error)
        else:
            self._rest(await self._insist(partial(delivery.end, claimed=claim, outcome=outcome)))

    async def _touch_route(self, claim: delivery.Claim, message: OutboundMessage) -> Outcome:
        async with asyncio.timeout_at(self._clock.monotonic() + ROUTE_SILENCE) as limit:

            async def progress(told: SegmentProgress) -> None:
                accepted = told.state is SegmentState.ACCEPTED
                moment = Moment.ACCEPTED if accepted else Moment.SUBMITTED
                await self._ledger.commit(moment, partial(delivery.progress, claimed=claim, told=told))
                limit.reschedule(self._clock.monotonic() + ROUTE_SILENCE)

            async with interrupted_when_withdrawn(self._ledger, self._route, message.uid):
                return await self._route.send(message, progress)

    async def _fault(self, claim: delivery.Claim, error: Exception) -> None:
        _log_fault(claim.route, error, "sent")
        settle = partial(delivery.settle, claimed=claim, reason=_FAULT)
        if await self._insist(settle):
            self._rest(self._ledger.settings.delivery.device_rest)

    async def _insist(self, operation: Callable[[Work], T]) -> T:
        """Commit, however long it takes: what a route said exists nowhere else."""
        while True:
            try:
                return await self._ledger.commit(Moment.OUTCOME, operation)
            except JournalRefusalError:
                raise
            except JournalError as error:
                _LOGGER.warning("the outcome of a message waits: %s", error)
                await self._clock.sleep_until(self._clock.monotonic() + JOURNAL_PAUSE)

    def _rest(self, duration: timedelta | None) -> None:
        if duration is not None:
            self._board.rest(self._route.name, duration)
            self._on_rest()


def _log_fault(route: str, error: Exception, what: str) -> None:
    """Say where a route failed. The text of a foreign error may hold anything, so it is left out."""
    frames = extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    name = type(error).__name__
    _LOGGER.error("route %s failed with %s at %s while it %s a message", route, name, place, what)
