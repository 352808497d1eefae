"""Starts the installed Home Assistant without a network, with what lies in its folder, and sends one message.

``python -I scripts/lib/offline_home.py FOLDER``, in any environment with Home Assistant and what the manifest
names. FOLDER holds ``custom_components/alert_gateway``, as the release zip unpacks it, and ``.storage/http``.
Every attempt to look up a name or to connect to anything but this machine is refused and noted. One line of
JSON on standard output tells what came of it, and what the event loop's time was spent on.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import logging
import sys
import time
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from homeassistant import auth, bootstrap, config_entries, core, loader
from homeassistant.const import __version__ as home_assistant_version
from homeassistant.setup import async_setup_component

DOMAIN = "alert_gateway"
NUMBER = "+436641234567"
TEXT = "Sent without a network"
PATIENCE = 60.0  # seconds until the message has arrived; 1 on an idle machine
# What a Home Assistant has anyway: its start is not ours.
BEFORE = (
    "homeassistant",
    "http",
    "websocket_api",
    "webhook",
    "usb",
    "repairs",
    "binary_sensor",
    "button",
    "event",
    "notify",
    "sensor",
)
HERE = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "")  # noqa: S104 - nothing is bound here


@dataclass(slots=True)
class LoopTime:
    """What the callbacks of the event loop took, in seconds."""

    wall: float = 0.0
    cpu: float = 0.0
    longest_cpu: float = 0.0
    longest: str = ""
    calls: int = 0

    def watch(self) -> None:
        """Count from now on, every callback and every step of a task."""
        run = asyncio.Handle._run  # noqa: SLF001 - asyncio offers no other place

        def counted(handle: asyncio.Handle) -> None:
            began, cpu_began = time.perf_counter(), time.thread_time()
            run(handle)
            cpu = time.thread_time() - cpu_began
            self.wall += time.perf_counter() - began
            self.cpu += cpu
            self.calls += 1
            if cpu > self.longest_cpu:
                task = getattr(getattr(handle, "_callback", handle), "__self__", handle)  # not in typeshed
                self.longest_cpu, self.longest = cpu, repr(task)[:400]

        asyncio.Handle._run = counted  # type: ignore[method-assign,assignment]  # noqa: SLF001 - the same

    def restart(self) -> None:
        """Count anew."""
        self.wall = self.cpu = self.longest_cpu = 0.0
        self.longest, self.calls = "", 0


@dataclass(slots=True)
class Noted:
    """What must not happen."""

    refused: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Listener(logging.Handler):
    """Keeps errors, and warnings of calls that block the loop."""

    def __init__(self, noted: Noted) -> None:
        super().__init__(logging.WARNING)
        self._noted = noted

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it, if it is one."""
        text = record.getMessage()
        if record.levelno >= logging.ERROR or "blocking call" in text:
            self._noted.complaints.append(f"{record.name}: {text}")


def cut_the_network(noted: Noted) -> None:
    """Refuse names and connections; Python asks before each."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            host = str(arguments[0] or "")
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            host = str(arguments[1][0])
        else:
            return
        if host not in HERE:
            noted.refused.append(f"{event} {host}")
            raise OSError(f"there is no network: {host}")

    sys.addaudithook(hook)


async def bare_home_assistant(folder: str) -> core.HomeAssistant:
    """Home Assistant with what it cannot do without."""
    home = core.HomeAssistant(folder)
    home.config.skip_pip = True
    home.config_entries = config_entries.ConfigEntries(home, {})
    loader.async_setup(home)
    await bootstrap.async_load_base_functionality(home)
    home.auth = await auth.auth_manager_from_config(home, [], [])
    for domain in BEFORE:
        if not await async_setup_component(home, domain, {}):
            raise SystemExit(f"{domain} cannot be set up")
    await home.async_start()
    await home.async_block_till_done()
    return home


def entry_of(title: str, unique_id: str, data: dict[str, Any], **more: Any) -> config_entries.ConfigEntry:
    """A config entry as a flow makes it."""
    return config_entries.ConfigEntry(
        version=1,
        minor_version=1,
        domain=DOMAIN,
        title=title,
        data=data,
        options=more.get("options", {}),
        source="user",
        unique_id=unique_id,
        discovery_keys=MappingProxyType({}),
        subentries_data=more.get("subentries", ()),
    )


def hub() -> config_entries.ConfigEntry:
    """The hub with one person."""
    person = {
        "data": {"name": "Anna", "phone": NUMBER, "can_acknowledge": True},
        "subentry_type": "person",
        "title": "Anna",
        "unique_id": f"person:{NUMBER}",
    }
    return entry_of("Home", "hub", {"kind": "hub"}, options={"country": "AT"}, subentries=(person,))


def modem() -> config_entries.ConfigEntry:
    """A simulated modem."""
    data = {"kind": "modem", "route": "modem_3809", "device": "simulator://modem0", "baudrate": 115200}
    data |= {"pin": None, "manufacturer": "Simulator", "model": "SIM1", "firmware": "1.0"}
    return entry_of("Simulator (…3809)", "356938035643809", data)


async def add(home: core.HomeAssistant, entry: config_entries.ConfigEntry) -> None:
    """Set an entry up."""
    await home.config_entries.async_add(entry)
    await home.async_block_till_done()
    if entry.state is not config_entries.ConfigEntryState.LOADED:
        raise SystemExit(f"{entry.title} is not loaded: {entry.state} {entry.reason}")


async def send(home: core.HomeAssistant, phone: Any, network: Any) -> None:
    """Have a message sent as an automation does, and wait for it."""
    arrived = asyncio.Event()
    leave = network.listen(lambda *_: arrived.set())
    call = {"entity_id": "notify.anna", "message": TEXT}
    await home.services.async_call("notify", "send_message", call, blocking=True)
    async with asyncio.timeout(PATIENCE):
        while not phone.texts:
            arrived.clear()
            await arrived.wait()
    leave()


async def play(folder: str) -> dict[str, Any]:
    """Do all of it; returns what came of it."""
    noted, spent = Noted(), LoopTime()
    cut_the_network(noted)
    logging.getLogger().addHandler(Listener(noted))
    home = await bare_home_assistant(folder)
    driver = f"custom_components.{DOMAIN}.gsm_driver.simulator"
    simulator = (await home.async_add_executor_job(importlib.import_module, driver)).create_simulator(
        "modem0"
    )
    phone = simulator.network.add_phone(NUMBER)
    noted.refused.clear()  # Home Assistant itself asks which of its addresses leads outside
    gc.collect()
    gc.freeze()  # what lay there before is not ours to look through
    spent.watch()
    spent.restart()
    await add(home, hub())
    await add(home, modem())
    start = {"wall": spent.wall, "cpu": spent.cpu, "longest_cpu": spent.longest_cpu, "longest": spent.longest}
    await send(home, phone, simulator.network)
    await home.async_stop(force=True)
    return {
        "version": home_assistant_version,
        "texts": list(phone.texts),
        "refused": noted.refused,
        "complaints": noted.complaints,
        "start": start,
        "longest_cpu": spent.longest_cpu,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(play(sys.argv[1]))))
