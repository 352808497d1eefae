"""One message through a modem that has no entry yet, and what becomes of it."""

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later

from custom_components.alert_gateway.const import DOMAIN
from gsm_driver import (
    CommandError,
    DeliveryReport,
    DeliveryStatus,
    ErrorClass,
    Modem,
    ModemError,
    RegistrationStatus,
    ResponseError,
    SendRejectedError,
    SendUnknownError,
)

from .modem_form import Refusal, refusal_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from gsm_driver import PinAttempts

    from .modem_form import PortSettings

_LOGGER = logging.getLogger(__name__)

NETWORK_PATIENCE: Final = 60.0  # seconds: a modem that was just switched on searches so long
NETWORK_INTERVAL: Final = 3.0  # seconds between questions meanwhile
REPORT_PATIENCE: Final = 60.0  # seconds: most reports come within ten, and nobody watches a dialog for longer

# Data only is tried: where modem, SIM and operator have IMS, messages leave all the same.
_WORTH_A_TRY = frozenset(
    {status for status in RegistrationStatus if status.can_send_sms} | {RegistrationStatus.DATA_ONLY}
)
_DEFECT = "a defect of this integration; see the log"
_FAILURES = frozenset({DeliveryStatus.FAILED, DeliveryStatus.EXPIRED})
_WORDS_BY_CLASS = {ErrorClass.RECIPIENT: "trial_recipient", ErrorClass.ACCOUNT: "trial_account"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialMessage:
    """What is sent to whom."""

    number: str = field(repr=False)  # E.164
    text: str = field(repr=False)


class Trial:
    """Opens the modem, sends, waits for the delivery report, closes the modem.

    What it receives meanwhile is left in the modem: its entry will read it there.

    Attributes:
        accepting: done when the network took the message, or when it is known that it did not.
        running: done when nothing more is waited for, and the modem is closed.
        refusal: why it was not sent or not delivered; None: nothing says so.
        is_delivered: the delivery report says that the phone has it.
    """

    def __init__(
        self, hass: HomeAssistant, port: PortSettings, attempts: PinAttempts, message: TrialMessage
    ) -> None:
        self._hass = hass
        self._port = port
        self._attempts = attempts
        self._accepted = asyncio.Event()
        self.refusal: Refusal | None = None
        self.is_delivered = False
        self.running = hass.async_create_background_task(self._run(message), f"{DOMAIN} trial")
        self.accepting = hass.async_create_background_task(self._accepted.wait(), f"{DOMAIN} trial accepted")

    @callback
    def cancel(self) -> None:
        """Let go of the modem; a message that it has in hand is finished or taken back."""
        self.running.cancel()
        self.accepting.cancel()

    async def _run(self, message: TrialMessage) -> None:
        try:
            await self._send_and_watch(message)
        except SendUnknownError as error:
            self.refusal = Refusal(word="trial_unknown", reason=str(error))
        except SendRejectedError as error:
            word = _WORDS_BY_CLASS.get(error.error_class, "trial_rejected")
            # Some firmware says a plain error of a message that it sent.
            self.refusal = Refusal(word=word if error.is_certain else "trial_unknown", reason=str(error))
        except ModemError as error:
            # Once it was accepted, only its report is missing.
            self.refusal = None if self._accepted.is_set() else refusal_of(error)
        except HomeAssistantError as error:
            self.refusal = Refusal(word="port_unavailable", reason=str(error))
        except Exception:
            _LOGGER.exception("A defect in the trial of a modem")
            self.refusal = None if self._accepted.is_set() else Refusal(word="trial_unknown", reason=_DEFECT)
        finally:
            self._accepted.set()

    async def _send_and_watch(self, message: TrialMessage) -> None:
        port = self._port
        async with Modem(
            port.device, baudrate=port.baudrate, pin=port.pin, pin_attempts=self._attempts
        ) as modem:
            if not await self._has_network(modem):
                self.refusal = Refusal(word="no_network")
                return
            receipt = await modem.sms.send(message.number, message.text, report=True)
            self._accepted.set()
            await self._await_reports(modem, frozenset(receipt.message_references))

    async def _has_network(self, modem: Modem) -> bool:
        """Wait for the network; one that says nothing of it may have it."""
        try:
            async with patience(self._hass, NETWORK_PATIENCE):
                while (await modem.network.registration(complete=True)).status not in _WORTH_A_TRY:
                    await modem.network.wait_changed(NETWORK_INTERVAL)
        except TimeoutError:
            return False
        except CommandError, ResponseError:
            return True
        return True

    async def _await_reports(self, modem: Modem, references: frozenset[int]) -> None:
        """Wait until the fate of each segment is known, or no longer than people wait."""
        fates: dict[int, DeliveryStatus] = {}
        try:
            async with patience(self._hass, REPORT_PATIENCE):
                async for report in _final_reports(modem, references):
                    fates[report.message_reference] = report.status
                    if report.status in _FAILURES:
                        self.refusal = Refusal(word="trial_undelivered")
                    if self.refusal is not None or fates.keys() == references:
                        break
        except TimeoutError:
            return
        self.is_delivered = set(fates.values()) == {DeliveryStatus.DELIVERED}


async def _final_reports(modem: Modem, references: frozenset[int]) -> AsyncIterator[DeliveryReport]:
    """Take the reports of these segments; everything else stays in the modem."""
    async for event in modem.events():
        if isinstance(event, DeliveryReport) and event.message_reference in references:
            await modem.inbox.accept(event)
            if event.status.is_final:
                yield event


@asynccontextmanager
async def patience(hass: HomeAssistant, seconds: float) -> AsyncIterator[None]:
    """Raise TimeoutError after so many seconds of Home Assistant's time."""
    async with asyncio.timeout(None) as limit:

        @callback
        def give_up(_now: datetime) -> None:
            limit.reschedule(hass.loop.time())

        cancel = async_call_later(hass, seconds, give_up)
        try:
            yield
        finally:
            cancel()
