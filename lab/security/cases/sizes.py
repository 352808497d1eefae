"""Too much of everything: bodies, heads, paths, topics, nesting, packed octets, mails, lines."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from alert_engine.intake.http import PREFIX
from lab.parts.brokers import Peer, free_port
from lab.parts.names import SOURCE, TOPICS
from lab.parts.plant import HTTP_TOKEN, ONCE
from lab.security.case import Case
from lab.security.gate import a_gate, alarm_of
from lab.security.wire import Wire, at_loopback, request_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.run import Run
    from lab.security.case import Book
    from lab.security.gate import Gate

CASE = Case(
    name="sizes",
    tries="bodies of 32 MiB, heads without end, packed octets that grow, JSON and MIME deeper than a stack",
    expected="refused; memory stays, nothing ends, and an alarm of somebody else leaves at once",
    timeout=240.0,
    remark="growth: of the most memory that the process held; alarm: the slowest from source to phone",
)
HUGE = 32 << 20  # octets
MAX_GROWTH = 96.0  # MB: several mails of 10 MB are held at once, and parsed
# Seconds from a source to the phone. By MQTT it stands behind 120 MB that the broker took from somebody else,
# and a broker delivers in order.
MAX_DELAY, MAX_DELAY_ELSE = {"MQTT": 10.0}, 2.0
SLACK = 5.0  # times what it takes without an attack
TARGET = f"{PREFIX}/{SOURCE}"
PROOF = (("Authorization", f"Bearer {HTTP_TOKEN}"), ("Content-Type", "application/json"))


async def play(run: Run, book: Book) -> None:
    """One kind after the other, with an alarm beside each."""
    port = free_port()
    # Mails that are taken become texts of many segments: one in hand would be what the next alarm waits for.
    mail = {"bind": "127.0.0.1", "port": port, "allowed": ["127.0.0.1"], "severity": "info"}
    later = {"steps": [{"after": "1h", "notify": ["anna"]}]}
    gate = await a_gate(run, mail=mail, policies={**ONCE, "info": later})
    # What is hostile goes to the gateway alone: whoever measures would have to read it, too.
    gate.plant.peer.unsubscribe(f"{TOPICS}/#")
    await gate.plant.peer.subscribe(f"{TOPICS}/out/#")
    usual = max([await _an_alarm(gate, f"before{number}") for number in range(3)])
    base = _memory(gate)
    for kind, attempts in (
        ("HTTP", _http(gate, book)),
        ("MQTT", _mqtt(gate, book)),
        ("mail", _mail(port, book)),
        ("control", _control(gate, book)),
    ):
        hostile = asyncio.create_task(attempts)
        number, slowest = 0, 0.0
        while not hostile.done():
            number += 1
            slowest = max(slowest, await _an_alarm(gate, f"{kind.lower()}{number}"))
            await asyncio.sleep(1.0)
        await hostile
        slowest = max(slowest, await _an_alarm(gate, f"{kind.lower()}-behind"))  # what a queue still held
        book.measure(f"growth by {kind}, MB", round(_memory(gate) - base, 1))
        book.measure(f"alarm beside {kind}, s", round(slowest, 2))
        most = MAX_DELAY.get(kind, MAX_DELAY_ELSE) + SLACK * usual
        book.must(f"beside {kind} an alarm leaves within {most:.1f} s", is_so=slowest <= most)
        book.must(
            f"{kind}: memory grows by no more than {MAX_GROWTH} MB", is_so=_memory(gate) - base <= MAX_GROWTH
        )
    book.must("it still runs", is_so=not gate.gateway.has_ended)
    for line in gate.mistakes:
        book.find(line)
    titles = [title for (title,) in gate.rows("SELECT title FROM alarm WHERE source <> 'gateway'")]
    for title in titles:
        if "huge" in title:
            book.let_in(f"an alarm of {len(title)} characters was raised")


async def _an_alarm(gate: Gate, key: str) -> float:
    """The seconds from a source on MQTT to the phone."""
    began = time.monotonic()
    await gate.a_good_one(key)
    return time.monotonic() - began


def _memory(gate: Gate) -> float:
    """The most that the process ever held, in MB."""
    status = Path(f"/proc/{gate.gateway.pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000


# --- HTTP ---------------------------------------------------------------------------------------------------


async def _http(gate: Gate, book: Book) -> None:
    for name, head, pieces in _bodies():
        answer = await gate.wire.say(head, *pieces)
        book.attempt(f"HTTP: {name}", is_let_in=not answer.is_refused)
    # Sixteen at once: each is bounded, and together, too.
    flood = [gate.wire.say(_head(HUGE), *_slices(b"huge", HUGE)) for _ in range(16)]
    for answer in await asyncio.gather(*flood):
        book.attempt("HTTP: sixteen of 32 MiB at once", is_let_in=not answer.is_refused)


def _head(length: int | None, *more: tuple[str, str], target: str = TARGET) -> bytes:
    size = (("Content-Length", str(length)),) if length is not None else (("Transfer-Encoding", "chunked"),)
    return request_of("POST", target, (*PROOF, *size, *more))


def _bodies() -> Iterator[tuple[str, bytes, list[bytes]]]:
    title = json.dumps({"key": "huge", "title": "huge" * (HUGE // 4)}).encode()
    yield "32 MiB", _head(len(title)), _cut(title)
    yield "chunks without end", _head(None), [b"10000\r\n" + b"h" * 65536 + b"\r\n"] * (HUGE // 65536)
    yield "one chunk of 2^63", _head(None), [b"7fffffffffffffff\r\n", *_slices(b"h", HUGE)]
    yield "chunk extensions without end", _head(None), [b"1;x=", *_slices(b"h", HUGE)]
    yield "trailers without end", _head(None), [b"0\r\n", *([b"X-Huge: huge\r\n" * 4096] * 64)]
    zeros = b'{"key": "huge", "title": "' + b"h" * (8 * HUGE) + b'"}'
    for name, packed in (
        ("gzip", gzip.compress(zeros, 9)),
        ("deflate", zlib.compress(zeros, 9)),
        ("gzip", gzip.compress(gzip.compress(zeros, 9), 9)),
    ):
        yield f"{name}, packed", _head(len(packed), ("Content-Encoding", name)), [packed]
    deep = b'{"key": "huge", "title": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    yield "deep JSON", _head(len(deep)), [deep]
    wide = json.dumps({f"huge{at}": at for at in range(4000)}).encode()
    yield "JSON of 65 KB and 4000 names without a key", _head(len(wide)), [wide]
    yield "one header of 1 MiB", _head(2, ("X-Huge", "h" * (1 << 20))), [b"{}"]
    yield "10,000 headers", _head(2, *((f"X-{at}", "h") for at in range(10_000))), [b"{}"]
    yield "a head without end", b"POST / HTTP/1.1\r\n", [b"X-Huge: " + b"h" * 65536] * 256
    yield "a path of 1 MiB", _head(2, target=f"{TARGET}/{'h' * (1 << 20)}"), [b"{}"]
    yield "a query of 1 MiB", _head(2, target=f"{TARGET}?{'h=1&' * (1 << 18)}"), [b"{}"]
    yield "100,000 fields", _form(200_000), [b"a=&" * 66_000]
    yield "a length of 10^30", request_of("POST", TARGET, (*PROOF, ("Content-Length", "9" * 30))), [b"{}"]
    yield "a request line without end", b"POST /", [b"h" * 65536] * 256


def _form(length: int) -> bytes:
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    return request_of("POST", TARGET, (PROOF[0], kind, ("Content-Length", str(length))))


def _slices(piece: bytes, size: int) -> list[bytes]:
    return [piece * (65536 // len(piece))] * (size // 65536)


def _cut(octets: bytes) -> list[bytes]:
    return [octets[at : at + 65536] for at in range(0, len(octets), 65536)]


# --- MQTT ---------------------------------------------------------------------------------------------------


async def _mqtt(gate: Gate, book: Book) -> None:
    """Whoever may write to the broker; the broker itself takes 20 MB."""
    big = b'{"title": "' + b"huge" * (1 << 20) + b'"}'
    payloads = (big, b"[" * (4 << 20), b'{"a":' * (1 << 19), b"\0" * (4 << 20), gzip.compress(big))
    topics = (
        f"in/alarm/{SOURCE}/huge",
        f"in/state/{SOURCE}/huge",
        "in/send",
        "in/cmd/ack",
        f"in/heartbeat/{SOURCE}/huge",
    )
    async with Peer(gate.plant.broker.port, "hostile") as peer:
        for topic in topics:
            for payload in payloads:
                await peer.publish(f"{TOPICS}/{topic}", payload, unchecked=True)
                book.attempt("MQTT: 4 MiB")
        for topic in (
            f"in/alarm/{SOURCE}/{'h' * 60_000}",
            f"in/alarm/{'h' * 60_000}/huge",
            f"in/alarm/{'/'.join('h' * 150)}",
            f"in/{'h' * 60_000}",
            f"in/cmd/{'h/' * 90}",
            f"in/alarm//{SOURCE}//huge",
        ):
            await peer.publish(f"{TOPICS}/{topic}", alarm_of("huge"), unchecked=True)
            book.attempt("MQTT: long topic")
        reply = {
            "request_id": "h" * 60_000,
            "by": "h" * 60_000,
            "reply_to": f"{TOPICS}/out/response/{'h' * 60_000}",
        }
        await peer.publish(f"{TOPICS}/in/cmd/ack", json.dumps({**reply, "code": "1"}), unchecked=True)
        book.attempt("MQTT: long names")
        for number in range(300):
            await peer.publish(f"{TOPICS}/in/alarm/{SOURCE}/bad{number}", b"{" * 60_000, unchecked=True)
            book.attempt("MQTT: deep JSON")


# --- mail and the control socket ----------------------------------------------------------------------------


async def _mail(port: int, book: Book) -> None:
    for name, content in _mails():
        said = await _deliver(port, content)
        is_taken = said.startswith(b"250") and b"huge" in content[:200]
        book.attempt(f"mail: {name}", is_let_in=is_taken)
    for name, pieces in (
        ("a line without end", [b"h" * 65536] * 512),
        ("recipients without end", [b"HELO h\r\nMAIL FROM:<a@b>\r\n", *[b"RCPT TO:<anna@g>\r\n" * 100] * 40]),
        ("commands without end", [b"NOOP\r\n" * 1000] * 100),
    ):
        await Wire(at_loopback(port)).say(*pieces)
        book.attempt(f"mail: {name}")


def _mails() -> Iterator[tuple[str, bytes]]:
    yield "12 MiB", b"Subject: huge\r\n\r\n" + b"huge huge huge\r\n" * (12 << 16)
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(20_000)
    )
    yield "20,000 parts in each other", b"Subject: deep\r\n" + parts
    yield (
        "100,000 headers",
        b"".join(b"X-%d: h\r\n" % at for at in range(100_000)) + b"Subject: many\r\n\r\nx\r\n",
    )
    yield "a header of 4 MiB", b"Subject: one\r\nX-Long: " + b" h\r\n" * (1 << 20) + b"\r\nx\r\n"
    words = b" ".join([b"=?utf-8?q?=68?="] * 50_000)
    yield "50,000 encoded words", b"Subject: " + words[:60_000].replace(b" ", b"\r\n ") + b"\r\n\r\nx\r\n"
    yield "addresses without end", b"To: " + b"\r\n <a@b>," * 100_000 + b"\r\nSubject: to\r\n\r\nx\r\n"
    html = b"Subject: html\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 400_000 + b"<!" * 400_000
    yield "400,000 tags in each other", html


async def _deliver(port: int, content: bytes) -> bytes:
    """The answer to the mail; empty where the server hung up."""
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(40.0):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await reader.readline()
                for line in (b"HELO h", b"MAIL FROM:<nas@lan>", b"RCPT TO:<alarm+huge@g>", b"DATA"):
                    writer.write(line + b"\r\n")
                    await reader.readline()
                for at in range(0, len(content), 65536):
                    writer.write(content[at : at + 65536])
                    await writer.drain()
                writer.write(b"\r\n.\r\n")
                return await reader.readline()
            finally:
                writer.close()
    return b""


async def _control(gate: Gate, book: Book) -> None:
    """The owner's own programs may be wrong, too."""
    for octets in (
        b"{" * 5_000_000,
        b"[" * 4000 + b"\n",
        b"\0" * 5000,
        b'{"do": "pin", "pin": 1}\n',
        b"\xff\n",
        b"1" * 4090 + b"\n",
    ):
        await asyncio.to_thread(_say, str(gate.socket), octets)
        book.attempt("control socket")


def _say(path: str, octets: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as made, suppress(OSError):
        made.settimeout(10.0)
        made.connect(path)
        made.sendall(octets)
        made.recv(65536)
