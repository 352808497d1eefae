"""Modem families as data. To add one, add a row to `PROFILES`.

What a family does is taken from vendors' manuals and from bug reports of other projects, named above each
row; none was recorded from hardware. The generic modem is strict: what 27.005, 27.007 and V.250 say and
nothing else. Each family of `gsm_driver.families` has a row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .profile import CallPhase, SimulatorProfile, TimedLine

if TYPE_CHECKING:
    from collections.abc import Mapping

GENERIC = SimulatorProfile(name="generic", boot=(TimedLine(seconds=0.5, line="RDY"),), sim_ready_after=0.5)

_CLCC_URC = ('+CLCC: {index},{direction},{status},0,0,"{number}",{kind}',)
_CLCC_URCS = dict.fromkeys(CallPhase, _CLCC_URC)
_DSCI_URCS = {  # Quectel's own numbers for the states
    phase: ("^DSCI: {index},{direction}," + state + ',0,"{number}",{kind}',)
    for phase, state in (
        (CallPhase.DIALLING, "2"),
        (CallPhase.ALERTING, "7"),
        (CallPhase.INCOMING, "4"),
        (CallPhase.ACTIVE, "3"),
        (CallPhase.ENDED, "6"),
    )
}
_HUAWEI_URCS = {
    CallPhase.DIALLING: ("^ORIG:{index},0",),
    CallPhase.ALERTING: ("^CONF:{index}",),
    CallPhase.ACTIVE: ("^CONN:{index},0",),
    CallPhase.ENDED: ("^CEND:{index},{duration},104,{cause}",),
}

_MT_MEMORIES = ("ME", "MT", "SM", "SR")

# SIMCom SIM800 AT command manual; gammu/gammu#676 for its reports; R14.18 firmware.
SIM800 = SimulatorProfile(
    name="sim800",
    manufacturer="SIMCOM_Ltd",
    model="SIMCOM_SIM800C",
    firmware="Revision:1418B05SIM800C24",
    cms_in_words=True,
    urcs_anytime=True,
    memories=(("SM", "ME"), ("SM", "ME"), ("SM", "ME")),
    capacities={"SM": 10, "ME": 15},
    empty_slot_is_ok=True,
    cnmi=(
        frozenset({0, 1, 2, 3}),
        frozenset({0, 1, 2, 3}),
        frozenset({0, 2, 3}),
        frozenset({0, 1}),
        frozenset({0, 1}),
    ),
    report_memory="",
    storage_full_urc="+SMS FULL",
    call_urcs=_CLCC_URCS,
    call_urc_command="+CLCC",
    tone_urc="+DTMF: {digit}",
    tone_urc_command="+DDET",
    pin_counter_command="+SPIC",
    boot=(
        TimedLine(seconds=1.0, line="RDY"),
        TimedLine(seconds=1.5, line="+CFUN: 1"),
        TimedLine(seconds=2.0, line="+CPIN: {sim}"),
        TimedLine(seconds=4.0, line="Call Ready"),
        TimedLine(seconds=5.0, line="SMS Ready"),
    ),
    sim_ready_after=5.0,
)

# SIM7500/SIM7600 AT command manual; home-assistant/core#71162 and T-SIM7600X#63 for what it forgets.
SIM7600 = SimulatorProfile(
    name="sim7600",
    manufacturer="SIMCOM INCORPORATED",
    model="SIMCOM_SIM7600E-H",
    firmware="+CGMR: LE20B04SIM7600M22",
    cms_in_words=True,
    urcs_anytime=True,
    memories=(_MT_MEMORIES, _MT_MEMORIES, _MT_MEMORIES),
    capacities={"ME": 23, "SM": 30, "SR": 20},
    first_index=0,
    empty_slot_is_ok=True,
    cnmi=(
        frozenset({0, 1, 2}),
        frozenset({0, 1, 2, 3}),
        frozenset({0, 2, 3}),
        frozenset({0, 1, 2}),
        frozenset({0, 1}),
    ),
    storage_full_urc="+SMS FULL",
    csmp_clears_service_centre=True,
    call_urcs={
        **_CLCC_URCS,
        CallPhase.ACTIVE: ("VOICE CALL: BEGIN", *_CLCC_URC),
        CallPhase.ENDED: (*_CLCC_URC, "VOICE CALL: END: {duration:06d}"),
    },
    call_urc_command="+CLCC",
    call_index=3,
    tone_urc="+RXDTMF: {digit}",
    tone_urc_command="+DDET",
    iccid_command="+CICCID",
    pin_counter_command="+SPIC",
    reset_command="+CRESET",
    boot=(
        TimedLine(seconds=3.0, line="*ATREADY: 1"),
        TimedLine(seconds=5.0, line="+CPIN: {sim}"),
        TimedLine(seconds=7.0, line="SMS DONE"),
        TimedLine(seconds=8.0, line="PB DONE"),
    ),
    sim_ready_after=7.0,
)

# gammu/gammu#1176: its prompt has no blank, but a line end.
SIM7670 = replace(SIM7600, name="sim7670", model="SIM7670G-MNGV", prompt=b"\r\n>\r\n")

# Quectel EC25 AT command manual; gammu/gammu#676 for the place of its reports.
EC25 = SimulatorProfile(
    name="ec25",
    manufacturer="Quectel",
    model="EC25",
    firmware="Revision: EC25EFAR06A03M4G",
    cms_in_words=True,
    urcs_anytime=True,
    memories=(_MT_MEMORIES, _MT_MEMORIES, _MT_MEMORIES),
    initial_memories=("ME", "ME", "ME"),
    capacities={"ME": 255, "SM": 50, "SR": 10},
    first_index=0,
    empty_slot_is_ok=True,
    cnmi=(
        frozenset({0, 1, 2}),
        frozenset({0, 1, 2, 3}),
        frozenset({0, 2}),
        frozenset({0, 1, 2}),
        frozenset({0, 1}),
    ),
    stored_report_urc='+CDSI: "SM",0',  # seen on EC25 and EG25: it lies in "SR" all the same
    storage_full_urc='+QIND: "smsfull","{memory}"',
    call_urcs=_DSCI_URCS,
    call_urc_command="^DSCI",
    tone_urc="+QTONEDET: {code}",
    tone_urc_command="+QTONEDET",
    ussd_ucs2=True,
    clock_command="+QLTS",
    iccid_command="+QCCID",
    pin_counter_command="+QPINC",
    boot=(
        TimedLine(seconds=3.0, line="RDY"),
        TimedLine(seconds=4.0, line="+CPIN: {sim}"),
        TimedLine(seconds=4.2, line="+QUSIM: 1"),
        TimedLine(seconds=4.5, line="+CFUN: 1"),
        TimedLine(seconds=6.0, line="+QIND: SMS DONE"),
        TimedLine(seconds=7.0, line="+QIND: PB DONE"),
    ),
    sim_ready_after=6.0,
)

# Huawei AT command manual; gammu/gammu#138, #908; PavelVe/home-assistant-addons#40.
HUAWEI = SimulatorProfile(
    name="huawei",
    manufacturer="huawei",
    model="E3372",
    firmware="21.200.07.00.00",
    unknown_command="COMMAND NOT SUPPORT",  # seen on E1752
    missing_commands=frozenset({"+CMMS", "+CGSMS", "+CSAS", "+CRES"}),
    urcs_anytime=True,
    memories=(("SM", "ME"), ("SM", "ME"), ("SM", "ME")),
    capacities={"SM": 20, "ME": 500},
    first_index=0,
    cpms_parameters=frozenset({3}),  # Brovi E3372-325
    cnmi=(
        frozenset({0, 1, 2}),
        frozenset({0, 1, 2, 3}),
        frozenset({0, 2, 3}),
        frozenset({0, 2}),
        frozenset({0, 1}),
    ),
    cnmi_listed="(0,1,2),(0,1,2,3),(0,2,3),(0,1,2),(0,1)",  # lists <ds> 1 and refuses it
    report_memory="SM",
    storage_full_urc='^SMMEMFULL: "{memory}"',
    call_urcs=_HUAWEI_URCS,
    call_forgets_cnmi=True,
    tone_urc="^DDTMF: {digit}",
    tone_command="^DTMF",
    ussd_packed=True,
    ussd_release_first=True,
    clock_command="^NWTIME",
    iccid_command="^ICCID",
    pin_counter_command="^CPIN",
    reset_command="^RESET",
    boot=(
        TimedLine(seconds=2.0, line="^SRVST:0"),
        TimedLine(seconds=3.0, line="^SIMST:1"),
        TimedLine(seconds=4.0, line="^MODE:5,4"),
    ),
    sim_ready_after=3.0,
    chatter=(
        TimedLine(seconds=10.0, line="^RSSI: 18"),
        TimedLine(seconds=16.0, line='^HCSQ:"LTE",46,37,111,20'),
    ),
)


def _values(*ranges: str) -> tuple[frozenset[int], ...]:
    """The values of +CNMI, each parameter as its digits."""
    return tuple(frozenset(map(int, digits)) for digits in ranges)


# SIM7000 series AT command manual; botletics/SIM7000-LTE-Shield#103 and #298 for its silence.
SIM7000 = replace(
    SIM800,
    name="sim7000",
    model="SIMCOM_SIM7000E",
    firmware="Revision:1351B06SIM7000E",
    cnmi=_values("012", "0123", "02", "012", "01"),
    memories=(("SM", "ME", "SR"), ("SM", "ME"), ("SM", "ME")),
    capacities={"SM": 10, "ME": 20, "SR": 10},
    report_memory="SR",
    storage_full_urc="",
    boot=(
        TimedLine(seconds=1.0, line="RDY"),
        TimedLine(seconds=1.5, line="+CFUN: 1"),
        TimedLine(seconds=2.0, line="+CPIN: {sim}"),
        TimedLine(seconds=5.0, line="SMS Ready"),
    ),
)

# gammu/gammu#676: no reports at all.
BG96 = replace(
    EC25,
    name="bg96",
    model="BG96",
    firmware="Revision: BG96MAR02A07M1G",
    capacities={"ME": 23, "SM": 50, "SR": 10},
    cnmi=_values("012", "0123", "02", "0", "01"),
)

# gammu/gammu#4: AT+CMGL hangs it for good. gammu/gammu#687: a restart is out of the question.
E173 = replace(
    HUAWEI,
    name="e173",
    model="E173",
    firmware="11.126.85.00.209",
    unknown_command="ERROR",
    hanging_commands=frozenset({"+CMGL"}),
    cpms_parameters=frozenset({1, 2, 3}),
    call_forgets_cnmi=False,
    reset_command="",
)

# gammu/gammu#908: wants three memories, hides its IMEI.
E3372_325 = replace(
    HUAWEI,
    name="e3372-325",
    manufacturer="Brovi",
    model="E3372-325",
    firmware="3.0.2.61",
    hides_imei=True,
    unknown_command="ERROR",
    call_forgets_cnmi=False,
    reset_command="",
)

# gammu/gammu#170 for +ZUSIMR and what calms it, #676 for the reports; ModemManager for ICCID and tries.
MF190 = SimulatorProfile(
    name="mf190",
    manufacturer="ZTE CORPORATION",
    model="MF190",
    firmware="BD_P673A2V1.0.0B09",
    urcs_anytime=True,
    iccid_command="+ZGETICCID",
    pin_counter_command="+ZPINPUK",
    functionality_is_range=True,
    memories=(("ME", "MT", "SM", "SR"), ("ME", "MT", "SM", "SR"), ("ME", "SM", "MT")),
    initial_memories=("SM", "SM", "SM"),
    capacities={"SM": 30, "ME": 100, "SR": 20},
    cnmi=_values("012", "0123", "02", "012", "01"),
    csmp_clears_service_centre=True,
    boot=(TimedLine(seconds=4.0, line="+ZUSIMR:2"),),
    sim_ready_after=6.0,
    chatter=(TimedLine(seconds=2.0, line="+ZUSIMR:2"),),
    calming_question="+CPMS",
)

# Sierra Wireless AT command reference (AirPrime EM74xx, MC74xx); ModemManager for ICCID.
MC7455 = SimulatorProfile(
    name="mc7455",
    manufacturer="Sierra Wireless, Incorporated",
    model="MC7455",
    firmware="SWI9X30C_02.24.05.06 r7040 CARMD-EV-FRMWR2 2017/05/19 06:23:09",
    urcs_anytime=True,
    iccid_command="!ICCID",
    reset_command="!RESET",
    memories=(_MT_MEMORIES, _MT_MEMORIES, _MT_MEMORIES),
    initial_memories=("ME", "ME", "ME"),
    capacities={"ME": 255, "SM": 30, "SR": 10},
    first_index=0,
    cnmi=_values("012", "0123", "02", "02", "01"),
    cnmi_listed="(0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)",  # ModemManager: ds 1 is listed and refused
    csmp_clears_service_centre=True,
    sim_ready_after=8.0,
)

# 4IceG/luci-app-sms-tool-js#42: receives nothing until its memories were switched.
T77W968 = replace(
    MC7455,
    name="t77w968",
    manufacturer="Dell Inc.",
    model="DW5821e Snapdragon X20 LTE",
    firmware="T77W968.F1.0.0.5.2.GC.013",
    iccid_command="+CCID",
    reset_command="",
    deaf_until_switched=True,
)

# Telit AT command reference (HE910 family); gammu/gammu#272 for its reports.
HE910 = SimulatorProfile(
    name="he910",
    manufacturer="Telit",
    model="HE910",
    firmware="12.00.004",
    cms_in_words=True,
    iccid_command="#CCID",
    pin_counter_command="#PCT",
    reset_command="#REBOOT",
    memories=(("SM", "ME", "SR"), ("SM", "ME"), ("SM", "ME")),
    capacities={"SM": 50, "ME": 100, "SR": 20},
    cnmi=_values("0123", "0123", "02", "012", "01"),
    call_urcs={
        CallPhase.DIALLING: ("#ECAM: 0,1,1,,,",),
        CallPhase.ALERTING: ("#ECAM: 0,2,1,,,",),
        CallPhase.ACTIVE: ("#ECAM: 0,3,1,,,",),
        CallPhase.INCOMING: ('#ECAM: 0,6,1,,,"{number}",{kind}',),
        CallPhase.ENDED: ("#ECAM: 0,0,1,,,",),
    },
    call_urc_command="#ECAM",
    sim_ready_after=3.0,
)

# Fibocom G5/G6 AT command manual.
G510 = SimulatorProfile(
    name="g510",
    manufacturer="Fibocom",
    model="G510",
    firmware="G510_V0E.00.1C",
    memories=(("SM", "ME"), ("SM", "ME"), ("SM",)),
    capacities={"SM": 20, "ME": 50},
    report_memory="",
    cnmi=_values("012", "0123", "0", "01", "01"),
    boot=(TimedLine(seconds=3.0, line="+SIM READY"),),
    sim_ready_after=3.0,
)

# u-blox AT command manual; ModemManager for the states of a call.
SARA = SimulatorProfile(
    name="sara-u201",
    manufacturer="u-blox",
    model="SARA-U201",
    firmware="23.60",
    cms_in_words=True,
    restarting_functionality=16,
    memories=(("BM", "ME", "MT", "SM", "SR"), ("ME", "MT", "SM"), ("ME", "MT", "SM")),
    initial_memories=("SM", "SM", "SM"),
    capacities={"SM": 30, "ME": 350, "SR": 20, "BM": 20},
    cnmi=_values("012", "0123", "023", "012", "01"),
    call_urcs={
        CallPhase.DIALLING: ("+UCALLSTAT: {index},2",),
        CallPhase.ALERTING: ("+UCALLSTAT: {index},3",),
        CallPhase.ACTIVE: ("+UCALLSTAT: {index},0",),
        CallPhase.INCOMING: ("+UCALLSTAT: {index},4",),
        CallPhase.ENDED: ("+UCALLSTAT: {index},6",),
    },
    call_urc_command="+UCALLSTAT",
    sim_ready_after=4.0,
)

# Kannel modems.conf, TC35: +CNMI mode 3, bfr 1. Its standard receives into the SIM alone.
TC35 = SimulatorProfile(
    name="tc35",
    manufacturer="SIEMENS",
    model="TC35i",
    firmware="REVISION 03.01",
    iccid_command="^SCID",
    pin_counter_command="^SPIC",
    memories=(("SM",), ("SM",), ("SM",)),
    capacities={"SM": 10},
    report_memory="",
    cnmi=_values("3", "012", "0", "01", "1"),
    boot=(TimedLine(seconds=2.0, line="^SYSSTART"),),
    sim_ready_after=5.0,
)

# gammu/gammu#1206, #1207: <mem3> without ME, bfr 1 only, reports stored only.
MC75I = replace(
    TC35,
    name="mc75i",
    manufacturer="Cinterion",
    model="MC75i",
    firmware="REVISION 02.012",
    memories=(("MT", "SM", "ME", "SR"), ("MT", "SM", "ME"), ("MT", "SM")),
    capacities={"SM": 20, "ME": 25, "SR": 10},
    report_memory="SR",
    cnmi=_values("0123", "0123", "02", "02", "1"),
)

# Wavecom AT command interface guide; babca/python-gsmmodem's fakemodems.py for the missing OK.
FASTRACK = SimulatorProfile(
    name="fastrack",
    manufacturer="WAVECOM MODEM",
    model="MULTIBAND  900E  1800",
    firmware="641b09gg.Q2403A 1320676 061804 14:38",
    pin_state_without_ok=True,
    restarting_functionality=1,
    memories=(("SM", "SR"), ("SM",), ("SM",)),
    capacities={"SM": 15, "SR": 10},
    cpms_parameters=frozenset({1, 2}),
    cnmi=_values("012", "0123", "02", "012", "01"),
    sim_ready_after=6.0,
)

# gammu/gammu#695: reports are stored.
TRM240 = SimulatorProfile(
    name="trm240",
    manufacturer="Teltonika",
    model="TRM240",
    firmware="TRM240_01.02.00",
    urcs_anytime=True,
    memories=(_MT_MEMORIES, _MT_MEMORIES, _MT_MEMORIES),
    capacities={"ME": 100, "SM": 30, "SR": 10},
    cnmi=_values("012", "0123", "02", "02", "01"),
    sim_ready_after=5.0,
)

# gammu's tests with an N79, whose +CPMS=? lists nothing; its +CFUN? answers with a range.
N79 = SimulatorProfile(
    name="nokia-n79",
    manufacturer="Nokia",
    model="Nokia N79",
    firmware="V 11.049",
    functionality_is_range=True,
    memories=((), (), ()),
    capacities={"SM": 20, "ME": 100},
    initial_memories=("SM", "SM", "SM"),
    report_memory="",
    cnmi=_values("0123", "0123", "02", "01", "01"),
    sim_ready_after=5.0,
)

# Kannel modems.conf, Sony Ericsson: +CNMI mode 3.
K750 = SimulatorProfile(
    name="k750",
    manufacturer="Sony Ericsson",
    model="AAB-1021011-CV",
    firmware="R1CA021",
    memories=(("ME", "SM"), ("ME", "SM"), ("ME", "SM")),
    capacities={"SM": 20, "ME": 200},
    report_memory="",
    cnmi=_values("3", "012", "0", "01", "0"),
    sim_ready_after=5.0,
)

# gammu F_NO_STOP_CUSD; a Qualcomm Gobi 2000, so the rest is as of other Qualcomm modems.
UN2420 = replace(
    MC7455,
    name="un2420",
    manufacturer="Hewlett-Packard",
    model="un2420",
    firmware="D1025-SUTATLJ-5202",
    iccid_command="+CCID",
    reset_command="",
)

PROFILES: Mapping[str, SimulatorProfile] = {
    profile.name: profile
    for profile in (
        GENERIC,
        SIM800,
        SIM7000,
        SIM7600,
        SIM7670,
        EC25,
        BG96,
        HUAWEI,
        E173,
        E3372_325,
        MF190,
        MC7455,
        T77W968,
        HE910,
        G510,
        SARA,
        TC35,
        MC75I,
        FASTRACK,
        TRM240,
        N79,
        K750,
        UN2420,
    )
}
