"""Quirks known of a family beforehand: what its modems say of themselves, and what is then written.

The names are those that real modems answer to AT+CGMI and AT+CGMM.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    ErrorClass,
    Modem,
    PinRequiredError,
    ReceivedSms,
    SendRejectedError,
    SendUnknownError,
    UsageError,
)
from gsm_driver.answer_times import UNKNOWN_AFTER
from gsm_driver.at.commands import SUBMIT_TIMEOUT
from gsm_driver.families import PROFILES
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, PLAIN, SILENCE, ScriptedModem, cms, ok

if TYPE_CHECKING:
    from gsm_driver.profile import ModemProfile
    from tests.driver.scripted_modem import Table

NUMBER = "+436601234567"
# SMS-DELIVER from +436601234567, 2026-11-21 12:00:00 UTC, GSM 7 bit "OK"; written by hand.
OK_PDU = "00" + "04" + "0C91346610325476" + "00" + "00" + "62111221000000" + "02" + "CF25"
STORED = ok(f"+CMGR: 0,,{len(OK_PDU) // 2 - 1}\r\n{OK_PDU}")

E1750 = ("huawei", "E1750")
E173 = ("huawei", "E173")
MF190 = ("ZTE CORPORATION", "MF190")
SIM800 = ("SIMCOM_Ltd", "SIMCOM_SIM800C")
SIM7600 = ("SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H")
EC25 = ("Quectel", "EC25")
MC7455 = ("Sierra Wireless, Incorporated", "MC7455")
LE910 = ("Telit", "LE910C1-EU")
TC35 = ("SIEMENS", "TC35i")
TRM240 = ("Teltonika", "TRM240")
T77W968 = ("Dell Inc.", "DW5821e Snapdragon X20 LTE")
OTHER = ("Fibocom", "L850-GL")


def speaking_as(who: tuple[str, str], *tables: Table) -> ScriptedModem:
    """A modem that says who it is."""
    return ScriptedModem(PLAIN, {"AT+CGMI": ok(who[0]), "AT+CGMM": ok(who[1])}, *tables)


def opened(wire: ScriptedModem, **options: str) -> Modem:
    return Modem("scripted", connect=wire.connect, **options)


@pytest.mark.parametrize("who", [E1750, E173])
@virtual_time.story
async def test_huawei_is_never_asked_for_a_list(who: tuple[str, str]) -> None:
    """AT+CMGL hangs the stick for good (gammu#4): here it does, and no other command helps."""
    hangs = {"AT*": SILENCE}
    wire = speaking_as(
        who,
        {
            "AT+CPMS?": ok('+CPMS: "SM",1,20,"SM",1,20,"SM",1,20'),
            "AT+CMGR=*": cms(321),
            "AT+CMGR=7": STORED,
            "AT+CMGL*": lambda _: wire.answers.update(hangs) or SILENCE,
        },
    )
    async with opened(wire) as modem:
        async with asyncio.timeout(10):
            async for event in modem.events():
                if isinstance(event, ReceivedSms):
                    break
        assert event.text == "OK"
        await asyncio.sleep(300)
        await modem.sms.send(NUMBER, "x")


@virtual_time.story
async def test_zte_is_calmed_before_anything_can_overrun() -> None:
    """+ZUSIMR comes until AT+CPMS? is said (gammu#170). No other family is asked that in vain."""
    for who, times in ((MF190, 1), (OTHER, 0)):
        wire = speaking_as(who, {"AT+CPMS?": ok('+CPMS: "SM",0,9,"SM",0,9,"SM",0,9')})
        async with opened(wire):
            assert wire.count("AT+CPMS?") == times
            asked = [line for line in wire.written if line.startswith("AT+CPMS")]
            assert asked[0] == ("AT+CPMS?" if times else "AT+CPMS=?")


ALL_FORMS = "(0-3),(0-3),(0-3),(0-2),(0,1)"


@pytest.mark.parametrize(
    ("who", "support", "taken"),
    [
        (SIM800, ALL_FORMS, "2,1,0,1,0"),
        (EC25, ALL_FORMS, "2,1,0,1,0"),
        (MF190, ALL_FORMS, "2,1,0,2,0"),
        (TRM240, ALL_FORMS, "2,1,0,2,0"),
        (TC35, "(3),(0-2),(0),(0,1),(1)", "3,1,0,1,1"),
        (("Sony Ericsson", "K750"), "(3),(0-2),(0),(0,1),(0)", "3,1,0,1,0"),
        (OTHER, ALL_FORMS, "2,1,0,1,0"),
    ],
)
@virtual_time.story
async def test_each_family_has_its_own_way_of_announcing(
    *, who: tuple[str, str], support: str, taken: str
) -> None:
    wire = speaking_as(who, {"AT+CNMI=?": ok(f"+CNMI: {support}"), "AT+CNMI=*": ok()})
    async with opened(wire):
        tried = [line for line in wire.written if line.startswith("AT+CNMI=") and line != "AT+CNMI=?"]
    assert tried == [f"AT+CNMI={taken}"]


@pytest.mark.parametrize("who", [EC25, ("QUECTEL", "EG25-G"), SIM800])
@virtual_time.story
async def test_reports_are_not_asked_for_by_place_even_where_the_other_way_is_refused(
    who: tuple[str, str],
) -> None:
    """EC25 would announce them at a wrong place, SIM800 not at all (gammu#676)."""
    refused = {f"AT+CNMI=2,1,0,1,{bfr}": ERROR for bfr in (0, 1)}
    wire = speaking_as(who, {"AT+CNMI=?": ok(f"+CNMI: {ALL_FORMS}"), "AT+CNMI=*": ok()}, refused)
    async with opened(wire):
        tried = [line.removeprefix("AT+CNMI=") for line in wire.written if line.startswith("AT+CNMI=")]
    assert tried[-1] == "2,1,0,0,0"
    assert not any(form.split(",")[3:4] == ["2"] for form in tried)


@virtual_time.story
async def test_a_t77w968_has_all_three_memories_switched() -> None:
    """It receives nothing until they were, the receiving one too (4IceG/luci-app-sms-tool-js#42)."""
    listed = "+CPMS: " + ",".join(['("ME","MT","SM","SR")'] * 3)
    counts = ok("+CPMS: 0,20,0,20,0,20")
    wire = speaking_as(T77W968, {"AT+CPMS=?": ok(listed), "AT+CPMS=*": counts})
    wire.answers["AT+CPMS=?"] = ok(listed)
    async with opened(wire):
        selections = [
            re.findall(r'"(\w+)"', line)
            for line in wire.written
            if line.startswith("AT+CPMS=") and line != "AT+CPMS=?"
        ]
    assert [memories[2] for memories in selections[:3]] == ["ME", "MT", "SM"]


LAST_TRY = {  # how each family says that one try is left
    "AT+CPINR": ("+CPINR: SIM PIN,1,3",),
    "AT+SPIC": ("+SPIC: 1,10,0,10",),
    'AT+QPINC="SC"': ('+QPINC: "SC",1,10',),
    "AT^CPIN?": ("^CPIN: SIM PIN,1,10,1,10,3",),
    "AT+ZPINPUK=?": ("+ZPINPUK: 1,10",),
    "AT#PCT": ("#PCT: 1",),
    "AT^SPIC": ("^SPIC: 1",),
}


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
@virtual_time.story
async def test_the_last_try_is_left_to_a_person_in_every_family(profile: ModemProfile) -> None:
    question = profile.pin_counter_command
    wire = ScriptedModem(PLAIN, {"AT+CPIN?": ok("+CPIN: SIM PIN"), question: ok(*LAST_TRY[question])})
    with pytest.raises(PinRequiredError, match="one PIN try"):
        await Modem("scripted", connect=wire.connect, pin="1234", profile=profile).open()
    assert not any(line.startswith("AT+CPIN=") for line in wire.written)


@virtual_time.story
async def test_a_sierra_has_eight_seconds_after_the_pin() -> None:
    """AC881; Huawei restarts when it is hurried, and has three like all others."""
    for who, seconds in ((MC7455, 8), (E1750, 3), (OTHER, 3)):
        states = [*[ok("+CPIN: SIM PIN")] * 2, ok("+CPIN: READY")]
        wire = speaking_as(who, {"AT+CPIN?": states, "AT+CPIN=*": ok(), "AT+CMGR=*": cms(321)})
        before = asyncio.get_running_loop().time()
        async with opened(wire, pin="1234"):
            waited = asyncio.get_running_loop().time() - before
        assert seconds <= waited < seconds + 4


@pytest.mark.parametrize(
    ("who", "code", "error_class"),
    [
        (TC35, 513, ErrorClass.MEMORY),  # unable to store
        (TC35, 515, ErrorClass.MESSAGE),  # invalid character in address
        (OTHER, 513, ErrorClass.TEMPORARY),  # lower layer failure
        (OTHER, 515, ErrorClass.TEMPORARY),  # please wait
    ],
)
@virtual_time.story
async def test_codes_from_512_on_mean_what_their_vendor_says(
    *, who: tuple[str, str], code: int, error_class: ErrorClass
) -> None:
    wire = speaking_as(who, {"Ctrl-Z": cms(code)})
    async with opened(wire) as modem:
        with pytest.raises(SendRejectedError) as caught:
            await modem.sms.send(NUMBER, "x")
        assert caught.value.error_class is error_class


@pytest.mark.parametrize(
    ("who", "command"),
    [
        (E1750, "AT^RESET"),
        (SIM7600, "AT+CRESET"),
        (MC7455, "AT!RESET"),
        (LE910, "AT#REBOOT"),
        (OTHER, "AT+CFUN=1,1"),
        (E173, None),  # would come back as storage (gammu#687)
        (("Nokia", "Nokia 6310i"), None),
        (("Sony Ericsson", "AAB-1021011-CV"), None),
    ],
)
@virtual_time.story
async def test_each_family_is_restarted_in_its_own_way_or_not_at_all(
    *, who: tuple[str, str], command: str | None
) -> None:
    wire = speaking_as(who, {"AT+CMGR=*": cms(321)})
    async with opened(wire) as modem:
        if command is None:
            with pytest.raises(UsageError, match="must not be restarted"):
                await modem.reset()
            assert not any("CFUN=1,1" in line or "RESET" in line for line in wire.written)
        else:
            await modem.reset()
            assert wire.count(command) == 1


@pytest.mark.parametrize("who", [LE910, ("Fibocom", "G510")])
@virtual_time.story
async def test_where_any_character_aborts_a_message_none_is_written(who: tuple[str, str]) -> None:
    """Fibocom's manual says that it does, Telit's warns of it. The caller is told all the same."""
    wire = speaking_as(who, {"Ctrl-Z": SILENCE})
    async with opened(wire) as modem:
        await asyncio.sleep(10)
        writes, before = wire.writes, asyncio.get_running_loop().time()
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "x")
        assert asyncio.get_running_loop().time() - before == UNKNOWN_AFTER
        await asyncio.sleep(SUBMIT_TIMEOUT - UNKNOWN_AFTER - 1)
        assert wire.writes == writes + 2


