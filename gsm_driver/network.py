"""The network: are we registered, for what, how strong is it, whose is it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.quality import SignalQuality, parse_signal_quality
from gsm_driver.at.responses import Operator, parse_operator, parse_registration, parse_signal

from .errors import CommandError, ResponseError
from .models import Registration, RegistrationStatus
from .startup import attempt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .link import Link
    from .models import Signal

CIRCUIT, PACKET, EPS = "+CREG", "+CGREG", "+CEREG"
REGISTERED = frozenset({RegistrationStatus.HOME, RegistrationStatus.ROAMING})
RADIO_PAUSE = 10.0  # seconds between off and on: SIM7600 and A76xx come back after so long (quirks 5.9)
RADIO_OFF = (4, 0)  # +CFUN: flight mode keeps the SIM awake; old modems have only "minimum"
RADIO_ON = 1


class Network:
    """The network. `modem.network` is one of these."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._latest: Registration | None = None
        self._domains: Mapping[str, Registration] = {}  # what each said last, by prefix
        self._changed = asyncio.Event()
        self._tells_quality = True  # until the modem refuses +CESQ

    @property
    def latest(self) -> Registration | None:
        """The registration as last asked or announced; no I/O."""
        return self._latest

    def note(self, domain: str, registration: Registration) -> None:
        """Take note of an announced registration. `domain` is its prefix: +CREG, +CGREG or +CEREG."""
        latest = self._latest
        if domain == CIRCUIT:  # where the network changes, what is known of the packet domains is old
            self._domains = {domain: registration}
        else:
            self._domains = {**self._domains, domain: registration}
            if latest is None:
                return  # short messages may well have another domain: nobody asked yet
        joined = _join(self._domains) or registration
        self._note(joined if latest is None else replace(joined, operator=latest.operator))

    async def wait_changed(self, timeout: float) -> bool:  # noqa: ASYNC109 - its end is an answer, no error
        """Wait for a registration to be asked or announced; False: nothing for so many seconds."""
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._changed.wait()
        return self._changed.is_set()

    async def registration(self, *, complete: bool = False) -> Registration:
        """Where the modem stands, with the operator's name.

        The domains are joined: HOME, ROAMING and SMS_ONLY_… where the network takes short messages from us;
        DATA_ONLY where the circuit switched domain refuses us while a packet domain does not: then short
        messages need IMS, which modem, SIM and operator must all have.

        Args:
            complete: ask all three domains; otherwise the packet domains only where circuit switching fails.

        Raises:
            CommandError, ResponseError: the modem tells its registration in no domain.
            LinkError: the line.
        """
        domains, refusal = await self._ask(complete=complete)
        registration = _join(domains)
        if registration is None:
            raise refusal or ResponseError(CIRCUIT, "no domain is told")
        operator = await self._operator_or_none()
        if operator is not None:
            technology = registration.technology or operator.technology
            registration = replace(registration, operator=operator.name, technology=technology)
        self._domains = domains
        self._note(registration)
        return registration

    async def signal(self, *, quality: bool = False) -> Signal:
        """Received signal strength.

        Args:
            quality: ask for RSRP, RSRQ and RSCP as well (+CESQ), which costs a turn. Without it that is only
                asked where +CSQ does not know: then the level of the serving technology stands for `dbm`.
        """
        signal = parse_signal(await self._link.execute(commands.query_signal()))
        if not quality and signal.dbm is not None:
            return signal
        more = await self._quality()
        dbm = signal.dbm if signal.dbm is not None else more.level
        return replace(signal, dbm=dbm, rscp=more.rscp, rsrp=more.rsrp, rsrq=more.rsrq)

    async def operator(self) -> str | None:
        """The operator's name; None where the modem has none."""
        return parse_operator(await self._link.execute(commands.query_operator())).name

    async def cycle_radio(self) -> None:
        """Switch the radio off and on. See `Modem.cycle_radio`, which does what is due afterwards.

        Raises:
            CommandError: the radio does not come back.
            LinkError: the line.
        """
        for level in RADIO_OFF:
            if await attempt(self._link, commands.set_functionality(level)) is not None:
                break
        else:
            return  # it has no such switch
        try:
            await asyncio.sleep(RADIO_PAUSE)
        finally:
            await self._link.execute(commands.set_functionality(RADIO_ON))

    def _note(self, registration: Registration) -> None:
        self._latest = registration
        self._changed.set()

    async def _ask(
        self, *, complete: bool
    ) -> tuple[dict[str, Registration], CommandError | ResponseError | None]:
        """What the domains say, and why the circuit switched one does not, if it does not.

        One of 2G knows no +CEREG, some know LTE only, some answer with nothing.
        """
        domains: dict[str, Registration] = {}
        refusal = await self._ask_domain(CIRCUIT, domains)
        if complete or refusal is not None or not domains[CIRCUIT].status.can_send_sms:
            await self._ask_domain(EPS, domains)
            if complete or EPS not in domains or domains[EPS].status not in REGISTERED:
                await self._ask_domain(PACKET, domains)
        return domains, refusal

    async def _ask_domain(
        self, domain: str, domains: dict[str, Registration]
    ) -> CommandError | ResponseError | None:
        try:
            domains[domain] = parse_registration(
                await self._link.execute(commands.query_registration(domain))
            )
        except (CommandError, ResponseError) as err:
            return err
        return None

    async def _operator_or_none(self) -> Operator | None:
        try:
            return parse_operator(await self._link.execute(commands.query_operator()))
        except (CommandError, ResponseError):
            return None

    async def _quality(self) -> SignalQuality:
        if not self._tells_quality:
            return SignalQuality()
        try:
            return parse_signal_quality(await self._link.execute(commands.query_signal_quality()))
        except (CommandError, ResponseError):
            self._tells_quality = False
            return SignalQuality()


def _join(domains: Mapping[str, Registration]) -> Registration | None:
    """One registration for all domains, with each beside it; None: none is told."""
    circuit, packet, eps = (domains.get(prefix) for prefix in (CIRCUIT, PACKET, EPS))
    packets = [domain for domain in (eps, packet) if domain is not None]
    online = next((domain for domain in packets if domain.status in REGISTERED), None)
    if circuit is None:  # it says nothing against short messages: take what the packet domains say
        joined = online or next(iter(packets), None)
    elif circuit.status.can_send_sms or online is None:
        joined = circuit
    else:
        technology = online.technology or circuit.technology
        joined = replace(circuit, status=RegistrationStatus.DATA_ONLY, technology=technology)
    if joined is None:
        return None
    return replace(
        joined,
        circuit=None if circuit is None else circuit.status,
        packet=None if packet is None else packet.status,
        eps=None if eps is None else eps.status,
    )
