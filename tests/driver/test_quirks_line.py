"""Quirks of the line: echo, first commands, long input, result codes from the wild (quirks 5.1, 5.3, 5.4)."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta

import pytest

from gsm_driver import (
    ErrorClass,
    LinkLostError,
    Modem,
    ReceivedSms,
    SendPhase,
    SendRejectedError,
    UnknownUrc,
)
from gsm_driver.at import commands
from gsm_driver.at.events import FinalResult, InformationResponse
from gsm_driver.at.result_codes import error_from_final, parse_final
from gsm_driver.at.session import AtSession
from gsm_driver.at.urc import Urc, UrcKind
from gsm_driver.families import PROFILES
from gsm_driver.profile import GENERIC, ModemProfile
from gsm_driver.traced_line import INPUT_PIECE
from tests import virtual_time
from tests.driver.scripted_modem import PLAIN, ScriptedModem, cme, cms, ok, scripted
from tests.driver.wire import ScriptedWire

NUMBER = "+436601234567"
# SMS-DELIVER from +436601234567, 2026-11-21 12:00:00 UTC, GSM 7 bit "OK"; written by hand.
OK_PDU = "00" + "04" + "0C91346610325476" + "00" + "00" + "62111221000000" + "02" + "CF25"
OTHER_PDU = OK_PDU.replace("CF25", "CF26")
LENGTH = len(OK_PDU) // 2 - 1
STORED = ok(f"+CMGR: 0,,{LENGTH}\r\n{OK_PDU}")


# --- 5.1: echo ---


class EchoingModem(ScriptedModem):
    """Writes back whatever it gets, Ctrl-Z included: ATE0 did not hold."""

    echoes = True

    def write(self, data: bytes, /) -> None:
        if self.echoes:
            self.send(data)
        super().write(data)


@pytest.mark.parametrize("from_the_start", [True, False])
@virtual_time.story
async def test_echo_that_comes_back_disturbs_nothing(*, from_the_start: bool) -> None:
    wire = EchoingModem(PLAIN, {"AT+CMGR=3": STORED})
    wire.echoes = from_the_start
    async with Modem("scripted", connect=wire.connect) as modem:
        wire.echoes = True
        assert modem.identity.model == "Model 1"
        assert (await modem.sms.send(NUMBER, "Wasser im Keller")).message_references == (1,)
        wire.say('+CMTI: "SM",3')
        events = modem.events()
        message = await anext(events)
        assert isinstance(message, ReceivedSms)
        assert message.text == "OK"


def test_an_echo_that_comes_twice_before_an_error() -> None:
    """gammu tests/at-dispatch.c:75."""
    session = AtSession()
    session.start(commands.query_signal())
    (final,) = session.receive_data(b"AT+CSQ\r\nAT+CSQ\r\n+CME ERROR: 515\r\n")
    assert isinstance(final, FinalResult)
    assert error_from_final("AT+CSQ", final.code).error_class is ErrorClass.TEMPORARY


@virtual_time.story
async def test_please_wait_is_waited_out() -> None:
    """CME 515 for tens of seconds after boot."""
    modem, wire = scripted({"AT+CPIN?": [cme(515)] * 35 + [ok("+CPIN: READY")]})
    async with modem:
        assert wire.count("AT+CPIN?") == 36


# --- 5.1: sleep ---


class SleepyModem(ScriptedModem):
    """Falls asleep after half a minute, and what wakes it is lost."""

    _heard_at = 0.0

    def write(self, data: bytes, /) -> None:
        now = asyncio.get_running_loop().time()
        pause, self._heard_at = now - self._heard_at, now
        if pause < 30:
            super().write(data)


@virtual_time.story
async def test_a_modem_that_swallows_the_first_command_after_each_pause_is_kept() -> None:
    """smstools' needs_wakeup_at, Kannel's need-sleep: no such pause makes the modem a dead one."""
    wire = SleepyModem(PLAIN, {"AT+CNMI?": [ok("+CNMI: 2,1,0,1,0"), ok("+CNMI: 0,0,0,0,0")]})
    async with Modem("scripted", connect=wire.connect) as modem:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3_600):
                await modem.wait_lost()
        assert wire.count("AT+CNMI=2,1,0,1,0") > 50  # its settings were looked after all the time


@virtual_time.story
async def test_a_message_after_a_pause_wakes_the_modem_and_goes() -> None:
    wire = SleepyModem(PLAIN)
    async with Modem("scripted", connect=wire.connect, sweep_interval=600) as modem:
        await asyncio.sleep(300)
        before = asyncio.get_running_loop().time()
        assert (await modem.sms.send(NUMBER, "x")).message_references == (1,)
        assert asyncio.get_running_loop().time() - before < 5
    assert len(wire.pdus) == 1


def arrived_at(minute: int) -> str:
    """`OK_PDU`, so many minutes after noon."""
    return OK_PDU.replace("6211122100", f"62111221{f'{minute:02}'[::-1]}")


@pytest.mark.parametrize(
    "profile",
    [
        dataclasses.replace(GENERIC, wake_after=20.0),  # it is known to sleep
        GENERIC,  # it is found out at the first look after a minute
    ],
)
@virtual_time.story
async def test_a_modem_that_sleeps_gives_each_message_within_seconds(profile: ModemProfile) -> None:
    """Messages at other moments than the looks: none is lost to a time-out, and no life of the modem ends."""
    heard = {f"AT+CMGR={at}": ok(f"+CMGR: 0,,{LENGTH}\r\n{arrived_at(at)}") for at in range(1, 41)}
    wire = SleepyModem(PLAIN, heard)
    async with Modem("scripted", connect=wire.connect, profile=profile) as modem:
        events = (event async for event in modem.events() if isinstance(event, ReceivedSms))
        for at in range(1, 41):
            await asyncio.sleep(90)
            wire.say(f'+CMTI: "SM",{at}')
            async with asyncio.timeout(5):
                message = await anext(events)
            await modem.inbox.accept(message)
            assert wire.count(f"AT+CMGD={at}") == 1
        assert wire.is_open


# --- 5.1: long input ---


def slow(*steps: tuple[bytes, *tuple[bytes, ...]]) -> ScriptedWire:
    wire = ScriptedWire(*steps)
    wire.link.input_pause = 0.1
    return wire


LONG = "00" * 50  # 100 characters: three pieces and a rest
PIECES = [LONG[at : at + INPUT_PIECE].encode() for at in range(0, len(LONG), INPUT_PIECE)]
SEND = commands.send_message(49, LONG)


async def nothing() -> None:
    """What a caller does who journals nothing."""


@virtual_time.story
async def test_a_modem_that_overruns_gets_a_pdu_in_pieces() -> None:
    """gammu's F_SLOWWRITE, smstools' communication_delay. Ctrl-Z goes with the last piece only."""
    answer = b"\r\n+CMGS: 17\r\n\r\nOK\r\n"
    wire = slow(
        (b"AT+CMGS=49\r", b"\r\n> "), *((piece,) for piece in PIECES[:-1]), (PIECES[-1] + b"\x1a", answer)
    )
    response = await wire.link.submit(SEND, before_payload=nothing)
    assert response.values("+CMGS") == ("17",)
    assert wire.elapsed == pytest.approx(0.3)
    wire.finish()


@virtual_time.story
async def test_a_slow_pdu_that_is_given_up_half_way_is_left_with_escape() -> None:
    """Ctrl-Z on half a PDU may send rubbish."""
    wire = slow((b"AT+CMGS=49\r", b"\r\n> "), (PIECES[0],), (PIECES[1],), (b"\x1b", b"\r\nOK\r\n"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.15):
            await wire.link.submit(SEND, before_payload=nothing)
    wire.finish()


@virtual_time.story
async def test_a_modem_that_refuses_half_a_pdu_was_not_sent_it() -> None:
    wire = ScriptedModem(PLAIN)
    profile = ModemProfile(name="x", input_pause=0.1)
    async with Modem("scripted", connect=wire.connect, profile=profile) as modem:
        asyncio.get_running_loop().call_later(0.05, wire.send, cms(304))
        with pytest.raises(SendRejectedError) as caught:
            await modem.sms.submit(modem.sms.plan(NUMBER, "x" * 160))
    assert caught.value.phase is SendPhase.AFTER_PROMPT
    assert wire.pdus == []


@pytest.mark.parametrize("baudrate", [115_200, 9_600])
@virtual_time.story
async def test_the_rate_of_a_real_uart_is_fixed_by_the_caller(baudrate: int) -> None:
    """SIM800's automatic rate can lock to a wrong one; 115,200 unless told otherwise."""
    wire = ScriptedModem(PLAIN)
    rates = []

    async def connect(url: str, rate: int) -> object:
        rates.append(rate)
        return await wire.connect(url, rate)

    options = {} if baudrate == 115_200 else {"baudrate": baudrate}
    async with Modem("scripted", connect=connect, **options):
        assert rates == [baudrate]


