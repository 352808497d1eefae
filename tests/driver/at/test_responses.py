"""Information responses in the shapes that modems give them: sections 5.5, 5.6 and 5.9 of the quirks page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.at import responses
from gsm_driver.at.exchange import InfoLine, Response
from gsm_driver.at.responses import (
    CurrentCall,
    Operator,
    PinCounter,
    ServiceCentre,
    SimState,
    StorageSupport,
    parse_current_calls,
    parse_functionality,
    parse_identity,
    parse_indication_support,
    parse_message_reference,
    parse_operator,
    parse_own_numbers,
    parse_pin_counter,
    parse_registration,
    parse_service_centre,
    parse_signal,
    parse_sim_state,
    parse_storage_states,
    parse_storage_support,
)
from gsm_driver.at.urc import split_prefix
from gsm_driver.errors import ResponseError
from gsm_driver.models import Registration, RegistrationStatus, Signal, StorageState

if TYPE_CHECKING:
    from collections.abc import Callable


def response(*lines: str) -> Response:
    """The answer with these lines."""
    split = [split_prefix(line) if line.startswith(("+", "^", "#")) else ("", line) for line in lines]
    return Response(
        command="AT+TEST",
        lines=tuple(InfoLine(prefix=prefix, value=value) for prefix, value in split),
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("Quectel", "Quectel"),
        ('+CGMI: "HUAWEI"', "HUAWEI"),
        (" WAVECOM MODEM ", "WAVECOM MODEM"),
        ("+CGSN: 860000000000001", "860000000000001"),
        ('"860000000000001"', "860000000000001"),
        ("^ICCID: 8943010000000000001F", "8943010000000000001F"),
    ],
)
def test_identity(line: str, text: str) -> None:
    assert parse_identity(response(line)) == text


def test_identity_skips_empty_lines() -> None:
    assert parse_identity(response('""', "EC25")) == "EC25"


@pytest.mark.parametrize(
    ("lines", "numbers"),
    [
        (('+CNUM: "Own","+436601234567",145',), ("+436601234567",)),
        (('+CNUM: ,"+436601234567",145', '+CNUM: "Fax","0660",129'), ("+436601234567", "0660")),
        (('+CNUM: "","",129',), ()),
        (("+CNUM: x",), ()),
        ((), ()),
    ],
)
def test_own_numbers(lines: tuple[str, ...], numbers: tuple[str, ...]) -> None:
    assert parse_own_numbers(response(*lines)) == numbers


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("+CPIN: READY", SimState.READY),
        ("+cpin: ready", SimState.READY),
        ('+CPIN: "SIM PIN"', SimState.SIM_PIN),
        ("+CPIN: SIM PUK", SimState.SIM_PUK),
        ("+CPIN: SIM PIN2", SimState.SIM_PIN2),
        ("+CPIN: NOT INSERTED", SimState.NOT_INSERTED),
        ("+CPIN: NOT READY", SimState.NOT_READY),
        ("+CPIN: PH-NET PIN", SimState.OTHER_LOCK),
        ("+CPIN: PH-SIM PIN", SimState.OTHER_LOCK),
        ("+CPIN: BLOCKED", SimState.BLOCKED),
        ("+CPIN: SIM PUK BLOCKED", SimState.BLOCKED),
        ("+CPIN: NO SIM", SimState.NOT_INSERTED),
        ("+CPIN: SIM NOT INSERTED", SimState.NOT_INSERTED),
        ("+CPIN: SIM ERROR", SimState.NOT_READY),  # words of no standard
        ("+CPIN: later", SimState.NOT_READY),
    ],
)
def test_sim_state(line: str, state: SimState) -> None:
    assert parse_sim_state(response(line)) is state


@pytest.mark.parametrize(
    ("lines", "counter"),
    [
        (("+CPINR: SIM PIN,3,3", "+CPINR: SIM PUK,10,10"), PinCounter(pin=3, puk=10)),
        (("+CPINR: SIM PIN,1,3",), PinCounter(pin=1, puk=None)),
        (("+SPIC: 3,10,0,10",), PinCounter(pin=3, puk=10)),
        (('+QPINC: "SC",3,10',), PinCounter(pin=3, puk=10)),
        (("^CPIN: READY,,10,3,10,3",), PinCounter(pin=3, puk=10)),
        (("^CPIN: SIM PIN,3,10,3,10,3",), PinCounter(pin=3, puk=10)),
        (("#PCT: 3",), PinCounter(pin=3, puk=None)),
        (("+ZPINPUK: 3,10",), PinCounter(pin=3, puk=10)),
        (("hello", "+SPIC: 2"), PinCounter(pin=2, puk=None)),
    ],
)
def test_pin_counter(lines: tuple[str, ...], counter: PinCounter) -> None:
    assert parse_pin_counter(response(*lines)) == counter


@pytest.mark.parametrize(("line", "level"), [("+CFUN: 1", 1), ("+CFUN: 1,0", 1), ("+CFUN: 0", 0)])
def test_functionality(line: str, level: int) -> None:
    assert parse_functionality(response(line)) == level


@pytest.mark.parametrize(
    ("line", "signal"),
    [
        ("+CSQ: 18,99", Signal(dbm=-77, bit_error_rate=None)),
        ("+csq: 18,99", Signal(dbm=-77, bit_error_rate=None)),  # Sierra
        ("+CSQ:0,0", Signal(dbm=-113, bit_error_rate=0)),
        ("+CSQ: 31,7", Signal(dbm=-51, bit_error_rate=7)),
        ("+CSQ: 99,99", Signal(dbm=None, bit_error_rate=None)),  # unknown, not zero
        ("+CSQ: 148,99", Signal(dbm=-68, bit_error_rate=None)),
        ("+CSQ: 50,99", Signal(dbm=None, bit_error_rate=None)),
        ("+CSQ: 18", Signal(dbm=-77, bit_error_rate=None)),
    ],
)
def test_signal(line: str, signal: Signal) -> None:
    assert parse_signal(response(line)) == signal


def test_other_lines_in_an_answer_are_left() -> None:
    assert parse_signal(response("^RSSI: 20", "+CSQ: 18,99")).dbm == -77
    assert parse_pin_counter(response("+CPINR: ?", "+CPINR: SIM PIN,2,3")).pin == 2


HOME = RegistrationStatus.HOME


@pytest.mark.parametrize(
    ("line", "registration"),
    [
        ("+CREG: 2,1,4CA,81DE445", Registration(status=HOME, location_area="4CA", cell="81DE445")),
        (
            '+CREG: 0,1,"5E25","605F",2',
            Registration(status=HOME, technology="UTRAN", location_area="5E25", cell="605F"),
        ),
        (
            '+CREG: 2,5,"2AF5","0B88E350",2',
            Registration(
                status=RegistrationStatus.ROAMING, technology="UTRAN", location_area="2AF5", cell="0B88E350"
            ),
        ),
        (
            '+CREG: 2,1,"0B,"0100701",7',  # a lost quote
            Registration(status=HOME, technology="E-UTRAN", location_area="0B", cell="0100701"),
        ),
        ('+CREG: 2,1,"5E25', Registration(status=HOME, location_area="5E25")),  # cut off
        ("+CREG: 0,6", Registration(status=RegistrationStatus.SMS_ONLY_HOME)),  # LilyGO-Modem-Series#434
        ("+CREG: 0,3", Registration(status=RegistrationStatus.DENIED)),
        ("+CREG: 0,0", Registration(status=RegistrationStatus.NOT_REGISTERED)),
        ("+CREG: 0,10", Registration(status=RegistrationStatus.ROAMING)),
        ("+CREG: 0,77", Registration(status=RegistrationStatus.UNKNOWN)),
        ('+CEREG: 2,1,"5E25","605F",99', Registration(status=HOME, location_area="5E25", cell="605F")),
        ('+CGREG: 1,"5E25","605F"', Registration(status=HOME, location_area="5E25", cell="605F")),
        ("+creg: 2,1,,", Registration(status=HOME)),
    ],
)
def test_registration(line: str, registration: Registration) -> None:
    assert parse_registration(response(line)) == registration


@pytest.mark.parametrize(
    ("line", "operator"),
    [
        ('+COPS: 0,0,"A1, Austria",7', Operator(mode=0, name="A1, Austria", technology="E-UTRAN")),
        ("+COPS: 0", Operator(mode=0, name=None, technology=None)),
        ('+COPS: 1,2,"23201"', Operator(mode=1, name="23201", technology=None)),
        ('+COPS: 0,0,"",0', Operator(mode=0, name=None, technology="GSM")),
    ],
)
def test_operator(line: str, operator: Operator) -> None:
    assert parse_operator(response(line)) == operator


def support(*memories: tuple[str, ...]) -> StorageSupport:
    read, write, receive = memories
    return StorageSupport(read=read, write=write, receive=receive)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")', support(*[("SM", "ME")] * 3)),
        ('+CPMS: (("SM","BM","SR"),("SM"))', support(("SM", "BM", "SR"), ("SM",), ())),  # Wavecom
        ('+CPMS: "SM","SM","SM"', support(("SM",), ("SM",), ("SM",))),  # iWOW
        ("+CPMS:", support((), (), ())),  # Samsung
        ('+CPMS: ("SM","ME"),("SM"),(ME", "SR")', support(("SM", "ME"), ("SM",), ("ME", "SR"))),
        ("+CPMS: (),(),()", support((), (), ())),  # Nokia N79
        ('+CPMS: ("SM_P","ME_P"),("SM_P"),("SM_P")', support(("SM_P", "ME_P"), ("SM_P",), ("SM_P",))),
        ('+CPMS: ("sm")', support(("SM",), (), ())),
    ],
)
def test_storage_support(line: str, expected: StorageSupport) -> None:
    assert parse_storage_support(response(line)) == expected


@pytest.mark.parametrize(
    ("line", "states"),
    [
        ('+CPMS: "SM",3,10,"SM",3,10,"SM",3,10', [("SM", 3, 10)] * 3),
        ('+CPMS: "ME",0,23,"SM",3,10', [("ME", 0, 23), ("SM", 3, 10)]),
        ("+CPMS: 3,10,4,20,5,30", [("SM", 3, 10), ("ME", 4, 20), ("MT", 5, 30)]),
        ("+CPMS: 3,10", [("SM", 3, 10)]),
        ("+CPMS: ,,,,,,,,", []),  # Nokia N79
        ("+CPMS:", []),
        ('+CPMS: "SM",3', []),
        ("+CPMS: 3", []),
    ],
)
def test_storage_states(line: str, states: list[tuple[str, int, int]]) -> None:
    expected = tuple(StorageState(memory=memory, used=used, total=total) for memory, used, total in states)
    assert parse_storage_states(response(line), ("SM", "ME", "MT")) == expected


def test_storage_states_of_a_setting_need_its_memories() -> None:
    assert parse_storage_states(response("+CPMS: 3,10,3,10,3,10")) == ()


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("+CNMI: (2),(0-1,3),(0,2),(0-1),(0)", [{2}, {0, 1, 3}, {0, 2}, {0, 1}, {0}]),
        ("+CNMI: (0-2),(0,1,3),(0),(0,1),(0,1)", [{0, 1, 2}, {0, 1, 3}, {0}, {0, 1}, {0, 1}]),
        ("+CNMI:(0-3),(0-3)", [{0, 1, 2, 3}, {0, 1, 2, 3}]),
        ("+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)", [{0, 1, 2, 3}, {0, 1}, {0, 2, 3}, {0, 2}, {1}]),  # MC75i
    ],
)
def test_indication_support(line: str, values: list[set[int]]) -> None:
    assert parse_indication_support(response(line)) == tuple(values)


@pytest.mark.parametrize(("line", "reference"), [("+CMGS: 17", 17), ("+CMGS:0", 0), ('+CMGS: 255,"00"', 255)])
def test_message_reference(line: str, reference: int) -> None:
    assert parse_message_reference(response(line)) == reference


@pytest.mark.parametrize(
    ("line", "centre"),
    [
        ('+CSCA: "+436640501",145', ServiceCentre(address="+436640501", address_type=145)),
        ('+CSCA: "",129', ServiceCentre(address="", address_type=129)),
        ('+CSCA: "+436640501"', ServiceCentre(address="+436640501", address_type=None)),
        # AT+CSCS="UCS2" (section 5.7)
        ('+CSCA: "002B0034003300360036",145', ServiceCentre(address="+4366", address_type=145)),
        ('+CSCA: "0043003600360034",129', ServiceCentre(address="0043003600360034", address_type=129)),
    ],
)
def test_service_centre(line: str, centre: ServiceCentre) -> None:
    assert parse_service_centre(response(line)) == centre


def test_current_calls() -> None:
    calls = parse_current_calls(
        response('+CLCC: 2,1,4,0,0,"+436601234567",145,""', "+CLCC: 1,0,2,0,0", "+CLCC: 3,0,0,1,0,,129")
    )
    assert calls == (
        CurrentCall(index=2, is_incoming=True, status=4, mode=0, number="+436601234567"),
        CurrentCall(index=1, is_incoming=False, status=2, mode=0, number=""),
        CurrentCall(index=3, is_incoming=False, status=0, mode=1, number=""),
    )
    assert parse_current_calls(response()) == ()


@pytest.mark.parametrize(
    ("parse", "lines"),
    [
        (parse_identity, ()),
        (parse_identity, ('""',)),
        (parse_sim_state, ()),
        (parse_pin_counter, ()),
        (parse_pin_counter, ("+XYZ: 1",)),
        (parse_functionality, ("+CFUN: (0-4)",)),  # Nokia and ZTE answer the query with ranges
        (parse_signal, ("+CSQ:",)),
        (parse_signal, ()),
        (parse_registration, ("+CREG:",)),
        (parse_registration, ("+CREG: x,y",)),
        (parse_operator, ("+COPS: x",)),
        (parse_storage_states, ()),
        (parse_indication_support, ("+CNMI: 2,1",)),
        (parse_message_reference, ()),  # OK without +CMGS
        (parse_message_reference, ("+CMGS: 256",)),
        (parse_service_centre, ()),
        (parse_current_calls, ("+CLCC: 1,0",)),
    ],
)
def test_nonsense(parse: Callable[[Response], Any], lines: tuple[str, ...]) -> None:
    with pytest.raises(ResponseError, match="makes no sense"):
        parse(response(*lines))


def test_an_error_names_the_answer_and_nothing_of_it() -> None:
    with pytest.raises(ResponseError) as caught:
        parse_signal(response("+CSQ: +436601234567"))
    assert caught.value.prefix == "+CSQ"
    assert "4366" not in str(caught.value)


PARSERS = [getattr(responses, name) for name in dir(responses) if name.startswith("parse_")]
PREFIXES = [
    "",
    "+CNUM",
    "+CPIN",
    "+CPINR",
    "+SPIC",
    "^CPIN",
    "+CFUN",
    "+CSQ",
    "+CREG",
    "+COPS",
    "+CPMS",
    "+CNMI",
]
PREFIXES += ["+CMGS", "+CSCA", "+CLCC", "+QPINC", "#PCT"]
GRAMMAR = st.text(alphabet='0123456789ABSMRE",() -+_x\n\u00e4', max_size=60)
LINES = st.builds(
    InfoLine, prefix=st.sampled_from(PREFIXES), value=GRAMMAR | st.text(), body=st.none() | GRAMMAR
)


@given(lines=st.lists(LINES, max_size=4))
def test_a_value_or_a_named_error(lines: list[InfoLine]) -> None:
    """Whatever a modem says, no other exception leaves."""
    whole = Response(command="AT+TEST", lines=tuple(lines))
    for parse in PARSERS:
        argument = lines[0].value if lines else ""
        try:
            parse(argument if parse is responses.parse_registration_value else whole)
        except ResponseError:
            continue
