"""The dead man's switch outside: whom the engine tells that all is well, as the hub says."""

from typing import TYPE_CHECKING

from alert_engine.supervision.ping import Ping

if TYPE_CHECKING:
    from alert_engine.config.supervision import PingSettings
    from alert_engine.engine import AlertEngine


class Outside:
    """Keeps to the address of the hub, for one engine."""

    def __init__(self, engine: AlertEngine) -> None:
        self._engine = engine
        self._ping: Ping | None = None

    async def follow(self, wanted: PingSettings | None) -> None:
        """Tell these from now on; None: nobody. What came of the last ones is kept."""
        if wanted is None:
            if self._ping is not None:
                self._ping = None
                await self._engine.use_ping(None)
        elif self._ping is not None:
            self._ping.use(wanted)
        else:
            self._ping = Ping(wanted)
            await self._engine.use_ping(self._ping)
