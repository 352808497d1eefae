from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gsm_driver.answer_times import DRAIN_TIMEOUT, PROBE_AFTER, REPORTED_PROBE_AFTER, UNKNOWN_AFTER
from gsm_driver.at import commands
from gsm_driver.at.exchange import InfoLine
from gsm_driver.at.urc import Urc, UrcKind
from gsm_driver.errors import (
    CmeError,
    CmsError,
    CommandError,
    ErrorClass,
    LinkLostError,
    ModemTimeoutError,
    PortUnavailableError,
    ResultLostError,
    UsageError,
)
from gsm_driver.link import (
    CLOSE_TIMEOUT,
    FINAL_TIMEOUT,
    REFERENCE_TIMEOUT,
    Link,
    LinkEvent,
    SubmitError,
    UrcsLost,
)
from gsm_driver.models import SendPhase
from gsm_driver.patience import FLOOR
from gsm_driver.urc_queue import MAX_WAITING
from tests.driver.wire import ScriptedWire
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from gsm_driver.at.exchange import AtCommand, Response

HEX = "0011000B916407281553F80000AA0AE8329BFD4697D9EC37"
SEND = commands.send_message(23, HEX)
WRITTEN = HEX.encode() + b"\x1a"
SIGNAL = b"AT+CSQ\r"
OK = b"\r\nOK\r\n"
SYNC = (b"AT+CMEE?\r", b"\r\n+CMEE: 1\r\n\r\nOK\r\n")


async def nothing() -> None:
    """What a caller does who journals nothing."""


def submit(
    wire: ScriptedWire, before_payload: Callable[[], Awaitable[None]] = nothing
) -> Coroutine[None, None, Response]:
    return wire.link.submit(SEND, before_payload=before_payload)


async def failed_submit(
    wire: ScriptedWire, before_payload: Callable[[], Awaitable[None]] = nothing
) -> SubmitError:
    with pytest.raises(SubmitError) as caught:
        await submit(wire, before_payload)
    return caught.value


async def read_urcs(link: Link, count: int) -> list[LinkEvent]:
    """The next ones; they must be there."""
    reader = link.urcs()
    async with asyncio.timeout(1):
        return [await anext(reader) for _ in range(count)]


# --- Commands ---


@story
async def test_an_answer_is_returned() -> None:
    wire = ScriptedWire((SIGNAL, b"\r\n+CSQ: 18,99\r\n\r\nOK\r\n"))
    response = await wire.link.execute(commands.query_signal())
    assert response.lines == (InfoLine(prefix="+CSQ", value="18,99"),)
    wire.finish()


@pytest.mark.parametrize(
    ("final", "error", "error_class"),
    [
        (b"ERROR", CommandError, ErrorClass.DEVICE),
        (b"+CME ERROR: 14", CmeError, ErrorClass.TEMPORARY),
        (b"+CMS ERROR: 310", CmsError, ErrorClass.ACCOUNT),
    ],
)
@story
async def test_a_refusal_is_raised(final: bytes, error: type[CommandError], error_class: ErrorClass) -> None:
    wire = ScriptedWire((SIGNAL, b"\r\n" + final + b"\r\n"), (SIGNAL, OK))
    with pytest.raises(error) as caught:
        await wire.link.execute(commands.query_signal())
    assert caught.value.command == "AT+CSQ"
    assert caught.value.error_class is error_class
    await wire.link.execute(commands.query_signal())
    wire.finish()


@story
async def test_the_vendor_decides_about_vendor_codes() -> None:
    wire = ScriptedWire((SIGNAL, b"\r\n+CMS ERROR: 515\r\n"))
    wire.link.vendor = "cinterion"
    with pytest.raises(CmsError) as caught:
        await wire.link.execute(commands.query_signal())
    assert caught.value.error_class is ErrorClass.MESSAGE


@story
async def test_commands_wait_for_each_other_in_order() -> None:
    wire = ScriptedWire((SIGNAL, (3, OK)), (b"AT+CREG?\r", (3, OK)), (b"AT+COPS?\r", OK))
    queries = (commands.query_signal(), commands.query_registration(), commands.query_operator())
    await asyncio.gather(*(wire.link.execute(query) for query in queries))
    assert [at for at, _ in wire.writes] == [0, 3, 6]
    wire.finish()


