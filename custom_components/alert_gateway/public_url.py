"""Where providers can call this Home Assistant, and what is lost where they cannot."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import NoURLAvailableError, get_url
from yarl import URL

from alert_engine.model import Channel
from alert_engine.routes.providers.provider import AnswersPolls, HasInbox, is_called

from .cloudhook import async_cloud_address, has_cloud
from .reach import ReachDoubt, async_doubt

CALLBACK_PATH: Final = "/api/alert_gateway/callback"  # name and secret of the route follow

# Names that nobody outside of the house can look up (RFC 6762, RFC 8375, RFC 6761)
_HOUSE_NAMES = (".local", ".lan", ".home", ".internal", ".home.arpa", ".localdomain", ".localhost")


class AddressTrouble(StrEnum):
    """Why a provider cannot call; each is a key under "error" in the translations."""

    MISSING = "public_url_missing"  # no address is set
    PLAIN = "public_url_plain"  # it is not https
    PRIVATE = "public_url_private"  # nobody outside of the house gets there
    CLOUD_AWAY = "public_url_cloud_away"  # Home Assistant Cloud is not connected, and gave none before


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAddress:
    """Where a provider calls one route."""

    url: str = field(default="", repr=False)  # whole, with its secret; empty: it cannot call
    trouble: AddressTrouble | None = None  # why there is none
    is_cloud: bool = False  # Home Assistant Cloud gave it


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What is not heard of an account that cannot call."""

    reports: frozenset[Channel] = frozenset()  # whether messages by these arrived
    answers: bool = False  # what people write back, and the keys that they press in calls

    def __bool__(self) -> bool:
        """Something is lost."""
        return self.answers or bool(self.reports)


def losses_of(account: Any) -> Losses:
    """What only calls tell; of who never calls nothing is lost."""
    if not is_called(account):
        return Losses()
    limits = account.limits
    only_called = limits.only_called if isinstance(account, AnswersPolls) else limits.reports
    fetched = {Channel.SMS} if isinstance(account, HasInbox) else set()
    return Losses(reports=only_called & limits.reports, answers=bool(limits.channels - fetched))


async def async_callback_address(
    hass: HomeAssistant, route: str, secret: str, known: str = ""
) -> CallbackAddress:
    """Return where a route is called: at the user's own address, else through Home Assistant Cloud.

    One's own comes first: what arrives there is untouched, octet by octet, as signatures want it.

    Args:
        hass: where it is.
        route: its name.
        secret: ends the address; also the webhook of the cloud.
        known: what the cloud gave before; it holds while the cloud is not connected.
    """
    base, trouble = own_address(hass)
    if trouble is None:
        return CallbackAddress(url=f"{base}{CALLBACK_PATH}/{route}/{secret}")
    if not has_cloud(hass):
        return CallbackAddress(trouble=trouble)
    url = await async_cloud_address(hass, secret) or known
    return CallbackAddress(url=url, trouble=None if url else AddressTrouble.CLOUD_AWAY, is_cloud=bool(url))


async def async_callback_doubt(hass: HomeAssistant, address: CallbackAddress) -> ReachDoubt | None:
    """Ask our own address whether it leads here. The cloud gives one of its own only while it reaches us."""
    if not address.url or address.is_cloud:
        return None
    return await async_doubt(hass, str(URL(address.url).with_name("reach")))  # without the secret


@callback
def own_address(hass: HomeAssistant) -> tuple[str, AddressTrouble | None]:
    """Return the address that the user entered as the public one, and what is wrong with it."""
    try:
        base = get_url(hass, allow_internal=False, allow_cloud=False, allow_ip=True)
    except NoURLAvailableError:
        return "", AddressTrouble.MISSING
    return base, _trouble_of(URL(base))


def _trouble_of(url: URL) -> AddressTrouble | None:
    if url.scheme != "https":
        return AddressTrouble.PLAIN
    return None if _is_public(url.host or "") else AddressTrouble.PRIVATE


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_HOUSE_NAMES)
