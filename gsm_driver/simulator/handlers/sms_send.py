"""Send and write messages (3GPP TS 27.005 clauses 3.5.1 to 3.5.3, 4.3, 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.simulator.air import (
    NotASubmitError,
    Submission,
    read_submit,
    split_pdu,
    text_submit,
    with_destination,
)
from gsm_driver.simulator.answers import Answer, CmsRefusalError, Prompt
from gsm_driver.simulator.command import Command, CommandKind
from gsm_driver.simulator.message_form import from_character_set
from gsm_driver.simulator.storage import StoredMessage, StoredStatus

from .setting import only, require_sim_for_sms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver.simulator.answers import Pending
    from gsm_driver.simulator.device import SimulatedModem

    from .setting import Handler

CMS_INVALID_PDU_PARAMETER = 304  # clause 3.2.5
CMS_INVALID_TEXT_PARAMETER = 305
CMS_INVALID_INDEX = 321
CMS_MEMORY_FULL = 322

MAX_TPDU_LENGTH = 164  # octets of the longest SMS-SUBMIT (23.040 clause 9.2.2.2: 12 + 12 + 140)


def _cmgs(modem: SimulatedModem, command: Command) -> Answer | Prompt:
    """+CMGS: send what the prompt gets."""
    if command.kind is CommandKind.TEST:
        return Answer()
    require_sim_for_sms(modem)
    only(command, CommandKind.SET)
    form = _form(modem, command)
    return Prompt(on_body=lambda body: modem.submitter.submit(form.read(body), command="+CMGS"))


def _cmgw(modem: SimulatedModem, command: Command) -> Answer | Prompt:
    """+CMGW: keep what the prompt gets in <mem2>."""
    if command.kind is CommandKind.TEST:
        return Answer()
    require_sim_for_sms(modem)
    only(command, CommandKind.SET)
    form = _form(modem, command)
    return Prompt(on_body=lambda body: _write(modem, form.read(body)))


def _write(modem: SimulatedModem, submission: Submission) -> Answer:
    delivery = split_pdu(submission.hex_pdu)
    index = modem.storages[modem.settings.memories[1]].add(
        StoredMessage(
            status=StoredStatus.STORED_UNSENT,
            service_centre=delivery.service_centre,
            tpdu=delivery.tpdu,
        )
    )
    if index is None:
        raise CmsRefusalError(CMS_MEMORY_FULL)
    return Answer(lines=(f"+CMGW: {index}",))


def _cmss(modem: SimulatedModem, command: Command) -> Answer | Pending:
    """+CMSS: send what +CMGW kept."""
    if command.kind is CommandKind.TEST:
        return Answer()
    require_sim_for_sms(modem)
    only(command, CommandKind.SET)
    storage = modem.storages[modem.settings.memories[1]]
    index = command.integer(0)
    stored = storage.get(index)
    if stored is None or stored.status not in {StoredStatus.STORED_UNSENT, StoredStatus.STORED_SENT}:
        raise CmsRefusalError(CMS_INVALID_INDEX)
    submission = read_submit(stored.hex_pdu, len(stored.tpdu), modem.sim.service_centre)
    if destination := command.string(1, ""):
        submission = with_destination(submission, destination)
    return modem.submitter.submit(
        submission, command="+CMSS", on_sent=lambda: storage.mark(index, StoredStatus.STORED_SENT)
    )


class _PduForm:
    """PDU mode: the command has the length, the body the PDU in hex."""

    def __init__(self, modem: SimulatedModem, command: Command) -> None:
        self._modem = modem
        self._length = command.integer(0)
        if not 0 < self._length <= MAX_TPDU_LENGTH:
            raise CmsRefusalError(CMS_INVALID_PDU_PARAMETER)

    def read(self, body: str) -> Submission:
        """The submission, or a refusal."""
        try:
            return read_submit(body, self._length, self._modem.sim.service_centre)
        except NotASubmitError:
            raise CmsRefusalError(CMS_INVALID_PDU_PARAMETER) from None


class _TextForm:
    """Text mode: the command has the destination, the body the text, +CSMP the rest."""

    def __init__(self, modem: SimulatedModem, command: Command) -> None:
        self._modem = modem
        self._destination = command.string(0)

    def read(self, body: str) -> Submission:
        """The submission, or a refusal."""
        settings = self._modem.settings
        try:
            return text_submit(
                from_character_set(self._destination, settings),
                from_character_set(body, settings),
                coding=settings.coding,
                report_requested=bool(settings.first_octet & 0x20),  # TP-SRR
                service_centre=self._modem.sim.service_centre,
            )
        except ValueError:
            raise CmsRefusalError(CMS_INVALID_TEXT_PARAMETER) from None


def _form(modem: SimulatedModem, command: Command) -> _PduForm | _TextForm:
    return _TextForm(modem, command) if modem.settings.cmgf else _PduForm(modem, command)


HANDLERS: Mapping[str, Handler] = {"+CMGS": _cmgs, "+CMGW": _cmgw, "+CMSS": _cmss}