@story
async def test_an_answer_may_come_in_pieces() -> None:
    wire = ScriptedWire((SIGNAL, b"\r\n+CSQ: 18,", (1, b"99\r\n"), (2, b"\r\nO"), (3, b"K\r\n")))
    response = await wire.link.execute(commands.query_signal())
    assert response.values("+CSQ") == ("18,99",)
    assert wire.elapsed == 3


@story
async def test_each_command_is_one_write() -> None:
    """The floor of turns: two for a message."""
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, b"\r\n+CMGS: 17\r\n\r\nOK\r\n"))
    await submit(wire)
    assert len(wire.writes) == 2


@story
async def test_an_answer_without_ok_is_taken_after_a_while() -> None:
    """Wavecom and Sierra SL8084T send +CPIN: READY and nothing more."""
    wire = ScriptedWire((b"AT+CPIN?\r", b"\r\n+CPIN: READY\r\n"), SYNC, (SIGNAL, OK))
    response = await wire.link.execute(commands.query_pin())
    assert response.values("+CPIN") == ("READY",)
    assert response.final == ""
    assert wire.elapsed == FINAL_TIMEOUT
    await wire.link.execute(commands.query_signal())
    wire.finish()


@story
async def test_a_prompt_after_cnma_is_left() -> None:
    wire = ScriptedWire((b"AT+CNMA\r", b"\r\n> "), (b"\x1b", OK))
    await wire.link.execute(commands.acknowledge_message())
    wire.finish()


@story
async def test_a_command_with_a_payload_must_be_submitted() -> None:
    wire = ScriptedWire()
    with pytest.raises(UsageError, match="submit it"):
        await wire.link.execute(SEND)
    with pytest.raises(UsageError, match="execute it"):
        await wire.link.submit(commands.query_signal(), before_payload=nothing)
    assert wire.writes == []


# --- Submitting ---


@story
async def test_the_payload_waits_for_the_journal() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, (2, b"\r\n+CMGS: 17\r\n\r\nOK\r\n")))

    async def commit() -> None:
        assert WRITTEN not in [data for _, data in wire.writes]
        await asyncio.sleep(5)

    response = await submit(wire, commit)
    assert response.values("+CMGS") == ("17",)
    assert wire.writes[-1] == (5.0, WRITTEN)
    wire.finish()


@story
async def test_refused_before_the_prompt() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n+CMS ERROR: 310\r\n"))
    error = await failed_submit(wire)
    assert error.phase is SendPhase.BEFORE_PROMPT
    assert isinstance(error.cause, CmsError)
    wire.finish()


@story
async def test_the_prompt_does_not_come() -> None:
    """Nothing was sent: it may be tried again, after the line is clean."""
    wire = ScriptedWire(
        (b"AT+CMGS=23\r",),
        (b"\x1b",),
        (b"\x1bAT+CMEE?\r", b"\r\n+CMEE: 1\r\n\r\nOK\r\n"),
        (b"AT+CMGS=23\r", b"\r\n> "),
        (WRITTEN, b"\r\n+CMGS: 17\r\n\r\nOK\r\n"),
    )
    error = await failed_submit(wire)
    assert error.phase is SendPhase.BEFORE_PROMPT
    assert isinstance(error.cause, ModemTimeoutError)
    await submit(wire)
    assert wire.elapsed == SEND.prompt_timeout
    wire.finish()


@story
async def test_a_prompt_that_was_lost_is_left_by_esc() -> None:
    """The modem waits for a PDU; ESC is answered with OK, and no query is needed."""
    wire = ScriptedWire((b"AT+CMGS=23\r",), (b"\x1b", OK), (SIGNAL, OK))
    await failed_submit(wire)
    await wire.link.execute(commands.query_signal())
    wire.finish()


@story
async def test_the_journal_fails() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (b"\x1b", OK), (SIGNAL, OK))

    async def fail() -> None:
        raise RuntimeError("disk full")

    error = await failed_submit(wire, fail)
    assert error.phase is SendPhase.AFTER_PROMPT
    assert isinstance(error.cause, RuntimeError)
    await wire.link.execute(commands.query_signal())
    wire.finish()


