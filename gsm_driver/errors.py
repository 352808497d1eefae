"""What can go wrong with a modem, one class per thing a caller does differently.

::

    ModemError
    ├── LinkError                     the line to the modem
    │   ├── PortUnavailableError      the port cannot be opened: missing, in use, no rights
    │   ├── NotAModemError            the port opens, but what answers speaks no AT
    │   ├── LinkLostError             the line was open and is gone
    │   └── ModemTimeoutError         no answer within the named time
    │       └── ResultLostError       the modem is idle again, and its answer was lost
    ├── CommandError                  the modem answered, and the answer was no
    │   ├── CmeError                  +CME ERROR (3GPP TS 27.007 clause 9.2)
    │   │   └── UssdUnsupportedError  neither modem nor network takes USSD from this SIM
    │   └── CmsError                  +CMS ERROR (3GPP TS 27.005 clause 3.2.5)
    ├── ResponseError                 the modem answered in a form that no table has
    ├── SimError                      the SIM needs a person
    │   ├── SimNotReadyError          there is none, or it cannot be read yet
    │   ├── PinRequiredError          no PIN was given, or the one tried before is known wrong
    │   ├── PinRejectedError          the PIN given was refused; it is not tried again
    │   └── PukRequiredError          only a person may enter a PUK
    ├── SendError                     one SMS-SUBMIT was not confirmed
    │   ├── SendRejectedError         it was not taken; `error_class` says what to do
    │   └── SendUnknownError          it may have been taken: never resend blindly
    ├── CallInProgressError           one call at a time
    ├── PduError                      bytes that are no valid TPDU, or a message no TPDU can carry
    │   ├── PduDecodeError
    │   └── PduEncodeError
    └── UsageError                    the caller asked for what the API forbids

No number, message text, PIN or raw PDU is part of a text or a repr here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .models import SegmentReference, SendPhase


class ErrorClass(StrEnum):
    """What the caller should do about a failure."""

    TEMPORARY = "temporary"  # try the same modem again, later
    RECIPIENT = "recipient"  # this address will not take it: try no other SMS route
    MESSAGE = "message"  # change the message: shorter, plainer
    ACCOUNT = "account"  # SIM, credit or subscription: a person must act; use another route now
    MEMORY = "memory"  # storage is full: clean it, then try at once
    DEVICE = "device"  # the modem or its line is broken: recover it; use another route now
    UNKNOWN = "unknown"  # it may have been sent: wait for the delivery report


class ModemError(Exception):
    """Base of all errors of this package."""

    default_error_class: ClassVar[ErrorClass] = ErrorClass.DEVICE

    @property
    def error_class(self) -> ErrorClass:
        """What the caller should do about it."""
        return self.default_error_class


class LinkError(ModemError):
    """The line to the modem."""


class PortUnavailableError(LinkError):
    """The port cannot be opened; the text says why and what to do."""


class NotAModemError(LinkError):
    """The port opens, but nothing there answers AT commands."""


class LossCause(StrEnum):
    """How a line was lost."""

    PORT = "port"  # the port went away: unplugged, or its device crashed
    SILENT = "silent"  # the port is there, but the modem answers nothing
    RESTARTED = "restarted"  # the modem started again, and its settings are gone
    CLOSED = "closed"  # by us
    DEFECT = "defect"  # in this driver


class LinkLostError(LinkError):
    """The line was open and is gone: unplugged, rebooted or closed.

    Attributes:
        cause: how it went.
    """

    def __init__(self, text: str, *, cause: LossCause = LossCause.PORT) -> None:
        super().__init__(text)
        self.cause = cause


class ModemTimeoutError(LinkError):
    """The modem did not answer in time.

    Attributes:
        command: the AT command without its parameters, for example ``AT+CMGS``.
        timeout: seconds waited.
    """

    def __init__(self, command: str, timeout: float) -> None:
        super().__init__(f"the modem did not answer {command} within {timeout:g} s")
        self.command = command
        self.timeout = timeout


class ResultLostError(ModemTimeoutError):
    """The modem took the payload of a command and is idle again, but how it ended was lost."""

    def __init__(self, command: str, timeout: float) -> None:
        super().__init__(command, timeout)
        self.args = (f"the modem is idle {timeout:.3g} s after {command}, and has not said how that ended",)


class CommandError(ModemError):
    """The modem answered a command with an error.

    Attributes:
        command: the AT command without its parameters, for example ``AT+CPIN``.
        final: the final result code as the modem sent it, for example ``ERROR``.
    """

    default_error_class = ErrorClass.DEVICE

    def __init__(self, command: str, final: str) -> None:
        super().__init__(f"the modem answered {command} with {final}")
        self.command = command
        self.final = final


class CodedCommandError(CommandError):
    """A `CommandError` with a numeric code; `code` is None where the modem sent words that no table has."""

    def __init__(self, command: str, final: str, code: int | None, error_class: ErrorClass) -> None:
        super().__init__(command, final)
        self.code = code
        self._error_class = error_class

    @property
    def error_class(self) -> ErrorClass:
        """What the caller should do about this code."""
        return self._error_class


class CmeError(CodedCommandError):
    """+CME ERROR (3GPP TS 27.007 clause 9.2)."""


class UssdUnsupportedError(CmeError):
    """+CME ERROR: 132. A SIM that calls by VoLTE only often has no USSD: ask its operator by SMS instead."""


class CmsError(CodedCommandError):
    """+CMS ERROR (3GPP TS 27.005 clause 3.2.5)."""


class ResponseError(ModemError):
    """The modem answered, in a form that makes no sense.

    Attributes:
        prefix: of the information response, for example ``+CSQ``.
    """

    def __init__(self, prefix: str, problem: str) -> None:
        super().__init__(f"the modem's answer {prefix} makes no sense: {problem}")
        self.prefix = prefix


class SimError(ModemError):
    """The SIM needs a person."""

    default_error_class = ErrorClass.ACCOUNT


class SimNotReadyError(SimError):
    """There is no card, or it cannot be read. It may come by itself: a modem that boots says the same."""


class PinRequiredError(SimError):
    """The SIM wants a PIN, and none may be tried.

    Attributes:
        is_last_try: only because one try is left; entered in a phone, the right PIN gives all of them back.
    """

    def __init__(self, text: str, *, is_last_try: bool = False) -> None:
        super().__init__(text)
        self.is_last_try = is_last_try


class PinRejectedError(SimError):
    """The PIN was refused. It will not be tried again: three wrong PINs lock the SIM."""


class PukRequiredError(SimError):
    """The SIM is locked. Only a person may enter its PUK."""


class SendError(ModemError):
    """One segment of a message was not confirmed by the modem.

    Attributes:
        segment: index of the segment in doubt or refused, from 0.
        phase: how far it had gone.
        accepted: the segments that were confirmed before it.
    """

    def __init__(
        self,
        text: str,
        *,
        segment: int,
        phase: SendPhase,
        error_class: ErrorClass,
        accepted: tuple[SegmentReference, ...] = (),
    ) -> None:
        super().__init__(text)
        self.segment = segment
        self.phase = phase
        self.accepted = accepted
        self._error_class = error_class

    @property
    def error_class(self) -> ErrorClass:
        """What the caller should do about it."""
        return self._error_class


class SendRejectedError(SendError):
    """The segment was not taken, so the modem says: it may be sent again.

    Attributes:
        is_certain: sending it again cannot double it. False for an answer to the PDU that says nothing of
            the network (+CMS ERROR: 500, ERROR): some firmware says it of messages that it sent. Where a
            report was asked for, give that some seconds to come first.
    """

    def __init__(
        self,
        text: str,
        *,
        segment: int,
        phase: SendPhase,
        error_class: ErrorClass,
        accepted: tuple[SegmentReference, ...] = (),
        is_certain: bool = True,
    ) -> None:
        super().__init__(text, segment=segment, phase=phase, error_class=error_class, accepted=accepted)
        self.is_certain = is_certain


class SendUnknownError(SendError):
    """The segment left for the modem and no answer came: it may be on its way.

    Only its delivery report can tell. Its `error_class` is always ``ErrorClass.UNKNOWN``.
    """


class CallInProgressError(ModemError):
    """Another call is up, or rings. End it, or wait for its end."""

    default_error_class = ErrorClass.TEMPORARY


class PduError(ModemError, ValueError):
    """Not a valid TPDU, or not expressible as one.

    Attributes:
        field: the field's name in 3GPP TS 23.040, for example ``TP-SCTS``; empty if none applies.
        offset: octets from the start of the PDU, None when encoding.
    """

    default_error_class = ErrorClass.MESSAGE

    def __init__(self, text: str, *, field: str = "", offset: int | None = None) -> None:
        place = f"{field or 'PDU'}" + ("" if offset is None else f" at octet {offset}")
        super().__init__(f"{place}: {text}")
        self.field = field
        self.offset = offset


class PduDecodeError(PduError):
    """Bytes that are no valid TPDU."""


class PduEncodeError(PduError):
    """A message that no TPDU can carry."""


class UsageError(ModemError):
    """The caller asked for what the API forbids; the text says what to do instead."""

    default_error_class = ErrorClass.MESSAGE
