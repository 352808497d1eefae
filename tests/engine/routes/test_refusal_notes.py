"""Lines in the log about calls that were refused: enough for whoever sets up a provider, and no more."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from alert_engine.intake.http_request import HttpRequest
from alert_engine.routes.refusal_notes import SAID_EVERY, RefusalNotes
from tests.engine.providers.story_table import Seven
from tests.virtual_time import story

if TYPE_CHECKING:
    import pytest


def test_the_first_is_told_and_the_next_after_an_hour_with_the_number_of_those_between() -> None:
    notes = RefusalNotes()
    assert notes.worth_a_line("no secret", 10.0) == 0
    assert notes.worth_a_line("no secret", 11.0) is None
    assert notes.worth_a_line("too long", 12.0) == 0
    assert notes.worth_a_line("no secret", 9.0 + SAID_EVERY) is None
    assert notes.worth_a_line("no secret", 10.0 + SAID_EVERY) == 2
    assert notes.worth_a_line("no secret", 10.0 + 2 * SAID_EVERY) == 0


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 4 * SAID_EVERY)), max_size=60))
def test_none_is_forgotten_and_no_reason_has_two_lines_in_an_hour(calls: list[tuple[str, float]]) -> None:
    notes = RefusalNotes()
    now, counted, lines = 0.0, {"a": 0, "b": 0}, {"a": -SAID_EVERY, "b": -SAID_EVERY}
    for reason, wait in calls:
        now += wait
        untold = notes.worth_a_line(reason, now)
        if untold is None:
            counted[reason] += 1
            continue
        assert untold == counted[reason]
        assert now - lines[reason] >= SAID_EVERY - 1e-6
        counted[reason], lines[reason] = 0, now


@story
async def test_a_stranger_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    desk = Seven()
    wrong = HttpRequest(method="POST", path="/callback/cloud/wrong-5ecret", body=b"{}")
    with caplog.at_level(logging.WARNING):
        caplog.clear()
        for _ in range(1000):
            assert (await desk.route.handle_callback(wrong)).status == 403
        assert len(caplog.messages) == 1
        assert "wrong" not in caplog.text
        await desk.clock.sleep_until(desk.clock.monotonic() + SAID_EVERY)
        await desk.route.handle_callback(wrong)
    assert caplog.messages[1] == f"{caplog.messages[0]}; so were 999 more since this was told last"
