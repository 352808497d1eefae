"""Take over all alarms; test a way out, or the way to a person; restart a modem."""

from typing import TYPE_CHECKING, override

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from alert_engine.model import AlarmAcknowledge
from alert_engine.routes.gsm_services import ModemServiceError

from .const import DOMAIN, SIGNAL_PEOPLE_CHANGED, SUBENTRY_PERSON
from .document import recipient_id
from .entity import HubEntity, RouteEntity, person_device
from .entries import AlertGatewayConfigEntry, HubRuntime, ModemRuntime, ProviderRuntime
from .errors import not_done, translated
from .people import name_of_caller

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry, ConfigSubentry
    from homeassistant.helpers.device_registry import DeviceInfo
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from alert_engine.engine import AlertEngine

PARALLEL_UPDATES = 0

ACKNOWLEDGE_ALL = ButtonEntityDescription(key="acknowledge_all", translation_key="acknowledge_all")
REHEARSAL = ButtonEntityDescription(
    key="rehearsal", translation_key="rehearsal", entity_category=EntityCategory.DIAGNOSTIC
)
TEST = ButtonEntityDescription(key="test", translation_key="test", entity_category=EntityCategory.DIAGNOSTIC)
RESTART = ButtonEntityDescription(
    key="restart", device_class=ButtonDeviceClass.RESTART, entity_category=EntityCategory.CONFIG
)


async def async_setup_entry(
    hass: HomeAssistant, entry: AlertGatewayConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons of the hub and its people, or of a way out."""
    match entry.runtime_data:
        case HubRuntime() as hub:
            async_add_entities([AcknowledgeAllButton(hub.summary, ACKNOWLEDGE_ALL)])
            _follow_people(hass, entry, hub.engine, async_add_entities)
        case ModemRuntime() as modem:
            async_add_entities([LoopbackButton(modem, TEST), RestartButton(modem, RESTART)])
        case ProviderRuntime() as provider:
            async_add_entities([CheckButton(provider, TEST)])


@callback
def _follow_people(
    hass: HomeAssistant,
    entry: ConfigEntry,
    engine: AlertEngine,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a button for everybody, and from now on for everybody who is added later."""
    known: set[str] = set()

    @callback
    def add_new() -> None:
        people = {person.subentry_id: person for person in entry.get_subentries_of_type(SUBENTRY_PERSON)}
        for subentry_id in people.keys() - known:
            button = RehearsalButton(
                engine, people[subentry_id], person_device(hass, entry, people[subentry_id])
            )
            async_add_entities([button], config_subentry_id=subentry_id)
        known.clear()
        known.update(people)

    add_new()
    entry.async_on_unload(async_dispatcher_connect(hass, SIGNAL_PEOPLE_CHANGED, add_new))


class AcknowledgeAllButton(HubEntity, ButtonEntity):
    """Takes over every alarm that nobody has taken."""

    @override
    async def async_press(self) -> None:
        by = await name_of_caller(self.hass, self._context)
        request = AlarmAcknowledge(by=by, all_open=True)
        await translated(self.coordinator.engine.acknowledge(request))


class RehearsalButton(ButtonEntity):
    """Sends a person a test, and waits for the answer."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, engine: AlertEngine, person: ConfigSubentry, device: DeviceInfo) -> None:
        self.entity_description = REHEARSAL
        self._engine = engine
        self._person = recipient_id(person)
        self._attr_unique_id = f"{person.subentry_id}_{REHEARSAL.key}"
        self._attr_device_info = device

    @override
    async def async_press(self) -> None:
        await translated(self._engine.rehearsing.test_person(self._person))


class _RouteButton(RouteEntity, ButtonEntity):
    """Asks something of a way out, which must be there for it."""

    @property
    @override
    def available(self) -> bool:
        return self.is_connected


class LoopbackButton(_RouteButton):
    """Lets a modem write to its own number."""

    @override
    async def async_press(self) -> None:
        await translated(self._engine.rehearsing.loop_back(self._route))


class RestartButton(RouteEntity, ButtonEntity):
    """Restarts a modem, also one that is not well: that is when somebody wants it."""

    def __init__(self, runtime: ModemRuntime, description: ButtonEntityDescription) -> None:
        super().__init__(runtime, description)
        self._services = runtime.messages.services

    @override
    async def async_press(self) -> None:
        try:
            await translated(self._services.restart())
        except ModemServiceError as error:
            raise not_done(self.hass, "modem_refused", error) from error


class CheckButton(RouteEntity, ButtonEntity):
    """Looks whether an account works, also one that did not: somebody may have mended it."""

    def __init__(self, runtime: ProviderRuntime, description: ButtonEntityDescription) -> None:
        super().__init__(runtime, description)
        self._way = runtime.way

    @override
    async def async_press(self) -> None:
        if (refused := await self._way.check()) is not None:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="check_failed",
                translation_placeholders={"reason": refused.reason},
            )
