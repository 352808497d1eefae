"""``gsm-driver``: look for modems, ask how they are, send, receive and call, from a shell."""

from .app import app, main
from .exit_code import ExitCode

__all__ = ["ExitCode", "app", "main"]
