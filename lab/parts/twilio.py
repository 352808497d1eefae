"""Twilio as the gateway sees it: the API of 2010-04-01 behind TLS at its own name, inside a network of ours.

The codec, the session and the certificate check are those of the gateway's users; only the company is not.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from alert_engine.routes.providers.twilio.signature import signature

from .namespaces import INTERNET
from .providers import TOKEN, Asked, Provider

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping

    from lab.ledger import Ledger

    from .namespaces import Enclave

HOST = "api.twilio.com"
ACCOUNT = f"AC{0:032x}"
CALLBACKS = "https://gateway.example.org"  # how the gateway is told that it is reached
SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - ends the address of its callbacks
_HTTPS = 443
_BASE = f"/2010-04-01/Accounts/{ACCOUNT}"


def by_first_address(*people: str) -> dict[str, Any]:
    """A policy: these are told once, by their first address; proof and fallback as for critical alarms."""
    steps = [{"notify": list(people), "channels": []}]
    return {"steps": steps, "proof": "delivered", "fallback_after": "75s"}


@dataclass(kw_only=True)
class Twilio(Provider):
    """An account. What an answer with a status of 4xx or 5xx says is in `code`.

    Attributes:
        inside: where it is.
        code: of Twilio's own errors; 0: none is told.
        is_active: the account and its credentials are as they should be.
    """

    inside: Enclave
    code: int = 0
    is_active: bool = True
    _server: web.AppRunner | None = None

    def section(self, name: str = "twilio", *, port: int = 0, **account: Any) -> dict[str, Any]:  # noqa: ARG002 - its port is Twilio's
        """One entry of `providers`: WhatsApp, which no modem carries, unless `account` says otherwise."""
        return {
            "name": name,
            "type": "twilio",
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "whatsapp_sender": "+436609999999",
            "whatsapp_template": f"HX{0:032x}",
            **account,
        }

    async def send(self, request: web.Request) -> web.StreamResponse:
        """``POST Messages.json``."""
        form = await request.post()
        text = form.get("Body") or json.loads(str(form["ContentVariables"]))["1"]
        asked = Asked(
            at=asyncio.get_running_loop().time(),
            number=str(form["To"]).removeprefix("whatsapp:"),
            text=str(text),
            uid="",
        )
        self.asked.append(asked)
        answer = self.behaves(asked)
        sid = f"SM{len(self.asked):032x}"
        if answer.delivers:
            self.ledger.receive(asked.number, asked.text, at=asked.at)
            self.states[sid] = "delivered"
        await asyncio.sleep(answer.delay)
        if answer.hangs:
            await self._closing.wait()
        if answer.status >= 400:
            return web.json_response({"code": self.code, "status": answer.status}, status=answer.status)
        return web.json_response({"sid": sid, "status": "queued", "num_segments": "1"}, status=201)

    async def tell(self, request: web.Request) -> web.StreamResponse:
        """``GET Messages/SM….json``."""
        sid = request.match_info["name"]
        return web.json_response(
            {"sid": sid, "status": self.states.get(sid, "queued"), "to": "", "error_code": None}
        )

    async def account(self, _request: web.Request) -> web.StreamResponse:
        """``GET`` of the account itself."""
        if self.is_active:
            return web.json_response({"sid": ACCOUNT, "status": "active"})
        return web.json_response({"code": 20003, "status": 401}, status=401)

    def application(self) -> web.Application:
        """What it serves."""
        found = web.Application()
        found.add_routes(
            [
                web.post(f"{_BASE}/Messages.json", self.send),
                web.get(f"{_BASE}/Messages/{{name}}.json", self.tell),
                web.get(f"{_BASE}.json", self.account),
            ]
        )
        return found

    async def serve(self, context: ssl.SSLContext) -> None:
        """Listen with this certificate; in place of the one before."""
        await self.leave()
        self._server = web.AppRunner(self.application(), shutdown_timeout=0, access_log=None)
        await self._server.setup()
        await web.SockSite(self._server, await self.inside.listen(_HTTPS), ssl_context=context).start()

    async def leave(self) -> None:
        """Nobody listens any more."""
        if self._server is not None:
            await self._server.cleanup()
            self._server = None

    @asynccontextmanager
    async def swallowed(self, context: ssl.SSLContext) -> AsyncIterator[None]:
        """Whoever connects is taken, by the kernel alone, and hears nothing; afterwards it serves again."""
        await self.leave()
        with await self.inside.listen(_HTTPS):
            yield
        await self.serve(context)


@asynccontextmanager
async def a_twilio(ledger: Ledger, inside: Enclave, context: ssl.SSLContext) -> AsyncIterator[Twilio]:
    """An account that takes and delivers everything, until a row wants it otherwise."""
    twilio = Twilio(ledger=ledger, inside=inside)
    inside.names[HOST] = INTERNET
    await twilio.serve(context)
    try:
        yield twilio
    finally:
        twilio.close()
        await twilio.leave()


def signed(name: str, form: Mapping[str, str]) -> str:
    """The signature of a callback to the route of this name."""
    return signature(TOKEN, f"{CALLBACKS}/callback/{name}/{SECRET}", form.items())
