"""The tables of the journal, as ordered migrations.

``PRAGMA user_version`` holds how many were applied. A migration is never changed once released; the next one
is appended. Times are ISO 8601 text in UTC with six decimals, so that they sort and can be read by eye; lists
and mappings are JSON.
"""

from __future__ import annotations

from .migrations.v7_telling import VERSION_7
from .migrations.v10_inbound import VERSION_10
from .migrations.v11_providers import VERSION_11
from .migrations.v12_history import VERSION_12
from .migrations.v13_looking import VERSION_13

# The unique indexes carry promises: one open episode of a key, one open alarm of a code, one answer to one
# message of a source, one inbound message for however often a modem reports it.
_VERSION_1 = """
CREATE TABLE intake (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    message_id TEXT,
    key TEXT NOT NULL,
    source_time TEXT,
    received_at TEXT NOT NULL,
    verdict TEXT NOT NULL,
    answer TEXT NOT NULL
);
CREATE UNIQUE INDEX intake_message ON intake (kind, source, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX intake_key ON intake (source, key, source_time) WHERE source_time IS NOT NULL;
CREATE INDEX intake_age ON intake (received_at);

CREATE TABLE alarm (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    code TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    count INTEGER NOT NULL,
    policy TEXT NOT NULL,
    step INTEGER NOT NULL,
    steps_from TEXT,
    next_due TEXT,
    raised_at TEXT NOT NULL,
    acked_at TEXT,
    acked_by TEXT,
    cleared_at TEXT,
    closed_at TEXT,
    last_source_time TEXT,
    labels TEXT NOT NULL
);
CREATE UNIQUE INDEX alarm_open_key ON alarm (source, key) WHERE state <> 'closed';
CREATE UNIQUE INDEX alarm_open_code ON alarm (code) WHERE state <> 'closed';
CREATE INDEX alarm_key ON alarm (source, key, raised_at);
CREATE INDEX alarm_code ON alarm (code, raised_at);
CREATE INDEX alarm_due ON alarm (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX alarm_closed ON alarm (closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE message (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    recipient TEXT,
    alarm_id TEXT REFERENCES alarm (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    segments INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    in_doubt INTEGER NOT NULL,
    route TEXT,
    created_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    expires_at TEXT,
    reason TEXT NOT NULL,
    plain INTEGER NOT NULL,
    flash INTEGER NOT NULL,
    simplified INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL,
    since_attempt INTEGER NOT NULL,
    refusals INTEGER NOT NULL,
    resends INTEGER NOT NULL,
    given_up TEXT NOT NULL
);
CREATE INDEX message_queue ON message (priority, due_at, sequence) WHERE state = 'queued';
CREATE INDEX message_state ON message (state, due_at);
CREATE INDEX message_expiry ON message (expires_at)
    WHERE expires_at IS NOT NULL AND state IN ('queued', 'in_doubt');
CREATE INDEX message_alarm ON message (alarm_id, kind);
CREATE INDEX message_address ON message (address, kind, created_at);
CREATE INDEX message_age ON message (created_at);

CREATE TABLE attempt (
    message_uid TEXT NOT NULL REFERENCES message (uid) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    route TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    outcome TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (message_uid, number)
) WITHOUT ROWID;

CREATE TABLE segment (
    message_uid TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    route TEXT NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL,
    reference TEXT NOT NULL,
    report TEXT NOT NULL,
    started_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (message_uid, attempt, segment),
    FOREIGN KEY (message_uid, attempt) REFERENCES attempt (message_uid, number) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX segment_reference ON segment (route, reference, started_at) WHERE reference <> '';
CREATE INDEX segment_doubt ON segment (route, address, started_at) WHERE state = 'submitted';

CREATE TABLE inbound (
    id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    route TEXT NOT NULL,
    sender TEXT NOT NULL,
    person TEXT,
    text TEXT NOT NULL,
    is_text INTEGER NOT NULL,
    segments INTEGER NOT NULL,
    missing_segments INTEGER NOT NULL,
    service_centre_time TEXT,
    received_at TEXT NOT NULL,
    authorisation TEXT NOT NULL,
    keyword TEXT,
    effective INTEGER NOT NULL
);
CREATE INDEX inbound_sender ON inbound (sender, received_at);
CREATE INDEX inbound_age ON inbound (received_at);

CREATE TABLE report (
    id INTEGER PRIMARY KEY,
    route TEXT NOT NULL,
    reference TEXT NOT NULL,
    address TEXT NOT NULL,
    status TEXT NOT NULL,
    reported_at TEXT NOT NULL,
    accepted_at TEXT,
    code TEXT NOT NULL,
    kept_at TEXT NOT NULL
);
CREATE INDEX report_route ON report (route, kept_at);
CREATE INDEX report_age ON report (kept_at);
"""

