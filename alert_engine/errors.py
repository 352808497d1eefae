"""What the engine refuses, in words for people.

::

    EngineError
    ├── JournalError             not committed: answer 503, or withhold the PUBACK
    │   └── JournalRefusalError  nor will it ever be
    ├── InvalidRequestError      the request makes no sense; the text says which field and why
    │   └── UnknownRecipientError
    ├── RouteServiceError        a route did not do what a person asked of it, beside messages
    └── ConfigError              the configuration makes no sense; says where

No number, message text, PIN or token is part of a text or a repr here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class EngineError(Exception):
    """Base of all errors of this package."""


class JournalError(EngineError):
    """It could not be committed. The caller must not tell its client that it was accepted."""


class JournalRefusalError(JournalError):
    """It contradicts what the journal holds: a mistake of ours, and of no use to try again."""


class RequestReason(StrEnum):
    """What is wrong with a request, for a shell that says it in the language of its people.

    Behind it stands what a text about it may quote; "field" is as the engine names it.
    """

    ALARM_UNNAMED = "alarm_unnamed"
    BEFORE_UNKNOWN = "before_unknown"
    COMMAND_FORBIDDEN = "command_forbidden"
    CONVERSATION_UNNAMED = "conversation_unnamed"
    DATA_ALONE = "data_alone"
    DATA_CHANNEL = "data_channel"
    DATA_LENGTH = "data_length"  # most
    DURATION_RANGE = "duration_range"  # field, least (seconds), days
    EXPIRES_TOO_SOON = "expires_too_soon"
    FILTER_OF_SENT = "filter_of_sent"  # field
    FOLLOW_UP_LENGTH = "follow_up_length"  # most
    FOLLOW_UP_NOBODY = "follow_up_nobody"
    FOLLOW_UP_RECIPIENTS = "follow_up_recipients"  # most
    FOLLOW_UP_UNKNOWN = "follow_up_unknown"
    FOLLOW_UPS_COUNT = "follow_ups_count"  # most
    LIMIT_RANGE = "limit_range"  # most
    MEDIA_ADDRESS = "media_address"
    MEDIA_CHANNEL = "media_channel"
    NAME_LENGTH = "name_length"  # field, most
    NO_ADDRESS = "no_address"  # place
    NO_CARRIER = "no_carrier"  # place
    NO_RECIPIENT = "no_recipient"  # place
    NO_SENDER = "no_sender"
    NO_TEXT = "no_text"
    NOBODY_REACHED = "nobody_reached"  # place
    OWN_NUMBER_UNKNOWN = "own_number_unknown"  # route
    PERSON_OR_NUMBER = "person_or_number"
    PERSON_UNKNOWN = "person_unknown"
    PIN_CHANGE = "pin_change"
    PIN_GUESSABLE = "pin_guessable"
    PIN_LENGTH = "pin_length"  # least, most
    PROOF_WITH_FOLLOW_UPS = "proof_with_follow_ups"
    PROOF_WITH_MEDIA = "proof_with_media"
    RECIPIENTS_COUNT = "recipients_count"  # most
    REPLY_TO_GATEWAY = "reply_to_gateway"
    REPLY_TO_NO_NUMBER = "reply_to_no_number"
    REPLY_TO_NOTHING = "reply_to_nothing"
    REPLY_TO_OPTED_OUT = "reply_to_opted_out"
    RESTART_FORBIDDEN = "restart_forbidden"
    ROUTE_TAKEN = "route_taken"  # route
    SHELVED_TOO_LONG = "shelved_too_long"  # days
    SOURCE_RESERVED = "source_reserved"  # source
    STORAGE_FORBIDDEN = "storage_forbidden"
    TEST_UNDER_WAY = "test_under_way"  # minutes
    TEXT_TOO_LONG = "text_too_long"  # most
    TIME_PASSED = "time_passed"
    TIME_TOO_FAR = "time_too_far"  # field
    TIME_ZONE_MISSING = "time_zone_missing"  # field
    USSD_ANSWERS = "ussd_answers"  # most
    USSD_CODE = "ussd_code"


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


class RouteReason(StrEnum):
    """Why a route did not do what a person asked of it, for a shell that says it in their language."""

    CALL_GOING_ON = "call_going_on"
    CODE_UNREADABLE = "code_unreadable"
    COMMAND_REFUSED = "command_refused"  # answer
    CONNECTION_BROKEN = "connection_broken"
    MESSAGE_UNDER_WAY = "message_under_way"
    MODEM_FAILED = "modem_failed"
    MODEM_GONE = "modem_gone"
    MODEM_MISSING = "modem_missing"
    MODEM_SILENT = "modem_silent"
    NETWORK_SILENT = "network_silent"
    NO_CERTIFICATE = "no_certificate"
    NO_ENCRYPTION = "no_encryption"
    NO_HEADER = "no_header"
    NO_NAME = "no_name"
    NO_URL = "no_url"
    NO_USSD = "no_ussd"
    PROVIDER_REFUSED = "provider_refused"  # said, by the provider
    PROVIDER_SILENT = "provider_silent"
    ROUTE_SILENT = "route_silent"
    SIM_NOT_READY = "sim_not_ready"
    UNREACHABLE = "unreachable"


class RouteServiceError(EngineError):
    """A route did not do what a person asked of it, beside messages; the text says why.

    Attributes:
        reason: why not.
        values: what a text about the reason quotes.
    """

    def __init__(self, text: str, reason: RouteReason, values: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.reason = reason
        self.values = dict(values or {})


class ConfigReason(StrEnum):
    """What people get wrong often, for a shell that says it in their language; and what a text may quote."""

    ADDRESS_TWICE = "address_twice"
    CHOICE_OF_DIGITS = "choice_of_digits"
    CHOICE_WITH_BLANK = "choice_with_blank"  # name
    CHOICES_MISSING = "choices_missing"  # name
    CREDIT_INTERVAL = "credit_interval"
    CYCLE = "cycle"  # way
    DOLLAR = "dollar"
    END_BEFORE_START = "end_before_start"  # person
    EVERY_MISSING = "every_missing"
    FIELD_UNKNOWN = "field_unknown"  # name, known
    GRACE_LENGTH = "grace_length"
    LOOPBACK_INTERVAL = "loopback_interval"
    MAXIMUM_MISSING = "maximum_missing"  # name, most
    MINIMUM_ABOVE_MAXIMUM = "minimum_above_maximum"  # name
    NAME_SIGNS = "name_signs"
    NUMBER_OF_TWO = "number_of_two"
    NUMBER_UNREADABLE = "number_unreadable"
    OPTIONAL_LAST = "optional_last"
    PARAMETER_NAME = "parameter_name"
    PARAMETER_TWICE = "parameter_twice"
    PATTERN = "pattern"
    PERIOD_LENGTH = "period_length"
    SETTING_CHOICE = "setting_choice"  # known
    SETTING_MISSING = "setting_missing"
    SETTING_RANGE = "setting_range"  # least, most
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


def is_missing(setting: str) -> ConfigError:
    """What is said of a setting that is empty and must not be."""
    text = f"{setting}: is missing"
    return ConfigError(text, path=(setting,), reason=ConfigReason.SETTING_MISSING)


def not_in_range(setting: str, least: int, most: int) -> ConfigError:
    """What is said of a number that is too small or too large."""
    return ConfigError(
        f"{setting}: must be from {least} to {most}",
        path=(setting,),
        reason=ConfigReason.SETTING_RANGE,
        values={"least": str(least), "most": str(most)},
    )


def not_one_of(setting: str, known: Iterable[str]) -> ConfigError:
    """What is said of another word than those that are known."""
    words = ", ".join(filter(None, known))
    return ConfigError(
        f"{setting}: must be one of {words}",
        path=(setting,),
        reason=ConfigReason.SETTING_CHOICE,
        values={"known": words},
    )


def needs_package(error: ModuleNotFoundError, setting: str) -> ConfigError:
    """What is said of a setting whose library is not installed: it comes with an extra.

    Args:
        error: why the module could not be imported.
        setting: what the library is needed for.
    """
    text = f"{setting}: needs the package {error.name}: install alert-gateway[daemon]"
    return ConfigError(text, path=(setting,))
