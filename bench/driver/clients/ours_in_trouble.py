"""``gsm_driver`` with its supervisor, and a caller that does what the outcomes tell it to do.

Unknown: wait for the delivery report, which settles it; without one, send again. Rejected after the message
had left: a short look whether a report comes all the same, as some modems say CMS 500 of what they sent; then
again.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter

from bench.driver.clients.stdin import read_orders
from bench.driver.clients.wire import tell, tell_received
from gsm_driver import (
    DeliveryReport,
    ErrorClass,
    LateAcceptance,
    Modem,
    ModemError,
    ModemSupervisor,
    ReceivedSms,
    SendPhase,
    SendRejectedError,
    SendUnknownError,
)

REPORT_WAIT = 10.0  # seconds, in doubt; this network reports at once
REJECTED_WAIT = 1.0  # seconds, after a rejection
RETRY_AFTER = 0.2  # seconds
LOOK_AGAIN = 0.05  # seconds between looks at a supervisor without modem
FOR_GOOD = {ErrorClass.RECIPIENT, ErrorClass.MESSAGE, ErrorClass.ACCOUNT}


class Caller:
    """Sends one text at a time; knows which reports belong to what was accepted."""

    def __init__(self, supervisor: ModemSupervisor) -> None:
        self._supervisor = supervisor
        self._awaited: Counter[int] = Counter()  # TP-MR of accepted messages without report
        self._stray = 0  # reports of messages that nobody knows the reference of
        self._reported = asyncio.Event()

    async def deliver(self, number: str, text: str) -> str:
        """The outcome in the end."""
        while True:
            modem = await self._modem()
            try:
                receipt = await modem.sms.send(number, text)
            except SendUnknownError:
                tell("unknown")
                if await self._settled(REPORT_WAIT):
                    return "accepted"
            except SendRejectedError as err:
                if err.error_class in FOR_GOOD:
                    return "failed"
                if err.phase is SendPhase.SUBMITTED and await self._settled(REJECTED_WAIT):
                    return "accepted"
                await asyncio.sleep(RETRY_AFTER)
            except ModemError:
                await asyncio.sleep(RETRY_AFTER)
            else:
                self._awaited.update(receipt.message_references)
                return "accepted"

    async def consume(self) -> None:
        """Take what comes in."""
        async for event in self._supervisor.events():
            if isinstance(event, ReceivedSms):
                tell_received(event.text)
            elif isinstance(event, DeliveryReport):
                self._note(event.message_reference)
            elif isinstance(event, LateAcceptance):
                self._awaited[event.message_reference] += 1
                self._settle()
                continue
            else:
                continue
            if (modem := self._supervisor.modem) is not None:
                with contextlib.suppress(ModemError):
                    await modem.inbox.accept(event)

    def _note(self, reference: int) -> None:
        if self._awaited[reference] > 0:
            self._awaited[reference] -= 1
        else:
            self._settle()

    def _settle(self) -> None:
        self._stray += 1
        self._reported.set()

    async def _settled(self, wait: float) -> bool:
        """A report comes for the message in doubt. One text is under way at a time, so it is this one's."""
        self._reported.clear()
        if not self._stray:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._reported.wait(), wait)
        settled, self._stray = self._stray > 0, 0
        return settled

    async def _modem(self) -> Modem:
        while (modem := self._supervisor.modem) is None:  # noqa: ASYNC110 - it offers no event
            await asyncio.sleep(LOOK_AGAIN)
        return modem


async def main(port: str) -> None:
    """Serve the referee until standard input ends."""
    supervisor = ModemSupervisor(port)
    await supervisor.start()
    caller = Caller(supervisor)
    consumer = asyncio.create_task(caller.consume())
    while supervisor.modem is None:  # noqa: ASYNC110 - the same
        await asyncio.sleep(LOOK_AGAIN)
    tell("ready")
    async for order in read_orders():
        for index, text in enumerate(order.texts):
            tell("sent", index, await caller.deliver(order.number, text))
    await supervisor.stop()
    consumer.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
