"""Commands of a person to a modem that works: one at a time, between those of this program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.exchange import ANY_LINE
from gsm_driver.at.permission import objection

from .errors import UsageError
from .models import CommandAnswer

if TYPE_CHECKING:
    from gsm_driver.at.exchange import InfoLine

    from .link import Link

ANSWER_TIMEOUT = 10.0  # seconds: most commands are answered within one, some that ask the network within five
LONGEST_TIMEOUT = 60.0  # seconds in which no message leaves

_PREFIX = re.compile(r"AT(?P<prefix>[^A-Z0-9][A-Z0-9_]+)")


class Console:
    """Takes commands of a person. `modem.console` is one of these."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def run(self, text: str, *, wait: float = ANSWER_TIMEOUT) -> CommandAnswer:
        """Give the modem a command, for example ``AT+CSQ``; its answer.

        Commands of this program and messages wait for it, and it for them. Lines that the modem sends under
        another name than the command's are taken for its own news, and are not in the answer. Logs show the
        name of the command only.

        Args:
            text: one command, with AT.
            wait: seconds for the answer, at most `LONGEST_TIMEOUT`.

        Raises:
            UsageError: it would do harm, or is no command; the text says why. Nothing was written.
            CommandError: the modem said no.
            LinkError: the line, or no answer in time.
        """
        command = text.strip()
        if (why := objection(command)) is not None:
            raise UsageError(f"this command is not given to the modem: {why}")
        if not 0 < wait <= LONGEST_TIMEOUT:
            raise UsageError(f"the wait must be more than 0 and at most {LONGEST_TIMEOUT:g} seconds")
        found = _PREFIX.match(command.upper())
        prefixes = (ANY_LINE,) if found is None else (ANY_LINE, found["prefix"])
        response = await self._link.execute(commands.custom(command, *prefixes, timeout=wait))
        return CommandAnswer(lines=tuple(map(_line, response.lines)), truncated=response.truncated)


def _line(line: InfoLine) -> str:
    return f"{line.prefix}: {line.value}" if line.prefix else line.value
