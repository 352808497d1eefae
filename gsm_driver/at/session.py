"""The AT dialogue as a state machine: commands in, bytes out; bytes in, events out. No clock, no port.

Rule: all that decides what a line means is here, in `bodies`, and in the tables of `urc` and `result_codes`.
Lines are told apart in this order, by grammar only, never by silence:

1. the line that the header before it promised;
2. the echo of the command or of its payload;
3. an information response: a prefix that the pending command expects, in the form of an answer;
4. a final result code: an exact line, or +CME ERROR and +CMS ERROR;
5. an unsolicited result code of the table;
6. any other line: part of the answer if the command takes lines without prefix, else an unknown URC.

The caller owns time. To give a command up it calls `cancel`; from then on `start` takes only a command that
synchronises, until the final result code of the old one came.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gsm_driver.errors import UsageError
from gsm_driver.models import SendPhase

from .bodies import OpenHeader, Verdict, answer_body
from .events import (
    AtEvent,
    Drained,
    EarlyOk,
    FinalResult,
    Idle,
    InformationResponse,
    LineTooLong,
    Prompt,
    StrayPrompt,
)
from .exchange import ANY_LINE, CTRL_Z, ESCAPE, AtCommand, InfoLine, Response
from .result_codes import FinalCode, FinalKind, parse_final
from .splitter import Mark, Splitter
from .urc import Body, Urc, UrcKind, UrcRule, find_rule, make_urc, split_prefix, unknown_urc

PROBE = AtCommand(text="AT", synchronises=True, secret=False)  # written while a payload is under way
MAX_INFORMATION_LINES = 1_024  # of one answer; the largest storage met has 500 slots

# Around a line: blanks, control characters (echoed Ctrl-Z and ESC too), bytes of a badly clocked UART.
_AROUND = "".join(char for char in map(chr, range(256)) if not "!" <= char <= "~")
_SIGNS = tuple("+^*#$%!&@")  # a line that starts with one and has a colon is no line without prefix


@dataclass(slots=True)
class _Exchange:
    """A command and what it brought so far."""

    command: AtCommand
    phase: SendPhase = SendPhase.BEFORE_PROMPT
    is_prompted: bool = False
    is_probed: bool = False  # AT was written while the answer to the payload was awaited
    lines: list[InfoLine] = field(default_factory=list)
    truncated: bool = False
    told_early_ok: bool = False  # once before the payload and once after it, however often it comes
    open_header: OpenHeader | None = None  # of an information response whose body has not come yet

    @property
    def prompt_due(self) -> bool:
        """One prompt for each command: a modem that answers ESC with a prompt must not keep us busy."""
        takes_prompt = self.command.payload is not None or self.command.may_prompt
        return takes_prompt and not self.is_prompted

    def expects(self, prefix: str, value: str, rule: UrcRule | None) -> bool:
        """This is an information response to the command, not a URC with the same prefix."""
        if self.command.payload is not None and self.phase is not SendPhase.SUBMITTED:
            return False  # a +CMGS before the PDU was written answers an older one
        return prefix in self.command.prefixes and (rule is None or rule.response.match(value) is not None)

    def takes_plain(self, line: str) -> bool:
        """A line that nothing else claims belongs to the answer."""
        return ANY_LINE in self.command.prefixes and not _is_prefixed(line)

    def has_echo(self, line: str) -> bool:
        return line in (self.command.text, self.command.payload) or (self.is_probed and line == PROBE.text)

    def keep(self, line: InfoLine) -> bool:
        """Add a line to the answer, unless it has too many."""
        self.truncated = len(self.lines) >= MAX_INFORMATION_LINES
        if not self.truncated:
            self.lines.append(line)
        return not self.truncated

    def response(self, final: str) -> Response:
        return Response(
            command=self.command.name, lines=tuple(self.lines), final=final, truncated=self.truncated
        )


class AtSession:
    """One AT dialogue, from the opening of a port to its end."""

    def __init__(self) -> None:
        self._splitter = Splitter()
        self._exchange: _Exchange | None = None
        self._given_up: _Exchange | None = None
        self._open_urc: OpenHeader | None = None
        self._events: list[AtEvent] = []

    @property
    def pending(self) -> AtCommand | None:
        """The command that waits for its final result code."""
        return self._exchange.command if self._exchange else None

    @property
    def phase(self) -> SendPhase:
        """How far the payload of the pending command is."""
        return self._exchange.phase if self._exchange else SendPhase.BEFORE_PROMPT

    @property
    def given_up(self) -> AtCommand | None:
        """The command whose answer may still come; None: the line is clean."""
        return self._given_up.command if self._given_up else None

    def start(self, command: AtCommand) -> bytes:
        """The bytes of a command line. One command at a time.

        Raises:
            UsageError: another command is pending, the line is not clean, or a text is not one line of ASCII.
        """
        if self._exchange is not None:
            raise UsageError(f"{command.name} must wait until {self._exchange.command.name} is answered")
        if self._given_up is not None and not command.synchronises:
            raise UsageError(f"{command.name} must wait until the line is synchronised")
        if not _is_one_line(command.text) or not _is_one_line(command.payload or ""):
            raise UsageError(f"{command.name}: a command and its payload are one line of ASCII each")
        self._splitter.forget_prompt()
        self._exchange = _Exchange(command)
        return f"{command.text}\r".encode("ascii")

    def payload(self, start: int = 0) -> bytes:
        """The bytes to write at the prompt, closed by Ctrl-Z. From now on the message may be on its way.

        Args:
            start: how many characters of it were written already.

        Raises:
            UsageError: no prompt is open.
        """
        exchange = self._exchange
        if exchange is None or exchange.phase is not SendPhase.AFTER_PROMPT:
            raise UsageError("there is no open prompt to write a payload at")
        exchange.phase = SendPhase.SUBMITTED
        exchange.told_early_ok = False
        return f"{(exchange.command.payload or '')[start:]}{CTRL_Z}".encode("ascii")

    def probe(self) -> bytes:
        """The bytes of an AT that asks whether the modem is still busy with the payload.

        Each command line has a result code of its own, in order (V.250 clause 5.7), and that of the payload
        follows its +CMGS. So an OK alone is that of the AT, and the answer to the payload is lost: `Idle`.

        Raises:
            UsageError: no payload was written.
        """
        exchange = self._exchange
        if exchange is None or exchange.phase is not SendPhase.SUBMITTED:
            raise UsageError("there is no payload whose answer is awaited")
        exchange.is_probed = True
        return f"{PROBE.text}\r".encode("ascii")

    def cancel(self) -> bytes:
        """Give the pending command up. Returns what to write: ESC where a prompt may be open, or nothing."""
        exchange, self._exchange = self._exchange, None
        if exchange is None:
            return b""
        if self._given_up is None:
            self._given_up = exchange
        at_prompt = exchange.command.payload is not None and exchange.phase is not SendPhase.SUBMITTED
        return ESCAPE.encode("ascii") if at_prompt else b""

    def declare_clean(self) -> None:
        """The caller knows by other means that nothing is outstanding."""
        self._given_up = None

    def collected(self, final: str) -> Response:
        """The pending command's answer so far, closed by `final`, for firmware that sends none.

        Raises:
            UsageError: no command is pending.
        """
        if self._exchange is None:
            raise UsageError("no command is pending")
        return self._exchange.response(final)

    def receive_data(self, data: bytes) -> list[AtEvent]:
        """Take bytes, return what they complete, in order. Never raises, whatever the bytes."""
        self._splitter.feed(data)
        while True:
            prompted = self._prompted()
            token = self._splitter.next_token(prompt_due=prompted is not None)
            if token is None:
                break
            if isinstance(token, str):
                self._take_line(token)
            elif token is Mark.PROMPT and prompted is not None:
                self._take_prompt(prompted)
            else:
                self._events.append(LineTooLong())
        events, self._events = self._events, []
        return events

    # --- Prompts ---

    def _prompted(self) -> _Exchange | None:
        """Whose prompt may come now; that of a command that was given up may come late."""
        if self._exchange is not None and self._exchange.prompt_due:
            return self._exchange
        if self._given_up is not None and self._given_up.prompt_due:
            return self._given_up
        return None

    def _take_prompt(self, exchange: _Exchange) -> None:
        exchange.is_prompted = True
        if exchange is self._exchange and exchange.command.payload is not None:
            exchange.phase = SendPhase.AFTER_PROMPT
            self._events.append(Prompt())
        else:
            self._events.append(StrayPrompt())

    # --- Lines ---

    def _take_line(self, raw: str) -> None:
        line = raw.strip(_AROUND)
        if self._open_urc is not None and self._continues_urc(self._open_urc, raw, line):
            return
        if self._exchange is not None and self._continues_answer(self._exchange, raw, line):
            return
        if line and not self._is_echo(line):
            self._take_whole_line(line)

    def _take_whole_line(self, line: str) -> None:
        prefix, value = split_prefix(line)
        rule = find_rule(prefix, line)
        if self._exchange is not None and self._exchange.expects(prefix, value, rule):
            self._take_answer(self._exchange, prefix, value)
        elif (final := self._as_final(line)) is not None:
            self._take_final(final)
        elif rule is not None:
            self._take_urc(prefix, value, rule)
        elif self._exchange is not None and self._exchange.takes_plain(line):
            self._add_answer(self._exchange, InfoLine(prefix="", value=line))
        elif self._given_up is not None and self._given_up.expects(prefix, value, rule):
            self._events.append(Urc(kind=UrcKind.LATE_ANSWER, prefix=prefix, value=value))
        else:
            self._events.append(unknown_urc(line))

    def _is_echo(self, line: str) -> bool:
        if self._exchange is not None and self._exchange.has_echo(line):
            return True
        return self._given_up is not None and self._given_up.has_echo(line)

    # --- Bodies ---

    def _continues_urc(self, header: OpenHeader, raw: str, line: str) -> bool:
        verdict = Verdict.REFUSED
        if header.expects is not Body.QUOTED or not self._ends_lost_quote(line):
            verdict = header.take(raw, line)
        if verdict is Verdict.REFUSED and header.expects is Body.HEX and self._is_short_urc(line):
            return False  # ^RSSI between +CMT and its PDU: go on waiting
        if verdict is not Verdict.TAKEN:
            self._open_urc = None
            self._emit_urc(header)
        return verdict is not Verdict.REFUSED

    def _ends_lost_quote(self, line: str) -> bool:
        """A text whose closing quote was lost must not swallow the answer to a command, nor a notice."""
        if self._exchange is not None and parse_final(line) is not None:
            return True
        return _is_prefixed(line) and _is_urc(line)

    def _is_short_urc(self, line: str) -> bool:
        """A known URC that no further line follows."""
        prefix, value = split_prefix(line)
        rule = find_rule(prefix, line)
        if rule is None or (self._exchange is not None and self._exchange.expects(prefix, value, rule)):
            return False
        return rule.body is None or rule.body(value) is Body.NONE

    def _continues_answer(self, exchange: _Exchange, raw: str, line: str) -> bool:
        header = exchange.open_header
        if header is None:
            return False
        verdict = header.take(raw, line)
        if verdict is Verdict.REFUSED and _is_urc(line):
            return False  # between header and body, or inside the body: go on waiting
        if verdict is not Verdict.TAKEN:
            exchange.open_header = None
            self._add_answer(exchange, InfoLine(prefix=header.prefix, value=header.value, body=header.body))
        return verdict is not Verdict.REFUSED

    # --- What a line is ---

    def _take_answer(self, exchange: _Exchange, prefix: str, value: str) -> None:
        expects = answer_body(value) if exchange.command.body else Body.NONE
        if expects is Body.NONE:
            self._add_answer(exchange, InfoLine(prefix=prefix, value=value))
        else:
            exchange.open_header = OpenHeader(prefix, value, expects, rejoins=True)

    def _add_answer(self, exchange: _Exchange, line: InfoLine) -> None:
        if exchange.keep(line):
            self._events.append(InformationResponse(line))

    def _take_urc(self, prefix: str, value: str, rule: UrcRule) -> None:
        expects = rule.body(value) if rule.body else Body.NONE
        header = OpenHeader(prefix, value, expects)
        if expects is Body.NONE:
            self._emit_urc(header)
        else:
            self._open_urc = header

    def _emit_urc(self, header: OpenHeader) -> None:
        self._events.append(make_urc(header.prefix, header.value, header.body))

    def _as_final(self, line: str) -> FinalCode | None:
        """A final result code, if a command is there that it can end."""
        exchange = self._exchange or self._given_up
        return None if exchange is None else parse_final(line, in_call=exchange.command.call_finals)

    def _take_final(self, code: FinalCode) -> None:
        exchange = self._exchange
        if exchange is None:
            was_probed = self._given_up is not None and self._given_up.is_probed
            self._given_up = _Exchange(PROBE) if was_probed else None  # of two answers one is still due
            self._events.append(Drained())
            if code.kind is FinalKind.CALL:  # ATD was given up, its call was not
                self._events.append(make_urc(*split_prefix(code.line)))
        elif exchange.command.synchronises and self._is_older(exchange, code):
            pass
        elif exchange.is_probed and not exchange.lines and (code.is_success or code.line == "ERROR"):
            self._exchange, self._given_up = None, exchange
            exchange.is_probed = False
            self._events.append(Idle())
        elif exchange.command.payload is not None and code.is_success and not exchange.lines:
            self._take_early_ok(exchange)
        else:
            self._finish(exchange, code)

    def _take_early_ok(self, exchange: _Exchange) -> None:
        if not exchange.told_early_ok:
            exchange.told_early_ok = True
            self._events.append(EarlyOk())

    def _is_older(self, exchange: _Exchange, code: FinalCode) -> bool:
        """An older command ended: a query's own final result code follows its own information response."""
        if code.is_success:
            return bool(exchange.command.prefixes) and not exchange.lines
        return self._given_up is not None and not exchange.lines

    def _finish(self, exchange: _Exchange, code: FinalCode) -> None:
        self._exchange = None
        if exchange.command.synchronises and exchange.command.prefixes:
            self._given_up = None  # after a bare AT, the OK of an older one may still come
        elif exchange.is_probed:
            self._given_up = _Exchange(PROBE)  # its OK may still come
        self._events.append(FinalResult(code, exchange.response(code.line)))


def _is_one_line(text: str) -> bool:
    """Nothing but blanks and the visible characters of ASCII."""
    return text.isascii() and text.isprintable()


def _is_urc(line: str) -> bool:
    return find_rule(split_prefix(line)[0], line) is not None


def _is_prefixed(line: str) -> bool:
    """A line with a prefix of its own, known or not."""
    return line.startswith(_SIGNS) and ":" in line
