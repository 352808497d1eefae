"""What the network brings: routed, stored, announced, read, deleted (3GPP TS 27.005 clauses 3.4 and 4)."""

from __future__ import annotations

import pytest

from gsm_driver.models import RegistrationStatus
from gsm_driver.pdu.dcs import MessageClass
from gsm_driver.pdu.reassembly import Reassembler
from gsm_driver.pdu.segmentation import AlphabetChoice
from gsm_driver.pdu.tpdu import Direction, SmsDeliver, decode_pdu
from gsm_driver.simulator import NetworkEventKind
from tests.driver.simulator.bench import Bench

PHONE = "+436641234567"
OK = b"\r\nOK\r\n"

# oFono, unit/test-sms.c: "How are you?" from +31641600986
DELIVER = "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07"
# oFono, unit/test-sms.c: "Testmail" from the name "sipgate"
FROM_NAME = "0791447758100650040DD0F334FC1CA6970100008080312170224008D4F29CDE0EA7D9"
# 3GPP TS 23.038 clause 4: the same message with class 2 (TP-DCS 0x12) and class 3 (0x13)
CLASS_2 = DELIVER[:38].replace("F60000", "F60012") + DELIVER[38:]
CLASS_3 = DELIVER[:38].replace("F60000", "F60013") + DELIVER[38:]


def test_a_message_is_stored_announced_read_and_deleted(bench: Bench) -> None:
    bench.write(b"AT+CNMI=2,1,0,0,0\r")
    bench.network.deliver_pdu(DELIVER)
    assert bench.after(0) == b'\r\n+CMTI: "SM",1\r\n'
    assert bench.write(b"AT+CPMS?\r") == b'\r\n+CPMS: "SM",1,20,"SM",1,20,"SM",1,20\r\n\r\nOK\r\n'
    assert bench.write(b"AT+CMGR=1\r") == b"\r\n+CMGR: 0,,30\r\n" + DELIVER.encode() + b"\r\n\r\nOK\r\n"
    assert bench.write(b"AT+CMGR=1\r").startswith(b"\r\n+CMGR: 1,,30\r\n")
    assert bench.write(b"AT+CMGD=1\r") == OK
    assert bench.write(b"AT+CMGR=1\r") == b"\r\n+CMS ERROR: 321\r\n"
    assert bench.network.counters.arrived == 1


def test_without_cnmi_a_message_is_stored_and_not_announced(bench: Bench) -> None:
    bench.network.deliver_pdu(DELIVER)
    assert bench.after(0) == b""
    assert bench.modem.storages["SM"].used == 1


@pytest.mark.parametrize(
    ("hex_pdu", "routing", "announced"),
    [
        (DELIVER, 1, b"+CMTI"),
        (DELIVER, 2, b"+CMT: ,30\r\n" + DELIVER.encode()),
        (DELIVER, 3, b"+CMTI"),
        (CLASS_2, 2, b"+CMTI"),
        (CLASS_3, 3, b"+CMT: ,30\r\n" + CLASS_3.encode()),
    ],
)
def test_routing_follows_mt_and_the_message_class(
    bench: Bench, hex_pdu: str, routing: int, announced: bytes
) -> None:
    bench.write(b"AT+CNMI=2,%d,0,0,0\r" % routing)
    bench.network.deliver_pdu(hex_pdu)
    assert bench.after(0).startswith(b"\r\n" + announced)


def test_class_2_goes_to_the_sim_whatever_mem3_is(bench: Bench) -> None:
    bench.write(b'AT+CPMS="ME","ME","ME";+CNMI=2,1,0,0,0\r')
    bench.network.deliver_pdu(CLASS_2)
    assert bench.after(0) == b'\r\n+CMTI: "SM",1\r\n'
    bench.network.deliver_pdu(DELIVER)
    assert bench.after(0) == b'\r\n+CMTI: "ME",1\r\n'


def test_mode_0_keeps_announcements_until_the_mode_lets_them_out(bench: Bench) -> None:
    bench.write(b"AT+CNMI=0,1,0,0,0\r")
    bench.network.deliver_pdu(DELIVER)
    assert bench.after(0) == b""
    assert bench.write(b"AT+CNMI=0,1,0,0,0\r") == OK
    assert bench.write(b"AT+CNMI=2,1,0,0,0\r") == OK + b'\r\n+CMTI: "SM",1\r\n'


