"""Ours: the daemon, with nothing configured but a modem and a way in."""

from __future__ import annotations

import asyncio
import json

from bench.driver.client import ROOT, START_TIMEOUT
from bench.driver.stand import PHONE
from bench.instead.tools.asking import post
from bench.instead.tools.tool import Program
from lab.parts.audit import is_settled
from scripts.lib.demo.place import free_port
from scripts.lib.environment import environment_python

DEVICES = 10  # each with its own way in: what one of them may ask is bounded to ten a second
TOKEN = "a-token-of-the-benchmark-0123456789"  # noqa: S105 - it opens a gateway that lives for seconds
_LOOK = 0.2  # seconds between looks at the journal


class Gateway(Program):
    """Texts come by HTTP and are confirmed by 202, which is after the commit."""

    patience = 150.0

    def __init__(self) -> None:
        super().__init__()
        self._port = free_port()

    async def start(self, port: str) -> None:
        """Wait until it has the modem."""
        file = self.folder / "gateway.yaml"
        file.write_text(json.dumps(self._configuration(port)))
        python = str(environment_python("test"))
        command = (python, "-m", "alert_engine.daemon", "run", str(file))
        await self.launch(*command, PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1")
        await self.until(lambda said: "route stick: ok" in said, within=START_TIMEOUT)

    def _configuration(self, port: str) -> dict[str, object]:
        way = {"format": "send", "auth": {"type": "bearer", "secret": TOKEN}}
        endpoints = [{"name": f"device{number}", **way} for number in range(DEVICES)]
        return {
            "gateway": "bench",
            "journal": "journal.db",
            "modems": [{"name": "stick", "port": port}],
            "people": [{"id": "anna", "name": "Anna", "phone": PHONE}],
            "http": {"bind": "127.0.0.1", "port": self._port, "endpoints": endpoints},
        }

    async def give(self, index: int, text: str) -> bool:
        """One request."""
        body = json.dumps({"to": "anna", "text": text, "id": str(index)}).encode()
        path = f"/api/alert_gateway/v1/device{index % DEVICES}"
        return await post(self._port, path, body, f"Authorization: Bearer {TOKEN}") == 202

    async def gave_up(self) -> set[int]:
        """It does not."""
        return set()

    async def settle(self) -> None:
        """Until the journal holds nothing that is to be sent, or in doubt."""
        journal = self.folder / "journal.db"
        while not is_settled(journal):  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(_LOOK)
