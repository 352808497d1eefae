"""How long to wait for the prompt on this line. Pure: the times are passed in."""

from __future__ import annotations

from gsm_driver.at.exchange import PROMPT_TIMEOUT

START = 4.0  # seconds while no prompt was seen: most modems need 0.1, the slow ones get the full time next
# Seconds, however fast the prompts were: ten lost ones cost less than 5 s then. RFC 6298 rule 2.4 has 1 s
# there, for networks; a modem on a cable that needs 0.3 s once in a while loses nothing but a turn.
FLOOR = 0.3

# RFC 6298 clause 2.3: the shares of a new measurement, and the deviations that the patience allows for.
_SMOOTHED_SHARE = 1 / 8
_DEVIATION_SHARE = 1 / 4
_DEVIATIONS = 4


class PromptPatience:
    """The time-out of the first wait for a prompt, as TCP computes the time-out of a segment (RFC 6298).

    A prompt that was missed costs the patience and a second try, which gets `PROMPT_TIMEOUT`. What that
    measures counts: the line was cleaned in between, so the prompt is that of the second command (the doubt
    that clause 3, Karn's algorithm, is about does not exist). So a modem that is slow is hurried once.
    """

    def __init__(self) -> None:
        self._smoothed: float | None = None  # SRTT, in seconds
        self._deviation = 0.0  # RTTVAR, in seconds
        self._back_off = 1

    @property
    def timeout(self) -> float:
        """Seconds to wait."""
        usual = START if self._smoothed is None else self._smoothed + _DEVIATIONS * self._deviation
        return min(max(usual, FLOOR) * self._back_off, PROMPT_TIMEOUT)

    def note_seen(self, seconds: float) -> None:
        """A prompt came so long after its command."""
        self._back_off = 1
        if self._smoothed is None:
            self._smoothed, self._deviation = seconds, seconds / 2
            return
        surprise = abs(self._smoothed - seconds)
        self._deviation += _DEVIATION_SHARE * (surprise - self._deviation)
        self._smoothed += _SMOOTHED_SHARE * (seconds - self._smoothed)

    def note_missed(self) -> None:
        """None came in time: wait twice as long until one is seen (rule 5.5)."""
        if self.timeout < PROMPT_TIMEOUT:
            self._back_off *= 2
