"""Who gets the alarms."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.driver.daemons import find_program
from bench.driver.roster import roster as clients
from bench.instead.tools.gateway import Gateway
from bench.instead.tools.home import HomeAssistantScript
from bench.instead.tools.script import Script
from bench.instead.tools.spooled import GammuFiles, GammuSqlite, SmstoolsFiles, why_no_sqlite
from scripts.lib.environment import environment_python, is_made

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.instead.tools.tool import Tool

OURS = "Alert Gateway"
GAMMU, LIBRARY = "gammu-smsd", "python-gsmmodem-new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One tool.

    Attributes:
        is_quick: it sends as fast as the modem allows; the others sleep between messages.
        takes_all: it gets all alarms; the others would take too long, and get fewer.
        missing: why it cannot be measured here; empty if it can.
    """

    name: str
    version: str
    make: Callable[[], Tool]
    is_quick: bool = False
    takes_all: bool = True
    missing: str = ""


def roster() -> list[Entry]:
    """All tools, ours first, those too that are not here."""
    there = {client.name: client for client in clients()}
    gammu, smstools = there[GAMMU], there["smstools3"]
    no_sqlite = gammu.missing or why_no_sqlite()
    no_home = _why_no_home()
    library = importlib.metadata.version(LIBRARY)
    return [
        Entry(name=OURS, version="this commit", make=Gateway, is_quick=True),
        Entry(name=f"{LIBRARY} in a loop", version=library, make=Script, is_quick=True),
        Entry(name=f"{GAMMU}, files", version=gammu.version, make=GammuFiles, missing=gammu.missing),
        Entry(
            name=f"{GAMMU}, SQLite",
            version=gammu.version,
            make=GammuSqlite,
            takes_all=False,
            missing=no_sqlite,
        ),
        Entry(name="smstools3", version=smstools.version, make=SmstoolsFiles, missing=smstools.missing),
        Entry(
            name="Home Assistant with a gammu script",
            version="" if no_home else f"{_home_assistant()}, gammu {gammu.version}",
            make=HomeAssistantScript,
            takes_all=False,
            missing=no_home,
        ),
    ]


def _why_no_home() -> str:
    if find_program("gammu") is None:
        return "gammu is not installed"
    return "" if is_made("demo") else "the environment demo, which has Home Assistant, is not made"


def _home_assistant() -> str:
    ask = "import importlib.metadata, json; print(json.dumps(importlib.metadata.version('homeassistant')))"
    command = [str(environment_python("demo")), "-c", ask]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return str(json.loads(told))
