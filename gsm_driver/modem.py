"""One modem on one port. A lost line ends it; `ModemSupervisor` makes the next one."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Self

from gsm_driver.at.urc import UrcKind

from . import startup
from .errors import LinkLostError, LossCause, ModemError, UsageError
from .events import EventQueue
from .families import profile_for
from .inbox import SWEEP_INTERVAL
from .ledger import Acceptances
from .link import Link, UrcsLost
from .models import UnknownUrc
from .services import INBOX_KINDS, set_up_services
from .sim import PinAttempts, Sim, check_pin
from .submissions import Submissions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from types import TracebackType

    from gsm_driver.at.urc import Urc

    from .calls import Calls
    from .clock import ModemClock
    from .console import Console
    from .inbox import Inbox
    from .models import ModemEvent, ModemIdentity
    from .network import Network
    from .profile import ModemProfile
    from .services import Services
    from .sms import SmsService
    from .ussd import Ussd

    Connect = Callable[[str, int], Awaitable[Link]]

_LOGGER = logging.getLogger(__name__)

MAX_EARLY = 64  # URCs kept until the inbox exists: reports that come while the modem is set up

_ENDS = {
    UrcKind.REBOOTED: "the modem restarted, and its settings are gone",
    UrcKind.POWER_DOWN: "the modem switched itself off",
}


class Modem:
    """A GSM modem.

    ::

        async with Modem("/dev/serial/by-id/usb-…-if02") as modem:
            await modem.sms.send("+43…", "Water in the cellar")

    Used once: after `close`, or when the line was lost, make a new one.

    Args:
        url: a serial port, ``socket://host:port``, ``simulator://name`` …
        baudrate: of a serial port. USB modems do not care.
        pin: of the SIM. It is entered once.
        profile: None: chosen by the modem's own answers.
        sweep_interval: seconds between looks into the message memories.
        pin_attempts: PINs known to be wrong; shared by the lives of one modem.
        acceptances: what was accepted of what it received; shared in the same way.
        submissions: what became of what it sent; shared in the same way.
        connect: opens the line, given url and baudrate; None: `Link.open`.
    """

    def __init__(
        self,
        url: str,
        *,
        baudrate: int = 115200,
        pin: str | None = None,
        profile: ModemProfile | None = None,
        sweep_interval: float = SWEEP_INTERVAL,
        pin_attempts: PinAttempts | None = None,
        acceptances: Acceptances | None = None,
        submissions: Submissions | None = None,
        connect: Connect | None = None,
    ) -> None:
        self._url = url
        self._baudrate = baudrate
        self._pin = pin
        self._profile = profile
        self._sweep_interval = sweep_interval
        self._pin_attempts = pin_attempts or PinAttempts()
        self._acceptances = acceptances or Acceptances()
        self._submissions = submissions or Submissions()
        self._connect = connect or _connect
        self._events = EventQueue()
        self._link: Link | None = None
        self._services: Services | None = None
        self._early: deque[Urc] = deque(maxlen=MAX_EARLY)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_synchronised = False
        self._failure: str | None = None  # why this modem ended, where the line itself does not know
        self._cause = LossCause.PORT

    @property
    def identity(self) -> ModemIdentity:
        """Who the modem is."""
        return self._opened.identity

    @property
    def profile(self) -> ModemProfile:
        """How its family differs from the standard."""
        return self._opened.profile

    @property
    def sms(self) -> SmsService:
        """Sending."""
        return self._opened.sms

    @property
    def inbox(self) -> Inbox:
        """What arrived."""
        return self._opened.inbox

    @property
    def network(self) -> Network:
        """Registration, signal, operator."""
        return self._opened.network

    @property
    def sim(self) -> Sim:
        """The SIM."""
        return self._opened.sim

    @property
    def calls(self) -> Calls:
        """Voice calls."""
        return self._opened.calls

    @property
    def ussd(self) -> Ussd:
        """Codes like ``*100#``."""
        return self._opened.ussd

    @property
    def clock(self) -> ModemClock:
        """The time of the network."""
        return self._opened.clock

    @property
    def console(self) -> Console:
        """Commands of a person."""
        return self._opened.console

    def events(self) -> AsyncIterator[ModemEvent]:
        """What happens, for one consumer: received messages, reports, callers, warnings, unknown URCs.

        Each ReceivedSms and DeliveryReport wants ``inbox.accept``. Ends after `close`; raises LinkLostError
        when the line was lost.
        """
        return self._events.iterate()

    async def wait_lost(self) -> str:
        """Wait until the line is lost or closed; the reason, in words."""
        reason = await asyncio.shield(self._line.lost)
        return self._failure or reason

    async def __aenter__(self) -> Self:
        """Open."""
        await self.open()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    async def open(self) -> None:
        """Open the port and set the modem up.

        Raises:
            PortUnavailableError, NotAModemError, LinkLostError, ModemTimeoutError: the line.
            PinRequiredError, PinRejectedError, PukRequiredError, SimError: the SIM needs a person.
            UsageError: the PIN cannot be one; nothing was opened.
        """
        if self._link is not None:
            raise UsageError("a Modem is opened once; make a new one")
        check_pin(self._pin)
        self._link = await self._connect(self._url, self._baudrate)
        try:
            self._services = await self._set_up(self._link)
        except LinkLostError as err:
            await self.close()
            raise LinkLostError(self._failure or str(err), cause=self._cause) from err
        except BaseException:
            await self.close()
            raise
        self._serve(self._services)

    async def cycle_radio(self) -> None:
        """Switch the radio off and on: helps where a modem does not find back to the network (quirks 5.9).

        Takes 10 to 70 s, in which nothing can be sent. Ends this modem if the radio does not come back.

        Raises:
            LinkError: the line was lost.
        """
        services = self._opened
        try:
            await services.network.cycle_radio()
            await services.sim.unlock(self._pin, self._pin_attempts)  # some ask for it again
        except ModemError as err:
            await self._end(f"the radio did not come back: {err}", LossCause.SILENT)
            raise LinkLostError(str(err), cause=LossCause.SILENT) from err
        await services.caretaker.announce_again()
        services.inbox.request_sweep()

    async def note_silence(self) -> None:
        """A question was not answered in time: see whether the modem is alive, and end this one if not."""
        services = self._opened
        if self._events.is_full:  # the inbox waits for the consumer
            await services.caretaker.check_alive()
        else:
            services.inbox.request_sweep()

    async def reset(self) -> None:
        """Restart the modem and let go of the port. It is back within two minutes, for a new `Modem`.

        Raises:
            UsageError: this family must not be restarted.
        """
        if not self.profile.reset_command:
            raise UsageError("this modem must not be restarted by a command: it might not come back")
        await startup.restart(self._line, self.profile)
        await self._end("the modem is being restarted", LossCause.RESTARTED)

    async def close(self) -> None:
        """Hang up, and let go of the port, also when cancelled.

        The modem keeps its messages and, where it has a memory for them, the reports that come meanwhile.
        """
        try:
            if self._services is not None:
                await self._services.calls.leave()
                await self._services.inbox.leave()
        finally:
            self._events.close(self._failure, self._cause)
            tasks, self._tasks = self._tasks, []
            for task in tasks:
                task.cancel()
            if self._link is not None:
                await self._link.close()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def _line(self) -> Link:
        if self._link is None:
            raise UsageError("the modem is not open yet: use `async with Modem(…)` or `await modem.open()`")
        return self._link

    @property
    def _opened(self) -> Services:
        if self._services is None:
            raise UsageError("the modem is not open yet: use `async with Modem(…)` or `await modem.open()`")
        return self._services

    async def _set_up(self, link: Link) -> Services:
        self._start(partial(self._listen, link))
        await startup.synchronise(link)
        self._is_synchronised = True
        await startup.prepare_line(link)
        identity = await startup.read_identity(link)
        profile = self._profile or profile_for(identity)
        link.vendor = profile.vendor
        link.input_pause = profile.input_pause
        link.probe_after = profile.probe_after
        link.wake_after = profile.wake_after
        sim = Sim(link, profile)
        await sim.unlock(self._pin, self._pin_attempts)
        await startup.switch_radio_on(link)
        return await set_up_services(
            link,
            identity=identity,
            profile=profile,
            sim=sim,
            events=self._events,
            end=self._end,
            acceptances=self._acceptances,
            submissions=self._submissions,
            sweep_interval=self._sweep_interval,
        )

    def _serve(self, services: Services) -> None:
        for urc in self._early:
            services.inbox.announce(urc)
        self._early.clear()
        self._start(services.inbox.run)
        self._start(services.calls.run)

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(self._guard(work), name="modem"))

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run a task of this modem. A defect in it ends the modem, so that nothing goes deaf unseen."""
        try:
            await work()
        except Exception:
            _LOGGER.exception("a defect in the driver")
            await self._end("the driver met a defect of its own; see the log", LossCause.DEFECT)

    async def _end(self, reason: str, cause: LossCause) -> None:
        """This modem is lost, although its line may be there."""
        if self._failure is None:
            self._failure, self._cause = reason, cause
        self._events.close(self._failure, self._cause)
        await self._line.close()

    async def _listen(self, link: Link) -> None:
        """Hand out what the modem says unasked, until the line is lost."""
        async for event in link.urcs():
            if isinstance(event, UrcsLost):
                if self._services is not None:
                    self._services.inbox.request_sweep()
            elif event.kind in _ENDS and self._is_synchronised:  # earlier ones lay in the line's buffer
                await self._end(_ENDS[event.kind], LossCause.RESTARTED)
            else:
                self._hand_out(event)
        self._events.close(self._failure or await asyncio.shield(link.lost), self._cause)

    def _hand_out(self, urc: Urc) -> None:
        if urc.kind is UrcKind.UNKNOWN:
            self._events.offer(UnknownUrc(line=urc.value))
        elif self._services is None:
            self._early.extend([urc] if urc.kind in INBOX_KINDS else [])
        else:
            self._services.hand_out(urc)


async def _connect(url: str, baudrate: int) -> Link:
    return await Link.open(url, baudrate=baudrate)
