from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.errors import PduDecodeError, PduEncodeError, PduError
from gsm_driver.pdu.address import Address
from gsm_driver.pdu.dcs import Alphabet, DataCodingScheme
from gsm_driver.pdu.timestamp import Timestamp
from gsm_driver.pdu.tpdu import (
    Direction,
    Pdu,
    SmsCommand,
    SmsDeliver,
    SmsDeliverReport,
    SmsStatusReport,
    SmsSubmit,
    SmsSubmitReport,
    Tpdu,
    decode_pdu,
    decode_tpdu,
    encode_pdu,
    encode_tpdu,
)
from gsm_driver.pdu.user_data import Concatenation, UserData
from tests.driver.pdu import strategies

MO, MT = Direction.MO, Direction.MT
NUMBER = Address.parse("+436641234567")
TIME = Timestamp(bytes.fromhex("62102030405080"))


@pytest.mark.parametrize(
    ("direction", "values"),
    [
        (MO, strategies.submits()),
        (MT, strategies.delivers()),
        (MT, strategies.status_reports()),
        (MO, strategies.deliver_reports()),
        (MT, strategies.submit_reports()),
        (MO, strategies.commands),
    ],
    ids=["submit", "deliver", "status report", "deliver report", "submit report", "command"],
)
def test_any_tpdu_comes_back(direction: Direction, values: st.SearchStrategy[Tpdu]) -> None:
    @given(values, strategies.addresses().filter(lambda address: not address.is_alphanumeric))
    def comes_back(tpdu: Tpdu, smsc: Address) -> None:
        octets = encode_tpdu(tpdu)
        assert decode_tpdu(octets, direction, strict=True) == tpdu
        encoded = encode_pdu(Pdu(smsc=smsc, tpdu=tpdu))
        assert encoded.tpdu_length == len(octets)
        assert encoded.hex_pdu == encoded.hex_pdu.upper()
        assert decode_pdu(encoded.hex_pdu.lower(), direction) == Pdu(smsc=smsc, tpdu=tpdu)

    comes_back()


def test_an_sms_submit_as_at_cmgs_wants_it() -> None:
    """A known PDU: "hellohello" to +46708251358, four days (ofono, unit/test-sms.c)."""
    encoded = encode_pdu(
        Pdu(
            tpdu=SmsSubmit(
                destination_address=Address.parse("+46708251358"), user_data=UserData.from_text("hellohello")
            )
        )
    )
    assert encoded.hex_pdu == "0001000B916407281553F800000AE8329BFD4697D9EC37"
    assert encoded.tpdu_length == 22


def test_all_flags_of_an_sms_submit() -> None:
    plain = encode_tpdu(SmsSubmit(destination_address=NUMBER))[0]
    assert plain == 0x01
    asking = SmsSubmit(destination_address=NUMBER, report_requested=True)
    assert encode_tpdu(asking)[0] == plain | 0x20
    assert encode_tpdu(SmsSubmit(destination_address=NUMBER, reject_duplicates=True))[0] == plain | 0x04
    assert encode_tpdu(SmsSubmit(destination_address=NUMBER, reply_path=True))[0] == plain | 0x80


def test_all_flags_of_an_sms_deliver() -> None:
    deliver = SmsDeliver(originating_address=NUMBER, service_centre_time=TIME)
    assert encode_tpdu(deliver)[0] == 0x04
    assert encode_tpdu(replace(deliver, more_messages=True))[0] == 0x00
    assert encode_tpdu(replace(deliver, loop_prevention=True))[0] == 0x0C
    assert encode_tpdu(replace(deliver, report_indication=True))[0] == 0x24
    assert encode_tpdu(replace(deliver, reply_path=True))[0] == 0x84
    header = (Concatenation(reference=1, total=2, sequence=1),)
    assert encode_tpdu(replace(deliver, user_data=UserData(header=header)))[0] == 0x44


def test_all_flags_of_an_sms_status_report() -> None:
    report = SmsStatusReport(
        message_reference=1,
        recipient_address=NUMBER,
        service_centre_time=TIME,
        discharge_time=TIME,
        status=0,
    )
    assert encode_tpdu(report)[0] == 0x06
    assert encode_tpdu(replace(report, more_messages=True))[0] == 0x02
    assert encode_tpdu(replace(report, loop_prevention=True))[0] == 0x0E
    assert encode_tpdu(replace(report, answers_command=True))[0] == 0x26


REPORTS = [
    # 3GPP TS 23.040 clauses 9.2.2.1a and 9.2.2.2a
    ("0000", MO, SmsDeliverReport()),
    ("00D300", MO, SmsDeliverReport(failure_cause=0xD3)),  # memory capacity exceeded
    ("000100", MO, SmsDeliverReport(protocol_identifier=0)),
    (
        "00D506 04 01 41",
        MO,
        SmsDeliverReport(
            failure_cause=0xD5,
            data_coding_scheme=DataCodingScheme(4),
            user_data=UserData(alphabet=Alphabet.DATA, payload=b"A"),
        ),
    ),
    ("0004 02 C834", MO, SmsDeliverReport(user_data=UserData.from_text("Hi"))),
    ("0100 62102030405080", MT, SmsSubmitReport(service_centre_time=TIME)),
    ("01C501 62102030405080 3F", MT, None),
]


