"""By which channel somebody wrote, and whom a provider does not let us write to any more."""

from __future__ import annotations

VERSION_11 = """
ALTER TABLE inbound ADD COLUMN channel TEXT NOT NULL DEFAULT 'sms';
CREATE INDEX inbound_heard ON inbound (sender, channel, received_at) WHERE channel <> 'sms';

CREATE TABLE route_opt_out (
    address TEXT NOT NULL,
    route TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (address, route)
) WITHOUT ROWID;
"""
