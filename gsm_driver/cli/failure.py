"""What went wrong, for people on standard error, and with ``--json`` for scripts on standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gsm_driver.errors import (
    CommandError,
    ErrorClass,
    LinkLostError,
    ModemError,
    ModemTimeoutError,
    PduEncodeError,
    ResponseError,
    SendError,
    SendRejectedError,
)
from gsm_driver.faults import ADVICE, fault_of

from .exit_code import ExitCode, exit_code_of
from .options import in_terms_of_the_command
from .shell import complain, print_json, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .interruption import Interruption

_ADVICE_FOR_SEND: Mapping[ErrorClass, str] = {
    ErrorClass.TEMPORARY: "try the same again in a minute",
    ErrorClass.RECIPIENT: "see whether the number is right; no other modem will get through to it",
    ErrorClass.MESSAGE: "change the message: shorter, or --plain",
    ErrorClass.ACCOUNT: "see to credit, SIM and SMSC; `gsm-driver doctor` says more",
    ErrorClass.MEMORY: "make room by `gsm-driver inbox --delete`, then try the same again",
    ErrorClass.DEVICE: "`gsm-driver doctor` says what is wrong with the modem",
    ErrorClass.UNKNOWN: "do not send it again before you know: ask the recipient, or look for its report",
}
_UNCERTAIN = "some modems say this of messages that they sent; ask the recipient before you send it again"


def tell_failure(err: ModemError | Interruption, *, as_json: bool) -> ExitCode:
    """Print what failed, why, and what to do; the code to end with."""
    text, advice, code = _words(err), _advice(err), exit_code_of(err)
    complain(text)
    if advice:
        say(f"  -> {advice}")
    if as_json:
        print_error(type(err).__name__, code, text, advice=advice, details=_details(err))
    return code


def print_error(
    kind: str, code: int, text: str, *, advice: str = "", details: Mapping[str, Any] | None = None
) -> None:
    """The document that a script gets in the place of a result, or after the results before it."""
    error = {"type": kind, "exit_code": int(code), "text": text, "advice": advice, **(details or {})}
    print_json({"error": error})


def _words(err: ModemError | Interruption) -> str:
    return in_terms_of_the_command(err) if isinstance(err, PduEncodeError) else str(err)


def _advice(err: ModemError | Interruption) -> str:
    """What to do, where the text does not say it."""
    match err:
        case SendRejectedError(is_certain=False):
            return _UNCERTAIN
        case SendError():
            return _ADVICE_FOR_SEND[err.error_class]
        case LinkLostError() | ModemTimeoutError():
            return ADVICE[fault_of(err)]
        case CommandError():
            return "`gsm-driver doctor` says more"
        case ResponseError():
            return "`gsm-driver trace` records what the modem says, for a bug report"
        case _:
            return ""


def _details(err: ModemError | Interruption) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if isinstance(err, ModemError):
        details["error_class"] = err.error_class
    if isinstance(err, SendError):
        details |= {"segment": err.segment, "phase": err.phase}
        details["is_certain"] = getattr(err, "is_certain", False)
    if not isinstance(err, ModemError) or isinstance(err, SendError):
        details["accepted"] = [
            {"segment": reference.segment, "message_reference": reference.message_reference}
            for reference in err.accepted
        ]
    return details
