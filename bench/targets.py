"""The targets of the driver, and whether they are reached: with the numbers, and why not where not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.driver.roster import OURS

CASE = "160 characters, GSM 7 bit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One target."""

    figure: str
    target: str
    ours: str
    reached: bool
    best_peer: str
    remark: str = ""


def verdicts(
    codec: dict[str, Any], line: dict[str, Any], idle: dict[str, Any], faults: dict[str, Any]
) -> str:
    """The table of all targets."""
    rows = [*_turns(line), *_speed(line), *_codec(codec), *_idle(idle), *_faults(faults)]
    lines = ["## Targets\n", "| Figure | Target | Ours | Best peer | |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        word = "reached" if row.reached else "**not reached**"
        remark = f": {row.remark}" if row.remark and not row.reached else ""
        lines.append(f"| {row.figure} | {row.target} | {row.ours} | {row.best_peer} | {word}{remark} |")
    return "\n".join(lines) + "\n"


def _peers(rows: dict[str, Any], key: str) -> dict[str, float]:
    return {
        name: row[key]
        for name, row in rows.items()
        if name not in {OURS, "bare line"} and row and row.get(key) is not None
    }


def _least(values: dict[str, float], unit: str = "") -> str:
    name = min(values, key=lambda name: values[name], default="")
    return f"{name} {values[name]:.3g}{unit}" if name else "-"


def _most(values: dict[str, float], shown: str = "{:.3g}") -> str:
    name = max(values, key=lambda name: values[name], default="")
    return f"{name} {shown.format(values[name])}" if name else "-"


def _turns(line: dict[str, Any]) -> list[Verdict]:
    kinds = (("one segment", "one_segment", 2.0), ("five segments", "five_segments", 10.0))
    found = [
        _at_most(f"turns to send {name}", line["usb"][kind], "turns", limit) for name, kind, limit in kinds
    ]
    return [*found, _at_most("turns for a received message", line["usb"]["latency"], "turns", 2.0)]


def _at_most(figure: str, rows: dict[str, Any], key: str, limit: float) -> Verdict:
    ours = rows[OURS][key]
    return Verdict(
        figure=figure,
        target=f"{limit:g}",
        ours=f"{ours:.3g}",
        reached=ours <= limit * 1.01,
        best_peer=_least(_peers(rows, key)),
    )


def _speed(line: dict[str, Any]) -> list[Verdict]:
    paced, usb = line["paced"], line["usb"]
    share = paced["one_segment"][OURS]["messages_per_second"] / line["line_limit"]
    bare = paced["one_segment"]["bare line"]["messages_per_second"] / line["line_limit"]
    shares = {
        name: value / line["line_limit"]
        for name, value in _peers(paced["one_segment"], "messages_per_second").items()
    }
    latency, floor = paced["latency"][OURS], line["wire_ms"]
    burst = paced["burst"][OURS]
    cpu = usb["one_segment"][OURS]["cpu_per_1000"]
    return [
        Verdict(
            figure="share of what 115,200 baud allows",
            target="97 %",
            ours=f"{share:.1%}",
            reached=share >= 0.97,
            best_peer=_most(shares, "{:.1%}"),
            remark=f"the stand without any client reaches {bare:.1%}",
        ),
        Verdict(
            figure="latency at 115,200 baud, of the time on the wire",
            target="1.1",
            ours=f"{latency['latency_ms'] / floor:.2f}; p99 {latency['latency_p99_ms'] / floor:.2f}",
            reached=latency["latency_ms"] <= 1.1 * floor,
            best_peer=_least({n: v / floor for n, v in _peers(paced["latency"], "latency_ms").items()}),
        ),
        Verdict(
            figure="a burst of 50 at 115,200 baud",
            target="50 of 50",
            ours=f"{burst['received']:g} in {burst['seconds'] or 0:.2f} s",
            reached=burst["received"] == burst["of"],
            best_peer=_most(_peers(paced["burst"], "received")),
        ),
        Verdict(
            figure="CPU seconds for 1,000 messages sent",
            target="0.25",
            ours=f"{cpu:.3g}",
            reached=cpu <= 0.25,
            best_peer=_least(_peers(usb["one_segment"], "cpu_per_1000")),
        ),
    ]


def _codec(codec: dict[str, Any]) -> list[Verdict]:
    found = []
    for python, cases in codec["microseconds"].items():
        for direction in ("encode", "decode"):
            times = {name: time for name, time in cases[CASE][direction].items() if time is not None}
            ours = times.pop(OURS)
            found.append(
                Verdict(
                    figure=f"{direction} 160 characters, Python {python}",
                    target="8 µs, ahead of all peers",
                    ours=f"{ours:.3g} µs",
                    reached=ours <= 8.0 and ours < min(times.values()),
                    best_peer=_least(times, " µs"),
                    remark=_codec_remark(direction, ours, times),
                )
            )
    return found


def _codec_remark(direction: str, ours: float, times: dict[str, float]) -> str:
    if ours < min(times.values()):
        return "ahead of every peer all the same"
    if direction == "decode":
        return "behind the C library, which leaves the time as a string of digits; ahead of the others"
    return ""


def _idle(idle: dict[str, Any]) -> list[Verdict]:
    ours = idle["idle"][OURS]["cpu_percent"]
    return [
        Verdict(
            figure="CPU when idle",
            target="0.05 %",
            ours=f"{ours:.3f} %",
            reached=ours <= 0.05,
            best_peer=_least(_peers(idle["idle"], "cpu_percent"), " %"),
        )
    ]


def _faults(faults: dict[str, Any]) -> list[Verdict]:
    found = []
    undisturbed = ((faults["faults"].get("none") or {}).get(OURS) or {}).get("seconds", 0.0)
    for trouble, clients in faults["faults"].items():
        ours = clients.get(OURS)
        if ours is None:
            continue
        clean = ours["delivered"] == ours["of"] and not ours["doubled"]
        said = f", {ours['doubled']} x2" if ours["doubled"] else ""
        peers = _peers(clients, "delivered")
        longer = ours["seconds"] - undisturbed
        most = MOST_LONGER.get(trouble)
        found.append(
            Verdict(
                figure=f"fault: {trouble}",
                target="all, none twice" + (f", less than {most:g} s longer" if most else ""),
                ours=f"{ours['delivered']} of {ours['of']}{said}, {ours['seconds']:.3g} s",
                reached=clean and ours["ended"] and (most is None or longer < most),
                best_peer=_most(peers),
                remark=REMARKS.get(trouble, ""),
            )
        )
    return found


MOST_LONGER = {"prompt lost": 5.0}  # seconds, for all of them together
REMARKS = {
    "deaf for 5 s, PDU sent": (
        "this network reports at once, and a deaf modem loses that too: no report ever came, and the caller "
        "sent again. With a report after the deaf time (the next row) none is doubled"
    ),
}
