"""websms (LINK Mobility Austria): SMS, data SMS, calls that speak, WhatsApp."""

from .account import Websms

__all__ = ["Websms"]
