"""AT+CMGS, AT+CMGW, AT+CMSS: what the host writes arrives at a phone (3GPP TS 27.005 clauses 3.5 and 4)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gsm_driver.models import RegistrationStatus
from gsm_driver.pdu.tpdu import Direction, SmsStatusReport, decode_tpdu
from gsm_driver.simulator import AutoReply, NetworkEventKind, SimCard, UnknownNumber
from tests.driver.simulator.bench import Bench

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors/simulator_submits.json").read_text(encoding="utf-8")
)

# Rows of VECTORS by what they show.
HELLO = "0011000B916407281553F80000AA0AE8329BFD4697D9EC37"  # ofono: "hellohello" to +46708251358
WITH_REPORT = "0021000B914356143254F6000006E8721E947F03"  # python-messaging: "hey yo" to +34654123456
ONE_DAY = "0011000B914316565811F90000AA04E8373B0C"  # python-messaging: four days of validity


def length_of(hex_pdu: str) -> int:
    octets = bytes.fromhex(hex_pdu)
    return len(octets) - 1 - octets[0]


@pytest.mark.parametrize(
    "row", [row for row in VECTORS if row["concat"] is None], ids=lambda row: row["pdu_hex"][:24]
)
def test_a_foreign_submit_arrives_as_its_text(bench: Bench, row: dict[str, Any]) -> None:
    phone = bench.network.add_phone(row["number"])
    answer = bench.submit(row["pdu_hex"], length_of(row["pdu_hex"]))
    assert answer == b"\r\n> \r\n+CMGS: 1\r\n\r\nOK\r\n"
    assert phone.texts == [row["text"]]
    assert phone.inbox[0].hex_pdus == (row["pdu_hex"],)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_segments_are_joined_in_any_order(bench: Bench, order: tuple[int, ...]) -> None:
    rows = [row for row in VECTORS if row["concat"]]
    phone = bench.network.add_phone(rows[0]["number"])
    for place in order:
        bench.submit(rows[place]["pdu_hex"], length_of(rows[place]["pdu_hex"]))
    assert phone.texts == ["".join(row["text"] for row in rows)]
    assert len(phone.raw) == 3
    assert phone.waiting_segments == 0


def test_a_repeated_segment_is_counted_and_a_repeated_message_is_doubled(bench: Bench) -> None:
    rows = [row for row in VECTORS if row["concat"]]
    phone = bench.network.add_phone(rows[0]["number"])
    for place in (0, 0, 1, 2, 0, 1, 2):
        bench.submit(rows[place]["pdu_hex"], length_of(rows[place]["pdu_hex"]))
    assert (phone.repeated_segments, phone.doubled, len(phone.inbox)) == (1, 1, 2)
    assert (bench.network.counters.delivered, bench.network.counters.doubled) == (2, 1)


def test_references_count_up_and_wrap(bench: Bench) -> None:
    bench.network.add_phone("+46708251358")
    answers = [bench.submit(HELLO, 23) for _ in range(257)]
    assert answers[0] == b"\r\n> \r\n+CMGS: 1\r\n\r\nOK\r\n"
    assert answers[255] == b"\r\n> \r\n+CMGS: 0\r\n\r\nOK\r\n"
    assert answers[256] == b"\r\n> \r\n+CMGS: 1\r\n\r\nOK\r\n"


@pytest.mark.parametrize(
    ("body", "length"),
    [
        (HELLO, 22),
        (HELLO, 24),
        (HELLO[:-2], 22),
        (HELLO + "0", 23),
        ("zz", 1),
        ("", 1),
        ("00", 1),
        ("0000", 1),
        ("00020000000001000100", 9),  # SMS-COMMAND
    ],
)
def test_a_body_that_is_no_submit_of_that_length_is_refused(bench: Bench, body: str, length: int) -> None:
    assert bench.submit(body, length) == b"\r\n> \r\n+CMS ERROR: 304\r\n"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"AT+CMGS=?\r", b"\r\nOK\r\n"),
        (b"AT+CMGS\r", b"\r\nERROR\r\n"),
        (b"AT+CMGS=0\r", b"\r\n+CMS ERROR: 304\r\n"),
        (b"AT+CMGS=165\r", b"\r\n+CMS ERROR: 304\r\n"),
        (b"AT+CMSS=1\r", b"\r\n+CMS ERROR: 321\r\n"),
        (b"AT+CMSS=?\r", b"\r\nOK\r\n"),
        (b"AT+CMGW=?\r", b"\r\nOK\r\n"),
    ],
)
def test_send_commands_without_sense_are_refused_before_the_prompt(
    bench: Bench, command: bytes, answer: bytes
) -> None:
    assert bench.write(command) == answer


def test_escape_leaves_the_prompt_and_sends_nothing(bench: Bench) -> None:
    assert bench.write(b"AT+CMGS=23\r") == b"\r\n> "
    assert bench.modem.interpreter.is_at_prompt
    assert bench.write(b"0011000B91\x1b") == b"\r\nOK\r\n"
    assert bench.write(b"AT\r") == b"\r\nOK\r\n"
    assert bench.network.counters.attempted == 0


def test_the_network_takes_its_time() -> None:
    bench = Bench(submit_latency=4.0, delivery_latency=2.0).quiet()
    phone = bench.network.add_phone("+46708251358")
    assert bench.submit(HELLO, 23) == b"\r\n> "
    assert bench.after(3.9) == b""
    assert bench.after(0.1) == b"\r\n+CMGS: 1\r\n\r\nOK\r\n"
    assert phone.texts == []
    bench.after(2.0)
    assert phone.texts == ["hellohello"]
    assert [(event.kind, event.at) for event in bench.events] == [
        (NetworkEventKind.SUBMITTING, 0.0),
        (NetworkEventKind.SUBMITTED, 4.0),
        (NetworkEventKind.DELIVERED, 6.0),
    ]


@pytest.mark.parametrize(
    ("policy", "answer", "texts"),
    [
        (UnknownNumber.REFUSE, b"\r\n> \r\n+CMS ERROR: 1\r\n", None),
        (UnknownNumber.ADOPT, b"\r\n> \r\n+CMGS: 1\r\n\r\nOK\r\n", ["hey yo"]),
        (UnknownNumber.REPORT, b"\r\n> \r\n+CMGS: 1\r\n\r\nOK\r\n", None),
    ],
)
def test_an_unknown_number_meets_the_policy(
    policy: UnknownNumber, answer: bytes, texts: list[str] | None
) -> None:
    bench = Bench(unknown_number=policy).quiet()
    bench.write(b"AT+CNMI=2,1,0,1,0\r")
    heard = bench.submit(WITH_REPORT, length_of(WITH_REPORT))
    assert heard.startswith(answer)
    if texts is not None:
        assert bench.network.phone("+34654123456").texts == texts
        assert heard.endswith(b"00\r\n")  # TP-ST: received
    if policy is UnknownNumber.REPORT:
        assert heard.endswith(b"43\r\n")  # TP-ST: not obtainable
        with pytest.raises(LookupError):
            bench.network.phone("+34654123456")


def test_a_report_carries_reference_recipient_and_times() -> None:
    bench = Bench(delivery_latency=7.0).quiet()
    bench.network.add_phone("+34654123456")
    bench.write(b"AT+CNMI=2,1,0,1,0\r")
    bench.time.advance(60)
    bench.submit(WITH_REPORT, length_of(WITH_REPORT))
    heard = bench.after(7)
    # 06: report, no more to come; 01: TP-MR; TP-RA as dialled; TP-SCTS 12:01:00; TP-DT 12:01:07; 00: received
    assert heard == (
        b"\r\n+CDS: 25\r\n07913466040005F106010B914356143254F6621112211000006211122110700000\r\n"
    )


def test_no_report_without_request(bench: Bench) -> None:
    bench.network.add_phone("+46708251358")
    bench.write(b"AT+CNMI=2,1,0,1,0\r")
    assert bench.submit(HELLO, 23) == b"\r\n> \r\n+CMGS: 1\r\n\r\nOK\r\n"


def test_a_phone_that_is_off_gets_its_message_later(bench: Bench) -> None:
    phone = bench.network.add_phone("+34654123456")
    bench.write(b"AT+CNMI=2,1,0,1,0\r")
    bench.network.switch_off("+34654123456")
    assert bench.submit(WITH_REPORT, length_of(WITH_REPORT)).endswith(b"22\r\n")  # still trying
    assert phone.texts == []
    bench.network.switch_on("+34654123456")
    assert bench.after(0).endswith(b"00\r\n")
    assert phone.texts == ["hey yo"]


def test_a_message_for_a_phone_that_stays_off_ends_with_its_validity(bench: Bench) -> None:
    with_report = "00310" + ONE_DAY[5:]
    bench.network.add_phone("+34616585119")
    bench.network.switch_off("+34616585119")
    bench.write(b"AT+CNMI=2,1,0,1,0\r")
    bench.submit(with_report, length_of(with_report))
    assert bench.after(4 * 86_400 - 1) == b""
    assert bench.after(1).endswith(b"46\r\n")
    bench.network.switch_on("+34616585119")
    assert bench.network.phone("+34616585119").texts == []


def test_an_absolute_validity_in_the_past_ends_at_once(bench: Bench) -> None:
    past = "0039000B914316565811F900000170520251930004E8373B0C"  # 25 July 2010, with TP-SRR
    bench.network.add_phone("+34616585119")
    bench.network.switch_off("+34616585119")
    bench.write(b"AT+CNMI=2,1,0,1,0\r")
    assert bench.submit(past, length_of(past)).endswith(b"46\r\n")


def test_lost_messages_and_reports_are_counted() -> None:
    bench = Bench(loss_rate=1.0).quiet()
    phone = bench.network.add_phone("+34654123456")
    bench.submit(WITH_REPORT, length_of(WITH_REPORT))
    assert (phone.texts, bench.network.counters.lost) == ([], 1)
    bench = Bench(report_loss_rate=1.0).quiet()
    phone = bench.network.add_phone("+34654123456")
    bench.write(b"AT+CNMI=2,1,0,1,0\r")
    bench.submit(WITH_REPORT, length_of(WITH_REPORT))
    assert (phone.texts, bench.network.counters.reports_lost) == (["hey yo"], 1)


def test_jitter_lets_segments_overtake_each_other_the_same_way_each_time() -> None:
    def raw_order() -> list[int]:
        bench = Bench(delivery_jitter=10.0).quiet()
        rows = [row for row in VECTORS if row["concat"]]
        phone = bench.network.add_phone(rows[0]["number"])
        for row in rows * 3:
            bench.submit(row["pdu_hex"], length_of(row["pdu_hex"]))
        bench.after(10)
        assert len(phone.raw) == 9
        return [submission.segment for submission in phone.raw]

    assert raw_order() == raw_order() != [1, 2, 3] * 3


def test_without_registration_nothing_is_sent(bench: Bench) -> None:
    bench.modem.set_registration(RegistrationStatus.SEARCHING)
    assert bench.submit(HELLO, 23) == b"\r\n> \r\n+CMS ERROR: 331\r\n"


def test_without_a_service_centre_the_message_is_refused() -> None:
    bench = Bench(sim=SimCard(service_centre="", number="+43660000001")).quiet()
    assert bench.submit(HELLO, 23) == b"\r\n> \r\n+CMS ERROR: 330\r\n"
    assert bench.events[-1].kind is NetworkEventKind.REFUSED
    assert bench.write(b'AT+CSCA="43664000501",145\r') == b"\r\nOK\r\n"
    assert bench.write(b"AT+CSCA?\r") == b'\r\n+CSCA: "+43664000501",145\r\n\r\nOK\r\n'
    bench.network.add_phone("+46708251358")
    assert bench.submit(HELLO, 23) == b"\r\n> \r\n+CMGS: 2\r\n\r\nOK\r\n"


def test_a_message_to_the_modems_own_number_comes_back(bench: Bench) -> None:
    bench.write(b"AT+CNMI=2,1,0,0,0\r")
    to_itself = "0001000B913466000010F0000004E8373B0C"
    to_itself = to_itself.replace("0B913466000010F0", "0B913466000000F1")
    assert bench.submit(to_itself, length_of(to_itself)) == (
        b'\r\n> \r\n+CMGS: 1\r\n\r\nOK\r\n\r\n+CMTI: "SM",1\r\n'
    )
    assert b"04E8373B0C" in bench.write(b"AT+CMGR=1\r")


def test_a_phone_answers_by_rule(bench: Bench) -> None:
    rule = AutoReply(pattern=r"l{2}o(\w)", reply=r"got \1", delay=5.0)
    phone = bench.network.add_phone("+46708251358", replies=[AutoReply(pattern="nothing", reply="no"), rule])
    bench.write(b"AT+CNMI=2,1,0,0,0\r")
    bench.submit(HELLO, 23)
    assert bench.after(4.9) == b""
    assert bench.after(0.1) == b'\r\n+CMTI: "SM",1\r\n'
    assert phone.answer_to("something else") is None
    assert [event.text for event in bench.events if event.kind is NetworkEventKind.REPLIED] == ["got h"]


def test_a_phone_is_found_by_its_national_number_too(bench: Bench) -> None:
    bench.network.add_phone("+436641234567")
    for national in ("00436641234567", "06641234567"):
        assert bench.network.phone(national).number == "+436641234567"
    with pytest.raises(LookupError):
        bench.network.phone("0664")


def test_a_message_can_be_written_and_sent_from_storage(bench: Bench) -> None:
    phone = bench.network.add_phone("+46708251358")
    assert bench.write(b"AT+CMGW=23\r") == b"\r\n> "
    assert bench.write(HELLO.encode() + b"\x1a") == b"\r\n+CMGW: 1\r\n\r\nOK\r\n"
    assert phone.texts == []
    assert bench.write(b"AT+CMGL=2\r") == b"\r\n+CMGL: 1,2,,23\r\n" + HELLO.encode() + b"\r\n\r\nOK\r\n"
    assert bench.write(b"AT+CMSS=1\r") == b"\r\n+CMSS: 1\r\n\r\nOK\r\n"
    assert bench.write(b"AT+CMGL=3\r").startswith(b"\r\n+CMGL: 1,3,,23\r\n")
    assert phone.texts == ["hellohello"]
    other = bench.network.add_phone("+436641234567")
    assert bench.write(b'AT+CMSS=1,"+436641234567"\r') == b"\r\n+CMSS: 2\r\n\r\nOK\r\n"
    assert other.texts == ["hellohello"]


def test_a_full_storage_takes_no_written_message(bench: Bench) -> None:
    bench.modem.fill_storage("SM")
    bench.write(b"AT+CMGW=23\r")
    assert bench.write(HELLO.encode() + b"\x1a") == b"\r\n+CMS ERROR: 322\r\n"


class TestTextMode:
    def test_a_text_is_sent_with_what_csmp_says(self, bench: Bench) -> None:
        phone = bench.network.add_phone("+436641234567")
        bench.write(b"AT+CMGF=1;+CSMP=49,167,0,0;+CNMI=2,1,0,1,0\r")
        assert bench.write(b'AT+CMGS="+436641234567"\r') == b"\r\n> "
        answer = bench.write(b"Water in the cellar\x1a")
        assert answer.startswith(b"\r\n+CMGS: 1\r\n\r\nOK\r\n\r\n+CDS: 6,1,")
        assert phone.texts == ["Water in the cellar"]

    def test_ucs2_travels_as_hex(self, bench: Bench) -> None:
        phone = bench.network.add_phone("+436641234567")
        bench.write(b'AT+CMGF=1;+CSMP=17,167,0,8;+CSCS="UCS2"\r')
        number = "+436641234567".encode("utf-16-be").hex()
        bench.write(f'AT+CMGS="{number}"\r'.encode())
        bench.write("Übung Ω".encode("utf-16-be").hex().encode() + b"\x1a")
        assert phone.texts == ["Übung Ω"]
        assert not phone.inbox[0].flash

    def test_class_0_is_a_flash_message(self, bench: Bench) -> None:
        phone = bench.network.add_phone("+436641234567")
        bench.write(b"AT+CMGF=1;+CSMP=17,167,0,16\r")
        bench.write(b'AT+CMGS="+436641234567"\r')
        bench.write(b"Now\x1a")
        assert phone.inbox[0].flash

    @pytest.mark.parametrize("body", [b"x" * 161, "Ω€漢".encode("utf-16-be").hex().encode()[:-1]])
    def test_a_body_that_cannot_be_one_message_is_refused(self, bench: Bench, body: bytes) -> None:
        bench.write(b'AT+CMGF=1;+CSCS="GSM"\r' if body[0] == ord("x") else b'AT+CMGF=1;+CSCS="UCS2"\r')
        bench.write(b'AT+CMGS="002B0034"\r')
        assert bench.write(body + b"\x1a") == b"\r\n+CMS ERROR: 305\r\n"

    def test_csmp_is_shown_and_checked(self, bench: Bench) -> None:
        assert bench.write(b"AT+CSMP?\r") == b"\r\n+CSMP: 17,167,0,0\r\n\r\nOK\r\n"
        assert bench.write(b"AT+CSMP=?\r") == b"\r\nOK\r\n"
        assert bench.write(b"AT+CSMP=256\r") == b"\r\n+CME ERROR: 4\r\n"
        assert bench.write(b"AT+CSMP=49,,0,0;+CSMP?\r") == b"\r\n+CSMP: 49,167,0,0\r\n\r\nOK\r\n"


def test_reports_are_read_by_the_codec_of_the_driver_too(bench: Bench) -> None:
    bench.network.add_phone("+34654123456")
    bench.write(b"AT+CNMI=2,1,0,2,0\r")
    bench.submit(WITH_REPORT, length_of(WITH_REPORT))
    stored = bench.modem.storages["SR"].get(1)
    assert stored is not None
    report = decode_tpdu(stored.tpdu, Direction.MT)
    assert isinstance(report, SmsStatusReport)
    assert (report.message_reference, report.status, report.recipient_address.number) == (
        1,
        0,
        "+34654123456",
    )
    assert report.service_centre_time.to_datetime() == datetime(2026, 11, 21, 12, tzinfo=UTC)
