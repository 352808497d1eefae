"""Vibes: Connect, which sends a text to a number, and the Platform, which is told of events."""

from .connect import Vibes
from .events import VibesPlatform

__all__ = ["Vibes", "VibesPlatform"]
