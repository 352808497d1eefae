"""What looks at an account and sends by it say about its health."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from .base import Accepted, ErrorClass, ProofLevel, Rejected, RouteHealth, RouteState

if TYPE_CHECKING:
    from .base import Outcome

LOOK_INTERVAL = timedelta(minutes=5)
LOOK_AGAIN = timedelta(seconds=25)  # after a miss: three of them are known within 90 s

MISSES = 3  # looks in a row that find no way, before the route counts as failed
_UNPAID = "HTTP 402"  # other credentials would not help
_NOT_LOOKED_AT = "nobody has looked at the account yet"


def pause_after(refused: Rejected | None) -> timedelta:
    """How long to wait before the next look.

    Credentials that were refused are not tried every few seconds: the other side would lock the account.
    """
    is_soon = refused is not None and refused.error_class is not ErrorClass.ACCOUNT
    return LOOK_AGAIN if is_soon else LOOK_INTERVAL


@dataclass(slots=True, kw_only=True)
class HealthNotes:
    """The health of one account; each note returns it when it has changed."""

    can_be_checked: bool
    health: RouteHealth = field(init=False)
    _misses: int = 0

    def __post_init__(self) -> None:
        """A provider that cannot be asked is taken to be well until a message says otherwise."""
        if self.can_be_checked:
            self.health = RouteHealth(state=RouteState.UNKNOWN, reason=_NOT_LOOKED_AT)
        else:
            self.health = RouteHealth(state=RouteState.OK)

    def looked(self, refused: Rejected | None) -> RouteHealth | None:
        """A look at the account found nothing wrong, or this."""
        if not self.can_be_checked:
            return None
        if refused is None:
            return self._well(ProofLevel.ALLOWED)
        is_refused = refused.error_class is ErrorClass.ACCOUNT and refused.code != _UNPAID
        return self._ill(refused, is_refused=is_refused)

    def sent(self, outcome: Outcome) -> RouteHealth | None:
        """A message was sent, with this outcome."""
        if isinstance(outcome, Accepted):
            return self._well(ProofLevel.ALLOWED)
        if isinstance(outcome, Rejected) and outcome.error_class in {ErrorClass.ACCOUNT, ErrorClass.DEVICE}:
            # Who can look does so soon after, and then says it.
            return self._ill(outcome, is_refused=outcome.bad_credentials and not self.can_be_checked)
        return None

    def give_another_chance(self, refused: Rejected, *, is_mended: bool) -> RouteHealth | None:
        """The account cannot be looked at, and failed a while ago: the next message is the look.

        A way that was gone may be back. What a person must mend may still be so: others are preferred, unless
        somebody says that it `is_mended`.
        """
        if is_mended or refused.error_class is not ErrorClass.ACCOUNT:
            return self._changed(RouteHealth(state=RouteState.OK))
        if self.health.state is not RouteState.FAILED:
            return None
        return self._changed(replace(self.health, state=RouteState.DEGRADED))

    def _well(self, proof: ProofLevel) -> RouteHealth | None:
        self._misses = 0
        return self._changed(RouteHealth(state=RouteState.OK, proof=proof))

    def _ill(self, refused: Rejected, *, is_refused: bool = False) -> RouteHealth | None:
        """What a person must mend is told at once; a way that is gone may be back in a moment."""
        self._misses += 1
        if refused.error_class is ErrorClass.ACCOUNT or self._misses >= MISSES:
            return self._changed(
                RouteHealth(state=RouteState.FAILED, reason=refused.reason, is_refused=is_refused)
            )
        if self.health.state in {RouteState.UNKNOWN, RouteState.OK}:
            state = RouteState.DEGRADED if self.health.state is RouteState.OK else RouteState.UNKNOWN
            return self._changed(RouteHealth(state=state, reason=refused.reason))
        return None

    def _changed(self, health: RouteHealth) -> RouteHealth | None:
        if health == self.health:
            return None
        self.health = health
        return health
