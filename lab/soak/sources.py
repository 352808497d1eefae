"""Where alarms come from: contacts, texts, a sign of life, all through the broker; and what is promised."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .people import ANNA, NUMBERS, SOURCE
from .plan import MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from .books import Books
    from .broker import SessionBroker
    from .plan import Event

ROOT = "alert_gateway/home"
BEAT_EVERY = 5 * MINUTE
STORM, FLAPS = 150, 6
_LATE = 15 * MINUTE  # after the source is back an alarm about it may still be on its way


@dataclass(slots=True)
class _Owed:
    """Something of which Anna must hear."""

    words: str
    is_over: bool = False  # she has heard, or need not any more


class Sources:
    """Raise, clear, beat; each promise is in the books as soon as the broker has it."""

    def __init__(self, books: Books, broker: SessionBroker, draw: Random) -> None:
        self._books = books
        self._broker = broker
        self._draw = draw
        self._owed: dict[str, _Owed] = {}
        self._silent = 0
        self._silent_till = float("-inf")

    async def contact(self, event: Event) -> None:
        """It closes, and opens when it is over."""
        await self._alarm(event, f"a{event.number}", event.lasts)

    async def flap(self, event: Event) -> None:
        """It closes and opens, again and again."""
        half = event.lasts / FLAPS / 2
        for _ in range(FLAPS):
            await self._alarm(event, f"f{event.number}", half)
            await asyncio.sleep(half)

    async def storm(self, event: Event) -> None:
        """Many at the same time."""
        async with asyncio.TaskGroup() as group:
            for place in range(STORM):
                group.create_task(self._alarm(event, f"s{event.number}-{place}", event.lasts))
                await asyncio.sleep(MINUTE / STORM)

    async def send(self, event: Event) -> None:
        """A text without an alarm."""
        text, request = f"Note {event.number}: the weekly report is ready.", f"send-{event.number}"
        await self._publish("in/send", {"request_id": request, "to": [ANNA.id], "text": text})
        self._books.promise(request, text, NUMBERS[0])

    async def fall_silent(self, event: Event) -> None:
        """No sign of life for a while."""
        self._silent += 1
        await asyncio.sleep(event.lasts)
        self._silent -= 1
        self._silent_till = asyncio.get_running_loop().time()

    async def beat(self) -> None:
        """A sign of life, again and again."""
        while True:
            if not self._silent:
                await self._publish(f"in/heartbeat/{SOURCE}/alive", {})
            await asyncio.sleep(BEAT_EVERY * self._draw.uniform(0.8, 1.2))

    @property
    def beats(self) -> bool:
        """Its signs of life have come, and the gateway has them."""
        is_new = asyncio.get_running_loop().time() - self._silent_till < _LATE
        return not (self._silent or is_new or self._broker.waiting)

    def hears(self, text: str) -> None:
        """Anna got this text."""
        for owed in self._owed.values():
            owed.is_over = owed.is_over or owed.words in text

    def taken(self, title: str) -> None:
        """Somebody took it; if she did not hear of it by then, she need not."""
        for name, owed in self._owed.items():
            if owed.words == title and not owed.is_over:
                owed.is_over = True
                self._books.excuse(name)

    async def _alarm(self, event: Event, key: str, lasts: float) -> None:
        title = f"Contact {key} closed."
        name = f"{key}-{asyncio.get_running_loop().time():.3f}"
        owed = self._owed[name] = _Owed(words=title)
        body = {"event": "raise", "severity": event.severity, "title": title, "id": name}
        await self._publish(f"in/alarm/{SOURCE}/{key}", body)
        self._books.promise(name, title, NUMBERS[0])
        await asyncio.sleep(lasts)
        if not owed.is_over:
            self._books.excuse(name)  # it is over before she could be told
        del self._owed[name]
        await self._publish(f"in/alarm/{SOURCE}/{key}", {"event": "clear", "id": f"{name}-over"})

    async def _publish(self, topic: str, body: Mapping[str, object]) -> None:
        await self._broker.publish(f"{ROOT}/{topic}", json.dumps(body))
