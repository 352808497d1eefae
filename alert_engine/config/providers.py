"""``providers:`` of the configuration: accounts at providers, each a route."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.errors import ConfigError
from alert_engine.routes.providers.catalogue import GENERIC_HTTP, TYPES, make, settings_of
from alert_engine.routes.providers.provider import TakesCallbacks

from .servers import lines_of
from .shapes import a_name, a_secret, a_text, error_at, refuse_twice, required

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from .shapes import ConfigPath

CALLBACK_PATH = "/callback/"  # of the HTTP server; the name of the route follows, then its secret

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
_BASE = re.compile(rf"https://{_HOST}(?::(?P<port>[0-9]{{1,5}}))?(?:/[A-Za-z0-9._~/-]{{0,200}})?")
_MAX_PORT = 65_535
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,128}")
_IN_FILE = "_file"
_TRUSTED = "ca_file"  # a file that stays one


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """One account at a provider."""

    name: str  # of its route: ``[a-z0-9_-]{1,64}``
    type: str  # one of `catalogue.TYPES`
    account: Any = field(repr=False)  # a codec, or the account of a route of its own
    callback_url: str = field(default="", repr=False)  # whole, with its secret; empty: it cannot call


def _base(value: Any) -> str:
    found = _BASE.fullmatch(value) if isinstance(value, str) else None
    if found is None or not 0 < int(found["port"] or 443) <= _MAX_PORT:
        raise vol.Invalid(
            "must be how this gateway is reached from outside, like https://gateway.example.org"
        )
    return found.string.rstrip("/")


# The other keys are those of the account: `catalogue` knows them.
PROVIDER_KEYS: dict[Any, Any] = {
    required("name"): a_name,
    required("type"): a_text,
    vol.Optional("callback_url"): _base,
    vol.Optional("callback_secret"): a_secret,
    vol.Optional("callback_secret_file"): a_text,
}


def _providers(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise vol.Invalid("must be a list")
    for index, each in enumerate(value):
        if not isinstance(each, dict):
            raise vol.Invalid("must be a mapping: key, colon, value", path=[index])
    checked: list[dict[str, Any]] = vol.Schema([{**PROVIDER_KEYS, vol.Extra: object}])(value)
    return checked


PROVIDERS_KEYS: dict[Any, Any] = {vol.Optional("providers", default=list): _providers}


def provider_settings(
    given: Sequence[Mapping[str, Any]], folder: Path, *, taken: Collection[str] = (), can_listen: bool = True
) -> tuple[ProviderSettings, ...]:
    """All accounts of a checked section, in their order; files are relative to `folder`.

    Args:
        given: the section.
        folder: where the configuration lies.
        taken: names of other routes.
        can_listen: there is a server that could be called.

    Raises:
        ConfigError: with the path of what makes no sense.
    """
    refuse_twice("providers", "name", [each["name"] for each in given])
    for index, each in enumerate(given):
        if each["name"] in taken:
            raise error_at(("providers", index, "name"), "is what a route of a modem is called")
        if "callback_url" in each and not can_listen:
            raise error_at(("providers", index, "callback_url"), "needs http: nobody would answer the calls")
    return tuple(_provider(each, folder, ("providers", index)) for index, each in enumerate(given))


def _provider(given: Mapping[str, Any], folder: Path, path: ConfigPath) -> ProviderSettings:
    own = {str(key) for key in PROVIDER_KEYS}
    data = {key: value for key, value in given.items() if key not in own}
    whole = _with_files(given["type"], data, folder, path)
    try:
        account = make(given["type"], whole, path)
    except ConfigError as err:
        raise error_at(err.path, str(err), err.reason, **err.values) from None
    return ProviderSettings(
        name=given["name"],
        type=given["type"],
        account=account,
        callback_url=_callback_url(given, account, folder, path),
    )


def _with_files(type_name: str, data: Mapping[str, Any], folder: Path, path: ConfigPath) -> dict[str, Any]:
    """The settings with the secrets that lie in files."""
    if type_name not in TYPES:
        return dict(data)
    if type_name == GENERIC_HTTP:
        return _generic_with_files(data, folder, path)
    secrets = {each.name for each in settings_of(type_name) if each.secret}
    whole = _read(data, secrets, folder, path)
    if isinstance(whole.get(_TRUSTED), str) and whole[_TRUSTED]:
        whole[_TRUSTED] = str(folder / whole[_TRUSTED])
    return whole


def _generic_with_files(data: Mapping[str, Any], folder: Path, path: ConfigPath) -> dict[str, Any]:
    """Of a generic account any of its `settings` may lie in a file."""
    settings = data.get("settings")
    if not isinstance(settings, dict):
        return dict(data)
    names = {str(key).removesuffix(_IN_FILE) for key in settings}
    return {**data, "settings": _read(settings, names, folder, (*path, "settings"))}


def _read(
    data: Mapping[str, Any], secrets: Collection[str], folder: Path, path: ConfigPath
) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for key, value in data.items():
        name = str(key).removesuffix(_IN_FILE)
        if name == key or name not in secrets:
            whole[key] = value
            continue
        if name in data:
            raise error_at((*path, key), f"give it {name} or {key}, one of both")
        if not isinstance(value, str) or not value:
            raise error_at((*path, key), "must be the name of a file")
        lines = lines_of(folder / value, (*path, key))
        if len(lines) > 1:
            raise error_at((*path, key), "the file has more than one line: is it the right one?")
        whole[name] = lines[0]
    return whole


def _callback_url(given: Mapping[str, Any], account: Any, folder: Path, path: ConfigPath) -> str:
    """Where this provider calls: base, path of the route, secret."""
    base = given.get("callback_url", "")
    if not base:
        for key in ("callback_secret", "callback_secret_file"):
            if key in given:
                raise error_at((*path, key), "needs a callback_url")
        return ""
    if not isinstance(account, TakesCallbacks):
        raise error_at((*path, "callback_url"), f"is of no use: {given['type']} never calls")
    own = {key: value for key, value in given.items() if key.startswith("callback_secret")}
    secret = _read(own, {"callback_secret"}, folder, path).get("callback_secret", "")
    if not _SECRET.fullmatch(secret):
        raise error_at(
            (*path, "callback_secret"),
            "must be 16 to 128 of a-z, A-Z, 0-9, _ and -: it ends the address that the provider calls",
        )
    return f"{base}{CALLBACK_PATH}{given['name']}/{secret}"


def provider_routes(providers: Sequence[ProviderSettings]) -> frozenset[str]:
    """The names of all routes that these accounts are."""
    return frozenset(each.name for each in providers)
