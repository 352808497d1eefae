"""Calls in the name of every provider that calls: without proof, with half of it, with that of another."""

from __future__ import annotations

import base64
import hmac
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from alert_engine.routes.providers.twilio.signature import signature
from lab.parts.names import ANNA
from lab.parts.namespaces import an_enclave
from lab.row import Need
from lab.security.case import Case
from lab.security.gate import a_gate
from lab.security.wire import Wire
from tests.engine.providers import story_table
from tests.engine.providers.story import HttpDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from lab.parts.namespaces import Enclave
    from lab.run import Run
    from lab.security.case import Book
    from lab.security.gate import Gate

CASE = Case(
    name="callbacks_forged",
    tries="calls of each provider without its proof, with that of another call, or again",
    expected="refused without effect; a true one is taken, and once",
    is_quick=True,
    needs=frozenset({Need.MOSQUITTO, Need.NAMESPACE}),
    timeout=240.0,
    remark="the gateway runs in a network without a way out: no provider is asked",
)
PUBLIC = "https://gateway.example.org"
EACH = (8, 200)  # quick, full: forged calls of each provider
BASIC = {"infobip", "spryng", "link_common"}  # they can be given a password besides
USER, PASSWORD = "caller", "pass-of-the-caller-123"


@dataclass(frozen=True, kw_only=True)
class Called:
    """A provider that calls."""

    name: str  # of its route
    desk: HttpDesk
    secret: str
    has_basic: bool = False

    @property
    def kind(self) -> str:
        """Of the catalogue."""
        return self.desk.kind

    @property
    def path(self) -> str:
        """Where it calls."""
        return f"/callback/{self.name}/{self.secret}"

    def section(self) -> dict[str, Any]:
        """Of the configuration."""
        basic = {"callback_user": USER, "callback_password": PASSWORD} if self.has_basic else {}
        about = {"name": self.name, "type": self.kind, **self.desk.settings, **basic}
        return {**about, "callback_url": PUBLIC, "callback_secret": self.secret}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call as it goes out."""

    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    method: str = "POST"


async def play(run: Run, book: Book) -> None:
    """All providers in one gateway, one after the other."""
    inside = await run.use(an_enclave(run.folder))
    called = _called(run.random)
    gate, wire = await _inside(run, inside, called)
    code = (await gate.a_good_one("pump"))["code"]
    for provider in called:
        await _attack(gate, book, wire, provider, code)
    state = (await gate.plant.alarm("pump"))["acked_by"]
    if state is not None:
        book.let_in(f"the alarm was taken by {state}")
    for line in gate.mistakes:
        book.find(line)
    book.measure("providers", len(called))


def _called(random: Random) -> tuple[Called, ...]:
    """Every account of the provider stories that is told what people write, each once."""
    found: dict[str, Called] = {}
    for desk_class in _desks():
        name = str(desk_class.settings.get("preset", desk_class.kind)).replace("_", "-")
        if not (desk_class.hears and desk_class.calls and desk_class.callback_url) or name in found:
            continue
        desk = desk_class()
        desk.number = ANNA
        found[name] = Called(
            name=name,
            desk=desk,
            secret=f"{random.getrandbits(128):032x}",
            has_basic=desk.kind in BASIC,
        )
    return tuple(found.values())


def _desks() -> Iterator[type[HttpDesk]]:
    waiting: list[type[HttpDesk]] = [HttpDesk]
    while waiting:
        each = waiting.pop(0)
        waiting += each.__subclasses__()
        if hasattr(each, "settings") and each.__module__ == story_table.__name__:
            yield each


async def _inside(run: Run, inside: Enclave, called: tuple[Called, ...]) -> tuple[Gate, Wire]:
    """The gateway in a network of its own; and the way to its HTTP server there."""
    gate = await a_gate(
        run, providers=[each.section() for each in called], prefix=inside.prefix, opens=inside.door
    )

    async def connect() -> socket.socket:
        return await inside.within(lambda: _connected(gate.plant.http_port))

    return gate, Wire(connect)


async def _attack(gate: Gate, book: Book, wire: Wire, provider: Called, code: str) -> None:
    """Forged ones, then a true one, then that one again."""
    draw = gate.run.random
    before = _received(gate, provider)
    for _ in range(EACH[0] if gate.run.is_quick else EACH[1]):
        call = _forged(provider, draw, draw.choice((f"OK {code}", "STOP", "OK ALL")))
        answer = await wire.ask(call.method, call.target, call.headers, call.body)
        book.attempt(provider.name, is_let_in=not answer.is_refused)
    if _received(gate, provider) != before:
        book.let_in(f"{provider.name}: a forged text was written down")
    call = _true(provider, f"Hello from {provider.name}")
    answers = [await wire.ask(call.method, call.target, call.headers, call.body) for _ in range(3)]
    told = ", ".join(str(answer.status) for answer in answers)
    book.must(f"{provider.name}: a true call is taken, not answered {told}", is_so=not answers[0].is_refused)
    count = _received(gate, provider) - before
    book.attempt(f"{provider.name}, repeated", count=2, is_let_in=count > 1)
    book.must(f"{provider.name}: the true text was written down", is_so=count > 0)


def _received(gate: Gate, provider: Called) -> int:
    (row,) = gate.rows("SELECT count(*) FROM inbound WHERE route = ?", provider.name)
    return int(row[0])


def _connected(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=10.0)
    made.settimeout(0.0)
    return made


# --- calls --------------------------------------------------------------------------------------------------


def _true(provider: Called, text: str) -> Call:
    said = provider.desk.inbound(text)
    target = provider.path + (f"?{said.query.replace(' ', '%20')}" if said.query else "")
    kind = said.header("Content-Type")
    headers = (("Content-Type", kind),) if kind else ()
    extra = tuple(
        (name, value) for name, value in said.headers.items() if name.lower().startswith(("aeg-", "x-vibes"))
    )
    call = Call(target=target, headers=(*headers, *extra), body=said.body, method=said.method)
    return _proven(provider, call)


def _proven(provider: Called, call: Call, *, url: str = "", body: bytes | None = None, key: str = "") -> Call:
    """With the proof of this provider; `url`, `body` and `key` make it that of another call."""
    signed, settings = call.body if body is None else body, provider.desk.settings
    more: tuple[tuple[str, str], ...] = ()
    if provider.kind == "twilio":
        form = parse_qsl(signed.decode(), keep_blank_values=True)
        proof = signature(key or settings["auth_token"], url or f"{PUBLIC}{call.target}", form)
        more = (("X-Twilio-Signature", proof),)
    elif provider.kind == "telesign":
        secret = base64.b64decode(settings["api_key"] if not key else base64.b64encode(key.encode()))
        mac = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
        more = (("Authorization", f"TSA {settings['customer_id']}:{mac}"),)
    elif provider.has_basic:
        more = (("Authorization", _basic(USER, key or PASSWORD)),)
    return Call(target=call.target, headers=(*call.headers, *more), body=call.body, method=call.method)


def _forged(provider: Called, draw: Random, text: str) -> Call:
    true = _true(provider, text)
    bare = Call(
        target=true.target,
        headers=tuple(
            pair for pair in true.headers if pair[0] not in {"X-Twilio-Signature", "Authorization"}
        ),
        body=true.body,
        method=true.method,
    )
    if provider.kind in {"twilio", "telesign"}:
        return draw.choice(_wrongly_signed(provider, bare, true, draw))
    if provider.has_basic and draw.random() < 0.4:
        wrong = draw.choice(("", "x", PASSWORD[:-1], PASSWORD.upper(), f"{PASSWORD} "))
        return draw.choice(
            (bare, _with(bare, "Authorization", _basic(USER, wrong)), _with(bare, "Authorization", "Basic"))
        )
    return _elsewhere(true, draw.choice(_wrong_paths(provider, draw)))


def _wrongly_signed(provider: Called, bare: Call, true: Call, draw: Random) -> tuple[Call, ...]:
    name, value = true.headers[-1]
    other = f"{bare.body.decode()}&x=1".encode()
    return (
        bare,
        _with(bare, name, ""),
        _with(bare, name, value[: draw.randrange(len(value))]),
        _with(bare, name, value.swapcase()),
        _with(bare, name, value[::-1]),
        _with(bare, name, base64.b64encode(draw.randbytes(20)).decode()),
        _proven(provider, bare, body=other),
        _proven(provider, bare, body=b""),
        _proven(provider, bare, key=f"{draw.getrandbits(128):032x}"),
        _proven(provider, _elsewhere(bare, bare.target), url=f"{PUBLIC}/callback/other/{provider.secret}")
        if provider.kind == "twilio"
        else _with(bare, name, value.replace(":", ":A")),
        # The true proof over a body that was changed on the way.
        Call(target=true.target, headers=true.headers, body=other, method=true.method),
    )


def _wrong_paths(provider: Called, draw: Random) -> tuple[str, ...]:
    """With everything else right."""
    base, secret = f"/callback/{provider.name}", provider.secret
    return (
        base,
        f"{base}/",
        f"{base}/{draw.getrandbits(128):032x}",
        f"{base}/{secret[:-1]}",
        f"{base}/{secret}0",
        f"{base}/{secret.upper()}x",
        f"{base}/{secret}/",
        f"{base}/{secret}/x",
        f"{base}/?secret={secret}",
        f"{base}?{secret}",
        f"{base}/x?/{secret}",
        f"{base}/%{ord(secret[0]):02x}{secret[1:]}",
        f"{base}/{secret}%00",
        f"{base}/{secret};x",
        f"/callback/nobody/{secret}",
        f"/callback//{secret}",
        f"/CALLBACK/{provider.name}/{secret}",
        f"/callback/{provider.name}%2f{secret}",
        f"/api/alert_gateway/v1/{provider.name}/{secret}",
    )


def _with(call: Call, name: str, value: str) -> Call:
    return Call(
        target=call.target, headers=(*call.headers, (name, value)), body=call.body, method=call.method
    )


def _elsewhere(call: Call, target: str) -> Call:
    return Call(target=target, headers=call.headers, body=call.body, method=call.method)


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
