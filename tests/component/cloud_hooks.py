"""Home Assistant Cloud as far as addresses go: the real component needs packages that are not here."""

import asyncio
import sys
from enum import Enum
from types import ModuleType
from typing import TYPE_CHECKING, Any

from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
from homeassistant.util.aiohttp import MockRequest

from tests.component.provider_calls import signed

if TYPE_CHECKING:
    import pytest
    from homeassistant.core import HomeAssistant

HOOK = "https://hooks.nabu.casa/abcdef"
REMOTE = "https://abcdef.ui.nabu.casa"
SIGNAL = "cloud_connection"


class CloudNotAvailable(Exception):  # noqa: N818 - its name
    """As the component raises it."""


class CloudNotConnected(CloudNotAvailable):
    """The same."""


class CloudConnectionState(Enum):
    """As the component tells it."""

    CLOUD_CONNECTED = "cloud_connected"
    CLOUD_DISCONNECTED = "cloud_disconnected"


class Hooks(ModuleType):
    """The component of the cloud as far as hooks go: the real one needs packages that are not here."""

    CloudNotAvailable = CloudNotAvailable
    CloudNotConnected = CloudNotConnected
    CloudConnectionState = CloudConnectionState

    def __init__(self) -> None:
        super().__init__("homeassistant.components.cloud")
        self.is_connected = True
        self.has_remote = True
        self.given: list[str] = []
        self.deleted: list[str] = []
        self.failure: Exception | None = None
        self.wait_for: asyncio.Event | None = None
        self.was_left = False

    def async_active_subscription(self, _hass: HomeAssistant) -> bool:
        """Somebody pays."""
        return True

    def async_is_connected(self, _hass: HomeAssistant) -> bool:
        """It reaches us."""
        return self.is_connected

    async def async_get_or_create_cloudhook(self, _hass: HomeAssistant, webhook_id: str) -> str:
        """An address for a webhook."""
        if not self.is_connected:
            raise CloudNotConnected
        if self.failure is not None:
            raise self.failure
        if self.wait_for is not None:
            try:
                await self.wait_for.wait()
            except asyncio.CancelledError:
                self.was_left = True
                raise
        self.given.append(webhook_id)
        return HOOK

    async def async_delete_cloudhook(self, _hass: HomeAssistant, webhook_id: str) -> None:
        """No address any more."""
        if self.failure is not None:
            raise self.failure
        self.deleted.append(webhook_id)

    def async_remote_ui_url(self, _hass: HomeAssistant) -> str:
        """Where the frontend is reached from outside."""
        if not (self.is_connected and self.has_remote):
            raise CloudNotAvailable
        return REMOTE

    def async_listen_connection_change(self, hass: HomeAssistant, target: Any) -> Any:
        """Tell of connections."""
        return async_dispatcher_connect(hass, SIGNAL, target)


def with_cloud(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Hooks:
    """Somebody pays for it here."""
    hass.config.components.add("cloud")
    hooks = Hooks()
    monkeypatch.setitem(sys.modules, hooks.__name__, hooks)
    return hooks


def connected(hass: HomeAssistant) -> None:
    """The cloud has connected."""
    async_dispatcher_send(hass, SIGNAL, CloudConnectionState.CLOUD_CONNECTED)


def cloud_call(form: dict[str, str], method: str = "POST") -> MockRequest:
    """What the cloud hands in: no address, only octets."""
    call = signed(form, HOOK)
    return MockRequest(
        content=call["data"].encode(), mock_source="cloud", method=method, headers=call["headers"]
    )
