"""Makes the first inputs of each target, from vectors, documents and provider pages.

``python -m lab.fuzz.seeds [TARGET …]`` in the environment ``test``.

What a search found later is kept beside them; of all of it, what reaches most with the fewest octets.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from alert_engine.intake.http_endpoints import FORMATS, FormatName
from alert_engine.routes.base import ReportStatus
from scripts.lib.environment import ROOT
from tests.engine.providers import story_table
from tests.engine.providers.story import HttpDesk, Sent

from . import child
from .accounts import CALLED, number_of
from .session import keep_smallest
from .target import CORPORA, NAMES
from .targets.callbacks import BY_GET, KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from alert_engine.intake.http_request import HttpRequest

_VECTORS = ROOT / "tests" / "vectors"
_YAML = re.compile(r"```yaml[^\n]*\n(.*?)```", re.DOTALL)


def main(names: list[str]) -> None:
    """Put them into the corpora of these targets; of all if none is named."""
    for name in names or NAMES:
        with tempfile.TemporaryDirectory() as place:
            corpus = Path(place) / child.CORPUS
            shutil.copytree(CORPORA / name, corpus) if (CORPORA / name).exists() else corpus.mkdir()
            for data in _SEEDS[name]():
                child.keep(data, corpus)
            keep_smallest(name, corpus, CORPORA)


def _pdus() -> list[bytes]:
    rows = json.loads((_VECTORS / "pdu_vectors.json").read_text(encoding="utf-8"))
    found = []
    for row in rows:
        try:
            octets = bytes.fromhex(row["pdu_hex"])
        except ValueError:
            continue  # rows that are no hex
        found.append(octets if row["has_smsc"] else b"\0" + octets)
    return found


def _pdu() -> Iterator[bytes]:
    yield from (bytes((mode,)) + pdu for pdu in _pdus() for mode in range(4))


def _inbox() -> Iterator[bytes]:
    pdus = [pdu for pdu in _pdus() if len(pdu) < 256]
    for first, second in pairwise(pdus):
        yield b"\0" + bytes((len(first),)) + first + b"\0" + bytes((len(second),)) + second
    yield from (
        bytes((len(pdu) - 1 - pdu[0],)) + bytes((len(pdu),)) + pdu for pdu in pdus if len(pdu) > pdu[0]
    )


def _at_session() -> Iterator[bytes]:
    pdu = _pdus()[0].hex().upper().encode()
    yield b"\x00\x00\r\nOK\r\n\x00\x01\r\n+CPIN: READY\r\n\r\nOK\r\n"
    yield b"\x00\x02AT+CREG?\r\r\n+CREG: 0,1\r\n+CREG: 1\r\nOK\r\n"
    yield b"\x00S\r\n> \x00P" + pdu + b"\x1a\r\n+CMGS: 5\r\n\r\nOK\r\n"
    yield b"\x00S\r\n> \x00P\r\nOK\r\n\x00R\r\n+CMGS: 5\r\nOK\r\nOK\r\n"
    yield b"\x00S\r\n> \x00P\x00R\r\nERROR\r\n\x00C\x00\x00\r\nOK\r\n"
    yield b"\x00S\x00C\r\n> \x00\x0f\r\n+CMS ERROR: 500\r\nOK\r\n\x00D"
    yield (
        b"\x00\x06+CMGL: 1,0,,23\r\n" + pdu + b'\r\n+CMTI: "SM",3\r\n+CMGL: 2,1,,24\r\n' + pdu + b"\r\nOK\r\n"
    )
    yield b"\x00\x07+CMGR: 0,,23\r\n^RSSI: 19\r\n" + pdu[:20] + b"\r\n" + pdu[20:] + b"\r\nOK\r\n"
    yield b"\r\n+CMT: ,23\r\n" + pdu + b"\r\n+CDS: 25\r\n" + pdu + b"\r\n+CBM: 88\r\n\r\nRING\r\n"
    yield b'\x00\x0cOK\r\n+CUSD: 0,"Guthaben\r\n12,30 EUR",15\r\n+CUSD: 1,"open\r\n+CSQ: 3,99\r\n'
    yield b"\x00\x0aNO CARRIER\r\nBUSY\r\n\x00\x0b+CLCC: 1,0,0,0,0\r\nOK\r\n\x00O"
    yield b"\x00\x09358975012345678\r\nOK\r\n\x00L\r\nOK\r\n\x00\x08SIMCOM\r\n+CME ERROR: SIM failure\r\n"


def _urc() -> Iterator[bytes]:
    yield from _lines(
        '+CMTI: "SM",3|+CDSI: "ME", 4|+CMTI: ,-1|+CREG: 2,1,"0B,"0100701",7|+CREG: 1|+CEREG: 5,"5E25","1",7',
        '+CLIP: "+436641234567",145,,,,0|+CLIP: "",128|+CRING: VOICE|RING|NO CARRIER|BUSY|^CEND:1,0,104,31',
        '+CLCC: 1,1,4,0,0,"+436641234567",145|^DSCI: 1,1,4,0,0|VOICE CALL: BEGIN|VOICE CALL: END: 000014',
        '+UCALLSTAT: 1,0|#ECAM: 0,1,1,,,"0664",129|*ECAV: 1,3,1,,,"0664"|^SLCC: 1,0,0,0,0,"0",129|^CONN:1,0',
        '+CUSD: 0,"Guthaben 12,30 EUR",15|+CUSD: 2|+CUSD: 1,49B41C,72|+QTONEDET: 51|+DTMF: 1|#DTMFEV: 1,1',
        '^NWTIME: "26/11/22,12:00:00+04,0"|+CTZV: +04,0|*PSUTTZ: 2026,11,22,12,0,0,"+04",0|DST: 1',
        '+CTZE: "+04",0,"2026/11/22,12:00:00"|+CTZEU: +04,0,2026/11/22,12:00:00|+QIND: SMS DONE|+WIND: 4',
        "+CME ERROR: 10|+CME ERROR: SIM not inserted|+CMS ERROR: 500|+CMS ERROR: 38|ERROR|OK|CONNECT",
        "+CSQ: 9,99",
        "$GPGGA,123519,4807.038,N|+UUPSDD: 0|MISSED_CALL: 10:01AM 0660|+CPIN: SIM PIN|MODEM BUSY 1234",
    )
    yield b"+CMT: ,23\n07911326040000F0040B911346610089F600002080629173144"


def _ussd() -> Iterator[bytes]:
    texts = (
        "Guthaben 12,30 EUR",
        "004700750074",
        "C7F79B0D",
        "E8329BFD06",
        "Konto\nleer",
        "C4D6DC",
        "0047C4",
        "12",
    )
    yield from (
        bytes((scheme, way)) + text.encode() for text in texts for scheme in (15, 72, 68) for way in range(16)
    )


def _responses() -> Iterator[bytes]:
    answers = (
        '"SIMCOM INCORPORATED"|358975012345678|SIM800',
        '+CNUM: "own","+436641234567",145',
        "+CPIN: READY|+CPIN: SIM PIN|+CPIN: PH-NET PIN|+CPIN: SIM BUSY|+CPIN: NOT INSERTED|+CPIN: BLOCKED",
        '+CPINR: SIM PIN,3,3|+SPIC: 3,10,0,10|+QPINC: "SC",3,10|^CPIN: READY,,10,3,10,3|#PCT: 3',
        "+CFUN: 1,0|+CFUN: x",
        "+CSQ: 18,99|+CSQ: 99,99|+CSQ: 150,0",
        '+CREG: 2,1,"0BAD","0100701",7|+CEREG: 0,5|+CGREG: 1',
        '+COPS: 0,0,"A1",7|+COPS: 0',
        '+CPMS: ("SM","ME"),("SM"),("SM","MT")|+CPMS: (("SM","SM_P"))|+CPMS: "SM","ME","MT"|+CPMS: ,,',
        '+CPMS: "SM",3,20,"SM",3,20,"SM",3,20|+CPMS: ,,,"SM",3,20',
        "+CPMS: 3,20,3,20,3,20",
        "+CNMI: (0-3),(0-3),(0,2,3),(0-2),(0,1)|+CNMI: (0-999999999)",
        "+CMGS: 5|+CMGS: 256|+CMGS: x",
        '+CSCA: "+436640501",145|+CSCA: "002B003400330036",145|+CSCA: ""',
        '+CLCC: 1,0,0,0,0,"+436641234567",145|+CLCC: 1,0',
        "+CEER: 17, CM_USER_BUSY|+CEER: No cause|+CEER: 0,0,5,16,normal call clearing",
        '+CCLK: "26/11/22,12:00:00+04"|+QLTS: "2026/11/22,12:00:00+04,0"',
        "+CESQ: 99,99,255,255,20,60|+CESQ: 1,2",
        "+CMGR: 0,,23\t07911326|+CMGR: 0,,0",
        '+CMGL: 1,0,,23\t07911326|+CMGL: x,"REC READ","0664"\tHi',
    )
    for at, values in enumerate(answers):
        yield from (bytes((at,)) + line for line in _lines(values))


def _inbound() -> Iterator[bytes]:
    texts = _lines(
        "OK|OK 4711|OK 4711, 4712|ok4711|OK ALL|ack alle|SNOOZE|SNOOZE 4711 30|PAUSE 481|STATUS|STATUS 4711",
        "WER 4711|HELP|TEST 123456|TEST|STOP|unsubscribe|START|HEAT 20 hall|HEIZUNG 20,5|PUMP aus",
        "WHO 1|PUMP ON 123456",
        "NOTIZ Tor ist offen 123456|ßnote x|4711|123456.|+43 664 1234567|0664/1234567|Hallo Anna|0043 664 1",
        "OK 4711 4712 4713 4714 4715 4716 4717 4718 4719 4720 4721|+1 (800) 555-1234|tel:+43664",
    )
    for text in texts:
        yield from (bytes((mode,)) + text for mode in (0, 1, 3, 4))


def _mqtt() -> Iterator[bytes]:
    answered = b"alert_gateway/home/out/response/hmi"
    alarm = {
        "v": 1,
        "event": "raise",
        "key": "k",
        "id": "i",
        "ts": 1,
        "severity": "high",
        "title": "t",
        "text": "x",
    }
    more = {
        "policy": "p",
        "hold": 5,
        "ttl": 60,
        "parent": "q",
        "test": True,
        "url": "http://a",
        "labels": {"a": 1},
    }
    yield from (b"\x00alarm/plc/tank\n" + text for text in (b"ON", b"OFF", b"", b"1", b"on fire"))
    yield b"\x00alarm/plc/tank\n" + _json(alarm | more)
    yield b"\x01state/plc/tank\n" + _json({**alarm, "event": "clear"})
    yield b"\x00alarm/plc/tank\n" + _json({"event": "ack", "reply_to": answered.decode()})
    yield b"\x02heartbeat/plc/alive\n" + answered + b"\n" + _json({"period": 60, "grace": 5})
    command = {"request_id": "r1", "by": "hmi", "expires": "2026-11-21T14:07:00Z"}
    for word in ("ack", "unack", "unshelve", "close"):
        yield f"\x02cmd/{word}\n".encode() + answered + b"\n" + _json({**command, "alarm": "a1"})
    yield b"\x00cmd/shelve\n" + _json({**command, "code": "4711", "until": 1795269600})
    yield b"\x00cmd/maintenance\n" + _json(
        {**command, "source": "plc", "keys": "*", "until": "2026-11-21T16:00:00Z"}
    )
    yield b"\x00cmd/maintenance\n" + _json({**command, "source": "plc", "end": True})
    yield b"\x00cmd/test\n" + _json({**command, "severity": "info", "title": "t", "policy": "p"})
    yield b"\x00cmd/call\n" + _json({**command, "to": ["anna"], "text": "x"})
    yield b"\x00send\n" + _json(_SEND)
    yield b"\x04alert_gateway/home/out/alarm/a1/state\n{}"


_SEND: dict[str, Any] = {
    "request_id": "r1",
    "to": ["anna", "+436641234567"],
    "text": "x",
    "title": "t",
    "severity": "high",
    "channel": "sms",
    "not_before": 1795269600,
    "expires_in": 600,
    "flash": True,
    "follow_ups": [{"on": "failed", "to": ["ben"], "text": "y"}],
    "media": {"url": "https://a.example/b.png", "kind": "image", "name": "b.png"},
    "data": "AQID",
}


def _http_bodies() -> Iterator[bytes]:
    places = {form.value: at for at, form in enumerate(FormatName)}
    for file in sorted((_VECTORS / "intake").glob("*.json")):
        body = json.loads(file.read_text(encoding="utf-8"))["body"]
        name = next((name for name in places if file.stem.startswith(name)), FormatName.ALERTMANAGER.value)
        yield bytes((places[name], 0)) + _json(body)
    shown = {
        "type": "PROBLEM",
        "host": "h",
        "service": "s",
        "state": "DOWN",
        "output": "o",
        "time": "1795269600",
    }
    form = {"key": "k", "event": "heartbeat", "period": "60", "test": "yes", "labels": "x", "ts": "1"}
    for at, each in enumerate(FormatName):
        for fields in (shown, form, {"to": "anna,ben", "text": "x", "severity": "high", "id": "i"}):
            yield bytes((at, 1)) + urlencode(fields).encode()
            yield bytes((at, 0x80)) + urlencode(fields).encode()
            yield bytes((at, 0)) + _json(fields)
        yield from (bytes((at | tail << 4, 2)) + b"{}" for tail in range(len(FORMATS[each].tails)))
    yield bytes((places["send"], 0)) + _json(_SEND | {"id": "i"})


def _mail() -> Iterator[bytes]:
    head = b"nas@lan\nanna@gw,alarm+ups@gw,clear+mains@gw\n"
    plain = b"Subject: UPS on battery\r\nMessage-ID: <1@nas>\r\n\r\nSince noon\r\n-- \r\nNAS\r\n"
    yield head + plain
    yield b'x@cams.lan\n"+436641234567"@gw\nSubject: =?utf-8?q?Bewegung_=C3=BC?=\r\n\r\n'
    html = b"Content-Type: text/html; charset=iso-8859-1\r\n\r\n<p>Fire<br>in&nbsp;hall</p><script>x</script>"
    yield head + html
    yield head + b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n" + html + b"\r\n--x--\r\n"
    yield head + b"Content-Transfer-Encoding: base64\r\n\r\nU2luY2Ugbm9vbg==\r\n"
    yield head + b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xe4\xf6\xfc"
    yield (
        head
        + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
        + plain
    )


def _config() -> Iterator[bytes]:
    whole = (ROOT / "docs" / "examples" / "gateway.yaml").read_text(encoding="utf-8")
    base = "gateway: plant\njournal: j.db\n"
    sections = re.split(r"(?m)^(?=[a-z_]+:)", re.sub(r"(?m)^#.*\n|\s+# .*$", "", whole))
    for section in sections:
        yield (base + section).encode()
    for page in sorted((ROOT / "docs").glob("**/*.md")):
        for block in _YAML.findall(page.read_text(encoding="utf-8")):
            yield block.encode()
            yield (base + block).encode()
    yield b"gateway: &a [*a]\n"
    yield b"a: 2026-02-30\nb: !!binary x\nc: <<: {}\n"


def _callbacks() -> Iterator[bytes]:
    """The calls of the desks that the tests of providers have: octets of their own pages."""
    yield from asyncio.run(_calls())


async def _calls() -> list[bytes]:
    found = [bytes((at, kind)) + b"a=1\n{}" for at in range(CALLED) for kind in range(len(KINDS))]
    for desk_class in _desks():
        settings: Mapping[str, Any] = desk_class.settings
        try:
            at = number_of(desk_class.kind, settings.get("preset", ""))
        except ValueError:
            continue
        if at < CALLED:
            found += [_call(at, request) for request in _said(desk_class())]
    return found


def _desks() -> Iterator[type[HttpDesk]]:
    waiting = [HttpDesk]
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if hasattr(each, "settings") and each.__module__ == story_table.__name__:
            yield each


def _said(desk: HttpDesk) -> Iterator[HttpRequest]:
    sent = Sent(at=0.0, address=desk.number, text="x", reference=f"SM{0:032x}", uid="u1")
    if desk.tells and desk.calls:
        told = (ReportStatus.PENDING, ReportStatus.DELIVERED, ReportStatus.FAILED)
        yield from (desk.report(sent, status) for status in told)
    if desk.hears:
        yield from (desk.inbound(text) for text in ("ok", "OK 4711"))


def _call(at: int, request: HttpRequest) -> bytes:
    kind = KINDS.index(request.media_type) if request.media_type in KINDS else KINDS.index("")
    if not request.media_type and request.body.startswith((b"{", b"[")):
        kind = KINDS.index("application/json")
    flags = kind | (BY_GET if request.method == "GET" else 0)
    return bytes((at, flags)) + request.query.encode() + b"\n" + request.body


def _answers() -> Iterator[bytes]:
    """As far as the tests of providers have them as values; the search finds the rest by its words."""
    yield from asyncio.run(_taken())


async def _taken() -> list[bytes]:
    found = [bytes((at, status)) + b"7\n{}" for at in range(20) for status in range(16)]
    for desk_class in _desks():
        settings: Mapping[str, Any] = desk_class.settings
        try:
            at = number_of(desk_class.kind, settings.get("preset", ""))
        except ValueError:
            at = number_of("generic_http", "berlinsms")
        desk = desk_class()
        sent = Sent(at=0.0, address=desk.number, text="x", reference=f"SM{0:032x}", uid="u1")
        said = [desk.taken(sent), *(refusal.said for refusal in desk.refusals)]
        found += [
            bytes((at, way)) + b"\n" + str(each.body).encode() for each in said for way in (0, 5, 16, 32)
        ]
    return found


def _lines(*joined: str) -> list[bytes]:
    return [each.encode() for text in joined for each in text.split("|")]


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


_SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "answers": _answers,
    "at_session": _at_session,
    "callbacks": _callbacks,
    "config": _config,
    "http_bodies": _http_bodies,
    "inbound": _inbound,
    "inbox": _inbox,
    "mail": _mail,
    "mqtt": _mqtt,
    "pdu": _pdu,
    "responses": _responses,
    "urc": _urc,
    "ussd": _ussd,
}

if __name__ == "__main__":
    main(sys.argv[1:])
