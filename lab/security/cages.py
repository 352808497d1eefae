"""The canaries of a run of the daemon, the configuration that holds them, and where each may stand."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from alert_engine.intake.http import PREFIX
from lab.parts.names import ANNA

from .canaries import Canary, a_number, a_pin, a_secret, a_text
from .scan import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

BEN = "ben"
KEYWORD = "note"
_NUMBERS = "number of *"
_TEXTS = ("alarm *", "text *", "words *", "parameter *", "mail address *")
_JOURNAL = "journal.db*"


@dataclass(frozen=True, kw_only=True)
class Canaries:
    """One for each thing that a gateway is told."""

    ben: Canary
    stranger: Canary
    recipient: Canary
    caller: Canary
    title: Canary
    text: Canary
    label: Canary
    sent: Canary
    words: Canary
    chat: Canary
    note: Canary
    refused: Canary
    address: Canary
    sim_pin: Canary
    pin: Canary
    wrong_pin: Canary
    broker: Canary
    bearer: Canary
    basic: Canary
    hmac: Canary
    path: Canary
    form: Canary
    provider: Canary
    callback: Canary
    server: Canary
    ping: Canary

    def __iter__(self) -> Iterator[Canary]:
        """All of them."""
        return (getattr(self, each.name) for each in fields(self))


def canaries_of(random: Random) -> Canaries:
    """New ones."""
    return Canaries(
        ben=a_number(random, "number of a person"),
        stranger=a_number(random, "number of a stranger", "+44"),
        recipient=a_number(random, "number of a recipient"),
        caller=a_number(random, "number of a caller"),
        title=a_text(random, "alarm title"),
        text=a_text(random, "alarm text"),
        label=a_text(random, "alarm label"),
        sent=a_text(random, "text of a message"),
        words=a_text(random, "words of a stranger"),
        chat=a_text(random, "words of a person"),
        note=a_text(random, "parameter of a keyword"),
        refused=a_text(random, "refused payload"),
        address=a_text(random, "mail address of a person"),
        sim_pin=a_pin(random, "PIN of the SIM", 8),
        pin=a_pin(random, "PIN of a person"),
        wrong_pin=a_pin(random, "wrong PIN"),
        broker=a_secret(random, "password of the broker"),
        bearer=a_secret(random, "token of an endpoint", is_plain=True),
        basic=a_secret(random, "password of an endpoint"),
        hmac=a_secret(random, "key of an endpoint"),
        path=a_secret(random, "secret path of an endpoint", is_plain=True),
        form=a_secret(random, "field of an endpoint"),
        provider=a_secret(random, "token of a provider", is_plain=True),
        callback=a_secret(random, "secret path of callbacks", is_plain=True),
        server=a_secret(random, "password of a mail server"),
        ping=a_secret(random, "secret path of the watchdog", is_plain=True),
    )


def path_secret(found: Canaries) -> str:
    """As long as it has to be: a path is all that there is."""
    return f"{found.path.value}-more"


def sections(found: Canaries, *, provider: dict[str, Any], mail_port: int, ping: str) -> dict[str, Any]:
    """What the configuration has beside the plant's own."""
    address = {"channel": "email", "value": mail_address(found)}
    ben = {
        "id": BEN,
        "name": "Ben",
        "addresses": [{"channel": "sms", "value": found.ben.value}, address],
        "can_command": True,
    }
    policy = {"steps": [{"notify": ["anna", BEN]}, {"notify": [BEN], "channels": ["email"]}]}
    mail = {
        "name": "post",
        "type": "smtp",
        "host": "127.0.0.1",
        "port": mail_port,
        "security": "none",
        "sender": "gateway@example.org",
        "username": "gateway",
        "password": found.server.value,
    }
    keyword = {
        "name": KEYWORD,
        "words": ["NOTE"],
        "tier": 2,
        "parameters": [{"name": "words", "kind": "text"}],
    }
    return {
        "people": [{"id": "anna", "name": "Anna", "phone": ANNA, "calls": False}, ben],
        "policies": {"critical": policy},
        "providers": [provider, mail],
        "commands": {"keywords": [keyword]},
        "supervision": {"ping": {"url": f"{ping}/ping/{found.ping.value}", "every": "10s"}},
    }


def mail_address(found: Canaries) -> str:
    """Of Ben."""
    return f"{found.address.value}@example.org"


def endpoints(found: Canaries) -> list[dict[str, Any]]:
    """One for each way of proof."""
    auth = {
        "bearer": {"type": "bearer", "secret": found.bearer.value},
        "basic": {"type": "basic", "username": "plc", "secret": found.basic.value},
        "hmac": {"type": "hmac", "secret": found.hmac.value},
        "path": {"type": "path", "secret": path_secret(found)},
        "field": {"type": "field", "secret": found.form.value},
    }
    return [{"name": name, "format": "generic", "auth": each} for name, each in auth.items()]


def target_of(name: str, found: Canaries) -> str:
    """Where an endpoint is."""
    return f"{PREFIX}/{name}" + (f"/{path_secret(found)}" if name == "path" else "")


RULES = (
    Rule(canaries=("*",), places=("gateway.yaml",), why="whoever configures a gateway writes it there"),
    Rule(
        canaries=(_NUMBERS, *_TEXTS),
        places=(_JOURNAL,),
        why="the journal is the one place where numbers and texts are kept",
    ),
    Rule(
        canaries=("alarm *",),
        places=("mqtt: */out/alarm/*",),
        why="dashboards show alarms; rights of the broker say to whom",
    ),
    Rule(
        canaries=("parameter of a keyword",),
        places=("mqtt: */out/keyword/*",),
        why="whoever carries a keyword out needs its parameters",
    ),
    Rule(
        canaries=("alarm *", "text of a message", "parameter of a keyword"),
        places=("command: status*", "command: alarms*", "command: messages*", "command: export"),
        why="texts are shown to the journal's owner who asks for them; numbers are masked",
    ),
)
