"""USSD services of the simulated network: codes, and the menus behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conditions import NetworkConditions
    from .scheduler import Scheduler

STATUS_CLOSED, STATUS_REPLY_WANTED, STATUS_TERMINATED = 0, 1, 2  # <m> of +CUSD (27.007 clause 7.15)
STATUS_NOT_SUPPORTED = 4

TextCallback = Callable[[int, str], None]  # <m> and text


@dataclass(frozen=True, slots=True, kw_only=True)
class UssdMenu:
    """A text, and where each answer to it leads; without any the session is closed."""

    text: str = field(repr=False)
    choices: Mapping[str, UssdMenu] = field(default_factory=dict, repr=False)


class UssdDialogue:
    """One session of one modem."""

    def __init__(self, centre: UssdCentre, on_text: TextCallback) -> None:
        self._centre = centre
        self._on_text = on_text
        self._at: UssdMenu | None = None

    def send(self, text: str) -> None:
        """A code, or the answer to a menu; what the network says comes later by `on_text`."""
        menu = self._centre.codes.get(text) if self._at is None else self._at.choices.get(text)
        if menu is not None:
            self._at = menu if menu.choices else None
            self._centre.later(
                lambda: self._on_text(STATUS_REPLY_WANTED if menu.choices else STATUS_CLOSED, menu.text)
            )
        elif self._at is None:
            self._centre.later(lambda: self._on_text(STATUS_NOT_SUPPORTED, ""))
        else:
            self.end()
            self._centre.later(lambda: self._on_text(STATUS_TERMINATED, ""))

    def end(self) -> None:
        """The modem leaves it."""
        self._at = None

    @property
    def is_open(self) -> bool:
        """The network waits for an answer."""
        return self._at is not None


class UssdCentre:
    """Knows the codes."""

    def __init__(self, scheduler: Scheduler, conditions: Callable[[], NetworkConditions]) -> None:
        self._scheduler = scheduler
        self._conditions = conditions
        self.codes: dict[str, UssdMenu] = {}

    def dialogue(self, on_text: TextCallback) -> UssdDialogue:
        """For a modem."""
        return UssdDialogue(self, on_text)

    def later(self, act: Callable[[], object]) -> None:
        """Do something when the network has had its time."""
        self._scheduler.call_later(self._conditions().ussd_latency, act)
