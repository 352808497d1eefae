"""The modem comes back as /dev/ttyUSB3, and something else took its old name meanwhile."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gsm_driver.simulator import PROFILES
from lab.parts.impostor import running_impostor
from lab.parts.machine import Machine
from lab.parts.names import MODEM
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.parts.radio import Radio
    from lab.run import Outcome, Run

SIM7600 = (0x1E0E, 0x9001)
AT_PORT = 2  # the interface of it that speaks AT
BRIDGE = (0x10C4, 0xEA60)  # behind which may be anything: a heating, for example
SERIAL = "0123456789ABCDEF"
BY_ID = "usb-SimTech_SIM7600-if02-port0"
BEFORE, AFTER = "ttyUSB2", "ttyUSB3"
PLACE, ELSEWHERE, OTHER = "1-1", "1-4", "1-2"


class Case(StrEnum):
    """What the configuration names, and where the modem comes back."""

    BY_ID = "by-id, the same socket"
    BY_NUMBER = "ttyUSB2, the same socket"
    MOVED = "ttyUSB2, another socket"


CASES = tuple(Case)

ROW = Row(
    number=4,
    fault="comes back as ttyUSB3 in place of ttyUSB2, which another device has now",
    expected="it is found by its name, its place, its numbers or its IMEI; the other device is left alone",
    worlds={World.REAL: Extent(quick=1, full=10 * len(CASES), alone=True)},
    limits=(
        Limit("t_recover", at_most=20.0, unit="s"),
        Limit("octets written to the other device", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.MOUNT, Need.NAMESPACE}),
    remark="the bus is made of files, its ports are pseudo-terminals under the names of the kernel",
)


async def play(run: Run) -> Outcome:
    """Pull it, give its name to another device, plug it in again; an alarm waits for it."""
    case = CASES[run.seed % len(CASES)]
    place = run.folder / "machine"
    place.mkdir()
    machine = Machine(place)
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    radio = run.keep(a_radio(plant.modem, PROFILES["sim7600"]))
    written = bytearray()
    other = run.folder / "other"

    def answer(data: bytes) -> bytes:
        written.extend(data)
        return b"what?\r\n"

    run.keep(running_impostor(other, answer))

    port = f"/dev/serial/by-id/{BY_ID}" if case is Case.BY_ID else f"/dev/{BEFORE}"
    gateway = await run.use(plant.gateway(ports={MODEM: port}, prefix=machine.prefix))
    await gateway.says("MQTT: connected")
    _plug(machine, gateway.pid, radio, BEFORE, PLACE)
    await running(gateway)

    heard = len(plant.peer.messages)
    radio.unplug()
    machine.unplug(BEFORE, PLACE, by_id=BY_ID)
    machine.plug(gateway.pid, other, BEFORE, OTHER, BRIDGE, name="Heating")
    await plant.route("failed", after=heard)
    await plant.raise_alarm("pump", "Pump off")
    back, heard = run.now(), len(plant.peer.messages)
    radio.plug_in()
    _plug(machine, gateway.pid, radio, AFTER, ELSEWHERE if case is Case.MOVED else PLACE)
    await plant.route("ok", after=heard, within=60.0)
    run.note("t_recover", run.now() - back)
    await plant.told("pump", "delivered")
    run.note("octets written to the other device", len(written))
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*",))


def _plug(machine: Machine, pid: int, radio: Radio, tty: str, place: str) -> None:
    machine.plug(
        pid, radio.link, tty, place, SIM7600, interface=AT_PORT, serial=SERIAL, name="SIM7600", by_id=BY_ID
    )
