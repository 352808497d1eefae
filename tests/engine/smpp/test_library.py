"""Why the client is our own (adr/0012): what aiosmpplib does where message centres do what they really do.

Each of these has its counterpart in `test_route` and `test_received`, where the route must do better. When a
release makes one of them fail, the decision is due for another look.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.smpp.house import DELIVER, WireCentre, a_centre, delivery, unit
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

aiosmpplib: Any = pytest.importorskip("aiosmpplib", reason="the trial of another client needs aiosmpplib")

A_WHILE = 120.0  # seconds, virtual: longer than any of its waits


@asynccontextmanager
async def its_client() -> AsyncIterator[tuple[WireCentre, Any]]:
    async with a_centre() as centre:
        esme = aiosmpplib.ESME("127.0.0.1", centre.port, "esme", "secret", log_level=logging.CRITICAL)
        living = asyncio.create_task(esme.start())
        await asyncio.sleep(1)
        assert len(centre.binds) == 1
        try:
            yield centre, esme
        finally:
            living.cancel()
            with suppress(asyncio.CancelledError, UnboundLocalError):  # what ended its sender shows only now
                await living


def its_message(text: str = "Water", **changes: Any) -> Any:
    phone = aiosmpplib.PhoneNumber
    fields = {"source": phone("43123"), "destination": phone("436601234567"), "log_id": "m1"}
    return aiosmpplib.SubmitSm(short_message=text, **fields, **changes)


@story
async def test_it_does_send() -> None:
    async with its_client() as (centre, esme):
        await esme.broker.enqueue(its_message())
        assert b"Water" in await centre.take("1")


def test_it_has_no_way_to_encrypt() -> None:
    settings = inspect.signature(aiosmpplib.ESME).parameters
    assert not [name for name in settings if "ssl" in name or "tls" in name]


@story
async def test_a_refusal_by_a_providers_own_code_ends_its_link() -> None:
    async with its_client() as (centre, esme):
        await esme.broker.enqueue(its_message())
        await centre.refuse(0x410)
        await asyncio.sleep(A_WHILE)
        assert len(centre.binds) > 1


@pytest.mark.parametrize(
    "receipt",
    [
        b"id:1 sub:001 dlvrd:001 submit date:2601010101 done date:2601010102 stat:UNDELIV err:0A1 text:",
        b"id:1 sub:001 dlvrd:001 submit date:260101010159 done date:260101010259 stat:DELIVRD err:000 text:",
    ],
    ids=["an error in hexadecimal digits", "dates with seconds"],
)
@story
async def test_a_receipt_ends_its_link_each_time_that_it_comes(receipt: bytes) -> None:
    async with its_client() as (centre, _):
        for times in range(1, 4):
            assert len(centre.binds) == times
            centre.write(unit(DELIVER, times, delivery(receipt, esm_class=0x04)))
            await asyncio.sleep(A_WHILE)
        assert centre.got.empty()  # so it comes again, for ever


@story
async def test_a_message_that_must_not_become_a_payload_ends_all_sending() -> None:
    async with its_client() as (centre, esme):
        await esme.broker.enqueue(its_message(auto_message_payload=False))
        await asyncio.sleep(A_WHILE)
        await esme.broker.enqueue(its_message("after that"))
        await asyncio.sleep(A_WHILE)
        assert centre.got.empty()
