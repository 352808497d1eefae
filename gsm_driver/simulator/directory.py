"""Who has which number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .phone import AutoReply, SimulatedPhone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .mailbox import Mailbox

_SHORTEST_NATIONAL = 7  # digits; anything shorter is a short code and must match as it is


class Directory:
    """Phones and modems by number, "+" and digits."""

    def __init__(self) -> None:
        self._phones: dict[str, SimulatedPhone] = {}
        self._mailboxes: dict[str, Mailbox] = {}

    @property
    def phones(self) -> tuple[SimulatedPhone, ...]:
        """All phones."""
        return tuple(self._phones.values())

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """Those of all modems, in the order in which they were attached."""
        return tuple(self._mailboxes.values())

    def add_phone(self, number: str, replies: Sequence[AutoReply]) -> SimulatedPhone:
        """A new phone, or the one that has the number, with these replies."""
        phone = self._phones.setdefault(number, SimulatedPhone(number))
        phone.replies = tuple(replies)
        return phone

    def add_mailbox(self, mailbox: Mailbox) -> None:
        """A modem's mailbox; replaces one with the same number."""
        self._mailboxes[mailbox.subscriber.number] = mailbox

    def phone(self, dialled: str) -> SimulatedPhone | None:
        """The phone that a destination address means, with "+", "00" or "0" before it."""
        return self._phones.get(_same_number(dialled, self._phones))

    def mailbox(self, dialled: str) -> Mailbox | None:
        """The modem that a destination address means."""
        return self._mailboxes.get(_same_number(dialled, self._mailboxes))


def _same_number(dialled: str, known: dict[str, SimulatedPhone] | dict[str, Mailbox]) -> str:
    """The key that `dialled` means; `dialled` itself if none does."""
    if dialled.startswith("00"):
        return f"+{dialled[2:]}"
    if dialled.startswith("0") and len(dialled) >= _SHORTEST_NATIONAL:
        return next((number for number in known if number.endswith(dialled[1:])), dialled)
    return dialled
