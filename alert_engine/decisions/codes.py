"""The short code by which people name an alarm in a reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Guesses before codes grow: with half of them used, one code in a million grows for want of luck.
_GUESSES = 20


def choose_code(is_used: Callable[[str], bool], draw: Callable[[int], int]) -> str:
    """A random code that is not used: four digits, no leading zero, which people would leave out.

    `draw` gives a random number of ``range(n)``. When nearly all codes of four digits are used, they grow by
    a digit: a storm must not keep an alarm out, nor must its last alarm wait for a search of all codes.
    """
    digits = 4
    while True:
        lowest, count = 10 ** (digits - 1), 9 * 10 ** (digits - 1)
        for _ in range(_GUESSES):
            code = str(lowest + draw(count))
            if not is_used(code):
                return code
        digits += 1