def test_bfr_1_throws_buffered_announcements_away(bench: Bench) -> None:
    bench.write(b"AT+CNMI=0,1,0,0,0\r")
    bench.network.deliver_pdu(DELIVER)
    bench.after(0)
    assert bench.write(b"AT+CNMI=2,1,0,0,1\r") == OK
    assert bench.write(b"AT\r") == OK


def test_announcements_wait_for_the_end_of_a_command() -> None:
    bench = Bench(submit_latency=2.0).quiet()
    bench.write(b"AT+CNMI=2,1,0,0,0\r")
    bench.network.add_phone("+34616585119")
    bench.write(b"AT+CMGS=17\r")
    bench.network.deliver_pdu(DELIVER)
    assert bench.after(1) == b""
    assert bench.write(b"0001000B914316565811F9000004E8373B0C\x1a") == b""
    assert bench.after(2) == b'\r\n+CMGS: 1\r\n\r\nOK\r\n\r\n+CMTI: "SM",1\r\n'


def test_held_announcements_come_after_escape(bench: Bench) -> None:
    bench.write(b"AT+CNMI=2,1,0,0,0\r")
    bench.write(b"AT+CMGS=17\r")
    bench.network.deliver_pdu(DELIVER)
    assert bench.write(b"\x1b") == OK + b'\r\n+CMTI: "SM",1\r\n'


class TestAcknowledging:
    """+CSMS=1: what goes to the host directly wants +CNMA (clause 3.4.4)."""

    @pytest.fixture
    def direct(self, bench: Bench) -> Bench:
        assert bench.write(b"AT+CSMS=1\r") == b"\r\n+CSMS: 1,1,1\r\n\r\nOK\r\n"
        bench.write(b"AT+CNMI=2,2,0,1,0\r")
        return bench

    def test_the_next_message_waits_for_the_acknowledgement(self, direct: Bench) -> None:
        direct.network.deliver_pdu(DELIVER)
        direct.network.deliver_pdu(FROM_NAME)
        assert direct.after(1).count(b"+CMT:") == 1
        assert direct.write(b"AT+CNMA\r").startswith(OK + b"\r\n+CMT: ,")
        assert direct.write(b"AT+CNMA=1\r") == OK
        assert direct.write(b"AT+CNMA\r") == b"\r\n+CMS ERROR: 340\r\n"
        assert direct.network.counters.arrived == 2

    def test_without_it_routing_ends_and_the_network_tries_again(self, direct: Bench) -> None:
        direct.network.deliver_pdu(DELIVER)
        assert direct.after(0).startswith(b"\r\n+CMT:")
        direct.after(15)
        assert direct.write(b"AT+CNMI?\r") == b"\r\n+CNMI: 2,0,0,0,0\r\n\r\nOK\r\n"
        assert direct.network.waiting == 1
        direct.write(b"AT+CNMI=2,1,0,0,0\r")
        assert direct.after(60) == b'\r\n+CMTI: "SM",1\r\n'

    def test_a_negative_one_lets_the_network_try_again(self, direct: Bench) -> None:
        direct.network.deliver_pdu(DELIVER)
        direct.after(0)
        assert direct.write(b"AT+CNMA=2\r").endswith(OK)
        assert direct.after(60).startswith(b"\r\n+CMT:")

    def test_its_settings_are_shown(self, direct: Bench) -> None:
        assert direct.write(b"AT+CSMS?\r") == b"\r\n+CSMS: 1,1,1,1\r\n\r\nOK\r\n"
        assert direct.write(b"AT+CSMS=?\r") == b"\r\n+CSMS: (0,1)\r\n\r\nOK\r\n"
        assert direct.write(b"AT+CNMA=?\r") == b"\r\n+CNMA: (0-2)\r\n\r\nOK\r\n"


