"""What a look at a modem means, in plain words, with what to do. Pure: values in, findings out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gsm_driver.at.responses import SimState

from .models import RegistrationStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .models import ModemIdentity, Registration, Signal
    from .profile import Indications, ModemProfile
    from .sim import SimStatus
    from .stored import MemoryContents


class Check(StrEnum):
    """What is looked at, in this order."""

    PORT = "port"
    MODEM = "modem"
    SIM = "sim"
    NETWORK = "network"
    SIGNAL = "signal"
    SERVICE_CENTRE = "service_centre"
    STORAGE = "storage"
    ANNOUNCEMENTS = "announcements"
    SELF_TEST = "self_test"


class Verdict(StrEnum):
    """How it stands with one thing."""

    GOOD = "good"
    NOTICE = "notice"  # it works, but somebody should know
    BAD = "bad"  # messages will not get through


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    check: Check
    verdict: Verdict
    text: str
    advice: str = ""  # what to do; empty: nothing


NEARLY_FULL = 0.8  # of a memory's slots
GOOD_RSSI, WEAK_RSSI = -85, -100  # dBm, GSM and UTRAN
GOOD_RSRP, WEAK_RSRP = -100, -112  # dBm, E-UTRAN: of one carrier in hundreds, so about 20 lower
LAST_TRIES = 1

_NETWORK: Mapping[RegistrationStatus, tuple[Verdict, str, str]] = {
    RegistrationStatus.HOME: (Verdict.GOOD, "registered", ""),
    RegistrationStatus.ROAMING: (
        Verdict.NOTICE,
        "registered with a foreign operator (roaming)",
        "messages may cost more",
    ),
    RegistrationStatus.SMS_ONLY_HOME: (Verdict.GOOD, "registered for SMS only, which is enough", ""),
    RegistrationStatus.SMS_ONLY_ROAMING: (
        Verdict.NOTICE,
        "registered with a foreign operator, for SMS only",
        "messages may cost more",
    ),
    RegistrationStatus.DATA_ONLY: (
        Verdict.BAD,
        "registered for data only: the network takes no SMS from this modem",
        (
            'SMS over LTE needs IMS: switch it on in the modem (Quectel: AT+QCFG="ims",1), or ask the'
            " operator whether SIM and modem may use it; a SIM with ordinary telephony does without"
        ),
    ),
    RegistrationStatus.DENIED: (
        Verdict.BAD,
        "the network refuses this SIM",
        (
            "see whether the SIM is active and paid, whether it may be used in a modem, and whether the"
            " operator still has the modem's kind of network (2G, 3G)"
        ),
    ),
    RegistrationStatus.EMERGENCY_ONLY: (
        Verdict.BAD,
        "emergency calls only",
        "see whether the SIM is active and paid",
    ),
}
_NO_NETWORK = (
    Verdict.BAD,
    "not registered",
    "look at antenna and place, and ask whether the operator still has the modem's kind of network (2G, 3G)",
)

_SIM: Mapping[SimState, tuple[str, str]] = {
    SimState.SIM_PIN: ("the SIM asks for its PIN", "give it by GSM_DRIVER_PIN, or switch it off in a phone"),
    SimState.SIM_PUK: (
        "the SIM is locked after wrong PINs",
        "put it into a phone and enter its PUK; ten wrong PUKs destroy it",
    ),
    SimState.NOT_INSERTED: ("there is no SIM", "put one in; see whether it is the right way round"),
    SimState.NOT_READY: ("the SIM does not become ready", "take it out, clean it, put it back"),
    SimState.BLOCKED: (
        "the SIM is blocked for good, or has bad contacts",
        "clean it and try it in a phone; if it is blocked there, too, the operator has to give you another",
    ),
    SimState.BLOCKED: (
        "the SIM is blocked for good: its PUK was wrong too often",
        "ask the operator for another SIM",
    ),
    SimState.OTHER_LOCK: (
        "the modem is locked to another SIM or network",
        "have it unlocked by who sold it, or use their SIM",
    ),
}


def modem_finding(identity: ModemIdentity, profile: ModemProfile) -> Finding:
    """Who answers."""
    name = f"{identity.manufacturer} {identity.model}".strip() or "a modem that does not say its name"
    imei = f", IMEI ending in {identity.imei_tail}" if identity.imei else ", IMEI not told"
    return Finding(
        check=Check.MODEM,
        verdict=Verdict.GOOD,
        text=f"{name}, firmware {identity.firmware or 'not told'}{imei}, family {profile.name}",
    )


def sim_finding(status: SimStatus) -> Finding:
    """Whether the SIM can be used, and how many tries are left."""
    trouble = _SIM.get(status.state)
    few = status.pin_tries is not None and status.pin_tries <= LAST_TRIES
    tries = "" if status.pin_tries is None else f"; PIN tries left: {status.pin_tries}"
    if trouble is not None:
        text, advice = trouble
        return Finding(check=Check.SIM, verdict=Verdict.BAD, text=f"{text}{tries}", advice=advice)
    return Finding(
        check=Check.SIM,
        verdict=Verdict.NOTICE if few else Verdict.GOOD,
        text=f"the SIM is ready{tries}",
        advice="enter the PIN in a phone once: that gives all tries back" if few else "",
    )


def network_finding(registration: Registration) -> Finding:
    """Whether the network takes messages from us."""
    verdict, text, advice = _NETWORK.get(registration.status, _NO_NETWORK)
    details = [registration.operator or "", registration.technology or ""]
    domains = [("CS", registration.circuit), ("PS", registration.packet), ("EPS", registration.eps)]
    told = ", ".join(f"{name} {status.value}" for name, status in domains if status is not None)
    named = ", ".join(filter(None, [*details, told]))
    return Finding(
        check=Check.NETWORK, verdict=verdict, text=f"{text} ({named})" if named else text, advice=advice
    )


def signal_finding(signal: Signal) -> Finding:
    """Whether it is strong enough."""
    level, good, weak = signal.dbm, GOOD_RSSI, WEAK_RSSI
    if signal.rsrp is not None:
        level, good, weak = signal.rsrp, GOOD_RSRP, WEAK_RSRP
    if level is None:
        return Finding(check=Check.SIGNAL, verdict=Verdict.NOTICE, text="the modem does not tell its signal")
    values = [("RSSI", signal.dbm, "dBm"), ("RSCP", signal.rscp, "dBm"), ("RSRP", signal.rsrp, "dBm")]
    told = [f"{name} {value} {unit}" for name, value, unit in values if value is not None]
    told += [f"RSRQ {signal.rsrq:g} dB"] if signal.rsrq is not None else []
    word = "good" if level >= good else "fair" if level >= weak else "weak"
    return Finding(
        check=Check.SIGNAL,
        verdict=Verdict.NOTICE if word == "weak" else Verdict.GOOD,
        text=f"{word}: {', '.join(told)}",
        advice="move the antenna, to a window if there is one" if word == "weak" else "",
    )


def service_centre_finding(address: str | None) -> Finding:
    """Whether the SIM knows where to send to; None: the modem would not say."""
    if address is None:
        return Finding(
            check=Check.SERVICE_CENTRE, verdict=Verdict.NOTICE, text="the modem does not tell its SMSC"
        )
    if not address:
        return Finding(
            check=Check.SERVICE_CENTRE,
            verdict=Verdict.BAD,
            text="no SMSC is set: nothing can be sent",
            advice="ask the operator for its SMSC (message centre) and store it with --service-centre",
        )
    return Finding(check=Check.SERVICE_CENTRE, verdict=Verdict.GOOD, text=f"SMSC {address}")


def storage_findings(memories: Sequence[MemoryContents]) -> tuple[Finding, ...]:
    """How full the memories are. A full one receives nothing."""
    if not memories:
        text = "the modem tells of no message memory"
        return (Finding(check=Check.STORAGE, verdict=Verdict.NOTICE, text=text),)
    return tuple(_storage_finding(contents) for contents in memories)


def _storage_finding(contents: MemoryContents) -> Finding:
    total = contents.total
    text = f"memory {contents.memory}: {contents.used} of {total or 'unknown'} slots used"
    if not contents.complete:
        text = f"{text}; it could not be read completely"
    if total is None or contents.used < NEARLY_FULL * total:
        verdict, advice = (Verdict.GOOD if contents.complete else Verdict.NOTICE), ""
    else:
        verdict = Verdict.BAD if contents.used >= total else Verdict.NOTICE
        advice = "read and delete what lies there: gsm-driver inbox PORT --delete"
    return Finding(check=Check.STORAGE, verdict=verdict, text=text, advice=advice)


def announcements_finding(indications: Indications | None) -> Finding:
    """Whether the modem tells of new messages and reports by itself."""
    if indications is None:
        return Finding(
            check=Check.ANNOUNCEMENTS,
            verdict=Verdict.NOTICE,
            text="the modem announces nothing: messages are found by looking once a minute",
        )
    shown = f"AT+CNMI={','.join(map(str, indications))}"
    if len(indications) < 4 or indications[3] == 0:
        return Finding(
            check=Check.ANNOUNCEMENTS,
            verdict=Verdict.NOTICE,
            text=f"messages are announced, delivery reports are not ({shown})",
        )
    return Finding(
        check=Check.ANNOUNCEMENTS,
        verdict=Verdict.GOOD,
        text=f"messages and delivery reports are announced ({shown})",
    )
