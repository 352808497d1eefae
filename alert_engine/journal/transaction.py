"""What an operation of the journal sees: the tables, as one object each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tables.alarms import AlarmTable
from .tables.attempts import AttemptTable
from .tables.inbound import InboundTable, ReportTable
from .tables.intake import IntakeTable
from .tables.messages import MessageTable

if TYPE_CHECKING:
    import sqlite3


class Transaction:
    """The tables on one connection. Whoever made it begins and ends the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.alarms = AlarmTable(connection)
        self.messages = MessageTable(connection)
        self.attempts = AttemptTable(connection)
        self.intake = IntakeTable(connection)
        self.inbound = InboundTable(connection)
        self.reports = ReportTable(connection)
