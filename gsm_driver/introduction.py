"""Getting to know a modem without taking it into service: for people who look, and before a PIN is risked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import startup
from .errors import PinRequiredError
from .families import profile_for
from .sim import PinAttempts, Sim

if TYPE_CHECKING:
    from .link import Link
    from .models import ModemIdentity
    from .profile import ModemProfile

FULL_TRIES = 3  # a SIM is blocked after three wrong PINs in a row (3GPP TS 51.011 clause 8.9)
FEW_TRIES = (
    "the SIM asks for its PIN (tries left: {left}); the one given was not entered. If it is surely right, add"
    " --last-tries; entered in a phone, it gives all tries back"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """Who the modem is, and its SIM, which may still be locked."""

    identity: ModemIdentity
    profile: ModemProfile
    sim: Sim


async def introduce(link: Link) -> Introduction:
    """Synchronise, and ask who is there. Changes echo and the form of errors, nothing that lasts.

    Raises:
        LinkError: the line; `NotAModemError` if nobody answers.
    """
    await startup.synchronise(link)
    await startup.prepare_line(link)
    identity = await startup.read_identity(link)
    profile = profile_for(identity)
    link.vendor = profile.vendor
    return Introduction(identity=identity, profile=profile, sim=Sim(link, profile))


async def spare_last_tries(sim: Sim) -> None:
    """Refuse to go on where a wrong PIN would cost one of the last tries.

    For programs that forget between two runs what they entered: each run would take one more.

    Raises:
        PinRequiredError: the SIM asks for its PIN, and not all tries are left, or their number is not told.
        SimError, LinkError: as `Sim.unlock`.
    """
    try:
        await sim.unlock(None, PinAttempts())
    except PinRequiredError:
        tries = (await sim.status()).pin_tries
        if tries is None or tries < FULL_TRIES:
            left = "not told" if tries is None else tries
            raise PinRequiredError(FEW_TRIES.format(left=left)) from None


async def unlock(sim: Sim, pin: str | None, *, last_tries: bool) -> None:
    """Make the SIM usable; one of the last tries is used only if `last_tries` says so.

    Raises:
        PinRequiredError: as `spare_last_tries`.
        SimError, LinkError: as `Sim.unlock`.
    """
    if pin is not None and not last_tries:
        await spare_last_tries(sim)
    await sim.unlock(pin, PinAttempts())
