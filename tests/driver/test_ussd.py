"""USSD: dialogues with a simulated network, and the dialects of quirks 5.8 by literal bytes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gsm_driver import (
    CmeError,
    CommandError,
    LinkLostError,
    Modem,
    ModemProfile,
    ModemTimeoutError,
    UsageError,
    UssdForm,
    UssdReply,
    UssdStatus,
    UssdUnsupportedError,
)
from gsm_driver.families import profile_for
from gsm_driver.simulator import (
    PROFILES,
    LoopScheduler,
    NetworkConditions,
    Simulator,
    UssdMenu,
    register_simulator,
)
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, SILENCE, cme, ok, scripted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.driver.scripted_modem import Table

CODE = "*100#"
REQUEST = f'AT+CUSD=1,"{CODE}",15'
MENU = UssdMenu(
    text="1 Guthaben\n2 Tarife",
    choices={
        "1": UssdMenu(text="Ihr Guthaben: 5,00 EUR"),
        "2": UssdMenu(text="1 A\n2 B", choices={"1": UssdMenu(text="Danke")}),
    },
)

USSD: Table = {"AT+CSCS?": ok('+CSCS: "IRA"'), "AT+CUSD=1*": ok(), "AT+CUSD=2": ok()}


def with_reply(*lines: str, before_ok: bool = False) -> bytes:
    """OK and what the network says, in either order."""
    said = b"".join(f"\r\n{line}\r\n".encode() for line in lines)
    return said + ok() if before_ok else ok() + said


def elapsed() -> float:
    return asyncio.get_running_loop().time() - virtual_time.START


def closed(text: str) -> UssdReply:
    return UssdReply(text=text, status=UssdStatus.CLOSED)


# --- Dialogues ---


@pytest.mark.parametrize("family", PROFILES)
@virtual_time.story
async def test_a_dialogue_with_every_family(family: str) -> None:
    """Plain text, UCS2 in hex called 15, packed septets with "Initiating Release" before them."""
    simulator = Simulator(LoopScheduler(), name="ussd", profile=PROFILES[family])
    simulator.network.add_ussd(CODE, MENU)
    register_simulator(simulator)
    await asyncio.sleep(20)  # it boots
    async with Modem("simulator://ussd") as modem:
        async with modem.ussd.session(CODE) as session:
            assert session.text == "1 Guthaben\n2 Tarife"
            assert session.status is UssdStatus.REPLY_WANTED
            await session.reply("2")
            assert session.text == "1 A\n2 B"
            assert await session.reply("1") == closed("Danke")
            with pytest.raises(UsageError, match="closed"):
                await session.reply("1")
        assert await modem.ussd.request("*999#") == UssdReply(text="", status=UssdStatus.NOT_SUPPORTED)
        first = await modem.ussd.request(CODE)
        assert first.status is UssdStatus.REPLY_WANTED
        if not profile_for(modem.identity).cancels_ussd:
            return  # only the network ends the menu, in its own time
        async with modem.ussd.session(CODE) as session:  # the menu before was left
            assert await session.reply("1") == closed("Ihr Guthaben: 5,00 EUR")
            assert session.latest == closed("Ihr Guthaben: 5,00 EUR")


@virtual_time.story
async def test_a_wrong_answer_ends_the_dialogue() -> None:
    simulator = Simulator(LoopScheduler(), name="ussd")
    simulator.network.add_ussd(CODE, MENU)
    register_simulator(simulator)
    async with Modem("simulator://ussd") as modem, modem.ussd.session(CODE) as session:
        assert (await session.reply("9")).status is UssdStatus.TERMINATED


@virtual_time.story
async def test_messages_go_out_while_the_network_thinks() -> None:
    simulator = Simulator(LoopScheduler(), name="ussd")
    simulator.network.add_ussd(CODE, UssdMenu(text="5 EUR"))
    simulator.network.conditions = NetworkConditions(ussd_latency=30)
    simulator.network.add_phone("+43111")
    register_simulator(simulator)
    async with Modem("simulator://ussd") as modem:
        asking = asyncio.create_task(modem.ussd.request(CODE))
        await asyncio.sleep(1)
        began = elapsed()
        await modem.sms.send("+43111", "Wasser im Keller")
        assert elapsed() - began < 0.1
        assert await asking == closed("5 EUR")


@virtual_time.story
async def test_one_dialogue_at_a_time() -> None:
    simulator = Simulator(LoopScheduler(), name="ussd")
    simulator.network.add_ussd(CODE, UssdMenu(text="5 EUR"))
    simulator.network.add_ussd("*101#", UssdMenu(text="7 MB"))
    register_simulator(simulator)
    async with Modem("simulator://ussd") as modem:
        replies = await asyncio.gather(modem.ussd.request(CODE), modem.ussd.request("*101#"))
    assert replies == [closed("5 EUR"), closed("7 MB")]


# --- What modems say ---

REPLIES: Sequence[tuple[str, bytes, UssdReply]] = [
    ("after OK", with_reply('+CUSD: 0,"5 EUR",15'), closed("5 EUR")),
    ("before OK", with_reply('+CUSD: 0,"5 EUR",15', before_ok=True), closed("5 EUR")),
    ("without quotes", with_reply("+CUSD: 0, 5 EUR"), closed("5 EUR")),
    ("lines", with_reply('+CUSD: 0,"Saldo\r\n5 EUR\r\nDanke",15'), closed("Saldo\n5 EUR\nDanke")),
    ("UCS2", with_reply('+CUSD: 0,"0035002000450055 0052",72'.replace(" ", "")), closed("5 EUR")),
    ("UCS2 called 15", with_reply('+CUSD: 0,"00350020004500550052",15'), closed("5 EUR")),
    ("UCS2 called 17", with_reply('+CUSD: 0,"00350020004500550052",17'), closed("5 EUR")),
    ("octets, filled", with_reply('+CUSD: 0,"3520455552FFFF",68'), closed("5 EUR")),
    ("packed", with_reply('+CUSD: 0,"C8329BFD065DDF72363904",15'), closed("Hello World!")),
    (
        "an extra release first",  # babca/python-gsmmodem, faucamp/python-gsmmodem#14
        with_reply('+CUSD: 2,"Initiating Release",15', '+CUSD: 0,"5 EUR",15'),
        closed("5 EUR"),
    ),
    (
        "an extra release before OK",
        with_reply('+CUSD: 2,"Initiating Release",15', '+CUSD: 0,"5 EUR",15', before_ok=True),
        closed("5 EUR"),
    ),
    ("nonsense first", with_reply("+CUSD: x", '+CUSD: 9,"x"', '+CUSD: 0,"5 EUR",15'), closed("5 EUR")),
    (
        "ended with a text",
        with_reply('+CUSD: 2,"5 EUR",15'),
        UssdReply(text="5 EUR", status=UssdStatus.TERMINATED),
    ),
    ("other client", with_reply("+CUSD: 3"), UssdReply(text="", status=UssdStatus.OTHER_CLIENT)),
    ("not supported", with_reply("+CUSD: 4"), UssdReply(text="", status=UssdStatus.NOT_SUPPORTED)),
    ("network time-out", with_reply("+CUSD: 5"), UssdReply(text="", status=UssdStatus.TIMEOUT)),
]


@pytest.mark.parametrize(("answer", "reply"), [row[1:] for row in REPLIES], ids=[row[0] for row in REPLIES])
@virtual_time.story
async def test_the_reply_in_every_dialect(answer: bytes, reply: UssdReply) -> None:
    modem, _ = scripted(USSD, {"AT+CUSD=1*": answer})
    async with modem:
        assert await modem.ussd.request(CODE) == reply
        assert elapsed() == 0


@virtual_time.story
async def test_an_end_without_words_is_waited_upon_for_a_moment() -> None:
    modem, _ = scripted(USSD, {"AT+CUSD=1*": with_reply("+CUSD: 2")})
    async with modem:
        assert await modem.ussd.request(CODE) == UssdReply(text="", status=UssdStatus.TERMINATED)
        assert elapsed() == 3


@virtual_time.story
async def test_no_reply_is_a_time_out_and_the_session_is_left() -> None:
    modem, wire = scripted(USSD)
    async with modem:
        assert await modem.ussd.request(CODE, wait=20) == UssdReply(text="", status=UssdStatus.TIMEOUT)
        assert elapsed() == 20
        assert wire.count("AT+CUSD=2") == 1


@virtual_time.story
async def test_what_came_unasked_is_not_taken_for_a_reply() -> None:
    modem, wire = scripted(USSD, {"AT+CUSD=1*": with_reply('+CUSD: 0,"5 EUR",15')})
    async with modem:
        for _ in range(40):
            wire.say('+CUSD: 0,"Werbung",15')
        await asyncio.sleep(1)
        assert await modem.ussd.request(CODE) == closed("5 EUR")


# --- How it is asked ---


@virtual_time.story
async def test_a_session_is_left_open_for_nobody() -> None:
    modem, wire = scripted(USSD, {"AT+CUSD=1*": with_reply('+CUSD: 1,"1 Saldo",15')})
    async with modem:
        assert (await modem.ussd.request(CODE)).status is UssdStatus.REPLY_WANTED
        assert wire.written[-1] == "AT+CUSD=2"


@virtual_time.story
async def test_a_modem_that_must_not_be_told_to_cancel_is_not() -> None:
    """HP un2420 (gammu F_NO_STOP_CUSD)."""
    un2420 = {"AT+CGMI": ok("Hewlett-Packard"), "AT+CGMM": ok("un2420 Mobile Broadband Module")}
    modem, wire = scripted(USSD, un2420, {"AT+CUSD=1*": with_reply('+CUSD: 1,"1 Saldo",15')})
    async with modem:
        await modem.ussd.request(CODE)
        assert wire.count("AT+CUSD=2") == 0


@virtual_time.story
async def test_a_refused_cancel_does_no_harm() -> None:
    modem, _ = scripted(USSD, {"AT+CUSD=1*": with_reply('+CUSD: 1,"1 Saldo",15'), "AT+CUSD=2": ERROR})
    async with modem:
        assert (await modem.ussd.request(CODE)).text == "1 Saldo"


@virtual_time.story
async def test_huawei_is_asked_in_packed_septets() -> None:
    """MM pads with CR when 7 bits are spare; *101*4# never worked without (bg111/asterisk-chan-dongle#98)."""
    huawei = {"AT+CGMI": ok("huawei"), "AT+CGMM": ok("E1550")}
    modem, wire = scripted(
        USSD, huawei, {"AT+CUSD=1*": with_reply('+CUSD: 0,"CF2135487D2E4131DCCD25A381E02E",15')}
    )
    async with modem:
        assert await modem.ussd.request("*101*4#") == closed("OCTATOK 187.24 p.")
        assert wire.count('AT+CUSD=1,"AA182CA6A28D1A",15') == 1


