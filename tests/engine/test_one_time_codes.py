"""One-time codes against the vectors of the standards."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from alert_engine.inbound.one_time_codes import code_at, counter_at, matching_counter, provisioning_uri

KEY = b"12345678901234567890"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

# RFC 4226, appendix D.
HOTP = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]

# RFC 6238, appendix B, SHA-1: seconds since 1970, and the last six of its eight digits.
TOTP = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


@pytest.mark.parametrize(("counter", "code"), enumerate(HOTP))
def test_codes_of_counters(*, counter: int, code: str) -> None:
    assert code_at(KEY, counter) == code


@pytest.mark.parametrize(("seconds", "code"), TOTP.items())
def test_codes_of_times(*, seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert code_at(KEY, counter_at(moment)) == code
    assert matching_counter(KEY, code, moment) == seconds // 30


@pytest.mark.parametrize(
    ("seconds", "matches"), [(-31, False), (-30, True), (0, True), (29, True), (59, True), (60, False)]
)
def test_one_step_before_and_after(*, seconds: int, matches: bool) -> None:
    code = code_at(KEY, counter_at(NOON))
    found = matching_counter(KEY, code, NOON + timedelta(seconds=seconds))
    assert found == (counter_at(NOON) if matches else None)


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "\uff11\uff12\uff13\uff14\uff15\uff16"])
def test_what_is_no_code(code: str) -> None:
    assert matching_counter(KEY, code, NOON) is None


def test_a_machine_without_a_clock() -> None:
    begin = datetime.fromtimestamp(0, UTC)
    assert matching_counter(KEY, "755224", begin) == 0
    assert matching_counter(KEY, "000000", begin) is None


def test_what_the_qr_code_says() -> None:
    uri = urlsplit(provisioning_uri(KEY, "Anna Ö & Co", "Alert Gateway"))
    assert (uri.scheme, uri.netloc, unquote(uri.path)) == ("otpauth", "totp", "/Alert Gateway:Anna Ö & Co")
    query = {name: values[0] for name, values in parse_qs(uri.query).items()}
    assert base64.b32decode(query.pop("secret")) == KEY
    # What is not said is SHA-1, six digits, 30 s: all that some apps know.
    assert query == {"issuer": "Alert Gateway"}
    assert "+" not in uri.query
