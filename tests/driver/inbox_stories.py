"""What the stories about receiving have in common: PDUs, answers, an open modem, a consumer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from gsm_driver import DeliveryReport, Modem, ReceivedSms
from gsm_driver.simulator import (
    PROFILES,
    Fault,
    FaultPlan,
    LoopScheduler,
    Simulator,
    SimulatorProfile,
    register_simulator,
)
from tests.driver.scripted_modem import ok

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from typing import Any

NUMBER = "+436601234567"
OTHER = "+436607654321"

# SMS-DELIVER from +436601234567, 2026-11-21 12:00:00 UTC, GSM 7 bit "OK"; written by hand.
OK_PDU = "00" + "04" + "0C91346610325476" + "00" + "00" + "62111221000000" + "02" + "CF25"
# The same a second later: another message.
OK_LATER_PDU = OK_PDU.replace("62111221000000", "62111221001000")
# SMS-STATUS-REPORT: TP-MR 7, same number, same times, TP-ST 00.
REPORT_PDU = "00" + "06" + "07" + "0C91346610325476" + "62111221000000" * 2 + "00"


def octets(hex_pdu: str) -> int:
    """The length that AT commands tell: without the SMSC field, which is one octet here."""
    return len(hex_pdu) // 2 - 1


def listing(*entries: tuple[int, str]) -> bytes:
    lines = [line for index, pdu in entries for line in (f"+CMGL: {index},0,,{octets(pdu)}", pdu)]
    return ok("\r\n".join(lines)) if lines else ok()


def stored(pdu: str, status: int = 0) -> bytes:
    return ok(f"+CMGR: {status},,{octets(pdu)}\r\n{pdu}")


@asynccontextmanager
async def simulated(
    profile: SimulatorProfile = PROFILES["generic"], *, faults: Sequence[Fault] = (), **options: Any
) -> AsyncIterator[tuple[Modem, Simulator]]:
    """An open modem and what is behind it, booted."""
    simulator = register_simulator(
        Simulator(LoopScheduler(), name="m", profile=profile, faults=FaultPlan(faults))
    )
    simulator.network.add_phone(NUMBER)
    await asyncio.sleep(20)
    async with Modem("simulator://m", **options) as modem:
        await asyncio.sleep(1)  # the first sweep
        yield modem, simulator


async def take(modem: Modem, count: int, *, within: float = 120.0, accept: bool = True) -> list[Any]:
    """The next messages and reports."""
    taken: list[ReceivedSms | DeliveryReport] = []
    async with asyncio.timeout(within):
        async for event in modem.events():
            if isinstance(event, ReceivedSms | DeliveryReport):
                taken.append(event)
                if accept:
                    await modem.inbox.accept(event)
            if len(taken) == count:
                break
    return taken


async def nothing_more(modem: Modem, *, within: float = 200.0) -> None:
    with pytest.raises(TimeoutError):
        await take(modem, 1, within=within)


def stored_in(simulator: Simulator) -> int:
    return sum(memory.used for memory in simulator.modem.storages.values())


def direct(kind: str, pdu: str) -> bytes:
    header = f"+CMT: ,{octets(pdu)}" if kind == "+CMT" else f"+CDS: {octets(pdu)}"
    return f"\r\n{header}\r\n{pdu}\r\n".encode()
