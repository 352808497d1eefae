"""The form of an endpoint: where a monitoring system or a device posts its alarms."""

import secrets
import shlex
from typing import TYPE_CHECKING, Any, ClassVar, Final, override

from homeassistant.components.webhook import async_generate_id
from homeassistant.const import CONF_NAME, CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.selector import BooleanSelector

from alert_engine.config.http import MORE_KEYS, ProofKind, endpoint_from
from alert_engine.errors import ConfigError
from alert_engine.intake.http_endpoints import FormatName
from alert_engine.model import Severity
from custom_components.alert_gateway.cloudhook import async_cloud_address, has_cloud
from custom_components.alert_gateway.const import CONF_CLOUD_ADDRESS, DOMAIN, SUBENTRY_ENDPOINT
from custom_components.alert_gateway.endpoint_hooks import async_forget_hooks, endpoint_data, fits_cloud
from custom_components.alert_gateway.views.intake import listen_for_cloud_posts

from .choices import TEXT, TEXTS, Choices, one_of
from .codecs import TEXT as STRIPPED
from .codecs import TEXTS as LINES
from .endpoint_addresses import async_endpoint_addresses
from .form import Field, Form
from .subentry import HubItemFlow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import SubentryFlowResult

_PROOF: Final = "proof"  # the field for auth.type
_RENEW: Final = "new_secret"  # the field that has another secret made
_CLOUD: Final = "cloud"  # the field that has the cloud give an address
_AUTH: Final = "auth"
_SECRET: Final = "secret"  # noqa: S105 - the name of a key
_ADVANCED: Final = "advanced"
_USER: Final = "alert_gateway"  # where nobody says another user name
_OWN_KEYS: Final = (CONF_NAME, "format", "severity", "allowed", "recipients")
_SECRET_OCTETS: Final = 32  # 256 bits, 43 characters of base64url: enough for every kind of proof
_FIELDS: Final[Mapping[FormatName, str]] = {
    FormatName.GENERIC: "key=test&title=Test",
    FormatName.SEND: "to=NAME&text=Test",
}


def endpoint_form(*, is_there: bool, has_cloud: bool = True) -> Form:
    """What it is called, what it speaks, and how clients prove who they are."""
    renewal = (Field(key=_RENEW, selector=BooleanSelector(), default=False),) if is_there else ()
    cloud = (Field(key=_CLOUD, selector=BooleanSelector(), default=True),) if has_cloud else ()
    words = ("username", "header", "prefix", "timestamp_header", "field")
    return Form(
        (
            Field(key=CONF_NAME, selector=TEXT, codec=STRIPPED, required=True),
            Field(key="format", selector=one_of(FormatName, "endpoint_format"), required=True),
            Field(
                key=_PROOF,
                selector=one_of(ProofKind, "endpoint_proof"),
                default=ProofKind.BEARER.value,
            ),
            *renewal,
            Field(key="severity", selector=one_of(Severity, "severity"), default=Severity.NORMAL.value),
            *cloud,
            Field(key="allowed", selector=TEXTS, codec=LINES, section=_ADVANCED),
            Field(key="recipients", selector=TEXTS, codec=LINES, section=_ADVANCED),
            *(Field(key=each, selector=TEXT, codec=STRIPPED, section=_ADVANCED) for each in words),
        )
    )


