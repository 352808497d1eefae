"""Any provider with an HTTP API, described by plain data: a preset of ours, or a recipe of your own."""

from __future__ import annotations

from .codec import GenericHttp
from .making import make_generic_http
from .presets import preset_names

__all__ = ["GenericHttp", "make_generic_http", "preset_names"]
