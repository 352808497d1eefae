"""Every family boots, sends and receives, and has the quirks that its row says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gsm_driver.simulator import PROFILES
from tests.driver.simulator.bench import Bench

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
    assert family.write(b"AT+CNMI=2,1,0,0,0\r") == OK
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