@pytest.mark.parametrize(("octets", "direction", "report"), REPORTS)
def test_reports_to_the_other_side(octets: str, direction: Direction, report: Tpdu | None) -> None:
    if report is None:
        report = SmsSubmitReport(service_centre_time=TIME, failure_cause=0xC5, protocol_identifier=0x3F)
    assert decode_tpdu(bytes.fromhex(octets), direction, strict=True) == report
    assert encode_tpdu(report) == bytes.fromhex(octets)


STATUS_REPORT = "06040D91945152991136F00160124130340A0160124130940A00"


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "00",
        "FF",
        "FFFFFFFF",  # filler of a slot
        "78",  # announces what no release has
        "01",  # announces a TP-PID and ends
        "0220",  # compressed
        "0603",  # ends in TP-DCS
    ],
)
def test_a_status_report_counts_whatever_follows_it(rest: str) -> None:
    report = decode_tpdu(bytes.fromhex(STATUS_REPORT + rest), MT)
    assert report == decode_tpdu(bytes.fromhex(STATUS_REPORT), MT)
    assert isinstance(report, SmsStatusReport)
    assert report.message_reference == 4


@pytest.mark.parametrize(
    ("rest", "field", "offset"),
    [("FF", "TP-PI", 26), ("01", "TP-PID", 27), ("0220", "TP-DCS", 27), ("04", "TP-UDL", 27)],
)
def test_a_strict_reader_says_what_is_wrong_behind_a_status_report(
    rest: str, field: str, offset: int
) -> None:
    with pytest.raises(PduDecodeError) as caught:
        decode_tpdu(bytes.fromhex(STATUS_REPORT + rest), MT, strict=True)
    assert (caught.value.field, caught.value.offset) == (field, offset)


def test_an_extended_indicator_is_read_over() -> None:
    report = decode_tpdu(bytes.fromhex(STATUS_REPORT + "8180003F"), MT, strict=True)
    assert isinstance(report, SmsStatusReport)
    assert report.protocol_identifier == 0x3F
    assert decode_tpdu(bytes.fromhex(STATUS_REPORT + "80"), MT, strict=True) == decode_tpdu(
        bytes.fromhex(STATUS_REPORT), MT
    )


def test_a_reserved_type_to_the_mobile_reads_like_an_sms_deliver() -> None:
    """Clause 9.2.3.1."""
    deliver = SmsDeliver(
        originating_address=NUMBER, service_centre_time=TIME, user_data=UserData.from_text("Hi")
    )
    octets = bytearray(encode_tpdu(deliver))
    octets[0] |= 0x03
    assert decode_tpdu(bytes(octets), MT) == deliver


def test_a_reserved_type_from_the_mobile_is_refused() -> None:
    with pytest.raises(PduDecodeError) as caught:
        decode_tpdu(b"\x03\x00", MO)
    assert (caught.value.field, caught.value.offset) == ("TP-MTI", 0)


DELIVER = "0791447758100650040DD0F334FC1CA6970100008080312170224008D4F29CDE0EA7D9"


@pytest.mark.parametrize(
    ("octets", "field", "offset"),
    [
        (0, "SMSC", 0),
        (1, "SMSC", 1),
        (7, "SMSC", 1),
        (8, "TP-MTI", 8),
        (9, "TP-OA", 9),
        (10, "TP-OA", 10),
        (17, "TP-OA", 10),
        (18, "TP-PID", 18),
        (19, "TP-DCS", 19),
        (20, "TP-SCTS", 20),
        (26, "TP-SCTS", 26),
        (27, "TP-UDL", 27),
        (28, "TP-UD", 28),
        (34, "TP-UD", 28),
    ],
)
def test_a_pdu_that_ends_early_names_field_and_offset(octets: int, field: str, offset: int) -> None:
    with pytest.raises(PduDecodeError) as caught:
        decode_pdu(DELIVER[: 2 * octets], MT, strict=True)
    assert (caught.value.field, caught.value.offset) == (field, offset)


SUBMIT = "0011000B916407281553F80000AA0AE8329BFD4697D9EC37"


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        (1, "TP-MTI"),
        (2, "TP-MR"),
        (3, "TP-DA"),
        (11, "TP-PID"),
        (12, "TP-DCS"),
        (13, "TP-VP"),
        (14, "TP-UDL"),
    ],
)
def test_a_submit_that_ends_early_names_its_field(octets: int, field: str) -> None:
    with pytest.raises(PduDecodeError) as caught:
        decode_pdu(SUBMIT[: 2 * octets], MO)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        ("02", "TP-MR"),
        ("0201", "TP-PID"),
        ("020100", "TP-CT"),
        ("02010002", "TP-MN"),
        ("0201000205", "TP-DA"),
        ("020100020502 8121", "TP-CDL"),
        ("020100020502 8121 03 0000", "TP-CD"),
    ],
)
def test_a_command_that_ends_early_names_its_field(octets: str, field: str) -> None:
    with pytest.raises(PduDecodeError) as caught:
        decode_tpdu(bytes.fromhex(octets), MO)
    assert caught.value.field == field


