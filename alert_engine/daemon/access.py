"""Commands about who may command: ``pin``, ``totp``, ``forget``, ``unlock``, ``allow``, ``audit``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alert_engine.errors import JournalError
from alert_engine.journal.looking import first_broken_audit_entry, look_into, newest_audit_entries

from .arguments import AsJson, ConfigurationFile, Limit  # noqa: TC001 - Typer reads the annotations
from .control_client import NotRunningError, ask
from .exits import ExitCode, give_up, settings_of
from .output import show_json, show_table
from .qr_code import show_qr_code
from .story import local_time

if TYPE_CHECKING:
    from pathlib import Path

ANSWER_LIMIT = 15.0  # seconds; hashing a PIN on a small computer is the longest part of it

_AUDIT_COLUMNS = ("No", "Time", "Who", "Did", "To")

_Person = Annotated[str, typer.Argument(metavar="PERSON", help="The id of a person of the configuration.")]

_Recipient = Annotated[
    str, typer.Argument(metavar="RECIPIENT", help="The id of a person of the configuration, or a number.")
]


def pin(file: ConfigurationFile, person: _Person) -> None:
    """Give a person a PIN of 6 to 12 digits, for commands that need proof; an earlier one is void.

    It is asked for, or read from standard input where that is no terminal.
    """
    settings_of(file)
    wanted = (
        typer.prompt(f"New PIN of {person}", hide_input=True, confirmation_prompt=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().strip()
    )
    _have_done(file, {"do": "pin", "person": person, "pin": wanted})
    typer.echo(f"{person} has a new PIN")


def totp(file: ConfigurationFile, person: _Person) -> None:
    """Give a person a new key for one-time codes, to be read by an authenticator app; an earlier one is void.

    It is shown this once.
    """
    uri = str(_have_done(file, {"do": "totp", "person": person})["uri"])
    show_qr_code(uri)
    typer.echo(uri)


def forget(file: ConfigurationFile, person: _Person) -> None:
    """Forget PIN and one-time codes of a person, also of one who is not in the configuration any more."""
    _have_done(file, {"do": "forget", "person": person})
    typer.echo(f"{person} has neither PIN nor one-time codes")


def unlock(file: ConfigurationFile) -> None:
    """Take commands that need proof again, after too many wrong ones; all lock-outs end."""
    _have_done(file, {"do": "unlock"})
    typer.echo("commands are taken again")


def allow(file: ConfigurationFile, recipient: _Recipient) -> None:
    """Send by providers again that said that this person or number had told them to stop.

    Whoever wrote STOP to the gateway itself has to write START.
    """
    lifted = _have_done(file, {"do": "allow", "recipient": recipient})["lifted"]
    typer.echo(f"{lifted} route(s) will be tried again" if lifted else "no provider had said so")


def audit(file: ConfigurationFile, *, limit: Limit = 50, as_json: AsJson = False) -> None:
    """Tell who commanded, set and refused what, the newest first.

    Ends with 8 if an entry was changed or taken out.
    """
    settings = settings_of(file)
    try:
        with look_into(settings.journal) as journal:
            rows = newest_audit_entries(journal, limit)
            broken = first_broken_audit_entry(journal)
    except JournalError as err:
        give_up(str(err), ExitCode.JOURNAL)
    if as_json:
        for row in rows:
            show_json(row)
    else:
        show_table(_AUDIT_COLUMNS, map(_audit_cells, rows))
    if broken is not None:
        give_up(f"the audit was tampered with: entry {broken} was changed or is missing", ExitCode.TAMPERED)


def _audit_cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (str(row["seq"]), local_time(row["at"]), row["actor"], row["action"], row["object"])


def _have_done(file: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Ask the gateway that runs, or end with why it did not."""
    settings = settings_of(file)
    try:
        answer = next(ask(settings.journal, request, within=ANSWER_LIMIT), None)
    except NotRunningError:
        give_up("no gateway runs with this file: start it with `run`", ExitCode.NOT_RUNNING)
    except TimeoutError:
        answer = None
    if answer is None:
        give_up("the gateway did not answer: look whether it was done", ExitCode.NOT_RUNNING)
    if "error" in answer:
        give_up(answer["error"], ExitCode.UNKNOWN if answer.get("unknown") else ExitCode.REFUSED)
    return answer
