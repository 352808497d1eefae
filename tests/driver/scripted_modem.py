"""A modem made of literal bytes: for each command line what it answers."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from gsm_driver import Modem
from gsm_driver.link import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from gsm_driver.transport import ByteListener

    Answer = bytes | Sequence[bytes] | Callable[[str], bytes]
    Table = Mapping[str, Answer]

ERROR = b"\r\nERROR\r\n"
SILENCE = b""
PROMPT = b"\r\n> "


def ok(*lines: str) -> bytes:
    """Information responses and OK, as most modems write them."""
    return b"".join(f"\r\n{line}\r\n".encode() for line in (*lines, "OK"))


def cms(code: int) -> bytes:
    return f"\r\n+CMS ERROR: {code}\r\n".encode()


def cme(code: int) -> bytes:
    return f"\r\n+CME ERROR: {code}\r\n".encode()


# A modem that knows what 27.005 and 27.007 know, has one memory and is registered.
PLAIN: Table = {
    "AT": ok(),
    "AT+CMEE?": ok("+CMEE: 0"),
    "AT+CMGF?": ok("+CMGF: 0"),
    "AT+CSMS?": ok("+CSMS: 0,1,1,1"),
    "AT+CNMI?": ok("+CNMI: 2,1,0,1,0"),
    "ATE0": ok(),
    "AT+CMEE=1": ok(),
    "AT+CGMI": ok("Maker"),
    "AT+CGMM": ok("Model 1"),
    "AT+CGMR": ok("Firmware 2"),
    "AT+CGSN": ok("356938035643809"),
    "AT+CPIN?": ok("+CPIN: READY"),
    "AT+CFUN?": ok("+CFUN: 1"),
    "AT+CSCA?": ok('+CSCA: "+43664000501",145'),
    "AT+CMGF=0": ok(),
    "AT+CSMS=0": ok("+CSMS: 1,1,1"),
    "AT+CPMS=?": ok('+CPMS: ("SM"),("SM"),("SM")'),
    'AT+CPMS="SM","SM","SM"': ok("+CPMS: 0,10,0,10,0,10"),
    "AT+CNMI=?": ok("+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)"),
    "AT+CNMI=2,1,0,1,0": ok(),
    "AT+CREG=2": ok(),
    "AT+COPS=3,0": ok(),
    "AT+CMGL=4": ok(),
    "AT+CMGD=*": ok(),
    "AT+CMGS=*": PROMPT,
}


def scripted(*tables: Table, **options: Any) -> tuple[Modem, ScriptedModem]:
    """A modem, not open yet, and its wire: `PLAIN`, and what the tables say otherwise."""
    wire = ScriptedModem(PLAIN, *tables)
    return Modem("scripted", connect=wire.connect, **options), wire


class ScriptedModem:
    """The other end of a `Link`. What is not in the table is answered with ERROR.

    A key that ends with ``*`` stands for all commands that begin so. A list gives one answer after the other,
    the last one for good. The key ``Ctrl-Z`` answers PDUs; by default with the references 1, 2, 3 …
    """

    def __init__(self, *tables: Table) -> None:
        self.answers: dict[str, Answer] = {}
        for table in tables:
            self.answers.update(table)
        self.written: list[str] = []  # command lines and, with "^Z", PDUs
        self.pdus: list[str] = []
        self.writes = 0
        self._asked: dict[str, int] = {}
        self._listener: ByteListener | None = None
        self._buffer = ""
        self._is_at_prompt = False

    async def connect(self, _url: str = "", _baudrate: int = 0) -> Link:
        """For `Modem(connect=…)`."""
        link = Link()
        self._listener = link
        link.attach(self)
        return link

    def say(self, *lines: str) -> None:
        """Unsolicited result codes, at once on the wire."""
        self.send(b"".join(f"\r\n{line}\r\n".encode() for line in lines))

    def send(self, data: bytes) -> None:
        """Bytes, in the next round of the loop."""
        if data and self._listener is not None:
            asyncio.get_running_loop().call_soon(self._listener.data_received, data)

    def unplug(self) -> None:
        """The port goes away."""
        self._lose(OSError(5, "unplugged"))

    @property
    def is_open(self) -> bool:
        """Somebody has the port."""
        return self._listener is not None

    def count(self, command: str) -> int:
        """How often a command line was written."""
        return self.written.count(command)

    def write(self, data: bytes, /) -> None:
        """From the link."""
        self.writes += 1
        self._buffer += data.decode("ascii")
        while match := re.search(r"[\r\x1a\x1b]", self._buffer):
            text, end = self._buffer[: match.start()], match.group()
            self._buffer = self._buffer[match.end() :]
            self._take(text, end)

    def close(self) -> None:
        """From the link."""
        self._lose(None)

    def _lose(self, reason: Exception | None) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            asyncio.get_running_loop().call_soon(listener.connection_lost, reason)

    def _take(self, text: str, end: str) -> None:
        if end == "\x1b":
            self._is_at_prompt = False
        elif end == "\x1a":
            self._is_at_prompt = False
            self.written.append(f"{text}^Z")
            self.pdus.append(text)
            self.send(self._answer("Ctrl-Z", text, ok(f"+CMGS: {len(self.pdus)}")))
        elif not self._is_at_prompt:
            self.written.append(text)
            answer = self._answer(self._key(text), text, ERROR)
            self._is_at_prompt = answer.endswith((b">", b"> "))
            self.send(answer)

    def _key(self, text: str) -> str:
        if text in self.answers:
            return text
        wild = [key for key in self.answers if key.endswith("*") and text.startswith(key[:-1])]
        return wild[0] if wild else text

    def _answer(self, key: str, text: str, default: bytes) -> bytes:
        answer = self.answers.get(key, default)
        if callable(answer):
            return answer(text)
        if isinstance(answer, bytes):
            return answer
        asked = self._asked.get(key, 0)
        self._asked[key] = asked + 1
        return answer[min(asked, len(answer) - 1)]