# --- 5.3: unsolicited result codes from the wild ---

HUAWEI = (
    *("^RSSI:17", '^HCSQ:"LTE",46,37,111,20', "^BOOT:48175390,0,0,0,89", "^MODE:5,4", "^DSFLOWRPT:0,0,0"),
    *("^CSNR:1,2", "^SRVST:2", "^SIMST:1", "^STIN: 1,2,0", '^NWTIME: "26/11/21,12:00:00+04,00"'),
    *("^ORIG:1,0", "^CONF:1", "^CONN:1,0", '^NDISSTAT:1,,,"IPV4"', "^CCIN:1"),
    *("^LWURC: 1", "^RSSILVL: 80", "^THERM: 1"),
)
ZTE = (
    *("+ZUSIMR:2", '+ZDONR: "A1",232,1,"CS_PS","ROAM_OFF"', '+ZPASR: "HSDPA"', "+ZPSTM: 1"),
    *("+ZEND: 1", "+ZSTR: 1"),
)
SIMCOM = (
    *("+CFUN: 1", "+CPIN: READY", "SMS Ready", "SMS DONE", "PB DONE"),
    *("OVER-VOLTAGE WARNNING", "UNDER-VOLTAGE WARNNING", '*PSUTTZ: 2026,11,21,12,0,0,"+4",0'),
    *("+NITZ: 26/11/21,12:00:00+04", "DST: 0", "+CIEV: 7,1", "+CNSMOD: 8"),
    '+CLCC: 1,1,4,0,0,"+436601234567",145',
)
QUECTEL = (
    *("+QIND: SMS DONE", "+QIND: PB DONE", '+QIND: "csq",24,99', "+QUSIM: 1", "+QLWURC: 1"),
    *('+QGPSURC: "xtradataerror",1', "+QTONEDET: 49", "^DSCI: 1,0,3,0,0"),
)
OTHERS = (
    *("+WIND: 7", "$GPGGA,092750.000,5321.6802,N", "#QSS: 1", "+UUSORD: 0,16", "^SYSLOADING", "^SCKS: 1"),
    *("RING", "+CRING: VOICE", '+CLIP: "+436601234567",145', "NO CARRIER", '+CCWA: "0660",129,1'),
    *("VOICE NO CARRIER", "MISSED_CALL: 10:01AM 0660", "^CEND:1,9,104,16"),
    *('+CMTI: "SM",3', '+CMTI: "ME", 3', "+CMTI: ,-1", '+CDSI: "SR",1', '+CDSI: "SM",0'),
    *('^SMMEMFULL: "SM"', "+SMS FULL", "+SMFULL", '+QIND: "smsfull","SM"'),
)
WILD = HUAWEI + ZTE + SIMCOM + QUECTEL + OTHERS
UNHEARD_OF = ("+XNEWS: 1,2", "^NEVER:SEEN", "%STATE: ok", "a line of no kind")


