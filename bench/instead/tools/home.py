"""Home Assistant with a gammu script: a webhook, an automation, and its own `notify` by a command line."""

from __future__ import annotations

import json

from bench.driver.stand import PHONE
from bench.instead.tools.asking import post
from bench.instead.tools.tool import Program
from scripts.lib.demo.configuration import ALL_BUT_THE_USER, http_storage, onboarding_storage
from scripts.lib.demo.place import free_port
from scripts.lib.environment import environment_python

START_TIMEOUT = 180.0  # seconds; 10 on an idle machine
COMMAND_TIMEOUT = 60  # seconds; five segments take 4
GAMMU = """\
[gammu]
device = {port}
connection = at115200
"""
# Queued: a program at a time has the modem. Without it, alarms that come together fall to `mode: single`.
YAML = """\
homeassistant:
  name: Home
webhook:
automation:
  - alias: Alarm by SMS
    mode: queued
    max: 1000
    triggers:
      - trigger: webhook
        webhook_id: alarm
        allowed_methods: [POST]
        local_only: true
    actions:
      - action: notify.sms
        data:
          message: "{{{{ trigger.json.text }}}}"
command_line:
  - notify:
      name: sms
      command: gammu -c {gammurc} sendsms TEXT {number} -autolen 1000
      command_timeout: {within}
logger:
  default: warning
  logs:
    homeassistant.bootstrap: info
"""


class HomeAssistantScript(Program):
    """An alarm is handed over when the webhook has answered."""

    patience = 30.0

    def __init__(self) -> None:
        super().__init__()
        self._port = free_port()

    async def start(self, port: str) -> None:
        """Wait until it is set up."""
        self._write(port)
        hass = str(environment_python("demo").with_name("hass"))
        words = ("--config", str(self.folder), "--log-no-color", "--skip-pip")
        await self.launch(hass, *words, LC_ALL="C.UTF-8")  # gammu reads the text as the locale says
        await self.until(lambda said: "initialized in" in said, within=START_TIMEOUT)

    def _write(self, port: str) -> None:
        gammurc = self.folder / "gammurc"
        gammurc.write_text(GAMMU.format(port=port))
        yaml = YAML.format(gammurc=gammurc, number=PHONE, within=COMMAND_TIMEOUT)
        (self.folder / "configuration.yaml").write_text(yaml)
        storage = self.folder / ".storage"
        if not storage.exists():
            storage.mkdir()
            (storage / "http").write_text(json.dumps(http_storage(self._port)))
            (storage / "onboarding").write_text(json.dumps(onboarding_storage(ALL_BUT_THE_USER)))

    async def give(self, index: int, text: str) -> bool:
        """One request."""
        del index
        return await post(self._port, "/api/webhook/alarm", json.dumps({"text": text}).encode()) == 200

    async def gave_up(self) -> set[int]:
        """It writes a line that does not say which."""
        return set()

    async def settle(self) -> None:
        """Its queue cannot be seen."""
