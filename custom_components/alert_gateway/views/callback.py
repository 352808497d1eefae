"""Where providers call: one path for each account that calls, ending in its secret."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, override

from aiohttp import hdrs
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import HomeAssistantView, request_handler_factory

from alert_engine.intake.http_request import HttpAnswer
from custom_components.alert_gateway.cloudhook import hang_webhook
from custom_components.alert_gateway.const import CONF_CALLBACK_SECRET, CONF_ROUTE, DOMAIN
from custom_components.alert_gateway.entries import ProviderRuntime
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.log_mask import mask_webhook
from custom_components.alert_gateway.public_url import CALLBACK_PATH
from custom_components.alert_gateway.reach import answer_to_us

from .reading import async_answer

if TYPE_CHECKING:
    from aiohttp.web import Application, Request, Response, UrlDispatcher
    from homeassistant.config_entries import ConfigEntry

    from alert_engine.intake.http_request import HttpRequest

# Seconds after which a provider may call again: a start of Home Assistant takes less.
_NOT_LOADED = HttpAnswer(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "60"})
_UNKNOWN = HttpAnswer(status=HTTPStatus.NOT_FOUND)
_ONE_PART: Final = CALLBACK_PATH + "/{route}/{tail:[^/]+}"


class CallbackView(HomeAssistantView):
    """Takes reports and inbound messages. Each provider proves who it is in its own way."""

    url = CALLBACK_PATH + "/{route}/{tail:.*}"
    name = "api:alert_gateway:callback"
    requires_auth = False

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass

    @override
    def register(self, hass: HomeAssistant, app: Application, router: UrlDispatcher) -> None:
        """Also for OPTIONS, by which Event Grid asks first (CloudEvents 1.0, HTTP webhook, clause 4).

        On a resource of its own, and before the other: CORS of Home Assistant takes OPTIONS of that one.
        """
        router.add_route(hdrs.METH_OPTIONS, _ONE_PART, request_handler_factory(hass, self, self._take))
        super().register(hass, app, router)

    async def _take(self, request: Request, route: str, tail: str) -> Response:  # noqa: ARG002 - the path is read as it came
        if (known := answer_to_us(self._hass, request)) is not None:
            return known

        async def handle(taken: HttpRequest) -> HttpAnswer:
            entry = _entry_of(self._hass, route)
            return _UNKNOWN if entry is None else await _hand_in(entry, taken)

        return await async_answer(request, self._hass.data[DATA_HOST].clock, handle)

    get = post = put = _take


@callback
def listen_for_all_cloud_calls(hass: HomeAssistant) -> None:
    """Answer for every account before the cloud connects, also for one that never gets loaded."""
    for entry in _accounts(hass):
        listen_for_cloud_calls(hass, entry)


@callback
def listen_for_cloud_calls(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Answer what the cloud hands in for an account, loaded or not."""

    async def answer(request: Request) -> Response:
        async def handle(taken: HttpRequest) -> HttpAnswer:
            return await _hand_in(entry, taken)

        runtime = getattr(entry, "runtime_data", None)
        url = runtime.callback.url if isinstance(runtime, ProviderRuntime) else CALLBACK_PATH
        return await async_answer(request, hass.data[DATA_HOST].clock, handle, public_url=url)

    mask_webhook(entry.data[CONF_CALLBACK_SECRET])
    hang_webhook(hass, entry.data[CONF_CALLBACK_SECRET], entry.title, answer)


def _entry_of(hass: HomeAssistant, route: str) -> ConfigEntry | None:
    return next((each for each in _accounts(hass) if each.data[CONF_ROUTE] == route), None)


def _accounts(hass: HomeAssistant) -> list[ConfigEntry]:
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return [entry for entry in entries if CONF_CALLBACK_SECRET in entry.data]


async def _hand_in(entry: ConfigEntry, request: HttpRequest) -> HttpAnswer:
    """Let the route take it; who comes while it is not loaded comes again."""
    runtime = getattr(entry, "runtime_data", None)
    if not isinstance(runtime, ProviderRuntime):
        return _NOT_LOADED
    if runtime.called is None:  # its address is gone, perhaps for a moment; or its provider never calls
        return _NOT_LOADED if runtime.losses else _UNKNOWN
    return await runtime.called.handle_callback(request)
