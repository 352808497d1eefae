"""Every family boots, sends and receives, and has the quirks that its row says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gsm_driver import GENERIC, ModemIdentity
from gsm_driver.families import PROFILES as FAMILIES
from gsm_driver.families import profile_for
from gsm_driver.simulator import PROFILES, SimCard
from tests.driver.simulator.bench import Bench

if TYPE_CHECKING:
    from gsm_driver import ModemProfile

OK = b"\r\nOK\r\n"
HOLA = ("0021000B914316565811F9000004E8373B0C", 17)  # python-messaging: "hola" to +34616585119, with TP-SRR
DELIVER = "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07"


@pytest.fixture(params=PROFILES)
def family(request: pytest.FixtureRequest) -> Bench:
    """One bench per family."""
    return Bench(request.param).quiet()


def test_a_family_sends_and_receives(family: Bench) -> None:
    phone = family.network.add_phone("+34616585119")
    first = family.modem.profile.first_index
    mode, _, _, _, buffer = family.modem.profile.cnmi
    if family.modem.profile.deaf_until_switched:
        assert family.write(b'AT+CPMS="SM","SM","SM"\r').endswith(OK)
    assert family.write(b"AT+CNMI=%d,1,0,0,%d\r" % (2 if 2 in mode else max(mode), min(buffer))) == OK
    assert family.submit(*HOLA) == family.modem.profile.prompt + b"\r\n+CMGS: 1\r\n" + OK
    assert phone.texts == ["hola"]
    family.network.deliver_pdu(DELIVER)
    memory = family.modem.settings.memories[2]
    assert family.after(0) == f'\r\n+CMTI: "{memory}",{first}\r\n'.encode()
    assert DELIVER.encode() in family.write(b"AT+CMGR=%d\r" % first)
    assert family.write(b"AT+CMGD=%d\r" % first) == OK


def test_a_family_boots_with_its_lines_and_forgets_its_settings(family: Bench) -> None:
    profile = family.modem.profile
    family.modem.reboot()
    assert family.write(b"AT\r") == b""
    heard = family.after(9)
    for line in profile.boot:
        assert f"\r\n{line.line.format(sim='READY')}\r\n".encode() in heard
    assert family.write(b"AT+CMEE?\r").endswith(b"\r\n+CMEE: 0\r\n" + OK)


def driver_profile(name: str) -> ModemProfile:
    """What the driver takes a simulated modem for."""
    row = PROFILES[name]
    return profile_for(
        ModemIdentity(manufacturer=row.manufacturer, model=row.model, firmware=row.firmware, imei="")
    )


def test_each_family_of_the_driver_has_a_simulated_modem() -> None:
    assert {driver_profile(name) for name in PROFILES} == {GENERIC, *FAMILIES}


@pytest.mark.parametrize("name", PROFILES)
def test_what_the_driver_asks_a_family_its_modem_knows(name: str) -> None:
    """Card number and tries left, as each family has them; those of the standard are refused there."""
    bench, driver = Bench(name, sim=SimCard(pin="1234")).quiet(), driver_profile(name)
    card = bench.write(f"{driver.iccid_command}\r".encode())
    assert bench.modem.sim.iccid.encode() in card
    assert card.endswith(OK)
    tries = bench.write(f"{driver.pin_counter_command}\r".encode())
    assert b"3" in tries
    assert tries.endswith(OK)
    for question, own in (("AT+CCID", driver.iccid_command), ("AT+CPINR", driver.pin_counter_command)):
        assert bench.write(f"{question}\r".encode()).endswith(OK) is (question == own)


@pytest.mark.parametrize("name", [name for name in PROFILES if driver_profile(name).reset_command])
def test_what_restarts_a_family_restarts_its_modem(name: str) -> None:
    bench = Bench(name).quiet()
    assert bench.write(f"{driver_profile(name).reset_command}\r".encode()).startswith(OK)
    assert not bench.modem.power.is_ready
    bench.after(20)
    assert bench.modem.power.is_ready


def test_a_t77w968_receives_nothing_until_its_memories_were_switched() -> None:
    bench = Bench("t77w968", retry_after=60.0).quiet()
    bench.write(b"AT+CNMI=2,1,0,0,0\r")
    bench.network.deliver_pdu(DELIVER)
    assert bench.after(100) == b""
    bench.write(b'AT+CPMS="SM","SM","SM"\r')
    assert b'\r\n+CMTI: "SM",' in bench.after(100)


def test_an_e173_hangs_in_a_list_until_its_power_was_off() -> None:
    bench = Bench("e173").quiet()
    assert bench.write(b"AT+CMGL=4\r") == b""
    assert bench.after(1000) == b""
    assert bench.write(b"AT\r") == b""
    bench.modem.reboot()
    bench.after(20)
    assert bench.write(b"AT\r").endswith(OK)


def test_a_brovi_hides_its_imei() -> None:
    assert Bench("e3372-325").quiet().write(b"AT+CGSN\r") == b"\r\nERROR\r\n"


@pytest.mark.parametrize("name", ["nokia-n79", "mf190"])
def test_some_answer_with_the_range_of_values(name: str) -> None:
    assert Bench(name).quiet().write(b"AT+CFUN?\r") == b"\r\n+CFUN: (0,1,4),(0,1)\r\n" + OK


def test_zte_chatters_until_it_is_asked_for_its_memories() -> None:
    bench = Bench("mf190").quiet()
    assert bench.after(11).count(b"+ZUSIMR") == 5
    bench.write(b"AT+CPMS?\r")
    assert bench.after(100) == b""


def test_before_the_sim_is_ready_it_is_busy() -> None:
    bench = Bench("ec25")
    bench.modem.reboot()
    bench.after(4)
    bench.quiet()
    assert bench.write(b"AT+CPMS?\r") == b"\r\n+CMS ERROR: 314\r\n"
    assert bench.write(b"AT+CIMI\r") == b"\r\n+CME ERROR: 14\r\n"
    assert bench.write(b"AT+CREG?\r").startswith(b"\r\n+CREG: 0,0\r\n")
    bench.after(3)
    assert bench.write(b"AT+CPMS?\r").endswith(OK)


def test_a_family_tells_when_its_storage_is_full() -> None:
    for name, line in (
        ("sim800", b"+SMS FULL"),
        ("huawei", b'^SMMEMFULL: "SM"'),
        ("ec25", b'+QIND: "smsfull","ME"'),
    ):
        bench = Bench(name).quiet()
        storage = bench.modem.storages[bench.modem.settings.memories[2]]
        bench.modem.fill_storage(storage.name)
        storage.remove(storage.indexes[0])
        bench.network.deliver_pdu(DELIVER)
        assert b"\r\n" + line + b"\r\n" in bench.after(0)


def test_huawei_chatters_counts_from_zero_wants_three_storages_and_lists_what_it_refuses() -> None:
    bench = Bench("huawei").quiet()
    assert bench.write(b"AT+NOSUCH\r") == b"\r\nCOMMAND NOT SUPPORT\r\n"
    assert bench.write(b"AT+CMMS=1\r") == b"\r\nCOMMAND NOT SUPPORT\r\n"
    assert bench.write(b'AT+CPMS="SM","SM"\r') == b"\r\n+CMS ERROR: 303\r\n"
    assert bench.write(b'AT+CPMS="SM","SM","SM"\r').endswith(OK)
    assert bench.write(b"AT+CNMI=?\r").startswith(b"\r\n+CNMI: (0,1,2),(0,1,2,3),(0,2,3),(0,1,2),(0,1)")
    assert bench.write(b"AT+CNMI=2,1,0,1,0\r") == b"\r\n+CMS ERROR: 303\r\n"
    assert bench.after(25).count(b"\r\n^RSSI: 18\r\n") == 2
    bench.simulator.unplug()
    assert bench.after(100) == b""


def test_ec25_announces_a_report_where_it_is_not() -> None:
    bench = Bench("ec25").quiet()
    bench.network.add_phone("+34616585119")
    bench.write(b"AT+CNMI=2,1,0,2,0\r")
    assert bench.submit(*HOLA).endswith(b'\r\n+CDSI: "SM",0\r\n')
    assert bench.modem.storages["SR"].used == 1
    assert bench.write(b'AT+CPMS="SM";+CMGR=0\r').endswith(OK)


def test_sim7600_loses_its_service_centre_with_csmp() -> None:
    bench = Bench("sim7600").quiet()
    bench.write(b"AT+CSMP=49,167,0,0\r")
    assert bench.write(b"AT+CSCA?\r") == b'\r\n+CSCA: "",129\r\n\r\nOK\r\n'


def test_sim800_writes_errors_in_words_and_announces_in_the_middle() -> None:
    bench = Bench("sim800", submit_latency=2.0).quiet()
    bench.write(b"AT+CMEE=2;+CNMI=2,1,0,0,0\r")
    assert bench.write(b"AT+CMGR=99\r") == b"\r\n+CMS ERROR: invalid memory index\r\n"
    assert bench.submit(*HOLA) == b"\r\n> "
    bench.network.deliver_pdu(DELIVER)
    assert bench.after(1) == b'\r\n+CMTI: "SM",1\r\n'
    assert bench.after(1) == b"\r\n+CMGS: 1\r\n\r\nOK\r\n"


def test_sim800_keeps_no_reports() -> None:
    bench = Bench("sim800").quiet()
    bench.network.add_phone("+34616585119")
    assert bench.write(b"AT+CNMI=2,1,0,2,0\r") == b"\r\n+CMS ERROR: 303\r\n"


def test_a_quirk_can_be_put_on_any_family() -> None:
    bench = Bench().quiet()
    bench.modem.profile = replace(bench.modem.profile, pin_state_without_ok=True)
    assert bench.write(b"AT+CPIN?\r") == b"\r\n+CPIN: READY\r\n"
