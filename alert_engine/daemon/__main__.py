"""``python -m alert_engine.daemon``."""

from __future__ import annotations

from .cli import main

main()
