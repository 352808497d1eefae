"""A bench for commands: each runs in virtual time, at a simulator of its own."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from gsm_driver import cli
from gsm_driver.simulator import (
    LoopScheduler,
    NetworkConditions,
    SimulatedNetwork,
    Simulator,
    register_simulator,
)
from tests import virtual_time

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Coroutine
    from typing import Any

    import pytest
    from click.testing import Result

    from gsm_driver.simulator import NetworkEvent, NetworkEventKind

NUMBER = "+436601234567"
PORT = "simulator://m"


class Bench:
    """A simulator per command, and a hand on it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.simulator: Simulator | None = None  # of the last command; None: it opened nothing

    def run(
        self,
        *arguments: str,
        change: Callable[[Simulator], object] = lambda _: None,
        text: str | bytes | None = None,
        **options: Any,
    ) -> Result:
        """Run a command.

        Args:
            arguments: of the command.
            change: called with its simulator, before anything is opened.
            text: standard input.
            options: of the simulator; `conditions` are of its network.
        """
        conditions = options.pop("conditions", NetworkConditions())
        self.simulator = None

        async def prepared(work: Coroutine[Any, Any, Any]) -> object:
            scheduler = LoopScheduler()
            network = SimulatedNetwork(scheduler, conditions=conditions)
            network.add_phone(NUMBER)
            self.simulator = register_simulator(Simulator(scheduler, name="m", network=network, **options))
            change(self.simulator)
            return await work

        self._monkeypatch.setattr(asyncio, "run", lambda work: virtual_time.run(prepared(work)))
        return CliRunner().invoke(cli.app, list(arguments), input=text)


def error_of(result: Result) -> dict[str, Any]:
    """The error that a script reads: the last document on standard output."""
    return json.loads(result.stdout.splitlines()[-1])["error"]


def end_after(seconds: float, number: signal.Signals) -> Callable[[Simulator], object]:
    """Have the command get a signal after so many seconds."""
    return lambda _: asyncio.get_running_loop().call_later(seconds, os.kill, os.getpid(), number)


def end_at(
    kind: NetworkEventKind, number: signal.Signals, *, times: int = 1
) -> Callable[[Simulator], object]:
    """Have the command get a signal when this has happened so often."""
    seen: list[NetworkEvent] = []

    def note(event: NetworkEvent) -> None:
        if event.kind is kind:
            seen.append(event)
            if len(seen) == times:
                os.kill(os.getpid(), number)

    return lambda simulator: simulator.network.listen(note)
