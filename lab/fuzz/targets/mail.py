"""Mail as devices and strangers send it: envelope and content."""

from __future__ import annotations

import ipaddress
from contextlib import suppress

from alert_engine.intake.mail import (
    MAX_RECIPIENTS,
    Envelope,
    MailAnswer,
    MailRefusedError,
    MailRules,
    answer_to,
    asks_of,
    check_client,
    check_recipient,
    check_sender,
)
from lab.fuzz.asks import check_ask
from lab.fuzz.target import Target

_RULES = MailRules(allowed=(ipaddress.ip_network("192.0.2.0/24"),), senders=("nas@lan", "@cams.lan"))


def one(data: bytes) -> None:
    """The first line is the sender, the second has the recipients; the rest is the mail."""
    first, _, rest = data.partition(b"\n")
    second, _, content = rest.partition(b"\n")
    sender = first.decode("latin-1")
    try:
        check_sender(_RULES, sender)
    except MailRefusedError as error:
        _check_answer(error.answer)
    with suppress(MailRefusedError):
        check_client(_RULES, sender)
    recipients = []
    for address in second.decode("utf-8", "replace").split(",")[:MAX_RECIPIENTS]:
        try:
            check_recipient(_RULES, address)
        except MailRefusedError as error:
            _check_answer(error.answer)
        else:
            recipients.append(address)
    try:
        asks = asks_of(_RULES, Envelope(sender=sender, recipients=tuple(recipients), content=content))
    except MailRefusedError as error:
        _check_answer(error.answer)
        _check_answer(answer_to(error))
        return
    assert len(asks) <= len(recipients), "more was asked than there are recipients"
    for ask in asks:
        check_ask(ask)


def _check_answer(answer: MailAnswer) -> None:
    line = str(answer)
    assert line.isascii(), "an SMTP reply is ASCII"
    assert "\n" not in line, "an SMTP reply is one line"
    assert len(line) <= 512, "an SMTP reply has at most 512 octets (RFC 5321 section 4.5.3.1.5)"


TARGET = Target(
    one=one,
    max_length=1000,
    words=(
        *(
            b"Subject: ",
            b"=?utf-8?q?",
            b"=?utf-8?b?",
            b"?=",
            b"Content-Type: multipart/mixed; boundary=x\r\n",
        ),
        *(
            b"Content-Type: text/html; charset=",
            b"Content-Transfer-Encoding: base64\r\n",
            b"\r\n--x\r\n",
            b"--x--",
        ),
        *(
            b"Content-Transfer-Encoding: quoted-printable\r\n",
            b"Message-ID: <1@nas>\r\n",
            b"alarm+",
            b"clear+",
        ),
        *(
            b"Content-Type: message/rfc822\r\n",
            b"iso-2022-jp",
            b"utf-7",
            b"idna",
            b"<script>",
            b"<!--",
            b"<![",
            b"&#",
        ),
        *(b"multipart/alternative", b"multipart/related", b"\r\n\r\n", b"\r\n ", b"-- \n", b"@cams.lan\n"),
    ),
)
