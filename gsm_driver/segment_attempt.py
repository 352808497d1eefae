"""One segment on its way: what is submitted, whom to tell, and what to say of it when it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.result_codes import is_certain
from gsm_driver.pdu.dcs import DataCodingScheme
from gsm_driver.pdu.tpdu import Pdu, encode_pdu

from .errors import CommandError, ErrorClass, ModemError, SendError, SendRejectedError, SendUnknownError
from .models import SegmentProgress, SegmentReference, SendPhase
from .submissions import Submission

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gsm_driver.at.exchange import AtCommand
    from gsm_driver.pdu.address import Address
    from gsm_driver.pdu.segmentation import SmsPlan

    from .link import SubmitError
    from .submission_watch import SubmissionWatch

    ProgressCallback = Callable[[SegmentProgress], Awaitable[None]]


class SegmentAttempt:
    """One segment of one call of `SmsService.submit`.

    Args:
        plan: what it is a segment of.
        segment: its index there, from 0.
        accepted: those that this call has sent before.
        progress: whom to tell.
        service_centre: None: the one stored on the SIM.
    """

    def __init__(
        self,
        plan: SmsPlan,
        segment: int,
        accepted: tuple[SegmentReference, ...],
        progress: ProgressCallback | None,
        *,
        service_centre: Address | None = None,
    ) -> None:
        self.submission = Submission(tpdu=plan.segments[segment], segment=segment)
        self._of = len(plan.segments)
        self._service_centre = service_centre
        self._accepted = accepted
        self._progress = progress
        self._told: SendPhase | None = None

    def command(self, prompt_timeout: float, timeout: float) -> AtCommand:
        """AT+CMGS for it."""
        encoded = encode_pdu(Pdu(smsc=self._service_centre, tpdu=self.submission.tpdu))
        return commands.send_message(
            encoded.tpdu_length, encoded.hex_pdu, prompt_timeout=prompt_timeout, timeout=timeout
        )

    async def leave(self, watch: SubmissionWatch) -> None:
        """The prompt is there: once this is told, the PDU is written."""
        await self.tell(SendPhase.SUBMITTED)
        watch.begin(self.submission)

    def make_plain(self) -> bool:
        """Leave out what an old SC may not know; False: there is nothing of that kind."""
        tpdu = self.submission.tpdu
        scheme = DataCodingScheme.of(tpdu.data_coding_scheme.alphabet)
        plain = replace(tpdu, data_coding_scheme=scheme, validity_period=None, protocol_identifier=0)
        self.submission = Submission(tpdu=plain, segment=self.submission.segment)
        return plain != tpdu

    async def tell(self, phase: SendPhase, reference: int | None = None) -> None:
        """Tell each phase once: a second try adds nothing to what the caller knows."""
        if self._progress is not None and phase is not self._told:
            await self._progress(
                SegmentProgress(segment=self.submission.segment, phase=phase, message_reference=reference)
            )
            self._told = phase

    def error(self, err: SubmitError) -> Exception:
        """What a failed submission means for this segment."""
        if not isinstance(err.cause, ModemError):
            return err.cause  # the caller's own, out of `progress`
        is_submitted = err.phase is SendPhase.SUBMITTED
        # Some answers to the PDU say nothing of it: CMS 332 only that the network did not answer in time.
        is_answered = isinstance(err.cause, CommandError) and err.cause.error_class is not ErrorClass.UNKNOWN
        if is_submitted and not is_answered:
            return self.unknown(str(err.cause))
        is_sure = not is_submitted or (isinstance(err.cause, CommandError) and is_certain(err.cause))
        verdict = "was not sent" if is_sure else "was refused, but may have been sent all the same"
        return SendRejectedError(
            f"{self._name} {verdict}: {err.cause}",
            segment=self.submission.segment,
            phase=err.phase,
            error_class=err.cause.error_class,
            accepted=self._accepted,
            is_certain=is_sure,
        )

    def unknown(self, problem: str) -> SendError:
        """It left, and nobody knows what became of it."""
        return SendUnknownError(
            f"{self._name} left for the modem, but {problem}",
            segment=self.submission.segment,
            phase=SendPhase.SUBMITTED,
            error_class=ErrorClass.UNKNOWN,
            accepted=self._accepted,
        )

    @property
    def _name(self) -> str:
        """Which segment, and what became of those before it."""
        if self._of == 1:
            return "the message"
        before = f" (sent before it: {len(self._accepted)})" if self._accepted else ""
        return f"segment {self.submission.segment + 1} of {self._of}{before}"
