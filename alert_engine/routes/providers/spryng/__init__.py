"""Spryng: its APIs v2 and v1, and the webhook for inbound messages that is older than both."""

from .account import Spryng
from .first_version import SpryngV1

__all__ = ["Spryng", "SpryngV1"]
