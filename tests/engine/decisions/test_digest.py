"""Many alarms in one SMS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.decisions.digest import DigestItem, DigestTexts, compose
from alert_engine.model import Severity
from gsm_driver.pdu.segmentation import AlphabetChoice, count_segments

ENGLISH = DigestTexts(
    severities=("INFO", "NORMAL", "HIGH", "CRITICAL"),
    count="{count} {severity}",
    over="{count} over",
    separator=", ",
    alarm="{code} {title}",
    more=" and {count} more",
    listed="{counts}: {alarms}{more}.",
    counted="{counts}.",
    answer="Reply OK ALL",
)


def segments(text: str) -> int:
    return count_segments(text, alphabet=AlphabetChoice.GSM7, transliterate=True).segments


def item(
    code: int, severity: Severity = Severity.NORMAL, title: str = "Pump", *, over: bool = False
) -> DigestItem:
    return DigestItem(id=f"held-{code}", code=str(code), severity=severity, title=title, over=over)


def many(count: int, title: str = "Pump") -> list[DigestItem]:
    return [item(1000 + number, title=f"{title} {number}") for number in range(count)]


CRITICAL, HIGH, NORMAL, INFO = Severity.CRITICAL, Severity.HIGH, Severity.NORMAL, Severity.INFO


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([item(4711)], "1 NORMAL: 4711 Pump. Reply OK ALL"),
        ([item(4711, title="")], "1 NORMAL: 4711. Reply OK ALL"),
        (
            [item(1, INFO), item(2, HIGH, "Door"), item(3, CRITICAL, "Fire"), item(4, HIGH, "Gate")],
            "1 CRITICAL, 2 HIGH, 1 INFO: 3 Fire, 2 Door, 4 Gate, 1 Pump. Reply OK ALL",
        ),
        (
            [item(1, CRITICAL, over=True), item(2)],
            "1 NORMAL, 1 over: 2 Pump, 1 Pump. Reply OK ALL",
        ),
        ([item(1, over=True), item(2, over=True)], "2 over: 1 Pump, 2 Pump."),
        ([item(1, title="Raised"), item(1, title="Again", over=True)], "1 over: 1 Again."),
        ([item(1, title="{odd} %s\n  title")], "1 NORMAL: 1 {odd} %s title. Reply OK ALL"),
        (
            [item(1, title="x" * 20), item(2, title="Pump station 12 north")],
            f"2 NORMAL: 1 {'x' * 20}, 2 Pump station 12 n.... Reply OK ALL",
        ),
    ],
)
def test_all_fit(items: list[DigestItem], text: str) -> None:
    digest = compose(items, ENGLISH, 2, segments)
    assert digest.text == text
    assert digest.covered == tuple(each.id for each in items)


def test_what_does_not_fit_is_counted() -> None:
    digest = compose([*many(45), item(9999, CRITICAL, "Fire")], ENGLISH, 1, segments)
    assert digest.text == (
        "1 CRITICAL, 45 NORMAL: 9999 Fire, 1000 Pump 0, 1001 Pump 1, 1002 Pump 2, 1003 Pump 3, 1004 Pump 4, "
        "1005 Pump 5, 1006 Pump 6 and 38 more. Reply OK ALL"
    )
    assert segments(digest.text) == 1
    assert len(digest.covered) == 46


def test_all_may_fit_where_saying_how_many_more_would_not() -> None:
    everything = "4 NORMAL: 1, 2, 3, 4. Reply OK ALL"
    items = [item(number, title="") for number in range(1, 5)]
    digest = compose(items, ENGLISH, 1, lambda text: 1 if len(text) <= len(everything) else 2)
    assert digest.text == everything


def test_a_long_list_is_not_tried_to_its_end() -> None:
    tried: list[int] = []

    def count(text: str) -> int:
        tried.append(len(text))
        return segments(text)

    compose(many(5000), ENGLISH, 1, count)
    assert len(tried) < 20


@pytest.mark.parametrize("items", [[item(1, title="Ünïcödé ☃")], [item(1, title="Feuer 🔥")]])
def test_other_characters_take_more_room_but_leave(items: list[DigestItem]) -> None:
    def plain(text: str) -> int:
        return count_segments(text).segments

    digest = compose([*items, *many(30)], ENGLISH, 2, plain)
    assert plain(digest.text) <= 2
    assert "1 Ü" in digest.text or "🔥" in digest.text


def test_the_counts_alone_are_better_than_nothing() -> None:
    digest = compose(many(3), ENGLISH, 1, lambda text: 2)
    assert digest.text == "3 NORMAL. Reply OK ALL"
    assert len(digest.covered) == 3


def test_a_text_shows_in_no_repr() -> None:
    assert "Pump" not in repr(item(1)) + repr(compose([item(1)], ENGLISH, 1, segments))


titles = st.text(st.characters(codec="utf-8"), max_size=30)
items = st.lists(
    st.builds(
        DigestItem,
        id=st.uuids().map(str),
        code=st.integers(1000, 1200).map(str),
        severity=st.sampled_from(Severity),
        title=titles,
        over=st.booleans(),
    ),
    min_size=1,
    max_size=150,
)


@given(held=items, most=st.integers(1, 4))
def test_every_item_is_told(held: list[DigestItem], most: int) -> None:
    digest = compose(held, ENGLISH, most, segments)
    assert digest.covered == tuple(each.id for each in held)
    assert segments(digest.text) <= most
    alarms = {each.code: each for each in held}
    for severity, word in zip(Severity, ENGLISH.severities, strict=True):
        count = sum(each.severity is severity for each in alarms.values() if not each.over)
        assert (f"{count} {word}" in digest.text) or not count
    assert ("Reply OK ALL" in digest.text) is any(not each.over for each in alarms.values())
    worst = min(alarms.values(), key=lambda each: (each.over, -each.severity.rank))
    assert f": {worst.code}" in digest.text or ":" not in digest.text
