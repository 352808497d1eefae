"""The examples of ``docs/home-assistant-actions.md``, each run as it stands there."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from homeassistant.core import Context
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import Script
from homeassistant.setup import async_setup_component

from alert_engine.routes.gsm_credit import CreditCode
from custom_components.alert_gateway.const import CONF_AT_COMMANDS, DOMAIN
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.services import ACTIONS
from gsm_driver.simulator import UssdMenu
from tests.component.acting import act
from tests.component.entries import ANNA
from tests.component.waiting import until, until_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from alert_engine.model import Alarm
    from gsm_driver.simulator import SimulatedPhone, Simulator

PAGE = (Path(__file__).parents[2] / "docs" / "home-assistant-actions.md").read_text(encoding="utf-8")
SECTIONS = {
    found["name"]: found["text"]
    for found in re.finditer(r"^## (?P<name>[a-z_]+)\n(?P<text>.*?)(?=^## )", PAGE, re.DOTALL | re.MULTILINE)
}
EXAMPLES = {
    name: yaml.safe_load(block)
    for name, text in SECTIONS.items()
    for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
}
CONNECTION = "binary_sensor.simulator_3809_connection"
SEQUENCES = [name for name, example in EXAMPLES.items() if isinstance(example, list)]


@pytest.fixture
async def house(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> AsyncIterator[SimulatedPhone]:
    """Everything that the examples name; Anna's phone."""
    menu = UssdMenu(text="1 Balance", choices={"1": UssdMenu(text="4.50 EUR")})
    simulator.network.add_ussd("*100#", menu)
    simulator.network.add_ussd("*101#", UssdMenu(text="4.50 EUR"))
    modem.runtime_data.messages.use_credit_code(CreditCode(code="*101#", currency="EUR"))
    hass.config_entries.async_update_entry(modem, options={CONF_AT_COMMANDS: True})
    hass.states.async_set("sensor.freezer", "-5")
    hass.states.async_set("cover.garage", "closed")
    await act(hass, "raise_alarm", key="freezer", severity="info")
    yield simulator.network.add_phone(ANNA["phone"])
    simulator.close()  # the supervision may be asking for the credit


def test_each_action_has_a_section_an_example_and_all_its_fields() -> None:
    assert set(EXAMPLES) == {action.name for action in ACTIONS}
    for action in ACTIONS:
        described = set(re.findall(r"^\| `(\w+)` \|", SECTIONS[action.name], re.MULTILINE))
        assert described == {str(marker.schema) for marker in action.schema.schema}
        assert f"action: {DOMAIN}.{action.name}\n" in SECTIONS[action.name]


@pytest.mark.parametrize("name", SEQUENCES)
async def test_an_example_does_what_it_says(
    hass: HomeAssistant, house: SimulatedPhone, simulator: Simulator, name: str
) -> None:
    script = Script(hass, cv.SCRIPT_SCHEMA(EXAMPLES[name]), name, "script")

    result = await script.async_run(context=Context())

    assert result is not None
    await hass.async_block_till_done()
    if name == "restart_modem":
        await until_state(hass, CONNECTION, "off")
        await until_state(hass, CONNECTION, "on")
    elif (check := SAID.get(name)) is not None:
        assert check(result.variables)
    else:
        check = DONE[name]
        assert check(await hass.data[DATA_HOST].engine.alarm(await freezer(hass)))


async def freezer(hass: HomeAssistant) -> str:
    """The id of the alarm that is there already."""
    (alarm,) = (await act(hass, "get_alarms", states=["raised", "acked", "closed"]))["alarms"]
    return str(alarm["alarm_id"])


# What an example leaves in its variables, or makes of the alarm that is there.
SAID: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "send": lambda said: len(said["sent"]["messages"]) == 2,
    "call": lambda said: True,
    "cancel_message": lambda said: said["taken_back"]["cancelled"],
    "raise_alarm": lambda said: bool(said["raised"]["code"]),
    "test_person": lambda said: said["test"]["name"] == "Anna",
    "get_messages": lambda said: said["found"]["messages"] == [],
    "get_alarms": lambda said: len(said["found"]["alarms"]) == 1,
    "send_ussd": lambda said: said["said"]["answers"][-1]["text"] == "4.50 EUR",
    "balance": lambda said: said["credit"]["amount"] == 4.5,
    "run_at_command": lambda said: said["answer"]["lines"][0].startswith("+CSQ"),
}
DONE: dict[str, Callable[[Alarm], bool]] = {
    "acknowledge_alarm": lambda alarm: alarm.acked_by == "home_assistant",
    "clear_alarm": lambda alarm: not alarm.state.is_open,
    "shelve_alarm": lambda alarm: alarm.shelved_until is not None,
    "unshelve_alarm": lambda alarm: alarm.shelved_until is None,
}


async def test_the_example_of_an_answer(
    hass: HomeAssistant, house: SimulatedPhone, simulator: Simulator
) -> None:
    assert await async_setup_component(hass, "automation", {"automation": EXAMPLES["reply"]})
    await hass.async_block_till_done()

    simulator.network.deliver_sms(ANNA["phone"], "How is the garage?")

    await until(lambda: "The garage is closed." in house.texts, simulator.network.listen)
