"""A QR code on a terminal, for an authenticator app to read from the screen."""

from __future__ import annotations

import sys


def show_qr_code(text: str) -> None:
    """Draw it where a person looks at it, if the package for it is installed."""
    if not sys.stdout.isatty():
        return
    try:
        import segno  # noqa: PLC0415 - it is an extra
    except ModuleNotFoundError:
        return
    segno.make_qr(text, error="L").terminal(compact=True)
