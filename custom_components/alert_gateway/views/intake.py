"""Where monitoring systems post: one path for each endpoint of the hub, and what the cloud hands in."""

from typing import TYPE_CHECKING

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.http import HomeAssistantView

from alert_engine.intake.http import PREFIX
from custom_components.alert_gateway.cloudhook import hang_webhook
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.endpoint_hooks import async_forget_hooks, endpoints_by_hook
from custom_components.alert_gateway.entries import hub_entry, is_hub
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.log_mask import mask_webhook
from custom_components.alert_gateway.reach import answer_to_us

from .reading import async_answer

if TYPE_CHECKING:
    from aiohttp.web import Request, Response

    from alert_engine.intake.http_request import HttpAnswer, HttpRequest


class IntakeView(HomeAssistantView):
    """Takes alarms. Clients prove who they are as their endpoint says."""

    url = PREFIX + "/{name:.*}"
    name = "api:alert_gateway:v1"
    requires_auth = False

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass

    async def _take(self, request: Request, name: str) -> Response:  # noqa: ARG002 - the path is read as it came
        if (known := answer_to_us(self._hass, request)) is not None:
            return known
        return await _answer(self._hass, request)

    get = post = put = _take


@callback
def listen_for_cloud_posts(hass: HomeAssistant, webhook_id: str) -> None:
    """Answer what the cloud hands in for an endpoint, stored or not, loaded or not."""

    async def answer(request: Request) -> Response:
        endpoint = endpoints_by_hook(hub_entry(hass)).get(webhook_id)
        name = "" if endpoint is None else endpoint.data[CONF_NAME]  # no endpoint has no name: 404
        return await _answer(hass, request, f"{PREFIX}/{name}")

    mask_webhook(webhook_id)
    hang_webhook(hass, webhook_id, "Alert Gateway", answer)


@callback
def watch_endpoints(hass: HomeAssistant) -> None:
    """Answer for every endpoint before the cloud connects; give back the addresses of those that go."""
    known: set[str] = set()

    @callback
    def refresh() -> None:
        now = set(endpoints_by_hook(hub_entry(hass)))
        for webhook_id in now - known:
            listen_for_cloud_posts(hass, webhook_id)
        if gone := known - now:
            hass.async_create_task(async_forget_hooks(hass, gone), f"{DOMAIN} addresses of the cloud")
        known.clear()
        known.update(now)

    @callback
    def on_change(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain != DOMAIN or not is_hub(entry):
            return
        if change is ConfigEntryChange.REMOVED:
            known.clear()  # given back with the entry
        else:
            refresh()

    refresh()
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_change)


async def _answer(hass: HomeAssistant, request: Request, path: str = "") -> Response:
    host = hass.data[DATA_HOST]

    async def handle(taken: HttpRequest) -> HttpAnswer:
        return await host.http.take(taken, host.running)

    return await async_answer(request, host.clock, handle, public_url=path)
