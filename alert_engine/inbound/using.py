"""The keywords of the configuration: an event for whoever listens, and an answer for whoever wrote."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from alert_engine.operations.queries import summary

from .acknowledging import Effectiveness

if TYPE_CHECKING:
    from alert_engine.model import Person
    from alert_engine.work import Work

    from .grammar import Use
    from .letter import Letter


def use(work: Work, letter: Letter, person: Person, asked: Use, words: str) -> Effectiveness:
    """Answer a keyword. The event is announced by whoever granted it."""
    template = asked.definition.answer
    if template is None:
        text = letter.phrases.done.format(command=words)
    else:
        # Not str.format: what people write must never be read as a pattern.
        text = Template(template).safe_substitute({**_fields(work, person), **_shown(asked)})
    return Effectiveness(effective=True, answer=work.speaker(person).own(text))


def _fields(work: Work, person: Person) -> dict[str, object]:
    """The engine's status, for templates: `model.ANSWER_FIELDS`."""
    now = summary(work.tx)
    return {
        "gateway": work.settings.gateway,
        "highest": now.highest or "-",
        "in_doubt": now.in_doubt,
        "open": now.open,
        "person": person.name,
        "queue": now.queue,
        "routes": ", ".join(f"{route.name} {route.state}" for route in work.routes),
        "time": work.speaker(person).time(work.now),
        "unacknowledged": now.unacknowledged,
    }


def _shown(asked: Use) -> dict[str, object]:
    """The parameters as people write them."""
    absent = {parameter.name: "-" for parameter in asked.definition.parameters}
    given = {
        name: ("ON" if value else "OFF") if isinstance(value, bool) else value
        for name, value in asked.values.items()
    }
    return {**absent, **given}
