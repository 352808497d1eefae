"""The SIM: is it ready, may its PIN be entered, who is it. A PIN is tried once, a PUK never.

Whatever a modem says in place of the state of its SIM is a fault of the SIM, or passes: it is never a reason
to restart the modem.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gsm_driver.at import commands
from gsm_driver.at.responses import (
    PinCounter,
    SimState,
    parse_identity,
    parse_own_numbers,
    parse_pin_counter,
    parse_sim_state,
)
from gsm_driver.at.result_codes import FIRST_VENDOR_CODE

from .errors import (
    CmeError,
    CodedCommandError,
    CommandError,
    ErrorClass,
    ModemError,
    PinRejectedError,
    PinRequiredError,
    PukRequiredError,
    ResponseError,
    SimError,
    SimNotReadyError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver.at.exchange import AtCommand

    from .link import Link
    from .profile import ModemProfile

READY_TIMEOUT = 40.0  # seconds: a SIM is busy for 15 s after power-on (python-gsmmodem#10), some for more
READY_INTERVAL = 1.0  # seconds between questions meanwhile
CONFIRM_DELAY = 2.0  # seconds: RM520N says "SIM PIN" for a moment while it starts (openwrt#24260)
USABLE = frozenset({SimState.READY, SimState.SIM_PIN2, SimState.SIM_PUK2})  # PIN2 guards nothing used here
_DIGITS = re.compile(r"\d+")
_PIN = re.compile(r"[0-9]{4,8}")  # 3GPP TS 31.101
LAST_TRY = 1  # a PIN is not entered with so few tries left: a person must

# +CME ERROR and +CMS ERROR as answer to AT+CPIN?, in place of +CPIN (27.007 clause 9.2, 27.005 clause 3.2.5)
_STATE_BY_CME: Final[Mapping[int, SimState]] = {
    **dict.fromkeys((5, 6, 7, *range(40, 48)), SimState.OTHER_LOCK),
    10: SimState.NOT_INSERTED,
    11: SimState.SIM_PIN,
    12: SimState.SIM_PUK,
    17: SimState.SIM_PIN2,
    18: SimState.SIM_PUK2,
    262: SimState.BLOCKED,
}
_STATE_BY_CMS: Final[Mapping[int, SimState]] = {
    310: SimState.NOT_INSERTED,
    311: SimState.SIM_PIN,
    312: SimState.OTHER_LOCK,
    316: SimState.SIM_PUK,
    317: SimState.SIM_PIN2,
    318: SimState.SIM_PUK2,
}
_OF_THE_SIM = frozenset({ErrorClass.ACCOUNT, ErrorClass.TEMPORARY})  # it is busy, starts, fails or is wrong
_INCORRECT_PASSWORD = 16  # CME: the PIN was compared, and a try is gone

_REFUSED = "the SIM asks for its PIN, and the one given was refused before; correct it"
_LOST = (
    "the SIM asks for its PIN, and what it said to the one given was lost; enter it in a phone, or switch the"
    " PIN off there"
)


def check_pin(pin: str | None) -> None:
    """See that it can be one, before anything is opened: a wrong try costs one of three. None: there is none.

    Raises:
        UsageError: it has not 4 to 8 digits.
    """
    if pin is not None and not _PIN.fullmatch(pin):
        raise UsageError("the PIN of a SIM has 4 to 8 digits, and nothing else")


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
    """PINs that were entered and not accepted. Keep one for all lives of a modem: none is entered twice.

    It forgets with the process. Make a class of your own from it to keep them longer.
    """

    def __init__(self) -> None:
        self._spent: set[tuple[str, str]] = set()
        self._lost: dict[tuple[str, str], int | None] = {}  # tries before an entry whose answer was lost
        self._repeated: set[tuple[str, str]] = set()

    def is_spent(self, iccid: str, pin: str) -> bool:
        """This PIN was entered for this SIM, and was wrong or is not known to be right."""
        return (iccid, pin) in self._spent

    def spend(self, iccid: str, pin: str) -> None:
        """It is about to be entered."""
        self._spent.add((iccid, pin))

    def accepted(self, iccid: str, pin: str) -> None:
        """It was right, and may be entered again after a restart of the modem."""
        for kept in (self._spent, self._repeated):
            kept.discard((iccid, pin))

    def refused(self, iccid: str, pin: str) -> None:
        """It was wrong, for certain."""

    def lost(self, iccid: str, pin: str, tries: int | None) -> None:
        """It was entered, and whether it was right is not known. `tries` were left before; None: not told."""
        self._lost[iccid, pin] = tries

    def is_lost(self, iccid: str, pin: str) -> bool:
        """Whether it was right is not known."""
        return (iccid, pin) in self._lost

    def repeat(self, iccid: str, pin: str, tries: int | None) -> bool:
        """Take the leave to enter a spent PIN again: its answer was lost, and `tries` say that none is gone.

        Once only: a counter that never falls must not lead to a locked SIM.
        """
        key = (iccid, pin)
        before = self._lost.get(key)
        if before is None or tries is None or tries < before or key in self._repeated:
            return False
        del self._lost[key]
        self._repeated.add(key)
        return True

    async def save(self) -> None:
        """Keep what was told, if this is kept longer. Awaited before a PIN leaves, and after its answer.

        Raises:
            SimError: it cannot be kept, so the PIN must not be entered.
        """


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
            SimError: the SIM is blocked for good, or the modem is locked to another one.
            UsageError: no PIN looks like this one. Nothing was written.
        """
        check_pin(pin)
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
        tries = (await self._counter()).pin
        if attempts.is_spent(iccid, pin) and not attempts.repeat(iccid, pin, tries):
            raise PinRequiredError(_LOST if attempts.is_lost(iccid, pin) else _REFUSED)
        if tries is not None and tries <= LAST_TRY:
            raise PinRequiredError(
                "the SIM has only one PIN try left, which is not used; enter the PIN in a phone",
                is_last_try=True,
            )
        attempts.spend(iccid, pin)
        await attempts.save()
        try:
            await self._say(pin, tries)
        except (PinRejectedError, PukRequiredError):
            attempts.refused(iccid, pin)
            await attempts.save()
            raise
        except (ModemError, asyncio.CancelledError):
            attempts.lost(iccid, pin, tries)
            raise
        attempts.accepted(iccid, pin)
        await attempts.save()
        await asyncio.sleep(self._profile.pin_settle_time)
        _check_usable(await self._settled_state())

    async def _say(self, pin: str, tries: int | None) -> None:
        """Say the PIN. Some modems answer the right one with an error; only the state counts.

        Raises:
            PinRejectedError, PukRequiredError: it was wrong, for certain.
            ModemError: whether it was right is not known.
        """
        try:
            await self._link.execute(commands.enter_pin(pin))
        except CommandError as err:
            state = await self._settled_state()
            if state is not SimState.SIM_PIN:
                _check_usable(state)
            elif await self._was_counted(err, tries):
                raise PinRejectedError("the SIM refused the PIN; it is not tried again: correct it") from err
            else:
                raise SimNotReadyError("the SIM did not look at the PIN, and no try is gone") from err

    async def _was_counted(self, refusal: CommandError, tries: int | None) -> bool:
        """The refusal cost a try. Where the modem does not say, it did."""
        if tries is None or (isinstance(refusal, CmeError) and refusal.code == _INCORRECT_PASSWORD):
            return True
        left = (await self._counter()).pin
        return left is None or left < tries

    async def _settled_state(self) -> SimState:
        """The state, once the SIM has finished starting."""
        deadline = asyncio.get_running_loop().time() + READY_TIMEOUT
        while True:
            try:
                state = await self._state()
            except ResponseError:
                state = SimState.NOT_READY  # OK alone
            except CodedCommandError:
                raise
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
        try:
            return parse_sim_state(await self._link.execute(commands.query_pin()))
        except CodedCommandError as err:
            return _state_by_refusal(err)

    async def _counter(self) -> PinCounter:
        try:
            response = await self._link.execute(commands.query_pin_counter(self._profile.pin_counter_command))
            return parse_pin_counter(response)
        except (CommandError, ResponseError):
            return PinCounter(pin=None, puk=None)


