"""What the forms of everything that the hub has do alike: add one, change one, say what does not fit."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME

from custom_components.alert_gateway.document import Item, recipient_id
from custom_components.alert_gateway.objections import async_objection_to

from .choices import NAMED, Choices, choices_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.errors import ConfigError

    from .form import Form

_NEW = "new"  # the id of what is filled in and not stored yet
_LONGEST_REASON = 300  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a form is shown again."""

    errors: Mapping[str, str]  # field, section or "base" -> key of a text
    reason: str = field(default="", repr=False)  # the engine's own words, for the key "refused"


def refusal_of(form: Form, objection: ConfigError) -> Refusal:
    """Say what the engine has against what was filled in, at its field."""
    place = form.place(*objection.path)
    return Refusal(errors={place: "refused"}, reason=str(objection)[:_LONGEST_REASON])


class HubItemFlow(ConfigSubentryFlow):
    """Adds something to the hub, or changes it; the modems stay connected, entities keep their ids."""

    kind: ClassVar[str]
    placeholders: ClassVar[Mapping[str, str]] = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add one."""
        return await self._fill_in("user", user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change one."""
        return await self._fill_in("reconfigure", user_input)

    @property
    def present(self) -> ConfigSubentry | None:
        """What is changed; None while one is added."""
        return self._get_reconfigure_subentry() if self.source == SOURCE_RECONFIGURE else None

    @abstractmethod
    def form(self, choices: Choices) -> Form:
        """Return the fields."""

    def beginning(self) -> dict[str, Any]:
        """Return what the form of a new one shows, as in the document."""
        return {}

    def shown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is stored, by the keys of the form."""
        return dict(data)

    def stored(self, filled: dict[str, Any]) -> dict[str, Any]:
        """Return what is filled in, by the keys of the document."""
        return filled

    def title(self, data: Mapping[str, Any]) -> str:
        """Return what people call it."""
        return str(data[CONF_NAME])

    def identity(self, data: Mapping[str, Any]) -> str:
        """Return what no other of its kind may have."""
        return str(data[CONF_NAME]).casefold()

    @abstractmethod
    def mistakes(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Return the frequent mistakes, by the key of the document."""

    def mistakes_in_name(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Refuse no name, and one that somebody else has: actions find recipients by their names."""
        if not (name := data[CONF_NAME]):
            return {CONF_NAME: "name_missing"}
        others = (each for each in self._get_entry().subentries.values() if each is not self.present)
        taken = {each.title.casefold() for each in others if each.subentry_type in NAMED}
        return {CONF_NAME: "name_taken"} if name.casefold() in taken else {}

    async def objection(self, data: Mapping[str, Any]) -> ConfigError | None:
        """Return what the engine has against it."""
        item_id = _NEW if self.present is None else recipient_id(self.present)
        item = Item(id=item_id, kind=self.kind, title=self.title(data), data=data)
        return await async_objection_to(self.hass, self._get_entry(), item)

    async def finish(self, data: dict[str, Any]) -> SubentryFlowResult:
        """Store it."""
        title, unique_id = self.title(data), f"{self.kind}:{self.identity(data)}"
        if self.present is None:
            return self.async_create_entry(title=title, data=data, unique_id=unique_id)
        return self.async_update_and_abort(
            self._get_entry(), self.present, title=title, data=data, unique_id=unique_id
        )

    async def _fill_in(self, step: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        present = self.present
        without = None if present is None else present.subentry_id
        form = self.form(await choices_of(self.hass, self._get_entry(), without))
        if user_input is None:
            values = self.beginning() if present is None else self._shown(present.data)
            return self._show(step, form, form.values(values))
        data = self.stored(form.document(user_input))
        if (refusal := await self._refusal(form, data)) is not None:
            return self._show(step, form, user_input, refusal)
        return await self.finish(data)

    def _shown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Show what is stored; where it cannot be read, as much as can, so that it can be put right."""
        try:
            return self.shown(data)
        except AttributeError, LookupError, TypeError, ValueError:
            return dict(data)

    async def _refusal(self, form: Form, data: dict[str, Any]) -> Refusal | None:
        """Say what is wrong; the engine is asked when nothing else is."""
        if mistakes := self.mistakes(data):
            return Refusal(errors={form.place(key): word for key, word in mistakes.items()})
        objection = await self.objection(data)
        return None if objection is None else refusal_of(form, objection)

    def _show(
        self, step: str, form: Form, values: Mapping[str, Any], refusal: Refusal | None = None
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(form.schema(), values),
            errors=None if refusal is None else dict(refusal.errors),
            description_placeholders={
                **self.placeholders,
                "reason": "" if refusal is None else refusal.reason,
            },
        )
