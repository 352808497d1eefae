"""Receipts and received messages as message centres write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.routes.base import ReportStatus
from alert_engine.routes.smpp.inbound import REPEATED, Assembler, Part, message_of, read_part
from alert_engine.routes.smpp.pdu import read_short_message
from alert_engine.routes.smpp.receipts import Receipt, References, is_receipt, read_receipt
from tests.engine.smpp.house import ANNA, BERT, delivery

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RECEIPT = 0x04
ID_41 = b"\x00\x1e\x00\x0341\0"


def receipt_of(text: bytes = b"", esm_class: int = RECEIPT, parameters: bytes = b"") -> Receipt | None:
    message = read_short_message(delivery(text, esm_class=esm_class, parameters=parameters))
    return read_receipt(message)


@pytest.mark.parametrize(
    ("text", "parameters", "told"),
    [
        (b"id:1 stat:DELIVRD err:000", b"", ("1", ReportStatus.DELIVERED, "DELIVRD 000")),
        (b"id:1 sub:001 stat:UNDELIV err:0A1 text:", b"", ("1", ReportStatus.FAILED, "UNDELIV 0A1")),
        (b"ID: 1 Stat: expired", b"", ("1", ReportStatus.FAILED, "EXPIRED")),
        (b"id:1 stat:DELETED", b"", ("1", ReportStatus.FAILED, "DELETED")),
        (b"id:1 stat:REJECTD err:084", b"", ("1", ReportStatus.FAILED, "REJECTD 084")),
        (b"id:1 stat:ACCEPTD", b"", ("1", ReportStatus.PENDING, "ACCEPTD")),
        (b"id:1 stat:ENROUTE", b"", ("1", ReportStatus.PENDING, "ENROUTE")),
        (b"id:1 stat:UNKNOWN", b"", ("1", ReportStatus.PENDING, "UNKNOWN")),
        (b"id:1", b"", ("1", ReportStatus.PENDING, "UNKNOWN")),
        (b"id:1 text:id:2 stat:UNDELIV", b"", ("1", ReportStatus.PENDING, "UNKNOWN")),
        (b"", ID_41 + b"\x04\x27\x00\x01\x02", ("41", ReportStatus.DELIVERED, "DELIVRD")),
        (b"", ID_41 + b"\x04\x27\x00\x01\x05", ("41", ReportStatus.FAILED, "UNDELIV")),
        (b"", ID_41 + b"\x04\x27\x00\x00", ("41", ReportStatus.PENDING, "UNKNOWN")),
        (b"", ID_41 + b"\x04\x27\x00\x01\x09", ("41", ReportStatus.PENDING, "UNKNOWN")),
        # A name of its own, and the number of the standard; the other way round the name counts.
        (b"id:1 stat:DELIVERED", b"\x04\x27\x00\x01\x02", ("1", ReportStatus.DELIVERED, "DELIVRD")),
        (b"id:1 stat:DELIVERED", b"", ("1", ReportStatus.PENDING, "DELIVER")),
        (b"id:1 stat:UNDELIV", b"\x04\x27\x00\x01\x02", ("1", ReportStatus.FAILED, "UNDELIV")),
        (b"id: sub:001 stat:DELIVRD", ID_41, ("41", ReportStatus.DELIVERED, "DELIVRD")),
        (b"id:" + b"7" * 200 + b" stat:DELIVRD", b"", ("7" * 64, ReportStatus.DELIVERED, "DELIVRD")),
        (b"", b"\x04\x24\x00\x11id:7 stat:DELIVRD", ("7", ReportStatus.DELIVERED, "DELIVRD")),
    ],
)
def test_receipts(text: bytes, parameters: bytes, told: tuple[str, ReportStatus, str]) -> None:
    receipt = receipt_of(text, parameters=parameters)
    assert receipt is not None
    assert (receipt.message_id, receipt.status, receipt.code) == told
    assert ANNA in receipt.addresses
    assert ANNA not in repr(receipt)


def test_what_is_a_receipt() -> None:
    assert receipt_of(b"id:1 stat:DELIVRD", esm_class=0) is None  # a person may write so
    assert receipt_of(b"", esm_class=0, parameters=ID_41) is not None
    assert receipt_of(b"id:1 stat:ENROUTE", esm_class=0x20) is not None
    assert receipt_of(b"no id in it") is None
    assert is_receipt(read_short_message(delivery(b"x", esm_class=0x10)))
    assert not is_receipt(read_short_message(delivery(b"x", esm_class=0x40)))


@given(st.binary(max_size=254))
def test_no_receipt_is_too_strange(text: bytes) -> None:
    receipt_of(text)


@given(st.integers(0, 2**63))
def test_hexadecimal_and_decimal_ids_are_one(number: int) -> None:
    for answered, receipted in ((f"{number:x}", f"{number:010}"), (str(number), f"{number:X}")):
        references = References("auto")
        references.remember(answered, ANNA)
        receipt = Receipt(message_id=receipted, status=ReportStatus.DELIVERED, code="", addresses=(ANNA,))
        assert references.find(receipt) == (answered, ANNA)
        assert References("auto").find(receipt, [answered]) == (answered, "")


def test_references_are_bounded_and_the_number_counts_most() -> None:
    references = References("auto", most=2)
    for reference, address in (("1", ANNA), ("10", ANNA), ("16", BERT)):
        references.remember(reference, address)

    def found(message_id: str, *addresses: str) -> tuple[str, str] | None:
        return references.find(
            Receipt(
                message_id=message_id,
                status=ReportStatus.DELIVERED,
                code="",
                addresses=addresses,
            )
        )

    assert found("1", ANNA) is None
    assert found("16", ANNA) == ("10", ANNA)
    assert found("16", BERT) == ("16", BERT)
    assert found("16") == ("16", BERT)
    assert found("zz", ANNA) is None


def test_the_id_of_the_parameter_is_that_of_the_answer() -> None:
    references = References("hex")
    for reference in ("41", "29"):
        references.remember(reference, ANNA)
    told = receipt_of(b"id:65 stat:DELIVRD", parameters=ID_41)
    untold = receipt_of(b"id:41 stat:DELIVRD")
    assert told is not None
    assert untold is not None
    assert references.find(told) == ("41", ANNA)
    assert references.find(untold) == ("29", ANNA)


@pytest.mark.parametrize(("spelling", "receipted"), [("auto", "22"), ("auto", "10")])
def test_another_spelling_does_not_hide_a_message_of_an_earlier_life(spelling: str, receipted: str) -> None:
    references = References(spelling)
    references.remember("16", ANNA)  # hexadecimal for 22, and what hexadecimal 10 is
    receipt = Receipt(message_id=receipted, status=ReportStatus.DELIVERED, code="", addresses=(ANNA,))
    assert references.find(receipt, [receipted, "5"]) == (receipted, "")
    assert not references.knows(receipt)
    references.remember(receipted, ANNA)
    assert references.knows(receipt)
    assert references.find(receipt) == (receipted, ANNA)


# --- messages -----------------------------------------------------------------------------------------------


def part_of(text: bytes, **changes: object) -> Part:
    return read_part(read_short_message(delivery(text, **changes)))  # type: ignore[arg-type]  # a table of a test


TEXTS = [
    (b"\x00 5 \x1be", 0, "gsm7", "@ 5 €"),
    (b"\x00 5 \x1be", 1, "gsm7", "@ 5 €"),
    (b"@ 5 \xfc", 0, "latin-1", "@ 5 ü"),
    (b"Gr\xfcn", 0, "gsm7", "Grün"),  # no septet has 0xFC
    (b"Gr\xfcn", 3, "gsm7", "Grün"),
    ("вода".encode("iso-8859-5"), 6, "gsm7", "вода"),
    ("水".encode("utf-16-be"), 8, "gsm7", "水"),
    (b"STOP", 0x11, "gsm7", "STOP"),
    ("水".encode("utf-16-be"), 0x19, "gsm7", "水"),
    (b"STOP", 0xF1, "gsm7", "STOP"),
]


@pytest.mark.parametrize(("octets", "coding", "alphabet", "text"), TEXTS)
def test_texts(octets: bytes, coding: int, alphabet: str, text: str) -> None:
    message = message_of((part_of(octets, coding=coding),), alphabet, NOW)
    assert (message.text, message.is_text) == (text, True)


@pytest.mark.parametrize("coding", [0x10, 0xF0, 0x18])
def test_a_flash_text_is_no_command(coding: int) -> None:
    assert not message_of((part_of(b"STOP", coding=coding),), "gsm7", NOW).is_text


@pytest.mark.parametrize("coding", [2, 4, 5, 0x14, 0x15, 0x1C, 0x20, 0x31, 0x3F, 0xF5, 0xC0, 0xEF])
def test_what_is_no_text(coding: int) -> None:
    message = message_of((part_of(b"STOP", coding=coding),), "gsm7", NOW)
    assert (message.text, message.is_text) == ("", False)


@pytest.mark.parametrize("header", [b"\x06\x05\x04\x0b\x84\x00\x00", b"\x04\x04\x02\x01\x02"])
def test_a_text_for_a_port_is_no_command(header: bytes) -> None:
    message = message_of((part_of(header + b"data", esm_class=0x40),), "gsm7", NOW)
    assert (message.text, message.is_text) == ("data", False)


@pytest.mark.parametrize(
    ("source", "ton", "sender", "can_be_answered"),
    [
        ("436601234567", 1, ANNA, True),
        ("+436601234567", 1, ANNA, True),
        ("06601234567", 2, "06601234567", False),
        ("Operator", 5, "Operator", False),
        ("12345", 3, "12345", False),
        ("", 0, "", False),
        ("436601234567", 0, ANNA, True),
        ("436601234567", 5, "436601234567", False),  # a name that looks like a number is a name
        ("43123456", 3, "43123456", False),
        ("06601234567", 0, "06601234567", False),
    ],
)
def test_senders(source: str, ton: int, sender: str, *, can_be_answered: bool) -> None:
    message = message_of((part_of(b"x", source=source, ton=ton),), "gsm7", NOW)
    assert (message.sender, message.sender_can_be_answered) == (sender, can_be_answered)


SAR = b"\x02\x0c\x00\x02\x01\x07\x02\x0e\x00\x01\x03\x02\x0f\x00\x01\x02"


@pytest.mark.parametrize(
    ("octets", "esm_class", "parameters", "numbers"),
    [
        (b"\x05\x00\x03\x07\x03\x02x", 0x40, b"", (7, 3, 2)),
        (b"\x06\x08\x04\x01\x07\x03\x02x", 0x40, b"", (0x107, 3, 2)),
        (b"\x08\x24\x01\x01\x00\x03\x07\x03\x02x", 0x40, b"", (7, 3, 2)),
        (b"x", 0, SAR, (0x107, 3, 2)),
        (b"\x05\x00\x03\x07\x03\x04x", 0x40, b"", (0, 1, 1)),  # the fourth of three
        (b"\x05\x00\x03\x07\x01\x01x", 0x40, b"", (0, 1, 1)),
        (b"\x03\x00\x03\x07", 0x40, b"", (0, 1, 1)),
        (b"\x05\x00\x03\x07\x03\x02x", 0x40, SAR, (7, 3, 2)),  # both: the header counts
        (b"\x02\x70\x00x", 0x40, SAR, (0x107, 3, 2)),  # a header that tells nothing of parts
        (b"x", 0, SAR.replace(b"\x01\x07", b"\x01\x07\x00").replace(b"\x00\x02", b"\x00\x03", 1), (0, 1, 1)),
        (b"x", 0, b"\x02\x0e\x00\x09\xff" + b"\xff" * 8 + b"\x02\x0f\x00\x01\x01", (0, 1, 1)),
        (b"x", 0, b"\x02\x0e\x00\x01\x03\x02\x0f\x00\x01\x00", (0, 1, 1)),  # counted from 0
        (b"\x09", 0x40, b"", (0, 1, 1)),
        (b"", 0x40, b"", (0, 1, 1)),
        (b"\x01\x00", 0x40, b"", (0, 1, 1)),
    ],
)
def test_parts(octets: bytes, esm_class: int, parameters: bytes, numbers: tuple[int, int, int]) -> None:
    part = part_of(octets, esm_class=esm_class, parameters=parameters)
    assert (part.reference, part.total, part.number) == numbers


def test_a_header_that_is_longer_than_the_message_is_left_where_it_is() -> None:
    message = message_of((part_of(b"\x30 STOP", esm_class=0x40),), "gsm7", NOW)
    assert message.text == "0 STOP"


def test_what_is_longer_than_a_part_can_be_was_not_cut() -> None:
    payload = b"\x04\x24\x01\x00" + b"x" * 0x100
    assert part_of(b"", parameters=SAR + payload).total == 1
    assert part_of(b"", parameters=SAR + b"\x04\x24\x00\xfe" + b"x" * 0xFE).total == 3


@given(st.binary(max_size=254), st.integers(0, 255), st.sampled_from(["gsm7", "latin-1"]))
def test_no_message_is_too_strange(octets: bytes, coding: int, alphabet: str) -> None:
    message_of((part_of(octets, esm_class=0x40, coding=coding),), alphabet, NOW)


@given(st.permutations([1, 2, 3]))
def test_parts_come_in_any_order(order: list[int]) -> None:
    octets = "水🥟水".encode("utf-16-be")
    pieces = {1: octets[:3], 2: octets[3:5], 3: octets[5:]}
    assembler = Assembler()
    parts: tuple[Part, ...] = ()
    for number in order:
        header = bytes((5, 0, 3, 9, 3, number))
        parts = assembler.add(part_of(header + pieces[number], esm_class=0x40, coding=8), 0.0)
    assert message_of(parts, "gsm7", NOW).text == "水🥟水"
    assembler.finish(parts[0].key, parts, 0.0)
    assert assembler.add(parts[0], REPEATED) == ()
    assert assembler.unfinished == ()


def test_a_device_may_send_the_same_long_text_under_the_same_reference_again() -> None:
    parts = tuple(part_of(bytes((5, 0, 3, 0, 2, number)) + b"ALARM", esm_class=0x40) for number in (1, 2))
    assembler = Assembler()
    for part in parts:
        assembler.add(part, 0.0)
    assembler.finish(parts[0].key, parts, 0.0)
    assert assembler.add(parts[0], REPEATED + 1) == parts[:1]
    assert assembler.add(parts[1], REPEATED + 2) == parts
    assembler.finish(parts[0].key, parts, REPEATED + 2)
    assert assembler.add(parts[1], 2 * REPEATED) == ()


def test_parts_of_different_alphabets() -> None:
    first = part_of(b"\x05\x00\x03\x07\x02\x01a", esm_class=0x40)
    second = part_of(b"\x05\x00\x03\x07\x02\x02" + "水".encode("utf-16-be"), esm_class=0x40, coding=8)
    assert message_of((first, second), "gsm7", NOW).text == "a水"


def test_finished_messages_are_forgotten_some_day() -> None:
    assembler = Assembler()
    parts = [part_of(bytes((6, 8, 4, n >> 8, n & 255, 2, 1)) + b"x", esm_class=0x40) for n in range(201)]
    for part in parts:
        assembler.add(part, 0.0)
        assembler.finish(part.key, (part,), 0.0)
    assert assembler.add(parts[0], 0.0) == (parts[0],)
    assert assembler.add(parts[1], 0.0) == ()


def test_who_finishes_again_is_remembered_as_the_newest() -> None:
    assembler = Assembler()
    parts = [part_of(bytes((6, 8, 4, n >> 8, n & 255, 2, 1)) + b"x", esm_class=0x40) for n in range(201)]
    for part in (*parts[:200], parts[0], parts[200]):
        assembler.finish(part.key, (part,), 0.0)
    assert assembler.add(parts[0], 0.0) == ()
    assert assembler.add(parts[1], 0.0) == (parts[1],)


def test_other_words_under_the_reference_of_a_finished_message_are_new() -> None:
    assembler = Assembler()
    old, new = (part_of(b"\x05\x00\x03\x07\x02\x01" + word, esm_class=0x40) for word in (b"pump", b"gate"))
    assembler.add(old, 0.0)
    assembler.finish(old.key, (old,), 0.0)
    assert assembler.add(new, 1.0) == (new,)


def test_a_header_may_be_all_there_is() -> None:
    part = part_of(b"\x05\x00\x03\x07\x02\x01", esm_class=0x40)
    assert (part.octets, part.total, part.number) == (b"", 2, 1)


def test_what_a_gap_lies_between_is_not_one_character() -> None:
    whole = "🥟".encode("utf-16-be")
    first, last = (
        part_of(bytes((5, 0, 3, 7, 3, number)) + half, esm_class=0x40, coding=8)
        for number, half in ((1, whole[:2]), (3, whole[2:]))
    )
    message = message_of((first, last), "gsm7", NOW)
    assert (message.text, message.missing_segments) == ("\ufffd\ufffd", 1)


@pytest.mark.parametrize("coding", [0x11, 0x12, 0x13, 0xF1, 0xF2, 0xF3])
def test_only_class_0_is_flash(coding: int) -> None:
    assert message_of((part_of(b"OK", coding=coding),), "gsm7", NOW).is_text
