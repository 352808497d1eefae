"""Mail addresses (RFC 5321 section 4.1.2) as they are written after ``RCPT TO:``."""

from __future__ import annotations

import re

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# Python's IDNA 2003 maps these to other letters; in IDNA 2008 they make other domains: RFC 5894 section 7.2.
_AMBIGUOUS = frozenset("\u00df\u03c2\u200c\u200d")
_MAX_LOCAL, _MAX_DOMAIN = 64, 255  # octets: RFC 5321 section 4.5.3.1


def mail_address(text: str) -> str:
    """The address in ASCII; letters of a domain beyond it become punycode (RFC 3490).

    Quoted local parts, comments and local parts with other letters are refused: few servers take them. So are
    encoded words (RFC 2047), and letters of a domain that are another one's by the older standard.

    Raises:
        ValueError: it is no address that can be written to.
    """
    local, at_sign, domain = text.rpartition("@")
    if not at_sign or not _LOCAL.fullmatch(local) or len(local) > _MAX_LOCAL or "=?" in local:
        raise ValueError("it is no mail address that can be written to")
    if not _AMBIGUOUS.isdisjoint(domain):
        raise ValueError("it is no mail address that can be written to: write its domain as xn--...")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("it is no mail address that can be written to") from None
    if not _DOMAIN.fullmatch(ascii_domain) or len(ascii_domain) > _MAX_DOMAIN:
        raise ValueError("it is no mail address that can be written to")
    return f"{local}@{ascii_domain}"


def domain_of(address: str) -> str:
    """What stands behind the last ``@``, in small letters."""
    return address.rpartition("@")[2].lower()
