"""Compares what delivery reports tell with what was submitted: ends waits that are over, settles doubts."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from gsm_driver.at.exchange import InfoLine, Response
from gsm_driver.at.responses import parse_message_reference
from gsm_driver.at.urc import DirectPdu, UrcKind
from gsm_driver.pdu.tpdu import SmsStatusReport

from .decoding import Decoder
from .errors import ResponseError, ResultLostError, SendRejectedError
from .submissions import Submissions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gsm_driver.at.urc import Urc

    from .link import Link
    from .models import DeliveryReport, LateAcceptance
    from .submissions import Submission

SUBMIT = "AT+CMGS"


class SubmissionWatch:
    """What `SmsService` tells of each segment, and what the modem tells of it afterwards.

    Args:
        link: the open line.
        submissions: those of earlier lives of the modem, too.
        on_late: told of a segment that was taken, though its outcome was unknown or a doubtful no.
    """

    def __init__(
        self,
        link: Link,
        submissions: Submissions | None = None,
        *,
        on_late: Callable[[LateAcceptance], None] = lambda _: None,
    ) -> None:
        self._link = link
        self._submissions = submissions or Submissions()
        self._on_late = on_late
        self._seemed_idle = False  # the last one in doubt ended by the modem's answer to a probe

    def begin(self, submission: Submission) -> None:
        """A segment is about to leave."""
        self._submissions.begin(submission, _now())

    def accept(self, submission: Submission, reference: int) -> None:
        """Its +CMGS came."""
        self._tell(self._submissions.accept(submission, reference))

    def fail(self, submission: Submission, err: BaseException) -> None:
        """It was not confirmed. Only a certain no ends it: some modems say CMS 500 of what they sent."""
        self._seemed_idle = isinstance(err.__cause__, ResultLostError)
        is_answered = isinstance(err, SendRejectedError)
        if isinstance(err, SendRejectedError) and err.is_certain:
            self._tell(self._submissions.refuse(submission))
        else:
            self._tell(self._submissions.doubt(submission, is_answered=is_answered))

    def note_report(self, report: DeliveryReport) -> None:
        """A delivery report was read."""
        self._note(report.recipient, report.message_reference)

    def note_announced(self, urc: Urc) -> None:
        """A +CDS or +CDSI came. It is read in a while; a wait that it may end ends now."""
        if not self._submissions.is_open:
            return
        if urc.kind is UrcKind.REPORT_DIRECT and isinstance(urc.parameters, DirectPdu):
            content = Decoder.decode(urc.parameters.hex_pdu, urc.parameters.length).content
            if isinstance(content, SmsStatusReport):
                self._note(content.recipient_address.number, content.message_reference)
        elif urc.kind is UrcKind.REPORT_STORED and not self._submissions.awaits_reports:
            self._link.probe_soon()  # the line is busy: whose report it is can only be read afterwards

    def note_late(self, answer: Urc) -> None:
        """A +CMGS came when no command waited for it.

        If the modem had seemed to be idle, it answers AT while it sends: it need not be asked again.
        """
        line = InfoLine(prefix=answer.prefix, value=answer.value)
        try:
            reference = parse_message_reference(Response(command=SUBMIT, lines=(line,)))
        except ResponseError:
            return  # the late answer to another command
        settled = self._submissions.note_late(reference)
        if settled and self._seemed_idle:
            self._link.probe_after = math.inf
        self._tell(settled)

    def _note(self, recipient: str, reference: int) -> None:
        self._tell(self._submissions.note_report(recipient, reference, _now()))
        if self._submissions.is_reported:
            self._link.probe_soon()

    def _tell(self, settled: Iterable[LateAcceptance]) -> None:
        for acceptance in settled:
            self._on_late(acceptance)


def _now() -> float:
    return asyncio.get_running_loop().time()
