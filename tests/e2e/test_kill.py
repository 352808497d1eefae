"""The gateway is killed at the worst moments; nothing is lost, and at most one SMS more is sent.

Each case kills a real process with SIGKILL, starts it again on the same journal, and lets the checker compare
what was accepted with what the phone got. Only two moments leave a doubt that nobody can decide: after
Ctrl-Z and before the journal has the modem's answer. There the delivery report decides, if it comes.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.daemon.exits import ExitCode
from gsm_driver.simulator import PROFILES, NetworkEventKind
from lab.parts.audit import copies, copies_of_segments, segment_states
from lab.parts.plant import Plant, running
from lab.parts.radio import Radio

from .plants import ONE_BROKER, a_plant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gsm_driver.simulator import NetworkEvent
    from lab.parts.program import Program

TITLE = "Tank low"
LONG = "Water stands in the cellar, the pump does not run. " * 4  # with the title two segments
GENERIC = PROFILES["generic"]
_MODE, _MT, _BM, _DS, _BFR = GENERIC.cnmi
# AT+CNMI without <ds> 1: a report is stored in the modem and waits there for whoever comes.
STORES_REPORTS = replace(GENERIC, name="stores reports", cnmi=(_MODE, _MT, _BM, frozenset({0, 2}), _BFR))


class Report(StrEnum):
    """What becomes of the delivery report of the SMS that was under way."""

    LATE = "late"  # it comes when the gateway runs again: the phone was switched off meanwhile
    STORED = "stored"  # the modem keeps it until the gateway runs again
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A moment, what the network does around it, and how often the phone gets each segment in the end."""

    at: str = ""  # a name of `alert_engine.failpoints`; else:
    after_ctrl_z_of: int = 1  # the segment whose PDU the modem just got
    report: Report = Report.LATE
    doubt_wait: str = "30s"  # longer than a test: the report must end the doubt
    copies: tuple[int, ...] = (1,)

    def __str__(self) -> str:
        moment = self.at or f"ctrl_z_of_segment_{self.after_ctrl_z_of}"
        return f"{moment}-report_{self.report}"


NO_DOUBT = [
    Death(at="raise_before_commit"),
    Death(at="raise_after_commit"),  # before the PUBACK
    Death(at="inflight_before_commit"),
    Death(at="inflight_after_commit"),  # before the modem is touched
    Death(at="submitted_before_commit"),  # at the open prompt
    Death(at="submitted_after_commit", doubt_wait="1s"),  # before the PDU, which only we know
    Death(at="accepted_after_commit"),
    Death(at="accepted_after_commit", report=Report.LOST),
    Death(at="outcome_before_commit", report=Report.LOST),
    Death(at="outcome_after_commit", report=Report.STORED),
]
IN_DOUBT = [
    Death(),
    Death(report=Report.STORED),
    Death(report=Report.LOST, doubt_wait="1s", copies=(2,)),
    Death(at="accepted_before_commit"),
    Death(at="accepted_before_commit", report=Report.STORED),
    Death(at="accepted_before_commit", report=Report.LOST, doubt_wait="1s", copies=(2,)),
]
IN_DOUBT_OF_TWO_SEGMENTS = [
    # The second one waits until the doubt about the first is over.
    Death(report=Report.STORED, doubt_wait="3s", copies=(1, 1)),
    Death(report=Report.LOST, doubt_wait="1s", copies=(2, 1)),
    Death(after_ctrl_z_of=2, copies=(1, 1)),
    Death(after_ctrl_z_of=2, report=Report.LOST, doubt_wait="1s", copies=(1, 2)),
    Death(at="accepted_before_commit", report=Report.LOST, doubt_wait="1s", copies=(2, 1)),
]


@pytest.fixture(params=ONE_BROKER)
async def plant(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Plant]:
    async with a_plant(tmp_path, request.param) as ready:
        yield ready


@pytest.fixture
async def radio(request: pytest.FixtureRequest, plant: Plant) -> AsyncIterator[Radio]:
    death: Death = request.param
    radio = Radio(plant.modem, STORES_REPORTS if death.report is Report.STORED else GENERIC)
    radio.conditions(report_loss_rate=float(death.report is Report.LOST))
    if death.report is Report.LATE:
        radio.network.switch_off(radio.phone.number)
    radio.plug_in()
    yield radio
    radio.close()


def deaths(cases: list[Death]) -> pytest.MarkDecorator:
    """Run with each of them: as `death`, and with the radio as it wants it."""
    both = [pytest.param(death, death, id=str(death)) for death in cases]
    return pytest.mark.parametrize(("death", "radio"), both, indirect=["radio"])


