"""An account at the Vibes Platform: it is told of an event, and sends what its console has for it.

Source: developer-platform.vibes.com. The Platform has no way to send a text to a number. What became of an
event is told by callbacks whose form is not documented where we looked: nothing is reported.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError, not_one_of
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass, Rejected, Unknown
from alert_engine.routes.providers.exchange import ProviderRequest, basic_authorization
from alert_engine.routes.providers.provider import Pace, ProviderLimits
from alert_engine.routes.providers.reading import json_of, refused_by_status, rejected, text_at
from gsm_driver import count_segments, transliterated

if TYPE_CHECKING:
    from alert_engine.routes.base import OutboundMessage, Outcome
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment

MAX_EVENT = 16_000  # octets: a larger one is refused
_HOSTS = {"us": "public-api.vibescm.com", "eu": "public-api.eu.vibes.com"}
_JSON = "application/json"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NUMBER = "mdn"  # of event_data: whom it is for


@dataclass(frozen=True, slots=True, kw_only=True)
class VibesPlatform:
    """An account at the Vibes Platform.

    Raises:
        ConfigError: a setting makes no sense.
    """

    user: str  # HTTP Basic, as Vibes gave it
    password: str = field(repr=False)  # of user
    company_key: str  # of the company in the Platform
    event_type: str  # of the event that was set up in the console
    text_property: str = "message"  # the name by which the message in the console has our text
    region: str = "us"  # us or eu

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        for name in ("user", "password"):
            if not getattr(self, name):
                raise ConfigError(f"{name}: is missing: Vibes tells it with the contract", path=(name,))
        if ":" in self.user:
            raise ConfigError("user: has no colon (RFC 7617)", path=("user",))
        for name in ("company_key", "event_type", "text_property"):
            if not _NAME.fullmatch(getattr(self, name)):
                raise ConfigError(f"{name}: has letters, digits, - and _ only", path=(name,))
        if self.text_property == _NUMBER:
            text = "text_property: mdn is the number: choose another name"
            raise ConfigError(text, path=("text_property",))
        if self.region not in _HOSTS:
            raise not_one_of("region", _HOSTS)

    @property
    def limits(self) -> ProviderLimits:
        """SMS, of which it does not tell."""
        return ProviderLimits(channels=frozenset({Channel.SMS}), pace=Pace(per_second=10.0))

    def plan_segments(self, message: OutboundMessage) -> int:
        """Of our text alone: the console may put more around it. Raises ValueError for what is too long."""
        if message.channel is not Channel.SMS or message.data is not None:
            raise ValueError("Vibes carries SMS with text")
        if len(self._event(message)) > MAX_EVENT:
            raise ValueError(f"Vibes takes events of {MAX_EVENT} octets at most")
        return count_segments(_text(message)).segments

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:  # noqa: ARG002 - no time is sent
        """``POST /companies/{key}/events``."""
        try:
            self.plan_segments(message)
        except ValueError as error:
            return rejected(ErrorClass.MESSAGE, str(error))
        return ProviderRequest(
            method="POST",
            url=f"https://{_HOSTS[self.region]}/companies/{self.company_key}/events",
            headers={
                "Authorization": basic_authorization(self.user, self.password),
                "Accept": _JSON,
                "Content-Type": _JSON,
                "X-API-Version": "2",  # the first version takes no numbers with + and country code
            },
            body=self._event(message),
        )

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """202 and the id of the event."""
        data = json_of(response)
        if not 200 <= response.status < 300:
            return _refused(response, text_at(data, "errors", 0, "code"), moment)
        reference = text_at(data, "event_id")
        if not _NAME.fullmatch(reference):
            return Unknown(reason="Vibes answered with success, in words that cannot be read")
        return Accepted(reference=reference, segments=self.plan_segments(message))

    def _event(self, message: OutboundMessage) -> bytes:
        """An id that was used before may make the event fail: so a message in doubt does not come twice."""
        event = {
            "event_id": message.uid,
            "event_type": self.event_type,
            "event_data": {_NUMBER: message.address, self.text_property: _text(message)},
        }
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _text(message: OutboundMessage) -> str:
    return transliterated(message.text, plain=True) if message.plain else message.text


def _refused(response: ProviderResponse, code: str, moment: Moment) -> Rejected | Unknown:
    """By the status; Vibes' own code tells people more."""
    refused = refused_by_status(response, moment.now)
    if (
        isinstance(refused, Unknown)
        or refused.error_class is ErrorClass.TEMPORARY
        or not _CODE.fullmatch(code)
    ):
        return refused
    told = rejected(refused.error_class, refused.reason, code)
    return replace(told, bad_credentials=refused.bad_credentials)
