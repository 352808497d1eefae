"""The websocket commands that do something. In the journal it was the user."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import probatio as vol
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from alert_engine.model import (
    AlarmAcknowledge,
    AlarmShelve,
    AlarmUnshelve,
    ReplyRequest,
    SendRequest,
    Verdict,
)
from alert_engine.request_checks import MAX_SHELVE, MAX_TEXT
from custom_components.alert_gateway.const import DOMAIN

from .command import ID, Desk, Message, Shown, act
from .shown_alarms import shown_alarm

if TYPE_CHECKING:
    from homeassistant.helpers.typing import VolDictType

    from alert_engine.model import AlarmResult, SendResult

_ALARM: VolDictType = {vol.Required("alarm_id"): ID}
_TEXT: VolDictType = {vol.Required("text"): vol.All(str, vol.Length(min=1, max=MAX_TEXT))}
# Clicking twice must not send twice: the page names each send.
_REQUEST: VolDictType = {vol.Optional("request_id"): vol.All(str, vol.Length(min=8, max=64))}
_LONGEST_SHELF: Final = int(MAX_SHELVE / timedelta(minutes=1))


@act("acknowledge", _ALARM)
async def acknowledge(desk: Desk, msg: Message) -> Shown:
    """Take an alarm."""
    request = AlarmAcknowledge(by=desk.viewer.by, alarm_id=msg["alarm_id"])
    return _shown(desk, await desk.engine.acknowledge(request))


@act("acknowledge_all")
async def acknowledge_all(desk: Desk, _msg: Message) -> Shown:
    """Take every alarm that nobody has taken. That there is none is no mistake: somebody was faster."""
    result = await desk.engine.acknowledge(AlarmAcknowledge(by=desk.viewer.by, all_open=True))
    return {"verdict": result.verdict, "count": len(result.alarms)}


@act("unacknowledge", _ALARM)
async def unacknowledge(desk: Desk, msg: Message) -> Shown:
    """Give an alarm back."""
    return _shown(desk, await desk.engine.unacknowledge(msg["alarm_id"], by=desk.viewer.by))


@act(
    "shelve",
    {**_ALARM, vol.Required("minutes"): vol.All(int, vol.Range(min=1, max=_LONGEST_SHELF))},
)
async def shelve(desk: Desk, msg: Message) -> Shown:
    """Keep an alarm quiet for a while."""
    until = dt_util.utcnow() + timedelta(minutes=msg["minutes"])
    request = AlarmShelve(by=desk.viewer.by, alarm_id=msg["alarm_id"], until=until)
    return _shown(desk, await desk.engine.shelve(request))


@act("unshelve", _ALARM)
async def unshelve(desk: Desk, msg: Message) -> Shown:
    """Let an alarm be loud again."""
    request = AlarmUnshelve(by=desk.viewer.by, alarm_id=msg["alarm_id"])
    return _shown(desk, await desk.engine.unshelve(request))


@act("close", _ALARM)
async def close(desk: Desk, msg: Message) -> Shown:
    """End an alarm, whatever its source says."""
    return _shown(desk, await desk.engine.close_alarm(msg["alarm_id"], by=desk.viewer.by))


@act("reply", {vol.Required("inbound"): ID, **_TEXT, **_REQUEST})
async def reply(desk: Desk, msg: Message) -> Shown:
    """Answer an inbound message by the way it came."""
    request = ReplyRequest(inbound_id=msg["inbound"], text=msg["text"], request_id=msg.get("request_id"))
    return _sent(await desk.engine.reply(request))


@act("send", {vol.Required("person"): ID, **_TEXT, **_REQUEST})
async def send(desk: Desk, msg: Message) -> Shown:
    """Write to a person who has not written. Numbers are for the action `send`."""
    if msg["person"] not in desk.lens.names:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="person_not_found")
    request = SendRequest(to=(msg["person"],), text=msg["text"], request_id=msg.get("request_id"))
    return _sent(await desk.engine.send(request))


@act("test_person", {vol.Required("person"): ID})
async def test_person(desk: Desk, msg: Message) -> Shown:
    """Test the whole way to a person by each channel."""
    begun = await desk.engine.rehearsing.test_person(msg["person"])
    return {"channels": [each.channel for each in begun], "messages": [each.message_uid for each in begun]}


@act("cancel_message", {vol.Required("uid"): ID})
async def cancel_message(desk: Desk, msg: Message) -> Shown:
    """Do not send a message that waits."""
    verdict = await desk.engine.cancel(msg["uid"])
    if verdict is Verdict.UNKNOWN:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="message_not_found")
    return {"verdict": verdict}


def _shown(desk: Desk, result: AlarmResult) -> Shown:
    if result.verdict is Verdict.UNKNOWN:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="alarm_not_found")
    return {
        "verdict": result.verdict,
        "alarms": [shown_alarm(alarm, desk.lens) for alarm in result.alarms],
    }


def _sent(result: SendResult) -> Shown:
    return {"verdict": result.verdict, "messages": [message.uid for message in result.messages]}


ACTS = (
    acknowledge,
    acknowledge_all,
    unacknowledge,
    shelve,
    unshelve,
    close,
    reply,
    send,
    test_person,
    cancel_message,
)
