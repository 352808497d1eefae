"""The types of provider that can be set up, what the account of each has, and how one is made of plain data.

What an account has is read from its dataclass: nothing is said twice. A module is imported when somebody
asks for its type, so a gateway pays for the providers that it uses.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from alert_engine.errors import ConfigError, is_missing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field

Path = tuple[str | int, ...]

GENERIC_HTTP = "generic_http"  # made of a mapping: what its account has, the recipe says

# Module, from here, and class.
_ACCOUNTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "twilio": (".twilio.account", "Twilio"),
        "telesign": (".telesign", "Telesign"),
        "infobip": (".infobip.account", "Infobip"),
        "azure": (".azure", "Azure"),
        "websms": (".websms.account", "Websms"),
        "mylink": (".link.mylink", "MyLink"),
        "link_common": (".link.common_account", "LinkCommon"),
        "spryng": (".spryng.account", "Spryng"),
        "spryng_v1": (".spryng.first_version", "SpryngV1"),
        "vibes": (".vibes.connect", "Vibes"),
        "vibes_platform": (".vibes.events", "VibesPlatform"),
        "openvoip": (".openvoip", "Openvoip"),
        # Routes of their own: an account is no codec, and the daemon makes a route of it.
        "smpp": ("..smpp.account", "SmppAccount"),
        "smtp": ("..smtp.account", "SmtpAccount"),
        "file_drop": ("..file_drop.account", "FileDropAccount"),
    }
)
TYPES: tuple[str, ...] = (*_ACCOUNTS, GENERIC_HTTP)

_MAX_TEXT = 8192  # characters of a setting: a connection string or a template is the longest
_MAX_LIST = 100  # items of a setting
_OR_NONE = " | None"
_BREAKS = re.compile(r"[\x00-\x1f\x7f]")  # no header and no line of a protocol can hold these


class SettingKind(StrEnum):
    """What a setting is."""

    TEXT = "str"
    NUMBER = "int"
    FLAG = "bool"
    LIST = "tuple[str, ...]"


_WANTED = {
    SettingKind.TEXT: f"a text of at most {_MAX_TEXT} characters; put it in quotes",
    SettingKind.NUMBER: "a whole number",
    SettingKind.FLAG: "true or false",
    SettingKind.LIST: f"a list of at most {_MAX_LIST} texts, like [a, b]",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Something that an account has."""

    name: str
    kind: SettingKind
    required: bool  # it has no default
    secret: bool  # it is shown to nobody, and may lie in a file
    can_be_none: bool = False
    default: str | int | bool | tuple[str, ...] | None = None  # None also where it is required


@cache
def settings_of(type_name: str) -> tuple[Setting, ...]:
    """What an account of this type has, in the order of its class; nothing for `GENERIC_HTTP`.

    Raises:
        KeyError: there is no such type.
    """
    if type_name == GENERIC_HTTP:
        return ()
    return tuple(_setting(each) for each in fields(account_class(type_name)))


def account_class(type_name: str) -> Any:
    """The frozen dataclass of this type. Raises KeyError."""
    module, name = _ACCOUNTS[type_name]
    return getattr(import_module(module, __package__), name)


def make(type_name: str, data: Mapping[str, Any], path: Path = ()) -> Any:
    """An account of plain data, as YAML or JSON gives it. It may read files of this package.

    Args:
        type_name: one of `TYPES`.
        data: its settings and nothing else.
        path: where the data stands in the configuration.

    Raises:
        ConfigError: something makes no sense; its path says where, its text what to do, without the path.
    """
    if type_name not in TYPES:
        raise ConfigError(f"must be one of {', '.join(TYPES)}", path=(*path, "type"))
    try:
        if type_name == GENERIC_HTTP:
            return _generic_http(data)
        return account_class(type_name)(**_checked(type_name, data))
    except ConfigError as error:
        raise ConfigError(
            _without_place(error), path=(*path, *error.path), reason=error.reason, values=error.values
        ) from None


def _generic_http(data: Mapping[str, Any]) -> Any:
    module: Any = import_module(".generic_http.making", __package__)
    return module.make_generic_http(data)


def _checked(type_name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    known = {each.name: each for each in settings_of(type_name)}
    for name in data:
        if name not in known:
            text = f"is no setting of {type_name}; there are: {', '.join(known)}"
            raise ConfigError(text, path=(str(name),))
    for setting in known.values():
        if setting.required and setting.name not in data:
            raise is_missing(setting.name)
    return {name: _value(known[name], value) for name, value in data.items()}


def _value(setting: Setting, value: Any) -> Any:
    if value is None and setting.can_be_none:
        return None
    if not _fits(setting.kind, value):
        raise ConfigError(f"must be {_WANTED[setting.kind]}", path=(setting.name,))
    if setting.secret and isinstance(value, str) and _BREAKS.search(value):
        raise ConfigError("must be one line; is there a line break at its end?", path=(setting.name,))
    return tuple(value) if setting.kind is SettingKind.LIST else value


def _fits(kind: SettingKind, value: Any) -> bool:
    """YAML knows more types than are meant: 42 is no text, and true is no number."""
    match kind:
        case SettingKind.TEXT:
            return isinstance(value, str) and len(value) <= _MAX_TEXT
        case SettingKind.NUMBER:
            return isinstance(value, int) and not isinstance(value, bool)
        case SettingKind.FLAG:
            return isinstance(value, bool)
        case SettingKind.LIST:
            is_list = isinstance(value, list | tuple) and len(value) <= _MAX_LIST
            return is_list and all(_fits(SettingKind.TEXT, each) for each in value)


def _setting(field: Field[Any]) -> Setting:
    written = str(field.type)  # annotations are not evaluated in these modules
    required = field.default is MISSING
    default: Any = None if required else field.default
    return Setting(
        name=field.name,
        kind=SettingKind(written.removesuffix(_OR_NONE)),
        required=required,
        secret=not field.repr,
        can_be_none=written.endswith(_OR_NONE),
        default=default,
    )


def _without_place(error: ConfigError) -> str:
    """Accounts put the place of the setting before the text; who knows the whole path puts that."""
    text = str(error)
    dotted = ".".join(str(step) for step in error.path)
    return text.removeprefix(f"{dotted}: ") if dotted else text
