"""Answers to commands, read as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gsm_driver.at import responses
from gsm_driver.at.calls import parse_end_cause
from gsm_driver.at.clock import parse_clock
from gsm_driver.at.exchange import InfoLine, Response
from gsm_driver.at.quality import parse_signal_quality
from gsm_driver.at.stored_pdus import parse_stored_message, parse_stored_messages
from gsm_driver.at.urc import split_prefix
from gsm_driver.errors import ResponseError
from lab.fuzz.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

_PARSERS: tuple[Callable[[Response], Any], ...] = (
    responses.parse_identity,
    responses.parse_own_numbers,
    responses.parse_sim_state,
    responses.parse_pin_counter,
    responses.parse_functionality,
    responses.parse_signal,
    responses.parse_registration,
    responses.parse_operator,
    responses.parse_storage_support,
    responses.parse_storage_states,
    lambda response: responses.parse_storage_states(response, ("SM", "ME", "MT")),
    responses.parse_indication_support,
    responses.parse_message_reference,
    responses.parse_service_centre,
    responses.parse_current_calls,
    parse_end_cause,
    parse_clock,
    parse_signal_quality,
    parse_stored_message,
    parse_stored_messages,
)
_PREFIXES = (
    *(b"+CNUM: ", b"+CPIN: ", b"+CPINR: ", b"+SPIC: ", b"+QPINC: ", b"^CPIN: ", b"#PCT: ", b"+CFUN: "),
    *(b"+CSQ: ", b"+CREG: ", b"+CEREG: ", b"+COPS: ", b"+CPMS: ", b"+CNMI: ", b"+CMGS: ", b"+CSCA: "),
    *(b"+CLCC: ", b"+CEER: ", b"+CCLK: ", b"+QLTS: ", b"+CESQ: ", b"+CMGR: ", b"+CMGL: "),
)


def one(data: bytes) -> None:
    """The first octet chooses what is read; then lines, with the one that belongs to each behind a tab."""
    if not data:
        return
    lines = tuple(_line(each) for each in data[1:].decode("latin-1").split("\n"))
    response = Response(command="AT+X", lines=lines)
    try:
        value = _PARSERS[data[0] % len(_PARSERS)](response)
    except ResponseError as error:
        assert len(str(error)) < 200, "an error repeats what came"
        return
    shown = repr(value)
    assert len(shown) <= 5000 + 2000 * len(data), "more came out than went in"


def _line(text: str) -> InfoLine:
    head, _, body = text.partition("\t")
    prefix, value = split_prefix(head) if ":" in head else ("", head)
    return InfoLine(prefix=prefix, value=value, body=body or None)


TARGET = Target(one=one, max_length=300, longest=8192, words=(*_PREFIXES, b"(0-3)", b'("SM","ME")', b"READY"))
