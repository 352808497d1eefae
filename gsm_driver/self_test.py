"""A message to oneself: the only proof that sending, receiving and reports all work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .errors import LinkError, ModemError
from .findings import Check, Finding, Verdict
from .models import DeliveryReport, ReceivedSms

if TYPE_CHECKING:
    from .modem import Modem

SELF_TEST_WAIT = 120.0  # seconds for a message to oneself: most take 5, a busy SMSC more


async def send_to_self(modem: Modem, number: str, token: str) -> Finding:
    """Send a message to oneself, wait for it and for its report.

    Args:
        modem: open; its events are read meanwhile, and what is not of this test stays in the modem.
        number: its own; empty: what the SIM has as such.
        token: makes the text one of its kind.

    Raises:
        LinkError: the line was lost.
    """
    numbers = (number,) if number else (await modem.sim.identity()).numbers
    if not numbers:
        return Finding(
            check=Check.SELF_TEST,
            verdict=Verdict.NOTICE,
            text="not tried: the SIM does not know its own number",
            advice="say it with --number",
        )
    began = asyncio.get_running_loop().time()
    text = f"gsm-driver {token}"
    try:
        receipt = await modem.sms.send(numbers[0], text, report=True)
    except LinkError:
        raise
    except ModemError as err:
        return Finding(check=Check.SELF_TEST, verdict=Verdict.BAD, text=str(err))
    seen: dict[str, float] = {}
    try:
        async with asyncio.timeout(SELF_TEST_WAIT):
            await _collect(modem, text, frozenset(receipt.message_references), seen)
    except TimeoutError:
        pass  # what is missing then is told
    return self_test_finding({what: at - began for what, at in seen.items()})


async def _collect(modem: Modem, text: str, references: frozenset[int], seen: dict[str, float]) -> None:
    """Note when the message and its report come, until both are there."""
    loop = asyncio.get_running_loop()
    async for event in modem.events():
        match event:
            case ReceivedSms() if event.text == text:
                seen["received"] = loop.time()
            case DeliveryReport() if event.message_reference in references and event.status.is_final:
                seen[f"report: {event.status.name.lower()}"] = loop.time()
            case _:
                continue
        await modem.inbox.accept(event)
        if "received" in seen and len(seen) > 1:
            return


def self_test_finding(seen: dict[str, float]) -> Finding:
    """What came back, and after how many seconds."""
    told = ", ".join(f"{what} after {seconds:.0f} s" for what, seconds in seen.items())
    if "received" not in seen:
        text = f"sent, but it did not arrive within {SELF_TEST_WAIT:.0f} s"
        return Finding(
            check=Check.SELF_TEST,
            verdict=Verdict.BAD,
            text=f"{text}; {told}" if told else text,
            advice="see whether the number is right and the memory has room",
        )
    if len(seen) == 1:
        return Finding(
            check=Check.SELF_TEST,
            verdict=Verdict.NOTICE,
            text=f"sent and {told}; no delivery report came",
            advice="operator or modem gives none: count on replies instead",
        )
    return Finding(check=Check.SELF_TEST, verdict=Verdict.GOOD, text=f"sent, {told}")
