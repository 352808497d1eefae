"""Unsolicited result codes as data: how each is recognised, whether a line follows it, what it says.

A URC may come at any time, also between a command and its answer. `UrcRule.response` says what a line with a
URC's prefix must look like to be the pending command's answer instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gsm_driver.errors import ResponseError
from gsm_driver.models import CallState, NetworkTime, Registration

from . import calls, clock
from .calls import CallChange, CallerId, Tone
from .fields import to_int
from .responses import parse_registration_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class UrcKind(StrEnum):
    """What an unsolicited result code is about."""

    MESSAGE_STORED = "message_stored"  # +CMTI: read it from `StoredNotice`
    MESSAGE_DIRECT = "message_direct"  # +CMT: the PDU itself; AT+CNMA is due where AT+CSMS=1
    REPORT_STORED = "report_stored"  # +CDSI
    REPORT_DIRECT = "report_direct"  # +CDS; AT+CNMA as for +CMT
    BROADCAST = "broadcast"  # +CBM
    STORAGE_FULL = "storage_full"  # no further message is announced until something is deleted
    RING = "ring"
    CALLER_ID = "caller_id"  # +CLIP
    CALL_WAITING = "call_waiting"  # +CCWA
    CALL_STATE = "call_state"
    CALL_ENDED = "call_ended"
    TONE = "tone"  # a received DTMF digit
    USSD = "ussd"
    REGISTRATION = "registration"
    SIGNAL = "signal"
    TIME = "time"
    SIM_STATE = "sim_state"
    SMS_READY = "sms_ready"  # the modem takes SMS commands from now on
    REBOOTED = "rebooted"  # all settings are lost: initialise again
    POWER_WARNING = "power_warning"
    POWER_DOWN = "power_down"
    OTHER = "other"  # known, and of no use here
    LATE_ANSWER = "late_answer"  # information response of a command that was given up
    UNKNOWN = "unknown"  # in no table; kept for bug reports


class Body(StrEnum):
    """What follows a header line."""

    NONE = "none"
    HEX = "hex"  # one line: a PDU, hexadecimal digits and nothing else
    TEXT = "text"  # one line of any content (text mode)
    QUOTED = "quoted"  # the value goes on over line ends until its quotes are closed


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """Where a message or report was stored; None where the modem does not say: then sweep."""

    memory: str | None
    index: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectPdu:
    """A TPDU that was not stored."""

    length: int | None  # octets without the SMSC field, as announced; None in text mode
    hex_pdu: str = field(repr=False)  # empty when the line did not come


@dataclass(frozen=True, slots=True, kw_only=True)
class UssdNotice:
    """+CUSD (27.007 clause 7.15)."""

    status: int | None  # 0 done, 1 answer wanted, 2 ended by the network, 3 other client, 4 no, 5 time-out
    text: str = field(repr=False)  # as sent: hex where the modem sends hex; lines are joined by LF
    data_coding_scheme: int | None


UrcParameters = (
    StoredNotice | DirectPdu | CallerId | CallChange | UssdNotice | Tone | Registration | NetworkTime
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Urc:
    """One unsolicited result code."""

    kind: UrcKind
    prefix: str  # upper case: "+CMTI", "RING"; empty for UNKNOWN
    value: str = field(default="", repr=False)  # what follows the colon; the whole line for UNKNOWN
    body: str | None = field(default=None, repr=False)  # the line that followed; None if there is none
    parameters: UrcParameters | None = None  # None: the kind has none, or they make no sense


def _stored_notice(value: str, _body: str | None) -> StoredNotice:
    """`"SM",3`, `"ME", 3`, `,-1` (SIM7600X tells nothing more)."""
    memory, _, index = value.partition(",")
    slot = to_int(index)
    return StoredNotice(
        memory=memory.strip(' "') or None, index=slot if slot is not None and slot >= 0 else None
    )


def _direct_pdu(value: str, body: str | None) -> DirectPdu:
    length = to_int(value.rpartition(",")[2])
    return DirectPdu(length=length, hex_pdu=(body or "").strip())


def _ussd_notice(value: str, _body: str | None) -> UssdNotice:
    """`0,"text",15`, `0, 49B41C`, `2`; a quoted text may hold commas, quotes and line ends."""
    status, _, rest = value.partition(",")
    rest = rest.strip()
    if rest.startswith('"'):
        text, closing, coding = rest[1:].rpartition('"')
        if not closing:  # the second quote was lost
            text, coding = coding, ""
    else:
        text, _, coding = rest.partition(",")
    return UssdNotice(
        status=to_int(status), text=text.rstrip(), data_coding_scheme=to_int(coding.strip(" ,"))
    )


def _registration(value: str, _body: str | None) -> Registration | None:
    try:
        return parse_registration_value(value)
    except ResponseError:
        return None


# A text-mode header differs from a PDU header by its number of parameters. So a modem that fell back to text
# mode does not make the line after the header unreadable.
_PDU_HEADER = re.compile(r'(?:(?:"[^"]*"|[^",]*),)?\s*\d+\s*')  # +CMT: [<alpha>],<length>
_LENGTH_ONLY = re.compile(r"\s*\d+\s*")  # +CDS: <length>, +CBM: <length>


def _message_body(value: str) -> Body:
    return Body.HEX if _PDU_HEADER.fullmatch(value) else Body.TEXT


def _report_body(value: str) -> Body:
    return Body.HEX if _LENGTH_ONLY.fullmatch(value) else Body.NONE


def _broadcast_body(value: str) -> Body:
    return Body.HEX if _LENGTH_ONLY.fullmatch(value) else Body.TEXT


def _ussd_body(value: str) -> Body:
    return Body.QUOTED if value.count('"') % 2 else Body.NONE


_ANY = re.compile(r"")  # whatever the pending command asked for is its answer
_NEVER = re.compile(r"(?!)")  # no command is answered by this
# <n>,<stat>… answers AT+CREG?; <stat>[,"lac"…] is the URC. Quoted, or longer than two digits, is an area.
_REGISTRATION_ANSWER = re.compile(r"\s*(?:\d+\s*,\s*\d{1,2}\s*(?:,|$)|$)")
_TWO_NUMBERS = re.compile(r"\s*\d+\s*,\s*\d+\s*$")  # AT+CLIP?, AT+CNSMOD?


@dataclass(frozen=True, slots=True, kw_only=True)
class UrcRule:
    """How one URC is recognised and read."""

    kind: UrcKind
    response: re.Pattern[str] = _ANY  # the value of a line that answers a pending command with this prefix
    body: Callable[[str], Body] | None = None  # by the value; None: no line follows
    parse: Callable[[str, str | None], UrcParameters | None] | None = None


_RING = UrcRule(kind=UrcKind.RING, response=_NEVER)
_TONE = UrcRule(kind=UrcKind.TONE, response=_NEVER, parse=calls.parse_tone)
_REGISTRATION = UrcRule(kind=UrcKind.REGISTRATION, response=_REGISTRATION_ANSWER, parse=_registration)
_SIGNAL = UrcRule(kind=UrcKind.SIGNAL)
_LOCAL_TIME = UrcRule(kind=UrcKind.TIME, parse=clock.parse_local_time)
_UNIVERSAL_TIME = UrcRule(kind=UrcKind.TIME, parse=clock.parse_universal_time)
_TIME_ZONE = UrcRule(kind=UrcKind.TIME, parse=clock.parse_time_zone)
_SIM_STATE = UrcRule(kind=UrcKind.SIM_STATE)
_SMS_READY = UrcRule(kind=UrcKind.SMS_READY, response=_NEVER)
_REBOOTED = UrcRule(kind=UrcKind.REBOOTED, response=_NEVER)
_POWER_WARNING = UrcRule(kind=UrcKind.POWER_WARNING, response=_NEVER)
_POWER_DOWN = UrcRule(kind=UrcKind.POWER_DOWN, response=_NEVER)
_FULL = UrcRule(kind=UrcKind.STORAGE_FULL, response=_NEVER)
_OTHER = UrcRule(kind=UrcKind.OTHER)


def _call_state(parse: Callable[[str, str | None], CallChange | None] | None) -> UrcRule:
    return UrcRule(kind=UrcKind.CALL_STATE, parse=parse)


def _call_ended(parse: Callable[[str, str | None], CallChange]) -> UrcRule:
    return UrcRule(kind=UrcKind.CALL_ENDED, response=_NEVER, parse=parse)


_ALERTING = _call_state(calls.state_parser(CallState.ALERTING, is_incoming=False))
_ANSWERED = _call_state(calls.state_parser(CallState.ACTIVE))

# By what precedes the colon, or by the whole line; upper case.
URCS: Mapping[str, UrcRule] = {
    # Short messages (27.005 clause 3.4.1)
    "+CMTI": UrcRule(kind=UrcKind.MESSAGE_STORED, response=_NEVER, parse=_stored_notice),
    "+CDSI": UrcRule(kind=UrcKind.REPORT_STORED, response=_NEVER, parse=_stored_notice),
    "+CMT": UrcRule(kind=UrcKind.MESSAGE_DIRECT, response=_NEVER, body=_message_body, parse=_direct_pdu),
    "+CDS": UrcRule(kind=UrcKind.REPORT_DIRECT, response=_NEVER, body=_report_body, parse=_direct_pdu),
    "+CBM": UrcRule(kind=UrcKind.BROADCAST, response=_NEVER, body=_broadcast_body, parse=_direct_pdu),
    "+CMGS": UrcRule(kind=UrcKind.LATE_ANSWER),  # it may come long after the next command was answered
    "^SMMEMFULL": _FULL,
    "+SMS FULL": _FULL,
    "+SMFULL": _FULL,
    "SMS READY": _SMS_READY,
    "SMS DONE": _SMS_READY,
    # Calls (27.007 clauses 6 and 7)
    "RING": _RING,
    "+CRING": _RING,
    "+CLIP": UrcRule(kind=UrcKind.CALLER_ID, response=_TWO_NUMBERS, parse=calls.parse_caller_id),
    "+CCWA": UrcRule(kind=UrcKind.CALL_WAITING, response=_TWO_NUMBERS, parse=calls.parse_caller_id),
    **{word: _call_ended(calls.end_parser(word)) for word in calls.END_CAUSES},
    "VOICE NO CARRIER": _call_ended(calls.end_parser("VOICE NO CARRIER")),
    **dict.fromkeys(("HANGUP", "+ZCEND"), _call_ended(calls.parse_end)),  # ZTE
    "MISSED_CALL": _call_ended(calls.parse_missed_call),
    "^CEND": _call_ended(calls.parse_cend),
    "+CLCC": _call_state(calls.parse_listed_call),
    "^SLCC": _call_state(calls.parse_slcc),
    "+COLP": _call_state(None),  # A7672 says it while the far end rings
    "VOICE CALL": _call_state(calls.parse_voice_call),
    "^DSCI": _call_state(calls.parse_dsci),
    "+UCALLSTAT": _call_state(calls.parse_ucallstat),
    "#ECAM": _call_state(calls.parse_ecam),
    "*ECAV": _call_state(calls.parse_ecav),
    "^ORIG": _call_state(calls.state_parser(CallState.DIALLING, is_incoming=False)),
    "^CONF": _ALERTING,
    "MO RING": _ALERTING,
    "RINGBACK": _ALERTING,
    "^CONN": _ANSWERED,
    **dict.fromkeys(("MO CONNECTED", "VOICE CONNECT", "VOICE ANSWER", "ANSWER"), _ANSWERED),  # SIM900, ZTE
    "^CCIN": _call_state(None),
    **dict.fromkeys(("STOPRING", "+CDIP", "+CNAP"), _OTHER),
    **dict.fromkeys(("+QTONEDET", "+DTMF", "+RXDTMF", "^DDTMF", "+UUDTMFD"), _TONE),
    "#DTMFEV": UrcRule(kind=UrcKind.TONE, response=_NEVER, parse=calls.parse_pressed_tone),
    # USSD
    "+CUSD": UrcRule(kind=UrcKind.USSD, response=_NEVER, body=_ussd_body, parse=_ussd_notice),
    # Network
    "+CREG": _REGISTRATION,
    "+CGREG": _REGISTRATION,
    "+CEREG": _REGISTRATION,
    "+CSQ": _SIGNAL,
    "^RSSI": _SIGNAL,
    "^RSSILVL": _SIGNAL,
    "^HCSQ": _SIGNAL,
    "^CSNR": _SIGNAL,
    "^NWTIME": _LOCAL_TIME,
    "+CTZE": _LOCAL_TIME,
    "+NITZ": _LOCAL_TIME,
    "+CTZEU": _UNIVERSAL_TIME,
    "*PSUTTZ": _UNIVERSAL_TIME,
    "+CTZV": _TIME_ZONE,
    "DST": UrcRule(kind=UrcKind.TIME, parse=clock.parse_daylight_saving),
    # SIM
    "+CPIN": _SIM_STATE,
    "^SIMST": _SIM_STATE,
    "^SCKS": _SIM_STATE,
    "+QUSIM": _SIM_STATE,
    "#QSS": _SIM_STATE,
    # Start and end of the modem's life
    "RDY": _REBOOTED,
    "CALL READY": _REBOOTED,
    "*ATREADY": _REBOOTED,
    "^SYSSTART": _REBOOTED,
    "+PACSP0": _REBOOTED,
    "+PACSP1": _REBOOTED,
    "OVER-VOLTAGE WARNNING": _POWER_WARNING,  # SIMCom's spelling
    "OVER-VOLTAGE WARNING": _POWER_WARNING,
    "UNDER-VOLTAGE WARNNING": _POWER_WARNING,
    "UNDER-VOLTAGE WARNING": _POWER_WARNING,
    "OVER-VOLTAGE POWER DOWN": _POWER_DOWN,
    "UNDER-VOLTAGE POWER DOWN": _POWER_DOWN,
    "NORMAL POWER DOWN": _POWER_DOWN,
    "POWERED DOWN": _POWER_DOWN,
    # Chatter. Huawei E1550 repeats the same ^BOOT every few seconds for hours (faucamp/python-gsmmodem#35),
    # and its real reboot takes the USB port away; so ^BOOT says nothing.
    **dict.fromkeys(
        (
            *(
                "^BOOT",
                "^MODE",
                "^DSFLOWRPT",
                "^SRVST",
                "^STIN",
                "^NDISSTAT",
                "^LWURC",
                "^THERM",
                "^SYSLOADING",
            ),
            *("+ZUSIMR", "+ZDONR", "+ZPASR", "+ZPSTM", "+ZEND", "+ZSTR"),
            *("PB DONE", "+CIEV", "+CGEV", "+CFUN", "+QLWURC", "+QGPSURC"),
        ),
        _OTHER,
    ),
    "+CNSMOD": UrcRule(kind=UrcKind.OTHER, response=_TWO_NUMBERS),
    # +QIND and +WIND say several things: `_refine`
    "+QIND": UrcRule(kind=UrcKind.OTHER, response=_NEVER),
    "+WIND": UrcRule(kind=UrcKind.OTHER, response=_NEVER),
}

# Whole families that start alike: NMEA sentences of a neighbouring function, u-blox's +UU….
_FAMILIES = re.compile(r"\$G[PNLABQ][A-Z]{3},|\+UU[A-Z]+:")

_REFINED: Mapping[tuple[str, str], UrcKind] = {
    ("+QIND", "SMS DONE"): UrcKind.SMS_READY,
    ("+QIND", '"SMSFULL"'): UrcKind.STORAGE_FULL,
    ("+WIND", "3"): UrcKind.REBOOTED,  # Wavecom: ready for AT commands, once after power-on
    ("+WIND", "4"): UrcKind.SMS_READY,  # Wavecom: the product is ready
}

_PREFIX = re.compile(r"[+^*#$%!&@_]?[A-Za-z][\w +-]{0,30}")


def split_prefix(line: str) -> tuple[str, str]:
    """``+csq: 18,99`` to ``("+CSQ", "18,99")``; a line without colon is all prefix."""
    head, colon, value = line.partition(":")
    if colon and _PREFIX.fullmatch(head):
        return head.strip().upper(), value.strip()
    return line.upper(), ""


def find_rule(prefix: str, line: str) -> UrcRule | None:
    """The rule for a line with this prefix."""
    rule = URCS.get(prefix)
    if rule is None and _FAMILIES.match(line):
        return _OTHER
    return rule


def make_urc(prefix: str, value: str, body: str | None = None) -> Urc:
    """The event for a recognised line; never raises: what cannot be read has no `parameters`."""
    rule = URCS.get(prefix, _OTHER)
    return Urc(
        kind=_REFINED.get((prefix, value.partition(",")[0].upper()), rule.kind),
        prefix=prefix,
        value=value,
        body=body,
        parameters=rule.parse(value, body) if rule.parse else None,
    )


def unknown_urc(line: str) -> Urc:
    """The event for a line that no table has."""
    return Urc(kind=UrcKind.UNKNOWN, prefix="", value=line)
