"""What is known of modem families beforehand, as data.

A modem's own answers (``AT+CNMI=?``, ``AT+CPMS=?``) come first. A profile holds only what a modem cannot be
asked or answers wrongly. To add a family: one entry in `PROFILES`, each deviation with its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemProfile:
    """How one family of modems differs from the standard.

    `manufacturers` and `models` select the entry, both in lower case: one of the first is found anywhere in
    the answer to AT+CGMI, and the answer to AT+CGMM begins with one of the second, after the manufacturer's
    name if that is there.
    """

    name: str
    manufacturers: tuple[str, ...] = ()
    models: tuple[str, ...] = ("",)  # default: all of the manufacturer
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

    def matches(self, identity: ModemIdentity) -> bool:
        """This entry describes that modem."""
        manufacturer = identity.manufacturer.lower()
        model = identity.model.lower()
        for name in self.manufacturers:
            if name in manufacturer and model.removeprefix(name).lstrip(" _-").startswith(self.models):
                return True
        return False


GENERIC = ModemProfile(name="generic")

PROFILES: tuple[ModemProfile, ...] = (
    ModemProfile(
        name="simcom-2g",
        manufacturers=("simcom",),
        models=("sim800", "sim808", "sim868", "sim900"),
        indications=(REPORTS_DIRECT, REPORTS_OFF, (2, 1)),  # reports come as +CDS only (gammu#676)
        pin_counter_command="AT+SPIC",  # SIM800 AT command manual: tries of PIN1, PUK1, PIN2, PUK2
    ),
    ModemProfile(
        name="simcom-lte",
        manufacturers=("simcom",),
        models=("sim7", "a76"),
        iccid_command="AT+CICCID",  # SIM7500/SIM7600 AT command manual; AT+CCID is unknown there
        pin_counter_command="AT+SPIC",
    ),
    ModemProfile(
        name="quectel",
        manufacturers=("quectel",),
        # Never ds=2: EC25 and EG25 announce '+CDSI: "SM",0' while the report lies elsewhere, and slot 0 holds
        # nothing or another message (gammu#676).
        indications=(REPORTS_DIRECT, (2, 1, 0, 1, 1), REPORTS_OFF, (2, 1)),
        iccid_command="AT+QCCID",
        pin_counter_command='AT+QPINC="SC"',
    ),
    ModemProfile(
        name="huawei",
        manufacturers=("huawei",),
        lists_messages=False,  # AT+CMGL hangs some sticks for good (gammu#4)
        # AT^CURC=0 would quieten ^RSSI, but silences +CMTI on some models, too: not sent.
        iccid_command="AT^ICCID?",
        pin_counter_command="AT^CPIN?",
    ),
    ModemProfile(
        name="zte",
        manufacturers=("zte",),
        indications=(REPORTS_STORED, REPORTS_DIRECT, REPORTS_OFF, (2, 1)),  # '+CDSI: "SR",n' (gammu#676)
        initialisation=("AT+CPMS?",),  # calms the +ZUSIMR flood that overruns it in the end (gammu#170)
        iccid_command="AT+ZGETICCID",
        pin_counter_command="AT+ZPINPUK=?",
    ),
    ModemProfile(
        name="cinterion",
        manufacturers=("cinterion", "siemens", "gemalto", "thales"),
        vendor="cinterion",
        # MC75i knows bfr 1 only and ds 0 and 2; TC35 wants mode 3 (Kannel's modems.conf).
        indications=((2, 1, 0, 1, 1), (2, 1, 0, 2, 1), (3, 1, 0, 1, 1), *GENERIC_INDICATIONS),
        iccid_command="AT^SCID",
        pin_counter_command="AT^SPIC",
    ),
)


def profile_for(identity: ModemIdentity) -> ModemProfile:
    """The first entry that matches, else `GENERIC`."""
    return next((profile for profile in PROFILES if profile.matches(identity)), GENERIC)
