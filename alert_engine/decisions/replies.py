"""Whether to answer at all: two machines that answer each other empty a prepaid SIM in a night."""

from __future__ import annotations

from datetime import timedelta

# Replies are counted over this time.
SPAN = timedelta(hours=1)


def may_reply(written: int, limit: int, *, effective: bool) -> bool:
    """Answer a message?

    `written` replies went to this number within `SPAN` since its last valid command. A valid command is
    always answered: only a person can give one.
    """
    return effective or written < limit
