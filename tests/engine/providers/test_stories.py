"""The same story for each route: raise, send, report; and the modem, whatever goes wrong on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.model import AlarmState, Channel, MessageState
from alert_engine.routes.base import ErrorClass, ReportStatus, RouteState
from alert_engine.routes.providers.catalogue import TYPES, make
from alert_engine.routes.providers.generic_http import preset_names
from tests.engine.acceptance import HOUR
from tests.engine.providers import story_sessions as sessions
from tests.engine.providers import story_table as table
from tests.engine.providers.story import (
    CLOUD,
    MODEM,
    NUMBER,
    RAISED,
    Desk,
    HttpDesk,
    Line,
    Sent,
    a_stage,
    a_story,
)
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from alert_engine.model import Message
    from tests.engine.acceptance import Plan
    from tests.engine.providers.story import Refusal
    from tests.engine.support import Story

PRESETS: tuple[type[table.OverGeneric], ...] = (
    table.Seven,
    table.Sinch,
    table.Vonage,
    table.ClickSend,
    table.MessageBird,
    table.BulkSms,
    table.Clickatell,
    table.BerlinSms,
    table.BerlinSmsXml,
)
OVER_HTTP: tuple[type[HttpDesk], ...] = (
    table.TwilioSms,
    table.TwilioWhatsApp,
    table.TwilioCall,
    table.TelesignSms,
    table.TelesignCall,
    table.InfobipSms,
    table.InfobipWhatsApp,
    table.InfobipCall,
    table.OverAzure,
    table.WebsmsSms,
    table.WebsmsWhatsApp,
    table.WebsmsCall,
    table.MyLinkSms,
    table.MyLinkWhatsApp,
    table.OverLinkCommon,
    table.OverSpryng,
    table.OverSpryngV1,
    table.OverVibes,
    table.OverVibesPlatform,
    table.OverOpenvoip,
    *PRESETS,
)
DESKS: tuple[type[Desk], ...] = (
    *OVER_HTTP,
    sessions.OverSmpp,
    sessions.MailToPerson,
    sessions.MailToService,
    sessions.OverFileDrop,
)
# Storage is the modem's; a line that is down is nobody's answer, and has stories of its own.
SAID = frozenset(ErrorClass) - {ErrorClass.MEMORY, ErrorClass.DEVICE}

LONG = 700.0  # seconds: longer than any wait of the engine for these messages
DELIVERED, PENDING = ReportStatus.DELIVERED, ReportStatus.PENDING


def each(desks: Iterable[type[Desk]]) -> pytest.MarkDecorator:
    """A story for each of them."""
    return pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.__name__) for kind in desks])


def only(**wanted: object) -> pytest.MarkDecorator:
    """For those of whom this is true."""
    return each(kind for kind in DESKS if all(getattr(kind, name) == value for name, value in wanted.items()))


# --- the table is whole ---


def test_each_type_of_account_has_a_story() -> None:
    assert {kind.kind for kind in DESKS} == set(TYPES)


def test_each_preset_has_a_story() -> None:
    assert {kind.preset for kind in PRESETS} == set(preset_names())


@each(OVER_HTTP)
def test_an_account_of_a_story_carries_what_it_is_about(kind: type[HttpDesk]) -> None:
    carried = make(kind.kind, kind.settings).limits.channels
    # TeleSign has no calls without SMS.
    assert carried - {kind.channel} == ({Channel.SMS} if kind is table.TelesignCall else set())


@each(DESKS)
def test_each_class_of_refusal_has_a_story_or_a_reason_for_none(kind: type[Desk]) -> None:
    said = {refusal.error_class for refusal in kind.refusals}
    assert said | set(kind.never) == SAID
    assert not said & set(kind.never)


# --- all is well ---


def becomes(plan: Plan, at: float, *wanted: MessageState) -> None:
    """At this second these are the states of all messages, the oldest first."""

    async def look(story: Story) -> None:
        assert [each.state for each in await messages(story)] == list(wanted)

    plan.at(at).does(look)


async def messages(story: Story) -> list[Message]:
    return list(reversed(await story.engine.messages()))


@each(DESKS)
@story
async def test_the_person_is_told_once_and_nobody_else(tmp_path: Path, kind: type[Desk]) -> None:
    desk = kind()
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED).raises("pump")
        plan.between(RAISED, RAISED + 2).want(desk.person, "pump", channel=desk.channel, by=CLOUD)
        becomes(plan, RAISED + 3, MessageState.ACCEPTED)
        if desk.tells:
            plan.at(5).does(desk.reports(PENDING, DELIVERED))
            becomes(plan, 5 + desk.news_within, MessageState.DELIVERED)
        plan.until(LONG)
    assert desk.asked == 1


# --- it says no ---


def promise(desk: Desk, error_class: ErrorClass) -> float:
    """Seconds until the person is told by the modem."""
    if not desk.is_sms:  # the modem does not carry it: the next address it is
        waits = 20 if desk.channel is Channel.CALL else 62  # a call rings three times, a text waits
        return {ErrorClass.TEMPORARY: waits, ErrorClass.ACCOUNT: 20, ErrorClass.DEVICE: 20}.get(
            error_class, 5
        )
    return {ErrorClass.TEMPORARY: 10, ErrorClass.MESSAGE: 5}.get(error_class, 2)


def by_modem(plan: Plan, begins: float, ends: float, desk: Desk) -> None:
    """The person hears it by the modem, once: at the same address if the modem carries that kind."""
    person = desk.person if desk.is_sms else desk.elsewhere
    plan.between(begins, ends).want(person, "{pump}", by=MODEM)
    for at in range(int(begins) + 2, int(ends) + 11, 10):
        plan.at(at + 0.5).delivers(MODEM)


REFUSALS = [
    pytest.param(kind, refusal, id=f"{kind.__name__}-{refusal}")
    for kind in DESKS
    for refusal in kind.refusals
]


@pytest.mark.parametrize(("kind", "refusal"), REFUSALS)
@story
async def test_whatever_it_refuses_the_modem_tells(
    tmp_path: Path, kind: type[Desk], refusal: Refusal
) -> None:
    desk = kind()
    desk.saying = refusal

    async def look(story: Story) -> None:
        health = story.engine.routes()[CLOUD]
        if refusal.error_class is ErrorClass.ACCOUNT:
            assert health.state is RouteState.FAILED
            assert health.reason
            assert not any(private in health.reason for private in (desk.number, desk.number[1:], "pump"))
        else:
            assert health.state is RouteState.OK

    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED).raises("pump")
        ends = RAISED + promise(desk, refusal.error_class)
        if refusal.error_class is ErrorClass.RECIPIENT and not (desk.is_sms and refusal.elsewhere):
            # At the second address; nothing speaks against the provider there, where it carries SMS.
            way = CLOUD if desk.is_sms else MODEM
            plan.between(RAISED, ends).want(desk.elsewhere, "{pump}", by=way)
            plan.at(ends + 1.5).delivers(MODEM).does(desk.reports())
        else:
            by_modem(plan, RAISED, ends, desk)
        plan.at(RAISED + 1).does(look)
        plan.until(LONG)
    assert desk.asked >= 1


@each(DESKS)
@story
async def test_an_account_that_somebody_mended_is_used_again(tmp_path: Path, kind: type[Desk]) -> None:
    desk = kind()
    desk.saying = next(each for each in desk.refusals if each.error_class is ErrorClass.ACCOUNT)

    async def mend(_: Story) -> None:
        route: Any = desk.route  # each kind can be asked to look again
        desk.saying = None
        route.retry()

    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED).raises("pump")
        by_modem(plan, RAISED, RAISED + promise(desk, ErrorClass.ACCOUNT), desk)
        plan.at(100).does(mend)
        plan.at(150).raises("gate")
        plan.between(150, 152).want(desk.person, "gate", channel=desk.channel, by=CLOUD)
        plan.at(155).does(desk.reports())
        plan.until(LONG)


# --- they said stop ---


@each(kind for kind in DESKS if kind.opt_out is not None)
@story
async def test_whoever_said_stop_there_is_told_by_the_modem_from_then_on(
    tmp_path: Path, kind: type[Desk]
) -> None:
    desk = kind()
    desk.saying = desk.opt_out
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED).raises("pump")
        by_modem(plan, RAISED, RAISED + 2, desk)
        plan.at(100).raises("gate")
        plan.between(100, 102).want(desk.person, "{gate}", by=MODEM)
        plan.at(104).delivers(MODEM)
        plan.until(LONG)
    assert desk.asked == 1


@only(tells_of_opt_out=True)
@story
async def test_so_is_whoever_is_reported_to_have_said_stop(tmp_path: Path, kind: type[Desk]) -> None:
    desk = kind()

    async def told(_: Story) -> None:
        await desk.tell_opt_out(desk.left[0])

    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED).raises("pump")
        plan.between(RAISED, RAISED + 2).want(desk.person, "pump", by=CLOUD)
        plan.at(10).does(told)
        by_modem(plan, 10, 12, desk)
        plan.at(100).raises("gate")
        plan.between(100, 102).want(desk.person, "{gate}", by=MODEM)
        plan.at(104).delivers(MODEM)
        plan.until(LONG)
    assert desk.asked == 1


# --- the internet is cut ---


@each(DESKS)
@story
async def test_cut_before_it_left_the_modem_tells_and_later_the_route_is_used_again(
    tmp_path: Path, kind: type[Desk]
) -> None:
    desk = kind()
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED - 0.5).does(desk.becomes(Line.DOWN))
        plan.at(RAISED).raises("pump")
        by_modem(plan, RAISED, RAISED + promise(desk, ErrorClass.DEVICE), desk)
        plan.at(100).does(desk.becomes(Line.UP))
        # The next look at the account is five minutes after the last good one.
        plan.at(500).raises("gate")
        plan.between(500, 502).want(desk.person, "gate", channel=desk.channel, by=CLOUD)
        plan.at(505).does(desk.reports())
        plan.until(LONG)
    assert desk.asked == 1


@each(DESKS)
@story
async def test_cut_before_it_was_answered_the_modem_tells_when_the_doubt_is_over(
    tmp_path: Path, kind: type[Desk]
) -> None:
    desk = kind()
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED - 0.5).does(desk.becomes(Line.CUT))
        plan.at(RAISED).raises("pump")
        plan.between(RAISED, RAISED + 2).want(desk.person, "pump", channel=desk.channel, by=CLOUD)
        becomes(plan, RAISED + 3, MessageState.IN_DOUBT)
        by_modem(plan, RAISED + 15, RAISED + (17 if desk.is_sms else 40), desk)
        plan.at(100).does(desk.becomes(Line.UP))
        plan.at(200).does(desk.reports())  # nobody needs it any more
        plan.at(500).raises("gate")
        plan.between(500, 502).want(desk.person, "gate", channel=desk.channel, by=CLOUD)
        plan.at(505).does(desk.reports())
        plan.until(LONG)


@only(tells=True, calls=True, names_ours=True)
@story
async def test_a_report_in_time_settles_the_doubt(tmp_path: Path, kind: type[Desk]) -> None:
    desk = kind()
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED - 0.5).does(desk.becomes(Line.CUT))
        plan.at(RAISED).raises("pump")
        plan.between(RAISED, RAISED + 2).want(desk.person, "pump", channel=desk.channel, by=CLOUD)
        becomes(plan, RAISED + 3, MessageState.IN_DOUBT)
        plan.at(10).does(desk.reports())
        becomes(plan, 11, MessageState.DELIVERED)
        plan.until(LONG)


@only(tells=True, calls=True, names_ours=True)
@story
async def test_so_does_a_report_that_came_before_the_cut(tmp_path: Path, kind: type[Desk]) -> None:
    desk = kind()
    desk.early = True
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED - 0.5).does(desk.becomes(Line.CUT))
        plan.at(RAISED).raises("pump")
        plan.between(RAISED, RAISED + 2).want(desk.person, "pump", channel=desk.channel, by=CLOUD)
        becomes(plan, RAISED + 3, MessageState.DELIVERED)
        plan.until(LONG)


@each(DESKS)
@story
async def test_nobody_answers_at_all_and_the_modem_tells(tmp_path: Path, kind: type[Desk]) -> None:
    desk = kind()
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED - 0.5).does(desk.becomes(Line.MUTE))
        plan.at(RAISED).raises("pump")
        # An account for calls and SMS is not tried for both: the other way is one that may answer.
        by_modem(plan, RAISED, RAISED + 62, desk)
        plan.until(LONG)
    assert desk.left == []


# --- reports in any order ---


@only(tells=True, calls=True)
@story
async def test_a_report_before_the_answer_twice_and_backwards(tmp_path: Path, kind: type[Desk]) -> None:
    desk = kind()
    desk.early = True
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED).raises("pump")
        plan.between(RAISED, RAISED + 2).want(desk.person, "pump", channel=desk.channel, by=CLOUD)
        becomes(plan, RAISED + 3, MessageState.DELIVERED)
        plan.at(10).does(desk.reports(DELIVERED, DELIVERED, PENDING, ReportStatus.FAILED))
        becomes(plan, 11, MessageState.DELIVERED)
        plan.until(LONG)


@pytest.mark.parametrize(("earlier", "state"), [(HOUR - 60, "delivered"), (HOUR + 60, "accepted")])
@story
async def test_what_nobody_knows_yet_is_kept_for_an_hour(tmp_path: Path, earlier: float, state: str) -> None:
    desk = table.TwilioSms()
    unknown = Sent(at=0.0, address=desk.number, text="", reference=f"SM{0:032x}")
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED).does(lambda _: desk.tell(unknown))
        plan.at(RAISED + earlier).raises("pump")
        plan.between(RAISED + earlier, RAISED + earlier + 2).want(desk.person, "pump", by=CLOUD)
        becomes(plan, RAISED + earlier + 3, MessageState(state))
        plan.until(RAISED + earlier + 10)


# --- people answer ---


def is_taken(plan: Plan, at: float) -> None:
    """At this second the alarm is somebody's."""

    async def look(story: Story) -> None:
        (alarm,) = await story.engine.open_alarms()
        assert (alarm.state, alarm.acked_by) == (AlarmState.ACKED, "anna")

    plan.at(at).does(look)