def test_reports_are_announced_or_stored_as_ds_says(bench: Bench) -> None:
    bench.network.add_phone("+34654123456")
    submit = ("0021000B914356143254F6000006E8721E947F03", 19)
    bench.write(b"AT+CNMI=2,1,0,0,0\r")
    assert b"+CDS" not in bench.submit(*submit)
    bench.write(b"AT+CNMI=2,1,0,1,0\r")
    assert b"\r\n+CDS: 25\r\n0791" in bench.submit(*submit)
    bench.write(b"AT+CNMI=2,1,0,2,0\r")
    assert bench.submit(*submit).endswith(b'\r\n+CDSI: "SR",1\r\n')
    bench.write(b'AT+CPMS="SR"\r')
    assert bench.write(b"AT+CMGR=1\r").startswith(b"\r\n+CMGR: 0,,25\r\n07913466040005F10603")
    assert bench.network.counters.reports == 3


def test_a_full_storage_takes_nothing_until_something_is_deleted(bench: Bench) -> None:
    bench.write(b"AT+CNMI=2,1,0,0,0\r")
    for _ in range(22):
        bench.network.deliver_pdu(DELIVER)
    heard = bench.after(0)
    assert heard.count(b"+CMTI") == 20
    assert (bench.network.waiting, bench.network.counters.memory_full) == (2, 1)
    assert bench.write(b"AT+CMGD=7\r") == OK + b'\r\n+CMTI: "SM",7\r\n'
    assert bench.write(b"AT+CMGD=1,4\r") == OK + b'\r\n+CMTI: "SM",1\r\n'
    assert bench.network.waiting == 0


def test_what_comes_while_unregistered_waits_at_the_network(bench: Bench) -> None:
    bench.write(b"AT+CNMI=2,1,0,0,0\r")
    bench.modem.set_registration(RegistrationStatus.NOT_REGISTERED)
    bench.network.deliver_sms(PHONE, "later")
    assert bench.after(10) == b""
    bench.modem.set_registration(RegistrationStatus.HOME)
    assert bench.after(0) == b'\r\n+CMTI: "SM",1\r\n'


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"AT+CPMS=?", b'\r\n+CPMS: ("SM","ME","SR"),("SM","ME"),("SM","ME")\r\n\r\nOK\r\n'),
        (b'AT+CPMS="ME"', b"\r\n+CPMS: 0,100,0,20,0,20\r\n\r\nOK\r\n"),
        (b'AT+CPMS="ME","SM","ME"', b"\r\n+CPMS: 0,100,0,20,0,100\r\n\r\nOK\r\n"),
        (b'AT+CPMS="SM","SR"', b"\r\n+CMS ERROR: 303\r\n"),
        (b'AT+CPMS="XX"', b"\r\n+CMS ERROR: 303\r\n"),
        (b"AT+CPMS", b"\r\nERROR\r\n"),
        (b"AT+CNMI?", b"\r\n+CNMI: 0,0,0,0,0\r\n\r\nOK\r\n"),
        (b"AT+CNMI=?", b"\r\n+CNMI: (0-3),(0-3),(0,2),(0-2),(0,1)\r\n\r\nOK\r\n"),
        (b"AT+CNMI=2,1;+CNMI?", b"\r\n+CNMI: 2,1,0,0,0\r\n\r\nOK\r\n"),
        (b"AT+CNMI=2,1,0,5,0", b"\r\n+CMS ERROR: 303\r\n"),
        (b"AT+CMGF?", b"\r\n+CMGF: 0\r\n\r\nOK\r\n"),
        (b"AT+CMGF=?", b"\r\n+CMGF: (0,1)\r\n\r\nOK\r\n"),
        (b"AT+CMMS=2;+CMMS?", b"\r\n+CMMS: 2\r\n\r\nOK\r\n"),
        (b"AT+CSCA?", b'\r\n+CSCA: "+43664000501",145\r\n\r\nOK\r\n'),
        (b"AT+CSCA=?", OK),
        (b"AT+CMGL=?", b"\r\n+CMGL: (0-4)\r\n\r\nOK\r\n"),
        (b"AT+CMGL", OK),
        (b"AT+CMGL=4", OK),
        (b"AT+CMGL=5", b"\r\n+CMS ERROR: 304\r\n"),
        (b"AT+CMGR=?", OK),
        (b"AT+CMGR=0", b"\r\n+CMS ERROR: 321\r\n"),
        (b"AT+CMGR=21", b"\r\n+CMS ERROR: 321\r\n"),
        (b"AT+CMGR=x", b"\r\n+CME ERROR: 50\r\n"),
        (b"AT+CMGD=?", b"\r\n+CMGD: (),(0-4)\r\n\r\nOK\r\n"),
        (b"AT+CMGD=20", OK),
        (b"AT+CMGD=21", b"\r\n+CMS ERROR: 321\r\n"),
        (b"AT+CMGD=1,5", b"\r\n+CME ERROR: 4\r\n"),
        (b"AT+CSCB=0", OK),
    ],
)
def test_storage_and_routing_commands_byte_by_byte(bench: Bench, command: bytes, answer: bytes) -> None:
    assert bench.write(command + b"\r") == answer


