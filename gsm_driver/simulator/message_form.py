"""How a message looks on the AT port, in PDU mode and in text mode (3GPP TS 27.005 clauses 3.4 and 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.pdu.dcs import Alphabet
from gsm_driver.pdu.tpdu import SmsDeliver, SmsStatusReport, SmsSubmit

from .air import Delivery, decode_any

if TYPE_CHECKING:
    from gsm_driver.pdu.address import Address
    from gsm_driver.pdu.timestamp import Timestamp
    from gsm_driver.pdu.user_data import UserData

    from .settings import Settings
    from .storage import StoredMessage


ShownTpdu = SmsDeliver | SmsSubmit | SmsStatusReport  # those that text mode has a form for


def direct_lines(name: str, delivery: Delivery, settings: Settings) -> tuple[str, ...]:
    """+CMT or +CDS with what follows it."""
    tpdu = delivery.decode() if settings.cmgf else None
    if not isinstance(tpdu, ShownTpdu):
        length = len(delivery.tpdu)
        hex_pdu = (delivery.service_centre + delivery.tpdu).hex().upper()
        return (f"{name}: {length}" if name == "+CDS" else f"{name}: ,{length}", hex_pdu)
    head, body = _text_form(tpdu, settings)
    return (f"{name}: {head}", *body)


def read_lines(stored: StoredMessage, settings: Settings) -> tuple[str, ...]:
    """The answer to +CMGR."""
    tpdu = decode_any(stored) if settings.cmgf else None
    if not isinstance(tpdu, ShownTpdu):
        return (f"+CMGR: {stored.status.value},,{len(stored.tpdu)}", stored.hex_pdu)
    head, body = _text_form(tpdu, settings)
    return (f'+CMGR: "{stored.status.text}",{head}', *body)


def list_lines(index: int, stored: StoredMessage, settings: Settings) -> tuple[str, ...]:
    """One message of the answer to +CMGL."""
    tpdu = decode_any(stored) if settings.cmgf else None
    if not isinstance(tpdu, ShownTpdu):
        return (f"+CMGL: {index},{stored.status.value},,{len(stored.tpdu)}", stored.hex_pdu)
    head, body = _text_form(tpdu, settings)
    return (f'+CMGL: {index},"{stored.status.text}",{head}', *body)


def _text_form(tpdu: ShownTpdu, settings: Settings) -> tuple[str, tuple[str, ...]]:
    match tpdu:
        case SmsDeliver():
            head = f"{_number(tpdu.originating_address, settings)},,{_time(tpdu.service_centre_time)}"
            return head, (_text(tpdu.user_data, settings),)
        case SmsSubmit():
            return f"{_number(tpdu.destination_address, settings)},", (_text(tpdu.user_data, settings),)
        case SmsStatusReport():
            times = f"{_time(tpdu.service_centre_time)},{_time(tpdu.discharge_time)}"
            who = f"{_number(tpdu.recipient_address, settings)},{type_of_address(tpdu.recipient_address)}"
            return f"6,{tpdu.message_reference},{who},{times},{tpdu.status}", ()


def type_of_address(address: Address) -> int:
    """<toda> and <tooa> (24.008 clause 10.5.4.7)."""
    return 0x80 | address.type_of_number << 4 | address.numbering_plan


def _number(address: Address, settings: Settings) -> str:
    return f'"{to_character_set(address.number, settings)}"'


def _time(timestamp: Timestamp) -> str:
    moment = timestamp.to_datetime()
    if moment is None:
        return '""'
    offset = moment.utcoffset()
    quarters = 0 if offset is None else round(offset.total_seconds() / 900)
    return f'"{moment:%y/%m/%d,%H:%M:%S}{quarters:+03d}"'


def _text(user_data: UserData, settings: Settings) -> str:
    if user_data.alphabet is not Alphabet.GSM7:
        return user_data.payload.hex().upper()
    return to_character_set(user_data.text, settings)


def to_character_set(text: str, settings: Settings) -> str:
    """As +CSCS says: hex in UCS2, else as it is."""
    return text.encode("utf-16-be").hex().upper() if settings.cscs == "UCS2" else text


def from_character_set(text: str, settings: Settings) -> str:
    """The reverse.

    Raises:
        ValueError: no hex, or no whole number of characters.
    """
    return bytes.fromhex(text).decode("utf-16-be") if settings.cscs == "UCS2" else text
