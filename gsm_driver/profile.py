"""What a modem family may do differently: the form of the data. The data is in `families`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsm_driver.at.commands import SUBMIT_TIMEOUT

from .answer_times import PROBE_AFTER
from .ussd_text import UssdForm

if TYPE_CHECKING:
    from .models import ModemIdentity

Indications = tuple[int, ...]
"""AT+CNMI: mode, mt, bm, ds, bfr (3GPP TS 27.005 clause 3.4.1); trailing ones may be absent."""

# ModemManager's order: reports as +CDS first, as +CDSI next, none last. Cell broadcasts (bm) stay off.
# The short form is for modems that know two parameters only, the last one for modems that know no mt=1.
REPORTS_DIRECT: Indications = (2, 1, 0, 1, 0)
REPORTS_STORED: Indications = (2, 1, 0, 2, 0)
REPORTS_OFF: Indications = (2, 1, 0, 0, 0)
GENERIC_INDICATIONS: tuple[Indications, ...] = (
    REPORTS_DIRECT,
    (2, 1, 0, 1, 1),
    REPORTS_STORED,
    (2, 1, 0, 2, 1),
    REPORTS_OFF,
    (2, 1, 0, 0, 1),
    (1, 1, 0, 1, 0),
    (3, 1, 0, 1, 0),
    (2, 1),
    (1, 1),
    (2, 2, 0, 1, 0),
    (2, 2, 0, 0, 0),
    (3, 2, 0, 1, 1),  # Siemens TC35; this and the next in Kannel's modems.conf
    (1, 2, 2, 2, 1),  # Siemens SL45
    (3, 2, 0, 0),  # Ericsson
    (3, 3),  # Ericsson T68
)


# While somebody listens, reports come directly, because a stored one costs turns. Counted by the simulator:
# 2.0 for a message alone and with a direct report, 4.0 with a stored one (read, deleted), and two more
# where messages come between (SR selected and left). But what comes directly while nobody listens is lost.
# So reports are stored from the moment the port is let go, for one turn, and found by the first sweep of
# the next life. A program that is killed, or whose line is cut, cannot say that, and loses the reports
# until it is back.
def kept_meanwhile(indications: Indications) -> Indications | None:
    """The same, but reports are stored; None: they are already, or the modem tells none."""
    match indications:
        case (mode, mt, bm, 1, *rest):
            return (mode, mt, bm, 2, *rest)
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """One thing that a family does differently, and who says so. Nothing of it was seen by us on hardware."""

    text: str
    source: str  # an issue as owner/repository#number, a manual, or the program whose code knows it
    field: str = ""  # of `ModemProfile`, where that is the answer; else the driver copes with all modems so


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemProfile:
    """How one family of modems differs from the standard.

    `manufacturers` and `models` select the entry, both in lower case: one of the first is found anywhere in
    the answer to AT+CGMI, and the answer to AT+CGMM begins with one of the second, after the manufacturer's
    name if that is there.
    """

    name: str
    title: str = ""  # for people: maker and models
    manufacturers: tuple[str, ...] = ()
    models: tuple[str, ...] = ("",)  # default: all of the manufacturer
    quirks: tuple[Quirk, ...] = ()
    vendor: str | None = None  # in `at.result_codes.VENDOR_CODES`: whose +CMS ERROR codes from 512 on hold
    indications: tuple[Indications, ...] = GENERIC_INDICATIONS  # tried in this order
    lists_messages: bool = True  # AT+CMGL=4 works; otherwise each slot is read by AT+CMGR
    message_service: int = 0  # AT+CSMS: with 0 nothing must be acknowledged by AT+CNMA
    initialisation: tuple[str, ...] = ()  # sent when the SIM is ready; each may be refused
    iccid_command: str = "AT+CCID"
    pin_counter_command: str = "AT+CPINR"  # 3GPP TS 27.007 clause 8.65
    pin_settle_time: float = (
        3.0  # seconds from an accepted PIN to the next question: Huawei reboots if hurried
    )
    call_preparation: tuple[str, ...] = ()  # sent before the first call: states and received tones are told
    tone_command: str = "AT+VTS={digit}"  # 3GPP TS 27.007 clause C.2.11; {index} is the call's number
    ussd_forms: tuple[UssdForm, ...] = (UssdForm.PLAIN, UssdForm.PACKED)  # tried in this order
    cancels_ussd: bool = True  # AT+CUSD=2 may be sent
    clock_command: str = "AT+CCLK?"  # answers with local time
    input_pause: float = 0.0  # seconds between pieces of a PDU, for a modem that loses bytes of long input
    wake_after: float = (
        math.inf
    )  # seconds of silence after which it swallows the first command: AT goes first
    submit_timeout: float = SUBMIT_TIMEOUT  # seconds from Ctrl-Z in which silence says nothing
    probe_after: float = (
        PROBE_AFTER  # seconds from Ctrl-Z to the question whether it is idle; infinite: never
    )
    reset_command: str = "AT+CFUN=1,1"  # restarts it (27.007 clause 8.2); empty: it must not be restarted so

    def matches(self, identity: ModemIdentity) -> bool:
        """This entry describes that modem."""
        manufacturer = identity.manufacturer.lower()
        model = identity.model.lower()
        for name in self.manufacturers:
            if name in manufacturer and model.removeprefix(name).lstrip(" _-").startswith(self.models):
                return True
        return False


GENERIC = ModemProfile(name="generic", title="any other modem that keeps to the standard")