@pytest.mark.parametrize(("who", "seconds"), [(EC25, 120), (OTHER, SUBMIT_TIMEOUT)])
@virtual_time.story
async def test_silence_after_a_message_says_nothing_before_its_time_is_over(
    who: tuple[str, str], seconds: float
) -> None:
    wire = speaking_as(who, {"Ctrl-Z": SILENCE})
    async with opened(wire) as modem:
        wire.answers |= {
            "Ctrl-Z": lambda _: wire.answers.update(dict.fromkeys(wire.answers, SILENCE)) or SILENCE
        }
        before = asyncio.get_running_loop().time()
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "x")
        assert "does not answer" in await modem.wait_lost()
        assert seconds <= asyncio.get_running_loop().time() - before < seconds + 60


SOURCE = re.compile(
    r"[\w.-]+/[\w.-]+(#\d+)?|manual|reference|command sets?|interface guide|forum|notices|F_[A-Z_]+"
    r"|ModemManager|ofono|gammu|Kannel|ESPHome|fakemodems|of ours|public programs|no public report|not public"
)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_every_quirk_names_a_source_that_can_be_looked_up(profile: ModemProfile) -> None:
    """An issue, a manual, a program whose code knows it; or it says that there is none."""
    assert [quirk.text for quirk in profile.quirks if not SOURCE.search(quirk.source)] == []
