"""What a received short message is. Only plain text is ever a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gsm_driver.models import MessageKind

from .dcs import Alphabet, MessageClass
from .user_data import SpecialIndication, UnknownElement
from .user_data_header import IEI_ENHANCED_VOICE_MAIL

if TYPE_CHECKING:
    from .tpdu_mt import SmsDeliver
    from .user_data import HeaderElement

# Registered ports (WAP-259-WDP): push, secure push, and the WSP session ports.
_WAP_PORTS: Final = frozenset({2948, 2949, *range(9200, 9208)})
# TP-PID of what is for the SIM or the phone itself (3GPP TS 23.040 clause 9.2.3.9): ANSI-136 R-DATA, ME data
# download, ME de-personalization, (U)SIM data download.
_DOWNLOADS: Final = frozenset({0x7C, 0x7D, 0x7E, 0x7F})
_WSP_PUSH: Final = 0x06  # WAP-230-WSP table 34
_MMS_TYPE: Final = b"application/vnd.wap.mms-message"
_MMS_TYPE_CODE: Final = 0x80 | 0x3E  # the same as a well-known value
_LENGTH_QUOTE: Final = 0x1F


def classify(deliver: SmsDeliver) -> MessageKind:
    """The kind of an SMS-DELIVER; of a concatenated message, give its first segment."""
    user_data = deliver.user_data
    dcs = deliver.data_coding_scheme
    if deliver.protocol_identifier in _DOWNLOADS:
        return MessageKind.SIM
    ports = user_data.ports
    if ports is not None and ports.destination in _WAP_PORTS:
        return MessageKind.MMS_NOTICE if is_mms_notice(user_data.payload) else MessageKind.WAP_PUSH
    if ports is not None or user_data.alphabet is Alphabet.DATA:
        return MessageKind.DATA
    if dcs.message_waiting is not None or any(map(_is_waiting_indication, user_data.header)):
        return MessageKind.WAITING
    return MessageKind.FLASH if dcs.message_class is MessageClass.FLASH else MessageKind.TEXT


def _is_waiting_indication(element: HeaderElement) -> bool:
    if isinstance(element, UnknownElement):
        return element.identifier == IEI_ENHANCED_VOICE_MAIL
    return isinstance(element, SpecialIndication)


def is_mms_notice(wsp: bytes) -> bool:
    """A WSP push PDU whose content type is that of MMS (WAP-230-WSP clause 8.4.2.24)."""
    if wsp[1:2] != bytes((_WSP_PUSH,)):
        return False
    content_type = _after_uintvar(wsp[2:])  # the length of the headers
    first = content_type[:1]
    if first and first[0] <= _LENGTH_QUOTE:  # general form: a length before the type, parameters after it
        content_type = _after_uintvar(content_type[1:]) if first[0] == _LENGTH_QUOTE else content_type[1:]
    return content_type[:1] == bytes((_MMS_TYPE_CODE,)) or content_type.startswith(_MMS_TYPE + b"\0")


def _after_uintvar(octets: bytes) -> bytes:
    """What follows a number of seven bits an octet, the last without bit 7."""
    end = next((i for i, octet in enumerate(octets) if octet < 0x80), len(octets))
    return octets[end + 1 :]
