"""What a target is, and which there are."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CORPORA = Path(__file__).with_name("corpus")

NAMES = (
    "answers",
    "at_session",
    "callbacks",
    "config",
    "http_bodies",
    "inbound",
    "inbox",
    "mail",
    "mqtt",
    "pdu",
    "responses",
    "urc",
    "ussd",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One way in.

    Args:
        one: takes any octets; what it raises is a defect of the product. It keeps nothing between two calls.
        max_length: octets of an input that the guided search tries.
        longest: octets that the product lets in; seeds are stretched up to this.
        words: what inputs are made of; helps the search over what it would hardly find by itself.
    """

    one: Callable[[bytes], None]
    max_length: int = 512
    longest: int = 65_536
    words: tuple[bytes, ...] = ()


def load(name: str) -> Target:
    """The target of this name; it and what it tries are imported now."""
    found = import_module(f".targets.{name}", __package__).TARGET
    assert isinstance(found, Target)
    return found


def seeds_of(name: str, corpora: Path = CORPORA) -> list[bytes]:
    """The inputs that are kept for a target, always in the same order."""
    return [file.read_bytes() for file in sorted((corpora / name).glob("*")) if file.is_file()]
