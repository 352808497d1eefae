"""Texts under any sender that the fields of an SMS-DELIVER can hold, whether a phone could have it or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from gsm_driver.pdu.address import Address, TypeOfNumber
from gsm_driver.pdu.tpdu import Direction, Pdu, SmsDeliver, decode_tpdu, encode_pdu
from gsm_driver.simulator.air import deliver_tpdus


def pdu_from(digits: str, kind: TypeOfNumber, text: str, *, at: datetime | None = None) -> str:
    """A text in one segment, as hexadecimal with an SMSC before it (3GPP TS 23.040 clause 9.2.2.1)."""
    (octets,) = deliver_tpdus(
        "+430000000", text, service_centre_time=at or datetime.now(UTC), concat_reference=1
    )
    tpdu = decode_tpdu(octets, Direction.MT)
    assert isinstance(tpdu, SmsDeliver)
    sender = Address(digits=digits, type_of_number=kind)
    return encode_pdu(
        Pdu(smsc=Address.parse("+43664000501"), tpdu=replace(tpdu, originating_address=sender))
    ).hex_pdu
