"""What people look back at: conversations, why an attempt failed, when a report came, the notes of alarms."""

from __future__ import annotations

VERSION_12 = """
ALTER TABLE attempt ADD COLUMN error_class TEXT NOT NULL DEFAULT '';
CREATE INDEX attempt_route ON attempt (route, started_at);

ALTER TABLE segment ADD COLUMN reported_at TEXT;

ALTER TABLE message ADD COLUMN preferred_route TEXT;
CREATE INDEX message_recipient ON message (recipient, sequence) WHERE recipient IS NOT NULL;

ALTER TABLE inbound ADD COLUMN meaning TEXT NOT NULL DEFAULT '';
ALTER TABLE inbound ADD COLUMN refusal TEXT NOT NULL DEFAULT '';
CREATE INDEX inbound_person ON inbound (person, received_at) WHERE person IS NOT NULL;
CREATE INDEX inbound_route ON inbound (route, received_at);

CREATE TABLE inbound_answer (
    message_uid TEXT PRIMARY KEY REFERENCES message (uid) ON DELETE CASCADE,
    inbound_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX inbound_answer_inbound ON inbound_answer (inbound_id);

CREATE TABLE alarm_note (
    id INTEGER PRIMARY KEY,
    alarm_id TEXT NOT NULL REFERENCES alarm (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    event TEXT NOT NULL,
    actor TEXT
);
CREATE INDEX alarm_note_alarm ON alarm_note (alarm_id, id);
CREATE INDEX alarm_raised ON alarm (raised_at);

INSERT INTO alarm_note (alarm_id, at, event, actor)
    SELECT id, at, event, actor FROM (
        SELECT id, raised_at AS at, 'raised' AS event, NULL AS actor FROM alarm
        UNION ALL SELECT id, acked_at, 'acknowledged', acked_by FROM alarm WHERE acked_at IS NOT NULL
        UNION ALL SELECT id, cleared_at, 'cleared', NULL FROM alarm WHERE cleared_at IS NOT NULL
        UNION ALL SELECT id, closed_at, 'closed', NULL FROM alarm WHERE closed_at IS NOT NULL
    ) ORDER BY id, at;
"""
