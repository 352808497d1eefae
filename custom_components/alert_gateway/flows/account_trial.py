"""One message by an account that is not stored yet, and what becomes of it."""

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from alert_engine.clock import SystemClock
from alert_engine.config.providers import ProviderSettings
from alert_engine.errors import ConfigError
from alert_engine.routes.access_tokens import TokenRefusedError
from alert_engine.routes.base import Accepted, InboundReport, Rejected, ReportStatus, SegmentState, Unknown
from alert_engine.routes.making import open_session
from alert_engine.routes.provider_exchange import NoAnswerError, NotSentError
from alert_engine.routes.provider_route import ProviderRoute
from alert_engine.routes.smpp.route import SmppRoute
from alert_engine.routes.trial_sink import TrialSink
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.provider_account import async_route

from .modem_trial import REPORT_PATIENCE, patience

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from alert_engine.routes.base import OutboundMessage, SegmentProgress
    from alert_engine.routes.making import AnyRoute

_LOGGER = logging.getLogger(__name__)

ASK_EVERY: Final = 5.0  # seconds between questions for the report
LOGIN_PATIENCE: Final = 30.0  # seconds for a session that must stand before it carries anything
_NAME: Final = "trial"  # of a route that nobody sees
_DEFECT: Final = "a defect of this integration; see the log"
_ARRIVED = frozenset({ReportStatus.DELIVERED, ReportStatus.READ})


class Fate(StrEnum):
    """What is known of the message; each is a step that says it."""

    DELIVERED = "account_delivered"
    UNREPORTED = "account_unreported"  # taken; its report did not come while somebody watched
    TAKEN = "account_taken"  # taken; reports come by calls, which only an account that is set up gets
    UNTOLD = "account_untold"  # taken; there are no reports
    UNDELIVERED = "account_undelivered"
    NOT_SENT = "account_not_sent"
    IN_DOUBT = "account_in_doubt"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOrder:
    """What is sent by which account.

    Attributes:
        kind: of the account: one of `catalogue.TYPES`.
        account: as `catalogue.make` makes it.
        message: what is sent.
        is_told_by_calls: once it is set up, the provider will call us with its reports.
        holder: the entry of the same account, if it must let go of it meanwhile.
    """

    kind: str
    account: Any = field(repr=False)
    message: OutboundMessage = field(repr=False)
    is_told_by_calls: bool
    holder: ConfigEntry | None = None


