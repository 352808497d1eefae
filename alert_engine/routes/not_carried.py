"""Why a message cannot be made into what a way out carries, before anything is sent."""

from __future__ import annotations

from gsm_driver import PduEncodeError, SegmentCount, count_segments

from .base import ErrorClass, Rejected


class NotCarriedError(ValueError):
    """A message that cannot be carried; `refused` is what is said of it."""

    def __init__(self, error_class: ErrorClass, reason: str, *, this_route_only: bool = False) -> None:
        super().__init__(reason)
        self.refused = Rejected(error_class=error_class, reason=reason, this_route_only=this_route_only)


def counted(text: str) -> SegmentCount:
    """How a network counts a text. Raises NotCarriedError: no SMS can carry it."""
    try:
        return count_segments(text)
    except PduEncodeError:
        raise NotCarriedError(ErrorClass.MESSAGE, "the text is too long for an SMS") from None
