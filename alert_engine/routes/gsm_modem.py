"""A GSM modem as a route for SMS: the driver's words in ours, nothing retried, nothing lost.

Its calls are a route of their own, `gsm_calls`; whoever rings it is refused (`gsm_callers`).

::

    route = GsmModemRoute("stick", ModemSupervisor("/dev/serial/by-id/…"), clock=SystemClock())
    await engine.add_route(route)  # starts it; the route owns the supervisor

A received message stays on the SIM until the engine has committed it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError
from alert_engine.model import Channel
from gsm_driver import (
    DeliveryReport,
    IncomingCall,
    LateAcceptance,
    LinkChanged,
    LinkError,
    ModemError,
    ModemTimeoutError,
    PduEncodeError,
    ReceivedSms,
    SendPhase,
    SmsService,
    StorageState,
    SupervisorState,
)

from .base import Accepted, ErrorClass, Rejected, RouteHealth, RouteState, SegmentProgress, SegmentState
from .gsm_callers import Callers
from .gsm_credit import ask
from .gsm_health import HealthJudge, Reading
from .gsm_services import ModemServices
from .gsm_translation import VALIDITY, acceptance_of, inbound_of, is_silent, outcome_of, report_of
from .send_gate import SendGate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alert_engine.clock import Clock
    from gsm_driver import Modem, ModemEvent, ModemSupervisor, SmsPlan
    from gsm_driver import SegmentProgress as DriverProgress

    from .base import Credit, OutboundMessage, Outcome, RouteSink
    from .gsm_credit import CreditCode

_LOGGER = logging.getLogger(__name__)

HEALTH_INTERVAL = (
    30.0  # seconds between looks at registration and signal; three misses make 90 s (a fault by then)
)
STOP_TIMEOUT = 15.0  # seconds for the segment in hand: most networks answer AT+CMGS within 10
FIRST_WAIT = 1.0  # seconds before a message that the journal did not take is offered again; doubles
LONGEST_WAIT = 60.0  # seconds
# Seconds between looks at a SIM that needs a person: it may have been put right in a phone. They cost no try:
# a refused PIN is not entered again, a PUK never.
BLOCKED_INTERVAL = 600.0


class GsmModemRoute:
    """A `Route` over one supervised modem.

    Args:
        name: in configuration, topics and reports.
        supervisor: of the modem; started and stopped with the route.
        clock: for waiting and for the time of reception.
        health_interval: seconds between looks at registration and signal.
        credit_code: how the network tells what is left on the SIM; None: it is not asked.

    Attributes:
        services: what a person may ask of the modem beside messages.
    """

    def __init__(
        self,
        name: str,
        supervisor: ModemSupervisor,
        *,
        clock: Clock,
        health_interval: float = HEALTH_INTERVAL,
        credit_code: CreditCode | None = None,
    ) -> None:
        self._name = name
        self._supervisor = supervisor
        self._clock = clock
        self._health_interval = health_interval
        self._credit_code = credit_code
        self._health = RouteHealth(state=RouteState.UNKNOWN, reason="the modem is being opened")
        self._judge = HealthJudge()
        self._storage: StorageState | None = None
        self._look_now = asyncio.Event()
        self._blocked_since: float | None = None
        self._port = supervisor.port
        self._gate = SendGate(clock)
        self.services = ModemServices(lambda: supervisor.modem, self._gate)
        self._stopping = False
        self._sink: RouteSink | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._callers = Callers(name, clock=clock)
        self._followers: list[Callable[[RouteHealth], Awaitable[None]]] = []

    @property
    def name(self) -> str:
        """The name in configuration, topics and reports."""
        return self._name

    @property
    def channels(self) -> frozenset[Channel]:
        """SMS."""
        return frozenset({Channel.SMS})

    @property
    def health(self) -> RouteHealth:
        """The newest health."""
        return self._health

    @property
    def modem(self) -> Modem | None:
        """The open modem."""
        return self._supervisor.modem

    def follow(self, listener: Callable[[RouteHealth], Awaitable[None]]) -> Callable[[], None]:
        """Tell `listener` each new health, before the engine hears of it; the returned call ends that."""
        self._followers.append(listener)
        return lambda: self._followers.remove(listener)

    def use_credit_code(self, code: CreditCode | None) -> None:
        """Ask by this from now on; None: not at all."""
        self._credit_code = code

    async def start(self, sink: RouteSink) -> None:
        """Begin to look for the modem; does not wait for it."""
        self._stopping = False
        self._sink = sink
        await self._supervisor.start()
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._hand_in(sink), name=f"{self._name}: events"),
            loop.create_task(self._watch_health(sink), name=f"{self._name}: health"),
        ]

    def retry(self) -> None:
        """Try now to open a modem that waits: somebody has done something about it."""
        self._supervisor.retry()

    async def stop(self) -> None:
        """Finish the segment in hand, send no other, close the port."""
        self._stopping = True
        await self._gate.idle(STOP_TIMEOUT)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._callers.stop()
        await self._supervisor.stop()

    # --- sending ---

    def plan_segments(self, message: OutboundMessage) -> int:
        """How many segments it will take; ValueError if no SMS can carry it."""
        return len(_plan(message).segments)

    async def send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        """Submit each segment once. What `progress` raises ends the sending and is raised on."""
        modem = self._supervisor.modem
        if modem is None or self._stopping:
            return Rejected(error_class=ErrorClass.DEVICE, reason=self._health.reason or "no modem")
        if self._gate.held_for:
            return Rejected(error_class=ErrorClass.DEVICE, reason=self._gate.held_for)
        with self._gate.passing():
            return await self._submit(modem, message, progress)

    async def _submit(
        self, modem: Modem, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        async def tell(step: DriverProgress) -> None:
            if step.phase is SendPhase.SUBMITTED:
                if self._stopping:
                    raise _StoppingError
                await progress(SegmentProgress(segment=step.segment, state=SegmentState.SUBMITTED))
            elif step.phase is SendPhase.ACCEPTED:
                reference = str(step.message_reference)
                await progress(
                    SegmentProgress(segment=step.segment, state=SegmentState.ACCEPTED, reference=reference)
                )

        try:
            plan = _plan(message)
            receipt = await modem.sms.submit(plan, segments=message.segments_to_send, progress=tell)
        except _StoppingError:
            return Rejected(error_class=ErrorClass.TEMPORARY, reason="the gateway is being stopped")
        except PduEncodeError as err:
            return Rejected(error_class=ErrorClass.MESSAGE, reason=str(err))
        except ModemError as err:
            return await self._refused(modem, err)
        references = ",".join(str(reference) for reference in receipt.message_references)
        return Accepted(reference=references, segments=len(plan.segments))

    async def _refused(self, modem: Modem, err: ModemError) -> Outcome:
        outcome = outcome_of(err)
        self._look_now.set()
        if isinstance(outcome, Rejected) and outcome.error_class is ErrorClass.MEMORY:
            modem.inbox.request_sweep()
        if is_silent(err) and self._sink is not None:  # to look at it takes minutes: its line is reserved
            await self._set_health(self._sink, self._judge.kept_waiting(self._health))
        return outcome

    async def credit(self) -> Credit | None:
        """What is left on the SIM. Raises CreditUnknownError."""
        return None if self._credit_code is None else await ask(self._supervisor.modem, self._credit_code)

    # --- what arrives ---

    async def _hand_in(self, sink: RouteSink) -> None:
        async for event in self._supervisor.events():
            try:
                await self._hand_in_one(sink, event)
            except Exception:
                # One event must not make the route deaf. What met a mistake of ours stays on the SIM.
                _LOGGER.exception("%s: something received could not be handed in", self._name)

    async def _hand_in_one(self, sink: RouteSink, event: ModemEvent) -> None:
        match event:
            case ReceivedSms():
                message = inbound_of(event, self._clock.now())
                await self._commit(lambda: sink.inbound(self._name, message))
                await self._accept(event)
            case DeliveryReport():
                report = report_of(event, self._clock.now())
                await self._commit(lambda: sink.report(self._name, report))
                await self._accept(event)
            case LateAcceptance():
                acceptance = acceptance_of(event, self._clock.now(), self._clock.monotonic())
                await self._commit(lambda: sink.accepted_late(self._name, acceptance))
            case LinkChanged(connected=connected, reason=reason):
                if connected:
                    self._note_port()
                else:
                    await self._set_health(sink, self._judge.lost(reason))
                self._look_now.set()
            case StorageState():
                self._storage = event
                self._look_now.set()
            case IncomingCall(caller=caller):
                await self._callers.take(sink, self._supervisor.modem, caller)
            case _:
                pass  # curiosities: nothing of this route's

    async def _commit(self, hand_in: Callable[[], Awaitable[None]]) -> None:
        """Offer it until the journal takes it. A message lies on the SIM meanwhile: no crash loses it."""
        wait = FIRST_WAIT
        while True:
            try:
                await hand_in()
            except JournalError as err:
                _LOGGER.warning("%s: what came in waits, the journal takes nothing: %s", self._name, err)
                await self._clock.sleep_until(self._clock.monotonic() + wait)
                wait = min(2 * wait, LONGEST_WAIT)
            else:
                return

    async def _accept(self, event: ReceivedSms | DeliveryReport) -> None:
        """Delete it from the modem. If that fails it comes again, and the engine knows it."""
        modem = self._supervisor.modem
        if modem is None:
            return
        try:
            await modem.inbox.accept(event)
        except ModemError as err:
            _LOGGER.debug("%s: a committed message stays on the SIM for now: %s", self._name, err)

    # --- health ---

    def _note_port(self) -> None:
        """It may have come back under another name than the configured one."""
        if self._supervisor.port != self._port:
            self._port = self._supervisor.port
            _LOGGER.info("%s: the modem is at %s now", self._name, self._port)

    def _look_at_the_blocked(self) -> None:
        """What only a person can put right is looked at again from time to time: nobody tells when it is."""
        now = self._clock.monotonic()
        if self._supervisor.state is not SupervisorState.BLOCKED:
            self._blocked_since = None
        elif self._blocked_since is None:
            self._blocked_since = now
        elif now - self._blocked_since >= BLOCKED_INTERVAL:
            self._blocked_since = now
            self._supervisor.retry()

    async def _watch_health(self, sink: RouteSink) -> None:
        while True:
            self._look_now.clear()
            self._look_at_the_blocked()
            modem = self._supervisor.modem
            try:
                if modem is not None:
                    await self._set_health(sink, await self._look(modem))
            except Exception:
                _LOGGER.exception("%s: its health could not be judged", self._name)
            await self._clock.wait(self._look_now, self._clock.monotonic() + self._health_interval)

    async def _look(self, modem: Modem) -> RouteHealth:
        try:
            reading = Reading(
                identity=modem.identity,
                registration=await modem.network.registration(),
                signal=await modem.network.signal(),
                has_service_centre=modem.sms.has_service_centre,
                storage=self._storage,
                is_another=self._supervisor.is_another,
            )
        except ModemError as err:
            if isinstance(err, ModemTimeoutError):
                await self._look_after(modem)
            return self._judge.missed(self._health, str(err))
        return self._judge.read(reading, self._clock.monotonic())

    @staticmethod
    async def _look_after(modem: Modem) -> None:
        """It was silent: three misses in a row take longer than to see whether it is alive."""
        with suppress(LinkError):  # it ends, which is told as that
            await modem.note_silence()

    async def _set_health(self, sink: RouteSink, health: RouteHealth) -> None:
        if health == self._health:
            return
        self._health = health
        for follow in tuple(self._followers):
            await follow(health)
        try:
            await sink.health(self._name, health)
        except JournalError as err:
            _LOGGER.warning("%s: its health could not be noted: %s", self._name, err)


class _StoppingError(Exception):
    """The route is being stopped: no further segment is begun."""


def _plan(message: OutboundMessage) -> SmsPlan:
    if message.media is not None:
        raise ValueError("a modem shows no media")
    return SmsService.plan(
        message.address,
        message.text if message.data is None else None,
        data=message.data,
        report=message.report_requested,
        validity=min(message.validity or VALIDITY[message.priority], VALIDITY[message.priority]),
        flash=message.flash,
        plain=message.plain,
        concat_reference=message.concat_reference,
    )
