"""Executes command lines one at a time; unsolicited result codes come between them (ITU-T V.250 clause 5)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from .answers import (
    Answer,
    CmeRefusalError,
    Pending,
    Prompt,
    RefusalError,
    UnknownCommandError,
    final_of,
    format_final,
    format_lines,
)
from .command import CommandSyntaxError, ParameterError, parse_command_line
from .command_input import CommandInput, InputMode
from .faults import Moment
from .urc_queue import UrcQueue

if TYPE_CHECKING:
    from .answers import Result
    from .command import Command
    from .device import SimulatedModem
    from .fault_gate import FaultGate

CME_INCORRECT_PARAMETERS = 50  # 27.007 clause 9.2

BodyHandler = Callable[[str], Answer | Pending]


class Interpreter:
    """The conversation with the host."""

    def __init__(
        self,
        modem: SimulatedModem,
        *,
        gate: FaultGate,
        dispatch: Callable[[Command], Result],
        write: Callable[[bytes], None],
    ) -> None:
        self._modem = modem
        self._gate = gate
        self._dispatch = dispatch
        self._write = write
        self._input = CommandInput(echo=self._echo, on_line=self._on_line, on_body=self._on_body)
        self._queue: deque[Command] = deque()
        self._current = ""  # name of the command that is executed
        self._answer = b""  # collected information responses of the line
        self._afterwards: list[Callable[[], None]] = []  # what the line's commands do after its end
        self._on_body_end: BodyHandler | None = None
        self._last_body_end: BodyHandler | None = None
        self._execution = 0  # counts lines: a late result of an earlier one is dropped
        self._urcs = UrcQueue()

    @property
    def ignored(self) -> int:
        """Bytes that came while a command was executed, and were dropped."""
        return self._input.ignored

    @property
    def is_at_prompt(self) -> bool:
        """The modem waits for a body."""
        return self._input.mode is InputMode.BODY

    def receive(self, data: bytes) -> None:
        """Take bytes from the host."""
        if self._input.awaits_body and self._gate.strike(Moment.BODY, self._current) is None:
            return
        self._input.receive(data)

    def reset(self) -> None:
        """Forget the command that is executed and everything that waits."""
        self._abandon()
        self._input.reset()
        self._urcs.take_all()

    # --- executing ----------------------------------------------------------------------------------------

    def pending(self) -> Callable[[Answer | RefusalError], None]:
        """For a handler that returns `Pending`: call this with its end. Too late is harmless."""
        execution = self._execution

        def complete(end: Answer | RefusalError) -> None:
            if execution != self._execution:
                return
            if isinstance(end, RefusalError):
                self._refuse(end)
            elif self._advance(end):
                self._run()

        return complete

    def end(self, final: str) -> None:
        """Write what was collected and the final result code; the modem is free again."""
        settings = self._modem.settings
        data = self._answer + format_final(final, verbose=settings.verbose, quiet=settings.quiet)
        command, afterwards = self._current, tuple(self._afterwards)
        self._abandon()
        self._input.mode = InputMode.COMMAND
        struck = self._gate.strike(Moment.ANSWER, command, data)
        if struck is not None:
            self._write(struck)
        self._flush()
        for act in afterwards:
            act()

    def _on_line(self, body: str) -> None:
        self._execution += 1
        try:
            self._queue.extend(parse_command_line(body))
        except CommandSyntaxError:
            self._current = ""
            self._refuse(UnknownCommandError())
            return
        self._current = self._queue[0].name if self._queue else ""
        if self._gate.strike(Moment.COMMAND, self._current) is not None:
            self._run()
        elif self._input.mode is InputMode.BUSY:  # swallowed: neither executed nor answered
            self._abandon()
            self._input.mode = InputMode.COMMAND
            self._flush()

    def _run(self) -> None:
        while self._queue:
            command = self._queue.popleft()
            self._current = command.name
            try:
                result = self._dispatch(command)
            except RefusalError as error:
                self._refuse(error)
                return
            except ParameterError:
                self._refuse(CmeRefusalError(CME_INCORRECT_PARAMETERS))
                return
            if not self._advance(result):
                return
        self.end("OK")

    def _advance(self, result: Result) -> bool:
        """Take what a handler gave; True if the next command of the line may be executed."""
        match result:
            case Pending():
                return False
            case Prompt(on_body=on_body):
                self._prompt(on_body)
                return False
        self._answer += format_lines(result.lines, verbose=self._modem.settings.verbose)
        if result.then is not None:
            self._afterwards.append(result.then)
        if result.final == "OK":
            return True
        self.end(result.final)
        return False

    def _refuse(self, error: RefusalError) -> None:
        profile = self._modem.profile
        final = final_of(
            error,
            cmee=self._modem.settings.cmee,
            cms_in_words=profile.cms_in_words,
            unknown=profile.unknown_command,
        )
        self.end(final)

    def _abandon(self) -> None:
        self._execution += 1
        self._queue.clear()
        self._current = ""
        self._answer = b""
        self._afterwards.clear()
        self._on_body_end = None

    # --- the body after a prompt --------------------------------------------------------------------------

    def wait_for_body_again(self) -> None:
        """The Ctrl-Z got lost: the modem has the body and still waits for its end."""
        self._on_body_end = self._last_body_end
        self._input.wait_for_body_again()

    def _prompt(self, on_body: BodyHandler) -> None:
        self._on_body_end = on_body
        self._input.mode = InputMode.BODY
        prompt = self._gate.strike(Moment.PROMPT, self._current, self._modem.profile.prompt)
        if prompt is not None:
            self._write(prompt)

    def _on_body(self, body: str | None) -> None:
        on_body, self._on_body_end = self._on_body_end, None
        self._last_body_end = on_body
        if body is None or on_body is None:
            self._abandon()
            self._input.mode = InputMode.COMMAND
            self._write(self._modem.profile.escape_answer)
            self._flush()
            return
        try:
            result = on_body(body.strip())
        except RefusalError as error:
            self._refuse(error)
            return
        if self._advance(result):
            self._run()

    # --- towards the host ---------------------------------------------------------------------------------

    def announce(self, *lines: str) -> None:
        """Write an unsolicited result code, now or after the command that is executed."""
        if self._may_interrupt():
            self._say(lines)
        else:
            self._urcs.hold(lines)

    def _may_interrupt(self) -> bool:
        mode = self._input.mode
        return mode is InputMode.COMMAND or (mode is InputMode.BUSY and self._modem.profile.urcs_anytime)

    def _say(self, lines: tuple[str, ...]) -> None:
        data = format_lines(lines, verbose=self._modem.settings.verbose)
        struck = self._gate.strike(Moment.ANNOUNCE, lines[0], data)
        if struck is not None:
            self._write(struck)

    def _flush(self) -> None:
        for announcement in self._urcs.take_all():
            self.announce(*announcement)

    def _echo(self, data: bytes) -> None:
        if self._modem.settings.echo:
            self._write(data)
