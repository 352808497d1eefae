"""Information responses to values, in all the shapes that modems give them.

Each function raises ResponseError, and nothing else, for a form that makes no sense.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gsm_driver.errors import ResponseError
from gsm_driver.models import Registration, RegistrationStatus, Signal, StorageState

from .fields import expand_range, split_fields, split_groups, to_int

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .exchange import Response


class SimState(StrEnum):
    """<code> of +CPIN (27.007 clause 8.3)."""

    READY = "READY"
    SIM_PIN = "SIM PIN"
    SIM_PUK = "SIM PUK"
    SIM_PIN2 = "SIM PIN2"
    SIM_PUK2 = "SIM PUK2"
    NOT_READY = "NOT READY"
    NOT_INSERTED = "NOT INSERTED"
    BLOCKED = "BLOCKED"  # for good: the PUK, too, was wrong too often
    OTHER_LOCK = "OTHER LOCK"  # PH-SIM PIN, PH-NET PIN …: a lock of the device or the network


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """+COPS?."""

    mode: int  # 0 automatic, 1 manual, 2 deregistered
    name: str | None  # None while no network is selected; a name alone proves no registration
    technology: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSupport:
    """+CPMS=?: what mem1, mem2 and mem3 may be; empty where the modem does not say."""

    read: tuple[str, ...]
    write: tuple[str, ...]
    receive: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCentre:
    """+CSCA?."""

    address: str = field(repr=False)  # empty: none is set, nothing can be sent
    address_type: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentCall:
    """One line of +CLCC (27.007 clause 7.18)."""

    index: int
    is_incoming: bool
    status: int  # 0 active, 1 held, 2 dialling, 3 alerting, 4 incoming, 5 waiting
    mode: int  # 0 voice, 1 data, 2 fax
    number: str = field(repr=False)  # empty when withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class PinCounter:
    """Tries left; None where the modem does not say."""

    pin: int | None
    puk: int | None


# <AcT> (27.007 clause 7.3) in the words of the standard
TECHNOLOGIES: Mapping[int, str] = {
    0: "GSM",
    1: "GSM Compact",
    2: "UTRAN",
    3: "GSM",  # with EGPRS
    4: "UTRAN",  # with HSDPA
    5: "UTRAN",  # with HSUPA
    6: "UTRAN",  # with HSDPA and HSUPA
    7: "E-UTRAN",
    8: "EC-GSM-IoT",
    9: "E-UTRAN NB-S1",
    10: "E-UTRA",  # connected to a 5G core
    11: "NR",
    12: "NG-RAN",
    13: "E-UTRA-NR",
}

_STATUSES: Mapping[int, RegistrationStatus] = {
    0: RegistrationStatus.NOT_REGISTERED,
    1: RegistrationStatus.HOME,
    2: RegistrationStatus.SEARCHING,
    3: RegistrationStatus.DENIED,
    4: RegistrationStatus.UNKNOWN,
    5: RegistrationStatus.ROAMING,
    6: RegistrationStatus.SMS_ONLY_HOME,
    7: RegistrationStatus.SMS_ONLY_ROAMING,
    8: RegistrationStatus.EMERGENCY_ONLY,
    9: RegistrationStatus.HOME,  # "CSFB not preferred": SMS works
    10: RegistrationStatus.ROAMING,
}


def _first(response: Response, *prefixes: str) -> str:
    """The value of the first line with one of these prefixes."""
    for line in response.lines:
        if line.prefix in prefixes:
            return line.value
    raise ResponseError(prefixes[0], "the line is missing")


def _number(text: str, prefix: str, what: str) -> int:
    number = to_int(text)
    if number is None:
        raise ResponseError(prefix, f"{what} is no number")
    return number


def _optional(fields: list[str], position: int) -> str | None:
    """A parameter that may be absent or empty."""
    return (fields[position] or None) if position < len(fields) else None


def _optional_int(fields: list[str], position: int) -> int | None:
    return to_int(fields[position]) if position < len(fields) else None


def parse_identity(response: Response) -> str:
    """+CGMI, +CGMM, +CGMR, +CGSN, +CIMI, +CCID …, with or without prefix: the text of the first line."""
    for line in response.lines:
        text = line.value.strip().strip('"').strip()
        if text:
            return text
    raise ResponseError(response.command, "the answer is empty")


def parse_own_numbers(response: Response) -> tuple[str, ...]:
    """+CNUM: the numbers, without the names that the SIM gives them."""
    rows = [split_fields(value) for value in response.values("+CNUM")]
    return tuple(row[1] for row in rows if len(row) > 1 and row[1])


# --- SIM and radio ---


def parse_sim_state(response: Response) -> SimState:
    """+CPIN?. Words of no standard (SIM BUSY, SIM ERROR …) say one thing for certain: it is not ready."""
    text = _first(response, "+CPIN").strip(' "').upper()
    if text.startswith("PH-"):
        return SimState.OTHER_LOCK
    if "BLOCKED" in text:
        return SimState.BLOCKED
    if "NOT INSERTED" in text or "NO SIM" in text:
        return SimState.NOT_INSERTED
    try:
        return SimState(text)
    except ValueError:
        return SimState.NOT_READY


_COUNTER_ROW = re.compile(r'"?(?:SIM |CHV)?(?P<lock>PIN|PUK)1?"?\s*,\s*(?P<tries>\d+)', re.IGNORECASE)


def parse_pin_counter(response: Response) -> PinCounter:
    """+CPINR: SIM PIN,3,3 · +SPIC: 3,10,0,10 · +QPINC: "SC",3,10 · ^CPIN: READY,,10,3,10,3 · #PCT: 3."""
    tries: dict[str, int] = {}
    for value in response.values("+CPINR"):
        row = _COUNTER_ROW.match(value)
        if row is not None:
            tries.setdefault(row["lock"].upper(), int(row["tries"][:3]))
    if tries:
        return PinCounter(pin=tries.get("PIN"), puk=tries.get("PUK"))
    return _positional_counter(response)


