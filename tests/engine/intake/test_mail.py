"""Mail as devices send it, read as requests; no server and no clock."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.errors import InvalidRequestError, JournalError, UnknownRecipientError
from alert_engine.intake.mail import (
    Envelope,
    MailRefusedError,
    MailRules,
    answer_to,
    asks_of,
    check_client,
    check_recipient,
    check_sender,
)
from alert_engine.model import AlarmClear, AlarmRaise, SendRequest, Severity
from tests.effort import calls_in

RULES = MailRules(allowed=(ipaddress.ip_network("192.0.2.0/24"),), severity=Severity.HIGH)


def mail(text: str = "Since noon", subject: str = "UPS on battery", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def read(content: bytes | EmailMessage, *recipients: str, rules: MailRules = RULES) -> tuple[Any, ...]:
    data = content if isinstance(content, bytes) else content.as_bytes()
    envelope = Envelope(sender="nas@lan", recipients=recipients or ("anna@gw",), content=data)
    return asks_of(rules, envelope)


def test_a_text_to_people() -> None:
    (ask,) = read(mail(Message_ID="<1@nas>"), "anna@gw", "+436641234567@gw", "anna@other")
    assert ask == SendRequest(
        to=("anna", "+436641234567"),
        title="UPS on battery",
        text="Since noon",
        severity=Severity.HIGH,
        request_id="mail!<1@nas>!anna!+436641234567",
    )


def test_an_alarm_its_end_and_a_text_in_one_mail() -> None:
    raised, cleared, text = read(mail(Message_ID="<1@nas>"), "Alarm+ups/1@gw", "CLEAR+mains@gw", "anna@gw")
    assert raised == AlarmRaise(
        source="mail",
        key="ups/1",
        severity=Severity.HIGH,
        title="UPS on battery",
        text="Since noon",
        message_id="<1@nas>!ups/1",
    )
    assert cleared == AlarmClear(source="mail", key="mains", message_id="<1@nas>!mains", text="Since noon")
    assert isinstance(text, SendRequest)


def test_a_mail_without_an_id_is_new_each_time() -> None:
    (raised,) = read(mail(), "alarm+ups@gw")
    assert raised.message_id is None


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("Full", "", ("", "Full")),
        ("", "Disk 3 is full", ("", "Disk 3 is full")),
        ("Full", "a  b\r\n\r\n\r\n\r\nc\r\n-- \r\nYour NAS", ("Full", "a b\nc")),
        ("Größe", "50 °C", ("Größe", "50 °C")),
    ],
)
def test_what_people_read(subject: str, text: str, expected: tuple[str, str]) -> None:
    (ask,) = read(mail(text, subject))
    assert (ask.title, ask.text) == expected


def test_attachments_are_dropped() -> None:
    message = mail("Motion")
    message.add_attachment(b"\xff\xd8" * 1000, maintype="image", subtype="jpeg", filename="a.jpg")
    message.add_attachment("secret notes", subtype="plain", filename="b.txt")
    (ask,) = read(message)
    assert ask.text == "Motion"


def test_html_where_there_is_nothing_else() -> None:
    message = EmailMessage()
    message.set_content(
        "<html><head><title>x</title><style>p {}</style></head><body><p>Disk&nbsp;3</p>is <b>full</b>"
        "<script>bad()</script></body></html>",
        subtype="html",
    )
    (ask,) = read(message)
    assert ask.text.split() == ["Disk", "3", "is", "full"]


def test_plain_text_before_html() -> None:
    message = mail("plain")
    message.add_alternative("<p>html</p>", subtype="html")
    (ask,) = read(message)
    assert ask.text == "plain"


def test_an_unknown_charset_is_read_all_the_same() -> None:
    (ask,) = read(b"Subject: s\r\nContent-Type: text/plain; charset=x-mine\r\n\r\nT\xfcr\r\n")
    assert ask.text == "Tür"


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"Content-Type: image/png\r\n\r\nx"])
def test_nothing_to_say(content: bytes) -> None:
    with pytest.raises(MailRefusedError, match="no subject and no text"):
        read(content)


def test_deep_nests_do_no_harm() -> None:
    deep = b"Subject: deep\r\n"
    for number in range(2000):
        deep += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number)
    with pytest.raises(MailRefusedError):
        read(deep)


@given(st.binary(max_size=500))
def test_rubbish_is_read_or_refused(content: bytes) -> None:
    with suppress(MailRefusedError):
        (ask,) = read(content)
        assert isinstance(ask, SendRequest)


@pytest.mark.parametrize(
    ("address", "is_fine"),
    [
        ("anna@gw", True),
        ("<anna@gw>", True),
        ("anna", True),
        ('"+436641234567"@gw', True),
        ("alarm+tank@gw", True),
        ("alarm+@gw", False),
        ("CLEAR+@gw", False),
        ("alarm+a\nb@gw", False),
        ("@gw", False),
        ("", False),
        ("x" * 129 + "@gw", False),
    ],
)
def test_which_addresses_mean_something(address: str, *, is_fine: bool) -> None:
    if is_fine:
        check_recipient(RULES, address)
    else:
        with pytest.raises(MailRefusedError):
            check_recipient(RULES, address)


def test_recipients_can_be_limited() -> None:
    rules = MailRules(allowed=RULES.allowed, recipients=("anna",))
    check_recipient(rules, "anna@gw")
    check_recipient(rules, "alarm+tank@gw")
    with pytest.raises(MailRefusedError, match=r"add it to mail\.recipients"):
        check_recipient(rules, "+4366412345678@gw")


def test_senders_by_address_and_by_domain() -> None:
    rules = MailRules(allowed=RULES.allowed, senders=("nas@lan", "@cams.lan"))
    check_sender(RULES, "anybody@anywhere")
    check_sender(rules, "NAS@lan")
    check_sender(rules, "door@cams.lan")
    for sender in ("", "x@lan", "x@evilcams.lan", "@"):
        with pytest.raises(MailRefusedError, match=r"add it to mail\.senders"):
            check_sender(rules, sender)


def test_clients_by_their_network() -> None:
    check_client(RULES, "192.0.2.7")
    check_client(RULES, "::ffff:192.0.2.7")
    for remote in ("192.0.3.7", "", "rubbish"):
        with pytest.raises(MailRefusedError, match=r"add it to mail\.allowed"):
            check_client(RULES, remote)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UnknownRecipientError("to: is nobody"), "550 5.1.1 to: is nobody"),
        (InvalidRequestError("text: “long”\nand more"), "550 5.6.0 text: ?long? and more"),
        (
            JournalError("disk"),
            "451 4.3.0 the gateway could not write it down, so nobody was told: send it again",
        ),
        (OSError("x"), "451 4.3.0 the gateway made a mistake: send it again, and report it"),
    ],
)
def test_answers_are_one_line_of_ascii(error: Exception, line: str) -> None:
    assert str(answer_to(error)) == line


def test_a_refusal_is_its_own_answer() -> None:
    with pytest.raises(MailRefusedError) as caught:
        check_client(RULES, "")
    assert answer_to(caught.value).code == 550


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: Fire\r\nContent-Type: " + b"text/plain; charset=nonsense; " * 2200,
        b"Subject: Fire\r\nContent-Type: text/plain;" + b"\r\n charset=nonsense;" * 3000,
        b"Subject: Fire\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        + (b"--x\r\nContent-Type: " + b"text/x; a=b; " * 90 + b"\r\n\r\n") * 50,
        b"Subject: Fire " + b"=?utf-8?q?=41?= " * 4000,
    ],
    ids=["one line", "many lines", "many parts", "many words"],
)
def test_endless_headers_take_little_time(content: bytes) -> None:
    """Python's parser of header fields calls 3 to 80 functions for each octet, anew for each question."""
    (ask,), calls = calls_in(lambda: read(content))
    assert calls < 100_000
    assert "Fire" in ask.text


@pytest.mark.parametrize(
    ("content", "most"),
    [
        (b"Subject: Fire\r\n\r\n" + b"It burns and burns\r\n" * 500_000, 300_000),
        (b"Subject: Fire\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 2_000_000, 2_000_000),
        (
            b"Subject: Fire\r\n"
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nIt burns\r\n--x\r\n"
            b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk\r\n" * 150_000
            + b"--x--\r\n",
            100_000,
        ),
    ],
    ids=["a long text", "tags", "a picture"],
)
def test_ten_megabytes_take_little_time(content: bytes, most: int) -> None:
    """Reading all of them took seconds, in which alarms of others waited: millions of calls."""
    assert len(content) > 9_000_000
    (ask,), calls = calls_in(lambda: read(content))
    assert calls < most
    assert "Fire" in (ask.title or ask.text)


def test_nothing_of_a_mail_shows() -> None:
    envelope = Envelope(sender="nas@lan", recipients=("+436641234567@gw",), content=b"secret")
    assert repr(envelope) == "Envelope()"
