"""A serial port with something behind it that is no modem."""

from __future__ import annotations

import asyncio
import os
import tty
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

READ_SIZE = 4096  # bytes; a pty holds no more


@contextmanager
def running_impostor(link: Path, answer: Callable[[bytes], bytes]) -> Iterator[None]:
    """Offer a port at `link`; whatever is written there gets the answer that `answer` gives."""
    loop = asyncio.get_running_loop()
    device, port = os.openpty()
    tty.setraw(port)

    def on_data() -> None:
        os.write(device, answer(os.read(device, READ_SIZE)))

    loop.add_reader(device, on_data)
    link.symlink_to(os.ttyname(port))
    try:
        yield
    finally:
        loop.remove_reader(device)
        link.unlink()
        os.close(device)
        os.close(port)
