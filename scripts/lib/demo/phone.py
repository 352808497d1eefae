"""The simulated phone, held by the control channel of the simulated modem and its network."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gsm_driver.simulator import ControlClient

from .child import DemoError

if TYPE_CHECKING:
    from pathlib import Path

    from .child import Child

START_TIMEOUT = 15.0  # seconds until the simulator offers its control channel; usually under 1
POLL_INTERVAL = 0.1  # seconds between tries to connect


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """A whole message in the phone's inbox."""

    text: str
    segments: int


class Handset(Protocol):
    """A phone as the story uses it."""

    async def switch_on(self) -> None:
        """Hear of messages from now on."""

    async def receive(self, limit: float | None, what: str = "a message") -> Sms:
        """The next message that arrives, within `limit` seconds."""

    async def send(self, text: str) -> None:
        """Send a text to the modem."""


def modem_command(port: Path, control: int, number: str) -> tuple[str, ...]:
    """What starts the simulator, for a Python."""
    return ("-m", "gsm_driver.simulator", "--pty", str(port), "--control", str(control), "--phone", number)


class Phone:
    """One phone in the simulated network."""

    def __init__(self, client: ControlClient, number: str) -> None:
        self._client = client
        self._number = number

    @classmethod
    async def take(cls, control: int, number: str, modem: Child) -> Phone:
        """Connect as soon as the simulator offers its control channel."""
        try:
            async with asyncio.timeout(START_TIMEOUT):
                client = await _connect(control, modem)
        except TimeoutError:
            raise DemoError(f"the simulated modem does not start:\n{modem.log_tail()}") from None
        return cls(client, number)

    async def close(self) -> None:
        """Let go of the simulator."""
        await self._client.close()

    async def receive(self, limit: float | None, what: str = "a message") -> Sms:
        """The next message that arrives, within `limit` seconds."""
        wait = limit if limit is not None else float("inf")
        try:
            event = await self._client.next_event("delivered", number=self._number, within=wait)
        except TimeoutError:
            raise DemoError(f"{what} did not reach the phone within {wait:.0f} s") from None
        return Sms(text=event["text"], segments=event["segments"])

    async def switch_on(self) -> None:
        """Hear of messages from now on."""
        await self._client.listen()

    async def send(self, text: str) -> None:
        """Send a text to the modem."""
        await self._client.call("text", number=self._number, text=text)


async def _connect(control: int, modem: Child) -> ControlClient:
    while True:
        try:
            return await ControlClient.connect(control)
        except ConnectionError:
            modem.require_alive()
            await asyncio.sleep(POLL_INTERVAL)
