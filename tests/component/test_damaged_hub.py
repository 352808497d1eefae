"""What the hub has and nobody can read any more hinders nothing."""

import threading
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.alert_gateway.const import DOMAIN
from tests.component.entries import ANNA, hub_of, person_of, set_up
from tests.component.hub_forms import added, fill_in, open_again

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


UNREADABLE = {
    "person": {"addresses": [{}]},
    "group": {"members": 5},
    "on_call": {"substitutions": [{}]},
    "policy": {"steps": 5},
    "keyword": {"allowed": 5},
    "heartbeat": {"policy": []},
}


@pytest.mark.parametrize(
    ("kind", "pages"),
    [
        ("person", [{"name": "Cleo", "phone": "+436649999999"}]),
        ("group", [{"name": "Others", "members": []}]),
        ("on_call", [{"name": "Day", "rotation": [], "begins": "2026-01-05", "handover": "08:00:00"}]),
        ("policy", [{"name": "Door"}, {}]),
        ("keyword", [{"name": "Gate", "words": ["GATE"], "tier": "1"}, {}]),
        ("heartbeat", [{"source": "plc", "key": "alive", "period": {"minutes": 5}}]),
    ],
)
async def test_what_nobody_can_read_hinders_nothing_and_can_be_opened_and_removed(
    hass: HomeAssistant, kind: str, pages: list[dict[str, Any]]
) -> None:
    """Somebody wrote into the storage by hand, or restored half of it."""
    damaged = [
        ConfigSubentryData(data=data, subentry_type=each, title=f"Bad {each}", unique_id=f"{each}:bad")
        for each, data in UNREADABLE.items()
    ]
    hub = MockConfigEntry(
        domain=DOMAIN,
        title="Home",
        unique_id="hub",
        data={"kind": "hub"},
        options={"country": "AT"},
        subentries_data=[*damaged, person_of(ANNA)],
    )
    await set_up(hass, hub)
    assert hass.states.get("notify.anna") is not None
    assert hass.states.get("notify.bad_policy") is not None
    assert len(hass.data["alert_gateway"].settings.refused) == len(damaged)

    anna = next(iter(hass.data["alert_gateway"].settings.engine.people)).id
    for page in pages:
        for key in {"members", "rotation"} & page.keys():
            page[key] = [anna]
    await added(hass, hub, kind, *pages)

    bad = next(each for each in hub.subentries.values() if each.title == f"Bad {kind}")
    opened = await open_again(hass, hub, bad)
    if kind == "person":
        opened = await fill_in(hass, opened, {"next_step_id": "person"})
    assert opened["type"] is FlowResultType.FORM
    hass.config_entries.async_remove_subentry(hub, bad.subentry_id)
    await hass.async_block_till_done()
    assert len(hass.data["alert_gateway"].settings.refused) == len(damaged) - 1


async def test_why_something_is_left_out_is_told_in_the_language_of_home_assistant(
    hass: HomeAssistant,
) -> None:
    hass.config.language = "de"

    await set_up(hass, hub_of(ANNA, options={"budgets": []}))

    reason = hass.data["alert_gateway"].settings.refused["budgets"]
    assert reason == "es steht in einer Form da, die diese Version nicht kennt"


class Watched(dict[str, Any]):
    """Notes which threads go through all of it."""

    threads: ClassVar[set[int]] = set()

    def items(self) -> Any:
        """Return the items."""
        self.threads.add(threading.get_ident())
        return super().items()


async def test_the_event_loop_does_not_wait_while_the_settings_are_read(hass: HomeAssistant) -> None:
    """With hundreds of people and policies that takes longer than it may be held."""
    await set_up(hass, hub_of(ANNA, options=Watched(country="AT")))

    Watched.threads.clear()
    await hass.data["alert_gateway"].refresh()

    assert Watched.threads
    assert threading.get_ident() not in Watched.threads
