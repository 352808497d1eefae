"""How short messages are handled: settings and routing (3GPP TS 27.005 clause 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.simulator.answers import Answer, CmsRefusalError
from gsm_driver.simulator.command import Command, CommandKind

from .setting import accept, number_range, number_setting, one_of, only, require_sim_for_sms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver.simulator.device import SimulatedModem
    from gsm_driver.simulator.storage import Storage

    from .setting import Handler

CMS_NOT_SUPPORTED = 303  # clause 3.2.5
CMS_NO_ACKNOWLEDGE_EXPECTED = 340

INTERNATIONAL = 145
UNKNOWN = 129


def _csms(modem: SimulatedModem, command: Command) -> Answer:
    """+CSMS (clause 3.2.1): 0 is GSM phase 2, 1 is phase 2+ with +CNMA."""
    if command.kind is CommandKind.TEST:
        return Answer(lines=("+CSMS: (0,1)",))
    if command.kind is CommandKind.READ:
        return Answer(lines=(f"+CSMS: {modem.settings.csms},1,1,1",))
    modem.settings.csms = one_of(command, (0, 1))
    return Answer(lines=("+CSMS: 1,1,1",))


def _cpms(modem: SimulatedModem, command: Command) -> Answer:
    """+CPMS (clause 3.2.2)."""
    if command.kind is CommandKind.TEST:
        lists = (",".join(f'"{name}"' for name in names) for names in modem.profile.memories)
        return Answer(lines=(f"+CPMS: {','.join(f'({names})' for names in lists)}",))
    require_sim_for_sms(modem)
    if command.kind is CommandKind.READ:
        shown = ",".join(f'"{name}",{_fill(modem.storages[name])}' for name in modem.settings.memories)
        return Answer(lines=(f"+CPMS: {shown}",))
    only(command, CommandKind.SET)
    before, modem.settings.memories = modem.settings.memories, _chosen_memories(modem, command)
    modem.settings.is_switched |= modem.settings.memories[2] != before[2]
    shown = ",".join(_fill(modem.storages[name]) for name in modem.settings.memories)
    return Answer(lines=(f"+CPMS: {shown}",))


def _chosen_memories(modem: SimulatedModem, command: Command) -> tuple[str, str, str]:
    count = len(command.parameters)
    if count not in modem.profile.cpms_parameters:
        raise CmsRefusalError(CMS_NOT_SUPPORTED)
    chosen = [command.string(place, before) for place, before in enumerate(modem.settings.memories)]
    if any(name not in allowed for name, allowed in zip(chosen, modem.profile.memories, strict=True)):
        raise CmsRefusalError(CMS_NOT_SUPPORTED)
    return chosen[0], chosen[1], chosen[2]


def _fill(storage: Storage) -> str:
    return f"{storage.used},{storage.capacity}"


def _csca(modem: SimulatedModem, command: Command) -> Answer:
    """+CSCA (clause 3.3.1)."""
    if command.kind is CommandKind.TEST:
        return Answer()
    require_sim_for_sms(modem)
    if command.kind is CommandKind.READ:
        centre = modem.sim.service_centre
        kind = INTERNATIONAL if centre.startswith("+") else UNKNOWN
        return Answer(lines=(f'+CSCA: "{centre}",{kind}',))
    only(command, CommandKind.SET)
    number = command.string(0, "")
    if command.integer(1, UNKNOWN) == INTERNATIONAL and number and not number.startswith("+"):
        number = f"+{number}"
    modem.sim.service_centre = number
    return Answer()


def _csmp(modem: SimulatedModem, command: Command) -> Answer:
    """+CSMP (clause 3.3.3): what text mode puts into an SMS-SUBMIT."""
    settings = modem.settings
    if command.kind is CommandKind.TEST:
        return Answer()
    if command.kind is CommandKind.READ:
        values = (settings.first_octet, settings.validity, settings.protocol, settings.coding)
        return Answer(lines=(f"+CSMP: {','.join(map(str, values))}",))
    settings.first_octet = one_of(command, range(256), 0, settings.first_octet)
    settings.validity = one_of(command, range(256), 1, settings.validity)
    settings.protocol = one_of(command, range(256), 2, settings.protocol)
    settings.coding = one_of(command, range(256), 3, settings.coding)
    if modem.profile.csmp_clears_service_centre:
        modem.sim.service_centre = ""
    return Answer()


def _cnmi(modem: SimulatedModem, command: Command) -> Answer:
    """+CNMI (clause 3.4.1): parameters that are left out become 0."""
    allowed = modem.profile.cnmi
    if command.kind is CommandKind.TEST:
        listed = modem.profile.cnmi_listed or ",".join(map(number_range, allowed))
        return Answer(lines=(f"+CNMI: {listed}",))
    if command.kind is CommandKind.READ:
        return Answer(lines=(f"+CNMI: {','.join(map(str, modem.settings.cnmi))}",))
    values = [command.integer(place, 0) for place in range(5)]
    if any(value not in choice for value, choice in zip(values, allowed, strict=True)):
        raise CmsRefusalError(CMS_NOT_SUPPORTED)
    modem.settings.cnmi = (values[0], values[1], values[2], values[3], values[4])
    return Answer(then=modem.router.cnmi_changed)


def _cnma(modem: SimulatedModem, command: Command) -> Answer:
    """+CNMA (clauses 3.4.4 and 4.7): in PDU mode 0 and 1 are well received, 2 is not."""
    if command.kind is CommandKind.TEST:
        return Answer(lines=("+CNMA: (0-2)",) if modem.settings.cmgf == 0 else ())
    accepted = one_of(command, (0, 1, 2)) != 2
    if not modem.router.acknowledge(accepted=accepted):
        raise CmsRefusalError(CMS_NO_ACKNOWLEDGE_EXPECTED)
    return Answer()


HANDLERS: Mapping[str, Handler] = {
    "+CGSMS": accept,
    "+CMGF": number_setting("+CMGF", "cmgf", (0, 1)),
    "+CMMS": number_setting("+CMMS", "cmms", (0, 1, 2)),
    "+CNMA": _cnma,
    "+CNMI": _cnmi,
    "+CPMS": _cpms,
    "+CRES": accept,
    "+CSAS": accept,
    "+CSCA": _csca,
    "+CSCB": accept,
    "+CSDH": number_setting("+CSDH", "csdh", (0, 1)),
    "+CSMP": _csmp,
    "+CSMS": _csms,
}
