from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.at.calls import CallerId, Tone
from gsm_driver.at.session import AtSession
from gsm_driver.at.urc import (
    URCS,
    StoredNotice,
    Urc,
    UrcKind,
    UrcParameters,
    UssdNotice,
    make_urc,
    split_prefix,
)
from gsm_driver.models import Registration, RegistrationStatus


def one(line: str) -> Urc:
    (urc,) = AtSession().receive_data(f"\r\n{line}\r\n".encode("latin-1"))
    assert isinstance(urc, Urc)
    return urc


# peers-and-modem-quirks 5.3: what was seen in the wild
KINDS = [
    *[
        (line, UrcKind.SIGNAL)
        for line in ("^RSSI:17", '^HCSQ:"LTE",40', "^CSNR:1,2", "^RSSILVL: 80", "+CSQ: 18,99")
    ],
    *[
        (line, UrcKind.OTHER)
        for line in (
            *("^BOOT:48175390,0,0,0,89", "^MODE:3,3", "^DSFLOWRPT:0,0", "^SRVST:2", "^STIN: 1,2"),
            *("^NDISSTAT:1", "^LWURC: 1", "^THERM: 1", "^SYSLOADING"),
            *("+ZUSIMR:2", '+ZDONR: "x"', '+ZPASR: "HSDPA"', "+ZPSTM: 1", "+ZEND: 1", "+ZSTR: 1"),
            *("PB DONE", "+CIEV: 7,1", "+QIND: PB DONE", '+QIND: "csq",24,99', "+QLWURC: 1", "+QGPSURC: 1"),
            *("+WIND: 7", "+CFUN: 1", "+CNSMOD: 8", "+CGEV: NW DETACH"),
            *("$GPGGA,092750.000,5321.6802,N", "+UUSORD: 0,16"),
        )
    ],
    *[
        (line, UrcKind.CALL_STATE)
        for line in ("^ORIG:1,0", "^CONF:1", "^CONN:1,0", "^CCIN:1", "^DSCI: 1,0,3,0,0")
    ],
    ("VOICE CALL: BEGIN", UrcKind.CALL_STATE),
    ('+CLCC: 1,1,4,0,0,"+43660",145', UrcKind.CALL_STATE),
    *[(line, UrcKind.CALL_ENDED) for line in ("^CEND:1,9,104,16", "NO CARRIER", "BUSY", "VOICE NO CARRIER")],
    ("MISSED_CALL: 10:01AM 0660", UrcKind.CALL_ENDED),
    *[(line, UrcKind.RING) for line in ("RING", "+CRING: VOICE", "ring")],
    *[(line, UrcKind.SIM_STATE) for line in ("^SIMST:1", "+CPIN: READY", "+QUSIM: 1", "#QSS: 1", "^SCKS: 1")],
    *[(line, UrcKind.TIME) for line in ('^NWTIME: "26/01/01"', "*PSUTTZ: 2026,1,1", "+NITZ: 1", "DST: 0")],
    *[(line, UrcKind.STORAGE_FULL) for line in ('^SMMEMFULL: "SM"', "+SMS FULL", "+SMFULL")],
    *[(line, UrcKind.SMS_READY) for line in ("SMS Ready", "SMS DONE", "+QIND: SMS DONE", "+WIND: 4")],
    *[(line, UrcKind.REBOOTED) for line in ("RDY", "Call Ready", "*ATREADY: 1", "^SYSSTART", "+WIND: 3")],
    *[(line, UrcKind.REBOOTED) for line in ("+PACSP0", "+PACSP1")],
    *[(line, UrcKind.POWER_WARNING) for line in ("OVER-VOLTAGE WARNNING", "UNDER-VOLTAGE WARNNING")],
    *[
        (line, UrcKind.POWER_DOWN)
        for line in ("NORMAL POWER DOWN", "POWERED DOWN", "UNDER-VOLTAGE POWER DOWN")
    ],
]


@pytest.mark.parametrize(("line", "kind"), KINDS)
def test_kinds(line: str, kind: UrcKind) -> None:
    assert one(line).kind is kind


