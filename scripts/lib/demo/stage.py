"""Everything that the story needs, started and set up: broker, modem, Home Assistant with the release zip."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from scripts.lib.environment import ROOT

from . import broker
from .child import Child, DemoError
from .configuration import ALL_BUT_THE_USER, install_integration, write_configuration
from .home_assistant import HomeAssistant
from .mqtt import Listener, Seen
from .phone import Phone, modem_command
from .place import Facts, Place, free_port, new_facts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from .phone import Handset
    from .telling import Telling

USER = "demo"
PERSON = "Anna"
PERSON_NUMBER = "+436641234567"
TOPIC_ROOT = "alert_gateway/home"
OURS_ARE_NEWER = "pymicro-vad,pyspeex-noise"  # what Home Assistant pins would be compiled for minutes
STATUS_TIMEOUT = 60.0  # seconds until the gateway is online and its modem registered; usually 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the story plays on."""

    home_assistant: HomeAssistant
    mqtt: Listener
    phone: Handset
    port: str  # of the modem: a path or an address
    facts: Facts


@asynccontextmanager
async def set_up(place: Place, tell: Telling, builder: type[Builder] | None = None) -> AsyncIterator[Stage]:
    """Start everything, and end it again whatever happens."""
    facts = place.load_facts()
    if facts is None:
        place.clear()
        place.folder.mkdir(parents=True)
        facts = new_facts()
        place.save_facts(facts)
    async with AsyncExitStack() as stack:
        yield await (builder or Builder)(place, facts, tell, stack).build()


