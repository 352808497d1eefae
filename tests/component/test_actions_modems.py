"""What is asked of one modem by action."""

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_translations

from alert_engine.routes.gsm_credit import CreditCode
from custom_components.alert_gateway.const import CONF_AT_COMMANDS, DOMAIN
from gsm_driver.simulator import Fail, Fault, Moment, UssdMenu, create_simulator
from tests.component.acting import act, do
from tests.component.entries import modem_of, set_up
from tests.component.texts import LANGUAGES, TEXTS
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

    from gsm_driver.simulator import Simulator

CONNECTION = "binary_sensor.simulator_3809_connection"
BALANCE = UssdMenu(text="Credit: 12.50 EUR")
ACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("send_ussd", {"ussd_code": "*100#"}),
    ("balance", {}),
    ("run_at_command", {"command": "AT+CSQ"}),
]


@pytest.fixture(autouse=True)
def _silence(simulator: Simulator) -> Iterator[None]:
    """The supervision may be asking for the credit when a test ends."""
    yield
    simulator.close()


def device_of(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """The id of the device of an entry."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device.id


# --- send_ussd ---


async def test_a_menu_is_answered(hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator) -> None:
    menu = UssdMenu(text="1 Balance, 2 Bonus", choices={"1": BALANCE})
    simulator.network.add_ussd("*100#", menu)

    response = await act(hass, "send_ussd", ussd_code="*100#", answers=[1])

    assert response["answers"] == [
        {"text": menu.text, "wants_answer": True, "status": "reply_wanted"},
        {"text": BALANCE.text, "wants_answer": False, "status": "closed"},
    ]


async def test_a_code_that_the_network_does_not_know(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    (answer,) = (await act(hass, "send_ussd", ussd_code="*199#"))["answers"]
    assert (answer["text"], answer["status"]) == ("", "not_supported")


@pytest.mark.parametrize("code", ["**04*1111*2222*2222#", "**042*1*2*2#", "**05*1*2*2#", " *052*1*2*2#"])
async def test_a_pin_is_not_changed_by_an_action(
    hass: HomeAssistant, modem: MockConfigEntry, code: str
) -> None:
    with pytest.raises(ServiceValidationError, match="PIN"):
        await act(hass, "send_ussd", ussd_code=code)


# --- balance ---


async def test_what_is_left_is_asked_for_and_remembered(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.network.add_ussd("*100#", BALANCE)
    route = modem.runtime_data.messages
    route.use_credit_code(CreditCode(code="*100#", currency="EUR"))

    asked = await act(hass, "balance", device_id=device_of(hass, modem))

    assert (asked["route"], asked["amount"], asked["currency"]) == (route.name, 12.5, "EUR")
    route.use_credit_code(None)
    known = await act(hass, "balance")
    assert (known["amount"], known["currency"]) == (12.5, "EUR")


async def test_a_balance_that_nobody_can_tell(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "balance")
    assert caught.value.translation_key == "balance_unknown"


async def test_a_modem_that_is_not_there_cannot_be_asked(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    modem.runtime_data.messages.use_credit_code(CreditCode(code="*100#"))
    simulator.unplug()
    await until_state(hass, CONNECTION, "off")
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, "balance")
    assert caught.value.translation_key == "way_out_failed"
    assert caught.value.translation_placeholders == {"reason": TEXTS["common"]["not_done_modem_missing"]}


async def test_what_a_modem_does_not_do_is_said_in_the_language_of_the_house(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    hass.config.language = "de"
    await async_get_translations(hass, "de", "common", {DOMAIN})
    no_ussd = Fault(moment=Moment.COMMAND, effect=Fail(final="+CME ERROR: 132"), command="+CUSD")
    simulator.modem.faults.replace([no_ussd])

    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, "send_ussd", ussd_code="*100#")
    reason = LANGUAGES["de"]["common"]["not_done_no_ussd"]
    assert caught.value.translation_placeholders == {"reason": reason}

    simulator.modem.faults.replace()
    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, "send_ussd", ussd_code="*100#" * 50)
    reason = LANGUAGES["de"]["common"]["request_ussd_code"]
    assert refused.value.translation_placeholders == {"reason": reason}


# --- restart_modem ---


async def test_a_restart_lets_the_modem_come_back(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator, hass_admin_user: MockUser
) -> None:
    await do(hass, "restart_modem", hass_admin_user.id, config_entry_id=modem.entry_id)
    await until_state(hass, CONNECTION, "off")
    await until_state(hass, CONNECTION, "on")


async def test_a_modem_that_is_not_there_is_not_restarted(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.unplug()
    await until_state(hass, CONNECTION, "off")
    with pytest.raises(HomeAssistantError) as caught:
        await do(hass, "restart_modem")
    assert caught.value.translation_key == "way_out_failed"


# --- run_at_command ---


async def test_commands_are_off_until_the_entry_allows_them(
    hass: HomeAssistant, modem: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "run_at_command", command="AT+CSQ")
    assert caught.value.translation_key == "at_commands_off"

    hass.config_entries.async_update_entry(modem, options={CONF_AT_COMMANDS: True})
    assert (await act(hass, "run_at_command", command="AT+CSQ"))["lines"][0].startswith("+CSQ:")
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "run_at_command", command='AT+CPIN="1234"')
    assert caught.value.translation_key == "invalid_request"
    assert "1234" not in str(caught.value)


# --- which one, and who may ---


@pytest.mark.parametrize(("action", "data"), ACTIONS)
async def test_without_a_modem(
    hass: HomeAssistant, hub: MockConfigEntry, action: str, data: dict[str, Any]
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, action, **data)
    assert caught.value.translation_key == "no_way_out"


@pytest.mark.parametrize(("action", "data"), ACTIONS)
async def test_of_two_modems_one_is_named(
    hass: HomeAssistant, modem: MockConfigEntry, action: str, data: dict[str, Any]
) -> None:
    create_simulator("modem1")
    await set_up(hass, modem_of("simulator://modem1", imei="356938035643817"))
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, action, **data)
    assert caught.value.translation_key == "name_one_way_out"


@pytest.mark.parametrize(
    ("action", "data", "key"),
    [
        ("send_ussd", {"ussd_code": "*100#"}, "not_a_modem"),
        ("balance", {}, "not_a_way_out"),
    ],
)
async def test_the_hub_is_no_way_out(
    hass: HomeAssistant, hub: MockConfigEntry, action: str, data: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, action, config_entry_id=hub.entry_id, **data)
    assert caught.value.translation_key == key


async def test_a_device_of_another_integration_is_no_modem(
    hass: HomeAssistant, modem: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError):
        await act(hass, "balance", device_id="unknown")


@pytest.mark.parametrize("action", ["send_ussd", "restart_modem", "run_at_command"])
async def test_only_administrators_touch_a_modem(
    hass: HomeAssistant, modem: MockConfigEntry, hass_admin_user: MockUser, action: str
) -> None:
    user = await hass.auth.async_create_user("Paula", group_ids=[GROUP_ID_USER])
    data = {"send_ussd": {"ussd_code": "*100#"}, "run_at_command": {"command": "AT+CSQ"}}.get(action, {})

    with pytest.raises(Unauthorized):
        await do(hass, action, user.id, **data)
