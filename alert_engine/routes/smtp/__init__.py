"""Mail as a way out: to people's mailboxes, and to services that make SMS and calls of mails."""

from __future__ import annotations

from .account import SmtpAccount
from .making import make_smtp_route

__all__ = ["SmtpAccount", "make_smtp_route"]
