"""The modem of the removed `sms` integration is taken over, from the menu and from the repair."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockModule, mock_integration

from custom_components.alert_gateway import usb_modems
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.flows import legacy_sms
from custom_components.alert_gateway.legacy.imports import async_leftovers
from gsm_driver import FoundModem, PortUnavailableError
from gsm_driver.simulator import SimCard, run_pty
from tests.component.entries import ANNA, IMEI, PIN, hub_of, modem_of, set_up
from tests.component.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from gsm_driver.simulator import Simulator

SIMULATOR = "simulator://modem0"
CHOICE = {"remove_old": True, "sms_compatibility": True}


def old_entry(hass: HomeAssistant, device: str = SIMULATOR, baud: str = "0", **more: Any) -> MockConfigEntry:
    """What is left of the old integration: nothing sets it up."""
    entry = MockConfigEntry(
        domain="sms",
        title=IMEI,
        data={"device": device, "baud_speed": baud},
        **({"unique_id": IMEI} | more),
    )
    entry.add_to_hass(hass)
    return entry


async def to_the_form(hass: HomeAssistant) -> Any:
    """Choose it from the menu."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert flow["type"] is FlowResultType.MENU
    assert "import_sms" in flow["menu_options"]
    return await fill(hass, flow, {"next_step_id": "import_sms"})


async def fill(hass: HomeAssistant, flow: Any, values: dict[str, Any]) -> Any:
    """Send a form."""
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], values)
    await hass.async_block_till_done()
    return result


def issue_of(hass: HomeAssistant) -> ir.IssueEntry | None:
    """The repair issue."""
    return ir.async_get(hass).async_get_issue(DOMAIN, "legacy_sms")


def of_kind(hass: HomeAssistant, kind: str) -> Any:
    """The entry of this kind."""
    return next(entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.data["kind"] == kind)


# --- from the menu ---


async def test_one_form_takes_everything_over(hass: HomeAssistant, simulator: Simulator) -> None:
    old_entry(hass)
    form = await to_the_form(hass)
    assert form["description_placeholders"]["device"] == SIMULATOR
    assert IMEI not in str(form["description_placeholders"])

    result = await fill(hass, form, CHOICE)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    modem = of_kind(hass, "modem")
    assert (modem.unique_id, modem.data["device"], modem.data["baudrate"]) == (IMEI, SIMULATOR, 115200)
    assert modem.state is ConfigEntryState.LOADED
    assert "next_flow" in result, "the first person comes next"
    assert hass.config_entries.async_entries("sms") == []
    assert of_kind(hass, "hub").options["sms_compatibility"] is True
    assert hass.services.has_service("notify", "sms")
    assert issue_of(hass) is None


