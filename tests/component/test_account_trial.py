"""The end of a flow about an account: a test message by it, and what is said of it."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util.async_ import get_scheduled_timer_handles

from alert_engine.model import Channel
from alert_engine.routes.base import ErrorClass
from alert_engine.routes.providers.catalogue import settings_of
from custom_components.alert_gateway import provider_account
from custom_components.alert_gateway.flows.account_trial import ASK_EVERY
from custom_components.alert_gateway.flows.modem_trial import REPORT_PATIENCE
from custom_components.alert_gateway.flows.provider_fields import CLOUD_TYPES
from tests.component.dialogs import ended, later, progress_is
from tests.component.entries import ANNA, hub_of, set_up
from tests.component.providers import (
    DESKS,
    PUBLIC,
    TRIAL,
    UNSEEN,
    account_of,
    begin,
    centre,
    drop,
    filled,
    finish,
    go_on,
    mail,
    read_on,
)
from tests.component.waiting import PATIENCE, until_state
from tests.engine.brokers import allow_sockets
from tests.engine.providers import story_table as desks
from tests.engine.providers.stand_in import Answer
from tests.engine.providers.story import Line, Wire
from tests.engine.routes import ftp_house, mail_house
from tests.engine.smpp.house import a_centre, delivery

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

TEXT = "Test message of Alert Gateway. If you can read this, sending works."
NUMBER = "+436641234567"
MAIL = "anna@example.com"
ASKED = {"twilio", "telesign", "infobip", "azure", "spryng", "vibes"}  # for what became of a message
CALLING = {"websms", "mylink", "link_common"}  # they tell nothing else


@pytest.fixture(autouse=True)
async def _hub(hass: HomeAssistant) -> None:
    await set_up(hass, hub_of(ANNA))


def at(monkeypatch: pytest.MonkeyPatch, desk: Any) -> Any:
    """Send whatever goes to any provider to this desk."""
    monkeypatch.setattr(provider_account, "Exchange", lambda _session: Wire(desk))
    return desk


async def to_the_offer(hass: HomeAssistant, kind: str, settings: Any, menu: str = "provider") -> Any:
    """Fill in a form, and read on to where a test message is offered."""
    flow = await begin(hass, menu, kind)
    flow, _ = await read_on(hass, await go_on(hass, flow, filled(kind, settings)))
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, TRIAL), flow.get("errors")
    return flow


async def tried(hass: HomeAssistant, flow: Any, address: str = NUMBER, **more: Any) -> Any:
    """Send a test message; what is said of it."""
    flow = await go_on(hass, flow, {"address": address, **more})
    assert flow["type"] is FlowResultType.SHOW_PROGRESS
    return await ended(hass, flow)


async def chosen(hass: HomeAssistant, flow: Any, option: str) -> Any:
    """Go on by the menu."""
    assert option in flow["menu_options"]
    return await go_on(hass, flow, {"next_step_id": option})


async def unloaded(hass: HomeAssistant, result: Any) -> None:
    """The account was made; let go of it."""
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert result["result"].state is ConfigEntryState.LOADED
    assert await hass.config_entries.async_unload(result["result"].entry_id)


# --- it works ---


@pytest.mark.parametrize("is_public", [True, False])
@pytest.mark.parametrize("kind", CLOUD_TYPES)
async def test_it_is_said_what_can_be_known(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, kind: str, *, is_public: bool
) -> None:
    hass.config.external_url = PUBLIC if is_public else None
    desk = at(monkeypatch, DESKS[kind]())
    flow = await to_the_offer(hass, kind, desk.settings)

    flow = await go_on(hass, flow, {"address": desk.number})
    if kind in ASKED:
        await progress_is(hass, flow, "account_trial_waiting")
        later(hass, REPORT_PATIENCE)
    flow = await ended(hass, flow)

    calls = "account_taken" if is_public and kind in CALLING else "account_untold"
    assert flow["step_id"] == ("account_unreported" if kind in ASKED else calls)
    assert [(each.address, each.text) for each in desk.left] == [(desk.number, TEXT)]
    assert desk.asked == 1
    await unloaded(hass, await chosen(hass, flow, "account_done"))
    assert desk.asked == 1


class SlowTwilio(desks.TwilioSms):
    """It does not know at once."""

    asked_for_reports = 0

    def answered(self, request: Any) -> Answer:
        self.asked_for_reports += 1
        return super().answered(request)

    async def asked_once(self, hass: HomeAssistant) -> None:
        """Return when it was asked, and is left in peace until the next time."""
        async with asyncio.timeout(PATIENCE):
            while not self.asked_for_reports or not any(  # noqa: ASYNC110 - nobody tells that a timer was set
                ASK_EVERY - 1 < handle.when() - hass.loop.time() <= ASK_EVERY
                for handle in get_scheduled_timer_handles(hass.loop)
            ):
                await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("status", "fate"), [("delivered", "account_delivered"), ("undelivered", "account_undelivered")]
)
async def test_a_provider_that_can_be_asked_is_asked(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, status: str, fate: str
) -> None:
    hass.config.external_url = PUBLIC
    desk = at(monkeypatch, SlowTwilio())
    flow = await to_the_offer(hass, "twilio", desk.settings)
    desk.asked_for_reports = 0
    flow = await go_on(hass, flow, {"address": NUMBER})
    await desk.asked_once(hass)
    (sent,) = desk.left
    body = {"sid": sent.reference, "status": status, "to": NUMBER, "error_code": None}
    desk.known[sent.reference] = Answer(body=json.dumps(body))
    later(hass, ASK_EVERY)
    flow = await ended(hass, flow)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.MENU, fate)
    await unloaded(hass, await chosen(hass, flow, "account_done"))


async def test_one_of_many_kinds_of_message_is_chosen(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = at(monkeypatch, desks.WebsmsCall())
    flow = await to_the_offer(hass, "websms", {**desk.settings, "sms": True})
    assert {str(key) for key in flow["data_schema"].schema} == {"address", "channel"}
    flow = await tried(hass, flow, channel=Channel.CALL)
    assert (flow["step_id"], len(desk.left)) == ("account_untold", 1)
    hass.config_entries.flow.async_abort(flow["flow_id"])


async def test_the_message_of_a_preset(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = at(monkeypatch, desks.Seven())
    flow = await begin(hass, "protocol", "generic_http")
    flow = await go_on(hass, flow, {"preset": "seven"})
    flow, _ = await read_on(hass, await go_on(hass, flow, desk.settings["settings"]))
    desk.saying = next(each for each in desk.refusals if each.error_class is ErrorClass.ACCOUNT)
    flow = await tried(hass, flow)
    assert flow["step_id"] == "account_not_sent"

    flow = await chosen(hass, flow, "account_change")
    assert flow["step_id"] == "generic_http"
    flow = await go_on(hass, flow, {"preset": "seven"})
    desk.saying = None
    flow, _ = await read_on(hass, await go_on(hass, flow, {"sender": "Haus"}))
    result = await go_on(hass, flow, {})
    settings = {**desk.settings["settings"], "sender": "Haus"}
    assert result["data"]["settings"] == {"preset": "seven", "settings": settings}
    await unloaded(hass, result)


# --- it does not ---


@pytest.mark.parametrize("kind", CLOUD_TYPES)
async def test_who_is_refused_can_change_the_account_and_try_again(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    desk = at(monkeypatch, DESKS[kind]())
    flow = await to_the_offer(hass, kind, desk.settings)
    desk.saying = next(each for each in desk.refusals if each.error_class is ErrorClass.ACCOUNT)
    flow = await tried(hass, flow, desk.number)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.MENU, "account_not_sent")
    assert flow["description_placeholders"]["reason"]
    assert (desk.asked, desk.left) == (1, [])

    flow = await chosen(hass, flow, "account_trial")
    flow = await tried(hass, flow, desk.number)
    assert desk.asked == 2

    flow = await chosen(hass, flow, "account_change")
    assert flow["step_id"] == kind
    values = {key: value for key, value in filled(kind, desk.settings).items() if key not in secrets(kind)}
    result, _ = await finish(hass, await go_on(hass, flow, values))
    assert result["data"]["settings"] == desk.settings, "what is secret was kept"
    await unloaded(hass, result)


def secrets(kind: str) -> set[str]:
    """Names of what no form shows again."""
    return {each.name for each in settings_of(kind) if each.secret}


@pytest.mark.parametrize("kind", CLOUD_TYPES)
async def test_a_doubt_is_told_as_a_doubt(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    desk = at(monkeypatch, DESKS[kind]())
    flow = await to_the_offer(hass, kind, desk.settings)
    desk.line = Line.CUT
    flow = await tried(hass, flow, desk.number)
    assert flow["step_id"] == "account_in_doubt"
    assert flow["menu_options"] == ["account_trial", "account_change", "account_done"]
    assert len(desk.left) == desk.asked == 1, "it is not sent again"
    hass.config_entries.flow.async_abort(flow["flow_id"])


async def test_what_is_no_number_is_not_sent(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = at(monkeypatch, desks.TwilioSms())
    flow = await to_the_offer(hass, "twilio", desk.settings)
    flow = await go_on(hass, flow, {"address": "anna"})
    assert flow["errors"] == {"address": "phone_invalid"}
    assert not desk.asked


async def test_a_defect_is_no_refusal(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = at(monkeypatch, desks.TwilioSms())
    flow = await to_the_offer(hass, "twilio", desk.settings)
    desk.left = None  # the desk breaks down
    flow = await tried(hass, flow)
    assert flow["step_id"] == "account_in_doubt"
    hass.config_entries.flow.async_abort(flow["flow_id"])


async def test_a_form_that_is_sent_twice_sends_one_message(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = at(monkeypatch, desks.TwilioSms())
    flow = await to_the_offer(hass, "twilio", desk.settings)
    manager = hass.config_entries.flow
    handler = manager._progress[flow["flow_id"]]
    form = {"address": NUMBER}
    first, second = await asyncio.gather(
        handler.async_step_account_trial(form), handler.async_step_account_trial(form)
    )
    assert {first["type"], second["type"]} == {FlowResultType.SHOW_PROGRESS}
    await handler._account_trial.accepting
    assert desk.asked == 1
    manager.async_abort(flow["flow_id"])


async def test_nobody_is_asked_any_more_when_the_dialog_is_closed(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = at(monkeypatch, desks.TwilioSms())
    flow = await to_the_offer(hass, "twilio", desk.settings)
    flow = await go_on(hass, flow, {"address": NUMBER})
    await progress_is(hass, flow, "account_trial_waiting")
    trial = hass.config_entries.flow._progress[flow["flow_id"]]._account_trial
    hass.config_entries.flow.async_abort(flow["flow_id"])
    await asyncio.wait([trial.running])
    assert trial.running.cancelled()


# --- the ways that many providers have ---


@pytest.mark.parametrize(
    ("changes", "fate"),
    [({}, "account_untold"), ({"RCPT": "550 5.1.1 nobody"}, "account_not_sent")],
)
async def test_a_mail(hass: HomeAssistant, changes: dict[str, Any], fate: str) -> None:
    async with mail_house.scripted(**changes) as server:
        flow = await to_the_offer(hass, "smtp", mail(server.port), "protocol")
        flow = await go_on(hass, flow, {"address": NUMBER})
        assert flow["errors"] == {"address": "mail_invalid"}
        flow = await tried(hass, flow, MAIL)
        assert flow["step_id"] == fate
        assert f"RCPT TO:<{MAIL}>" in server.heard
        assert len(server.mails) == (fate == "account_untold")
        await unloaded(hass, await chosen(hass, flow, "account_done"))


@pytest.mark.parametrize(
    ("changes", "fate"), [({}, "account_untold"), ({"STOR": "550 no"}, "account_not_sent")]
)
async def test_a_file(hass: HomeAssistant, changes: dict[str, Any], fate: str) -> None:
    async with ftp_house.scripted_ftp(changes) as server:
        flow = await to_the_offer(hass, "file_drop", drop(server.port), "protocol")
        flow = await tried(hass, flow)
        assert flow["step_id"] == fate
        assert server.files == ([f"{NUMBER[1:]};{TEXT}\r\n".encode()] if fate == "account_untold" else [])
        await unloaded(hass, await chosen(hass, flow, "account_done"))


RECEIPT = b"id:77 sub:001 dlvrd:001 submit date:2601010101 done date:2601010102 stat:DELIVRD err:000 text:"
FOREIGN = RECEIPT.replace(b"id:77", b"id:78")


async def test_a_message_centre_sends_its_receipt(hass: HomeAssistant) -> None:
    allow_sockets()
    async with a_centre() as server:
        flow = await to_the_offer(hass, "smpp", centre(server.port), "protocol")
        flow = await go_on(hass, flow, {"address": NUMBER})
        assert TEXT.encode() in await server.take("77")
        assert await server.delivered(delivery(FOREIGN, esm_class=4)), "it is kept for whoever it is for"
        assert not await server.delivered(delivery(RECEIPT, esm_class=4), 2)
        flow = await ended(hass, flow)
        assert flow["step_id"] == "account_delivered"
        await unloaded(hass, await chosen(hass, flow, "account_done"))


async def test_a_message_centre_refuses(hass: HomeAssistant) -> None:
    allow_sockets()
    async with a_centre() as server:
        flow = await to_the_offer(hass, "smpp", centre(server.port), "protocol")
        flow = await go_on(hass, flow, {"address": NUMBER})
        await server.refuse(0x0B)
        flow = await ended(hass, flow)
        assert flow["step_id"] == "account_not_sent"

        server.bind_status = 0x0E
        flow = await tried(hass, await chosen(hass, flow, "account_trial"))
        assert flow["step_id"] == "account_not_sent"
        assert server.got.empty()
        hass.config_entries.flow.async_abort(flow["flow_id"])


# --- accounts that are there ---


async def test_a_message_centre_is_let_go_of_meanwhile(hass: HomeAssistant) -> None:
    allow_sockets()
    async with a_centre() as server:
        entry = await set_up(hass, account_of("smpp", centre(server.port)))
        await until_state(hass, "binary_sensor.smpp_connection", "on")
        flow = await entry.start_reconfigure_flow(hass)
        flow = await go_on(hass, flow, filled("smpp", {**centre(server.port), "sender": "Alarm"}))
        flow = await go_on(hass, flow, {"address": NUMBER})
        await server.take("77")
        assert entry.state is ConfigEntryState.NOT_LOADED
        assert not await server.delivered(delivery(RECEIPT, esm_class=4))
        flow = await ended(hass, flow)
        assert entry.state is ConfigEntryState.LOADED
        result = await chosen(hass, flow, "account_done")
        assert result["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        await until_state(hass, "binary_sensor.smpp_connection", "on")
        assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("kind", sorted(UNSEEN))
async def test_other_credentials_are_tried_where_nobody_can_look(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    desk = at(monkeypatch, DESKS[kind]())
    entry = await set_up(hass, account_of(kind, desk.settings))
    flow = await entry.start_reauth_flow(hass)
    flow = await go_on(hass, flow, dict.fromkeys(map(str, flow["data_schema"].schema), "other"))
    flow = await tried(hass, flow, desk.number)
    result = await chosen(hass, flow, "account_done")
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert "other" in entry.data["settings"].values()
    assert await hass.config_entries.async_unload(entry.entry_id)
