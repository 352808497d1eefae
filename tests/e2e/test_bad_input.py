"""What strangers, cables and wrong settings do to the gateway: one clear message, and nothing is lost."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest
import serial

from alert_engine.daemon.exits import ExitCode
from gsm_driver.simulator import Fault, Inject, Moment, Replace
from lab.parts.audit import copies
from lab.parts.impostor import running_impostor
from lab.parts.names import TOPICS
from lab.parts.plant import Plant, running
from lab.parts.radio import Radio

from .plants import ONE_BROKER, a_plant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lab.parts.program import Program

TITLE = "Tank low"
NO_MODEM_TIMEOUT = 30.0  # seconds of real time until a silent port is given up; seven questions take 7
NO_PROMPT_TIMEOUT = 30.0  # the same for a prompt that never comes, asked for once or twice: 10 to 15
TEN_MEBIBYTES = 10 * 1024 * 1024

# By source: the payload, and what it is answered.
BAD_PAYLOADS = {
    "malformed": (b'{"event": "raise", ', "this is no JSON: "),
    "not-an-object": (b"[1, 2]", "send a JSON object"),
    "empty": (b"", "empty payload: send ON, OFF or a JSON object"),
    "huge": (
        b'{"text": "%s"}' % (b"x" * TEN_MEBIBYTES),
        f"the payload has {TEN_MEBIBYTES + 12} octets; at most 65536 are read",
    ),
    "wrong-utf8": (b'{"title": "\xff\xfe"}', "the payload is not UTF-8: octet 12 fits no character"),
    "unknown-version": (b'{"v": 2, "event": "raise"}', "v: this gateway understands version 1"),
    "deep": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "the JSON is nested deeper than 20 levels"),
    "wrong-severity": (b'{"severity": "loud"}', "severity: must be one of info, normal, high, critical"),
    "wrong-type": (b'{"title": ["Tank"]}', "title: must be a text"),
    "endless-number": (b'{"ts": %s}' % (b"9" * 5_000), "this is no JSON: a number that no number is"),
}

NOISE = bytes(range(0x80, 0xFF))
POSITION = b"$GPGGA,140700,4812.5,N,01622.4,E,1,08,0.9,171.0,M,,,,*5A\r\n"  # NMEA 0183: the stick's GPS port


@pytest.fixture(params=ONE_BROKER)
async def plant(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Plant]:
    async with a_plant(tmp_path, request.param) as ready:
        yield ready


@pytest.fixture
async def radio(plant: Plant) -> AsyncIterator[Radio]:
    """A modem that is not plugged in yet."""
    radio = Radio(plant.modem)
    yield radio
    radio.close()


# --- MQTT ---


async def test_payloads_that_cannot_be_used(plant: Plant, radio: Radio) -> None:
    radio.plug_in()
    async with plant.gateway() as gateway:
        await running(gateway)
        for source, (payload, words) in BAD_PAYLOADS.items():
            await plant.publish(f"in/alarm/{source}/tank", payload)
            answer = json.loads((await plant.peer.message(response_to(source))).payload)
            assert answer.pop("error").startswith(words)
            assert answer == {"v": 1, "request_id": None, "ok": False, "changed": False}

            await plant.raise_alarm(f"after-{source}", f"Good after {source}")
            await radio.sms(f"Good after {source}")
    for source, (_, words) in BAD_PAYLOADS.items():
        assert [one.topic for one in plant.peer.messages].count(response_to(source)) == 1
        (line,) = gateway.said(response_to(source))
        assert words in line
    assert "Traceback" not in gateway.output


async def test_unknown_fields_are_kept_as_labels(plant: Plant, radio: Radio) -> None:
    radio.plug_in()
    async with plant.gateway() as gateway:
        await running(gateway)
        await plant.raise_alarm("tank", TITLE, colour="red", readings={"level": 12})
        await radio.sms(TITLE)
        await plant.told("tank", "delivered")
    with closing(sqlite3.connect(plant.journal)) as journal:
        ((labels,),) = journal.execute("SELECT labels FROM alarm")
    assert json.loads(labels) == {"colour": "red", "readings": '{"level":12}'}
    assert gateway.said("WARNING") == []


def response_to(source: str) -> str:
    return f"{TOPICS}/out/response/{source}"


# --- The port ---


async def test_a_port_that_does_not_exist(plant: Plant, radio: Radio) -> None:
    words = f"{plant.modem} does not exist. Is the modem plugged in, and is this still its name?"
    async with plant.gateway() as gateway:
        await says_what_is_wrong(plant, gateway, words)
        await raise_and_wait(plant)
        radio.plug_in()
        await goes_out(plant, radio)
    once(gateway, words)


async def test_a_port_that_another_program_holds(plant: Plant, radio: Radio) -> None:
    radio.plug_in()
    words = f"{plant.modem} is in use by another program, for example ModemManager or gammu-smsd"
    async with plant.gateway() as gateway:
        with serial.Serial(str(plant.modem), exclusive=True):
            await says_what_is_wrong(plant, gateway, words)
            await raise_and_wait(plant)
        await goes_out(plant, radio)
    once(gateway, words)


async def test_devices_that_are_no_modems(plant: Plant, radio: Radio) -> None:
    """Four of them at once, because it takes seconds to be sure of one."""
    words = "nobody answers AT commands at this port; try another port of the modem, if it is one"
    ports = {"stick": plant.modem, **{name: plant.folder / name for name in ("echo", "rubbish", "silence")}}
    answers = [lambda _: POSITION, lambda written: written, lambda _: NOISE, lambda _: b""]
    async with plant.gateway(ports={name: str(port) for name, port in ports.items()}) as gateway:
        with ExitStack() as impostors:
            for port, answer in zip(ports.values(), answers, strict=True):
                impostors.enter_context(running_impostor(port, answer))
            for name in ports:
                await says_what_is_wrong(plant, gateway, words, route=name)
            await raise_and_wait(plant)
        radio.plug_in()
        await goes_out(plant, radio)
    for name in ports:
        once(gateway, words, route=name)


async def says_what_is_wrong(plant: Plant, gateway: Program, words: str, *, route: str = "stick") -> None:
    """In the log and on MQTT."""
    await gateway.says(f"route {route}: failed: {re.escape(words)}$", within=NO_MODEM_TIMEOUT)
    topic = f"{TOPICS}/out/route/{route}/state"
    state = await plant.peer.message(topic, lambda one: b'"failed"' in one.payload)
    assert json.loads(state.payload)["error"] == words


async def raise_and_wait(plant: Plant) -> None:
    """An alarm is taken although nothing can go out."""
    await plant.raise_alarm("tank", TITLE)
    await plant.told("tank", "queued")


async def goes_out(plant: Plant, radio: Radio) -> None:
    """The modem is there now."""
    await radio.sms(TITLE)
    await plant.told("tank", "delivered")
    assert copies(radio.phone, TITLE) == 1


def once(gateway: Program, words: str, *, route: str = "stick") -> None:
    """However often it was tried."""
    assert len(gateway.said(f"route {route}: failed: {words}")) == 1
    assert "Traceback" not in gateway.output


# --- The line ---


def in_answer(garbage: bytes, *, offset: int = 0) -> Fault:
    return Fault(moment=Moment.ANSWER, command="+CMGS", effect=Inject(data=garbage, offset=offset), at=(1,))


@pytest.mark.parametrize(
    ("garbage", "told"),
    [
        pytest.param(
            Fault(moment=Moment.PROMPT, effect=Inject(data=NOISE), at=(1,)),
            "accepted by stick",
            id="before_the_prompt",
        ),
        pytest.param(in_answer(NOISE * 400), "accepted by stick", id="before_the_reference"),
        pytest.param(
            in_answer(NOISE, offset=len("\r\n+CM")),
            # The report, which is quick here, has the modem asked: it is done, and its answer was lost.
            "in_doubt by stick: the message left for the modem, but the modem is idle",
            id="in_the_reference",
        ),
    ],
)
async def test_garbage_during_a_send(garbage: Fault, told: str, plant: Plant, radio: Radio) -> None:
    radio.plug_in()
    radio.simulator.modem.faults.replace([garbage])
    async with plant.gateway(doubt_wait="30s") as gateway:
        await running(gateway)
        await plant.raise_alarm("tank", TITLE)
        await goes_out(plant, radio)
        await gateway.says("delivered by stick")
    assert radio.simulator.modem.faults.strikes == {0: 1}
    states = [line.partition("(raise) ")[2] for line in gateway.said("sms to anna (raise)")]
    assert [state for state in states if not state.startswith(told)] == [
        "queued",
        "in_flight by stick",
        "delivered by stick",
    ]
    assert len(states) == 4
    assert "Traceback" not in gateway.output


async def test_garbage_instead_of_every_prompt(plant: Plant, radio: Radio) -> None:
    """Nothing can be sent, and the modem waits for a text. The alarm stays, over a restart too."""
    radio.plug_in()
    faults = radio.simulator.modem.faults
    faults.replace([Fault(moment=Moment.PROMPT, effect=Replace(data=NOISE + b"> "))])
    complaint = "queued by stick: the message was not sent: the modem did not answer AT.CMGS within"
    async with plant.gateway() as gateway:
        await running(gateway)
        await plant.raise_alarm("tank", TITLE)
        await gateway.says(complaint, within=NO_PROMPT_TIMEOUT)
        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == ExitCode.OK
    assert radio.phone.texts == []
    assert "Traceback" not in gateway.output
    faults.replace([])
    async with plant.gateway():
        await goes_out(plant, radio)
