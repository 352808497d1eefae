"""Home Assistant's websocket, as its pages use it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scripts.lib.demo.home_assistant import HomeAssistant

ANSWER_TIMEOUT = 60.0  # seconds for an answer or an event; it takes milliseconds
_MOST = 64 * 1024 * 1024  # octets of one answer


class AnswerError(Exception):
    """Home Assistant refused; the text is its own."""


class Socket:
    """One connection, logged in; one question at a time."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection
        self._number = 0

    async def ask(self, kind: str, **fields: Any) -> Any:
        """The answer to a command."""
        self._number += 1
        await self._connection.send_json({"id": self._number, "type": kind, **fields})
        async with asyncio.timeout(ANSWER_TIMEOUT):
            while True:
                answer = await self._connection.receive_json()
                if answer.get("id") == self._number and answer["type"] == "result":
                    break
        if not answer["success"]:
            raise AnswerError(f"{kind}: {answer['error']}")
        return answer["result"]

    async def follow(self, kind: str) -> dict[str, Any]:
        """Subscribe, wait for what comes first, and end it again."""
        await self.ask(kind)
        number = self._number
        found = await self.event(f'"id":{number},')
        await self.ask("unsubscribe_events", subscription=number)
        return found

    async def event(self, words: str) -> dict[str, Any]:
        """The next event in which these words are."""
        async with asyncio.timeout(ANSWER_TIMEOUT):
            while True:
                text = await self._connection.receive_str()
                if words in text and (told := json.loads(text)).get("type") == "event":
                    event: dict[str, Any] = told["event"]
                    return event


@asynccontextmanager
async def connected(home_assistant: HomeAssistant) -> AsyncIterator[Socket]:
    """Log in with the owner's session."""
    token = home_assistant._token  # noqa: SLF001 - the demo has no use for a websocket
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{home_assistant.url}/api/websocket", max_msg_size=_MOST) as connection,
    ):
        await connection.receive_json()
        await connection.send_json({"type": "auth", "access_token": token})
        answer = await connection.receive_json()
        if answer["type"] != "auth_ok":
            raise AnswerError(answer["type"])
        yield Socket(connection)
