"""Sends each line that comes by SMS: ``mosquitto_sub -t alarms | python send_lines.py PORT NUMBER``."""

import sys

from gsmmodem.modem import GsmModem

# Without AT_CNMI it also reads delivery reports, loses its place among them, and hangs after some messages.
modem = GsmModem(sys.argv[1], 115200, AT_CNMI="2,1,0,0")
modem.connect()
print("ready", flush=True)
for line in sys.stdin:
    text = line.rstrip("\n")
    try:
        modem.sendSms(sys.argv[2], text)
    except Exception as err:  # noqa: BLE001 - it raises many kinds
        print("not sent:", text, repr(err), flush=True)
