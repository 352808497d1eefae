from __future__ import annotations

import pytest

from gsm_driver.models import MessageKind
from gsm_driver.pdu.address import Address
from gsm_driver.pdu.classify import classify, is_mms_notice
from gsm_driver.pdu.dcs import DataCodingScheme
from gsm_driver.pdu.national import NationalLanguage
from gsm_driver.pdu.timestamp import Timestamp
from gsm_driver.pdu.tpdu import SmsDeliver
from gsm_driver.pdu.user_data import (
    ApplicationPorts,
    Concatenation,
    HeaderElement,
    NationalShift,
    SpecialIndication,
    UnknownElement,
    UserData,
)

MMS = b"application/vnd.wap.mms-message\0"
PUSH = ApplicationPorts(destination=2948, originator=9200)


def deliver(*header: HeaderElement, dcs: int = 0x00, pid: int = 0x00, payload: bytes = b"") -> SmsDeliver:
    scheme = DataCodingScheme(dcs)
    return SmsDeliver(
        originating_address=Address.parse("+43664"),
        service_centre_time=Timestamp(bytes(7)),
        user_data=UserData(alphabet=scheme.alphabet, header=header, payload=payload),
        data_coding_scheme=scheme,
        protocol_identifier=pid,
    )


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (deliver(), MessageKind.TEXT),
        (deliver(dcs=0x08), MessageKind.TEXT),
        (deliver(dcs=0x11), MessageKind.TEXT),  # class 1
        (deliver(dcs=0xF2), MessageKind.TEXT),  # class 2 with a text: only stored on the SIM
        (deliver(pid=0x41), MessageKind.TEXT),  # replaces an earlier one
        (deliver(Concatenation(reference=1, total=2, sequence=1)), MessageKind.TEXT),
        (deliver(NationalShift(language=NationalLanguage.HINDI, locking=True)), MessageKind.TEXT),
        (deliver(UnknownElement(identifier=0x0A)), MessageKind.TEXT),
        (deliver(dcs=0x10), MessageKind.FLASH),
        (deliver(dcs=0xF0), MessageKind.FLASH),
        (deliver(dcs=0x18), MessageKind.FLASH),
        (deliver(dcs=0x04), MessageKind.DATA),
        (deliver(dcs=0xF5), MessageKind.DATA),
        (deliver(ApplicationPorts(destination=5505, originator=0)), MessageKind.DATA),
        (deliver(ApplicationPorts(destination=240, originator=0, wide=False)), MessageKind.DATA),
        (deliver(dcs=0xC8), MessageKind.WAITING),
        (deliver(dcs=0xE0), MessageKind.WAITING),
        (deliver(SpecialIndication(indication=0, count=2)), MessageKind.WAITING),
        (deliver(UnknownElement(identifier=0x23)), MessageKind.WAITING),
        (deliver(pid=0x7F, dcs=0xF6), MessageKind.SIM),
        (deliver(pid=0x7C), MessageKind.SIM),
        (deliver(PUSH, dcs=0x04, payload=b"\x01\x06\x01\xae"), MessageKind.WAP_PUSH),
        (deliver(PUSH, dcs=0x04), MessageKind.WAP_PUSH),
        (deliver(PUSH, dcs=0x04, payload=b"\x01\x06\x20" + MMS), MessageKind.MMS_NOTICE),
        (
            deliver(
                ApplicationPorts(destination=9201, originator=1), dcs=0xF5, payload=b"\x01\x06\x20" + MMS
            ),
            MessageKind.MMS_NOTICE,
        ),
    ],
)
def test_kinds(message: SmsDeliver, kind: MessageKind) -> None:
    assert classify(message) is kind


@pytest.mark.parametrize(
    ("wsp", "is_mms"),
    [
        (b"\x01\x06\x22" + MMS + b"\xaf\x84\x8c\x82", True),
        (b"\x01\x06\x01\xbe\x8c\x82", True),  # the well-known value
        (b"\x01\x06\x81\x01" + MMS, True),  # the length of the headers in two octets
        (b"\x01\x06\x05\x03\xbe\x81\xea", True),  # with a parameter: charset UTF-8
        (b"\x01\x06\x26\x1f\x22" + MMS, True),  # long form of the length
        (b"\x01\x06\x22application/vnd.wap.mms-message2\0", False),
        (b"\x01\x06\x01\xae", False),  # service indication
        (b"\x01\x06\x05\x03\xae\x81\xea", False),
        (b"\x01\x07\x01\xbe", False),  # not a push
        (b"\x01\x06\x81", False),
        (b"\x01\x06\x03\x1f", False),
        (b"\x01\x06", False),
        (b"\x01", False),
        (b"", False),
    ],
)
def test_mms_notices(wsp: bytes, *, is_mms: bool) -> None:
    assert is_mms_notice(wsp) is is_mms
