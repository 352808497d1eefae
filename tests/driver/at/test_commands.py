from __future__ import annotations

import pytest

from gsm_driver.at import commands
from gsm_driver.at.exchange import ANY_LINE, PLAIN_TIMEOUT, AtCommand
from gsm_driver.at.session import AtSession

TEXTS = [
    (commands.attention(), "AT"),
    (commands.restore_results(), "ATQ0V1E0"),
    (commands.echo_off(), "ATE0"),
    (commands.error_codes(), "AT+CMEE=1"),
    (commands.query_manufacturer(), "AT+CGMI"),
    (commands.query_model(), "AT+CGMM"),
    (commands.query_firmware(), "AT+CGMR"),
    (commands.query_imei(), "AT+CGSN"),
    (commands.query_imsi(), "AT+CIMI"),
    (commands.query_iccid(), "AT+CCID"),
    (commands.query_iccid("AT^ICCID?"), "AT^ICCID?"),
    (commands.query_own_numbers(), "AT+CNUM"),
    (commands.query_pin(), "AT+CPIN?"),
    (commands.enter_pin("0000"), 'AT+CPIN="0000"'),
    (commands.query_pin_counter(), "AT+CPINR"),
    (commands.query_pin_counter('AT+QPINC="SC"'), 'AT+QPINC="SC"'),
    (commands.query_functionality(), "AT+CFUN?"),
    (commands.set_functionality(4), "AT+CFUN=4"),
    (commands.query_signal(), "AT+CSQ"),
    (commands.query_registration(), "AT+CREG?"),
    (commands.query_registration("+CEREG"), "AT+CEREG?"),
    (commands.report_registration(2, "+CGREG"), "AT+CGREG=2"),
    (commands.query_operator(), "AT+COPS?"),
    (commands.set_operator_format(2), "AT+COPS=3,2"),
    (commands.pdu_mode(), "AT+CMGF=0"),
    (commands.set_message_service(1), "AT+CSMS=1"),
    (commands.query_service_centre(), "AT+CSCA?"),
    (commands.set_service_centre("+436640501", 145), 'AT+CSCA="+436640501",145'),
    (commands.query_storage(), "AT+CPMS?"),
    (commands.query_storage_support(), "AT+CPMS=?"),
    (commands.select_storage("SM", "SM", "SM"), 'AT+CPMS="SM","SM","SM"'),
    (commands.query_indications(), "AT+CNMI?"),
    (commands.query_indication_support(), "AT+CNMI=?"),
    (commands.set_indications(2, 1), "AT+CNMI=2,1"),
    (commands.list_messages(), "AT+CMGL=4"),
    (commands.read_message(0), "AT+CMGR=0"),
    (commands.delete_message(7), "AT+CMGD=7"),
    (commands.send_message(23, "00"), "AT+CMGS=23"),
    (commands.acknowledge_message(), "AT+CNMA"),
    (commands.keep_relay_open(1), "AT+CMMS=1"),
    (commands.dial_voice("+436601234567"), "ATD+436601234567;"),
    (commands.answer_call(), "ATA"),
    (commands.hang_up(), "ATH"),
    (commands.hang_up_voice(), "AT+CHUP"),
    (commands.heed_hang_up(), "AT+CVHU=0"),
    (commands.list_calls(), "AT+CLCC"),
    (commands.present_callers(), "AT+CLIP=1"),
    (commands.query_call_end(), "AT+CEER"),
    (commands.send_tone("#"), "AT+VTS=#"),
    (commands.send_tone("5", "AT^DTMF={index},{digit}", index=2), "AT^DTMF=2,5"),
    (commands.query_character_set(), "AT+CSCS?"),
    (commands.select_character_set("GSM"), 'AT+CSCS="GSM"'),
    (commands.start_ussd("*100#"), 'AT+CUSD=1,"*100#",15'),
    (commands.cancel_ussd(), "AT+CUSD=2"),
    (commands.announce_time(), "AT+CTZR=1"),
    (commands.query_clock(), "AT+CCLK?"),
    (commands.query_clock("AT+QLTS=2"), "AT+QLTS=2"),
]


@pytest.mark.parametrize(("command", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_texts(command: AtCommand, text: str) -> None:
    assert command.text == text
    assert AtSession().start(command) == text.encode() + b"\r"


@pytest.mark.parametrize("command", [command for command, _ in TEXTS], ids=[text for _, text in TEXTS])
def test_a_query_names_its_answer(command: AtCommand) -> None:
    """A prefix is upper case and is that of the command, so that its answer is recognised."""
    prefixes = [prefix for prefix in command.prefixes if prefix != ANY_LINE]
    assert prefixes == [prefix.upper() for prefix in prefixes]
    if command.text.endswith("?") and command.text.startswith("AT+"):
        assert command.name.removeprefix("AT") in prefixes


def test_time_outs_have_their_order() -> None:
    """A wait for the network is longer than one for the SIM, and that longer than one for the modem."""
    assert (
        commands.SYNC_TIMEOUT
        < PLAIN_TIMEOUT
        < commands.SIM_TIMEOUT
        < commands.STORAGE_TIMEOUT
        < commands.SUBMIT_TIMEOUT
    )


def test_no_call_keeps_the_line_for_more_than_a_second() -> None:
    """A modem that answers ATD at the end only must not keep messages waiting."""
    assert commands.dial_voice("0660").timeout == commands.answer_call().timeout == 1.0


def test_synchronisers_have_different_answers() -> None:
    prefixes = [query.prefixes for query in commands.synchronisers()]
    assert len(set(prefixes)) == len(prefixes) == 5
    assert all(query.synchronises for query in commands.synchronisers())


def test_a_custom_command_has_what_it_is_given() -> None:
    command = commands.custom("AT+QPINC?", "+QPINC", timeout=9, secret=False, final_optional=True)
    assert command.prefixes == ("+QPINC",)
    assert (command.timeout, command.secret, command.final_optional) == (9, False, True)
