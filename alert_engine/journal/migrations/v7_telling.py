"""What waits to be told, which alarms a digest told, whose turn it is, and what is wrong with people."""

from __future__ import annotations

VERSION_7 = """
CREATE TABLE held (
    id TEXT PRIMARY KEY,
    person TEXT,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    alarm_id TEXT NOT NULL REFERENCES alarm (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    manner TEXT NOT NULL,
    text TEXT NOT NULL,
    reason TEXT NOT NULL,
    held_at TEXT NOT NULL,
    due_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX held_once ON held (channel, address, alarm_id);
CREATE INDEX held_alarm ON held (alarm_id);
CREATE INDEX held_due ON held (due_at);

CREATE TABLE digest (
    message_uid TEXT NOT NULL REFERENCES message (uid) ON DELETE CASCADE,
    alarm_id TEXT NOT NULL REFERENCES alarm (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    PRIMARY KEY (message_uid, alarm_id)
) WITHOUT ROWID;
CREATE INDEX digest_alarm ON digest (alarm_id, kind);

CREATE TABLE turn (
    alarm_id TEXT PRIMARY KEY REFERENCES alarm (id) ON DELETE CASCADE,
    policy TEXT NOT NULL,
    number INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX turn_policy ON turn (policy, number);

CREATE TABLE trouble (
    key TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    names TEXT NOT NULL,
    is_raised INTEGER NOT NULL,
    check_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX trouble_check ON trouble (check_at);
"""
