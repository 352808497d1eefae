"""Infobip: SMS, WhatsApp and calls that speak, with reports and inbound messages by call and by asking.

Source: the OpenAPI documents of the maker (3.210.0) and its Python client 6.0.0.
"""

from __future__ import annotations

from .account import Infobip

__all__ = ["Infobip"]
