"""Indexes for questions that people ask of a million messages, and that each raise asks of one address."""

from __future__ import annotations

# `message.sequence` is the rowid, which ends each index: what has one state comes in its order. The figures
# of a route are counted in indexes alone.
VERSION_13 = """
CREATE INDEX alarm_state ON alarm (state, raised_at);

CREATE INDEX message_of_state ON message (state);
CREATE INDEX message_recipient_state ON message (recipient, state) WHERE recipient IS NOT NULL;
CREATE INDEX message_recipient_time ON message (recipient, created_at) WHERE recipient IS NOT NULL;
CREATE INDEX message_address_time ON message (address, created_at);
CREATE INDEX message_waiting ON message (address) WHERE state IN ('queued', 'in_flight', 'in_doubt');

DROP INDEX attempt_route;
CREATE INDEX attempt_route ON attempt (route, started_at, outcome, ended_at);
DROP INDEX segment_left;
CREATE INDEX segment_left ON segment (route, started_at, state) WHERE state <> 'queued';

CREATE INDEX held_in_line ON held (channel, address) WHERE reason = 'limit';

CREATE INDEX inbound_who ON inbound (coalesce(person, sender), received_at);
"""
