"""Calls that nobody but a vandal makes are refused, and are no mistake of ours."""

from __future__ import annotations

import pytest

from alert_engine.intake.http_request import HttpRequest
from alert_engine.routes.providers.callbacks import check_basic, check_secret_path, check_signature
from alert_engine.routes.providers.provider import CallbackRefusedError, Moment
from tests.engine.providers.contract import NONCE, NOW

SECRET = "5ecret-5ecret-5ecret"
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url=f"https://alarm.example/callback/cloud/{SECRET}")
# As a server hands on octets that are no UTF-8, and text that is no ASCII.
ODD = ["\udcff", "é", "\x00", "%35ecret-5ecret-5ecret", f"{SECRET}\udcff", f"{SECRET}%00", SECRET.upper()]


@pytest.mark.parametrize("last", [*ODD, "", ".", f"{SECRET}/", f"x{SECRET}", SECRET[:-1]])
def test_only_the_secret_itself_is_the_secret(last: str) -> None:
    with pytest.raises(CallbackRefusedError) as caught:
        check_secret_path(HttpRequest(method="POST", path=f"/callback/cloud/{last}"), MOMENT)
    assert caught.value.status == 403
    assert SECRET not in str(caught.value)


def test_nobody_is_let_in_where_no_call_is_awaited() -> None:
    for path in ("", "/", "/callback/cloud/", f"/callback/cloud/{SECRET}"):
        with pytest.raises(CallbackRefusedError):
            check_secret_path(HttpRequest(method="POST", path=path), Moment(now=NOW, nonce=NONCE))


@pytest.mark.parametrize(
    "credentials", ["Basic é", "Basic \udcff", "Basic", "Basic a", "Bearer dTpw", "\udcff"]
)
def test_credentials_that_are_none_are_refused(credentials: str) -> None:
    request = HttpRequest(method="POST", path="/", headers={"Authorization": credentials})
    with pytest.raises(CallbackRefusedError) as caught:
        check_basic(request, "u", "p")
    assert caught.value.status == 401


@pytest.mark.parametrize("given", [None, "", "\udcff", "é", "abc"])
def test_a_signature_that_is_none_is_refused(given: str | None) -> None:
    with pytest.raises(CallbackRefusedError) as caught:
        check_signature(given, "abcd")
    assert caught.value.status == 403
