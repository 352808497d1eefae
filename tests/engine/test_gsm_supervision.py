"""The supervision over a simulated modem: its credit, its SMS to itself, and its plug."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from alert_engine.model import Policy, Step
from alert_engine.routes.base import Credit, CreditTeller, CreditUnknownError, ProofLevel, RouteState
from alert_engine.routes.gsm_credit import CreditCode, ask
from alert_engine.routes.gsm_modem import GsmModemRoute
from alert_engine.supervision.settings import RouteSupervision, SupervisionSettings
from gsm_driver import ModemSupervisor
from gsm_driver.simulator import LoopScheduler, Simulator, UssdMenu, close_simulators, register_simulator
from gsm_driver.simulator import SimulatedNetwork as Network
from tests.engine.acceptance import HOUR, MINUTE
from tests.engine.support import ANNA as PERSON
from tests.engine.support import FakeRoute, StoryClock, number_of, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from alert_engine.settings import EngineSettings
    from gsm_driver.simulator import SimulatedModem
    from tests.engine.support import Story

ONCE = (Policy(name="high", steps=(Step(after=timedelta(0), notify=()),)),)
CODE = CreditCode(code="*100#", currency="EUR")


@asynccontextmanager
async def modem_beside(
    directory: Path, spare: FakeRoute, settings: SupervisionSettings, answer: str = "Guthaben 12,34 EUR"
) -> AsyncIterator[tuple[Story, Simulator]]:
    """An engine with a simulated modem, ``stick``, and another route that is always there."""
    scheduler = LoopScheduler()
    network = Network(scheduler)
    network.add_phone(number_of(PERSON))
    network.add_ussd("*100#", UssdMenu(text=answer))
    simulator = register_simulator(Simulator(scheduler, name="m", network=network))
    route = GsmModemRoute("stick", ModemSupervisor("simulator://m"), clock=StoryClock(), credit_code=CODE)
    assert isinstance(route, CreditTeller)
    try:
        async with telling(directory, route=spare, supervision=settings, policies=ONCE) as told:
            await told.engine.add_route(route)
            yield told, simulator
    finally:
        close_simulators()


def standing(told: Story) -> tuple[RouteState, bool, datetime | None]:
    shown = told.engine.supervision().routes["stick"]
    return shown.state, shown.is_fault, shown.last_proof


@story
async def test_its_credit_is_asked_by_ussd(tmp_path: Path) -> None:
    async with modem_beside(tmp_path, FakeRoute("spare"), SupervisionSettings()) as (told, _):
        await told.until(10 * MINUTE)
        shown = told.engine.supervision().routes["stick"]
        assert (shown.credit, shown.currency) == (Decimal("12.34"), "EUR")
        assert (shown.state, shown.proof) == (RouteState.OK, ProofLevel.ALLOWED)


@story
async def test_words_without_an_amount_are_no_credit(tmp_path: Path) -> None:
    async with modem_beside(tmp_path, FakeRoute("spare"), SupervisionSettings(), "Danke") as (told, _):
        await told.until(10 * MINUTE)
        assert told.engine.supervision().routes["stick"].credit is None


@story
async def test_its_sms_to_itself_comes_back(tmp_path: Path) -> None:
    spare = FakeRoute("spare")
    async with modem_beside(tmp_path, spare, SupervisionSettings()) as (told, simulator):
        own = RouteSupervision(route="stick", own_number=simulator.modem.sim.number)
        settings = told.engine._ledger.settings
        told.engine.update_settings(_with(settings, own))
        await told.until(20 * MINUTE)
        state, is_fault, last_proof = standing(told)
        assert (state, is_fault) == (RouteState.OK, False)
        assert last_proof is not None
        assert spare.left == []


@story
async def test_a_pulled_modem_is_told_by_the_other_route_within_20_s(tmp_path: Path) -> None:
    spare = FakeRoute("spare")
    async with modem_beside(tmp_path, spare, SupervisionSettings()) as (told, simulator):
        await told.until(10 * MINUTE)
        simulator.unplug()
        await told.until(10 * MINUTE + 20)
        assert ["route stick has failed" in text for _, text in spare.texts] == [True]
        simulator.plug_in()
        await told.until(30 * MINUTE)
        assert standing(told)[:2] == (RouteState.OK, False)


@pytest.mark.parametrize(
    "breaks",
    [lambda modem: modem.lose_registration(), lambda modem: modem.fall_silent()],
    ids=["no network", "silence"],
)
def test_a_dead_route_is_told_by_the_other_one_within_90_s(
    tmp_path: Path, breaks: Callable[[SimulatedModem], object]
) -> None:
    @story
    async def told() -> None:
        spare = FakeRoute("spare")
        async with modem_beside(tmp_path, spare, SupervisionSettings()) as (told, simulator):
            await told.until(10 * MINUTE)
            breaks(simulator.modem)
            await told.until(10 * MINUTE + 90)
            assert ["route stick has failed" in text for _, text in spare.texts] == [True]

    told()


@story
async def test_credit_below_its_threshold_is_told_by_the_other_route(tmp_path: Path) -> None:
    spare = FakeRoute("spare")
    watched = SupervisionSettings(routes=(RouteSupervision(route="stick", least_credit=Decimal(5)),))
    async with modem_beside(tmp_path, spare, watched, "Guthaben 4,99 EUR") as (told, _):
        await told.until(10 * MINUTE)
        assert [alarm.key for alarm in await told.engine.open_alarms()] == ["credit/stick"]


@story
async def test_a_network_that_takes_and_delivers_nothing_is_told_10_min_later(tmp_path: Path) -> None:
    spare = FakeRoute("spare")
    async with modem_beside(tmp_path, spare, SupervisionSettings()) as (told, simulator):
        own = RouteSupervision(route="stick", own_number=simulator.modem.sim.number)
        told.engine.update_settings(_with(told.engine._ledger.settings, own))
        await told.until(10 * MINUTE)
        simulator.network.conditions = replace(simulator.network.conditions, loss_rate=1.0)
        await told.until(6 * HOUR + 15 * MINUTE)
        assert ["did not come back within 10 min" in text for _, text in spare.texts] == [True]
        assert spare.left[0].at <= 6 * HOUR + 13 * MINUTE


@story
async def test_without_a_modem_there_is_nobody_to_ask() -> None:
    with pytest.raises(CreditUnknownError):
        await ask(None, CODE)
    assert Credit(amount=Decimal(1)).currency == ""


def _with(settings: EngineSettings, own: RouteSupervision) -> EngineSettings:
    return replace(settings, supervision=SupervisionSettings(routes=(own,)))
