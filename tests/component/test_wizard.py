"""The end of adding a modem: how it stands with the network, a trial message, and what became of it."""

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, FlowType
from homeassistant.data_entry_flow import FlowResultType

from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.flows import modem as modem_flow
from custom_components.alert_gateway.flows import modem_trial
from custom_components.alert_gateway.flows.modem_trial import NETWORK_PATIENCE, REPORT_PATIENCE
from custom_components.alert_gateway.pin_memory import async_pin_attempts
from gsm_driver import RegistrationStatus
from gsm_driver.simulator import (
    Fail,
    Fault,
    Moment,
    NetworkConditions,
    Simulator,
    UnknownNumber,
    Unplug,
)
from tests.component.dialogs import configure, ended, later, progress_is, timer_of
from tests.component.entries import ANNA, hub_of, set_up
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

SIMULATOR = "simulator://modem0"
NUMBER = "+436641234567"
SILENT = NetworkConditions(report_loss_rate=1.0)  # no delivery report ever comes


async def to_the_trial(hass: HomeAssistant) -> Any:
    """Add the simulated modem, up to the form that offers a trial message."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    if flow["type"] is FlowResultType.MENU:
        flow = await configure(hass, flow, {"next_step_id": "modem"})
    form = {"device": SIMULATOR, "advanced": {"pin": "", "baudrate": "115200"}}
    result = await configure(hass, flow, form)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "trial")
    return result


async def tried(hass: HomeAssistant, number: str = NUMBER) -> Any:
    """Send a trial message, and return what the dialog shows in the end."""
    flow = await to_the_trial(hass)
    result = await configure(hass, flow, {"phone": number})
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    return await ended(hass, flow)


# --- it works ---


async def test_a_message_that_arrives_leads_to_the_entry_and_to_the_first_person(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    phone = simulator.network.add_phone(NUMBER)

    result = await tried(hass)

    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "trial_delivered")
    assert phone.texts == ["Test message of Alert Gateway. If you can read this, sending works."]
    result = await configure(hass, result, {})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].state is ConfigEntryState.LOADED
    assert result["next_flow"][0] is FlowType.CONFIG_SUBENTRIES_FLOW


async def test_acceptance_is_shown_before_the_report(hass: HomeAssistant, simulator: Simulator) -> None:
    simulator.network.add_phone(NUMBER)
    simulator.network.conditions = NetworkConditions(submit_latency=0.05, report_latency=0.2)
    flow = await to_the_trial(hass)

    result = await configure(hass, flow, {"phone": NUMBER})
    assert result["progress_action"] == "trial_sending"
    await progress_is(hass, flow, "trial_waiting")

    assert (await ended(hass, flow))["step_id"] == "trial_delivered"


async def test_the_message_is_written_in_the_language_of_the_house(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    hass.config.language = "de"
    phone = simulator.network.add_phone(NUMBER)
    await tried(hass)
    assert phone.texts == ["Testnachricht von Alert Gateway. Kannst du das lesen, funktioniert das Senden."]


async def test_a_number_of_the_country_is_understood(hass: HomeAssistant, simulator: Simulator) -> None:
    await set_up(hass, hub_of(ANNA))  # in Austria
    phone = simulator.network.add_phone(NUMBER)
    await tried(hass, "0664 1234567")
    assert len(phone.texts) == 1


async def test_nothing_is_sent_without_a_number(hass: HomeAssistant, simulator: Simulator) -> None:
    result = await configure(hass, await to_the_trial(hass), {"phone": "  "})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert simulator.network.counters.attempted == 0


async def test_what_is_no_number_is_not_dialled(hass: HomeAssistant, simulator: Simulator) -> None:
    result = await configure(hass, await to_the_trial(hass), {"phone": "my phone"})
    assert (result["step_id"], result["errors"]) == ("trial", {"base": "phone_invalid"})
    assert result["description_placeholders"]["example_number"]


# --- it is not known ---


async def test_no_report_is_told_as_such(hass: HomeAssistant, simulator: Simulator) -> None:
    phone = simulator.network.add_phone(NUMBER)
    simulator.network.conditions = SILENT
    flow = await to_the_trial(hass)
    await configure(hass, flow, {"phone": NUMBER})
    await progress_is(hass, flow, "trial_waiting")

    later(hass, REPORT_PATIENCE)
    result = await ended(hass, flow)

    assert result["step_id"] == "trial_accepted"
    assert len(phone.texts) == 1
    assert (await configure(hass, result, {}))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_phone_that_is_off_is_waited_for_and_then_told_as_not_known(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.network.add_phone(NUMBER)
    simulator.network.switch_off(NUMBER)
    flow = await to_the_trial(hass)
    await configure(hass, flow, {"phone": NUMBER})
    await progress_is(hass, flow, "trial_waiting")

    later(hass, REPORT_PATIENCE)

    assert (await ended(hass, flow))["step_id"] == "trial_accepted"


async def test_a_modem_that_is_unplugged_after_it_sent_does_not_make_it_unsent(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.network.add_phone(NUMBER)
    simulator.network.conditions = SILENT
    flow = await to_the_trial(hass)
    await configure(hass, flow, {"phone": NUMBER})
    await progress_is(hass, flow, "trial_waiting")

    simulator.unplug()

    assert (await ended(hass, flow))["step_id"] == "trial_accepted"


async def test_a_modem_that_vanishes_while_it_sends_leaves_a_doubt(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.network.add_phone(NUMBER)
    simulator.network.conditions = SILENT
    simulator.modem.faults.replace([Fault(moment=Moment.SUBMIT, effect=Unplug(sent=True))])
    result = await tried(hass)
    assert (result["step_id"], result["errors"]) == ("trial", {"base": "trial_unknown"})


# --- it fails ---


async def test_an_undelivered_message_is_told_and_can_be_tried_again(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.network.conditions = NetworkConditions(unknown_number=UnknownNumber.REPORT)
    result = await tried(hass)

    assert (result["step_id"], result["errors"]) == ("trial", {"base": "trial_undelivered"})
    phone = next(key for key in result["data_schema"].schema if key == "phone")
    assert phone.description == {"suggested_value": NUMBER}
    simulator.network.add_phone(NUMBER)
    await configure(hass, result, {"phone": NUMBER})
    assert (await ended(hass, result))["step_id"] == "trial_delivered"


@pytest.mark.parametrize(
    ("final", "word"),
    [
        ("+CMS ERROR: 1", "trial_recipient"),
        ("+CMS ERROR: 10", "trial_account"),
        ("+CMS ERROR: 38", "trial_rejected"),
    ],
)
async def test_a_refusal_says_what_to_look_at(
    hass: HomeAssistant, simulator: Simulator, final: str, word: str
) -> None:
    simulator.modem.faults.replace([Fault(moment=Moment.SUBMIT, effect=Fail(final=final))])
    result = await tried(hass)
    assert (result["step_id"], result["errors"]) == ("trial", {"base": word})
    assert final.partition(": ")[2] in result["description_placeholders"]["reason"]


@pytest.mark.parametrize("final", ["ERROR", "+CMS ERROR: 500"])
async def test_a_refusal_that_may_be_none_leaves_a_doubt(
    hass: HomeAssistant, simulator: Simulator, final: str
) -> None:
    simulator.modem.faults.replace([Fault(moment=Moment.SUBMIT, effect=Fail(final=final), every=1)])
    result = await tried(hass)
    assert (result["step_id"], result["errors"]) == ("trial", {"base": "trial_unknown"})


@pytest.mark.no_fail_on_log_exception
async def test_a_defect_is_never_taken_for_success(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    flow = await to_the_trial(hass)
    monkeypatch.setattr(modem_trial, "Modem", break_down)
    await configure(hass, flow, {"phone": NUMBER})
    result = await ended(hass, flow)
    assert (result["step_id"], result["errors"]) == ("trial", {"base": "trial_unknown"})


async def test_a_modem_that_is_gone_by_then(hass: HomeAssistant, simulator: Simulator) -> None:
    flow = await to_the_trial(hass)
    simulator.unplug()
    await configure(hass, flow, {"phone": NUMBER})
    result = await ended(hass, flow)
    assert result["errors"] == {"base": "port_missing"}


async def test_a_modem_without_network_gives_up_after_a_minute(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.modem.set_registration(RegistrationStatus.SEARCHING)
    flow = await to_the_trial(hass)
    assert flow["errors"] == {"base": "no_network"}

    await configure(hass, flow, {"phone": NUMBER})
    await timer_of(hass, NETWORK_PATIENCE)
    later(hass, NETWORK_PATIENCE)

    assert (await ended(hass, flow))["errors"] == {"base": "no_network"}
    assert simulator.network.counters.attempted == 0


async def test_the_network_is_waited_for(hass: HomeAssistant, simulator: Simulator) -> None:
    simulator.network.add_phone(NUMBER)
    simulator.modem.lose_registration(0.3)
    flow = await to_the_trial(hass)
    await configure(hass, flow, {"phone": NUMBER})
    assert (await ended(hass, flow))["step_id"] == "trial_delivered"


# --- the network before the trial ---


@pytest.mark.parametrize(
    ("status", "packet", "word"),
    [
        (RegistrationStatus.DENIED, RegistrationStatus.HOME, "data_only"),
        (RegistrationStatus.DENIED, RegistrationStatus.DENIED, "network_denied"),
        (RegistrationStatus.SEARCHING, RegistrationStatus.SEARCHING, "no_network"),
    ],
)
async def test_how_the_modem_stands_is_said_and_keeps_nobody_from_adding_it(
    hass: HomeAssistant,
    simulator: Simulator,
    status: RegistrationStatus,
    packet: RegistrationStatus,
    word: str,
) -> None:
    simulator.modem.set_registration(status, packet)

    flow = await to_the_trial(hass)

    assert flow["errors"] == {"base": word}
    result = await configure(hass, flow, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_modem_that_says_nothing_of_its_network_may_send(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.network.add_phone(NUMBER)
    faults = [
        Fault(moment=Moment.COMMAND, effect=Fail(final="ERROR"), command=command, every=1)
        for command in ("+CREG", "+CGREG", "+CEREG")
    ]
    simulator.modem.faults.replace(faults)
    flow = await to_the_trial(hass)
    assert flow["errors"] == {}
    await configure(hass, flow, {"phone": NUMBER})
    assert (await ended(hass, flow))["step_id"] == "trial_delivered"


# --- the form is sent twice, the dialog is closed ---


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """What the dialog looks up before it sends takes until this is set."""
    gate = asyncio.Event()

    async def look_up(*where: Any) -> Any:
        await gate.wait()
        return await async_pin_attempts(*where)

    monkeypatch.setattr(modem_flow, "async_pin_attempts", look_up)
    return gate


async def test_a_form_that_is_sent_twice_sends_one_message(
    hass: HomeAssistant, simulator: Simulator, gate: asyncio.Event
) -> None:
    phone = simulator.network.add_phone(NUMBER)
    flow = await to_the_trial(hass)
    sendings = [hass.async_create_task(configure(hass, flow, {"phone": NUMBER})) for _ in range(2)]
    gate.set()
    await asyncio.gather(*sendings)
    assert (await ended(hass, flow))["step_id"] == "trial_delivered"
    assert len(phone.texts) == 1


async def test_a_form_that_was_sent_twice_sends_nothing_when_the_first_message_has_arrived(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    waiting = iter(gates)

    async def look_up(*where: Any) -> Any:
        await next(waiting).wait()
        return await async_pin_attempts(*where)

    monkeypatch.setattr(modem_flow, "async_pin_attempts", look_up)
    phone = simulator.network.add_phone(NUMBER)
    flow = await to_the_trial(hass)
    first, second = (hass.async_create_task(configure(hass, flow, {"phone": NUMBER})) for _ in gates)
    gates[0].set()
    await first
    assert (await ended(hass, flow))["step_id"] == "trial_delivered"
    gates[1].set()
    await second
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(phone.texts) == 1


async def test_a_dialog_that_is_closed_at_once_sends_nothing(
    hass: HomeAssistant, simulator: Simulator, gate: asyncio.Event
) -> None:
    flow = await to_the_trial(hass)
    sending = hass.async_create_task(configure(hass, flow, {"phone": NUMBER}))
    hass.config_entries.flow.async_abort(flow["flow_id"])
    gate.set()
    result = await sending
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "dialog_closed")
    assert simulator.network.counters.attempted == 0


async def test_a_dialog_that_is_closed_while_there_is_no_network_sends_nothing_later(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    phone = simulator.network.add_phone(NUMBER)
    simulator.modem.set_registration(RegistrationStatus.SEARCHING)
    flow = await to_the_trial(hass)
    await configure(hass, flow, {"phone": NUMBER})
    await timer_of(hass, NETWORK_PATIENCE)

    hass.config_entries.flow.async_abort(flow["flow_id"])
    simulator.modem.set_registration(RegistrationStatus.HOME)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert phone.texts == []


async def test_closing_the_dialog_lets_go_of_the_modem(hass: HomeAssistant, simulator: Simulator) -> None:
    simulator.network.add_phone(NUMBER)
    simulator.network.conditions = SILENT
    flow = await to_the_trial(hass)
    await configure(hass, flow, {"phone": NUMBER})
    await progress_is(hass, flow, "trial_waiting")

    hass.config_entries.flow.async_abort(flow["flow_id"])
    await hass.async_block_till_done(wait_background_tasks=True)

    assert not hass.config_entries.async_entries(DOMAIN)
    result = await configure(hass, await to_the_trial(hass), {})
    assert result["type"] is FlowResultType.CREATE_ENTRY, "the port is free again"


async def test_what_arrives_meanwhile_is_read_by_the_entry(hass: HomeAssistant, simulator: Simulator) -> None:
    await set_up(hass, hub_of(ANNA))
    simulator.network.add_phone(NUMBER)
    simulator.network.conditions = NetworkConditions(report_latency=0.3)
    flow = await to_the_trial(hass)
    await configure(hass, flow, {"phone": NUMBER})
    await progress_is(hass, flow, "trial_waiting")

    simulator.network.deliver_sms(ANNA["phone"], "Is the pump running?")
    result = await ended(hass, flow)
    await configure(hass, result, {})

    event = "event.simulated_generic_3809_inbound_message"
    state = await until_state(hass, event, lambda state: state.attributes.get("person") == "Anna")
    assert state.attributes["text"] == "Is the pump running?"
