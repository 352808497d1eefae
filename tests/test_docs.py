"""What README and docs/ show is true: code blocks run, commands exist, links lead somewhere.

A block of Python runs as a program of its own, in an empty folder, unless its fence says ``python no-run``
(for what needs hardware; it is still compiled). JSON and YAML blocks are read.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple

import pytest
import voluptuous as vol
import yaml

from alert_engine import config
from alert_engine.config.document import _KEYS
from alert_engine.daemon.file import load_gateway_settings

ROOT = Path(__file__).parents[1]
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)|<img[^>]*src=\"(?P<image>[^\"]+)\"")
BLOCK_TIMEOUT = 60.0  # seconds; an example that takes longer is no example


class Block(NamedTuple):
    """One fenced block."""

    file: Path
    line: int
    info: str
    body: str


def _pages() -> list[Path]:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "adr").rglob("*.md")]
    return sorted(page for page in pages if page.is_file())


def _blocks(*languages: str) -> list[Block]:
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found["info"].strip(), found["body"])
        for page in _pages()
        for text in [page.read_text(encoding="utf-8")]
        for found in FENCE.finditer(text)
        if found["info"].strip().split(" ")[0] in languages
    ]


def _id(block: Block) -> str:
    return f"{block.file.relative_to(ROOT)}:{block.line}"


@pytest.mark.parametrize("block", _blocks("python"), ids=_id)
def test_python_blocks_run(block: Block, tmp_path: Path) -> None:
    compile(block.body, _id(block), "exec")
    if block.info == "python no-run":
        return
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", block.body],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BLOCK_TIMEOUT,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("block", _blocks("json", "yaml"), ids=_id)
def test_data_blocks_can_be_read(block: Block) -> None:
    read = json.loads if block.info == "json" else yaml.safe_load
    assert read(block.body)


# What a part of a configuration on a page is completed with, where it says nothing of it.
REST: dict[str, Any] = {
    "gateway": "home",
    "journal": "journal.db",
    "people": [
        {"id": "anna", "name": "Anna", "phone": "+436641234567"},
        {"id": "ben", "name": "Ben", "phone": "+436607654321"},
    ],
}


def _gateway_files() -> list[Block]:
    """Whole configurations, and parts of them: nothing in them is a key of something else."""
    blocks = [(block, yaml.safe_load(block.body)) for block in _blocks("yaml")]
    return [
        block for block, content in blocks if isinstance(content, dict) and content.keys() <= _KEYS.keys()
    ]


@pytest.mark.parametrize("block", _gateway_files(), ids=_id)
def test_configuration_files_of_the_daemon_are_understood(block: Block, tmp_path: Path) -> None:
    content = yaml.safe_load(block.body)
    rest = {key: value for key, value in REST.items() if key not in content}
    for secret in re.findall(r"_file: ([a-z.]+)", block.body):
        (tmp_path / secret).write_text("0123456789abcdef", encoding="utf-8")
    file = tmp_path / "gateway.yaml"
    file.write_text(f"{block.body}\n{yaml.safe_dump(rest) if rest else ''}", encoding="utf-8")
    load_gateway_settings(file)


def test_every_key_is_on_the_page_of_the_configuration() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    modules = [import_module(f"alert_engine.config.{each.name}") for each in iter_modules(config.__path__)]
    tables = [
        table
        for module in modules
        for name, table in vars(module).items()
        if name.endswith("_KEYS") and isinstance(table, dict)
    ]
    keys = {key.schema for table in tables for key in table if isinstance(key, vol.Marker)}
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []
    assert "steps" in keys
    assert "ring_for" in keys


def _commands() -> list[tuple[str, str]]:
    lines = [
        (_id(block), line) for block in _blocks("sh", "bash", "console") for line in block.body.splitlines()
    ]
    return [(where, line.strip().removeprefix("$ ")) for where, line in lines if line.strip()]


@pytest.mark.parametrize(("where", "line"), _commands())
def test_commands_of_ours_exist(where: str, line: str) -> None:
    program = line.split(maxsplit=1)[0]
    if program.startswith(("scripts/", ".ci/")):
        assert os.access(ROOT / program, os.X_OK), where


@pytest.mark.parametrize("page", _pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = [found["target"] or found["image"] for found in LINK.finditer(text)]
    files = [
        target.split("#")[0]
        for target in targets
        if "://" not in target and not target.startswith(("#", "mailto:"))
    ]
    assert [target for target in files if not (page.parent / target).exists()] == []
