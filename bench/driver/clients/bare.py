"""No client at all: ready-made bytes, written as soon as the modem allows. What the stand can do."""

from __future__ import annotations

import os
import sys

from bench.driver.clients.wire import Outcomes, parse_order, tell
from gsm_driver import SmsService
from gsm_driver.pdu.tpdu import Pdu, encode_pdu

SET_UP = (b"ATE0\r", b"AT+CMGF=0\r")


def main(port: str, outcomes: Outcomes) -> None:
    """Serve the referee until standard input ends."""
    line = os.open(port, os.O_RDWR | os.O_NOCTTY)
    for command in SET_UP:
        os.write(line, command)
        _read_until(line, b"OK\r\n")
    tell("ready")
    for text in sys.stdin:
        order = parse_order(text)
        for index, pdu in enumerate([_pdu(order.number, text) for text in order.texts]):
            _send(line, *pdu)
            outcomes.note(index, "accepted")
        outcomes.flush()


def _pdu(number: str, text: str) -> tuple[bytes, bytes]:
    (segment,) = SmsService.plan(number, text, report=False).segments
    encoded = encode_pdu(Pdu(tpdu=segment))
    return b"AT+CMGS=%d\r" % encoded.tpdu_length, encoded.hex_pdu.encode() + b"\x1a"


def _send(line: int, command: bytes, pdu: bytes) -> None:
    os.write(line, command)
    _read_until(line, b"> ")
    os.write(line, pdu)
    _read_until(line, b"OK\r\n")


def _read_until(line: int, end: bytes) -> None:
    seen = b""
    while not seen.endswith(end):
        seen += os.read(line, 4096)


if __name__ == "__main__":
    main(sys.argv[1], Outcomes(sys.argv[2:]))
