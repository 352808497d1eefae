"""Pictures, documents and data: to the route, over a restart, and refused where nothing carries them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import InvalidRequestError, UnknownRecipientError
from alert_engine.model import (
    Address,
    Channel,
    Group,
    MessageState,
    Person,
    Priority,
    SendRequest,
    Verdict,
)
from alert_engine.routes.base import ErrorClass, Media, MediaKind, OutboundMessage
from alert_engine.routes.gsm_modem import _plan
from gsm_driver import Alphabet
from tests.engine.support import ANNA, FAILED, OK, CountedIds, FakeRoute, number_of, rejected, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

WHATSAPP = Channel.WHATSAPP
NUMBER = number_of(ANNA)
BOTH = replace(ANNA, addresses=(*ANNA.addresses, Address(channel=WHATSAPP, value=NUMBER)))
PICTURE = Media(kind=MediaKind.IMAGE, url="https://cam.example.org/1.jpg?k=v", file_name="door.jpg")
SHOWN = SendRequest(to=("anna",), text="the door", media=PICTURE)
OCTETS = SendRequest(to=("anna",), text="", data=bytes(range(140)))


def by_modem(**fields: Any) -> OutboundMessage:
    return OutboundMessage(
        uid="u", channel=Channel.SMS, address=NUMBER, text="", priority=Priority.NORMAL, **fields
    )


class TextsOnly(FakeRoute):
    """It carries nothing but texts, as most do."""

    def plan_segments(self, message: OutboundMessage) -> int:
        if message.media is not None or message.data is not None:
            raise ValueError("texts only")
        return super().plan_segments(message)


def chat(name: str = "cloud", **options: Any) -> FakeRoute:
    return FakeRoute(name, channels=frozenset({WHATSAPP}), **options)


class TestWhatIsCarried:
    @story
    async def test_media_go_by_the_address_that_can_show_them(self, tmp_path: Path) -> None:
        cloud = chat()
        async with telling(tmp_path, people=(BOTH,)) as told:
            await told.engine.add_route(cloud)
            await told.engine.send(SHOWN)
            await told.engine.send(replace(SHOWN, text=""))
            await told.engine.apply([replace(SHOWN, to=(NUMBER,))])
            await told.until(10)
            assert told.route.given == []
            assert [(each.media, each.text) for each in cloud.given] == [
                (PICTURE, "the door"),
                (PICTURE, ""),
                (PICTURE, "the door"),
            ]

    @story
    async def test_data_go_by_sms(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(BOTH,)) as told:
            await told.engine.send(OCTETS)
            await told.engine.send(replace(OCTETS, to=("+436649999999",)))
            await told.until(10)
            assert [(each.data, each.channel) for each in told.route.given] == [
                (OCTETS.data, Channel.SMS),
                (OCTETS.data, Channel.SMS),
            ]

    @story
    async def test_a_restart_keeps_both(self, tmp_path: Path) -> None:
        people = (BOTH,)
        async with telling(tmp_path, people=people, route=FakeRoute(health=FAILED)) as told:
            await told.engine.add_route(chat(health=FAILED))
            await told.engine.send(SHOWN)
            await told.engine.send(OCTETS)
        cloud, ids = chat(), CountedIds(3)
        ids.prefix = "later"
        async with telling(tmp_path, people=people, ids=ids) as told:
            await told.engine.add_route(cloud)
            await told.until(10)
            assert [each.media for each in cloud.given] == [PICTURE]
            assert [each.data for each in told.route.given] == [OCTETS.data]

    @story
    async def test_the_route_that_carries_texts_only_is_passed_over(self, tmp_path: Path) -> None:
        texts, cloud = TextsOnly("texts", channels=frozenset({WHATSAPP})), chat(health=FAILED)
        async with telling(tmp_path, people=(BOTH,), route=texts) as told:
            await told.engine.add_route(cloud)
            (sent,) = (await told.engine.send(SHOWN)).messages
            await told.until(60)
            assert (await told.message(sent.uid)).state is MessageState.QUEUED  # for the one that can
            await cloud.become(OK)
            await told.until(70)
            assert ([each.media for each in cloud.given], texts.given) == ([PICTURE], [])

    @story
    async def test_it_waits_for_a_carrier_that_is_made_anew(self, tmp_path: Path) -> None:
        texts, cloud = TextsOnly("texts", channels=frozenset({WHATSAPP})), chat(health=FAILED)
        async with telling(tmp_path, people=(BOTH,), route=texts) as told:
            await told.engine.add_route(cloud)
            (sent,) = (await told.engine.send(SHOWN)).messages
            await told.engine.remove_route("cloud")
            await told.until(60)
            message = await told.message(sent.uid)
            assert (message.state, message.attempts) == (MessageState.QUEUED, 0)
            await told.engine.add_route(again := chat())
            await told.until(130)
            assert [each.media for each in again.given] == [PICTURE]

    @story
    async def test_what_is_refused_is_not_sent_again_in_plain_letters(self, tmp_path: Path) -> None:
        first, second = chat("first", script=[rejected(ErrorClass.MESSAGE)]), chat("second")
        async with telling(tmp_path, people=(BOTH,), route=first) as told:
            await told.engine.add_route(second)
            await told.engine.send(SHOWN)
            await told.until(10)
            assert (len(first.given), len(second.given)) == (1, 1)

    @story
    async def test_an_id_stands_for_what_it_was_sent_with(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            first = replace(OCTETS, request_id="1")
            assert (await told.engine.send(first)).verdict is Verdict.APPLIED
            assert (await told.engine.send(first)).verdict is Verdict.DUPLICATE
            assert (await told.engine.send(replace(first, data=b"2"))).verdict is Verdict.APPLIED


class TestWhatIsNot:
    @pytest.mark.parametrize("request_", [SHOWN, OCTETS], ids=["media", "data"])
    @pytest.mark.parametrize("to", ["anna", NUMBER, "all"])
    @story
    async def test_no_route_carries_it(self, tmp_path: Path, request_: SendRequest, to: str) -> None:
        group = Group(id="all", name="All", members=("anna",))
        channels = frozenset({Channel.SMS, WHATSAPP})
        route = TextsOnly(channels=channels)
        async with telling(tmp_path, people=(BOTH,), route=route, groups=(group,)) as told:
            with pytest.raises(
                InvalidRequestError, match="recipient 1: no route to it carries media or data"
            ):
                await told.engine.send(replace(request_, to=(to,)))
            assert await told.engine.messages() == ()

    @story
    async def test_the_person_has_no_address_that_can_show_it(self, tmp_path: Path) -> None:
        nobody = Person(id="nobody", name="Nobody", addresses=())
        async with telling(tmp_path, people=(ANNA, nobody)) as told:
            await told.engine.add_route(chat())
            with pytest.raises(InvalidRequestError, match="no route to it"):
                await told.engine.send(SHOWN)
            with pytest.raises(UnknownRecipientError, match="has no address for anything"):
                await told.engine.send(SendRequest(to=("nobody",), text="x"))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"media": replace(PICTURE, url="http://cam.example.org/1.jpg")}, "https:// address"),
            ({"media": replace(PICTURE, url="")}, "media: it must have 1 to 2000"),
            ({"media": replace(PICTURE, url="https://x y")}, "https:// address"),
            ({"media": replace(PICTURE, file_name="a\nb")}, "media.file_name: it must have 1 to 240"),
            ({"media": PICTURE, "channel": Channel.SMS}, "media: sms cannot show it"),
            ({"text": "", "data": b""}, "data: it has 1 to 140 octets"),
            ({"text": "", "data": bytes(141)}, "data: it has 1 to 140 octets"),
            ({"data": b"1"}, "data: it is sent alone"),
            ({"text": "", "data": b"1", "flash": True}, "data: it is sent alone"),
            ({"text": "", "data": b"1", "channel": WHATSAPP}, "data: whatsapp cannot carry it"),
            ({"text": " "}, "text: it is empty"),
        ],
    )
    @story
    async def test_what_makes_no_sense(self, tmp_path: Path, changes: dict[str, Any], words: str) -> None:
        async with telling(tmp_path, people=(BOTH,)) as told:
            with pytest.raises(InvalidRequestError, match=words):
                await told.engine.send(SendRequest(**({"to": ("anna",), "text": "x"} | changes)))

    def test_a_modem_shows_no_media(self) -> None:
        with pytest.raises(ValueError, match="a modem shows no media"):
            _plan(by_modem(media=PICTURE))

    @pytest.mark.parametrize("octets", [b"\x00", bytes(range(140))])
    def test_a_modem_sends_data_in_one_segment(self, octets: bytes) -> None:
        plan = _plan(by_modem(data=octets))
        (segment,) = plan.segments
        assert (plan.alphabet, segment.user_data.payload) == (Alphabet.DATA, octets)
