"""What a reply of a mail server means. Pure.

RFC 5321 section 4.2.1: 4yz is "not now", 5yz is "not ever". What a person or another route can do about it
depends on what was asked, and on the enhanced code of RFC 3463 where the server gives one. The words of a
reply are never shown: they like to quote addresses.
"""

from __future__ import annotations

import re
from enum import StrEnum

from alert_engine.routes.base import ErrorClass, Rejected


class Stage(StrEnum):
    """What the server was asked last."""

    GREETING = "greeting"
    HELLO = "hello"  # EHLO
    SECURITY = "security"  # STARTTLS
    LOGIN = "login"  # AUTH
    SENDER = "sender"  # MAIL
    RECIPIENT = "recipient"  # RCPT
    MESSAGE = "message"  # DATA, and what follows


_ENHANCED = re.compile(r"([45])\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.])")

_NOT_NOW = "the mail server asks to try again later"
_WORDS = {
    Stage.GREETING: "the mail server takes nothing from this address",
    Stage.HELLO: "the mail server does not accept what we call ourselves: look at hello in the settings",
    Stage.SECURITY: "the mail server offers no encryption here: look at security and port in the settings",
    Stage.LOGIN: "the mail server refuses user name or password",
    Stage.SENDER: "the mail server refuses the sender",
    Stage.RECIPIENT: "the mail server refuses the recipient",
    Stage.MESSAGE: "the mail server refuses the mail",
}
_SENDER = "the mail server refuses the sender, or does not find it entitled to its domain"
_TOO_LONG = "the mail server finds the mail too long"
_LOGIN_FIRST = "the mail server wants a user name and a password"

# Enhanced codes that are about the sender wherever they come: RFC 3463 section 3.2, RFC 7372, RFC 7505.
_ABOUT_SENDER = {
    (1, 7),
    (1, 8),
    (7, 20),
    (7, 21),
    (7, 22),
    (7, 23),
    (7, 24),
    (7, 25),
    (7, 26),
    (7, 27),
    (7, 29),
}
_ABOUT_RECIPIENT = {1, 2, 4}  # subjects of RFC 3463: address, mailbox, way to it
_TOO_LONG_CODES = {(2, 3), (3, 4)}


def refusal(stage: Stage, code: int, words: str) -> Rejected:
    """What a reply of 400 to 599 means.

    Args:
        stage: what was asked.
        code: of the reply.
        words: of the reply, which may begin with an enhanced code.
    """
    enhanced = _ENHANCED.match(words.strip())
    shown = f"SMTP {code}" + (f" {enhanced.group()}" if enhanced else "")
    if code < 500:
        return Rejected(error_class=ErrorClass.TEMPORARY, reason=_NOT_NOW, code=shown)
    detail = (int(enhanced.group(2)), int(enhanced.group(3))) if enhanced else (0, 0)
    error_class, reason = _permanent(stage, code, detail)
    # Another route's server may well take this address, unless it is the address itself that is wrong.
    only_here = error_class is ErrorClass.RECIPIENT and detail[0] not in {1, 2}
    return Rejected(error_class=error_class, reason=reason, code=shown, this_route_only=only_here)


def _permanent(stage: Stage, code: int, detail: tuple[int, int]) -> tuple[ErrorClass, str]:
    if stage not in {Stage.SENDER, Stage.RECIPIENT, Stage.MESSAGE}:
        return ErrorClass.ACCOUNT, _WORDS[stage]
    if code in {530, 538}:  # RFC 4954 section 6: authentication or encryption required
        return ErrorClass.ACCOUNT, _LOGIN_FIRST
    if detail in _ABOUT_SENDER:
        return ErrorClass.ACCOUNT, _SENDER
    if detail in _TOO_LONG_CODES or (code == 552 and stage is not Stage.RECIPIENT and detail != (2, 2)):
        return ErrorClass.MESSAGE, _TOO_LONG
    if stage is Stage.SENDER:
        return ErrorClass.ACCOUNT, _SENDER
    if stage is Stage.RECIPIENT or detail[0] in _ABOUT_RECIPIENT:
        return ErrorClass.RECIPIENT, _WORDS[Stage.RECIPIENT]
    return ErrorClass.MESSAGE, _WORDS[Stage.MESSAGE]
