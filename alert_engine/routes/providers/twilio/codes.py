"""What Twilio's words and numbers mean.

Sources: twilio.com/docs/api/errors, twilio.com/docs/whatsapp/api/error-code-mapping, the tables of the test
credentials, and the resources Message and Call of the API of 2010-04-01.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.routes.base import ReportStatus
from alert_engine.routes.providers.meaning import elsewhere, fix, later, nowhere, unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.routes.providers.meaning import Meaning

# What is about one destination only is told of the address, not of the account: a country that is not enabled
# must not stop the messages to all others.
CODES: Mapping[str, Meaning] = {
    "20003": fix(
        "Twilio does not accept the credentials: look at account_sid and auth_token, or the API key"
    ),
    "20429": later("Twilio asks for a pause"),
    "20503": later("Twilio is not available now"),
    # Before it is queued
    "21210": fix("Twilio does not know the caller as a number of the account: verify it in the console"),
    "21211": nowhere("Twilio says that this is no valid number"),
    "21212": fix("Twilio does not accept the sender: look at the sender in the settings"),
    "21214": elsewhere("Twilio cannot reach this number by call"),
    "21215": elsewhere("calls to this country are not enabled: see Voice > Geo permissions in the console"),
    "21216": elsewhere("Twilio blocks calls to this number for the account"),
    "21217": nowhere("Twilio says that this is no valid number"),
    "21265": elsewhere("Twilio sends nothing to short codes"),
    "21408": elsewhere("SMS to this country are not enabled: see Messaging > Geo permissions in the console"),
    "21601": fix("the sender does not belong to the account: look at the sender in the settings"),
    "21602": unfit("Twilio takes no empty message"),
    "21603": fix("Twilio misses the sender: look at the sender in the settings"),
    "21606": fix("Twilio says that the sender cannot send messages: look at the sender in the settings"),
    "21607": fix("an account on trial sends from its trial number only: set that as the sender, or pay"),
    "21608": elsewhere("the account is on trial, and this number is not verified: verify it, or pay"),
    "21609": fix("Twilio does not accept the address for callbacks: it must be a public https address"),
    "21610": elsewhere("this number told Twilio to stop: it must write START to the sender", opted_out=True),
    "21611": later("the queue of the sender is full"),
    "21612": elsewhere("Twilio has no way from this sender to this number"),
    "21614": nowhere("Twilio says that this is no mobile number"),
    "21617": unfit("the text is longer than Twilio takes"),
    "21635": nowhere("Twilio says that this is a landline"),
    "21655": unfit("Twilio does not know the template: look at whatsapp_template in the settings"),
    "21656": unfit("the template does not take the text: look at whatsapp_variable in the settings"),
    "21659": fix("the sender is none of Twilio's, or a short code of another country than the number"),
    "21660": fix("the sender does not belong to the account: look at the sender in the settings"),
    "21661": fix("the sender cannot send SMS: look at the sender in the settings"),
    "21705": fix("Twilio does not know the messaging service: look at messaging_service in the settings"),
    "21730": later("Twilio is being maintained"),
    # After it was queued
    "30001": later("Twilio's queue for the sender is full"),
    "30002": fix("Twilio has suspended the account: see the console"),
    "30003": later("the phone is switched off or out of reach"),
    "30004": elsewhere("the number or its network blocks this sender"),
    "30005": nowhere("no network knows this number"),
    "30006": elsewhere("the number is a landline, or Twilio cannot reach its network"),
    "30007": elsewhere("the network filtered the message as unwanted"),
    "30008": later("Twilio could not deliver it and does not know why"),
    "30036": later("it waited longer in Twilio's queue than it was valid"),
    # WhatsApp
    "63016": unfit("WhatsApp takes only templates a day after the last word of the recipient"),
    "63018": later("WhatsApp asks for a pause"),
    "63038": fix("the account has used up its messages of the day: ask Twilio for a higher limit"),
}

OF_MESSAGES: Mapping[str, ReportStatus] = {
    "accepted": ReportStatus.PENDING,
    "scheduled": ReportStatus.PENDING,
    "queued": ReportStatus.PENDING,
    "sending": ReportStatus.PENDING,
    "sent": ReportStatus.PENDING,
    "delivered": ReportStatus.DELIVERED,
    "partially_delivered": ReportStatus.DELIVERED,
    "read": ReportStatus.READ,
    "undelivered": ReportStatus.FAILED,
    "failed": ReportStatus.FAILED,
    "canceled": ReportStatus.FAILED,
}

OF_CALLS: Mapping[str, ReportStatus] = {
    "queued": ReportStatus.PENDING,
    "initiated": ReportStatus.PENDING,
    "ringing": ReportStatus.PENDING,
    "in-progress": ReportStatus.PENDING,
    "completed": ReportStatus.DELIVERED,
    "busy": ReportStatus.FAILED,
    "no-answer": ReportStatus.FAILED,
    "failed": ReportStatus.FAILED,
    "canceled": ReportStatus.FAILED,
}