@pytest.mark.parametrize("noise", [b"", b"\r\nOK\r\n"])
@story
async def test_the_modem_closes_the_prompt_meanwhile(noise: bytes) -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "))

    async def commit_slowly() -> None:
        wire.say(1, noise + b"\r\n+CMS ERROR: 304\r\n")
        await asyncio.sleep(2)

    error = await failed_submit(wire, commit_slowly)
    assert error.phase is SendPhase.AFTER_PROMPT
    assert isinstance(error.cause, CmsError)
    wire.finish()


@story
async def test_the_line_goes_meanwhile() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "))

    async def commit_slowly() -> None:
        wire.unplug(1)
        await asyncio.sleep(2)

    error = await failed_submit(wire, commit_slowly)
    assert error.phase is SendPhase.AFTER_PROMPT
    assert isinstance(error.cause, LinkLostError)


@story
async def test_refused_after_the_payload() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, b"\r\n+CMS ERROR: 21\r\n"))
    error = await failed_submit(wire)
    assert error.phase is SendPhase.SUBMITTED
    assert isinstance(error.cause, CmsError)
    assert error.cause.error_class is ErrorClass.RECIPIENT


@story
async def test_a_network_timeout_after_the_payload_is_in_doubt() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, b"\r\n+CMS ERROR: 332\r\n"))
    error = await failed_submit(wire)
    assert isinstance(error.cause, CmsError)
    assert error.cause.error_class is ErrorClass.UNKNOWN


@story
async def test_no_answer_after_the_payload() -> None:
    """In doubt. A late reference is told, and never answers the next message."""
    wire = ScriptedWire(
        (b"AT+CMGS=23\r", b"\r\n> "),
        (WRITTEN, (170, b"\r\n+CMGS: 17\r\n\r\nOK\r\n")),
        (b"AT\r",),
        (b"AT+CMEE?\r", (3, b"\r\n+CMEE: 1\r\n\r\nOK\r\n")),
        (b"AT+CMGF?\r", (2, b"\r\n+CMGF: 0\r\n\r\nOK\r\n")),
        (b"AT+CMGS=23\r", b"\r\n> "),
        (WRITTEN, b"\r\n+CMGS: 18\r\n\r\nOK\r\n"),
    )
    error = await failed_submit(wire)
    assert error.phase is SendPhase.SUBMITTED
    assert isinstance(error.cause, ModemTimeoutError)
    assert wire.elapsed == UNKNOWN_AFTER
    assert str(error.cause) == "the modem did not answer AT+CMGS within 60 s"
    response = await submit(wire)
    assert response.values("+CMGS") == ("18",)
    late = [urc for urc in await read_urcs(wire.link, 2) if isinstance(urc, Urc)]
    assert (late[0].kind, late[0].prefix, late[0].value) == (UrcKind.LATE_ANSWER, "+CMGS", "17")
    wire.finish()


REFERENCE = b"\r\n+CMGS: 17\r\n\r\nOK\r\n"
IDLE_AGAIN = (b"\x1bAT+CMEE?\r", b"\r\n+CMEE: 1\r\n\r\nOK\r\n")


@pytest.mark.parametrize("answer", [OK, b"AT\r\r\nOK\r\n", b"\r\nERROR\r\n"], ids=["OK", "echo", "ERROR"])
@story
async def test_an_idle_modem_has_lost_its_answer(answer: bytes) -> None:
    """Asked once after a while: what answers AT works on no message. Nothing is known of that one, then."""
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN,), (b"AT\r", answer), IDLE_AGAIN, (SIGNAL, OK))
    error = await failed_submit(wire)
    assert (error.phase, wire.elapsed) == (SendPhase.SUBMITTED, PROBE_AFTER)
    assert isinstance(error.cause, ResultLostError)
    assert "idle 45 s after AT+CMGS" in str(error.cause)
    await wire.link.execute(commands.query_signal())
    assert wire.elapsed == PROBE_AFTER
    wire.finish()


