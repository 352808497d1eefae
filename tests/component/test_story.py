"""The main job without MQTT: an automation raises an alarm, a phone answers, the cause goes away."""

from typing import TYPE_CHECKING, Any

from homeassistant.components.notify import DOMAIN as NOTIFY

from custom_components.alert_gateway.const import DOMAIN
from tests.component.entries import ANNA, BEN
from tests.component.waiting import until, until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import Simulator

ALARMS = "binary_sensor.alert_gateway_open_alarms"
INBOUND = "event.simulator_3809_inbound_message"
CONNECTION = "binary_sensor.simulator_3809_connection"


async def act(hass: HomeAssistant, action: str, **data: Any) -> Any:
    """Call an action and return its response."""
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)


async def test_raise_answer_clear(hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator) -> None:
    network = simulator.network
    anna, ben = network.add_phone(ANNA["phone"]), network.add_phone(BEN["phone"])

    raised = await act(hass, "raise_alarm", key="freezer", title="Freezer", message="-5 °C", severity="high")
    await until(lambda: bool(anna.texts and ben.texts), network.listen)
    assert raised["code"] in anna.texts[0]
    assert "-5 °C" in anna.texts[0]
    assert (await until_state(hass, ALARMS, "on")).attributes["unacknowledged"] == 1

    network.deliver_sms(BEN["phone"], f"OK {raised['code']}")
    await until(lambda: len(ben.texts) == 2, network.listen)
    assert (await until_state(hass, ALARMS, "on")).attributes["unacknowledged"] == 1, "Ben may not"

    network.deliver_sms(ANNA["phone"], "Ok.")
    state = await until_state(hass, ALARMS, lambda state: state.attributes["unacknowledged"] == 0)
    assert state.attributes["open"] == 1
    event = await until_state(hass, INBOUND, lambda state: state.attributes.get("person") == "Anna")
    assert (event.attributes["event_type"], event.attributes["keyword"]) == ("keyword", "OK")

    known = len(ben.texts)
    cleared = await act(hass, "clear_alarm", key="freezer", message="Cold again")
    assert cleared["alarms"][0]["alarm_id"] == raised["alarm_id"]
    await until_state(hass, ALARMS, "off")
    await until(lambda: len(ben.texts) > known, network.listen)


async def test_an_alarm_waits_for_a_modem_that_is_unplugged(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    anna = simulator.network.add_phone(ANNA["phone"])
    simulator.unplug()
    await until_state(hass, CONNECTION, "off")

    await hass.services.async_call(
        NOTIFY, "send_message", {"entity_id": "notify.anna", "message": "Come home"}, blocking=True
    )
    await until_state(hass, "sensor.alert_gateway_queue", "1")
    simulator.plug_in()

    await until(lambda: bool(anna.texts), simulator.network.listen)
    assert anna.texts == ["Come home"]
    await until_state(hass, "sensor.alert_gateway_queue", "0")
