"""What is said to a modem before it works: few commands, none of which must succeed but the first.

Real modems refuse any of them: phonesim refuses AT itself. Only silence is final.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from gsm_driver.at import commands
from gsm_driver.at.responses import (
    ServiceCentre,
    parse_functionality,
    parse_identity,
    parse_indication_support,
    parse_service_centre,
)

from .errors import (
    CmeError,
    CmsError,
    CommandError,
    ModemError,
    ModemTimeoutError,
    NotAModemError,
    ResponseError,
)
from .models import ModemIdentity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gsm_driver.at.exchange import AtCommand, Response

    from .link import Link
    from .profile import Indications, ModemProfile

_LOGGER = logging.getLogger(__name__)

KNOCKS = 3  # times AT is said to a modem that fell silent; a sleeping one swallows the first
SYNC_TIMEOUT = 1.0  # seconds: nothing but the modem is needed; the first AT after a pause may be swallowed
# Seconds: the SIM answers PIN questions before it can read its own memory; CME 515 was seen for tens of them.
SIM_READY_TIMEOUT = 40.0
SIM_READY_INTERVAL = 1.0  # seconds between tries meanwhile
SIM_BUSY = frozenset({(CmeError, 14), (CmeError, 515), (CmsError, 314), (CmsError, 515)})
RESET_TIMEOUT = 5.0  # seconds: a modem that restarts may say OK before it goes, or nothing
FULL_FUNCTIONALITY = 1  # +CFUN


@dataclass(frozen=True, slots=True, kw_only=True)
class Messaging:
    """How short messages were set up."""

    service: int  # +CSMS; 1: +CMT and +CDS want AT+CNMA
    service_centre: ServiceCentre | None  # None: the modem would not say


class Executor(Protocol):
    """A `Link`, or what goes before one."""

    async def execute(self, command: AtCommand) -> Response:
        """As `Link.execute`."""


def is_sim_busy(refusal: CommandError) -> bool:
    """The SIM is still starting: the command itself is all right."""
    return isinstance(refusal, CmeError | CmsError) and (type(refusal), refusal.code) in SIM_BUSY


class SimPatience:
    """Executes what needs the SIM: again while that is busy, for `SIM_READY_TIMEOUT` in all."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._until = asyncio.get_running_loop().time() + SIM_READY_TIMEOUT

    async def execute(self, command: AtCommand) -> Response:
        """As `Link.execute`; the last refusal is raised."""
        while True:
            try:
                return await self._link.execute(command)
            except CommandError as err:
                if not await self.waits(err):
                    raise

    async def waits(self, refusal: CommandError) -> bool:
        """It makes sense to ask again, and now is the time for it."""
        if not is_sim_busy(refusal) or asyncio.get_running_loop().time() >= self._until:
            return False
        await asyncio.sleep(SIM_READY_INTERVAL)
        return True


async def synchronise(link: Link) -> None:
    """Find out that somebody is there, and make sure that the next answer is that to the next command.

    An earlier program may have died within a command: its answer may still come, or its prompt be open.

    Raises:
        NotAModemError: nobody answered.
    """
    first, second, *others = commands.synchronisers()
    is_alive = False
    hello = commands.attention()
    for question in (hello, first, second, commands.restore_results(), *others, hello):
        try:
            await link.execute(replace(question, timeout=SYNC_TIMEOUT))
        except CommandError:
            is_alive = True
        except ModemTimeoutError:
            link.leave_prompt()
        else:
            is_alive = True
            if question.prefixes:
                return
    if not is_alive:
        raise NotAModemError(
            "nobody answers AT commands at this port; try another port of the modem, if it is one"
        )


async def knock(link: Link) -> bool:
    """Say AT, some times over; True if it was answered. Needs no clean line, and leaves none."""
    for _ in range(KNOCKS):
        try:
            await link.execute(replace(commands.attention(), timeout=SYNC_TIMEOUT))
        except CommandError:
            return True
        except ModemTimeoutError:
            continue
        return True
    return False


async def is_alive(link: Link) -> bool:
    """The modem answers AT, and no prompt is left open."""
    link.leave_prompt()
    try:
        await synchronise(link)
    except NotAModemError:
        return False
    return True


