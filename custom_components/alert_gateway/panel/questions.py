"""The websocket commands that look."""

from typing import TYPE_CHECKING, Any, Final

import probatio as vol
from homeassistant.exceptions import ServiceValidationError

from alert_engine.history import MOST
from alert_engine.model import AlarmState, MessageState, Severity
from alert_engine.request_checks import MAX_TEXT
from custom_components.alert_gateway.const import DOMAIN

from .command import ID, Desk, Message, Shown, question
from .shown_alarms import is_found, shown_alarm, shown_story, worst_first
from .shown_messages import shown_attempt, shown_inbound, shown_item, shown_message
from .shown_people import shown_dry_run, shown_people, shown_tests
from .shown_routes import shown_signal, shown_standings, shown_traffic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from enum import StrEnum

    from homeassistant.helpers.typing import VolDictType

PAGE: Final = 50
MOST_OPEN: Final = 1000  # open alarms in one answer

_PAGING: VolDictType = {
    vol.Optional("before"): ID,
    vol.Optional("limit", default=PAGE): vol.All(int, vol.Range(min=1, max=MOST - 1)),
}


def _some(codes: type[StrEnum]) -> vol.All[Any]:
    """Some of these codes, each counted once."""
    return vol.All([vol.Coerce(codes)], vol.Length(max=100), _each_once)


def _each_once(codes: Iterable[StrEnum]) -> frozenset[StrEnum]:
    return frozenset(codes)


@question(
    "open_alarms",
    {
        vol.Optional("find", default=""): vol.All(str, vol.Length(max=100)),
        vol.Optional("limit", default=MOST_OPEN): vol.All(int, vol.Range(min=1, max=MOST_OPEN)),
    },
)
async def open_alarms(desk: Desk, msg: Message) -> Shown:
    """Open alarms in which all these words are, in the order of the overview, which has only the first."""
    alarms = worst_first(await desk.engine.open_alarms())
    shown = [shown_alarm(alarm, desk.lens) for alarm in alarms]
    found = [alarm for alarm in shown if is_found(alarm, msg["find"])]
    return {**_page(found, msg), "count": len(found)}


@question("alarms", {vol.Optional("states"): _some(AlarmState), vol.Optional("alarm_id"): ID, **_PAGING})
async def alarms(desk: Desk, msg: Message) -> Shown:
    """Episodes with what happened to them, open and closed: a page of them, or one."""
    if "alarm_id" in msg:
        story = await desk.engine.history.alarm(msg["alarm_id"])
        if story is None:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="alarm_not_found")
        return _page([shown_story(story, desk.lens)], msg)
    stories = await desk.engine.history.alarms(states=msg.get("states"), **_one_more(msg))
    return _page([shown_story(story, desk.lens) for story in stories], msg)


@question(
    "messages",
    {
        vol.Optional("person"): ID,
        vol.Optional("alarm_id"): ID,
        vol.Optional("states"): _some(MessageState),
        **_PAGING,
    },
)
async def messages(desk: Desk, msg: Message) -> Shown:
    """Messages of the outbox, the newest first."""
    found = await desk.engine.history.messages(
        recipient=msg.get("person"), alarm_id=msg.get("alarm_id"), states=msg.get("states"), **_one_more(msg)
    )
    return _page([shown_message(message, desk.lens) for message in found], msg)


@question("attempts", {vol.Required("uid"): ID})
async def attempts(desk: Desk, msg: Message) -> Shown:
    """Each attempt to send a message."""
    found = await desk.engine.history.attempts(msg["uid"])
    return {"items": [shown_attempt(attempt, desk.lens) for attempt in found]}


@question("senders", {vol.Optional("limit", default=MOST): vol.All(int, vol.Range(min=1, max=MOST))})
async def senders(desk: Desk, msg: Message) -> Shown:
    """The newest message of each who ever wrote, whoever wrote last first."""
    found = await desk.engine.history.senders(limit=msg["limit"])
    return {"items": [shown_inbound(message, desk.lens) for message in found]}


@question("inbox", {vol.Optional("person"): ID, **_PAGING})
async def inbox(desk: Desk, msg: Message) -> Shown:
    """Inbound messages, the newest first."""
    found = await desk.engine.history.inbox(person=msg.get("person"), **_one_more(msg))
    return _page([shown_inbound(message, desk.lens) for message in found], msg)


@question(
    "conversation",
    {vol.Exclusive("person", "whose"): ID, vol.Exclusive("inbound", "whose"): ID, **_PAGING},
)
async def conversation(desk: Desk, msg: Message) -> Shown:
    """What was written to and by a person, or whoever wrote an inbound message."""
    address, whose = None, None
    if "inbound" in msg:
        asked = await desk.engine.history.inbound(msg["inbound"])
        if asked is None:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="message_not_found")
        address, whose = asked.sender, shown_inbound(asked, desk.lens)
    found = await desk.engine.history.conversation(
        person=msg.get("person"), address=address, **_one_more(msg)
    )
    return {**_page([shown_item(item, desk.lens) for item in found], msg), "whose": whose}


@question("routes")
async def routes(desk: Desk, _msg: Message) -> Shown:
    """Each route with its signal, traffic and queue."""
    history = desk.engine.history
    return {
        "items": [
            {
                **route,
                "signal": shown_signal(history.signal(route["name"])),
                "traffic": shown_traffic(await history.route_figures(route["name"]), desk.lens),
            }
            for route in shown_standings(desk)
        ],
    }


@question("people", {vol.Optional("severity", default=Severity.HIGH): vol.Coerce(Severity)})
async def people(desk: Desk, msg: Message) -> Shown:
    """Who an alarm of this severity would reach now, who is on call, and the newest test of each."""
    roster = await desk.engine.roster.on_call(severity=msg["severity"])
    tests = await desk.engine.rehearsing.newest()
    return {**shown_people(desk.engine.people, roster, desk.lens), "tests": shown_tests(tests)}


@question(
    "dry_run", {vol.Required("person"): ID, vol.Required("text"): vol.All(str, vol.Length(max=MAX_TEXT))}
)
async def dry_run(desk: Desk, msg: Message) -> Shown:
    """What would happen if this person texted this now."""
    run = await desk.engine.rehearsing.dry_run(msg["person"], msg["text"])
    return shown_dry_run(run, desk.lens)


def _one_more(msg: Message) -> dict[str, Any]:
    """Ask for one more than is shown: it tells whether there is another page."""
    return {"before": msg.get("before"), "limit": msg["limit"] + 1}


def _page(found: Sequence[Shown], msg: Message) -> Shown:
    return {"items": found[: msg["limit"]], "more": len(found) > msg["limit"]}


QUESTIONS = (
    open_alarms,
    alarms,
    messages,
    attempts,
    senders,
    inbox,
    conversation,
    routes,
    people,
    dry_run,
)
