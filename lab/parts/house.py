"""A running Home Assistant with the release zip, a broker, and a modem whose network the run has in hand.

Home Assistant is that of the environment `demo`: a row that needs it says `Need.HOME_ASSISTANT`. The row
itself may run in that environment too (``environment="demo"``), or beside a plant in the laboratory's own.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scripts.lib.demo.phone import Sms
from scripts.lib.demo.place import Place
from scripts.lib.demo.stage import Builder, Stage, set_up, wait_until_it_can_send
from scripts.lib.demo.telling import Telling
from scripts.lib.environment import environment_python

from .audit import is_settled
from .names import ANNA, SOURCE
from .radio import a_radio

if TYPE_CHECKING:
    import signal
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from lab.ledger import Ledger
    from scripts.lib.demo.child import Child
    from scripts.lib.demo.home_assistant import HomeAssistant

    from .radio import Radio

HOME_ASSISTANT = "home_assistant"  # the name of its process and of its log
_LOOK = 0.05  # seconds between two looks at the journal


class _Handset:
    """The phone as the stage knows it; rows look at the radio instead."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio

    async def switch_on(self) -> None:
        """It is on."""

    async def receive(self, limit: float | None, what: str = "a message") -> Sms:
        """The next message that arrives."""
        inbox = self._radio.phone.inbox
        count = len(inbox)
        await self._radio.until(lambda: len(inbox) > count, what, within=limit or float("inf"))
        return Sms(text=inbox[count].text, segments=len(inbox[count].segments))

    async def send(self, text: str) -> None:
        """Write to the modem."""
        self._radio.network.deliver_sms(ANNA, text)


class _Builder(Builder):
    """The stage of the demo, with a modem in the process of the run, and programs that can be killed."""

    person_number = ANNA
    radio: Radio
    prepare: Callable[[Path], None] | None = None

    async def build(self) -> Stage:
        """Remember what runs."""
        self.programs: dict[str, Child] = {}
        return await super().build()

    async def _start_home_assistant(self) -> HomeAssistant:
        if self.prepare is not None and HOME_ASSISTANT not in self.programs:
            self.prepare(self._place.config)
        return await super()._start_home_assistant()

    async def start_modem(self) -> _Handset:
        """Plug it in."""
        self.radio = self._stack.enter_context(a_radio(self._place.modem))
        return _Handset(self.radio)

    async def run(self, name: str, *command: str, **options: Any) -> Child:
        """As in the demo, and in its environment, whichever the row runs in."""
        if name == HOME_ASSISTANT:
            command = (str(environment_python("demo").with_name("hass")), *command[1:])
        self.programs[name] = await super().run(name, *command, **options)
        return self.programs[name]

    async def start_again(self) -> HomeAssistant:
        """Home Assistant, on what it left."""
        home_assistant = await self._start_home_assistant()
        await self._log_in(home_assistant, is_new=False)
        return home_assistant

    async def start_without_us(self, *options: str) -> None:
        """Home Assistant as it starts when it trusts nobody: until its web server answers."""
        self.fetching, usual = (*self.fetching, *options), self.fetching
        await self._start_home_assistant()
        self.fetching = usual


