"""Files as they are written, and settings that make no sense."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.errors import ConfigError
from alert_engine.model import Channel
from alert_engine.routes.base import ErrorClass, Media, MediaKind
from alert_engine.routes.file_drop import FileDropAccount
from alert_engine.routes.file_drop.files import DropFile, file_of
from alert_engine.routes.file_drop.verdict import Stage, refusal
from alert_engine.routes.not_carried import NotCarriedError
from gsm_driver import transliterated
from tests.engine.providers.contract import NOW, TEXT, a_message

UID = "6f1d2c3b4a5968778695a4b3c2d1e0f0"
LOGIN: dict[str, Any] = {"host": "ftp.example.org", "username": "gateway", "password": "geheim"}
ROW = "{number};{text}\n"
XML = '<sms to="{number}">{text}</sms>'


def written(account: FileDropAccount, **fields: Any) -> DropFile:
    return file_of(account, a_message(**fields), NOW)


def test_a_plain_file() -> None:
    file = written(FileDropAccount(**LOGIN, content=ROW))
    assert file == DropFile(
        path=f"{UID}.txt",
        temporary_path=f"{UID}.txt.part",
        segments=1,
        content=f"436641234567;{TEXT}\r\n".encode(),
    )


def test_every_value_there_is() -> None:
    content = "{number}|{text}|{uid}|{sender}|{stamp}|{date}|{time}|{validity_minutes}|{priority}|{{}}\n"
    account = FileDropAccount(**LOGIN, content=content, sender="Alarm", number_form="plus", line_end="lf")
    file = written(account, validity=timedelta(hours=2), text="Öl")
    assert file.content.decode() == (
        f"+436641234567|Öl|{UID}|Alarm|20261121120000|2026-11-21|12:00:00|120|critical|{{}}\n"
    )
    assert written(account).content.decode().split("|")[7] == ""


def test_names_are_the_same_for_each_attempt() -> None:
    account = FileDropAccount(
        **LOGIN, content=ROW, file_name="{stamp}-{uid}.csv", directory="/in/", temporary_suffix=".tmp"
    )
    first = NOW - timedelta(minutes=7)
    file = written(account, first_tried_at=first, uid="a/../b*")
    assert file.path == "/in/20261121115300-a____b_.csv"
    assert file.temporary_path == "/in/20261121115300-a____b_.csv.tmp"


def test_the_root_is_a_directory() -> None:
    assert written(FileDropAccount(**LOGIN, content=ROW, directory="/")).path == f"/{UID}.txt"


def test_numbers_with_zeros() -> None:
    account = FileDropAccount(**LOGIN, content=ROW, number_form="double_zero")
    assert written(account).content.startswith(b"00436641234567;")


def test_no_text_makes_another_field_or_row() -> None:
    text = 'a;b\r\n+4900;"x"\x00\u2028<y>&'
    plain = written(FileDropAccount(**LOGIN, content=ROW), text=text).content.decode()
    assert plain == '436641234567;a b +4900 "x" <y>&\r\n'
    whole = written(FileDropAccount(**LOGIN, content=ROW, separator=""), text=text).content.decode()
    assert whole.count("\r\n") == 1


def test_a_text_cannot_complete_a_separator() -> None:
    account = FileDropAccount(**LOGIN, content="{number}||{text}||{uid}\n", separator="||")
    assert written(account, text="|a||b|").content.decode() == f"436641234567|| a  b ||{UID}\r\n"


@given(text=st.text(max_size=200))
def test_csv_is_read_as_it_was_meant(text: str) -> None:
    account = FileDropAccount(**LOGIN, content="{number},{text},{uid}\n", format="csv")
    rows = list(csv.reader(io.StringIO(written(account, text=text).content.decode("utf-8"), newline="")))
    assert len(rows) == 1
    assert (len(rows[0]), rows[0][0], rows[0][2]) == (3, "436641234567", UID)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_xml_is_read_as_it_was_meant(text: str) -> None:
    account = FileDropAccount(
        **LOGIN, content='<sms to="{number}" from="{sender}">{text}</sms>\n', format="xml", sender='A"&'
    )
    sms = ET.fromstring(written(account, text=text).content.decode("utf-8"))
    assert (sms.attrib, len(sms)) == ({"to": "436641234567", "from": 'A"&'}, 0)
    if text.isprintable():
        assert (sms.text or "") == text


def test_character_sets() -> None:
    latin = FileDropAccount(**LOGIN, content=ROW, charset="iso-8859-1")
    assert written(latin, text="Öl").content == b"436641234567;\xd6l\r\n"
    with pytest.raises(NotCarriedError, match="iso-8859-1 lacks") as caught:
        written(latin, text="Пожар")
    assert caught.value.refused.error_class is ErrorClass.MESSAGE


def test_xml_can_say_what_its_character_set_lacks() -> None:
    content = f"<?xml version='1.0' encoding='ISO-8859-1'?>\n{XML}\n"
    account = FileDropAccount(**LOGIN, content=content, format="xml", charset="iso-8859-1")
    file = written(account, text="Öl: Пожар")
    assert file.content.endswith(b">\xd6l: &#1055;&#1086;&#1078;&#1072;&#1088;</sms>\r\n")
    assert ET.fromstring(file.content).text == "Öl: Пожар"


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "us-ascii"])
def test_xml_needs_no_declaration_in_unicode(charset: str) -> None:
    account = FileDropAccount(**LOGIN, content=XML, format="xml", charset=charset)
    assert ET.fromstring(written(account, text="Öl").content).text == "Öl"


def test_plain_texts_and_calls() -> None:
    account = FileDropAccount(**LOGIN, content=ROW, channel="call")
    file = written(account, channel=Channel.CALL, text="x" * 200)
    assert file.segments == 1
    plain = written(FileDropAccount(**LOGIN, content=ROW), text="5 € Öl{", plain=True)
    assert plain.content.decode() == f"436641234567;{transliterated('5 € Öl{', plain=True)}\r\n"
    assert written(FileDropAccount(**LOGIN, content=ROW), text="x" * 200).segments == 2


@pytest.mark.parametrize(("text", "why"), [("x" * 99_999, "too long"), ("\ud83d", "lacks")])
def test_texts_that_are_none(text: str, why: str) -> None:
    with pytest.raises(NotCarriedError, match=why) as caught:
        written(FileDropAccount(**LOGIN, content=ROW), text=text)
    assert caught.value.refused.error_class is ErrorClass.MESSAGE


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": Channel.CALL},
        {"data": b"\x00"},
        {"media": Media(kind=MediaKind.IMAGE, url="https://example.org/a")},
    ],
)
def test_what_is_not_carried(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="does not carry"):
        written(FileDropAccount(**LOGIN, content=ROW), **fields)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("host", {"host": "ftp://example.org"}),
        ("port", {"port": -1}),
        ("security", {"security": "tls"}),
        ("format", {"format": "json"}),
        ("line_end", {"line_end": "cr"}),
        ("number_form", {"number_form": "national"}),
        ("separator", {"separator": " "}),
        ("separator", {"separator": "x"}),
        ("separator", {"separator": "+"}),
        ("separator", {"separator": "\t"}),
        ("charset", {"charset": "unicode_escape"}),
        ("charset", {"charset": "idna"}),
        ("charset", {"charset": "rot13"}),
        ("channel", {"channel": "email"}),
        ("username", {"username": ""}),
        ("password", {"password": ""}),
        ("password", {"password": "a\r\nDELE x"}),
        ("directory", {"directory": "a\nb"}),
        ("charset", {"charset": "klingon"}),
        ("charset", {"charset": "hex"}),
        ("file_name", {"file_name": "alarm.txt"}),
        ("file_name", {"file_name": "../{uid}"}),
        ("file_name", {"file_name": "{uid}{text}"}),
        ("temporary_suffix", {"temporary_suffix": ""}),
        ("temporary_suffix", {"temporary_suffix": "/x"}),
        ("content", {"content": "{text}"}),
        ("content", {"format": "xml", "content": "<sms to='{number}'>{text}<sms>"}),
        ("content", {"format": "xml", "content": "<sms to='{number}'><![CDATA[{text}]]></sms>"}),
        ("content", {"format": "xml", "content": "<sms {number}='1'>{text}</sms>"}),
        ("content", {"format": "xml", "content": "<!DOCTYPE a><sms to='{number}'>{text}</sms>"}),
        ("content", {"format": "xml", "content": f"<?xml version='1.0' encoding='x'?>{XML}"}),
        (
            "content",
            {"format": "xml", "content": f"<?xml version='1.0' encoding='utf-8'?>{XML}", "charset": "cp1252"},
        ),
        ("content", {"format": "xml", "content": XML, "charset": "iso-8859-1"}),
        ("content", {"content": "{number};{text};{who}"}),
        ("per_second", {"per_second": 0}),
    ],
)
def test_settings_that_make_no_sense(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=field) as caught:
        FileDropAccount(**(LOGIN | {"content": ROW} | changes))
    assert caught.value.path == (field,)


def test_ports_and_secrets() -> None:
    account = FileDropAccount(**LOGIN, content=ROW)
    assert account.real_port == 21
    assert FileDropAccount(**LOGIN, content=ROW, security="implicit").real_port == 990
    assert FileDropAccount(**LOGIN, content=ROW, port=2121).real_port == 2121
    assert "geheim" not in repr(account)


@pytest.mark.parametrize(
    ("stage", "code", "error_class", "shown"),
    [
        (Stage.GREETING, "421", ErrorClass.TEMPORARY, "FTP 421"),
        (Stage.SECURITY, "502", ErrorClass.ACCOUNT, "FTP 502"),
        (Stage.LOGIN, "530", ErrorClass.ACCOUNT, "FTP 530"),
        (Stage.FOLDER, "550", ErrorClass.ACCOUNT, "FTP 550"),
        (Stage.UPLOAD, "425", ErrorClass.TEMPORARY, "FTP 425"),
        (Stage.UPLOAD, "452", ErrorClass.TEMPORARY, "FTP 452"),
        (Stage.UPLOAD, "552", ErrorClass.ACCOUNT, "FTP 552"),
        (Stage.RENAMING, "553", ErrorClass.ACCOUNT, "FTP 553"),
        (Stage.GREETING, "HTT", ErrorClass.ACCOUNT, ""),
    ],
)
def test_what_a_reply_means(stage: Stage, code: str, error_class: ErrorClass, shown: str) -> None:
    found = refusal(stage, code)
    assert (found.error_class, found.code, found.certain) == (error_class, shown, True)
