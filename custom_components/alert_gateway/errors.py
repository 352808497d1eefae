"""The engine's errors, as Home Assistant shows them."""

from typing import TYPE_CHECKING

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from alert_engine.errors import InvalidRequestError, JournalError

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Awaitable


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
            translation_placeholders={"reason": str(error)},
        ) from error
    except JournalError as error:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_committed") from error