async def read_identity(link: Link) -> ModemIdentity:
    """Who the modem is; empty where it does not say. Changes nothing."""
    return ModemIdentity(
        manufacturer=await _text(link, commands.query_manufacturer()),
        model=await _text(link, commands.query_model()),
        firmware=await _text(link, commands.query_firmware()),
        imei=_digits(await _text(link, commands.query_imei())),
    )


async def prepare_line(link: Link) -> None:
    """No echo, errors with numbers."""
    await attempt(link, commands.echo_off())
    await attempt(link, commands.error_codes())


async def switch_radio_on(link: Link) -> None:
    """Some modems start with the radio off, or were left so."""
    response = await attempt(link, commands.query_functionality())
    if response is None:
        return
    try:
        level = parse_functionality(response)
    except ResponseError:
        return  # Nokia and ZTE answer with the range of values
    if level != FULL_FUNCTIONALITY:
        await attempt(link, commands.set_functionality(FULL_FUNCTIONALITY))


async def prepare_messaging(link: Executor, profile: ModemProfile) -> Messaging:
    """PDU mode, and who acknowledges."""
    centre = await _service_centre(link)
    await attempt(link, commands.pdu_mode())
    service = profile.message_service
    if await attempt(link, commands.set_message_service(service)) is None:
        service = 0  # what the standard has without the command
    for text in profile.initialisation:
        await attempt(link, commands.custom(text))
    return Messaging(service=service, service_centre=centre)


async def announce_messages(link: Executor, preferred: Sequence[Indications]) -> Indications | None:
    """Have new messages and reports announced.

    Returns the parameters of AT+CNMI that the modem took; None if it refused all: then only sweeps find them.
    """
    supported: tuple[frozenset[int], ...] = ()
    response = await attempt(link, commands.query_indication_support())
    if response is not None:
        try:
            supported = parse_indication_support(response)
        except ResponseError as err:
            _LOGGER.debug("%s", err)
    for indications in _by_support(preferred, supported):
        # Many Qualcomm modems list ds=1 and then refuse it: the list only sets the order.
        if await attempt(link, commands.set_indications(*indications)) is not None:
            return indications
    return None


async def restart(link: Link, profile: ModemProfile) -> None:
    """Have the modem restart; whether it says so or not. Close the line at once, or it returns as another."""
    command = commands.custom(profile.reset_command, timeout=RESET_TIMEOUT, secret=False)
    with contextlib.suppress(ModemError):
        await link.execute(command)


async def announce_registration(link: Link) -> None:
    """Changes of the registration are told, with the cell where possible."""
    if await attempt(link, commands.report_registration(2)) is None:
        await attempt(link, commands.report_registration(1))
    await attempt(link, commands.set_operator_format(0))


async def attempt(link: Executor, command: AtCommand) -> Response | None:
    """Execute what may be refused; None then."""
    try:
        return await link.execute(command)
    except CommandError as err:
        _LOGGER.debug("%s", err)
        return None


def _by_support(
    preferred: Sequence[Indications], supported: tuple[frozenset[int], ...]
) -> Iterator[Indications]:
    """Those that the modem lists, then, should it refuse them all, the others."""
    listed = [form for form in preferred if _is_listed(form, supported)]
    yield from listed
    yield from (form for form in preferred if form not in listed)


def _is_listed(form: Indications, supported: tuple[frozenset[int], ...]) -> bool:
    return len(form) <= len(supported) and all(
        value in values for value, values in zip(form, supported, strict=False)
    )


async def _service_centre(link: Executor) -> ServiceCentre | None:
    response = await attempt(link, commands.query_service_centre())
    if response is None:
        return None
    try:
        return parse_service_centre(response)
    except ResponseError:
        return None


async def _text(link: Link, command: AtCommand) -> str:
    response = await attempt(link, command)
    if response is None:
        return ""
    try:
        return parse_identity(response)
    except ResponseError:
        return ""


def _digits(imei: str) -> str:
    """The IMEI alone: some modems put its name before it or its check digit apart."""
    return "".join(character for character in imei if character.isdigit())
