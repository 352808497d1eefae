"""The figures that are published, their targets, and the public numbers that stand beside them.

Numbers of standards are there so that a reader can place ours. None of them is a claim of conformity: a
category is given by those who test for it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One published figure."""

    figure: str
    target: str
    beside: str  # a public number, or why there is none
    elsewhere: str = ""  # where it is measured, if no row does


ANCHORS: dict[str, Anchor] = {
    "A1": Anchor(
        figure="alarms lost after a 2xx or a PUBACK",
        target="0, over 10,000 crashes",
        beside="the promise of this project",
    ),
    "A2": Anchor(
        figure="SMS too many for a crash while one was under way",
        target="at most 1; 0 outside of that moment",
        beside="the promise of this project",
    ),
    "A3": Anchor(
        figure="accepted to the first AT byte, idle",
        target="p99 at most 250 ms",
        beside="EN 50131-1: notification is not delayed by more than 10 s",
        elsewhere="measured with [the whole path](performance.md#the-whole-path)",
    ),
    "A4": Anchor(
        figure="accepted to taken by the network, which answers within 2 to 6 s",
        target="mean at most 10 s, most 20 s",
        beside="EN 50136 (1998) D4 and M4: 10 s and 20 s",
    ),
    "A5": Anchor(
        figure="a dead route is told",
        target="at most 90 s; 20 s for a modem that is unplugged",
        beside="EN 50136-1: DP4 90 s, SP6 20 s",
    ),
    "A6": Anchor(
        figure="nothing proves that somebody was told",
        target="the next channel within 20 s of a failure; overdue is told within 100 s",
        beside="EN 54-21: no acknowledgement within 100 s is a fault",
    ),
    "A7": Anchor(
        figure="acknowledged to the next step cancelled",
        target="p99 at most 1 s, nothing sent later",
        beside="paging after an acknowledgement is a known fault of others",
    ),
    "A8": Anchor(
        figure="a storm: 1,000 alarms within a minute for one phone",
        target="at most 5 SMS in 15 min that name all; a critical one in between leaves within 20 s",
        beside="EEMUA 191: a flood is 10 alarms in 10 min",
    ),
    "A9": Anchor(
        figure="killed, and started again, to the waiting message being sent",
        target="at most 10 s from the start of the process",
        beside="none",
    ),
    "A10": Anchor(
        figure="availability of a path over weeks with faults from a plan",
        target="at least 99.8 %",
        beside="EN 50136 (1998) A4: 99.8 %",
    ),
    "A11": Anchor(
        figure="one callback of the event loop",
        target="at most 50 ms",
        beside="none",
        elsewhere="kept in each run of `tests/component/test_event_loop.py`",
    ),
    "A12": Anchor(
        figure="forged commands taken",
        target="0; locked after 5",
        beside="CVE-2023-50123: PINs that may be guessed without end",
    ),
    "A13": Anchor(
        figure="parsers fed with anything",
        target="10,000,000 executions, no crash, none above 50 ms",
        beside="none",
        elsewhere="counted under [any octets](#any-octets)",
    ),
    "A14": Anchor(
        figure="everything dies: until somebody outside knows",
        target="at most heartbeat and grace: 5 + 5 min",
        beside="none",
    ),
}