FORMS: Sequence[tuple[str, dict[str, Any], str]] = [
    ("plain", {}, REQUEST),
    ("left in UCS2", {"AT+CSCS?": ok('+CSCS: "UCS2"')}, 'AT+CUSD=1,"002A0031003000300023",15'),
    ("left in GSM", {"AT+CSCS?": ok('+CSCS: "GSM"')}, REQUEST),
    ("will not say", {"AT+CSCS?": ERROR}, REQUEST),
    ("says nothing", {"AT+CSCS?": ok()}, REQUEST),
]


@pytest.mark.parametrize(("answers", "written"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS])
@virtual_time.story
async def test_the_character_set_decides_the_form(answers: dict[str, Any], written: str) -> None:
    modem, wire = scripted(USSD, {"AT+CUSD=1*": with_reply('+CUSD: 0,"5 EUR",15')}, answers)
    async with modem:
        for _ in range(2):
            assert await modem.ussd.request(CODE) == closed("5 EUR")
        assert wire.written[-2:] == [written, written]
        assert wire.count("AT+CSCS?") == 1


@virtual_time.story
async def test_a_modem_left_in_hex_is_taken_out_of_it() -> None:
    """gammu leaves AT+CSCS="HEX" behind."""
    modem, wire = scripted(USSD, {"AT+CSCS?": ok('+CSCS: "HEX"'), "AT+CSCS=*": ok()})
    wire.answers[REQUEST] = with_reply('+CUSD: 0,"betr{gt 5\x02",15')
    async with modem:
        assert await modem.ussd.request(CODE) == closed("beträgt 5$")
        assert wire.count('AT+CSCS="GSM"') == 1


