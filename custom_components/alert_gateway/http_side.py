"""What goes out and comes in over HTTP while the engine runs: one session, the endpoints of the hub."""

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.config.http import endpoint_from
from alert_engine.errors import ConfigError
from alert_engine.intake.http import HttpIntake
from alert_engine.intake.http_limits import UsedProofs
from alert_engine.model import SendRequest
from alert_engine.routes.making import open_session

from .const import SUBENTRY_ENDPOINT
from .document import recipient_id
from .endpoint_hooks import endpoint_data
from .entries import hub_entry
from .recipients import resolve_recipients

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import aiohttp
    from homeassistant.core import HomeAssistant

    from alert_engine.clock import Clock
    from alert_engine.engine import AlertEngine
    from alert_engine.intake.http_endpoints import Endpoint
    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.model import Ask, Result


class HttpSide:
    """The session to providers, and what takes alarms from monitoring systems."""

    def __init__(self, hass: HomeAssistant, clock: Clock) -> None:
        self._hass = hass
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._endpoints: tuple[Endpoint, ...] = ()
        self._used = UsedProofs()  # other settings do not make them unused
        self._intake = HttpIntake((), used=self._used)
        self.refused: Mapping[str, str] = {}  # `recipient_id` of an endpoint -> why it is left out

    @property
    def session(self) -> aiohttp.ClientSession:
        """What all accounts share; closed with the engine."""
        if self._session is None:
            self._session = open_session()
        return self._session

    async def close(self) -> None:
        """Let go of the session; the engine stopped the routes."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    def refresh(self) -> None:
        """Take over the endpoints of the hub, from the next request on."""
        endpoints: dict[str, Endpoint] = {}
        refused: dict[str, str] = {}
        hub = hub_entry(self._hass)
        for subentry in () if hub is None else hub.get_subentries_of_type(SUBENTRY_ENDPOINT):
            try:
                endpoint = endpoint_from(endpoint_data(subentry.data))
            except ConfigError as error:
                refused[recipient_id(subentry)] = str(error)
            else:
                endpoints[endpoint.name] = endpoint
        self.refused = refused
        if (wanted := tuple(endpoints.values())) != self._endpoints:
            self._endpoints = wanted
            self._intake = HttpIntake(wanted, used=self._used)

    async def take(self, request: HttpRequest, engine: AlertEngine | None) -> HttpAnswer:
        """Answer a client. Without an engine it is asked to come again."""
        if engine is None:
            self.refresh()
        applier = None if engine is None else _ByName(self._hass, engine)
        return await self._intake.handle(request, applier, now=self._clock.now())


class _ByName:
    """The engine, for clients that name people as Home Assistant shows them."""

    def __init__(self, hass: HomeAssistant, engine: AlertEngine) -> None:
        self._hass = hass
        self._engine = engine

    async def apply(self, requests: Sequence[Ask]) -> tuple[Result, ...]:
        """Do all of it, or nothing."""
        return await self._engine.apply([self._named(each) for each in requests])

    def _named(self, ask: Ask) -> Ask:
        if not isinstance(ask, SendRequest):
            return ask
        follow_ups = tuple(replace(each, to=self._ids(each.to)) for each in ask.follow_ups)
        return replace(ask, to=self._ids(ask.to), follow_ups=follow_ups)

    def _ids(self, names: Sequence[str]) -> tuple[str, ...]:
        return resolve_recipients(self._hass, self._engine.people, names)
