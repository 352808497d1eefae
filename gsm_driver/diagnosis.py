"""Looks at one modem, thing by thing, and tells what it finds while it goes on. What stops it, it says."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING

from . import startup
from .errors import CommandError, LinkError, ModemError, NotAModemError, ResponseError, SimError
from .faults import ADVICE as FAULT_ADVICE
from .findings import (
    Check,
    Finding,
    Verdict,
    announcements_finding,
    modem_finding,
    network_finding,
    service_centre_finding,
    signal_finding,
    sim_finding,
    storage_findings,
)
from .holders import PROC_ROOT, holders_of
from .introduction import introduce, unlock
from .link import Link
from .models import ModemFault
from .network import Network
from .registration_watch import LOST
from .sms import SmsService
from .stored import read_memories
from .usb import SYS_ROOT, attached_device, real_port
from .usb_table import ADVICE, UsbMode, at_ports, mode_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from .models import Registration
    from .sim import Sim

    Connect = Callable[[str, int], Awaitable[Link]]

REGISTRATION_WAIT = 60.0  # seconds: a modem that was just switched on searches so long
ADVICE_FOR_SILENCE = FAULT_ADVICE[ModemFault.SILENT]
IN_USE = frozenset({errno.EBUSY, errno.EAGAIN})  # the second: locked by another program
REGISTRATION_INTERVAL = 3.0  # seconds between questions meanwhile


class Diagnosis:
    """One look at the modem at a port.

    Args:
        url: as for `Modem`.
        baudrate: the same.
        pin: entered once, if the SIM asks for it and has all its tries.
        last_tries: enter it also where fewer are left, or the modem does not say how many.
        service_centre: stored on the SIM if it has none; empty: not.
        sys_root, proc_root: where sysfs and proc are.
        connect: opens a line; None: `Link.open`.
    """

    def __init__(
        self,
        url: str,
        *,
        baudrate: int = 115200,
        pin: str | None = None,
        last_tries: bool = False,
        service_centre: str = "",
        sys_root: Path = SYS_ROOT,
        proc_root: Path = PROC_ROOT,
        connect: Connect | None = None,
    ) -> None:
        self._url = url
        self._baudrate = baudrate
        self._pin = pin
        self._last_tries = last_tries
        self._service_centre = service_centre
        self._sys_root = sys_root
        self._proc_root = proc_root
        self._connect = connect or _connect

    async def run(self) -> AsyncIterator[Finding]:
        """The findings, as they come; a BAD one of port, modem or SIM is the last."""
        try:
            link = await self._connect(self._url, self._baudrate)
        except LinkError as err:
            yield await asyncio.to_thread(self._closed_port, err)
            return
        try:
            yield Finding(check=Check.PORT, verdict=Verdict.GOOD, text=f"{self._url} opens")
            async for finding in self._look(link):
                yield finding
        except NotAModemError as err:
            advice = await asyncio.to_thread(self._better_port)
            yield Finding(check=Check.MODEM, verdict=Verdict.BAD, text=str(err), advice=advice)
        except ModemError as err:
            yield Finding(check=Check.MODEM, verdict=Verdict.BAD, text=str(err), advice="try once more")
        finally:
            await link.close()

    async def _look(self, link: Link) -> AsyncIterator[Finding]:
        introduction = await introduce(link)
        profile = introduction.profile
        yield modem_finding(introduction.identity, profile)
        sim = await self._sim(introduction.sim)
        yield sim
        if sim.verdict is Verdict.BAD:
            return
        patience = startup.SimPatience(link)
        await startup.switch_radio_on(link)
        await startup.prepare_messaging(patience, profile)
        network = Network(link)
        yield await _network(network)
        yield signal_finding(await network.signal(quality=True))
        yield await self._smsc(SmsService(link))
        for finding in storage_findings(await read_memories(link, profile)):
            yield finding
        yield announcements_finding(await startup.announce_messages(patience, profile.indications))

    async def _sim(self, sim: Sim) -> Finding:
        """The tries left are told before the PIN is entered, and where it is not."""
        refusal: SimError | None = None
        try:
            await unlock(sim, self._pin, last_tries=self._last_tries)
        except SimError as err:
            refusal = err
        try:
            finding = sim_finding(await sim.status())
        except (CommandError, ResponseError):
            if refusal is None:
                text = "the modem does not tell how the SIM stands"
                return Finding(check=Check.SIM, verdict=Verdict.NOTICE, text=text)
            return Finding(check=Check.SIM, verdict=Verdict.BAD, text=str(refusal))
        if refusal is not None and self._pin is not None:
            return Finding(check=Check.SIM, verdict=Verdict.BAD, text=finding.text, advice=str(refusal))
        return finding

    async def _smsc(self, sms: SmsService) -> Finding:
        try:
            address = await sms.service_centre()
            if not address and self._service_centre:
                await sms.set_service_centre(self._service_centre)
                address = await sms.service_centre()
        except (CommandError, ResponseError):
            return service_centre_finding(None)
        return service_centre_finding(address)

    def _closed_port(self, err: LinkError) -> Finding:
        is_held = getattr(err.__cause__, "errno", None) in IN_USE
        holders = holders_of(self._url, self._proc_root) if is_held else ()
        advice = f"in use by {', '.join(holders)}: end it" if holders else ""
        return Finding(check=Check.PORT, verdict=Verdict.BAD, text=str(err), advice=advice)

    def _better_port(self) -> str:
        """Which port of the same device speaks AT."""
        device = attached_device(self._url, self._sys_root)
        if device is None:
            return "is this a modem, and is the speed right (--baudrate)?"
        if mode_of(device) is not UsbMode.MODEM:
            return ADVICE[mode_of(device)]
        mine, known = real_port(self._url), at_ports(device)
        others = [port for port in known or device.ports if port != mine]
        if not others or mine in known:
            return ADVICE_FOR_SILENCE
        if known:
            return f"the port of this modem for AT commands is {others[0]}"
        return f"try another of its ports: {', '.join(others)}"


async def _network(network: Network) -> Finding:
    """The registration, waited for a while: the modem may just have been switched on."""
    deadline = asyncio.get_running_loop().time() + REGISTRATION_WAIT
    while True:
        try:
            registration: Registration = await network.registration(complete=True)
        except (CommandError, ResponseError) as err:
            return Finding(check=Check.NETWORK, verdict=Verdict.NOTICE, text=str(err))
        if registration.status not in LOST or asyncio.get_running_loop().time() >= deadline:
            return network_finding(registration)
        await asyncio.sleep(REGISTRATION_INTERVAL)


async def _connect(url: str, baudrate: int) -> Link:
    return await Link.open(url, baudrate=baudrate)
