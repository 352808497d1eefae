"""Regular expressions from configuration, fenced so that no text can make them run for long.

Three fences. The syntax is a small one: no backward references, no looking around, nothing repeated that is a
group, so repetitions never nest. Every repetition is of at most 64 characters, and all choices of a
pattern multiplied are at most 10,000: two repetitions, or one and some optional parts. A text is looked at
no further than 4096 characters. So a search takes at most 4096 times 10,000 steps: well under a second.
"""

from __future__ import annotations

import re

MAX_PATTERN = 200  # characters
MAX_SEARCHED = 4096  # characters of a text
MAX_REPEAT = 64  # of one repetition: longer than any id
MAX_CHOICES = 10_000  # of a pattern, multiplied

_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\(\?:|\((?!\?))|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<repeat>[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})(?P<lazy>[?+]?)|(?P<other>\(\?|[\s\S])"
)


def bounded_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern, any case, that cannot run for long.

    Raises:
        ValueError: it is none, or could run for long; the text says why and repeats nothing.
    """
    if not 0 < len(pattern) <= MAX_PATTERN:
        raise ValueError(f"must be a regular expression of 1 to {MAX_PATTERN} characters")
    fenced = _Fence().fenced(pattern)
    try:
        return re.compile(fenced, re.IGNORECASE)
    except (re.error, OverflowError):
        raise ValueError("is no regular expression") from None


def first_match(pattern: re.Pattern[str], text: str) -> str:
    """What the group matched, or the whole pattern where it has no group; empty: nothing."""
    found = pattern.search(text[:MAX_SEARCHED])
    if found is None:
        return ""
    return (found.group(1) or "") if pattern.groups else found.group()


def matches(pattern: re.Pattern[str], text: str) -> bool:
    """All of the text matches."""
    return len(text) <= MAX_SEARCHED and pattern.fullmatch(text) is not None


class _Fence:
    """Counts the choices of a pattern while it limits its repetitions."""

    def __init__(self) -> None:
        self._choices = 1
        self._bars = [0]  # of each group that is open
        self._last = ""  # kind of the token before

    def fenced(self, pattern: str) -> str:
        """The pattern with all repetitions limited. Raises ValueError."""
        written = "".join(self._limited(token) for token in _TOKEN.finditer(pattern))
        self._choices *= self._bars[0] + 1
        if self._choices > MAX_CHOICES:
            raise ValueError("could run for long: use at most two of * and +, and fewer optional parts")
        return written

    def _limited(self, token: re.Match[str]) -> str:
        kind, text = token.lastgroup or "", token.group()
        if token.group("repeat"):
            return self._repeat(token.group("repeat"), token.group("lazy"))
        if text == "(?" or (kind == "escape" and text[1] in "123456789"):
            raise ValueError("may not look around or back: only groups, sets, | and repetitions")
        if kind == "open":
            self._bars.append(0)
        elif kind == "close":
            self._choices *= (self._bars.pop() if len(self._bars) > 1 else 0) + 1
        elif kind == "bar":
            self._bars[-1] += 1
        self._last = kind
        return text

    def _repeat(self, repeat: str, lazy: str) -> str:
        if self._last == "close" and repeat != "?":
            raise ValueError("may not repeat a group")
        low, high = _limits(repeat)
        self._choices *= high - low + 1
        self._last = "repeat"
        return f"{{{low},{high}}}{lazy}"


def _limits(repeat: str) -> tuple[int, int]:
    """Raises ValueError."""
    if repeat in "*+?":
        return {"*": (0, MAX_REPEAT), "+": (1, MAX_REPEAT), "?": (0, 1)}[repeat]
    low, comma, high = repeat.strip("{}").partition(",")
    most = int(high) if high else (MAX_REPEAT if comma else int(low))
    if not int(low) <= most <= MAX_REPEAT:
        raise ValueError(f"may repeat at most {MAX_REPEAT} times in one place")
    return int(low), most
