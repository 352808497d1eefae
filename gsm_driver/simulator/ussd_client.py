"""The modem's part in USSD: forms of request and reply, and in which order it says what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gsm_driver.pdu.gsm7 import DEFAULT_TABLE, pack_septets, unpack_septets

from .answers import Answer, CmeRefusalError

if TYPE_CHECKING:
    from .device import SimulatedModem
    from .ussd import UssdCentre

CME_NO_NETWORK_SERVICE = 30  # 27.007 clause 9.2
CME_UNKNOWN = 100

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


class UssdClient:
    """One session at a time."""

    def __init__(self, modem: SimulatedModem, centre: UssdCentre) -> None:
        self._modem = modem
        self._dialogue = centre.dialogue(self._say)

    def request(self, text: str) -> Answer:
        """A code or an answer, in the family's form; OK comes at once."""
        if not self._modem.registration.can_send_sms:
            raise CmeRefusalError(CME_NO_NETWORK_SERVICE)
        self._dialogue.send(self._decode(text))
        return Answer()

    def cancel(self) -> None:
        """+CUSD=2."""
        if self._dialogue.is_open:
            self._dialogue.end()
            self._modem.announce("+CUSD: 2")

    def _say(self, status: int, text: str) -> None:
        profile = self._modem.profile
        if profile.ussd_release_first and status == 0:
            self._modem.announce('+CUSD: 2,"Initiating Release",15')
        shown = f',"{self._encode(text)}",{profile.ussd_coding}' if text else ""
        self._modem.announce(*f"+CUSD: {status}{shown}".split("\n"))

    def _decode(self, text: str) -> str:
        if self._modem.profile.ussd_packed:
            if not _HEX.fullmatch(text):
                raise CmeRefusalError(CME_UNKNOWN)
            octets = bytes.fromhex(text)
            return DEFAULT_TABLE.decode(unpack_septets(octets, len(octets) * 8 // 7)).rstrip("\r@")
        if self._modem.settings.cscs == "UCS2":
            return bytes.fromhex(text).decode("utf-16-be")
        return text

    def _encode(self, text: str) -> str:
        if self._modem.profile.ussd_packed:
            septets = DEFAULT_TABLE.encode(text)
            return pack_septets(septets + (b"\r" if len(septets) % 8 == 7 else b"")).hex().upper()
        if self._modem.settings.cscs == "UCS2" or self._modem.profile.ussd_ucs2:
            return text.encode("utf-16-be").hex().upper()
        return text