@pytest.mark.parametrize("line", WILD)
def test_no_wild_code_spoils_or_ends_an_answer(line: str) -> None:
    """Before the header, between header and PDU, before OK; each is told as an event of its own."""
    session = AtSession()
    session.start(commands.read_message(3))
    answer = f"\r\n{line}\r\n\r\n+CMGR: 0,,{LENGTH}\r\n\r\n{line}\r\n{OK_PDU}\r\n\r\n{line}\r\n\r\nOK\r\n"
    events = session.receive_data(answer.encode("latin-1"))
    (information,) = [event for event in events if isinstance(event, InformationResponse)]
    (final,) = [event for event in events if isinstance(event, FinalResult)]
    assert information.line.body == OK_PDU
    assert final.code.is_success
    assert sum(isinstance(event, Urc) for event in events) == 3


@pytest.mark.parametrize("line", UNHEARD_OF)
def test_no_unknown_code_spoils_or_ends_an_answer(line: str) -> None:
    """Before the header and after the PDU; between them it cannot be told from a PDU that is garbage."""
    session = AtSession()
    session.start(commands.read_message(3))
    answer = f"\r\n{line}\r\n\r\n+CMGR: 0,,{LENGTH}\r\n{OK_PDU}\r\n\r\n{line}\r\n\r\nOK\r\n"
    events = session.receive_data(answer.encode("latin-1"))
    (information,) = [event for event in events if isinstance(event, InformationResponse)]
    assert information.line.body == OK_PDU
    assert [event.kind for event in events if isinstance(event, Urc)] == [UrcKind.UNKNOWN] * 2


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (f"+CMT: ,{LENGTH}", UrcKind.MESSAGE_DIRECT),
        (f"+CDS: {LENGTH}", UrcKind.REPORT_DIRECT),
        (f"+CBM: {LENGTH}", UrcKind.BROADCAST),
    ],
)
def test_a_pdu_that_comes_by_itself_spoils_neither_a_send_nor_an_answer(header: str, kind: UrcKind) -> None:
    session = AtSession()
    own = f"\r\n{header}\r\n{OTHER_PDU}\r\n"
    session.start(SEND)
    session.receive_data(f"{own}\r\n> ".encode())
    session.payload()
    events = session.receive_data(f"{own}\r\n+CMGS: 17\r\n{own}\r\nOK\r\n".encode())
    (final,) = [event for event in events if isinstance(event, FinalResult)]
    assert final.response.values("+CMGS") == ("17",)
    session.start(commands.read_message(3))
    events += session.receive_data(f"{own}\r\n+CMGR: 0,,{LENGTH}\r\n{OK_PDU}\r\n{own}\r\nOK\r\n".encode())
    read = [event.line.body for event in events if isinstance(event, InformationResponse)]
    assert read[-1] == OK_PDU
    urcs = [event for event in events if isinstance(event, Urc)]
    assert [(urc.kind, urc.body) for urc in urcs] == [(kind, OTHER_PDU)] * 4


