"""Values as they may stand in a file: no text of an alarm ever begins another field or another row."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.routes.providers.generic_http.templates import in_one_line, in_xml

if TYPE_CHECKING:
    from collections.abc import Callable

_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9_-]")


class FileFormat(StrEnum):
    """What a file is, and so how values stand in it."""

    PLAIN = "plain"  # control characters and signs of the separator become spaces
    CSV = "csv"  # each value in quotes: RFC 4180; line breaks become spaces
    XML = "xml"  # references: XML 1.0 section 2.4


def escaping(file_format: FileFormat, separator: str) -> Callable[[str], str]:
    """What is done to each value."""
    if file_format is FileFormat.XML:
        return in_xml
    if file_format is FileFormat.CSV:
        return _in_csv
    signs = str.maketrans(dict.fromkeys(separator, " "))
    return lambda value: in_one_line(value).translate(signs)


def in_file_name(value: str) -> str:
    """Nothing that a server could take for a path or a pattern."""
    return _NOT_IN_FILE_NAMES.sub("_", value)


def _in_csv(value: str) -> str:
    return '"' + in_one_line(value).replace('"', '""') + '"'
