"""TPDUs from the SC to the mobile (3GPP TS 23.040 clauses 9.2.2.1, 9.2.2.2a and 9.2.2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .address import ADDRESS_OCTETS, decode_address, decode_address_value, encode_address
from .dcs import ALPHABETS, DEFAULT_SCHEME, READABLE_SCHEMES, DataCodingScheme, decode_dcs, encode_dcs
from .frozen import maker, quick
from .octets import octet
from .reader import Layout
from .report_parameters import (
    AnnouncedFields,
    decode_announced,
    decode_failure_cause,
    decode_indicator,
    encode_announced,
    encode_failure_cause,
)
from .timestamp import OCTETS, Timestamp, encode_timestamp
from .user_data import NO_USER_DATA, UserData, decode_user_data_of, encode_user_data

if TYPE_CHECKING:
    from .address import Address
    from .reader import Reader

# Octets of TP-UD
_MAX_SUBMIT_REPORT: Final = 152  # for RP-ACK; one less for RP-ERROR
_MAX_STATUS_REPORT: Final = 131
# Of SMS-DELIVER, after TP-OA
_FIXED: Final = Layout({"TP-PID": 1, "TP-DCS": 1, "TP-SCTS": OCTETS, "TP-UDL": 1})
_FIXED_OCTETS: Final = _FIXED.size


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class SmsDeliver:
    """A short message to us (clause 9.2.2.1)."""

    originating_address: Address  # TP-OA
    service_centre_time: Timestamp  # TP-SCTS
    user_data: UserData = NO_USER_DATA  # TP-UDHI, TP-UDL, TP-UD
    data_coding_scheme: DataCodingScheme = DEFAULT_SCHEME  # TP-DCS
    protocol_identifier: int = 0  # TP-PID
    more_messages: bool = False  # TP-MMS; True is the bit 0: more wait at the SC
    loop_prevention: bool = False  # TP-LP
    report_indication: bool = False  # TP-SRI: a report goes back to the sender
    reply_path: bool = False  # TP-RP


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSubmitReport:
    """The SC's answer to an SMS-SUBMIT or SMS-COMMAND (clause 9.2.2.2a)."""

    service_centre_time: Timestamp  # TP-SCTS
    failure_cause: int | None = None  # TP-FCS, 0x80 to 0xFF; None: taken (RP-ACK)
    protocol_identifier: int | None = None  # TP-PID
    data_coding_scheme: DataCodingScheme | None = None  # TP-DCS
    user_data: UserData | None = None  # TP-UDHI, TP-UDL, TP-UD


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsStatusReport:
    """What became of an SMS-SUBMIT of ours (clause 9.2.2.3)."""

    message_reference: int  # TP-MR
    recipient_address: Address  # TP-RA
    service_centre_time: Timestamp  # TP-SCTS: when the SC took the SMS-SUBMIT
    discharge_time: Timestamp  # TP-DT: when this happened
    status: int  # TP-ST; `DeliveryStatus.of` says what it means
    more_messages: bool = False  # TP-MMS; True is the bit 0: more wait at the SC
    loop_prevention: bool = False  # TP-LP
    answers_command: bool = False  # TP-SRQ: the result of an SMS-COMMAND, not of an SMS-SUBMIT
    protocol_identifier: int | None = None  # TP-PID
    data_coding_scheme: DataCodingScheme | None = None  # TP-DCS
    user_data: UserData | None = None  # TP-UDHI, TP-UDL, TP-UD


_make_deliver: Final = maker(
    SmsDeliver,
    "originating_address",
    "service_centre_time",
    "user_data",
    "data_coding_scheme",
    "protocol_identifier",
    "more_messages",
    "loop_prevention",
    "report_indication",
    "reply_path",
)
_make_timestamp: Final = maker(Timestamp, "octets")


def decode_deliver(first: int, reader: Reader) -> SmsDeliver:
    """What follows the first octet of an SMS-DELIVER."""
    octets, start = reader.octets, reader.offset
    try:  # One look at the last of the fixed fields tells that the others are there as well.
        semi_octets = octets[start]
        fixed = start + ADDRESS_OCTETS[semi_octets]
        end = fixed + _FIXED_OCTETS
        length = octets[end - 1]
    except IndexError:
        decode_address(reader, "TP-OA")  # raises if this field is too long or ends early
        raise reader.ends_within(_FIXED) from None
    address = decode_address_value(octets[start + 1 : fixed], semi_octets)
    scheme = octets[fixed + 1]
    dcs = READABLE_SCHEMES[scheme] or decode_dcs(scheme, fixed + 1)
    time = _make_timestamp(octets[fixed + 2 : end - 1])
    reader.offset = end
    return _make_deliver(
        address,
        time,
        decode_user_data_of(length, reader, ALPHABETS[scheme], has_header=first & 0x40 != 0),
        dcs,
        octets[fixed],
        not first & 0x04,
        first & 0x08 != 0,
        first & 0x20 != 0,
        first & 0x80 != 0,
    )


