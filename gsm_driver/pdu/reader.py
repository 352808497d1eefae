"""A cursor over octets that knows their end: the only way this package reads from the wire."""

from __future__ import annotations

from itertools import accumulate

from gsm_driver.errors import PduDecodeError


class Layout:
    """Fields of fixed length that follow each other, taken at once.

    Attributes:
        ends: name and end of each field, in octets from the start of the first.
        size: octets of all.
    """

    __slots__ = ("ends", "size")

    def __init__(self, sizes: dict[str, int]) -> None:
        self.ends = tuple(zip(sizes, accumulate(sizes.values()), strict=True))
        self.size = sum(sizes.values())


class Reader:
    """Hands out octets in order.

    Attributes:
        octets: all of them.
        offset: of the next octet, from the start of the PDU.
        strict: real modems' lapses are errors as well.
    """

    __slots__ = ("octets", "offset", "strict")

    def __init__(self, octets: bytes, *, strict: bool = False) -> None:
        self.octets = octets
        self.offset = 0
        self.strict = strict

    @property
    def remaining(self) -> int:
        """How many octets are left."""
        return len(self.octets) - self.offset

    def octet(self, field: str) -> int:
        """The next octet. Raises `PduDecodeError` at the end."""
        offset = self.offset
        try:
            value = self.octets[offset]
        except IndexError:
            raise PduDecodeError("the PDU ends before it", field=field, offset=offset) from None
        self.offset = offset + 1
        return value

    def take(self, count: int, field: str) -> bytes:
        """The next `count` octets. Raises `PduDecodeError` if there are fewer."""
        offset = self.offset
        taken = self.octets[offset : offset + count]
        if len(taken) < count:
            text = f"the PDU ends within it: {len(taken)} octets of {count}"
            raise PduDecodeError(text, field=field, offset=offset)
        self.offset = offset + count
        return taken

    def counted(self, field: str) -> bytes:
        """The octets behind the next one, which says how many they are. Raises `PduDecodeError` if fewer."""
        start = self.offset + 1
        octets = self.octets
        if start <= len(octets):
            end = start + octets[start - 1]
            if end <= len(octets):
                self.offset = end
                return octets[start:end]
        return self.take(self.octet(field), field)

    def block(self, layout: Layout) -> bytes:
        """The fields of `layout`. Raises `PduDecodeError` for the first that is not there as a whole."""
        offset = self.offset
        taken = self.octets[offset : offset + layout.size]
        if len(taken) < layout.size:
            raise self.ends_within(layout)
        self.offset = offset + layout.size
        return taken

    def ends_within(self, layout: Layout) -> PduDecodeError:
        """The error for the first field of `layout` that is not there as a whole; there must be one."""
        field = next(name for name, end in layout.ends if end > self.remaining)
        return PduDecodeError("the PDU ends before or within it", field=field, offset=len(self.octets))
