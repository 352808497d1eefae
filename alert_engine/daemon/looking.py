"""Commands that look into the journal, also without a gateway: ``alarms``, ``messages``, ``export``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from alert_engine.errors import JournalError
from alert_engine.journal.looking import (
    MessageSearch,
    every_alarm,
    every_audit_entry,
    every_message,
    every_opt_out,
    find_alarms,
    find_messages,
    look_into,
    message_story,
)
from alert_engine.model import MessageState  # noqa: TC001 - Typer reads the annotations

from .arguments import AsJson, ConfigurationFile, Limit  # noqa: TC001 - Typer reads the annotations
from .exits import ExitCode, give_up, settings_of
from .masking import mask_row
from .output import show_json, show_lines, show_table
from .story import local_time, story_data, story_lines

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from alert_engine.journal.looking import Row

T = TypeVar("T")

_Full = Annotated[bool, typer.Option("--full", help="Show phone numbers in full.")]
_Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="From then on: 2h, 3d, or a time like 2026-11-22T08:00.")
]
_Until = Annotated[str | None, typer.Option(metavar="TIME", help="Up to then.")]

_AGO = re.compile(r"([0-9]{1,6}) *(s|min|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}

_ALARM_COLUMNS = ("Code", "Severity", "State", "Raised", "Count", "Taken by", "Source and key", "Title")
_MESSAGE_COLUMNS = ("UID", "Created", "Channel", "To", "Kind", "State", "Route", "Text")

_OPT_OUT_COLUMNS = ("To", "Person", "Not by", "Since", "Said", "Ends with")

_SECTIONS = {"alarm": every_alarm, "message": every_message, "audit": every_audit_entry}


def alarms(
    file: ConfigurationFile,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
    since: _Since = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    full: _Full = False,
) -> None:
    """List alarms, the newest first: open ones, or all."""
    begin = moment(since, datetime.now(UTC))
    found = _look(file, lambda journal: find_alarms(journal, closed=all_, since=begin, limit=limit))
    rows = [row if full else mask_row(row) for row in found]
    _show(rows, as_json=as_json, columns=_ALARM_COLUMNS, cells=_alarm_cells)


def messages(
    file: ConfigurationFile,
    uid: Annotated[
        str | None, typer.Argument(metavar="[UID]", help="Tell the whole story of this message.")
    ] = None,
    *,
    text: Annotated[str | None, typer.Option(help="Part of the text.")] = None,
    person: Annotated[str | None, typer.Option(help="A person, or part of a number.")] = None,
    state: Annotated[MessageState | None, typer.Option(help="Only those in this state.")] = None,
    alarm: Annotated[str | None, typer.Option(help="Only those of the alarm with this code or id.")] = None,
    since: _Since = None,
    until: _Until = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    full: _Full = False,
) -> None:
    """Search messages, the newest first; with a UID, tell attempts, segments and delivery reports."""
    if uid is not None:
        _tell_story(file, uid, as_json=as_json, full=full)
        return
    search = MessageSearch(
        text=text,
        person=person,
        state=state,
        alarm=alarm,
        since=moment(since, datetime.now(UTC)),
        until=moment(until, datetime.now(UTC)),
        limit=limit,
    )
    rows = [
        row if full else mask_row(row) for row in _look(file, lambda journal: find_messages(journal, search))
    ]
    _show(rows, as_json=as_json, columns=_MESSAGE_COLUMNS, cells=_message_cells)


def opted_out(file: ConfigurationFile, *, as_json: AsJson = False, full: _Full = False) -> None:
    """List who told the gateway to stop, by channel, or a provider, by its route; the newest first."""
    owners = {
        address.value: person.id for person in settings_of(file).engine.people for address in person.addresses
    }
    found = [{**row, "person": owners.get(row["address"])} for row in _look(file, every_opt_out)]
    rows = [row if full else mask_row(row) for row in found]
    _show(rows, as_json=as_json, columns=_OPT_OUT_COLUMNS, cells=_opt_out_cells)


def export(
    file: ConfigurationFile,
    *,
    full: _Full = False,
) -> None:
    """Write alarms, messages and the audit to standard output, one JSON object a line.

    Each has a field `record`: alarm, message or audit. Phone numbers are masked, also inside texts.
    """
    settings = settings_of(file)
    try:
        with look_into(settings.journal) as journal:
            journal.execute("BEGIN")  # one picture of all tables, whatever the gateway does meanwhile
            for record, rows in _SECTIONS.items():
                for row in rows(journal):
                    show_json({"record": record, **(row if full else mask_row(row))})
    except JournalError as err:
        give_up(str(err), ExitCode.JOURNAL)


def _show(
    rows: Sequence[Row], *, as_json: bool, columns: Sequence[str], cells: Callable[[Row], Sequence[str]]
) -> None:
    if as_json:
        for row in rows:
            show_json(row)
    else:
        show_table(columns, map(cells, rows))


def _alarm_cells(row: Row) -> tuple[str, ...]:
    return (
        row["code"],
        row["severity"],
        row["state"],
        local_time(row["raised_at"]),
        str(row["count"]),
        row["acked_by"] or "",
        f"{row['source']}/{row['key']}",
        row["title"],
    )


def _message_cells(row: Row) -> tuple[str, ...]:
    return (
        row["uid"][:8],
        local_time(row["created_at"]),
        row["channel"],
        row["recipient"] or row["address"],
        row["kind"],
        row["state"],
        row["route"] or "",
        row["text"],
    )


def _opt_out_cells(row: Row) -> tuple[str, ...]:
    is_ours = row["route"] is None
    return (
        row["address"],
        row["person"] or "",
        row["channel"] if is_ours else row["route"],
        local_time(row["since"]),
        row["word"] if is_ours else "to the provider",
        "START" if is_ours else "allow",
    )


def _tell_story(file: Path, uid: str, *, as_json: bool, full: bool) -> None:
    story = _look(file, lambda journal: message_story(journal, uid))
    if story is None:
        give_up("there is no message, or more than one, whose uid begins so", ExitCode.UNKNOWN)
    data = story_data(story, full=full)
    if as_json:
        show_json(data)
        return
    show_lines(story_lines(data))


def _look(file: Path, question: Callable[[sqlite3.Connection], T]) -> T:
    """Ask the journal of this file, or end with why that cannot be."""
    settings = settings_of(file)
    try:
        with look_into(settings.journal) as journal:
            return question(journal)
    except JournalError as err:
        give_up(str(err), ExitCode.JOURNAL)


def moment(text: str | None, now: datetime) -> datetime | None:
    """``2h`` before `now`, or a time; without a zone it is in this machine's.

    Raises:
        typer.BadParameter: it is neither.
    """
    if text is None:
        return None
    if ago := _AGO.fullmatch(text.strip()):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter("write a time like 2h, 3d, or 2026-11-22T08:00") from None
