"""Twilio: SMS, WhatsApp and calls that speak and take keys."""

from .account import Twilio

__all__ = ["Twilio"]
