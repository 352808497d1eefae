"""``gsm_driver``, used as its documentation shows: send, take events, accept each."""

from __future__ import annotations

import asyncio
import sys

from bench.driver.clients.stdin import read_orders
from bench.driver.clients.wire import Outcomes, tell, tell_received
from gsm_driver import Modem, ModemError, ReceivedSms


async def main(port: str, outcomes: Outcomes) -> None:
    """Serve the referee until standard input ends."""
    async with Modem(port) as modem:
        consumer = asyncio.create_task(_consume(modem))
        tell("ready")
        async for order in read_orders():
            for index, text in enumerate(order.texts):
                outcomes.note(index, await _send(modem, order.number, text, index & 0xFF))
            outcomes.flush()
        consumer.cancel()


async def _send(modem: Modem, number: str, text: str, reference: int) -> str:
    try:
        await modem.sms.send(number, text, report=False, concat_reference=reference)
    except ModemError:
        return "failed"
    return "accepted"


async def _consume(modem: Modem) -> None:
    async for event in modem.events():
        if isinstance(event, ReceivedSms):
            tell_received(event.text)
            await modem.inbox.accept(event)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Outcomes(sys.argv[2:])))
