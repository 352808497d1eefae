"""The network: are we registered, how strong is it, whose is it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.responses import Operator, parse_operator, parse_registration, parse_signal

from .errors import CommandError, ResponseError
from .models import Registration, RegistrationStatus

if TYPE_CHECKING:
    from .link import Link
    from .models import Signal

PACKET_DOMAINS = ("+CEREG", "+CGREG")  # EPS, GPRS: asked when the circuit switched domain takes no SMS
REGISTERED = frozenset({RegistrationStatus.HOME, RegistrationStatus.ROAMING})


class Network:
    """The network. `modem.network` is one of these."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._latest: Registration | None = None

    @property
    def latest(self) -> Registration | None:
        """The registration as last asked or announced; no I/O."""
        return self._latest

    def note(self, registration: Registration) -> None:
        """Take note of an announced registration (+CREG)."""
        operator = self._latest.operator if self._latest is not None else None
        self._latest = replace(registration, operator=registration.operator or operator)

    async def registration(self) -> Registration:
        """Where the modem stands, with the operator's name.

        DATA_ONLY where the circuit switched domain refuses us while a packet domain does not.
        """
        registration = parse_registration(await self._link.execute(commands.query_registration()))
        if not registration.status.can_send_sms and await self._has_packets():
            registration = replace(registration, status=RegistrationStatus.DATA_ONLY)
        operator = await self._operator_or_none()
        if operator is not None:
            technology = registration.technology or operator.technology
            registration = replace(registration, operator=operator.name, technology=technology)
        self._latest = registration
        return registration

    async def signal(self) -> Signal:
        """Received signal strength."""
        return parse_signal(await self._link.execute(commands.query_signal()))

    async def operator(self) -> str | None:
        """The operator's name; None where the modem has none."""
        return parse_operator(await self._link.execute(commands.query_operator())).name

    async def _operator_or_none(self) -> Operator | None:
        try:
            return parse_operator(await self._link.execute(commands.query_operator()))
        except (CommandError, ResponseError):
            return None

    async def _has_packets(self) -> bool:
        for domain in PACKET_DOMAINS:
            try:
                response = await self._link.execute(commands.query_registration(domain))
                if parse_registration(response).status in REGISTERED:
                    return True
            except (CommandError, ResponseError):
                continue  # a 2G modem knows no +CEREG
        return False
