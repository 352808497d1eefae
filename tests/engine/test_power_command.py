"""The program that switches a modem off and on: run without a shell, for so long and no longer."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest

from alert_engine.daemon import power_command
from alert_engine.daemon.power_command import PowerCommand

from .brokers import DEADLINE

if TYPE_CHECKING:
    from pathlib import Path

TALE = "alert_engine.daemon.power_command"
WAIT_FOR_EVER = "import signal; signal.pause()"


def python(*arguments: str) -> PowerCommand:
    return PowerCommand("stick", [sys.executable, "-c", *arguments])


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == TALE]


def fifo(folder: Path, name: str) -> Path:
    """Who opens it to read waits for the other side to write."""
    os.mkfifo(folder / name)
    return folder / name


async def read(file: Path) -> str:
    async with asyncio.timeout(DEADLINE):
        return await asyncio.to_thread(file.read_text, encoding="utf-8")


async def test_arguments_go_as_they_are(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    argument = "$HOME; touch x"
    await python(f"import sys; open({str(tmp_path / 'told')!r}, 'w').write(sys.argv[1])", argument)()
    assert await read(tmp_path / "told") == argument
    assert said(caplog) == []


async def test_a_failure_is_told_without_arguments(caplog: pytest.LogCaptureFixture) -> None:
    await python("raise SystemExit(3)", "secret")()
    assert said(caplog) == [
        "modem stick: its power command ended with exit status 3: run it by hand to see why"
    ]


async def test_a_program_that_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    command = PowerCommand("stick", [str(tmp_path / "nothing")])
    assert not command.is_there
    await command()
    (line,) = said(caplog)
    assert "cannot be started: No such file" in line


def test_a_program_that_is_there() -> None:
    assert python("").is_there


async def test_a_program_that_hangs_is_killed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(power_command, "LIMIT", 0.0)
    async with asyncio.timeout(DEADLINE):
        await python(WAIT_FOR_EVER)()
    assert "did not end within" in caplog.text


async def test_stopping_lets_it_finish(tmp_path: Path) -> None:
    started, go, done = fifo(tmp_path, "started"), fifo(tmp_path, "go"), tmp_path / "done"
    steps = (
        f"open({str(started)!r}, 'w').write('x')",
        f"open({str(go)!r}).read()",
        f"open({str(done)!r}, 'w').write('x')",
    )
    switching = asyncio.create_task(python("; ".join(steps))())
    await read(started)
    switching.cancel()
    await asyncio.to_thread(go.write_text, "go", encoding="utf-8")
    with pytest.raises(asyncio.CancelledError):
        await switching
    assert await read(done) == "x"


async def test_stopping_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power_command, "LAST_LIMIT", 0.0)
    started = fifo(tmp_path, "started")
    program = f"import os; open({str(started)!r}, 'w').write(str(os.getpid())); {WAIT_FOR_EVER}"
    switching = asyncio.create_task(python(program)())
    number = int(await read(started))
    switching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await switching
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
