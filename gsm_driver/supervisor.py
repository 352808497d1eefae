"""Keeps a modem alive: opens it, sees it lost, climbs the recovery ladder, says in words how it stands."""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .climb import Climb
from .errors import ModemError, UsageError
from .events import EventQueue
from .faults import ADVICE, fault_of
from .finder import ModemFinder
from .inbox import SWEEP_INTERVAL
from .ladder import LOOKS
from .ledger import Acceptances
from .models import DeliveryReport, LinkChanged, ModemFault, ReceivedSms, RecoveryRung
from .modem import Modem
from .network_keeper import STABLE_AFTER, NetworkKeeper
from .profile import GENERIC
from .recovery import RecoveryMeans, Rescuer
from .sim import PinAttempts
from .submissions import Submissions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from .models import ModemEvent, ModemIdentity
    from .profile import ModemProfile

    ModemOpener = Callable[[], Awaitable[Modem]]
    PortFinder = Callable[[], Awaitable[str | None]]

_LOGGER = logging.getLogger(__name__)

# Their own words say what to do.
_SPEAK_FOR_THEMSELVES = frozenset({ModemFault.PORT_HELD, ModemFault.SIM_LOCKED, ModemFault.SIM_NOT_READY})


# Looked at rarely; a card that was changed is mostly seen by the stick being plugged in again.
_SIM_FAULTS = frozenset({ModemFault.SIM_LOCKED, ModemFault.SIM_NOT_READY})

STOP_TIMEOUT = 30.0  # seconds: hanging up and closing take a few; more is a hook of the caller's that hangs
# Seconds for what is being done to the radio when the modem is closed: AT+CFUN=1 is written, so that the next
# program finds a modem that hears the network. The answer may take a minute, and is not awaited.
KEEPER_TIMEOUT = 5.0

# Seconds that a modem was up and registered before this fault, so that the trouble before is over. One that
# hangs in part needs minutes until that shows.
_WELL_AFTER = {ModemFault.SILENT: 1_800.0}


class SupervisorState(StrEnum):
    """How the modem stands."""

    STOPPED = "stopped"  # nothing is tried
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"  # it failed; the next try comes by itself
    BLOCKED = "blocked"  # only a person can help (PIN, PUK, locks); looked at rarely, and no PIN tried twice


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """Why a life of the modem ended, or why none began."""

    fault: ModemFault
    text: str
    was_open: bool


