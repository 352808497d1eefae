"""News by MQTT: keywords, events, messages and calls reach a broker in time, or not at all."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.clock import SystemClock
from alert_engine.inbound.settings import CommandSettings
from alert_engine.intake.announcements import Announcer, Fate, Publication
from alert_engine.intake.outgoing import OutgoingQueue
from alert_engine.intake.state_board import NEWS_LIVES, StateBoard
from alert_engine.intake.topics import Topics
from alert_engine.model import AlarmRaise, Keyword, Tier
from alert_engine.operations.keywords import LIFE
from alert_engine.routes.base import InboundSms, Ring
from tests import virtual_time

from .brokers import DEADLINE, Mosquitto, Peer, allow_sockets, needs_mosquitto
from .mqtt_house import ANNA, ROOT, SETTINGS, House, a_house, an_engine, on_line
from .support import ANNA as ANNA_OF_STORIES
from .support import Story, number_of, telling

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.engine import AlertEngine

COMMANDS = CommandSettings(keywords=(Keyword(name="garage", words=("GARAGE",), tier=Tier.LISTED),))
WITH_GARAGE = replace(SETTINGS, commands=COMMANDS)


@dataclass
class Broker:
    """What waits for a broker that is away, until it comes and says something to everything."""

    story: Story
    queue: OutgoingQueue = field(default_factory=OutgoingQueue)

    def take_news(self, fate: Fate = Fate.TAKEN) -> list[tuple[str, Any]]:
        """The broker is there for a moment."""
        taken: list[Publication] = []
        while (publication := self.queue.take(self.story.clock.monotonic())) is not None:
            self.queue.settle(publication, fate)
            taken.append(publication)
        return [
            (each.topic.partition("/out/")[2], json.loads(each.payload)) for each in taken if not each.retain
        ]

    def board(self) -> StateBoard:
        return StateBoard(
            self.story.engine,
            Announcer(Topics("alert_gateway", "home")),
            self.queue.put,
            clock=self.story.clock,
            version="0.1.0",
        )


def not_done(story: Story) -> list[str]:
    return [text for _, text in story.route.texts if "GARAGE" in text and "not" in text.lower()]


class TestABrokerThatIsAway:
    @virtual_time.story
    async def test_a_keyword_waits_for_minutes_and_tells_when_it_was(self, tmp_path: Path) -> None:
        async with telling(tmp_path, commands=COMMANDS) as story:
            broker = Broker(story)
            await (board := broker.board()).start()
            await story.until(5)
            await story.route.receive(ANNA_OF_STORIES, "GARAGE")
            await story.until(5 + NEWS_LIVES - 1)
            news = dict(broker.take_news())
            assert news["keyword/garage"]["ts"] == "2026-03-01T14:07:05.000Z"
            await story.until(2 * LIFE.total_seconds())
            assert not_done(story) == []
            await board.stop()

    @pytest.mark.parametrize("came_back", [True, False])
    def test_a_keyword_that_is_too_old_is_dropped_and_its_sender_hears_so(
        self, tmp_path: Path, *, came_back: bool
    ) -> None:
        @virtual_time.story
        async def told() -> None:
            async with telling(tmp_path, commands=COMMANDS) as story:
                broker = Broker(story)
                await (board := broker.board()).start()
                await story.until(5)
                await story.route.receive(ANNA_OF_STORIES, "GARAGE")
                await story.until(5 + NEWS_LIVES + 1)
                if came_back:
                    assert "keyword/garage" not in dict(broker.take_news())
                else:
                    broker.queue.drop_outdated(story.clock.monotonic())
                assert broker.queue.outdated >= 1
                await story.until(5 + LIFE.total_seconds() + 60)
                assert len(not_done(story)) == 1
                await board.stop()

        told()

    @virtual_time.story
    async def test_the_time_that_a_keyword_waited_in_the_journal_counts(self, tmp_path: Path) -> None:
        async with telling(tmp_path, commands=COMMANDS) as story:
            end = story.engine.keywords.serve(lambda _: None)  # somebody who never says that it is done
            await story.route.receive(ANNA_OF_STORIES, "GARAGE")
            end()
            await story.until(NEWS_LIVES / 2)
            broker = Broker(story)
            await (board := broker.board()).start()
            await story.until(NEWS_LIVES + 1)
            assert dict(broker.take_news()) == {}
            assert broker.queue.outdated == 1
            await board.stop()

    @pytest.mark.parametrize("fate", [Fate.REFUSED, Fate.UNHEARD])
    def test_a_keyword_that_nobody_may_read_was_not_done(
        self, tmp_path: Path, fate: Fate, caplog: pytest.LogCaptureFixture
    ) -> None:
        @virtual_time.story
        async def told() -> None:
            async with telling(tmp_path, commands=COMMANDS) as story:
                broker = Broker(story)
                await (board := broker.board()).start()
                await story.route.receive(ANNA_OF_STORIES, "GARAGE")
                broker.take_news(fate)
                await story.until(LIFE.total_seconds() + 60)
                assert len(not_done(story)) == 1
                await board.stop()

        caplog.set_level("INFO")
        told()
        assert f"The keyword garage reached nobody by MQTT: {fate}" in caplog.text

    @virtual_time.story
    async def test_a_keyword_under_way_is_not_published_twice(self, tmp_path: Path) -> None:
        """The engine offers what waits to whoever begins to serve, also what has just come."""
        async with telling(tmp_path, commands=COMMANDS) as story:
            await (first := Broker(story)).board().start()
            await story.route.receive(ANNA_OF_STORIES, "GARAGE")
            await (second := Broker(story)).board().start()
            await story.until(1)
            for broker in (first, second):
                assert [topic for topic, _ in broker.take_news()].count("keyword/garage") == 1

    @virtual_time.story
    async def test_events_messages_and_calls_are_not_told_late_either(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as story:
            broker = Broker(story)
            await (board := broker.board()).start()
            await story.engine.raise_alarm(AlarmRaise(source="plc", key="tank"))
            await story.route.receive(ANNA_OF_STORIES, "hello")
            ring = Ring(caller=number_of(ANNA_OF_STORIES), at=story.clock.now())
            await story.engine.rung("modem", ring)
            await story.until(NEWS_LIVES + 1)
            await story.engine.rung("modem", replace(ring, at=story.clock.now() - timedelta(seconds=10)))
            assert [topic for topic, _ in broker.take_news()] == ["call/modem"]
            assert broker.queue.outdated == 3
            await board.stop()


@needs_mosquitto
class TestOverABroker:
    @pytest.fixture(autouse=True)
    def sockets(self) -> None:
        allow_sockets()

    async def test_a_keyword_is_over_when_the_broker_has_it(self, tmp_path: Path) -> None:
        async with (
            Mosquitto(tmp_path) as broker,
            a_house(broker.port, tmp_path, settings=WITH_GARAGE) as house,
        ):
            await write(house.engine, "GARAGE")
            told = await house.hears("out/keyword/garage", from_id="anna")
            assert told["ts"].endswith("Z")
            async with asyncio.timeout(DEADLINE):
                while await waits(house.engine):
                    pass

    async def test_a_keyword_that_came_while_the_gateway_was_not_on_line_comes_after(
        self, tmp_path: Path
    ) -> None:
        async with (
            Mosquitto(tmp_path) as broker,
            an_engine(tmp_path, WITH_GARAGE) as engine,
            Peer(broker.port) as peer,
        ):
            await peer.subscribe(f"{ROOT}/#")
            end = engine.keywords.serve(lambda _: None)  # somebody who never says that it is done
            await write(engine, "GARAGE")
            end()
            async with on_line(engine, broker.port):
                await peer.message(f"{ROOT}/out/keyword/garage")

    async def test_a_call_is_told_without_its_number(self, tmp_path: Path) -> None:
        async with Mosquitto(tmp_path) as broker, a_house(broker.port, tmp_path) as house:
            await rings(house, ANNA)
            assert (await house.hears("out/call/stick", from_id="anna"))["from"] == "+43…567"
            await rings(house, "")
            await house.hears("out/call/stick", from_id=None, **{"from": None})
            everything = b" ".join(message.payload for message in house.peer.messages)
        assert ANNA.encode() not in everything


async def write(engine: AlertEngine, text: str) -> None:
    now = SystemClock().now()
    message = InboundSms(
        sender=ANNA,
        sender_can_be_answered=True,
        text=text,
        received_at=now,
        service_centre_time=now,
        is_text=True,
    )
    await engine.inbound("stick", message)


async def rings(house: House, number: str) -> None:
    await house.engine.rung("stick", Ring(caller=number, at=SystemClock().now()))


async def waits(engine: AlertEngine) -> bool:
    """A keyword waits in the journal until somebody has it."""
    return await engine._ledger.read(lambda tx: tx.waiting_keywords.oldest()) is not None