@only(hears=True)
@story
async def test_an_answer_takes_the_alarm(tmp_path: Path, kind: type[Desk]) -> None:
    desk = kind()
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED).raises("pump")
        plan.between(RAISED, RAISED + 2).want(desk.person, "pump", channel=desk.channel, by=CLOUD)
        plan.at(10).does(desk.writes(plan, "OK {pump}"))
        plan.between(10, 13).want(desk.person, "{pump}", channel=desk.channel)
        is_taken(plan, 14)
        plan.until(LONG)


@each((table.TwilioCall, table.TelesignCall, table.InfobipCall))
@story
async def test_a_key_takes_the_alarm(tmp_path: Path, kind: type[Desk]) -> None:
    desk = kind()

    async def press(_: Story) -> None:
        await desk.press(desk.left[0], "1")

    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED).raises("pump")
        plan.between(RAISED, RAISED + 2).want(desk.person, "pump", channel=desk.channel, by=CLOUD)
        plan.at(20).does(press)
        is_taken(plan, 21)
        plan.until(LONG)


# --- the window of WhatsApp ---

DAY = 24 * HOUR


@each((table.TwilioWhatsApp, table.InfobipWhatsApp, table.MyLinkWhatsApp))
@story
async def test_free_text_for_a_day_after_somebody_wrote_and_else_the_template(
    tmp_path: Path, kind: type[Desk]
) -> None:
    desk = kind()
    async with a_story(tmp_path, desk) as plan:
        for at, key, form in (
            (RAISED, "pump", "template: "),
            (100, "gate", "free: "),
            (DAY + 15, "door", "template: "),
        ):
            plan.at(at).raises(key)
            plan.between(at, at + 2).want(desk.person, form, key, channel=desk.channel, by=CLOUD)
            plan.at(at + 5).does(desk.reports())
        plan.at(10).does(desk.writes(plan, "OK {pump}"))
        plan.between(10, 13).want(desk.person, "free: ", "{pump}", channel=desk.channel, by=CLOUD)
        plan.until(DAY + LONG)


@story
async def test_without_a_template_the_modem_tells(tmp_path: Path) -> None:
    desk = table.WebsmsWhatsApp()
    async with a_stage(tmp_path, desk) as (plan, _):
        plan.at(RAISED).raises("pump")
        by_modem(plan, RAISED, RAISED + promise(desk, ErrorClass.MESSAGE), desk)
        plan.until(LONG)
        await plan.play()
    assert desk.asked == 0


# --- numbers abroad ---


@each((table.OverOpenvoip, table.OverVibes))
@story
async def test_where_it_reaches_nobody_the_modem_tells(tmp_path: Path, kind: type[Desk]) -> None:
    desk = kind()
    desk.number = NUMBER
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED).raises("pump")
        by_modem(plan, RAISED, RAISED + 2, desk)
        plan.until(LONG)
    assert desk.asked == 0
