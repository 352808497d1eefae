"""The stage of the demo, bare: everything runs, and what a person would set up is left to the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from scripts.lib.demo.configuration import ONLINE_STEPS
from scripts.lib.demo.stage import Builder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.lib.demo.stage import Stage


class BareBuilder(Builder):
    """Nobody has visited this Home Assistant yet."""

    onboarding_done: Sequence[str] = ONLINE_STEPS
    # Its pages ask for the forms of everything that is offered, and for that it would fetch packages.
    fetching: Sequence[str] = ("--skip-pip",)

    @override
    async def furnish(self, stage: Stage, *, is_new: bool) -> None:
        """The browser does it."""