@virtual_time.story
async def test_a_form_that_is_refused_is_followed_by_the_next_and_remembered() -> None:
    packed = 'AT+CUSD=1,"AA180C3602",15'
    modem, wire = scripted(USSD, {REQUEST: cme(100), packed: with_reply('+CUSD: 0,"5 EUR",15')})
    async with modem:
        for _ in range(2):
            assert await modem.ussd.request(CODE) == closed("5 EUR")
        assert [line for line in wire.written if "CUSD" in line] == [REQUEST, packed, packed]


@virtual_time.story
async def test_a_form_that_brought_nothing_is_not_remembered() -> None:
    """The plain code was refused for a moment, and the network makes nothing of the packed one."""
    answers = {
        REQUEST: [ERROR, with_reply('+CUSD: 0,"5 EUR",15')],
        'AT+CUSD=1,"AA180C3602",15': with_reply("+CUSD: 4"),
    }
    modem, _ = scripted(USSD, answers)
    async with modem:
        assert (await modem.ussd.request(CODE)).status is UssdStatus.NOT_SUPPORTED
        assert await modem.ussd.request(CODE) == closed("5 EUR")


REFUSALS: Sequence[tuple[str, Any, type[CommandError], int]] = [
    ("CME 132 to all forms", cme(132), UssdUnsupportedError, 2),  # gammu at-dispatch.c
    ("CME 132, then CME 100", [cme(132), cme(100)], UssdUnsupportedError, 2),
    ("ERROR, then CME 132", [ERROR, cme(132)], UssdUnsupportedError, 2),
    ("CME 100, then ERROR", [cme(100), ERROR], CmeError, 2),
    ("ERROR", ERROR, CommandError, 2),
    ("no network", cme(30), CmeError, 1),
    ("not subscribed", cme(133), CmeError, 1),
    ("SIM PIN", cme(11), CmeError, 1),
]