def test_messages_are_listed_by_status_and_deleted_by_flag(bench: Bench) -> None:
    for _ in range(3):
        bench.network.deliver_pdu(DELIVER)
    bench.after(0)
    bench.write(b"AT+CMGR=2\r")
    assert bench.write(b"AT+CMGD=?\r") == b"\r\n+CMGD: (1,2,3),(0-4)\r\n\r\nOK\r\n"
    listed = bench.write(b"AT+CMGL\r")
    one = b"\r\n+CMGL: %d,0,,30\r\n" + DELIVER.encode()
    assert listed == one % 1 + one % 3 + b"\r\n\r\nOK\r\n"
    bench.network.deliver_pdu(DELIVER)
    bench.after(0)
    assert bench.write(b"AT+CMGD=1,1\r") == OK
    assert [index for index, _ in bench.modem.storages["SM"].items()] == [4]
    assert bench.write(b"AT+CMGD=1,4\r") == OK
    assert bench.modem.storages["SM"].used == 0


def _decoded(bench: Bench) -> list[SmsDeliver]:
    stored = [message.hex_pdu for _, message in bench.modem.storages["SM"].items()]
    decoded = (decode_pdu(hex_pdu, Direction.MT).tpdu for hex_pdu in stored)
    return [tpdu for tpdu in decoded if isinstance(tpdu, SmsDeliver)]


def _sequence(message: SmsDeliver) -> int:
    concatenation = message.user_data.concatenation
    return 0 if concatenation is None else concatenation.sequence


def test_a_long_text_comes_in_segments(bench: Bench) -> None:
    text = "Long enough for three. " * 15
    assert bench.network.deliver_sms(PHONE, text, order=(2, 0, 1), interval=10.0) == 3
    bench.after(0)
    assert bench.modem.storages["SM"].used == 1
    bench.after(20)
    reassembler: Reassembler[int] = Reassembler()
    whole = [reassembler.add(message, place, 0.0) for place, message in enumerate(_decoded(bench))]
    assert whole[:2] == [None, None]
    assert whole[2] is not None
    assert whole[2].text == text
    assert _sequence(_decoded(bench)[0]) == 3


def test_a_segment_can_be_left_out_or_come_twice(bench: Bench) -> None:
    bench.network.deliver_sms(PHONE, "x" * 300, order=(0, 0))
    bench.after(0)
    assert [_sequence(message) for message in _decoded(bench)] == [1, 1]


def test_a_name_a_flash_and_a_forced_alphabet(bench: Bench) -> None:
    bench.network.deliver_sms("Bank AG", "Hello", alphabet=AlphabetChoice.UCS2)
    bench.network.deliver_sms("1414", "Now", flash=True)
    bench.after(0)
    named, flash = _decoded(bench)
    assert (named.originating_address.number, named.originating_address.is_alphanumeric) == ("Bank AG", True)
    assert named.data_coding_scheme.octet == 0x08
    assert (flash.originating_address.number, flash.user_data.text) == ("1414", "Now")
    assert flash.data_coding_scheme.message_class is MessageClass.FLASH


def test_nonsense_is_delivered_as_it_is(bench: Bench) -> None:
    bench.write(b"AT+CNMI=2,2,0,1,0\r")
    bench.network.deliver_pdu("00FFFF")
    assert bench.after(0) == b"\r\n+CMT: ,2\r\n00FFFF\r\n"
    bench.network.deliver_pdu("0002")
    assert bench.after(0) == b"\r\n+CDS: 1\r\n0002\r\n"
    assert [event.kind for event in bench.events] == [NetworkEventKind.ARRIVED, NetworkEventKind.REPORTED]


