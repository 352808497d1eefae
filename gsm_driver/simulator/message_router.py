"""What the modem does with what the network brings (3GPP TS 27.005 clause 3.4, tables for <mt> and <ds>)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.pdu.dcs import MessageClass

from .mailbox import Handover
from .message_form import direct_lines
from .storage import StoredMessage, StoredStatus
from .urc_queue import UrcQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from .air import Delivery
    from .device import SimulatedModem
    from .scheduler import Scheduler, Timer
    from .storage import Storage

ACKNOWLEDGE_TIMEOUT = 15.0  # seconds for +CNMA before the network is told of a failure (27.005 clause 3.4.4)


class MessageRouter:
    """Stores, announces, or hands to the host directly, as +CNMI and +CSMS say."""

    def __init__(self, modem: SimulatedModem, scheduler: Scheduler) -> None:
        self._modem = modem
        self._scheduler = scheduler
        self._buffered = UrcQueue()  # <mode> 0 keeps the codes in the modem
        self._unacknowledged: Callable[[Handover], None] | None = None
        self._timeout: Timer | None = None

    def deliver(self, delivery: Delivery, answer: Callable[[Handover], None]) -> None:
        """Take one SMS-DELIVER or SMS-STATUS-REPORT; `answer` is called once."""
        is_deaf = self._modem.profile.deaf_until_switched and not self._modem.settings.is_switched
        if is_deaf or not self._modem.registration.can_send_sms:
            answer(Handover.UNREACHABLE)
        elif delivery.is_report:
            self._report(delivery, answer)
        else:
            self._message(delivery, answer)

    def acknowledge(self, *, accepted: bool) -> bool:
        """+CNMA; False if nothing waits for it."""
        if self._unacknowledged is None:
            return False
        self._settle(Handover.TAKEN if accepted else Handover.UNREACHABLE)
        return True

    def abandon(self) -> None:
        """The power is gone."""
        self._buffered.take_all()
        self._settle(Handover.UNREACHABLE)

    def cnmi_changed(self) -> None:
        """<mode> may let buffered codes out; <bfr> says whether they still count."""
        mode, _, _, _, buffer = self._modem.settings.cnmi
        if mode == 0:
            return
        for announcement in self._buffered.take_all():
            if buffer == 0:
                self._modem.announce(*announcement)

    # --- routing ------------------------------------------------------------------------------------------

    def _message(self, delivery: Delivery, answer: Callable[[Handover], None]) -> None:
        if self._goes_direct(delivery.message_class):
            self._direct("+CMT", delivery, answer)
            return
        name = self._modem.settings.memories[2]
        if delivery.message_class is MessageClass.SIM:
            name = "SM"
        announced = self._modem.settings.cnmi[1] != 0
        urc = self._modem.profile.new_message_urc if announced else ""
        self._store(delivery, self._modem.storages[name], urc, answer)

    def _goes_direct(self, message_class: MessageClass | None) -> bool:
        routing = self._modem.settings.cnmi[1]
        if routing == 2:
            return message_class is not MessageClass.SIM
        return routing == 3 and message_class is MessageClass.TERMINAL

    def _report(self, delivery: Delivery, answer: Callable[[Handover], None]) -> None:
        routing = self._modem.settings.cnmi[3]
        profile = self._modem.profile
        if routing == 1:
            self._direct("+CDS", delivery, answer)
        elif routing == 2 and profile.report_memory:
            storage = self._modem.storages[profile.report_memory]
            self._store(delivery, storage, profile.stored_report_urc, answer)
        else:
            answer(Handover.TAKEN)  # <ds> 0: not for the host, and kept nowhere

    def _store(
        self, delivery: Delivery, storage: Storage, urc: str, answer: Callable[[Handover], None]
    ) -> None:
        index = storage.add(
            StoredMessage(
                status=StoredStatus.RECEIVED_UNREAD,
                service_centre=delivery.service_centre,
                tpdu=delivery.tpdu,
            )
        )
        if index is None:
            answer(Handover.MEMORY_FULL)
            return
        if urc:
            self._announce(urc.format(memory=storage.name, index=index))
        if storage.is_full and self._modem.profile.storage_full_urc:
            self._modem.announce(self._modem.profile.storage_full_urc.format(memory=storage.name))
        answer(Handover.TAKEN)

    def _direct(self, name: str, delivery: Delivery, answer: Callable[[Handover], None]) -> None:
        self._announce(*direct_lines(name, delivery, self._modem.settings))
        if self._modem.settings.csms == 0:
            answer(Handover.TAKEN)
            return
        self._unacknowledged = answer
        self._timeout = self._scheduler.call_later(ACKNOWLEDGE_TIMEOUT, self._not_acknowledged)

    def _announce(self, *lines: str) -> None:
        if self._modem.settings.cnmi[0] == 0:
            self._buffered.hold(lines)
        else:
            self._modem.announce(*lines)

    def _not_acknowledged(self) -> None:
        mode, _, broadcast, _, buffer = self._modem.settings.cnmi
        self._modem.settings.cnmi = (mode, 0, broadcast, 0, buffer)  # 27.005 clause 3.4.4
        self._settle(Handover.UNREACHABLE)

    def _settle(self, handover: Handover) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None
        waiting, self._unacknowledged = self._unacknowledged, None
        if waiting is not None:
            waiting(handover)
