"""A person's text: decided, obeyed and answered; or refused, in silence where somebody may be guessing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_engine.decisions.authorisation import (
    CHALLENGE_DIGITS,
    CHALLENGE_LIFE,
    Granted,
    OpenChallenge,
    Refusal,
    Refused,
    settle_challenge,
)
from alert_engine.decisions.replies import AnswerKind
from alert_engine.journal.tables.commands import PendingCommand
from alert_engine.model import Authorisation, KeywordReceived, Tier
from alert_engine.operations.keywords import hand_over

from .acknowledging import Effectiveness, acknowledge, snooze
from .answering import answer
from .asking import ask, help_text
from .authorising import decide, is_permitted, note_refusal, standing
from .grammar import Acknowledge, Reading, Snooze, Use, bare_digits, read
from .reporting import report
from .using import use
from .words import BuiltIn

if TYPE_CHECKING:
    from alert_engine.decisions.authorisation import Decision
    from alert_engine.model import Person
    from alert_engine.work import Work

    from .grammar import Command, Misuse
    from .letter import Letter
    from .pin_check import PinCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A text of a person, and what was decided about it."""

    letter: Letter
    person: Person
    reading: Reading
    decision: Decision | None  # None: it is no command
    repeats: bool  # the same was written a moment ago

    @property
    def authorisation(self) -> Authorisation:
        """How sure we are who wrote."""
        return self.decision.by if isinstance(self.decision, Granted) else Authorisation.KNOWN

    @property
    def keyword(self) -> str | None:
        """The command, if its sender may give it."""
        command = self.reading.command
        return command.keyword if command is not None and isinstance(self.decision, Granted) else None


def consider(
    work: Work, letter: Letter, person: Person, checked: PinCheck | None, *, repeats: bool, done: bool
) -> Case:
    """Decide about a text. What that changes is in the journal; nobody is told yet.

    `repeats`: the same was written a moment ago; `done`: and it was obeyed.
    """
    reading = read(letter.message.text, work.settings.commands)
    decision: Decision | None = None
    if (command := reading.command) is not None:
        if (done if reading.proof else repeats) and _counts_once(command):
            decision = Refused(reason=Refusal.REPEATED)
        else:
            decision = decide(work, letter, person, command, reading=reading, checked=checked)
    elif (settled := _settle(work, letter, person)) is not None:
        reading, decision = settled
    return Case(letter=letter, person=person, reading=reading, decision=decision, repeats=repeats)


def respond(work: Work, case: Case, message_id: str) -> bool:
    """Do what follows from the decision; True if it was a valid command."""
    command, decision = case.reading.command, case.decision
    if command is None or decision is None:
        _explain(work, case)
        return False
    if isinstance(decision, Granted):
        return _obey(work, case, command, message_id=message_id, by=decision.by)
    subject = f"{message_id} {command.keyword}"
    if isinstance(decision, Refused):
        _refuse(work, case, command, decision, subject)
    else:
        work.tx.audit.add(work.now, case.person.id, "challenged", subject)
        _challenge(work, case)
    return False


def _counts_once(command: Command) -> bool:
    """To do it twice is another thing than to do it once."""
    return isinstance(command, Use) or command.built_in is BuiltIn.TEST


def _settle(work: Work, letter: Letter, person: Person) -> tuple[Reading, Decision] | None:
    """What the answer to an open challenge means; None if it is no such thing."""
    given, pending = bare_digits(letter.message.text), work.tx.commands.pending(letter.sender)
    if given is None or pending is None:
        return None
    work.tx.commands.close_challenge(letter.sender)
    at_hand = standing(work.tx, letter.sender, work.now)
    decision: Decision = settle_challenge(pending.challenge, given, at_hand, work.now)
    if decision == Refused(reason=Refusal.NO_CHALLENGE):
        return None
    asked = read(pending.text, work.settings.commands, with_proof=False)
    if asked.command is None:  # the configuration has changed meanwhile: there is no such keyword any more
        return None
    is_theirs = pending.person == person.id and is_permitted(person, asked.command, asked.tier)
    if isinstance(decision, Granted) and not is_theirs:
        decision = Refused(reason=Refusal.NOT_PERMITTED)
    return asked, decision