@pytest.mark.parametrize(
    ("answer", "error", "tries"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
@virtual_time.story
async def test_a_refusal_is_named(answer: Any, error: type[CommandError], tries: int) -> None:
    modem, wire = scripted(USSD, {"AT+CUSD=1*": answer})
    async with modem:
        with pytest.raises(error) as caught:
            await modem.ussd.request(CODE)
        assert type(caught.value) is error
        assert CODE not in str(caught.value)
        asked = [line for line in wire.written if line.startswith("AT+CUSD")]
        assert len(asked) == tries
        assert "AT+CUSD=2" not in asked  # nothing was begun


@pytest.mark.parametrize("code", ["", "*100#\r", 'a"', "1" * 200])
@virtual_time.story
async def test_what_cannot_be_a_code_is_refused_before_anything_is_written(code: str) -> None:
    modem, wire = scripted(USSD)
    async with modem:
        before = len(wire.written)
        with pytest.raises(UsageError):
            await modem.ussd.request(code)
        assert len(wire.written) == before


# --- What goes wrong ---


@virtual_time.story
async def test_a_modem_that_keeps_its_ok_until_the_network_has_answered() -> None:
    modem, wire = scripted(USSD, {"AT+CUSD=1*": SILENCE})
    async with modem:
        asyncio.get_running_loop().call_later(
            12, wire.send, with_reply('+CUSD: 0,"5 EUR",15', before_ok=True)
        )
        assert await modem.ussd.request(CODE) == closed("5 EUR")
        assert elapsed() == 12


@virtual_time.story
async def test_a_request_that_was_never_written_is_an_error() -> None:
    modem, wire = scripted(USSD)
    async with modem:
        await modem.ussd.request(CODE, wait=0)
        wire.answers = {"AT*": SILENCE}
        with pytest.raises(ModemTimeoutError):
            await modem.network.signal()
        with pytest.raises(ModemTimeoutError):
            await modem.ussd.request(CODE)


@virtual_time.story
async def test_a_lost_line_ends_the_waiting() -> None:
    modem, wire = scripted(USSD)
    async with modem:
        asyncio.get_running_loop().call_later(7, wire.unplug)
        with pytest.raises(LinkLostError, match="unplugged"):
            await modem.ussd.request(CODE)
        assert elapsed() == 7


@virtual_time.story
async def test_a_request_that_is_cancelled_leaves_no_session() -> None:
    modem, wire = scripted(USSD)
    async with modem:
        asking = asyncio.create_task(modem.ussd.request(CODE))
        await asyncio.sleep(1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert wire.written[-1] == "AT+CUSD=2"
        wire.answers[REQUEST] = with_reply('+CUSD: 0,"5 EUR",15')
        wire.say("+CUSD: 2")  # of the one that was left
        assert await modem.ussd.request(CODE) == closed("5 EUR")


def test_no_text_is_in_a_repr() -> None:
    assert "5 EUR" not in repr(closed("5 EUR"))


def test_a_profile_has_a_form() -> None:
    assert ModemProfile(name="any").ussd_forms == (UssdForm.PLAIN, UssdForm.PACKED)
