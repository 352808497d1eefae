"""What all websocket commands of the page have in common: who asks, and errors in words."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import probatio as vol
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components import websocket_api
from homeassistant.core import async_get_hass
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized

from alert_engine.errors import InvalidRequestError, JournalError
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.errors import request_reason
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.viewer import Lens, Viewer

if TYPE_CHECKING:
    from homeassistant.auth.models import User
    from homeassistant.components.websocket_api.connection import ActiveConnection
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.typing import VolDictType

    from alert_engine.engine import AlertEngine

ID = vol.All(str, vol.Length(max=64))  # of an alarm, a message, a person

ERR_INVALID = "invalid_request"
ERR_FAILED = "failed"

type Message = dict[str, Any]
type Shown = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Whoever asks, and the engine that answers."""

    hass: HomeAssistant
    engine: AlertEngine
    viewer: Viewer
    lens: Lens

    def require_act(self, user: User) -> None:
        """Raise Unauthorized for whoever may only look."""
        if not self.viewer.may_act:
            raise Unauthorized(user_id=user.id, permission=POLICY_CONTROL)


type Work = Callable[[Desk, Message], Awaitable[Shown]]
type Handler = Callable[[HomeAssistant, ActiveConnection, Message], None]


def desk_of(hass: HomeAssistant, user: User) -> Desk:
    """Return what a user asks.

    Raises:
        Unauthorized: this user may not look.
        ServiceValidationError: no engine runs.
    """
    viewer = Viewer.of(user)
    engine = hass.data[DATA_HOST].engine
    names = {person.id: person.name for person in engine.people}
    return Desk(hass=hass, engine=engine, viewer=viewer, lens=Lens(viewer=viewer, names=names))


def question(name: str, schema: VolDictType | None = None) -> Callable[[Work], Handler]:
    """Make a command of what only looks."""
    return _command(name, schema or {}, is_act=False)


def act(name: str, schema: VolDictType | None = None) -> Callable[[Work], Handler]:
    """Make a command of what changes something: not for users who may only look."""
    return _command(name, schema or {}, is_act=True)


def _command(name: str, schema: VolDictType, *, is_act: bool) -> Callable[[Work], Handler]:
    def decorate(work: Work) -> Handler:
        @websocket_api.websocket_command({vol.Required("type"): f"{DOMAIN}/{name}", **schema})
        @websocket_api.async_response
        @wraps(work)
        async def handle(hass: HomeAssistant, connection: ActiveConnection, msg: Message) -> None:
            try:
                desk = desk_of(hass, connection.user)
                if is_act:
                    desk.require_act(connection.user)
                shown = await in_words(work(desk, msg), desk.lens, is_act=is_act)
            except Unauthorized:
                raise
            except HomeAssistantError as error:
                _send_error(connection, msg, error)
            else:
                connection.send_result(msg["id"], shown)

        return handle

    return decorate


async def in_words(answer: Awaitable[Shown], lens: Lens, *, is_act: bool) -> Shown:
    """Return the answer; what the engine objects is raised as an error that people can read."""
    try:
        return await answer
    except InvalidRequestError as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="invalid_request",
            translation_placeholders={"reason": lens.text(request_reason(async_get_hass(), error))},
        ) from error
    except JournalError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="not_committed" if is_act else "journal_failed",
            translation_placeholders=None if is_act else {"reason": str(error)},
        ) from error


def _send_error(connection: ActiveConnection, msg: Message, error: HomeAssistantError) -> None:
    """Answer without a line in the log: it is the user's to know, and no fault of ours."""
    connection.send_error(
        msg["id"],
        ERR_INVALID if isinstance(error, ServiceValidationError) else ERR_FAILED,
        str(error),
        translation_key=error.translation_key,
        translation_domain=error.translation_domain,
        translation_placeholders=error.translation_placeholders,
    )
