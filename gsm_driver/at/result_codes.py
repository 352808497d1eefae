"""Final result codes as data: which lines end a command, and what each error code asks the caller to do.

Codes and words: ITU-T V.250 clause 5.7.1, 3GPP TS 27.007 clause 9.2 (CME), 27.005 clause 3.2.5 (CMS), which
takes 1 to 127 from 24.011 annex E-2 (RP-cause) and 128 to 255 from 23.040 clause 9.2.3.22. The classes come
from what these say, and from what gammu, smstools and the users of both met.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gsm_driver.errors import CmeError, CmsError, CodedCommandError, CommandError, ErrorClass

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACCOUNT, _DEVICE, _MEMORY = ErrorClass.ACCOUNT, ErrorClass.DEVICE, ErrorClass.MEMORY
_MESSAGE, _RECIPIENT, _TEMPORARY = ErrorClass.MESSAGE, ErrorClass.RECIPIENT, ErrorClass.TEMPORARY

FIRST_VENDOR_CODE = 512  # from here on each vendor has its own meanings
MAX_FINAL_SHOWN = 80  # characters of a final result code that an error text repeats
_CODE_SHOWN = re.compile(r"[0-9]{1,3}")  # what is longer, or among words, might be a number or a PIN
_DIGITS = re.compile(r"[0-9]+")


class FinalKind(StrEnum):
    """Which sort of final result code."""

    OK = "ok"
    ERROR = "error"
    CME = "cme"
    CMS = "cms"
    CALL = "call"  # NO CARRIER, BUSY …


@dataclass(frozen=True, slots=True)
class FinalCode:
    """One final result code."""

    kind: FinalKind
    line: str  # as sent
    detail: str = ""  # the number or words after +CME ERROR: and +CMS ERROR:

    @property
    def is_success(self) -> bool:
        """The command did what it should."""
        return self.kind is FinalKind.OK


# Exact lines. ERROR+CNUM: is how some Huawei sticks say that the SIM has no number of its own.
_FINALS: Mapping[str, FinalKind] = {
    "OK": FinalKind.OK,
    "ERROR": FinalKind.ERROR,
    "ERROR+CNUM:": FinalKind.ERROR,
    "COMMAND NOT SUPPORT": FinalKind.ERROR,
    "TOO MANY PARAMETERS": FinalKind.ERROR,
    "MODEM ERROR": FinalKind.ERROR,
    "NA": FinalKind.ERROR,
}

# They end the command that dials or answers, and are unsolicited for every other one.
_CALL_FINALS: Mapping[str, FinalKind] = {
    "NO CARRIER": FinalKind.CALL,
    "BUSY": FinalKind.CALL,
    "NO ANSWER": FinalKind.CALL,
    "NO DIALTONE": FinalKind.CALL,
    "NO DIAL TONE": FinalKind.CALL,
    "CONNECT": FinalKind.OK,
}

_OK = FinalCode(FinalKind.OK, "OK")  # what nearly every command ends with
_CODED = re.compile(r"\+(CM[ES]) ERROR(?:\s*:|\s|$)\s*(.*)", re.IGNORECASE)


def parse_final(line: str, *, in_call: bool = False) -> FinalCode | None:
    """The final result code that this whole line is, or None. `in_call` adds those of ATD and ATA."""
    if line == _OK.line:
        return _OK
    word = line.upper()
    kind = _FINALS.get(word) or (_CALL_FINALS.get(word) if in_call else None)
    if kind is not None:
        return FinalCode(kind, line)
    coded = _CODED.fullmatch(line)
    if coded is None:
        return None
    return FinalCode(FinalKind(coded[1].lower()), line, coded[2].strip())


@dataclass(frozen=True, slots=True)
class _Meaning:
    """A code in the standard's words, and its class."""

    words: str
    error_class: ErrorClass


def _table(rows: tuple[tuple[int, str, ErrorClass], ...]) -> Mapping[int, _Meaning]:
    return {code: _Meaning(words, error_class) for code, words, error_class in rows}


