"""What the gateway answers to commands, in three languages. All in the GSM 7 bit alphabet.

The texts about alarms are `texts.Texts`. No phrase is itself a command or a consent word, so that two
gateways cannot command each other.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """The patterns of one language, with named fields."""

    help_alarms: str  # to whoever may acknowledge
    help_status: str
    help_keywords: str
    help_stranger: str
    not_understood: str
    how_to_write: str
    status: str
    nothing_open: str
    status_of: str
    nobody: str
    who_of: str
    all_taken: str
    snoozed: str
    not_snoozed: str
    not_sent: str
    not_permitted: str
    needs_proof: str
    nothing_set: str
    late: str
    challenge: str
    done: str
    test_sent: str
    stopped: str
    started: str
    used: str


_ENGLISH = Phrases(
    help_alarms="OK 4711: I take it. OK ALL: all. SNOOZE 4711 30: quiet for 30 min. WHO 4711: who took it.",
    help_status="STATUS: what is open.",
    help_keywords="Also: {words}.",
    help_stranger="{gateway} sends you alarms. STOP ends that, START begins it again.",
    not_understood="I did not understand that.",
    how_to_write="Write it so: {usage}",
    status="{open} open, {unacknowledged} of them not taken. {queue} messages wait.",
    nothing_open="Nothing is open. {queue} messages wait.",
    status_of="{code} {title}: {state}",
    nobody="nobody",
    who_of="{code} {title}: {who}",
    all_taken="{count} alarms are yours",
    snoozed="{code} is quiet until {time}: {title}",
    not_snoozed="{code} cannot be made quiet now: {title}",
    not_sent="{code} was not sent to you",
    not_permitted="You may not do that",
    needs_proof="Put your PIN or one-time code at the end: {usage} 123456",
    nothing_set="You have no PIN and no one-time code yet",
    late="Your message came too late for its one-time code. Send a new one",
    challenge="Reply {code} within {minutes} min to {command}",
    done="Done: {command}",
    test_sent="The test {code} is on its way",
    stopped="{gateway}: you get no more messages, also no alarms. START undoes that.",
    started="{gateway}: you get messages and alarms again. STOP ends that.",
    used="{who} commanded: {command} ({time}, {proof})",
)

_GERMAN = Phrases(
    help_alarms="OK 4711: ich übernehme. OK ALLE: alle. PAUSE 4711 30: 30 min Ruhe. WER 4711: wer hat es.",
    help_status="STATUS: was offen ist.",
    help_keywords="Außerdem: {words}.",
    help_stranger="{gateway} sendet Ihnen Alarme. STOP beendet das, START beginnt wieder.",
    not_understood="Das habe ich nicht verstanden.",
    how_to_write="So schreiben: {usage}",
    status="{open} offen, davon {unacknowledged} nicht übernommen. {queue} Nachrichten warten.",
    nothing_open="Nichts ist offen. {queue} Nachrichten warten.",
    status_of="{code} {title}: {state}",
    nobody="niemand",
    who_of="{code} {title}: {who}",
    all_taken="{count} Alarme übernommen",
    snoozed="{code} ist ruhig bis {time}: {title}",
    not_snoozed="{code} kann jetzt nicht ruhig sein: {title}",
    not_sent="{code} wurde nicht an Sie gesendet",
    not_permitted="Das dürfen Sie nicht",
    needs_proof="PIN oder Einmalcode ans Ende: {usage} 123456",
    nothing_set="Für Sie ist weder PIN noch Einmalcode eingerichtet",
    late="Ihre Nachricht kam zu spät für ihren Einmalcode. Bitte neu senden",
    challenge="Antworten Sie {code} binnen {minutes} min für {command}",
    done="Erledigt: {command}",
    test_sent="Der Test {code} ist unterwegs",
    stopped="{gateway}: Sie bekommen keine Nachrichten mehr, auch keine Alarme. START macht das rückgängig.",
    started="{gateway}: Sie bekommen wieder Nachrichten und Alarme. STOP beendet das.",
    used="{who} hat befohlen: {command} ({time}, {proof})",
)

_ITALIAN = Phrases(
    help_alarms="OK 4711: lo prendo io. OK TUTTI: tutti. RIMANDA 4711 30: tace per 30 min. CHI 4711: di chi.",
    help_status="STATO: che cosa è aperto.",
    help_keywords="Anche: {words}.",
    help_stranger="{gateway} Le invia allarmi. STOP li ferma, START li riprende.",
    not_understood="Non ho capito.",
    how_to_write="Scriva così: {usage}",
    status="{open} aperti, di cui {unacknowledged} non presi. {queue} messaggi in attesa.",
    nothing_open="Niente è aperto. {queue} messaggi in attesa.",
    status_of="{code} {title}: {state}",
    nobody="nessuno",
    who_of="{code} {title}: {who}",
    all_taken="{count} allarmi presi da Lei",
    snoozed="{code} in silenzio fino alle {time}: {title}",
    not_snoozed="{code} ora non può tacere: {title}",
    not_sent="{code} non è stato inviato a Lei",
    not_permitted="Non è autorizzato",
    needs_proof="Metta il PIN o il codice monouso alla fine: {usage} 123456",
    nothing_set="Per Lei non c'è ancora né PIN né codice monouso",
    late="Il messaggio è arrivato troppo tardi per il suo codice monouso. Ne invii uno nuovo",
    challenge="Risponda {code} entro {minutes} min per {command}",
    done="Fatto: {command}",
    test_sent="Il test {code} è partito",
    stopped="{gateway}: non riceverà più messaggi, nemmeno allarmi. START annulla.",
    started="{gateway}: riceverà di nuovo messaggi e allarmi. STOP li ferma.",
    used="{who} ha comandato: {command} ({time}, {proof})",
)

PHRASES = {"en": _ENGLISH, "de": _GERMAN, "it": _ITALIAN}


def phrases_for(language: str) -> Phrases:
    """The phrases of a language ("de", "de-AT"); English where there are none."""
    return PHRASES.get(language.partition("-")[0], _ENGLISH)
