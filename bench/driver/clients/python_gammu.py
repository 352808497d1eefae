"""python-gammu: sends when told to; between orders it waits for the modem to announce something."""

from __future__ import annotations

import os
import select
import sys
import tempfile
from pathlib import Path
from typing import Any

import gammu

from bench.driver.clients.wire import Outcomes, parse_order, tell, tell_received

IDLE = 1.0  # seconds between looks at the modem when neither side says anything

# AT+CNMI can be set by a file only; without it gammu says that the modem cannot announce messages.
CONFIGURATION = """\
[gammu]
device = {port}
connection = at115200
atgen_setcnmi = 2,1,0,0,0
"""


class Receiver:
    """Reads and deletes what is announced."""

    def __init__(self, machine: gammu.StateMachine) -> None:
        self._machine = machine
        self._announced: list[dict[str, Any]] = []

    def announce(self, _machine: object, kind: str, data: Any) -> None:
        """The callback; gammu must not be called from it."""
        if kind == "SMS":
            self._announced += data if isinstance(data, list) else [data]

    def take(self) -> None:
        """Read what is announced."""
        self._machine.ReadDevice()
        while self._announced:
            notice = self._announced.pop(0)
            place = {"Folder": notice.get("Folder", 0), "Location": notice["Location"]}
            for message in self._machine.GetSMS(**place):
                tell_received(message["Text"])
            self._machine.DeleteSMS(**place)


def main(port: str, outcomes: Outcomes) -> None:
    """Serve the referee until standard input ends."""
    machine = gammu.StateMachine()
    with tempfile.NamedTemporaryFile("w") as configuration:
        configuration.write(CONFIGURATION.format(port=port))
        configuration.flush()
        machine.ReadConfig(Filename=configuration.name)
    machine.Init()
    receiver = Receiver(machine)
    machine.SetIncomingCallback(receiver.announce)
    machine.SetIncomingSMS(True)  # noqa: FBT003 - its only parameter
    centre = machine.GetSMSC(1)["Number"]  # asked once: by its place gammu asks the modem for each message
    tell("ready")
    modem = _descriptor(port)
    orders = os.fdopen(0, "rb", buffering=0)
    sources: list[Any] = [orders, modem]
    while True:
        readable, _, _ = select.select(sources, [], [], IDLE)
        if orders in readable:
            line = orders.readline()
            if not line:
                return
            _obey(machine, centre, line, outcomes)
        _try(receiver.take)


def _obey(machine: gammu.StateMachine, centre: str, line: bytes, outcomes: Outcomes) -> None:
    order = parse_order(line)
    for index, text in enumerate(order.texts):
        outcomes.note(index, _send(machine, centre, order.number, text))
    outcomes.flush()


def _send(machine: gammu.StateMachine, centre: str, number: str, text: str) -> str:
    info = {"Class": -1, "Entries": [{"ID": "ConcatenatedTextLong", "Buffer": text}]}

    def send() -> None:
        for message in gammu.EncodeSMS(info):
            machine.SendSMS({**message, "SMSC": {"Number": centre}, "Number": number})

    return "accepted" if _try(send) else "failed"


def _try(work: Any) -> bool:
    try:
        work()
    except gammu.GSMError:
        return False
    return True


def _descriptor(port: str) -> int:
    """The modem's descriptor, so that nothing has to be polled: kinder than most callers are."""
    device = os.path.realpath(port)
    for link in Path("/proc/self/fd").iterdir():
        if os.path.realpath(link) == device:
            return int(link.name)
    raise LookupError("gammu has not opened the port")


if __name__ == "__main__":
    main(sys.argv[1], Outcomes(sys.argv[2:]))
