"""``gsm_driver`` with its supervisor, and a caller that does what the outcomes tell it to do.

Unknown: wait until the driver learns from the delivery report that it was taken; if it does not, send again.
Rejected: the same after the pause that any retry keeps, as some modems say CMS 500 of what they sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

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
    SendRejectedError,
    SendUnknownError,
)

DOUBT_WAIT = 10.0  # seconds for the report of a message in doubt; the networks here need 10 at most
RETRY_AFTER = 2.0  # seconds before a refused message goes again
NO_MODEM = 0.2  # seconds, after the line was lost
LOOK_AGAIN = 0.05  # seconds between looks at a supervisor without modem
FOR_GOOD = {ErrorClass.RECIPIENT, ErrorClass.MESSAGE, ErrorClass.ACCOUNT}


class Caller:
    """Sends one text at a time."""

    def __init__(self, supervisor: ModemSupervisor) -> None:
        self._supervisor = supervisor
        self._taken_late = asyncio.Event()

    async def deliver(self, number: str, text: str) -> str:
        """The outcome in the end."""
        while True:
            modem = await self._modem()
            self._taken_late.clear()
            try:
                await modem.sms.send(number, text)
            except SendUnknownError:
                tell("unknown")
                if await self._is_settled(DOUBT_WAIT):
                    return "accepted"
            except SendRejectedError as err:
                if err.error_class in FOR_GOOD:
                    return "failed"
                if await self._is_settled(NO_MODEM if self._supervisor.modem is None else RETRY_AFTER):
                    return "accepted"
            except ModemError:
                await asyncio.sleep(NO_MODEM)
            else:
                return "accepted"

    async def consume(self) -> None:
        """Take what comes in."""
        async for event in self._supervisor.events():
            match event:
                case ReceivedSms():
                    tell_received(event.text)
                    await self._accept(event)
                case DeliveryReport():
                    await self._accept(event)
                case LateAcceptance():
                    self._taken_late.set()
                case _:
                    pass

    async def _accept(self, event: ReceivedSms | DeliveryReport) -> None:
        if (modem := self._supervisor.modem) is not None:
            with contextlib.suppress(ModemError):
                await modem.inbox.accept(event)

    async def _is_settled(self, wait: float) -> bool:
        """The driver learns from a report that the message was taken: this one, as one is under way."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._taken_late.wait(), wait)
        return self._taken_late.is_set()

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
