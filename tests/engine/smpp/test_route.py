"""The route against a message centre made of bytes, in virtual time: what goes wrong on a link."""

from __future__ import annotations

import asyncio
import random
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import JournalError, JournalRefusalError
from alert_engine.model import Channel
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    ProofLevel,
    Rejected,
    ReportStatus,
    RouteState,
    SegmentProgress,
    Unknown,
)
from alert_engine.routes.smpp import SmppRoute
from alert_engine.routes.smpp.inbound import MAX_UNFINISHED
from alert_engine.routes.smpp.session import MAX_DELIVERIES, MAX_WAITING
from tests.engine.smpp.house import (
    ANNA,
    BERT,
    DELIVER,
    ENQUIRE,
    SUBMIT,
    UNBIND,
    Bench,
    Sink,
    SteadyIds,
    WireCentre,
    a_centre,
    a_message,
    a_route,
    an_account,
    delivery,
    unit,
)
from tests.engine.support import StoryClock
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from alert_engine.routes.base import InboundReport, InboundSms, RouteHealth

RECEIPT = 0x04
TWO_PARTS = "x" * 200


@asynccontextmanager
async def linked(
    *, state: RouteState | None = RouteState.OK, centre: dict[str, Any] | None = None, **settings: Any
) -> AsyncIterator[tuple[WireCentre, Bench]]:
    async with (
        a_centre(**(centre or {})) as wire,
        a_route(an_account(wire.port, **settings), StoryClock(), state=state) as bench,
    ):
        yield wire, bench


def receipt(message_id: str, state: str = "DELIVRD", error: str = "000", source: str = ANNA[1:]) -> bytes:
    text = f"id:{message_id} sub:001 dlvrd:001 submit date:2601010101 done date:260101010101 stat:{state}"
    return delivery(f"{text} err:{error} text:id:9 stat:X".encode(), esm_class=RECEIPT, source=source)


# --- sending ------------------------------------------------------------------------------------------------


@story
async def test_a_message_is_submitted_and_told_of_at_each_step() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        body = await centre.take("77ab")
        assert await sending == Accepted(reference="77ab", segments=1)
        assert body == (
            b"\0"  # service type
            b"\x05\x00Alarm\0"
            b"\x01\x01436601234567\0"
            b"\x00\x00\x00"  # esm_class, protocol_id, priority
            b"\0\0"  # now, no validity
            b"\x01\x00\x00\x00"  # receipt wanted, GSM 7 bit
            b"\x13Water in the cellar"
        )
        assert bench.told(0) == ["submitted", "accepted"]
        await asyncio.sleep(1)
        assert bench.sink.late == []
        assert bench.route.name == "centre"
        assert bench.route.channels == {Channel.SMS}
        assert bench.route.health.proof is ProofLevel.ALLOWED


@story
async def test_a_long_message_goes_in_parts_and_only_those_wanted_go_again() -> None:
    async with linked() as (centre, bench):
        sending = bench.send(TWO_PARTS)
        bodies = [await centre.take("1"), await centre.take("2")]
        assert await sending == Accepted(reference="1,2", segments=2)
        again = bench.send(TWO_PARTS, segments_to_send=(1,))
        assert await centre.take("3") == bodies[1]
        assert await again == Accepted(reference="3", segments=2)
        assert b"\x05\x00\x03\xa7\x02\x01" in bodies[0]
        assert b"\x05\x00\x03\xa7\x02\x02" in bodies[1]


@story
async def test_where_the_provider_cuts_one_submission_carries_all_segments() -> None:
    async with linked(long_messages="payload") as (centre, bench):
        assert bench.route.plan_segments(a_message(TWO_PARTS)) == 2
        sending = bench.send(TWO_PARTS, segments_to_send=(1,))
        body = await centre.take("7")
        assert await sending == Accepted(reference="7", segments=2)
        assert body.endswith(b"\x04\x24\x00\xc8" + b"x" * 200)
        assert bench.told(0) == bench.told(1) == ["submitted", "accepted"]


STATUSES = [
    (0x58, ErrorClass.TEMPORARY),
    (0x14, ErrorClass.TEMPORARY),
    (0x08, ErrorClass.TEMPORARY),
    (0x0A, ErrorClass.ACCOUNT),
    (0x0B, ErrorClass.RECIPIENT),
    (0x01, ErrorClass.MESSAGE),
    (0x410, ErrorClass.TEMPORARY),  # a maker's own
]


