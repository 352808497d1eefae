"""python-gsmmodem-new: sends in the main thread, receives in its own."""

from __future__ import annotations

import sys

from gsmmodem.modem import GsmModem

from bench.driver.clients.wire import Outcomes, parse_order, tell, tell_received

# It asks for a report with each PDU, whatever it is told, and reads each in the middle of the next message:
# with reports it loses its place after some messages without any fault of the line.
NO_REPORTS = "2,1,0,0"


def main(port: str, outcomes: Outcomes) -> None:
    """Serve the referee until standard input ends."""
    modem = GsmModem(
        port,
        115200,
        smsReceivedCallbackFunc=lambda message: tell_received(message.text),
        AT_CNMI=NO_REPORTS,
    )
    modem.connect()
    tell("ready")
    for line in sys.stdin:
        order = parse_order(line)
        for index, text in enumerate(order.texts):
            outcomes.note(index, _send(modem, order.number, text))
        outcomes.flush()
    modem.close()


def _send(modem: GsmModem, number: str, text: str) -> str:
    try:
        modem.sendSms(number, text)
    except Exception:  # noqa: BLE001 - it raises many kinds, all of them mean: it did not work
        return "failed"
    return "accepted"


if __name__ == "__main__":
    main(sys.argv[1], Outcomes(sys.argv[2:]))