class Builder:
    """Starts one thing after the other; what it started is ended by the stack, in reverse order.

    The end-to-end tests put another broker and another modem in the place of these; the story in the browser
    does by hand what `furnish` does.
    """

    person_number = PERSON_NUMBER
    onboarding_done: Sequence[str] = ALL_BUT_THE_USER
    fetching: Sequence[str] = ("--skip-pip-packages", OURS_ARE_NEWER)

    def __init__(self, place: Place, facts: Facts, tell: Telling, stack: AsyncExitStack) -> None:
        self._place = place
        self._facts = facts
        self._tell = tell
        self._stack = stack
        self._device = str(place.modem)

    async def build(self) -> Stage:
        """Start and set up everything."""
        built = install_integration(self._place.config)
        self._tell.fact(f"built {built.name} and unpacked it as HACS does")
        await self.start_broker()
        phone = await self.start_modem()
        is_new = write_configuration(
            self._place.config, http_port=self._facts.http_port, onboarding_done=self.onboarding_done
        )
        home_assistant = await self._start_home_assistant()
        mqtt = Listener(self._facts.mqtt_port, TOPIC_ROOT)
        self._stack.callback(mqtt.close)
        await mqtt.connect()
        stage = Stage(
            home_assistant=home_assistant, mqtt=mqtt, phone=phone, port=self._device, facts=self._facts
        )
        await self.furnish(stage, is_new=is_new)
        return stage

    async def furnish(self, stage: Stage, *, is_new: bool) -> None:
        """Log in, add what is not there yet, and wait until an alarm can be raised."""
        home_assistant = stage.home_assistant
        await self._log_in(home_assistant, is_new=is_new)
        if is_new:
            await self._add_integrations(home_assistant)
        await home_assistant.post("/api/services/persistent_notification/dismiss_all", {})
        await self._require_actions(home_assistant)
        await wait_until_it_can_send(stage.mqtt)
        self._tell.fact("the gateway is online; its modem is registered with the simulated network")

    async def run(self, name: str, *command: str, cwd: Path = ROOT) -> Child:
        """Start a program that ends with the stage."""
        child = await Child.start(name, command, self._place.log(name), cwd=cwd)
        self._stack.push_async_callback(child.stop)
        return child

    async def start_broker(self) -> None:
        """Have a broker on the stage's port."""
        configuration = self._place.folder / "broker.toml"
        broker.write_configuration(configuration, self._facts.mqtt_port)
        await self.run("broker", sys.executable, "-m", "scripts.lib.demo.broker", str(configuration))
        self._tell.fact(f"the MQTT broker listens on 127.0.0.1:{self._facts.mqtt_port}")

    async def start_modem(self) -> Handset:
        """Have a modem, and the phone of the one person in its network."""
        control = free_port()
        command = modem_command(self._place.modem, control, self.person_number)
        modem = await self.run("modem", sys.executable, *command)
        phone = await Phone.take(control, self.person_number, modem)
        self._stack.push_async_callback(phone.close)
        self._tell.fact(f"the simulated modem is at {self._place.modem.relative_to(ROOT, walk_up=True)}")
        return phone

    async def _start_home_assistant(self) -> HomeAssistant:
        hass = str(Path(sys.executable).with_name("hass"))
        config = self._place.config
        command = (hass, "--config", str(config), "--log-no-color", *self.fetching)
        process = await self.run("home_assistant", *command, cwd=config)
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        home_assistant = HomeAssistant(session, f"http://127.0.0.1:{self._facts.http_port}", process)
        await home_assistant.wait_until_it_answers()
        return home_assistant

    async def _log_in(self, home_assistant: HomeAssistant, *, is_new: bool) -> None:
        if is_new:
            await home_assistant.make_first_user(name=USER, password=self._facts.password)
        else:
            await home_assistant.log_in(name=USER, password=self._facts.password)
        await home_assistant.wait_until_it_runs()
        version = (await home_assistant.get("/api/config"))["version"]
        self._tell.fact(f"Home Assistant {version} runs")

    async def _add_integrations(self, home_assistant: HomeAssistant) -> None:
        """Fill in the forms that a person would."""
        await add_mqtt(home_assistant, self._facts.mqtt_port)
        modem = {"device": self._device, "advanced": {"baudrate": "115200"}}
        no_trial: dict[str, str] = {}  # no test message: the story sends enough of them
        entry = await home_assistant.run_flow("alert_gateway", [{"next_step_id": "modem"}, modem, no_trial])
        self._tell.fact(f"added the modem by its form: {entry['title']}")
        hub = await home_assistant.wait_for_entry("alert_gateway", _is_hub)
        person = {"name": PERSON, "phone": self.person_number, "can_acknowledge": True}
        await home_assistant.run_subentry_flow(hub["entry_id"], "person", [person])
        self._tell.fact(f"added {PERSON}, {self.person_number}")

    @staticmethod
    async def _require_actions(home_assistant: HomeAssistant) -> None:
        """Without the descriptions of all actions, the web pages stay at "Loading …"."""
        described = {
            domain["domain"]: domain["services"] for domain in await home_assistant.get("/api/services")
        }
        if not described.get("alert_gateway"):
            raise DemoError("Home Assistant does not know the actions of Alert Gateway")


async def add_mqtt(home_assistant: HomeAssistant, port: int) -> None:
    """Add Home Assistant's own MQTT integration, by its form."""
    no_extras = {"set_client_cert": False, "set_ca_cert": "off", "transport": "tcp"}
    broker = {"broker": "127.0.0.1", "port": port, "other_settings": no_extras}
    await home_assistant.run_flow("mqtt", [broker])


async def wait_until_it_can_send(mqtt: Listener) -> None:
    """Wait for what the gateway says of itself and of its modem."""
    await mqtt.wait_for(_is_online, STATUS_TIMEOUT, "status online")
    await mqtt.wait_for(_is_working_route, STATUS_TIMEOUT, "a modem that can send")


def _is_hub(entry: dict[str, object]) -> bool:
    return entry["state"] == "loaded" and "person" in str(entry.get("supported_subentry_types"))


def _is_online(seen: Seen) -> bool:
    return seen.topic == f"{TOPIC_ROOT}/status" and seen.payload == "online"


def _is_working_route(seen: Seen) -> bool:
    return seen.topic.startswith(f"{TOPIC_ROOT}/out/route/") and seen.json().get("state") == "ok"