def _positional_counter(response: Response) -> PinCounter:
    for line in response.lines:
        fields = split_fields(line.value)
        match line.prefix:
            case "+SPIC":  # PIN1, PUK1, PIN2, PUK2
                return PinCounter(pin=_optional_int(fields, 0), puk=_optional_int(fields, 1))
            case "+QPINC":
                return PinCounter(pin=_optional_int(fields, 1), puk=_optional_int(fields, 2))
            case "^CPIN":  # state, last try, PUK1, PIN1, PUK2, PIN2
                return PinCounter(pin=_optional_int(fields, 3), puk=_optional_int(fields, 2))
            case "+ZPINPUK" | "#PCT" | "^SPIC":  # tries of the code that is asked for now
                return PinCounter(pin=_optional_int(fields, 0), puk=_optional_int(fields, 1))
    raise ResponseError(response.command, "no counter is in it")


def parse_functionality(response: Response) -> int:
    """+CFUN?: the level; what may follow it (a power class, a range) is left."""
    return _number(split_fields(_first(response, "+CFUN"))[0], "+CFUN", "the level")


# --- Network ---


def parse_signal(response: Response) -> Signal:
    """+CSQ: RSSI 0 to 31 is -113 to -51 dBm in steps of 2; 99 is unknown, not zero (27.007 clause 8.5).

    Codes 100 to 191 (TD-SCDMA and LTE modules of SIMCom and Huawei) are -116 to -25 dBm in steps of 1.
    """
    fields = split_fields(_first(response, "+CSQ"))
    rssi = _number(fields[0], "+CSQ", "the signal strength")
    quality = _optional_int(fields, 1)
    dbm = None
    if 0 <= rssi <= 31:
        dbm = -113 + 2 * rssi
    elif 100 <= rssi <= 191:
        dbm = rssi - 216
    return Signal(dbm=dbm, bit_error_rate=quality if quality is not None and 0 <= quality <= 7 else None)


def parse_registration(response: Response) -> Registration:
    """AT+CREG?, AT+CGREG?, AT+CEREG?."""
    return parse_registration_value(_first(response, "+CREG", "+CGREG", "+CEREG"))


# [<n>,]<stat>[,<lac>,<ci>[,<AcT>…]]: <n> is there if a number of at most two digits, unquoted, comes second.
_HAS_MODE = re.compile(r"\s*\d+\s*,\s*\d{1,2}\s*(?:,|$)")


def parse_registration_value(value: str) -> Registration:
    """The value of +CREG, +CGREG, +CEREG, as answer or as URC (27.007 clauses 7.2, 10.1.20, 10.1.22).

    Areas and cells come quoted, bare, with one quote (``2,1,"0B,"0100701",7``) or cut off (``2,1,"5E25``).
    """
    fields = [part.strip(' "') for part in value.split(",")]
    if _HAS_MODE.match(value):
        del fields[0]
    status = to_int(fields[0])
    if status is None:
        raise ResponseError("+CREG", "the status is no number")
    technology = _optional_int(fields, 3)
    return Registration(
        status=_STATUSES.get(status, RegistrationStatus.UNKNOWN),
        technology=None if technology is None else TECHNOLOGIES.get(technology),
        location_area=_optional(fields, 1),
        cell=_optional(fields, 2),
    )


