"""What the engine refuses, in words for people.

::

    EngineError
    ├── JournalError             not committed: answer 503, or withhold the PUBACK
    │   └── JournalRefusalError  nor will it ever be
    ├── InvalidRequestError      the request makes no sense; the text says which field and why
    │   └── UnknownRecipientError
    └── ConfigError              the configuration makes no sense; says where

No number, message text, PIN or token is part of a text or a repr here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class EngineError(Exception):
    """Base of all errors of this package."""


class JournalError(EngineError):
    """It could not be committed. The caller must not tell its client that it was accepted."""


class JournalRefusalError(JournalError):
    """It contradicts what the journal holds: a mistake of ours, and of no use to try again."""


class RequestReason(StrEnum):
    """What people get wrong often in a request, for a shell that says it in their language."""

    NO_ADDRESS = "no_address"  # place
    NO_RECIPIENT = "no_recipient"  # place
    NO_TEXT = "no_text"
    TEST_UNDER_WAY = "test_under_way"  # minutes
    TEXT_TOO_LONG = "text_too_long"  # most


class InvalidRequestError(EngineError):
    """The request makes no sense; the text says which field and why.

    Attributes:
        reason: what is wrong, where that happens often; None: only the text says it.
        values: what a text about the reason quotes.
    """

    def __init__(
        self, text: str, reason: RequestReason | None = None, values: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.reason = reason
        self.values = dict(values or {})


class UnknownRecipientError(InvalidRequestError):
    """A recipient that is neither a person, a group nor a phone number."""


class ConfigReason(StrEnum):
    """What people get wrong often, for a shell that says it in their language; and what a text may quote."""

    ADDRESS_TWICE = "address_twice"
    CHOICE_OF_DIGITS = "choice_of_digits"
    CHOICE_WITH_BLANK = "choice_with_blank"  # name
    CHOICES_MISSING = "choices_missing"  # name
    CYCLE = "cycle"  # way
    DOLLAR = "dollar"
    END_BEFORE_START = "end_before_start"  # person
    EVERY_MISSING = "every_missing"
    FIELD_UNKNOWN = "field_unknown"  # name, known
    GRACE_LENGTH = "grace_length"
    LOOPBACK_INTERVAL = "loopback_interval"
    MAXIMUM_MISSING = "maximum_missing"  # name, most
    MINIMUM_ABOVE_MAXIMUM = "minimum_above_maximum"  # name
    NUMBER_OF_TWO = "number_of_two"
    NUMBER_UNREADABLE = "number_unreadable"
    OPTIONAL_LAST = "optional_last"
    PARAMETER_NAME = "parameter_name"
    PARAMETER_TWICE = "parameter_twice"
    PERIOD_LENGTH = "period_length"
    SOURCE_RESERVED = "source_reserved"  # source
    TEXT_LAST = "text_last"
    TIMES_MISSING = "times_missing"
    TOO_DEEP = "too_deep"
    USELESS_HERE = "useless_here"  # key
    WORD_TAKEN = "word_taken"  # word, name


class ConfigError(EngineError):
    """The configuration makes no sense.

    Attributes:
        path: where, as keys and indexes, for example ``("people", 0, "phone")``.
        line: line in the file, from 1; None if it did not come from a file.
        column: column in the file, from 1.
        reason: what is wrong, where that happens often; None: only the text says it.
        values: what a text about the reason quotes.
    """

    def __init__(
        self,
        text: str,
        *,
        path: tuple[str | int, ...] = (),
        line: int | None = None,
        column: int | None = None,
        reason: ConfigReason | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(text)
        self.reason = reason
        self.values = dict(values or {})
        self.path = path
        self.line = line
        self.column = column


def needs_package(error: ModuleNotFoundError, setting: str) -> ConfigError:
    """What is said of a setting whose library is not installed: it comes with an extra.

    Args:
        error: why the module could not be imported.
        setting: what the library is needed for.
    """
    text = f"{setting}: needs the package {error.name}: install alert-gateway[daemon]"
    return ConfigError(text, path=(setting,))
