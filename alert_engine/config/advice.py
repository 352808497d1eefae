"""What works, and most likely was not meant: for whoever wrote the configuration, at `check` and at start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from alert_engine.model import Channel, Group, OnCall, Person, Tier
from alert_engine.texts.languages import LANGUAGES

from .checks import bearable_problems, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alert_engine.decisions.directory import Directory
    from alert_engine.model import Step
    from alert_engine.settings import EngineSettings

    from .document import GatewaySettings
    from .shapes import ConfigPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing that a person should look at."""

    path: ConfigPath  # where in the configuration; empty: it is not there
    text: str  # what it leads to, and what to do


def advice_of(settings: GatewaySettings) -> tuple[Advice, ...]:
    """Everything that is odd, the gravest first."""
    return (
        *_gaps(settings),
        *_people(settings.engine),
        *_on_calls(settings.engine),
        *_policies(settings),
        *_keywords(settings.engine),
        *_ways_in(settings),
    )


def policies_for_nobody(settings: EngineSettings) -> tuple[str, ...]:
    """Names of the policies that have a step for nobody: its groups and schedules stand for no person."""
    if not settings.people:
        return ()  # that nobody is there is another matter
    return tuple(
        policy.name
        for policy in settings.policies
        if any(not _persons(step.notify, settings.directory) for step in policy.steps)
    )


def _gaps(settings: GatewaySettings) -> Iterator[Advice]:
    """What a gateway can do without while it waits for its owner, and not for good."""
    posts = settings.http is not None and settings.http.endpoints
    if not settings.engine.people:
        yield Advice(path=(), text="nobody is told of alarms: there are no people in the configuration")
    if not settings.modems and not settings.providers:
        text = "no SMS can be sent: there are no modems and no providers in the configuration"
        yield Advice(path=(), text=text)
    if not (settings.mqtt or settings.mail or posts):
        text = "no alarm can come in: there is no mqtt, mail or endpoint of http in the configuration"
        yield Advice(path=(), text=text)


def _people(settings: EngineSettings) -> Iterator[Advice]:
    if settings.people and not any(person.can_acknowledge for person in settings.people):
        yield Advice(path=("people",), text="nobody may take an alarm: set can_acknowledge for somebody")
    for index, person in enumerate(settings.people):
        if settings.own_numbers & {address.value for address in person.addresses}:
            text = f"{person.id} has a number of the gateway itself, which is never written to"
            yield Advice(path=("people", index), text=text)
        language = person.language.partition("-")[0]
        if language not in LANGUAGES and language not in settings.templates:
            text = f"there are no texts in {language}: {person.id} gets English, unless templates has them"
            yield Advice(path=("people", index, "language"), text=text)
    for problem in bearable_problems(settings.directory):
        yield Advice(path=path_of(problem), text=problem.text)


def _on_calls(settings: EngineSettings) -> Iterator[Advice]:
    for index, schedule in enumerate(settings.on_calls):
        if schedule.hours and schedule.fallback is None:
            text = f"out of the hours of {schedule.id} everybody is told: name a fallback if that is too many"
            yield Advice(path=("on_call", index), text=text)


def _policies(settings: GatewaySettings) -> Iterator[Advice]:
    for policy in settings.engine.policies:
        told: set[str] = set()  # a short form may stand for several steps
        for index, step in enumerate(policy.steps):
            path: ConfigPath = ("policies", policy.name, "steps", index)
            for text in _of_step(step, settings):
                if text not in told:
                    told.add(text)
                    yield Advice(path=path if len(policy.steps) > 1 else path[:2], text=text)


def _of_step(step: Step, settings: GatewaySettings) -> Iterator[str]:
    by_modems_only = settings.modems and not settings.providers
    if Channel.CALL in step.channels and by_modems_only and not any(each.calls for each in settings.modems):
        yield "nobody can be called: no modem has calls: true"
    for person in _persons(step.notify, settings.engine.directory):
        has = {address.channel for address in person.addresses}
        if step.channels and not has & set(step.channels):
            yield f"{person.id} has no address for {' or '.join(step.channels)}: add one"


def _keywords(settings: EngineSettings) -> Iterator[Advice]:
    for index, keyword in enumerate(settings.commands.keywords):
        if keyword.tier is Tier.LISTED:
            continue
        meant = keyword.allowed or tuple(person.id for person in settings.people)
        able = [person.id for person in settings.people if person.can_command and person.id in meant]
        if not able:
            text = f"nobody may use the keyword {keyword.name}: set can_command for somebody"
            yield Advice(path=("commands", "keywords", index), text=text)


def _ways_in(settings: GatewaySettings) -> Iterator[Advice]:
    """Whom clients may write to: numbers, and those who have an id."""
    endpoints = settings.http.endpoints if settings.http else ()
    named: list[tuple[ConfigPath, tuple[str, ...]]] = [
        (("http", "endpoints", index, "recipients"), endpoint.recipients)
        for index, endpoint in enumerate(endpoints)
    ]
    if settings.mail is not None:
        named.append((("mail", "recipients"), settings.mail.rules.recipients))
    known = {recipient.id for recipient in settings.engine.directory.recipients}
    for path, recipients in named:
        for index, recipient in enumerate(recipients):
            if recipient not in known and not any(map(str.isdigit, recipient)):
                yield Advice(path=(*path, index), text=f"{recipient} is nobody: nothing can be sent there")


def _persons(ids: tuple[str, ...], directory: Directory) -> tuple[Person, ...]:
    """Everybody whom these names can ever stand for; no name is everybody."""
    known = {recipient.id: recipient for recipient in directory.recipients}
    found: dict[str, Person] = {}
    todo = list(ids or (person.id for person in directory.people))
    while todo:
        recipient = known[todo.pop(0)]
        match recipient:
            case Person() as person:
                found[person.id] = person
            case Group(members=members):
                todo += members
            case OnCall(rotation=rotation, substitutions=substitutions, fallback=fallback):
                todo += [*rotation, *(each.person for each in substitutions), *filter(None, [fallback])]
            case _:
                assert_never(recipient)
    return tuple(found.values())
