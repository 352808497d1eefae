"""Is the journal's file what it was when it was written?

SQLite can tell, and reads all of it: minutes for years of history, in which nobody is told anything. So the
start of a large one reads what the gateway stumbles over at once, and everything is read beside the work.
Where damage was met, the next start reads everything, however long that takes.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from .faults import is_damage, journal_error
from .files import beside, write_private
from .opening import connect, is_sound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# In bytes: what a start reads in a second or two, also on a small machine.
WHOLE_AT_START = 64 * 1024 * 1024

# Steps of SQLite between two questions whether the look is still wanted: about ten milliseconds.
_STEPS = 100_000
# How much the look steps back behind everybody else, from 0 to 19.
_NICENESS = 15


def look_over(path: Path, is_unwanted: Callable[[], bool]) -> bool | None:
    """Read all of a journal that may be in use; None: it was not wanted any more.

    For a thread of its own, which is made a slow one. No commit waits for it; but the write-ahead log is not
    used again from its beginning meanwhile.

    Raises:
        JournalError: the file cannot be opened or read.
    """
    _step_back()
    try:
        with closing(connect(path)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.set_progress_handler(is_unwanted, _STEPS)
            return is_sound(connection)
    except sqlite3.Error as error:
        if is_damage(error):
            return False
        if is_unwanted():
            return None
        raise journal_error("looked over", error) from error


def demand_check(path: Path) -> None:
    """Have the next start read everything.

    Raises:
        OSError: there is no room or no right.
    """
    write_private(_demand(path), "")


def is_check_demanded(path: Path) -> bool:
    """Damage was met, and nothing was done about it."""
    return _demand(path).exists()


def settle_demand(path: Path) -> None:
    """Everything was read, and what was damaged is saved."""
    with suppress(OSError):  # then it is read once more
        _demand(path).unlink(missing_ok=True)


def _demand(path: Path) -> Path:
    return beside(path, ".check")


def _step_back() -> None:
    if sys.platform == "linux":  # elsewhere it would slow the whole process
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
