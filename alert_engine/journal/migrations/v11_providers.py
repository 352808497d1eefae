"""Who wrote by which channel, who wants nothing by which, and what a message has besides its text."""

from __future__ import annotations

# Whoever had said STOP before this said it by SMS, and that holds for all that goes to a phone.
VERSION_11 = """
ALTER TABLE inbound ADD COLUMN channel TEXT NOT NULL DEFAULT 'sms';
CREATE INDEX inbound_heard ON inbound (sender, channel, route, received_at) WHERE channel <> 'sms';

CREATE TABLE route_opt_out (
    address TEXT NOT NULL,
    route TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (address, route)
) WITHOUT ROWID;
ALTER TABLE report ADD COLUMN opted_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN uid TEXT NOT NULL DEFAULT '';

CREATE TABLE consent_by_channel (
    address TEXT NOT NULL,
    channel TEXT NOT NULL,
    since TEXT NOT NULL,
    word TEXT NOT NULL,
    language TEXT NOT NULL,
    person TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (address, channel)
) WITHOUT ROWID;
INSERT INTO consent_by_channel (address, channel, since, word, language, person)
    SELECT address, channels.channel, since, word, language, person FROM consent,
    (SELECT 'sms' AS channel UNION ALL SELECT 'call' UNION ALL SELECT 'whatsapp') AS channels;
DROP TABLE consent;
ALTER TABLE consent_by_channel RENAME TO consent;

ALTER TABLE message ADD COLUMN media TEXT;
ALTER TABLE message ADD COLUMN data BLOB;
"""
