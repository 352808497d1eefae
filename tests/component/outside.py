"""The internet between this Home Assistant and its own public address."""

from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from yarl import URL

from custom_components.alert_gateway.reach import ASKED, HERE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aiohttp.test_utils import TestClient


class Outside:
    """In the place of Home Assistant's session: leads everything here, unless it is told not to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.redirects: set[bool] = set()  # what was said of following them
        self.client: TestClient[Any, Any] | None = (
            None  # where it leads; None: it answers as Home Assistant does
        )
        self.failure: Exception | None = None
        self.headers: Mapping[str, str] | None = None  # of somebody else's answer

    @asynccontextmanager
    async def get(self, url: str, *, headers: Mapping[str, str], allow_redirects: bool) -> AsyncIterator[Any]:
        """Ask."""
        self.asked.append(url)
        self.redirects.add(allow_redirects)
        if self.failure is not None:
            raise self.failure
        if self.client is None:
            yield SimpleNamespace(headers={HERE: headers[ASKED]} if self.headers is None else self.headers)
            return
        async with self.client.get(URL(url).path, headers=headers, allow_redirects=allow_redirects) as answer:
            yield answer
