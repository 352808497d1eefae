"""Replies of mail servers, after RFC 5321, 3463, 4954 and 7372."""

from __future__ import annotations

import pytest

from alert_engine.routes.base import ErrorClass
from alert_engine.routes.smtp.verdict import Stage, refusal

T, R, M, A = ErrorClass.TEMPORARY, ErrorClass.RECIPIENT, ErrorClass.MESSAGE, ErrorClass.ACCOUNT


@pytest.mark.parametrize(
    ("stage", "code", "words", "error_class", "only_here"),
    [
        (Stage.GREETING, 421, "4.3.2 busy", T, False),
        (Stage.GREETING, 554, "no service here", A, False),
        (Stage.HELLO, 550, "your name is not known", A, False),
        (Stage.SECURITY, 454, "4.7.0 TLS not now", T, False),
        (Stage.SECURITY, 502, "5.5.1", A, False),
        (Stage.LOGIN, 535, "5.7.8 wrong", A, False),
        (Stage.LOGIN, 454, "4.7.0 not now", T, False),
        (Stage.LOGIN, 534, "5.7.9 too weak", A, False),
        (Stage.SENDER, 451, "later", T, False),
        (Stage.SENDER, 530, "5.7.0 log in", A, False),
        (Stage.SENDER, 550, "5.7.1 not yours", A, False),
        (Stage.SENDER, 553, "5.1.8 domain", A, False),
        (Stage.SENDER, 552, "5.3.4 too big", M, False),
        (Stage.SENDER, 552, "too big", M, False),
        (Stage.RECIPIENT, 450, "4.2.1 greylisted", T, False),
        (Stage.RECIPIENT, 452, "4.2.2 full", T, False),
        (Stage.RECIPIENT, 550, "5.1.1 nobody", R, False),
        (Stage.RECIPIENT, 550, "nobody", R, True),
        (Stage.RECIPIENT, 552, "5.2.2 full", R, False),
        (Stage.RECIPIENT, 552, "full", R, True),
        (Stage.RECIPIENT, 550, "5.7.1 relaying denied", R, True),
        (Stage.RECIPIENT, 554, "5.4.4 no route", R, True),
        (Stage.RECIPIENT, 530, "5.7.0 log in", A, False),
        (Stage.RECIPIENT, 550, "5.7.23 SPF", A, False),
        (Stage.RECIPIENT, 552, "5.2.3 longer than the mailbox takes", M, False),
        (Stage.MESSAGE, 451, "4.7.1 later", T, False),
        (Stage.MESSAGE, 421, "closing", T, False),
        (Stage.MESSAGE, 552, "5.3.4 too big", M, False),
        (Stage.MESSAGE, 552, "5.2.2 full", R, False),
        (Stage.MESSAGE, 554, "5.6.0 media", M, False),
        (Stage.MESSAGE, 550, "5.7.1 spam", M, False),
        (Stage.MESSAGE, 550, "5.7.26 DMARC", A, False),
        (Stage.MESSAGE, 550, "5.1.1 nobody", R, False),
        (Stage.MESSAGE, 554, "no", M, False),
    ],
)
def test_what_a_reply_means(
    stage: Stage, code: int, words: str, *, error_class: ErrorClass, only_here: bool
) -> None:
    found = refusal(stage, code, words)
    assert (found.error_class, found.this_route_only) == (error_class, only_here)
    assert found.certain


def test_the_code_is_shown_and_the_words_are_not() -> None:
    found = refusal(Stage.RECIPIENT, 550, "5.1.1 <anna@example.com> unknown")
    assert found.code == "SMTP 550 5.1.1"
    assert "anna" not in repr(found)
    assert refusal(Stage.RECIPIENT, 550, "5.1.1.7 odd").code == "SMTP 550"