@pytest.mark.parametrize("line", WILD)
def test_wild_codes_are_known(line: str) -> None:
    """Unknown ones would be reported to the user as a curiosity."""
    (urc,) = AtSession().receive_data(f"\r\n{line}\r\n".encode("latin-1"))
    assert isinstance(urc, Urc)
    assert urc.kind is not UrcKind.UNKNOWN


@pytest.mark.parametrize("line", WILD)
def test_no_wild_code_spoils_a_send(line: str) -> None:
    session = AtSession()
    session.start(SEND)
    session.receive_data(f"\r\n{line}\r\n\r\n> ".encode("latin-1"))
    session.payload()
    events = session.receive_data(f"\r\n{line}\r\n\r\n+CMGS: 17\r\n\r\nOK\r\n".encode("latin-1"))
    (final,) = [event for event in events if isinstance(event, FinalResult)]
    assert final.response.values("+CMGS") == ("17",)


@virtual_time.story
async def test_a_code_that_nobody_knows_is_told_and_changes_nothing() -> None:
    modem, wire = scripted({"AT+CMGR=3": STORED})
    async with modem:
        wire.say(*UNHEARD_OF, '+CMTI: "SM",3')
        events = modem.events()
        assert [await anext(events) for _ in UNHEARD_OF] == [UnknownUrc(line=line) for line in UNHEARD_OF]
        assert isinstance(await anext(events), ReceivedSms)


