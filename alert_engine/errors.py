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


class EngineError(Exception):
    """Base of all errors of this package."""


class JournalError(EngineError):
    """It could not be committed. The caller must not tell its client that it was accepted."""


class JournalRefusalError(JournalError):
    """It contradicts what the journal holds: a mistake of ours, and of no use to try again."""


class InvalidRequestError(EngineError):
    """The request makes no sense; the text says which field and why."""


class UnknownRecipientError(InvalidRequestError):
    """A recipient that is neither a person, a group nor a phone number."""


class ConfigError(EngineError):
    """The configuration makes no sense.

    Attributes:
        path: where, as keys and indexes, for example ``("people", 0, "phone")``.
        line: line in the file, from 1; None if it did not come from a file.
        column: column in the file, from 1.
    """

    def __init__(
        self,
        text: str,
        *,
        path: tuple[str | int, ...] = (),
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(text)
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
