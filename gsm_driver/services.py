"""What an open modem offers, how it is put together, and who is told what the modem says unasked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gsm_driver.at.urc import UrcKind

from . import startup
from .calls import Calls
from .caretaker import Caretaker
from .clock import ModemClock
from .console import Console
from .inbox import Inbox
from .models import Registration
from .network import Network
from .sms import SmsService
from .storage import MessageStorage
from .submission_watch import SubmissionWatch
from .ussd import Ussd

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gsm_driver.at.urc import Urc

    from .errors import LossCause
    from .events import EventQueue
    from .ledger import Acceptances
    from .link import Link
    from .models import ModemIdentity
    from .profile import Indications, ModemProfile
    from .sim import Sim
    from .submissions import Submissions

INBOX_KINDS = frozenset(
    {
        UrcKind.MESSAGE_STORED,
        UrcKind.MESSAGE_DIRECT,
        UrcKind.REPORT_STORED,
        UrcKind.REPORT_DIRECT,
    }
)
_CALL_KINDS = frozenset(
    {
        UrcKind.RING,
        UrcKind.CALLER_ID,
        UrcKind.CALL_WAITING,
        UrcKind.CALL_STATE,
        UrcKind.CALL_ENDED,
        UrcKind.TONE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of one open modem."""

    identity: ModemIdentity
    profile: ModemProfile
    caretaker: Caretaker
    sms: SmsService
    watch: SubmissionWatch
    inbox: Inbox
    network: Network
    sim: Sim
    calls: Calls
    ussd: Ussd
    clock: ModemClock
    console: Console

    def hand_out(self, urc: Urc) -> None:
        """Give what the modem said unasked to whom it concerns."""
        match urc.kind:
            case kind if kind in INBOX_KINDS:
                self.watch.note_announced(urc)
                self.inbox.announce(urc)
            case kind if kind in _CALL_KINDS:
                self.calls.note(urc)
            case UrcKind.STORAGE_FULL:  # it announces nothing until there is room again: look
                self.inbox.request_sweep(announce_again=True)
            case UrcKind.LATE_ANSWER:
                self.watch.note_late(urc)
            case UrcKind.USSD:
                self.ussd.note(urc)
            case UrcKind.TIME:
                self.clock.note(urc)
            case UrcKind.REGISTRATION if isinstance(urc.parameters, Registration):
                self.network.note(urc.prefix, urc.parameters)


async def set_up_services(
    link: Link,
    *,
    identity: ModemIdentity,
    profile: ModemProfile,
    sim: Sim,
    events: EventQueue,
    end: Callable[[str, LossCause], Awaitable[None]],
    acceptances: Acceptances,
    submissions: Submissions,
    sweep_interval: float,
) -> Services:
    """Set the modem up, which has a usable SIM, and put its services together.

    Raises:
        LinkError: the line.
    """
    storage = MessageStorage(link, lists_messages=profile.lists_messages)
    messaging, indications = await _prepare(link, profile, storage)
    caretaker = Caretaker(link, indications, end=end, tell=events.offer)
    await caretaker.note_settings()
    watch = SubmissionWatch(link, submissions, on_late=events.keep)
    inbox = Inbox(
        link,
        storage,
        events,
        caretaker=caretaker,
        acceptances=acceptances,
        on_report=watch.note_report,
        acknowledges=messaging.service == 1,
        sweep_interval=sweep_interval,
    )
    return Services(
        identity=identity,
        profile=profile,
        caretaker=caretaker,
        sms=_sms_service(link, profile, watch, inbox, messaging),
        watch=watch,
        inbox=inbox,
        network=Network(link),
        sim=sim,
        calls=await _set_up_calls(link, profile, events, inbox),
        ussd=Ussd(link, profile),
        clock=await _set_up_clock(link, profile),
        console=Console(link),
    )


async def _prepare(
    link: Link, profile: ModemProfile, storage: MessageStorage
) -> tuple[startup.Messaging, Indications | None]:
    """What the modem itself must be told, in this order."""
    patience = startup.SimPatience(link)
    messaging = await startup.prepare_messaging(patience, profile)
    await storage.prepare(patience)
    indications = await startup.announce_messages(patience, profile.indications)
    await startup.announce_registration(link)
    return messaging, indications


def _sms_service(
    link: Link, profile: ModemProfile, watch: SubmissionWatch, inbox: Inbox, messaging: startup.Messaging
) -> SmsService:
    return SmsService(
        link,
        watch,
        service_centre=messaging.service_centre,
        submit_timeout=profile.submit_timeout,
        look_around=inbox.request_sweep,
    )


async def _set_up_calls(link: Link, profile: ModemProfile, events: EventQueue, inbox: Inbox) -> Calls:
    calls = Calls(
        link,
        profile,
        events,
        on_end=partial(inbox.request_sweep, announce_again=True),
        on_silence=inbox.request_sweep,
    )
    await calls.prepare()
    return calls


async def _set_up_clock(link: Link, profile: ModemProfile) -> ModemClock:
    clock = ModemClock(link, profile)
    await clock.prepare()
    return clock
