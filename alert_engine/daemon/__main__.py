"""``python -m alert_engine.daemon``."""

from __future__ import annotations

from .app import main

main()
