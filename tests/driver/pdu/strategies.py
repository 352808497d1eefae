"""Random values of each type, as hypothesis makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from gsm_driver.pdu.address import Address, TypeOfNumber
from gsm_driver.pdu.dcs import Alphabet, DataCodingScheme
from gsm_driver.pdu.national import NationalLanguage
from gsm_driver.pdu.timestamp import Timestamp
from gsm_driver.pdu.tpdu import (
    SmsCommand,
    SmsDeliver,
    SmsDeliverReport,
    SmsStatusReport,
    SmsSubmit,
    SmsSubmitReport,
)
from gsm_driver.pdu.user_data import (
    ApplicationPorts,
    Concatenation,
    NationalShift,
    SpecialIndication,
    UnknownElement,
    UserData,
)
from gsm_driver.pdu.validity import AbsoluteValidity, EnhancedValidity, RelativeValidity

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

octet = st.integers(min_value=0, max_value=0xFF)
word = st.integers(min_value=0, max_value=0xFFFF)
flag = st.booleans()
KNOWN_ELEMENTS = {0x00, 0x01, 0x04, 0x05, 0x08, 0x24, 0x25}

timestamps = st.binary(min_size=7, max_size=7).map(Timestamp)
schemes = octet.map(DataCodingScheme).filter(lambda scheme: not scheme.is_compressed)


@st.composite
def addresses(draw: DrawFn) -> Address:
    if draw(flag):
        name = draw(st.text(alphabet="@abcXYZ0189 äöüß-_", min_size=1, max_size=11))
        return Address(digits=name, type_of_number=TypeOfNumber.ALPHANUMERIC, numbering_plan=0)
    kinds = [kind for kind in TypeOfNumber if kind is not TypeOfNumber.ALPHANUMERIC]
    return Address(
        digits=draw(st.text(alphabet="0123456789*#abc", min_size=1, max_size=20)),
        type_of_number=draw(st.sampled_from(kinds)),
        numbering_plan=draw(st.integers(min_value=0, max_value=15)),
    )


@st.composite
def concatenations(draw: DrawFn) -> Concatenation:
    wide = draw(flag)
    total = draw(st.integers(min_value=1, max_value=255))
    return Concatenation(
        reference=draw(word if wide else octet),
        total=total,
        sequence=draw(st.integers(min_value=1, max_value=total)),
        wide=wide,
    )


@st.composite
def ports(draw: DrawFn) -> ApplicationPorts:
    wide = draw(flag)
    number = word if wide else octet
    return ApplicationPorts(destination=draw(number), originator=draw(number), wide=wide)


elements = st.one_of(
    concatenations(),
    ports(),
    st.builds(SpecialIndication, indication=octet, count=octet),
    st.builds(NationalShift, language=st.sampled_from(NationalLanguage), locking=flag),
    st.builds(
        UnknownElement,
        identifier=octet.filter(lambda identifier: identifier not in KNOWN_ELEMENTS),
        octets=st.binary(max_size=12),
    ),
)
headers = st.lists(elements, max_size=5).map(tuple)


def septets(max_size: int) -> SearchStrategy[bytes]:
    return st.binary(max_size=max_size).map(lambda octets: bytes(value & 0x7F for value in octets))


@st.composite
def user_data(draw: DrawFn, alphabet: Alphabet, max_octets: int = 140) -> UserData:
    header = draw(headers)
    # 5 elements take at most 5 * 14 octets: what is left fits any of them.
    room = max_octets - 71
    if alphabet is Alphabet.GSM7:
        payload = draw(septets(room * 8 // 7))
    else:
        payload = draw(st.binary(max_size=room // 2)) * 2
    return UserData(alphabet=alphabet, payload=payload, header=header)


@st.composite
def validities(draw: DrawFn) -> RelativeValidity | AbsoluteValidity | EnhancedValidity | None:
    return draw(
        st.one_of(
            st.none(),
            octet.map(RelativeValidity),
            timestamps.map(AbsoluteValidity),
            st.binary(min_size=7, max_size=7).map(EnhancedValidity),
        )
    )


@st.composite
def submits(draw: DrawFn) -> SmsSubmit:
    scheme = draw(schemes)
    return SmsSubmit(
        destination_address=draw(addresses()),
        user_data=draw(user_data(scheme.alphabet)),
        data_coding_scheme=scheme,
        message_reference=draw(octet),
        protocol_identifier=draw(octet),
        validity_period=draw(validities()),
        report_requested=draw(flag),
        reject_duplicates=draw(flag),
        reply_path=draw(flag),
    )


@st.composite
def delivers(draw: DrawFn) -> SmsDeliver:
    scheme = draw(schemes)
    return SmsDeliver(
        originating_address=draw(addresses()),
        service_centre_time=draw(timestamps),
        user_data=draw(user_data(scheme.alphabet)),
        data_coding_scheme=scheme,
        protocol_identifier=draw(octet),
        more_messages=draw(flag),
        loop_prevention=draw(flag),
        report_indication=draw(flag),
        reply_path=draw(flag),
    )


@st.composite
def announced(draw: DrawFn) -> dict[str, object]:
    scheme = draw(st.none() | schemes)
    alphabet = Alphabet.GSM7 if scheme is None else scheme.alphabet
    return {
        "protocol_identifier": draw(st.none() | octet),
        "data_coding_scheme": scheme,
        "user_data": draw(st.none() | user_data(alphabet, 131)),
    }


causes = st.none() | st.integers(min_value=0x80, max_value=0xFF)


@st.composite
def status_reports(draw: DrawFn) -> SmsStatusReport:
    return SmsStatusReport(
        message_reference=draw(octet),
        recipient_address=draw(addresses()),
        service_centre_time=draw(timestamps),
        discharge_time=draw(timestamps),
        status=draw(octet),
        more_messages=draw(flag),
        loop_prevention=draw(flag),
        answers_command=draw(flag),
        **draw(announced()),  # type: ignore[arg-type]  # three fields of the same names
    )


@st.composite
def deliver_reports(draw: DrawFn) -> SmsDeliverReport:
    return SmsDeliverReport(failure_cause=draw(causes), **draw(announced()))  # type: ignore[arg-type]  # as above


@st.composite
def submit_reports(draw: DrawFn) -> SmsSubmitReport:
    time = draw(timestamps)
    return SmsSubmitReport(
        service_centre_time=time,
        failure_cause=draw(causes),
        **draw(announced()),  # type: ignore[arg-type]  # as above
    )


commands = st.builds(
    SmsCommand,
    destination_address=addresses(),
    message_reference=octet,
    protocol_identifier=octet,
    command_type=octet,
    message_number=octet,
    command_data=st.binary(max_size=157),
    report_requested=flag,
    has_header=flag,
)