async def test_nothing_is_removed_or_switched_on_without_being_asked_to(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = old_entry(hass)
    result = await fill(hass, await to_the_form(hass), {"remove_old": False, "sms_compatibility": False})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hass.config_entries.async_entries("sms") == [entry]
    assert "sms_compatibility" not in of_kind(hass, "hub").options
    assert await async_leftovers(hass) == (), "it is taken over: it is offered no more"


async def test_a_port_that_does_not_answer_can_be_tried_again(hass: HomeAssistant, tmp_path: Path) -> None:
    entry = old_entry(hass, str(tmp_path / "ttyUSB0"))
    result = await fill(hass, await to_the_form(hass), CHOICE)
    assert (result["step_id"], result["errors"]) == ("import_sms", {"base": "port_missing"})
    assert hass.config_entries.async_entries("sms") == [entry]


async def test_a_sim_with_a_pin(hass: HomeAssistant, simulator: Simulator) -> None:
    simulator.modem.sim = SimCard(pin=PIN)
    old_entry(hass)
    result = await fill(hass, await to_the_form(hass), CHOICE)
    assert result["errors"] == {"base": "pin_required"}
    result = await fill(hass, result, {**CHOICE, "pin": PIN})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["pin"] == PIN


async def test_the_speed_is_taken_over(hass: HomeAssistant, simulator: Simulator) -> None:
    old_entry(hass, baud="9600")
    result = await fill(hass, await to_the_form(hass), CHOICE)
    assert result["data"]["baudrate"] == 9600


async def test_the_best_port_of_the_modem_is_taken_under_its_lasting_name(
    hass: HomeAssistant, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_pty(simulator) as pty:
        best, first = str(pty.path), str(tmp_path / "ttyUSB0")
        found = FoundModem(name="Huawei E173", ports=(first, best), at_ports=(best,), port=best)
        monkeypatch.setattr(usb_modems, "list_modems", lambda: (found,))
        old_entry(hass, first)
        result = await fill(hass, await to_the_form(hass), CHOICE)
        assert result["data"]["device"] == best
        await hass.config_entries.async_unload(result["result"].entry_id)


class _Finder:
    """Finds nothing, or the modem at another port; the bus of this machine has none."""

    port: str | None = None

    def __init__(self, url: str, *, imei: str) -> None:
        assert imei == IMEI

    async def find(self) -> str | None:
        """As `ModemFinder.find`."""
        if self.port == "":
            raise PortUnavailableError("the modem is not there any more")
        return self.port


@pytest.mark.parametrize(("port", "word"), [(None, "port_missing"), ("", "port_missing")])
async def test_a_modem_that_is_nowhere(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str | None, word: str
) -> None:
    monkeypatch.setattr(_Finder, "port", port)
    monkeypatch.setattr(legacy_sms, "ModemFinder", _Finder)
    old_entry(hass, str(tmp_path / "ttyUSB0"))
    result = await fill(hass, await to_the_form(hass), CHOICE)
    assert result["errors"] == {"base": word}


async def test_a_modem_that_moved_is_found_by_its_imei(
    hass: HomeAssistant, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Finder, "port", SIMULATOR)
    monkeypatch.setattr(legacy_sms, "ModemFinder", _Finder)
    old_entry(hass, str(tmp_path / "ttyUSB0"))
    result = await fill(hass, await to_the_form(hass), CHOICE)
    assert result["data"]["device"] == SIMULATOR


async def test_a_modem_that_was_ignored_when_it_was_found_is_taken_over_all_the_same(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    old_entry(hass)
    await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IGNORE}, data={"unique_id": IMEI, "title": "Modem"}
    )
    result = await fill(hass, await to_the_form(hass), CHOICE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert [entry.source for entry in hass.config_entries.async_entries(DOMAIN)].count(SOURCE_IGNORE) == 0


async def test_the_choice_holds_although_the_modem_cannot_be_set_up_yet(
    hass: HomeAssistant, simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "alert_gateway").mkdir()
    (tmp_path / "alert_gateway" / "journal.db").mkdir()  # no journal can be opened there
    old_entry(hass)
    result = await fill(hass, await to_the_form(hass), CHOICE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].state is ConfigEntryState.SETUP_RETRY
    assert of_kind(hass, "hub").options["sms_compatibility"] is True


async def test_another_old_entry_is_not_taken_over_by_a_form_that_was_about_the_first(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    first = old_entry(hass)
    form = await to_the_form(hass)
    old_entry(hass, "/dev/ttyUSB3", unique_id="356938030001111")
    await hass.config_entries.async_remove(first.entry_id)
    result = await fill(hass, form, CHOICE)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_leftover")


async def test_an_old_entry_that_is_removed_while_its_modem_is_asked(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, ask = old_entry(hass), legacy_sms.async_ask_all

    async def ask_slowly(*where: Any) -> Any:
        answer = await ask(*where)
        await hass.config_entries.async_remove(entry.entry_id)
        return answer

    monkeypatch.setattr(legacy_sms, "async_ask_all", ask_slowly)
    result = await fill(hass, await to_the_form(hass), CHOICE)
    assert result["type"] is FlowResultType.CREATE_ENTRY


# --- what is no leftover ---


async def test_nothing_is_offered_without_an_old_entry(hass: HomeAssistant) -> None:
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert "import_sms" not in flow.get("menu_options", [])


async def test_an_entry_that_was_ignored_is_none(hass: HomeAssistant) -> None:
    old_entry(hass, source=SOURCE_IGNORE)
    assert await async_leftovers(hass) == ()


async def test_an_entry_that_something_loads_is_none(hass: HomeAssistant) -> None:
    mock_integration(hass, MockModule("sms"))
    old_entry(hass)
    assert await async_leftovers(hass) == ()


async def test_an_entry_without_an_imei_is_known_by_its_port(hass: HomeAssistant) -> None:
    old_entry(hass, "/dev/ttyUSB3", unique_id=None)
    assert [leftover.device for leftover in await async_leftovers(hass)] == ["/dev/ttyUSB3"]
    modem_of("/dev/ttyUSB3", imei="356938030001111").add_to_hass(hass)
    assert await async_leftovers(hass) == ()


async def test_an_old_entry_that_vanishes_meanwhile(hass: HomeAssistant) -> None:
    entry = old_entry(hass)
    form = await to_the_form(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    result = await fill(hass, form, CHOICE)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_leftover")


# --- the repair ---


async def test_the_issue_comes_with_the_hub_and_goes_with_the_old_entry(hass: HomeAssistant) -> None:
    entry = old_entry(hass, "/dev/ttyUSB3")
    await set_up(hass, hub_of(ANNA))
    issue = issue_of(hass)
    assert issue is not None
    assert issue.is_fixable
    assert issue.translation_placeholders == {"device": "/dev/ttyUSB3"}

    await hass.config_entries.async_remove(entry.entry_id)
    await until(lambda: issue_of(hass) is None, _issues(hass))


def _issues(hass: HomeAssistant) -> Any:
    return lambda listener: hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, listener)


async def repair(client: Any, flow_id: str | None, values: dict[str, Any]) -> Any:
    """Talk to the repair as the browser does."""
    path = "/api/repairs/issues/fix" + (f"/{flow_id}" if flow_id else "")
    response = await client.post(path, json=values)
    assert response.status == HTTPStatus.OK
    return await response.json()


async def test_the_repair_takes_the_modem_over(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator, socket_enabled: None
) -> None:
    simulator.modem.sim = SimCard(pin=PIN)
    old_entry(hass)
    await set_up(hass, hub_of(ANNA))
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_client()

    form = await repair(client, None, {"handler": DOMAIN, "issue_id": "legacy_sms"})
    assert form["step_id"] == "confirm"
    form = await repair(client, form["flow_id"], CHOICE)
    assert form["errors"] == {"base": "refused"}
    assert "PIN" in form["description_placeholders"]["reason"]
    done = await repair(client, form["flow_id"], {**CHOICE, "pin": PIN})
    await hass.async_block_till_done()

    assert done["type"] == "create_entry"
    assert of_kind(hass, "modem").unique_id == IMEI
    assert hass.config_entries.async_entries("sms") == []
    assert issue_of(hass) is None
    assert hass.services.has_service("notify", "sms")


async def test_a_repair_that_comes_too_late(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator, socket_enabled: None
) -> None:
    entry = old_entry(hass)
    await set_up(hass, hub_of(ANNA))
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    form = await repair(client, None, {"handler": DOMAIN, "issue_id": "legacy_sms"})
    await hass.config_entries.async_remove(entry.entry_id)
    done = await repair(client, form["flow_id"], CHOICE)
    assert (done["type"], done["reason"]) == ("abort", "no_leftover")


async def test_a_repair_takes_over_what_it_asked_about_and_nothing_else(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator, socket_enabled: None
) -> None:
    entry = old_entry(hass, "/dev/ttyUSB3", unique_id="356938030001111")
    await set_up(hass, hub_of(ANNA))
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    form = await repair(client, None, {"handler": DOMAIN, "issue_id": "legacy_sms"})
    other = old_entry(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    done = await repair(client, form["flow_id"], CHOICE)
    assert (done["type"], done["reason"]) == ("abort", "no_leftover")
    assert hass.config_entries.async_entries("sms") == [other]
