"""MyLINK: a token that LINK does not take any more, a sender that it does not take, a template too long."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from alert_engine.errors import ConfigError
from alert_engine.model import Channel
from alert_engine.routes.access_tokens import AccessTokens
from alert_engine.routes.base import Accepted, ErrorClass, Rejected
from alert_engine.routes.providers.exchange import ProviderResponse
from alert_engine.routes.providers.link import MyLink
from alert_engine.routes.providers.provider import Moment
from tests.engine.providers.contract import NONCE, NOW, NUMBER, a_message, a_route, send
from tests.engine.providers.stand_in import Answer, a_provider

ACCOUNT = MyLink(client_id="house", client_secret="client-secret-of-link", sender="Alarm")
TOKEN = Answer(body=json.dumps({"access_token": "first", "expires_in": 300}))
ANOTHER = Answer(body=json.dumps({"access_token": "second", "expires_in": 300}))
TAKEN = Answer(
    status=202,
    body=json.dumps({"requestId": "1", "messages": [{"messageId": "18647eb4", "recipient": NUMBER}]}),
)


async def test_a_look_with_a_token_that_ended_fetches_another_one() -> None:
    """LINK may end a token early: the account is well, and the route must not rest for it."""
    async with a_provider(TOKEN, Answer(status=401), ANOTHER, Answer(body="[]")) as (stand_in, exchange):
        assert await a_route(ACCOUNT, exchange).check() is None
    assert [asked.headers.get("Authorization") for asked in stand_in.asked] == [
        *(None, "Bearer first"),
        *(None, "Bearer second"),
    ]


async def test_a_look_asks_for_another_token_only_once() -> None:
    async with a_provider(TOKEN, Answer(status=401), ANOTHER, Answer(status=401)) as (stand_in, exchange):
        refused = await a_route(ACCOUNT, exchange).check()
    assert refused is not None
    assert refused.error_class is ErrorClass.ACCOUNT
    assert len(stand_in.asked) == 4


async def test_a_refused_token_is_not_used_again() -> None:
    """Whatever the second one came to, the next message begins with a fresh one."""
    refused = Answer(status=401)
    async with a_provider(TOKEN, refused, ANOTHER, refused, TOKEN, TAKEN) as (stand_in, exchange):
        route = a_route(ACCOUNT, exchange)
        outcomes = [await route.send(a_message(), _ignore) for _ in range(2)]
    assert isinstance(outcomes[0], Rejected)
    assert outcomes[1] == Accepted(reference="18647eb4", segments=1)
    assert len(stand_in.asked) == 6


async def test_many_at_once_share_one_token() -> None:
    async with a_provider(TOKEN, TAKEN) as (stand_in, exchange):
        route = a_route(ACCOUNT, exchange)
        outcomes = await asyncio.gather(*(route.send(a_message(), _ignore) for _ in range(3)))
    assert all(isinstance(each, Accepted) for each in outcomes)
    assert sum("openid-connect" in asked.url for asked in stand_in.asked) == 1


async def test_a_token_that_somebody_fetched_meanwhile_stays() -> None:
    """Two messages were refused for one token: the second refusal says nothing of the new token."""
    refused = ProviderResponse(status=401)
    async with a_provider(TOKEN, ANOTHER) as (stand_in, exchange):
        tokens = AccessTokens(ACCOUNT, exchange)
        both = [await tokens.put_into(Moment(now=NOW, nonce=NONCE)) for _ in range(2)]
        for moment in both:
            assert tokens.drop_if_refused(refused, moment)
            renewed = await tokens.put_into(Moment(now=NOW, nonce=NONCE))
            assert renewed.access_token == "second"
    assert len(stand_in.asked) == 2


async def test_a_token_is_renewed_a_minute_before_it_ends() -> None:
    async with a_provider(TOKEN, ANOTHER) as (_, exchange):
        tokens = AccessTokens(ACCOUNT, exchange)
        for seconds, wanted in ((0, "first"), (239, "first"), (240, "second")):
            moment = Moment(now=NOW + timedelta(seconds=seconds), nonce=NONCE)
            assert (await tokens.put_into(moment)).access_token == wanted


async def _ignore(progress: object) -> None:
    pass


@pytest.mark.parametrize("sender", ["Alarm_1", "a_b"])
def test_a_sender_that_the_description_does_not_allow_is_refused(sender: str) -> None:
    with pytest.raises(ConfigError, match="sender") as caught:
        MyLink(client_id="house", client_secret="s", sender=sender)
    assert caught.value.path == ("sender",)


async def test_a_text_that_no_template_takes_is_not_sent() -> None:
    account = MyLink(
        client_id="house", client_secret="s", whatsapp_sender="+4799999998", whatsapp_template="alarm"
    )
    long = a_message(channel=Channel.WHATSAPP, text="x" * 1025)
    outcome, stand_in = await send(account, long, TOKEN)
    assert isinstance(outcome, Rejected)
    assert outcome.error_class is ErrorClass.MESSAGE
    assert "1024" in outcome.reason
    assert not [asked for asked in stand_in.asked if "whatsapp" in asked.url]
