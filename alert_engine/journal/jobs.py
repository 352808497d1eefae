"""Operations on their way to the disk, and back to whoever waits for them."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from alert_engine.errors import JournalRefusalError

from .faults import is_of_the_operation

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from .transaction import Transaction

T = TypeVar("T")

_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Job(Generic[T]):
    """An operation on its way to the disk."""

    operation: Callable[[Transaction], T]
    on_commit: Callable[[T], None] | None
    future: asyncio.Future[T]
    can_wait: bool
    result: T | None = None
    error: Exception | None = None


def run_in_savepoint(connection: sqlite3.Connection, transaction: Transaction, job: Job[Any]) -> None:
    """Run one operation; if it fails by itself, undo it alone. A failing disk fails the whole batch."""
    connection.execute("SAVEPOINT job")
    try:
        job.result = job.operation(transaction)
    except sqlite3.Error as error:
        if not is_of_the_operation(error):
            raise
        job.error = JournalRefusalError("the journal refused what contradicts it: please report this")
        job.error.__cause__ = error
    except Exception as error:  # noqa: BLE001 - it belongs to the caller and is raised there
        job.error = error
    if job.error is not None:
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")


def deliver(batch: list[Job[Any]]) -> None:
    """Hand out results on the event loop, in the order of the commits."""
    for job in batch:
        if job.error is None and job.on_commit is not None:
            try:
                job.on_commit(job.result)
            except Exception:
                _LOGGER.exception("what follows a commit failed; the commit stands")
        if job.future.done():  # its caller was cancelled and does not want to know
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)
