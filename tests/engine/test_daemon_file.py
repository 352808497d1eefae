"""gateway.yaml as disks and people leave it: whatever is in it, one complaint that says where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from alert_engine.daemon.file import load_gateway_settings
from alert_engine.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = b"gateway: home\njournal: j.db\n"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (GOOD + b"a: \x01\n", "line 3, column 4: no text has the character 0x01: was the file cut off?"),
        (b"\0" * 64, "line 1, column 1: no text has the character 0x00: was the file cut off?"),
        (GOOD + b"? [a, b]\n: 1\n", "line 3, column 3: a key must be a word"),
        (GOOD + b"people: &x [*x]\n", "line 3, column 9: people[0]: "),
        (
            GOOD + b"note: 2026-02-30\n",
            "line 3, column 7: this is no YAML: this looks like a date or a number",
        ),
        (
            GOOD + b"x: " + b"1" * 5000,
            "line 3, column 4: this is no YAML: this looks like a date or a number",
        ),
        (GOOD + b"x: " + b"[" * 2000 + b"]" * 2000, "the file is nested too deeply"),
        (GOOD.decode().encode("utf-16"), "the file is not UTF-8"),
        (GOOD + b"journal: k.db\n", "line 3, column 1: journal: this key is there twice"),
        (GOOD + b"x: !!python/name:os.system\n", "line 3, column 4: this is no YAML: could not determine"),
        (b"", "the configuration must be a mapping"),
    ],
    ids=[
        "control character",
        "NULs after a power cut",
        "a list as a key",
        "an alias to itself",
        "no date",
        "no number",
        "bottomless",
        "another encoding",
        "a key twice",
        "a tag",
        "empty",
    ],
)
def test_what_is_no_configuration(tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(complaint)):
        load_gateway_settings(file)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the file cannot be read: Is a directory"):
        load_gateway_settings(tmp_path)
