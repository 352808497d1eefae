"""One modem on one port. A lost line ends it; `ModemSupervisor` makes the next one."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

from gsm_driver.at.urc import Urc, UrcKind

from . import startup
from .caretaker import Caretaker
from .errors import LinkLostError, UsageError
from .events import EventQueue
from .inbox import SWEEP_INTERVAL, Inbox
from .link import Link, UrcsLost
from .models import Registration, UnknownUrc
from .network import Network
from .profile import profile_for
from .sim import PinAttempts, Sim
from .sms import SmsService
from .storage import MessageStorage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from types import TracebackType

    from .models import ModemEvent, ModemIdentity
    from .profile import ModemProfile

    Connect = Callable[[str, int], Awaitable[Link]]

_LOGGER = logging.getLogger(__name__)

MAX_EARLY = 64  # URCs kept until the inbox exists: reports that come while the modem is set up

_INBOX_KINDS = frozenset(
    {
        UrcKind.MESSAGE_STORED,
        UrcKind.MESSAGE_DIRECT,
        UrcKind.REPORT_STORED,
        UrcKind.REPORT_DIRECT,
    }
)
# A full memory announces nothing any more, and E3372h nothing after a call (PavelVe#40): look.
_SWEEP_KINDS = frozenset({UrcKind.STORAGE_FULL, UrcKind.CALL_ENDED})
_ENDS = {
    UrcKind.REBOOTED: "the modem restarted, and its settings are gone",
    UrcKind.POWER_DOWN: "the modem switched itself off",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Services:
    """What an open modem offers."""

    identity: ModemIdentity
    sms: SmsService
    inbox: Inbox
    network: Network
    sim: Sim


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
        connect: Connect | None = None,
    ) -> None:
        self._url = url
        self._baudrate = baudrate
        self._pin = pin
        self._profile = profile
        self._sweep_interval = sweep_interval
        self._pin_attempts = pin_attempts or PinAttempts()
        self._connect = connect or _connect
        self._events = EventQueue()
        self._link: Link | None = None
        self._services: _Services | None = None
        self._early: deque[Urc] = deque(maxlen=MAX_EARLY)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_synchronised = False
        self._failure: str | None = None  # why this modem ended, where the line itself does not know

    @property
    def identity(self) -> ModemIdentity:
        """Who the modem is."""
        return self._opened.identity

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

    def events(self) -> AsyncIterator[ModemEvent]:
        """What happens, for one consumer: received messages, reports, storage warnings, unknown URCs.

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
        """
        if self._link is not None:
            raise UsageError("a Modem is opened once; make a new one")
        self._link = await self._connect(self._url, self._baudrate)
        try:
            self._services = await self._set_up(self._link)
        except LinkLostError as err:
            await self.close()
            raise LinkLostError(self._failure or str(err)) from err
        except BaseException:
            await self.close()
            raise
        self._serve(self._services.inbox)

    async def close(self) -> None:
        """Let go of the port. The modem keeps its settings and its messages."""
        self._events.close(self._failure)
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
    def _opened(self) -> _Services:
        if self._services is None:
            raise UsageError("the modem is not open yet: use `async with Modem(…)` or `await modem.open()`")
        return self._services

    async def _set_up(self, link: Link) -> _Services:
        self._start(partial(self._listen, link))
        await startup.synchronise(link)
        self._is_synchronised = True
        await startup.prepare_line(link)
        identity = await startup.read_identity(link)
        profile = self._profile or profile_for(identity)
        link.vendor = profile.vendor
        sim = Sim(link, profile)
        await sim.unlock(self._pin, self._pin_attempts)
        await startup.switch_radio_on(link)
        messaging = await startup.prepare_messaging(link, profile)
        storage = MessageStorage(link, lists_messages=profile.lists_messages)
        await storage.prepare()
        indications = await startup.announce_messages(link, profile.indications)
        await startup.announce_registration(link)
        caretaker = Caretaker(link, indications, end=self._end)
        await caretaker.note_settings()
        inbox = Inbox(
            link,
            storage,
            self._events,
            caretaker=caretaker,
            acknowledges=messaging.service == 1,
            sweep_interval=self._sweep_interval,
        )
        sms = SmsService(link, service_centre=messaging.service_centre, on_silence=inbox.request_sweep)
        return _Services(identity=identity, sms=sms, inbox=inbox, network=Network(link), sim=sim)

    def _serve(self, inbox: Inbox) -> None:
        for urc in self._early:
            inbox.announce(urc)
        self._early.clear()
        self._start(inbox.run)

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(self._guard(work), name="modem"))

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run a task of this modem. A defect in it ends the modem, so that nothing goes deaf unseen."""
        try:
            await work()
        except Exception:
            _LOGGER.exception("a defect in the driver")
            await self._end("the driver met a defect of its own; see the log")

    async def _end(self, reason: str) -> None:
        """This modem is lost, although its line may be there."""
        self._failure = self._failure or reason
        self._events.close(self._failure)
        await self._line.close()

    async def _listen(self, link: Link) -> None:
        """Hand out what the modem says unasked, until the line is lost."""
        async for event in link.urcs():
            if isinstance(event, UrcsLost):
                if self._services is not None:
                    self._services.inbox.request_sweep()
            elif event.kind in _ENDS and self._is_synchronised:  # earlier ones lay in the line's buffer
                await self._end(_ENDS[event.kind])
            else:
                self._hand_out(event)
        self._events.close(self._failure or await asyncio.shield(link.lost))

    def _hand_out(self, urc: Urc) -> None:
        if urc.kind is UrcKind.UNKNOWN:
            self._events.offer(UnknownUrc(line=urc.value))
        elif self._services is None:
            self._early.extend([urc] if urc.kind in _INBOX_KINDS else [])
        elif urc.kind in _INBOX_KINDS:
            self._services.inbox.announce(urc)
        elif urc.kind in _SWEEP_KINDS:
            self._services.inbox.request_sweep()
        elif isinstance(urc.parameters, Registration):
            self._services.network.note(urc.parameters)


async def _connect(url: str, baudrate: int) -> Link:
    return await Link.open(url, baudrate=baudrate)