def parse_operator(response: Response) -> Operator:
    """+COPS: <mode>[,<format>,<oper>[,<AcT>]]."""
    fields = split_fields(_first(response, "+COPS"))
    technology = _optional_int(fields, 3)
    return Operator(
        mode=_number(fields[0], "+COPS", "the mode"),
        name=_optional(fields, 2),
        technology=None if technology is None else TECHNOLOGIES.get(technology),
    )


# --- Short messages ---

_MEMORY = re.compile(r"[A-Z]{2}(?:_[A-Z])?")  # SM, ME, "SM_P" of Alcatel and Nokia


def parse_storage_support(response: Response) -> StorageSupport:
    """+CPMS=?, in the shapes that were seen: with brackets, doubled, without any, quotes lost, empty."""
    value = _first(response, "+CPMS").upper()
    groups = split_groups(value) if "(" in value else value.split(",")
    memories = [tuple(_MEMORY.findall(group)) for group in groups[:3]]
    memories += [()] * (3 - len(memories))
    return StorageSupport(read=memories[0], write=memories[1], receive=memories[2])


def parse_storage_states(response: Response, memories: tuple[str, ...] = ()) -> tuple[StorageState, ...]:
    """+CPMS? (with names), or the answer to AT+CPMS= (without: `memories` are those that were set).

    One entry per memory, mem1 first; an entry that says nothing (``,,,``) is left out.
    """
    fields = split_fields(_first(response, "+CPMS"))
    if to_int(fields[0]) is None:
        rows = [tuple(fields[at : at + 3]) for at in range(0, len(fields), 3)]
    else:
        pairs = [tuple(fields[at : at + 2]) for at in range(0, len(fields), 2)]
        rows = [(name, *pair) for name, pair in zip(memories, pairs, strict=False)]
    states = []
    for name, *counts in rows:
        used, total = (to_int(count) for count in (*counts, "", "")[:2])
        if name and used is not None and total is not None:
            states.append(StorageState(memory=name.upper(), used=used, total=total))
    return tuple(states)


def parse_indication_support(response: Response) -> tuple[frozenset[int], ...]:
    """+CNMI=?: for each of mode, mt, bm, ds, bfr the values listed. Some modems list what they cannot do."""
    value = _first(response, "+CNMI")
    groups = split_groups(value)
    if not groups:
        raise ResponseError("+CNMI", "it lists no values")
    return tuple(expand_range(group) for group in groups[:5])


def parse_message_reference(response: Response) -> int:
    """+CMGS: the TP-MR. It is missing after an OK alone: then the message may have been sent."""
    reference = _number(split_fields(_first(response, "+CMGS"))[0], "+CMGS", "the message reference")
    if not 0 <= reference <= 255:
        raise ResponseError("+CMGS", "the message reference is not between 0 and 255")
    return reference


def parse_service_centre(response: Response) -> ServiceCentre:
    """+CSCA: the address, also where it comes as UCS2 in hex (AT+CSCS="UCS2")."""
    fields = split_fields(_first(response, "+CSCA"))
    address = fields[0]
    if (
        len(address) >= 8
        and len(address) % 4 == 0
        and re.fullmatch(r"(?:00(?:2B|3\d))+", address, re.IGNORECASE)
    ):
        address = bytes.fromhex(address).decode("utf-16-be")
    return ServiceCentre(address=address, address_type=_optional_int(fields, 1))


# --- Calls ---


def parse_current_calls(response: Response) -> tuple[CurrentCall, ...]:
    """+CLCC: <id>,<dir>,<stat>,<mode>,<mpty>[,<number>,<type>…]; no line, no call."""
    calls = []
    for value in response.values("+CLCC"):
        fields = split_fields(value)
        index, direction, status, mode = ((*fields, "", "", "", "")[at] for at in range(4))
        calls.append(
            CurrentCall(
                index=_number(index, "+CLCC", "the call's number"),
                is_incoming=_number(direction, "+CLCC", "the direction") == 1,
                status=_number(status, "+CLCC", "the status"),
                mode=_number(mode, "+CLCC", "the mode"),
                number=_optional(fields, 5) or "",
            )
        )
    return tuple(calls)
