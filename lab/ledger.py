"""What a run keeps for the checker: promises as they are accepted, pieces as they arrive, doubts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .checker import Doubt, Findings, Piece, Promise, check, pieces_of, read_journal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gsm_driver.simulator import SimulatedPhone


@dataclass(kw_only=True)
class Ledger:
    """The books of one run."""

    promises: list[Promise] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)  # of stand-ins; phones keep their own
    doubts: list[Doubt] = field(default_factory=list)
    commands: Counter[tuple[str, str]] = field(default_factory=Counter)  # sender and text
    swallowed: Counter[tuple[str, str]] = field(default_factory=Counter)  # number and text

    def accept(
        self, name: str, words: str, *numbers: str, at: float | None = None, within: float | None = None
    ) -> None:
        """The gateway answered for it: 202, PUBACK, or an action that returned.

        Args:
            name: of the request, for people.
            words: in the text that each must get; unlike those of any other promise.
            numbers: who must get it: E.164, or the address that a stand-in receives for.
            at: when, on the clock of the phones (`Run.now`).
            within: seconds from then until everybody must have it; None: some time.
        """
        self.promises.append(Promise(name=name, words=words, numbers=numbers, at=at, within=within))

    def excuse(self, name: str) -> None:
        """Somebody took it, or it is over: nobody need hear of it any more."""
        self.promises = [replace(each, excused=each.excused or each.name == name) for each in self.promises]

    def receive(self, number: str, text: str, *, at: float | None = None) -> None:
        """A stand-in for a provider took a whole message for an address."""
        self.pieces.append(Piece(number=number, text=text, at=at))

    def doubt(self, number: str, text: str, segment: int = 1, *, point: str) -> None:
        """Here a segment had left, and nobody could know more: one more copy of it is no mistake."""
        self.doubts.append(Doubt(number=number, text=text, segment=segment, point=point))

    def swallow(self, number: str, text: str) -> None:
        """A network took a whole message, and lost it: the gateway cannot know."""
        self.swallowed[number, text] += 1

    def findings(
        self,
        journal: Path | None = None,
        phones: Iterable[SimulatedPhone] = (),
        *,
        foreseen: tuple[str, ...] = (),
    ) -> Findings:
        """Let the checker compare; see `check`."""
        return check(
            self.promises,
            None if journal is None else read_journal(journal),
            [*self.pieces, *pieces_of(phones)],
            self.doubts,
            self.commands or None,
            foreseen=foreseen,
            swallowed=self.swallowed,
        )