def _state_by_refusal(refusal: CodedCommandError) -> SimState:
    """The state that a refusal of AT+CPIN? tells; raises the refusal if it tells of no SIM."""
    code = -1 if refusal.code is None else refusal.code
    states = _STATE_BY_CME if isinstance(refusal, CmeError) else _STATE_BY_CMS
    if code in states:
        return states[code]
    if code >= FIRST_VENDOR_CODE or refusal.error_class in _OF_THE_SIM:
        return SimState.NOT_READY
    raise refusal


def _check_usable(state: SimState) -> None:
    """Raise what a person must know."""
    if state in USABLE:
        return
    if state is SimState.SIM_PUK:
        raise PukRequiredError("the SIM is locked after wrong PINs; put it into a phone and enter its PUK")
    if state is SimState.NOT_INSERTED:
        raise SimNotReadyError("there is no SIM in the modem, or it is the wrong way round")
    if state is SimState.BLOCKED:
        raise SimError(
            "the SIM is blocked for good, or has bad contacts; clean it and try it in a phone, or have the"
            " operator give you another"
        )
    if state is SimState.OTHER_LOCK:
        raise SimError("the modem is locked to another SIM or network and does not take this one")
    raise SimNotReadyError("the SIM does not become ready; take it out, clean it and put it back")
