"""Modem families as data. To add one, add a row to `PROFILES`.

What a family does is taken from vendors' manuals and from bug reports of other projects; the generic modem is
strict: what 27.005, 27.007 and V.250 say and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedLine:
    """An unsolicited line and when it comes."""

    seconds: float  # after power-up; for chatter: between two
    line: str


class CallPhase(StrEnum):
    """What a modem may announce of a call."""

    DIALLING = "dialling"
    ALERTING = "alerting"
    INCOMING = "incoming"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorProfile:
    """How one family behaves where families differ."""

    name: str
    manufacturer: str = "Simulated"
    model: str = "Generic"
    firmware: str = "1.0"

    prompt: bytes = b"\r\n> "  # 27.005 clause 4.3
    escape_answer: bytes = b"\r\nOK\r\n"  # after Escape at the prompt
    unknown_command: str = "ERROR"
    missing_commands: frozenset[str] = frozenset()  # commands of this simulator that this family lacks
    cms_in_words: bool = False  # +CMS ERROR in words when +CMEE is 2
    pin_state_without_ok: bool = False  # +CPIN? answers READY and no OK (Wavecom, Sierra SL8084T)
    urcs_anytime: bool = False  # unsolicited lines also come while a command is executed

    memories: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] = (
        ("SM", "ME", "SR"),
        ("SM", "ME"),
        ("SM", "ME"),
    )
    initial_memories: tuple[str, str, str] = ("SM", "SM", "SM")
    capacities: Mapping[str, int] = field(default_factory=lambda: {"SM": 20, "ME": 100, "SR": 20})  # MT is ME
    first_index: int = 1
    cpms_parameters: frozenset[int] = frozenset({1, 2, 3})  # how many +CPMS= takes
    empty_slot_is_ok: bool = False  # +CMGR of an empty slot answers OK, not +CMS ERROR: 321

    cnmi: tuple[frozenset[int], ...] = (
        frozenset({0, 1, 2, 3}),
        frozenset({0, 1, 2, 3}),
        frozenset({0, 2}),
        frozenset({0, 1, 2}),
        frozenset({0, 1}),
    )
    cnmi_listed: str = ""  # what +CNMI=? says when that is not what the modem takes
    new_message_urc: str = '+CMTI: "{memory}",{index}'
    report_memory: str = "SR"  # where a report goes with <ds> 2
    stored_report_urc: str = '+CDSI: "{memory}",{index}'
    storage_full_urc: str = ""  # "{memory}" is filled in
    csmp_clears_service_centre: bool = False  # Qualcomm, ZTE

    call_urcs: Mapping[CallPhase, tuple[str, ...]] = field(default_factory=dict)  # beside RING and NO CARRIER
    call_urc_command: str = ""  # what switches them on; empty: they are
    call_index: int = 1  # <id> of +CLCC
    call_forgets_cnmi: bool = False  # after each call no message is announced (E3372h)
    dial_waits: bool = False  # ATD is answered when the far end answers, or never will
    tone_urc: str = ""  # of a received DTMF digit; "{digit}" or its ASCII "{code}" is filled in
    tone_urc_command: str = ""
    tone_command: str = "+VTS"
    ussd_packed: bool = False  # requests and replies are packed septets in hex
    ussd_ucs2: bool = False  # replies are UCS2 in hex, whatever +CSCS says
    ussd_coding: int = 15  # <dcs>, right or wrong
    ussd_release_first: bool = False  # says +CUSD: 2,"Initiating Release" before the text

    clock_command: str = "+CCLK"  # a family's own; all have +CCLK

    boot: tuple[TimedLine, ...] = ()
    sim_ready_after: float = 0.0  # seconds after power-up; before: SIM busy
    chatter: tuple[TimedLine, ...] = ()


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
    boot=(
        TimedLine(seconds=1.0, line="RDY"),
        TimedLine(seconds=1.5, line="+CFUN: 1"),
        TimedLine(seconds=2.0, line="+CPIN: {sim}"),
        TimedLine(seconds=4.0, line="Call Ready"),
        TimedLine(seconds=5.0, line="SMS Ready"),
    ),
    sim_ready_after=5.0,
)

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
    boot=(
        TimedLine(seconds=3.0, line="*ATREADY: 1"),
        TimedLine(seconds=5.0, line="+CPIN: {sim}"),
        TimedLine(seconds=7.0, line="SMS DONE"),
        TimedLine(seconds=8.0, line="PB DONE"),
    ),
    sim_ready_after=7.0,
)

SIM7670 = replace(SIM7600, name="sim7670", model="SIM7670G-MNGV", prompt=b"\r\n>\r\n")  # no blank, a line end

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

HUAWEI = SimulatorProfile(
    name="huawei",
    manufacturer="huawei",
    model="E3372",
    firmware="21.200.07.00.00",
    unknown_command="COMMAND NOT SUPPORT",  # seen on E1752
    missing_commands=frozenset({"+CMMS", "+CPINR", "+CGSMS", "+CSAS", "+CRES"}),
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

PROFILES: Mapping[str, SimulatorProfile] = {
    profile.name: profile for profile in (GENERIC, SIM800, SIM7600, SIM7670, EC25, HUAWEI)
}