PARAMETERS: list[tuple[str, UrcParameters | None]] = [
    ('+CMTI: "SM",3', StoredNotice(memory="SM", index=3)),
    ('+CMTI: "ME", 3', StoredNotice(memory="ME", index=3)),
    ("+CMTI: SM,3", StoredNotice(memory="SM", index=3)),
    ("+CMTI: ,-1", StoredNotice(memory=None, index=None)),  # LilyGO T-SIM7600X#63
    ("+CMTI:", StoredNotice(memory=None, index=None)),
    ('+CDSI: "SR",1', StoredNotice(memory="SR", index=1)),
    ('+CDSI: "SM",0', StoredNotice(memory="SM", index=0)),
    ('+CLIP: "+436601234567",145,"",,"Anna, B.",0', CallerId(number="+436601234567", address_type=145)),
    ('+CLIP: "",128', CallerId(number="", address_type=128)),
    ("+CLIP: 0660", CallerId(number="0660", address_type=None)),
    ('+CCWA: "0660",129,1', CallerId(number="0660", address_type=129)),
    ("+QTONEDET: 49", Tone(digit="1")),
    ("+DTMF: #", Tone(digit="#")),
    ("+RXDTMF: 5", Tone(digit="5")),
    ("+CREG: 1", Registration(status=RegistrationStatus.HOME)),
    (
        '+CEREG: 5,"5E25","0B88E350",7',
        Registration(
            status=RegistrationStatus.ROAMING, technology="E-UTRAN", location_area="5E25", cell="0B88E350"
        ),
    ),
    ("+CGREG: x", None),
    ("RING", None),
    # peers-and-modem-quirks 5.8
    (
        '+CUSD: 0,"Balance: 5, or so",15',
        UssdNotice(status=0, text="Balance: 5, or so", data_coding_scheme=15),
    ),
    ("+CUSD: 0, 49B41C", UssdNotice(status=0, text="49B41C", data_coding_scheme=None)),
    ('+CUSD: 1,"49B4",72', UssdNotice(status=1, text="49B4", data_coding_scheme=72)),
    ('+CUSD: 0,"say "hi" now",15', UssdNotice(status=0, text='say "hi" now', data_coding_scheme=15)),
    ('+CUSD: 0,"text" , 15', UssdNotice(status=0, text="text", data_coding_scheme=15)),
    (
        '+CUSD: 2,"Initiating Release"',
        UssdNotice(status=2, text="Initiating Release", data_coding_scheme=None),
    ),
    ("+CUSD: 0,plain,17", UssdNotice(status=0, text="plain", data_coding_scheme=17)),
    ("+CUSD: 3", UssdNotice(status=3, text="", data_coding_scheme=None)),
    ("+CUSD: x", UssdNotice(status=None, text="", data_coding_scheme=None)),
]


@pytest.mark.parametrize(("line", "parameters"), PARAMETERS)
def test_parameters(line: str, parameters: UrcParameters | None) -> None:
    assert one(line).parameters == parameters


def test_a_lost_quote_leaves_the_text() -> None:
    reply = make_urc("+CUSD", '0,"123').parameters
    assert reply == UssdNotice(status=0, text="123", data_coding_scheme=None)


@pytest.mark.parametrize(
    "line", ['+CMTI: "SM",3', '+CLIP: "+436601234567",145', '+CUSD: 0,"secret",15', "hello"]
)
def test_a_repr_holds_no_number_and_no_text(line: str) -> None:
    shown = repr(one(line))
    assert not any(part in shown for part in ("+4366", "secret", "hello"))


@pytest.mark.parametrize(
    ("line", "prefix", "value"),
    [
        ("+csq: 18,99", "+CSQ", "18,99"),
        ("+CSQ:18", "+CSQ", "18"),
        ("+CSQ : 18", "+CSQ", "18"),
        ("RING", "RING", ""),
        ("^BOOT:1:2", "^BOOT", "1:2"),
        (": x", ": X", ""),
        ("9: x", "9: X", ""),
    ],
)
def test_split_prefix(line: str, prefix: str, value: str) -> None:
    assert split_prefix(line) == (prefix, value)


@given(prefix=st.sampled_from(sorted(URCS)), value=st.text(), body=st.none() | st.text())
def test_no_value_makes_a_urc_fail(prefix: str, value: str, body: str | None) -> None:
    """A message notice that cannot be read is still a notice."""
    urc = make_urc(prefix, value, body)
    assert (urc.prefix, urc.value, urc.body) == (prefix, value, body)
