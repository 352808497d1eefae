"""What a reply of an FTP server means. Pure.

RFC 959 section 4.2.1: 4yz is "not now", 5yz is "not like this". It is never about one recipient: a server of
files knows none. The words of a reply are never shown: they quote paths.
"""

from __future__ import annotations

from enum import StrEnum

from alert_engine.routes.base import ErrorClass, Rejected


class Stage(StrEnum):
    """What the server was asked last."""

    GREETING = "greeting"
    SECURITY = "security"  # AUTH TLS, PBSZ, PROT
    LOGIN = "login"  # USER, PASS
    FOLDER = "folder"  # CWD
    UPLOAD = "upload"  # STOR and what it needs
    RENAMING = "renaming"  # RNFR, RNTO


_NOT_NOW = "the file server asks to try again later"
_WORDS = {
    Stage.GREETING: "the file server takes nobody from this address",
    Stage.SECURITY: "the file server offers no encryption here: look at security and port in the settings",
    Stage.LOGIN: "the file server refuses user name or password",
    Stage.FOLDER: "the file server has no such directory, or does not let us in",
    Stage.UPLOAD: "the file server does not let us write: look at directory, rights and space",
    Stage.RENAMING: "the file server does not let us rename: look at rights and file_name",
}
_NO_FTP = "whoever answers there does not speak FTP: look at host and port in the settings"


def refusal(stage: Stage, code: str) -> Rejected:
    """What a reply means that was not the one to go on with."""
    if code.startswith("4"):
        return Rejected(error_class=ErrorClass.TEMPORARY, reason=_NOT_NOW, code=f"FTP {code}")
    if code.startswith("5"):
        return Rejected(error_class=ErrorClass.ACCOUNT, reason=_WORDS[stage], code=f"FTP {code}")
    return Rejected(error_class=ErrorClass.ACCOUNT, reason=_NO_FTP)
