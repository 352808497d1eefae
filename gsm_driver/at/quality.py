"""Signal quality (+CESQ, 3GPP TS 27.007 clause 8.69) to values with units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsm_driver.errors import ResponseError

from .fields import split_fields, to_int

if TYPE_CHECKING:
    from .exchange import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalQuality:
    """What the serving cell's technology has; None for the rest, and where it is not known."""

    rssi: int | None = None  # dBm, GSM
    rscp: int | None = None  # dBm, UTRAN
    rsrp: int | None = None  # dBm, E-UTRAN
    rsrq: float | None = None  # dB, E-UTRAN

    @property
    def level(self) -> int | None:
        """The level in dBm, whichever the technology calls it."""
        return next((level for level in (self.rsrp, self.rscp, self.rssi) if level is not None), None)


def parse_signal_quality(response: Response) -> SignalQuality:
    """+CESQ: <rxlev>,<ber>,<rscp>,<ecno>,<rsrq>,<rsrp>, and in later releases those of 5G, which are left.

    Each code is the upper end of a step of 1 dB (RSRQ: 0.5 dB); 99 and 255 mean unknown.

    Raises:
        ResponseError: there are too few numbers.
    """
    value = next((line.value for line in response.lines if line.prefix == "+CESQ"), "")
    codes = [to_int(text) for text in split_fields(value)]
    if len(codes) < 6:
        raise ResponseError("+CESQ", "there are fewer than six numbers")
    rxlev, _, rscp, _, rsrq, rsrp = codes[:6]
    steps = _scaled(rsrq, 34)
    return SignalQuality(
        rssi=_from(-111, _scaled(rxlev, 63)),
        rscp=_from(-121, _scaled(rscp, 96)),
        rsrp=_from(-141, _scaled(rsrp, 97)),
        rsrq=None if steps is None else -20.0 + steps / 2,
    )


def _scaled(code: int | None, highest: int) -> int | None:
    """The code if it is one; 99 and 255 are above all of them."""
    return code if code is not None and 0 <= code <= highest else None


def _from(base: int, steps: int | None) -> int | None:
    return None if steps is None else base + steps
