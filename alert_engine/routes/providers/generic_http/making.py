"""From the plain data of a configuration to a provider."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from alert_engine.model import Channel
from alert_engine.routes.providers.addresses import sender_kind
from alert_engine.routes.providers.provider import Pace, ProviderLimits

from .codec import CheckedHttp, GenericHttp, PrepaidHttp
from .nodes import Node
from .presets import load_preset, overlaid, preset_names
from .recipe import ASKING_NAMES, KEYS, MESSAGE_NAMES, AccessCheck, read_recipe
from .requests import check_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .recipe import Recipe

_OWN_KEYS = ("preset", "settings", "per_second", "expect_reports", "plain_http")
_PER_SECOND = 5.0  # requests, where nothing is known of a provider's limit
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MAX_SETTING = 1000  # characters


class SettingKind(StrEnum):
    """What a value of an account is."""

    TEXT = "text"
    SENDER = "sender"  # number with plus, short code or name
    SENDER_DIGITS = "sender_digits"  # the same, whose number goes out without the plus sign


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingSpec:
    """A value that an account has, as a recipe declares it."""

    kind: SettingKind = SettingKind.TEXT
    required: bool = False
    default: str = ""
    secret: bool = False  # it is shown to nobody
    means: str = ""  # for whoever sets it up


def make_generic_http(data: Mapping[str, Any], *, path: tuple[str | int, ...] = ()) -> GenericHttp:
    """A provider from ``{preset: …, settings: {…}}`` and any part of a recipe, which goes over the preset's.

    With a preset it reads a file: not for the thread of an event loop.

    Args:
        data: plain data, as YAML or JSON gives it.
        path: where it stands in the configuration.

    Raises:
        ConfigError: something makes no sense; it says where.
    """
    node = Node(data, path).only(*_OWN_KEYS, *KEYS)
    own = {key: each.value for key, each in node.entries() if key in KEYS}
    recipe_node = Node(overlaid(_preset(node), own), path)
    specs, given = setting_specs(recipe_node), _given(node)
    recipe = read_recipe(recipe_node, frozenset(specs) | frozenset(given))
    settings = _settings(specs, given, recipe, Node(None, (*path, "settings")))
    _check_addresses(recipe, settings, node)
    _check_credentials(recipe, settings, path)
    return _provider(recipe, settings, _limits(node, recipe))


def specs_of(data: Mapping[str, Any]) -> dict[str, SettingSpec]:
    """The values that an account by this data has, for forms; `data` as for `make_generic_http`.

    Raises:
        ConfigError: the recipe makes no sense as far as it says what an account has.
    """
    node = Node(data).only(*_OWN_KEYS, *KEYS)
    own = {key: each.value for key, each in node.entries() if key in KEYS}
    return setting_specs(Node(overlaid(_preset(node), own)))


def setting_specs(recipe: Node) -> dict[str, SettingSpec]:
    """The values that a recipe declares, for forms and documents. Raises ConfigError."""
    declared = recipe.get("account")
    return {_named(name, each): _spec(each) for name, each in declared.entries()} if declared else {}


def _spec(node: Node) -> SettingSpec:
    node.only("kind", "required", "default", "secret", "means")
    kind, default, means = node.get("kind"), node.get("default"), node.get("means")
    required, secret = node.get("required"), node.get("secret")
    return SettingSpec(
        kind=kind.word(SettingKind) if kind else SettingKind.TEXT,
        required=required.flag() if required else False,
        default=default.text() if default else "",
        secret=secret.flag() if secret else False,
        means=means.text() if means else "",
    )


def _preset(node: Node) -> dict[str, Any]:
    preset = node.get("preset")
    if preset is None:
        return {}
    try:
        return load_preset(preset.text())
    except KeyError:
        raise preset.refused(f"is no preset; there are: {', '.join(preset_names())}") from None


def _given(node: Node) -> dict[str, Node]:
    given = node.get("settings")
    return {_named(name, each): each for name, each in given.entries()} if given else {}


def _named(name: str, node: Node) -> str:
    if name in MESSAGE_NAMES | ASKING_NAMES or not _NAME.fullmatch(name):
        raise node.refused("is no name for a setting: use a-z, 0-9 and _, and none of the names of a message")
    return name


def _settings(
    specs: Mapping[str, SettingSpec], given: Mapping[str, Node], recipe: Recipe, place: Node
) -> dict[str, str]:
    used = recipe.names
    for name, node in given.items():
        if name not in specs and name not in used:
            raise node.refused("is no setting of this recipe")
    settings = {}
    for name, spec in {**dict.fromkeys(given, SettingSpec()), **specs}.items():
        node = given.get(name, Node(spec.default, (*place.path, name)))
        settings[name] = _setting(node, spec)
    return settings


def _setting(node: Node, spec: SettingSpec) -> str:
    value = node.text()
    if spec.required and not value:
        raise node.refused(f"is missing: {spec.means}" if spec.means else "is missing")
    if len(value) > _MAX_SETTING or not value.isprintable():
        raise node.refused(f"must be one line of at most {_MAX_SETTING} characters")
    if spec.kind is SettingKind.TEXT:
        return value
    try:
        sender_kind(value)
    except ValueError as error:
        raise node.refused(str(error)) from None
    return value.removeprefix("+") if spec.kind is SettingKind.SENDER_DIGITS else value


def _check_addresses(recipe: Recipe, settings: Mapping[str, str], node: Node) -> None:
    """Hosts are hosts, and nothing goes in the clear unless that is asked for."""
    plain = node.get("plain_http")
    for place, request in recipe.requests.items():
        url = Node(None, (*node.path, *place, "url"))
        check_host(request, settings, url)
        first = request.url.parts[0]
        if isinstance(first, str) and first.startswith("http:") and not (plain and plain.flag()):
            raise url.refused(
                "use https; for a gateway in your own house that has none, set plain_http: true"
            )


def _check_credentials(recipe: Recipe, settings: Mapping[str, str], path: tuple[str | int, ...]) -> None:
    """What never changes can be sent, and proves something."""
    for place, request in recipe.requests.items():
        if request.basic and ":" in request.basic[0].fill(settings):
            user = Node(None, (*path, *place, "auth", "basic", "user"))
            raise user.refused("can have no colon (RFC 7617)")
        try:
            request.fill({**dict.fromkeys(request.names, "x"), **settings})
        except UnicodeEncodeError:
            charset = Node(None, (*path, *place, "charset"))
            raise charset.refused("lacks a character that one of the settings has") from None
    if recipe.callback and recipe.callback.basic and not recipe.callback.basic[0].fill(settings):
        user = Node(None, (*path, "callback", "basic", "user"))
        raise user.refused("is empty: nothing would be checked")


def _limits(node: Node, recipe: Recipe) -> ProviderLimits:
    per_second, expected = node.get("per_second"), node.get("expect_reports")
    tells = expected.flag() if expected else recipe.status is not None
    if tells and not (recipe.status or (recipe.callback and recipe.callback.reports)):
        raise Node(None, (*node.path, "expect_reports")).refused("the recipe has no way to learn of reports")
    if (tells or recipe.status) and recipe.answer.reference is None:
        place = (*node.path, "answer", "reference")
        raise Node(None, place).refused("is missing: by the id of the message its reports are known")
    return ProviderLimits(
        channels=frozenset({Channel.SMS}),
        reports=frozenset({Channel.SMS}) if tells else frozenset(),
        only_called=frozenset() if recipe.status else frozenset({Channel.SMS}),
        pace=Pace(per_second=per_second.amount(0.01, 100) if per_second else _PER_SECOND),
    )


def _provider(recipe: Recipe, settings: dict[str, str], limits: ProviderLimits) -> GenericHttp:
    """Of the class that can what the recipe can."""
    access = recipe.check or (AccessCheck(recipe.credit.request) if recipe.credit else None)
    if access is None:
        return GenericHttp(recipe=recipe, settings=settings, limits=limits)
    if recipe.credit is None:
        return CheckedHttp(recipe=recipe, settings=settings, limits=limits, access=access)
    return PrepaidHttp(recipe=recipe, settings=settings, limits=limits, access=access, money=recipe.credit)
