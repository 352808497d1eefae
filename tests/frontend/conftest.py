"""The files of the page and of its tests, served to a browser on this machine."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.brokers import allow_sockets

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
FRONTEND = HERE.parents[1] / "custom_components" / "alert_gateway" / "panel" / "frontend"


class _Files(SimpleHTTPRequestHandler):
    """The page under ``/frontend/``, its tests beside it; no log."""

    def translate_path(self, path: str) -> str:
        place = path.partition("?")[0].lstrip("/")
        inner = place.removeprefix("frontend/")
        return str((HERE if inner == place else FRONTEND) / inner)

    def log_message(self, *_words: Any) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Where the files are."""
    allow_sockets()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(HERE)))
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()
