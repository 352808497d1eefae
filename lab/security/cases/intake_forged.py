"""Alarms over HTTP by somebody without the secret of the endpoint, or from an address that may not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from alert_engine.intake.http import PREFIX
from lab.security.case import Case
from lab.security.gate import a_gate, alarm_of
from lab.security.wire import Headers, request_of

if TYPE_CHECKING:
    from random import Random

    from lab.run import Run
    from lab.security.case import Book
    from lab.security.gate import Gate

CASE = Case(
    name="intake_forged",
    tries="alarms by HTTP without the secret, with half of it, with an old signature, from elsewhere",
    expected="refused, whatever the way of proof; no alarm comes of it",
    is_quick=True,
)
EACH = (12, 150)  # quick, full: forged requests for each way of proof
SECRET = "s3cret-of-the-endpoint-0123456789"  # noqa: S105 - it opens a gateway that lives for seconds
PATH_SECRET = "Path-5ecret_" * 4
MAY, MAY_NOT = "192.0.2.7", "198.51.100.9"
FORM = "application/x-www-form-urlencoded"
FORGED, TRUE = "forged", "true"

AUTH: dict[str, dict[str, Any]] = {
    "bearer": {"type": "bearer", "secret": SECRET},
    "basic": {"type": "basic", "username": "plc", "secret": SECRET},
    "hmac": {"type": "hmac", "secret": SECRET, "timestamp_header": "X-Time"},
    "path": {"type": "path", "secret": PATH_SECRET},
    "field": {"type": "field", "secret": SECRET},
    "listed": {"type": "bearer", "secret": SECRET},
}

Request = tuple[str, Headers, bytes]  # target, headers, body


async def play(run: Run, book: Book) -> None:
    """Every way of proof, wrong in every way; then right, which has to be taken."""
    endpoints = [
        {"name": name, "format": "generic", "auth": auth, **({"allowed": [MAY]} if name == "listed" else {})}
        for name, auth in AUTH.items()
    ]
    gate = await a_gate(run, http={"trusted_proxies": ["127.0.0.1"], "endpoints": endpoints})
    for name in AUTH:
        for number in range(EACH[0] if run.is_quick else EACH[1]):
            target, headers, body = _forged(name, run.random, alarm_of(f"{FORGED}{number}"))
            answer = await gate.wire.ask("POST", target, headers, body)
            book.attempt(name, is_let_in=not answer.is_refused)
        target, headers, body = _true(name, alarm_of(TRUE))
        answer = await gate.wire.ask("POST", target, headers, body)
        book.must(f"{name}: the right proof is taken", is_so=answer.status == 202)
    await _smuggle(gate, book)
    raised = gate.rows("SELECT source, key FROM alarm WHERE source <> 'gateway'")
    for source, key in raised:
        if key != TRUE:
            book.let_in(f"{source} raised {key}")
    book.must("each true one raised", is_so=len([key for _, key in raised if key == TRUE]) == len(AUTH))
    for line in gate.mistakes:
        book.find(line)
    await gate.settled()


def _true(name: str, body: bytes) -> Request:
    given = json.dumps({**json.loads(body), "token": SECRET}).encode() if name == "field" else body
    return _target(name), (*_from(MAY), *_proof(name, given)), given


def _target(name: str) -> str:
    return f"{PREFIX}/{name}" + (f"/{PATH_SECRET}" if name == "path" else "")


def _from(address: str) -> Headers:
    return (("X-Forwarded-For", address), ("Content-Type", "application/json"))


def _proof(name: str, body: bytes) -> Headers:
    match name:
        case "basic":
            return (("Authorization", f"Basic {_base64(f'plc:{SECRET}')}"),)
        case "hmac":
            now = str(int(time.time()))
            return (("X-Time", now), ("X-Signature", _signed(now, body)))
        case "path" | "field":
            return ()
        case _:
            return (("Authorization", f"Bearer {SECRET}"),)


def _forged(name: str, draw: Random, body: bytes) -> Request:
    source = _from(f"203.0.113.{draw.randrange(1, 255)}")  # each another client: nobody is throttled
    match name:
        case "path":
            return _forged_path(draw), source, body
        case "field":
            return _target(name), *_forged_field(draw, source, body)
        case "hmac":
            return _target(name), (*source, *_forged_hmac(draw, body)), body
        case "listed":
            return _target(name), _forged_address(draw), body
        case _:
            given = draw.choice(_credentials(name, draw))
            headers = () if given is None else (("Authorization", given),)
            asks = f"?token={SECRET}&access_token={SECRET}" if draw.random() < 0.2 else ""
            return _target(name) + asks, (*source, *headers), body


def _credentials(name: str, draw: Random) -> tuple[str | None, ...]:
    guess = "".join(draw.choice("0123456789abcdef") for _ in SECRET)
    if name == "basic":
        pairs = (
            "plc",
            "plc:",
            f":{SECRET}",
            f"plc:{SECRET[:-1]}",
            f"plc:{SECRET}x",
            f"PLC:{SECRET}",
            f"plc:{guess}",
            f"{SECRET}:plc",
        )
        return (None, "Basic", "Basic =", f"Bearer {SECRET}", *(f"Basic {_base64(pair)}" for pair in pairs))
    wrong = (
        guess,
        SECRET[:-1],
        f"{SECRET}x",
        SECRET.swapcase(),
        "",
        "null",
        f"{SECRET}\udcff",
        quote(SECRET[0]),
    )
    return (None, f"Basic {_base64(SECRET)}", SECRET, *(f"Bearer {each}" for each in wrong))


def _forged_hmac(draw: Random, body: bytes) -> Headers:
    now = int(time.time())
    right = _signed(str(now), body)
    key = f"{draw.getrandbits(128):032x}"
    old = now - draw.randrange(302, 10**6)
    early = now + draw.randrange(330, 10**6)
    signed = draw.choice(
        (
            (str(now), ""),
            (str(now), right[:-1]),
            (str(now), right[: draw.randrange(len(right))]),
            (str(now), _signed(str(now), body + b" ")),
            (str(now), _signed(str(now - 1), body)),
            (str(now), _signed("", body)),
            (str(now), hmac.new(key.encode(), body, hashlib.sha256).hexdigest()),
            (str(now), hashlib.sha256(body).hexdigest()),
            (str(old), _signed(str(old), body)),  # a request that was recorded
            (str(early), _signed(str(early), body)),
            (f"{now}.0", _signed(f"{now}.0", body)),
            (f"-{now}", _signed(f"-{now}", body)),
            ("", _signed("", body)),
        )
    )
    return (("X-Time", signed[0]), ("X-Signature", signed[1]))


def _signed(moment: str, body: bytes) -> str:
    return hmac.new(SECRET.encode(), f"{moment}:".encode() + body, hashlib.sha256).hexdigest()


def _forged_path(draw: Random) -> str:
    base = f"{PREFIX}/path"
    guess = "".join(draw.choice("ABCDEFabcdef0123456789_-") for _ in PATH_SECRET)
    return draw.choice(
        (
            base,
            f"{base}/",
            f"{base}//{PATH_SECRET}",
            f"{base}/{guess}",
            f"{base}/{PATH_SECRET[:-1]}",
            f"{base}/{PATH_SECRET}x",
            f"{base}/{PATH_SECRET.lower()}",
            f"{base}/x/../{PATH_SECRET}",
            f"{base}?secret={PATH_SECRET}",
            f"{base}/?/{PATH_SECRET}",
            f"{base}/%00{PATH_SECRET}",
            f"{base}/{PATH_SECRET}%00",
        )
    )


def _forged_field(draw: Random, source: Headers, body: bytes) -> tuple[Headers, bytes]:
    guess = f"{draw.getrandbits(128):033x}"
    wrong = draw.choice(
        (None, guess, [SECRET], {"token": SECRET}, True, 0, "", SECRET[:-1], f"{SECRET} ", "null")
    )
    if draw.random() < 0.3:
        pairs = [("key", "forged"), ("token", guess), ("token", SECRET), ("severity", "critical")]
        return (source[0], ("Content-Type", FORM)), urlencode(pairs).encode()
    return source, json.dumps({**json.loads(body), "token": wrong}).encode()


def _forged_address(draw: Random) -> Headers:
    """With the right token: only the address is wrong, whatever the client says of it."""
    claims = draw.choice(
        (
            (MAY_NOT,),
            (f"{MAY}, {MAY_NOT}",),
            (MAY, MAY_NOT),
            (f"{MAY},,{MAY_NOT}",),
            (f"{MAY}:80",),
            (f"::ffff:{MAY_NOT}",),
            (f"{MAY}/0",),
            ("0300.0.2.7",),
            (f"[{MAY}]",),
            ("",),
            ("127.0.0.1",),
        )
    )
    named = draw.choice((("X-Real-IP", MAY), ("Forwarded", f"for={MAY}"), ("X-Client-IP", MAY)))
    return (
        *(("X-Forwarded-For", each) for each in claims),
        named,
        ("Authorization", f"Bearer {SECRET}"),
        ("Content-Type", "application/json"),
    )


async def _smuggle(gate: Gate, book: Book) -> None:
    """Two lengths of one body: a second request in it would come from an address that may."""
    inner = alarm_of("smuggled")
    hidden = request_of("POST", _target("listed"), (*_from(MAY), ("Content-Length", str(len(inner))))) + inner
    short = ("Content-Length", "4")
    for headers, body in (
        ((short, ("Transfer-Encoding", "chunked")), b"0\r\n\r\n" + hidden),
        ((short, ("Transfer-Encoding", "xchunked")), b"0\r\n\r\n" + hidden),
        ((short, ("Transfer-Encoding", "chunked, identity")), b"0\r\n\r\n" + hidden),
        ((short, ("Content-Length", str(len(hidden)))), hidden),
        ((("Content-Length", "+4"),), hidden),
        ((("Content-Length", "4, 4"),), hidden),
        ((("Content-Length", "0x4"),), hidden),
        ((("Transfer-Encoding", "chunked"),), b"00000000000000004;x=\n\r\nabcd\r\n0\r\n\r\n" + hidden),
        ((("X-Forwarded-For ", MAY), short), hidden),
    ):
        head = request_of("POST", _target("bearer"), (*_from(MAY_NOT), *headers))
        answer = await gate.wire.say(head.replace(b"Connection: close\r\n", b""), body)
        book.attempt("smuggled", is_let_in=not answer.is_refused)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()
