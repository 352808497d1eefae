"""The SIM: is it ready, may its PIN be entered, who is it. A PIN is tried once, a PUK never."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.responses import (
    PinCounter,
    SimState,
    parse_identity,
    parse_own_numbers,
    parse_pin_counter,
    parse_sim_state,
)

from .errors import (
    CmeError,
    CommandError,
    PinRejectedError,
    PinRequiredError,
    PukRequiredError,
    ResponseError,
    SimError,
    SimNotReadyError,
)

if TYPE_CHECKING:
    from gsm_driver.at.exchange import AtCommand

    from .link import Link
    from .profile import ModemProfile

READY_TIMEOUT = 40.0  # seconds: a SIM is busy for 15 s after power-on (python-gsmmodem#10), some for more
READY_INTERVAL = 1.0  # seconds between questions meanwhile
CONFIRM_DELAY = 2.0  # seconds: RM520N says "SIM PIN" for a moment while it starts (openwrt#24260)
BUSY_CODES = frozenset({3, 13, 14, 515})  # CME: not now, SIM failure while it starts, SIM busy, please wait
NO_SIM_CODE = 10  # CME: SIM not inserted
USABLE = frozenset({SimState.READY, SimState.SIM_PIN2, SimState.SIM_PUK2})  # PIN2 guards nothing used here
_DIGITS = re.compile(r"\d+")
LAST_TRY = 1  # a PIN is not entered with so few tries left: a person must


@dataclass(frozen=True, slots=True, kw_only=True)
class SimStatus:
    """What the SIM says of itself."""

    state: SimState
    pin_tries: int | None  # None: the modem does not say
    puk_tries: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimIdentity:
    """Whose card it is. All of it is personal: none of it is in the repr."""

    iccid: str = field(repr=False)  # digits; empty where the modem does not say
    imsi: str = field(repr=False)  # the same
    numbers: tuple[str, ...] = field(repr=False)  # MSISDNs stored on the card; often none, sometimes wrong

    @property
    def home_network(self) -> str:
        """Mobile country code, and the first two digits of the network's: whose SIM it is, not which."""
        return self.imsi[:5]


class PinAttempts:
    """PINs that were entered and not accepted. Keep one for all lives of a modem: none is entered twice."""

    def __init__(self) -> None:
        self._spent: set[tuple[str, str]] = set()

    def is_spent(self, iccid: str, pin: str) -> bool:
        """This PIN was entered for this SIM, and was wrong or is not known to be right."""
        return (iccid, pin) in self._spent

    def spend(self, iccid: str, pin: str) -> None:
        """It is about to be entered."""
        self._spent.add((iccid, pin))

    def accepted(self, iccid: str, pin: str) -> None:
        """It was right, and may be entered again after a restart of the modem."""
        self._spent.discard((iccid, pin))


class Sim:
    """The SIM. `modem.sim` is one of these."""

    def __init__(self, link: Link, profile: ModemProfile) -> None:
        self._link = link
        self._profile = profile

    async def status(self) -> SimStatus:
        """State and tries left."""
        state = await self._state()
        counter = await self._counter()
        return SimStatus(state=state, pin_tries=counter.pin, puk_tries=counter.puk)

    async def iccid(self) -> str:
        """The number of the card; empty where the modem does not give it."""
        return await self._digits(commands.query_iccid(self._profile.iccid_command))

    async def identity(self) -> SimIdentity:
        """Whose card it is."""
        try:
            numbers = parse_own_numbers(await self._link.execute(commands.query_own_numbers()))
        except CommandError:
            numbers = ()  # not every SIM has a list of own numbers
        return SimIdentity(
            iccid=await self.iccid(), imsi=await self._digits(commands.query_imsi()), numbers=numbers
        )

    async def unlock(self, pin: str | None, attempts: PinAttempts) -> None:
        """Make the SIM usable, with the PIN if it asks for one.

        Raises:
            PinRequiredError: a PIN is wanted, and none may be entered.
            PinRejectedError: the PIN was entered now and was wrong.
            PukRequiredError: the SIM is locked.
            SimNotReadyError: there is no SIM, or it cannot be read.
            SimError: the modem is locked to another SIM.
        """
        state = await self._settled_state()
        if state is SimState.SIM_PIN:
            await asyncio.sleep(CONFIRM_DELAY)
            state = await self._settled_state()
        if state is SimState.SIM_PIN:
            await self._enter(pin, attempts)
        else:
            _check_usable(state)

    async def _enter(self, pin: str | None, attempts: PinAttempts) -> None:
        if pin is None:
            raise PinRequiredError(
                "the SIM asks for its PIN; enter it in the settings, or switch the PIN off in a phone"
            )
        iccid = await self.iccid()
        if attempts.is_spent(iccid, pin):
            raise PinRequiredError(
                "the SIM asks for its PIN, and the one given was refused before; correct it"
            )
        tries = (await self._counter()).pin
        if tries is not None and tries <= LAST_TRY:
            raise PinRequiredError(
                "the SIM has only one PIN try left, which is not used; enter the PIN in a phone"
            )
        attempts.spend(iccid, pin)
        try:
            await self._link.execute(commands.enter_pin(pin))
        except CommandError as err:
            await self._check_after_refusal(err)
        attempts.accepted(iccid, pin)
        await asyncio.sleep(self._profile.pin_settle_time)
        _check_usable(await self._settled_state())

    async def _check_after_refusal(self, refusal: CommandError) -> None:
        """Some modems answer the right PIN with an error; only the state counts."""
        state = await self._state()
        if state is SimState.SIM_PIN:
            raise PinRejectedError("the SIM refused the PIN; it is not tried again: correct it") from refusal
        _check_usable(state)

    async def _settled_state(self) -> SimState:
        """The state, once the SIM has finished starting."""
        deadline = asyncio.get_running_loop().time() + READY_TIMEOUT
        while True:
            try:
                state = await self._state()
            except CmeError as err:
                if err.code == NO_SIM_CODE:
                    return SimState.NOT_INSERTED
                if err.code not in BUSY_CODES:
                    raise
                state = SimState.NOT_READY
            except CommandError:
                return SimState.READY  # it knows no PIN question; what is wrong, the first message will tell
            if state is not SimState.NOT_READY or asyncio.get_running_loop().time() >= deadline:
                return state
            await asyncio.sleep(READY_INTERVAL)

    async def _digits(self, question: AtCommand) -> str:
        """The longest run of digits of an answer: some modems put a name before it, or an F behind it."""
        try:
            text = parse_identity(await self._link.execute(question))
        except (CommandError, ResponseError):
            return ""
        return max(_DIGITS.findall(text), key=len, default="")

    async def _state(self) -> SimState:
        return parse_sim_state(await self._link.execute(commands.query_pin()))

    async def _counter(self) -> PinCounter:
        try:
            response = await self._link.execute(commands.query_pin_counter(self._profile.pin_counter_command))
            return parse_pin_counter(response)
        except (CommandError, ResponseError):
            return PinCounter(pin=None, puk=None)


def _check_usable(state: SimState) -> None:
    """Raise what a person must know."""
    if state in USABLE:
        return
    if state is SimState.SIM_PUK:
        raise PukRequiredError("the SIM is locked after wrong PINs; put it into a phone and enter its PUK")
    if state is SimState.NOT_INSERTED:
        raise SimNotReadyError("there is no SIM in the modem, or it is the wrong way round")
    if state is SimState.OTHER_LOCK:
        raise SimError("the modem is locked to another SIM or network and does not take this one")
    raise SimNotReadyError("the SIM does not become ready; take it out, clean it and put it back")
