"""Services that make an SMS or a call of a mail: what they want to be sent. Facts, no code.

Sources: developer.websms.com (Email2SMS by SMTP) and the service description of websms; the help pages of
Spryng. docs/providers/smtp.md says what is not confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MailService:
    """Where to such a service is written, and in which form. An empty address: it does not do that."""

    sms_to: str = ""
    sms_to_unicode: str = ""  # for texts with characters that GSM 7 bit lacks; empty: the same as `sms_to`
    call_to: str = ""
    body: str = "{text}"
    max_length: int = 0  # characters of a text that it takes; 0: unknown
    # Signs that would end a field of the body, and what stands in their place.
    field_mark: str = ""
    # What its subject has in front of the credentials, where it takes them there.
    subject_login: str = ""


SERVICES = {
    "websms": MailService(
        sms_to="{number}@email2sms.websms.com",
        call_to="{number}@email2voice.websms.com",
        max_length=600,
        subject_login="SMSGW-Auth: ",
    ),
    "websms_link": MailService(
        sms_to="{number}@email2sms.linkmobility.eu",
        sms_to_unicode="{number}@email2sms-ucs.linkmobility.eu",
        call_to="{number}@email2voice.linkmobility.eu",
        max_length=600,
        subject_login="SMSGW-Auth: ",
    ),
    "spryng": MailService(
        sms_to="outbound@email2sms.spryng.nl",
        body="##Token:{token}\n##Message:{text}\n##Recipients:{number}\n##End\n",
        field_mark="##",
    ),
}
