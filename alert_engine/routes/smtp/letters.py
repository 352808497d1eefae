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
from alert_engine.routes.base import ErrorClass
from alert_engine.routes.not_carried import NotCarriedError, counted
from alert_engine.routes.providers.generic_http.nodes import Node
from alert_engine.routes.providers.generic_http.numbers import international
from alert_engine.routes.providers.generic_http.templates import in_one_line, read_template
from gsm_driver import Alphabet, transliterated

from .mail_address import domain_of, mail_address

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.routes.base import OutboundMessage

    from .account import SmtpAccount
    from .presets import MailService

# Every octet that leaves is ASCII: no server has to offer 8BITMIME (RFC 6152) or SMTPUTF8 (RFC 6531).
_POLICY = email.policy.SMTP.clone(cte_type="7bit")
_LINE_END = re.compile(r"\r\n|\r|\n")
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9._-]")
_SHORTCUT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,63})")
_MAX_SUBJECT = 120  # characters: more is shown nowhere
_CUT = "..."  # GSM 7 bit has no ellipsis
_MAX_LINE = 998  # octets: RFC 5322 section 2.1.1


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
    body = _clean(account.body_template.fill(values))
    mail.set_content(body, charset="utf-8", cte="7bit" if _needs_no_encoding(body) else None)
    return Letter(
        recipient=recipient,
        message_id=message_id,
        segments=counted(text).segments if message.channel is Channel.SMS else 1,
        content=mail.as_bytes(policy=_POLICY),
    )


def _with_headers(account: SmtpAccount, message: OutboundMessage, now: datetime) -> EmailMessage:
    """What is the same for all recipients."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(_in_header(account.sender_name), addr_spec=mail_address(account.sender))
    mail["Date"] = format_datetime(now)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that no absent person's program answers it
    if message.priority in {Priority.CRITICAL, Priority.HIGH}:
        mail["Importance"] = "high"  # RFC 2156 section 5.3.4
    return mail


def _subject(account: SmtpAccount, values: dict[str, str]) -> str:
    if account.subject_auth and account.service is not None:
        return f"{account.service.subject_login}{account.subject_auth}"
    return _in_header(account.subject_template.fill(values))


def _text(account: SmtpAccount, message: OutboundMessage) -> str:
    """What the recipient reads."""
    if message.data is not None:
        raise NotCarriedError(ErrorClass.MESSAGE, "a mail cannot carry octets in the place of a text")
    text = _clean(message.text).encode(errors="replace").decode()  # half a surrogate pair is no character
    service = account.service
    if service is None:
        return text if message.media is None else f"{text}\n{_one_line(message.media.url)}".lstrip("\n")
    if message.media is not None:
        raise NotCarriedError(ErrorClass.MESSAGE, "the service that takes these mails shows no media")
    if message.plain:
        text = transliterated(text, plain=True)
    if service.field_mark:
        text = _one_line(text).replace(service.field_mark, " ".join(service.field_mark))
    if 0 < service.max_length < len(text):
        text = text[: max(0, service.max_length - len(_CUT))] + _CUT
    return text


def _recipient(account: SmtpAccount, message: OutboundMessage, text: str) -> str:
    if message.channel not in account.channels:
        raise NotCarriedError(ErrorClass.MESSAGE, "this account does not carry messages of this kind")
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
        raise NotCarriedError(ErrorClass.RECIPIENT, f"the address cannot be written to: {error}") from None
    if account.service is not None and domain_of(found) not in account.service_domains:
        raise NotCarriedError(
            ErrorClass.RECIPIENT,
            "this account writes to the groups of its service only",
            this_route_only=True,
        )
    return found


def _sms_pattern(service: MailService, text: str) -> str:
    if service.sms_to_unicode and counted(text).alphabet is Alphabet.UCS2:
        return service.sms_to_unicode
    return service.sms_to


def _number(account: SmtpAccount, address: str) -> str:
    """A number in the service's form; a shortcut of a group as it is; nothing for mailboxes."""
    if "@" in address:
        return ""
    if address.startswith("+") and address[1:].isdecimal() and address.isascii():
        return international(address, account.number_form)
    if account.groups and _SHORTCUT.fullmatch(address):
        return address
    raise NotCarriedError(
        ErrorClass.RECIPIENT, "the service takes numbers with + and country code only", this_route_only=True
    )


def _clean(text: str) -> str:
    """Lines of text, without what no mail holds."""
    return _NOT_IN_TEXT.sub("", _LINE_END.sub("\n", text))


def _needs_no_encoding(body: str) -> bool:
    """It can go as it is; a service that makes SMS of mails need not decode anything."""
    return body.isascii() and max(map(len, body.split("\n"))) <= _MAX_LINE


def _one_line(text: str) -> str:
    """Without anything that could begin another header or another field."""
    return in_one_line(text).strip()


def _in_header(text: str) -> str:
    """One line that is no encoded word of RFC 2047.

    The standard library decodes those in what a header is set to, and its older releases then write the line
    breaks that were in them (CVE-2024-6923).
    """
    return _one_line(text).replace("=?", "= ?")
