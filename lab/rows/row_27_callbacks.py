"""Calls of a provider that are forged, replayed, out of order, or never come."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import aiohttp

from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import (
    Address,
    AlarmRaise,
    AlarmState,
    Channel,
    MessageChanged,
    MessageKind,
    MessageState,
    Person,
    Severity,
)
from alert_engine.routes.provider_route import ProviderRoute
from alert_engine.routes.providers.exchange import ProviderResponse
from alert_engine.routes.providers.twilio.account import Twilio
from alert_engine.routes.providers.twilio.signature import FORM, signature
from lab.parts.names import ANNA as NAMES_ANNA
from lab.parts.plant import a_plant
from lab.parts.providers import TOKEN, a_provider
from lab.parts.spare import TOLD_ONCE
from lab.parts.twilio import ACCOUNT, CALLBACKS, SECRET, signed
from lab.row import Extent, Limit, Need, Row, World
from tests.engine.support import CountedIds, StoryClock, telling
from tests.virtual_time import START

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from alert_engine.model import Alarm, Message
    from alert_engine.routes.providers.exchange import ProviderRequest
    from lab.ledger import Ledger
    from lab.run import Outcome, Run
    from tests.engine.support import Story

ROUTE = "cloud"
ANNA = Person(id="anna", name="Anna", addresses=(Address(channel=Channel.SMS, value="+436641111111"),))
NUMBER = ANNA.addresses[0].value
PATH = f"/callback/{ROUTE}/{SECRET}"
FORGED, FORGED_QUICK = 10_000, 1000  # a run
FORGED_REAL = 200
POLLED = 45.0  # seconds: reports are asked for every 30 s

ROW = Row(
    number=27,
    fault="callback lost, replayed, forged, out of order",
    expected="the forged are refused, the repeated change nothing, the lost are asked for",
    worlds={
        World.VIRTUAL: Extent(quick=3, full=100, batch=10),
        World.REAL: Extent(quick=1, full=10),
    },
    limits=(
        Limit("accepted forged", at_most=0, anchor="A12"),
        Limit("forged", at_least=1),
        Limit("wrong transitions", at_most=0),
        Limit("never delivered", at_most=0),
        Limit("t_polled", at_most=POLLED, unit="s"),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    timeout=300.0,
    remark="virtual: calls as Twilio signs them; real: over HTTP to the daemon, with a secret address",
)


async def play(run: Run) -> Outcome:
    """Forge first, so that a state that is wrong would be seen; then the true ones, mixed up."""
    return await (_in_real_time(run) if run.world is World.REAL else _in_virtual_time(run))


# --- Twilio's, in virtual time ------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Wire:
    """The company: takes every message, and says what became of it."""

    ledger: Ledger
    sids: list[str] = field(default_factory=list)
    arrived: set[str] = field(default_factory=set)

    async def ask(self, request: ProviderRequest) -> ProviderResponse:
        """Answer as the API does."""
        if request.method == "POST":
            form = parse_qs(request.body.decode())
            self.ledger.receive(form["To"][0], form["Body"][0])
            self.sids.append(f"SM{len(self.sids) + 1:032x}")
            return ProviderResponse(status=201, body=b'{"sid": "%s"}' % self.sids[-1].encode())
        sid = request.url.rsplit("/", 1)[-1].removesuffix(".json")
        if sid == ACCOUNT:
            return ProviderResponse(status=200, body=b'{"status": "active"}')
        state = b"delivered" if sid in self.arrived else b"sent"
        return ProviderResponse(status=200, body=b'{"sid": "%s", "status": "%s"}' % (sid.encode(), state))


async def _in_virtual_time(run: Run) -> Outcome:
    wire = Wire(ledger=run.ledger)
    account = Twilio(account_sid=ACCOUNT, auth_token=TOKEN, sender="+436609999999")
    route = ProviderRoute(
        ROUTE,
        account,
        wire,  # type: ignore[arg-type]  # a wire
        clock=StoryClock(),
        ids=CountedIds(run.seed),
        callback_url=f"{CALLBACKS}{PATH}",
    )
    as_any: Any = route
    story = await run.use(telling(run.folder, people=(ANNA,), route=as_any, policies=TOLD_ONCE))
    codes = [await _raise(run, story, number) for number in range(2)]
    await story.until(5.0)
    taken, count = 0, FORGED_QUICK if run.is_quick else FORGED
    for request in islice(_forged(run, wire.sids, codes), count):
        taken += (await route.handle_callback(request)).status < HTTPStatus.BAD_REQUEST
    run.count("forged", count)
    run.note(
        "accepted forged", taken + sum(alarm.state is not AlarmState.RAISED for alarm in await _open(story))
    )
    await _true_ones(run, story, route, wire)
    run.note("wrong transitions", _wrong(story))
    return run.outcome(run.folder / "journal.db")


async def _raise(run: Run, story: Story, number: int) -> str:
    title = f"Tank {number} is low."
    asked = AlarmRaise(source="plc", key=f"tank{number}", severity=Severity.HIGH, title=title)
    alarm = (await story.engine.raise_alarm(asked)).alarms[0]
    run.ledger.accept(asked.key, title, NUMBER)
    return alarm.code


async def _open(story: Story) -> Sequence[Alarm]:
    return await story.engine.open_alarms()


def _forged(run: Run, sids: Sequence[str], codes: Sequence[str]) -> Iterator[HttpRequest]:
    """Calls of somebody who knows the address, ids and codes, everything but the token."""
    draw = run.random
    while True:
        state = {
            "MessageSid": draw.choice(sids),
            "MessageStatus": draw.choice(("delivered", "failed", "read")),
        }
        word = {
            "From": NUMBER,
            "Body": f"OK {draw.choice(codes)}",
            "MessageSid": f"SM{draw.getrandbits(128):032x}",
        }
        form = {"AccountSid": ACCOUNT, **draw.choice((state, word))}
        url = f"{CALLBACKS}{PATH}"
        true = signature(TOKEN, url, form.items())
        proof = draw.choice(
            (
                "",
                draw.randbytes(20).hex(),
                signature(f"{draw.getrandbits(128):032x}", url, form.items()),
                signature(TOKEN, url, [*form.items(), ("ErrorCode", "0")]),  # of another call
                signature(TOKEN, f"{CALLBACKS}/callback/other/{SECRET}", form.items()),
                true[: draw.randrange(len(true))],
                true.swapcase(),
            )
        )
        yield _request(form, proof)


def _request(form: Mapping[str, str], proof: str) -> HttpRequest:
    headers = {"Content-Type": FORM, "X-Twilio-Signature": proof}
    return HttpRequest(method="POST", path=PATH, headers=headers, body=urlencode(form).encode())


async def _true_ones(run: Run, story: Story, route: ProviderRoute, wire: Wire) -> None:
    """Of one message all calls come, late, twice, and mixed; of the other none does."""
    first, second = wire.sids[:2]  # a forged word of somebody would have an answer
    calls = ["queued", "sent", "delivered", "delivered", "sent", "queued"]
    run.random.shuffle(calls)
    for state in (*calls, "delivered", "failed", "sent"):
        form = {"AccountSid": ACCOUNT, "MessageSid": first, "MessageStatus": state, "To": NUMBER}
        answer = await route.handle_callback(_request(form, signed(ROUTE, form)))
        assert answer.status == HTTPStatus.OK
    wire.arrived.add(second)
    arrived = run.now()
    while len(_delivered(story)) < 2 and run.now() - arrived < 2 * POLLED:
        await story.until(run.now() - START + 1.0)
    run.note("t_polled", run.now() - arrived)
    run.note("never delivered", 2 - len(_delivered(story)))


def _delivered(story: Story) -> set[str]:
    """The raises: the gateway may have written more."""
    found = (each for each in _states(story) if each.kind is MessageKind.RAISE)
    return {each.uid for each in found if each.state is MessageState.DELIVERED}


def _states(story: Story) -> list[Message]:
    return [event.message for event in story.events if isinstance(event, MessageChanged)]


def _wrong(story: Story) -> int:
    """How often a message left the state of being delivered."""
    arrived: set[str] = set()
    wrong = 0
    for each in _states(story):
        wrong += each.uid in arrived and each.state is not MessageState.DELIVERED
        arrived |= {each.uid} if each.state is MessageState.DELIVERED else set()
    return wrong


# --- over HTTP, to the daemon -------------------------------------------------------------------------------


async def _in_real_time(run: Run) -> Outcome:
    provider = await run.use(a_provider(run.ledger))
    reports = {
        "reference": {"path": "id"},
        "state": {"path": "state"},
        "when": {"where": [{"path": "state"}]},
    }
    states = {"delivered": "delivered", "failed": "failed", "pending": "pending"}
    inbound = {"sender": {"path": "from"}, "text": {"path": "text"}, "when": {"where": [{"path": "text"}]}}
    callback = {
        "basic": {"user": "provider", "password": "{token}"},
        "reports": {**reports, "states": states},
        "inbound": inbound,
    }
    section = provider.section(ROUTE, callback=callback, callback_url=CALLBACKS, callback_secret=SECRET)
    plant = await run.use(
        a_plant(run.folder, ledger=run.ledger, has_http=True, providers=[section], modems=[])
    )
    gateway = await run.use(plant.gateway())
    await gateway.says("MQTT: connected")
    await gateway.says(f"route {ROUTE}: ok")
    await plant.raise_alarm("pump", "Pump off")
    told = await plant.told("pump", "accepted")
    async with aiohttp.ClientSession(f"http://127.0.0.1:{plant.http_port}") as session:
        taken = [await _forge(run, session, told["code"]) for _ in range(FORGED_REAL)]
        run.count("forged", FORGED_REAL)
        is_acked = (await plant.alarm("pump"))["acked_by"] is not None
        run.note("accepted forged", sum(taken) + is_acked)
        began = run.now()
        for state in ("pending", "delivered", "delivered", "failed", "pending"):
            assert await _call(session, PATH, {"id": "m-1", "state": state}, TOKEN) == HTTPStatus.OK
        await plant.told("pump", "delivered")
        run.note("t_called", run.now() - began)
    await plant.settled()
    run.note("wrong transitions", (await plant.alarm("pump"))["recipients"][0]["state"] != "delivered")
    return run.outcome(plant.journal, foreseen=("route/*",))


async def _forge(run: Run, session: aiohttp.ClientSession, code: str) -> bool:
    """Somebody who lacks the secret of the address, the password, or both. Whether it was taken."""
    draw = run.random
    state = {"id": "m-1", "state": draw.choice(("delivered", "failed"))}
    body = draw.choice((state, {"from": NAMES_ANNA, "text": f"OK {code}"}))
    knows_path = draw.random() < 0.5
    path = PATH if knows_path else f"/callback/{ROUTE}/{draw.getrandbits(128):032x}"
    password = TOKEN if not knows_path and draw.random() < 0.5 else f"{draw.getrandbits(64):016x}"
    return await _call(session, path, body, password) < HTTPStatus.BAD_REQUEST


async def _call(session: aiohttp.ClientSession, path: str, body: Mapping[str, str], password: str) -> int:
    auth = aiohttp.BasicAuth("provider", password)
    async with session.post(path, json=body, auth=auth) as answer:
        return answer.status