def _obey(work: Work, case: Case, command: Command, *, message_id: str, by: Authorisation) -> bool:
    event = KeywordReceived(
        id=message_id,
        keyword=command.keyword,
        person=case.person.id,
        arguments=command.arguments,
        authorisation=by,
        at=work.now,
        values=dict(command.values),
    )
    if isinstance(command, Use):
        hand_over(work, event, sender=case.letter.sender, words=case.reading.words)
    else:
        work.announce(event)  # the engine itself does what it asks for
    outcome = _do(work, case, command)
    if case.reading.tier >= Tier.CONCERNED:
        work.tx.audit.add(work.now, case.person.id, "commanded", f"{message_id} {command.keyword} {by}")
    kind = AnswerKind.ACTION if outcome.effective else AnswerKind.PASSIVE
    answer(work, case.letter, kind, outcome.answer, repeats=case.repeats)
    if case.reading.tier >= Tier.PROVEN:
        report(work, case.letter, case.person, case.reading.words, by)
    return outcome.effective


def _do(work: Work, case: Case, command: Command) -> Effectiveness:
    match command:
        case Acknowledge():
            return acknowledge(work, case.letter, case.person, command)
        case Snooze():
            return snooze(work, case.letter, case.person, command)
        case Use():
            return use(work, case.letter, case.person, command, case.reading.words)
        case _:
            return ask(work, case.letter, case.person, command)


def _challenge(work: Work, case: Case) -> None:
    """Only whoever has the phone can read the code. Where it may not be sent, nothing waits for it."""
    code = str(work.ids.draw(10**CHALLENGE_DIGITS)).zfill(CHALLENGE_DIGITS)
    minutes = int(CHALLENGE_LIFE.total_seconds() // 60)
    text = case.letter.phrases.challenge.format(code=code, minutes=minutes, command=case.reading.words)
    if answer(work, case.letter, AnswerKind.CHALLENGE, text, repeats=case.repeats, life=CHALLENGE_LIFE):
        challenge = OpenChallenge(code=code, expires_at=work.now + CHALLENGE_LIFE)
        pending = PendingCommand(person=case.person.id, text=case.reading.words, challenge=challenge)
        work.tx.commands.challenge(case.letter.sender, pending)


def _refuse(work: Work, case: Case, command: Command, refused: Refused, subject: str) -> None:
    note_refusal(work, case.letter, case.person.id, subject, refused)
    phrases = case.letter.phrases
    texts = {
        Refusal.NOT_PERMITTED: _not_permitted(work, case, command),
        Refusal.NO_PROOF: phrases.needs_proof.format(usage=case.reading.words),
        Refusal.NOTHING_SET: phrases.nothing_set,
        Refusal.LATE: phrases.late,
    }
    if refused.reason.is_told:
        answer(work, case.letter, AnswerKind.ERROR, texts[refused.reason], repeats=case.repeats)


def _explain(work: Work, case: Case) -> None:
    """Say how to write it, or what can be written at all."""
    misuse = case.reading.misuse
    if misuse is not None:
        text = _how_to_write(work, case, misuse)
        answer(work, case.letter, AnswerKind.ERROR, text, repeats=case.repeats)
        return
    if case.person.id in work.settings.commands.answered_elsewhere:
        return
    text = f"{case.letter.phrases.not_understood} {help_text(work, case.letter, case.person)}"
    answer(work, case.letter, AnswerKind.HELP, text, repeats=case.repeats)


def _how_to_write(work: Work, case: Case, misuse: Misuse) -> str:
    if not is_permitted(case.person, misuse.command, case.reading.tier):
        return _not_permitted(work, case, misuse.command)
    return case.letter.phrases.how_to_write.format(usage=misuse.usage)


def _not_permitted(work: Work, case: Case, command: Command) -> str:
    if isinstance(command, Acknowledge):
        return work.speaker(case.person).texts.not_allowed
    return case.letter.phrases.not_permitted
