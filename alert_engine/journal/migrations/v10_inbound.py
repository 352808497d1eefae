"""Words that are known again, keywords that wait until somebody has them, and whose STOP it was."""

from __future__ import annotations

VERSION_10 = """
ALTER TABLE inbound ADD COLUMN content TEXT NOT NULL DEFAULT '';
CREATE INDEX inbound_content ON inbound (content, received_at);

ALTER TABLE consent ADD COLUMN person TEXT NOT NULL DEFAULT '';

CREATE TABLE waiting_keyword (
    id TEXT PRIMARY KEY,
    keyword TEXT NOT NULL,
    person TEXT NOT NULL,
    arguments TEXT NOT NULL,
    named TEXT NOT NULL,
    authorisation TEXT NOT NULL,
    at TEXT NOT NULL,
    sender TEXT NOT NULL,
    words TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX waiting_keyword_at ON waiting_keyword (at);
"""