class ModemSupervisor:
    """One modem for good, over restarts, unplugging, silence and lost networks.

    ::

        supervisor = ModemSupervisor("/dev/serial/by-id/usb-…-if02")
        await supervisor.start()
        async for event in supervisor.events():
            ...

    Args:
        url, baudrate, pin, profile, sweep_interval: as for `Modem`.
        back_off: seconds before each new try to open the port; the last one repeats.
        pin_attempts: PINs known to be wrong. Pass your own to keep them longer than this supervisor.
        opener: gives an open modem; None: `open_modem`, which yours may call to see what it raises.
        find_port: asked before each try where the modem is by now; its None means: where it was. It may raise
            PortUnavailableError, to say why there is no port. None: `find` of the finder.
        finder: finds the modem, and sees that it was plugged in again. None: a `ModemFinder` for `url`.
        imei: whose modem this should be. Another one is used all the same, and told in words.
        means: what may be done for a modem that does not answer.
        rescuer: uses the means; for tests.
    """

    def __init__(
        self,
        url: str,
        *,
        baudrate: int = 115200,
        pin: str | None = None,
        profile: ModemProfile | None = None,
        sweep_interval: float = SWEEP_INTERVAL,
        back_off: Sequence[float] = LOOKS,
        pin_attempts: PinAttempts | None = None,
        opener: ModemOpener | None = None,
        find_port: PortFinder | None = None,
        finder: ModemFinder | None = None,
        imei: str = "",
        means: RecoveryMeans | None = None,
        rescuer: Rescuer | None = None,
    ) -> None:
        self._port = url
        self._baudrate = baudrate
        self._pin = pin
        self._profile = profile
        self._sweep_interval = sweep_interval
        self._pin_attempts = pin_attempts or PinAttempts()
        self._acceptances = Acceptances()
        self._submissions = Submissions()
        self._opener = opener or self.open_modem
        self._finder = finder or ModemFinder(url, imei=imei)
        self._find_port = find_port or self._finder.find
        self._imei = imei
        self._rescuer = rescuer or Rescuer(means or RecoveryMeans(), baudrate=baudrate)
        self._events = EventQueue()
        self._climb = Climb(tuple(back_off), self._events.offer)
        self._retry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._modem: Modem | None = None
        self._identity: ModemIdentity | None = None
        self._family = profile or GENERIC
        self._was_well_for = 0.0  # seconds, of the life that ended last
        self._is_another = False
        self._state = SupervisorState.STOPPED
        self._reason = "not started"
        self._told: LinkChanged | None = None
        self._logged: tuple[SupervisorState, str] | None = None

    @property
    def modem(self) -> Modem | None:
        """The open modem; None while there is none."""
        return self._modem

    @property
    def port(self) -> str:
        """Where the modem was found last."""
        return self._port

    @property
    def identity(self) -> ModemIdentity | None:
        """The modem that was open last."""
        return self._identity

    @property
    def is_another(self) -> bool:
        """`identity` is not the modem that it should be, or that was open before. It is used all the same."""
        return self._is_another

    @property
    def state(self) -> SupervisorState:
        """How the modem stands."""
        return self._state

    @property
    def reason(self) -> str:
        """The state in words: what is wrong and what to do."""
        return self._reason

    def events(self) -> AsyncIterator[ModemEvent]:
        """The events of all lives of the modem, LinkChanged and RecoveryStep between them.

        For one consumer. Ends with `stop`.
        """
        return self._events.iterate()

    async def start(self) -> None:
        """Begin; does not wait for the modem."""
        if self._task is not None:
            raise UsageError("the supervisor was started already")
        self._task = asyncio.create_task(self._run(), name="modem supervisor")

    async def stop(self) -> None:
        """Let go of the modem, for good. Takes seconds; cancelled, it lets go in a hurry."""
        try:
            if self._task is not None:
                await _end(self._task)
        finally:
            self._enter(SupervisorState.STOPPED, "stopped")
            self._events.close()

    def retry(self) -> None:
        """Try at once: the person has done something about it."""
        self._retry.set()

    async def _run(self) -> None:
        while True:
            self._enter(SupervisorState.CONNECTING, "connecting")
            await self._recover(await self._live())

    async def open_modem(self) -> Modem:
        """A new life of the modem at `port`. It knows what earlier ones tried, sent and received.

        Raises:
            ModemError: as `Modem.open`.
        """
        modem = Modem(
            self._port,
            baudrate=self._baudrate,
            pin=self._pin,
            profile=self._profile,
            sweep_interval=self._sweep_interval,
            pin_attempts=self._pin_attempts,
            acceptances=self._acceptances,
            submissions=self._submissions,
        )
        await modem.open()
        return modem

    # --- one life ---

    async def _live(self) -> _Trouble:
        """One life of the modem; returns how it ended."""
        was_open = False
        try:
            await self._locate()
            modem = await self._opener()
            was_open = True
            await self._attend(modem)
        except ModemError as err:
            return _Trouble(fault=fault_of(err), text=str(err), was_open=was_open)
        except Exception:
            _LOGGER.exception("a defect in the driver")
            text = "the driver met a defect of its own; see the log"
            return _Trouble(fault=ModemFault.OTHER, text=text, was_open=was_open)
        return _Trouble(fault=ModemFault.OTHER, text="the modem was closed", was_open=True)

    async def _attend(self, modem: Modem) -> None:
        """Hand on what an open modem tells, until it is lost or closed."""
        keeper = NetworkKeeper(modem, self._climb, self._allowed)
        keeping = asyncio.create_task(keeper.run(), name="modem network")
        try:
            self._family = modem.profile
            greeting = self._recognise(modem.identity)
            self._modem = modem
            self._enter(SupervisorState.CONNECTED, greeting)
            self._tell(connected=True)
            await self._rescuer.remember(self._port)
            await self._hand_on(modem)
        finally:
            self._modem = None
            self._state, self._reason = SupervisorState.WAITING, "the line to the modem is lost"
            self._was_well_for = keeper.registered_for
            keeping.cancel()
            try:
                await asyncio.wait({keeping}, timeout=KEEPER_TIMEOUT)
            finally:
                await modem.close()
                await asyncio.wait({keeping})  # the line is gone, and with it what it waited for

    async def _hand_on(self, modem: Modem) -> None:
        """Hand on events until the modem is lost, which no consumer that is behind can hide."""
        lost = asyncio.ensure_future(modem.wait_lost())
        try:
            async for event in modem.events():
                if not await self._events.put(event, until=lost) and not _comes_again(event):
                    self._events.keep(event)
        finally:
            lost.cancel()

    def _recognise(self, identity: ModemIdentity) -> str:
        before = self._imei or (self._identity.imei if self._identity is not None else "")
        self._identity = identity
        self._finder.imei = self._imei or identity.imei
        name = f"{identity.manufacturer} {identity.model}".strip() or "a modem without a name"
        self._is_another = bool(before and identity.imei and before != identity.imei)
        if self._is_another:
            return f"connected to {name}, another modem than before: check that the right one is on this port"
        return f"connected to {name}"

    # --- between two lives ---

    async def _recover(self, trouble: _Trouble) -> None:
        """Do what the ladder says, until the port is to be opened again."""
        if self._was_well_for >= _WELL_AFTER.get(trouble.fault, STABLE_AFTER):
            self._climb.well()
        self._was_well_for = 0.0
        fault = self._climb.note(trouble.fault, was_open=trouble.was_open)
        self._retry.clear()
        step = self._climb.next_step(fault, self._allowed())
        if step.rung is RecoveryRung.HUMAN and not step.delay:
            self._climb.take(step)
        self._say(fault, trouble.text)
        while True:
            step = self._climb.next_step(fault, self._allowed())
            if await self._is_asked_within(step.delay, watches_plug=fault in _SIM_FAULTS):
                return
            self._climb.take(step)
            if step.rung is RecoveryRung.REOPEN:
                return
            if step.rung is not RecoveryRung.HUMAN:
                await self._perform(step.rung)
                return
            self._say(fault, trouble.text)

    async def _perform(self, rung: RecoveryRung) -> None:
        if rung is RecoveryRung.RESET:  # its port may be another device's since the last look
            try:
                await self._locate()
            except ModemError as err:
                _LOGGER.info("the modem is not restarted: %s", err)
                return
            except Exception:
                _LOGGER.exception("a defect in the driver")
                return
        await self._rescuer.perform(rung, self._port, self._family)

    async def _locate(self) -> None:
        """See where the modem is by now.

        Raises:
            PortUnavailableError: not where it could be opened.
        """
        self._port = await self._find_port() or self._port

    def _allowed(self) -> frozenset[RecoveryRung]:
        return self._rescuer.allowed(self._port, self._family)

    async def _is_asked_within(self, seconds: float, *, watches_plug: bool) -> bool:
        """A person says in that time: try now; or shows it by plugging the stick in again."""
        waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._retry.wait())]
        if watches_plug:
            waiting.append(asyncio.ensure_future(self._finder.wait_plugged_anew()))
        try:
            done, _ = await asyncio.wait(
                waiting, timeout=None if math.isinf(seconds) else seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in waiting:
                task.cancel()
        return bool(done)

    def _say(self, fault: ModemFault, text: str) -> None:
        """What is wrong; once the ladder has come to the person, also what to do."""
        state = SupervisorState.BLOCKED if fault is ModemFault.SIM_LOCKED else SupervisorState.WAITING
        self._enter(state, text)
        if self._climb.is_told(fault) and fault not in _SPEAK_FOR_THEMSELVES:
            self._reason = f"{text}; {ADVICE[fault]}"
        self._tell(connected=False)

    def _enter(self, state: SupervisorState, reason: str) -> None:
        self._state, self._reason = state, reason
        # A try between two equal failures is no news.
        if state is not SupervisorState.CONNECTING and (state, reason) != self._logged:
            self._logged = (state, reason)
            _LOGGER.info("modem %s: %s", state, reason)

    def _tell(self, *, connected: bool) -> None:
        """Announce a change; the same failure of the next try is none."""
        change = LinkChanged(connected=connected, reason=self._reason)
        if change != self._told:
            self._told = change
            self._events.keep(change)


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end; whoever is cancelled meanwhile has it end in a hurry."""
    if not task.cancelling():
        task.cancel()
    try:
        _, pending = await asyncio.wait({task}, timeout=STOP_TIMEOUT)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if pending:
        _LOGGER.warning("the supervision of a modem does not stop in time, and is left to itself")


def _comes_again(event: ModemEvent) -> bool:
    """It lies in the modem, and the next life reads it there."""
    return isinstance(event, ReceivedSms | DeliveryReport) and bool(event.slots)
