"""The names of all texts that people read: a language gives each of them once.

Each is a `str.format` pattern with plain named fields; `forms` says which. What a source or a person wrote is
never read as a pattern. No text may be a command or a consent word by itself, so that two gateways cannot
command each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from alert_engine.decisions.digest import DigestTexts


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The texts of one language. A pattern without fields is shown as it is."""

    # The words of severities, and how a moment is written.
    severity_info: str
    severity_normal: str
    severity_high: str
    severity_critical: str
    time: str  # a moment of today
    date: str  # a moment of another day
    months: str  # twelve words

    # The alarm itself; one of the next three follows.
    raised: str
    reminder: str  # they were told before, and nothing has changed
    again: str  # they heard that it was over
    cleared_reminder: str  # the cause is gone, and somebody has to take it all the same
    still_taken: str
    flapping: str  # it comes and goes, and is on
    flapping_off: str
    test: str  # around every text about a test alarm

    # How to answer.
    call_to_answer: str
    call_to_all: str  # everybody has to take it
    code_only: str  # nobody has to, or this person may not

    # What became of it.
    taken: str
    still_yours: str
    shelved: str
    cleared: str  # the source's own words follow
    closed: str
    delivered: str
    not_delivered: str

    # Answers about alarms.
    confirmed: str
    partly: str  # everybody has to take it, and not all have
    already_taken: str
    over: str
    over_and_taken: str
    unknown_code: str
    which: str
    nothing_open: str
    not_allowed: str
    all_taken: str
    some_wait: str  # follows, where others have to take some of them too
    snoozed: str
    not_snoozed: str
    not_sent: str
    who_of: str
    nobody: str

    # Answers to other commands.
    help_alarms: str  # to whoever may acknowledge
    help_status: str
    help_keywords: str
    help_stranger: str
    not_understood: str
    how_to_write: str
    status: str
    status_quiet: str  # nothing is open
    not_permitted: str
    needs_proof: str
    nothing_set: str
    late: str
    challenge: str
    done: str
    not_done: str  # it said that it was, and nobody took it
    test_sent: str
    stopped: str
    stopped_whatsapp: str
    started: str
    used: str  # to whoever looks after the gateway

    # Many alarms in one text.
    digest_count: str
    digest_over: str
    digest_separator: str
    digest_alarm: str
    digest_more: str
    digest_listed: str
    digest_counted: str
    digest_answer: str

    @property
    def severities(self) -> tuple[str, str, str, str]:
        """The words of the severities by rank, info first."""
        return self.severity_info, self.severity_normal, self.severity_high, self.severity_critical

    @property
    def digest(self) -> DigestTexts:
        """The words of a digest."""
        return DigestTexts(
            severities=self.severities,
            count=self.digest_count,
            over=self.digest_over,
            separator=self.digest_separator,
            alarm=self.digest_alarm,
            more=self.digest_more,
            listed=self.digest_listed,
            counted=self.digest_counted,
            answer=self.digest_answer,
        )
