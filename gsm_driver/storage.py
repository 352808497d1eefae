"""The modem's message memories (3GPP TS 27.005 clause 3.2.2): select, list, read, delete."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.responses import StorageSupport, parse_storage_states, parse_storage_support
from gsm_driver.at.stored_pdus import StoredPdu, parse_stored_message, parse_stored_messages

from .errors import CmeError, CmsError, CommandError, ErrorClass, ModemTimeoutError, ResponseError
from .startup import attempt, is_sim_busy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsm_driver.at.exchange import AtCommand, Response

    from .link import Link
    from .models import StorageSlot, StorageState
    from .startup import SimPatience

_LOGGER = logging.getLogger(__name__)

CMS_INVALID_INDEX = 321  # the slot is empty; some modems say it of an empty list too
UNSUPPORTED = frozenset({(CmsError, 303), (CmeError, 4)})  # operation not supported
RECEIVING = ("SM", "ME", "MT")  # where received messages lie; the SIM first: it survives a change of modem
REPORTS = "SR"
SLOTS_IF_UNKNOWN = 50  # read one by one where the modem says neither how many it has nor how many are taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What lies in one memory."""

    entries: tuple[tuple[int, StoredPdu], ...]  # by index
    complete: bool  # False: there was more than could be read


class MessageStorage:
    """All access to stored messages; one memory is selected at a time.

    Args:
        link: the open line.
        lists_messages: AT+CMGL may be used; otherwise each slot is read by itself.
    """

    def __init__(self, link: Link, *, lists_messages: bool = True) -> None:
        self._link = link
        self._lists = lists_messages
        self._lock = asyncio.Lock()  # from the selection of a memory to the end of what is done in it
        self._support = StorageSupport(read=(), write=(), receive=())
        self._receive = ""
        self._selected = ""
        self._refused: set[str] = set()
        self._states: dict[str, StorageState] = {}
        self._resume_at: dict[str, int] = {}  # where the next slot by slot list of a memory begins
        # How many parameters of AT+CPMS to try: E3372-325 needs three, Wavecom refuses the third.
        self._arities: tuple[int, ...] = (3, 2, 1)

    @property
    def memories(self) -> tuple[str, ...]:
        """Where something for us may lie. The memory for new messages is last, to stay selected."""
        readable = [name for name in (*RECEIVING, REPORTS) if name in self._support.read]
        if "SM" in readable or "ME" in readable:
            readable = [name for name in readable if name != "MT"]  # MT is both of them
        others = tuple(name for name in readable if name != self._receive and name not in self._refused)
        return (*others, self._receive) if self._receive else others

    @property
    def keeps_reports(self) -> bool:
        """There is a memory for reports, and a sweep looks into it."""
        return REPORTS in self.memories

    @property
    def can_list(self) -> bool:
        """One command reads a whole memory."""
        return self._lists

    def capacity(self, memory: str) -> int | None:
        """How many slots a memory has, as far as the modem said."""
        state = self._states.get(memory)
        return state.total if state is not None and state.total > 0 else None

    async def prepare(self, patience: SimPatience) -> None:
        """Learn the memories and receive into the best of them, unless the modem refuses."""
        async with self._lock:
            with contextlib.suppress(CommandError, ResponseError):  # an old phone has one memory
                response = await patience.execute(commands.query_storage_support())
                self._support = parse_storage_support(response)
            known = self._support.receive or self._support.read
            self._receive = next((name for name in RECEIVING if name in known), "")
            if self._receive:
                refusal = await self._try_select(self._receive)
                while refusal is not None and await patience.waits(refusal):
                    refusal = await self._try_select(self._receive)
            if not self._selected:
                await self._adopt_selected()

    async def read(self, slot: StorageSlot) -> StoredPdu | None:
        """The PDU in a slot; None if it is empty."""
        async with self._lock:
            await self._select(slot.memory)
            return await self._read(slot.index)

    async def list(self, memory: str) -> Listing:
        """Everything in a memory."""
        async with self._lock:
            await self._select(memory)
            if self._lists:
                try:
                    return await self._list_at_once(memory)
                except CommandError as err:
                    if _is_invalid_index(err):
                        return Listing(entries=(), complete=True)
                    if not _is_unsupported(err):
                        raise
                    self._lists = False
            return await self._list_one_by_one(memory)

    async def delete(self, slot: StorageSlot) -> None:
        """Empty a slot; an empty one is fine. Raises CommandError if the modem will not."""
        async with self._lock:
            await self._select(slot.memory)
            try:
                await self._execute(commands.delete_message(slot.index))
            except CmsError as err:
                if not _is_invalid_index(err):
                    raise

    async def _list_at_once(self, memory: str) -> Listing:
        """One list. An entry whose header makes no sense hides none of the others, and is read by itself."""
        response = await self._execute(commands.list_messages())
        listed = parse_stored_messages(response)
        entries = {pdu.index: pdu for pdu in listed if pdu.is_well_listed and pdu.index is not None}
        odd = [pdu for pdu in listed if not pdu.is_well_listed]
        if odd:
            _LOGGER.debug("%s of %s messages in memory %s are listed oddly", len(odd), len(listed), memory)
            entries |= await self._read_odd(memory, odd)
        return Listing(
            entries=tuple(entries.items()), complete=not response.truncated and len(entries) >= len(listed)
        )

    async def _read_odd(self, memory: str, odd: Sequence[StoredPdu]) -> dict[int, StoredPdu]:
        """What was listed oddly, by index. What is refused, the next list will find."""
        if any(pdu.status is None for pdu in odd):
            await attempt(self._link, commands.pdu_mode())  # words there: it fell back to text mode
        found: dict[int, StoredPdu] = {}
        if any(pdu.index is None for pdu in odd):
            with contextlib.suppress(CommandError):
                found |= (await self._list_one_by_one(memory)).entries
        for index in [pdu.index for pdu in odd if pdu.index is not None and pdu.index not in found]:
            with contextlib.suppress(CommandError):
                present = await self._read(index)
                found |= {} if present is None else {index: present}
        return found

    async def _list_one_by_one(self, memory: str) -> Listing:
        """Read slot by slot. One that hangs must not hide those behind it: the next list begins after it."""
        is_counted = await self._refresh()
        state = self._states.get(memory)
        total = state.total if state is not None and state.total else SLOTS_IF_UNKNOWN
        used = state.used if state is not None and is_counted else total
        start = self._resume_at.pop(memory, 0)
        entries: dict[int, StoredPdu] = {}
        for index in (*range(start, total + 1), *range(start)):  # from 0 on Huawei, from 1 elsewhere
            if len(entries) >= used:
                break
            try:
                pdu = await self._read(index)
            except (CommandError, ModemTimeoutError):
                self._resume_at[memory] = index + 1
                if not entries:
                    raise
                return Listing(entries=tuple(entries.items()), complete=False)
            if pdu is not None:
                entries[index] = pdu
        return Listing(entries=tuple(entries.items()), complete=True)

    async def _read(self, index: int) -> StoredPdu | None:
        try:
            return parse_stored_message(await self._execute(commands.read_message(index)))
        except CmsError as err:
            if _is_invalid_index(err):
                return None
            raise

    async def _execute(self, command: AtCommand) -> Response:
        """After silence the modem may have restarted with another memory selected: select again first."""
        try:
            return await self._link.execute(command)
        except ModemTimeoutError:
            self._selected = ""
            raise

    async def _select(self, memory: str) -> None:
        if memory == self._selected:
            return
        refusal = await self._try_select(memory)
        if refusal is not None and not await self._is_selected(memory):
            raise refusal

    async def _is_selected(self, memory: str) -> bool:
        """It is, and cannot be selected: Nokia N79 lists nothing to choose from, and has one memory."""
        with contextlib.suppress(CommandError, ResponseError):
            states = parse_storage_states(await self._execute(commands.query_storage()))
            self._selected = memory if states and states[0].memory == memory else ""
        return memory == self._selected

    async def _try_select(self, memory: str) -> CommandError | None:
        """Select; returns the last refusal."""
        write = memory if not self._support.write or memory in self._support.write else self._receive
        refusal: CommandError | None = None
        before, self._selected = self._selected, ""  # until answered: nothing may be deleted elsewhere
        for arity in self._arities:
            parameters = (memory, write or memory, self._receive or memory)[:arity]
            try:
                response = await self._execute(commands.select_storage(*parameters))
            except CommandError as err:
                refusal = err
                if is_sim_busy(err):
                    break
                continue
            self._arities = (arity, *(other for other in (3, 2, 1) if other != arity))
            self._selected = memory
            self._note(response, parameters)
            return None
        self._selected = before
        if refusal is not None and refusal.error_class is not ErrorClass.TEMPORARY:
            self._refused.add(memory)  # listed, but not to be had
        return refusal

    async def _adopt_selected(self) -> None:
        await self._refresh()
        self._selected = self._receive = next(iter(self._states), "")

    async def _refresh(self) -> bool:
        """Ask how full the selected memories are; False: the modem does not know that question."""
        try:
            self._note(await self._execute(commands.query_storage()))
        except CommandError:
            return False
        return True

    def _note(self, response: Response, memories: tuple[str, ...] = ()) -> None:
        try:
            states = parse_storage_states(response, memories)
        except ResponseError:
            return  # Samsung answers "+CPMS: " and nothing more
        self._states.update((state.memory, state) for state in states)


def _is_invalid_index(err: CommandError) -> bool:
    """The slot is empty."""
    return isinstance(err, CmsError) and err.code == CMS_INVALID_INDEX


def _is_unsupported(err: CommandError) -> bool:
    """The modem does not know the command, as opposed to: not now."""
    return type(err) is CommandError or (
        isinstance(err, CmeError | CmsError) and (type(err), err.code) in UNSUPPORTED
    )
