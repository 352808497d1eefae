"""Sending short messages: one SMS-SUBMIT at a time, each told before and after the moment that matters."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.exchange import PROMPT_TIMEOUT
from gsm_driver.at.responses import ServiceCentre, parse_message_reference, parse_service_centre
from gsm_driver.pdu.address import Address
from gsm_driver.pdu.dcs import MessageClass
from gsm_driver.pdu.segmentation import AlphabetChoice, SmsPlan, plan_sms

from .errors import (
    CmsError,
    ErrorClass,
    ModemError,
    ModemTimeoutError,
    ResponseError,
    SendError,
    SendRejectedError,
    UsageError,
)
from .link import SubmitError
from .models import SegmentReference, SendPhase, SendReceipt
from .segment_attempt import SegmentAttempt
from .submission_watch import SUBMIT, SubmissionWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime, timedelta

    from gsm_driver.at.exchange import AtCommand
    from gsm_driver.pdu.national import NationalLanguage

    from .link import Link
    from .segment_attempt import ProgressCallback

CMS_INVALID_PDU_PARAMETER = 304  # also said when the modem fell back to text mode
RELAY_OPEN_ONCE, RELAY_STAYS_OPEN = 1, 2  # AT+CMMS: until the modem is idle for some seconds, or for good
SERVICE_CENTRE = re.compile(r"\+?[0-9]{4,20}")
INTERNATIONAL, UNKNOWN_TYPE = 145, 129  # type of address (3GPP TS 24.008 clause 10.5.4.7)
CMS_SERVICE_CENTRE_UNKNOWN = 330  # the SIM lost its SMSC address, often by AT+CSMP of another program
# TP-PID, TP-DCS or TP-VP that the SC does not support (3GPP TS 23.040 clause 9.2.3.22): said before it took
# anything, so the same text may go again without them.
CMS_TOO_FANCY = frozenset({*range(128, 177), 198, 199})


class SmsService:
    """Sends. `modem.sms` is one of these.

    Args:
        link: the open line.
        watch: told of each segment; settles what is in doubt.
        service_centre: what the SIM had at the start; put back when the modem says that it has none.
        submit_timeout: seconds that the network has for a segment; after a minute the caller is told unknown.
        look_around: called when the modem did not answer in time, or its memory is full.
    """

    def __init__(
        self,
        link: Link,
        watch: SubmissionWatch | None = None,
        *,
        service_centre: ServiceCentre | None = None,
        submit_timeout: float = commands.SUBMIT_TIMEOUT,
        look_around: Callable[[], None] = lambda: None,
    ) -> None:
        self._link = link
        self._look_around = look_around
        self._watch = watch or SubmissionWatch(link)
        self._service_centre = service_centre
        self._submit_timeout = submit_timeout
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
        centre = ServiceCentre(address=_checked_centre(address), address_type=_type_of(address))
        await self._link.execute(commands.set_service_centre(address, _type_of(address)))
        self._service_centre = centre

    @staticmethod
    def plan(
        number: str,
        text: str | None = None,
        *,
        data: bytes | None = None,
        ports: tuple[int, int] | None = None,
        report: bool = True,
        validity: timedelta | datetime | None = None,
        flash: bool = False,
        plain: bool = False,
        alphabet: AlphabetChoice | NationalLanguage = AlphabetChoice.AUTO,
        languages: Collection[NationalLanguage] = (),
        transliterate: bool = False,
        concat_reference: int = 0,
    ) -> SmsPlan:
        """The SMS-SUBMITs for a text or data; asks no modem. The arguments are those of `send`.

        `SmsPlan.count` says what it costs, which alphabet was taken, and why.

        Raises:
            PduEncodeError: it cannot be expressed.
            UsageError: arguments that contradict each other.
        """
        if plain and (alphabet is not AlphabetChoice.AUTO or languages or data is not None):
            raise UsageError("`plain` is an alphabet of its own, for texts: leave out the other")
        return plan_sms(
            number,
            text,
            data=data,
            ports=ports,
            report_requested=report,
            validity=validity,
            message_class=MessageClass.FLASH if flash else None,
            alphabet=AlphabetChoice.GSM7_BASIC if plain else alphabet,
            languages=languages,
            transliterate=plain or transliterate,
            concat_reference=concat_reference,
        )

    async def send(
        self,
        number: str,
        text: str | None = None,
        *,
        data: bytes | None = None,
        ports: tuple[int, int] | None = None,
        report: bool = True,
        validity: timedelta | datetime | None = None,
        flash: bool = False,
        plain: bool = False,
        alphabet: AlphabetChoice | NationalLanguage = AlphabetChoice.AUTO,
        languages: Collection[NationalLanguage] = (),
        transliterate: bool = False,
        concat_reference: int = 0,
        service_centre: str | None = None,
    ) -> SendReceipt:
        """Plan and submit; raises what these raise.

        Args:
            number: "+" and digits, or digits as one would dial them.
            text: any text; an empty one is one segment.
            data: octets for a program (8-bit data), in place of a text; mostly with `ports`.
            ports: (destination, originator) application ports, of data or text.
            report: ask for a delivery report for each segment.
            validity: how long, or until when, the network may keep trying.
            flash: class 0: shown at once, not stored.
            plain: GSM 7 bit without extension, other characters replaced: for alarm panels.
            alphabet: which one; a `NationalLanguage` forces the tables of that language.
            languages: whose national tables may be used where that saves segments. Old phones know none.
            transliterate: write look-alikes where that avoids UCS2.
            concat_reference: joins the segments at the phone; let it differ between messages to one number.
            service_centre: the SMSC for this message alone; None: the one stored on the SIM.
        """
        plan = self.plan(
            number,
            text,
            data=data,
            ports=ports,
            report=report,
            validity=validity,
            flash=flash,
            plain=plain,
            alphabet=alphabet,
            languages=languages,
            transliterate=transliterate,
            concat_reference=concat_reference,
        )
        return await self.submit(plan, service_centre=service_centre)

    async def submit(
        self,
        plan: SmsPlan,
        segments: Sequence[int] | None = None,
        progress: ProgressCallback | None = None,
        *,
        service_centre: str | None = None,
    ) -> SendReceipt:
        """Send the segments of a plan, in order, each once.

        Args:
            plan: from `plan` or `plan_sms`.
            segments: indexes from 0 of those to send; None for all.
            progress: awaited with SUBMITTED just before a PDU leaves, and with ACCEPTED after its +CMGS.
                Commit there: what was not told SUBMITTED was not sent. What it raises ends the sending and is
                raised on.
            service_centre: the SMSC for this message alone, "+" and digits; None: the one stored on the SIM.

        Raises:
            SendRejectedError: this segment was not taken. The later ones were not tried.
            SendUnknownError: this segment may have been taken. The later ones were not tried.
            UsageError: `segments` names one that the plan does not have, or the SMSC is no number.
        """
        chosen = range(len(plan.segments)) if segments is None else segments
        if any(not 0 <= index < len(plan.segments) for index in chosen):
            raise UsageError(f"segments must be from 0 to {len(plan.segments) - 1}, as the plan has them")
        centre = None if service_centre is None else Address.parse(_checked_centre(service_centre))
        if len(chosen) > 1:
            await self._keep_relay_open()
        accepted: tuple[SegmentReference, ...] = ()
        for index in chosen:
            attempt = SegmentAttempt(plan, index, accepted, progress, service_centre=centre)
            try:
                reference = await self._submit_segment(attempt)
            except SendError as err:
                self._note_failure(err)
                raise
            accepted = (*accepted, reference)
            await attempt.tell(SendPhase.ACCEPTED, reference.message_reference)
        return SendReceipt(segments=accepted)

    async def _submit_segment(self, attempt: SegmentAttempt) -> SegmentReference:
        """Submit; where a refusal has a known cure, apply it and try once more.

        Before the prompt nothing was sent, so one that is late is soon asked for again, with its full time.
        """
        try:
            return await self._submit_watched(attempt, self._link.prompt_patience.timeout)
        except SendRejectedError as err:
            if not await self._cure(attempt, err.__cause__):
                raise
        return await self._submit_watched(attempt, PROMPT_TIMEOUT)

    async def _submit_watched(self, attempt: SegmentAttempt, prompt_timeout: float) -> SegmentReference:
        try:
            reference = await self._submit_once(attempt, prompt_timeout)
        except BaseException as err:
            self._watch.fail(attempt.submission, err)
            raise
        self._watch.accept(attempt.submission, reference)
        return SegmentReference(segment=attempt.submission.segment, message_reference=reference)

    async def _submit_once(self, attempt: SegmentAttempt, prompt_timeout: float) -> int:
        command = attempt.command(prompt_timeout, self._submit_timeout)
        try:
            response = await self._link.submit(command, before_payload=partial(attempt.leave, self._watch))
            return parse_message_reference(response)
        except SubmitError as err:
            raise attempt.error(err) from err.cause
        except ResponseError as err:
            raise attempt.unknown("the modem ended it without a reference") from err

    def _note_failure(self, err: SendError) -> None:
        # A full memory stops the sending, too (smstools, receive_before_send).
        if isinstance(err.__cause__, ModemTimeoutError) or err.error_class is ErrorClass.MEMORY:
            self._look_around()

    async def _cure(self, attempt: SegmentAttempt, cause: BaseException | None) -> bool:
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


def _checked_centre(address: str) -> str:
    if not SERVICE_CENTRE.fullmatch(address):
        raise UsageError("the address of an SMSC is + and 4 to 20 digits")
    return address


def _type_of(address: str) -> int:
    return INTERNATIONAL if address.startswith("+") else UNKNOWN_TYPE