@pytest.mark.parametrize(("status", "error_class"), STATUSES)
@story
async def test_a_refusal_is_told_with_its_code(status: int, error_class: ErrorClass) -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        await centre.refuse(status)
        outcome = await sending
        assert isinstance(outcome, Rejected)
        assert (outcome.error_class, outcome.code) == (error_class, f"SMPP 0x{status:02X}")
        assert outcome.certain
        assert ANNA[1:] not in outcome.reason
        assert len(centre.binds) == 1
        assert bench.told(0) == ["submitted"]


@story
async def test_a_command_that_is_not_understood_is_a_refusal_too() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        _, sequence, _ = await centre.next(SUBMIT)
        centre.write(unit(0x80000000, sequence, status=0x03))
        outcome = await sending
        assert isinstance(outcome, Rejected)
        assert outcome.error_class is ErrorClass.ACCOUNT
        assert bench.route.health.state is RouteState.FAILED


@story
async def test_a_nack_without_a_status_takes_no_message() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        _, sequence, _ = await centre.next(SUBMIT)
        centre.write(unit(0x80000000, sequence))
        outcome = await sending
        assert isinstance(outcome, Rejected)
        assert outcome.code == "SMPP 0x03"
        assert bench.told(0) == ["submitted"]


@story
async def test_a_late_nack_takes_none_either() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        _, sequence, _ = await centre.next(SUBMIT)
        assert isinstance(await sending, Unknown)
        centre.write(unit(0x80000000, sequence))
        await asyncio.sleep(1)
        assert bench.sink.late == []


@pytest.mark.parametrize("command", [ENQUIRE, DELIVER, UNBIND, 0x103])
@story
async def test_an_answer_to_something_else_takes_no_message(command: int) -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        _, sequence, _ = await centre.next(SUBMIT)
        centre.write(unit(command | 0x80000000, sequence, b"x\0"))
        await asyncio.sleep(1)
        assert not sending.done()
        centre.write(unit(SUBMIT | 0x80000000, sequence, b"1\0"))
        assert await sending == Accepted(reference="1", segments=1)


@story
async def test_sequence_numbers_begin_anew_after_the_last() -> None:
    async with linked() as (centre, bench):
        session = bench.route._session
        assert session is not None
        session._sequence = 0x7FFFFFFE  # two thousand million messages would take too long
        sequences = []
        for number in range(3):
            sending = bench.send()
            _, sequence, _ = await centre.next(SUBMIT)
            centre.write(unit(SUBMIT | 0x80000000, sequence, b"%d\0" % number))
            assert await sending == Accepted(reference=str(number), segments=1)
            sequences.append(sequence)
        assert sequences == [0x7FFFFFFF, 1, 2]


@story
async def test_throttling_makes_a_pause_for_all_messages() -> None:
    async with linked() as (centre, bench):
        loop = asyncio.get_running_loop()
        sending = bench.send()
        await centre.refuse(0x58)
        refused = await sending
        assert isinstance(refused, Rejected)
        assert refused.retry_after is not None
        began = loop.time()
        sending = bench.send()
        await centre.take("1")
        await sending
        assert loop.time() - began == pytest.approx(refused.retry_after.total_seconds(), abs=0.1)


@story
async def test_submissions_keep_the_pace() -> None:
    async with linked(per_second=2) as (centre, bench):
        began = asyncio.get_running_loop().time()
        for number in range(5):
            sending = bench.send()
            await centre.take(str(number))
            await sending
        assert asyncio.get_running_loop().time() - began == pytest.approx(2.0, abs=0.1)


@story
async def test_the_window_bounds_what_waits_and_answers_come_in_any_order() -> None:
    async with linked(window=2) as (centre, bench):
        sendings = [bench.send(text) for text in ("first", "second", "third")]
        _, first, _ = await centre.next(SUBMIT)
        _, second, body = await centre.next(SUBMIT)
        assert body.endswith(b"second")
        await asyncio.sleep(1)
        assert centre.got.empty()
        centre.write(unit(SUBMIT | 0x80000000, second, b"B\0"))
        assert await sendings[1] == Accepted(reference="B", segments=1)
        centre.write(unit(SUBMIT | 0x80000000, first, b"A\0"))
        assert await sendings[0] == Accepted(reference="A", segments=1)
        await centre.take("C")
        assert await sendings[2] == Accepted(reference="C", segments=1)


@story
async def test_a_link_that_breaks_after_the_submission_leaves_it_unknown() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        await centre.next(SUBMIT)
        centre.drop()
        assert isinstance(await sending, Unknown)
        assert bench.told(0) == ["submitted"]


