"""Who asks, on the page or by an action: what they may see and do, and their name in the journal."""

import re
import secrets
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import unquote

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.exceptions import Unauthorized

from alert_engine.phone.masking import mask_number

from .const import AUDIT_BY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.auth.models import User


# An international number as people write it: "+43 664 123 45 67", "0043-664/1234567".
_NUMBER = re.compile(r"(?:\+|\b00)[1-9](?:[ ()/.-]{0,2}\d){6,13}")
# Known to this process only: what stands for a number leads nobody back to it.
_KEY = secrets.token_bytes(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A user of Home Assistant, as far as we go."""

    is_admin: bool  # sees numbers whole
    may_act: bool  # does more than look
    by: str  # in the journal

    @classmethod
    def of(cls, user: User) -> Viewer:
        """Return what a user may.

        Whoever may see all entities may look, and whoever may control all entities may act: that is every
        user but those of the group "read only", who look.

        Raises:
            Unauthorized: a user who may not see everything.
        """
        if not user.permissions.access_all_entities(POLICY_READ):
            raise Unauthorized(user_id=user.id, permission=POLICY_READ)
        return cls(
            is_admin=user.is_admin,
            may_act=user.permissions.access_all_entities(POLICY_CONTROL),
            by=f"{AUDIT_BY}:{user.name}" if user.name else AUDIT_BY,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Shows names instead of ids, and to whoever is no admin numbers only in part."""

    viewer: Viewer
    names: Mapping[str, str]  # of people, by id

    def number(self, value: str) -> str:
        """Return an address: a number, or whatever else a channel writes to."""
        return value if self.viewer.is_admin else mask_number(value)

    def text(self, value: str) -> str:
        """Return a text; numbers in it that begin with + or 00 are masked like any other."""
        return value if self.viewer.is_admin else _NUMBER.sub(_masked, value)

    def url(self, value: str | None) -> str | None:
        """Return an address of a web page; None if there is a number in it that this viewer may not see."""
        if value is None or self.viewer.is_admin:
            return value
        plain = unquote(value)
        return value if self.text(plain) == plain else None

    def alias(self, number: str) -> str:
        """Return what stands for a number: two of them may look alike when they are masked."""
        return blake2b(number.encode(), key=_KEY, digest_size=8).hexdigest()

    def who(self, by: str | None) -> str | None:
        """Return a name for people of whoever did something."""
        if by is None:
            return None
        place, _, name = by.partition(":")
        shown = name if place == AUDIT_BY and name else by
        return self.text(self.names.get(by, shown))


def _masked(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return mask_number(f"+{digits.removeprefix('00')}")
