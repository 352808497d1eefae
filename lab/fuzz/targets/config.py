"""gateway.yaml: whatever is in the file, it is a configuration or one complaint with its place."""

from __future__ import annotations

from pathlib import Path

from alert_engine.daemon.file import load_with_advice
from alert_engine.errors import ConfigError
from lab.fuzz.target import Target


class _File(Path):
    """A file that is in memory only; in a folder that does not exist."""

    def __init__(self, content: bytes) -> None:
        super().__init__("/nonexistent/gateway.yaml")
        self._content = content

    def with_segments(self, *segments: str) -> Path:  # type: ignore[override]  # others made of it are plain
        return Path(*segments)

    def read_text(
        self, encoding: str | None = None, errors: str | None = None, newline: str | None = None
    ) -> str:
        """As a file is read: all ends of lines are LF."""
        assert encoding == "utf-8"
        assert errors is None
        assert newline is None
        return self._content.decode().replace("\r\n", "\n").replace("\r", "\n")


def one(data: bytes) -> None:
    """The octets of the file."""
    try:
        settings, advice = load_with_advice(_File(data))
    except ConfigError as error:
        assert len(str(error)) <= 1000 + 2 * len(data), "the complaint is longer than the file"
        repr(error)
        return
    repr(settings)
    for text in advice:
        assert text


TARGET = Target(
    one=one,
    max_length=2000,
    longest=8192,
    words=(
        *(
            b"gateway: ",
            b"journal: ",
            b"people:\n",
            b"  - id: ",
            b"    phone: ",
            b"policies:\n",
            b"modems:\n",
        ),
        *(
            b"providers:\n",
            b"mqtt:\n",
            b"http:\n",
            b"mail:\n",
            b"supervision:\n",
            b"commands:\n",
            b"on_call:\n",
        ),
        *(
            b"&a ",
            b"*a",
            b"<<: ",
            b"!!binary ",
            b"!!set ",
            b"2026-11-21",
            b"1e999",
            b".inf",
            b"0x",
            b"1:30",
            b"~",
        ),
        *(
            b"{",
            b"[",
            b"? ",
            b"|\n",
            b">\n",
            b"---\n",
            b"...",
            b"%YAML 1.1\n",
            b"5min",
            b'"0664"',
            b"no",
            b"\t",
        ),
    ),
)
