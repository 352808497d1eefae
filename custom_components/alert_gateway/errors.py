"""The engine's errors, as Home Assistant shows them."""

from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, async_get_hass, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from alert_engine.errors import InvalidRequestError, JournalError, RouteServiceError

from .common_texts import cached_texts
from .const import DOMAIN
from .reasons import request_reason_of, route_reason_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

# Of the engine, with their names in actions; an id that a source gives is called `request_id` there.
_FIELDS: Final[Mapping[str, str]] = {
    "expires_at": "expires_in",
    "inbound_id": "message_id",
    "media": "media_url",
    "media.file_name": "media_name",
    "message_id": "request_id",
    "text": "message",
}


async def translated[T](request: Awaitable[T]) -> T:
    """Await a request to the engine.

    Raises:
        ServiceValidationError: the request makes no sense.
        HomeAssistantError: it could not be committed.
    """
    try:
        return await request
    except InvalidRequestError as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="invalid_request",
            translation_placeholders={"reason": request_reason(async_get_hass(), error)},
        ) from error
    except JournalError as error:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_committed") from error


@callback
def request_reason(hass: HomeAssistant, error: InvalidRequestError) -> str:
    """Return why a request makes no sense, in the language and by the fields that people have here."""
    return request_reason_of(error, cached_texts(hass), _FIELDS)


@callback
def not_done(hass: HomeAssistant, key: str, error: RouteServiceError) -> HomeAssistantError:
    """Return the error with this key that says why a modem or an account did not do it."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"reason": route_reason_of(error, cached_texts(hass))},
    )
