"""ofono-phonesim as a modem: a second opinion on how a modem answers.

The program binds every address, so it lives in a network namespace of its own. A Unix socket leads out of
it, and a tap on the way keeps what the host wrote. Its rules are the packaged ones, changed at run time: they
answer a submitted short message with a reference and, a moment later, with the delivery report of the one
number that the tests write to. Inbound messages are pressed over D-Bus in its control window, as a person
would.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gsm_driver.pdu.tpdu import Direction, SmsSubmit, decode_pdu

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from lab.ledger import Ledger

PACKAGED_RULES = Path("/usr/share/ofono-phonesim/default.xml")
START_TIMEOUT = 20.0
"""Seconds until the program listens: a Qt start on a busy machine."""

REPORTED_NUMBER = "+436601234567"
MESSAGE_REFERENCE = 7
_REPORT_TPDU_LENGTH = 25
# SMS-STATUS-REPORT (TS 23.040 clause 9.2.2.3), written by hand: no SMSC, MR 7, +436601234567,
# both times 2026-11-21 12:00:00+00:00, TP-ST 00 (received by the SME).
_REPORT = "000607" + "0C91346610325476" + "62111221000000" * 2 + "00"

# The packaged rule takes any PDU and always says reference 0; this one says 7 and sends the report.
_SUBMIT_RULE = f"""<chat>
        <command wildcard="true">00*</command>
        <response>+CMGS: {MESSAGE_REFERENCE}\\n\\nOK</response>
        <switch name="reporting"/>
    </chat>
"""
_REPORT_STATE = f"""<state name="reporting">
    <unsolicited delay="300">+CDS: {_REPORT_TPDU_LENGTH}\\n{_REPORT}</unsolicited>