class AccountTrial:
    """Sends once, and listens or asks for the report as long as people wait.

    The provider is not told where it can call: nobody would be there. So it is asked where it can be.

    Attributes:
        accepting: done when the message was taken, or when it is known that it was not.
        running: done when nothing more is waited for.
        fate: what is known of the message, when `running` is done.
        reason: why it is not known, or not sent.
    """

    def __init__(self, hass: HomeAssistant, order: TrialOrder) -> None:
        self._hass = hass
        self._order = order
        self._accepted = asyncio.Event()
        self.fate = Fate.IN_DOUBT
        self.reason = ""
        self.running = hass.async_create_background_task(self._run(), f"{DOMAIN} trial")
        self.accepting = hass.async_create_background_task(self._accepted.wait(), f"{DOMAIN} trial accepted")

    @callback
    def cancel(self) -> None:
        """Nobody looks on any more."""
        self.running.cancel()
        self.accepting.cancel()

    async def _run(self) -> None:
        order = self._order
        settings = ProviderSettings(name=_NAME, type=order.kind, account=order.account)
        try:
            async with let_go(self._hass, order.holder), open_session() as session:
                await self._try(await async_route(settings, session, SystemClock()))
        except ConfigError as error:
            self._end(Fate.NOT_SENT, str(error))
        except Exception:
            _LOGGER.exception("A defect in the trial of an account")
            if not self._accepted.is_set():
                self._end(Fate.IN_DOUBT, _DEFECT)
        finally:
            self._accepted.set()

    async def _try(self, route: AnyRoute) -> None:
        receipts = _Receipts()
        try:
            route.plan_segments(self._order.message)
        except ValueError as error:
            return self._end(Fate.NOT_SENT, str(error))
        try:
            if isinstance(route, SmppRoute):
                await route.start(receipts)
                await receipts.logged_in(LOGIN_PATIENCE)
            match await route.send(self._order.message, receipts.note):
                case Accepted(reference=reference):
                    receipts.sent(reference)
                    self._end(self._fate_of_taken(route))
                    self._accepted.set()
                    if self.fate is Fate.UNREPORTED:
                        await self._await_reports(route, receipts)
                case Rejected() as refused:
                    code = f" ({refused.code})" if refused.code else ""
                    self._end(Fate.NOT_SENT if refused.certain else Fate.IN_DOUBT, f"{refused.reason}{code}")
                case Unknown(reason=reason):
                    self._end(Fate.IN_DOUBT, reason)
        finally:
            receipts.sent("")
            await route.stop()

    def _end(self, fate: Fate, reason: str = "") -> None:
        self.fate, self.reason = fate, reason

    def _fate_of_taken(self, route: AnyRoute) -> Fate:
        """Before any report came."""
        if isinstance(route, SmppRoute) or self._order.message.channel in route.reports:
            return Fate.UNREPORTED
        return Fate.TAKEN if self._order.is_told_by_calls else Fate.UNTOLD

    async def _await_reports(self, route: AnyRoute, receipts: _Receipts) -> None:
        """Wait until the fate of each segment is known, or no longer than people wait."""
        references, uid = receipts.references, self._order.message.uid
        arrived: set[str] = set()
        try:
            async with patience(self._hass, REPORT_PATIENCE):
                async for report in self._reports(route, receipts):
                    meant = references if report.uid == uid else references & {report.reference}
                    if meant and report.status is ReportStatus.FAILED:
                        return self._end(Fate.UNDELIVERED, report.code)
                    arrived |= meant if report.status in _ARRIVED else set()
                    if arrived == references:
                        return self._end(Fate.DELIVERED)
        except TimeoutError:
            return None

    async def _reports(self, route: AnyRoute, receipts: _Receipts) -> AsyncIterator[InboundReport]:
        """What is told of the message, as it comes."""
        while True:
            if not isinstance(route, ProviderRoute):
                yield await receipts.reports.get()
                continue
            try:
                async for received in route.ask_about(sorted(receipts.references)):
                    for report in received.reports:
                        yield report
            except (NotSentError, NoAnswerError, TokenRefusedError) as error:
                _LOGGER.debug("asking for the report of a trial failed: %s", error)
            await _pause(self._hass, ASK_EVERY)


class _Receipts(TrialSink):
    """What one message is known by, and what is told of it without being asked."""

    def __init__(self) -> None:
        super().__init__()
        self.references: set[str] = set()
        self.reports: asyncio.Queue[InboundReport] = asyncio.Queue()
        self._sent = asyncio.Event()

    async def note(self, progress: SegmentProgress) -> None:
        """A segment went on."""
        if progress.state is SegmentState.ACCEPTED and progress.reference:
            self.references.add(progress.reference)

    def sent(self, reference: str) -> None:
        """Nothing more goes out; the reference is of the whole, where its segments have none."""
        if reference and not self.references:
            self.references = {reference}
        self._sent.set()

    @override
    async def report(self, _route: str, report: InboundReport) -> None:
        """Take what is about this message; a receipt may be quicker than what it is about is known."""
        await self._sent.wait()
        if report.reference not in self.references:
            await super().report(_route, report)
        self.reports.put_nowait(report)


@asynccontextmanager
async def let_go(hass: HomeAssistant, entry: ConfigEntry | None) -> AsyncIterator[None]:
    """Have an entry close its account meanwhile. A message centre may allow one log-in only."""
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        yield
        return
    await hass.config_entries.async_unload(entry.entry_id)
    try:
        yield
    finally:
        if _is_asleep(hass, entry.entry_id):
            await hass.config_entries.async_setup(entry.entry_id)


def _is_asleep(hass: HomeAssistant, entry_id: str) -> bool:
    """Nobody has removed it meanwhile, nor set it up."""
    entry = hass.config_entries.async_get_entry(entry_id)
    return entry is not None and entry.state is ConfigEntryState.NOT_LOADED


async def _pause(hass: HomeAssistant, seconds: float) -> None:
    """Wait in Home Assistant's time."""
    is_over = asyncio.Event()

    @callback
    def end(_now: datetime) -> None:
        is_over.set()

    cancel = async_call_later(hass, seconds, end)
    try:
        await is_over.wait()
    finally:
        cancel()
