"""How long a link waits for what. Pure: the time is passed in.

A message has three times, counted from its Ctrl-Z. After the first the modem is asked by AT whether it still
works on it. After the second the caller is told that nobody knows, and may use another way. Until the third
the line stays reserved: nothing is written, as any character may abort the message, and silence says nothing
about the modem. An acceptance that comes meanwhile is told as `LateAcceptance`.
"""

from __future__ import annotations

import math

# Seconds of silence after Ctrl-Z until AT is written once. V.250 clause 5.6.1 lets any character abort a
# command that says so, and 27.005 clause 3.5.1 says so of +CMGS; Fibocom's manual describes it. No family is
# known where it does no harm, so it comes when the message's own timer is over: TR1M of 3GPP TS 24.011
# clause 10 ends after 35 to 45 s. What the modem still does then has mostly failed, and what was lost before
# it reached the modem is known a minute and more sooner. `ModemProfile.probe_after` has the exceptions.
PROBE_AFTER = 45.0
# The same when a delivery report said that the network has the message: then nothing can be aborted.
REPORTED_PROBE_AFTER = 1.0
UNKNOWN_AFTER = 60.0  # seconds after Ctrl-Z: an alarm that waits longer for its outcome is late elsewhere
DRAIN_TIMEOUT = 1.0  # seconds for the rest of an answer that nobody wants any more; most need 0.1


class AnswerTimes:
    """The times of the pending command, and of the one that was given up before it."""

    def __init__(self) -> None:
        self.answer_by = 0.0  # when the wait for the pending command's next answer ends
        self.probe_at = math.inf  # when to ask whether the modem still works on the payload
        self.drain_until = 0.0  # how long the answer to the command that was given up is waited for
        self._may_probe = False  # a payload is under way, and the modem was not asked yet
        self._message_until = 0.0  # the whole time of the pending message …
        self._reserved_until = 0.0  # … and of the one that was given up

    def begin(self, now: float, seconds: float) -> None:
        """A command was written: its answer, or its prompt, has so long."""
        self.answer_by = now + seconds

    def submitted(self, now: float, timeout: float, probe_after: float) -> float:
        """Ctrl-Z was written. Returns how many seconds the caller waits."""
        told_after = min(timeout, UNKNOWN_AFTER)
        self.answer_by = now + told_after
        self._message_until = now + timeout
        self.probe_at = now + probe_after
        self._may_probe = True
        return told_after

    def hurry_probe(self, now: float) -> bool:
        """The payload was taken, by all signs. False: that changes nothing."""
        if self._may_probe:
            self.probe_at = min(self.probe_at, now + REPORTED_PROBE_AFTER)
        return self._may_probe

    def probed(self, now: float) -> None:
        """AT is written, once for each payload. Its answer may follow that to the payload."""
        self._forget_probe()
        self.drain_until = now + DRAIN_TIMEOUT

    def shorten(self, now: float, seconds: float) -> None:
        """What is still to come follows soon or never."""
        self.answer_by = min(self.answer_by, now + seconds)
        self._message_until = min(self._message_until, now + seconds)

    def ended(self) -> None:
        """The pending command has its answer."""
        self._forget_probe()

    def give_up(self, now: float, *, is_submitted: bool) -> None:
        """Nobody waits for the pending command any more. Nothing can hurry a network that has its payload."""
        self._forget_probe()
        if is_submitted:
            self.drain_until = self._reserved_until = self._message_until
        else:
            self.drain_until = min(self.answer_by, now + DRAIN_TIMEOUT)

    def answered(self, now: float) -> None:
        """The command that was given up has answered."""
        self._reserved_until = 0.0
        self.drain_until = min(self.drain_until, now + DRAIN_TIMEOUT)

    def idle(self, now: float) -> None:
        """The answer to the payload was lost: nothing is to come."""
        self._forget_probe()
        self.drain_until = now

    def is_reserved(self, now: float) -> bool:
        """A message was given up that the network may still be working on."""
        return now < self._reserved_until

    def _forget_probe(self) -> None:
        self.probe_at = math.inf
        self._may_probe = False
