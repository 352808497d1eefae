"""SMPP 3.4: one account at a message centre, as a route for SMS.

Source: Short Message Peer to Peer Protocol Specification v3.4, Issue 1.2. A "clause" in this package is
one of that document.
"""

from __future__ import annotations

from .account import SmppAccount
from .route import SmppRoute

__all__ = ["SmppAccount", "SmppRoute"]
