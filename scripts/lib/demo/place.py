"""Where the demo keeps its things, and what it must remember from one start to the next."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from scripts.lib.environment import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a second start needs: Home Assistant's configuration names both ports."""

    http_port: int
    mqtt_port: int
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """One folder with everything the demo writes."""

    folder: Path

    @property
    def config(self) -> Path:
        """Home Assistant's configuration folder."""
        return self.folder / "home_assistant"

    @property
    def modem(self) -> Path:
        """The simulated modem's serial port, a link to a pty."""
        return self.folder / "modem"

    @property
    def facts(self) -> Path:
        """The file of the `Facts`."""
        return self.folder / "demo.json"

    def log(self, name: str) -> Path:
        """The log of one of the programs."""
        return self.folder / f"{name}.log"

    def clear(self) -> None:
        """Forget everything of earlier starts."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def load_facts(self) -> Facts | None:
        """What the last start left; None if this is the first, or if another program took a port since."""
        try:
            facts = Facts(**json.loads(self.facts.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return facts if is_free(facts.http_port) and is_free(facts.mqtt_port) else None

    def save_facts(self, facts: Facts) -> None:
        """Remember for the next start; only the owner may read it, it holds the password."""
        self.facts.touch(mode=0o600)
        self.facts.write_text(json.dumps(asdict(facts)))


def usual_place() -> Place:
    """Kept from start to start, so that the second one takes seconds."""
    return Place(ROOT / ".cache" / "demo")


def fresh_place() -> Place:
    """For the check: nothing from before is in it."""
    place = Place(ROOT / ".cache" / "demo-check")
    place.clear()
    return place


def new_facts() -> Facts:
    """Two ports that are free now, and a new password."""
    return Facts(http_port=free_port(), mqtt_port=free_port(), password=secrets.token_urlsafe(9))


def free_port() -> int:
    """A TCP port of the loopback interface that nobody uses."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Nobody listens on this port of the loopback interface."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
