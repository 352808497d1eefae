"""An account at Twilio that is called, and calls as Twilio makes them."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from homeassistant.config_entries import ConfigEntryState

from alert_engine.model import MessageState, SendRequest
from alert_engine.routes.providers.twilio.signature import FORM, signature
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.entries import ANNA, hub_of, set_up
from tests.component.providers import PUBLIC, SECRET, TWILIO, account_of, good_answers, wired
from tests.component.waiting import until, until_state
from tests.engine.providers.test_twilio import SMS_SID, taken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

GOOD = good_answers("twilio")
PATH = f"/api/alert_gateway/callback/twilio/{SECRET}"
URL = f"{PUBLIC}{PATH}"
DELIVERED = {"MessageSid": SMS_SID, "MessageStatus": "delivered", "To": ANNA["phone"]}


@asynccontextmanager
async def twilio(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, *, public: str | None = PUBLIC
) -> AsyncIterator[MockConfigEntry]:
    """Anna, and an account that was looked at and takes what it is sent."""
    hass.config.external_url = public
    await set_up(hass, hub_of(ANNA))
    async with wired(monkeypatch, *GOOD) as stand_in:
        entry = await set_up(hass, account_of("twilio", TWILIO))
        await until_state(hass, "binary_sensor.twilio_connection", "on")
        stand_in.answers = [taken()]
        yield entry
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)


def signed(form: dict[str, str], url: str = URL) -> dict[str, Any]:
    """A call as Twilio makes it."""
    proof = signature(TWILIO["auth_token"], url, form.items())
    return {"data": urlencode(form), "headers": {"Content-Type": FORM, "X-Twilio-Signature": proof}}


def inbound(number: int = 1, text: str = "hello") -> dict[str, str]:
    """Somebody wrote."""
    return {"MessageSid": f"SM{number:032x}", "From": ANNA["phone"], "Body": text}


async def send(hass: HomeAssistant) -> str:
    """Send a text to Anna that is proven by its delivery; the uid of the message, when it was taken."""
    engine = hass.data[DATA_HOST].engine
    person = engine.people[0].id
    sent = await engine.send(SendRequest(to=(person,), text="Door open"))
    (message,) = sent.messages
    uid = message.uid
    await until_told(hass, uid, MessageState.ACCEPTED)
    return str(uid)


async def until_told(hass: HomeAssistant, uid: str, state: MessageState) -> None:
    """Wait until a message has this state."""
    engine = hass.data[DATA_HOST].engine
    seen: list[Any] = []
    leave = engine.subscribe(seen.append)
    message = await engine.history.message(uid)
    try:
        await until(
            lambda: (
                message.state == state
                or any(
                    getattr(each, "message", None) is not None
                    and each.message.uid == uid
                    and each.message.state == state
                    for each in seen
                )
            ),
            engine.subscribe,
        )
    finally:
        leave()
