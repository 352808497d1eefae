"""The driver alone against a modem that nobody here wrote, and a decoder of the same kind."""

from __future__ import annotations

import asyncio
import warnings
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import pytest_socket

from gsm_driver import (
    DeliveryReport,
    DeliveryStatus,
    MessageKind,
    Modem,
    PinAttempts,
    PinRejectedError,
    PinRequiredError,
    ReceivedSms,
)
from gsm_driver.at.responses import SimState
from lab.parts.phonesim import (
    MESSAGE_REFERENCE,
    PIN,
    REPORTED_NUMBER,
    Phonesim,
    missing_parts,
    running_phonesim,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

E = TypeVar("E")

REASON = missing_parts()
pytestmark = [
    pytest.mark.skipif(bool(REASON), reason=f"ofono-phonesim: {REASON}"),
    pytest.mark.timeout(150),  # seconds; a Qt start on a busy machine may take 20
]
DEADLINE = 30.0  # seconds until anything here must have happened; phonesim waits 2 s before some answers


@asynccontextmanager
async def phonesim(folder: Path, *, sim_locked: bool = False) -> AsyncIterator[Phonesim]:
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)  # out of its network namespace
    async with running_phonesim(folder, sim_locked=sim_locked) as ready:
        yield ready


async def event_of(modem: Modem, kind: type[E]) -> E:
    """The next event of a kind."""
    async with asyncio.timeout(DEADLINE):
        async for event in modem.events():
            if isinstance(event, kind):
                return event
    raise AssertionError("the events ended")


def decoded(pdu: str) -> dict[str, Any]:
    """What python-gsmmodem reads in a PDU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of its source
        from gsmmodem.pdu import decodeSmsPdu  # noqa: PLC0415 - only where there is a phonesim
    read: dict[str, Any] = decodeSmsPdu(pdu)
    return read


async def test_a_message_is_sent_and_reported(tmp_path: Path) -> None:
    async with phonesim(tmp_path) as simulator, Modem(simulator.url) as modem:
        registration = await modem.network.registration()
        assert registration.status.can_send_sms
        assert registration.operator
        receipt = await modem.sms.send(REPORTED_NUMBER, "Wasser im Keller: 3 % [€]")
        assert receipt.message_references == (MESSAGE_REFERENCE,)
        report = await event_of(modem, DeliveryReport)
        assert (report.message_reference, report.recipient) == (MESSAGE_REFERENCE, REPORTED_NUMBER)
        assert report.status is DeliveryStatus.DELIVERED
    (submit,) = map(decoded, simulator.submitted)
    assert submit["type"] == "SMS-SUBMIT"
    assert submit["number"] == REPORTED_NUMBER
    assert submit["text"] == "Wasser im Keller: 3 % [€]"


async def test_a_long_message_is_sent_in_segments(tmp_path: Path) -> None:
    texts = ("Wasser im Keller, die Pumpe läuft nicht. " * 9, "Вода в подвале, насос не работает. " * 5)
    async with phonesim(tmp_path) as simulator, Modem(simulator.url) as modem:
        for reference, text in enumerate(texts):
            receipt = await modem.sms.send("+436609999999", text, concat_reference=reference)
            assert len(receipt.segments) == 3
    submits = [decoded(pdu) for pdu in simulator.submitted]
    assert tuple("".join(submit["text"] for submit in submits[at : at + 3]) for at in (0, 3)) == texts
    headers = [submit["udh"][0] for submit in submits]
    assert [(header.reference, header.parts, header.number) for header in headers] == [
        (reference, 3, number) for reference in (0, 1) for number in (1, 2, 3)
    ]


async def test_a_message_is_received_and_deleted(tmp_path: Path) -> None:
    async with phonesim(tmp_path) as simulator, Modem(simulator.url) as modem:
        await simulator.text_from("+436601111111", "OK 4711")
        message = await event_of(modem, ReceivedSms)
        assert (message.sender, message.text, message.kind) == ("+436601111111", "OK 4711", MessageKind.TEXT)
        await modem.inbox.accept(message)
        if message.slots:
            assert f"AT+CMGD={message.slots[0].index}" in simulator.written.decode("ascii")


async def test_the_right_pin_opens_the_sim(tmp_path: Path) -> None:
    async with (
        phonesim(tmp_path, sim_locked=True) as simulator,
        Modem(simulator.url, pin=PIN) as modem,
    ):
        status = await modem.sim.status()
        assert (status.state, status.pin_tries) == (SimState.READY, 3)
        await modem.sms.send(REPORTED_NUMBER, "unlocked")
        assert simulator.written.decode("ascii").count(f'AT+CPIN="{PIN}"') == 1


async def test_a_wrong_pin_costs_one_try_and_no_second(tmp_path: Path) -> None:
    attempts = PinAttempts()
    async with phonesim(tmp_path, sim_locked=True) as simulator:
        with pytest.raises(PinRejectedError):
            await Modem(simulator.url, pin="0000", pin_attempts=attempts).open()
        with pytest.raises(PinRequiredError):
            await Modem(simulator.url, pin="0000", pin_attempts=attempts).open()
        assert simulator.written.decode("ascii").count("AT+CPIN=") == 1


async def test_a_locked_sim_without_a_pin_is_told(tmp_path: Path) -> None:
    async with phonesim(tmp_path, sim_locked=True) as simulator:
        with pytest.raises(PinRequiredError, match="asks for its PIN"):
            await Modem(simulator.url).open()
