"""What a person may ask of a modem beside messages: USSD, its memories, a restart, a command.

None of it falls into the middle of a message: each command to the modem has its turn. A restart also waits
for the message in hand, and holds back the next. While the network thinks about USSD, messages leave.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.errors import InvalidRequestError, RequestReason, RouteReason, RouteServiceError
from gsm_driver import ModemError, UsageError, UssdStatus, decode_stored

from .gsm_translation import route_reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gsm_driver import DeliveryReport, MemoryContents, Modem, ReceivedSms, UssdReply

    from .send_gate import SendGate

MAX_ANSWERS = 10  # to the menus of one dialogue
# Seconds that a restart waits for the message in hand: most segments are taken within 10. Longer waits belong
# to networks that do not answer, and then a person wants to know.
RESTART_PATIENCE = 30.0
_RESTARTING = "the modem is being restarted"


class ModemServiceError(RouteServiceError):
    """The modem or the network did not do it; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UssdText:
    """What the network said."""

    text: str = field(repr=False)
    wants_answer: bool
    status: str  # a word of `gsm_driver.UssdStatus`


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemMemory:
    """One message memory of a modem or its SIM."""

    name: str  # "SM" is the SIM, "ME" the modem
    used: int
    total: int | None  # None: the modem does not say
    is_complete: bool  # False: more lies there than could be read


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemStorage:
    """What lies in a modem at this moment. The gateway takes what it does not know yet by itself."""

    memories: tuple[ModemMemory, ...]
    stored: tuple[ReceivedSms | DeliveryReport, ...] = field(repr=False)


class ModemServices:
    """``route.services`` of a modem.

    All methods raise ModemServiceError where the modem or the network does not do it, and InvalidRequestError
    where it was not tried because of what was asked. Cancelling one leaves the line clean.
    """

    def __init__(self, modem: Callable[[], Modem | None], gate: SendGate) -> None:
        self._modem = modem
        self._gate = gate

    async def send_ussd(self, code: str, answers: Sequence[str] = ()) -> tuple[UssdText, ...]:
        """Send a code such as ``*100#``, then each of `answers` to the menu that comes; what came, in order.

        It ends when the network wants no answer any more, or there is none left; a menu is closed then.
        """
        if len(answers) > MAX_ANSWERS:
            text = f"answers: at most {MAX_ANSWERS}"
            raise InvalidRequestError(text, RequestReason.USSD_ANSWERS, {"most": str(MAX_ANSWERS)})
        with self._in_words(RequestReason.USSD_CODE) as modem:
            async with modem.ussd.session(code) as session:
                said = [_said(session.latest)]
                for answer in answers:
                    if not said[-1].wants_answer:
                        break
                    said.append(_said(await session.reply(answer)))
        return tuple(said)

    async def run_at_command(self, command: str, wait: float = 10.0) -> tuple[str, ...]:
        """Give the modem a command such as ``AT+CSQ``; the lines of its answer.

        What would break the line, put the modem to sleep, delete messages or lock the SIM is refused.
        No message leaves while the modem thinks about it, `wait` seconds and at most 60.
        """
        with self._in_words(RequestReason.COMMAND_FORBIDDEN) as modem:
            answer = await modem.console.run(command, wait=wait)
        return answer.lines

    async def storage(self) -> ModemStorage:
        """What lies in the memories of the modem and its SIM. It may take some seconds."""
        with self._in_words(RequestReason.STORAGE_FORBIDDEN) as modem:
            contents = await modem.inbox.look()
        return ModemStorage(memories=tuple(map(_memory, contents)), stored=decode_stored(contents))

    async def restart(self) -> None:
        """Restart the modem. It is back within two minutes; messages wait, or go by another route."""
        with self._in_words(RequestReason.RESTART_FORBIDDEN) as modem:
            if modem.calls.current is not None:
                text = "a call is going on: try again when it is over"
                raise ModemServiceError(text, RouteReason.CALL_GOING_ON)
            with self._gate.held(_RESTARTING):
                if not await self._gate.idle(RESTART_PATIENCE):
                    text = "a message is being sent: try again in a minute"
                    raise ModemServiceError(text, RouteReason.MESSAGE_UNDER_WAY)
                await modem.reset()

    @contextmanager
    def _in_words(self, forbidden: RequestReason) -> Iterator[Modem]:
        """The open modem; what it raises becomes an error of ours, `forbidden` if it was not even tried."""
        modem = self._modem()
        if modem is None:
            text = "there is no modem: look at what its route says"
            raise ModemServiceError(text, RouteReason.MODEM_MISSING)
        try:
            yield modem
        except UsageError as err:
            raise InvalidRequestError(str(err), forbidden) from err
        except ModemError as err:
            reason, values = route_reason_of(err)
            raise ModemServiceError(str(err), reason, values) from err


def _said(reply: UssdReply) -> UssdText:
    if reply.status is UssdStatus.TIMEOUT:
        raise ModemServiceError("the network did not answer this code", RouteReason.NETWORK_SILENT)
    wants = reply.status is UssdStatus.REPLY_WANTED
    return UssdText(text=reply.text, wants_answer=wants, status=reply.status.value)


def _memory(contents: MemoryContents) -> ModemMemory:
    return ModemMemory(
        name=contents.memory, used=contents.used, total=contents.total, is_complete=contents.complete
    )
