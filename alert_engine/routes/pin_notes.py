"""PINs that SIMs refused, kept over restarts: three wrong ones lock a card, and services restart for ever.

The file holds no PIN, only what one with its card comes to under a salt. A PIN has few digits, so whoever may
read the file can find it by trying all; it is therefore for its owner only, like the configuration.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
from typing import TYPE_CHECKING, Any

from gsm_driver import PinAttempts, SimNotReadyError, in_own_thread

if TYPE_CHECKING:
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)

# A PIN whose answer never came, because the power or the line failed just then, is entered once more. That
# leaves a card one try.
MAX_UNANSWERED = 2
MAX_NOTES = 256  # of each kind; the oldest are forgotten
SALT_SIZE = 16  # octets


class PinNotes:
    """The file of one gateway. One object per file; `attempts` gives each modem its view.

    Args:
        path: need not exist; it is made when the first PIN is entered.
        salt: `SALT_SIZE` random octets, used where the file has none.
    """

    def __init__(self, path: Path, *, salt: bytes) -> None:
        self._path = path
        self._salt = salt
        self._refused: dict[str, None] = {}  # in order
        self._unanswered: dict[str, int] = {}  # how often
        self._turn = asyncio.Lock()

    def load(self) -> None:
        """Read the file, if there is one, which blocks. A damaged one counts as none, for one try a card."""
        try:
            data = json.loads(self._path.read_bytes())
            salt = bytes.fromhex(data["salt"])
            refused = dict.fromkeys(_texts(data["refused"]))
            unanswered = {note: int(count) for note, count in data["unanswered"].items()}
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as err:
            _LOGGER.warning(
                "%s cannot be read, refused PINs are forgotten: %s", self._path, type(err).__name__
            )
            return
        if len(salt) >= SALT_SIZE:
            self._salt, self._refused, self._unanswered = salt, refused, unanswered

    def attempts(self, port: str) -> PinAttempts:
        """For the modem that is configured at this port: it names a card that has no readable number."""
        return _Attempts(self, port)

    def is_spent(self, card: str, pin: str) -> bool:
        """It was refused, or entered twice without an answer."""
        note = self._note(card, pin)
        return note in self._refused or self._unanswered.get(note, 0) >= MAX_UNANSWERED

    def enter(self, card: str, pin: str) -> None:
        """It is about to be entered."""
        note = self._note(card, pin)
        self._unanswered[note] = self._unanswered.pop(note, 0) + 1

    def accept(self, card: str, pin: str) -> None:
        """It was right."""
        note = self._note(card, pin)
        self._unanswered.pop(note, None)
        self._refused.pop(note, None)

    def refuse(self, card: str, pin: str) -> None:
        """It was wrong."""
        note = self._note(card, pin)
        self._unanswered.pop(note, None)
        self._refused[note] = None

    async def save(self) -> None:
        """Write the file, so that a loss of power leaves it as it is now or as it was.

        Raises:
            OSError: it cannot be written.
        """
        async with self._turn:
            data = {
                "salt": self._salt.hex(),
                "refused": list(self._refused)[-MAX_NOTES:],
                "unanswered": dict(list(self._unanswered.items())[-MAX_NOTES:]),
            }
            await in_own_thread(_write, self._path, json.dumps(data, indent=1))

    def _note(self, card: str, pin: str) -> str:
        return hmac.digest(self._salt, f"{card}\0{pin}".encode(), "sha256").hex()


class _Attempts(PinAttempts):
    """What `Sim` asks and tells, for one modem."""

    def __init__(self, notes: PinNotes, port: str) -> None:
        super().__init__()
        self._notes = notes
        self._port = port
        self._is_entering = False

    def is_spent(self, iccid: str, pin: str) -> bool:
        return self._notes.is_spent(iccid or self._port, pin)

    def spend(self, iccid: str, pin: str) -> None:
        self._is_entering = True
        self._notes.enter(iccid or self._port, pin)

    def accepted(self, iccid: str, pin: str) -> None:
        self._is_entering = False
        self._notes.accept(iccid or self._port, pin)

    def refused(self, iccid: str, pin: str) -> None:
        self._is_entering = False
        self._notes.refuse(iccid or self._port, pin)

    async def save(self) -> None:
        try:
            await self._notes.save()
        except OSError as err:
            why = err.strerror or type(err).__name__
            if self._is_entering:
                raise SimNotReadyError(
                    f"the PIN is not entered, because it could not be noted first: {why}; make room, or give "
                    "this program the right to write beside its journal"
                ) from err
            _LOGGER.warning("what the SIM said of its PIN could not be noted: %s", why)


def _texts(values: Any) -> list[str]:
    return [str(value) for value in values]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