@story
async def test_a_busy_modem_keeps_its_time() -> None:
    """It answers AT when the message is over; that OK answers nothing else."""
    wire = ScriptedWire(
        (b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, (50, REFERENCE), (50.5, OK)), (b"AT\r",), (SIGNAL, OK)
    )
    assert (await submit(wire)).values("+CMGS") == ("17",)
    assert wire.elapsed == 50
    await asyncio.sleep(1)
    await wire.link.execute(commands.query_signal())
    wire.finish()


@story
async def test_an_answer_to_the_question_that_never_comes_is_not_waited_for() -> None:
    wire = ScriptedWire(
        (b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, (50, REFERENCE)), (b"AT\r",), SYNC, (SIGNAL, OK)
    )
    await submit(wire)
    await wire.link.execute(commands.query_signal())
    assert wire.elapsed == 50
    wire.finish()


@story
async def test_a_refusal_after_the_question_is_the_answer_to_the_message() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, (50, b"\r\n+CMS ERROR: 38\r\n")), (b"AT\r",))
    error = await failed_submit(wire)
    assert isinstance(error.cause, CmsError)
    assert (error.cause.code, wire.elapsed) == (38, 50)


@story
async def test_a_question_and_an_answer_that_both_come_too_late_are_two() -> None:
    """The first OK is that of the message, the second that of AT: neither answers what is asked next."""
    wire = ScriptedWire(
        (b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, (70, REFERENCE)), (b"AT\r",), SYNC, (SIGNAL, OK)
    )
    await failed_submit(wire)
    await asyncio.sleep(15)
    await wire.link.execute(commands.query_signal())
    wire.finish()


@story
async def test_a_modem_that_must_not_be_asked_is_not() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN,))
    wire.link.probe_after = math.inf
    error = await failed_submit(wire)
    assert wire.elapsed == UNKNOWN_AFTER
    assert type(error.cause) is ModemTimeoutError
    wire.finish()


@story
async def test_it_is_asked_sooner_when_the_message_is_known_to_be_taken() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN,), (b"AT\r", OK))
    wire.link.probe_soon()  # nothing is sent yet
    task = asyncio.create_task(failed_submit(wire))
    await asyncio.sleep(5)
    wire.link.probe_soon()
    await asyncio.sleep(0.5)
    wire.link.probe_soon()  # once is enough
    await task
    assert wire.elapsed == 5 + REPORTED_PROBE_AFTER
    wire.finish()


@story
async def test_a_late_reference_before_the_pdu_answers_an_older_message() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", REFERENCE + b"\r\n> "), (WRITTEN, b"\r\n+CMGS: 18\r\n\r\nOK\r\n"))
    assert (await submit(wire)).values("+CMGS") == ("18",)
    (late,) = await read_urcs(wire.link, 1)
    assert isinstance(late, Urc)
    assert (late.kind, late.value) == (UrcKind.LATE_ANSWER, "17")


@story
async def test_the_patience_for_a_prompt_is_measured() -> None:
    """And a late prompt of the first try gets no PDU."""
    wire = ScriptedWire(
        (b"AT+CMGS=23\r", (0.02, b"\r\n> ")),
        (WRITTEN, REFERENCE),
        (b"AT+CMGS=23\r", (1.0, b"\r\n> ")),
        (b"\x1b",),
        (b"\x1bAT+CMEE?\r", (1.0, b"\r\nOK\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n")),
        (b"\x1b",),
        (b"AT+CMGS=23\r", (0.02, b"\r\n> ")),
        (WRITTEN, REFERENCE),
    )
    await submit(wire)
    hasty = replace(SEND, prompt_timeout=wire.link.prompt_patience.timeout)
    with pytest.raises(SubmitError) as caught:
        await wire.link.submit(hasty, before_payload=nothing)
    assert caught.value.phase is SendPhase.BEFORE_PROMPT
    assert wire.link.prompt_patience.timeout == 2 * FLOOR
    await submit(wire)
    assert wire.link.prompt_patience.timeout == FLOOR
    wire.finish()


@story
async def test_ok_without_a_reference_ends_after_a_while() -> None:
    """Sierra MC7455: the message went, and no +CMGS comes."""
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, OK))
    response = await submit(wire)
    assert response.final == "OK"
    assert response.lines == ()
    assert wire.elapsed == REFERENCE_TIMEOUT