@pytest.mark.parametrize("hex_pdu", ["", "00", "0791", "zz"])
def test_what_has_no_tpdu_is_refused_by_the_network(bench: Bench, hex_pdu: str) -> None:
    with pytest.raises(ValueError, match=r"PDU|hex"):
        bench.network.deliver_pdu(hex_pdu)


def test_a_modem_that_nobody_has_gets_nothing(bench: Bench) -> None:
    with pytest.raises(LookupError):
        bench.network.deliver_sms(PHONE, "Hello", to="+49123456789")


class TestTextMode:
    @pytest.fixture
    def text(self, bench: Bench) -> Bench:
        bench.network.add_phone("+34654123456")
        bench.write(b"AT+CMGF=1;+CNMI=2,1,0,2,0\r")
        return bench

    def test_a_message_is_read_as_text(self, text: Bench) -> None:
        text.network.deliver_pdu(DELIVER)
        text.after(0)
        expected = b'"+31641600986",,"02/08/26,19:37:41-04"\r\nHow are you?\r\n\r\nOK\r\n'
        assert text.write(b"AT+CMGR=1\r") == b'\r\n+CMGR: "REC UNREAD",' + expected
        assert text.write(b'AT+CMGL="ALL"\r') == b'\r\n+CMGL: 1,"REC READ",' + expected
        assert text.write(b'AT+CMGL="NONE"\r') == b"\r\n+CMS ERROR: 305\r\n"
        assert text.write(b"AT+CMGL=?\r").startswith(b'\r\n+CMGL: ("REC UNREAD",')
        assert text.write(b"AT+CNMA=?\r") == OK

    def test_a_message_goes_to_the_host_directly(self, text: Bench) -> None:
        text.write(b"AT+CNMI=2,2,0,1,0\r")
        text.network.deliver_pdu(DELIVER)
        assert text.after(0) == b'\r\n+CMT: "+31641600986",,"02/08/26,19:37:41-04"\r\nHow are you?\r\n'

    def test_a_report_has_a_line_of_its_own(self, text: Bench) -> None:
        text.write(b'AT+CSMP=49,167,0,0\rAT+CMGS="+34654123456"\rhey\x1a')
        text.write(b'AT+CPMS="SR"\r')
        assert text.write(b"AT+CMGR=1\r") == (
            b'\r\n+CMGR: "REC UNREAD",6,1,"+34654123456",145,'
            b'"26/11/21,12:00:00+00","26/11/21,12:00:00+00",0\r\n\r\nOK\r\n'
        )

    def test_a_written_message_shows_its_destination(self, text: Bench) -> None:
        text.write(b'AT+CMGW="+34654123456"\rhey\x1a')
        assert text.write(b'AT+CMGL="STO UNSENT"\r') == (
            b'\r\n+CMGL: 1,"STO UNSENT","+34654123456",\r\nhey\r\n\r\nOK\r\n'
        )

    def test_ucs2_is_shown_as_hex(self, text: Bench) -> None:
        text.network.deliver_sms(PHONE, "Ω漢")
        text.after(0)
        assert b"\r\n03A96F22\r\n" in text.write(b"AT+CMGR=1\r")

    def test_what_cannot_be_read_as_text_is_shown_as_pdu(self, text: Bench) -> None:
        text.network.deliver_pdu("00FFFF")
        text.after(0)
        assert text.write(b"AT+CMGR=1\r") == b"\r\n+CMGR: 0,,2\r\n00FFFF\r\n\r\nOK\r\n"

    def test_another_kind_of_tpdu_has_no_text_form(self, text: Bench) -> None:
        text.write(b"AT+CNMI=2,2,0,1,0\r")
        text.network.deliver_pdu("000100" + "62111222000000")  # SMS-SUBMIT-REPORT
        assert text.after(0) == b"\r\n+CMT: ,9\r\n00010062111222000000\r\n"

    def test_an_invalid_time_is_shown_empty(self, text: Bench) -> None:
        text.network.deliver_pdu(DELIVER.replace("20806291731448", "FFFFFFFFFFFFFF"))
        text.after(0)
        assert b',""\r\nHow are you?' in text.write(b"AT+CMGR=1\r")
