"""The form of a person."""

from typing import TYPE_CHECKING, Any, ClassVar, override

from homeassistant.const import CONF_COUNTRY, CONF_NAME
from homeassistant.helpers.selector import BooleanSelector, LanguageSelector, LanguageSelectorConfig

from alert_engine.inbound.words import LANGUAGES
from alert_engine.model import Channel, Severity
from alert_engine.phone.canonical import canonical_phone
from custom_components.alert_gateway.const import CONF_PHONE, SUBENTRY_PERSON
from custom_components.alert_gateway.document import KEY_HOME_ASSISTANT
from custom_components.alert_gateway.people import KEY_USER

from .choices import PHONE, TEXT, Choices, labels_of, named, one_of, table, week
from .codecs import TEXT as STRIPPED
from .codecs import known, rows
from .form import Field, Form
from .person_proof import ProofSteps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import SubentryFlowResult

EXAMPLE_NUMBER = "+43 664 1234567"

_WAYS, _RIGHTS, _TIMES = "ways", "rights", "times"
_LANGUAGE = LanguageSelector(LanguageSelectorConfig(languages=list(LANGUAGES), native_name=True))
_SWITCH = BooleanSelector()
_NEVER_QUIET = "never_quiet"
_BY_NUMBER = frozenset({Channel.SMS, Channel.CALL, Channel.WHATSAPP})


def person_form(choices: Choices) -> Form:
    """Who it is and how to reach them; the rest is folded away."""
    return Form(
        (
            Field(key=CONF_NAME, selector=TEXT, codec=STRIPPED, required=True),
            Field(key=CONF_PHONE, selector=PHONE, codec=STRIPPED),
            Field(key="language", selector=_LANGUAGE, codec=known(LANGUAGES), default="en"),
            Field(key="can_acknowledge", selector=_SWITCH, default=True),
            *_ways(choices),
            Field(section=_RIGHTS, key="can_command", selector=_SWITCH, default=False),
            Field(section=_RIGHTS, key="is_admin", selector=_SWITCH, default=False),
            Field(section=_RIGHTS, key=KEY_USER, selector=named(choices.users), codec=known(choices.users)),
            *_times(choices),
        )
    )


def _ways(choices: Choices) -> tuple[Field, ...]:
    columns = {"channel": labels_of(choices.labels["channel"]), "value": TEXT}
    addresses = table("address", columns, columns, heading="value", detail="channel")
    codec = rows({"channel": choices.codec("channel"), "value": STRIPPED}, needed=columns)
    return (
        Field(section=_WAYS, key="calls", selector=_SWITCH, default=True),
        Field(section=_WAYS, key="addresses", selector=addresses, codec=codec),
        Field(section=_WAYS, key="plain", selector=_SWITCH, default=False),
    )


def _times(choices: Choices) -> tuple[Field, ...]:
    severities = one_of(Severity, "severity")
    return (
        Field(section=_TIMES, key="minimum_severity", selector=severities, default=Severity.INFO.value),
        Field(section=_TIMES, key="quiet", selector=week(choices), codec=choices.periods()),
        Field(section=_TIMES, key=_NEVER_QUIET, selector=_SWITCH, default=False),
        Field(section=_TIMES, key="quiet_below", selector=severities, default=Severity.CRITICAL.value),
        Field(section=_TIMES, key="shifts", selector=week(choices), codec=choices.periods()),
        Field(section=_TIMES, key="time_zone", selector=TEXT, codec=STRIPPED),
    )


