"""Which ports there are, and who is behind one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import serial.tools.list_ports

from gsm_driver import ModemIdentity, NotAModemError, PortInfo, PortUnavailableError, list_ports, probe
from gsm_driver.simulator import create_simulator
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, PLAIN, SILENCE, ScriptedModem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def system_port(
    device: str, *, vid: int | None = None, product: str | None = None, interface: str | None = None
) -> SimpleNamespace:
    """As pyserial describes one."""
    return SimpleNamespace(
        device=device,
        vid=vid,
        pid=None if vid is None else 1,
        product=product,
        interface=interface,
        serial_number=None,
    )


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Ports as the system would list them, and their names by id."""
    devices, by_id = tmp_path / "dev", tmp_path / "by-id"
    devices.mkdir()
    by_id.mkdir()

    def has(*ports: SimpleNamespace, names: Sequence[tuple[str, str]] = ()) -> Path:
        for port in ports:
            (devices / port.device).touch()
            port.device = str(devices / port.device)
        for name, device in names:
            (by_id / name).symlink_to(devices / device)
        monkeypatch.setattr(serial.tools.list_ports, "comports", lambda: list(ports))
        return by_id

    return has


def test_ports_have_names_that_last_and_those_of_modem_makers_come_first(system: Callable[..., Path]) -> None:
    by_id = system(
        system_port("ttyS0"),
        system_port("ttyUSB0", vid=0x10C4, product="Zigbee stick"),
        system_port("ttyUSB3", vid=0x2C7C, product="EC25", interface="AT"),
        names=[("usb-Quectel_EC25-if02", "ttyUSB3"), ("usb-Quectel_EC25-if02-twin", "ttyUSB3")],
    )
    ports = list_ports(by_id)
    assert [Path(port.stable_name).name for port in ports] == [
        "usb-Quectel_EC25-if02",
        "ttyS0",
        "ttyUSB0",
    ]
    assert [port.is_modem_vendor for port in ports] == [True, False, False]
    assert [port.description for port in ports] == ["EC25, AT", "serial port", "Zigbee stick"]


def test_a_machine_without_named_ports(system: Callable[..., Path], tmp_path: Path) -> None:
    system(system_port("ttyS0"))
    (port,) = list_ports(tmp_path / "missing")
    assert port.stable_name == port.device


def test_without_pyserial_serialx_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    serialx = pytest.importorskip("serialx")
    monkeypatch.setitem(__import__("sys").modules, "serial.tools.list_ports", None)
    monkeypatch.setattr(
        serialx,
        "list_serial_ports",
        lambda: [
            SimpleNamespace(
                device="/dev/ttyACM0",
                vid=0x1E0E,
                pid=1,
                product="SIM7600",
                interface_description="",
                serial_number="9",
            )
        ],
    )
    assert list_ports(tmp_path / "missing") == (
        PortInfo(
            device="/dev/ttyACM0",
            stable_name="/dev/ttyACM0",
            description="SIM7600",
            vendor_id=0x1E0E,
            product_id=1,
            serial_number="9",
        ),
    )


def test_a_serial_number_is_not_shown() -> None:
    port = PortInfo(device="a", stable_name="a", description="a", serial_number="12345")
    assert "12345" not in repr(port)


@virtual_time.story
async def test_a_probe_asks_and_changes_nothing() -> None:
    wire = ScriptedModem(PLAIN)
    identity = await probe("scripted", connect=wire.connect)
    assert identity == ModemIdentity(
        manufacturer="Maker", model="Model 1", firmware="Firmware 2", imei="356938035643809"
    )
    assert wire.written == ["AT", "AT+CMEE?", "AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+CGSN"]


@virtual_time.story
async def test_a_probe_lets_go_of_the_port() -> None:
    create_simulator("m")
    first, second = await probe("simulator://m"), await probe("simulator://m")
    assert first == second


@virtual_time.story
async def test_a_modem_that_hides_its_imei_is_a_modem() -> None:
    """E153 answers CGSN with a memory failure (quirks 5.11)."""
    wire = ScriptedModem(PLAIN, {"AT+CGSN": b"\r\n+CME ERROR: memory failure\r\n"})
    identity = await probe("scripted", connect=wire.connect)
    assert (identity.model, identity.imei) == ("Model 1", "")


@pytest.mark.parametrize("answer", [SILENCE, b"$GPGGA,123519,4807.038,N,01131.000,E*47\r\n"])
@virtual_time.story
async def test_what_is_no_modem_is_told_and_let_go(answer: bytes) -> None:
    wire = ScriptedModem({"AT*": answer})
    with pytest.raises(NotAModemError):
        await probe("scripted", connect=wire.connect)
    assert asyncio.get_running_loop().time() - virtual_time.START < 30


@virtual_time.story
async def test_a_modem_that_knows_no_identity_commands_is_a_modem() -> None:
    wire = ScriptedModem(PLAIN, dict.fromkeys(("AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+CGSN"), ERROR))
    assert await probe("scripted", connect=wire.connect) == ModemIdentity(
        manufacturer="", model="", firmware="", imei=""
    )


@virtual_time.story
async def test_a_port_that_is_not_there() -> None:
    with pytest.raises(PortUnavailableError, match="does not exist"):
        await probe("/dev/does-not-exist")
