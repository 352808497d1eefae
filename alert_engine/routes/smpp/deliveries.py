"""What a message centre delivers: receipts to the messages they are about, texts from their parts.

A deliver_sm is answered when it is committed, so that the message centre keeps it until then. Two things may
have to wait for others, and both only for seconds, because some message centres send nothing else meanwhile:
a receipt that is quicker than the answer to its submission, and a part of a long message.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from alert_engine.errors import JournalError, JournalRefusalError
from alert_engine.routes.base import InboundReport

from .codes import Status
from .inbound import message_of, read_part
from .long_messages import LongMessages
from .pdu import WireError, read_short_message
from .receipts import References, is_receipt, read_receipt

if TYPE_CHECKING:
    from alert_engine.clock import Clock
    from alert_engine.routes.base import RouteSink

    from .account import SmppAccount
    from .inbound import Part
    from .pdu import Pdu, ShortMessage
    from .receipts import Receipt

_LOGGER = logging.getLogger(__name__)

EARLY_WAIT: Final = 5.0  # seconds that a receipt waits for the answers which are due


class Deliveries:
    """Takes each deliver_sm of a route.

    Args:
        name: of the route.
        account: its settings.
        sink: where everything is committed.
        clock: waiting, and the time of reception.
    """

    def __init__(self, name: str, account: SmppAccount, sink: RouteSink, clock: Clock) -> None:
        self._name = name
        self._account = account
        self._sink = sink
        self._clock = clock
        self._references = References(account.message_ids)
        self._long_messages = LongMessages(self._hand_in, clock)
        self._due = 0
        self._answered = asyncio.Event()

    # --- what is known of submissions ------------------------------------------------------------------

    def submitting(self) -> None:
        """A submission leaves: its receipt may come before its answer."""
        self._due += 1

    def submitted(self, reference: str, address: str) -> None:
        """The answer to a submission, or none; `reference` is empty if it was not taken."""
        self._due -= 1
        self.remember(reference, address)

    def remember(self, reference: str, address: str) -> None:
        """A submission was taken."""
        if reference:
            self._references.remember(reference, address)
        self._answered.set()

    # --- what is delivered -----------------------------------------------------------------------------

    async def take(self, pdu: Pdu) -> int:
        """Commit it; the status to answer it with."""
        try:
            message = read_short_message(pdu.body)
            receipt = read_receipt(message)
            if receipt is not None:
                await self._report(receipt)
            elif is_receipt(message):
                _LOGGER.warning("route %s: a receipt names no message", self._name)
            else:
                await self._inbound(message)
        except (WireError, JournalRefusalError) as error:
            _LOGGER.warning("route %s: something delivered cannot be taken: %s", self._name, error)
            return Status.PERMANENT_ERROR
        except JournalError as error:
            _LOGGER.warning("route %s: what was delivered waits: %s", self._name, error)
            return Status.TEMPORARY_ERROR
        return Status.OK

    async def _report(self, receipt: Receipt) -> None:
        reference, address = await self._meant(receipt)
        report = InboundReport(
            reference=reference,
            address=address,
            status=receipt.status,
            reported_at=self._clock.now(),
            code=receipt.code,
        )
        await self._sink.report(self._name, report)

    async def _meant(self, receipt: Receipt) -> tuple[str, str]:
        """Reference and recipient of the message that a receipt is about."""
        deadline = self._clock.monotonic() + EARLY_WAIT
        while not (is_known := self._references.knows(receipt)) and self._due:
            self._answered.clear()
            if not await self._clock.wait(self._answered, deadline):
                break
        known = self._references.find(receipt, () if is_known else await self._sink.awaited(self._name))
        if known is not None:
            return known
        # It may be about a submission in doubt, whose answer never came: the number shows which.
        others = (end for end in receipt.addresses if end.startswith("+") and end != self._account.sender)
        return receipt.exact_id or receipt.message_id, next(others, "")

    async def _inbound(self, message: ShortMessage) -> None:
        part = read_part(message)
        if part.total == 1:
            await self._hand_in((part,))
        else:
            await self._long_messages.take(part)

    async def _hand_in(self, parts: tuple[Part, ...]) -> None:
        message = message_of(parts, self._account.alphabet, self._clock.now())
        await self._sink.inbound(self._name, message)

    async def stop(self) -> None:
        """Hand in what is not whole: nobody else has it."""
        await self._long_messages.stop()
