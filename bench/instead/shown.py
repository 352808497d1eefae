"""The sections of the alarms that everybody gets, and of the physical limit, in ``docs/performance.md``."""

from __future__ import annotations

from typing import Any

from bench.floor import Demand
from bench.instead.extent import Scenario
from bench.instead.roster import OURS
from bench.markdown import number, table, told

INSTEAD = """\
## What people would take instead

{alarms} alarms for one person, the same for everybody: most of one segment, a tenth in UCS2, some of five
segments; they come {least} to {most} at a time, and the next ones when these are through. The gateway is the
daemon as shipped; ten devices post to it, each waits for the answer 202, which comes after the commit, and
it asks for a delivery report of each message. The script reads a pipe. gammu-smsd and smstools3 read files,
gammu-smsd with SQLite its outbox, which `gammu-smsd-inject` fills; all three are configured for speed. Home
Assistant has a webhook, an automation that queues, and `notify` by `command_line` with `gammu sendsms`. It
and gammu-smsd with SQLite get {fewer} alarms, in smaller bursts: all would take them too long. Nobody but the
gateway asks for reports; the script and Home Assistant keep what waits in memory, the others on the disk.

The modem is that of the tables above: strict, no SMSC latency. *Alone*: an alarm that comes when nothing
else does, to its first octet. *First octet*: from the moment at which a source begins to hand over until
AT+CMGS has arrived. *Taken*: until the modem has all segments. CPU and the most memory are those of all
processes of a tool. In brackets: how many times that of the tool the gateway's is.

From one message to the next the gateway commits and syncs three times: the attempt, what leaves, the answer.
That is its pace on this stand; the script writes nothing down. A real network takes a second or more.
"""
TURNS = """\
The gateway and the script took turns, {rounds} rounds, medians. The others sleep most of the time; they ran
once, side by side, each with a modem of its own; and so did all with the modem that refuses.
"""
TROUBLE = """\
### When something goes wrong

*Killed*: SIGKILL for all processes of the tool when the SMSC has half of its alarms (number {halfway}) and
the tool has not heard that; it is started again at once. A source that nobody answers tries again. Phones
report after {report:g} s here. *CMS 500*: the modem refuses every {every}th segment and does not send it.
*Doubled* is what the phone has twice, *lost* what it never had.
"""
FLOOR = """\
## The physical limit

What the standard demands for one message (PDU mode of TS 27.005, result codes in words, echo off, number of
12 digits): octets both ways, one after the other, at ten bits each, and two turns for each segment; with
reports also the +CDS of each segment. *Times the floor* is the median time from one message to the next in a
row of them, on a simulated line of that speed without SMSC latency. The driver sends without reports and is
held against the floor without them. The gateway journals before and after each message and asks for
reports: it is held against the floor with them.
"""
PLOT = "instead.svg"


def instead_section(result: dict[str, Any]) -> str:
    """The whole section."""
    extent = result["extent"]
    bursts = extent["bursts"]
    words = INSTEAD.format(
        alarms=sum(bursts), least=min(bursts), most=max(bursts), fewer=sum(extent["fewer_bursts"])
    )
    parts = [words, TURNS.format(rounds=extent["rounds"]), told(result["circumstances"]), _versions(result)]
    for scenario in (Scenario.UNDISTURBED, Scenario.PACED):
        title = f"{scenario[0].upper()}{scenario[1:]}"
        parts += [f"### {title}\n", _calm(result["rows"][scenario])]
    trouble = TROUBLE.format(
        halfway=sum(bursts) // 2, report=extent["pauses"]["report"], every=result["refused_every"]
    )
    parts += [trouble, _trouble(result["rows"]), f"![The same alarms for everybody](plots/{PLOT})\n"]
    return "\n".join(parts)


def floor_section(result: dict[str, Any]) -> str:
    """What the line allows, and the distance to it."""
    clients = result["distance"]
    rows = []
    for kind in result["floor"]:
        alone, reported = (Demand(**result[name][kind]) for name in ("floor", "floor_with_reports"))
        rows += [
            [
                kind,
                f"{int(baud):,}",
                f"{alone.from_host} + {alone.to_host}",
                str(alone.turns),
                *(number(1000 * floor.seconds(int(baud))) for floor in (alone, reported)),
                *(f"{bauds[baud][kind]['of_floor']:.2f}" for bauds in clients.values()),
            ]
            for baud in next(iter(clients.values()))
        ]
    head = ["message", "baud", "octets to and from the modem", "turns", "floor, ms", "with reports, ms"]
    names = [f"{name}, times the floor" for name in clients]
    return "\n".join([FLOOR, told(result["circumstances"]), table([*head, *names], rows)])


def _versions(result: dict[str, Any]) -> str:
    here = ", ".join(f"{name} {version}" for name, version in result["versions"].items() if version)
    missing = "".join(f" Not measured: {name}, {why}." for name, why in result["missing"].items())
    return f"{here}.{missing}\n"


def _calm(rows: dict[str, dict[str, Any]]) -> str:
    head = ["", "alarms", "a second", "alone, ms", "first octet, ms", "p99", "taken, ms", "p99"]
    ours = rows[OURS]
    return table(
        [*head, "CPU s for 1,000", "memory, MB", "lost", "doubled"],
        [_row(name, row, ours) for name, row in rows.items()],
    )


def _row(name: str, row: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    if why := row.get("missing"):
        return [name, f"not measured: {why}", *[""] * 10]
    cpu, ours_cpu = (1000 * each["cpu_s"] / each["alarms"] for each in (row, ours))
    pairs = [
        (row["per_second"], ours["per_second"]),
        *((row[key], None) for key in TIMES),
        (cpu, ours_cpu),
        (row["memory_mb"], ours["memory_mb"]),
    ]
    cells = [_cell(value, None if name == OURS else of) for value, of in pairs]
    return [name, number(row["alarms"]), *cells, number(row["lost"]), number(row["doubled"])]


TIMES = ("alone_p50_ms", "asked_p50_ms", "asked_p99_ms", "taken_p50_ms", "taken_p99_ms")


def _cell(value: float, ours: float | None) -> str:
    return number(value) if ours is None else f"{number(value)} ({number(ours / value, 2)})"


def _trouble(rows: dict[str, dict[str, Any]]) -> str:
    killed, refusing = rows[Scenario.KILLED], rows[Scenario.REFUSING]
    head = ["", "alarms", "killed: lost", "doubled", "seconds", "CMS 500: lost", "doubled", "seconds"]
    names = list(dict.fromkeys([*killed, *refusing]))
    return table(
        head,
        [
            [name, _alarms(name, killed, refusing), *_ends(killed, name), *_ends(refusing, name)]
            for name in names
        ],
    )


def _alarms(name: str, *tables: dict[str, Any]) -> str:
    return next((number(rows[name]["alarms"]) for rows in tables if "alarms" in rows.get(name, {})), "-")


def _ends(rows: dict[str, Any], name: str) -> list[str]:
    row = rows.get(name, {})
    return [number(row.get(key)) for key in ("lost", "doubled", "seconds")]
