"""What each provider says, in its own octets: a desk for each kind of account and each kind of message.

The octets come from the contract tests of the providers; only numbers, ids and times are put in here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.etree import ElementTree as ET

from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import Channel
from alert_engine.routes.base import ErrorClass, ReportStatus
from tests.engine.providers import (
    generic_accounts,
    test_azure,
    test_generic_presets,
    test_infobip,
    test_infobip_calls,
    test_link_common,
    test_link_mylink,
    test_openvoip,
    test_spryng,
    test_spryng_v1,
    test_telesign,
    test_twilio,
    test_twilio_callbacks,
    test_vibes,
    test_websms,
    test_websms_callbacks,
)
from tests.engine.providers.stand_in import Answer
from tests.engine.providers.story import HttpDesk, Refusal
from tests.engine.support import now

if TYPE_CHECKING:
    from alert_engine.routes.providers.exchange import ProviderRequest
    from tests.engine.providers.story import Sent

TEMPORARY, RECIPIENT, MESSAGE, ACCOUNT = (
    ErrorClass.TEMPORARY,
    ErrorClass.RECIPIENT,
    ErrorClass.MESSAGE,
    ErrorClass.ACCOUNT,
)
THROTTLED = Answer(status=429, body="{}", headers={"Retry-After": "7"})
BUSY = Answer(status=503)
NOT_OURS = Answer(status=401, body="{}")


def form_of(request: ProviderRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def json_of(request: ProviderRequest) -> Any:
    return json.loads(request.body)


def stamp() -> str:
    return now().isoformat().replace("+00:00", "Z")


def template(text: str) -> str:
    """A text by WhatsApp that any recipient gets."""
    return f"template: {text}"


def free(text: str) -> str:
    """One that only those get who wrote not long ago."""
    return f"free: {text}"


def throttled(said: Answer = THROTTLED) -> Refusal:
    return Refusal(error_class=TEMPORARY, said=said, name="throttled")


def nowhere(said: Answer) -> Refusal:
    return Refusal(error_class=RECIPIENT, said=said, elsewhere=False, name="no such number")


def says(error_class: ErrorClass, said: Any, name: str = "") -> Refusal:
    return Refusal(error_class=error_class, said=said, name=name)


class OverTwilio(HttpDesk):
    kind = "twilio"
    callback_url = test_twilio_callbacks.CALLBACK
    other = Answer(body=json.dumps({"status": "active"}))
    refusals: ClassVar[tuple[Refusal, ...]] = (
        says(TEMPORARY, test_twilio.failure("30001")),
        throttled(Answer(status=429, body='{"code":20429}', headers={"Retry-After": "7"})),
        says(RECIPIENT, test_twilio.failure("21612")),
        nowhere(test_twilio.failure("21211")),
        says(MESSAGE, test_twilio.failure("21617")),
        says(ACCOUNT, test_twilio.failure("20003", 401)),
    )
    prefix: ClassVar[str] = "SM"
    way: ClassVar[str] = ""  # in front of numbers

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        form = form_of(request)
        assert form["To"].startswith(self.way)
        return form["To"].removeprefix(self.way), form["Body"]

    def reference(self, request: ProviderRequest, index: int) -> str:
        return f"{self.prefix}{index:032x}"

    def taken(self, sent: Sent) -> Answer:
        return test_twilio.taken(sent.reference)

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        word = {ReportStatus.PENDING: "sent", ReportStatus.FAILED: "undelivered"}.get(status, status.value)
        form = {"MessageSid": sent.reference, "MessageStatus": word, "To": self.way + sent.address}
        return test_twilio_callbacks.called(form)

    def inbound(self, text: str) -> HttpRequest:
        form = {"MessageSid": f"SM{abs(hash(text)):032x}"[:34], "From": self.way + self.number, "Body": text}
        return test_twilio_callbacks.called(form)


class TwilioSms(OverTwilio):
    settings: ClassVar = {**test_twilio.CREDENTIALS, "sender": test_twilio.SENDER}
    opt_out = says(RECIPIENT, test_twilio.failure("21610"))


class TwilioWhatsApp(OverTwilio):
    channel = Channel.WHATSAPP
    settings: ClassVar = {
        **test_twilio.CREDENTIALS,
        "whatsapp_sender": test_twilio.SENDER,
        "whatsapp_template": test_twilio.TEMPLATE,
    }
    prefix = "MM"
    way = "whatsapp:"

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        form = form_of(request)
        if "ContentSid" in form:
            assert form["ContentSid"] == test_twilio.TEMPLATE
            return form["To"].removeprefix(self.way), template(json.loads(form["ContentVariables"])["1"])
        return form["To"].removeprefix(self.way), free(form["Body"])


class TwilioCall(OverTwilio):
    channel = Channel.CALL
    settings: ClassVar = {**test_twilio.CREDENTIALS, "caller": test_twilio.SENDER}
    prefix = "CA"
    hears = False
    refusals = (
        says(TEMPORARY, test_twilio.failure("20429", 429)),
        says(RECIPIENT, test_twilio.failure("21215")),
        nowhere(test_twilio.failure("21217")),
        says(MESSAGE, test_twilio.failure("21999")),
        says(ACCOUNT, test_twilio.failure("21210")),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        form = form_of(request)
        said = ET.fromstring(form["Twiml"]).find("Gather/Say")
        assert said is not None
        return form["To"], said.text or ""

    def uid(self, request: ProviderRequest) -> str:
        gather = ET.fromstring(form_of(request)["Twiml"]).find("Gather")
        assert gather is not None
        return parse_qs(urlsplit(gather.attrib["action"]).query)["uid"][0]

    def taken(self, sent: Sent) -> Answer:
        return Answer(status=201, body=json.dumps({"sid": sent.reference, "status": "queued"}))

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        word = {ReportStatus.PENDING: "ringing", ReportStatus.FAILED: "no-answer"}.get(status, "completed")
        return test_twilio_callbacks.called(
            {"CallSid": sent.reference, "CallStatus": word, "To": sent.address}
        )

    def key(self, sent: Sent, key: str) -> HttpRequest:
        form = {"CallSid": sent.reference, "CallStatus": "in-progress", "Digits": key}
        return test_twilio_callbacks.called(form, query=f"uid={sent.uid}")


class OverTelesign(HttpDesk):
    kind = "telesign"
    callback_url = test_telesign.CALLBACK
    settings: ClassVar = {"customer_id": test_telesign.ID, "api_key": test_telesign.KEY}
    other = Answer(status=404, body='{"status":{"code":10017}}')
    names_ours = True
    codes: ClassVar = {ReportStatus.DELIVERED: "200", ReportStatus.PENDING: "290", ReportStatus.FAILED: "207"}
    accepted: ClassVar[str] = "290"
    kept: ClassVar[str] = ""  # in front of the reference, here

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        form = form_of(request)
        return f"+{form['phone_number']}", form["message"]

    def uid(self, request: ProviderRequest) -> str:
        return form_of(request)["external_id"]

    def reference(self, request: ProviderRequest, index: int) -> str:
        return f"{index + 1:032X}"

    def taken(self, sent: Sent) -> Answer:
        return test_telesign.told(self.accepted, reference=sent.reference)

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        body = {
            "reference_id": sent.reference,
            "external_id": sent.uid,
            "status": {"code": int(self.codes[status]), "updated_on": stamp()},
        }
        return test_telesign.called(json.dumps(body).encode())

    def inbound(self, text: str) -> HttpRequest:
        body = {
            "reference_id": "F" * 32,
            "status": {"code": 1500, "updated_on": stamp()},
            "user_response": {"phone_number": self.number[1:], "sender_id": "1", "mo_message": text},
        }
        return test_telesign.called(json.dumps(body).encode())


class TelesignSms(OverTelesign):
    refusals = (
        says(TEMPORARY, test_telesign.told("505")),
        throttled(),
        says(RECIPIENT, test_telesign.told("230")),
        nowhere(test_telesign.failure("11000", 400)),
        says(MESSAGE, test_telesign.failure("11009", 400)),
        says(ACCOUNT, test_telesign.failure("-30015", 401)),
    )
    opt_out = says(RECIPIENT, test_telesign.told("510"))


class TelesignCall(OverTelesign):
    channel = Channel.CALL
    settings: ClassVar = {**OverTelesign.settings, "calls": True}
    hears = False
    accepted = "103"
    codes: ClassVar = {ReportStatus.DELIVERED: "100", ReportStatus.PENDING: "103", ReportStatus.FAILED: "107"}
    refusals = (
        says(TEMPORARY, test_telesign.told("107")),
        says(RECIPIENT, test_telesign.failure("10034", 400)),
        says(MESSAGE, test_telesign.failure("11009", 400)),
        says(ACCOUNT, test_telesign.failure("10030", 402)),
    )

    def refusal_of(self, number: str) -> Refusal | None:
        """Of its SMS the same: it has no account for calls alone."""
        return self.saying

    def key(self, sent: Sent, key: str) -> HttpRequest:
        body = {
            "reference_id": sent.reference,
            "external_id": sent.uid,
            "status": {"code": 100, "updated_on": stamp()},
            "voice": {"user_input": key, "caller_id": "43"},
        }
        return test_telesign.called(json.dumps(body).encode())


class OverInfobip(HttpDesk):
    kind = "infobip"
    callback_url = test_infobip_calls.MOMENT.callback_url
    account: ClassVar = {"api_key": test_infobip.KEY, "base_url": "https://xyz12.api.infobip.com"}
    other = Answer(body='{"balance":47.79134,"currency":"EUR","results":[]}')
    names_ours = True  # its ids are ours
    groups: ClassVar = {
        ReportStatus.DELIVERED: (5, 3),
        ReportStatus.PENDING: (7, 1),
        ReportStatus.FAILED: (9, 2),
    }
    refusals = (
        says(TEMPORARY, test_infobip.answered(29, 4)),
        throttled(),
        says(RECIPIENT, test_infobip.answered(4, 2)),
        nowhere(test_infobip.answered(8, 5)),
        says(MESSAGE, test_infobip.answered(24, 5)),
        says(ACCOUNT, test_infobip.answered(12, 5)),
    )
    opt_out: ClassVar[Refusal | None] = says(RECIPIENT, test_infobip.answered(10, 5))

    def one(self, request: ProviderRequest) -> Any:
        (message,) = json_of(request)["messages"]
        return message

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        message = self.one(request)
        return f"+{message['destinations'][0]['to']}", message["content"]["text"]

    def reference(self, request: ProviderRequest, index: int) -> str:
        return str(self.one(request)["destinations"][0]["messageId"])

    def uid(self, request: ProviderRequest) -> str:
        return self.reference(request, 0).removeprefix("whatsapp-").removeprefix("call-")

    def taken(self, sent: Sent) -> Answer:
        return test_infobip.answered(26, 1, messageId=sent.reference)

    def told(self, sent: Sent, number: int, group: int, **more: Any) -> HttpRequest:
        times = {"sentAt": stamp(), "doneAt": stamp()}
        told = test_infobip_calls.result(
            number, group, messageId=sent.reference, to=sent.address[1:], **times, **more
        )
        return test_infobip_calls.call([told])

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        return self.told(sent, *self.groups[status])

    def inbound(self, text: str) -> HttpRequest:
        return test_infobip_calls.call(
            [{"messageId": f"in-{text}", "from": self.number[1:], "text": text, "receivedAt": stamp()}]
        )


class InfobipSms(OverInfobip):
    settings: ClassVar = {**OverInfobip.account, "sender": "Alarm"}
    tells_of_opt_out = True

    def opt_out_report(self, sent: Sent) -> HttpRequest:
        return self.told(sent, 14, 5)


class InfobipWhatsApp(OverInfobip):
    channel = Channel.WHATSAPP
    settings: ClassVar = {
        **OverInfobip.account,
        "sms": False,
        "whatsapp_sender": "+441134960000",
        "whatsapp_template": "alarm",
    }
    opt_out = None

    def one(self, request: ProviderRequest) -> Any:
        body = json_of(request)
        return body["messages"][0] if "messages" in body else body

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        message = self.one(request)
        content = message["content"]
        if "templateName" in content:
            return f"+{message['to']}", template(content["templateData"]["body"]["placeholders"][0])
        return f"+{message['to']}", free(content["text"])

    def reference(self, request: ProviderRequest, index: int) -> str:
        return str(self.one(request)["messageId"])

    def inbound(self, text: str) -> HttpRequest:
        written = test_infobip_calls.whatsapp(type="TEXT", text=text)
        changes = {"from": self.number[1:], "receivedAt": stamp(), "messageId": f"in-{text}"}
        return test_infobip_calls.call([written | changes])


class InfobipCall(OverInfobip):
    channel = Channel.CALL
    settings: ClassVar = {**OverInfobip.account, "sms": False, "voice_sender": "+441134960009"}
    opt_out = None
    hears = False

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        message = self.one(request)
        return f"+{message['destinations'][0]['to']}", message["text"]

    def key(self, sent: Sent, key: str) -> HttpRequest:
        voice = {"feature": "Text-to-Speech", "answerTime": stamp(), "endTime": stamp(), "dtmfCodes": key}
        return self.told(sent, 5, 3, voiceCall=voice)


class OverAzure(HttpDesk):
    kind = "azure"
    callback_url = test_azure.MOMENT.callback_url
    settings: ClassVar = {"connection_string": test_azure.CONNECTION, "sender": "+18005551234"}
    other = Answer(status=404, body='{"title":"Not Found","status":404}')
    tells_of_opt_out = True
    states: ClassVar = {
        ReportStatus.DELIVERED: "Delivered",
        ReportStatus.PENDING: "Pending",
        ReportStatus.FAILED: "Failed",
    }
    refusals = (
        says(TEMPORARY, test_azure.one(500)),
        throttled(),
        nowhere(test_azure.one(404)),
        says(MESSAGE, test_azure.one(422)),
        says(ACCOUNT, test_azure.one(403)),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        body = json_of(request)
        return body["smsRecipients"][0]["to"], body["message"]

    def reference(self, request: ProviderRequest, index: int) -> str:
        return f"Outgoing_{index}"

    def taken(self, sent: Sent) -> Answer:
        return Answer(status=202, body=test_azure.item(to=sent.address, messageId=sent.reference))

    def told(self, sent: Sent, state: str, details: str) -> HttpRequest:
        data = test_azure.REPORT | {
            "messageId": sent.reference,
            "to": sent.address,
            "deliveryStatus": state,
            "deliveryStatusDetails": details,
            "receivedTimestamp": stamp(),
        }
        return test_azure.call([test_azure.event("SMSDeliveryReportReceived", data)])

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        return self.told(sent, self.states[status], "")

    def opt_out_report(self, sent: Sent) -> HttpRequest:
        return self.told(sent, "Failed", "4007: The recipient has opted out")

    def inbound(self, text: str) -> HttpRequest:
        data = test_azure.INBOUND | {"From": self.number, "Message": text, "ReceivedTimestamp": stamp()}
        return test_azure.call([test_azure.event("SMSReceived", data, id=text)])


class OverWebsms(HttpDesk):
    kind = "websms"
    callback_url = test_websms.CALLBACK
    settings: ClassVar = {"token": test_websms.TOKEN, "sender": "Alarm"}
    other = test_websms.told("4002")
    names_ours = True
    states: ClassVar = {
        ReportStatus.DELIVERED: "delivered",
        ReportStatus.PENDING: "accepted",
        ReportStatus.FAILED: "undelivered",
    }
    refusals = (
        says(TEMPORARY, test_websms.told("5003")),
        throttled(
            Answer(headers={"Retry-After": "7"}, body='{"statusCode":4023,"statusMessage":"throttled"}')
        ),
        says(RECIPIENT, test_websms.told("4042")),
        nowhere(test_websms.told("4002")),
        says(MESSAGE, test_websms.told("4027")),
        says(ACCOUNT, test_websms.told("4022")),
    )
    opt_out: ClassVar[Refusal | None] = says(RECIPIENT, test_websms.told("4030"))

    def is_message(self, request: ProviderRequest) -> bool:
        return bool(json_of(request)["recipientAddressList"])

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        body = json_of(request)
        assert body.get("messageType", "default") == ("voice" if self.channel is Channel.CALL else "default")
        return f"+{body['recipientAddressList'][0]}", body["messageContent"]

    def uid(self, request: ProviderRequest) -> str:
        return str(json_of(request)["clientMessageId"])

    def reference(self, request: ProviderRequest, index: int) -> str:
        return f"{index:020x}"

    def taken(self, sent: Sent) -> Answer:
        return test_websms.taken(transferId=sent.reference)

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        report = test_websms_callbacks.REPORT | {
            "transferId": sent.reference,
            "recipientAddress": sent.address[1:],
            "deliveryReportMessageStatus": self.states[status],
            "deliveredOn": stamp(),
            "clientMessageId": sent.uid,
        }
        return test_websms_callbacks.called(report)

    def inbound(self, text: str) -> HttpRequest:
        written = {"senderAddress": self.number[1:], "textMessageContent": text, "notificationId": text}
        return test_websms_callbacks.called(test_websms_callbacks.TEXT | written)


class WebsmsSms(OverWebsms):
    """An SMS."""


class WebsmsCall(OverWebsms):
    channel = Channel.CALL
    settings: ClassVar = {"token": test_websms.TOKEN, "sms": False, "calls": True}
    opt_out = None
    hears = False


class WebsmsWhatsApp(OverWebsms):
    channel = Channel.WHATSAPP
    settings: ClassVar = {
        "token": test_websms.TOKEN,
        "sms": False,
        "whatsapp_channel": test_websms.CHANNEL,
    }
    opt_out = None
    tells = False  # its reports name an id that nobody was told
    needs_a_word = True

    async def greet(self) -> None:
        picture = {"from": self.number[1:], "id": "wamid.0", "type": "image", "image": {}}
        await self.call(test_websms_callbacks.called(test_websms_callbacks.whatsapp(messages=[picture])))

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        body = json_of(request)
        return f"+{body['recipientAddressList'][0]}", free(body["messageContent"]["text"]["body"])

    def inbound(self, text: str) -> HttpRequest:
        written = {
            "from": self.number[1:],
            "id": f"wamid.{text}",
            "timestamp": str(int(now().timestamp())),
            "type": "text",
            "text": {"body": text},
        }
        return test_websms_callbacks.called(test_websms_callbacks.whatsapp(messages=[written]))


class OverMyLink(HttpDesk):
    kind = "mylink"
    callback_url = test_link_mylink.CALLBACK
    account: ClassVar = {"client_id": "house", "client_secret": test_link_mylink.SECRET}
    names_ours = True
    never: ClassVar = {RECIPIENT: "it refuses numbers by HTTP 400 without a code, and by reports"}
    states: ClassVar = {
        ReportStatus.DELIVERED: (2000, "delivered"),
        ReportStatus.PENDING: (1001, "sent"),
        ReportStatus.FAILED: (4000, "failed"),
    }
    refusals = (
        says(TEMPORARY, BUSY),
        throttled(),
        says(MESSAGE, Answer(status=400, body='{"requestId":"1","message":"x"}')),
        says(ACCOUNT, Answer(status=403)),
    )
    way: ClassVar[str] = "sms"

    def is_message(self, request: ProviderRequest) -> bool:
        return urlsplit(request.url).path.endswith("/messages")

    def answered(self, request: ProviderRequest) -> Answer:
        return test_link_mylink.TOKEN if "/token" in request.url else self.other

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        (message,) = json_of(request)
        return message["recipient"], message["content"]["text"]

    def uid(self, request: ProviderRequest) -> str:
        return str(json_of(request)[0]["referenceId"])

    def reference(self, request: ProviderRequest, index: int) -> str:
        return f"18647eb4-49a9-46d6-955b-{index:012x}"

    def taken(self, sent: Sent) -> Answer:
        return test_link_mylink.taken(messageId=sent.reference, referenceId=sent.uid, recipient=sent.address)

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        code, kind = self.states[status]
        told = {"messageId": sent.reference, "referenceId": sent.uid, "type": kind, "code": code}
        changes = {"channel": self.way, "recipient": sent.address, "timeStamp": stamp(), "status": told}
        return test_link_mylink.called(test_link_mylink.REPORT | changes)

    def inbound(self, text: str) -> HttpRequest:
        changes = {
            "eventId": text,
            "channel": self.way,
            "timeStamp": stamp(),
            "provider": {"timestamp": stamp()},
            "reply": {"sender": self.number, "text": text},
        }
        return test_link_mylink.called(test_link_mylink.REPLY | changes)


class MyLinkSms(OverMyLink):
    settings: ClassVar = {**OverMyLink.account, "sender": "+4799999999"}


class MyLinkWhatsApp(OverMyLink):
    channel = Channel.WHATSAPP
    settings: ClassVar = {
        **OverMyLink.account,
        "whatsapp_sender": "+4799999998",
        "whatsapp_template": "alarm",
    }
    way = "whatsapp"

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        (message,) = json_of(request)
        media = message["content"]["media"]
        if media["type"] == "template":
            (body,) = media["template"]["components"]
            return message["recipient"], template(body["parameters"][0]["text"])
        return message["recipient"], free(media["text"]["body"])


class OverLinkCommon(HttpDesk):
    kind = "link_common"
    callback_url = test_link_common.CALLBACK
    settings: ClassVar = {**test_link_common.SETTINGS, "gates": ["BVldZyQt"]}
    names_ours = True
    codes: ClassVar = {
        ReportStatus.DELIVERED: 1001,
        ReportStatus.PENDING: 1005,
        ReportStatus.FAILED: 2104,
    }
    refusals = (
        says(TEMPORARY, test_link_common.told("106000", status=400)),
        throttled(),
        nowhere(test_link_common.told("2104", status=400)),
        says(MESSAGE, test_link_common.told("3000", status=400)),
        says(ACCOUNT, test_link_common.told("106101", status=400)),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        body = json_of(request)
        return body["destination"], body["userData"]

    def uid(self, request: ProviderRequest) -> str:
        return str(json_of(request)["refId"])

    def reference(self, request: ProviderRequest, index: int) -> str:
        return f"Dcshuhod0PMAAAFQ+/Pb{index:04d}"

    def taken(self, sent: Sent) -> Answer:
        return test_link_common.taken(messageId=sent.reference, smsCount=1)

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        told = test_link_common.report(sent.reference, self.codes[status])
        return test_link_common.called(told | {"refId": sent.uid, "timestamp": stamp()})

    def inbound(self, text: str) -> HttpRequest:
        content = {"type": "SMS", "userData": text, "encoding": "TEXT"}
        changes = {"source": self.number, "content": content, "timestamp": stamp(), "messageId": text}
        return test_link_common.called(test_link_common.INBOUND | changes)


class OverSpryng(HttpDesk):
    kind = "spryng"
    callback_url = test_spryng.CALLBACK
    settings: ClassVar = {**test_spryng.SETTINGS, "sender": "Alarm"}
    tells_of_opt_out = True
    never: ClassVar = {RECIPIENT: "of numbers it tells by reports"}
    words: ClassVar = {
        ReportStatus.DELIVERED: "Delivered",
        ReportStatus.FAILED: "Failed",
        ReportStatus.PENDING: "InProgress",
    }
    refusals = (
        says(TEMPORARY, BUSY),
        throttled(),
        says(MESSAGE, test_spryng.failure(400, "invalid_msisdn")),
        says(ACCOUNT, test_spryng.failure(403, "forbidden")),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        body = json_of(request)
        return body["recipients"][0]["msisdn"], body["body"]["text"]

    def reference(self, request: ProviderRequest, index: int) -> str:
        return f"0929df71-d1ea-4b02-87b2-{index:012x}"

    def taken(self, sent: Sent) -> Answer:
        data = {"requestId": "8dcad127", "messageIds": [sent.reference]}
        return Answer(status=202, body=json.dumps({"data": data}))

    def event(self, status: str, **fields: Any) -> HttpRequest:
        told = test_spryng.event(status, OccurredAtTime=stamp(), Msisdn=self.number[1:], **fields)
        return HttpRequest(method="POST", path=test_spryng.PATH, body=json.dumps(told).encode())

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        return self.event(self.words[status], MessageId=sent.reference)

    def opt_out_report(self, sent: Sent) -> HttpRequest:
        return self.event("Failed", MessageId=sent.reference, Reason="OptedOut")

    def inbound(self, text: str) -> HttpRequest:
        return self.event("Received", MessageId=f"in-{text}", Body=text, MessageParts=1)


class OverSpryngV1(HttpDesk):
    kind = "spryng_v1"
    callback_url = test_spryng_v1.MOMENT.callback_url
    settings: ClassVar = test_spryng_v1.SETTINGS
    tells = False
    never: ClassVar = {RECIPIENT: "its documentation has no code for a number"}
    other = Answer(body='{"amount": 12.5}')
    refusals = (
        says(TEMPORARY, BUSY),
        throttled(),
        says(MESSAGE, Answer(status=422, body='{"message":"words"}')),
        says(ACCOUNT, NOT_OURS),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        body = json_of(request)
        return f"+{body['recipients'][0]}", body["body"]

    def reference(self, request: ProviderRequest, index: int) -> str:
        return f"9dbc5ffb-7524-4fae-9514-{index:012x}"

    def taken(self, sent: Sent) -> Answer:
        return Answer(body=json.dumps({"id": sent.reference, "encoding": "plain", "credits": 1}))

    def inbound(self, text: str) -> HttpRequest:
        word, _, rest = text.partition(" ")
        query = f"MSISDN={self.number[1:]}&KEYWORD={word}&PARM={rest}&TIMESTAMP=20260301140800"
        return HttpRequest(method="GET", path=test_spryng_v1.PATH, query=query)


class OverVibes(HttpDesk):
    kind = "vibes"
    number = test_vibes.MDN
    callback_url = test_vibes.CALLBACK
    settings: ClassVar = {"user": "alarm@example.org", "password": test_vibes.PASSWORD, "source": "98765"}
    other = Answer(status=404)
    names_ours = True
    tells_of_opt_out = True
    never: ClassVar = {RECIPIENT: "of numbers it tells by receipts"}
    refusals = (
        says(TEMPORARY, BUSY),
        throttled(),
        says(MESSAGE, Answer(status=400, body="<error/>")),
        says(ACCOUNT, Answer(status=403)),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        root = ET.fromstring(request.body)
        destination = root.find("destination")
        assert destination is not None
        return destination.attrib["address"], root.findtext("text") or ""

    def uid(self, request: ProviderRequest) -> str:
        return ET.fromstring(request.body).attrib["submitterMessageId"]

    def reference(self, request: ProviderRequest, index: int) -> str:
        return f"865cd3d1-bea6-4a6f-8bac-{index:012x}"

    def taken(self, sent: Sent) -> Answer:
        body = f'<?xml version="1.0"?><mtMessage messageId="{sent.reference}"/>'
        return Answer(body=body, content_type="text/xml")

    def posted(self, body: str) -> HttpRequest:
        return HttpRequest(method="POST", path=test_vibes.PATH, body=body.encode())

    def told(self, sent: Sent, receipt: str) -> HttpRequest:
        ours = receipt.replace(test_vibes.ID, sent.reference).replace("239487234987234", sent.uid)
        return self.posted(ours)

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        stage = "Carrier" if status is ReportStatus.PENDING else "Handset"
        return self.told(sent, test_vibes.receipt(stage, error=status is ReportStatus.FAILED))

    def opt_out_report(self, sent: Sent) -> HttpRequest:
        blocked = test_vibes.receipt("System", error=True, codes=test_vibes.internal("9"))
        return self.told(sent, blocked)

    def inbound(self, text: str) -> HttpRequest:
        return self.posted(test_vibes.inbound(text, date=stamp()))


class OverVibesPlatform(HttpDesk):
    kind = "vibes_platform"
    callback_url = ""
    settings: ClassVar = {
        "user": "u",
        "password": test_vibes.PASSWORD,
        "company_key": "3TXCkPcC",
        "event_type": "alarm",
    }
    tells = False
    hears = False
    never: ClassVar = {RECIPIENT: "it takes events, and looks at numbers later"}
    refusals = (
        says(TEMPORARY, BUSY),
        throttled(),
        says(MESSAGE, Answer(status=422, body='{"errors":[{"message":"words","code":"invalid"}]}')),
        says(ACCOUNT, NOT_OURS),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        data = json_of(request)["event_data"]
        return data["mdn"], data["message"]

    def reference(self, request: ProviderRequest, index: int) -> str:
        return str(json_of(request)["event_id"])

    def taken(self, sent: Sent) -> Answer:
        return Answer(status=202, body=json.dumps({"event_id": sent.reference}))


class OverOpenvoip(HttpDesk):
    kind = "openvoip"
    number = "+393331234567"
    callback_url = ""
    settings: ClassVar = {"secret": "geheim", "caller_group": "42", "sender": "Alarm"}
    tells = False
    hears = False
    never: ClassVar = {MESSAGE: "its description has no code for a text"}
    refusals = (
        says(TEMPORARY, test_openvoip.answered("099")),
        throttled(),
        says(RECIPIENT, test_openvoip.answered("020")),
        says(ACCOUNT, test_openvoip.answered("-1", "Security error")),
    )

    def is_message(self, request: ProviderRequest) -> bool:
        return request.method == "GET"

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        query = parse_qs(urlsplit(request.url).query)
        return query["sms_destination"][0], query["sms_text"][0]

    def reference(self, request: ProviderRequest, index: int) -> str:
        return ""

    def taken(self, sent: Sent) -> Answer:
        return test_openvoip.answered("000", "forwarded")


class OverGeneric(HttpDesk):
    """A preset of the generic HTTP route."""

    kind = "generic_http"
    callback_url = generic_accounts.CALLBACK
    preset: ClassVar[str]

    def __init_subclass__(cls) -> None:
        extra = generic_accounts.EXTRAS.get(cls.preset, {})
        cls.settings = {"preset": cls.preset, "settings": generic_accounts.SETTINGS[cls.preset], **extra}

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        form = form_of(request)
        return f"+{form['to']}", form["text"]

    def reference(self, request: ProviderRequest, index: int) -> str:
        return f"{77229318510 + index}"


class Seven(OverGeneric):
    preset = "seven"
    other = Answer(body="290.67")
    words: ClassVar = {
        ReportStatus.DELIVERED: "DELIVERED",
        ReportStatus.PENDING: "TRANSMITTED",
        ReportStatus.FAILED: "NOTDELIVERED",
    }
    refusals = (
        says(TEMPORARY, test_generic_presets.seven("600")),
        throttled(),
        says(RECIPIENT, test_generic_presets.seven("202")),
        says(MESSAGE, test_generic_presets.seven("305")),
        says(ACCOUNT, test_generic_presets.seven("500")),
    )

    def taken(self, sent: Sent) -> Answer:
        message = {"id": sent.reference, "parts": 1, "success": True, "error": None}
        return test_generic_presets.told({"success": "100", "messages": [message]})

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        data = {"msg_id": sent.reference, "status": self.words[status]}
        body = {"data": data, "webhook_event": "dlr", "webhook_timestamp": stamp()}
        return generic_accounts.a_call(json.dumps(body))

    def inbound(self, text: str) -> HttpRequest:
        data = {"id": text, "sender": self.number[1:], "text": text, "time": str(int(now().timestamp()))}
        return generic_accounts.a_call(json.dumps({"data": data, "webhook_event": "sms_mo"}))


class Sinch(OverGeneric):
    preset = "sinch"
    names_ours = True
    never: ClassVar = {RECIPIENT: "of numbers it tells by reports"}
    words: ClassVar = {
        ReportStatus.DELIVERED: "Delivered",
        ReportStatus.PENDING: "Dispatched",
        ReportStatus.FAILED: "Failed",
    }
    refusals = (
        says(TEMPORARY, BUSY),
        throttled(),
        says(MESSAGE, test_generic_presets.told({"code": "syntax", "text": "x"}, 400)),
        says(ACCOUNT, test_generic_presets.told({"code": "x"}, 403)),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        body = json_of(request)
        return body["to"][0], body["body"]

    def uid(self, request: ProviderRequest) -> str:
        return str(json_of(request)["client_reference"])

    def taken(self, sent: Sent) -> Answer:
        return test_generic_presets.told({"id": sent.reference, "type": "mt_text"}, 201)

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        body = {"type": "recipient_delivery_report_sms", "batch_id": sent.reference, "at": stamp()}
        body["client_reference"] = sent.uid
        body |= {"recipient": sent.address[1:], "code": "0", "status": self.words[status]}
        return generic_accounts.a_call(json.dumps(body))

    def inbound(self, text: str) -> HttpRequest:
        body = {"type": "mo_text", "id": text, "from": self.number[1:], "body": text, "received_at": stamp()}
        return generic_accounts.a_call(json.dumps(body))


class Vonage(OverGeneric):
    preset = "vonage"
    other = Answer(body='{"value":10.28,"autoReload":false}')
    words: ClassVar = {
        ReportStatus.DELIVERED: "delivered",
        ReportStatus.PENDING: "buffered",
        ReportStatus.FAILED: "failed",
    }
    refusals = (
        says(TEMPORARY, test_generic_presets.vonage("5")),
        throttled(),
        says(RECIPIENT, test_generic_presets.vonage("7")),
        says(MESSAGE, test_generic_presets.vonage("3")),
        says(ACCOUNT, test_generic_presets.vonage("9")),
    )

    def taken(self, sent: Sent) -> Answer:
        message = {"to": sent.address[1:], "message-id": sent.reference, "status": "0"}
        return test_generic_presets.told({"message-count": "1", "messages": [message]})

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        told = {"messageId": sent.reference, "msisdn": sent.address[1:], "status": self.words[status]}
        stamped = {"err-code": "0", "message-timestamp": now().strftime("%Y-%m-%d %H:%M:%S")}
        return generic_accounts.a_call(json.dumps(told | stamped), Content_Type="application/json")

    def inbound(self, text: str) -> HttpRequest:
        told = {"type": "text", "msisdn": self.number[1:], "messageId": text, "text": text}
        return generic_accounts.a_call(json.dumps(told), Content_Type="application/json")


class ClickSend(OverGeneric):
    preset = "clicksend"
    other = Answer(body='{"data":{"balance":"2.005718"}}')
    tells = False
    hears = False
    refusals = (
        says(TEMPORARY, test_generic_presets.clicksend("THROTTLED")),
        says(RECIPIENT, test_generic_presets.clicksend("INVALID_RECIPIENT")),
        says(MESSAGE, test_generic_presets.clicksend("EMPTY_MESSAGE")),
        says(ACCOUNT, test_generic_presets.clicksend("INSUFFICIENT_CREDIT")),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        (message,) = json_of(request)["messages"]
        return message["to"], message["body"]

    def taken(self, sent: Sent) -> Answer:
        message = {"message_id": sent.reference, "message_parts": 1, "status": "SUCCESS"}
        return test_generic_presets.told({"data": {"messages": [message]}})


class MessageBird(OverGeneric):
    preset = "messagebird"
    other = Answer(body='{"payment":"prepaid","type":"euros","amount":12}')
    calls = False
    hears = False
    never: ClassVar = {RECIPIENT: "of numbers it tells when it is asked"}
    words: ClassVar = {
        ReportStatus.DELIVERED: "delivered",
        ReportStatus.PENDING: "buffered",
        ReportStatus.FAILED: "delivery_failed",
    }
    refusals = (
        says(TEMPORARY, BUSY),
        throttled(),
        says(MESSAGE, test_generic_presets.messagebird(10)),
        says(ACCOUNT, test_generic_presets.messagebird(25, 402)),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        body = json_of(request)
        return f"+{body['recipients'][0]}", body["body"]

    def taken(self, sent: Sent) -> Answer:
        return test_generic_presets.told({"id": sent.reference, "direction": "mt", "type": "sms"}, 201)

    def state_of(self, sent: Sent, status: ReportStatus) -> Answer:
        item = {"recipient": int(sent.address), "status": self.words[status]}
        return test_generic_presets.told({"id": sent.reference, "recipients": {"items": [item]}})


class BulkSms(OverGeneric):
    preset = "bulksms"
    other = Answer(body='{"credits":{"balance":80.25}}')
    calls = False
    hears = False
    opt_out = says(RECIPIENT, test_generic_presets.bulksms("FAILED", "BLOCKED"))
    words: ClassVar = {
        ReportStatus.DELIVERED: "DELIVERED",
        ReportStatus.PENDING: "SENT",
        ReportStatus.FAILED: "FAILED",
    }
    refusals = (
        says(TEMPORARY, BUSY),
        throttled(),
        says(RECIPIENT, test_generic_presets.bulksms("FAILED", "NOT_SENT")),
        says(MESSAGE, test_generic_presets.told({"status": 400, "title": "Bad Request"}, 400)),
        says(ACCOUNT, test_generic_presets.told({"status": 403, "title": "Insufficient Credits"}, 403)),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        body = json_of(request)
        return body["to"], body["body"]

    def taken(self, sent: Sent) -> Answer:
        status = {"id": "ACCEPTED.null", "type": "ACCEPTED"}
        return test_generic_presets.told([{"id": sent.reference, "status": status}], 201)

    def state_of(self, sent: Sent, status: ReportStatus) -> Answer:
        kind = self.words[status]
        told = {"id": f"{kind}.null", "type": kind}
        return test_generic_presets.told({"id": sent.reference, "to": sent.address[1:], "status": told})


class Clickatell(OverGeneric):
    preset = "clickatell"
    other = Answer(body='{"currency":"EUR","balance":3.5}')
    tells = False
    hears = False
    opt_out = says(RECIPIENT, test_generic_presets.clickatell(26))
    refusals = (
        says(TEMPORARY, test_generic_presets.clickatell(19)),
        throttled(test_generic_presets.told({"error": {"code": 43}}, 429)),
        says(RECIPIENT, test_generic_presets.clickatell(25)),
        says(MESSAGE, test_generic_presets.clickatell(24)),
        says(ACCOUNT, test_generic_presets.clickatell(20)),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        (message,) = json_of(request)["messages"]
        return f"+{message['to']}", message["content"]

    def taken(self, sent: Sent) -> Answer:
        message = {"apiMessageId": sent.reference, "accepted": True, "to": sent.address[1:]}
        return test_generic_presets.told({"messages": [message]}, 202)


class BerlinSms(OverGeneric):
    """With the rules that its owner must set: nothing of its answers is documented."""

    preset = "berlinsms"
    tells = False
    hears = False
    never: ClassVar = {RECIPIENT: "no code of it is known"}
    refusals = (
        says(TEMPORARY, BUSY),
        throttled(),
        says(MESSAGE, Answer(status=400)),
        says(ACCOUNT, NOT_OURS),
    )

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        form = form_of(request)
        return f"+{form['target']}", form["text"]

    def taken(self, sent: Sent) -> Answer:
        return Answer(body="OK 17", content_type="text/plain")


class BerlinSmsXml(BerlinSms):
    preset = "berlinsms_xml"

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        root = ET.fromstring(request.body)
        return f"+{root.findtext('target')}", root.findtext("text") or ""
