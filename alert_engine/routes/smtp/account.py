"""The settings of one mail account, as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError, not_one_of
from alert_engine.model import Channel
from alert_engine.routes.providers.generic_http.nodes import Node
from alert_engine.routes.providers.generic_http.numbers import INTERNATIONAL
from alert_engine.routes.providers.generic_http.templates import read_template
from alert_engine.routes.server_access import (
    check_one_line,
    check_one_of,
    check_place,
    check_rate,
    is_this_machine,
)

from .mail_address import domain_of, mail_address
from .presets import SERVICES, MailService

if TYPE_CHECKING:
    from alert_engine.routes.providers.generic_http.templates import Template


class Security(StrEnum):
    """How the connection is encrypted."""

    STARTTLS = "starttls"  # RFC 3207; a server that does not offer it is refused
    TLS = "tls"  # from the first octet on: RFC 8314 section 3.3
    NONE = "none"  # for a server in one's own house


_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
_BODY_NAMES = frozenset({"text", "number", "token", "uid"})
_SUBJECT_NAMES = frozenset({"first_line", "number", "token", "uid"})
_ADDRESS_NAMES = frozenset({"number"})
# One line of a header as it is, with what the service has in front of it.
_SUBJECT_AUTH = re.compile(r"(?!.*=\?)(?!SMSGW)[!-~]+[:@][!-~]+")
_MAX_SUBJECT_AUTH = 57
_SAMPLE = "4366412345678"  # a number to try address patterns with


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAccount:
    """An account at a mail server: for mails to people, or for a service that makes SMS or calls of mails.

    Raises:
        ConfigError: a setting makes no sense.
    """

    host: str  # of the mail server that takes our mails
    sender: str  # mail address; a service knows its customer by it
    security: str = "starttls"  # starttls, tls or none
    port: int = 0  # 0: 587 with starttls, 465 with tls, 25 with none
    username: str = ""  # empty: the server takes mails without
    password: str = field(default="", repr=False)
    ca_file: str = ""  # PEM, where the server's certificate is of an authority of one's own
    hello: str = ""  # what we call ourselves; empty: the domain of the sender
    sender_name: str = ""  # what mailboxes show in front of the sender
    preset: str = ""  # websms, websms_link or spryng; what is set beside it goes over it
    sms_to: str = ""  # address of a service, with {number}
    sms_to_unicode: str = ""  # the same, for texts with characters beyond GSM 7 bit
    call_to: str = ""  # the same, for calls
    number_form: str = "digits"  # of {number}: digits, plus or double_zero
    groups: bool = False  # take channel email to addresses at the service's domains: its group shortcuts
    subject: str = ""  # template; empty: the first line to people, none to a service
    body: str = ""  # template; empty: {text}, or what the preset has
    token: str = field(default="", repr=False)  # for {token}
    # websms: ``account@login`` or ``login:password``. Readable in each mail: better register the sender.
    subject_auth: str = field(default="", repr=False)
    max_length: int = 0  # characters of a text to a service; more is cut; 0: what the preset has
    per_second: int = 5  # mails

    def __post_init__(self) -> None:
        """Refuse what no server or service would take."""
        check_place(self.host, self.port)
        check_one_of("security", self.security, tuple(Security))
        check_one_of("number_form", self.number_form, INTERNATIONAL)
        check_one_line(
            username=self.username,
            password=self.password,
            hello=self.hello,
            sender_name=self.sender_name,
            token=self.token,
            subject_auth=self.subject_auth,
        )
        _an_address("sender", self.sender)
        self._check_secrets()
        self._check_service()
        self._check_templates()
        if not self.hello.isascii() or " " in self.hello:
            raise ConfigError("hello: must be a host name", path=("hello",))
        check_rate(self.per_second)

    @property
    def channels(self) -> frozenset[Channel]:
        """Mails to people, or whatever the service makes of mails."""
        service = self.service
        if service is None:
            return frozenset({Channel.EMAIL})
        found = {Channel.SMS} if service.sms_to else set()
        if service.call_to:
            found.add(Channel.CALL)
        if self.groups:
            found.add(Channel.EMAIL)
        return frozenset(found)

    @property
    def service(self) -> MailService | None:
        """What makes SMS or calls of these mails; None: they are for people."""
        if not (self.preset or self.sms_to or self.call_to):
            return None
        base = SERVICES.get(self.preset, MailService())
        # Whoever writes an own address for SMS does not mean the preset's one for some of them.
        unicode_to = self.sms_to_unicode or ("" if self.sms_to else base.sms_to_unicode)
        return MailService(
            sms_to=self.sms_to or base.sms_to,
            sms_to_unicode=unicode_to,
            call_to=self.call_to or base.call_to,
            body=self.body or base.body,
            max_length=self.max_length or base.max_length,
            field_mark=base.field_mark,
            subject_login=base.subject_login,
        )

    @property
    def service_domains(self) -> frozenset[str]:
        """Where the service takes mails."""
        service = self.service
        given = () if service is None else (service.sms_to, service.sms_to_unicode, service.call_to)
        return frozenset(domain_of(pattern) for pattern in given if pattern)

    @property
    def real_port(self) -> int:
        """The port that is connected to."""
        return self.port or _PORTS[Security(self.security)]

    @property
    def body_template(self) -> Template:
        """What mails hold."""
        service = self.service
        given = self.body or (service.body if service is not None else "{text}")
        return read_template(Node(given, ("body",)), _BODY_NAMES)

    @property
    def subject_template(self) -> Template:
        """Of mails to people the first line, unless it is said."""
        given = self.subject or ("{first_line}" if self.service is None else "")
        return read_template(Node(given, ("subject",)), _SUBJECT_NAMES)

    def _check_secrets(self) -> None:
        is_readable = self.security == Security.NONE and not is_this_machine(self.host)
        if bool(self.username) != bool(self.password):
            raise ConfigError("password: username and password belong together", path=("password",))
        for name in ("password", "subject_auth", "token"):
            if is_readable and getattr(self, name):
                raise ConfigError(
                    f"{name}: would cross the network readable: set security to starttls or tls", path=(name,)
                )

    def _check_service(self) -> None:
        if self.preset and self.preset not in SERVICES:
            raise not_one_of("preset", SERVICES)
        service = self.service
        if service is None and (self.groups or self.subject_auth or self.max_length or self.sms_to_unicode):
            raise ConfigError(
                "preset: is missing: groups, subject_auth, max_length and sms_to_unicode are for a service"
                " that makes SMS or calls of mails",
                path=("preset",),
            )
        if self.subject_auth and (service is None or not service.subject_login):
            raise ConfigError("subject_auth: only websms takes this", path=("subject_auth",))
        if self.subject_auth and (
            len(self.subject_auth) > _MAX_SUBJECT_AUTH or not _SUBJECT_AUTH.fullmatch(self.subject_auth)
        ):
            raise ConfigError(
                f"subject_auth: must be account@login or login:password, at most {_MAX_SUBJECT_AUTH} plain"
                " characters without blanks",
                path=("subject_auth",),
            )
        if self.subject_auth and self.subject:
            raise ConfigError(
                "subject: of no use with subject_auth, which takes its place", path=("subject",)
            )
        if self.max_length < 0:
            raise ConfigError("max_length: must not be negative", path=("max_length",))

    def _check_templates(self) -> None:
        names = self.body_template.names
        if "text" not in names:
            raise ConfigError("body: has no {text}: nobody would learn what happened", path=("body",))
        if "token" in names | self.subject_template.names and not self.token:
            raise ConfigError("token: is missing, and body or subject wants it", path=("token",))
        service = self.service
        if service is None:
            return
        for name in ("sms_to", "sms_to_unicode", "call_to"):
            pattern = getattr(service, name)
            if not pattern:
                continue
            template = read_template(Node(pattern, (name,)), _ADDRESS_NAMES)
            if "number" not in template.names | names:
                raise ConfigError(f"{name}: neither it nor the body has {{number}}", path=(name,))
            _an_address(name, template.fill({"number": _SAMPLE}))


def _an_address(name: str, text: str) -> None:
    try:
        mail_address(text)
    except ValueError as error:
        raise ConfigError(f"{name}: {error}", path=(name,)) from None
