"""May this command be given? What the decision needs is read here, and what follows from it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.authorisation import (
    DAY,
    FAILURE_SPAN,
    LOCK_OUT,
    Attempt,
    Credentials,
    Decision,
    Granted,
    Refused,
    Standing,
    authorise,
    is_locked_out,
    must_switch_off,
)
from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.model import AlarmRaise, Severity, Tier
from alert_engine.operations.alarms import raise_alarm

from .grammar import Acknowledge, Question, Snooze
from .one_time_codes import matching_counter
from .words import BuiltIn

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.journal.tables.secrets import PinHash
    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import Person
    from alert_engine.work import Work

    from .grammar import Command, Reading
    from .letter import Letter
    from .pin_check import PinCheck

SWITCHED_OFF_KEY = "commands/off"


def decide(
    work: Work,
    letter: Letter,
    person: Person,
    command: Command,
    *,
    reading: Reading,
    checked: PinCheck | None,
) -> Decision:
    """Ask `decisions.authorisation` about the command of a reading."""
    attempt = Attempt(
        tier=reading.tier,
        permitted=is_permitted(person, command, reading.tier),
        named_code=any(_is_open(work, code) for code in command.codes),
        proof=reading.proof,
        written_at=letter.written_at,
    )
    credentials = _credentials(work, person, attempt, checked)
    decision = authorise(attempt, credentials, standing(work.tx, letter.sender, work.now), work.now)
    if isinstance(decision, Granted) and decision.counter is not None:
        work.tx.secrets.use_totp(person.id, decision.counter)
    return decision


def is_permitted(person: Person, command: Command, tier: Tier) -> bool:
    """This person's role is enough. Whether an alarm was sent to this person is looked at for each alarm."""
    match command:
        case Acknowledge() | Snooze():
            return person.can_acknowledge
        case Question():
            return command.built_in is not BuiltIn.TEST or person.can_command
        case _:
            allowed = command.definition.allowed
            may = person.can_command or tier is Tier.LISTED
            return may and (not allowed or person.id in allowed)


def standing(tx: Transaction, sender: str, now: datetime) -> Standing:
    """What speaks against any proof of this sender."""
    failures = tx.commands.failures_of(sender, since=now - LOCK_OUT - FAILURE_SPAN)
    return Standing(failures=failures, switched_off=tx.commands.off_since() is not None)


def pin_in_question(tx: Transaction, person: str, sender: str, now: datetime) -> PinHash | None:
    """The PIN to compare with; None if there is none, or if it would not count."""
    at_hand = standing(tx, sender, now)
    if at_hand.switched_off or is_locked_out(at_hand.failures, now):
        return None
    return tx.secrets.of(person).pin


def note_refusal(work: Work, letter: Letter, actor: str, subject: str, refused: Refused) -> None:
    """Audit it, count it if somebody may be guessing, and lock whoever guesses out."""
    work.tx.audit.add(work.now, actor, f"refused_{refused.reason}", subject)
    if not refused.reason.is_failure:
        return
    work.tx.commands.fail(letter.sender, work.now)
    if is_locked_out(standing(work.tx, letter.sender, work.now).failures, work.now):
        work.tx.audit.add(work.now, actor, "locked_out", subject)
    if must_switch_off(work.tx.commands.failures_of_all(work.now - DAY)):
        _switch_off(work, subject)


def _switch_off(work: Work, subject: str) -> None:
    work.tx.commands.switch_off(work.now)
    work.tx.audit.add(work.now, SOURCE, "commands_switched_off", subject)
    raise_alarm(
        work,
        AlarmRaise(
            source=SOURCE,
            key=SWITCHED_OFF_KEY,
            severity=Severity.HIGH,
            title="Commands are switched off",
            text="Too many wrong PINs or codes today. Switch them on again when you know why",
            policy=work.settings.supervision.policy,
        ),
    )


def _credentials(work: Work, person: Person, attempt: Attempt, checked: PinCheck | None) -> Credentials:
    secrets = work.tx.secrets.of(person.id)
    key, counter = secrets.totp_key, None
    if key is not None and attempt.proof:
        counter = matching_counter(key, attempt.proof, attempt.written_at)
    pin_matches = None
    if checked is not None and secrets.pin is not None:
        is_same = (checked.person, checked.salt) == (person.id, secrets.pin.salt)
        pin_matches = checked.matches if is_same else None
    return Credentials(
        has_pin=secrets.pin is not None,
        pin_matches=pin_matches,
        has_totp=key is not None,
        counter=counter,
        last_counter=secrets.totp_counter,
    )


def _is_open(work: Work, code: str) -> bool:
    alarm = work.tx.alarms.newest_of_code(code)
    return alarm is not None and alarm.state.is_open
