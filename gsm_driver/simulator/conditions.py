"""How the network behaves, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class UnknownNumber(StrEnum):
    """What the network does with a number that no phone has."""

    REPORT = "report"  # takes the message; its delivery report says: failed for good
    REFUSE = "refuse"  # +CMS ERROR: 1
    ADOPT = "adopt"  # from now on it is a phone


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConditions:
    """Times in seconds, rates from 0 to 1."""

    submit_latency: float = 0.0  # from Ctrl-Z to the SMSC's answer; real networks: 1 to 5
    delivery_latency: float = 0.0  # from the SMSC to the phone, and from a phone to the modem
    delivery_jitter: float = 0.0  # at most so much more, drawn for each segment: they overtake each other
    report_latency: float = 0.0  # from the phone back to the modem
    loss_rate: float = 0.0  # segments to phones that vanish after they were taken
    report_loss_rate: float = 0.0
    retry_after: float = 60.0  # the SMSC tries a modem again that did not take a message
    unknown_number: UnknownNumber = UnknownNumber.REPORT
    call_set_up: float = 2.0  # from dialling to the first ring
    no_answer_after: float = 60.0  # of ringing
    ussd_latency: float = 0.5