CME_CODES: Mapping[int, _Meaning] = _table(
    (
        (0, "phone failure", _DEVICE),
        (1, "no connection to phone", _DEVICE),
        (2, "phone-adaptor link reserved", _DEVICE),
        (3, "operation not allowed", _TEMPORARY),  # mostly "too early after power-on"
        (4, "operation not supported", _DEVICE),
        (5, "PH-SIM PIN required", _ACCOUNT),
        (6, "PH-FSIM PIN required", _ACCOUNT),
        (7, "PH-FSIM PUK required", _ACCOUNT),
        (10, "SIM not inserted", _ACCOUNT),
        (11, "SIM PIN required", _ACCOUNT),
        (12, "SIM PUK required", _ACCOUNT),
        (13, "SIM failure", _ACCOUNT),
        (14, "SIM busy", _TEMPORARY),  # about 10 s after boot (babca/python-gsmmodem#10)
        (15, "SIM wrong", _ACCOUNT),
        (16, "incorrect password", _ACCOUNT),
        (17, "SIM PIN2 required", _ACCOUNT),
        (18, "SIM PUK2 required", _ACCOUNT),
        (20, "memory full", _MEMORY),
        (21, "invalid index", _DEVICE),
        (22, "not found", _DEVICE),
        (23, "memory failure", _DEVICE),
        (24, "text string too long", _MESSAGE),
        (25, "invalid characters in text string", _MESSAGE),
        (26, "dial string too long", _MESSAGE),
        (27, "invalid characters in dial string", _MESSAGE),
        (30, "no network service", _TEMPORARY),
        (31, "network timeout", _TEMPORARY),
        (32, "network not allowed - emergency calls only", _ACCOUNT),
        (40, "network personalization PIN required", _ACCOUNT),
        (41, "network personalization PUK required", _ACCOUNT),
        (42, "network subset personalization PIN required", _ACCOUNT),
        (43, "network subset personalization PUK required", _ACCOUNT),
        (44, "service provider personalization PIN required", _ACCOUNT),
        (45, "service provider personalization PUK required", _ACCOUNT),
        (46, "corporate personalization PIN required", _ACCOUNT),
        (47, "corporate personalization PUK required", _ACCOUNT),
        (50, "incorrect parameters", _MESSAGE),
        (100, "unknown", _DEVICE),
        (103, "illegal MS", _ACCOUNT),
        (106, "illegal ME", _ACCOUNT),
        (107, "GPRS services not allowed", _ACCOUNT),
        (111, "PLMN not allowed", _ACCOUNT),
        (112, "location area not allowed", _ACCOUNT),
        (113, "roaming not allowed in this location area", _ACCOUNT),
        (132, "service option not supported", _DEVICE),
        (133, "requested service option not subscribed", _ACCOUNT),
        (134, "service option temporarily out of order", _TEMPORARY),
        (262, "SIM blocked", _ACCOUNT),  # of no standard; Siemens and many others. Bad contacts say it, too
    )
)