@virtual_time.story
async def test_a_flood_of_codes_stops_neither_sending_nor_receiving() -> None:
    """ZTE: +ZUSIMR:2 every few seconds, until others crash (gammu#170). Here 200 a second."""
    modem, wire = scripted({"AT+CMGR=3": STORED})
    async with modem:
        loop = asyncio.get_running_loop()
        for tick in range(2_000):
            loop.call_later(tick / 200, wire.say, "+ZUSIMR:2")
        loop.call_later(5, wire.say, '+CMTI: "SM",3')
        for _ in range(10):
            await modem.sms.send(NUMBER, "x")
        async with asyncio.timeout(6):
            assert isinstance(await anext(modem.events()), ReceivedSms)


@pytest.mark.parametrize("line", ["RDY", "Call Ready", "*ATREADY: 1", "^SYSSTART", "+PACSP0", "+WIND: 3"])
@virtual_time.story
async def test_a_boot_code_in_the_middle_of_life_is_a_restart(line: str) -> None:
    """All settings are lost: this life ends, and the supervisor begins the next with a full set-up."""
    modem, wire = scripted()
    async with modem:
        wire.say(line)
        with pytest.raises(LinkLostError, match="restarted"):
            async for _ in modem.events():
                pass


@virtual_time.story
async def test_a_modem_that_says_boot_for_hours_is_no_restart() -> None:
    """E1550 repeats ^BOOT every few seconds (faucamp/python-gsmmodem#35); its restart takes the port away."""
    modem, wire = scripted()
    async with modem:
        for _ in range(100):
            wire.say("^BOOT:48175390,0,0,0,89")
            await asyncio.sleep(3)
        await modem.sms.send(NUMBER, "x")


NEVER_WRITTEN = (
    "^CURC",  # some models then stop +CMTI, too (gammu#146)
    "+ZOPRT",  # modes of USB: a wrong one takes the serial ports away
    "+ZCDRUN",
    "!UDPID",
    "^SETPORT",
    "+CSMP",  # clears the SMSC on Qualcomm and ZTE
    "+CSCS",  # COPS stays ASCII in "UCS2", and E1750 restarts on a long text
    "+CMGF=1",
    "Z",  # an error before the PIN on Qualcomm M6280
    "&F",
    "+CSQ?",  # an error: it has no read form
)


@pytest.mark.parametrize("profile", [GENERIC, *PROFILES], ids=lambda profile: profile.name)
@virtual_time.story
async def test_commands_that_do_harm_are_never_written(profile: ModemProfile) -> None:
    modem, wire = scripted({"AT+CMGL=4": ok(f"+CMGL: 1,0,,{LENGTH}\r\n{OK_PDU}")}, profile=profile)
    async with modem:
        await modem.sms.send(NUMBER, "Wasser im Keller " * 12)
        await asyncio.sleep(200)
    written = [line.removeprefix("AT") for line in wire.written]
    assert [line for line in written if line.startswith(NEVER_WRITTEN)] == []


# --- 5.4: error codes ---

ACCOUNT, DEVICE, MEMORY = ErrorClass.ACCOUNT, ErrorClass.DEVICE, ErrorClass.MEMORY
MESSAGE, RECIPIENT, TEMPORARY = ErrorClass.MESSAGE, ErrorClass.RECIPIENT, ErrorClass.TEMPORARY

