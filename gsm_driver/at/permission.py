"""Which commands a person may give a modem that works for somebody else. Pure.

Questions (``AT+X?``, ``AT+X=?``) are allowed, and what changes neither the line, nor the modem's power, nor
its messages, SIM and calls. Vendors have thousands of commands: what is not known to do harm is allowed.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LENGTH = 256  # characters: no modem takes a longer line (V.250 clause 5.2.1 wants 40 at least)

_COMMAND = re.compile(r"AT(?P<verb>I[0-9]?|[+^*#$%!@_][A-Z][A-Z0-9_]*)(?P<rest>|\?|=.*)", re.IGNORECASE)

_LINE = "it changes how the modem talks to this program, which would not understand it any more"
_POWER = "it restarts the modem or switches it or its radio off; restart it by the action for that"
_SLEEP = "it lets the modem sleep, and what arrives would be late or lost"
_DEVICE = "the modem may come back as another device, or not at all"
_MESSAGES = "it sends, reads or deletes messages behind this program's back"
_SIM = "it changes or locks the SIM, some of it for good"
_CALLS = "it begins or ends calls and USSD sessions, for which there are actions"
_NETWORK = "it may leave the network, or search for minutes in which nothing is sent"
_FIRMWARE = "it changes the firmware or its memory"

# By verb, without questions. What vendors call the same is in one row.
_REFUSED: Mapping[str, str] = MappingProxyType(
    {
        verb: reason
        for reason, verbs in {
            _LINE: (
                "+IPR +ICF +IFC +ILRR +CMUX +CMEE +CSCS +CRC +CR +CLIP +CMGF +CNMI +CPMS +CSMS +CSDH +CREG "
                "+CGREG +CEREG +CSCA +CSMP +QURCCFG +QINDCFG +CTZR ^CURC ^STSF"
            ),
            _POWER: (
                "+CFUN +CPOF +CPWROFF +QPOWD +CRESET +QRST +MRST +TRB ^SMSO ^RESET ^SHUTDOWN ^SPOW #REBOOT "
                "#SHDN !RESET !POWERDOWN *PWRDN +SQNSSHDN +RESET +REBOOT +NRB"
            ),
            _SLEEP: "+CSCLK +QSCLK +CPSMS +UPSV +CEDRXS +QPSMS +PSM",
            _DEVICE: (
                "^SETPORT ^U2DIAG ^SETMODE ^NVWR ^NVWREX ^CARDMODE +QUSBCFG #USBCFG +CUSBPIDSWITCH "
                "!UDUSBCOMP !USBCOMP +ZCDRUN +USBSWITCH ^USBSWITCH #PORTCFG +CUSBSEL"
            ),
            _MESSAGES: "+CMGD +CMGDA +QMGDA +CMGS +CMGW +CMSS +CMGC +CNMA +CMGR +CMGL +CMMS +QCMGS +QCMGR",
            _SIM: (
                "+CPIN +CPIN2 +CLCK +CPWD +CSIM +CRSM +EPIN ^CPIN ^CPIN2 +CPBW +CNUM ^CARDLOCK ^DATALOCK "
                "+EGMR +QSIMDET +STGI +STGR +CRLA"
            ),
            _CALLS: "+CHUP +CHLD +CUSD +VTS +CVHU +CCFC +CCWA +CLIR +QHUP ^DDTMF",
            _NETWORK: "+COPS +CGATT +CPLS +CPOL +WS46",
            _FIRMWARE: "+QFOTADL +QDOWNLOAD +QFASTBOOT +QNVW +QNVFW ^GODLOAD ^FOTA #OTAUP +QPRTPARA",
        }.items()
        for verb in verbs.split()
    }
)
# Parameters of commands that are harmless with others.
_REFUSED_VALUES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("+QCFG", re.compile(r'="(usb|sleep|psm|urc|fast/poweroff|pwr)', re.IGNORECASE), _DEVICE),
    ("^SCFG", re.compile(r'="?(MEShutdown|MEopMode/PowerMgmt|Serial|URC|GPIO)', re.IGNORECASE), _DEVICE),
)


def objection(text: str) -> str | None:
    """Why this must not be given to the modem, in words; None: it may.

    Args:
        text: the command line, with AT, without the closing CR.
    """
    if len(text) > MAX_LENGTH or not text.isascii() or not text.isprintable():
        return f"it must be one line of at most {MAX_LENGTH} plain characters"
    if ";" in text:
        return "give one command at a time, without a semicolon"
    found = _COMMAND.fullmatch(text)
    if found is None:
        return "only ATI and commands like AT+CSQ are allowed: a sign such as + and a name after AT"
    verb, rest = found["verb"].upper(), found["rest"]
    if rest == "?" or (rest == "=?" and verb != "+COPS"):
        return None
    if verb in _REFUSED:
        return _REFUSED[verb]
    return next((why for name, values, why in _REFUSED_VALUES if name == verb and values.match(rest)), None)
