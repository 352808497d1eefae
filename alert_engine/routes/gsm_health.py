"""What readings of a modem say about its route. Pure: readings and time in, `RouteHealth` out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gsm_driver import RegistrationStatus

from .base import ProofLevel, RouteHealth, RouteState

if TYPE_CHECKING:
    from gsm_driver import ModemIdentity, Registration, Signal, StorageState

GRACE = 30.0  # seconds without network before the route has failed: a change of cell takes some
WEAK_SIGNAL = -105  # dBm; below it sending still works, often at the second try
NEARLY_FULL = 0.8  # of the message memory: a full one takes no messages, acknowledgements included
SIGNAL_STEP = 5  # dB; smaller changes are noise and not worth an event
MISSES = 3  # polls without an answer before the route has failed

# Modems that know no other kind of network than the oldest (`gsm_driver.families` has the sources).
_ONLY_2G = re.compile(r"(?<![a-z0-9])(?:sim8[0-9]{2}|sim900|g[56]10|[mt]c35|m35)")
_NO_2G = "no network: this modem knows 2G only, and many operators have switched that off: ask the operator"

_KEEPS_SILENT = "the modem took a message and has not answered since: if it stays so, restart it"

_NO_NETWORK = {
    RegistrationStatus.NOT_REGISTERED: "no network: look at the antenna and whether the SIM is active",
    RegistrationStatus.SEARCHING: "no network: the modem is searching, look at the antenna",
    RegistrationStatus.DENIED: "the network refuses this SIM: ask its provider",
    RegistrationStatus.UNKNOWN: "the modem does not know whether it has a network",
    RegistrationStatus.EMERGENCY_ONLY: "the network allows emergency calls only: ask the SIM's provider",
    RegistrationStatus.DATA_ONLY: "the network gives data but no SMS here: ask the SIM's provider",
}
FOUND_NOTHING = frozenset(
    {RegistrationStatus.NOT_REGISTERED, RegistrationStatus.SEARCHING, RegistrationStatus.DENIED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One look at a modem that answered."""

    identity: ModemIdentity
    registration: Registration
    signal: Signal
    has_service_centre: bool | None  # None: it would not say
    storage: StorageState | None = None  # newest warning; None: never heard of
    is_another: bool = False  # not the modem it should be

    @property
    def only_2g(self) -> bool:
        """It is of no use where the operator switched 2G off."""
        return _ONLY_2G.search(self.identity.model.lower()) is not None


class HealthJudge:
    """Remembers what single readings cannot tell: since when there is no network, how often nothing came.

    Times are monotonic seconds.
    """

    def __init__(self) -> None:
        self._away_since: float | None = None
        self._misses = 0
        self._signal: int | None = None

    def read(self, reading: Reading, now: float) -> RouteHealth:
        """The modem answered."""
        self._misses = 0
        self._steady_signal(reading.signal.dbm)
        state, reason = self._judge(reading, now)
        is_registered = reading.registration.status.can_send_sms
        proof = ProofLevel.REGISTERED if is_registered else ProofLevel.ANSWERS
        return RouteHealth(state=state, reason=reason, proof=proof, facts=self._facts(reading))

    def missed(self, last: RouteHealth, why: str) -> RouteHealth:
        """The modem did not answer; the third time in a row the route has failed."""
        self._misses += 1
        if self._misses < MISSES:
            return last
        return replace(self.lost(why), proof=ProofLevel.PORT)

    def kept_waiting(self, last: RouteHealth) -> RouteHealth:
        """It took a message and does not say what became of it: others are preferred until it speaks."""
        is_well = last.state is RouteState.OK
        return replace(last, state=RouteState.DEGRADED, reason=_KEEPS_SILENT) if is_well else last

    def lost(self, why: str) -> RouteHealth:
        """There is no modem."""
        self._away_since = None
        self._signal = None
        return RouteHealth(state=RouteState.FAILED, reason=why)

    def _judge(self, reading: Reading, now: float) -> tuple[RouteState, str]:
        if not reading.registration.status.can_send_sms:
            return self._away(reading, now)
        self._away_since = None
        weakness = _weakness(reading, self._signal)
        return (RouteState.DEGRADED, weakness) if weakness else (RouteState.OK, "")

    def _away(self, reading: Reading, now: float) -> tuple[RouteState, str]:
        if self._away_since is None:
            self._away_since = now
        lasting = now - self._away_since >= GRACE
        status = reading.registration.status
        is_perhaps_off = reading.only_2g and status in FOUND_NOTHING
        reason = _NO_2G if is_perhaps_off else _NO_NETWORK[status]
        return (RouteState.FAILED if lasting else RouteState.DEGRADED), reason

    def _steady_signal(self, dbm: int | None) -> None:
        if dbm is None or self._signal is None or abs(dbm - self._signal) >= SIGNAL_STEP:
            self._signal = dbm

    def _facts(self, reading: Reading) -> tuple[tuple[str, str | int | None], ...]:
        storage = reading.storage
        networks = (("networks", "2G"),) if reading.only_2g else ()
        return (
            *networks,
            ("operator", reading.registration.operator),
            ("signal_dbm", self._signal),
            ("registration", reading.registration.status.value),
            ("technology", reading.registration.technology),
            ("model", reading.identity.model),
            ("imei", reading.identity.imei_tail),
            ("storage", None if storage is None else f"{storage.memory} {storage.used}/{storage.total}"),
        )


def _weakness(reading: Reading, dbm: int | None) -> str:
    """What is wrong although it sends, at this steadied signal; empty if nothing."""
    storage = reading.storage
    if reading.is_another:
        return "another modem than before answers: check that the right one is on this port"
    if reading.has_service_centre is False:
        return "the SIM has no service centre number: sending will fail until it is set"
    if storage is not None and storage.total and storage.used >= NEARLY_FULL * storage.total:
        return f"the message memory {storage.memory} is nearly full: delete old messages from the SIM"
    if dbm is not None and dbm < WEAK_SIGNAL:
        return f"the signal is weak ({dbm} dBm): look at the antenna"
    return ""
