"""python-gsmmodem-new in a loop, in a script that reads alarms from a pipe."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from bench.driver.client import START_TIMEOUT
from bench.driver.stand import PHONE
from bench.instead.tools.tool import Program

SCRIPT = Path(__file__).with_name("send_lines.py")


class Script(Program):
    """What was written to the pipe is handed over; what the script had not read when it died is gone."""

    patience = 3.0

    async def start(self, port: str) -> None:
        """Wait until it has the modem."""
        stdin = asyncio.subprocess.PIPE
        await self.launch(sys.executable, str(SCRIPT), port, PHONE, stdin=stdin, PYTHONWARNINGS="ignore")
        await self.until(lambda said: "ready" in said, within=START_TIMEOUT)

    async def give(self, index: int, text: str) -> bool:
        """One line."""
        del index
        if self.process is None or self.process.stdin is None or self.process.returncode is not None:
            return False
        try:
            self.process.stdin.write(text.encode() + b"\n")
            await self.process.stdin.drain()
        except ConnectionError:
            return False
        return True

    async def gave_up(self) -> set[int]:
        """It says so, and goes on with the next one."""
        return {int(each) for each in re.findall(r"(?m)^not sent: (\d{5}) ", self.log.read_text())}

    async def settle(self) -> None:
        """It has nothing that could be seen."""
