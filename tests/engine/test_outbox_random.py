"""Whatever the wire does: nothing waits for ever, and nothing is doubled without a doubt."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from alert_engine.model import MessageState, SendRequest, Severity
from alert_engine.routes.base import ErrorClass, Outcome, Rejected, Unknown
from tests.engine.support import ANNA, BERT, FakeRoute, Step, telling
from tests.virtual_time import story

MEMORY = Path("/dev/shm")  # thousands of commits need no disk here
LONG = "x" * 400  # three segments
OUTCOMES: st.SearchStrategy[Outcome | Exception] = st.one_of(
    st.sampled_from(ErrorClass).map(lambda each: Rejected(error_class=each, reason="no")),
    st.just(Unknown(reason="no answer")),
    st.builds(RuntimeError),
)
STEPS = st.one_of(
    st.just(Step()),
    st.builds(Step, OUTCOMES, at_segment=st.integers(0, 2), after_submit=st.booleans()),
)
MESSAGES = st.lists(st.tuples(st.sampled_from(Severity), st.booleans()), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    scripts=st.tuples(st.lists(STEPS, max_size=12), st.lists(STEPS, max_size=6)),
    messages=MESSAGES,
    reports=st.booleans(),
)
def test_any_wire(
    scripts: tuple[list[Step], list[Step]], messages: list[tuple[Severity, bool]], *, reports: bool
) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
        tell(Path(directory), scripts, messages, reports=reports)


@story
async def tell(
    directory: Path,
    scripts: tuple[list[Step], list[Step]],
    messages: list[tuple[Severity, bool]],
    *,
    reports: bool,
) -> None:
    routes = FakeRoute("first", script=scripts[0]), FakeRoute("second", script=scripts[1])
    async with telling(directory, people=(ANNA, BERT), route=routes[0]) as told:
        await told.engine.add_route(routes[1])
        for number, (severity, is_long) in enumerate(messages):
            text = f"{number} {LONG if is_long else ''}"
            await told.engine.send(SendRequest(to=("anna",), text=text, severity=severity))
        reported: Counter[str] = Counter()
        for _ in range(60):
            await told.clock.sleep_until(told.clock.monotonic() + 60)
            for route in routes if reports else ():
                for left in route.left[reported[route.name] :]:
                    reported[route.name] += 1
                    await route.deliver(left)
        for message in await told.engine.messages():
            assert message.state.is_final or message.state is MessageState.ACCEPTED
            # A text that is made plain is another text.
            copies = Counter(
                (route.name, left.plain, left.segment)
                for route in routes
                for left in route.left
                if left.uid == message.uid
            )
            assert message.in_doubt or max(copies.values(), default=0) <= 1
            assert max(copies.values(), default=0) <= 4
            if message.state is MessageState.DELIVERED:
                assert {segment for *_, segment in copies} == set(range(message.segments))
    assert asyncio.all_tasks() == {asyncio.current_task()}
