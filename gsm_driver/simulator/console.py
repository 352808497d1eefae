"""What a person sees and types at ``gsm-driver simulate``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TextIO

from gsm_driver.errors import PduError
from gsm_driver.printable import printable

from .events import NetworkEvent, NetworkEventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .simulator import Simulator

HELP = """\
reply NUMBER TEXT   a phone writes to the modem
call NUMBER         a phone calls the modem
inbox NUMBER        show what a phone received
off NUMBER          switch a phone off
on NUMBER           switch it on again
unplug [SECONDS]    pull the modem, for a while if a time is given
plug                put it back
reboot              restart the modem
silence [SECONDS]   let it hear and say nothing
quit                end"""

_STATUS_WORDS = {0x00: "delivered", 0x22: "phone is off, the network keeps trying", 0x43: "no such number"}
_STATUS_WORDS[0x46] = "given up, it was too old"
_CALL_WORDS = {
    NetworkEventKind.RINGING: "it rings",
    NetworkEventKind.ANSWERED: "answered",
    NetworkEventKind.CALL_ENDED: "ended",
}


class Console:
    """Prints events, obeys typed lines.

    Args:
        simulator: what is shown and moved.
        out: where to print.
        quit_: called when the person wants to end.
    """

    def __init__(self, simulator: Simulator, out: TextIO, quit_: Callable[[], None]) -> None:
        self._simulator = simulator
        self._out = out
        self._started = simulator.scheduler.now()
        self._words: Mapping[str, Callable[[str], None]] = {
            "reply": self._reply,
            "call": self._call,
            "inbox": self._inbox,
            "off": simulator.network.switch_off,
            "on": simulator.network.switch_on,
            "unplug": lambda rest: simulator.unplug(seconds=_seconds(rest) if rest else None),
            "plug": simulator.plug_in,
            "reboot": lambda _rest: simulator.modem.reboot(),
            "silence": lambda rest: simulator.modem.fall_silent(_seconds(rest) if rest else math.inf),
            "help": lambda _rest: self.print(HELP),
            "quit": lambda _rest: quit_(),
        }

    def print(self, text: str) -> None:
        """One line or more for the person, at once."""
        self._out.write(f"{text}\n")
        self._out.flush()

    def show(self, event: NetworkEvent) -> None:
        """Print an event in words."""
        words = _in_words(event)
        if words:
            self.print(f"{event.at - self._started:8.2f} s  {printable(words)}")

    def obey(self, line: str) -> None:
        """Do what a typed line says."""
        word, _, rest = line.strip().partition(" ")
        if not word:
            return
        act = self._words.get(word.lower())
        if act is None:
            self.print(f"unknown word {word!r}; `help` lists the words")
            return
        try:
            act(rest.strip())
        except (LookupError, PduError, ValueError) as error:
            self.print(printable(f"{word}: {error}"))

    def _reply(self, rest: str) -> None:
        number, _, text = rest.partition(" ")
        if not text:
            raise ValueError("write: reply NUMBER TEXT")
        self._simulator.network.deliver_sms(number, text, to=self._simulator.modem.number)

    def _call(self, rest: str) -> None:
        if not self._simulator.network.ring(rest, to=self._simulator.modem.number):
            self.print("the modem has another call, or no network")

    def _inbox(self, rest: str) -> None:
        inbox = self._simulator.network.phone(rest).inbox
        for message in inbox:
            words = printable(f"from {message.sender}: {message.text}")
            self.print(f"{message.at - self._started:8.2f} s  {words}")
        if not inbox:
            self.print("nothing received yet")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds >= 0:  # nan, too
        raise ValueError("a number of seconds, 0 or more")
    return seconds


def _in_words(event: NetworkEvent) -> str:
    part = f" (segment {event.segment} of {event.segments})" if event.segments > 1 else ""
    match event.kind:
        case NetworkEventKind.SUBMITTED:
            return f"SMS to {event.number}{part} taken by the network: {event.text}"
        case NetworkEventKind.REFUSED:
            return f"SMS to {event.number}{part} refused: +CMS ERROR: {event.code}"
        case NetworkEventKind.DELIVERED:
            return f"{event.number} received ({event.segments} SMS): {event.text}"
        case NetworkEventKind.LOST:
            return f"SMS to {event.number}{part} lost on the way"
        case NetworkEventKind.REPORTED:
            words = _STATUS_WORDS.get(event.code or 0, f"status {event.code}")
            return f"report for {event.number}, reference {event.message_reference}: {words}"
        case NetworkEventKind.REPLIED:
            return f"{event.number} writes: {event.text}"
        case NetworkEventKind.ARRIVED:
            return f"SMS from {event.number}{part} is in the modem"
        case kind if kind in _CALL_WORDS:
            cause = f", cause {event.code}" if event.code else ""
            return f"call with {event.number}: {_CALL_WORDS[kind]}{cause}"
        case _:
            return ""  # SUBMITTING: the person sees what comes of it
