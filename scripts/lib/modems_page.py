"""Writes the tables of ``docs/modems.md`` from what the driver knows.

``python -m scripts.lib.modems_page`` after a change of `gsm_driver.families`, `usb_table` or `ladder`; a test
compares the page with what this would write. The text between the tables is written by hand.
"""

from __future__ import annotations

import dataclasses
import math
import re
import sys
from typing import TYPE_CHECKING

from gsm_driver.families import PROFILES
from gsm_driver.faults import ADVICE as FAULT_ADVICE
from gsm_driver.ladder import PLANS
from gsm_driver.profile import GENERIC, ModemProfile, Quirk
from gsm_driver.simulator import PROFILES as SIMULATED
from gsm_driver.usb_table import ADVICE, KNOWN_USB, UsbMode
from scripts.lib.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PAGE = ROOT / "docs" / "modems.md"
ISSUE = re.compile(r"\b(?P<repository>[\w.-]+/[\w.-]+)#(?P<number>\d+)\b")
WORDS = {
    "vendor": "error codes",
    "indications": "announcements",
    "lists_messages": "reading",
    "message_service": "acknowledgement",
    "initialisation": "set-up",
    "iccid_command": "card number",
    "pin_counter_command": "PIN tries",
    "pin_settle_time": "after the PIN",
    "call_preparation": "calls",
    "tone_command": "tones",
    "ussd_forms": "USSD",
    "cancels_ussd": "USSD",
    "clock_command": "clock",
    "input_pause": "input",
    "probe_after": "sending",
    "submit_timeout": "sending",
    "wake_after": "waking",
    "reset_command": "restart",
}


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def families() -> str:
    """One section for each family."""
    return "\n\n".join(_family(profile) for profile in PROFILES)


def _family(profile: ModemProfile) -> str:
    lines = [f"### {profile.title}", f"Family `{profile.name}`."]
    lines.append(
        "\n".join(f"- {_about(quirk)}{quirk.text} ({_source(quirk.source)})" for quirk in profile.quirks)
    )
    return "\n\n".join(lines)


def _about(quirk: Quirk) -> str:
    return f"**{WORDS[quirk.field]}**: " if quirk.field else ""


def _source(text: str) -> str:
    """The issues as links."""
    return ISSUE.sub(
        lambda found: f"[{found.group()}](https://github.com/{found['repository']}/issues/{found['number']})",
        text,
    )


def usb() -> str:
    """The USB devices whose mode or port is known."""
    rows = []
    for (vendor, product), known in sorted(KNOWN_USB.items()):
        port = ", ".join(map(str, known.interfaces)) or "by descriptor, else tried"
        shown = port if known.mode is UsbMode.MODEM else f"none: {known.mode} mode"
        rows.append((f"`{vendor:04x}:{product:04x}`", known.name, shown, _source(known.source)))
    return table(("USB id", "Device", "Interfaces for AT, best first", "Known from"), rows)


def modes() -> str:
    """What to do about a mode that is none for us."""
    return "\n".join(f"- **{mode}**: {text}." for mode, text in ADVICE.items() if text)


def ladder() -> str:
    """What is done against which fault, and when."""
    rows = []
    for fault, plan in PLANS.items():
        steps = [f"{rung.name.lower()} after {_time(pause)}" for rung, pause in plan.rungs]
        rows.append(
            (fault.replace("_", " "), "; ".join(steps) or "-", _time(plan.patience), FAULT_ADVICE[fault])
        )
    return table(("Fault", "Rungs above reopening, from the one before", "Then a person", "Advice"), rows)


def _time(seconds: float) -> str:
    if not seconds or math.isinf(seconds):
        return "at once" if not seconds else "never"
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min"


def simulated() -> str:
    """The families that the simulator plays."""
    rows = [(f"`{name}`", f"{profile.manufacturer} {profile.model}") for name, profile in SIMULATED.items()]
    return table(("Profile", "Calls itself"), rows)


def defaults() -> str:
    """What a modem of no family gets."""
    shown = [
        (WORDS[field.name], f"`{getattr(GENERIC, field.name)}`")
        for field in dataclasses.fields(GENERIC)
        if field.name in {"iccid_command", "pin_counter_command", "reset_command", "pin_settle_time"}
    ]
    return table(("What", "For any other modem"), shown)


SECTIONS: Mapping[str, Callable[[], str]] = {
    "families": families,
    "defaults": defaults,
    "usb": usb,
    "modes": modes,
    "ladder": ladder,
    "simulated": simulated,
}


def render(page: str, sections: Mapping[str, Callable[[], str]] = SECTIONS) -> str:
    """The page with its tables as they should be."""
    for name, section in sections.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        head, found, rest = page.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"the page has no section {name}")
        page = f"{head}{begin}\n\n{section()}\n\n{end}{tail}"
    return page


def main() -> int:
    """Write the page."""
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
