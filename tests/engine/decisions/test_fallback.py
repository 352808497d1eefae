"""When the same person is told by the next way, and by which."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alert_engine.decisions.fallback import (
    LOOK_EVERY,
    Fallback,
    FallbackReason,
    Tried,
    decide,
    is_proven,
    watched,
)
from alert_engine.decisions.routing import RouteView
from alert_engine.decisions.throttle import Budget
from alert_engine.model import Address, Channel, Message, MessageKind, MessageState, Person, Priority, Proof
from alert_engine.outbox.entry import OutboxEntry
from alert_engine.routes.base import RouteState

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
S, R = MessageState, FallbackReason
SMS, CALL, PUSH, EMAIL = Channel.SMS, Channel.CALL, Channel.PUSH, Channel.EMAIL

PHONE = Address(channel=SMS, value="+436641111111")
RING = Address(channel=CALL, value="+436641111111")
APP = Address(channel=PUSH, value="anna-phone")
ANNA = Person(id="anna", name="Anna", addresses=(PHONE, RING, APP))
ONLY_PHONE = replace(ANNA, addresses=(PHONE,))


def route(name: str, *channels: Channel, **fields: Any) -> RouteView:
    return RouteView(name=name, channels=frozenset(channels), **({"state": RouteState.OK} | fields))


DOWN = RouteState.FAILED
MODEM, CLOUD, CALLS, PUSHER = (
    route("modem", SMS),
    route("cloud", SMS),
    route("calls", CALL),
    route("push", PUSH),
)
ALL = (MODEM, CLOUD, CALLS, PUSHER)
DOWN = RouteState.FAILED


def entry(state: MessageState = S.ACCEPTED, address: Address = PHONE, **fields: Any) -> OutboxEntry:
    message = Message(
        uid="m",
        kind=MessageKind.RAISE,
        channel=address.channel,
        address=address.value,
        recipient="anna",
        alarm_id="a",
        text="water",
        priority=fields.pop("priority", Priority.HIGH),
        state=state,
        segments=1,
        attempts=1,
        in_doubt=fields.pop("in_doubt", False),
        route=fields.pop("route", "modem"),
        created_at=NOW,
        due_at=NOW,
        expires_at=None,
    )
    times = {"proof_due_at": NOW, "proof_look_at": NOW}
    return OutboxEntry(message=message, **(times | fields))


def tried(state: MessageState = S.ACCEPTED, address: Address = PHONE, **fields: Any) -> Tried:
    own = {name: fields.pop(name) for name in ("proven", "refused", "routes") if name in fields}
    defaults: dict[str, Any] = {"proven": False, "routes": ("modem",)}
    return Tried(entry=entry(state, address, **fields), **(defaults | own))


@pytest.mark.parametrize(
    ("state", "proof", "reports", "proven"),
    [
        (S.QUEUED, Proof.ACCEPTED, True, False),
        (S.IN_FLIGHT, Proof.ACCEPTED, True, False),
        (S.IN_DOUBT, Proof.ACCEPTED, True, False),
        (S.FAILED, Proof.ACCEPTED, True, False),
        (S.ACCEPTED, Proof.ACCEPTED, True, True),
        (S.ACCEPTED, Proof.DELIVERED, True, False),
        (S.ACCEPTED, Proof.DELIVERED, False, True),
        (S.DELIVERED, Proof.DELIVERED, True, True),
    ],
)
def test_is_proven(*, state: MessageState, proof: Proof, reports: bool, proven: bool) -> None:
    assert is_proven(state, proof, reports=reports) is proven


def test_what_is_watched_is_looked_at_soon_and_at_the_latest_when_it_is_due() -> None:
    begins = watched(entry(), NOW, timedelta(seconds=75))
    assert (begins.proof_due_at, begins.proof_look_at) == (NOW + timedelta(seconds=75), NOW + LOOK_EVERY)
    soon = watched(entry(), NOW, timedelta(seconds=5))
    assert (soon.proof_due_at, soon.proof_look_at) == (NOW + timedelta(seconds=5),) * 2


LATER = NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("message", "others", "routes", "wanted"),
    [
        # Proven, by this one or by another.
        (tried(S.DELIVERED, proven=True), (), ALL, Fallback(reason=R.PROVEN)),
        (tried(), (tried(S.DELIVERED, APP, proven=True),), ALL, Fallback(reason=R.PROVEN)),
        # There is time yet.
        (tried(proof_due_at=LATER), (), ALL, Fallback(reason=R.WAITS, look_at=LATER)),
        (
            tried(S.QUEUED, proof_due_at=LATER),
            (),
            ALL,
            Fallback(reason=R.WAITS, look_at=NOW + LOOK_EVERY),
        ),
        (
            tried(S.IN_FLIGHT, proof_due_at=NOW + timedelta(seconds=1)),
            (),
            ALL,
            Fallback(reason=R.WAITS, look_at=NOW + timedelta(seconds=1)),
        ),
        # Nothing carries it: no waiting.
        (
            tried(S.QUEUED, proof_due_at=LATER, routes=(), route=None),
            (),
            (replace(MODEM, state=DOWN), replace(CLOUD, budget=Budget.EMPTY), CALLS),
            Fallback(reason=R.NEXT_WAY, address=RING),
        ),
        # Accepted, and never delivered: the same address by another route, once.
        (tried(), (), ALL, Fallback(reason=R.NEXT_WAY, address=PHONE, excluded=("modem",))),
        (
            tried(excluded=("modem",), routes=("cloud",)),
            (tried(),),
            ALL,
            Fallback(reason=R.NEXT_WAY, address=RING),
        ),
        (tried(), (), (MODEM, CALLS), Fallback(reason=R.NEXT_WAY, address=RING)),
        (
            tried(),
            (tried(S.ACCEPTED, APP, routes=("push",)),),
            (replace(CLOUD, state=DOWN), MODEM, PUSHER),
            Fallback(reason=R.EXHAUSTED),
        ),
        # Failed by the network, refused by every route, or cancelled because its owner wrote STOP.
        (tried(S.FAILED), (), ALL, Fallback(reason=R.NEXT_WAY, address=PHONE, excluded=("modem",))),
        (tried(S.FAILED, refused=True), (), ALL, Fallback(reason=R.NEXT_WAY, address=RING)),
        (tried(S.CANCELLED, refused=True, routes=()), (), ALL, Fallback(reason=R.NEXT_WAY, address=RING)),
        (tried(S.EXPIRED, routes=(), route=None), (), ALL, Fallback(reason=R.NEXT_WAY, address=RING)),
        # It stands in a queue, and another route is free: it moves, and no copy is made.
        (tried(S.QUEUED), (), ALL, Fallback(reason=R.MOVED, excluded=("modem",))),
        (tried(S.QUEUED, route=None, routes=()), (), ALL, Fallback(reason=R.MOVED, excluded=("modem",))),
        (tried(S.QUEUED, given_up=("modem",)), (), ALL, Fallback(reason=R.MOVED, excluded=("modem",))),
        (
            tried(S.QUEUED, given_up=("modem",), route="cloud"),
            (),
            ALL,
            Fallback(reason=R.NEXT_WAY, address=RING),
        ),
        (
            tried(S.QUEUED, route=None, routes=()),
            (),
            (replace(MODEM, state=DOWN), CALLS),
            Fallback(reason=R.NEXT_WAY, address=RING),
        ),
        # It may have left: a copy by another route.
        (
            tried(S.QUEUED, in_doubt=True),
            (),
            ALL,
            Fallback(reason=R.NEXT_WAY, address=PHONE, excluded=("modem",)),
        ),
        (
            tried(S.IN_DOUBT),
            (),
            (MODEM, replace(CLOUD, state=DOWN), CALLS),
            Fallback(reason=R.NEXT_WAY, address=RING, avoided=("modem",)),
        ),
        # A route that does not answer is avoided for what comes next, whichever message it was given.
        (
            tried(S.IN_FLIGHT, routes=("both",)),
            (tried(S.FAILED, APP, in_doubt=True, routes=("push",)),),
            (route("both", SMS, CALL), CALLS),
            Fallback(reason=R.NEXT_WAY, address=RING, avoided=("both", "push")),
        ),
        (
            tried(S.ACCEPTED, routes=("both",)),
            (),
            (route("both", SMS, CALL), CALLS),
            Fallback(reason=R.NEXT_WAY, address=RING),
        ),
        # What is about one route stays with it.
        (tried(only_route="modem"), (), ALL, Fallback(reason=R.NEXT_WAY, address=RING)),
        # In the person's order from this one on; nothing goes twice to an address.
        (tried(S.FAILED, RING, refused=True), (), ALL, Fallback(reason=R.NEXT_WAY, address=APP)),
        (
            tried(S.FAILED, APP, refused=True),
            (tried(S.FAILED, RING),),
            ALL,
            Fallback(reason=R.NEXT_WAY, address=PHONE),
        ),
        # Nothing is left; or something is, that is broken now.
        (tried(S.FAILED, refused=True), (), (MODEM,), Fallback(reason=R.EXHAUSTED)),
        (
            tried(S.FAILED, refused=True),
            (),
            (MODEM, replace(PUSHER, state=DOWN)),
            Fallback(reason=R.NO_WAY_NOW, look_at=NOW + LOOK_EVERY),
        ),
        # What is critical may use the last of a budget.
        (
            tried(priority=Priority.CRITICAL),
            (),
            (MODEM, replace(CLOUD, budget=Budget.CRITICAL_ONLY)),
            Fallback(reason=R.NEXT_WAY, address=PHONE, excluded=("modem",)),
        ),
    ],
)
def test_decide(
    message: Tried, others: tuple[Tried, ...], routes: tuple[RouteView, ...], wanted: Fallback
) -> None:
    assert decide(message, others, ANNA, routes, NOW) == wanted


def test_an_address_that_bears_no_more_is_passed_over_and_tried_again_later() -> None:
    full = {PHONE}
    assert decide(tried(), (), ANNA, ALL, NOW, full=full) == Fallback(reason=R.NEXT_WAY, address=RING)
    later = Fallback(reason=R.NO_WAY_NOW, look_at=NOW + LOOK_EVERY)
    assert decide(tried(), (), ANNA, ALL, NOW, full={PHONE, RING, APP}) == later
    # To move what waits is no second message.
    moved = Fallback(reason=R.MOVED, excluded=("modem",))
    assert decide(tried(S.QUEUED), (), ANNA, ALL, NOW, full=full) == moved


def test_somebody_who_is_gone_has_no_other_way() -> None:
    assert decide(tried(S.FAILED, refused=True), (), None, ALL, NOW).reason is R.EXHAUSTED


def test_an_address_that_is_not_the_persons_any_more() -> None:
    old = Address(channel=SMS, value="+436649999999")
    wanted = Fallback(reason=R.NEXT_WAY, address=PHONE)
    assert decide(tried(S.FAILED, old, refused=True), (), ANNA, ALL, NOW) == wanted


def test_one_address_and_one_route() -> None:
    assert decide(tried(), (), ONLY_PHONE, (MODEM,), NOW).reason is R.EXHAUSTED