# A segment that was refused, yet not for certain, may be reported like one in doubt.
_VERSION_2 = """
DROP INDEX segment_doubt;
CREATE INDEX segment_doubt ON segment (route, address, started_at) WHERE state IN ('submitted', 'refused');
"""

# Shelving, suppression by maintenance, reminders, alarms that chatter. What comes due by itself is all in
# `alarm.next_due`, which has its index.
_VERSION_3 = """
ALTER TABLE alarm ADD COLUMN acked_people TEXT NOT NULL DEFAULT '[]';
ALTER TABLE alarm ADD COLUMN ends_at TEXT;
ALTER TABLE alarm ADD COLUMN remind_at TEXT;
ALTER TABLE alarm ADD COLUMN shelved_until TEXT;
ALTER TABLE alarm ADD COLUMN shelved_by TEXT;
ALTER TABLE alarm ADD COLUMN suppressed_by TEXT;
ALTER TABLE alarm ADD COLUMN parent TEXT;
ALTER TABLE alarm ADD COLUMN reopened_at TEXT NOT NULL DEFAULT '[]';
ALTER TABLE alarm ADD COLUMN calm_at TEXT;
ALTER TABLE alarm ADD COLUMN digest_at TEXT;
ALTER TABLE alarm ADD COLUMN is_test INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alarm ADD COLUMN url TEXT;
CREATE INDEX alarm_parent ON alarm (source, parent) WHERE parent IS NOT NULL;
CREATE INDEX alarm_suppressed ON alarm (suppressed_by) WHERE suppressed_by IS NOT NULL;

CREATE TABLE maintenance (
    source TEXT NOT NULL,
    keys TEXT NOT NULL,
    by TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT,
    includes_critical INTEGER NOT NULL,
    PRIMARY KEY (source, keys)
) WITHOUT ROWID;
CREATE INDEX maintenance_end ON maintenance (until) WHERE until IS NOT NULL;
"""

# Who may command, who commanded what, and who wants no messages.
_VERSION_4 = """
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_age ON audit (at);

CREATE TABLE consent (
    address TEXT PRIMARY KEY,
    since TEXT NOT NULL,
    word TEXT NOT NULL,
    language TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE secret (
    person TEXT PRIMARY KEY,
    pin_salt BLOB,
    pin_hash BLOB,
    pin_n INTEGER,
    pin_r INTEGER,
    pin_p INTEGER,
    totp_key BLOB,
    totp_counter INTEGER NOT NULL DEFAULT -1
) WITHOUT ROWID;

CREATE TABLE command_failure (
    id INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX command_failure_sender ON command_failure (sender, at);
CREATE INDEX command_failure_age ON command_failure (at);

CREATE TABLE commands_off (
    since TEXT PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE challenge (
    sender TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    text TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE answer (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX answer_address ON answer (address, at);
CREATE INDEX answer_age ON answer (at);

CREATE INDEX inbound_effective ON inbound (sender, received_at) WHERE effective;
"""