@dataclass(kw_only=True)
class House:
    """Home Assistant and what is around it.

    Attributes:
        stage: its API (`stage.home_assistant`), and what is seen on MQTT (`stage.mqtt`).
        radio: the modem, its network and Anna's phone.
        ledger: what the broker confirmed, and actions that returned, go there.
    """

    folder: Path
    stage: Stage
    radio: Radio
    ledger: Ledger
    home_assistant: HomeAssistant
    _builder: _Builder

    @property
    def journal(self) -> Path:
        """The gateway's journal."""
        return self.folder / HOME_ASSISTANT / "alert_gateway" / "journal.db"

    @property
    def log(self) -> str:
        """What Home Assistant wrote so far; of its last start."""
        return (self.folder / f"{HOME_ASSISTANT}.log").read_text(encoding="utf-8", errors="replace")

    async def publish(self, key: str, title: str, *, within: float | None = None, **fields: Any) -> None:
        """A source raises on MQTT; returns when the broker has it, which is a promise."""
        alarm = {"event": "raise", "severity": "critical", "id": f"raise-{key}", "title": title, **fields}
        await self.stage.mqtt.publish(f"in/alarm/{SOURCE}/{key}", alarm)
        self._accepted(key, title, within)

    async def raise_alarm(self, key: str, title: str, *, within: float | None = None, **fields: Any) -> None:
        """An automation raises by the action; that it returned is a promise."""
        await self.act("raise_alarm", key=key, title=title, **{"severity": "critical", **fields})
        self._accepted(key, title, within)

    async def act(self, action: str, **data: Any) -> Any:
        """Any action of ours."""
        return await self.home_assistant.post(f"/api/services/alert_gateway/{action}", data)

    async def add_policy(self, name: str, steps: list[dict[str, Any]]) -> None:
        """Fill in the form of a policy: what it is for, and its steps, in the words of the form."""
        home_assistant = self.home_assistant
        hub = await home_assistant.wait_for_entry("alert_gateway", _has_policies)
        forms: list[dict[str, Any]] = [{"name": name}, {"ladder": {"steps": steps}}]
        await home_assistant.run_subentry_flow(hub["entry_id"], "policy", forms)

    async def run(self, name: str, *command: str) -> Path:
        """Start a program beside it, which ends with the house; returns its log."""
        await self._builder.run(name, *command)
        return self.folder / f"{name}.log"

    def kill(self) -> None:
        """Home Assistant dies as by the kernel's hand."""
        self._builder.programs[HOME_ASSISTANT]._process.kill()  # noqa: SLF001 - the demo never kills

    async def stop(self) -> None:
        """Home Assistant is asked to end."""
        await self._builder.programs[HOME_ASSISTANT].stop()

    async def start(self) -> None:
        """Start it again on what it left, and wait until the gateway can send."""
        self.home_assistant = await self._builder.start_again()
        await wait_until_it_can_send(self.stage.mqtt)

    async def start_without_us(self, *options: str) -> None:
        """Start it so that it loads no custom integration: ``--recovery-mode``, ``--safe-mode``."""
        await self._builder.start_without_us(*options)

    def signal(self, number: signal.Signals) -> None:
        """Send it to Home Assistant."""
        self._builder.programs[HOME_ASSISTANT]._process.send_signal(number)  # noqa: SLF001 - as `kill`

    async def ends(self, within: float) -> bool:
        """Whether Home Assistant ends by itself so soon."""
        process = self._builder.programs[HOME_ASSISTANT]._process  # noqa: SLF001 - the same
        try:
            async with asyncio.timeout(within):
                await process.wait()
        except TimeoutError:
            return False
        return True

    async def settled(self, *, within: float = 180.0) -> None:
        """Wait until the journal holds nothing any more that is to be sent. A digest waits two minutes."""
        async with asyncio.timeout(within):
            while not is_settled(self.journal):
                await asyncio.sleep(_LOOK)

    async def kept(self, *, within: float = 60.0) -> None:
        """Wait until Home Assistant has its entries on the disk; killed before, it would not know them."""
        file = self.folder / HOME_ASSISTANT / ".storage" / "core.config_entries"
        async with asyncio.timeout(within):
            while not file.exists() or ANNA not in file.read_text(encoding="utf-8"):
                await asyncio.sleep(_LOOK)

    def _accepted(self, key: str, title: str, within: float | None) -> None:
        now = asyncio.get_running_loop().time()
        self.ledger.accept(f"raise-{key}", title, ANNA, at=now, within=within)


def _has_policies(entry: dict[str, Any]) -> bool:
    return entry["state"] == "loaded" and "policy" in entry.get("supported_subentry_types", {})


@asynccontextmanager
async def a_house(
    folder: Path, ledger: Ledger, prepare: Callable[[Path], None] | None = None
) -> AsyncIterator[House]:
    """Home Assistant runs, its gateway has a modem, and Anna is told of everything.

    Args:
        folder: new, for everything.
        ledger: of the run.
        prepare: changes Home Assistant's configuration folder before its first start.
    """
    built: list[_Builder] = []

    class Remembered(_Builder):
        async def build(self) -> Stage:
            built.append(self)
            self.prepare = prepare
            return await super().build()

    async with set_up(Place(folder), Telling(), Remembered) as stage:
        house = House(
            folder=folder,
            stage=stage,
            radio=built[0].radio,
            ledger=ledger,
            home_assistant=stage.home_assistant,
            _builder=built[0],
        )
        await house.kept()
        yield house
