"""What was said once and right, said again: by HTTP, on MQTT, by mail, by SMS; also after a crash."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import signal
import smtplib
import time
from typing import TYPE_CHECKING

from alert_engine.intake.http import PREFIX
from gsm_driver.pdu.address import TypeOfNumber
from lab.parts.brokers import free_port
from lab.parts.names import ANNA, SOURCE, TOPICS
from lab.parts.plant import running
from lab.security.case import Case
from lab.security.gate import a_gate, alarm_of
from lab.security.spoofing import pdu_from
from lab.security.wire import Wire, at_loopback

if TYPE_CHECKING:
    from lab.run import Run
    from lab.security.case import Book
    from lab.security.gate import Gate

CASE = Case(
    name="requests_replayed",
    tries="signed requests, alarms, orders, mails and SMS, recorded and sent again, before and after a crash",
    expected="known again: no second alarm, no second text",
    is_quick=True,
)
SECRET = "s3cret-of-the-endpoint-0123456789"  # noqa: S105 - it opens a gateway that lives for seconds
TIMES = (3, 15)  # quick, full: how often each is sent again; 20 mails of one client are taken at once
MAIL = b"From: nas@lan\r\nSubject: Disk 3 failed.\r\nMessage-ID: <17@nas>\r\n\r\nBay 4\r\n"


async def play(run: Run, book: Book) -> None:
    """Everything once; then again and again; then the gateway is killed, and hears it all once more."""
    port = free_port()
    auth = {"type": "hmac", "secret": SECRET, "timestamp_header": "X-Time"}
    endpoints = [
        {"name": "alarms", "format": "generic", "auth": auth},
        {"name": "texts", "format": "send", "auth": auth},
    ]
    gate = await a_gate(
        run,
        http={"endpoints": endpoints},
        mail={"bind": "127.0.0.1", "port": port, "allowed": ["127.0.0.1"], "severity": "critical"},
    )
    now = str(int(time.time()))
    requests = {
        "alarms": alarm_of("recorded"),
        "texts": json.dumps({"to": "anna", "text": "Recorded text.", "severity": "critical"}).encode(),
    }
    pdu = pdu_from(ANNA[1:], TypeOfNumber.INTERNATIONAL, "STATUS")
    await _say_all(gate, now, requests, pdu, port)
    await gate.heard_all()
    await gate.settled()
    known = _traces(gate)
    for _ in range(TIMES[0] if run.is_quick else TIMES[1]):
        book.attempt("again", count=await _say_all(gate, now, requests, pdu, port))
    await _compare(gate, book, known, "again")
    gate.gateway.signal(signal.SIGKILL)
    await gate.gateway.ends()
    gate.gateway = await run.use(gate.plant.gateway())
    await running(gate.gateway)
    for _ in range(TIMES[0]):
        book.attempt("after a crash", count=await _say_all(gate, now, requests, pdu, port))
    await _compare(gate, book, known, "after a crash")
    for line in gate.mistakes:
        book.find(line)


async def _say_all(gate: Gate, now: str, requests: dict[str, bytes], pdu: str, port: int) -> int:
    """The same octets, by every way in; how many."""
    wire = Wire(at_loopback(gate.plant.http_port))
    for name, body in requests.items():
        signed = hmac.new(SECRET.encode(), f"{now}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {"X-Time": now, "X-Signature": signed, "Content-Type": "application/json"}
        answer = await wire.ask("POST", f"{PREFIX}/{name}", headers, body)
        assert answer.status == 202, f"{name} was answered {answer.status}: {answer.body!r}"
    alarm = {"event": "raise", "severity": "critical", "id": "e17", "title": "On MQTT."}
    order = {"request_id": "r1", "to": ["anna"], "text": "Ordered once.", "severity": "critical"}
    for topic, data in ((f"in/alarm/{SOURCE}/once", alarm), ("in/send", order)):
        await gate.plant.peer.publish(f"{TOPICS}/{topic}", json.dumps(data))
    await asyncio.to_thread(_mail, port)
    gate.radio.network.deliver_pdu(pdu)
    return len(requests) + 4


def _mail(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=20.0) as server:
        server.sendmail("nas@lan", ["alarm+disk@gateway", "anna@gateway"], MAIL)


def _traces(gate: Gate) -> dict[str, list[tuple[object, ...]]]:
    """What each left behind that people notice."""
    return {
        "alarms": gate.rows("SELECT source, key, count FROM alarm WHERE source <> 'gateway' ORDER BY 1, 2"),
        "texts": gate.rows("SELECT address, text FROM message WHERE alarm_id IS NULL ORDER BY sequence"),
        "texts of alarms": gate.rows(
            "SELECT address, message.text FROM message JOIN alarm ON alarm.id = alarm_id "
            "WHERE source <> 'gateway' ORDER BY sequence"
        ),
        "words of people": gate.rows("SELECT sender, text FROM inbound WHERE text = 'STATUS'"),
    }


async def _compare(gate: Gate, book: Book, known: dict[str, list[tuple[object, ...]]], when: str) -> None:
    await gate.heard_all()
    await gate.settled()
    for name, rows in _traces(gate).items():
        book.must(f"there are {name} at all", is_so=bool(known[name]))
        for row in rows[len(known[name]) :] if rows != known[name] else ():
            book.let_in(f"{when}: {name}: {row}")
        if rows != known[name] and len(rows) <= len(known[name]):
            book.let_in(f"{when}: {name} changed: {rows}")
