"""STOP and START: honoured at once, confirmed once, and seen by whoever looks after the alarms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.decisions.consent import Consent, channels_meant
from alert_engine.decisions.replies import AnswerKind
from alert_engine.journal.tables.consent import OptOut
from alert_engine.model import Channel, MessageState
from alert_engine.operations.effects import readdress
from alert_engine.operations.messages import OPTED_OUT
from alert_engine.operations.opt_outs import complain, settle, take_back
from alert_engine.texts import DEFAULT_LANGUAGE, has_texts

from .answering import answer

if TYPE_CHECKING:
    from alert_engine.decisions.consent import ConsentWord
    from alert_engine.texts import Texts
    from alert_engine.work import Work

    from .letter import Letter


def honour(work: Work, letter: Letter, word: ConsentWord, message_id: str) -> None:
    """Do what STOP or START asks for. What is so already is not answered again."""
    if not letter.message.sender_can_be_answered:
        return
    if word.meaning is Consent.STOP:
        _stop(work, letter, word, message_id)
    else:
        _start(work, letter, word, message_id)


def _start(work: Work, letter: Letter, word: ConsentWord, message_id: str) -> None:
    """The provider of the route has read it, too: what it blocked for a STOP of its own is open again."""
    take_back(work, letter.sender, letter.route)
    if not work.tx.consent.start(letter.sender, channels_meant(letter.channel)):
        return
    _audit(work, letter, "opted_in", message_id)
    if letter.person is not None:
        settle(work, letter.person)
    text = _phrases(work, letter, word).started.format(gateway=work.settings.gateway)
    answer(work, letter, AnswerKind.CONSENT, text)


def _stop(work: Work, letter: Letter, word: ConsentWord, message_id: str) -> None:
    channels = channels_meant(letter.channel)
    opt_out = OptOut(
        address=letter.sender,
        channels=channels,
        since=work.now,
        word=word.word,
        language=word.language,
        person=letter.person.id if letter.person is not None else "",
    )
    if not work.tx.consent.stop(opt_out):
        return
    for entry in tuple(work.tx.messages.under_way_to(letter.sender)):
        if entry.message.channel not in channels:
            continue
        if entry.message.state is MessageState.QUEUED:
            readdress(work, entry, OPTED_OUT)
        else:
            work.save(entry, replace(entry, withdrawn=True))
    _audit(work, letter, "opted_out", message_id)
    phrases = _phrases(work, letter, word)
    stopped = phrases.stopped if letter.channel is Channel.SMS else phrases.stopped_whatsapp
    text = stopped.format(gateway=work.settings.gateway)
    answer(work, letter, AnswerKind.CONSENT, text)
    if letter.person is not None:
        complain(work, letter.person)


def _phrases(work: Work, letter: Letter, word: ConsentWord) -> Texts:
    """In the language of the word; an English one is written everywhere and says nothing of that."""
    is_telling = word.language != DEFAULT_LANGUAGE and has_texts(word.language, work.settings.templates)
    return work.texts(word.language) if is_telling else letter.phrases


def _audit(work: Work, letter: Letter, action: str, message_id: str) -> None:
    actor = letter.person.id if letter.person is not None else "unknown"
    work.tx.audit.add(work.now, actor, action, message_id)
