"""What a careful program does with the driver: tries again what was refused, waits for doubts to be settled.

That a delivery report settles a doubt, the driver says: by `LateAcceptance`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Self

from gsm_driver import (
    DeliveryReport,
    LateAcceptance,
    LinkChanged,
    LinkError,
    ReceivedSms,
    SendError,
    SendRejectedError,
    SendUnknownError,
    StorageState,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsm_driver import Modem, ModemSupervisor, SegmentReference, SmsPlan

RETRY_PAUSE = 2.0  # seconds before a refused segment is sent again
REPORT_PATIENCE = 40.0  # seconds that a refusal which is not certain waits for a report
DOUBT_PATIENCE = 200.0  # seconds that an unknown waits for one: the SMSC may try the modem only once a minute
CONNECT_LIMIT = 1200.0  # seconds in which any modem must be back


class CarefulCaller:
    """One sender and one consumer on one supervised modem. Use as an async context manager."""

    def __init__(self, supervisor: ModemSupervisor) -> None:
        self.supervisor = supervisor
        self.received: Counter[tuple[str, object]] = Counter()  # text and time of the SC
        self.reports: list[DeliveryReport] = []
        self.warnings: list[StorageState] = []
        self.missing = 0
        self.lives = 0  # times the modem was connected
        self.rejections: list[SendRejectedError] = []
        self.unknowns: list[SendUnknownError] = []
        self.doubted = 0  # segments sent again because no report came to settle what became of them
        self.longest_send = 0.0  # seconds that one call of `submit` took
        self.settled: list[LateAcceptance] = []
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.supervisor.start()
        self._listening = asyncio.create_task(self._listen())
        await self.modem()
        await asyncio.sleep(1)  # the first sweep
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.supervisor.stop()
        await self._listening

    async def modem(self) -> Modem:
        """The open modem."""
        async with asyncio.timeout(CONNECT_LIMIT):
            await self.until(lambda: self.supervisor.modem is not None)
        assert self.supervisor.modem is not None
        return self.supervisor.modem

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it is so; looks again after each event."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    @property
    def texts(self) -> Counter[str]:
        """The texts that came, each as often as it was handed on."""
        return Counter(text for text, _ in self.received.elements())

    async def send(self, plan: SmsPlan) -> None:
        """Until each segment is known to be taken."""
        left = list(range(len(plan.segments)))
        while left:
            self._settled_before = len(self.settled)
            accepted, err = await self._submit(plan, left)
            for segment in accepted:
                left.remove(segment.segment)
            if err is None:
                continue
            if await self._is_settled(err):
                left.remove(err.segment)
            else:
                self.doubted += not (isinstance(err, SendRejectedError) and err.is_certain)

    async def _submit(
        self, plan: SmsPlan, segments: list[int]
    ) -> tuple[tuple[SegmentReference, ...], SendError | None]:
        modem = await self.modem()
        started = asyncio.get_running_loop().time()
        try:
            return (await modem.sms.submit(plan, segments)).segments, None
        except SendError as err:
            return err.accepted, err
        finally:
            took = asyncio.get_running_loop().time() - started
            self.longest_send = max(self.longest_send, took)

    async def _is_settled(self, err: SendError) -> bool:
        """The segment was taken all the same."""
        if isinstance(err, SendRejectedError):
            self.rejections.append(err)
            if not err.is_certain:
                return await self._is_settled_late(err.segment, REPORT_PATIENCE)
            await asyncio.sleep(RETRY_PAUSE)
            return False
        self.unknowns.append(err)
        return await self._is_settled_late(err.segment, DOUBT_PATIENCE)

    async def _is_settled_late(self, segment: int, patience: float) -> bool:
        """It turns out, maybe already while it failed, that the segment was taken."""

        def is_settled() -> bool:
            return any(late.segment == segment for late in self.settled[self._settled_before :])

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self.until(is_settled)
        return is_settled()

    async def _listen(self) -> None:
        async for event in self.supervisor.events():
            match event:
                case ReceivedSms():
                    self.received[event.text, event.service_centre_time] += 1
                    self.missing += event.missing
                    await self._accept(event)
                case DeliveryReport():
                    self.reports.append(event)
                    await self._accept(event)
                case LateAcceptance():
                    self.settled.append(event)
                case StorageState():
                    self.warnings.append(event)
                case LinkChanged(connected=True):
                    self.lives += 1
                case _:
                    pass
            self._changed.set()

    async def _accept(self, event: ReceivedSms | DeliveryReport) -> None:
        modem = self.supervisor.modem
        if modem is not None:
            with contextlib.suppress(LinkError):  # it comes again
                await modem.inbox.accept(event)
