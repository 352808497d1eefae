"""Everything that the engine can be told is in a form of the hub, or somebody said why not."""

import inspect
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.config import document
from alert_engine.config.engine import ENGINE_KEYS
from tests.component.test_hub_texts import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterator

# Parts of the configuration, and the forms whose fields have the names of their keys.
_FORMS_OF = {
    "people": "config_subentries.person.step.person",
    "groups": "config_subentries.group.step.reconfigure",
    "on_call": "config_subentries.on_call.step.reconfigure",
    "policies.*": "config_subentries.policy.step.reconfigure",
    "heartbeats": "config_subentries.heartbeat.step.reconfigure",
    "commands.keywords": "config_subentries.keyword.step.user",
    "commands": "options.step.general",
    "expiry": "options.step.times",
    "retention": "options.step.retention",
    "supervision": "options.step.supervision",
    "supervision.rehearsals": "options.step.rehearsals",
}
# Keys whose field has another name, or stands by itself: the page, the field, and its column.
_FIELDS = {
    "default_country": "options.step.general country",
    "transliterate": "options.step.general transliterate",
    "quiet": "options.step.times quiet",
    "budgets.*": "options.step.routes budgets budget",
    "templates.*.*": "options.step.texts templates text",
    "in_doubt_wait.critical": "options.step.times doubt_critical",
    "in_doubt_wait.other": "options.step.times doubt_other",
    "supervision.ping.url": "options.step.supervision ping_url",
    "supervision.ping.every": "options.step.supervision ping_every",
    **{
        f"commands.tiers.{word}": f"options.step.commands {word.lower()}"
        for word in ("OK", "SNOOZE", "STATUS", "WHO", "HELP", "TEST")
    },
    **{
        f"limits.{channel}.{key}": f"options.step.limits limits {key}"
        for channel in ("sms", "call", "whatsapp", "push", "email")
        for key in ("windows", "reserve", "bundle")
    },
    **{
        f"supervision.routes.*.{key}": f"options.step.supervision routes {key}"
        for key in ("own_number", "loopback_every", "least_credit", "credit_every")
    },
    **{
        f"supervision.routes.*.credit_request.{key}": f"options.step.supervision routes credit_{key}"
        for key in ("number", "text", "pattern")
    },
}
_NOT_ASKED = {
    "gateway": "the title of the hub says it",
    "time_zone": "Home Assistant has one",
    "people.id": "that of the subentry",
    "groups.id": "that of the subentry",
    "on_call.id": "that of the subentry",
    "policies.*.repeat": "short for a policy of one step: the steps of the form have it",
    "policies.*.every": "the same",
    "supervision.ping.url_file": "a secret of Home Assistant is in its storage, not in a file beside",
}
_OTHER_PARTS = {
    "journal": "Home Assistant's folder has it",
    "modems": "each is an entry of its own, with its own forms",
    "providers": "the same; their forms are made of their settings",
    "mqtt": "the broker is that of the MQTT integration",
    "http": "Home Assistant has the server; each endpoint is a subentry",
    "mail": "Home Assistant has no server for it",
}


def _keys(shape: Any) -> Iterator[tuple[str, ...]]:
    """The ways to all keys in a shape; ``*`` is any name."""
    match shape:
        case vol.Schema():
            yield from _keys(shape.schema)
        case dict():
            for key, inner in shape.items():
                if key is not vol.Extra:
                    name = str(key.schema) if isinstance(key, vol.Marker) else "*"
                    yield from ((name, *way) for way in [*_keys(inner)] or [()])
        case list():
            for each in shape:
                yield from _keys(each)
        case _ if inspect.isfunction(shape):  # a list of such shapes
            for inner in inspect.getclosurevars(shape).nonlocals.values():
                if isinstance(inner, vol.Schema):
                    yield from _keys(inner)


KEYS = {".".join(way) for way in _keys(ENGINE_KEYS)}


def _fields() -> Iterator[str]:
    for path, form in FORMS.items():
        for field in form.fields:
            yield f"{path} {field.key}"
            yield from (f"{path} {field.key} {column}" for column in field.selector.config.get("fields", ()))


FIELDS = set(_fields())


def _field_of(key: str) -> str:
    """Where a key is asked for; empty if no form is known for it."""
    if key in _FIELDS:
        return _FIELDS[key]
    parts = [part for part in _FORMS_OF if key.startswith(f"{part}.")]
    if not parts:
        return ""
    part = max(parts, key=len)
    return " ".join((_FORMS_OF[part], *key.removeprefix(f"{part}.").split(".")))


def test_every_key_of_the_engine_is_in_a_form() -> None:
    missing = {key for key in KEYS - _NOT_ASKED.keys() if _field_of(key) not in FIELDS}

    assert not missing, "give it a field, or say here why it has none"


def test_what_is_said_here_of_keys_is_about_keys_that_there_are() -> None:
    assert _FIELDS.keys() | _NOT_ASKED.keys() <= KEYS
    assert all(any(key.startswith(f"{part}.") for key in KEYS) for part in _FORMS_OF)
    assert not [key for key in _NOT_ASKED if _field_of(key) in FIELDS]


def test_every_other_part_of_the_configuration_is_somewhere_else() -> None:
    parts = {str(key) for key in document._KEYS} - {str(key) for key in ENGINE_KEYS}

    assert parts == _OTHER_PARTS.keys()
