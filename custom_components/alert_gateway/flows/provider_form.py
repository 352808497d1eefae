"""The form of an account, made of what its class says, and the way to its settings and back."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from alert_engine.routes.providers.catalogue import SettingKind, settings_of

from .codecs import PLAIN, TEXT, TEXTS, WHOLE
from .form import Field, Form
from .provider_fields import ADDRESSES, AS_TYPED, FIRST, IDENTITY, LONG, OWN_WORDS, SENDERS, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from homeassistant.helpers.selector import Selector

    from alert_engine.routes.providers.catalogue import Setting

    from .codecs import Codec

ADVANCED: Final = "advanced"  # the section of what few need
FORGET: Final = "forget"  # the field for secrets that are not wanted any more

PASSWORD = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password"))
_NUMBER = NumberSelector(NumberSelectorConfig(mode=NumberSelectorMode.BOX, step=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountForm:
    """The form of a type, for a new account or one that is there.

    Secrets that are there are never shown: an empty field keeps them.

    Args:
        settings: what the account can have; only secrets, where only these are asked for.
        form: how it is shown.
        present: what the account has now; nothing for a new one.
    """

    settings: tuple[Setting, ...]
    form: Form
    present: Mapping[str, Any] = field(repr=False)

    def shown(self) -> dict[str, Any]:
        """What the form begins with."""
        hidden = {each.name for each in self.settings if each.secret}
        return self.form.values({key: value for key, value in self.present.items() if key not in hidden})

    def read(self, filled: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that were filled in; what is as it would be anyway is left out."""
        typed = self.form.document(filled)
        forgotten = set(typed.pop(FORGET, ()))
        asked = {each.name: each for each in self.settings}
        kept = {
            key: value
            for key, value in self.present.items()
            if key not in asked or (asked[key].secret and key not in forgotten)
        }
        given = {key: value for key, value in typed.items() if value != _default(asked[key])}
        return kept | given


def account_form(
    kind: str, present: Mapping[str, Any] | None = None, *, secrets_only: bool = False
) -> AccountForm:
    """Return the form of a type. It imports: not for the event loop.

    Args:
        kind: one of `catalogue.TYPES`, but not the generic one.
        present: the settings of an account that is there.
        secrets_only: ask for nothing but secrets, of those that the account has.
    """
    settings = settings_of(kind)
    names = {each.name for each in settings}
    # What another release stored and this one does not know would be refused for ever.
    known = {key: value for key, value in (present or {}).items() if key in names}
    if secrets_only:
        secrets = [each for each in settings if each.secret]
        settings = tuple(each for each in secrets if each.name in known) or tuple(secrets)
        fields = tuple(_field(kind, each, known, section="") for each in settings)
        return AccountForm(settings=settings, form=Form(fields), present=known)
    first = FIRST.get(kind, ())
    ordered = sorted(settings, key=lambda each: (not each.required, each.name not in first))
    fields = tuple(
        _field(kind, each, known, section="" if each.required or each.name in first else ADVANCED)
        for each in ordered
    )
    return AccountForm(
        settings=settings, form=Form((*fields, *_forget_field(settings, known))), present=known
    )


def account_identity(kind: str, settings: Mapping[str, Any]) -> str:
    """Return what two entries of the same account have in common; it tells nothing of the account."""
    named = (*IDENTITY[kind], *SENDERS)
    data = [kind, *([key, settings[key]] for key in sorted(named) if settings.get(key))]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _forget_field(settings: Iterable[Setting], present: Mapping[str, Any]) -> tuple[Field, ...]:
    """For the secrets that an account has and need not have."""
    names = [each.name for each in settings if each.secret and not each.required and present.get(each.name)]
    if not names:
        return ()
    config = SelectSelectorConfig(
        options=names, multiple=True, translation_key="stored_secret", mode=SelectSelectorMode.DROPDOWN
    )
    return (Field(key=FORGET, selector=SelectSelector(config), section=ADVANCED),)


def _field(kind: str, setting: Setting, present: Mapping[str, Any], *, section: str) -> Field:
    is_kept = setting.secret and bool(present.get(setting.name))
    return Field(
        key=setting.name,
        selector=_selector(kind, setting),
        codec=_codec(setting),
        section=section,
        required=setting.required and not is_kept,
        default=_default(setting) or (False if setting.kind is SettingKind.FLAG else None),
    )


def _default(setting: Setting) -> Any:
    """As a form knows it: JSON has no tuples."""
    return list(setting.default) if isinstance(setting.default, tuple) else setting.default


def _codec(setting: Setting) -> Codec:
    match setting.kind:
        case SettingKind.NUMBER:
            return WHOLE
        case SettingKind.LIST:
            return TEXTS
        case SettingKind.TEXT if setting.name not in AS_TYPED:
            return TEXT
    return PLAIN


def _selector(kind: str, setting: Setting) -> Selector[Any]:
    match setting.kind:
        case SettingKind.NUMBER:
            return _NUMBER
        case SettingKind.FLAG:
            return BooleanSelector()
        case SettingKind.LIST:
            return TextSelector(TextSelectorConfig(multiple=True))
    return PASSWORD if setting.secret else _text_selector(kind, setting.name)


def _text_selector(kind: str, name: str) -> Selector[Any]:
    mode = SelectSelectorMode.DROPDOWN
    if (kind, name) in WORDS:
        key, words = WORDS[kind, name]
        return SelectSelector(SelectSelectorConfig(options=list(words), translation_key=key, mode=mode))
    if (kind, name) in OWN_WORDS:
        words = OWN_WORDS[kind, name]
        return SelectSelector(SelectSelectorConfig(options=list(words), custom_value=True, mode=mode))
    if name in ADDRESSES:
        return TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
    return TextSelector(TextSelectorConfig(multiline=name in LONG))