class EndpointFlow(HubItemFlow):
    """Adds or changes an endpoint. Its secret is made here, and shown once."""

    kind: ClassVar[str] = SUBENTRY_ENDPOINT

    _secret = ""
    _hook = ""  # a webhook that was made here; with it, the cloud gives an address
    _is_stored = False  # the endpoint owns it from now on
    _data: dict[str, Any] | None = None

    @override
    def form(self, choices: Choices) -> Form:
        return endpoint_form(is_there=self.present is not None, has_cloud=has_cloud(self.hass))

    @override
    def shown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        auth = {key: value for key, value in data[_AUTH].items() if key not in {"type", _SECRET}}
        return {**data, **auth, _PROOF: data[_AUTH]["type"], _CLOUD: CONF_WEBHOOK_ID in data}

    @override
    def stored(self, filled: dict[str, Any]) -> dict[str, Any]:
        kind, is_renewed = ProofKind(filled[_PROOF]), filled.get(_RENEW, True)
        present = None if self.present is None or is_renewed else self.present.data[_AUTH][_SECRET]
        if present is None and not self._secret:
            self._secret = secrets.token_urlsafe(_SECRET_OCTETS)
        auth = {key: filled[key] for key in MORE_KEYS[kind] if key in filled}
        if kind is ProofKind.BASIC:
            auth.setdefault("username", _USER)
        own: dict[str, Any] = {CONF_NAME: "", **{key: filled[key] for key in _OWN_KEYS if key in filled}}
        own[_AUTH] = {"type": kind.value, _SECRET: present or self._secret, **auth}
        return own | self._cloud_keys(own, filled)

    def _cloud_keys(self, data: Mapping[str, Any], filled: Mapping[str, Any]) -> dict[str, Any]:
        """What is stored for the cloud. Where there is none now, it stays as it was."""
        present = {} if self.present is None else self.present.data
        known = {key: present[key] for key in (CONF_WEBHOOK_ID, CONF_CLOUD_ADDRESS) if key in present}
        if not filled.get(_CLOUD, bool(known)) or not fits_cloud(data):
            return {}
        if not known and not self._hook:
            self._hook = async_generate_id()
        return known or {CONF_WEBHOOK_ID: self._hook}

    @override
    def mistakes(self, data: Mapping[str, Any]) -> dict[str, str]:
        others = self._get_entry().get_subentries_of_type(SUBENTRY_ENDPOINT)
        taken = {each.data[CONF_NAME] for each in others if each is not self.present}
        return {CONF_NAME: "endpoint_taken"} if data[CONF_NAME] in taken else {}

    @override
    async def objection(self, data: Mapping[str, Any]) -> ConfigError | None:
        try:
            endpoint_from(endpoint_data(data))
        except ConfigError as error:
            path = error.path[1:] if error.path[:1] == (_AUTH,) else error.path
            return ConfigError(str(error), path=path)
        return None

    @override
    async def finish(self, data: dict[str, Any]) -> SubentryFlowResult:
        self._data = await self._with_cloud(data)
        return await (self.async_step_address() if self._secret else self.async_step_known())

    async def _with_cloud(self, data: dict[str, Any]) -> dict[str, Any]:
        """Have the cloud give an address. Clients that use it at once are answered already."""
        if (webhook_id := data.get(CONF_WEBHOOK_ID)) is None:
            return data
        listen_for_cloud_posts(self.hass, webhook_id)
        url = await async_cloud_address(self.hass, webhook_id)
        return {**data, CONF_CLOUD_ADDRESS: url} if url else data

    @callback
    @override
    def async_remove(self) -> None:
        """Give back what the cloud gave for an endpoint that was not made after all."""
        super().async_remove()
        if self._is_stored or not self._hook or self._data is None:
            return
        self.hass.async_create_task(
            async_forget_hooks(self.hass, (self._hook,)), f"{DOMAIN} address of the cloud"
        )

    async def async_step_address(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show where clients post, and their secret; it is not shown again."""
        return await self._tell("address", user_input)

    async def async_step_known(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show where clients post; they have their secret."""
        return await self._tell("known", user_input)

    async def _tell(self, step: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        data = self._data
        assert data is not None  # noqa: S101 - an endpoint was filled in
        if user_input is not None:
            self._is_stored = True
            return await super().finish(data)
        addresses = await async_endpoint_addresses(
            self.hass,
            data[CONF_NAME],
            data.get(CONF_CLOUD_ADDRESS, ""),
            is_hook_wanted=CONF_WEBHOOK_ID in data,
        )
        return self.async_show_form(
            step_id=step,
            errors={} if addresses.trouble is None else {"base": addresses.trouble},
            description_placeholders={
                "addresses": "\n".join(f"- `{each}`" for each in addresses.urls),
                "secret": self._secret,
                "example": example_of(data, addresses.urls[0]),
            },
        )


def example_of(data: Mapping[str, Any], address: str) -> str:
    """Return what a client sends: a whole command where a form will do, else its proof."""
    auth, fields = data[_AUTH], _FIELDS.get(data["format"], "")
    secret = auth[_SECRET]
    match ProofKind(auth["type"]):
        case ProofKind.BEARER:
            proof = ["-H", f"Authorization: Bearer {secret}"]
        case ProofKind.BASIC:
            proof = ["-u", f"{auth['username']}:{secret}"]
        case ProofKind.PATH:
            proof, address = [], f"{address}/{secret}"
        case ProofKind.FIELD:
            proof = ["-d", f"{auth.get('field', 'token')}={secret}"]
        case ProofKind.HMAC:
            return f"{auth.get('header', 'X-Signature')}: {auth.get('prefix', '')}HMAC-SHA256(body)"
    sent = [part for each in fields.split("&") if each for part in ("-d", each)]
    return shlex.join(["curl", "--fail", *proof, *sent, address])