@story
async def test_no_answer_is_unknown_and_a_late_one_is_told() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        _, sequence, _ = await centre.next(SUBMIT)
        assert isinstance(await sending, Unknown)
        centre.write(unit(SUBMIT | 0x80000000, sequence, b"LATE\0"))
        await bench.sink.until(lambda: bool(bench.sink.late))
        late = bench.sink.late[0]
        assert (late.address, late.segment, late.reference) == (ANNA, 0, "LATE")
        assert late.left_at is not None
        assert await centre.delivered(receipt("late")) == 0
        assert bench.sink.reports[-1].reference == "LATE"


@story
async def test_a_late_refusal_changes_nothing_nor_does_a_full_journal() -> None:
    async with linked() as (centre, bench):
        sendings = [bench.send(), bench.send()]
        _, first, _ = await centre.next(SUBMIT)
        await sendings[0]
        _, second, _ = await centre.next(SUBMIT)
        await sendings[1]
        centre.write(unit(SUBMIT | 0x80000000, first, status=0x08))
        bench.sink.refusal = JournalError("no room on the disk")
        centre.write(unit(SUBMIT | 0x80000000, second, b"2\0"))
        await asyncio.sleep(1)
        assert bench.sink.late == []


@story
async def test_a_cancelled_send_leaves_the_link_clean() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        _, sequence, _ = await centre.next(SUBMIT)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        centre.write(unit(SUBMIT | 0x80000000, sequence, b"1\0"))
        await bench.sink.until(lambda: bool(bench.sink.late))
        sending = bench.send()
        await centre.take("2")
        assert await sending == Accepted(reference="2", segments=1)


@story
async def test_without_a_link_nothing_leaves() -> None:
    async with linked() as (centre, bench):
        centre.drop()
        await bench.sink.until_state(RouteState.DEGRADED)
        outcome = await bench.send()
        assert isinstance(outcome, Rejected)
        assert outcome.error_class is ErrorClass.DEVICE
        assert bench.steps == []


@story
async def test_what_the_journal_refuses_is_not_submitted() -> None:
    async def full(_: SegmentProgress) -> None:
        raise JournalError("no room on the disk")

    async with linked() as (centre, bench):
        with pytest.raises(JournalError):
            await bench.route.send(a_message(), full)
        await asyncio.sleep(1)
        assert centre.got.empty()


@story
async def test_what_no_sms_can_carry_is_refused() -> None:
    async with linked() as (_, bench):
        outcome = await bench.send("x" * 50_000)
        assert isinstance(outcome, Rejected)
        assert outcome.error_class is ErrorClass.MESSAGE
        with pytest.raises(ValueError, match="segments"):
            bench.route.plan_segments(a_message("x" * 50_000))


# --- the link -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0x0D, 0x0E, 0x0F])
@story
async def test_a_refused_log_in_waits_for_a_person(status: int) -> None:
    async with linked(state=RouteState.FAILED, centre={"bind_status": status}) as (centre, bench):
        outcome = await bench.send()
        assert isinstance(outcome, Rejected)
        assert (outcome.error_class, outcome.code) == (ErrorClass.ACCOUNT, f"SMPP 0x{status:02X}")
        await asyncio.sleep(500)
        assert len(centre.binds) == 1
        centre.bind_status = 0
        await bench.sink.until_state(RouteState.OK)


