"""From a PDU in hex to what the consumer gets. No modem in here; the time is passed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gsm_driver.pdu.classify import classify
from gsm_driver.pdu.dcs import Alphabet
from gsm_driver.pdu.reassembly import Reassembled, Reassembler
from gsm_driver.pdu.tpdu import Direction, SmsDeliver, SmsStatusReport, SmsSubmit, decode_pdu

from .errors import PduDecodeError
from .models import DeliveryReport, DeliveryStatus, MessageKind, ReceivedSms

if TYPE_CHECKING:
    from collections.abc import Hashable

    from .models import StorageSlot


NO_SMSC = "00"  # the SMSC address in hex where there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedPdu:
    """One PDU from the modem."""

    hex_pdu: str = field(repr=False)
    content: SmsDeliver | SmsStatusReport | SmsSubmit | None  # None: nothing that can be read

    @property
    def is_outgoing(self) -> bool:
        """It was stored to be sent, or after it was."""
        return isinstance(self.content, SmsSubmit)

    @property
    def is_report(self) -> bool:
        """It tells of a message that we sent."""
        return isinstance(self.content, SmsStatusReport)

    @property
    def key(self) -> Hashable:
        """Equal for copies of one PDU: sender, time, text and part (A7670E delivers some messages twice)."""
        match self.content:
            case SmsDeliver() as deliver:
                return deliver.originating_address, deliver.service_centre_time, deliver.user_data
            case SmsStatusReport() as report:
                return (
                    report.recipient_address,
                    report.service_centre_time,
                    report.discharge_time,
                    report.message_reference,
                    report.status,
                )
            case _:
                return self.hex_pdu


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What one or more PDUs gave."""

    event: ReceivedSms | DeliveryReport
    keys: tuple[Hashable, ...] = field(repr=False)  # of the PDUs in it, those of duplicates too


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    hex_pdu: str = field(repr=False)
    slot: StorageSlot | None
    key: Hashable = field(repr=False)


class Decoder:
    """Decodes, classifies and puts segments together. Never raises for what came from the wire."""

    def __init__(self) -> None:
        self._reassembler: Reassembler[_Segment] = Reassembler()

    @staticmethod
    def decode(hex_pdu: str, length: int | None = None) -> DecodedPdu:
        """Read one PDU. What it is, its type bits say, not where it was found, nor its status.

        `length` is what the modem announced: octets without the SMSC address. Old phones leave that away from
        the PDU, too.
        """
        is_bare = length is not None and len(hex_pdu) == 2 * length
        content = _content(NO_SMSC + hex_pdu, strict=True) if is_bare else None
        return DecodedPdu(hex_pdu=hex_pdu, content=content or _content(hex_pdu))

    def collect(self, pdu: DecodedPdu, slot: StorageSlot | None, now: float) -> tuple[Collected, ...]:
        """What this PDU gives, at once or with the segments that came before it."""
        segment = _Segment(hex_pdu=pdu.hex_pdu, slot=slot, key=pdu.key)
        match pdu.content:
            case SmsStatusReport() as report:
                return (Collected(event=_delivery_report(report, segment), keys=(segment.key,)),)
            case SmsDeliver() as deliver:
                whole = self._reassembler.add(deliver, segment, now)
                return () if whole is None else (_collected(whole),)
            case _:
                return (Collected(event=_undecodable(segment), keys=(segment.key,)),)

    def expire(self, now: float) -> tuple[Collected, ...]:
        """Messages of which segments never came."""
        return tuple(_collected(partial) for partial in self._reassembler.expire(now))


def _content(hex_pdu: str, *, strict: bool = False) -> SmsDeliver | SmsStatusReport | SmsSubmit | None:
    """The type bits mean other types in the other direction; no modem stores an SMS-SUBMIT-REPORT."""
    for direction in (Direction.MT, Direction.MO):
        try:
            tpdu = decode_pdu(hex_pdu, direction, strict=strict).tpdu
        except PduDecodeError:
            continue
        if isinstance(tpdu, SmsDeliver | SmsStatusReport | SmsSubmit):
            return tpdu
    return None


def _collected(whole: Reassembled[_Segment]) -> Collected:
    return Collected(event=_received(whole), keys=tuple(segment.key for segment in whole.payloads))


def _received(whole: Reassembled[_Segment]) -> ReceivedSms:
    first = whole.first
    ports = first.user_data.ports
    return ReceivedSms(
        sender=first.originating_address.number,
        sender_is_alphanumeric=first.originating_address.is_alphanumeric,
        text=whole.text,
        kind=classify(first),
        service_centre_time=first.service_centre_time.to_datetime(),
        segments=len(whole.segments),
        missing=whole.missing,
        data=whole.data if first.user_data.alphabet is Alphabet.DATA else b"",
        ports=None if ports is None else (ports.destination, ports.originator),
        raw=tuple(segment.hex_pdu for segment in whole.payloads),
        slots=tuple(segment.slot for segment in whole.payloads if segment.slot is not None),
    )


def _undecodable(segment: _Segment) -> ReceivedSms:
    return ReceivedSms(
        sender="",
        sender_is_alphanumeric=False,
        text="",
        kind=MessageKind.UNDECODABLE,
        service_centre_time=None,
        segments=1,
        raw=(segment.hex_pdu,),
        slots=() if segment.slot is None else (segment.slot,),
    )


def _delivery_report(report: SmsStatusReport, segment: _Segment) -> DeliveryReport:
    return DeliveryReport(
        message_reference=report.message_reference,
        recipient=report.recipient_address.number,
        status=DeliveryStatus.of(report.status),
        tp_status=report.status,
        service_centre_time=report.service_centre_time.to_datetime(),
        discharge_time=report.discharge_time.to_datetime(),
        slots=() if segment.slot is None else (segment.slot,),
    )
