"""Regular expressions from configuration, fenced so that no text can make them run for long.

Three fences. The syntax is a small one: no backward references, no looking around, nothing repeated that is a
group, so repetitions never nest. Every repetition is of at most 64 characters, and from one place a pattern
takes at most 30,000 steps: two repetitions and a little after them, or one and some optional parts. A text is
looked at no further than 4096 characters. So a search takes at most 4096 times 30,000 steps: about a second.
"""

from __future__ import annotations

import re

MAX_PATTERN = 200  # characters
MAX_SEARCHED = 4096  # characters of a text
MAX_REPEAT = 64  # of one repetition: longer than any id
MAX_STEPS = 30_000  # of a pattern from one place in a text

_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\(\?:|\((?!\?))|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<repeat>[*+?]|\{(?:[0-9]+(?:,[0-9]*)?|,[0-9]*)\})(?P<lazy>[?+]?)|(?P<other>\(\?|[\s\S])"
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


# What Python reads as characters today, and warns that it may become set operations.
_SET_OPERATION = re.compile(r"\[\^?\[|--|&&|~~|\|\|")


class _Fence:
    """Counts the steps of a pattern while it limits its repetitions.

    What stands behind a choice is tried again for each way to choose: an optional part has two, and a
    repetition as many as it has lengths.
    """

    def __init__(self) -> None:
        self._steps = 0
        self._ways = 1  # to come as far as this
        self._bars = [0]  # of each group that is open
        self._last = ""  # kind of the token before

    def fenced(self, pattern: str) -> str:
        """The pattern with all repetitions limited. Raises ValueError."""
        written = "".join(self._limited(token) for token in _TOKEN.finditer(pattern))
        if self._steps > MAX_STEPS:
            raise ValueError("could run for long: use at most two of * and +, with little after the second")
        return written

    def _limited(self, token: re.Match[str]) -> str:
        kind, text = token.lastgroup or "", token.group()
        if token.group("repeat"):
            return self._repeat(token.group("repeat"), token.group("lazy"))
        if text == "(?" or (kind == "escape" and text[1] in "123456789"):
            raise ValueError("may not look around or back: only groups, sets, | and repetitions")
        if kind == "set" and _SET_OPERATION.search(text):
            raise ValueError(
                "may not have [ first or --, &&, ~~ and || in a set: put a backslash before each"
            )
        if kind == "open":
            self._bars.append(0)
        elif kind == "close":
            self._ways *= (self._bars.pop() if len(self._bars) > 1 else 0) + 1
        elif kind == "bar":
            self._bars[-1] += 1
        else:
            self._steps += self._ways
        self._last = kind
        return text

    def _repeat(self, repeat: str, lazy: str) -> str:
        if self._last == "close" and repeat != "?":
            raise ValueError("may not repeat a group")
        low, high = _limits(repeat)
        self._steps += self._ways * high
        self._ways *= high - low + 1
        self._last = "repeat"
        return f"{{{low},{high}}}{lazy}"


def _limits(repeat: str) -> tuple[int, int]:
    """Raises ValueError."""
    if repeat in "*+?":
        return {"*": (0, MAX_REPEAT), "+": (1, MAX_REPEAT), "?": (0, 1)}[repeat]
    low, comma, high = repeat.strip("{}").partition(",")
    least = int(low or 0)
    most = int(high) if high else (MAX_REPEAT if comma else least)
    if not least <= most <= MAX_REPEAT:
        raise ValueError(f"may repeat at most {MAX_REPEAT} times in one place")
    return least, most