@story
async def test_ok_before_the_reference_is_waited_out() -> None:
    wire = ScriptedWire(
        (b"AT+CMGS=23\r", b"\r\n> \r\nOK\r\n"), (WRITTEN, OK, (9, b"\r\n+CMGS: 17\r\n\r\nOK\r\n"))
    )
    assert (await submit(wire)).values("+CMGS") == ("17",)
    wire.finish()


@story
async def test_ok_instead_of_the_prompt_is_ignored() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", OK, (1, b"\r\n> ")), (WRITTEN, b"\r\n+CMGS: 17\r\n\r\nOK\r\n"))
    assert (await submit(wire)).values("+CMGS") == ("17",)
    wire.finish()


@story
async def test_a_reference_without_ok_counts() -> None:
    """SIM800 R14.18 with a full SIM."""
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, b"\r\n+CMGS: 17\r\n"))
    assert (await submit(wire)).values("+CMGS") == ("17",)
    assert wire.elapsed == FINAL_TIMEOUT


# --- Giving up ---


@story
async def test_a_silent_modem_is_synchronised_before_the_next_command() -> None:
    wire = ScriptedWire((SIGNAL,), SYNC, (b"AT+CREG?\r", OK))
    with pytest.raises(ModemTimeoutError) as caught:
        await wire.link.execute(commands.query_signal())
    assert (caught.value.command, caught.value.timeout) == ("AT+CSQ", 5.0)
    assert wire.elapsed == 5
    await wire.link.execute(commands.query_registration())
    wire.finish()


@story
async def test_a_late_answer_cleans_the_line_by_itself() -> None:
    wire = ScriptedWire((SIGNAL, (6, b"\r\n+CSQ: 18,99\r\n\r\nOK\r\n")), (b"AT+CREG?\r", OK))
    with pytest.raises(ModemTimeoutError):
        await wire.link.execute(commands.query_signal())
    await asyncio.sleep(2)
    response = await wire.link.execute(commands.query_registration())
    assert response.lines == ()
    wire.finish()


@story
async def test_a_modem_that_stays_silent() -> None:
    """Every try is bounded, and each asks something else, so that the answers cannot be mixed up later."""
    wire = ScriptedWire(
        (SIGNAL,),
        (b"AT+CMEE?\r",),
        (b"AT+CMGF?\r",),
        (b"AT+CSMS?\r",),
        (b"AT\r",),
        (b"AT+CSCS?\r",),
        (b"AT+CNMI?\r", b"\r\n+CMEE: 1\r\n\r\nOK\r\n\r\n+CNMI: 2,1\r\n\r\nOK\r\n"),
        (b"AT+CREG?\r", OK),
    )
    with pytest.raises(ModemTimeoutError):
        await wire.link.execute(commands.query_signal())
    with pytest.raises(ModemTimeoutError, match="did not answer AT within 2 s"):
        await wire.link.execute(commands.query_registration())
    assert wire.elapsed == 5 + 4 * commands.SYNC_TIMEOUT
    await wire.link.execute(commands.query_registration())
    wire.finish()


@story
async def test_a_modem_that_refuses_all_queries_is_believed_by_its_at() -> None:
    error = b"\r\n+CMS ERROR: 310\r\n"
    wire = ScriptedWire(
        (SIGNAL,),
        (b"AT+CMEE?\r", error),
        (b"AT+CMGF?\r", error),
        (b"AT+CSMS?\r", error),
        (b"AT\r", OK),
        (b"AT+CREG?\r", OK),
        (b"AT+CSQ\r", OK),
    )
    with pytest.raises(ModemTimeoutError):
        await wire.link.execute(commands.query_signal())
    await wire.link.execute(commands.query_registration())
    await wire.link.execute(commands.query_signal())
    wire.finish()


@story
async def test_a_query_may_end_in_an_error_of_its_own() -> None:
    wire = ScriptedWire((SIGNAL,), (b"AT+CMEE?\r", b"\r\n+CMEE: 1\r\nERROR\r\n"), (b"AT+CREG?\r", OK))
    with pytest.raises(ModemTimeoutError):
        await wire.link.execute(commands.query_signal())
    await wire.link.execute(commands.query_registration())
    wire.finish()


