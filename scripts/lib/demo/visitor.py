"""The person in front of the demo: may answer as the phone, raise and clear the alarm, until Ctrl-C."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from .stage import PERSON
from .story import CLEAR, RAISE

if TYPE_CHECKING:
    from .stage import Stage
    from .story import Story
    from .telling import Telling

REPLY_TIMEOUT = 60.0  # seconds for a person to type a reply; then the expected one is sent
UNATTENDED_PAUSE = 2.0  # seconds that the phone lies on the table when nobody can type

INVITATION = f"""\
Now it is yours. Type
    alarm    the pump reports water again
    clear    the water is gone
    (else)   {PERSON} sends this text to the modem, for example OK
Ctrl-C ends everything."""


class Visitor:
    """Types at the terminal, if there is one."""

    def __init__(self, tell: Telling) -> None:
        self._tell = tell
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._is_here = sys.stdin.isatty()
        if self._is_here:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read)

    def _read(self) -> None:
        line = sys.stdin.readline()
        if not line:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        self._lines.put_nowait(line.strip())

    async def choose_reply(self, expected: str) -> str:
        """What the phone shall answer."""
        if not self._is_here:
            await asyncio.sleep(UNATTENDED_PAUSE)
            return expected
        self._tell.fact(f"your turn: press Enter to answer '{expected}' as {PERSON} (or wait a minute)")
        try:
            return await asyncio.wait_for(self._wait_for(expected), REPLY_TIMEOUT)
        except TimeoutError:
            return expected

    async def _wait_for(self, expected: str) -> str:
        while True:
            line = await self._lines.get()
            if not line or line.upper().startswith("OK"):
                return line or expected
            self._tell.fact(f"the story goes on with '{expected}' or 'OK'")

    async def play(self, stage: Stage, story: Story) -> None:
        """Do what is typed, show what arrives; ends only by being cancelled."""
        self._tell.act(INVITATION if self._is_here else "It goes on running. Ctrl-C ends everything.")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._show_messages(stage, story))
            tasks.create_task(self._obey(stage, story))

    async def _show_messages(self, stage: Stage, story: Story) -> None:
        while True:
            story.show_sms(await stage.phone.receive(None))

    async def _obey(self, stage: Stage, story: Story) -> None:
        while True:
            match await self._lines.get():
                case "":
                    continue
                case "alarm":
                    await story.publish(RAISE)
                case "clear":
                    await story.publish(CLEAR)
                case text:
                    self._tell.step("phone", f"{PERSON} sends: {text}")
                    await stage.phone.send(text)
