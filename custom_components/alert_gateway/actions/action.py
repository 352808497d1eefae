"""What all actions have in common: who asks, what they may, and errors in words."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from homeassistant.core import ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, Unauthorized, UnknownUser

from alert_engine.errors import JournalError, RouteServiceError
from custom_components.alert_gateway.const import AUDIT_BY, DOMAIN
from custom_components.alert_gateway.errors import not_done, translated
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.viewer import Lens, Viewer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import probatio as vol
    from homeassistant.core import HomeAssistant

    from alert_engine.engine import AlertEngine

# Automations act for the whole house.
_HOUSE = Viewer(is_admin=True, may_act=True, by=AUDIT_BY)


class Right(Enum):
    """Who may use an action. Automations may use all of them."""

    LOOK = auto()  # users who may see everything; numbers are whole for administrators only
    ACT = auto()  # users who may control everything: all but those of the group "read only"
    ADMIN = auto()  # administrators


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One call of an action."""

    hass: HomeAssistant
    engine: AlertEngine
    viewer: Viewer
    data: Mapping[str, Any] = field(repr=False)  # as the schema of the action left it

    @property
    def lens(self) -> Lens:
        """Names for ids, and numbers as whoever asks may see them."""
        return Lens(viewer=self.viewer, names={person.id: person.name for person in self.engine.people})


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action, as it is registered."""

    name: str
    run: Callable[[Errand], Awaitable[ServiceResponse]]
    schema: vol.Schema
    right: Right = Right.ACT
    response: SupportsResponse = SupportsResponse.OPTIONAL

    async def handle(self, call: ServiceCall) -> ServiceResponse:
        """Do it.

        Raises:
            ServiceValidationError: it makes no sense, or nothing is set up.
            HomeAssistantError: it could not be committed, or the modem does not do it.
            Unauthorized: this user may not.
        """
        viewer = await _viewer_of(call, self.right)
        engine = call.hass.data[DATA_HOST].engine
        errand = Errand(hass=call.hass, engine=engine, viewer=viewer, data=call.data)
        try:
            return await translated(self._run(errand))
        except RouteServiceError as error:
            raise not_done(call.hass, "way_out_failed", error) from error

    async def _run(self, errand: Errand) -> ServiceResponse:
        """Whoever only looks hears nothing of messages that were not sent."""
        try:
            return await self.run(errand)
        except JournalError as error:
            if self.right is not Right.LOOK:
                raise
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="journal_failed",
                translation_placeholders={"reason": str(error)},
            ) from error


async def _viewer_of(call: ServiceCall, right: Right) -> Viewer:
    """Return who asks; refuse whoever may not."""
    user_id = call.context.user_id
    if not user_id:
        return _HOUSE
    user = await call.hass.auth.async_get_user(user_id)
    if user is None:
        raise UnknownUser(context=call.context)
    viewer = Viewer.of(user)
    may = {Right.LOOK: True, Right.ACT: viewer.may_act, Right.ADMIN: viewer.is_admin}
    if not may[right]:
        raise Unauthorized(context=call.context)
    return viewer
