"""What another process may ask of a simulator: one function per word, keyword arguments from JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from gsm_driver.models import RegistrationStatus

from .conditions import UnknownNumber
from .faults import fault_from_dict
from .line import LineConditions
from .network import GIVE_UP_AFTER
from .phone import AutoReply
from .telephony import CallBehaviour, CallManner
from .ussd import UssdMenu

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .phone import SimulatedPhone
    from .simulator import Simulator


def text(
    simulator: Simulator,
    *,
    number: str,
    text: str,
    flash: bool = False,
    order: Sequence[int] | None = None,
    interval: float = 0.0,
) -> dict[str, Any]:
    """A phone, or a name, sends a text to the modem."""
    segments = simulator.network.deliver_sms(
        number, text, to=simulator.modem.number, flash=flash, order=order, interval=interval
    )
    return {"segments": segments}


def pdu(simulator: Simulator, *, pdu: str) -> None:
    """Any PDU in hex goes to the modem."""
    simulator.network.deliver_pdu(pdu, to=simulator.modem.number)


def phone(simulator: Simulator, *, number: str, replies: Sequence[Mapping[str, Any]] = ()) -> None:
    """Add a phone, or give one other replies."""
    simulator.network.add_phone(number, replies=[AutoReply(**reply) for reply in replies])


def phones(simulator: Simulator) -> list[dict[str, Any]]:
    """All phones with their counts."""
    return [_phone_as_dict(phone) for phone in simulator.network.phones]


def inbox(simulator: Simulator, *, number: str) -> list[dict[str, Any]]:
    """The messages that a phone received."""
    return [
        {
            "sender": message.sender,
            "text": message.text,
            "flash": message.flash,
            "at": message.at,
            "pdus": list(message.hex_pdus),
        }
        for message in simulator.network.phone(number).inbox
    ]


def switch(simulator: Simulator, *, number: str, on: bool) -> None:
    """Switch a phone on or off."""
    act = simulator.network.switch_on if on else simulator.network.switch_off
    act(number)


def call(
    simulator: Simulator, *, number: str, hides_number: bool = False, give_up_after: float = GIVE_UP_AFTER
) -> dict[str, Any]:
    """A phone calls the modem."""
    rings = simulator.network.ring(
        number, to=simulator.modem.number, hides_number=hides_number, give_up_after=give_up_after
    )
    return {"rings": rings}


def on_call(simulator: Simulator, *, number: str, manner: str = "answer", **how: Any) -> None:
    """How a phone takes calls: fields of `CallBehaviour`, in the words of `CallManner`."""
    simulator.network.on_call(number, CallBehaviour(manner=CallManner(manner), **how))


def calls(simulator: Simulator, *, number: str) -> list[dict[str, Any]]:
    """The calls of a phone, made and received."""
    return [asdict(call) for call in simulator.network.phone(number).calls]


def ussd(simulator: Simulator, *, code: str, menu: Mapping[str, Any]) -> None:
    """What the network answers to a code: ``{"text": …, "choices": {"1": {"text": …}}}``."""
    simulator.network.add_ussd(code, _menu(menu))


def _menu(menu: Mapping[str, Any]) -> UssdMenu:
    choices = {key: _menu(choice) for key, choice in menu.get("choices", {}).items()}
    return UssdMenu(text=menu["text"], choices=choices)


def conditions(simulator: Simulator, **changes: Any) -> dict[str, Any]:
    """Change how the network behaves (fields of `NetworkConditions`); answers with all of it."""
    if "unknown_number" in changes:
        changes["unknown_number"] = UnknownNumber(changes["unknown_number"])
    simulator.network.conditions = replace(simulator.network.conditions, **changes)
    return asdict(simulator.network.conditions)


def line(
    simulator: Simulator, *, baud: int | None = None, piece: int | None = None, delay: float = 0.0
) -> None:
    """Change how bytes travel."""
    simulator.line.conditions = LineConditions(baud=baud, piece=piece, delay=delay)


def faults(simulator: Simulator, *, faults: Sequence[Mapping[str, Any]] = (), seed: int = 0) -> None:
    """Replace the plan of faults; none clears it."""
    simulator.modem.faults.replace([fault_from_dict(fault) for fault in faults], seed=seed)


def registration(simulator: Simulator, *, status: str, packet_status: str | None = None) -> None:
    """Change the modem's registration, in the words of `RegistrationStatus`."""
    packet = None if packet_status is None else RegistrationStatus(packet_status)
    simulator.modem.set_registration(RegistrationStatus(status), packet)


def lose_registration(
    simulator: Simulator, *, seconds: float | None = None, until_cycled: bool = False
) -> None:
    """The network goes: for a while, for ever, or until the radio was switched off and on."""
    if until_cycled:
        simulator.modem.lose_registration_until_cycled()
    else:
        simulator.modem.lose_registration(math.inf if seconds is None else seconds)


def signal(simulator: Simulator, *, rssi: int, bit_error_rate: int = 0) -> None:
    """Change what +CSQ says."""
    simulator.modem.radio.rssi = rssi
    simulator.modem.radio.bit_error_rate = bit_error_rate


def unplug(simulator: Simulator, *, seconds: float | None = None, returns_as: str = "") -> None:
    """Pull the modem."""
    simulator.unplug(seconds=seconds, returns_as=returns_as)


def plug(simulator: Simulator, *, name: str = "") -> None:
    """Put the modem back."""
    simulator.plug_in(name)


def reboot(simulator: Simulator) -> None:
    """Restart the modem."""
    simulator.modem.reboot()


def silence(simulator: Simulator, *, seconds: float | None = None) -> None:
    """Stop answering, for ever if no time is given."""
    simulator.modem.fall_silent(math.inf if seconds is None else seconds)


def fill(simulator: Simulator, *, memory: str) -> None:
    """Fill a message storage."""
    simulator.modem.fill_storage(memory)


def counters(simulator: Simulator) -> dict[str, Any]:
    """Everything that is counted."""
    return {
        "network": simulator.network.counters.as_dict(),
        "line": simulator.line.counters.as_dict(),
        "ignored_bytes": simulator.modem.interpreter.ignored,
        "waiting_for_modem": simulator.network.waiting,
        "faults": {str(position): count for position, count in simulator.modem.faults.strikes.items()},
    }


def state(simulator: Simulator) -> dict[str, Any]:
    """How the modem stands."""
    modem = simulator.modem
    return {
        "name": simulator.name,
        "plugged": simulator.is_plugged,
        "number": modem.number,
        "profile": modem.profile.name,
        "sim": modem.sim.state.value,
        "registration": modem.registration.value,
        "at_prompt": modem.interpreter.is_at_prompt,
        "storages": {name: [storage.used, storage.capacity] for name, storage in modem.storages.items()},
    }


def _phone_as_dict(phone: SimulatedPhone) -> dict[str, Any]:
    return {
        "number": phone.number,
        "on": phone.is_on,
        "messages": len(phone.inbox),
        "doubled": phone.doubled,
        "repeated_segments": phone.repeated_segments,
        "waiting_segments": phone.waiting_segments,
    }


CONTROL_COMMANDS: Mapping[str, Callable[..., Any]] = {
    command.__name__: command
    for command in (
        text,
        pdu,
        phone,
        phones,
        inbox,
        switch,
        call,
        on_call,
        calls,
        ussd,
        conditions,
        line,
        faults,
        registration,
        lose_registration,
        signal,
        unplug,
        plug,
        reboot,
        silence,
        fill,
        counters,
        state,
    )
}
