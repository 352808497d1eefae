"""What AT commands set and a restart forgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .profile import SimulatorProfile


@dataclass(slots=True, kw_only=True)
class Settings:
    """The volatile state of a modem; names are those of the commands."""

    echo: bool = True  # E
    verbose: bool = True  # V
    quiet: bool = False  # Q
    cmee: int = 0
    cfun: int = 1
    creg: int = 0
    cgreg: int = 0
    cereg: int = 0
    cops_format: int = 0
    cscs: str = "GSM"
    csms: int = 0
    cmms: int = 0
    cmgf: int = 0
    csdh: int = 0
    cnmi: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    memories: tuple[str, str, str] = ("SM", "SM", "SM")
    is_switched: bool = False  # <mem3> was another one since the start
    first_octet: int = 17  # +CSMP <fo>
    validity: int = 167  # +CSMP <vp>: 24 hours
    protocol: int = 0  # +CSMP <pid>
    coding: int = 0  # +CSMP <dcs>
    clip: int = 0
    cvhu: int = 0
    ctzr: int = 0
    ctzu: int = 1
    announces_calls: bool = False  # ^DSCI, +CLCC=1; some families always do
    detects_tones: bool = False  # +DDET, +QTONEDET

    @classmethod
    def after_power_up(cls, profile: SimulatorProfile) -> Settings:
        """The defaults of a family."""
        return cls(
            memories=profile.initial_memories,
            announces_calls=not profile.call_urc_command,
            detects_tones=not profile.tone_urc_command,
        )