CMS_CODES: Mapping[int, _Meaning] = _table(
    (
        # 24.011 annex E-2, cause for cause
        (1, "unassigned (unallocated) number", _RECIPIENT),
        (8, "operator determined barring", _ACCOUNT),  # often an empty prepaid card
        (10, "call barred", _ACCOUNT),  # outgoing calls are barred for short messages
        (17, "network failure", _TEMPORARY),
        (21, "short message transfer rejected", _RECIPIENT),  # some operators mean "no credit"
        (22, "memory capacity exceeded", _MEMORY),
        (27, "destination out of service", _TEMPORARY),  # a signal did not reach the far end: off-line, say
        (28, "unidentified subscriber", _ACCOUNT),  # ours: not registered in the network, IMSI not known
        (29, "facility rejected", _ACCOUNT),
        (30, "unknown subscriber", _RECIPIENT),  # in no register: the number is allocated to nobody
        (38, "network out of order", _TEMPORARY),  # also for wrong numbers (gammu#381, #537): cap the retries
        (41, "temporary failure", _TEMPORARY),
        (42, "congestion", _TEMPORARY),
        (47, "resources unavailable, unspecified", _TEMPORARY),
        (50, "requested facility not subscribed", _ACCOUNT),
        (69, "requested facility not implemented", _ACCOUNT),
        (81, "invalid short message transfer reference value", _MESSAGE),
        (95, "invalid message, unspecified", _MESSAGE),
        (96, "invalid mandatory information", _MESSAGE),
        (97, "message type non-existent or not implemented", _MESSAGE),
        (98, "message not compatible with short message protocol state", _MESSAGE),
        (99, "information element non-existent or not implemented", _MESSAGE),
        (111, "protocol error, unspecified", _TEMPORARY),
        (127, "interworking, unspecified", _TEMPORARY),  # a network that gives no causes: nobody knows why
        # 23.040 clause 9.2.3.22
        (128, "telematic interworking not supported", _MESSAGE),
        (129, "short message type 0 not supported", _MESSAGE),
        (130, "cannot replace short message", _MESSAGE),
        (143, "unspecified TP-PID error", _MESSAGE),
        (144, "data coding scheme (alphabet) not supported", _MESSAGE),
        (145, "message class not supported", _MESSAGE),
        (159, "unspecified TP-DCS error", _MESSAGE),
        (160, "command cannot be actioned", _MESSAGE),
        (161, "command unsupported", _MESSAGE),
        (175, "unspecified TP-command error", _MESSAGE),
        (176, "TPDU not supported", _MESSAGE),
        (192, "SC busy", _TEMPORARY),
        (193, "no SC subscription", _ACCOUNT),
        (194, "SC system failure", _TEMPORARY),
        (195, "invalid SME address", _RECIPIENT),
        (196, "destination SME barred", _RECIPIENT),
        (197, "SM rejected-duplicate SM", _MESSAGE),
        (198, "TP-VPF not supported", _MESSAGE),
        (199, "TP-VP not supported", _MESSAGE),
        (208, "SIM SMS storage full", _MEMORY),
        (209, "no SMS storage capability in SIM", _MEMORY),
        (210, "error in MS", _DEVICE),
        (211, "memory capacity exceeded", _MEMORY),
        (212, "SIM application toolkit busy", _TEMPORARY),
        (213, "SIM data download error", _DEVICE),
        (255, "unspecified error cause", _TEMPORARY),
        # 27.005 clause 3.2.5
        (300, "ME failure", _DEVICE),
        (301, "SMS service of ME reserved", _DEVICE),
        (302, "operation not allowed", _TEMPORARY),  # the wrong moment, or the PIN is missing
        (303, "operation not supported", _DEVICE),
        (304, "invalid PDU mode parameter", _MESSAGE),  # wrong length, or AT+CMGF fell back to text mode
        (305, "invalid text mode parameter", _MESSAGE),
        (310, "SIM not inserted", _ACCOUNT),
        (311, "SIM PIN required", _ACCOUNT),
        (312, "PH-SIM PIN required", _ACCOUNT),
        (313, "SIM failure", _ACCOUNT),
        (314, "SIM busy", _TEMPORARY),
        (315, "SIM wrong", _ACCOUNT),
        (316, "SIM PUK required", _ACCOUNT),
        (317, "SIM PIN2 required", _ACCOUNT),
        (318, "SIM PUK2 required", _ACCOUNT),
        (320, "memory failure", _DEVICE),
        (321, "invalid memory index", _DEVICE),  # on a read: the message is gone already
        (322, "memory full", _MEMORY),
        (330, "SMSC address unknown", _ACCOUNT),
        (331, "no network service", _TEMPORARY),
        (332, "network timeout", _TEMPORARY),
        (340, "no +CNMA acknowledgement expected", _TEMPORARY),
        # Many firmwares say 500 for anything: registration denied, no credit, no SMS over this bearer.
        (500, "unknown error", _DEVICE),
    )
)

# Where a code of 512 and above is known for certain, by the vendor name of the profile. For Siemens and its
# heirs 513 is "unable to store", where others mean a lost radio link: the same number, and different advice.
VENDOR_CODES: Mapping[str, Mapping[int, ErrorClass]] = {
    "cinterion": {
        512: _DEVICE,  # user abort
        513: _MEMORY,  # unable to store
        514: _MESSAGE,  # invalid status
        515: _MESSAGE,  # invalid character in address string
        516: _MESSAGE,  # invalid length
        532: _TEMPORARY,  # SIM not ready
        535: _TEMPORARY,  # protocol stack busy
        **dict.fromkeys(range(549, 555), _MESSAGE),  # length and format of the PDU
    }
}