</state>
</simulator>"""
# What the modem says of its SIM at the start, and the PIN that the packaged rules want then.
_SIM_READY = '<set name="PINNAME" value="READY"/>'
_SIM_LOCKED = '<set name="PINNAME" value="SIM PIN"/>'
PIN = "2468"
_PACKAGED_SUBMIT_RULE = re.compile(r'<chat>\s*<command wildcard="true">00\*</command>.*?</chat>', re.DOTALL)

_INNER = """
set -e
ip link set lo up
QT_QPA_PLATFORM=offscreen XDG_RUNTIME_DIR="$1" ofono-phonesim -gui -p 12345 "$1/rules.xml" &
phonesim=$!
socat "UNIX-LISTEN:$1/modem.sock,fork" TCP:127.0.0.1:12345,retry=100,interval=0.1 &
bridge=$!
trap 'kill -KILL $phonesim $bridge' EXIT
printf '%s' "$DBUS_SESSION_BUS_ADDRESS" > "$1/bus"
until cat /proc/net/tcp /proc/net/tcp6 | grep -q ":3039 .* 0A "; do sleep 0.1; done
echo ready
read -r _ || true
"""


def missing_parts() -> str:
    """Why phonesim cannot run here; empty if it can."""
    programs = ("ofono-phonesim", "socat", "unshare", "ip", "dbus-run-session", "dbus-send")
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (scripts/install_test_parts brings them)"
    namespace = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    if namespace.returncode != 0:
        return "a network namespace of our own is refused here: it takes root, outside of a container"
    return ""


@dataclass
class Phonesim:
    """A running phonesim: `url` for the driver, `submitted` for what it was given.

    Attributes:
        disturb: what becomes of what it says on the way to the host; None of it: the line is cut.
    """

    directory: Path
    port: int = 0
    written: bytearray = field(default_factory=bytearray)
    disturb: Callable[[bytes], bytes | None] = lambda said: said
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _caller: asyncio.StreamWriter | None = None

    @property
    def url(self) -> str:
        """Where the modem answers."""
        return f"socket://127.0.0.1:{self.port}"

    @property
    def submitted(self) -> list[str]:
        """The PDUs that the host handed over, in hex, oldest first."""
        return re.findall(r"([0-9A-F]{10,})\x1a", self.written.decode("ascii", "replace"))

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Number and text of each PDU that the host handed over."""
        return [_message_in(pdu) for pdu in self.submitted]

    def note_messages(self, ledger: Ledger) -> None:
        """All that the host handed over goes into the books: it came at its numbers."""
        for number, text in self.messages:
            ledger.receive(number, text)

    async def wait_for_submitted(self, count: int) -> list[str]:
        """Return when at least `count` PDUs were handed over."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.submitted) >= count)
        return self.submitted

    async def text_from(self, sender: str, text: str) -> None:
        """Let a phone write to the modem: fields and button of the control window, by script."""
        box = "tabSMS.gbMessage1"
        script = (
            f'{box}.leMessageSender.text = "{sender}";\n'
            f'{box}.teSMSText.setPlainText("{text}");\n'
            f"{box}.pbSendSMSMessage.click();\n"
        )
        (self.directory / "inbound.js").write_text(script)
        await self._script("SetPath", str(self.directory))
        await self._script("Run", "inbound.js")

    async def _script(self, method: str, argument: str) -> None:
        program = await asyncio.create_subprocess_exec(
            "dbus-send",
            "--session",
            "--print-reply",
            "--dest=org.ofono.phonesim",
            "/",
            f"org.ofono.phonesim.Script.{method}",
            f"string:{argument}",
            env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": (self.directory / "bus").read_text()},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await program.communicate()
        if program.returncode != 0:
            raise RuntimeError(f"phonesim refused {method}: {output.decode(errors='replace')}")

    async def connect(self) -> None:
        """Take the one connection that the control window belongs to; callers come and go on it."""
        reader, self._modem = await asyncio.open_unix_connection(self.directory / "modem.sock")
        self._answers = asyncio.create_task(self._copy_answers(reader))

    async def close(self) -> None:
        """Let the modem go."""
        self._answers.cancel()
        self._modem.close()

    async def tap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join a caller with the modem, keeping what the caller writes."""
        self._caller = writer
        try:
            while data := await reader.read(4096):
                self.written += data
                async with self._changed:
                    self._changed.notify_all()
                self._modem.write(data)
                await self._modem.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def _copy_answers(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(4096):
            if self._caller is None or self._caller.is_closing():
                continue
            said = self.disturb(data)
            if said is None:
                self._caller.close()
            else:
                self._caller.write(said)


def _message_in(pdu: str) -> tuple[str, str]:
    submit = decode_pdu(pdu, Direction.MO).tpdu
    assert isinstance(submit, SmsSubmit)
    return submit.destination_address.number, submit.user_data.text


def _write_rules(directory: Path, *, sim_locked: bool) -> None:
    rules, changed = _PACKAGED_SUBMIT_RULE.subn(
        lambda _: _SUBMIT_RULE, PACKAGED_RULES.read_text(encoding="utf-8")
    )
    assert changed == 1, "the packaged rules of phonesim have changed: look at _PACKAGED_SUBMIT_RULE"
    rules = rules.replace("</simulator>", _REPORT_STATE)
    if sim_locked:
        rules = rules.replace(_SIM_READY, _SIM_LOCKED, 1)
    (directory / "rules.xml").write_text(rules, encoding="utf-8")


@asynccontextmanager
async def running_phonesim(directory: Path, *, sim_locked: bool = False) -> AsyncIterator[Phonesim]:
    """Start phonesim in its own network namespace, and end what was started. A locked SIM wants `PIN`."""
    _write_rules(directory, sim_locked=sim_locked)
    program = await asyncio.create_subprocess_exec(
        "unshare",
        "--net",
        "dbus-run-session",
        "--",
        "bash",
        "-c",
        _INNER,
        "phonesim",
        str(directory),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    try:
        line = await asyncio.wait_for(program.stdout.readline(), START_TIMEOUT)
        assert line == b"ready\n", "phonesim ended before it listened"
        phonesim = Phonesim(directory)
        await phonesim.connect()
        server = await asyncio.start_server(phonesim.tap, "127.0.0.1", 0)
        phonesim.port = server.sockets[0].getsockname()[1]
        async with server:
            yield phonesim
        await phonesim.close()
    finally:
        # The shell inside reads this pipe: when it ends, also by our death, it ends its own children.
        program.stdin.close()
        await program.wait()
