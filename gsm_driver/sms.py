"""Sending short messages: one SMS-SUBMIT at a time, each told before and after the moment that matters."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.responses import parse_message_reference
from gsm_driver.pdu.dcs import MessageClass
from gsm_driver.pdu.segmentation import AlphabetChoice, SmsPlan, plan_sms
from gsm_driver.pdu.tpdu import Pdu, encode_pdu

from .errors import (
    CmsError,
    CommandError,
    ErrorClass,
    ModemError,
    ModemTimeoutError,
    ResponseError,
    SendRejectedError,
    SendUnknownError,
    UsageError,
)
from .link import SubmitError
from .models import SegmentProgress, SegmentReference, SendPhase, SendReceipt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime, timedelta

    from gsm_driver.at.exchange import AtCommand
    from gsm_driver.at.responses import ServiceCentre

    from .errors import SendError
    from .link import Link

    ProgressCallback = Callable[[SegmentProgress], Awaitable[None]]

CMS_INVALID_PDU_PARAMETER = 304  # also said when the modem fell back to text mode
RELAY_OPEN_ONCE, RELAY_STAYS_OPEN = 1, 2  # AT+CMMS: until the modem is idle for some seconds, or for good
CMS_SERVICE_CENTRE_UNKNOWN = 330  # the SIM lost its SMSC address, often by AT+CSMP of another program


class SmsService:
    """Sends. `modem.sms` is one of these.

    Args:
        link: the open line.
        service_centre: what the SIM had at the start; put back when the modem says that it has none.
        on_silence: called when the modem did not answer in time.
    """

    def __init__(
        self,
        link: Link,
        *,
        service_centre: ServiceCentre | None = None,
        on_silence: Callable[[], None] = lambda: None,
    ) -> None:
        self._link = link
        self._on_silence = on_silence
        self._service_centre = service_centre
        self._relay_modes: tuple[int, ...] = (RELAY_STAYS_OPEN, RELAY_OPEN_ONCE)  # to try at the next message

    @property
    def has_service_centre(self) -> bool | None:
        """The SIM had an SMSC address at the start. None: the modem would not say."""
        return None if self._service_centre is None else bool(self._service_centre.address)

    @staticmethod
    def plan(
        number: str,
        text: str,
        *,
        report: bool = True,
        validity: timedelta | datetime | None = None,
        flash: bool = False,
        plain: bool = False,
        concat_reference: int = 0,
    ) -> SmsPlan:
        """The SMS-SUBMITs for a text; asks no modem. The arguments are those of `send`.

        Raises:
            PduEncodeError: it cannot be expressed.
        """
        return plan_sms(
            number,
            text,
            report_requested=report,
            validity=validity,
            message_class=MessageClass.FLASH if flash else None,
            alphabet=AlphabetChoice.GSM7_BASIC if plain else AlphabetChoice.AUTO,
            transliterate=plain,
            concat_reference=concat_reference,
        )

    async def send(
        self,
        number: str,
        text: str,
        *,
        report: bool = True,
        validity: timedelta | datetime | None = None,
        flash: bool = False,
        plain: bool = False,
        concat_reference: int = 0,
    ) -> SendReceipt:
        """Plan and submit.

        Args:
            number: "+" and digits, or digits as one would dial them.
            text: any text; an empty one is one segment.
            report: ask for a delivery report for each segment.
            validity: how long, or until when, the network may keep trying.
            flash: class 0: shown at once, not stored.
            plain: GSM 7 bit without extension, other characters replaced: for alarm panels.
            concat_reference: joins the segments at the phone; let it differ between messages to one number.

        Raises:
            PduEncodeError: it cannot be expressed; nothing was sent.
            SendRejectedError, SendUnknownError: as `submit`.
        """
        plan = self.plan(
            number,
            text,
            report=report,
            validity=validity,
            flash=flash,
            plain=plain,
            concat_reference=concat_reference,
        )
        return await self.submit(plan)

    async def submit(
        self,
        plan: SmsPlan,
        segments: Sequence[int] | None = None,
        progress: ProgressCallback | None = None,
    ) -> SendReceipt:
        """Send the segments of a plan, in order, each once.

        Args:
            plan: from `plan` or `plan_sms`.
            segments: indexes from 0 of those to send; None for all.
            progress: awaited with SUBMITTED just before a PDU leaves, and with ACCEPTED after its +CMGS.
                Commit there: what was not told SUBMITTED was not sent. What it raises ends the sending and is
                raised on.

        Raises:
            SendRejectedError: this segment was not taken. The later ones were not tried.
            SendUnknownError: this segment may have been taken. The later ones were not tried.
            UsageError: `segments` names one that the plan does not have.
        """
        chosen = range(len(plan.segments)) if segments is None else segments
        if any(not 0 <= index < len(plan.segments) for index in chosen):
            raise UsageError(f"segments must be from 0 to {len(plan.segments) - 1}, as the plan has them")
        if len(chosen) > 1:
            await self._keep_relay_open()
        accepted: tuple[SegmentReference, ...] = ()
        for index in chosen:
            encoded = encode_pdu(Pdu(tpdu=plan.segments[index]))
            command = commands.send_message(encoded.tpdu_length, encoded.hex_pdu)
            attempt = _Attempt(index, accepted, progress)
            reference = await self._submit_segment(command, attempt)
            accepted = (*accepted, reference)
            await attempt.tell(SendPhase.ACCEPTED, reference.message_reference)
        return SendReceipt(segments=accepted)

    async def _submit_segment(self, command: AtCommand, attempt: _Attempt) -> SegmentReference:
        """Submit; where the refusal has a known cure, apply it and try once more."""
        try:
            return await self._submit_once(command, attempt)
        except SendRejectedError as err:
            cure = self._cure_for(err.__cause__)
            if cure is None or not await self._works(cure):
                raise
        return await self._submit_once(command, attempt)

    async def _submit_once(self, command: AtCommand, attempt: _Attempt) -> SegmentReference:
        try:
            response = await self._link.submit(
                command, before_payload=partial(attempt.tell, SendPhase.SUBMITTED)
            )
            reference = parse_message_reference(response)
        except SubmitError as err:
            if isinstance(err.cause, ModemTimeoutError):
                self._on_silence()
            raise attempt.error(err) from err.cause
        except ResponseError as err:
            raise attempt.unknown("the modem ended the message without a reference") from err
        return SegmentReference(segment=attempt.segment, message_reference=reference)

    def _cure_for(self, cause: BaseException | None) -> AtCommand | None:
        if not isinstance(cause, CmsError):
            return None
        if cause.code == CMS_INVALID_PDU_PARAMETER:
            return commands.pdu_mode()
        centre = self._service_centre
        if cause.code == CMS_SERVICE_CENTRE_UNKNOWN and centre is not None and centre.address:
            default_type = 145 if centre.address.startswith("+") else 129
            return commands.set_service_centre(centre.address, centre.address_type or default_type)
        return None

    async def _keep_relay_open(self) -> None:
        """Have the channel kept between segments. Costs a turn for good, with mode 1 a turn a message."""
        for mode in self._relay_modes:
            if await self._works(commands.keep_relay_open(mode)):
                self._relay_modes = () if mode == RELAY_STAYS_OPEN else (mode,)
                return
        self._relay_modes = ()

    async def _works(self, command: AtCommand) -> bool:
        """The modem takes a command that nothing depends on. If the line failed, the next command says so."""
        try:
            await self._link.execute(command)
        except ModemError:
            return False
        return True


class _Attempt:
    """One segment on its way: whom to tell, and what to say of it when it fails."""

    def __init__(
        self, segment: int, accepted: tuple[SegmentReference, ...], progress: ProgressCallback | None
    ) -> None:
        self.segment = segment
        self._accepted = accepted
        self._progress = progress

    async def tell(self, phase: SendPhase, reference: int | None = None) -> None:
        if self._progress is not None:
            await self._progress(
                SegmentProgress(segment=self.segment, phase=phase, message_reference=reference)
            )

    def error(self, err: SubmitError) -> Exception:
        """What a failed submission means for this segment."""
        if not isinstance(err.cause, ModemError):
            return err.cause  # the caller's own, out of `progress`
        # Some answers to the PDU say nothing of it: CMS 332 only that the network did not answer in time.
        is_answered = isinstance(err.cause, CommandError) and err.cause.error_class is not ErrorClass.UNKNOWN
        if err.phase is SendPhase.SUBMITTED and not is_answered:
            return self.unknown(f"the message left for the modem, but {err.cause}")
        return SendRejectedError(
            f"the message was not sent: {err.cause}",
            segment=self.segment,
            phase=err.phase,
            error_class=err.cause.error_class,
            accepted=self._accepted,
        )

    def unknown(self, text: str) -> SendError:
        return SendUnknownError(
            text,
            segment=self.segment,
            phase=SendPhase.SUBMITTED,
            error_class=ErrorClass.UNKNOWN,
            accepted=self._accepted,
        )