CODES = {  # each row of the table, as CMS; what the caller should do
    "unassigned number": ((1,), RECIPIENT),
    "barring": ((8, 10), ACCOUNT),
    "transfer rejected": ((21,), RECIPIENT),
    "memory": ((22, 208, 209, 211, 322), MEMORY),
    "destination out of service, for the moment": ((27,), TEMPORARY),
    "our own subscriber is unidentified": ((28,), ACCOUNT),
    "unknown subscriber": ((30,), RECIPIENT),
    "facility": ((29, 50, 69), ACCOUNT),
    "network out of order": ((38,), TEMPORARY),
    "temporary failure": ((41, 42, 47, 111), TEMPORARY),
    "message errors": ((81, 95, 96, 97, 98, 99), MESSAGE),
    "interworking, cause unknown": ((127,), TEMPORARY),
    "TP errors": (tuple(range(128, 177)), MESSAGE),
    "SC busy": ((192, 194), TEMPORARY),
    "no SC subscription": ((193,), ACCOUNT),
    "bad or barred address": ((195, 196), RECIPIENT),
    "validity": ((198, 199), MESSAGE),
    "equipment": ((300, 301, 320, 321), DEVICE),
    "wrong moment": ((302,), TEMPORARY),
    "not supported": ((303,), DEVICE),
    "bad parameter": ((304, 305), MESSAGE),
    "SIM missing, broken, wrong": ((310, 313, 315), ACCOUNT),
    "PIN and PUK": ((311, 312, 316, 317, 318), ACCOUNT),
    "SIM busy": ((314,), TEMPORARY),
    "SMSC unknown": ((330,), ACCOUNT),
    "no network": ((331, 332), TEMPORARY),
    "no acknowledgement expected": ((340,), TEMPORARY),
    "unknown error": ((500,), DEVICE),
    "vendors contradict each other": ((512, 513, 514, 515, 516, 532, 535, *range(549, 555)), TEMPORARY),
    "network down": ((615, 616), TEMPORARY),
}
CME = {
    "operation not allowed": ((3,), TEMPORARY),
    "SIM missing, locked, wrong, blocked": ((10, 11, 12, 15, 17, 18, 262), ACCOUNT),
    "no network": ((30, 31), TEMPORARY),
    "SIM busy": ((14,), TEMPORARY),
    "incorrect password": ((16,), ACCOUNT),
    "memory full": ((20,), MEMORY),
    "emergency calls only": ((32,), ACCOUNT),
    "unknown": ((100,), DEVICE),
    "service option": ((132,), DEVICE),
    "service option not subscribed": ((133,), ACCOUNT),
    "service option out of order": ((134,), TEMPORARY),
}
ROWS = [("CMS", row) for row in CODES] + [("CME", row) for row in CME]


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_each_row_of_the_table_of_codes(kind: str, row: str) -> None:
    codes, expected = (CODES if kind == "CMS" else CME)[row]
    for code in codes:
        final = parse_final(f"+{kind} ERROR: {code}")
        assert final is not None
        assert error_from_final("AT+CMGS", final).error_class is expected, code


@virtual_time.story
async def test_the_text_of_an_error_shows_the_code_itself() -> None:
    """21 means "no credit" with some operators, 500 anything: a person must see the number."""
    modem, _ = scripted({"Ctrl-Z": [cms(21), cms(500), cms(517)]})
    async with modem:
        for code in (21, 500, 517):
            with pytest.raises(SendRejectedError, match=f"CMS ERROR: {code}"):
                await modem.sms.send(NUMBER, "x")


@pytest.mark.parametrize("code", [128, 144, 145, 159, 176, 198, 199])
@virtual_time.story
async def test_what_the_centre_does_not_support_is_left_out_once(code: int) -> None:
    """Class, validity: TP errors are told before anything was taken, so the text goes again without them."""
    modem, wire = scripted({"Ctrl-Z": [cms(code), ok("+CMGS: 9")]})
    steps = []

    async def progress(step: object) -> None:
        steps.append(step.phase)

    async with modem:
        plan = modem.sms.plan(NUMBER, "x", flash=True, validity=timedelta(hours=1))
        assert (await modem.sms.submit(plan, progress=progress)).message_references == (9,)
    fancy, plain = wire.pdus
    assert (fancy[2:4], plain[2:4]) == ("31", "21")  # TP-VPF: relative, none; with report
    assert plain.endswith("0000" + "01" + "78")  # TP-PID, TP-DCS, "x"
    assert steps == [SendPhase.SUBMITTED, SendPhase.ACCEPTED]


@virtual_time.story
async def test_a_plain_message_that_is_refused_is_told_at_once() -> None:
    modem, wire = scripted({"Ctrl-Z": cms(176)})
    async with modem:
        with pytest.raises(SendRejectedError) as caught:
            await modem.sms.send(NUMBER, "x")
    assert caught.value.error_class is MESSAGE
    assert len(wire.pdus) == 1