class PersonFlow(ProofSteps):
    """Adds or changes a person."""

    kind: ClassVar[str] = SUBENTRY_PERSON
    placeholders: ClassVar[Mapping[str, str]] = {"example_number": EXAMPLE_NUMBER}

    @override
    async def async_step_reconfigure(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask what to change."""
        return self.async_show_menu(
            step_id="reconfigure", menu_options=["person", "pin", "one_time_codes", "forget"]
        )

    async def async_step_person(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change everything but what the person proves themselves with."""
        return await self._fill_in("person", user_input)

    @override
    def form(self, choices: Choices) -> Form:
        return person_form(choices)

    @override
    def beginning(self) -> dict[str, Any]:
        language = self.hass.config.language
        return {"language": language} if language in LANGUAGES else {}

    @override
    def shown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The first telephone has a field of its own."""
        shown = {**data, **data.get(KEY_HOME_ASSISTANT, {}), _NEVER_QUIET: data.get("quiet") == []}
        if "addresses" not in data:
            return shown
        left = list(data["addresses"])
        phone = next((each["value"] for each in left if each["channel"] == Channel.SMS), None)
        called = {"channel": Channel.CALL.value, "value": phone}
        for taken in ({"channel": Channel.SMS.value, "value": phone}, called):
            left = [each for each in left if each != taken]
        return {**shown, CONF_PHONE: phone, "calls": called in data["addresses"], "addresses": left}

    @override
    def stored(self, filled: dict[str, Any]) -> dict[str, Any]:
        """The short form with one telephone, else the list of all addresses."""
        data = {CONF_NAME: "", **filled}
        if (user := data.pop(KEY_USER, None)) is not None:
            data[KEY_HOME_ASSISTANT] = {KEY_USER: user}
        if data.pop(_NEVER_QUIET):
            data["quiet"] = []
        if CONF_PHONE in data:
            data[CONF_PHONE] = self._canonical(data[CONF_PHONE])
        if "addresses" in data:
            data["addresses"] = [*_telephone(data), *map(self._canonical_address, data["addresses"])]
        if "addresses" in data or CONF_PHONE not in data:
            data.pop(CONF_PHONE, None)
            data.pop("calls")
        return data

    @override
    def identity(self, data: Mapping[str, Any]) -> str:
        """One person per number, whatever the name."""
        return str(data[CONF_PHONE] if CONF_PHONE in data else data["addresses"][0]["value"])

    @override
    def mistakes(self, data: Mapping[str, Any]) -> dict[str, str]:
        return self.mistakes_in_name(data) | self._mistakes_in_numbers(data)

    def _mistakes_in_numbers(self, data: Mapping[str, Any]) -> dict[str, str]:
        if not (own := addresses_of(data)):
            return {CONF_PHONE: "phone_missing"}
        key = CONF_PHONE if CONF_PHONE in data else "addresses"
        numbers = [each["value"] for each in own if each["channel"] in _BY_NUMBER]
        if any(self._in_full(number) is None for number in numbers):
            return {key: "phone_invalid"}
        people = self._get_entry().get_subentries_of_type(SUBENTRY_PERSON)
        others = [each.data for each in people if each is not self.present]
        taken = {address.get("value") for data in others for address in addresses_of(data)}
        return {key: "phone_taken"} if taken.intersection(each["value"] for each in own) else {}

    def _canonical_address(self, address: Mapping[str, Any]) -> dict[str, Any]:
        by_number = address["channel"] in _BY_NUMBER
        return {**address, "value": self._canonical(address["value"])} if by_number else dict(address)

    def _canonical(self, number: str) -> str:
        """The number in full; as it is if nobody can read it."""
        return self._in_full(number) or number

    def _in_full(self, number: str) -> str | None:
        country = self._get_entry().options.get(CONF_COUNTRY)
        try:
            return canonical_phone(number, default_country=country)
        except ValueError:
            return None


def _telephone(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The first telephone as addresses."""
    if CONF_PHONE not in data:
        return []
    channels = (Channel.SMS, Channel.CALL) if data["calls"] else (Channel.SMS,)
    return [{"channel": channel.value, "value": data[CONF_PHONE]} for channel in channels]


def addresses_of(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All addresses of a stored person."""
    if CONF_PHONE in data:
        return [{"channel": Channel.SMS.value, "value": data[CONF_PHONE]}]
    return list(data.get("addresses", ()))
