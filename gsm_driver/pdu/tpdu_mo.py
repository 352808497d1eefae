"""TPDUs from the mobile to the SC (3GPP TS 23.040 clauses 9.2.2.1a, 9.2.2.2 and 9.2.2.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gsm_driver.errors import PduDecodeError, PduEncodeError

from .address import decode_address, encode_address
from .dcs import ALPHABETS, DEFAULT_SCHEME, DataCodingScheme, decode_dcs, encode_dcs
from .frozen import quick
from .octets import OCTETS, octet
from .reader import Layout
from .report_parameters import (
    AnnouncedFields,
    decode_announced,
    decode_failure_cause,
    decode_indicator,
    encode_announced,
    encode_failure_cause,
)
from .user_data import NO_USER_DATA, UserData, decode_user_data, encode_user_data
from .validity import decode_validity, encode_validity

if TYPE_CHECKING:
    from .address import Address
    from .reader import Reader
    from .validity import ValidityPeriod

_MAX_COMMAND_DATA: Final = 157  # octets of TP-CD
_MAX_DELIVER_REPORT: Final = 159  # octets of TP-UD for RP-ACK; one less for RP-ERROR
_FIXED: Final = Layout({"TP-PID": 1, "TP-DCS": 1})  # of SMS-SUBMIT, after TP-DA
_NO_VALIDITY: Final = encode_validity(None)
_COMMAND: Final = Layout({"TP-MR": 1, "TP-PID": 1, "TP-CT": 1, "TP-MN": 1})


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSubmit:
    """A short message to the SC (clause 9.2.2.2)."""

    destination_address: Address  # TP-DA
    user_data: UserData = NO_USER_DATA  # TP-UDHI, TP-UDL, TP-UD
    data_coding_scheme: DataCodingScheme = DEFAULT_SCHEME  # TP-DCS
    message_reference: int = 0  # TP-MR; the modem puts its own here
    protocol_identifier: int = 0  # TP-PID
    validity_period: ValidityPeriod | None = None  # TP-VPF, TP-VP
    report_requested: bool = False  # TP-SRR
    reject_duplicates: bool = False  # TP-RD
    reply_path: bool = False  # TP-RP


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsDeliverReport:
    """Our acknowledgement of an SMS-DELIVER or SMS-STATUS-REPORT (clause 9.2.2.1a)."""

    failure_cause: int | None = None  # TP-FCS, 0x80 to 0xFF; None: received well (RP-ACK)
    protocol_identifier: int | None = None  # TP-PID
    data_coding_scheme: DataCodingScheme | None = None  # TP-DCS
    user_data: UserData | None = None  # TP-UDHI, TP-UDL, TP-UD


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsCommand:
    """An enquiry about, or the end of, a message submitted before (clause 9.2.2.4)."""

    destination_address: Address  # TP-DA
    message_reference: int = 0  # TP-MR
    protocol_identifier: int = 0  # TP-PID
    command_type: int = 0  # TP-CT: 0 enquiry, 1 cancel report, 2 delete, 3 enable report
    message_number: int = 0  # TP-MN: the TP-MR of the message meant
    command_data: bytes = field(default=b"", repr=False)  # TP-CDL, TP-CD
    report_requested: bool = False  # TP-SRR
    has_header: bool = False  # TP-UDHI: the command data begins with a header


def decode_submit(first: int, reader: Reader) -> SmsSubmit:
    """What follows the first octet of an SMS-SUBMIT."""
    message_reference = reader.octet("TP-MR")
    address = decode_address(reader, "TP-DA")
    pid, dcs_octet = reader.block(_FIXED)
    dcs = decode_dcs(dcs_octet, reader.offset - 1)
    validity = decode_validity(reader, first >> 3 & 0x03)
    return SmsSubmit(
        destination_address=address,
        user_data=decode_user_data(reader, dcs.alphabet, has_header=first & 0x40 != 0),
        data_coding_scheme=dcs,
        message_reference=message_reference,
        protocol_identifier=pid,
        validity_period=validity,
        report_requested=first & 0x20 != 0,
        reject_duplicates=first & 0x04 != 0,
        reply_path=first & 0x80 != 0,
    )


def encode_submit(submit: SmsSubmit) -> bytes:
    """The octets of an SMS-SUBMIT."""
    period, user_data, dcs = submit.validity_period, submit.user_data, submit.data_coding_scheme
    validity_format, validity = encode_validity(period) if period else _NO_VALIDITY
    first = 0x01 | validity_format << 3
    if submit.reject_duplicates:
        first |= 0x04
    if submit.report_requested:
        first |= 0x20
    if user_data.header:
        first |= 0x40
    if submit.reply_path:
        first |= 0x80
    reference, pid = submit.message_reference, submit.protocol_identifier
    if not 0 <= reference | pid <= 0xFF:
        octet(reference, "TP-MR")  # one of the two is out of range, and refused
        octet(pid, "TP-PID")
    return b"".join(
        (
            OCTETS[first],
            OCTETS[reference],
            encode_address(submit.destination_address, "TP-DA"),
            OCTETS[pid],
            OCTETS[encode_dcs(dcs)],
            validity,
            encode_user_data(user_data, ALPHABETS[dcs.octet]),
        )
    )


def decode_deliver_report(first: int, reader: Reader) -> SmsDeliverReport:
    """What follows the first octet of an SMS-DELIVER-REPORT."""
    failure_cause = decode_failure_cause(reader)
    max_octets = _MAX_DELIVER_REPORT - (failure_cause is not None)
    indicator = decode_indicator(reader)
    fields = decode_announced(reader, indicator, has_header=first & 0x40 != 0, max_octets=max_octets)
    return SmsDeliverReport(
        failure_cause=failure_cause,
        protocol_identifier=fields.protocol_identifier,
        data_coding_scheme=fields.data_coding_scheme,
        user_data=fields.user_data,
    )


def encode_deliver_report(report: SmsDeliverReport) -> bytes:
    """The octets of an SMS-DELIVER-REPORT."""
    fields = AnnouncedFields(
        protocol_identifier=report.protocol_identifier,
        data_coding_scheme=report.data_coding_scheme,
        user_data=report.user_data,
    )
    first = bool(report.user_data and report.user_data.header) << 6
    cause = encode_failure_cause(report.failure_cause)
    indicator, octets = encode_announced(fields, max_octets=_MAX_DELIVER_REPORT - len(cause))
    return bytes((first,)) + cause + bytes((indicator,)) + octets


def decode_command(first: int, reader: Reader) -> SmsCommand:
    """What follows the first octet of an SMS-COMMAND."""
    message_reference, pid, command_type, message_number = reader.block(_COMMAND)
    address = decode_address(reader, "TP-DA")
    length = reader.octet("TP-CDL")
    if reader.strict and length > _MAX_COMMAND_DATA:
        text = f"{length} octets; {_MAX_COMMAND_DATA} are allowed"
        raise PduDecodeError(text, field="TP-CDL", offset=reader.offset - 1)
    return SmsCommand(
        destination_address=address,
        message_reference=message_reference,
        protocol_identifier=pid,
        command_type=command_type,
        message_number=message_number,
        command_data=reader.take(length, "TP-CD"),
        report_requested=first & 0x20 != 0,
        has_header=first & 0x40 != 0,
    )


def encode_command(command: SmsCommand) -> bytes:
    """The octets of an SMS-COMMAND."""
    data = command.command_data
    if len(data) > _MAX_COMMAND_DATA:
        raise PduEncodeError(f"{len(data)} octets; {_MAX_COMMAND_DATA} fit", field="TP-CD")
    head = (
        0x02 | command.report_requested << 5 | command.has_header << 6,
        octet(command.message_reference, "TP-MR"),
        octet(command.protocol_identifier, "TP-PID"),
        octet(command.command_type, "TP-CT"),
        octet(command.message_number, "TP-MN"),
    )
    address = encode_address(command.destination_address, "TP-DA")
    return bytes(head) + address + bytes((len(data),)) + data
