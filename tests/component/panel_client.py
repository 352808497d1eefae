"""The operator's page as its browser sees it: questions and acts over the websocket."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from pytest_homeassistant_custom_component.common import MockUser

if TYPE_CHECKING:
    from homeassistant.auth.models import User
    from homeassistant.core import HomeAssistant


@dataclass(slots=True)
class Page:
    """One websocket; answers come in the order of questions."""

    client: Any
    overviews: Any = None  # id of the subscription

    async def ask(self, what: str, **fields: Any) -> dict[str, Any]:
        """The answer to a question that is answered."""
        answer = await self._send(what, fields)
        assert answer["success"], answer
        result: dict[str, Any] = answer["result"]
        return result

    async def error(self, what: str, **fields: Any) -> dict[str, Any]:
        """The error of one that is not."""
        answer = await self._send(what, fields)
        assert not answer["success"], answer
        error: dict[str, Any] = answer["error"]
        return error

    async def follow(self) -> dict[str, Any]:
        """The first overview of a subscription."""
        await self.client.send_json_auto_id({"type": "alert_gateway/subscribe"})
        answer = await self.client.receive_json()
        assert answer["success"]
        self.overviews = answer["id"]
        return await self.overview()

    async def overview(self) -> dict[str, Any]:
        """The next overview."""
        pushed = await self.client.receive_json()
        assert pushed["type"] == "event", pushed
        shown: dict[str, Any] = pushed["event"]
        return shown

    async def _send(self, what: str, fields: dict[str, Any]) -> dict[str, Any]:
        await self.client.send_json_auto_id({"type": f"alert_gateway/{what}", **fields})
        answer: dict[str, Any] = await self.client.receive_json()
        return answer


async def user_of(hass: HomeAssistant, group_id: str, name: str = "Marco") -> User:
    """A user in one of Home Assistant's own groups."""
    group = await hass.auth.async_get_group(group_id)
    assert group is not None
    user: User = MockUser(name=name, groups=[group]).add_to_hass(hass)
    return user


async def token_of(hass: HomeAssistant, user: User) -> str:
    """What this user's browser says who it is by."""
    refresh = await hass.auth.async_create_refresh_token(user, "http://127.0.0.1/")
    return hass.auth.async_create_access_token(refresh)


async def page_of(hass: HomeAssistant, hass_ws_client: Any, user: User | None = None) -> Page:
    """The page of a user; without one, of an admin."""
    if user is None:
        return Page(client=await hass_ws_client(hass))
    return Page(client=await hass_ws_client(hass, await token_of(hass, user)))


USERS = GROUP_ID_USER
READERS = GROUP_ID_READ_ONLY