@story
async def test_the_query_differs_from_the_command_that_was_given_up() -> None:
    wire = ScriptedWire(
        (b"AT+CMGF?\r",), SYNC, (SIGNAL, OK), (b"AT+CMGF?\r",), (b"AT+CSMS?\r", b"+CSMS: 0\r\nOK\r\n")
    )
    wire.steps.append((SIGNAL, OK))
    for _ in range(2):
        with pytest.raises(ModemTimeoutError):
            await wire.link.execute(commands.custom("AT+CMGF?", "+CMGF", secret=False))
        await wire.link.execute(commands.query_signal())
    wire.finish()


async def cancelled(wire: ScriptedWire, work: Coroutine[None, None, Response], after: float) -> None:
    """Start something and cancel it."""
    task = asyncio.create_task(work)
    await asyncio.sleep(after)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@story
async def test_a_cancelled_command_leaves_the_line_clean() -> None:
    """Its answer is awaited, and is not that of the next."""
    wire = ScriptedWire(
        (SIGNAL, (1.5, b"\r\n+CSQ: 18,99\r\n\r\nOK\r\n")), (SIGNAL, b"\r\n+CSQ: 3,99\r\n\r\nOK\r\n")
    )
    await cancelled(wire, wire.link.execute(commands.query_signal()), 1)
    response = await wire.link.execute(commands.query_signal())
    assert response.values("+CSQ") == ("3,99",)
    assert wire.writes[-1] == (1.5, SIGNAL)
    wire.finish()


@story
async def test_a_long_command_that_is_cancelled_blocks_nobody() -> None:
    """AT+COPS=? takes minutes; any character ends it (V.250 clause 5.6.1)."""
    scan = commands.custom("AT+COPS=?", "+COPS", timeout=180.0)
    wire = ScriptedWire((b"AT+COPS=?\r",), SYNC, (SIGNAL, OK))
    await cancelled(wire, wire.link.execute(scan), 1)
    await wire.link.execute(commands.query_signal())
    assert wire.elapsed == 1 + DRAIN_TIMEOUT
    wire.finish()


@story
async def test_cancelled_before_the_prompt() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r",), (b"\x1b", (0.1, b"\r\nOK\r\n")), (SIGNAL, OK))
    await cancelled(wire, submit(wire), 1)
    await wire.link.execute(commands.query_signal())
    wire.finish()


@story
async def test_cancelled_while_journalling() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (b"\x1b", OK), (SIGNAL, OK))
    await cancelled(wire, submit(wire, lambda: asyncio.sleep(60)), 1)
    await wire.link.execute(commands.query_signal())
    wire.finish()


@story
async def test_cancelled_after_ctrl_z() -> None:
    """The network cannot be hurried: the next command waits as long as the message would have."""
    wire = ScriptedWire(
        (b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, (40, b"\r\n+CMGS: 17\r\n\r\nOK\r\n")), (SIGNAL, OK)
    )
    await cancelled(wire, submit(wire), 1)
    await wire.link.execute(commands.query_signal())
    assert wire.elapsed == 40
    wire.finish()


@story
async def test_cancelled_while_waiting_for_a_turn() -> None:
    wire = ScriptedWire((SIGNAL, (3, OK)), (b"AT+CREG?\r", OK))
    first = asyncio.create_task(wire.link.execute(commands.query_signal()))
    await cancelled(wire, wire.link.execute(commands.query_operator()), 1)
    await wire.link.execute(commands.query_registration())
    await first
    wire.finish()


@story
async def test_cancelled_while_synchronising() -> None:
    wire = ScriptedWire(
        (SIGNAL,), (b"AT+CMEE?\r",), (b"AT+CMGF?\r", b"\r\n+CMGF: 0\r\n\r\nOK\r\n"), (SIGNAL, OK)
    )
    with pytest.raises(ModemTimeoutError):
        await wire.link.execute(commands.query_signal())
    await cancelled(wire, wire.link.execute(commands.query_signal()), 1)
    await wire.link.execute(commands.query_signal())
    wire.finish()


