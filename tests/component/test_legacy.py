"""Automations of the removed `sms` integration go on working, if the hub says so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml
from homeassistant.components.notify import DOMAIN as NOTIFY
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.service import async_get_cached_service_description
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events, async_mock_service

from alert_engine.model import Authorisation, InboundReceived
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.legacy.compatibility import keep_compatibility, legacy_event_data
from tests.component.entries import ANNA, BEN, hub_of, modem_of, set_up
from tests.component.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant, ServiceCall
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from alert_engine.engine import AlertEngine
    from alert_engine.model import EngineEvent
    from gsm_driver.simulator import Simulator

ON = {"country": "AT", "sms_compatibility": True}
STRANGER = "+436609998887"


@pytest.fixture
async def hub(hass: HomeAssistant) -> MockConfigEntry:
    """The hub with the old names."""
    return await set_up(hass, hub_of(ANNA, BEN, options=ON))


@pytest.fixture
async def modem(hass: HomeAssistant, hub: MockConfigEntry, simulator: Simulator) -> MockConfigEntry:
    """A modem that is loaded."""
    return await set_up(hass, modem_of("simulator://modem0"))


async def notify(hass: HomeAssistant, name: str = "sms", **data: Any) -> None:
    """Call the old action."""
    await hass.services.async_call(NOTIFY, name, data, blocking=True)


# --- automations as people have them ---

OLD_AUTOMATIONS = """
- alias: Tell of water
  trigger:
    platform: state
    entity_id: binary_sensor.cellar
    to: "on"
  action:
    service: notify.sms
    data:
      message: "Water in the cellar: 12 °C"
      target:
        - "+436641234567"
        - "00491701234567"
      data:
        unicode: false

- alias: Tell of power
  trigger:
    platform: event
    event_type: power_back
  action:
    - service: notify.sms
      data_template:
        message: "Power is back after {{ trigger.event.data.minutes }} minutes"
        target: "+436641234567"

- alias: Open the gate
  trigger:
    - platform: event
      event_type: sms.incoming_sms
      event_data:
        phone: "+436641234567"
        text: "Open"
  action:
    - service: test.open_gate
      data_template:
        by: "phone {{ trigger.event.data.phone }}"

- alias: Show each message
  trigger:
    platform: event
    event_type: sms.incoming_sms
  action:
    service: test.show
    data:
      text: "{{ trigger.event.data.date }}: {{ trigger.event.data.text }}"
