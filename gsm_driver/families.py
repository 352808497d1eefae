"""What is known of modem families beforehand, as data.

A modem's own answers (``AT+CNMI=?``, ``AT+CPMS=?``) come first. An entry holds only what a modem cannot be
asked or answers wrongly. To add a family: one entry in `PROFILES`, each deviation with a `Quirk` that says
who knows it. ``docs/modems.md`` is made from this (``scripts/lib/modems_page.py``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .profile import (
    GENERIC,
    GENERIC_INDICATIONS,
    REPORTS_DIRECT,
    REPORTS_OFF,
    REPORTS_STORED,
    ModemProfile,
    Quirk,
)
from .ussd_text import UssdForm

if TYPE_CHECKING:
    from .models import ModemIdentity

_HUAWEI_QUIRKS = (
    Quirk(
        text="AT+CMGL hangs some sticks for good: slots are read one by one",
        source="gammu/gammu#4",
        field="lists_messages",
    ),
    Quirk(text="AT+CCID is unknown", source="Huawei AT command manual", field="iccid_command"),
    Quirk(
        text="says the tries left in ^CPIN, not in +CPINR",
        source="Huawei AT command manual",
        field="pin_counter_command",
    ),
)
_HUAWEI_TONES = "AT^DTMF={index},{digit}"
_HUAWEI_USSD = (UssdForm.PACKED, UssdForm.PLAIN)
_HUAWEI_CLOCK = "AT^NWTIME?"
_HUAWEI_SERVICES = (
    Quirk(text="sends tones by AT^DTMF, not AT+VTS", source="Huawei AT command manual", field="tone_command"),
    Quirk(
        text="wants a USSD code as packed septets; in AT^USSDMODE=0 as text",
        source="ModemManager, wdoekes/asterisk-chan-dongle#29",
        field="ussd_forms",
    ),
    Quirk(
        text="has the network's time in ^NWTIME; +CCLK may never have been set",
        source="ofono, Huawei AT command manual",
        field="clock_command",
    ),
)
_HUAWEI_FOR_PEOPLE = (
    Quirk(text="the same ^BOOT every few seconds for hours: ignored", source="faucamp/python-gsmmodem#35"),
    Quirk(text="slots count from 0", source="gammu F_SMS_LOCATION_0"),
    Quirk(text="^RSSI in the middle of an answer: taken out", source="babca/python-gsmmodem#47"),
    Quirk(
        text="AT^CURC=0 would quieten it, but silences +CMTI on some models, too: not sent",
        source="gammu/gammu#146",
    ),
)
_SIMCOM_CALLS = ("AT+CLCC=1", "AT+DDET=1")
_SIMCOM_CALLS_QUIRK = Quirk(
    text="tells states of a call as +CLCC, and tones as +DTMF or +RXDTMF, when asked to",
    source="SIMCom AT command manuals",
    field="call_preparation",
)
_SIMCOM_COUNTER = Quirk(
    text="says the tries left in +SPIC, not in +CPINR",
    source="SIMCom AT command manuals",
    field="pin_counter_command",
)

PROFILES: tuple[ModemProfile, ...] = (
    ModemProfile(
        name="simcom-2g",
        title="SIMCom SIM800, SIM808, SIM868, SIM900",
        manufacturers=("simcom",),
        models=("sim800", "sim808", "sim868", "sim900"),
        indications=(REPORTS_DIRECT, REPORTS_OFF, (2, 1)),
        pin_counter_command="AT+SPIC",
        call_preparation=_SIMCOM_CALLS,
        quirks=(
            _SIMCOM_CALLS_QUIRK,
            Quirk(text="reports come as +CDS only", source="gammu/gammu#676", field="indications"),
            _SIMCOM_COUNTER,
            Quirk(
                text="answers AT+CNMA with a prompt: left with Escape", source="RoEdAl/asterisk-chan-quectel"
            ),
            Quirk(text="draws 2 A while it sends: needs a supply of its own", source="ESPHome sim800l"),
            Quirk(
                text="2G only: of no use where the operator switched it off",
                source="operators' notices (USA: August 2026)",
            ),
        ),
    ),
    ModemProfile(
        name="simcom-iot",
        title="SIMCom SIM7000, SIM7020, SIM7070, SIM7080, SIM7090",
        manufacturers=("simcom",),
        models=("sim70",),
        pin_counter_command="AT+SPIC",
        call_preparation=_SIMCOM_CALLS,
        quirks=(
            _SIMCOM_CALLS_QUIRK,
            _SIMCOM_COUNTER,
            Quirk(
                text="AT on another of its ports woke one that was silent",
                source="botletics/SIM7000-LTE-Shield#298",
            ),
            Quirk(
                text="CMS 500 while registration is denied: look at the registration first",
                source="botletics/SIM7000-LTE-Shield#103",
            ),
        ),
    ),
    ModemProfile(
        name="simcom-lte",
        title="SIMCom SIM7100, SIM7500, SIM7600, SIM7670, A7600, A7670, A7672 …",
        manufacturers=("simcom", "incorporated"),  # A76xx calls itself "INCORPORATED" and nothing else
        models=("sim7", "a76"),
        iccid_command="AT+CICCID",
        pin_counter_command="AT+SPIC",
        reset_command="AT+CRESET",
        call_preparation=_SIMCOM_CALLS,
        quirks=(
            Quirk(
                text="A7672 calls a call active while it still rings: an answer is no person's word",
                source="one report (Claro, Argentina), not public",
            ),
            _SIMCOM_CALLS_QUIRK,
            Quirk(
                text="AT+CCID is unknown", source="SIM7500/SIM7600 AT command manual", field="iccid_command"
            ),
            _SIMCOM_COUNTER,
            Quirk(
                text="restarts by AT+CRESET",
                source="SIM7500/SIM7600 AT command manual",
                field="reset_command",
            ),
            Quirk(text="SIM7670G ends its prompt with a line end", source="gammu/gammu#1176"),
            Quirk(
                text="loses the network until the radio was off and on",
                source="home-assistant/core#71162, Xinyuan-LilyGO/LilyGo-Modem-Series#474",
            ),
            Quirk(text="+CMTI without a slot: everything is read", source="Xinyuan-LilyGO/T-SIM7600X#63"),
            Quirk(
                text=(
                    "SIM7600G-H sent nothing until AT&F: nothing of its stored settings is used here;"
                    " AT&F, which may change the baud rate, is left to a person"
                ),
                source="Xinyuan-LilyGO/LilyGo-Modem-Series#340",
            ),
            Quirk(
                text="A7670E delivers messages twice: the copy is dropped",
                source="Xinyuan-LilyGO/LilyGo-Modem-Series#155",
            ),
            Quirk(
                text="A76xx stays deaf after its memory was full: memories are read on a timer",
                source="Xinyuan-LilyGO/LilyGo-Modem-Series#184",
            ),
        ),
    ),
    ModemProfile(
        name="quectel",
        title="Quectel M35, EC20, EC21, EC25, EG25, EG9x, BG96, RM5xx",
        manufacturers=("quectel",),
        indications=(REPORTS_DIRECT, (2, 1, 0, 1, 1), REPORTS_OFF, (2, 1)),
        iccid_command="AT+QCCID",
        pin_counter_command='AT+QPINC="SC"',
        call_preparation=("AT^DSCI=1", "AT+QTONEDET=1"),
        clock_command="AT+QLTS=2",
        submit_timeout=120.0,
        quirks=(
            Quirk(
                text="answers AT+CMGS within 120 s, as the network lets it",
                source="Quectel AT command manuals",
                field="submit_timeout",
            ),
            Quirk(
                text="tells states of a call as ^DSCI, and tones by their ASCII code, when asked to",
                source="RoEdAl/asterisk-chan-quectel",
                field="call_preparation",
            ),
            Quirk(
                text="+CCLK is UTC or local time, as AT+CTZU was set: AT+QLTS=2 is asked",
                source="Quectel AT command manuals",
                field="clock_command",
            ),
            Quirk(
                text="EC25, EG25 announce a stored report at a wrong place: not asked to while we listen",
                source="gammu/gammu#676",
                field="indications",
            ),
            Quirk(text="AT+CCID is unknown", source="Quectel AT command manuals", field="iccid_command"),
            Quirk(
                text="says the tries left in +QPINC, not in +CPINR",
                source="Quectel AT command manuals",
                field="pin_counter_command",
            ),
            Quirk(text="BG96 gives no delivery reports at all", source="gammu/gammu#676"),
            Quirk(
                text="RM520N claims to want a PIN while the SIM starts: asked twice before one is tried",
                source="openwrt/openwrt#24260",
            ),
            Quirk(
                text="EG25 drops off the bus unless power/control of its USB device says on: a rule of udev",
                source="the-modem-distro/pinephone_modem_sdk#64",
            ),
            Quirk(
                text="EC25 freezes after hours without signal, and only loss of power helps (rung 7)",
                source="pcengines/coreboot#450",
            ),
            Quirk(text="M35 is 2G only", source="operators' notices"),
        ),
    ),
    ModemProfile(
        name="huawei-e173",
        title="Huawei E173",
        manufacturers=("huawei",),
        models=("e173",),
        lists_messages=False,
        iccid_command="AT^ICCID?",
        pin_counter_command="AT^CPIN?",
        reset_command="",
        tone_command=_HUAWEI_TONES,
        ussd_forms=_HUAWEI_USSD,
        clock_command=_HUAWEI_CLOCK,
        quirks=(
            *_HUAWEI_SERVICES,
            *_HUAWEI_QUIRKS,
            Quirk(
                text="comes back from a restart as storage: never restarted",
                source="gammu/gammu#687",
                field="reset_command",
            ),
        ),
    ),
    ModemProfile(
        name="huawei-brovi",
        title="Brovi (Huawei) E3372-325",
        manufacturers=("zowee", "brovi", "huawei"),
        models=("e3372-325", "e3372h-325"),
        iccid_command="AT^ICCID?",
        pin_counter_command="AT^CPIN?",
        tone_command=_HUAWEI_TONES,
        ussd_forms=_HUAWEI_USSD,
        clock_command=_HUAWEI_CLOCK,
        quirks=(
            *_HUAWEI_SERVICES,
            *_HUAWEI_QUIRKS[1:],
            Quirk(text="AT+CPMS= wants all three memories: tried first", source="gammu/gammu#908"),
            Quirk(text="hides its IMEI: known by its USB place", source="gammu/gammu#908"),
            Quirk(
                text="starts as a network card or storage, and goes back to it",
                source="OpenWrt forum, thread 153556",
            ),
        ),
    ),
    ModemProfile(
        name="huawei",
        title="Huawei E1550, E17xx, E303, E3372 in stick mode, ME909",
        manufacturers=("huawei",),
        lists_messages=False,
        iccid_command="AT^ICCID?",
        pin_counter_command="AT^CPIN?",
        reset_command="AT^RESET",
        tone_command=_HUAWEI_TONES,
        ussd_forms=_HUAWEI_USSD,
        clock_command=_HUAWEI_CLOCK,
        quirks=(
            *_HUAWEI_SERVICES,
            *_HUAWEI_QUIRKS,
            Quirk(text="restarts by AT^RESET", source="Huawei AT command manual", field="reset_command"),
            *_HUAWEI_FOR_PEOPLE,
            Quirk(
                text="E3372 forgets AT+CNMI after a call, E1715 within seconds: set again",
                source="PavelVe/home-assistant-addons#40, emilsedgh/modem#41",
            ),
            Quirk(text="E1752 says COMMAND NOT SUPPORT for ERROR", source="gammu/gammu#138"),
            Quirk(text="E153 hides its IMEI", source="bg111/asterisk-chan-dongle#213"),
        ),
    ),
    ModemProfile(
        name="zte",
        title="ZTE MF103, MF190, MF6xx",
        manufacturers=("zte",),
        indications=(REPORTS_STORED, REPORTS_DIRECT, REPORTS_OFF, (2, 1)),
        initialisation=("AT+CPMS?",),
        iccid_command="AT+ZGETICCID",
        pin_counter_command="AT+ZPINPUK=?",
        call_preparation=("AT%ICSCALL=1,0",),
        quirks=(
            Quirk(
                text="MF192 dials only after AT%ICSCALL=1,0",
                source="black-roland/homeassistant-gsm-call",
                field="call_preparation",
            ),
            Quirk(
                text="says why a call ended: VOICE NO CARRIER : 17",
                source="public programs that dial with ZTE sticks",
            ),
            Quirk(text='reports are stored: +CDSI: "SR",n', source="gammu/gammu#676", field="indications"),
            Quirk(
                text="+ZUSIMR floods the line and overruns the modem in the end: AT+CPMS? calms it",
                source="gammu/gammu#170",
                field="initialisation",
            ),
            Quirk(text="AT+CCID is unknown", source="ModemManager", field="iccid_command"),
            Quirk(
                text="says the tries left in +ZPINPUK, not in +CPINR",
                source="ModemManager",
                field="pin_counter_command",
            ),
            Quirk(
                text="MF103 forgets which memory it receives into: all are read",
                source="lkiuyu/DbusSmsForwardCPlus#10",
            ),
            Quirk(text="answers AT+CFUN? with a range", source="no public report found"),
        ),
    ),
    ModemProfile(
        name="sierra",
        title="Sierra Wireless MC7455, EM74xx, MC7710, AC881",
        manufacturers=("sierra",),
        iccid_command="AT!ICCID?",
        pin_settle_time=8.0,
        reset_command="AT!RESET",
        quirks=(
            Quirk(text="AT+CCID is unknown", source="ModemManager", field="iccid_command"),
            Quirk(
                text="AC881 needs 8 s after the PIN",
                source="ModemManager",
                field="pin_settle_time",
            ),
            Quirk(
                text="restarts by AT!RESET",
                source="Sierra Wireless AT command reference",
                field="reset_command",
            ),
            Quirk(
                text="MC7455 gives no reference while GPS runs: outcome unknown; AT!GPSEND=0,255 cures it",
                source="Sierra Wireless forum, thread 9324",
            ),
            Quirk(
                text="a wrong USB composition (AT!UDPID) takes all serial ports away: never written",
                source="Sierra Wireless forum, thread 8971",
            ),
            Quirk(text="SL8084T leaves out the OK after +CPIN", source="gammu F_CPIN_NO_OK"),
        ),
    ),
    ModemProfile(
        name="foxconn",
        title="Foxconn T77W968, Dell DW5821e",
        manufacturers=("dell", "foxconn", "qualcomm"),
        models=("t77w968", "dw5821e"),
        initialisation=('AT+CPMS="ME","ME","ME"', 'AT+CPMS="MT","MT","MT"'),
        quirks=(
            Quirk(
                text="receives nothing until all three memories were switched to others and back",
                source="4IceG/luci-app-sms-tool-js#42",
                field="initialisation",
            ),
        ),
    ),
    ModemProfile(
        name="telit",
        title="Telit HE910, UE910, LE910, ME910, LN920, FN980",
        manufacturers=("telit",),
        iccid_command="AT#CCID",
        pin_counter_command="AT#PCT",
        reset_command="AT#REBOOT",
        call_preparation=("AT#ECAM=1", "AT#DTMF=1"),
        probe_after=math.inf,
        quirks=(
            Quirk(
                text="wants nothing to be written before AT+CMGS is answered",
                source="Telit AT command reference",
                field="probe_after",
            ),
            Quirk(
                text="tells states of a call as #ECAM, and tones as #DTMFEV, when asked to",
                source="Telit AT command reference",
                field="call_preparation",
            ),
            Quirk(text="AT+CCID is unknown", source="Telit AT command reference", field="iccid_command"),
            Quirk(
                text="says the tries left in #PCT, not in +CPINR",
                source="Telit AT command reference",
                field="pin_counter_command",
            ),
            Quirk(text="restarts by AT#REBOOT", source="Telit AT command reference", field="reset_command"),
            Quirk(text="HE910 reports as +CDS", source="gammu/gammu#272"),
        ),
    ),
    ModemProfile(
        name="fibocom-2g",
        title="Fibocom G510, G610",
        manufacturers=("fibocom",),
        models=("g5", "g6"),
        probe_after=math.inf,
        quirks=(
            Quirk(
                text="any character aborts AT+CMGS; the message may have left all the same",
                source="Fibocom G5/G6 AT command manual",
                field="probe_after",
            ),
        ),
    ),
    ModemProfile(
        name="u-blox",
        title="u-blox SARA, LISA, LARA, TOBY",
        manufacturers=("u-blox", "ublox"),
        reset_command="AT+CFUN=16",
        call_preparation=("AT+UCALLSTAT=1", "AT+UDTMFD=1,2"),
        quirks=(
            Quirk(
                text="tells states of a call as +UCALLSTAT, and tones as +UUDTMFD, when asked to",
                source="ModemManager",
                field="call_preparation",
            ),
            Quirk(
                text="restarts by AT+CFUN=16, where others have AT+CFUN=1,1",
                source="u-blox AT command manual",
                field="reset_command",
            ),
            Quirk(text="TOBY needs up to 20 s before it answers AT", source="ModemManager"),
        ),
    ),
    ModemProfile(
        name="cinterion",
        title="Cinterion, Siemens, Gemalto, Thales: TC35, MC35, MC75i, PLS8, ELS61",
        manufacturers=("cinterion", "siemens", "gemalto", "thales"),
        vendor="cinterion",
        indications=((2, 1, 0, 1, 1), (2, 1, 0, 2, 1), (3, 1, 0, 1, 1), *GENERIC_INDICATIONS),
        iccid_command="AT^SCID",
        pin_counter_command="AT^SPIC",
        call_preparation=("AT^SM20=0,0",),
        quirks=(
            Quirk(
                text="keeps its answer to ATD until the far end answers, unless AT^SM20=0",
                source="Cinterion AT command sets",
                field="call_preparation",
            ),
            Quirk(
                text="+CMS ERROR 512 to 554 mean what Siemens says",
                source="gammu atgen.c, Siemens table",
                field="vendor",
            ),
            Quirk(
                text="MC75i knows bfr 1 only, and ds 0 and 2; TC35 wants mode 3",
                source="Kannel modems.conf",
                field="indications",
            ),
            Quirk(text="AT+CCID is unknown", source="Cinterion AT command sets", field="iccid_command"),
            Quirk(
                text="says the tries left in ^SPIC, not in +CPINR",
                source="Cinterion AT command sets",
                field="pin_counter_command",
            ),
            Quirk(text="TC35, MC35: 2G only", source="operators' notices"),
        ),
    ),
    ModemProfile(
        name="wavecom",
        title="Wavecom Fastrack, Supreme",
        manufacturers=("wavecom",),
        reset_command="AT+CFUN=1",
        quirks=(
            Quirk(
                text="restarts by AT+CFUN=1 alone",
                source="Wavecom AT command interface guide",
                field="reset_command",
            ),
            Quirk(text="leaves out the OK after +CPIN", source="babca/python-gsmmodem, fakemodems.py"),
            Quirk(
                text="refuses a third memory in AT+CPMS=: two are tried next", source="no public report found"
            ),
        ),
    ),
    ModemProfile(
        name="teltonika",
        title="Teltonika TRM240, TRM250",
        manufacturers=("teltonika",),
        indications=(REPORTS_STORED, REPORTS_DIRECT, REPORTS_OFF, (2, 1)),
        quirks=(
            Quirk(text='TRM240 stores reports: +CDSI: "SR",n', source="gammu/gammu#695", field="indications"),
            Quirk(text="TRM250 is a Quectel BG96 and gives no reports", source="gammu/gammu#676"),
        ),
    ),
    ModemProfile(
        name="nokia",
        title="Nokia phones",
        manufacturers=("nokia",),
        reset_command="",
        quirks=(
            Quirk(
                text="a phone may switch itself off instead of restarting: never restarted",
                source="a precaution of ours",
                field="reset_command",
            ),
            Quirk(text="answers AT+CFUN? with a range", source="no public report found"),
            Quirk(text="N79 lists no memories: what is selected is read", source="gammu tests"),
        ),
    ),
    ModemProfile(
        name="sony-ericsson",
        title="Sony Ericsson and Ericsson phones",
        manufacturers=("sony", "ericsson"),
        indications=((3, 1, 0, 1, 0), (3, 1, 0, 0, 0), (3, 1), *GENERIC_INDICATIONS),
        reset_command="",
        quirks=(
            Quirk(text="wants mode 3", source="Kannel modems.conf", field="indications"),
            Quirk(
                text="a phone may switch itself off instead of restarting: never restarted",
                source="a precaution of ours",
                field="reset_command",
            ),
        ),
    ),
    ModemProfile(
        name="hp-un2420",
        title="HP un2420",
        manufacturers=("hewlett", "hp"),
        models=("un2420",),
        cancels_ussd=False,
        quirks=(
            Quirk(text="AT+CUSD=2 must not be sent", source="gammu F_NO_STOP_CUSD", field="cancels_ussd"),
        ),
    ),
)


def profile_for(identity: ModemIdentity) -> ModemProfile:
    """The first entry that matches, else `GENERIC`."""
    return next((profile for profile in PROFILES if profile.matches(identity)), GENERIC)
