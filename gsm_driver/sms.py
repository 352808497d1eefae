"""Sending short messages: one SMS-SUBMIT at a time, each told before and after the moment that matters."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.exchange import PROMPT_TIMEOUT, InfoLine, Response
from gsm_driver.at.responses import ServiceCentre, parse_message_reference, parse_service_centre
from gsm_driver.at.result_codes import is_certain
from gsm_driver.pdu.dcs import DataCodingScheme, MessageClass
from gsm_driver.pdu.segmentation import AlphabetChoice, SmsPlan, plan_sms
from gsm_driver.pdu.tpdu import Pdu, encode_pdu

from .errors import (
    CmsError,
    CommandError,
    ErrorClass,
    ModemError,
    ModemTimeoutError,
    ResponseError,
    SendError,
    SendRejectedError,
    SendUnknownError,
    UsageError,
)
from .link import SubmitError
from .models import LateAcceptance, SegmentProgress, SegmentReference, SendPhase, SendReceipt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime, timedelta

    from gsm_driver.at.exchange import AtCommand
    from gsm_driver.at.urc import Urc
    from gsm_driver.pdu.tpdu import SmsSubmit

    from .link import Link

    ProgressCallback = Callable[[SegmentProgress], Awaitable[None]]

# Seconds to the first prompt. Before it nothing was sent, so it is asked for a second time rather than waited
# for: most modems need 0.1, and the slow ones get the full time then.
FIRST_PROMPT_TIMEOUT = 4.0
SUBMIT = "AT+CMGS"
CMS_INVALID_PDU_PARAMETER = 304  # also said when the modem fell back to text mode
RELAY_OPEN_ONCE, RELAY_STAYS_OPEN = 1, 2  # AT+CMMS: until the modem is idle for some seconds, or for good
_SERVICE_CENTRE = re.compile(r"\+?\d{4,20}")
INTERNATIONAL, UNKNOWN_TYPE = 145, 129  # type of address (3GPP TS 24.008 clause 10.5.4.7)
CMS_SERVICE_CENTRE_UNKNOWN = 330  # the SIM lost its SMSC address, often by AT+CSMP of another program
# TP-PID, TP-DCS or TP-VP that the SC does not support (3GPP TS 23.040 clause 9.2.3.22): said before it took
# anything, so the same text may go again without them.
CMS_TOO_FANCY = frozenset({*range(128, 177), 198, 199})


class SmsService:
    """Sends. `modem.sms` is one of these.

    Args:
        link: the open line.
        service_centre: what the SIM had at the start; put back when the modem says that it has none.
        look_around: called when the modem did not answer in time, or its memory is full.
        on_late: told of a segment whose +CMGS came after its time.
    """

    def __init__(
        self,
        link: Link,
        *,
        service_centre: ServiceCentre | None = None,
        look_around: Callable[[], None] = lambda: None,
        on_late: Callable[[LateAcceptance], None] = lambda _: None,
    ) -> None:
        self._link = link
        self._look_around = look_around
        self._on_late = on_late
        self._service_centre = service_centre
        self._in_doubt: _Attempt | None = None  # whose +CMGS may still come
        self._relay_modes: tuple[int, ...] = (RELAY_STAYS_OPEN, RELAY_OPEN_ONCE)  # to try at the next message

    @property
    def has_service_centre(self) -> bool | None:
        """The SIM had an SMSC address at the start. None: the modem would not say."""
        return None if self._service_centre is None else bool(self._service_centre.address)

    async def service_centre(self) -> str:
        """The SMSC's address as the SIM has it now; empty: none, so nothing can be sent.

        Raises:
            CommandError: the modem will not say.
            LinkError: the line.
        """
        return parse_service_centre(await self._link.execute(commands.query_service_centre())).address

    async def set_service_centre(self, address: str) -> None:
        """Store the SMSC's address on the SIM. It is also what is put back when the modem loses it.

        Args:
            address: "+" and digits, as the operator names it.

        Raises:
            UsageError: it is no number.
            CommandError: the modem refused.
            LinkError: the line.
        """
        if not _SERVICE_CENTRE.fullmatch(address):
            raise UsageError("the address of an SMSC is + and 4 to 20 digits")
        centre = ServiceCentre(address=address, address_type=_type_of(address))
        await self._link.execute(commands.set_service_centre(address, _type_of(address)))
        self._service_centre = centre

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
            attempt = _Attempt(plan.segments[index], index, accepted, progress)
            try:
                reference = await self._submit_segment(attempt)
            except SendError as err:
                self._note_failure(attempt, err)
                raise
            accepted = (*accepted, reference)
            await attempt.tell(SendPhase.ACCEPTED, reference.message_reference)
        return SendReceipt(segments=accepted)

    def note_late(self, answer: Urc) -> None:
        """Take note of a +CMGS that came when no command waited for it."""
        line = InfoLine(prefix=answer.prefix, value=answer.value)
        try:
            reference = parse_message_reference(Response(command=SUBMIT, lines=(line,)))
        except ResponseError:
            return  # the late answer to another command
        attempt, self._in_doubt = self._in_doubt, None
        if attempt is not None:
            self._on_late(attempt.late_acceptance(reference))

    async def _submit_segment(self, attempt: _Attempt) -> SegmentReference:
        """Submit; where a refusal has a known cure, apply it and try once more."""
        try:
            return await self._submit_once(attempt, FIRST_PROMPT_TIMEOUT)
        except SendRejectedError as err:
            if not await self._cure(attempt, err.__cause__):
                raise
        return await self._submit_once(attempt, PROMPT_TIMEOUT)

    async def _submit_once(self, attempt: _Attempt, prompt_timeout: float) -> SegmentReference:
        command = attempt.command(prompt_timeout)
        try:
            response = await self._link.submit(
                command, before_payload=partial(attempt.tell, SendPhase.SUBMITTED)
            )
            reference = parse_message_reference(response)
        except SubmitError as err:
            raise attempt.error(err) from err.cause
        except ResponseError as err:
            raise attempt.unknown("the modem ended the message without a reference") from err
        self._in_doubt = None  # no older answer can come any more
        return SegmentReference(segment=attempt.segment, message_reference=reference)

    def _note_failure(self, attempt: _Attempt, err: SendError) -> None:
        if isinstance(err, SendUnknownError):
            self._in_doubt = attempt
        # A full memory stops the sending, too (smstools, receive_before_send).
        if isinstance(err.__cause__, ModemTimeoutError) or err.error_class is ErrorClass.MEMORY:
            self._look_around()

    async def _cure(self, attempt: _Attempt, cause: BaseException | None) -> bool:
        """Do what may help against a refusal; False: nothing would."""
        if isinstance(cause, ModemTimeoutError):
            return cause.command == SUBMIT  # the prompt was lost; else the line could not be cleaned
        if not isinstance(cause, CmsError):
            return False
        if cause.code in CMS_TOO_FANCY:
            return attempt.make_plain()
        if cause.code == CMS_INVALID_PDU_PARAMETER:
            return await self._works(commands.pdu_mode())
        centre = self._service_centre
        if cause.code == CMS_SERVICE_CENTRE_UNKNOWN and centre is not None and centre.address:
            address_type = centre.address_type or _type_of(centre.address)
            return await self._works(commands.set_service_centre(centre.address, address_type))
        return False

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


def _type_of(address: str) -> int:
    return INTERNATIONAL if address.startswith("+") else UNKNOWN_TYPE


class _Attempt:
    """One segment on its way: what is submitted, whom to tell, and what to say of it when it fails."""

    def __init__(
        self,
        submit: SmsSubmit,
        segment: int,
        accepted: tuple[SegmentReference, ...],
        progress: ProgressCallback | None,
    ) -> None:
        self.segment = segment
        self._submit = submit
        self._accepted = accepted
        self._progress = progress
        self._told: SendPhase | None = None

    def command(self, prompt_timeout: float = PROMPT_TIMEOUT) -> AtCommand:
        """AT+CMGS for it."""
        encoded = encode_pdu(Pdu(tpdu=self._submit))
        return commands.send_message(encoded.tpdu_length, encoded.hex_pdu, prompt_timeout=prompt_timeout)

    def make_plain(self) -> bool:
        """Leave out what an old SC may not know; False: there is nothing of that kind."""
        scheme = DataCodingScheme.of(self._submit.data_coding_scheme.alphabet)
        plain = replace(self._submit, data_coding_scheme=scheme, validity_period=None, protocol_identifier=0)
        is_plainer = plain != self._submit
        self._submit = plain
        return is_plainer

    async def tell(self, phase: SendPhase, reference: int | None = None) -> None:
        """Tell each phase once: a second try adds nothing to what the caller knows."""
        if self._progress is not None and phase is not self._told:
            await self._progress(
                SegmentProgress(segment=self.segment, phase=phase, message_reference=reference)
            )
            self._told = phase

    def late_acceptance(self, reference: int) -> LateAcceptance:
        """It was taken after all."""
        recipient = self._submit.destination_address.number
        return LateAcceptance(recipient=recipient, segment=self.segment, message_reference=reference)

    def error(self, err: SubmitError) -> Exception:
        """What a failed submission means for this segment."""
        if not isinstance(err.cause, ModemError):
            return err.cause  # the caller's own, out of `progress`
        is_submitted = err.phase is SendPhase.SUBMITTED
        # Some answers to the PDU say nothing of it: CMS 332 only that the network did not answer in time.
        is_answered = isinstance(err.cause, CommandError) and err.cause.error_class is not ErrorClass.UNKNOWN
        if is_submitted and not is_answered:
            return self.unknown(f"the message left for the modem, but {err.cause}")
        return SendRejectedError(
            f"the message was not sent: {err.cause}",
            segment=self.segment,
            phase=err.phase,
            error_class=err.cause.error_class,
            accepted=self._accepted,
            is_certain=not is_submitted or (isinstance(err.cause, CommandError) and is_certain(err.cause)),
        )

    def unknown(self, text: str) -> SendError:
        return SendUnknownError(
            text,
            segment=self.segment,
            phase=SendPhase.SUBMITTED,
            error_class=ErrorClass.UNKNOWN,
            accepted=self._accepted,
        )
