"""What an operation of the journal sees: the tables, as one object each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tables.alarm_notes import AlarmNoteTable
from .tables.alarms import AlarmTable
from .tables.attempts import AttemptTable
from .tables.audit import AuditTable
from .tables.audit_rounds import AuditRounds
from .tables.commands import CommandTable
from .tables.consent import ConsentTable
from .tables.digests import DigestTable
from .tables.heartbeats import HeartbeatTable
from .tables.held import HeldTable
from .tables.history import HistoryTable
from .tables.inbound import InboundTable, ReportTable
from .tables.intake import IntakeTable
from .tables.maintenance import MaintenanceTable
from .tables.messages import MessageTable
from .tables.notes import NoteTable
from .tables.overdue import OverdueTable
from .tables.proofs import ProofTable
from .tables.rehearsals import RehearsalTable
from .tables.secrets import SecretTable
from .tables.told import ToldTable
from .tables.troubles import TroubleTable
from .tables.turns import TurnTable
from .tables.waiting_keywords import WaitingKeywordTable

if TYPE_CHECKING:
    import sqlite3


class Transaction:
    """The tables on one connection. Whoever made it begins and ends the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.alarms = AlarmTable(connection)
        self.alarm_notes = AlarmNoteTable(connection)
        self.maintenance = MaintenanceTable(connection)
        self.messages = MessageTable(connection)
        self.attempts = AttemptTable(connection)
        self.intake = IntakeTable(connection)
        self.notes = NoteTable(connection)
        self.inbound = InboundTable(connection)
        self.reports = ReportTable(connection)
        self.told = ToldTable(connection)
        self.history = HistoryTable(connection)
        self.held = HeldTable(connection)
        self.digests = DigestTable(connection)
        self.turns = TurnTable(connection)
        self.troubles = TroubleTable(connection)
        self.commands = CommandTable(connection)
        self.waiting_keywords = WaitingKeywordTable(connection)
        self.secrets = SecretTable(connection)
        self.overdue = OverdueTable(connection)
        self.consent = ConsentTable(connection)
        self.audit = AuditTable(connection)
        self.heartbeats = HeartbeatTable(connection)
        self.proofs = ProofTable(connection)
        self.rehearsals = RehearsalTable(connection)
        self.audit_rounds = AuditRounds(connection)
