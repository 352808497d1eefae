"""Hands SMS-SUBMITs to the network, and the network's answer to the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .air import with_reference
from .answers import Answer, CmsRefusalError, Pending
from .faults import Fail, Lose, Moment, Reboot, Silence, Unplug

if TYPE_CHECKING:
    from collections.abc import Callable

    from .air import Submission
    from .device import SimulatedModem
    from .fault_gate import FaultGate
    from .faults import FaultPlan
    from .network import SimulatedNetwork

CMS_NO_NETWORK_SERVICE = 331  # 27.005 clause 3.2.5


class Submitter:
    """One SMS-SUBMIT at a time; gives each its TP-MR."""

    def __init__(
        self, modem: SimulatedModem, network: SimulatedNetwork, *, faults: FaultPlan, gate: FaultGate
    ) -> None:
        self._modem = modem
        self._network = network
        self._faults = faults
        self._gate = gate
        self.last_reference = 0  # TP-MR; set it as if others had been sent meanwhile

    def submit(
        self, submission: Submission, *, command: str, on_sent: Callable[[], None] | None = None
    ) -> Pending:
        """Send for `command` ("+CMGS", "+CMSS"), which answers with the TP-MR.

        Raises:
            CmsRefusalError: not registered.
        """
        if not self._modem.registration.can_send_sms:
            raise CmsRefusalError(CMS_NO_NETWORK_SERVICE)
        self.last_reference = (self.last_reference + 1) & 0xFF
        numbered = with_reference(submission, self.last_reference)
        self._network.announce_submission(numbered)
        if self._struck(numbered, command):
            return Pending()
        complete = self._modem.interpreter.pending()
        reference = self.last_reference

        def on_result(cms_error: int | None) -> None:
            if cms_error is not None:
                complete(CmsRefusalError(cms_error))
                return
            if on_sent is not None:
                on_sent()
            complete(Answer(lines=(f"{command}: {reference}",)))

        self._network.submit(self._modem.number, numbered, on_result)
        return Pending()

    def _struck(self, submission: Submission, command: str) -> bool:
        """A fault takes the place of the answer; the network may get the message all the same."""
        for effect in self._faults.due(Moment.SUBMIT, command):
            if isinstance(effect, Fail | Silence | Reboot | Unplug) and effect.sent:
                self._network.submit(self._modem.number, submission, lambda _error: None)
            if isinstance(effect, Lose):
                self._modem.interpreter.wait_for_body_again()
            if self._gate.apply(effect) is None:
                return True
        return False
