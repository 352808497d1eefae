"""The modem's part in a call: what it does with ATD and RING, and what it says (3GPP TS 27.007 clause 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from .answers import Answer, CmeRefusalError, Pending
from .profile import CallPhase
from .telephony import CAUSE_BUSY, CAUSE_NO_ANSWER, CAUSE_NORMAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from .answers import RefusalError
    from .device import SimulatedModem
    from .scheduler import Scheduler, Timer
    from .telephony import NetworkCall, Switch

CME_NO_NETWORK_SERVICE = 30  # 27.007 clause 9.2
CME_NOT_ALLOWED = 3

RING_INTERVAL = 5.0  # seconds

_WORDS = {CAUSE_BUSY: "BUSY", CAUSE_NO_ANSWER: "NO ANSWER"}
_PHASES = {  # <stat> of +CLCC
    CallPhase.ACTIVE: 0,
    CallPhase.DIALLING: 2,
    CallPhase.ALERTING: 3,
    CallPhase.INCOMING: 4,
    CallPhase.ENDED: 6,
}


@dataclass(slots=True, kw_only=True)
class VoiceCall:
    """The call that the modem has."""

    number: str = field(repr=False)
    is_incoming: bool
    index: int
    phase: CallPhase
    active_since: float | None = None


class Voice:
    """One call at a time. It is the `CallEnd` of that call."""

    def __init__(self, modem: SimulatedModem, scheduler: Scheduler, switch: Switch) -> None:
        self._modem = modem
        self._scheduler = scheduler
        self._switch = switch
        self._network: NetworkCall | None = None
        self._ring_timer: Timer | None = None
        self._complete: Callable[[Answer | RefusalError], None] | None = None  # of an ATD that waits
        self.call: VoiceCall | None = None
        self.last_cause = 0  # for +CEER
        self.sent_tones = ""

    # --- the host -----------------------------------------------------------------------------------------

    def dial(self, number: str) -> Answer | Pending:
        """ATD…; ."""
        if not self._modem.registration.can_send_sms:
            raise CmeRefusalError(CME_NO_NETWORK_SERVICE)
        if self.call is not None:
            raise CmeRefusalError(CME_NOT_ALLOWED)
        self._begin(number, CallPhase.DIALLING)
        self._network = self._switch.dial(self._modem.number, number, self)
        if self._modem.profile.dial_waits:
            self._complete = self._modem.interpreter.pending()
            return Pending()
        return Answer(then=lambda: self._say(CallPhase.DIALLING))

    def abort_dialling(self) -> bool:
        """A character came while ATD was not answered: it ends the call (V.250 clause 5.6.1)."""
        if self._complete is None:
            return False
        self.hang_up()
        self._finish(Answer(final="NO CARRIER"))
        return True

    def answer(self) -> Answer:
        """ATA."""
        if self.call is None or self.call.phase is not CallPhase.INCOMING or self._network is None:
            return Answer(final="NO CARRIER")
        self._stop_ringing()
        self._enter(CallPhase.ACTIVE)
        self._network.modem_answers()
        return Answer()

    def hang_up(self) -> None:
        """AT+CHUP, ATH: the call is over; nothing if there is none."""
        if self._network is not None:
            self._network.release()
        self._over(CAUSE_NORMAL)

    def send_tone(self, digit: str) -> None:
        """AT+VTS."""
        if self.call is None or self.call.phase is not CallPhase.ACTIVE or self._network is None:
            raise CmeRefusalError(CME_NOT_ALLOWED)
        self._network.hear(digit)

    def lines(self) -> tuple[str, ...]:
        """The answer to +CLCC."""
        if self.call is None:
            return ()
        return (self._format('+CLCC: {index},{direction},{status},0,0,"{number}",{kind}', self.call),)

    def reset(self) -> None:
        """The power is gone."""
        if self._network is not None:
            self._network.release()
        self._stop_ringing()
        self._complete = None
        self._network = self.call = None

    # --- the network --------------------------------------------------------------------------------------

    def ring(self, network: NetworkCall, number: str) -> None:
        """Somebody calls."""
        self._network = network
        self._begin(number, CallPhase.INCOMING)
        self._say(CallPhase.INCOMING)
        self._ring(number)

    def alerting(self) -> None:
        """It rings at the far end."""
        self._enter(CallPhase.ALERTING)

    def answered(self) -> None:
        """The far end took it."""
        self._enter(CallPhase.ACTIVE)
        self._finish(Answer())

    def released(self, cause: int) -> None:
        """It is over."""
        word = "NO CARRIER" if self._was_active else _WORDS.get(cause, "NO CARRIER")
        self._over(cause)
        if self._complete is not None:
            self._finish(Answer(final=word))
        else:
            self._modem.announce(word)

    def tone(self, digit: str) -> None:
        """The far end pressed a key."""
        urc = self._modem.profile.tone_urc
        if urc and self._modem.settings.detects_tones:
            self._modem.announce(urc.format(digit=digit, code=ord(digit)))

    # --- both ---------------------------------------------------------------------------------------------

    @property
    def _was_active(self) -> bool:
        return self.call is not None and self.call.active_since is not None

    def _begin(self, number: str, phase: CallPhase) -> None:
        self.call = VoiceCall(
            number=number,
            is_incoming=phase is CallPhase.INCOMING,
            index=self._modem.profile.call_index,
            phase=phase,
        )

    def _enter(self, phase: CallPhase) -> None:
        if self.call is None:
            return
        self.call.phase = phase
        if phase is CallPhase.ACTIVE:
            self.call.active_since = self._scheduler.now()
        self._say(phase)

    def _over(self, cause: int) -> None:
        self._stop_ringing()
        self.last_cause = cause
        if self.call is not None:
            self.call.phase = CallPhase.ENDED
            self._say(CallPhase.ENDED)
            if self._modem.profile.call_forgets_cnmi:
                self._modem.settings.cnmi = (0, 0, 0, 0, 0)
        self._network = self.call = None

    def _finish(self, answer: Answer) -> None:
        complete, self._complete = self._complete, None
        if complete is not None:
            complete(answer)

    def _say(self, phase: CallPhase) -> None:
        """What the family announces."""
        if self.call is None or not self._modem.settings.announces_calls:
            return
        for template in self._modem.profile.call_urcs.get(phase, ()):
            self._modem.announce(self._format(template, self.call))

    def _format(self, template: str, call: VoiceCall) -> str:
        since = call.active_since
        return template.format(
            index=call.index,
            direction=int(call.is_incoming),
            status=_PHASES[call.phase],
            number=call.number,
            kind=145 if call.number.startswith("+") else 129,
            duration=0 if since is None else int(self._scheduler.now() - since),
            cause=self.last_cause,
        )

    def _ring(self, caller: str) -> None:
        self._modem.announce("RING")
        if self._modem.settings.clip:
            kind = 145 if caller.startswith("+") else 129 if caller else 128
            self._modem.announce(f'+CLIP: "{caller}",{kind}')
        self._ring_timer = self._scheduler.call_later(RING_INTERVAL, partial(self._ring, caller))

    def _stop_ringing(self) -> None:
        if self._ring_timer is not None:
            self._ring_timer.cancel()
            self._ring_timer = None