# Heartbeats, what proves a route, tests of people; and indexes of what the auditor asks every minute.
_VERSION_5 = """
ALTER TABLE message ADD COLUMN only_route TEXT;
CREATE INDEX message_endless ON message (uid) WHERE expires_at IS NULL AND state IN ('queued', 'in_doubt');
CREATE INDEX alarm_unscheduled ON alarm (id) WHERE state <> 'closed' AND next_due IS NULL;
CREATE INDEX segment_delivered ON segment (route, started_at) WHERE report = 'delivered';

CREATE TABLE heartbeat (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    period REAL NOT NULL,
    grace REAL NOT NULL,
    is_configured INTEGER NOT NULL,
    known_since TEXT NOT NULL,
    counts_from TEXT,
    last_at TEXT,
    is_missed INTEGER NOT NULL,
    due_at TEXT,
    PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE INDEX heartbeat_due ON heartbeat (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE loopback (
    nonce TEXT PRIMARY KEY,
    route TEXT NOT NULL,
    message_uid TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    returned_at TEXT
) WITHOUT ROWID;
CREATE INDEX loopback_route ON loopback (route, sent_at);
CREATE INDEX loopback_age ON loopback (sent_at);

CREATE TABLE credit (
    route TEXT PRIMARY KEY,
    asked_at TEXT NOT NULL,
    amount TEXT,
    currency TEXT NOT NULL,
    told_at TEXT
) WITHOUT ROWID;

CREATE TABLE rehearsal (
    message_uid TEXT PRIMARY KEY,
    alarm_id TEXT NOT NULL,
    person TEXT NOT NULL,
    channel TEXT NOT NULL,
    started_at TEXT NOT NULL,
    route TEXT,
    accepted_at TEXT,
    delivered_at TEXT,
    answered_at TEXT
) WITHOUT ROWID;
CREATE INDEX rehearsal_person ON rehearsal (person, started_at);
CREATE INDEX rehearsal_alarm ON rehearsal (alarm_id);
CREATE INDEX rehearsal_route ON rehearsal (route, answered_at);
CREATE INDEX rehearsal_age ON rehearsal (started_at);
"""

# What an intake keeps for itself, for example under which topics it published last.
_VERSION_6 = """
CREATE TABLE note (
    name TEXT PRIMARY KEY,
    words TEXT NOT NULL
) WITHOUT ROWID;
"""

# Who is proven told, and what follows if not; what is sent after a message; what a route sent today.
_VERSION_8 = """
ALTER TABLE message ADD COLUMN excluded TEXT NOT NULL DEFAULT '[]';
ALTER TABLE message ADD COLUMN fallback_of TEXT;
ALTER TABLE message ADD COLUMN proof_due_at TEXT;
ALTER TABLE message ADD COLUMN proof_look_at TEXT;
ALTER TABLE message ADD COLUMN read_at TEXT;
ALTER TABLE message ADD COLUMN follow_ups TEXT NOT NULL DEFAULT '[]';
CREATE INDEX message_proof ON message (proof_look_at) WHERE proof_look_at IS NOT NULL;
CREATE INDEX message_fallback ON message (fallback_of) WHERE fallback_of IS NOT NULL;
CREATE INDEX segment_reported ON segment (route) WHERE report <> '';
CREATE INDEX segment_left ON segment (route, started_at) WHERE state <> 'queued';
CREATE TABLE overdue (
    alarm_id TEXT PRIMARY KEY REFERENCES alarm (id) ON DELETE CASCADE,
    first_uid TEXT NOT NULL,
    due_at TEXT
) WITHOUT ROWID;
"""

# One id of a source may stand for several things; and how long the word of a source is good for.
_VERSION_9 = """
DROP INDEX intake_message;
CREATE UNIQUE INDEX intake_message ON intake (kind, source, key, message_id) WHERE message_id IS NOT NULL;
ALTER TABLE alarm ADD COLUMN ttl REAL;
"""

MIGRATIONS: tuple[str, ...] = (
    _VERSION_1,
    _VERSION_2,
    _VERSION_3,
    _VERSION_4,
    _VERSION_5,
    _VERSION_6,
    VERSION_7,
    _VERSION_8,
    _VERSION_9,
    VERSION_10,
    VERSION_11,
    VERSION_12,
    VERSION_13,
)
