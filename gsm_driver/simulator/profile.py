"""What may differ between simulated modems: the form of the data. The data is in `profiles`."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    hides_imei: bool = False  # +CGSN is refused

    prompt: bytes = b"\r\n> "  # 27.005 clause 4.3
    escape_answer: bytes = b"\r\nOK\r\n"  # after Escape at the prompt
    unknown_command: str = "ERROR"
    missing_commands: frozenset[str] = frozenset()  # commands of this simulator that this family lacks
    hanging_commands: frozenset[str] = frozenset()  # after these it is silent until the power was off
    cms_in_words: bool = False  # +CMS ERROR in words when +CMEE is 2
    pin_state_without_ok: bool = False  # +CPIN? answers READY and no OK (Wavecom, Sierra SL8084T)
    iccid_command: str = "+CCID"
    pin_counter_command: str = "+CPINR"
    reset_command: str = ""  # a family's own, beside +CFUN=1,1
    restarting_functionality: int | None = None  # <fun> of +CFUN that restarts by itself
    functionality_is_range: bool = False  # +CFUN? answers as +CFUN=? does
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
    deaf_until_switched: bool = False  # receives nothing until <mem3> was switched to another memory
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
    # Seconds after power-up; before: SIM busy, and silence until the first boot line.
    sim_ready_after: float = 0.0
    chatter: tuple[TimedLine, ...] = ()
    calming_question: str = ""  # a read command that ends the chatter
