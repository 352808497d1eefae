"""The story of an alarm with a modem, a broker and a decoder that nobody here wrote; no Home Assistant."""

from __future__ import annotations

import asyncio
import json
import signal
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import pytest_socket
from smspdudecoder.fields import SMSSubmit

from alert_engine.daemon.exits import ExitCode
from lab.parts.names import TOPICS
from lab.parts.phonesim import REPORTED_NUMBER, Phonesim, missing_parts, running_phonesim
from lab.parts.plant import Plant, running

from .plants import BROKERS, a_plant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

REASON = missing_parts()
pytestmark = [
    pytest.mark.skipif(bool(REASON), reason=f"ofono-phonesim: {REASON}"),
    pytest.mark.timeout(150),  # seconds; the story takes 10, a Qt start on a busy machine as much again
]
PDU_TIMEOUT = 30.0  # seconds until the modem has the next PDU


@pytest.fixture(params=BROKERS)
async def plant(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Plant]:
    async with a_plant(tmp_path, request.param) as ready:
        yield ready


@pytest.fixture
async def phonesim(plant: Plant) -> AsyncIterator[Phonesim]:
    folder = plant.folder / "phonesim"
    folder.mkdir()
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)  # out of its network namespace
    async with running_phonesim(folder) as ready:
        yield ready


async def test_raised_delivered_acknowledged_cleared(plant: Plant, phonesim: Phonesim) -> None:
    async with plant.gateway(ports={"stick": phonesim.url}) as gateway:
        await running(gateway)

        await plant.raise_alarm("tank", "Öltank leer", text="Füllstand 3 % [Keller]")
        code = (await plant.alarm("tank", state="raised"))["code"]
        assert await sms(phonesim, 1) == f"CRITICAL Öltank leer: Füllstand 3 % [Keller]. Reply OK {code}"
        await plant.told("tank", "delivered")  # by +CDS

        await phonesim.text_from(REPORTED_NUMBER, f"OK {code}")
        await plant.alarm("tank", state="acked", acked_by="anna", code=code)
        keyword = await plant.peer.message(f"{TOPICS}/out/keyword/OK")
        assert json.loads(keyword.payload)["from_id"] == "anna"
        assert await sms(phonesim, 2) == f"{code} is yours: Öltank leer"

        await plant.publish("in/alarm/plc/tank", "OFF")
        await plant.alarm("tank", state="closed", code=code)
        assert (await sms(phonesim, 3)).startswith(f"CLEARED {code} Öltank leer ")

        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == ExitCode.OK
    assert len(phonesim.submitted) == 3
    assert "Traceback" not in gateway.output


async def test_a_long_alarm_in_another_script(plant: Plant, phonesim: Phonesim) -> None:
    text = "Вода в подвале, насос не работает. " * 3
    async with plant.gateway(ports={"stick": phonesim.url}) as gateway:
        await running(gateway)
        await plant.raise_alarm("cellar", "Подвал", text=text)
        code = (await plant.alarm("cellar", state="raised"))["code"]
        segments = [decoded(pdu) for pdu in await pdus(phonesim, 3)]
        await plant.told("cellar", "delivered")
    assert "".join(one["user_data"]["data"] for one in segments) == (
        f"CRITICAL Подвал: {text.strip()} Reply OK {code}"
    )
    joins = [one["user_data"]["header"]["elements"][0]["data"] for one in segments]
    assert [(join["part_number"], join["parts_count"]) for join in joins] == [(1, 3), (2, 3), (3, 3)]
    assert len({join["reference"] for join in joins}) == 1


async def pdus(phonesim: Phonesim, count: int) -> list[str]:
    """What the modem was given so far, at least so many."""
    async with asyncio.timeout(PDU_TIMEOUT):
        return await phonesim.wait_for_submitted(count)


async def sms(phonesim: Phonesim, number: int) -> str:
    """The text of the so-many-th SMS-SUBMIT, which is for Anna and asks for a report."""
    submit = decoded((await pdus(phonesim, number))[number - 1])
    assert submit["recipient"]["number"] == REPORTED_NUMBER.removeprefix("+")
    assert submit["recipient"]["toa"]["ton"] == "international"
    assert submit["header"]["srr"]
    return str(submit["user_data"]["data"])


def decoded(pdu: str) -> dict[str, Any]:
    """By a decoder that is not ours."""
    fields: dict[str, Any] = SMSSubmit.decode(StringIO(pdu))
    return fields
