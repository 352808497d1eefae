"""The values that cross the border of this package. All are frozen; none holds a modem.

Numbers and texts are kept out of every repr: a log line that prints a value here leaks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged:
    """The supervisor gained or lost its modem."""

    connected: bool
    reason: str  # for people, without numbers


ModemEvent = ReceivedSms | DeliveryReport | IncomingCall | UnknownUrc | StorageState | LinkChanged


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

    status: RegistrationStatus
    technology: str | None = None  # "GSM", "UTRAN", "E-UTRAN" … where the modem says
    operator: str | None = None
    location_area: str | None = None  # hex, as the modem sends it
    cell: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Received signal strength (+CSQ, 3GPP TS 27.007 clause 8.5)."""

    dbm: int | None  # None: unknown (99)
    bit_error_rate: int | None  # RXQUAL 0 to 7, None: unknown
