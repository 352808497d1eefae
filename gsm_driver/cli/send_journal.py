"""What became of each segment while a message was sent: told when somebody ends that half-way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.errors import ErrorClass, SendUnknownError
from gsm_driver.models import SegmentReference, SendPhase

if TYPE_CHECKING:
    from gsm_driver.models import SegmentProgress

    from .interruption import Interruption


class SendJournal:
    """Keeps what `SmsService.submit` tells.

    Args:
        segments: how many the message has.
    """

    def __init__(self, segments: int) -> None:
        self._segments = segments
        self._in_doubt: int | None = None
        self.accepted: tuple[SegmentReference, ...] = ()

    async def note(self, progress: SegmentProgress) -> None:
        """One step of one segment."""
        if progress.message_reference is None:
            self._in_doubt = progress.segment
            return
        self._in_doubt = None
        reference = SegmentReference(segment=progress.segment, message_reference=progress.message_reference)
        self.accepted = (*self.accepted, reference)

    def account(self, interruption: Interruption) -> Exception:
        """What to tell of an interruption: in doubt, sent in part, sent, or not sent."""
        sent, wanted = len(self.accepted), self._segments
        if self._in_doubt is not None:
            return SendUnknownError(
                f"{interruption}; segment {self._in_doubt + 1} of {wanted} had left for the modem: it may"
                f" have been sent; sent for certain: {sent}",
                segment=self._in_doubt,
                phase=SendPhase.SUBMITTED,
                error_class=ErrorClass.UNKNOWN,
                accepted=self.accepted,
            )
        if sent == wanted:
            return interruption.with_account(
                "the message was sent, its report was not waited for", self.accepted
            )
        return interruption.with_account(
            f"{sent} of {wanted} segments were sent" if sent else "nothing was sent", self.accepted
        )
