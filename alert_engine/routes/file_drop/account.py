"""The settings of one file drop, as people write them. What a file holds is each provider's own matter."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError, is_missing
from alert_engine.model import Channel
from alert_engine.routes.providers.generic_http.nodes import Node
from alert_engine.routes.providers.generic_http.numbers import INTERNATIONAL
from alert_engine.routes.providers.generic_http.templates import read_template
from alert_engine.routes.server_access import check_one_line, check_one_of, check_place, check_rate

from .documents import check_document
from .escaping import FileFormat

if TYPE_CHECKING:
    from alert_engine.routes.providers.generic_http.templates import Template


class Security(StrEnum):
    """How both connections are encrypted."""

    EXPLICIT = "explicit"  # AUTH TLS: RFC 4217
    IMPLICIT = "implicit"  # TLS from the first octet on; in no standard, and still met
    NONE = "none"  # password, numbers and texts cross the network readable


class LineEnd(StrEnum):
    """How lines of a file end."""

    CRLF = "crlf"
    LF = "lf"


CONTENT_NAMES = frozenset(
    {"number", "text", "uid", "sender", "stamp", "date", "time", "validity_minutes", "priority"}
)
NAME_NAMES = frozenset({"uid", "stamp"})
_PORTS = {Security.EXPLICIT: 21, Security.IMPLICIT: 990, Security.NONE: 21}
_CHANNELS = (Channel.SMS, Channel.CALL)
_NOT_FOR_FILES = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape"})
_NO_NAME = frozenset('/\\*?"<>|:')


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDropAccount:
    """A folder on an FTP server from which a provider fetches one file for each message.

    Raises:
        ConfigError: a setting makes no sense.
    """

    host: str
    username: str
    password: str = field(repr=False)
    content: str  # template of a file, with {number} and {text}
    file_name: str = "{uid}.txt"  # template, with {uid}
    security: str = "explicit"  # explicit, implicit or none
    port: int = 0  # 0: 21, or 990 with implicit
    ca_file: str = ""  # PEM, where the server's certificate is of an authority of one's own
    directory: str = ""  # as the server names it; empty: where one is after the login
    temporary_suffix: str = (
        ".part"  # of the name while the file is not whole; the provider must leave it alone
    )
    format: str = "plain"  # plain, csv or xml: how values are written
    separator: str = ";"  # between fields of plain files: no value has any of its signs
    charset: str = "utf-8"
    line_end: str = "crlf"  # crlf or lf
    number_form: str = "digits"  # plus, digits or double_zero
    sender: str = ""  # for {sender}
    channel: str = "sms"  # what the provider makes of a file: sms or call
    per_second: int = 1  # files

    def __post_init__(self) -> None:
        """Refuse what no server would take, and what would come out as rubbish."""
        check_place(self.host, self.port)
        for name, known in (
            ("security", tuple(Security)),
            ("format", tuple(FileFormat)),
            ("line_end", tuple(LineEnd)),
            ("number_form", INTERNATIONAL),
            ("channel", _CHANNELS),
        ):
            check_one_of(name, getattr(self, name), known)
        check_one_line(
            username=self.username,
            password=self.password,
            directory=self.directory,
            temporary_suffix=self.temporary_suffix,
            separator=self.separator,
            sender=self.sender,
        )
        self._check_login()
        self._check_charset()
        self._check_separator()
        self._check_names()
        if not {"number", "text"} <= self.content_template.names:
            raise ConfigError("content: must have {number} and {text}", path=("content",))
        if self.format == FileFormat.XML:
            check_document(self.content, self.charset, CONTENT_NAMES)
        check_rate(self.per_second)

    @property
    def real_port(self) -> int:
        """The port that is connected to."""
        return self.port or _PORTS[Security(self.security)]

    @property
    def content_template(self) -> Template:
        """What a file holds."""
        return read_template(Node(self.content, ("content",)), CONTENT_NAMES)

    @property
    def name_template(self) -> Template:
        """What a file is called once it is whole."""
        return read_template(Node(self.file_name, ("file_name",)), NAME_NAMES)

    def _check_login(self) -> None:
        for name in ("username", "password"):
            if not getattr(self, name):
                raise is_missing(name)

    def _check_separator(self) -> None:
        if any(sign.isalnum() or sign in "+ " for sign in self.separator):
            raise ConfigError(
                "separator: must have no letters, digits, blanks and plus signs: values are made of them",
                path=("separator",),
            )

    def _check_charset(self) -> None:
        try:
            "x".encode(self.charset)
            name = codecs.lookup(self.charset).name
        except (LookupError, ValueError):
            name = ""
        if not name or name.replace("_", "-") in _NOT_FOR_FILES:
            raise ConfigError("charset: is not known here: try utf-8 or iso-8859-1", path=("charset",))

    def _check_names(self) -> None:
        """A name that is another for each message, so that no file replaces another one."""
        if "uid" not in self.name_template.names:
            raise ConfigError(
                "file_name: must have {uid}: each message is a file of its own", path=("file_name",)
            )
        for name in ("file_name", "temporary_suffix"):
            value = getattr(self, name)
            if not value.isprintable() or _NO_NAME & set(value):
                raise ConfigError(f"{name}: must be a name without folders and patterns", path=(name,))
        if not self.temporary_suffix:
            raise ConfigError(
                "temporary_suffix: is missing: the provider could fetch half a file",
                path=("temporary_suffix",),
            )
