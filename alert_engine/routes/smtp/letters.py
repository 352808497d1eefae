"""From a message to a mail (RFC 5322), ready to be sent. Pure: values in, octets out."""

from __future__ import annotations

import email.policy
import re
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from alert_engine.model import Channel, Priority
from alert_engine.routes.base import ErrorClass, Rejected
from alert_engine.routes.providers.generic_http.nodes import Node
from alert_engine.routes.providers.generic_http.templates import read_template
from gsm_driver import Alphabet, PduEncodeError, count_segments, transliterated

from .account import NumberForm
from .mail_address import domain_of, mail_address

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.routes.base import OutboundMessage
    from gsm_driver import SegmentCount

    from .account import SmtpAccount
    from .presets import MailService

# Every octet that leaves is ASCII: no server has to offer 8BITMIME (RFC 6152) or SMTPUTF8 (RFC 6531).
_POLICY = email.policy.SMTP.clone(cte_type="7bit")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9._-]")
_SHORTCUT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,63})")
_MAX_SUBJECT = 120  # characters: more is shown nowhere
_CUT = "..."  # GSM 7 bit has no ellipsis
_FIRST_DIGITS = {NumberForm.DIGITS: "", NumberForm.PLUS: "+", NumberForm.DOUBLE_ZERO: "00"}


class NotCarriedError(ValueError):
    """A message that cannot become a mail by this account; `refused` is what is said of it."""

    def __init__(self, refused: Rejected) -> None:
        super().__init__(refused.reason)
        self.refused = refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail for one address."""

    recipient: str = field(repr=False)  # after ``RCPT TO:``
    message_id: str  # with its angle brackets; the same for each attempt
    segments: int
    content: bytes = field(repr=False)  # ASCII, lines end with CR LF, dots not doubled yet


def letter_of(account: SmtpAccount, message: OutboundMessage, now: datetime) -> Letter:
    """The mail that carries a message.

    Raises:
        NotCarriedError: it cannot be carried.
    """
    text = _text(account, message)
    recipient = _recipient(account, message, text)
    values = {
        "text": text,
        "first_line": _one_line(text.strip().split("\n", 1)[0])[:_MAX_SUBJECT],
        "number": _number(account, message.address),
        "token": account.token,
        "uid": message.uid,
    }
    message_id = f"<{_NOT_IN_ID.sub('_', message.uid)}@{domain_of(mail_address(account.sender))}>"
    mail = _with_headers(account, message, now)
    mail["To"] = recipient
    mail["Message-ID"] = message_id
    if subject := _subject(account, values):
        mail["Subject"] = subject
    mail.set_content(account.body_template.fill(values), charset="utf-8")
    return Letter(
        recipient=recipient,
        message_id=message_id,
        segments=_count(text).segments if message.channel is Channel.SMS else 1,
        content=mail.as_bytes(policy=_POLICY),
    )


def _with_headers(account: SmtpAccount, message: OutboundMessage, now: datetime) -> EmailMessage:
    """What is the same for all recipients."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(account.sender_name, addr_spec=mail_address(account.sender))
    mail["Date"] = format_datetime(now)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that no absent person's program answers it
    if message.priority in {Priority.CRITICAL, Priority.HIGH}:
        mail["Importance"] = "high"  # RFC 2156 section 5.3.4
    return mail


def _subject(account: SmtpAccount, values: dict[str, str]) -> str:
    if account.subject_auth and account.service is not None:
        return f"{account.service.subject_login}{account.subject_auth}"
    return _one_line(account.subject_template.fill(values))


def _text(account: SmtpAccount, message: OutboundMessage) -> str:
    """What the recipient reads."""
    if message.data is not None:
        raise _not_carried(ErrorClass.MESSAGE, "a mail cannot carry octets in the place of a text")
    text = _NOT_IN_TEXT.sub("", _LINE_END.sub("\n", message.text))
    text = text.encode(errors="replace").decode()  # half a surrogate pair is no character
    service = account.service
    if service is None:
        return text if message.media is None else f"{text}\n{_one_line(message.media.url)}".lstrip("\n")
    if message.media is not None:
        raise _not_carried(ErrorClass.MESSAGE, "the service that takes these mails shows no media")
    if message.plain:
        text = transliterated(text, plain=True)
    if service.field_mark:
        text = _one_line(text).replace(service.field_mark, " ".join(service.field_mark))
    if 0 < service.max_length < len(text):
        text = text[: max(0, service.max_length - len(_CUT))] + _CUT
    return text


def _recipient(account: SmtpAccount, message: OutboundMessage, text: str) -> str:
    if message.channel not in account.channels:
        raise _not_carried(ErrorClass.MESSAGE, "this account does not carry messages of this kind")
    service = account.service
    if service is None or message.channel is Channel.EMAIL:
        return _mailbox(account, message.address)
    pattern = service.call_to if message.channel is Channel.CALL else _sms_pattern(service, text)
    template = read_template(Node(pattern), frozenset({"number"}))
    return mail_address(template.fill({"number": _number(account, message.address)}))


def _mailbox(account: SmtpAccount, address: str) -> str:
    try:
        found = mail_address(address)
    except ValueError as error:
        raise _not_carried(ErrorClass.RECIPIENT, f"the address cannot be written to: {error}") from None
    if account.service is not None and domain_of(found) not in account.service_domains:
        raise _not_carried(
            ErrorClass.RECIPIENT,
            "this account writes to the groups of its service only",
            this_route_only=True,
        )
    return found


def _sms_pattern(service: MailService, text: str) -> str:
    if service.sms_to_unicode and _count(text).alphabet is Alphabet.UCS2:
        return service.sms_to_unicode
    return service.sms_to


def _number(account: SmtpAccount, address: str) -> str:
    """A number in the service's form; a shortcut of a group as it is; nothing for mailboxes."""
    if "@" in address:
        return ""
    if address.startswith("+") and address[1:].isdecimal() and address.isascii():
        return _FIRST_DIGITS[NumberForm(account.number_form)] + address[1:]
    if account.groups and _SHORTCUT.fullmatch(address):
        return address
    raise _not_carried(
        ErrorClass.RECIPIENT, "the service takes numbers with + and country code only", this_route_only=True
    )


def _count(text: str) -> SegmentCount:
    try:
        return count_segments(text)
    except PduEncodeError:
        raise _not_carried(ErrorClass.MESSAGE, "the text is too long for an SMS") from None


def _one_line(text: str) -> str:
    """Without anything that could begin another header or another field."""
    return _CONTROL.sub(" ", text).strip()


def _not_carried(error_class: ErrorClass, reason: str, *, this_route_only: bool = False) -> NotCarriedError:
    return NotCarriedError(Rejected(error_class=error_class, reason=reason, this_route_only=this_route_only))
