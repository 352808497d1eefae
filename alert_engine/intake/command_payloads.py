"""What people and programs order: commands and texts to send. Pure: a JSON object in, what is asked out."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict

from alert_engine.model import (
    AlarmAcknowledge,
    AlarmClose,
    AlarmRaise,
    AlarmShelve,
    AlarmUnacknowledge,
    AlarmUnshelve,
    Channel,
    Command,
    MaintenanceEnd,
    MaintenanceStart,
    SendRequest,
    Severity,
)

from .follow_up_fields import read_follow_ups
from .json_fields import Fields, RefusalReason, RefusedError, decode_object
from .special_fields import read_data, read_media
from .topics import CommandWord, can_be_level

if TYPE_CHECKING:
    from .replies import Asker

_MAX_BY = 64  # characters
_MAX_CODE = 8  # characters; codes have four digits
_MAX_TEXT = 64 * 1024  # characters; what is too long is refused by the engine, not cut
_MAX_TEST_TEXT = 2000  # characters; longer ones are cut
_MAX_TITLE = 200  # characters
_MAX_KEYS = 200  # characters

TEST_SOURCE = "test"  # of the alarms of ``in/cmd/test``
SEND_PREFIX = "mqtt:"  # of the ids of sends that came this way; HTTP has its own

CommandAsk = Command | AlarmRaise | MaintenanceStart | MaintenanceEnd | SendRequest


class ChannelWish(StrEnum):
    """``channel`` of a send."""

    AUTO = "auto"
    SMS = "sms"
    CALL = "call"
    WHATSAPP = "whatsapp"
    PUSH = "push"
    EMAIL = "email"


class _Named(TypedDict):
    by: str
    alarm_id: str | None
    code: str | None
    all_open: bool
    message_id: str


def read_command(word: CommandWord, text: str, asker: Asker, now: datetime) -> CommandAsk:
    """Read what is published on ``in/cmd/<word>``; `now` is wall time.

    Raises:
        RefusedError: the text says what is wrong.
    """
    return _Command(asker.fields(decode_object(text)), asker, now).ask(word)


def read_send(text: str, asker: Asker, now: datetime) -> SendRequest:
    """Read what is published on ``in/send``; `now` is wall time.

    Raises:
        RefusedError: the text says what is wrong.
    """
    fields = asker.fields(decode_object(text))
    asker.request_id = fields.name("request_id")
    _take_result_id(asker)
    fields.check_version()
    wish = fields.choice("channel", ChannelWish) or ChannelWish.AUTO
    channel = None if wish is ChannelWish.AUTO else Channel(wish.value)
    return _send(fields, asker, now, channel)


class _Command:
    """The fields of one command."""

    def __init__(self, fields: Fields, asker: Asker, now: datetime) -> None:
        request_id = asker.request_id = fields.name("request_id")
        by = fields.name("by", _MAX_BY)
        asker.client = by or ""
        fields.check_version()
        if request_id is None or by is None:
            raise _missing("request_id" if request_id is None else "by")
        _check_time_limit(fields, now)
        self._fields = fields
        self._asker = asker
        self._now = now
        self._request_id = request_id
        self._by = f"mqtt:{by}"

    def ask(self, word: CommandWord) -> CommandAsk:
        match word:
            case CommandWord.TEST:
                return self._test()
            case CommandWord.MAINTENANCE:
                return self._maintenance()
            case CommandWord.CALL:
                _take_result_id(self._asker)
                return _send(self._fields, self._asker, self._now, Channel.CALL)
            case CommandWord.SHELVE:
                until = self._fields.time("until")
                if until is None:
                    raise _missing("until")
                return AlarmShelve(**self._named_alarm(), until=until)
            case CommandWord.ACK:
                return AlarmAcknowledge(**self._named_alarm())
            case CommandWord.UNACK:
                return AlarmUnacknowledge(**self._named_alarm())
            case CommandWord.UNSHELVE:
                return AlarmUnshelve(**self._named_alarm())
            case CommandWord.CLOSE:
                return AlarmClose(**self._named_alarm())

    def _named_alarm(self) -> _Named:
        alarm_id = self._fields.name("alarm")
        code = self._fields.name("code", _MAX_CODE)
        all_open = self._fields.flag("all")
        if [alarm_id is not None, code is not None, all_open].count(True) != 1:
            raise RefusedError(RefusalReason.FIELD, "name the alarm by exactly one of alarm, code and all")
        return {
            "by": self._by,
            "alarm_id": alarm_id,
            "code": code,
            "all_open": all_open,
            "message_id": self._request_id,
        }

    def _test(self) -> AlarmRaise:
        return AlarmRaise(
            source=TEST_SOURCE,
            key=self._request_id,
            severity=self._fields.choice("severity", Severity) or Severity.NORMAL,
            title=self._fields.text("title", _MAX_TITLE) or "",
            text=self._fields.text("text", _MAX_TEST_TEXT) or "",
            policy=self._fields.name("policy"),
            message_id=self._request_id,
            is_test=True,
        )

    def _maintenance(self) -> MaintenanceStart | MaintenanceEnd:
        source = self._fields.name("source")
        keys = self._fields.name("keys", _MAX_KEYS) or "*"
        if source is None:
            raise _missing("source")
        if self._fields.flag("end"):
            return MaintenanceEnd(by=self._by, source=source, keys=keys, message_id=self._request_id)
        return MaintenanceStart(
            by=self._by,
            source=source,
            keys=keys,
            until=self._fields.time("until"),
            includes_critical=self._fields.flag("includes_critical"),
            message_id=self._request_id,
        )


def _send(fields: Fields, asker: Asker, now: datetime, channel: Channel | None) -> SendRequest:
    recipients = fields.names("to")
    if not recipients:
        raise _missing("to")
    _check_time_limit(fields, now)
    not_before = fields.time("not_before")
    lives = fields.duration("expires_in")
    return SendRequest(
        to=tuple(recipients),
        text=fields.text("text", _MAX_TEXT) or "",
        title=fields.text("title", _MAX_TITLE) or "",
        severity=fields.choice("severity", Severity) or Severity.NORMAL,
        channel=channel,
        not_before=not_before,
        expires_at=None if lives is None else max(now, not_before or now) + max(lives, timedelta(seconds=1)),
        plain=fields.flag("plain"),
        flash=fields.flag("flash"),
        request_id=f"{SEND_PREFIX}{asker.request_id}",
        follow_ups=read_follow_ups(fields),
        media=read_media(fields),
        data=read_data(fields),
    )


def _take_result_id(asker: Asker) -> None:
    if asker.request_id is None:
        raise _missing("request_id")
    if not can_be_level(asker.request_id):
        raise RefusedError(
            RefusalReason.FIELD,
            "request_id: it becomes part of a topic: use 1 to 64 letters, digits and . _ : @ -",
        )
    asker.result_id = asker.request_id


def _check_time_limit(fields: Fields, now: datetime) -> None:
    expires = fields.time("expires")
    if expires is not None and expires <= now:
        raise RefusedError(RefusalReason.EXPIRED, "expires: this time has passed")


def _missing(name: str) -> RefusedError:
    return RefusedError(RefusalReason.FIELD, f"{name}: is missing")
