"""Requests that make no sense are refused before anything is written; the text says which field and why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from .errors import InvalidRequestError, RequestReason
from .model import (
    AlarmClear,
    AlarmCommand,
    AlarmRaise,
    AlarmShelve,
    Channel,
    FollowUpOn,
    Heartbeat,
    KeyAcknowledge,
    MaintenanceEnd,
    MaintenanceStart,
    Proof,
    SendRequest,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .model import Ask, FollowUp

# Names are printed into topics, texts and tables.
_MAX_NAME = 256
# About ten segments; the network would take more, people do not read more.
MAX_TEXT = 1600
MAX_RECIPIENTS = 100
MAX_URL = 2000
MAX_FOLLOW_UPS = 8
MAX_DATA = 140  # octets: one segment (3GPP TS 23.040 clause 9.2.3.16)
MAX_FILE_NAME = 240
MEDIA_CHANNELS = (Channel.WHATSAPP, Channel.EMAIL)
DATA_CHANNELS = (Channel.SMS,)
# Whoever wants silence for longer has to say so again: nobody remembers a shelf of last month.
MAX_SHELVE = timedelta(days=7)
# A source that cannot say it again within this would let its alarm lapse between two of its own messages.
_SHORTEST_TTL = timedelta(seconds=1)
_LONGEST = timedelta(days=366)


def check(request: Ask, now: datetime) -> None:
    """Anything that may be asked. Raises InvalidRequestError."""
    match request:
        case AlarmRaise() | AlarmClear():
            _check_event(request)
        case SendRequest():
            _check_send(request, now)
        case KeyAcknowledge():
            _check_names(request.source, request.key, by=request.by, message_id=request.message_id)
        case Heartbeat():
            _check_names(request.source, request.key)
            _check_time("source_time", request.source_time)
            _check_duration("period", request.period)
            _check_duration("grace", request.grace)
        case MaintenanceStart() | MaintenanceEnd():
            _check_maintenance(request, now)
        case AlarmCommand():
            _check_command(request, now)
        case _:
            assert_never(request)


def _check_event(request: AlarmRaise | AlarmClear) -> None:
    _check_names(request.source, request.key, message_id=request.message_id)
    _check_time("source_time", request.source_time)
    if isinstance(request, AlarmRaise):
        _check_time("began_at", request.began_at)
        _check_duration("hold", request.hold)
        _check_duration("ttl", request.ttl, least=_SHORTEST_TTL)
        _check_optional_name("url", request.url, MAX_URL)
        _check_optional_name("parent", request.parent)


def _check_command(request: AlarmCommand, now: datetime) -> None:
    _check_name("by", request.by)
    _check_optional_name("message_id", request.message_id)
    _check_optional_name("alarm_id", request.alarm_id)
    _check_optional_name("code", request.code)
    named = [request.alarm_id is not None, request.code is not None, request.all_open]
    if sum(named) != 1:
        text = "name exactly one of alarm_id, code and all_open: which alarm is meant?"
        raise InvalidRequestError(text, RequestReason.ALARM_UNNAMED)
    if isinstance(request, AlarmShelve):
        _check_end(request.until, now)
        if request.until > now + MAX_SHELVE:
            days = str(MAX_SHELVE.days)
            text = f"until: an alarm is shelved for at most {days} days"
            raise InvalidRequestError(text, RequestReason.SHELVED_TOO_LONG, {"days": days})


def _check_maintenance(request: MaintenanceStart | MaintenanceEnd, now: datetime) -> None:
    _check_names(request.source, request.keys, by=request.by, message_id=request.message_id)
    if isinstance(request, MaintenanceStart) and request.until is not None:
        _check_end(request.until, now)


def _check_send(request: SendRequest, now: datetime) -> None:
    if not 0 < len(request.to) <= MAX_RECIPIENTS:
        text = f"to: name 1 to {MAX_RECIPIENTS} recipients"
        raise InvalidRequestError(text, RequestReason.RECIPIENTS_COUNT, _most(MAX_RECIPIENTS))
    is_special = request.media is not None or request.data is not None
    if not (request.text or request.title).strip() and not is_special:
        raise InvalidRequestError("text: it is empty", RequestReason.NO_TEXT)
    if len(request.text) + len(request.title) > MAX_TEXT:
        text = f"text: it is longer than {MAX_TEXT} characters, title included"
        raise InvalidRequestError(text, RequestReason.TEXT_TOO_LONG, _most(MAX_TEXT))
    _check_media(request)
    _check_data(request)
    _check_optional_name("request_id", request.request_id)
    _check_proof(request)
    _check_follow_ups(request.follow_ups)
    _check_expiry(request, now)


def _check_expiry(request: SendRequest, now: datetime) -> None:
    _check_time("not_before", request.not_before)
    _check_time("expires_at", request.expires_at)
    if request.expires_at is not None and request.expires_at <= max(now, request.not_before or now):
        text = "expires_at: it would expire before it could be sent"
        raise InvalidRequestError(text, RequestReason.EXPIRES_TOO_SOON)


def _check_proof(request: SendRequest) -> None:
    if request.proof is Proof.ACCEPTED:
        return
    if request.follow_ups:
        text = "proof: follow_ups say themselves what comes after what failed"
        raise InvalidRequestError(text, RequestReason.PROOF_WITH_FOLLOW_UPS)
    if request.media is not None or request.data is not None:
        text = "proof: media and data go by one way only, so there is no next one"
        raise InvalidRequestError(text, RequestReason.PROOF_WITH_MEDIA)


def _check_media(request: SendRequest) -> None:
    media = request.media
    if media is None:
        return
    _check_name("media", media.url, MAX_URL)
    if not media.url.startswith("https://") or " " in media.url:
        text = "media: it is an https:// address from which the other side fetches it"
        raise InvalidRequestError(text, RequestReason.MEDIA_ADDRESS)
    if media.file_name:
        _check_name("media.file_name", media.file_name, MAX_FILE_NAME)
    if request.channel not in {None, *MEDIA_CHANNELS}:
        text = f"media: {request.channel} cannot show it; WhatsApp and mail can"
        raise InvalidRequestError(text, RequestReason.MEDIA_CHANNEL)


def _check_data(request: SendRequest) -> None:
    if request.data is None:
        return
    if not 0 < len(request.data) <= MAX_DATA:
        text = f"data: it has 1 to {MAX_DATA} octets"
        raise InvalidRequestError(text, RequestReason.DATA_LENGTH, _most(MAX_DATA))
    if request.text or request.title or request.media is not None or request.plain or request.flash:
        text = "data: it is sent alone, without text, title, media, plain or flash"
        raise InvalidRequestError(text, RequestReason.DATA_ALONE)
    if request.channel not in {None, *DATA_CHANNELS}:
        text = f"data: {request.channel} cannot carry it; SMS can"
        raise InvalidRequestError(text, RequestReason.DATA_CHANNEL)


def _check_follow_ups(follow_ups: Sequence[FollowUp]) -> None:
    if len(follow_ups) > MAX_FOLLOW_UPS:
        text = f"follow_ups: at most {MAX_FOLLOW_UPS}"
        raise InvalidRequestError(text, RequestReason.FOLLOW_UPS_COUNT, _most(MAX_FOLLOW_UPS))
    for each in follow_ups:
        _check_follow_up(each)


def _check_follow_up(follow_up: FollowUp) -> None:
    if not follow_up.text.strip() or len(follow_up.text) > MAX_TEXT:
        text = f"follow_ups: a text has 1 to {MAX_TEXT} characters"
        raise InvalidRequestError(text, RequestReason.FOLLOW_UP_LENGTH, _most(MAX_TEXT))
    if len(follow_up.to) > MAX_RECIPIENTS:
        text = f"follow_ups: name at most {MAX_RECIPIENTS} recipients"
        raise InvalidRequestError(text, RequestReason.FOLLOW_UP_RECIPIENTS, _most(MAX_RECIPIENTS))
    if follow_up.on is FollowUpOn.FAILED and not follow_up.to:
        text = "follow_ups: what failed is told to somebody else: say to whom"
        raise InvalidRequestError(text, RequestReason.FOLLOW_UP_NOBODY)


def _most(number: int) -> dict[str, str]:
    return {"most": str(number)}


def _check_names(source: str, key: str, *, by: str | None = None, message_id: str | None = None) -> None:
    _check_name("source", source)
    _check_name("key", key)
    _check_optional_name("by", by)
    _check_optional_name("message_id", message_id)


def _check_name(field: str, value: str, longest: int = _MAX_NAME) -> None:
    if not value or len(value) > longest or not value.isprintable():
        text = f"{field}: it must have 1 to {longest} printable characters"
        raise InvalidRequestError(text, RequestReason.NAME_LENGTH, {"field": field, **_most(longest)})


def _check_optional_name(field: str, value: str | None, longest: int = _MAX_NAME) -> None:
    if value is not None:
        _check_name(field, value, longest)


def _check_time(field: str, value: datetime | None) -> None:
    if value is not None and value.tzinfo is None:
        text = f"{field}: it needs a time zone, for example Z at the end"
        raise InvalidRequestError(text, RequestReason.TIME_ZONE_MISSING, {"field": field})


def _check_end(until: datetime, now: datetime) -> None:
    _check_time("until", until)
    if until <= now:
        raise InvalidRequestError("until: this time has passed", RequestReason.TIME_PASSED)


def _check_duration(field: str, value: timedelta | None, least: timedelta = timedelta(0)) -> None:
    if value is not None and not least <= value <= _LONGEST:
        shortest = f"{least.total_seconds():g}"
        raise InvalidRequestError(
            f"{field}: it must be {shortest} to {_LONGEST.total_seconds():.0f} seconds",
            RequestReason.DURATION_RANGE,
            {"field": field, "least": shortest, "days": str(_LONGEST.days)},
        )
