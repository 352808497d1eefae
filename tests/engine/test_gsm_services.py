"""What a person asks of a modem beside messages, with the real driver on a simulated modem."""

from __future__ import annotations

import asyncio

import pytest

from alert_engine.errors import InvalidRequestError, RouteReason
from alert_engine.routes.base import Accepted, ErrorClass, Rejected, RouteState
from alert_engine.routes.gsm_services import (
    MAX_ANSWERS,
    RESTART_PATIENCE,
    ModemMemory,
    ModemServiceError,
    UssdText,
)
from alert_engine.routes.gsm_translation import route_reason_of
from gsm_driver import (
    CommandError,
    LinkLostError,
    ModemError,
    ModemTimeoutError,
    ReceivedSms,
    ResponseError,
    SimNotReadyError,
    UsageError,
    UssdUnsupportedError,
)
from gsm_driver import ErrorClass as DriverErrorClass
from gsm_driver.simulator import UssdMenu
from tests import virtual_time
from tests.engine.test_gsm_route import ANNA, Bench, bench

MENU = UssdMenu(
    text="1 Guthaben\n2 Tarife",
    choices={
        "1": UssdMenu(text="12,34 EUR"),
        "2": UssdMenu(text="1 A", choices={"1": UssdMenu(text="Danke")}),
    },
)


def with_menu(it: Bench) -> Bench:
    it.simulator.network.add_ussd("*100#", MENU)
    return it


class TestUssd:
    @virtual_time.story
    async def test_a_code_and_answers_to_its_menus(self) -> None:
        async with bench() as it:
            services = with_menu(it).route.services
            asked = UssdText(text="1 Guthaben\n2 Tarife", wants_answer=True, status="reply_wanted")
            assert await services.send_ussd("*100#") == (asked,)
            first, second, third = await services.send_ussd("*100#", ("2", "1", "1"))
            assert (first, second.text, second.wants_answer) == (asked, "1 A", True)
            assert (third.text, third.wants_answer) == ("Danke", False)
            assert "Danke" not in repr(third)

    @virtual_time.story
    async def test_messages_leave_while_the_network_thinks(self) -> None:
        async with bench(ussd_latency=30) as it:
            asking = asyncio.create_task(with_menu(it).route.services.send_ussd("*100#"))
            await asyncio.sleep(3)
            assert isinstance(await it.send(), Accepted)
            assert not asking.done()
            assert len(await asking) == 1

    @virtual_time.story
    async def test_cancelled_it_leaves_the_line_clean(self) -> None:
        async with bench(ussd_latency=30) as it:
            asking = asyncio.create_task(with_menu(it).route.services.send_ussd("*100#"))
            await asyncio.sleep(3)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert isinstance(await it.send(), Accepted)

    @virtual_time.story
    async def test_what_does_not_work_is_told_in_words(self) -> None:
        async with bench(ussd_latency=600) as it:
            services = with_menu(it).route.services
            with pytest.raises(ModemServiceError, match="did not answer"):
                await services.send_ussd("*100#")
            with pytest.raises(InvalidRequestError, match="at most"):
                await services.send_ussd("*100#", ("1",) * (MAX_ANSWERS + 1))
            with pytest.raises(InvalidRequestError):
                await services.send_ussd("*100#" * 50)


class TestCommands:
    @virtual_time.story
    async def test_a_question_is_answered(self) -> None:
        async with bench() as it:
            (line,) = await it.route.services.run_at_command(" at+csq ")
            assert line.startswith("+CSQ: ")
            assert await it.route.services.run_at_command("AT+CMGF?") == ("+CMGF: 0",)

    @pytest.mark.parametrize("command", ["AT+CFUN=0", "AT+CMGD=1", "ATZ", "AT+CSQ;+CPOF", "AT+CPIN=1234"])
    def test_what_does_harm_is_refused(self, command: str) -> None:
        @virtual_time.story
        async def told() -> None:
            async with bench() as it:
                with pytest.raises(InvalidRequestError, match="not given to the modem"):
                    await it.route.services.run_at_command(command)
                assert isinstance(await it.send(), Accepted)

        told()

    @virtual_time.story
    async def test_what_the_modem_refuses_and_what_takes_too_long(self) -> None:
        async with bench() as it:
            with pytest.raises(ModemServiceError):
                await it.route.services.run_at_command("AT+NOBODYKNOWS=1")
            with pytest.raises(InvalidRequestError, match="at most 60"):
                await it.route.services.run_at_command("AT+CSQ", wait=61)

    @virtual_time.story
    async def test_it_waits_for_a_segment_in_hand(self) -> None:
        async with bench(submit_latency=20) as it:
            sending = asyncio.create_task(it.send())
            await asyncio.sleep(2)
            assert await it.route.services.run_at_command("AT+CSQ")
            assert sending.done()
            assert isinstance(await sending, Accepted)


