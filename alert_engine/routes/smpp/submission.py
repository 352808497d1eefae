"""From one of our messages to the bodies of its submit_sm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from alert_engine.model import Priority
from alert_engine.routes.providers.addresses import digits
from gsm_driver import Alphabet, SmsService

from .codes import Tag
from .pdu import Address, ShortMessage

if TYPE_CHECKING:
    from alert_engine.routes.base import OutboundMessage
    from gsm_driver import SmsPlan

    from .account import SmppAccount

UDH_INDICATOR: Final = 0x40  # in esm_class (clause 5.2.12)
_REPORT: Final = 0x01  # registered_delivery: success or failure (clause 5.2.17)
_DATA: Final = 0x04  # data_coding (clause 5.2.19)
_UCS2: Final = 0x08
# A relative time (clause 7.1.1.3) has months and years too, but those have no fixed length.
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=28)


def planned(message: OutboundMessage) -> SmsPlan:
    """Alphabet and segments. Raises gsm_driver.PduEncodeError, a ValueError, if no SMS can carry it."""
    return SmsService.plan(
        message.address,
        None if message.data is not None else message.text,
        data=message.data,
        plain=message.plain and message.data is None,
        concat_reference=message.concat_reference,
    )


def submissions(message: OutboundMessage, account: SmppAccount) -> tuple[bytes, ...]:
    """The bodies, one for each segment; one in all where the provider cuts. Raises like `planned`."""
    plan = planned(message)
    payloads = tuple(segment.user_data.payload for segment in plan.segments)
    coding = {Alphabet.UCS2: _UCS2, Alphabet.DATA: _DATA}.get(plan.alphabet, account.data_coding)
    parts = _parts(payloads, message.concat_reference, account.long_messages)
    return tuple(_body(message, account, coding, part) for part in parts)


@dataclass(frozen=True, slots=True)
class _Part:
    """What differs from one submission of a message to the next."""

    text: bytes
    esm_class: int = 0
    parameters: tuple[tuple[int, bytes], ...] = ()


def _parts(payloads: tuple[bytes, ...], reference: int, how: str) -> tuple[_Part, ...]:
    total = len(payloads)
    if total == 1:
        return (_Part(payloads[0]),)
    if how == "payload":
        return (_Part(b"", parameters=((Tag.MESSAGE_PAYLOAD, b"".join(payloads)),)),)
    cut = _by_parameters if how == "sar" else _by_header
    return tuple(cut(payload, reference, total, number) for number, payload in enumerate(payloads, 1))


def _by_header(payload: bytes, reference: int, total: int, number: int) -> _Part:
    """3GPP TS 23.040 clause 9.2.3.24.1: length, then element 0 with its three octets."""
    return _Part(bytes((5, 0, 3, reference, total, number)) + payload, UDH_INDICATOR)


def _by_parameters(payload: bytes, reference: int, total: int, number: int) -> _Part:
    return _Part(
        payload,
        parameters=(
            (Tag.SAR_MSG_REF_NUM, reference.to_bytes(2, "big")),
            (Tag.SAR_TOTAL_SEGMENTS, bytes((total,))),
            (Tag.SAR_SEGMENT_SEQNUM, bytes((number,))),
        ),
    )


def _body(message: OutboundMessage, account: SmppAccount, coding: int, part: _Part) -> bytes:
    return ShortMessage(
        service_type=account.service_type,
        source=account.source,
        destination=Address(ton=1, npi=1, digits=digits(message.address)),
        esm_class=part.esm_class,
        priority=1 if message.priority is Priority.CRITICAL else 0,
        validity=_validity(message.validity) if account.send_validity else "",
        registered_delivery=_REPORT if message.report_requested else 0,
        data_coding=coding,
        text=part.text,
        parameters=part.parameters,
    ).encode()


def _validity(validity: timedelta | None) -> str:
    """A relative time: YYMMDDhhmmss, tenths and quarters unused."""
    if validity is None:
        return ""
    kept = min(max(validity, _SHORTEST), _LONGEST)
    minutes, seconds = divmod(kept.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"0000{kept.days:02}{hours:02}{minutes:02}{seconds:02}000R"
