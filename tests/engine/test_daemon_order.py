"""The routes stand in the order of the configuration, also after it was read again."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from alert_engine.config.document import gateway_settings_from
from alert_engine.daemon.configuration import Configuration, order_of
from alert_engine.daemon.modems import Modems
from alert_engine.daemon.providers import Providers
from alert_engine.model import SendRequest
from tests.engine.support import FakeRoute, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.config.document import GatewaySettings

ONE, TWO, THREE = (
    {"name": name, "type": "openvoip", "secret": "s3cret", "caller_group": "42"}
    for name in ("one", "two", "three")
)


def wanted(folder: Path, *providers: dict[str, Any], **parts: Any) -> GatewaySettings:
    whole = {"gateway": "test", "journal": "j", "providers": list(providers), **parts}
    return gateway_settings_from(whole, folder=folder)


@story
async def test_after_each_reload(tmp_path: Path) -> None:
    changed = {**ONE, "caller_group": "43"}
    steps = (
        ((TWO,), ["two"]),
        ((ONE, TWO, THREE), ["one", "two", "three"]),  # some are new
        ((changed, TWO, THREE), ["one", "two", "three"]),  # one is made anew
        ((THREE, changed, TWO), ["three", "one", "two"]),  # nothing but the order
        ((THREE, TWO), ["three", "two"]),
    )
    async with telling(tmp_path) as told:
        providers = Providers(told.engine, None, told.clock)
        configuration = Configuration(
            wanted(tmp_path),
            engine=told.engine,
            modems=Modems(told.engine, tmp_path / "j", told.clock),
            providers=providers,
            http=None,
            mail=None,
            ping=None,
            warn=lambda _: None,
        )
        for accounts, order in steps:
            assert await configuration.reload(partial(wanted, tmp_path, *accounts))
            assert list(told.engine.routes()) == [*order, "modem"]  # that one is in no configuration
        await providers.use(())
        await providers.stop()


def test_modems_come_first_with_their_calls(tmp_path: Path) -> None:
    stick = {"name": "stick", "port": "simulator://m"}
    settings = wanted(tmp_path, ONE, modems=[stick, {**stick, "name": "other", "port": "simulator://n"}])
    assert order_of(settings) == ("stick", "stick-calls", "other", "other-calls", "one")


@story
async def test_the_new_order_is_used_for_what_waits(tmp_path: Path) -> None:
    first, second = FakeRoute("first"), FakeRoute("second")
    async with telling(tmp_path, route=first) as told:
        await told.engine.add_route(second)
        told.engine.arrange_routes(["gone", "second"])
        later = replace(HELLO, not_before=told.clock.now())
        await told.engine.send(later)
        await told.until(10)
        assert (len(first.given), len(second.given)) == (0, 1)
        told.engine.arrange_routes(["first", "second"])
        await told.engine.send(HELLO)
        await told.until(20)
        assert (len(first.given), len(second.given)) == (1, 1)


HELLO = SendRequest(to=("anna",), text="hello")
