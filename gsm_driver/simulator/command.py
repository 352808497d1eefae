"""The grammar of a command line (ITU-T V.250 clause 5.2 and 5.4).

A line holds any number of basic commands (``E0``, ``&F``, ``S3=13``) with nothing between them, and of
extended commands (``+CMEE=1``) that end at a semicolon or at the end of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum


class CommandKind(StrEnum):
    """What is asked of an extended command (V.250 clause 5.4.3 and 5.4.4)."""

    EXECUTE = "execute"  # AT+CSQ
    SET = "set"  # AT+CMEE=1
    READ = "read"  # AT+CMEE?
    TEST = "test"  # AT+CMEE=?


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a line."""

    name: str  # upper case, with its sign: "+CMGS", "E", "&F", "S3", "D"
    kind: CommandKind
    text: str = field(default="", repr=False)  # what follows the "=", or a basic command's number

    @property
    def parameters(self) -> list[str]:
        """The parameters, blanks around them taken off; quoted strings keep their quotes."""
        return split_parameters(self.text)

    def string(self, position: int, default: str | None = None) -> str:
        """A parameter without its quotes; ParameterError if it is missing and there is no default."""
        parameters = self.parameters
        if position < len(parameters) and parameters[position]:
            return parameters[position].strip('"')
        if default is None:
            raise ParameterError("a parameter is missing")
        return default

    def integer(self, position: int, default: int | None = None) -> int:
        """A parameter as a number; ParameterError if it is none."""
        text = self.string(position, None if default is None else str(default))
        if not text.isdecimal():
            raise ParameterError("a parameter is no number")
        return int(text)


class CommandSyntaxError(ValueError):
    """A line that V.250 has no reading for."""


class ParameterError(ValueError):
    """A parameter that the command cannot use."""


_EXTENDED = re.compile(r"""([+^#*%!$][A-Za-z][A-Za-z0-9]*)  ((?:"[^"]*"|[^;"])*)  (?:;|$)""", re.VERBOSE)
_S_PARAMETER = re.compile(r"[Ss](\d+)(\?|=(\?|\d*))")
_DIAL = re.compile(r"[Dd](.*)$")
_BASIC = re.compile(r"(&?[A-Za-z])(\d*)")


def split_parameters(text: str) -> list[str]:
    """Split at commas outside of quotes; an empty text has no parameters."""
    if not text.strip():
        return []
    return [part.strip() for part in re.findall(r"""(?:^|,)((?:"[^"]*"|[^,"])*)""", text)]


def parse_command_line(body: str) -> list[Command]:
    """Split what follows ``AT`` into commands.

    Raises:
        CommandSyntaxError: no command can be read at some place; nothing of the line is executed.
    """
    commands: list[Command] = []
    rest = body.strip()
    while rest:
        command, length = _next_command(rest)
        commands.append(command)
        rest = rest[length:].lstrip(" ;")
    return commands


def _next_command(rest: str) -> tuple[Command, int]:
    if match := _EXTENDED.match(rest):
        return _extended(match[1].upper(), match[2].strip()), match.end()
    if match := _S_PARAMETER.match(rest):
        return _register(match), match.end()
    if match := _DIAL.match(rest):
        return Command(name="D", kind=CommandKind.EXECUTE, text=match[1]), match.end()
    if match := _BASIC.match(rest):
        return Command(name=match[1].upper(), kind=CommandKind.EXECUTE, text=match[2]), match.end()
    raise CommandSyntaxError("not a command")


def _extended(name: str, tail: str) -> Command:
    if not tail:
        return Command(name=name, kind=CommandKind.EXECUTE)
    if tail == "?":
        return Command(name=name, kind=CommandKind.READ)
    if tail == "=?":
        return Command(name=name, kind=CommandKind.TEST)
    if tail.startswith("="):
        return Command(name=name, kind=CommandKind.SET, text=tail[1:])
    raise CommandSyntaxError("neither =, ? nor =? after the name")


def _register(match: re.Match[str]) -> Command:
    name = f"S{int(match[1])}"
    if match[2] == "?":
        return Command(name=name, kind=CommandKind.READ)
    if match[3] == "?":
        return Command(name=name, kind=CommandKind.TEST)
    return Command(name=name, kind=CommandKind.SET, text=match[3])
