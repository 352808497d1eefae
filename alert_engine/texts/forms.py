"""What each text may hold: its fields, which of them it needs, and how long it may be.

The lengths are such that a text about an alarm fits three SMS segments in any alphabet when nothing is left
of the source's own words: 201 UTF-16 units, of which an alarm takes 80, the way to answer 60, ``TEST`` 20.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something that a text names."""

    meaning: str
    # UTF-16 units at most; 0: it is cut as the text's length wants it, or its text is no text about an alarm.
    width: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What one text may hold."""

    fields: tuple[str, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()  # one of each
    most: int = 160  # UTF-16 units, the fields at their widest


SEVERITY_WIDTH = 16
MONTH_WIDTH = 10
_MOMENT_WIDTH = 28
_CLOCK_WIDTH = 8

FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "alarms": Field(meaning="codes and titles of alarms"),
        "code": Field(meaning="the four digits of the alarm, or of a challenge", width=6),
        "command": Field(meaning="what was written"),
        "count": Field(meaning="how many, how often", width=10),
        "counts": Field(meaning="how many alarms of each severity"),
        "day": Field(meaning="of the month, two digits", width=2),
        "gateway": Field(meaning="the gateway's name"),
        "have": Field(meaning="how many have taken it", width=4),
        "hour": Field(meaning="00 to 23", width=2),
        "minute": Field(meaning="00 to 59", width=2),
        "minutes": Field(meaning="how many minutes"),
        "month": Field(meaning="two digits", width=2),
        "month_name": Field(meaning="one of `months`", width=MONTH_WIDTH),
        "more": Field(meaning="`digest_more`, or nothing"),
        "needed": Field(meaning="how many have to take it", width=4),
        "open": Field(meaning="how many alarms are open"),
        "proof": Field(meaning="PIN, TOTP or SMS"),
        "queue": Field(meaning="how many messages wait"),
        "severity": Field(meaning="one of `severity_…`", width=SEVERITY_WIDTH),
        "text": Field(meaning="the text itself"),
        "time": Field(meaning="`time`, or `date` of another day", width=_MOMENT_WIDTH),
        "title": Field(meaning="the alarm's title"),
        "unacknowledged": Field(meaning="how many alarms nobody has taken"),
        "usage": Field(meaning="how a command is written"),
        "who": Field(meaning="a person's name"),
        "words": Field(meaning="the alarm's title and text; in the help, words"),
        "year": Field(meaning="four digits", width=4),
    }
)

_CODE = (("code",),)


def _about(*fields: str) -> Form:
    """A whole text about an alarm."""
    return Form(fields=("code", "title", *fields), needs=_CODE)


_WORD = Form(most=SEVERITY_WIDTH)
_LOUD = Form(
    fields=("severity", "words", "title", "count", "code"), needs=(("words", "title"),), most=80
)  # how to answer follows, with the code
_ANSWER = Form(fields=("code",), needs=_CODE, most=60)
_FREE = Form()
_COUNT = Form(fields=("count",), needs=(("count",),), most=60)


def _only(*fields: str) -> Form:
    """All of these are needed."""
    return Form(fields=fields, needs=tuple((each,) for each in fields))


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "severity_info": _WORD,
        "severity_normal": _WORD,
        "severity_high": _WORD,
        "severity_critical": _WORD,
        "time": Form(fields=("hour", "minute"), needs=(("hour",), ("minute",)), most=_CLOCK_WIDTH),
        "date": Form(
            fields=("day", "month", "month_name", "year", "time"),
            needs=(("day",), ("month", "month_name"), ("time",)),
            # The time in it is no more than a clock's.
            most=_MOMENT_WIDTH + _MOMENT_WIDTH - _CLOCK_WIDTH,
        ),
        "months": _FREE,
        "raised": _LOUD,
        "reminder": _LOUD,
        "again": _LOUD,
        "cleared_reminder": _LOUD,
        "still_taken": Form(fields=(*_LOUD.fields, "who"), needs=_LOUD.needs, most=_LOUD.most),
        "flapping": _LOUD,
        "flapping_off": _LOUD,
        "test": Form(fields=("text",), needs=(("text",),), most=20),
        "call_to_answer": _ANSWER,
        "call_to_all": _ANSWER,
        "code_only": _ANSWER,
        "taken": _about("who", "time"),
        "still_yours": _about("time"),
        "shelved": _about("who", "time"),
        "cleared": _about("time"),
        "closed": _about("who", "time"),
        "delivered": _about("who", "time"),
        "not_delivered": _about("who", "time"),
        "confirmed": _about(),
        "partly": _about("have", "needed"),
        "already_taken": _about("who", "time"),
        "over": _about("time"),
        "over_and_taken": _about("who", "time"),
        "unknown_code": Form(fields=("code",), needs=_CODE),
        "which": Form(fields=("alarms",), needs=(("alarms",),), most=60),
        "nothing_open": _FREE,
        "not_allowed": _FREE,
        "all_taken": _COUNT,
        "some_wait": _COUNT,
        "snoozed": _about("time"),
        "not_snoozed": _about(),
        "not_sent": Form(fields=("code",), needs=_CODE),
        "who_of": Form(fields=("code", "title", "who"), needs=(("code",), ("who",)), most=30),
        "nobody": Form(most=30),
        "help_alarms": _FREE,
        "help_status": _FREE,
        "help_keywords": _only("words"),
        "help_stranger": Form(fields=("gateway",)),
        "not_understood": _FREE,
        "how_to_write": _only("usage"),
        "status": Form(fields=("open", "unacknowledged", "queue"), needs=(("open",),)),
        "status_quiet": Form(fields=("queue",)),
        "not_permitted": _FREE,
        "needs_proof": _only("usage"),
        "nothing_set": _FREE,
        "late": _FREE,
        "challenge": Form(fields=("code", "minutes", "command"), needs=(("code",), ("command",))),
        "done": Form(fields=("command",)),
        "not_done": Form(fields=("command",)),
        "test_sent": _only("code"),
        "stopped": Form(fields=("gateway",)),
        "stopped_whatsapp": Form(fields=("gateway",)),
        "started": Form(fields=("gateway",)),
        "used": Form(fields=("who", "command", "time", "proof"), needs=(("who",), ("command",))),
        "digest_count": Form(fields=("count", "severity"), needs=(("count",), ("severity",)), most=40),
        "digest_over": Form(fields=("count",), needs=(("count",),), most=30),
        "digest_separator": Form(most=5),
        "digest_alarm": Form(fields=("code", "title"), needs=_CODE, most=20),
        "digest_more": Form(fields=("count",), needs=(("count",),), most=30),
        "digest_listed": Form(
            fields=("counts", "alarms", "more"), needs=(("counts",), ("alarms",), ("more",)), most=30
        ),
        "digest_counted": Form(fields=("counts",), needs=(("counts",),), most=30),
        "digest_answer": Form(most=60),
    }
)
