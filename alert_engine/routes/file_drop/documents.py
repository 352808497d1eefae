"""Whether a template of a file is XML, and says in which character set. Pure.

XML 1.0, sections 2.8 and 4.3.3: a document without a declaration is in UTF-8 or UTF-16.
"""

from __future__ import annotations

import codecs
import re

from alert_engine.errors import ConfigError
from alert_engine.routes.providers.generic_http.nodes import Node
from alert_engine.routes.providers.generic_http.xml_body import read_xml

_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>")
_ENCODING = re.compile(r"""\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_UNDECLARED = {"ascii", "utf-8", "utf-16"}


def check_document(content: str, charset: str, names: frozenset[str]) -> None:
    """Refuse a template whose files could not be read. Raises ConfigError."""
    declaration = _DECLARATION.match(content)
    said = _ENCODING.search(declaration.group()) if declaration else None
    real = _name_of(charset)
    if said is None and real not in _UNDECLARED:
        raise _refused(f'must begin with <?xml version="1.0" encoding="{charset}"?>, or charset be utf-8')
    if said is not None and _name_of(said.group(1)) != real:
        raise _refused(f"says that its encoding is {said.group(1)}, and charset is {charset}")
    read_xml(Node(content[declaration.end() :] if declaration else content, ("content",)), names)


def _name_of(charset: str) -> str:
    try:
        return codecs.lookup(charset).name.removesuffix("-sig")
    except LookupError:
        return ""


def _refused(text: str) -> ConfigError:
    return ConfigError(f"content: {text}", path=("content",))
