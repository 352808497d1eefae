"""Keeps a modem alive: opens it, notices its loss, opens it again, and says in words how it stands."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from enum import StrEnum
from typing import TYPE_CHECKING

from .errors import LinkLostError, ModemError, SimError, UsageError
from .events import EventQueue
from .inbox import SWEEP_INTERVAL
from .models import LinkChanged
from .modem import Modem
from .sim import PinAttempts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from .models import ModemEvent, ModemIdentity
    from .profile import ModemProfile

    ModemOpener = Callable[[], Awaitable[Modem]]

_LOGGER = logging.getLogger(__name__)

BACK_OFF = (
    2.0,
    5.0,
    15.0,
    30.0,
)  # seconds; a USB port held or opened too soon returns as another (gammu#198)
STABLE_AFTER = 60.0  # seconds up, after which a loss is a new story and the first pause is short again


class SupervisorState(StrEnum):
    """How the modem stands."""

    STOPPED = "stopped"  # nothing is tried
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"  # it failed; the next try comes by itself
    BLOCKED = "blocked"  # only a person can help (PIN, PUK, no SIM); nothing is tried until `retry`


class ModemSupervisor:
    """One modem for good, over restarts, unplugging and silence.

    ::

        supervisor = ModemSupervisor("/dev/serial/by-id/usb-…-if02")
        await supervisor.start()
        async for event in supervisor.events():
            ...

    Args:
        url, baudrate, pin, profile, sweep_interval: as for `Modem`.
        back_off: seconds before each new try; the last one repeats.
        pin_attempts: PINs known to be wrong. Pass your own to keep them longer than this supervisor.
        opener: gives an open modem; None: a `Modem` with the arguments above.
    """

    def __init__(
        self,
        url: str,
        *,
        baudrate: int = 115200,
        pin: str | None = None,
        profile: ModemProfile | None = None,
        sweep_interval: float = SWEEP_INTERVAL,
        back_off: Sequence[float] = BACK_OFF,
        pin_attempts: PinAttempts | None = None,
        opener: ModemOpener | None = None,
    ) -> None:
        self._url = url
        self._baudrate = baudrate
        self._pin = pin
        self._profile = profile
        self._sweep_interval = sweep_interval
        self._back_off = tuple(back_off)
        self._pin_attempts = pin_attempts or PinAttempts()
        self._opener = opener or self._open
        self._events = EventQueue()
        self._retry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._modem: Modem | None = None
        self._identity: ModemIdentity | None = None
        self._state = SupervisorState.STOPPED
        self._reason = "not started"
        self._told: LinkChanged | None = None

    @property
    def modem(self) -> Modem | None:
        """The open modem; None while there is none."""
        return self._modem

    @property
    def identity(self) -> ModemIdentity | None:
        """The modem that was open last."""
        return self._identity

    @property
    def state(self) -> SupervisorState:
        """How the modem stands."""
        return self._state

    @property
    def reason(self) -> str:
        """The state in words: what is wrong and what to do."""
        return self._reason

    def events(self) -> AsyncIterator[ModemEvent]:
        """The events of all lives of the modem, LinkChanged between them. One consumer. Ends with `stop`."""
        return self._events.iterate()

    async def start(self) -> None:
        """Begin; does not wait for the modem."""
        if self._task is not None:
            raise UsageError("the supervisor was started already")
        self._task = asyncio.create_task(self._run(), name="modem supervisor")

    async def stop(self) -> None:
        """Let go of the modem, for good."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._enter(SupervisorState.STOPPED, "stopped")
        self._events.close()

    def retry(self) -> None:
        """Try at once: the person has done something about it."""
        self._retry.set()

    async def _run(self) -> None:
        failures = 0
        while True:
            self._enter(SupervisorState.CONNECTING, "connecting")
            started = asyncio.get_running_loop().time()
            try:
                await self._live()
            except SimError as err:
                await self._block(str(err))
                failures = 0
                continue
            except ModemError as err:
                reason = str(err)
            except Exception:
                _LOGGER.exception("a defect in the driver")
                reason = "the driver met a defect of its own; see the log"
            if asyncio.get_running_loop().time() - started >= STABLE_AFTER:
                failures = 0
            await self._pause(reason, self._back_off[min(failures, len(self._back_off) - 1)])
            failures += 1

    async def _open(self) -> Modem:
        modem = Modem(
            self._url,
            baudrate=self._baudrate,
            pin=self._pin,
            profile=self._profile,
            sweep_interval=self._sweep_interval,
            pin_attempts=self._pin_attempts,
        )
        await modem.open()
        return modem

    async def _live(self) -> None:
        """One life of the modem; always ends with an exception."""
        modem = await self._opener()
        try:
            greeting = self._recognise(modem.identity)
            self._modem = modem
            self._enter(SupervisorState.CONNECTED, greeting)
            await self._tell(connected=True)
            async for event in modem.events():
                await self._events.put(event)
            raise LinkLostError("the modem was closed")
        finally:
            self._modem = None
            self._state, self._reason = SupervisorState.WAITING, "the line to the modem is lost"
            await modem.close()

    def _recognise(self, identity: ModemIdentity) -> str:
        before, self._identity = self._identity, identity
        name = f"{identity.manufacturer} {identity.model}".strip() or "a modem without a name"
        if before is not None and before.imei and identity.imei and before.imei != identity.imei:
            return f"connected to {name}, another modem than before: check that the right one is on this port"
        return f"connected to {name}"

    async def _block(self, reason: str) -> None:
        """Wait for a person."""
        self._retry.clear()
        self._enter(SupervisorState.BLOCKED, reason)
        await self._tell(connected=False)
        await self._retry.wait()

    async def _pause(self, reason: str, seconds: float) -> None:
        self._retry.clear()
        self._enter(SupervisorState.WAITING, reason)
        await self._tell(connected=False)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._retry.wait()

    def _enter(self, state: SupervisorState, reason: str) -> None:
        if (state, reason) != (self._state, self._reason) and state is not SupervisorState.CONNECTING:
            _LOGGER.info("modem %s: %s", state, reason)
        self._state, self._reason = state, reason

    async def _tell(self, *, connected: bool) -> None:
        """Announce a change; the same failure of the next try is none."""
        change = LinkChanged(connected=connected, reason=self._reason)
        if change != self._told:
            self._told = change
            await self._events.put(change)
