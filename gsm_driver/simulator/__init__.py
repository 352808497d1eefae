"""A modem and its network for tests, demonstrations and trying things without hardware.

``simulator://NAME`` works wherever a port does. A test makes the simulator first and keeps it::

    simulator = create_simulator("modem0")  # or Simulator(…) and register_simulator
    phone = simulator.network.add_phone("+436641234567", replies=[AutoReply(reply="OK")])
    simulator.modem.faults.replace([faults.prompt_lost(every=10)])
    …  # the driver opens simulator://modem0
    assert phone.texts == ["Water in the cellar"]
    phone.on_call = CallBehaviour(manner=CallManner.ANSWER, after=5, tones="1#")
    simulator.network.add_ussd("*100#", UssdMenu(text="1 Balance", choices={"1": UssdMenu(text="5 EUR")}))
    close_simulators()

``python -m gsm_driver.simulator`` offers the same on a pseudo-terminal or a TCP port, with a control channel
for other processes (`ControlServer`, `ControlClient`). Numbers and texts are shown there: nothing is real.
"""

from __future__ import annotations

from . import faults
from .conditions import NetworkConditions, UnknownNumber
from .control import ControlServer
from .control_client import ControlClient, ControlError
from .device import SimulatedModem
from .events import NetworkCounters, NetworkEvent, NetworkEventKind
from .faults import (
    Delay,
    Fail,
    Fault,
    FaultPlan,
    Inject,
    Lose,
    LoseRegistration,
    Moment,
    Reboot,
    Replace,
    Silence,
    Unplug,
)
from .line import LineConditions, LineCounters
from .network import SimulatedNetwork
from .phone import AutoReply, PhoneMessage, SimulatedPhone
from .port import (
    MemoryTransport,
    close_simulators,
    create_simulator,
    find_simulator,
    open_memory_port,
    register_simulator,
)
from .profile import SimulatorProfile
from .profiles import PROFILES
from .pty_port import PtyPort, run_pty
from .scheduler import LoopScheduler, Scheduler, SteppedScheduler
from .sim_card import SimCard, SimState
from .simulator import Simulator
from .tcp_port import TcpPort, run_tcp
from .telephony import CallBehaviour, CallManner, PhoneCall
from .ussd import UssdMenu

__all__ = [
    "PROFILES",
    "AutoReply",
    "CallBehaviour",
    "CallManner",
    "ControlClient",
    "ControlError",
    "ControlServer",
    "Delay",
    "Fail",
    "Fault",
    "FaultPlan",
    "Inject",
    "LineConditions",
    "LineCounters",
    "LoopScheduler",
    "Lose",
    "LoseRegistration",
    "MemoryTransport",
    "Moment",
    "NetworkConditions",
    "NetworkCounters",
    "NetworkEvent",
    "NetworkEventKind",
    "PhoneCall",
    "PhoneMessage",
    "PtyPort",
    "Reboot",
    "Replace",
    "Scheduler",
    "Silence",
    "SimCard",
    "SimState",
    "SimulatedModem",
    "SimulatedNetwork",
    "SimulatedPhone",
    "Simulator",
    "SimulatorProfile",
    "SteppedScheduler",
    "TcpPort",
    "UnknownNumber",
    "Unplug",
    "UssdMenu",
    "close_simulators",
    "create_simulator",
    "faults",
    "find_simulator",
    "open_memory_port",
    "register_simulator",
    "run_pty",
    "run_tcp",
]
