"""Home Assistant from outside: its web API, as a browser uses it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp

from .child import DemoError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .child import Child

Json = dict[str, Any]

ANSWER_TIMEOUT = (
    120.0  # seconds until the first HTTP answer; 4 on an idle machine, much more on a busy small one
)
RUNNING_TIMEOUT = 180.0  # seconds until all integrations are set up; 7 on an idle machine
REQUEST_TIMEOUT = 60.0  # seconds for one request; a flow that probes a port may take 20
ENTRY_TIMEOUT = 30.0  # seconds until an entry that a flow made is loaded
POLL_INTERVAL = 0.2  # seconds between looks


class HomeAssistant:
    """One Home Assistant and its owner's session."""

    def __init__(self, session: aiohttp.ClientSession, url: str, process: Child) -> None:
        self._session = session
        self.url = url
        self._process = process
        self._token = ""

    async def wait_until_it_answers(self) -> None:
        """Wait for the web server."""
        await self._poll(self._answers, ANSWER_TIMEOUT, "Home Assistant does not answer")

    async def wait_until_it_runs(self) -> None:
        """Wait until everything is set up."""

        async def is_running() -> bool:
            return bool((await self.get("/api/config"))["state"] == "RUNNING")

        await self._poll(is_running, RUNNING_TIMEOUT, "Home Assistant does not finish its start")

    async def make_first_user(self, *, name: str, password: str) -> None:
        """The one step of the first visit that is left, then log in with what it gives."""
        user = {
            "client_id": self._client_id,
            "name": name,
            "username": name,
            "password": password,
            "language": "en",
        }
        code = (await self.post("/api/onboarding/users", user))["auth_code"]
        await self._take_token(code)

    async def log_in(self, *, name: str, password: str) -> None:
        """Log in as a browser does."""
        ask = {
            "client_id": self._client_id,
            "handler": ["homeassistant", None],
            "redirect_uri": self._client_id,
        }
        flow = await self.post("/auth/login_flow", ask)
        answer = {"client_id": self._client_id, "username": name, "password": password}
        result = await self.post(f"/auth/login_flow/{flow['flow_id']}", answer)
        if result["type"] != "create_entry":
            raise DemoError("Home Assistant refuses the demo's password; start with --fresh to begin anew")
        await self._take_token(result["result"])

    @property
    def _client_id(self) -> str:
        return f"{self.url}/"

    async def _take_token(self, code: str) -> None:
        form = {"grant_type": "authorization_code", "code": code, "client_id": self._client_id}
        async with self._session.post(f"{self.url}/auth/token", data=form) as response:
            response.raise_for_status()
            self._token = (await response.json())["access_token"]

    async def run_flow(self, handler: str, forms: Sequence[Json]) -> Json:
        """Add an integration: one form after the other, as a person fills them in; returns the entry."""
        return await self._run_flow("/api/config/config_entries/flow", {"handler": handler}, forms)

    async def run_subentry_flow(self, entry_id: str, kind: str, forms: Sequence[Json]) -> Json:
        """Add something to an integration."""
        path = "/api/config/config_entries/subentries/flow"
        return await self._run_flow(path, {"handler": [entry_id, kind]}, forms)

    async def _run_flow(self, path: str, ask: Json, forms: Sequence[Json]) -> Json:
        step: Json = await self.post(path, ask)
        for form in forms:
            step = await self.post(f"{path}/{step['flow_id']}", form)
        if step["type"] != "create_entry":
            said = step.get("errors") or step.get("reason") or step
            raise DemoError(f"the form {step.get('step_id', '')} of {ask['handler']} was not taken: {said}")
        return step

    async def wait_for_entry(self, domain: str, wanted: Callable[[Json], bool]) -> Json:
        """Wait until a config entry of a domain is as wanted."""
        found: list[Json] = []

        async def is_there() -> bool:
            entries = await self.get(f"/api/config/config_entries/entry?domain={domain}")
            found[:] = [entry for entry in entries if wanted(entry)]
            return bool(found)

        await self._poll(is_there, ENTRY_TIMEOUT, f"an entry of {domain} did not come up")
        return found[0]

    async def wait_for_state(self, domain: str, wanted: Callable[[Json], bool], limit: float) -> Json:
        """Wait until an entity of an integration is as wanted; returns its state and attributes."""
        states: list[Json] = []

        async def is_so() -> bool:
            states[:] = await self.states(domain)
            return any(map(wanted, states))

        await self._poll(is_so, limit, f"no entity of {domain} became as wanted")
        return next(filter(wanted, states))

    async def states(self, domain: str) -> list[Json]:
        """The states of an integration's entities."""
        template = f"{{{{ integration_entities('{domain}') | join(' ') }}}}"
        ids = set((await self.post("/api/template", {"template": template})).split())
        return [state for state in await self.get("/api/states") if state["entity_id"] in ids]

    async def get(self, path: str) -> Any:
        """GET of the API."""
        return await self._request("GET", path)

    async def post(self, path: str, body: Json) -> Any:
        """POST to the API."""
        return await self._request("POST", path, body)

    async def _request(self, method: str, path: str, body: Json | None = None) -> Any:
        self._process.require_alive()
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT)
        async with self._session.request(
            method, f"{self.url}{path}", json=body, headers=headers, timeout=timeout
        ) as response:
            if response.status >= 400:
                raise DemoError(f"{method} {path}: {response.status} {(await response.text())[:300]}")
            if response.content_type == "application/json":
                return await response.json()
            return await response.text()

    async def _answers(self) -> bool:
        for path in ("/api/onboarding", "/auth/providers"):  # before the first user, and after
            try:
                async with self._session.get(f"{self.url}{path}") as response:
                    if response.ok:
                        return True
            except aiohttp.ClientError:
                return False
        return False

    async def _poll(self, look: Callable[[], Any], limit: float, complaint: str) -> None:
        try:
            async with asyncio.timeout(limit):
                while not await look():
                    self._process.require_alive()
                    await asyncio.sleep(POLL_INTERVAL)
        except TimeoutError:
            raise DemoError(
                f"{complaint} within {limit:.0f} s. Its log:\n{self._process.log_tail()}"
            ) from None