@story
async def test_at_may_be_repeated_without_being_synchronised() -> None:
    """A sleeping modem swallows the first one."""
    attention: AtCommand = replace(commands.attention(), timeout=1.0)
    wire = ScriptedWire((b"AT\r",), (b"AT\r", OK), SYNC, (SIGNAL, OK))
    with pytest.raises(ModemTimeoutError):
        await wire.link.execute(attention)
    await wire.link.execute(attention)
    await wire.link.execute(commands.query_signal())
    wire.finish()


@story
async def test_a_prompt_left_open_by_another_program_can_be_left() -> None:
    wire = ScriptedWire((b"\x1b", OK))
    wire.link.leave_prompt()
    wire.finish()


# --- URCs ---


@story
async def test_urcs_come_in_order_also_during_a_command() -> None:
    wire = ScriptedWire((SIGNAL, b'\r\n+CMTI: "SM",1\r\n\r\n+CSQ: 18,99\r\n\r\nRING\r\n\r\nOK\r\n'))
    wire.say(0, b"\r\nRDY\r\n")
    await wire.link.execute(commands.query_signal())
    urcs = [event.kind for event in await read_urcs(wire.link, 3) if isinstance(event, Urc)]
    assert sorted(urcs) == sorted([UrcKind.REBOOTED, UrcKind.MESSAGE_STORED, UrcKind.RING])
    assert urcs.index(UrcKind.MESSAGE_STORED) < urcs.index(UrcKind.RING)


@story
async def test_a_reader_waits_for_urcs_and_ends_with_the_line() -> None:
    wire = ScriptedWire()
    wire.say(10, b"\r\nRING\r\n")
    wire.unplug(20)
    kinds = [event.kind async for event in wire.link.urcs() if isinstance(event, Urc)]
    assert kinds == [UrcKind.RING]
    assert wire.elapsed == 20


@story
async def test_urcs_that_nobody_reads_are_counted() -> None:
    wire = ScriptedWire()
    wire.link.data_received(b"\r\nRING\r\n" * (MAX_WAITING + 5))
    events = await read_urcs(wire.link, MAX_WAITING + 1)
    assert events[-1] == UrcsLost(count=5)
    wire.link.data_received(b"\r\nRDY\r\n")
    (event,) = await read_urcs(wire.link, 1)
    assert isinstance(event, Urc)


@story
async def test_an_endless_line_may_have_hidden_a_urc() -> None:
    wire = ScriptedWire()
    wire.link.data_received(b"x" * 20_000)
    assert await read_urcs(wire.link, 1) == [UrcsLost(count=1)]


# --- The end of the line ---


@story
async def test_the_pending_command_learns_that_the_line_is_lost() -> None:
    wire = ScriptedWire((SIGNAL,))
    wire.unplug(1)
    with pytest.raises(LinkLostError, match="the line to the modem is gone: Input/output error"):
        await wire.link.execute(commands.query_signal())
    assert await wire.link.lost == "Input/output error"
    with pytest.raises(LinkLostError):
        await wire.link.execute(commands.query_signal())
    assert (await failed_submit(wire)).phase is SendPhase.BEFORE_PROMPT


@story
async def test_an_answer_that_came_before_the_loss_counts() -> None:
    wire = ScriptedWire((SIGNAL,))
    pending = asyncio.create_task(wire.link.execute(commands.query_signal()))
    await asyncio.sleep(0)
    wire.link.data_received(OK)
    wire.link.connection_lost(None)
    assert (await pending).final == "OK"


@story
async def test_a_loss_after_ctrl_z_is_in_doubt() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN,))
    wire.unplug(5)
    error = await failed_submit(wire)
    assert error.phase is SendPhase.SUBMITTED
    assert isinstance(error.cause, LinkLostError)


@story
async def test_close_ends_the_pending_command() -> None:
    wire = ScriptedWire((SIGNAL,))
    pending = asyncio.create_task(wire.link.execute(commands.query_signal()))
    await asyncio.sleep(1)
    await wire.link.close()
    with pytest.raises(LinkLostError, match="closed"):
        await pending
    assert wire.link.lost.result() == "closed"
    await wire.link.close()


