"""List, read and delete messages (3GPP TS 27.005 clauses 3.4.2, 3.4.3, 3.5.4, 4.1 and 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.simulator.answers import Answer, CmsRefusalError
from gsm_driver.simulator.command import Command, CommandKind
from gsm_driver.simulator.message_form import list_lines, read_lines
from gsm_driver.simulator.storage import StoredStatus

from .setting import one_of, only, require_sim_for_sms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver.simulator.device import SimulatedModem
    from gsm_driver.simulator.storage import Storage

    from .setting import Handler

CMS_INVALID_PDU_PARAMETER = 304  # clause 3.2.5
CMS_INVALID_TEXT_PARAMETER = 305
CMS_INVALID_INDEX = 321

ALL = 4  # <stat> in PDU mode
_DELETED_BY_FLAG: Mapping[int, frozenset[StoredStatus]] = {  # <delflag>, clause 3.5.4
    1: frozenset({StoredStatus.RECEIVED_READ}),
    2: frozenset({StoredStatus.RECEIVED_READ, StoredStatus.STORED_SENT}),
    3: frozenset(set(StoredStatus) - {StoredStatus.RECEIVED_UNREAD}),
    4: frozenset(StoredStatus),
}


def _cmgl(modem: SimulatedModem, command: Command) -> Answer:
    """+CMGL: list by status; what was unread is read then."""
    if command.kind is CommandKind.TEST:
        words = ",".join(f'"{status.text}"' for status in StoredStatus)
        return Answer(lines=(f'+CMGL: ({words},"ALL")' if modem.settings.cmgf else "+CMGL: (0-4)",))
    require_sim_for_sms(modem)
    wanted = _wanted(modem, command)
    storage = _reading(modem)
    lines: list[str] = []
    for index, stored in storage.items():
        if wanted in {ALL, stored.status}:
            lines += list_lines(index, stored, modem.settings)
            _mark_read(storage, index)
    return Answer(lines=tuple(lines))


def _wanted(modem: SimulatedModem, command: Command) -> int:
    if modem.settings.cmgf == 0:
        wanted = command.integer(0, 0)
        if wanted > ALL:
            raise CmsRefusalError(CMS_INVALID_PDU_PARAMETER)
        return wanted
    words = {status.text: status.value for status in StoredStatus} | {"ALL": ALL}
    try:
        return words[command.string(0, "REC UNREAD")]
    except KeyError:
        raise CmsRefusalError(CMS_INVALID_TEXT_PARAMETER) from None


def _cmgr(modem: SimulatedModem, command: Command) -> Answer:
    """+CMGR: read one; it is marked as read."""
    if command.kind is CommandKind.TEST:
        return Answer()
    require_sim_for_sms(modem)
    only(command, CommandKind.SET)
    storage = _reading(modem)
    index = _index(command, storage)
    stored = storage.get(index)
    if stored is None:
        if modem.profile.empty_slot_is_ok:
            return Answer()
        raise CmsRefusalError(CMS_INVALID_INDEX)
    _mark_read(storage, index)
    return Answer(lines=read_lines(stored, modem.settings))


def _cmgd(modem: SimulatedModem, command: Command) -> Answer:
    """+CMGD: delete one, or by status."""
    storage = _reading(modem)
    if command.kind is CommandKind.TEST:
        taken = ",".join(str(index) for index, _ in storage.items())
        return Answer(lines=(f"+CMGD: ({taken}),(0-4)",))
    require_sim_for_sms(modem)
    only(command, CommandKind.SET)
    flag = one_of(command, range(5), 1)
    if flag == 0:
        storage.remove(_index(command, storage))
    else:
        _delete_by_status(storage, _DELETED_BY_FLAG[flag])
    return Answer(then=modem.memory_was_freed)


def _delete_by_status(storage: Storage, statuses: frozenset[StoredStatus]) -> None:
    for index, stored in storage.items():
        if stored.status in statuses:
            storage.remove(index)


def _index(command: Command, storage: Storage) -> int:
    index = command.integer(0)
    if index not in storage.indexes:
        raise CmsRefusalError(CMS_INVALID_INDEX)
    return index


def _reading(modem: SimulatedModem) -> Storage:
    """<mem1>: where messages are read and deleted."""
    return modem.storages[modem.settings.memories[0]]


def _mark_read(storage: Storage, index: int) -> None:
    stored = storage.get(index)
    if stored is not None and stored.status is StoredStatus.RECEIVED_UNREAD:
        storage.mark(index, StoredStatus.RECEIVED_READ)


HANDLERS: Mapping[str, Handler] = {"+CMGL": _cmgl, "+CMGR": _cmgr, "+CMGD": _cmgd}
