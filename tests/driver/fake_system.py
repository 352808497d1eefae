"""A machine made of files: USB devices as sysfs has them, programs as /proc does, names as udev does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gsm_driver import NotAModemError, PortUnavailableError
from gsm_driver.usb import real_port
from tests.driver.scripted_modem import ScriptedModem

if TYPE_CHECKING:
    from pathlib import Path


class Interface(NamedTuple):
    """One interface; `tty` is empty for one without a serial port."""

    number: int
    tty: str = ""
    kind: tuple[int, int, int] = (0xFF, 0xFF, 0xFF)


class FakeSystem:
    """The folders of a machine under one folder."""

    def __init__(self, root: Path) -> None:
        self.sys_root, self.proc_root = root / "sys", root / "proc"
        self.by_id, self.by_path = root / "by-id", root / "by-path"
        self._devices = self.sys_root / "bus" / "usb" / "devices"
        self._plugged = 0
        for folder in (self._devices, self.proc_root, self.by_id, self.by_path):
            folder.mkdir(parents=True)

    def plug(
        self,
        place: str,
        vendor: int,
        product: int,
        *interfaces: Interface,
        serial: str = "",
        name: str = "",
    ) -> None:
        """Put a device into a socket."""
        device = self._devices / place
        device.mkdir()
        self._plugged += 1  # the kernel counts on, whatever is plugged in
        texts = {"idVendor": f"{vendor:04x}", "idProduct": f"{product:04x}", "authorized": "1"}
        texts |= {"devnum": str(self._plugged)}
        texts |= {"serial": serial} if serial else {}
        texts |= {"manufacturer": "Maker", "product": name} if name else {}
        for file, text in texts.items():
            (device / file).write_text(f"{text}\n")
        for interface in interfaces:
            self._add(place, interface)

    def unplug(self, place: str) -> None:
        """Take it out."""
        for folder in [*self._devices.glob(f"{place}:*"), self._devices / place]:
            for path in sorted(folder.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            folder.rmdir()

    def authorized(self, place: str) -> Path:
        """The kernel's switch for a device."""
        return self._devices / place / "authorized"

    def run(self, pid: int, program: str, *open_files: str) -> None:
        """A program that has files open."""
        process = self.proc_root / str(pid)
        (process / "fd").mkdir(parents=True)
        if program:
            (process / "comm").write_text(f"{program}\n")
        for number, file in enumerate(open_files):
            (process / "fd" / str(number)).symlink_to(file)

    def name(self, folder: Path, name: str, device: str) -> str:
        """A name that udev makes; returns it."""
        (folder / name).symlink_to(device)
        return str(folder / name)

    def _add(self, place: str, interface: Interface) -> None:
        folder = self._devices / f"{place}:1.{interface.number}"
        folder.mkdir()
        values = (interface.number, *interface.kind)
        files = ("bInterfaceNumber", "bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
        for file, value in zip(files, values, strict=True):
            (folder / file).write_text(f"{value:02x}\n")
        if interface.tty.startswith("ttyACM"):
            (folder / "tty" / interface.tty).mkdir(parents=True)
        elif interface.tty:
            (folder / interface.tty / "tty" / interface.tty).mkdir(parents=True)


class Lines:
    """Opens scripted modems by the name of their port; keeps which ports were opened."""

    def __init__(self, **modems: ScriptedModem) -> None:
        self.modems = modems
        self.opened: list[str] = []

    async def connect(self, url: str, baudrate: int) -> object:
        port = real_port(url).rpartition("/")[2]
        self.opened.append(port)
        if port not in self.modems:
            raise PortUnavailableError(f"{url} does not exist")
        if self.modems[port] is DEAD:
            raise NotAModemError("nobody answers AT commands at this port")
        return await self.modems[port].connect(url, baudrate)


DEAD = ScriptedModem()
