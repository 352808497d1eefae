"""A phone in the simulated network."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gsm_driver.pdu.dcs import MessageClass
from gsm_driver.pdu.user_data import UserData

from .telephony import CallBehaviour

if TYPE_CHECKING:
    from gsm_driver.pdu.tpdu import SmsSubmit

    from .air import Submission
    from .telephony import PhoneCall


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoReply:
    r"""Answer to a received text by itself.

    `reply` may use what `pattern` found, as `re.Match.expand` does: with the pattern ``reply OK (\d{4})`` the
    reply ``OK \1`` repeats the code.
    """

    reply: str = field(repr=False)
    pattern: str = field(default="", repr=False)  # searched in the text; empty: any text
    delay: float = 0.0  # seconds

    def answer_to(self, text: str) -> str | None:
        """The reply, or None if the pattern is not in the text."""
        match = re.search(self.pattern, text)
        return None if match is None else match.expand(self.reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneMessage:
    """A whole message in a phone's inbox."""

    sender: str = field(repr=False)
    text: str = field(repr=False)  # empty for 8-bit data
    data: bytes = field(default=b"", repr=False)  # joined user data, text or not
    flash: bool = False
    at: float  # clock of the scheduler, when it became whole
    segments: tuple[Submission, ...] = field(repr=False)

    @property
    def hex_pdus(self) -> tuple[str, ...]:
        """Each segment as the host wrote it."""
        return tuple(segment.hex_pdu for segment in self.segments)


class SimulatedPhone:
    """Receives segments, joins them, answers.

    Args:
        number: "+" and digits.
        replies: asked in order; the first that has an answer answers.
    """

    def __init__(self, number: str, *, replies: tuple[AutoReply, ...] = ()) -> None:
        self.number = number
        self.replies = replies
        self.is_on = True
        self.on_call = CallBehaviour()  # what its owner does when it rings
        self.calls: list[PhoneCall] = []
        self.inbox: list[PhoneMessage] = []
        self.raw: list[Submission] = []  # every segment that ever arrived, in order
        self.doubled = 0  # messages equal to an earlier one
        self.repeated_segments = 0  # segments that were there already when they came again
        self._seen: set[tuple[str, str, bytes]] = set()
        self._partial: dict[tuple[str, int, int, bool], dict[int, Submission]] = {}

    @property
    def texts(self) -> list[str]:
        """The texts of the inbox, in order of arrival."""
        return [message.text for message in self.inbox]

    @property
    def waiting_segments(self) -> int:
        """Segments of messages that are not whole."""
        return sum(len(parts) for parts in self._partial.values())

    def receive(self, sender: str, submission: Submission, at: float) -> PhoneMessage | None:
        """Take one segment; the message if it is whole now."""
        self.raw.append(submission)
        parts = self._collect(sender, submission)
        if parts is None:
            return None
        message = _join(sender, parts, at)
        contents = (message.sender, message.text, message.data)
        if contents in self._seen:
            self.doubled += 1
        self._seen.add(contents)
        self.inbox.append(message)
        return message

    def answer_to(self, text: str) -> AutoReply | None:
        """The rule that answers this text, its reply filled in."""
        for rule in self.replies:
            if (reply := rule.answer_to(text)) is not None:
                return AutoReply(reply=reply, delay=rule.delay)
        return None

    def _collect(self, sender: str, submission: Submission) -> tuple[Submission, ...] | None:
        concatenation = submission.submit.user_data.concatenation
        if concatenation is None:
            return (submission,)
        key = (sender, concatenation.reference, concatenation.total, concatenation.wide)
        parts = self._partial.setdefault(key, {})
        if concatenation.sequence in parts:
            self.repeated_segments += 1
        parts[concatenation.sequence] = submission
        if len(parts) < concatenation.total:
            return None
        del self._partial[key]
        return tuple(parts[sequence] for sequence in sorted(parts))


def _join(sender: str, parts: tuple[Submission, ...], at: float) -> PhoneMessage:
    submits: list[SmsSubmit] = [part.submit for part in parts]
    first = submits[0]
    payload = b"".join(submit.user_data.payload for submit in submits)
    joined = UserData(alphabet=first.user_data.alphabet, payload=payload, header=first.user_data.header)
    return PhoneMessage(
        sender=sender,
        text=joined.text,
        data=payload,
        flash=first.data_coding_scheme.message_class is MessageClass.FLASH,
        at=at,
        segments=parts,
    )
