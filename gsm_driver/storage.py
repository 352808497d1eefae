"""The modem's message memories (3GPP TS 27.005 clause 3.2.2): select, list, read, delete."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.responses import (
    StorageSupport,
    StoredPdu,
    parse_storage_states,
    parse_storage_support,
    parse_stored_message,
    parse_stored_messages,
)

from .errors import CmeError, CmsError, CommandError, ErrorClass, ModemTimeoutError, ResponseError
from .startup import is_sim_busy

if TYPE_CHECKING:
    from gsm_driver.at.exchange import AtCommand, Response

    from .link import Link
    from .models import StorageSlot, StorageState
    from .startup import SimPatience

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
                    return await self._list_at_once()
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

    async def _list_at_once(self) -> Listing:
        response = await self._execute(commands.list_messages())
        entries = [(pdu.index, pdu) for pdu in parse_stored_messages(response)]
        return Listing(
            entries=tuple((index, pdu) for index, pdu in entries if index is not None),
            complete=not response.truncated,
        )

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
            except (CommandError, ResponseError, ModemTimeoutError):
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
        if memory != self._selected and (refusal := await self._try_select(memory)) is not None:
            raise refusal

    async def _try_select(self, memory: str) -> CommandError | None:
        """Select; returns the last refusal."""
        write = memory if not self._support.write or memory in self._support.write else self._receive
        refusal: CommandError | None = None
        before, self._selected = (
            self._selected,
            "",
        )  # unknown until answered: nothing may be deleted elsewhere
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
