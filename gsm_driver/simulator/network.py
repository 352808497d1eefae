"""The network behind the modem: an SMSC, phones, and the mailboxes of modems."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gsm_driver.pdu.segmentation import AlphabetChoice

from .air import Delivery, Submission, deliver_tpdus, service_centre_octets, split_pdu
from .conditions import NetworkConditions
from .directory import Directory
from .events import EventLog, NetworkCounters, NetworkEvent, NetworkEventKind
from .mailbox import Handover, Mailbox, Subscriber
from .service_centre import ServiceCentre
from .telephony import Switch
from .ussd import UssdCentre

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .phone import AutoReply, PhoneMessage, SimulatedPhone
    from .scheduler import Scheduler
    from .telephony import CallBehaviour
    from .ussd import UssdMenu

GIVE_UP_AFTER = 30.0  # seconds that a phone lets the modem ring


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SimulatedNetwork:
    """One SMSC, any number of phones and modems.

    Args:
        scheduler: its time.
        wall: date and time for TP-SCTS, aware.
        conditions: how it behaves at the start.
        seed: decides what rates and jitter draw.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        *,
        wall: Callable[[], datetime] = _utc_now,
        conditions: NetworkConditions | None = None,
        seed: int = 0,
    ) -> None:
        self._scheduler = scheduler
        self._wall = wall
        self._log = EventLog(scheduler.now)
        self._directory = Directory()
        self._concat_reference = 0
        self._centre = ServiceCentre(
            scheduler=scheduler,
            wall=wall,
            random=random.Random(seed),  # noqa: S311 - the same seed must give the same run
            directory=self._directory,
            log=self._log,
            on_delivered=self._reply,
        )
        self.conditions = conditions or NetworkConditions()
        self.switch = Switch(scheduler, self._directory, self._log, lambda: self.conditions)
        self.ussd = UssdCentre(scheduler, lambda: self.conditions)

    @property
    def conditions(self) -> NetworkConditions:
        """How the network behaves; may be exchanged at any time."""
        return self._centre.conditions

    @conditions.setter
    def conditions(self, conditions: NetworkConditions) -> None:
        self._centre.conditions = conditions

    @property
    def counters(self) -> NetworkCounters:
        """What happened so far."""
        return self._log.counters

    @property
    def phones(self) -> tuple[SimulatedPhone, ...]:
        """All phones."""
        return self._directory.phones

    @property
    def waiting(self) -> int:
        """Messages and reports that the SMSC still keeps for modems."""
        return sum(mailbox.waiting for mailbox in self._directory.mailboxes)

    def listen(self, listener: Callable[[NetworkEvent], None]) -> Callable[[], None]:
        """Call `listener` with each event; the returned function ends it."""
        return self._log.listen(listener)

    # --- phones -------------------------------------------------------------------------------------------

    def add_phone(self, number: str, *, replies: Sequence[AutoReply] = ()) -> SimulatedPhone:
        """A phone with this number ("+" and digits), or the one that has it, with these replies."""
        return self._directory.add_phone(number, replies)

    def phone(self, number: str) -> SimulatedPhone:
        """The phone with this number; LookupError if there is none."""
        phone = self._directory.phone(number)
        if phone is None:
            raise LookupError("no phone has this number")
        return phone

    def on_call(self, number: str, behaviour: CallBehaviour) -> None:
        """How the phone with this number takes calls from now on."""
        self.phone(number).on_call = behaviour

    def add_ussd(self, code: str, menu: UssdMenu) -> None:
        """What the network answers to a USSD code."""
        self.ussd.codes[code] = menu

    def switch_off(self, number: str) -> None:
        """The SMSC holds what comes for this phone, and says so in a temporary report."""
        self.phone(number).is_on = False

    def switch_on(self, number: str) -> None:
        """The phone gets what was held, as long as it is valid."""
        phone = self.phone(number)
        phone.is_on = True
        self._centre.release(phone)

    # --- modems -------------------------------------------------------------------------------------------

    def attach(self, subscriber: Subscriber) -> None:
        """Give a modem its mailbox. The first one gets what names no modem."""
        self._directory.add_mailbox(
            Mailbox(
                subscriber,
                self._scheduler,
                retry_after=lambda: self.conditions.retry_after,
                on_answer=self._on_handover,
            )
        )

    def submit(self, sender: str, submission: Submission, on_result: Callable[[int | None], None]) -> None:
        """A modem sends one segment; `on_result` gets None when the SMSC took it, else the CMS error."""
        self._centre.submit(sender, submission, on_result)

    def announce_submission(self, submission: Submission) -> None:
        """A modem has PDU and Ctrl-Z."""
        self._log.tell_submission(NetworkEventKind.SUBMITTING, submission)

    def available(self, number: str) -> None:
        """A modem can take messages again."""
        if (mailbox := self._directory.mailbox(number)) is not None:
            mailbox.try_again()

    def local_time(self) -> datetime:
        """What the network's clock says, aware."""
        return self._wall()

    # --- towards a modem ----------------------------------------------------------------------------------

    def deliver_sms(
        self,
        sender: str,
        text: str,
        *,
        to: str | None = None,
        alphabet: AlphabetChoice = AlphabetChoice.AUTO,
        flash: bool = False,
        order: Sequence[int] | None = None,
        interval: float = 0.0,
    ) -> int:
        """A text from a phone, or from a name, to a modem. Returns the number of its segments.

        Args:
            sender: "+" and digits, a short code, or letters.
            text: any length.
            to: the modem's number; default: the first one attached.
            alphabet: forces one.
            flash: class 0.
            order: which segments go, from 0, in which order; one may be left out or come twice.
            interval: seconds between two segments.
        """
        self._concat_reference = (self._concat_reference + 1) & 0xFF
        tpdus = deliver_tpdus(
            sender,
            text,
            service_centre_time=self._wall(),
            concat_reference=self._concat_reference,
            alphabet=alphabet,
            flash=flash,
        )
        self._log.tell_text(NetworkEventKind.REPLIED, sender, text, len(tpdus))
        centre = service_centre_octets(self._centre.number)
        for place, segment in enumerate(range(len(tpdus)) if order is None else order):
            self._deliver(Delivery(service_centre=centre, tpdu=tpdus[segment]), to, delay=place * interval)
        return len(tpdus)

    def deliver_pdu(self, hex_pdu: str, *, to: str | None = None) -> None:
        """Any SMS-DELIVER or SMS-STATUS-REPORT with the SMSC address before it, valid or not."""
        self._deliver(split_pdu(hex_pdu), to, delay=0.0)

    def ring(
        self,
        number: str,
        *,
        to: str | None = None,
        hides_number: bool = False,
        give_up_after: float = GIVE_UP_AFTER,
    ) -> bool:
        """The phone with this number calls a modem, by default the first one attached.

        False: the modem has another call, or no network. The phone gives up after so many seconds.
        """
        phone = self._directory.phone(number) or self._directory.add_phone(number, ())
        modem = self._mailbox(to).subscriber
        return modem.ring(phone, hides_number=hides_number, give_up_after=give_up_after)

    def _deliver(self, delivery: Delivery, to: str | None, *, delay: float) -> None:
        mailbox = self._mailbox(to)
        self.counters.sent += 1
        self._scheduler.call_later(self.conditions.delivery_latency + delay, lambda: mailbox.put(delivery))

    def _mailbox(self, number: str | None) -> Mailbox:
        mailbox = self._directory.mailboxes[0] if number is None else self._directory.mailbox(number)
        if mailbox is None:
            raise LookupError("no modem has this number")
        return mailbox

    def _reply(self, phone: SimulatedPhone, message: PhoneMessage) -> None:
        rule = phone.answer_to(message.text)
        if rule is not None:
            self._scheduler.call_later(
                rule.delay, lambda: self.deliver_sms(phone.number, rule.reply, to=message.sender)
            )

    def _on_handover(self, delivery: Delivery, handover: Handover) -> None:
        if handover is Handover.MEMORY_FULL:
            self.counters.memory_full += 1
        elif handover is Handover.TAKEN:
            self._count_taken(delivery)

    def _count_taken(self, delivery: Delivery) -> None:
        if delivery.is_report:
            self.counters.reports += 1
            self._log.tell_delivery(NetworkEventKind.REPORTED, delivery)
        else:
            self.counters.arrived += 1
            self._log.tell_delivery(NetworkEventKind.ARRIVED, delivery)