"""


@pytest.fixture
async def automations(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    """Old automations, as they stand in YAML."""
    assert await async_setup_component(hass, "automation", {"automation": yaml.safe_load(OLD_AUTOMATIONS)})
    await hass.async_block_till_done()


async def test_an_old_automation_sends_to_its_list_of_numbers(
    hass: HomeAssistant, automations: None, simulator: Simulator
) -> None:
    anna = simulator.network.add_phone("+436641234567")
    ben = simulator.network.add_phone("+491701234567")

    hass.states.async_set("binary_sensor.cellar", "off")
    hass.states.async_set("binary_sensor.cellar", "on")

    await until(lambda: bool(anna.texts and ben.texts), simulator.network.listen)
    assert anna.texts == ben.texts
    assert anna.texts[0].startswith("Water in the cellar: 12 "), "without unicode it stays plain"


async def test_an_old_automation_with_templates_sends(
    hass: HomeAssistant, automations: None, simulator: Simulator
) -> None:
    anna = simulator.network.add_phone("+436641234567")
    hass.bus.async_fire("power_back", {"minutes": 7})
    await until(lambda: bool(anna.texts), simulator.network.listen)
    assert anna.texts == ["Power is back after 7 minutes"]


async def test_an_old_automation_hears_what_arrives(
    hass: HomeAssistant, automations: None, simulator: Simulator
) -> None:
    gate, shown = async_mock_service(hass, "test", "open_gate"), async_mock_service(hass, "test", "show")

    simulator.network.deliver_sms("+436641234567", "Open")
    simulator.network.deliver_sms(STRANGER, "Hello, who is this?")

    await called(hass, shown, 2)
    assert [call.data for call in gate] == [{"by": "phone +436641234567"}]
    texts = [call.data["text"] for call in shown]
    assert [text.partition(": ")[2] for text in texts] == ["Open", "Hello, who is this?"]
    assert all(datetime.fromisoformat(text.partition(": ")[0]).tzinfo is None for text in texts)


async def called(hass: HomeAssistant, calls: list[ServiceCall], times: int) -> None:
    """Wait until an action was called so often."""
    await until(lambda: len(calls) >= times, lambda listener: hass.bus.async_listen("call_service", listener))


async def test_a_group_of_notify_still_reaches_it(hass: HomeAssistant, simulator: Simulator) -> None:
    anna = simulator.network.add_phone("+436641234567")
    member = {"action": "sms", "data": {"target": "+436641234567"}}
    config = {"notify": [{"platform": "group", "name": "family", "services": [member]}]}
    assert await async_setup_component(hass, NOTIFY, config)
    await set_up(hass, hub_of(ANNA, options=ON))
    await set_up(hass, modem_of("simulator://modem0"))

    await notify(hass, "family", message="Dinner")

    await until(lambda: bool(anna.texts), simulator.network.listen)
    assert anna.texts == ["Dinner"]


# --- the action ---


async def test_without_the_option_there_is_nothing_old(hass: HomeAssistant, simulator: Simulator) -> None:
    await set_up(hass, hub_of(ANNA))
    assert not hass.services.has_service(NOTIFY, "sms")


@pytest.mark.parametrize("target", ["+43 664 1234567", "0664 1234567", 436641234567, "Anna"])
async def test_a_target_may_be_written_in_many_ways(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator, target: str | int
) -> None:
    anna = simulator.network.add_phone("+436641234567")
    await notify(hass, message="Hi", target=target)
    await until(lambda: bool(anna.texts), simulator.network.listen)


async def test_the_title_is_not_sent_as_it_never_was(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    anna = simulator.network.add_phone("+436641234567")
    await notify(hass, title="Attention", message="Grüße ☂", target=["+436641234567"], data=None)
    await until(lambda: bool(anna.texts), simulator.network.listen)
    assert anna.texts == ["Grüße ☂"], "unicode is the default"


@pytest.mark.parametrize(
    "target", ["+436641234567,+491701234567", "+43 664 1234567, +49 170 1234567", ["+436641234567", "Ben"]]
)
async def test_several_numbers_may_stand_in_one_text_as_for_the_gammu_add_on(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator, target: str | list[str]
) -> None:
    phones = [simulator.network.add_phone(number) for number in ("+436641234567", "+491701234567")]
    await notify(hass, message="Hi", target=target)
    await until(lambda: all(phone.texts == ["Hi"] for phone in phones), simulator.network.listen)


async def test_unicode_without_a_value_is_off_as_it_was(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    anna = simulator.network.add_phone("+436641234567")
    await notify(hass, message="12 °C ☂", target="+436641234567", data={"unicode": None})
    await until(lambda: bool(anna.texts), simulator.network.listen)
    assert "☂" not in anna.texts[0]


@pytest.mark.parametrize("data", [{}, {"target": []}])
async def test_somebody_must_be_named(
    hass: HomeAssistant, hub: MockConfigEntry, data: dict[str, Any]
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await notify(hass, message="Hi", **data)
    assert caught.value.translation_key == "legacy_no_target"


async def test_a_target_that_makes_no_sense_keeps_no_other_from_its_message(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    anna = simulator.network.add_phone("+436641234567")
    with pytest.raises(ServiceValidationError) as caught:
        await notify(hass, message="Hi", target=["nobody", "+436641234567"])
    assert caught.value.translation_key == "legacy_refused"
    assert (caught.value.translation_placeholders or {})["refused"] == "1"
    await until(lambda: bool(anna.texts), simulator.network.listen)


async def test_what_could_not_be_saved_is_told(hass: HomeAssistant, broken_hub: MockConfigEntry) -> None:
    with pytest.raises(HomeAssistantError) as caught:
        await notify(hass, message="Hi", target="+436641234567")
    assert caught.value.translation_key == "not_committed"


async def test_the_interface_shows_its_fields(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    described = async_get_cached_service_description(hass, NOTIFY, "sms")
    assert described is not None
    assert set(described["fields"]) == {"message", "target", "data"}


# --- on, off, another name ---


async def test_it_comes_and_goes_with_the_option(
    hass: HomeAssistant, hub: MockConfigEntry, modem: MockConfigEntry, simulator: Simulator
) -> None:
    events = async_capture_events(hass, "sms.incoming_sms")
    hass.config_entries.async_update_entry(hub, options={"country": "AT"})
    await hass.async_block_till_done()
    assert not hass.services.has_service(NOTIFY, "sms")
    received = async_capture_events(hass, "state_changed")
    simulator.network.deliver_sms(STRANGER, "Hello")
    await until(lambda: any("inbound" in event.data["entity_id"] for event in received), _states(hass))
    assert events == []

    hass.config_entries.async_update_entry(hub, options={**ON, "sms_notify_name": "sms_dan"})
    await hass.async_block_till_done()
    assert hass.services.has_service(NOTIFY, "sms_dan")
    assert not hass.services.has_service(NOTIFY, "sms")


def _states(hass: HomeAssistant) -> Any:
    return lambda listener: hass.bus.async_listen("state_changed", listener)


async def test_it_survives_a_reload_of_the_hub_and_goes_with_it(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_reload(hub.entry_id)
    assert hass.services.has_service(NOTIFY, "sms")
    assert await hass.config_entries.async_unload(hub.entry_id)
    assert not hass.services.has_service(NOTIFY, "sms")


async def test_an_action_of_somebody_else_is_not_replaced(hass: HomeAssistant) -> None:
    others = async_mock_service(hass, NOTIFY, "sms")
    hub = await set_up(hass, hub_of(ANNA, options=ON))

    await notify(hass, message="Hi")
    assert len(others) == 1
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "legacy_name_taken")
    assert issue is not None
    assert issue.translation_placeholders == {"action": "notify.sms"}

    hass.config_entries.async_update_entry(hub, options={**ON, "sms_notify_name": "old_sms"})
    await hass.async_block_till_done()
    assert hass.services.has_service(NOTIFY, "old_sms")
    assert ir.async_get(hass).async_get_issue(DOMAIN, "legacy_name_taken") is None
    assert await hass.config_entries.async_unload(hub.entry_id)
    assert hass.services.has_service(NOTIFY, "sms"), "it is not ours to remove"


async def test_an_action_that_comes_later_by_the_same_name_is_told_and_left_alone(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    others = async_mock_service(hass, NOTIFY, "sms")
    assert ir.async_get(hass).async_get_issue(DOMAIN, "legacy_name_taken") is not None
    assert await hass.config_entries.async_reload(hub.entry_id)
    await notify(hass, message="Hi")
    assert len(others) == 1

    hass.services.async_remove(NOTIFY, "sms")
    await hass.async_block_till_done()
    assert ir.async_get(hass).async_get_issue(DOMAIN, "legacy_name_taken") is None
    assert async_get_cached_service_description(hass, NOTIFY, "sms") is not None
    with pytest.raises(ServiceValidationError):
        await notify(hass, message="Hi")


# --- the event ---


MESSAGE = InboundReceived(
    id="in1",
    route="modem_3809",
    person=None,
    sender=STRANGER,
    text="Hello",
    authorisation=Authorisation.NONE,
    keyword=None,
    received_at=datetime(2025, 11, 30, 17, 5, 12, 600, tzinfo=UTC),
    service_centre_time=datetime(2025, 11, 30, 18, 5, 9, tzinfo=timezone(timedelta(hours=1))),
    segments=1,
)


def test_the_event_has_its_old_shape() -> None:
    assert legacy_event_data(MESSAGE) == {"phone": STRANGER, "date": "2025-11-30 18:05:09", "text": "Hello"}


def test_a_message_without_a_time_of_the_network_has_that_of_its_arrival() -> None:
    assert legacy_event_data(replace(MESSAGE, service_centre_time=None))["date"] == "2025-11-30 17:05:12"


class _Teller:
    """Tells what an engine tells."""

    tell: Callable[[EngineEvent], None]

    def subscribe(self, listener: Callable[[EngineEvent], None]) -> Callable[[], None]:
        """Keep the listener."""
        self.tell = listener
        return lambda: None


async def test_only_what_a_modem_received_makes_the_event(hass: HomeAssistant) -> None:
    events = async_capture_events(hass, "sms.incoming_sms")
    hub, teller = hub_of(options=ON), _Teller()
    modem_of("simulator://modem0").add_to_hass(hass)
    end = keep_compatibility(hass, hub, cast("AlertEngine", teller))
    teller.tell(replace(MESSAGE, route="twilio"))
    assert events == []
    teller.tell(MESSAGE)
    assert [event.data["text"] for event in events] == ["Hello"]
    end()
