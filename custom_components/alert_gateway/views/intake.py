"""Where monitoring systems post: one path for each endpoint of the hub."""

from typing import TYPE_CHECKING

from homeassistant.helpers.http import HomeAssistantView

from alert_engine.intake.http import PREFIX
from custom_components.alert_gateway.host import DATA_HOST

from .reading import async_answer

if TYPE_CHECKING:
    from aiohttp.web import Request, Response
    from homeassistant.core import HomeAssistant

    from alert_engine.intake.http_request import HttpAnswer, HttpRequest


class IntakeView(HomeAssistantView):
    """Takes alarms. Clients prove who they are as their endpoint says."""

    url = PREFIX + "/{name:.*}"
    name = "api:alert_gateway:v1"
    requires_auth = False

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass

    async def _take(self, request: Request, name: str) -> Response:  # noqa: ARG002 - the path is read as it came
        host = self._hass.data[DATA_HOST]

        async def handle(taken: HttpRequest) -> HttpAnswer:
            return await host.http.take(taken, host.running)

        return await async_answer(request, host.clock, handle)

    get = post = put = _take
