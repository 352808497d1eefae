"""Another process moves the simulator: JSON lines over TCP or a Unix socket."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from gsm_driver.models import RegistrationStatus
from gsm_driver.simulator import (
    ControlClient,
    ControlError,
    ControlServer,
    LoopScheduler,
    Simulator,
)
from gsm_driver.simulator.control import MAX_REQUEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HOLA = b"0001000B914316565811F9000004E8373B0C\x1a"  # python-messaging: "hola" to +34616585119
PHONE = "+34616585119"
TIMEOUT = 10.0  # seconds of real time that a loopback connection may take


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    simulator = Simulator(LoopScheduler())
    yield simulator
    simulator.close()


@pytest.fixture(params=["tcp", "unix"])
async def client(
    request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path
) -> AsyncIterator[ControlClient]:
    address = 0 if request.param == "tcp" else tmp_path / "control"
    async with (
        await ControlServer.start(simulator, address) as server,
        await ControlClient.connect(server.address) as client,
    ):
        yield client


def submit(simulator: Simulator) -> None:
    simulator.modem.receive(b"AT+CMGS=17\r")
    simulator.modem.receive(HOLA)


async def test_a_message_is_followed_from_the_modem_to_the_answer(
    client: ControlClient, simulator: Simulator
) -> None:
    await client.call("phone", number=PHONE, replies=[{"pattern": "ho(la)", "reply": r"OK \1"}])
    await client.listen()
    submit(simulator)
    assert (await client.next_event("submitting", within=TIMEOUT))["number"] == PHONE
    event = await client.next_event("delivered", number=PHONE, within=TIMEOUT)
    assert (event["text"], event["segments"]) == ("hola", 1)
    assert (await client.next_event("replied", within=TIMEOUT))["text"] == "OK la"
    assert (await client.next_event(within=TIMEOUT))["event"] == "arrived"
    (message,) = await client.call("inbox", number=PHONE)
    assert (message["sender"], message["text"]) == ("+43660000001", "hola")
    assert message["pdus"] == [HOLA[:-1].decode()]
    (phone,) = await client.call("phones")
    assert (phone["number"], phone["messages"], phone["doubled"]) == (PHONE, 1, 0)
    counters = await client.call("counters")
    assert (counters["network"]["delivered"], counters["network"]["arrived"]) == (1, 1)
    assert (await client.call("state"))["storages"]["SM"] == [1, 20]


async def test_events_come_once_however_often_one_listens(
    client: ControlClient, simulator: Simulator
) -> None:
    await client.listen()
    await client.listen()
    await client.call("text", number=PHONE, text="once")
    assert (await client.next_event(within=TIMEOUT))["event"] == "replied"
    assert (await client.next_event(within=TIMEOUT))["event"] == "arrived"
    with pytest.raises(TimeoutError):
        await client.next_event(within=0.0)


async def test_texts_and_pdus_reach_the_modem(client: ControlClient, simulator: Simulator) -> None:
    assert await client.call("text", number="Bank", text="x" * 200, order=[1, 0]) == {"segments": 2}
    await client.call("pdu", pdu="00FFFF")
    assert await client.call("counters")
    assert simulator.modem.storages["SM"].used == 3


async def test_everything_can_be_moved(client: ControlClient, simulator: Simulator) -> None:
    await client.call("phone", number=PHONE)
    await client.call("switch", number=PHONE, on=False)
    assert not simulator.network.phone(PHONE).is_on
    await client.call("switch", number=PHONE, on=True)
    assert simulator.network.phone(PHONE).is_on
    changed = await client.call("conditions", submit_latency=2.5, unknown_number="refuse")
    assert (changed["submit_latency"], changed["unknown_number"]) == (2.5, "refuse")
    assert (await client.call("conditions", loss_rate=0.5))["submit_latency"] == 2.5
    await client.call("line", baud=9600)
    assert simulator.line.conditions.baud == 9600
    await client.call("registration", status="denied", packet_status="home")
    assert simulator.modem.registration is RegistrationStatus.DENIED
    await client.call("signal", rssi=5)
    assert simulator.modem.radio.rssi == 5
    await client.call("faults", faults=[{"moment": "command", "effect": "lose"}], seed=7)
    simulator.modem.receive(b"AT\r")
    assert (await client.call("counters"))["faults"] == {"0": 1}
    await client.call("faults")
    await client.call("fill", memory="SM")
    assert simulator.modem.storages["SM"].is_full
    await client.call("unplug", returns_as="")
    assert not (await client.call("state"))["plugged"]
    await client.call("plug", name="modem9")
    assert (await client.call("state"))["name"] == "modem9"
    await client.call("reboot")
    assert not simulator.modem.power.is_ready
    await client.call("silence", seconds=0)
    assert simulator.modem.power.hears
    await client.call("silence")
    assert not simulator.modem.power.hears


@pytest.mark.parametrize("loss", [{"seconds": 60}, {"until_cycled": True}, {}])
async def test_the_network_goes_and_may_come_back_with_the_radio(
    client: ControlClient, simulator: Simulator, loss: dict[str, Any]
) -> None:
    await client.call("lose_registration", **loss)
    before = simulator.modem.registration
    assert before is RegistrationStatus.SEARCHING
    simulator.modem.receive(b"AT+CFUN=4\rAT+CFUN=1\r")
    after = simulator.modem.registration
    assert (after is RegistrationStatus.HOME) is ("until_cycled" in loss)


async def test_phones_call_and_are_called_and_codes_are_answered(
    client: ControlClient, simulator: Simulator
) -> None:
    await client.call("phone", number=PHONE)
    await client.call("on_call", number=PHONE, manner="busy", after=1.5)
    assert simulator.network.phone(PHONE).on_call.after == 1.5
    await client.listen()
    assert await client.call("call", number=PHONE) == {"rings": True}
    assert (await client.next_event("ringing", within=TIMEOUT))["number"] == PHONE
    assert await client.call("call", number=PHONE) == {"rings": False}
    (call,) = await client.call("calls", number=PHONE)
    assert (call["is_incoming"], call["answered_at"]) == (False, None)
    menu = {"text": "1 Saldo", "choices": {"1": {"text": "5 EUR"}}}
    await client.call("ussd", code="*100#", menu=menu)
    assert simulator.network.ussd.codes["*100#"].choices["1"].text == "5 EUR"


@pytest.mark.parametrize(
    ("do", "arguments", "reason"),
    [
        ("dance", {}, "unknown word 'dance'; known: listen, text, "),
        ("inbox", {}, "number"),
        ("inbox", {"number": PHONE}, "no phone has this number"),
        ("text", {"number": "?", "text": "x"}, "TP-"),
        ("faults", {"faults": [{}]}, "not a fault"),
        ("conditions", {"gravity": 1}, "gravity"),
        ("registration", {"status": "lost"}, "lost"),
        ("fill", {"memory": "XX"}, "XX"),
        ("on_call", {"number": PHONE, "manner": "sings"}, "sings"),
        ("calls", {"number": PHONE}, "no phone has this number"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(
    client: ControlClient, do: str, arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ControlError, match=reason):
        await client.call(do, **arguments)
    assert (await client.call("state"))["plugged"]


async def test_lines_that_are_no_requests_are_answered_and_endless_ones_end_the_connection(
    simulator: Simulator,
) -> None:
    async with await ControlServer.start(simulator, 0) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", str(server.address))
        for line in (b"hello\n", b"[1]\n", b"{}\n", b"\xff\n"):
            writer.write(line)
            assert "error" in json.loads(await reader.readline())
        writer.write(b"x" * (MAX_REQUEST + 1) + b"\n")
        assert await reader.read() == b""
        writer.close()


async def test_a_client_learns_that_the_simulator_is_gone(simulator: Simulator) -> None:
    server = await ControlServer.start(simulator, 0)
    client = await ControlClient.connect(server.address)
    await client.listen()
    waiting = asyncio.create_task(client.next_event(within=TIMEOUT))
    await client.call("state")
    await server.close()
    await server.close()
    with pytest.raises(ControlError, match="gone"):
        await waiting
    with pytest.raises(ControlError, match="gone"):
        await client.call("state")
    await client.close()


async def test_a_call_that_is_under_way_when_the_simulator_goes_ends() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b'{"id": 99, "result": "nobody asked"}\n')
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        client = await ControlClient.connect(server.sockets[0].getsockname()[1])
        with pytest.raises(ControlError, match="gone"):
            await client.call("state")
        await client.close()


async def test_nonsense_from_the_other_side_ends_the_connection() -> None:
    async def talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.example.org ready\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(talk_nonsense, "127.0.0.1", 0) as server:
        client = await ControlClient.connect(server.sockets[0].getsockname()[1])
        with pytest.raises(ControlError, match="gone"):
            await client.next_event(within=TIMEOUT)
        await client.close()


async def test_a_call_that_nobody_answers_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def be_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    monkeypatch.setattr("gsm_driver.simulator.control_client.CALL_TIMEOUT", 0.01)
    async with await asyncio.start_server(be_silent, "127.0.0.1", 0) as server:
        client = await ControlClient.connect(server.sockets[0].getsockname()[1])
        with pytest.raises(ControlError, match=r"not answered within 0\.01 s"):
            await client.call("state")
        await client.close()
