"""Where clients reach an endpoint, and what is wrong with that. No address is made up."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from homeassistant.helpers.network import NoURLAvailableError, get_url

from alert_engine.intake.http import PREFIX
from custom_components.alert_gateway.public_url import AddressTrouble, own_address
from custom_components.alert_gateway.reach import async_doubt

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

_UNKNOWN: Final = "address_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointAddresses:
    """What is shown of an endpoint."""

    urls: tuple[str, ...] = field(repr=False)  # the best one first; the path alone where none is known
    trouble: str | None  # a key under "error" in the translations


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The ways in, each empty where there is none."""

    own: str
    trouble: AddressTrouble | None  # of one's own
    remote: str  # of the cloud, to the whole of Home Assistant
    hook: str = field(repr=False)  # of the cloud, to this endpoint alone
    internal: str

    @property
    def urls(self) -> tuple[str, ...]:
        """One's own comes first if it is good; what may not be reached from outside comes last."""
        good, doubtful = (self.own, "") if self.trouble is None else ("", self.own)
        return tuple(dict.fromkeys(filter(None, (good, self.remote, self.hook, doubtful, self.internal))))


async def async_endpoint_addresses(
    hass: HomeAssistant, name: str, hook: str, *, is_hook_wanted: bool
) -> EndpointAddresses:
    """Look for the addresses of an endpoint; one's own is asked once whether it leads here.

    Args:
        hass: where it is.
        name: of the endpoint.
        hook: what the cloud gave for it; empty: nothing.
        is_hook_wanted: it should have given something.
    """
    path = f"{PREFIX}/{name}"
    base, trouble = own_address(hass)
    known = _Known(
        own=base and f"{base}{path}",
        trouble=trouble,
        remote=_address(hass, path, require_cloud=True),
        hook=hook,
        internal=_address(hass, path, allow_external=False),
    )
    word = _trouble_of(known, is_hook_missing=is_hook_wanted and not hook)
    if word is None and trouble is None:
        word = await async_doubt(hass, known.own)
    return EndpointAddresses(urls=known.urls or (path,), trouble=word)


def _address(hass: HomeAssistant, path: str, **way: bool) -> str:
    with suppress(NoURLAvailableError):
        return f"{get_url(hass, **way)}{path}"
    return ""


def _trouble_of(known: _Known, *, is_hook_missing: bool) -> str | None:
    """Say what matters most; None: one's own address is good, or the cloud takes its place."""
    if not known.urls:
        return _UNKNOWN
    if known.trouble is not None and known.own:
        return known.trouble.value
    if is_hook_missing:
        return AddressTrouble.CLOUD_AWAY.value
    has_way_in = known.own or known.remote or known.hook
    return None if has_way_in else AddressTrouble.MISSING.value