@story
async def test_a_link_that_stays_away_is_tried_more_and_more_seldom() -> None:
    async with linked(state=None, centre={"bind_status": 0x08}) as (centre, bench):
        await asyncio.sleep(300)
        gaps = [round(b - a) for a, b in zip(centre.binds, centre.binds[1:], strict=False)]
        assert gaps[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
        assert (bench.route.health.state, bench.route.health.reason) == (
            RouteState.FAILED,
            "the provider has a system error",
        )


@story
async def test_it_comes_back_by_itself() -> None:
    async with linked() as (centre, bench):
        await asyncio.sleep(100)
        centre.drop()
        await bench.sink.until_state(RouteState.DEGRADED)
        await bench.sink.until_state(RouteState.OK)
        sending = bench.send()
        await centre.take("1")
        assert isinstance(await sending, Accepted)
        assert len(centre.binds) == 2


@story
async def test_after_a_session_that_lived_long_the_first_wait_is_short_again() -> None:
    async with linked() as (centre, bench):
        for times in range(1, 6):
            await asyncio.sleep(100)
            assert len(centre.binds) == times
            centre.drop()
            await bench.sink.until_state(RouteState.DEGRADED)
            began = asyncio.get_running_loop().time()
            await bench.sink.until_state(RouteState.OK)
            assert asyncio.get_running_loop().time() - began < 1.5


@story
async def test_many_gateways_do_not_come_back_at_one_moment() -> None:
    class Chance(SteadyIds):
        def draw(self, count: int) -> int:
            return count - 1

    async with a_centre(bind_status=0x08) as centre:
        route = SmppRoute("centre", an_account(centre.port), clock=StoryClock(), ids=Chance())
        await route.start(Sink())
        await asyncio.sleep(100)
        gaps = [b - a for a, b in zip(centre.binds, centre.binds[1:], strict=False)]
        assert gaps[:5] == pytest.approx([0.5, 1, 2, 4, 8], abs=0.1)
        await route.stop()


@story
async def test_silence_is_tested_and_a_dead_link_is_given_up() -> None:
    async with linked() as (centre, bench):
        await asyncio.sleep(100)
        assert centre.enquiries == 3
        centre.answers_enquiries = False
        await bench.sink.until_state(RouteState.DEGRADED)
        assert "does not answer" in bench.sink.healths[-1].reason


@story
async def test_the_providers_own_enquiry_and_good_bye_are_answered() -> None:
    async with linked() as (centre, bench):
        centre.write(unit(ENQUIRE, 5))
        assert await centre.next(ENQUIRE | 0x80000000) == (0, 5, b"")
        centre.write(unit(0x103, 6))  # data_sm
        assert await centre.next(0x80000000) == (3, 6, b"")
        centre.write(unit(SUBMIT | 0x80000000, 99))  # nobody asked
        centre.write(unit(UNBIND, 7))
        assert await centre.next(UNBIND | 0x80000000) == (0, 7, b"")
        await bench.sink.until_state(RouteState.DEGRADED)


@pytest.mark.parametrize("length", [0, 15, 0x11001, 0xFFFFFFFF])
@story
async def test_an_absurd_length_ends_the_link(length: int) -> None:
    async with linked() as (centre, bench):
        centre.write(length.to_bytes(4, "big") + bytes(12))
        await bench.sink.until_state(RouteState.DEGRADED)
        assert "not SMPP" in bench.sink.healths[-1].reason


@story
async def test_nobody_there() -> None:
    async with a_centre() as centre:
        port = centre.port
    async with a_route(an_account(port), StoryClock(), state=None) as bench:
        assert (await bench.send()) == Rejected(
            error_class=ErrorClass.DEVICE, reason="the link to the provider is being opened"
        )
        await bench.sink.until_state(RouteState.FAILED)
        assert "cannot be reached" in bench.sink.healths[-1].reason


@story
async def test_a_log_in_that_is_nacked_without_a_status_is_refused() -> None:
    async def nacking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(16)
        writer.write(unit(0x80000000, 1))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(nacking, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with a_route(an_account(port), StoryClock(), state=RouteState.FAILED) as bench:
        assert "SMPP 3.4 port" in bench.sink.healths[-1].reason
    server.close()


@story
async def test_whatever_a_centre_sends_the_link_comes_back() -> None:
    chance = random.Random(34)
    commands = [0x80000000, *(each | bit for each in (4, 5, 6, 9, 0x15, 0x103) for bit in (0, 0x80000000))]
    async with linked() as (centre, bench):
        for _ in range(300):
            body = chance.randbytes(chance.randrange(60))
            octets = unit(chance.choice(commands), chance.randrange(50), body, chance.choice((0, 0, 0x58)))
            centre.write(octets[: chance.randrange(1, 40)] if chance.random() < 0.05 else octets)
            await asyncio.sleep(0.5)
        centre.drop()
        await asyncio.sleep(200)
        assert bench.route.health.state is RouteState.OK
        while not centre.got.empty():
            centre.got.get_nowait()
        sending = bench.send()
        await centre.take("1")
        assert await sending == Accepted(reference="1", segments=1)


@story
async def test_certificates_that_cannot_be_read_are_told() -> None:
    async with linked(state=RouteState.FAILED, tls=True, ca_file="/nowhere/ca.pem") as (_, bench):
        assert "ca_file" in bench.sink.healths[-1].reason


@story
async def test_tls_on_a_plain_port_is_told() -> None:
    async with linked(state=RouteState.UNKNOWN, tls=True) as (centre, bench):
        assert bench.sink.healths[-1].reason
        assert centre.binds == []


@story
async def test_a_log_in_without_an_answer_is_given_up() -> None:
    async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with a_route(an_account(port), StoryClock(), state=RouteState.UNKNOWN) as bench:
        assert "log-in got no answer" in bench.sink.healths[-1].reason
    server.close()


@story
async def test_a_health_that_is_not_noted_does_not_end_the_route() -> None:
    async with linked() as (centre, bench):
        bench.sink.refusal = JournalError("no room on the disk")
        centre.drop()
        await asyncio.sleep(10)
        assert len(centre.binds) == 2
        assert bench.route.health.state is RouteState.OK


@story
async def test_stopping_finishes_the_segment_in_hand_and_begins_no_other() -> None:
    async with linked() as (centre, bench):
        sending = bench.send(TWO_PARTS)
        _, sequence, _ = await centre.next(SUBMIT)
        stopping = asyncio.create_task(bench.route.stop())
        await asyncio.sleep(1)
        centre.write(unit(SUBMIT | 0x80000000, sequence, b"1\0"))
        outcome = await sending
        await stopping
        assert isinstance(outcome, Rejected)
        assert bench.told(0) == ["submitted", "accepted"]
        assert bench.told(1) == []
        assert bench.sink.healths[-1].state is RouteState.OK


@story
async def test_stopping_does_not_wait_for_a_centre_that_says_no_good_bye() -> None:
    async with linked(centre={"answers_unbind": False}):
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 3 + 1


@story
async def test_an_accused_account_is_trusted_again_after_a_while() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        await centre.refuse(0x0A)
        await sending
        await asyncio.sleep(200)
        assert bench.route.health.state is RouteState.FAILED
        await asyncio.sleep(200)
        assert [health.state for health in bench.sink.healths] == [
            RouteState.OK,
            RouteState.FAILED,
            RouteState.OK,
        ]


@story
async def test_an_accused_account_is_trusted_again_though_the_link_is_never_quiet() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        await centre.refuse(0x0A)
        await sending
        assert bench.route.health.state is RouteState.FAILED
        for number in range(45):
            assert await centre.delivered(delivery(b"%d" % number)) == 0
            await asyncio.sleep(10)
        assert centre.enquiries == 0
        assert bench.sink.healths[-1].state is RouteState.OK


@story
async def test_whoever_mended_something_need_not_wait() -> None:
    async with linked(state=RouteState.FAILED, centre={"bind_status": 0x0E}) as (centre, bench):
        centre.bind_status = 0
        began = asyncio.get_running_loop().time()
        bench.route.retry()
        await bench.sink.until_state(RouteState.OK)
        assert asyncio.get_running_loop().time() - began < 1
        sending = bench.send()
        await centre.refuse(0x0A)
        await sending
        assert bench.route.health.state is RouteState.FAILED
        bench.route.retry()
        await asyncio.sleep(40)
        assert bench.sink.healths[-1].state is RouteState.OK


@story
async def test_a_look_without_sending() -> None:
    async with a_centre() as centre:
        clock, ids = StoryClock(), SteadyIds()
        idle = SmppRoute("centre", an_account(centre.port), clock=clock, ids=ids)
        assert await idle.check() is None
        centre.bind_status = 0x0E
        refused = await idle.check()
        assert refused is not None
        assert (refused.error_class, refused.code) == (ErrorClass.ACCOUNT, "SMPP 0x0E")
        blind = an_account(centre.port, tls=True, ca_file="/nowhere/ca.pem")
        assert await SmppRoute("centre", blind, clock=clock, ids=ids).check() is not None
        await idle.stop()
    async with linked() as (centre, bench):
        assert await bench.route.check() is None
        centre.drop()
        await bench.sink.until_state(RouteState.DEGRADED)
        assert await bench.route.check() is not None


@story
async def test_who_only_looks_takes_no_message() -> None:
    async with a_centre(answers_unbind=False) as centre:
        idle = SmppRoute("centre", an_account(centre.port), clock=StoryClock(), ids=SteadyIds())
        looking = asyncio.create_task(idle.check())
        await asyncio.sleep(0.1)
        assert await centre.delivered(delivery(b"STOP")) == 0x64
        assert await looking is None


@story
async def test_a_mistake_of_ours_neither_ends_the_link_nor_loses_the_message() -> None:
    class Faulty(Sink):
        async def inbound(self, route: str, message: InboundSms) -> None:
            raise RuntimeError("a mistake")

    async with a_centre() as centre:
        route = SmppRoute("centre", an_account(centre.port), clock=StoryClock(), ids=SteadyIds())
        sink = Faulty()
        await route.start(sink)
        await sink.until_state(RouteState.OK)
        assert await centre.delivered(delivery(b"STOP")) == 0x64
        await route.stop()


@story
async def test_a_mistake_of_ours_in_a_session_begins_another() -> None:
    class Faulty(Sink):
        async def health(self, route: str, health: RouteHealth) -> None:
            first = not self.healths
            await super().health(route, health)
            if first:
                raise RuntimeError("a mistake")

    async with a_centre() as centre:
        route = SmppRoute("centre", an_account(centre.port), clock=StoryClock(), ids=SteadyIds())
        sink = Faulty()
        await route.start(sink)
        await sink.until(lambda: len(sink.healths) > 2)
        assert sink.healths[-1].state is RouteState.OK
        assert len(centre.binds) == 2
        await route.stop()


@story
async def test_answers_that_never_come_are_not_kept_for_ever() -> None:
    async with linked(window=100) as (centre, bench):
        async with asyncio.TaskGroup() as group:
            for _ in range(MAX_WAITING + 5):
                group.create_task(bench.route.send(a_message(), bench.note))
        centre.write(unit(SUBMIT | 0x80000000, 2, b"first\0"))  # the bind was 1
        await asyncio.sleep(1)
        assert bench.sink.late == []


@story
async def test_a_centre_that_reads_nothing_is_given_up() -> None:
    is_gone = asyncio.Event()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(16)
        writer.write(unit(0x80000009, 1, b"deaf\0"))
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # the stand-in's own socket
        while not writer.is_closing():
            writer.write(unit(ENQUIRE, 5) * 4096)
            await asyncio.sleep(0.1)
        is_gone.set()

    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that the kernel reads little for it
    server = await asyncio.start_server(deaf, sock=listening)
    port = listening.getsockname()[1]
    async with a_route(an_account(port), StoryClock()) as bench:
        await bench.sink.until_state(RouteState.DEGRADED)
        assert "does not read" in bench.sink.healths[-1].reason
        # Whoever only closes waits until all that was written is read: here for ever.
        await asyncio.wait_for(is_gone.wait(), 10)
    server.close()


@story
async def test_a_link_that_ends_while_something_is_committed_gets_no_answer() -> None:
    class Slow(Sink):
        async def inbound(self, route: str, message: InboundSms) -> None:
            await asyncio.sleep(60)

    sink = Slow()
    async with a_centre() as centre:
        route = SmppRoute("centre", an_account(centre.port), clock=StoryClock(), ids=SteadyIds())
        await route.start(sink)
        await sink.until_state(RouteState.OK)
        centre.write(unit(DELIVER, 1, delivery(b"STOP")))
        await asyncio.sleep(1)
        centre.drop()
        await asyncio.sleep(100)
        assert centre.got.empty()
        await route.stop()


# --- receipts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "answered", "receipted"),
    [
        ({}, "77ab", "77AB"),
        ({}, "0042", "42"),
        ({}, "1a2b", "0000006699"),
        ({}, "6699", "1A2B"),
        ({"message_ids": "same"}, "10", "10"),
        ({"message_ids": "hex"}, "1a2b", "6699"),
        ({"message_ids": "decimal"}, "6699", "1A2B"),
    ],
)
@story
async def test_a_receipt_is_told_under_the_id_of_the_answer(
    settings: dict[str, Any], answered: str, receipted: str
) -> None:
    async with linked(**settings) as (centre, bench):
        sending = bench.send()
        await centre.take(answered)
        await sending
        assert await centre.delivered(receipt(receipted)) == 0
        report = bench.sink.reports[0]
        assert (report.reference, report.address) == (answered, ANNA)
        assert (report.status, report.code) == (ReportStatus.DELIVERED, "DELIVRD 000")


@story
async def test_the_number_tells_a_hexadecimal_ten_from_sixteen() -> None:
    async with linked() as (centre, bench):
        for address, message_id in ((ANNA, "10"), (BERT, "16")):
            sending = bench.send(address=address)
            await centre.take(message_id)
            await sending
        await centre.delivered(receipt("16", source=ANNA[1:]))
        await centre.delivered(receipt("22", source=BERT[1:]))
        assert [report.reference for report in bench.sink.reports] == ["10", "16"]


@story
async def test_a_receipt_may_come_before_the_answer() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        _, sequence, _ = await centre.next(SUBMIT)
        centre.write(unit(DELIVER, 9, receipt("255")))
        await asyncio.sleep(1)
        assert bench.sink.reports == []
        centre.write(unit(SUBMIT | 0x80000000, sequence, b"ff\0"))
        assert await centre.next(DELIVER | 0x80000000) == (0, 9, b"\0")
        assert await sending == Accepted(reference="ff", segments=1)
        assert bench.sink.reports[0].reference == "ff"


@story
async def test_an_early_receipt_does_not_wait_for_ever() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        _, sequence, _ = await centre.next(SUBMIT)
        assert await centre.delivered(receipt("abc")) == 0
        centre.write(unit(SUBMIT | 0x80000000, sequence, b"abc\0"))
        assert await sending == Accepted(reference="abc", segments=1)
        assert (bench.sink.reports[0].reference, bench.sink.reports[0].address) == ("abc", ANNA)


@story
async def test_an_early_receipt_is_not_taken_for_another_spelling_of_an_older_one() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        await centre.take("16")
        await sending
        sending = bench.send()
        _, sequence, _ = await centre.next(SUBMIT)
        centre.write(unit(DELIVER, 9, receipt("22")))  # which is 16 in hexadecimal
        await asyncio.sleep(1)
        assert bench.sink.reports == []
        centre.write(unit(SUBMIT | 0x80000000, sequence, b"22\0"))
        await sending
        await bench.sink.until(lambda: bool(bench.sink.reports))
        assert bench.sink.reports[0].reference == "22"


@story
async def test_a_receipt_may_come_over_another_link() -> None:
    async with linked() as (centre, bench):
        sending = bench.send()
        await centre.take("1a2b")
        await sending
        centre.drop()
        await bench.sink.until_state(RouteState.DEGRADED)
        await bench.sink.until_state(RouteState.OK)
        assert await centre.delivered(receipt("6699")) == 0
        assert (bench.sink.reports[0].reference, bench.sink.reports[0].address) == ("1a2b", ANNA)


@story
async def test_a_receipt_of_an_earlier_life_is_known_by_the_journal() -> None:
    async with linked() as (centre, bench):
        bench.sink.references = ("1A2B", "other")
        await centre.delivered(receipt("6699"))
        await centre.delivered(receipt("unheard-of"))
        assert [report.reference for report in bench.sink.reports] == ["1A2B", "unheard-of"]


@story
async def test_what_cannot_be_committed_is_asked_for_again() -> None:
    async with linked() as (centre, bench):
        bench.sink.refusal = JournalError("no room on the disk")
        assert await centre.delivered(receipt("1")) == 0x64
        assert await centre.delivered(delivery(b"STOP")) == 0x64
        bench.sink.refusal = JournalRefusalError("a mistake of ours")
        assert await centre.delivered(receipt("1")) == 0x65


@story
async def test_what_is_no_deliver_sm_is_refused_for_good_and_the_link_lives() -> None:
    async with linked() as (centre, bench):
        assert await centre.delivered(b"\0\x01\x01no end") == 0x65
        assert await centre.delivered(b"x" * 300) == 0x65
        assert await centre.delivered(delivery(b"nothing in it", esm_class=RECEIPT)) == 0
        assert (bench.sink.messages, bench.sink.reports) == ([], [])
        assert len(centre.binds) == 1


# --- inbound ------------------------------------------------------------------------------------------------


@story
async def test_a_message_is_answered_when_it_is_committed() -> None:
    async with linked() as (centre, bench):
        assert await centre.delivered(delivery(b"ACK 1234")) == 0
        message = bench.sink.messages[0]
        assert (message.sender, message.text) == (ANNA, "ACK 1234")
        assert message.sender_can_be_answered
        assert message.is_text
        assert message.channel is Channel.SMS


@story
async def test_nothing_is_answered_before_it_is_committed() -> None:
    class Slow(Sink):
        is_written = asyncio.Event()

        async def inbound(self, route: str, message: InboundSms) -> None:
            await self.is_written.wait()

        async def report(self, route: str, report: InboundReport) -> None:
            await self.is_written.wait()

    sink = Slow()
    async with a_centre() as centre:
        route = SmppRoute("centre", an_account(centre.port), clock=StoryClock(), ids=SteadyIds())
        await route.start(sink)
        await sink.until_state(RouteState.OK)
        centre.write(unit(DELIVER, 1, delivery(b"STOP")) + unit(DELIVER, 2, receipt("1")))
        await asyncio.sleep(20)
        assert centre.got.empty()
        sink.is_written.set()
        answers = [await centre.next(DELIVER | 0x80000000) for _ in range(2)]
        assert sorted(answers) == [(0, 1, b"\0"), (0, 2, b"\0")]
        await route.stop()


def part(number: int, text: bytes, total: int = 2, reference: int = 7) -> bytes:
    return delivery(bytes((5, 0, 3, reference, total, number)) + text, esm_class=0x40)


@story
async def test_the_parts_of_a_long_message_are_answered_together() -> None:
    async with linked() as (centre, bench):
        centre.write(unit(DELIVER, 1, part(2, b" world")))
        await asyncio.sleep(1)
        assert centre.got.empty()
        centre.write(unit(DELIVER, 2, part(1, b"hello")))
        answers = {(await centre.next(DELIVER | 0x80000000))[1] for _ in range(2)}
        assert answers == {1, 2}
        assert [message.text for message in bench.sink.messages] == ["hello world"]
        assert await centre.delivered(part(2, b" world"), 3) == 0  # its answer was lost
        assert len(bench.sink.messages) == 1


@story
async def test_a_part_is_answered_alone_where_others_stay_away() -> None:
    async with linked() as (centre, bench):
        assert await centre.delivered(part(1, b"hello", total=3)) == 0
        assert await centre.delivered(part(3, b"world", total=3)) == 0
        await asyncio.sleep(700)
        message = bench.sink.messages[0]
        assert (message.text, message.segments, message.missing_segments) == ("helloworld", 3, 1)


@story
async def test_the_last_part_is_asked_for_again_when_the_journal_is_full() -> None:
    async with linked() as (centre, bench):
        assert await centre.delivered(part(1, b"hello")) == 0
        bench.sink.refusal = JournalError("no room on the disk")
        assert await centre.delivered(part(2, b" world")) == 0x64
        bench.sink.refusal = None
        assert await centre.delivered(part(2, b" world")) == 0
        assert [message.text for message in bench.sink.messages] == ["hello world"]


@story
async def test_an_unfinished_message_waits_for_the_journal_too() -> None:
    async with linked() as (centre, bench):
        assert await centre.delivered(part(1, b"hello")) == 0
        bench.sink.refusal = JournalError("no room on the disk")
        await asyncio.sleep(700)
        bench.sink.refusal = None
        await asyncio.sleep(700)
        assert [message.text for message in bench.sink.messages] == ["hello"]


@story
async def test_stopping_hands_in_what_is_not_whole() -> None:
    async with linked() as (centre, bench):
        assert await centre.delivered(part(1, b"hello")) == 0
    assert [message.text for message in bench.sink.messages] == ["hello"]
    async with linked() as (centre, bench):
        assert await centre.delivered(part(1, b"hello")) == 0
        bench.sink.refusal = JournalError("no room on the disk")
    assert bench.sink.messages == []


@story
async def test_too_many_deliveries_at_a_time_are_put_off() -> None:
    async with linked() as (centre, _):
        for number in range(MAX_DELIVERIES + 1):
            centre.write(unit(DELIVER, number + 1, part(1, b"x", reference=number)))
        assert await centre.next(DELIVER | 0x80000000) == (0x64, MAX_DELIVERIES + 1, b"\0")


@story
async def test_too_many_unfinished_messages_push_the_oldest_out() -> None:
    async with linked() as (centre, bench):
        for number in range(201):
            centre.write(unit(DELIVER, number + 1, part(1, b"%d" % number, reference=number)))
            if number % 40 == 39:
                await asyncio.sleep(6)
        await asyncio.sleep(6)
        assert [message.text for message in bench.sink.messages] == ["0"]


async def first_parts(centre: WireCentre, references: range) -> None:
    """Deliver the first part of so many messages, forty at a time."""
    for number in references:
        centre.write(unit(DELIVER, number + 1, part(1, b"%d" % number, reference=number)))
        if number % 40 == 39:
            await asyncio.sleep(6)
    for _ in references:
        assert (await centre.next(DELIVER | 0x80000000))[0] == 0


@story
async def test_what_the_journal_never_takes_is_in_nobodys_way() -> None:
    async with linked() as (centre, bench):
        bench.sink.refusal = JournalRefusalError("a mistake of ours")
        assert await centre.delivered(part(1, b"bad", reference=255)) == 0
        assert await centre.delivered(part(2, b"luck", reference=255)) == 0x65
        await first_parts(centre, range(MAX_UNFINISHED + 1))
        bench.sink.refusal = None
        await asyncio.sleep(700)
        assert {message.text for message in bench.sink.messages} == {str(each) for each in range(1, 201)}


@story
async def test_unfinished_messages_stay_bounded_while_the_journal_is_full() -> None:
    async with linked() as (centre, bench):
        await first_parts(centre, range(MAX_UNFINISHED))
        bench.sink.refusal = JournalError("no room on the disk")
        assert await centre.delivered(part(1, b"one too many", reference=201)) == 0x64
        bench.sink.refusal = None
        await asyncio.sleep(700)
        assert {message.text for message in bench.sink.messages} == {str(each) for each in range(200)}


@story
async def test_a_part_that_comes_while_the_others_are_committed_is_kept() -> None:
    class Slow(Sink):
        async def inbound(self, route: str, message: InboundSms) -> None:
            await asyncio.sleep(60)
            await super().inbound(route, message)

    sink = Slow()
    async with a_centre() as centre:
        route = SmppRoute("centre", an_account(centre.port), clock=StoryClock(), ids=SteadyIds())
        await route.start(sink)
        await sink.until_state(RouteState.OK)
        assert await centre.delivered(part(1, b"one", total=3)) == 0
        await asyncio.sleep(630)
        assert await centre.delivered(part(2, b"two", total=3)) == 0
        await asyncio.sleep(1000)
        assert [message.text for message in sink.messages] == ["one", "two"]
        await route.stop()
