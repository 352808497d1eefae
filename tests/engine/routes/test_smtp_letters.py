"""Mails as they are written, and settings that make no sense."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.errors import ConfigError
from alert_engine.model import Channel, Priority
from alert_engine.routes.base import ErrorClass, Media, MediaKind
from alert_engine.routes.not_carried import NotCarriedError
from alert_engine.routes.smtp import SmtpAccount
from alert_engine.routes.smtp.letters import Letter, letter_of
from alert_engine.routes.smtp.mail_address import mail_address
from gsm_driver import transliterated
from tests.engine.providers.contract import NOW, TEXT, a_message

if TYPE_CHECKING:
    from email.message import EmailMessage

MAIL: dict[str, Any] = {"host": "mail.example.org", "sender": "alarm@example.org"}
PERSON = {"channel": Channel.EMAIL, "address": "anna@example.com"}


def written(account: SmtpAccount, **fields: Any) -> tuple[Letter, EmailMessage]:
    letter = letter_of(account, a_message(**fields), NOW)
    parsed = message_from_bytes(letter.content, policy=default)
    return letter, parsed


def text_in(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


def test_a_mail_to_a_person() -> None:
    letter, mail = written(
        SmtpAccount(**MAIL, sender_name="Werk Süd"), **PERSON, text="Pumpe 2: Öl\nReply OK 4711"
    )
    assert letter.recipient == "anna@example.com"
    assert letter.segments == 1
    assert letter.message_id == "<6f1d2c3b4a5968778695a4b3c2d1e0f0@example.org>"
    assert {name: str(mail[name]) for name in mail} == {
        "From": "Werk Süd <alarm@example.org>",
        "Date": "Sat, 21 Nov 2026 12:00:00 +0000",
        "Auto-Submitted": "auto-generated",
        "Importance": "high",
        "To": "anna@example.com",
        "Message-ID": letter.message_id,
        "Subject": "Pumpe 2: Öl",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
    }
    assert text_in(mail) == "Pumpe 2: Öl\nReply OK 4711\n"
    assert letter.content.isascii()
    assert b"\n" not in letter.content.replace(b"\r\n", b"")


def test_an_ordinary_mail_is_not_marked_important() -> None:
    _, mail = written(SmtpAccount(**MAIL), **PERSON, priority=Priority.NORMAL)
    assert "Importance" not in mail


def test_templates() -> None:
    account = SmtpAccount(**MAIL, subject="[{uid}] {first_line}", body="Alarm:\n{text}\n-- {{gateway}}")
    _, mail = written(account, **PERSON)
    assert mail["Subject"] == f"[6f1d2c3b4a5968778695a4b3c2d1e0f0] {TEXT}"
    assert text_in(mail) == f"Alarm:\n{TEXT}\n-- {{gateway}}\n"


def test_media_are_a_link() -> None:
    media = Media(kind=MediaKind.IMAGE, url="https://example.org/cam.jpg")
    _, mail = written(SmtpAccount(**MAIL), **PERSON, media=media)
    assert text_in(mail) == f"{TEXT}\nhttps://example.org/cam.jpg\n"


def test_half_a_character_is_shown_as_a_question_mark() -> None:
    _, mail = written(SmtpAccount(**MAIL), **PERSON, text="Pumpe \ud83d 2")
    assert text_in(mail) == "Pumpe ? 2\n"
    assert mail["Subject"] == "Pumpe ? 2"


def test_a_long_domain_leaves_the_message_id_whole() -> None:
    domain = f"{'very-' * 10}long.example.org"
    letter, mail = written(SmtpAccount(host="h", sender=f"alarm@{domain}"), **PERSON)
    assert f"Message-ID: <6f1d2c3b4a5968778695a4b3c2d1e0f0@{domain}>".encode() in letter.content.replace(
        b"\r\n ", b" "
    )
    assert mail["Message-ID"] == letter.message_id


@given(text=st.text(min_size=1, max_size=300), uid=st.text(min_size=1, max_size=40))
def test_no_text_adds_a_header_or_a_mail(text: str, uid: str) -> None:
    plain = SmtpAccount(**MAIL, subject="{first_line} {uid}")
    letter, mail = written(plain, **PERSON, text=text, uid=uid)
    assert len(mail.keys()) == len({*mail.keys()}) <= 10
    assert mail.get_all("To") == ["anna@example.com"]
    assert mail["Bcc"] is None
    assert "\n" not in str(mail["Subject"] or "")
    assert not mail.is_multipart()
    assert letter.content.isascii()


def test_line_breaks_do_not_leave_the_subject() -> None:
    _, mail = written(
        SmtpAccount(**MAIL, subject="{uid}"), **PERSON, uid="a\r\nBcc: thief@example.com\x85\u2028b"
    )
    assert mail["Bcc"] is None
    assert mail["Subject"] == "a Bcc: thief@example.com b"


ENCODED = [  # words of RFC 2047: Python's header classes read them, and older ones write their line breaks
    "=?utf-8?q?a=0D=0ABcc:_thief@example.com?= b",
    "=?utf-8?b?YQ0KQmNjOiB0aGllZkBleGFtcGxlLmNvbQ==?=",
    "=?utf-8?b?YQ0KDQpib2R5?= =?utf-8?b?YQ0KDQpib2R5?=",
    "=?utf-8?q?=FF=00?=",
]


@pytest.mark.parametrize("text", ENCODED)
def test_encoded_words_are_words(text: str) -> None:
    account = SmtpAccount(**MAIL, sender_name=text, subject="{first_line} {uid}")
    letter, mail = written(account, **PERSON, text=text, uid=text)
    head = letter.content.partition(b"\r\n\r\n")[0]
    assert b"Bcc" not in [line.partition(b":")[0] for line in head.splitlines()]
    assert len(mail.keys()) == 10
    assert mail["Subject"] == f"{text} {text}".replace("=?", "= ?")
    assert text_in(mail) == f"{text}\n"


@given(text=st.lists(st.sampled_from(["=?", "utf-8", "?q?", "?b?", "=0D=0A", "YQ0KQg==", "?=", " ", "\r\n"])))
def test_no_piece_of_an_encoded_word_does_harm(text: list[str]) -> None:
    letter, _ = written(SmtpAccount(**MAIL), **PERSON, text="".join(["x", *text]))
    head = letter.content.partition(b"\r\n\r\n")[0].decode()
    assert [line.partition(":")[0] for line in head.splitlines() if line[0] != " "] == [
        "From", "Date", "Auto-Submitted", "Importance", "To", "Message-ID", "Subject",
        "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    ]  # fmt: skip


def test_a_long_line_of_plain_text_stays_one_line() -> None:
    """Services that make SMS of mails need not know quoted-printable for it."""
    text = "Water in the cellar. " * 40
    letter, mail = written(SmtpAccount(**MAIL), **PERSON, text=text)
    assert mail["Content-Transfer-Encoding"] == "7bit"
    assert text.encode() in letter.content
    _, longer = written(SmtpAccount(**MAIL), **PERSON, text="x" * 999)  # RFC 5322 section 2.1.1
    assert longer["Content-Transfer-Encoding"] == "quoted-printable"
    assert text_in(longer).strip() == "x" * 999


def test_a_template_has_no_control_characters_either() -> None:
    letter, _ = written(SmtpAccount(**MAIL, body="a\rb\x00\x0b{text}"), **PERSON, text="c")
    assert letter.content.endswith(b"\r\n\r\na\r\nbc\r\n")


WEBSMS = SmtpAccount(**MAIL, preset="websms")
LINK = SmtpAccount(**MAIL, preset="websms_link", groups=True)


@pytest.mark.parametrize(
    ("account", "fields", "recipient"),
    [
        (WEBSMS, {}, "436641234567@email2sms.websms.com"),
        (WEBSMS, {"channel": Channel.CALL}, "436641234567@email2voice.websms.com"),
        (WEBSMS, {"text": "Пожар"}, "436641234567@email2sms.websms.com"),
        (LINK, {}, "436641234567@email2sms.linkmobility.eu"),
        (LINK, {"text": "Пожар"}, "436641234567@email2sms-ucs.linkmobility.eu"),
        (LINK, {"text": "Пожар", "channel": Channel.CALL}, "436641234567@email2voice.linkmobility.eu"),
        (LINK, {"address": "feuerwehr"}, "feuerwehr@email2sms.linkmobility.eu"),
        (
            LINK,
            {"channel": Channel.EMAIL, "address": "feuerwehr@email2voice.linkmobility.eu"},
            "feuerwehr@email2voice.linkmobility.eu",
        ),
        (SmtpAccount(**MAIL, sms_to="{number}@sms.lan", number_form="plus"), {}, "+436641234567@sms.lan"),
        (
            SmtpAccount(**MAIL, sms_to="sms.{number}@sms.lan", number_form="double_zero"),
            {},
            "sms.00436641234567@sms.lan",
        ),
        (
            SmtpAccount(**MAIL, preset="websms_link", sms_to="{number}@sms.lan"),
            {"text": "Пожар"},
            "436641234567@sms.lan",
        ),
    ],
)
def test_where_a_service_is_written_to(account: SmtpAccount, fields: dict[str, Any], recipient: str) -> None:
    letter, mail = written(account, **fields)
    assert letter.recipient == recipient
    assert mail["To"] == recipient
    assert mail["Subject"] is None


def test_what_an_account_carries() -> None:
    assert SmtpAccount(**MAIL).channels == {Channel.EMAIL}
    assert WEBSMS.channels == {Channel.SMS, Channel.CALL}
    assert LINK.channels == {Channel.SMS, Channel.CALL, Channel.EMAIL}
    assert SmtpAccount(**MAIL, call_to="{number}@call.lan").channels == {Channel.CALL}


def test_segments_are_those_of_the_text() -> None:
    assert written(WEBSMS, text="x" * 161)[0].segments == 2
    assert written(WEBSMS, text="x" * 161, channel=Channel.CALL)[0].segments == 1


def test_a_text_is_cut_so_that_it_shows() -> None:
    _, mail = written(WEBSMS, text="x" * 601)
    assert text_in(mail).strip() == "x" * 597 + "..."
    _, whole = written(WEBSMS, text="x" * 600)
    assert text_in(whole).strip() == "x" * 600


def test_plain_is_plain() -> None:
    _, mail = written(WEBSMS, text="5 € Öl{", plain=True)
    assert text_in(mail).strip() == transliterated("5 € Öl{", plain=True)
    assert "€" not in text_in(mail)


def test_credentials_in_the_subject() -> None:
    account = SmtpAccount(**MAIL, preset="websms", subject_auth="login:geheim")
    _, mail = written(account)
    assert mail["Subject"] == "SMSGW-Auth: login:geheim"
    assert "geheim" not in repr(account)


def test_the_form_of_spryng_keeps_its_fields() -> None:
    account = SmtpAccount(**MAIL, preset="spryng", token="t0k3n")
    letter, mail = written(account, text="Feuer\n##Recipients:+4900\n##End")
    assert letter.recipient == "outbound@email2sms.spryng.nl"
    assert text_in(mail).splitlines() == [
        "##Token:t0k3n",
        "##Message:Feuer # #Recipients:+4900 # #End",
        "##Recipients:436641234567",
        "##End",
    ]


@pytest.mark.parametrize(
    ("account", "fields", "error_class", "only_here"),
    [
        (SmtpAccount(**MAIL), {}, ErrorClass.MESSAGE, False),
        (SmtpAccount(**MAIL, sms_to="{number}@sms.lan"), {"text": "x" * 99_999}, ErrorClass.MESSAGE, False),
        (SmtpAccount(**MAIL), {**PERSON, "data": b"\x00"}, ErrorClass.MESSAGE, False),
        (SmtpAccount(**MAIL), {**PERSON, "address": "anna"}, ErrorClass.RECIPIENT, False),
        (WEBSMS, PERSON, ErrorClass.MESSAGE, False),
        (LINK, PERSON, ErrorClass.RECIPIENT, True),
        (WEBSMS, {"address": "feuerwehr"}, ErrorClass.RECIPIENT, True),
        (LINK, {"address": "a b"}, ErrorClass.RECIPIENT, True),
        (
            WEBSMS,
            {"media": Media(kind=MediaKind.IMAGE, url="https://example.org/a")},
            ErrorClass.MESSAGE,
            False,
        ),
    ],
)
def test_what_is_not_carried(
    account: SmtpAccount, fields: dict[str, Any], *, error_class: ErrorClass, only_here: bool
) -> None:
    with pytest.raises(NotCarriedError) as caught:
        written(account, **fields)
    refused = caught.value.refused
    assert (refused.error_class, refused.this_route_only) == (error_class, only_here)
    assert "anna" not in repr(refused)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("a@b", "a@b"),
        ("first.last+tag@Example.org", "first.last+tag@Example.org"),
        ("a@münchen.example", "a@xn--mnchen-3ya.example"),
    ],
)
def test_mail_addresses(given: str, address: str) -> None:
    assert mail_address(given) == address


@pytest.mark.parametrize(
    "given",
    ["", "a", "@b", "a@", "a b@c", "a@b c", "a@b>\r\nRCPT TO:<c@d", "a..b@c", '"a b"@c', "ä@b", "a@-b",
     "a@b..c", "x" * 65 + "@b", "a@" + "x" * 64, "a@" + ".".join(["x" * 60] * 5), "a@b\x00", "a\n@b",
     "=?utf-8?q?a=0D=0AX?=@b", "a@fa\xdf.de", "a@\u03b1\u03c2.gr", "a@a\u200cb.ir"],
)  # fmt: skip
def test_what_is_no_mail_address(given: str) -> None:
    with pytest.raises(ValueError, match="no mail address"):
        mail_address(given)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("host", {"host": "mail example"}),
        ("host", {"host": "https://mail.example.org"}),
        ("port", {"port": 70000}),
        ("security", {"security": "ssl"}),
        ("number_form", {"preset": "websms", "number_form": "national"}),
        ("sender", {"sender": "alarm"}),
        ("sender_name", {"sender_name": "a\nBcc: b@c"}),
        ("hello", {"hello": "a b"}),
        ("password", {"username": "u"}),
        ("password", {"username": "u", "password": "p", "security": "none"}),
        ("token", {"preset": "spryng", "token": "t", "security": "none"}),
        ("token", {"preset": "spryng"}),
        ("preset", {"preset": "other"}),
        ("preset", {"groups": True}),
        ("preset", {"max_length": 100}),
        ("subject_auth", {"preset": "spryng", "token": "t", "subject_auth": "a@b"}),
        ("subject", {"preset": "websms", "subject_auth": "a@b", "subject": "x"}),
        ("subject_auth", {"preset": "websms", "subject_auth": "password"}),
        ("subject_auth", {"preset": "websms", "subject_auth": "login:p\xe4sswort"}),
        ("subject_auth", {"preset": "websms", "subject_auth": "login:" + "x" * 60}),
        ("subject_auth", {"preset": "websms", "subject_auth": "SMSGW-Auth: login:geheim"}),
        ("subject_auth", {"preset": "websms", "subject_auth": "login:=?a?q?b?="}),
        ("max_length", {"preset": "websms", "max_length": -1}),
        ("per_second", {"per_second": 0}),
        ("body", {"body": "Alarm!"}),
        ("body", {"body": "{text} {who}"}),
        ("subject", {"subject": "{text}"}),
        ("sms_to", {"sms_to": "sms@sms.lan"}),
        ("sms_to", {"sms_to": "{number} @sms.lan"}),
        ("call_to", {"call_to": "{text}@sms.lan"}),
    ],
)
def test_settings_that_make_no_sense(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=field) as caught:
        SmtpAccount(**(MAIL | changes))
    assert caught.value.path == (field,)


def test_a_server_in_this_machine_may_be_readable() -> None:
    account = SmtpAccount(**(MAIL | {"host": "localhost"}), security="none", username="u", password="geheim")
    assert "geheim" not in repr(account)
    assert account.real_port == 25
    assert SmtpAccount(**MAIL).real_port == 587
    assert SmtpAccount(**MAIL, security="tls").real_port == 465
    assert SmtpAccount(**MAIL, port=2525).real_port == 2525
