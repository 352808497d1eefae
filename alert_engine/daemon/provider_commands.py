"""Commands for whoever has an account at a provider: ``provider check``, ``provider send``.

They ask the provider themselves, beside a gateway that runs or without one. The journal is not touched.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from alert_engine.clock import SystemClock
from alert_engine.errors import ConfigError, needs_package
from alert_engine.model import Channel
from alert_engine.phone.canonical import canonical_phone
from alert_engine.routes.base import (
    Accepted,
    CreditTeller,
    CreditUnknownError,
    OutboundMessage,
    Rejected,
    Unknown,
)
from alert_engine.routes.providers.provider import ChecksAccess
from alert_engine.routes.trial_sink import TrialSink

from .arguments import ConfigurationFile  # noqa: TC001 - Typer reads the annotations
from .exits import ExitCode, give_up, settings_of
from .trial_message import trial_message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    from alert_engine.config.providers import ProviderSettings
    from alert_engine.routes.base import Outcome, SegmentProgress
    from alert_engine.routes.making import AnyRoute

LOGIN_LIMIT = 20.0  # seconds for a route that must be connected before it sends

provider = typer.Typer(help="Try an account at a provider.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of a provider of the configuration.")]


@provider.command("check")
def check(file: ConfigurationFile, name: _Name) -> None:
    """Say whether an account would take messages, and what is left to pay with; sends nothing.

    Ends with 0 if nothing is wrong, with 9 if the provider says no or cannot be reached.
    """
    account = _account(file, name)
    typer.echo(f"{name}: {_run(_check(account))}")


@provider.command("send")
def send(
    file: ConfigurationFile,
    name: _Name,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Whom to tell, in E.164.")],
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    *,
    channel: Annotated[Channel, typer.Option(help="What to send.")] = Channel.SMS,
    show_answer: Annotated[
        bool, typer.Option(help="Show what a provider with an HTTP API answers; it may hold the number.")
    ] = False,
    media: Annotated[
        str, typer.Option(metavar="KIND=URL", help="With WhatsApp: image, video, audio or document.")
    ] = "",
    data: Annotated[str, typer.Option(metavar="HEX", help="Octets in the place of TEXT.")] = "",
    answers: Annotated[
        bool, typer.Option("--answers", help="They wrote by WhatsApp in the last 24 hours: no template.")
    ] = False,
) -> None:
    """Send one message by one account. It costs what a message costs.

    Ends with 0 when the provider took it, with 5 when it did not, or did not say.
    """
    account = _account(file, name)
    address = number
    if channel is not Channel.EMAIL:
        try:
            address = canonical_phone(number, default_country=settings_of(file).engine.default_country)
        except ValueError as err:
            give_up(str(err), ExitCode.CONFIG)
    try:
        message = trial_message(address, text, channel, media=media, data=data, answers=answers)
    except ValueError as err:
        give_up(str(err), ExitCode.CONFIG)
    typer.echo(f"{name}: {_run(_send(account, message, show_answer=show_answer))}")


def _account(file: Path, name: str) -> ProviderSettings:
    known = {each.name: each for each in settings_of(file).providers}
    if name not in known:
        there = ", ".join(known) or "none"
        give_up(f"there is no such provider; there are: {there}", ExitCode.UNKNOWN)
    return known[name]


class _RefusedError(Exception):
    """The account is not as it should be; the text says why."""

    def __init__(self, text: str, code: ExitCode) -> None:
        super().__init__(text)
        self.code = code


def _run(asked: Coroutine[None, None, str]) -> str:
    try:
        return asyncio.run(asked)
    except _RefusedError as err:
        give_up(str(err), err.code)
    except ConfigError as err:
        give_up(str(err), ExitCode.CONFIG)


@asynccontextmanager
async def _route_of(account: ProviderSettings, *, show_answer: bool = False) -> AsyncIterator[AnyRoute]:
    try:
        from alert_engine.routes.making import make_route, open_session  # noqa: PLC0415 - an extra
        from alert_engine.routes.provider_exchange import Exchange  # noqa: PLC0415 - the same

        from .answer_shown import ShowingExchange  # noqa: PLC0415 - the same
    except ModuleNotFoundError as err:
        raise needs_package(err, "providers") from None
    async with open_session() as session:
        exchange = ShowingExchange(session) if show_answer else Exchange(session)
        yield await make_route(account, exchange, SystemClock())


async def _check(account: ProviderSettings) -> str:
    async with _route_of(account) as route:
        from alert_engine.routes.provider_route import ProviderRoute  # noqa: PLC0415 - an extra

        if (refused := await route.check()) is not None:
            raise _RefusedError(_words(refused), ExitCode.REFUSED)
        if isinstance(route, ProviderRoute) and not isinstance(account.account, ChecksAccess):
            return (
                "nothing is wrong with its settings; there is no way to look at the account, so send a test"
            )
        return f"nothing is wrong{await _credit(route)}"


async def _credit(route: AnyRoute) -> str:
    if not isinstance(route, CreditTeller):
        return ""
    try:
        credit = await route.credit()
    except CreditUnknownError as err:
        return f"; the credit is not known: {err}"
    return "" if credit is None else f"; credit {credit.amount} {credit.currency}".rstrip()


async def _send(account: ProviderSettings, message: OutboundMessage, *, show_answer: bool) -> str:
    async with _route_of(account, show_answer=show_answer) as route:
        if message.channel not in route.channels:
            carried = ", ".join(sorted(route.channels))
            raise _RefusedError(f"it does not carry {message.channel}, only {carried}", ExitCode.NOT_SENT)
        try:
            route.plan_segments(message)
        except ValueError as err:
            raise _RefusedError(str(err), ExitCode.NOT_SENT) from None
        listener = TrialSink()
        is_connected = account.type == "smpp"
        if is_connected:
            await route.start(listener)
        try:
            if is_connected:
                await listener.logged_in(LOGIN_LIMIT)
            return _told(await route.send(message, _nothing))
        finally:
            await route.stop()


def _told(outcome: Outcome) -> str:
    match outcome:
        case Accepted(reference=reference, segments=segments):
            return f"taken, {segments} segment(s){f', reference {reference}' if reference else ''}"
        case Rejected():
            raise _RefusedError(_words(outcome), ExitCode.NOT_SENT)
        case Unknown(reason=reason):
            raise _RefusedError(f"it may have been taken: {reason}", ExitCode.NOT_SENT)


def _words(refused: Rejected) -> str:
    return f"{refused.reason}{f' ({refused.code})' if refused.code else ''}"


async def _nothing(_told: SegmentProgress) -> None:
    """No journal is kept of a test."""
