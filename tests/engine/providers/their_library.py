"""The providers' own libraries: only for comparison, never at run time."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

import pytest


def their(module: str) -> Any:
    """A module of theirs. The environment with Home Assistant must have it; others may skip what needs it."""
    if find_spec("homeassistant") is None:
        return pytest.importorskip(module, reason=f"{module.partition('.')[0]} is not installed")
    return importlib.import_module(module)