class TestStorage:
    @virtual_time.story
    async def test_what_lies_there(self) -> None:
        async with bench() as it:
            it.sink.refusals = 100
            it.simulator.network.deliver_sms(ANNA, "hello")
            await asyncio.sleep(30)
            found = await it.route.services.storage()
            card = next(memory for memory in found.memories if memory.name == "SM")
            assert card == ModemMemory(name="SM", used=1, total=20, is_complete=True)
            (message,) = found.stored
            assert isinstance(message, ReceivedSms)
            assert message.text == "hello"
            assert "hello" not in repr(found)


class TestRestart:
    @virtual_time.story
    async def test_it_comes_back(self) -> None:
        async with bench() as it:
            await it.route.services.restart()
            outcome = await it.send()
            assert isinstance(outcome, Rejected)
            assert outcome.error_class is ErrorClass.DEVICE
            await asyncio.sleep(180)
            assert it.route.health.state is RouteState.OK
            assert isinstance(await it.send(), Accepted)

    @virtual_time.story
    async def test_the_message_in_hand_is_finished_first(self) -> None:
        async with bench(submit_latency=10) as it:
            sending = asyncio.create_task(it.send())
            await asyncio.sleep(2)
            restarting = asyncio.create_task(it.route.services.restart())
            await asyncio.sleep(1)
            held = await it.send(uid="m2")
            assert isinstance(held, Rejected)
            assert held.reason == "the modem is being restarted"
            await restarting
            assert isinstance(await sending, Accepted)

    @virtual_time.story
    async def test_so_are_two(self) -> None:
        async with bench(submit_latency=5) as it:
            sending = asyncio.gather(it.send(), it.send(uid="m2"))
            await asyncio.sleep(2)
            await it.route.services.restart()
            assert [type(outcome) for outcome in await sending] == [Accepted, Accepted]

    @virtual_time.story
    async def test_one_that_hangs_is_not_cut_off(self) -> None:
        async with bench(submit_latency=RESTART_PATIENCE + 20) as it:
            sending = asyncio.create_task(it.send())
            await asyncio.sleep(2)
            with pytest.raises(ModemServiceError, match="being sent"):
                await it.route.services.restart()
            assert isinstance(await sending, Accepted)
            assert isinstance(await it.send(), Accepted)

    @virtual_time.story
    async def test_nor_is_a_call(self) -> None:
        async with bench() as it:
            assert it.route.modem is not None
            await it.route.modem.calls.dial(ANNA)
            with pytest.raises(ModemServiceError, match="call"):
                await it.route.services.restart()

    @virtual_time.story
    async def test_cancelled_it_lets_messages_go(self) -> None:
        async with bench(submit_latency=10) as it:
            sending = asyncio.create_task(it.send())
            await asyncio.sleep(2)
            restarting = asyncio.create_task(it.route.services.restart())
            await asyncio.sleep(1)
            restarting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await restarting
            assert isinstance(await sending, Accepted)
            assert isinstance(await it.send(), Accepted)


@virtual_time.story
async def test_without_a_modem_nothing_can_be_asked() -> None:
    async with bench() as it:
        it.simulator.unplug()
        await asyncio.sleep(30)
        for asking in (
            it.route.services.send_ussd("*100#"),
            it.route.services.run_at_command("AT+CSQ"),
            it.route.services.storage(),
            it.route.services.restart(),
        ):
            with pytest.raises(ModemServiceError, match="no modem") as caught:
                await asking
            assert caught.value.reason is RouteReason.MODEM_MISSING


@pytest.mark.parametrize(
    ("error", "reason", "values"),
    [
        (
            UssdUnsupportedError("AT+CUSD", "+CME ERROR: 132", 132, DriverErrorClass.DEVICE),
            RouteReason.NO_USSD,
            {},
        ),
        (CommandError("AT+CSQ", "ERROR"), RouteReason.COMMAND_REFUSED, {"answer": "ERROR"}),
        (ModemTimeoutError("AT+CSQ", 5.0), RouteReason.MODEM_SILENT, {}),
        (LinkLostError("gone"), RouteReason.MODEM_GONE, {}),
        (SimNotReadyError("no SIM"), RouteReason.SIM_NOT_READY, {}),
        (UsageError("no code"), RouteReason.CODE_UNREADABLE, {}),
        (ResponseError("+CSQ", "no number"), RouteReason.MODEM_FAILED, {}),
    ],
)
def test_why_a_modem_did_not_do_it(error: ModemError, reason: RouteReason, values: dict[str, str]) -> None:
    assert route_reason_of(error) == (reason, values)
