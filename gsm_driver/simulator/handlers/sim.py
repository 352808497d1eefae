"""The SIM: PIN and what is written on the card (3GPP TS 27.007 clauses 5.6, 7.1, 7.4, 8.3, 8.65)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.simulator.answers import Answer, CmeRefusalError, UnknownCommandError
from gsm_driver.simulator.command import Command, CommandKind
from gsm_driver.simulator.sim_card import PIN_TRIES, PUK_TRIES, SimState

from .setting import only, require_sim

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver.simulator.device import SimulatedModem

    from .setting import Handler

CME_NOT_ALLOWED = 3  # 27.007 clause 9.2
CME_SIM_NOT_INSERTED = 10
CME_SIM_FAILURE = 13
CME_INCORRECT_PASSWORD = 16


def _cpin(modem: SimulatedModem, command: Command) -> Answer:
    """+CPIN (clause 8.3)."""
    if command.kind is CommandKind.TEST:
        return Answer()
    _refuse_without_card(modem)
    if command.kind is CommandKind.READ:
        ready = modem.sim.state is SimState.READY
        final = "" if ready and modem.profile.pin_state_without_ok else "OK"
        return Answer(lines=(f"+CPIN: {modem.sim.state.value}",), final=final)
    only(command, CommandKind.SET)
    if not _enter(modem, command):
        raise CmeRefusalError(CME_INCORRECT_PASSWORD)
    return Answer(then=modem.registration_may_have_changed)


def _enter(modem: SimulatedModem, command: Command) -> bool:
    match modem.sim.state:
        case SimState.PIN:
            return modem.sim.enter_pin(command.string(0))
        case SimState.PUK:
            return modem.sim.enter_puk(command.string(0), command.string(1))
        case _:
            raise CmeRefusalError(CME_NOT_ALLOWED)


def _cpinr(modem: SimulatedModem, command: Command) -> Answer:
    """+CPINR (clause 8.65): tries left."""
    if modem.profile.pin_counter_command != "+CPINR":
        raise UnknownCommandError
    if command.kind is CommandKind.TEST:
        return Answer()
    _refuse_without_card(modem)
    sim = modem.sim
    lines = (
        f"+CPINR: SIM PIN,{sim.pin_tries},{PIN_TRIES}",
        f"+CPINR: SIM PUK,{sim.puk_tries},{PUK_TRIES}",
    )
    wanted = command.string(0, "")
    return Answer(lines=tuple(line for line in lines if wanted in line))


_TRIES: Mapping[str, str] = {  # a family's own, in place of +CPINR
    "+SPIC": "+SPIC: {pin},{puk},0,10",
    "^SPIC": "^SPIC: {wanted}",
    "^CPIN": "^CPIN: {state},{wanted},{puk},{pin},10,3",
    "+QPINC": '+QPINC: "SC",{pin},{puk}',
    "+ZPINPUK": "+ZPINPUK: {pin},{puk}",
    "#PCT": "#PCT: {wanted}",
}


def _tries(modem: SimulatedModem, command: Command) -> Answer:
    """Tries left, as a family says it; whatever the form of the question."""
    if modem.profile.pin_counter_command != command.name:
        raise UnknownCommandError
    _refuse_without_card(modem)
    sim = modem.sim
    wanted = sim.puk_tries if sim.state is SimState.PUK else sim.pin_tries
    line = _TRIES[command.name].format(
        pin=sim.pin_tries, puk=sim.puk_tries, wanted=wanted, state=sim.state.value
    )
    return Answer(lines=(line,))


def _clck(modem: SimulatedModem, command: Command) -> Answer:
    """+CLCK (clause 7.4): only the query of the PIN request, ``"SC",2``."""
    if command.kind is CommandKind.TEST:
        return Answer(lines=('+CLCK: ("SC")',))
    require_sim(modem)
    if command.string(0) != "SC" or command.integer(1) != 2:
        raise CmeRefusalError(CME_NOT_ALLOWED)
    return Answer(lines=(f"+CLCK: {int(modem.sim.has_pin_request)}",))


def _cimi(modem: SimulatedModem, command: Command) -> Answer:
    """+CIMI (clause 5.6)."""
    require_sim(modem)
    return Answer(lines=(modem.sim.imsi,) if command.kind is CommandKind.EXECUTE else ())


def _ccid(modem: SimulatedModem, command: Command) -> Answer:
    """+CCID: no standard has it, most modems do, or one of their own; it works without the PIN."""
    if modem.profile.iccid_command != command.name:
        raise UnknownCommandError
    _refuse_without_card(modem)
    prefix = "+ICCID" if command.name == "+CICCID" else command.name
    return Answer(lines=(f"{prefix}: {modem.sim.iccid}",) if command.kind is not CommandKind.TEST else ())


def _cnum(modem: SimulatedModem, command: Command) -> Answer:
    """+CNUM (clause 7.1)."""
    require_sim(modem)
    if command.kind is CommandKind.TEST or not modem.sim.number:
        return Answer()
    kind = 145 if modem.sim.number.startswith("+") else 129
    return Answer(lines=(f'+CNUM: ,"{modem.sim.number}",{kind}',))


def _refuse_without_card(modem: SimulatedModem) -> None:
    if modem.sim.state is SimState.ABSENT:
        raise CmeRefusalError(CME_SIM_NOT_INSERTED)
    if modem.sim.state is SimState.DEAD:
        raise CmeRefusalError(CME_SIM_FAILURE)


HANDLERS: Mapping[str, Handler] = {
    "+CPIN": _cpin,
    "+CPINR": _cpinr,
    "+CLCK": _clck,
    "+CIMI": _cimi,
    **dict.fromkeys(
        ("+CCID", "+CICCID", "+QCCID", "^ICCID", "+ZGETICCID", "!ICCID", "#CCID", "^SCID"), _ccid
    ),
    **dict.fromkeys(_TRIES, _tries),
    "+CNUM": _cnum,
}