def encode_deliver(deliver: SmsDeliver) -> bytes:
    """The octets of an SMS-DELIVER."""
    dcs = deliver.data_coding_scheme
    first = (
        0x00
        | (not deliver.more_messages) << 2
        | deliver.loop_prevention << 3
        | deliver.report_indication << 5
        | bool(deliver.user_data.header) << 6
        | deliver.reply_path << 7
    )
    return b"".join(
        (
            bytes((first,)),
            encode_address(deliver.originating_address, "TP-OA"),
            bytes((octet(deliver.protocol_identifier, "TP-PID"), encode_dcs(dcs))),
            encode_timestamp(deliver.service_centre_time, "TP-SCTS"),
            encode_user_data(deliver.user_data, dcs.alphabet),
        )
    )


def decode_submit_report(first: int, reader: Reader) -> SmsSubmitReport:
    """What follows the first octet of an SMS-SUBMIT-REPORT."""
    failure_cause = decode_failure_cause(reader)
    indicator = decode_indicator(reader)
    time = Timestamp(reader.take(OCTETS, "TP-SCTS"))
    max_octets = _MAX_SUBMIT_REPORT - (failure_cause is not None)
    fields = decode_announced(reader, indicator, has_header=first & 0x40 != 0, max_octets=max_octets)
    return SmsSubmitReport(
        service_centre_time=time,
        failure_cause=failure_cause,
        protocol_identifier=fields.protocol_identifier,
        data_coding_scheme=fields.data_coding_scheme,
        user_data=fields.user_data,
    )


def encode_submit_report(report: SmsSubmitReport) -> bytes:
    """The octets of an SMS-SUBMIT-REPORT."""
    fields = AnnouncedFields(
        protocol_identifier=report.protocol_identifier,
        data_coding_scheme=report.data_coding_scheme,
        user_data=report.user_data,
    )
    first = 0x01 | bool(report.user_data and report.user_data.header) << 6
    cause = encode_failure_cause(report.failure_cause)
    indicator, octets = encode_announced(fields, max_octets=_MAX_SUBMIT_REPORT - len(cause))
    time = encode_timestamp(report.service_centre_time, "TP-SCTS")
    return bytes((first,)) + cause + bytes((indicator,)) + time + octets


def decode_status_report(first: int, reader: Reader) -> SmsStatusReport:
    """What follows the first octet of an SMS-STATUS-REPORT."""
    message_reference = reader.octet("TP-MR")
    address = decode_address(reader, "TP-RA")
    time = Timestamp(reader.take(OCTETS, "TP-SCTS"))
    discharge_time = Timestamp(reader.take(OCTETS, "TP-DT"))
    status = reader.octet("TP-ST")
    fields = decode_announced(
        reader, decode_indicator(reader), has_header=first & 0x40 != 0, max_octets=_MAX_STATUS_REPORT
    )
    return SmsStatusReport(
        message_reference=message_reference,
        recipient_address=address,
        service_centre_time=time,
        discharge_time=discharge_time,
        status=status,
        more_messages=not first & 0x04,
        loop_prevention=first & 0x08 != 0,
        answers_command=first & 0x20 != 0,
        protocol_identifier=fields.protocol_identifier,
        data_coding_scheme=fields.data_coding_scheme,
        user_data=fields.user_data,
    )


def encode_status_report(report: SmsStatusReport) -> bytes:
    """The octets of an SMS-STATUS-REPORT; without TP-PI where it would announce nothing."""
    fields = AnnouncedFields(
        protocol_identifier=report.protocol_identifier,
        data_coding_scheme=report.data_coding_scheme,
        user_data=report.user_data,
    )
    indicator, octets = encode_announced(fields, max_octets=_MAX_STATUS_REPORT)
    first = (
        0x02
        | (not report.more_messages) << 2
        | report.loop_prevention << 3
        | report.answers_command << 5
        | bool(report.user_data and report.user_data.header) << 6
    )
    return b"".join(
        (
            bytes((first, octet(report.message_reference, "TP-MR"))),
            encode_address(report.recipient_address, "TP-RA"),
            encode_timestamp(report.service_centre_time, "TP-SCTS"),
            encode_timestamp(report.discharge_time, "TP-DT"),
            bytes((octet(report.status, "TP-ST"),)),
            bytes((indicator,)) + octets if indicator else b"",
        )
    )