# After the PDU was written these do not say that it was not sent: the network did not answer in time (332,
# CME 31), or has the message already (197).
_IN_DOUBT: Mapping[FinalKind, frozenset[int]] = {
    FinalKind.CMS: frozenset({197, 332}),
    FinalKind.CME: frozenset({31}),
}


def error_from_final(
    command: str, final: FinalCode, *, submitted: bool = False, vendor: str | None = None
) -> CommandError:
    """The exception for an unsuccessful final result code.

    `command` is the name, never the parameters. With `submitted` the PDU had left already. `vendor` names the
    family in `VENDOR_CODES` whose meanings of 512 and above hold.
    """
    if final.kind not in {FinalKind.CME, FinalKind.CMS}:
        return CommandError(command, final.line)
    shown = final.line if _CODE_SHOWN.fullmatch(final.detail) else _DIGITS.sub("…", final.line)
    shown = shown[:MAX_FINAL_SHOWN]
    code = _code_of(final)
    error_class = _classify(final.kind, code, vendor)
    if submitted and code in _IN_DOUBT[final.kind]:
        error_class = ErrorClass.UNKNOWN
    error = CmeError if final.kind is FinalKind.CME else CmsError
    return error(command, shown, code, error_class)


def is_certain(error: CommandError) -> bool:
    """What was submitted was not sent: the answer comes from the network, or tells what is wrong with it."""
    if not isinstance(error, CodedCommandError) or error.code is None:
        return False
    return error.error_class is not ErrorClass.DEVICE and error.code < FIRST_VENDOR_CODE


def _code_of(final: FinalCode) -> int | None:
    """The number; words (AT+CMEE=2) are looked up."""
    digits = final.detail
    if digits.isascii() and digits.isdigit() and len(digits) <= 5:
        return int(digits)
    found = find_words(final)
    return None if found is None else found[0]


def find_words(final: FinalCode) -> tuple[int, str] | None:
    """The code that is told in words, and these as the standard has them: in their own table first."""
    own, other = (_CME_WORDS, _CMS_WORDS) if final.kind is FinalKind.CME else (_CMS_WORDS, _CME_WORDS)
    words = _normalise(final.detail)
    return own.get(words) or other.get(words)


def _normalise(words: str) -> str:
    """Letters and digits only: firmwares differ in blanks, hyphens, case and "(U)SIM"."""
    return re.sub(r"[^a-z0-9]", "", words.lower().replace("(u)sim", "sim"))


def _by_words(codes: Mapping[int, _Meaning]) -> Mapping[str, tuple[int, str]]:
    """A table the other way round; of two codes with the same words the first."""
    found: dict[str, tuple[int, str]] = {}
    for code, meaning in codes.items():
        found.setdefault(_normalise(meaning.words), (code, meaning.words))
    return found


_CME_WORDS, _CMS_WORDS = _by_words(CME_CODES), _by_words(CMS_CODES)


def _classify(kind: FinalKind, code: int | None, vendor: str | None) -> ErrorClass:
    if code is None:
        return ErrorClass.TEMPORARY
    if code >= FIRST_VENDOR_CODE:
        return VENDOR_CODES.get(vendor or "", {}).get(code, ErrorClass.TEMPORARY)
    meaning = (CME_CODES if kind is FinalKind.CME else CMS_CODES).get(code)
    if meaning is not None:
        return meaning.error_class
    return _classify_range(kind, code)


def _classify_range(kind: FinalKind, code: int) -> ErrorClass:
    """Codes without a row: 24.011 and 23.040 give ranges a meaning."""
    if kind is FinalKind.CMS and code < 128:
        return ErrorClass.TEMPORARY  # treated as 41 or 111
    if kind is FinalKind.CMS and code < 192:
        return ErrorClass.MESSAGE  # TP-PID, TP-DCS, TP-command
    if kind is FinalKind.CMS and code < 256:
        return ErrorClass.TEMPORARY
    return ErrorClass.DEVICE