@story
async def test_close_does_not_wait_for_ever() -> None:
    class Stuck:
        def write(self, data: bytes, /) -> None: ...

        def close(self) -> None: ...

    link = Link()
    link.attach(Stuck())
    before = asyncio.get_running_loop().time()
    await link.close()
    assert asyncio.get_running_loop().time() - before == pytest.approx(CLOSE_TIMEOUT)
    assert link.lost.done()


@story
async def test_a_link_without_port_closes() -> None:
    link = Link()
    link.leave_prompt()
    await link.close()
    assert link.lost.result() == "closed"


@story
async def test_a_loss_without_words() -> None:
    wire = ScriptedWire()
    wire.link.connection_lost(RuntimeError("the server went away"))
    assert await wire.link.lost == "the server went away"


@story
async def test_a_port_that_is_not_there() -> None:
    pytest.importorskip("serial")
    with pytest.raises(PortUnavailableError, match="does not exist"):
        await Link.open("/dev/ttyNOTHING9")


# --- Trace ---


@story
async def test_the_trace_shows_the_grammar_and_nobody() -> None:
    seen: list[tuple[str, str]] = []
    wire = ScriptedWire(
        (b"AT+CMGS=23\r", b"\r\n> "),
        (WRITTEN, b'\r\n+CLIP: "+436601234567",145\r\n+CMGS: 17\r\n\r\nOK\r\n'),
        (b'AT+CPIN="4711"\r', b"\r\n+CME ERROR: incorrect password\r\n"),
        trace=lambda direction, line: seen.append((direction, line)),
    )
    await submit(wire)
    with pytest.raises(CmeError):
        await wire.link.execute(commands.enter_pin("4711"))
    assert seen == [
        (">", "AT+CMGS=23"),
        ("<", "<prompt>"),
        (">", "<24 octets, Ctrl-Z>"),
        ("<", '+CLIP: "…",…'),
        ("<", "+CMGS: 17"),
        ("<", "OK"),
        (">", "AT+CPIN…"),
        ("<", "+CME ERROR: incorrect password"),
    ]


# --- The line is reserved for a message ---


@story
async def test_nothing_is_written_while_the_network_may_still_take_the_message() -> None:
    """Not even AT or ESC, which may abort it. The caller knows after a minute, the line is free later."""
    wire = ScriptedWire(
        (b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, (150, REFERENCE)), (b"AT\r", OK), (SIGNAL, OK)
    )
    wire.link.probe_after = math.inf
    await failed_submit(wire)
    assert wire.elapsed == UNKNOWN_AFTER
    knock = asyncio.create_task(wire.link.execute(commands.attention()))
    signal = asyncio.create_task(wire.link.execute(commands.query_signal()))
    await asyncio.sleep(60)
    wire.link.leave_prompt()
    await asyncio.gather(knock, signal)
    assert [when for when, _ in wire.writes] == [0, 0, 150, 150]
    wire.finish()


@pytest.mark.parametrize("seconds", [30.0, 120.0, 180.0])
@story
async def test_what_never_comes_is_waited_for_as_long_as_the_family_needs(seconds: float) -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN,), (b"\x1bAT\r", OK))
    wire.link.probe_after = math.inf
    with pytest.raises(SubmitError):
        await wire.link.submit(replace(SEND, timeout=seconds), before_payload=nothing)
    assert wire.elapsed == min(seconds, UNKNOWN_AFTER)
    await wire.link.execute(commands.attention())
    assert wire.elapsed == seconds
    wire.finish()


@story
async def test_a_message_whose_caller_left_keeps_the_line() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN, (20, REFERENCE)), (SIGNAL, OK))
    task = asyncio.create_task(submit(wire))
    await asyncio.sleep(5)
    task.cancel()
    await asyncio.wait({task})
    await wire.link.execute(commands.query_signal())
    assert wire.elapsed == 20
    wire.finish()


@story
async def test_a_port_that_goes_meanwhile_is_lost_at_once() -> None:
    wire = ScriptedWire((b"AT+CMGS=23\r", b"\r\n> "), (WRITTEN,))
    wire.link.probe_after = math.inf
    await failed_submit(wire)
    wire.unplug(5)
    with pytest.raises(LinkLostError):
        await wire.link.execute(commands.query_signal())
    assert wire.elapsed == UNKNOWN_AFTER + 5
