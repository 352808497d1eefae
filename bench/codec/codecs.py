"""Every codec in the same two words: encode number and text to PDUs, decode a PDU to number, text and time.

Each does it in the way its documentation shows, with a delivery report asked for, and all of the result is
read. The time is what the codec makes of it: a datetime, but for comettextel, which has a string of digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    Encode = Callable[[str, str], list[str]]
    Decode = Callable[[str], tuple[str, str, Any]]


class Codec(NamedTuple):
    """None where a codec cannot do it."""

    encode: Encode | None
    decode: Decode | None


def _ours() -> Codec:
    from gsm_driver.pdu.segmentation import plan_sms  # noqa: PLC0415 - a process loads one codec
    from gsm_driver.pdu.tpdu import Direction, Pdu, SmsDeliver, decode_pdu, encode_pdu  # noqa: PLC0415 - a process loads one codec

    def encode(number: str, text: str) -> list[str]:
        plan = plan_sms(number, text, report_requested=True)
        return [encode_pdu(Pdu(tpdu=segment)).hex_pdu for segment in plan.segments]

    to_mobile = Direction.MT

    def decode(pdu: str) -> tuple[str, str, Any]:
        tpdu = decode_pdu(pdu, to_mobile).tpdu
        assert isinstance(tpdu, SmsDeliver)  # noqa: S101 - the cases have nothing else
        time = tpdu.service_centre_time.to_datetime()
        return tpdu.originating_address.number, tpdu.user_data.text, time

    return Codec(encode, decode)


def _comettextel() -> Codec:
    import comettextel  # noqa: PLC0415 - a process loads one codec

    def encode(number: str, text: str) -> list[str]:
        dcs = comettextel.DCS_GSM7 if text.isascii() else comettextel.DCS_UCS2
        return list(comettextel.encode_submit_segments(number, text, dcs=dcs, request_status_report=True))

    def decode(pdu: str) -> tuple[str, str, Any]:
        message = comettextel.decode(pdu)
        return message.peer_address, message.user_data, message.service_timestamp

    return Codec(encode, decode)


def _python_gsmmodem() -> Codec:
    from gsmmodem import pdu as gsmmodem_pdu  # noqa: PLC0415 - a process loads one codec

    def encode(number: str, text: str) -> list[str]:
        pdus = gsmmodem_pdu.encodeSmsSubmitPdu(number, text, reference=0, requestStatusReport=True)
        return [str(pdu) for pdu in pdus]

    def decode(pdu: str) -> tuple[str, str, Any]:
        message = gsmmodem_pdu.decodeSmsPdu(pdu)
        return message["number"], message["text"], message["time"]

    return Codec(encode, decode)


def _python_gammu() -> Codec:
    import gammu  # noqa: PLC0415 - a process loads one codec

    def encode(number: str, text: str) -> list[str]:
        info = {
            "Class": -1,
            "Unicode": not text.isascii(),
            "Entries": [{"ID": "ConcatenatedTextLong", "Buffer": text}],
        }
        pdus = []
        for message in gammu.EncodeSMS(info):
            message.update({"Number": number, "Type": "Status_Report", "SMSC": {"Number": "+43664000501"}})
            pdus.append(gammu.EncodePDU(message, "Submit").hex())
        return pdus

    def decode(pdu: str) -> tuple[str, str, Any]:
        message = gammu.DecodePDU(bytes.fromhex(pdu), True)  # noqa: FBT003 - with the SMSC field
        return message["Number"], message["Text"], message["DateTime"]

    return Codec(encode, decode)


def _smspdudecoder() -> Codec:
    from smspdudecoder import easy  # noqa: PLC0415 - a process loads one codec

    def decode(pdu: str) -> tuple[str, str, Any]:
        message = easy.read_incoming_sms(pdu)
        return message["sender"], message["content"], message["date"]

    return Codec(None, decode)


CODECS: dict[str, Callable[[], Codec]] = {
    "gsm_driver": _ours,
    "comettextel": _comettextel,
    "python-gammu": _python_gammu,
    "python-gsmmodem-new": _python_gsmmodem,
    "smspdudecoder": _smspdudecoder,
}
IN_C = {"comettextel", "python-gammu"}
