"""Octets of SMPP, the settings of an account, and what our messages become: tables and random ones."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.errors import ConfigError
from alert_engine.model import Priority
from alert_engine.routes.smpp.codes import MEANINGS, code_of, meaning_of
from alert_engine.routes.smpp.pdu import (
    Address,
    Pdu,
    ShortMessage,
    WireError,
    read_header,
    read_message_id,
    read_short_message,
)
from alert_engine.routes.smpp.submission import submissions
from tests.engine.smpp.house import ANNA, a_message, an_account

LONG = "x" * 200

names = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
octets = st.integers(0, 255)
addresses = st.builds(Address, ton=octets, npi=octets, digits=names)
messages = st.builds(
    ShortMessage,
    source=addresses,
    destination=addresses,
    service_type=names,
    esm_class=octets,
    priority=octets,
    validity=names,
    registered_delivery=octets,
    data_coding=octets,
    text=st.binary(max_size=254),
    parameters=st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=300)), max_size=5).map(tuple),
)


@given(messages)
def test_a_short_message_comes_back_as_it_went(message: ShortMessage) -> None:
    assert read_short_message(message.encode()) == message


@given(st.binary(max_size=400))
def test_garbage_is_refused_in_one_way(body: bytes) -> None:
    with suppress(WireError):
        read_short_message(body)


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF), st.binary(max_size=300))
def test_a_header_comes_back_as_it_went(command: int, sequence: int, body: bytes) -> None:
    pdu = Pdu(command=command, sequence=sequence, body=body)
    head, size = read_header(pdu.encode()[:16])
    assert (head.command, head.sequence, size) == (command, sequence, len(body))
    assert pdu.is_response == (command >= 0x80000000)


@given(messages)
def test_another_library_reads_the_same(message: ShortMessage) -> None:
    smpp34 = pytest.importorskip("smpp34")
    read = smpp34.decode(Pdu(command=4, sequence=1, body=message.encode()).encode())
    assert bytes(read.short_message) == message.text
    assert (read.source_addr, read.destination_addr) == (message.source.digits, message.destination.digits)
    assert (read.source_addr_ton, read.dest_addr_npi) == (message.source.ton, message.destination.npi)
    assert (read.esm_class, read.data_coding) == (message.esm_class, message.data_coding)
    assert (read.validity_period, read.priority_flag) == (message.validity, message.priority)
    assert [(tlv.tag, bytes(tlv.value)) for tlv in read.tlvs] == list(message.parameters)


def test_a_broken_parameter_is_let_go() -> None:
    message = ShortMessage(source=Address(), destination=Address(), parameters=((0x1E, b"1\0"),))
    assert read_short_message(message.encode() + b"\x04\x27\x00\x09x").parameters == message.parameters


@pytest.mark.parametrize(("body", "message_id"), [(b"", ""), (b"\0", ""), (b"a1\0", "a1"), (b"a1", "a1")])
def test_message_ids_with_and_without_an_end(body: bytes, message_id: str) -> None:
    assert read_message_id(body) == message_id


def test_every_status_has_words() -> None:
    assert all(meaning.reason for meaning in MEANINGS.values())
    assert meaning_of(0x4FF).reason == "the provider refused it with a code of its own"
    assert code_of(0x4FF) == "SMPP 0x4FF"


# --- the account --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "smpp://example.com"}, "host"),
        ({"system_id": ""}, "system_id"),
        ({"system_id": "x" * 16}, "system_id"),
        ({"password": "too long 9"}, "password"),
        ({"password": "ümlaut"}, "password"),
        ({"system_type": "a\nb"}, "system_type"),
        ({"port": 0}, "port"),
        ({"window": 0}, "window"),
        ({"per_second": 0}, "per_second"),
        ({"enquire_every": 1}, "enquire_every"),
        ({"data_coding": 8}, "data_coding"),
        ({"long_messages": "cut"}, "long_messages"),
        ({"alphabet": "ebcdic"}, "alphabet"),
        ({"message_ids": "octal"}, "message_ids"),
        ({"sender": "much too long a name"}, "sender"),
        ({"sender_ton": 8}, "sender_ton"),
        ({"sender_npi": 32}, "sender_npi"),
    ],
)
def test_settings_that_make_no_sense(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as refused:
        an_account(**changes)
    assert refused.value.path == (field,)


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(an_account())


def test_the_log_in() -> None:
    account = an_account(system_type="SMPP", address_range="43123")
    assert account.bind_body == b"esme\0secret\0SMPP\0\x34\x00\x0043123\0"


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({"sender": ""}, Address()),
        ({"sender": "+43123456789"}, Address(ton=1, npi=1, digits="43123456789")),
        ({"sender": "12345"}, Address(ton=3, npi=0, digits="12345")),
        ({"sender": "Alarm"}, Address(ton=5, npi=0, digits="Alarm")),
        ({"sender": "12345", "sender_ton": 2, "sender_npi": 1}, Address(ton=2, npi=1, digits="12345")),
    ],
)
def test_the_sender(changes: dict[str, Any], address: Address) -> None:
    assert an_account(**changes).source == address


# --- submissions --------------------------------------------------------------------------------------------


def submitted(text: str, settings: dict[str, Any] | None = None, **changes: Any) -> list[ShortMessage]:
    bodies = submissions(a_message(text, **changes), an_account(**(settings or {})))
    return [read_short_message(body) for body in bodies]


def test_a_plain_text() -> None:
    (message,) = submitted("Größe @ 5 €")
    assert message.text == b"Gr\x7c\x1ee \x00 5 \x1be"
    assert (message.data_coding, message.esm_class, message.parameters) == (0, 0, ())
    assert message.destination == Address(ton=1, npi=1, digits=ANNA[1:])


def test_a_text_beyond_gsm_7_bit() -> None:
    (message,) = submitted("水")
    assert (message.text, message.data_coding) == ("水".encode("utf-16-be"), 8)


def test_a_forced_plain_text() -> None:
    (message,) = submitted("“Wasser” 水", plain=True)
    assert message.data_coding == 0
    assert message.text.startswith(b'"Wasser" ')


def test_octets() -> None:
    (message,) = submitted("", data=b"\x00\xff", plain=True)
    assert (message.text, message.data_coding) == (b"\x00\xff", 4)


def test_another_code_for_gsm_7_bit() -> None:
    assert submitted("x", {"data_coding": 1})[0].data_coding == 1


LATIN_1 = [{"alphabet": "latin-1"}, {"data_coding": 3}]


@pytest.mark.parametrize("settings", LATIN_1)
def test_a_provider_that_wants_latin_1(settings: dict[str, Any]) -> None:
    (message,) = submitted("Größe @ {5}", settings)
    assert message.text == "Größe @ {5}".encode("latin-1")
    assert message.data_coding == settings.get("data_coding", 0)
    first, second = submitted("ä" * 161, settings)
    assert first.text[6:] + second.text[6:] == "ä".encode("latin-1") * 161


@pytest.mark.parametrize("settings", LATIN_1)
def test_what_latin_1_lacks(settings: dict[str, Any]) -> None:
    (message,) = submitted("5 €", settings)
    assert (message.text, message.data_coding) == ("5 €".encode("utf-16-be"), 8)
    (forced,) = submitted("Δ 5", settings, plain=True)
    assert (forced.text, forced.data_coding) == (b"? 5", settings.get("data_coding", 0))
    (octets,) = submitted("", settings, data=b"\x00\xff")
    assert (octets.text, octets.data_coding) == (b"\x00\xff", 4)


def test_parts_with_headers() -> None:
    first, second = submitted(LONG)
    assert (first.text[:6], second.text[:6]) == (b"\x05\x00\x03\xa7\x02\x01", b"\x05\x00\x03\xa7\x02\x02")
    assert first.text[6:] + second.text[6:] == LONG.encode()
    assert {first.esm_class, second.esm_class} == {0x40}


def test_parts_with_parameters() -> None:
    first, second = submitted(LONG, {"long_messages": "sar"})
    assert first.parameters == ((0x20C, b"\x00\xa7"), (0x20E, b"\x02"), (0x20F, b"\x01"))
    assert second.parameters[2] == (0x20F, b"\x02")
    assert first.text + second.text == LONG.encode()
    assert first.esm_class == 0


def test_one_payload() -> None:
    (message,) = submitted(LONG, {"long_messages": "payload"})
    assert (message.text, message.parameters) == (b"", ((0x424, LONG.encode()),))
    assert message.octets == LONG.encode()


def test_priority_and_report() -> None:
    assert submitted("x", priority=Priority.CRITICAL)[0].priority == 1
    assert submitted("x")[0].priority == 0
    assert submitted("x", report_requested=False)[0].registered_delivery == 0


@pytest.mark.parametrize(
    ("validity", "told"),
    [
        (None, ""),
        (timedelta(seconds=1), "000000000100000R"),
        (timedelta(hours=1, minutes=2, seconds=3), "000000010203000R"),
        (timedelta(days=3), "000003000000000R"),
        (timedelta(days=90), "000028000000000R"),
    ],
)
def test_the_validity(validity: timedelta | None, told: str) -> None:
    assert submitted("x", validity=validity)[0].validity == told
    assert submitted("x", {"send_validity": False}, validity=validity)[0].validity == ""
