"""The values that cross the border of this package. All are frozen; none holds a modem.

Numbers and texts are kept out of every repr: a log line that prints a value here leaks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


class SendPhase(StrEnum):
    """How far one segment had gone. Journal it: it decides whether sending again may double the message."""

    BEFORE_PROMPT = "before_prompt"  # AT+CMGS not answered by a prompt yet: nothing was sent
    AFTER_PROMPT = "after_prompt"  # the prompt came, the PDU was not completed with Ctrl-Z: nothing was sent
    SUBMITTED = "submitted"  # PDU and Ctrl-Z written, no answer yet: in doubt
    ACCEPTED = "accepted"  # +CMGS came: the network took it


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentReference:
    """The TP-MR that the modem gave to one segment."""

    segment: int  # index from 0
    message_reference: int  # TP-MR, 0 to 255


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentProgress:
    """Told before and after each step that a crash could leave in doubt."""

    segment: int  # index from 0
    phase: SendPhase
    message_reference: int | None = None  # TP-MR, with ACCEPTED only


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReceipt:
    """All segments were accepted by the network. That is not yet a delivery."""

    segments: tuple[SegmentReference, ...]

    @property
    def message_references(self) -> tuple[int, ...]:
        """One TP-MR per segment, in order."""
        return tuple(segment.message_reference for segment in self.segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSlot:
    """Where a message lies in the modem or on the SIM."""

    memory: str  # "SM", "ME", "SR" … (3GPP TS 27.005 clause 3.2.2)
    index: int


class MessageKind(StrEnum):
    """What a received short message is. Only TEXT is ever a command."""

    TEXT = "text"
    FLASH = "flash"  # class 0
    DATA = "data"  # 8-bit data, application port addressed or not
    WAP_PUSH = "wap_push"
    MMS_NOTICE = "mms_notice"
    WAITING = "waiting"  # message waiting indication (voice mail …)
    SIM = "sim"  # SIM data download (TP-PID 0x7F), class 2
    UNDECODABLE = "undecodable"  # kept as `raw`; `text` is empty


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedSms:
    """A whole received message, reassembled.

    It stays on the SIM until the consumer calls ``modem.inbox.accept(message)``.
    """

    sender: str = field(repr=False)  # "+4366…" for international, digits, or letters
    sender_is_alphanumeric: bool
    text: str = field(repr=False)
    kind: MessageKind
    service_centre_time: datetime | None  # TP-SCTS of the first segment, aware; None if it was invalid
    segments: int  # how many the sender announced
    missing: int = 0  # segments that never came; 0 for a complete message
    data: bytes = field(default=b"", repr=False)  # user data of DATA, WAP_PUSH and MMS_NOTICE
    ports: tuple[int, int] | None = None  # (destination, originator) application ports
    raw: tuple[str, ...] = field(default=(), repr=False)  # the PDUs in hex, as stored
    slots: tuple[StorageSlot, ...] = ()  # empty when the modem delivered it directly (+CMT)


class DeliveryStatus(IntEnum):
    """The ranges of TP-ST (3GPP TS 23.040 clause 9.2.3.15), as what they mean for the sender."""

    DELIVERED = 0  # 0x00, 0x02: received or replaced at the phone
    FORWARDED = 1  # 0x01: handed on, delivery not confirmed
    PENDING = 2  # 0x20 to 0x3F: temporary error, the SC still tries
    FAILED = 3  # 0x40 to 0x5F: permanent error
    EXPIRED = 4  # 0x60 to 0x7F: temporary error, the SC stopped trying

    @classmethod
    def of(cls, tp_status: int) -> DeliveryStatus:
        """The meaning of a TP-ST. With bit 7, which is reserved, it counts as "service rejected"."""
        if tp_status in {0x00, 0x02}:
            return cls.DELIVERED
        if tp_status < 0x20:
            return cls.FORWARDED
        return cls.EXPIRED if tp_status >= 0x60 else (cls.PENDING if tp_status < 0x40 else cls.FAILED)

    @property
    def is_final(self) -> bool:
        """No further report will follow."""
        return self is not DeliveryStatus.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """What became of one segment that we sent (SMS-STATUS-REPORT, 3GPP TS 23.040 clause 9.2.2.3)."""

    message_reference: int  # TP-MR; wraps at 255, so match with `recipient` and time
    recipient: str = field(repr=False)  # TP-RA
    status: DeliveryStatus
    tp_status: int  # TP-ST as sent
    service_centre_time: datetime | None  # TP-SCTS: when the SC took our message
    discharge_time: datetime | None  # TP-DT: when this happened
    slots: tuple[StorageSlot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAcceptance:
    """A segment that was told unknown, or refused without certainty, was taken after all.

    Its +CMGS came when nobody waited for it any more, or a delivery report that can only be its own.
    """

    recipient: str = field(repr=False)  # TP-DA
    segment: int  # index from 0
    message_reference: int  # TP-MR: its delivery report will carry it
    # When it left, on the event loop's clock: tells apart two that went to one recipient. None: not known.
    left_at: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingCall:
    """Somebody rings."""

    caller: str = field(repr=False)  # empty when withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownUrc:
    """An unsolicited result code that no table here knows; kept for curiosity and bug reports."""

    line: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageState:
    """How full a message storage is."""

    memory: str
    used: int
    total: int  # 0: the modem does not say
    dead: int = 0  # of `used`: slots that the modem will not empty
    full_in: float | None = None  # seconds, if it goes on filling so; None: no sign of that, or not soon


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged:
    """The supervisor gained or lost its modem."""

    connected: bool
    reason: str  # for people, without numbers


class ModemFault(StrEnum):
    """What is wrong with a modem, as far as it decides what to do about it."""

    PORT_GONE = "port_gone"  # the port does not exist, or the line was cut
    PORT_HELD = "port_held"  # another program has the port, or we lack the right to open it
    SILENT = "silent"  # nobody answers AT
    INIT_FAILED = "init_failed"  # AT is answered, but the modem cannot be set up
    RESTARTED = "restarted"  # the modem started again; its settings are gone
    REBOOT_LOOP = "reboot_loop"  # it does so again and again
    NOT_REGISTERED = "not_registered"  # no network for longer than `ladder.LOST_AFTER`
    REGISTRATION_DENIED = "registration_denied"  # the network refuses the SIM
    SIM_NOT_READY = "sim_not_ready"  # no card, or it cannot be read
    SIM_LOCKED = "sim_locked"  # only a person may go on: PIN, PUK, network lock
    REFUSED = "refused"  # the modem answers, and says no: a number, a message, an SMSC
    OTHER = "other"  # not the modem's fault: a defect of ours, or somebody closed it


class RecoveryRung(IntEnum):
    """The ladder: what can be done for a modem, the mildest first."""

    DRAIN = 0  # AT three times; whatever else comes is let go
    ESCAPE = 1  # Escape, for a prompt that was left open, then AT
    REOPEN = 2  # close the port, wait, open it, set the modem up
    SIBLING = 3  # AT on another port of the same USB device
    CYCLE_RADIO = 4  # AT+CFUN=4, then 1
    RESET = 5  # AT+CFUN=1,1 or the family's command; the port comes back, maybe under another name
    REBIND = 6  # USB: unplugged and plugged in by the kernel
    POWER = 7  # the caller's own switch
    HUMAN = 8  # a person is told


class RecoveryReason(StrEnum):
    """Why this rung, and why now."""

    FIRST = "first"  # the mildest there is for this fault
    AGAIN = "again"  # the same once more, after a longer pause
    SETTLING = "settling"  # we restarted the modem: it gets time to come back
    NEXT = "next"  # what was done before did not help
    HOURLY = "hourly"  # a person knows; the strongest means goes on once an hour
    EXHAUSTED = "exhausted"  # nothing is left but a person
    TOO_OFTEN = "too_often"  # the rung that is due was used twice within the hour
    POWER_SUPPLY = "power_supply"  # the modem restarts again and again: supply, hub or cable
    PERSON = "person"  # nothing but a person ever helps against this fault


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryStep:
    """One thing that is done for a modem. Told when it is done, not when it is planned."""

    rung: RecoveryRung
    fault: ModemFault
    reason: RecoveryReason
    delay: float = 0.0  # seconds that passed since it was decided


ModemEvent = (
    ReceivedSms
    | DeliveryReport
    | LateAcceptance
    | IncomingCall
    | UnknownUrc
    | StorageState
    | LinkChanged
    | RecoveryStep
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemIdentity:
    """Who the modem is."""

    manufacturer: str
    model: str
    firmware: str
    imei: str = field(repr=False)  # empty if the modem keeps it to itself

    @property
    def imei_tail(self) -> str:
        """The last four digits: enough to tell two modems apart, not enough to name one."""
        return self.imei[-4:]


class RegistrationStatus(StrEnum):
    """<stat> of +CREG (3GPP TS 27.007 clause 7.2), as words."""

    NOT_REGISTERED = "not_registered"  # 0
    HOME = "home"  # 1
    SEARCHING = "searching"  # 2
    DENIED = "denied"  # 3
    UNKNOWN = "unknown"  # 4
    ROAMING = "roaming"  # 5
    SMS_ONLY_HOME = "sms_only_home"  # 6
    SMS_ONLY_ROAMING = "sms_only_roaming"  # 7
    EMERGENCY_ONLY = "emergency_only"  # 8
    DATA_ONLY = "data_only"  # CS denied or absent while PS or EPS is registered: no SMS without IMS

    @property
    def can_send_sms(self) -> bool:
        """The network takes short messages from us in this state."""
        return self in {
            RegistrationStatus.HOME,
            RegistrationStatus.ROAMING,
            RegistrationStatus.SMS_ONLY_HOME,
            RegistrationStatus.SMS_ONLY_ROAMING,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Where the modem stands with the network."""

    status: RegistrationStatus  # all domains joined: what counts for short messages
    technology: str | None = None  # "GSM", "UTRAN", "E-UTRAN" … where the modem says
    operator: str | None = None
    location_area: str | None = None  # hex, as the modem sends it
    cell: str | None = None
    circuit: RegistrationStatus | None = None  # +CREG; this and the next two only where they were asked
    packet: RegistrationStatus | None = None  # +CGREG
    eps: RegistrationStatus | None = None  # +CEREG


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Received signal strength (+CSQ and +CESQ, 3GPP TS 27.007 clauses 8.5 and 8.69); None: not known."""

    dbm: int | None  # of whatever technology serves
    bit_error_rate: int | None  # RXQUAL 0 to 7
    rscp: int | None = None  # dBm, UTRAN; this and the next two only where they were asked
    rsrp: int | None = None  # dBm, E-UTRAN
    rsrq: float | None = None  # dB, E-UTRAN


class CallState(IntEnum):
    """<stat> of +CLCC (3GPP TS 27.007 clause 7.18); 6 is how SIMCom and others go on."""

    ACTIVE = 0
    HELD = 1
    DIALLING = 2
    ALERTING = 3  # it rings at the far end
    INCOMING = 4
    WAITING = 5
    ENDED = 6


class CallOutcome(StrEnum):
    """What became of a call. None of them is a person's word: also a voice mailbox answers."""

    ANSWERED = "answered"  # it was active, whoever ended it
    BUSY = "busy"
    NO_ANSWER = "no_answer"  # it rang, and nobody came
    REJECTED = "rejected"  # the far end refused, or we did
    NO_CARRIER = "no_carrier"  # it ended before it was answered, and the modem does not say why
    FAILED = "failed"  # the network did not put it through
    HUNG_UP = "hung_up"  # we ended it before it was answered


class UssdStatus(StrEnum):
    """<m> of +CUSD (3GPP TS 27.007 clause 7.15), as words."""

    CLOSED = "closed"  # 0: nothing more to say
    REPLY_WANTED = "reply_wanted"  # 1
    TERMINATED = "terminated"  # 2: ended by the network; often with the final text
    OTHER_CLIENT = "other_client"  # 3: something else on this SIM answered
    NOT_SUPPORTED = "not_supported"  # 4: the network does not know the request
    TIMEOUT = "timeout"  # 5: of the network; also when nothing came


@dataclass(frozen=True, slots=True, kw_only=True)
class UssdReply:
    """What the network said."""

    text: str = field(repr=False)  # decoded; lines are joined by LF
    status: UssdStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAnswer:
    """What a modem answered to a command of a person, without the final OK."""

    lines: tuple[str, ...] = field(repr=False)
    truncated: bool = False  # more lines came than are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkTime:
    """Time of the network (NITZ, 3GPP TS 24.008 clause 10.5.3.9); what is missing or absurd is None."""

    time: datetime | None = None  # aware
    zone: timedelta | None = None  # offset from UTC, with daylight saving time
    daylight_saving: timedelta | None = None  # of `zone`: the part that comes from it
