"""Commands (clause 5.1.2.1), optional parameters (5.3.2) and what each status (5.1.3) means for a message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from alert_engine.routes.base import ErrorClass

RESPONSE = 0x80000000  # this bit in a command: it answers a request


class Command(IntEnum):
    """The requests that this client sends or takes."""

    GENERIC_NACK = 0x80000000
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    BIND_TRANSCEIVER = 0x00000009
    ENQUIRE_LINK = 0x00000015


class Tag(IntEnum):
    """The optional parameters that this client reads or writes."""

    RECEIPTED_MESSAGE_ID = 0x001E
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class Status(IntEnum):
    """The statuses that this client sends, or that need more than the table below."""

    OK = 0x00
    INVALID_COMMAND = 0x03
    QUEUE_FULL = 0x14
    THROTTLED = 0x58
    TEMPORARY_ERROR = 0x64  # of the receiver: deliver it again
    PERMANENT_ERROR = 0x65  # of the receiver: it will never take this one


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a status means."""

    error_class: ErrorClass
    reason: str


_TEMPORARY, _RECIPIENT, _MESSAGE, _ACCOUNT = (
    ErrorClass.TEMPORARY,
    ErrorClass.RECIPIENT,
    ErrorClass.MESSAGE,
    ErrorClass.ACCOUNT,
)
_OWN_CODE = Meaning(_TEMPORARY, "the provider refused it with a code of its own")

MEANINGS: dict[int, Meaning] = {
    0x01: Meaning(_MESSAGE, "the message is too long for the provider"),
    0x02: Meaning(_ACCOUNT, "the provider cannot read what was sent: is it an SMPP 3.4 port?"),
    0x03: Meaning(_ACCOUNT, "the provider does not know this command: is it an SMPP 3.4 port?"),
    0x04: Meaning(_ACCOUNT, "the account may not send in a transceiver session: ask the provider"),
    0x05: Meaning(_TEMPORARY, "the account has another session open; it may be an old one that has to end"),
    0x06: Meaning(_MESSAGE, "the provider does not take the priority"),
    0x07: Meaning(_ACCOUNT, "the account may not ask for delivery reports: ask the provider"),
    0x08: Meaning(_TEMPORARY, "the provider has a system error"),
    0x0A: Meaning(_ACCOUNT, "the provider does not allow the sender: see sender, sender_ton and sender_npi"),
    0x0B: Meaning(_RECIPIENT, "the provider says that the recipient's number is not valid"),
    0x0D: Meaning(
        _ACCOUNT, "the provider refuses the log-in: are this machine's address and account allowed?"
    ),
    0x0E: Meaning(_ACCOUNT, "the password is wrong"),
    0x0F: Meaning(_ACCOUNT, "the system id is wrong"),
    0x13: Meaning(_MESSAGE, "the provider does not replace messages"),
    0x14: Meaning(_TEMPORARY, "the provider's queue is full"),
    0x15: Meaning(_ACCOUNT, "the service type is wrong: see service_type"),
    0x42: Meaning(_MESSAGE, "the provider does not take esm_class: try another setting of long_messages"),
    0x43: Meaning(_MESSAGE, "the provider does not deliver to lists"),
    0x45: Meaning(_TEMPORARY, "the provider could not take the message"),
    0x48: Meaning(_ACCOUNT, "the sender's type is wrong: see sender_ton"),
    0x49: Meaning(_ACCOUNT, "the sender's numbering plan is wrong: see sender_npi"),
    0x50: Meaning(_RECIPIENT, "the provider does not take this type of recipient's number"),
    0x51: Meaning(_RECIPIENT, "the provider does not take this numbering plan of the recipient"),
    0x53: Meaning(_ACCOUNT, "the system type is wrong: see system_type"),
    0x58: Meaning(_TEMPORARY, "it was too quick for the provider: lower per_second or window"),
    0x61: Meaning(_MESSAGE, "the provider does not take the time of delivery"),
    0x62: Meaning(_MESSAGE, "the provider does not take the validity: switch send_validity off"),
    0x63: Meaning(_MESSAGE, "the provider does not know the predefined message"),
    0x64: Meaning(_TEMPORARY, "the provider has a passing fault"),
    0x65: Meaning(_MESSAGE, "the provider will never take this message"),
    0x66: Meaning(_MESSAGE, "the provider refuses this message"),
    0xC0: Meaning(_MESSAGE, "the provider cannot read an optional parameter: try another long_messages"),
    0xC1: Meaning(_MESSAGE, "the provider allows no optional parameter: try another long_messages"),
    0xC2: Meaning(_MESSAGE, "the provider cannot read an optional parameter: try another long_messages"),
    0xC3: Meaning(_MESSAGE, "the provider misses an optional parameter: try another long_messages"),
    0xC4: Meaning(_MESSAGE, "the provider does not take the value of an optional parameter"),
    0xFE: Meaning(_TEMPORARY, "the provider could not deliver it"),
    0xFF: Meaning(_TEMPORARY, "the provider has an error without a name"),
}


def meaning_of(status: int) -> Meaning:
    """What a status other than OK means; a maker's own (0x400 to 0x4FF) and reserved ones are temporary."""
    return MEANINGS.get(status, _OWN_CODE)


def code_of(status: int) -> str:
    """As people find it in the provider's list."""
    return f"SMPP 0x{status:02X}"
