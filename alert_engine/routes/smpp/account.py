"""The settings of an SMPP account."""

from __future__ import annotations

from dataclasses import dataclass, field

from alert_engine.errors import ConfigError, is_missing, not_in_range, not_one_of
from alert_engine.routes.providers.addresses import SenderKind, checked_sender, digits, sender_kind
from alert_engine.routes.server_access import check_place

from .pdu import INTERFACE_VERSION, Address, c_text

LONG_MESSAGES = ("udh", "sar", "payload")
ALPHABETS = ("gsm7", "latin-1")
MESSAGE_IDS = ("auto", "same", "hex", "decimal")

_SENDER_TYPES = {  # (type of number, numbering plan) of a sender: clauses 5.2.5 and 5.2.6
    SenderKind.ACCOUNT: (0, 0),
    SenderKind.INTERNATIONAL: (1, 1),
    SenderKind.SHORT_CODE: (3, 0),
    SenderKind.ALPHANUMERIC: (5, 0),
}
_LENGTHS = {"system_id": 15, "password": 8, "system_type": 12, "service_type": 5, "address_range": 40}
_DATA_CODINGS = (0, 1, 3)  # the provider's own alphabet, IA5, Latin-1 (clause 5.2.19)
_CHOICES = {"long_messages": LONG_MESSAGES, "alphabet": ALPHABETS, "message_ids": MESSAGE_IDS}
_RANGES = {
    "port": (1, 65535),
    "window": (1, 100),
    "per_second": (1, 1000),
    "enquire_every": (5, 3600),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmppAccount:
    """An account at a message centre that speaks SMPP 3.4.

    Raises:
        ConfigError: a setting makes no sense.
    """

    host: str  # name or address of the message centre
    system_id: str  # the user, at most 15 characters
    password: str = field(repr=False)  # at most 8 characters: the protocol has no more
    port: int = 2775  # with TLS often 3550
    tls: bool = True  # without it everybody on the way reads the password and all texts
    ca_file: str = ""  # a file of certificates to trust instead of the system's
    system_type: str = ""  # at most 12 characters; most providers want it empty
    service_type: str = ""  # at most 5 characters; most providers want it empty
    address_range: str = ""  # the numbers whose messages this session takes; most want it empty
    sender: str = ""  # a name, a short code or a number; empty: the account's own
    sender_ton: int = -1  # the sender's type of number; -1: as its form says
    sender_npi: int = -1  # the sender's numbering plan; -1: as its form says
    window: int = 1  # messages that may wait for their answer at a time
    per_second: int = 5  # submissions
    enquire_every: int = 30  # seconds of silence before the link is tested
    long_messages: str = "udh"  # how: udh (headers), sar (parameters) or payload (the provider cuts)
    data_coding: int = 0  # of texts that need no UCS-2: 0, 1, or 3, which is Latin-1
    alphabet: str = "gsm7"  # what the provider means by data coding 0 and 1: gsm7 or latin-1
    message_ids: str = "auto"  # in receipts: same, hex (answer hex, receipt decimal), decimal (reverse), auto
    send_validity: bool = True  # tell how long the network may keep trying

    def __post_init__(self) -> None:
        """Refuse what the protocol cannot carry."""
        self._check_texts()
        self._check_numbers()
        checked_sender(self.sender)

    def _check_texts(self) -> None:
        check_place(self.host, self.port)
        if not self.system_id:
            raise is_missing("system_id")
        for name, longest in _LENGTHS.items():
            self._check_text(name, longest)
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise not_one_of(name, allowed)

    def _check_numbers(self) -> None:
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise not_in_range(name, least, most)
        if self.data_coding not in _DATA_CODINGS:
            raise ConfigError("data_coding: must be 0, 1 or 3", path=("data_coding",))
        for name, highest in (("sender_ton", 7), ("sender_npi", 31)):
            if not -1 <= getattr(self, name) <= highest:
                raise ConfigError(f"{name}: must be from 0 to {highest}, or -1", path=(name,))

    def _check_text(self, name: str, longest: int) -> None:
        text: str = getattr(self, name)
        if len(text) > longest or not text.isascii() or (text and not text.isprintable()):
            raise ConfigError(f"{name}: must have at most {longest} plain characters", path=(name,))

    @property
    def source(self) -> Address:
        """The sender as it goes out."""
        ton, npi = _SENDER_TYPES[sender_kind(self.sender)]
        return Address(
            ton=ton if self.sender_ton < 0 else self.sender_ton,
            npi=npi if self.sender_npi < 0 else self.sender_npi,
            digits=digits(self.sender),
        )

    @property
    def bind_body(self) -> bytes:
        """The body of bind_transceiver (clause 4.1.5)."""
        return b"".join(
            (
                c_text(self.system_id),
                c_text(self.password),
                c_text(self.system_type),
                bytes((INTERFACE_VERSION, 0, 0)),
                c_text(self.address_range),
            )
        )
