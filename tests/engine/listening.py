"""How servers in tests end."""

from __future__ import annotations

import asyncio


async def end(server: asyncio.Server) -> None:
    """Take no more connections.

    One that was accepted in this turn of the loop is opened first: asyncio fails on it after the close.
    """
    loop = asyncio.get_running_loop()
    for listening in server.sockets:
        loop.remove_reader(listening)
    await asyncio.sleep(0)
    server.close()
