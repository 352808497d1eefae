"""How bytes travel: pace, pieces, counters. And the time that is moved by hand."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from gsm_driver.simulator import LineConditions, LoopScheduler, SteppedScheduler
from tests.driver.simulator.bench import Bench

OK = b"\r\nOK\r\n"
HOLA = ("0001000B914316565811F9000004E8373B0C", 17)  # python-messaging: "hola" to +34616585119


def test_without_conditions_bytes_arrive_at_once_and_together(bench: Bench) -> None:
    bench.write(b"")
    bench.simulator.line.write_from_host(b"AT\r")
    assert bench.end.chunks == [(0.0, OK)]


def test_byte_by_byte() -> None:
    bench = Bench(line=LineConditions(piece=1))
    bench.simulator.line.write_from_host(b"AT\r")
    assert [data for _, data in bench.end.chunks] == [bytes([octet]) for octet in b"AT\r\r\nOK\r\n"]


def test_each_piece_is_delayed(bench: Bench) -> None:
    bench.simulator.line.conditions = LineConditions(piece=4, delay=0.5)
    bench.simulator.line.write_from_host(b"AT\r")
    bench.time.advance(5)
    assert bench.end.chunks == [(0.5, b"\r\nOK"), (1.0, b"\r\n")]


def test_a_baud_rate_paces_both_ways(bench: Bench) -> None:
    bench.simulator.line.conditions = LineConditions(baud=9600)
    bench.simulator.line.write_from_host(b"AT+CSQ\r")
    bench.time.advance(1)
    answer = b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n"
    ((at, data),) = bench.end.chunks
    assert data == answer
    assert at == pytest.approx((7 + len(answer)) * 10 / 9600)


def test_a_long_answer_comes_in_pieces_in_order(bench: Bench) -> None:
    bench.modem.fill_storage("SM")
    expected = bench.write(b"AT+CMGL=4\r")
    bench.simulator.line.conditions = LineConditions(baud=115_200)
    bench.simulator.line.write_from_host(b"AT+CMGL=4\r")
    bench.time.advance(1)
    assert len(bench.end.chunks) > 10
    assert [at for at, _ in bench.end.chunks] == sorted(at for at, _ in bench.end.chunks)
    assert bench.end.take() == expected


def test_bytes_do_not_overtake_slower_ones(bench: Bench) -> None:
    bench.simulator.line.conditions = LineConditions(delay=1.0)
    bench.simulator.line.write_from_host(b"AT+CSQ\r")
    bench.simulator.line.conditions = LineConditions()
    bench.simulator.line.write_from_host(b"AT\r")
    assert bench.after(2) == b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n" + OK


def test_what_is_on_the_wire_is_lost_when_the_modem_is_unplugged(bench: Bench) -> None:
    bench.simulator.line.conditions = LineConditions(delay=1.0)
    bench.simulator.line.write_from_host(b"AT\r")
    bench.simulator.unplug(seconds=10)
    assert bench.after(9) == b""


def test_turns_and_bytes_of_one_sms_are_counted(bench: Bench) -> None:
    bench.network.add_phone("+34616585119")
    before = bench.simulator.line.counters.as_dict()
    bench.submit(*HOLA)
    after = bench.simulator.line.counters.as_dict()
    used = {key: after[key] - before[key] for key in before}
    assert used == {
        "from_host": len(b"AT+CMGS=17\r") + len(HOLA[0]) + 1,
        "to_host": len(b"\r\n> ") + len(b"\r\n+CMGS: 1\r\n\r\nOK\r\n"),
        "writes": 2,
        "turns": 2,
    }


def test_two_writes_before_an_answer_are_one_turn(bench: Bench) -> None:
    before = bench.simulator.line.counters.turns
    bench.simulator.line.write_from_host(b"A")
    bench.simulator.line.write_from_host(b"T\r")
    assert bench.simulator.line.counters.turns == before + 1


class TestTime:
    def test_timers_fire_in_order_at_their_time(self) -> None:
        time = SteppedScheduler(start=100.0)
        fired: list[tuple[str, float]] = []
        time.call_later(2, lambda: fired.append(("b", time.now())))
        time.call_later(1, lambda: fired.append(("a", time.now())))
        time.call_later(2, lambda: fired.append(("c", time.now())))
        time.call_later(3, lambda: fired.append(("never", 0))).cancel()
        time.advance(1.5)
        assert fired == [("a", 101.0)]
        time.advance(10)
        assert fired == [("a", 101.0), ("b", 102.0), ("c", 102.0)]
        assert time.now() == 111.5
        time.call_later(1, lambda: fired.append(("forgotten", 0)))
        time.cancel_all()
        time.advance(10)
        assert len(fired) == 3

    async def test_the_loops_time_keeps_the_order_of_equal_times(self) -> None:
        time = LoopScheduler()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        order: list[int] = []
        for number in range(3):
            time.call_later(0, partial(order.append, number))
        time.call_later(0.001, lambda: done.set_result(None))
        started = time.now()
        await done
        assert order == [0, 1, 2]
        assert time.now() > started
