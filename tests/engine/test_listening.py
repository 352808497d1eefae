"""How servers in tests end."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from tests.engine import listening
from tests.engine.brokers import allow_sockets


async def test_a_client_that_was_just_accepted_is_no_failure() -> None:
    allow_sockets()
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    with socket.create_connection(server.sockets[0].getsockname()):
        for _ in range(2):  # its task is made, and has not run
            await asyncio.sleep(0)
        await listening.end(server)
        for _ in range(5):
            await asyncio.sleep(0)
    assert not server.is_serving()
    assert failures == []
