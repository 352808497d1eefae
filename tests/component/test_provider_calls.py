"""What providers tell us by calling: proofs, the commit before the answer, restarts, another address."""

import asyncio
import sqlite3
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
import yarl

from alert_engine.model import MessageState, SendRequest
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.public_url import AddressTrouble
from tests.component.entries import ANNA, hub_of, set_up
from tests.component.provider_calls import DELIVERED, GOOD, PATH, URL, inbound, send, signed, twilio
from tests.component.providers import PUBLIC, SECRET, TWILIO, account_of, wired
from tests.component.waiting import until_state
from tests.engine.brokers import allow_sockets
from tests.engine.providers.stand_in import Answer, Trouble

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_sockets()


async def test_a_report_is_committed_before_it_is_answered(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hass_client_no_auth: ClientSessionGenerator
) -> None:
    async with twilio(hass, monkeypatch):
        uid = await send(hass)
        client = await hass_client_no_auth()
        answer = await client.post(PATH, **signed(DELIVERED))
        assert answer.status == HTTPStatus.OK, await answer.text()
        message = await hass.data[DATA_HOST].engine.history.message(uid)
        assert message is not None
        assert message.state is MessageState.DELIVERED


async def test_who_is_not_the_provider_is_refused_and_no_secret_is_logged(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with twilio(hass, monkeypatch):
        client = await hass_client_no_auth()
        call = signed(inbound())
        call["headers"]["X-Twilio-Signature"] = "AAAA"
        assert (await client.post(PATH, **call)).status == HTTPStatus.FORBIDDEN
        elsewhere = PATH.replace("twilio", "nobody")
        assert (await client.post(elsewhere, **signed(inbound()))).status == HTTPStatus.NOT_FOUND
    ours = [each.getMessage() for each in caplog.records if "alert" in each.name]
    assert not any(SECRET in line or "hello" in line for line in ours)


async def test_a_query_is_part_of_the_signature_as_it_came(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hass_client_no_auth: ClientSessionGenerator
) -> None:
    async with twilio(hass, monkeypatch):
        client = await hass_client_no_auth()
        query = "uid=a%20b%2Bc"
        answer = await client.post(
            yarl.URL(f"{PATH}?{query}", encoded=True), **signed(inbound(), f"{URL}?{query}")
        )
        assert answer.status == HTTPStatus.OK


async def test_what_cannot_be_committed_is_answered_503(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hass_client_no_auth: ClientSessionGenerator
) -> None:
    async with twilio(hass, monkeypatch):
        client = await hass_client_no_auth()
        with closing(sqlite3.connect(hass.config.path(DOMAIN, "journal.db"))) as journal:
            tables = journal.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                if not table.startswith("sqlite_"):
                    journal.execute(f"DROP TABLE {table}")
        answer = await client.post(PATH, **signed(inbound()))
        assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert answer.headers["Retry-After"]


async def test_a_mistake_of_ours_is_answered_500_and_quotes_nothing(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with twilio(hass, monkeypatch) as entry:

        class Mistaken:
            async def handle_callback(self, _request: Any) -> Any:
                raise RuntimeError("hello")

        monkeypatch.setattr(type(entry.runtime_data), "called", Mistaken(), raising=False)
        client = await hass_client_no_auth()
        answer = await client.post(PATH, **signed(inbound()))
        assert answer.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "hello" not in caplog.text


async def test_while_it_is_not_loaded_the_provider_is_asked_to_call_again(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hass_client_no_auth: ClientSessionGenerator
) -> None:
    async with twilio(hass, monkeypatch) as entry:
        client = await hass_client_no_auth()
        assert await hass.config_entries.async_unload(entry.entry_id)
        answer = await client.post(PATH, **signed(inbound()))
        assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert await hass.config_entries.async_setup(entry.entry_id)
        assert (await client.post(PATH, **signed(inbound()))).status == HTTPStatus.OK


async def test_while_the_address_is_gone_the_provider_is_asked_to_call_again(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hass_client_no_auth: ClientSessionGenerator
) -> None:
    async with twilio(hass, monkeypatch, public=None):
        client = await hass_client_no_auth()
        answer = await client.post(PATH, **signed(inbound()))
        assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert answer.headers["Retry-After"]


async def test_a_burst_with_a_restart_in_between_loses_nothing_and_doubles_nothing(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hass_client_no_auth: ClientSessionGenerator
) -> None:
    async with twilio(hass, monkeypatch) as entry:
        client = await hass_client_no_auth()
        waiting = set(range(200))

        async def call(number: int) -> None:
            answer = await client.post(PATH, **signed(inbound(number, f"text {number}")))
            assert answer.status in {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
            if answer.status == HTTPStatus.OK:
                waiting.discard(number)

        calls = asyncio.gather(*(call(number) for number in sorted(waiting)))
        assert await hass.config_entries.async_reload(entry.entry_id)
        await calls
        await asyncio.gather(*(call(number) for number in sorted(waiting)))  # as the provider does
        await call(7)  # once more than needed
        assert not waiting
        inbox = await hass.data[DATA_HOST].engine.history.inbox(limit=500)
        assert len({each.text for each in inbox}) == len(inbox) == 200


async def test_a_reload_while_a_message_is_in_hand_settles_it(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    hass.config.external_url = PUBLIC
    await set_up(hass, hub_of(ANNA))
    async with wired(monkeypatch, *GOOD) as stand_in:
        entry = await set_up(hass, account_of("twilio", TWILIO))
        await until_state(hass, "binary_sensor.twilio_connection", "on")
        engine = hass.data[DATA_HOST].engine
        stand_in.answers = [Answer(trouble=Trouble.DROPPED), *GOOD]
        sent = await engine.send(SendRequest(to=(engine.people[0].id,), text="Door open"))
        assert await hass.config_entries.async_reload(entry.entry_id)
        (message,) = sent.messages
        attempts = await engine.history.attempts(message.uid)
        assert len(attempts) <= 1
        posts = [each for each in stand_in.asked if each.method == "POST"]
        assert len(posts) <= 1, "what may have been taken is not sent again"
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_another_public_address_is_taken_over(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with twilio(hass, monkeypatch, public=None) as entry:
        assert entry.runtime_data.callback.trouble is AddressTrouble.MISSING
        assert entry.runtime_data.losses.answers
        await hass.config.async_update(external_url=PUBLIC)
        await hass.async_block_till_done()
        assert entry.runtime_data.callback.url == URL
