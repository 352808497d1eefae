"""Storms, played through on one phone: what leaves when, and that nothing is left out."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_engine.decisions.digest import DigestItem, compose
from alert_engine.decisions.throttle import DEFAULT_LIMITS, SendNow, decide, longest
from alert_engine.model import Channel, Severity
from tests.engine.decisions.test_digest import ENGLISH, segments
from tests.engine.decisions.wall import utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

START = utc("2026-06-01T12:00")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SMS = DEFAULT_LIMITS[Channel.SMS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    at: datetime
    critical: bool
    ids: tuple[str, ...]
    text: str


@dataclass(slots=True, kw_only=True)
class Phone:
    """An engine with one phone and no radio."""

    sent: list[Sms] = field(default_factory=list)
    held: list[DigestItem] = field(default_factory=list)
    due: datetime | None = None

    def play(self, arrivals: Iterable[tuple[datetime, DigestItem]]) -> None:
        """Everything that arrives, and then until nothing is held any more."""
        waiting = deque(sorted(arrivals, key=lambda each: each[0]))
        while waiting or self.due is not None:
            if self.due is not None and (not waiting or self.due <= waiting[0][0]):
                self._tell(self.held, self.due, others_held=False)
            else:
                now, item = waiting.popleft()
                self._tell([item], now, others_held=bool(self.held))

    def _tell(self, items: Sequence[DigestItem], now: datetime, *, others_held: bool) -> None:
        severity = max((each.severity for each in items), key=lambda each: each.rank)
        past = [each for each in self.sent if each.at > now - longest(SMS)]
        answer = decide(
            [each.at for each in past],
            [each.at for each in past if each.critical],
            others_held=others_held,
            severity=severity,
            now=now,
            limits=SMS,
        )
        if isinstance(answer, SendNow):
            self._send(items, now, critical=severity is Severity.CRITICAL)
        elif items is self.held:
            self.due = answer.until
        else:
            self.held += items
            self.due = min(self.due or answer.until, answer.until)

    def _send(self, items: Sequence[DigestItem], now: datetime, *, critical: bool) -> None:
        digest = compose(items, ENGLISH, 1, segments)
        self.sent.append(Sms(at=now, critical=critical, ids=digest.covered, text=digest.text))
        if items is self.held:
            self.held, self.due = [], None

    def most_within(self, span: timedelta, *, critical: bool = True) -> int:
        """How many left in any time of this length."""
        times = [each.at for each in self.sent if critical or not each.critical]
        return max(sum(start <= each < start + span for each in times) for start in times)

    def told(self) -> list[str]:
        return [each for sms in self.sent for each in sms.ids]


def alarm(number: int, severity: Severity = Severity.HIGH) -> DigestItem:
    return DigestItem(id=str(number), code=str(1000 + number), severity=severity, title=f"Pump {number}")


@pytest.mark.parametrize("seed", range(5))
def test_a_thousand_alarms_in_a_minute(seed: int) -> None:
    dice = random.Random(seed)
    worst = dice.randrange(1000)
    arrivals = [
        (
            START + dice.random() * MINUTE,
            alarm(number, Severity.CRITICAL if number == worst else dice.choice([*Severity][:3])),
        )
        for number in range(1000)
    ]
    phone = Phone()
    phone.play(arrivals)
    assert phone.most_within(15 * MINUTE) <= 5
    assert sorted(phone.told()) == sorted(str(number) for number in range(1000))
    assert phone.sent[0].at == min(at for at, _ in arrivals)
    critical = next(each for each in phone.sent if each.critical)
    assert (critical.at, critical.ids) == (arrivals[worst][0], (str(worst),))


@pytest.mark.parametrize("severity", Severity)
def test_a_thousand_of_any_severity(severity: Severity) -> None:
    phone = Phone()
    phone.play((START + number * MINUTE / 1000, alarm(number, severity)) for number in range(1000))
    assert phone.most_within(15 * MINUTE) <= 5
    assert sorted(phone.told(), key=int) == [str(number) for number in range(1000)]
    assert phone.sent[-1].at <= START + 4 * MINUTE
    assert " more. Reply OK ALL" in phone.sent[-1].text


def test_a_hundred_keys_flap_for_a_day() -> None:
    """Each about every ten minutes, one of them critical."""
    dice = random.Random(7)
    arrivals: list[tuple[datetime, DigestItem]] = []
    for key in range(100):
        severity = Severity.CRITICAL if key == 0 else Severity.NORMAL
        at = START + dice.random() * 10 * MINUTE
        while at < START + timedelta(days=1):
            code = str(1000 + key)
            item = DigestItem(id=f"{code}/{at.isoformat()}", code=code, severity=severity, title=f"Key {key}")
            arrivals.append((at, item))
            at += (5 + 10 * dice.random()) * MINUTE
    phone = Phone()
    phone.play(arrivals)
    assert len(arrivals) > 10_000
    assert sorted(phone.told()) == sorted(item.id for _, item in arrivals)
    for window in SMS.windows:
        assert phone.most_within(window.span, critical=False) <= window.most
    reserved = sum(window.most for window in SMS.reserve)
    assert phone.most_within(15 * MINUTE) <= SMS.windows[0].most + reserved


arrivals = st.lists(st.tuples(st.integers(0, 3 * 3600), st.sampled_from(Severity)), min_size=1, max_size=60)


@settings(max_examples=100, deadline=None)
@given(load=arrivals)
def test_any_load(load: list[tuple[int, Severity]]) -> None:
    phone = Phone()
    phone.play((START + at * SECOND, alarm(number, severity)) for number, (at, severity) in enumerate(load))
    assert sorted(phone.told()) == sorted(str(number) for number in range(len(load)))
    assert phone.sent[0].at == START + min(at for at, _ in load) * SECOND
    assert phone.most_within(15 * MINUTE) <= 5 + 3
    for window in SMS.windows:
        # What is not critical leaves only while the windows have room, whatever else left.
        for index, sms in enumerate(phone.sent):
            if sms.critical:
                continue
            # In the order in which they left: one that leaves in the same instant, but later, does not count.
            before = [each for each in phone.sent[: index + 1] if sms.at - window.span < each.at]
            assert len(before) <= window.most
    critical = sorted(at for at, severity in load if severity is Severity.CRITICAL)
    for at in critical[:3]:
        assert any(each.critical and each.at == START + at * SECOND for each in phone.sent)
