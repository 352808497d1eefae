"""A route expects reports only where they can come: else each message would go out twice, for want of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from alert_engine.model import Channel
from alert_engine.routes.providers.infobip import Infobip
from alert_engine.routes.providers.link import LinkCommon, MyLink
from alert_engine.routes.providers.openvoip import Openvoip
from alert_engine.routes.providers.websms import Websms
from tests.engine.providers.contract import a_route
from tests.engine.providers.generic_accounts import an_account
from tests.engine.providers.stand_in import StandIn, nobody

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

SMS, CALL, WHATSAPP = Channel.SMS, Channel.CALL, Channel.WHATSAPP
INFOBIP = Infobip(api_key="k", whatsapp_sender="+441134960000", voice_sender="+441134960009")
WEBSMS = Websms(token="t", calls=True, whatsapp_channel="11111111-2222-3333-4444-555555555555")
MYLINK = MyLink(client_id="a", client_secret="b", sender="Alarm", whatsapp_sender="+4799999998")
COMMON = LinkCommon(
    base_url="https://n-eu.linkmobility.io/sms",
    user="u",
    password="p",
    platform_id="COOL",
    platform_partner_id="1",
    sender="Alarm",
    gates=("gate",),
)


@pytest.mark.parametrize(
    ("provider", "called", "uncalled"),
    [
        (INFOBIP, {SMS, CALL, WHATSAPP}, {SMS, CALL}),  # SMS and calls are asked for
        (WEBSMS, {SMS, CALL}, set()),
        (MYLINK, {SMS, WHATSAPP}, set()),
        (COMMON, {SMS}, set()),
        (an_account("vonage", expect_reports=True), {SMS}, set()),
        (an_account("sinch"), {SMS}, {SMS}),  # asked for
        (Openvoip(secret="s", caller_group="42"), set(), set()),
    ],
    ids=["infobip", "websms", "mylink", "common", "vonage", "sinch", "openvoip"],
)
async def test_reports_that_cannot_come_are_not_awaited(
    provider: Any, called: AbstractSet[Channel], uncalled: AbstractSet[Channel]
) -> None:
    async with aiohttp.ClientSession() as session:
        exchange = nobody(session, StandIn())
        assert a_route(provider, exchange).reports == uncalled
        url = "https://alarm.example/callback/cloud/5ecret"
        assert a_route(provider, exchange, callback_url=url).reports == called
