"""Files on a server as a way out: for providers that fetch them from there."""

from __future__ import annotations

from .account import FileDropAccount
from .making import make_file_drop_route

__all__ = ["FileDropAccount", "make_file_drop_route"]
