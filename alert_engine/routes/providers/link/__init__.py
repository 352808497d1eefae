"""LINK Mobility: MyLINK (SMS and WhatsApp), and the older Common platform (SMS)."""

from .common_account import LinkCommon
from .mylink import MyLink

__all__ = ["LinkCommon", "MyLink"]
