"""From one of our messages to the bodies of its submit_sm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from alert_engine.model import Priority
from alert_engine.routes.providers.addresses import digits
from gsm_driver import Alphabet, AlphabetChoice, SmsService

from .codes import Tag
from .pdu import Address, ShortMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alert_engine.routes.base import OutboundMessage
    from gsm_driver import SmsPlan

    from .account import SmppAccount

UDH_INDICATOR: Final = 0x40  # in esm_class (clause 5.2.12)
_REPORT: Final = 0x01  # registered_delivery: success or failure (clause 5.2.17)
_DATA: Final = 0x04  # data_coding (clause 5.2.19)
_UCS2: Final = 0x08
_LATIN_1: Final = 0x03
# A relative time (clause 7.1.1.3) has months and years too, but those have no fixed length.
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=28)


def planned(message: OutboundMessage, account: SmppAccount) -> SmsPlan:
    """Alphabet and segments. Raises gsm_driver.PduEncodeError, a ValueError, if no SMS can carry it."""
    if message.data is not None:
        return SmsService.plan(message.address, data=message.data, concat_reference=message.concat_reference)
    plan = _of_text(message, AlphabetChoice.AUTO)
    if message.plain or not _takes_latin_1(account):
        return plan
    is_latin_1 = all(character <= "\xff" for character in message.text)
    return plan if is_latin_1 else _of_text(message, AlphabetChoice.UCS2)


def _of_text(message: OutboundMessage, alphabet: AlphabetChoice) -> SmsPlan:
    return SmsService.plan(
        message.address,
        message.text,
        plain=message.plain,
        alphabet=alphabet,
        concat_reference=message.concat_reference,
    )


def _takes_latin_1(account: SmppAccount) -> bool:
    return account.alphabet == "latin-1" or account.data_coding == _LATIN_1


def submissions(message: OutboundMessage, account: SmppAccount) -> tuple[bytes, ...]:
    """The bodies, one for each segment; one in all where the provider cuts. Raises like `planned`."""
    plan = planned(message, account)
    payloads = tuple(_payloads(plan, account))
    coding = {Alphabet.UCS2: _UCS2, Alphabet.DATA: _DATA}.get(plan.alphabet, account.data_coding)
    parts = _parts(payloads, message.concat_reference, account.long_messages)
    return tuple(_body(message, account, coding, part) for part in parts)


def _payloads(plan: SmsPlan, account: SmppAccount) -> Iterator[bytes]:
    """The octets of each segment. Only a text that was forced plain may have what Latin-1 lacks."""
    is_latin_1 = plan.alphabet is Alphabet.GSM7 and _takes_latin_1(account)
    for segment in plan.segments:
        data = segment.user_data
        yield data.text.encode("latin-1", "replace") if is_latin_1 else data.payload


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
