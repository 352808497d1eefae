"""A form as a table of fields: the schema that Home Assistant shows, and the way to the document and back."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import probatio as vol
from homeassistant.data_entry_flow import section

from .codecs import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from homeassistant.helpers.selector import Selector

    from .codecs import Codec

BASE = "base"  # the error of a form as a whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field; its key is the one in the document."""

    key: str
    selector: Selector[Any]
    codec: Codec = PLAIN
    section: str = ""  # folded away in this section; empty: at first sight
    required: bool = False
    default: Any = None  # as in the document; the field always has a value then

    def marker(self) -> vol.Marker:
        """What says in a schema that it is needed, or what it begins with."""
        if self.default is not None:
            return vol.Required(self.key, default=self.codec.show(self.default))
        return vol.Required(self.key) if self.required else vol.Optional(self.key)


@dataclass(frozen=True, slots=True)
class Form:
    """All fields, in order; those of a section stand together."""

    fields: tuple[Field, ...]

    @property
    def sections(self) -> tuple[str, ...]:
        """The names of the sections, in order."""
        return tuple(dict.fromkeys(field.section for field in self.fields if field.section))

    def schema(self) -> vol.Schema:
        """What Home Assistant shows. Sections are folded, and may be missing in what comes back."""
        parts: dict[Any, Any] = self._markers("")
        for name in self.sections:
            parts[vol.Optional(name)] = section(vol.Schema(self._markers(name)), {"collapsed": True})
        return vol.Schema(parts)

    def values(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """What the form shows of a part of the document."""
        shown = self._shown("", document)
        return shown | {name: self._shown(name, document) for name in self.sections}

    def document(self, filled: Mapping[str, Any]) -> dict[str, Any]:
        """The part of the document that was filled in; empty fields are left out."""
        flat = {key: value for key, value in filled.items() if key not in self.sections}
        for name in self.sections:
            flat |= vol.Schema(self._markers(name))(filled.get(name, {}))
        read = {field.key: field.codec.read(flat[field.key]) for field in self.fields if field.key in flat}
        return {key: value for key, value in read.items() if value is not None}

    def place(self, *path: str | int) -> str:
        """Where an error of a field is shown: Home Assistant shows none within a section.

        `path` is where the mistake is in the document.
        """
        known = {name: name for name in self.sections}
        known |= {field.key: field.section or field.key for field in self.fields}
        return next((known[str(step)] for step in path if step in known), BASE)

    def _markers(self, name: str) -> dict[Any, Any]:
        return {field.marker(): field.selector for field in self._of(name)}

    def _shown(self, name: str, document: Mapping[str, Any]) -> dict[str, Any]:
        said = {field.key: field for field in self._of(name) if document.get(field.key) is not None}
        shown = {key: _show(field.codec, document[key]) for key, field in said.items()}
        return {key: value for key, value in shown.items() if value is not None}

    def _of(self, name: str) -> Iterable[Field]:
        return (field for field in self.fields if field.section == name)


def _show(codec: Codec, value: Any) -> Any:
    """Show it; nothing if it is written in a way that nobody can read, so that it can be filled in anew."""
    try:
        return codec.show(value)
    except ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError:
        return None
