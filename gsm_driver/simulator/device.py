"""The modem itself: bytes in, bytes out, no port and no clock of its own."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from gsm_driver.models import RegistrationStatus

from .answers import Pending, UnknownCommandError
from .command import CommandKind
from .fault_gate import FaultGate
from .faults import FaultPlan, Unplug
from .handlers.table import HANDLERS
from .interpreter import Interpreter
from .message_router import MessageRouter
from .power import Power
from .profiles import GENERIC
from .radio import STAT_OF, Radio
from .settings import Settings
from .sim_card import SimCard, SimState
from .storage import Storage, StoredMessage, StoredStatus
from .submitter import Submitter
from .ussd_client import UssdClient
from .voice import Voice

if TYPE_CHECKING:
    from collections.abc import Callable

    from .air import Delivery
    from .answers import Result
    from .command import Command
    from .mailbox import Handover
    from .network import SimulatedNetwork
    from .phone import SimulatedPhone
    from .profile import SimulatorProfile
    from .scheduler import Scheduler

DEFAULT_IMEI = "356938035643809"
DEFAULT_NUMBER = "+43660000001"

_FILLER_TPDU = "04038121F30000521010000000000141"  # "A" from 123, 1 January 2025


class SimulatedModem:
    """One GSM modem, as a host sees it through its AT port.

    Bytes go in by `receive` and come out by `output`; the rest is the hand of a test or of a person.

    Args:
        scheduler: its time.
        network: where it registers; it is attached at once.
        profile: its family.
        sim: its card.
        imei: its identity.
        faults: what goes wrong, and when.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        network: SimulatedNetwork,
        *,
        profile: SimulatorProfile = GENERIC,
        sim: SimCard | None = None,
        imei: str = DEFAULT_IMEI,
        faults: FaultPlan | None = None,
    ) -> None:
        self.profile: SimulatorProfile = profile
        self.sim = sim or SimCard(number=DEFAULT_NUMBER)
        self.imei: str = imei
        self.faults = faults or FaultPlan()
        self.settings = Settings.after_power_up(profile)
        self.radio = Radio()
        self.storages = _storages(profile)
        self.output: Callable[[bytes], None] = _nowhere
        self.on_unplug: Callable[[Unplug], None] = _unplugged_for_nobody
        self._scheduler = scheduler
        self._network = network
        self._told = RegistrationStatus.NOT_REGISTERED
        self._before_loss: RegistrationStatus | None = None
        gate = FaultGate(self.faults, self)
        self.interpreter = Interpreter(self, gate=gate, dispatch=self._dispatch, write=self._write)
        self.router = MessageRouter(self, scheduler)
        self.submitter = Submitter(self, network, faults=self.faults, gate=gate)
        self.voice = Voice(self, scheduler, network.switch)
        self.ussd = UssdClient(self, network.ussd)
        self.power = Power(scheduler, profile, say=self._say, on_ready=self.registration_may_have_changed)
        network.attach(self)
        self.power.switch_on(booted=True)

    # --- the line -----------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Bytes from the host. A modem that is deaf or without power drops them."""
        if self.power.hears and not self.voice.abort_dialling():
            self.interpreter.receive(data)

    def announce(self, *lines: str) -> None:
        """Write an unsolicited result code as soon as no command is in the way."""
        self.interpreter.announce(*lines)

    def write_later(self, seconds: float, data: bytes) -> None:
        """Write bytes after a while, whatever happens meanwhile."""
        self._scheduler.call_later(seconds, lambda: self._write(data))

    def end_command(self, final: str) -> None:
        """End the command that is executed with this final result code."""
        self.interpreter.end(final)

    def _write(self, data: bytes) -> None:
        if self.power.hears and data:
            self.output(data)

    def _say(self, line: str) -> None:
        self.announce(line.format(sim=self.sim.state.value))

    def _dispatch(self, command: Command) -> Result:
        handler = HANDLERS.get(command.name)
        if handler is None or command.name in self.profile.missing_commands:
            raise UnknownCommandError
        if command.name in self.profile.hanging_commands:
            self.fall_silent()
            return Pending()
        if command.name == self.profile.calming_question and command.kind is CommandKind.READ:
            self.power.calm()
        return handler(self, command)

    # --- the network --------------------------------------------------------------------------------------

    @property
    def number(self) -> str:
        """MSISDN."""
        return self.sim.number or DEFAULT_NUMBER

    @property
    def registration(self) -> RegistrationStatus:
        """Where the modem stands: what the radio says, if power, SIM and +CFUN let it."""
        usable = self.power.is_ready and self.settings.cfun == 1 and self.sim.state is SimState.READY
        return self.radio.status if usable else RegistrationStatus.NOT_REGISTERED

    def deliver(self, delivery: Delivery, answer: Callable[[Handover], None]) -> None:
        """The network offers a message."""
        self.router.deliver(delivery, answer)

    def ring(self, phone: SimulatedPhone, *, hides_number: bool, give_up_after: float) -> bool:
        """A phone calls. False: there is another call, or no network."""
        if self.voice.call is not None or not self.registration.can_send_sms:
            return False
        call = self._network.switch.ring(phone, self.number, self.voice, give_up_after=give_up_after)
        self.voice.ring(call, "" if hides_number else phone.number)
        return True

    def clock_text(self) -> str:
        """Local time and zone as +CCLK and NITZ have them."""
        now = self._network.local_time()
        quarters = int((now.utcoffset() or timedelta()) / timedelta(minutes=15))
        return f"{now:%y/%m/%d,%H:%M:%S}{quarters:+03d}"

    def announce_time(self) -> None:
        """The network sends NITZ."""
        if self.settings.ctzr:
            self.announce(f"+CTZV: {self.clock_text()[-3:]}")

    def memory_was_freed(self) -> None:
        """The SMSC may try again."""
        self._network.available(self.number)

    def set_registration(
        self, status: RegistrationStatus, packet_status: RegistrationStatus | None = None
    ) -> None:
        """Change what the radio says, and tell it if +CREG asks for that."""
        self.radio.status = status
        self.radio.packet_status = status if packet_status is None else packet_status
        self.registration_may_have_changed()

    def lose_registration(self, seconds: float = math.inf) -> None:
        """Be not registered; after a while be as before."""
        before, packet_before = self.radio.status, self.radio.packet_status
        self.set_registration(RegistrationStatus.SEARCHING)
        if math.isfinite(seconds):
            self._scheduler.call_later(seconds, lambda: self.set_registration(before, packet_before))

    def lose_registration_until_cycled(self) -> None:
        """Be not registered until the radio was switched off and on, as SIM7600 and A76xx are seen to do."""
        self._before_loss = self.radio.status
        self.set_registration(RegistrationStatus.SEARCHING)

    def radio_cycled(self) -> None:
        """The radio is on again."""
        if self._before_loss is not None:
            before, self._before_loss = self._before_loss, None
            self.set_registration(before)

    def registration_may_have_changed(self) -> None:
        """After +CFUN, a PIN, power or the radio: tell the host and the network."""
        now = self.registration
        if now is self._told:
            return
        self._told = now
        if self.settings.creg:
            self.announce(f"+CREG: {STAT_OF[now]}")
        if now.can_send_sms:
            self._network.available(self.number)

    # --- the hand of a person -----------------------------------------------------------------------------

    def fall_silent(self, seconds: float = math.inf) -> None:
        """Hear and say nothing for a while; a command that is executed is lost."""
        self.interpreter.reset()
        self.power.fall_silent(seconds)

    def reboot(self) -> None:
        """Restart: settings are lost, messages stay."""
        self.switch_off()
        self.switch_on()

    def unplug(self, effect: Unplug | None = None) -> None:
        """Take power and port away."""
        self.switch_off()
        self.on_unplug(effect or Unplug())

    def switch_off(self) -> None:
        """Take the power away."""
        self.power.switch_off()
        self.voice.reset()
        self.interpreter.reset()
        self.router.abandon()
        self._told = RegistrationStatus.NOT_REGISTERED

    def switch_on(self) -> None:
        """Give the power back; the modem boots."""
        self.settings = Settings.after_power_up(self.profile)
        self.sim.power_up()
        self.power.switch_on(booted=False)

    def fill_storage(self, memory: str) -> None:
        """Put messages that mean nothing into every free slot."""
        filler = StoredMessage(
            status=StoredStatus.RECEIVED_READ, service_centre=b"\0", tpdu=bytes.fromhex(_FILLER_TPDU)
        )
        while self.storages[memory].add(filler) is not None:
            pass


def _storages(profile: SimulatorProfile) -> dict[str, Storage]:
    storages = {
        name: Storage(name, capacity, first_index=profile.first_index)
        for name, capacity in profile.capacities.items()
    }
    return storages | {"MT": storages["ME"]} if "ME" in storages else storages


def _nowhere(_data: bytes) -> None:
    """Nobody listens yet."""


def _unplugged_for_nobody(_effect: Unplug) -> None:
    """Nothing holds a port of it yet."""