def test_more_command_data_than_the_standard_allows_is_read_unless_strict() -> None:
    octets = bytes.fromhex("0201000205028121 9E") + bytes(158)
    command = decode_tpdu(octets, MO)
    assert isinstance(command, SmsCommand)
    assert len(command.command_data) == 158
    with pytest.raises(PduDecodeError, match="TP-CDL at octet 8"):
        decode_tpdu(octets, MO, strict=True)


@pytest.mark.parametrize(
    ("hex_pdu", "offset"),
    [("", 0), ("0", 0), ("zz", 0), ("00zz", 1), ("001", 1), ("00é1", 1), ("+CMGL: 1", 0), ("0BD0p2", 2)],
)
def test_what_is_no_hex_is_refused_at_its_place(hex_pdu: str, offset: int) -> None:
    with pytest.raises(PduDecodeError) as caught:
        decode_pdu(hex_pdu, MT)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("tpdu", "field"),
    [
        (SmsSubmit(destination_address=NUMBER, message_reference=256), "TP-MR"),
        (SmsSubmit(destination_address=NUMBER, protocol_identifier=-1), "TP-PID"),
        (SmsSubmit(destination_address=NUMBER, data_coding_scheme=DataCodingScheme(0x20)), "TP-DCS"),
        (SmsSubmit(destination_address=NUMBER, data_coding_scheme=DataCodingScheme(0x08)), "TP-DCS"),
        (SmsSubmit(destination_address=Address(digits="x")), "TP-DA"),
        (SmsDeliver(originating_address=NUMBER, service_centre_time=Timestamp(b"")), "TP-SCTS"),
        (SmsDeliver(originating_address=Address(digits="x"), service_centre_time=TIME), "TP-OA"),
        (SmsDeliverReport(failure_cause=0x7F), "TP-FCS"),
        (SmsDeliverReport(failure_cause=0x100), "TP-FCS"),
        (SmsDeliverReport(protocol_identifier=256), "TP-PID"),
        (SmsDeliverReport(user_data=UserData(payload=bytes(182))), "TP-UD"),
        (SmsSubmitReport(service_centre_time=TIME, user_data=UserData(payload=bytes(174))), "TP-UD"),
        (SmsCommand(destination_address=NUMBER, command_data=bytes(158)), "TP-CD"),
        (SmsCommand(destination_address=NUMBER, command_type=256), "TP-CT"),
        (SmsCommand(destination_address=NUMBER, message_number=256), "TP-MN"),
    ],
)
def test_what_no_tpdu_can_carry_is_refused_by_field(tpdu: Tpdu, field: str) -> None:
    with pytest.raises(PduEncodeError) as caught:
        encode_tpdu(tpdu)
    assert caught.value.field == field
    assert isinstance(caught.value, PduError | ValueError)


def test_longest_user_data_of_reports() -> None:
    longest = SmsDeliverReport(user_data=UserData(payload=bytes(181)))  # 159 octets
    assert decode_tpdu(encode_tpdu(longest), MO) == longest


def test_no_repr_shows_a_number_or_a_text() -> None:
    header = (Concatenation(reference=1, total=2, sequence=1),)
    user_data = UserData.from_text("secret", header=header)
    shown = repr(
        [
            Pdu(smsc=NUMBER, tpdu=SmsSubmit(destination_address=NUMBER, user_data=user_data)),
            SmsDeliver(originating_address=NUMBER, service_centre_time=TIME, user_data=user_data),
            SmsDeliverReport(user_data=user_data),
            SmsCommand(destination_address=NUMBER, command_data=b"secret"),
            encode_pdu(Pdu(tpdu=SmsSubmit(destination_address=NUMBER, user_data=user_data))),
        ]
    )
    assert "secret" not in shown
    assert "664" not in shown
    assert "hex" not in shown


def test_no_error_shows_a_number_or_a_text() -> None:
    with pytest.raises(PduEncodeError) as caught:
        UserData.from_text("code 4711 你")
    assert "4711" not in str(caught.value)
    assert "你" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "value",
    [
        Pdu(tpdu=SmsSubmit(destination_address=NUMBER)),
        SmsSubmit(destination_address=NUMBER),
        SmsDeliver(originating_address=NUMBER, service_centre_time=TIME),
        UserData(),
        NUMBER,
        TIME,
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_made_quickly_are_frozen_dataclasses_like_any_other(value: Any) -> None:
    """`quick` changes nothing but the speed of __init__."""
    assert replace(value) == value
    assert hash(replace(value)) == hash(value)
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(value)[0].name, None)
    with pytest.raises(TypeError):
        type(value)(nonsense=1)
    with pytest.raises(TypeError):
        type(value)(1, 2)
