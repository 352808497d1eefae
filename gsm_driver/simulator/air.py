"""What travels between modem and network: the only place of the simulator that reads and writes TPDUs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gsm_driver.errors import PduError
from gsm_driver.pdu.address import Address, TypeOfNumber
from gsm_driver.pdu.dcs import MessageClass
from gsm_driver.pdu.segmentation import AlphabetChoice, plan_sms
from gsm_driver.pdu.timestamp import Timestamp
from gsm_driver.pdu.tpdu import (
    Direction,
    Pdu,
    SmsDeliver,
    SmsStatusReport,
    SmsSubmit,
    decode_pdu,
    decode_tpdu,
    encode_pdu,
    encode_tpdu,
)
from gsm_driver.pdu.validity import AbsoluteValidity, RelativeValidity

from .storage import StoredStatus

if TYPE_CHECKING:
    from datetime import datetime

    from gsm_driver.pdu.tpdu import Tpdu

    from .storage import StoredMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One SMS-SUBMIT on its way to the SMSC."""

    submit: SmsSubmit = field(repr=False)
    service_centre: str = field(repr=False)  # SMSC address in force
    hex_pdu: str = field(default="", repr=False)  # as the host wrote it

    @property
    def destination(self) -> str:
        """TP-DA: "+4366…" or the digits as sent."""
        return self.submit.destination_address.number

    @property
    def segments(self) -> int:
        """How many segments its message has."""
        concatenation = self.submit.user_data.concatenation
        return 1 if concatenation is None else concatenation.total

    @property
    def segment(self) -> int:
        """Which of them this is, from 1."""
        concatenation = self.submit.user_data.concatenation
        return 1 if concatenation is None else concatenation.sequence

    def expires_at(self, accepted: datetime) -> datetime | None:
        """When TP-VP ends; None without one."""
        match self.submit.validity_period:
            case RelativeValidity() as relative:
                return accepted + relative.duration
            case AbsoluteValidity() as absolute:
                return absolute.until.to_datetime()
            case _:
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One SMS-DELIVER or SMS-STATUS-REPORT on its way to a modem."""

    service_centre: bytes = field(repr=False)  # SMSC address with its length octet
    tpdu: bytes = field(repr=False)

    @property
    def is_report(self) -> bool:
        """TP-MTI says SMS-STATUS-REPORT (23.040 clause 9.2.3.1)."""
        return self.tpdu[:1] != b"" and self.tpdu[0] & 0x03 == 0x02

    @property
    def message_class(self) -> MessageClass | None:
        """The class in TP-DCS; None without one, or if the TPDU cannot be read."""
        tpdu = self.decode()
        return tpdu.data_coding_scheme.message_class if isinstance(tpdu, SmsDeliver) else None

    def decode(self) -> Tpdu | None:
        """The TPDU; None if it cannot be read."""
        try:
            return decode_tpdu(self.tpdu, Direction.MT)
        except PduError:
            return None


class NotASubmitError(ValueError):
    """The body of a send command is no SMS-SUBMIT, or not as long as the command said."""


def read_submit(hex_pdu: str, tpdu_length: int, default_service_centre: str) -> Submission:
    """Read the body of AT+CMGS or AT+CMGW in PDU mode (27.005 clause 4.3).

    Raises:
        NotASubmitError: not hex, no SMS-SUBMIT, or not `tpdu_length` octets after the SMSC address.
    """
    try:
        octets = bytes.fromhex(hex_pdu)
        pdu = decode_pdu(hex_pdu, Direction.MO, strict=True)
    except (PduError, ValueError) as error:
        raise NotASubmitError(str(error)) from error
    if len(octets) - octets[0] - 1 != tpdu_length:
        raise NotASubmitError("the length in the command is not the length of the TPDU")
    if not isinstance(pdu.tpdu, SmsSubmit):
        raise NotASubmitError("another type of TPDU")
    centre = default_service_centre if pdu.smsc is None else pdu.smsc.number
    return Submission(submit=pdu.tpdu, service_centre=centre, hex_pdu=hex_pdu)


def with_reference(submission: Submission, message_reference: int) -> Submission:
    """The same with the TP-MR that the modem gave it."""
    return replace(submission, submit=replace(submission.submit, message_reference=message_reference))


def with_destination(submission: Submission, number: str) -> Submission:
    """The same to somebody else."""
    return replace(submission, submit=replace(submission.submit, destination_address=Address.parse(number)))


def text_submit(
    destination: str, text: str, *, coding: int, report_requested: bool, service_centre: str
) -> Submission:
    """A SMS-SUBMIT as text mode makes it; `coding` is the <dcs> of +CSMP.

    Raises:
        NotASubmitError: no destination, or the text does not fit one message in that coding.
    """
    try:
        plan = plan_sms(
            destination,
            text,
            alphabet=AlphabetChoice.UCS2 if coding & 0x0C == 0x08 else AlphabetChoice.GSM7,
            message_class=MessageClass.FLASH if coding & 0x13 == 0x10 else None,
            report_requested=report_requested,
            max_segments=1,
        )
        hex_pdu = encode_pdu(Pdu(tpdu=plan.segments[0])).hex_pdu
    except PduError as error:
        raise NotASubmitError(str(error)) from error
    return Submission(submit=plan.segments[0], service_centre=service_centre, hex_pdu=hex_pdu)


def split_pdu(hex_pdu: str) -> Delivery:
    """A PDU in hex, SMSC address first, as it would lie in a slot; the TPDU may be nonsense.

    Raises:
        ValueError: not hex, or shorter than its SMSC address.
    """
    octets = bytes.fromhex(hex_pdu)
    end = 1 + octets[0] if octets else 0
    if not 0 < end < len(octets):
        raise ValueError("a PDU is a SMSC address (00 for none) and a TPDU")
    return Delivery(service_centre=octets[:end], tpdu=octets[end:])


def service_centre_octets(number: str) -> bytes:
    """A SMSC address with its length octet (23.040 clause 9.1.2.5, 24.011 clause 8.2.5.2)."""
    digits = number.lstrip("+")
    if not digits:
        return b"\0"
    padded = digits + "F" * (len(digits) % 2)
    swapped = "".join(padded[place + 1] + padded[place] for place in range(0, len(padded), 2))
    return bytes([1 + len(swapped) // 2, 0x91 if number.startswith("+") else 0x81]) + bytes.fromhex(swapped)


def sender_address(sender: str) -> Address:
    """TP-OA: a number, or a name if there is a letter in it."""
    if any(character.isalpha() for character in sender):
        return Address(digits=sender, type_of_number=TypeOfNumber.ALPHANUMERIC, numbering_plan=0)
    return Address.parse(sender)


def deliver_tpdus(
    sender: str,
    text: str,
    *,
    service_centre_time: datetime,
    concat_reference: int,
    alphabet: AlphabetChoice = AlphabetChoice.AUTO,
    flash: bool = False,
) -> list[bytes]:
    """A text from `sender` as SMS-DELIVERs, in order.

    Raises:
        PduEncodeError: the text does not fit the alphabet, or the sender is no address.
    """
    plan = plan_sms(
        "0",  # a SMS-DELIVER has no destination
        text,
        alphabet=alphabet,
        concat_reference=concat_reference,
        message_class=MessageClass.FLASH if flash else None,
    )
    return [_as_deliver(segment, sender, service_centre_time) for segment in plan.segments]


def forward_tpdu(submission: Submission, sender: str, service_centre_time: datetime) -> bytes:
    """The SMS-DELIVER that another modem gets for this SMS-SUBMIT."""
    return _as_deliver(submission.submit, sender, service_centre_time)


def _as_deliver(submit: SmsSubmit, sender: str, service_centre_time: datetime) -> bytes:
    return encode_tpdu(
        SmsDeliver(
            originating_address=sender_address(sender),
            service_centre_time=Timestamp.from_datetime(service_centre_time),
            user_data=submit.user_data,
            data_coding_scheme=submit.data_coding_scheme,
            protocol_identifier=submit.protocol_identifier,
        )
    )


def report_tpdu(submission: Submission, status: int, *, accepted: datetime, discharged: datetime) -> bytes:
    """The SMS-STATUS-REPORT for a SMS-SUBMIT."""
    return encode_tpdu(
        SmsStatusReport(
            message_reference=submission.submit.message_reference,
            recipient_address=submission.submit.destination_address,
            service_centre_time=Timestamp.from_datetime(accepted),
            discharge_time=Timestamp.from_datetime(discharged),
            status=status,
        )
    )


def decode_any(stored: StoredMessage) -> Tpdu | None:
    """What lies in a slot, received or written; None if it cannot be read."""
    outgoing = stored.status in {StoredStatus.STORED_UNSENT, StoredStatus.STORED_SENT}
    try:
        return decode_tpdu(stored.tpdu, Direction.MO if outgoing else Direction.MT)
    except PduError:
        return None