@deaths(NO_DOUBT)
async def test_where_no_doubt_is_left(death: Death, radio: Radio, plant: Plant) -> None:
    await die(plant, radio, death)
    await come_back(plant, radio, death)

    assert broken_promises(plant, radio) == {}
    assert copies(radio.phone, TITLE) == 1


@deaths(IN_DOUBT)
async def test_in_doubt(death: Death, radio: Radio, plant: Plant) -> None:
    await die(plant, radio, death)
    assert segment_states(plant.journal) == [("in_flight", "submitted")]
    await come_back(plant, radio, death)

    assert broken_promises(plant, radio) == {}
    assert (copies(radio.phone, TITLE),) == death.copies


@deaths(IN_DOUBT_OF_TWO_SEGMENTS)
async def test_in_doubt_about_a_segment(death: Death, radio: Radio, plant: Plant) -> None:
    await die(plant, radio, death, text=LONG)
    assert segment_states(plant.journal)[death.after_ctrl_z_of - 1] == ("in_flight", "submitted")
    await come_back(plant, radio, death)

    assert broken_promises(plant, radio) == {}
    assert copies(radio.phone, TITLE) == 1  # whole; a repeated segment joins its siblings, or has none
    segments = copies_of_segments(radio.phone)
    assert len({reference for reference, _ in segments}) == 1
    assert {place: count for (_, place), count in segments.items()} == dict(enumerate(death.copies, start=1))


@deaths([Death(report=Report.LOST, doubt_wait="1s")])
@pytest.mark.parametrize(
    "again_at", ["recovery_before_commit", "recovery_after_commit", "inflight_after_commit"]
)
async def test_killed_again_while_it_recovers(
    again_at: str, death: Death, radio: Radio, plant: Plant
) -> None:
    await die(plant, radio, death)
    async with plant.gateway(doubt_wait=death.doubt_wait, failpoint=again_at) as gateway:
        assert await gateway.ends() == -signal.SIGKILL
    await come_back(plant, radio, death)

    assert broken_promises(plant, radio) == {}
    assert copies(radio.phone, TITLE) == 2


@deaths([Death(at="raise_after_commit")])
async def test_a_source_without_ids(death: Death, radio: Radio, plant: Plant) -> None:
    """What the broker repeats cannot be told from a second raise: it is counted, and nobody is told twice."""
    await die(plant, radio, death, id=None)
    async with plant.gateway() as gateway:
        await running(gateway)
        radio.network.switch_on(radio.phone.number)
        await plant.alarm("tank", count=2)
        await plant.told("tank", "delivered")
    assert copies(radio.phone, TITLE) == 1


def broken_promises(plant: Plant, radio: Radio) -> dict[str, tuple[str, ...]]:
    """What the checker finds; how often each segment may come is said by each case itself."""
    found = plant.ledger.findings(plant.journal, radio.phones).faults
    return {kind: each for kind, each in found.items() if each and kind != "duplicated"}


async def die(plant: Plant, radio: Radio, death: Death, **fields: Any) -> None:
    """Run, take an alarm that the broker has confirmed to its source, and be killed."""
    async with plant.gateway(doubt_wait=death.doubt_wait, failpoint=death.at) as gateway:
        await running(gateway)
        if not death.at:
            kill_after_ctrl_z(gateway, radio, death.after_ctrl_z_of)
        await plant.raise_alarm("tank", TITLE, **fields)
        assert await gateway.ends() == -signal.SIGKILL


def kill_after_ctrl_z(gateway: Program, radio: Radio, segment: int) -> None:
    """Kill when the modem has the whole PDU of a segment, before it does anything with it."""

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING and event.segment == segment:
            gateway.signal(signal.SIGKILL)
            end_listening()

    end_listening = radio.network.listen(on_event)


async def come_back(plant: Plant, radio: Radio, death: Death) -> None:
    """Start again, let the report come if it does, and see a second alarm through."""
    if death.report is Report.STORED:
        counters = radio.network.counters
        await radio.until(lambda: counters.reports > 0, "the report in the modem's memory")
    async with plant.gateway(doubt_wait=death.doubt_wait) as gateway:
        await running(gateway)
        radio.network.switch_on(radio.phone.number)
        alarm = await plant.told("tank", "accepted" if death.report is Report.LOST else "delivered")
        assert alarm["count"] == 1  # the broker repeats what got no PUBACK: it is known by its id

        radio.conditions(report_loss_rate=0.0)
        await plant.raise_alarm("door", "Door open")
        await radio.sms("Door open")
        await plant.told("door", "delivered")
        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == ExitCode.OK
    assert "Traceback" not in gateway.output
