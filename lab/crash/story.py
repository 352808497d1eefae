"""One seed, one story: who wants what when, what the network is like, and when the gateway is killed.

A story has several lives. Each but the last ends by SIGKILL, the last one settles what is open. Then the
checker compares.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from alert_engine.decisions.throttle import DEFAULT_LIMITS, Limits, Window
from alert_engine.failpoints import NAMES, Moment
from alert_engine.model import Address, Channel, Person, Policy, Severity, Step
from alert_engine.settings import EngineSettings
from gsm_driver.simulator import PROFILES, NetworkConditions
from lab.checker import Findings, Promise, check, pieces_of, read_journal

from .gateway import Birth
from .world import End, Kill, Life, Request, World

if TYPE_CHECKING:
    from gsm_driver.simulator import SimulatorProfile

    from .flaws import Flaw

ANNA = Person(id="anna", name="Anna", addresses=(Address(channel=Channel.SMS, value="+436641111111"),))
BERT = Person(id="bert", name="Bert", addresses=(Address(channel=Channel.SMS, value="+436642222222"),))
PEOPLE = (ANNA, BERT)
NUMBERS = tuple(person.addresses[0].value for person in PEOPLE)

_GENERIC = PROFILES["generic"]
_MODE, _MT, _BM, _DS, _BFR = _GENERIC.cnmi
# AT+CNMI without <ds> 1: reports wait in the modem for whoever comes.
_KEEPS_REPORTS = replace(_GENERIC, name="keeps reports", cnmi=(_MODE, _MT, _BM, frozenset({0, 2}), _BFR))
_MINUTE = timedelta(minutes=1)
_AT_ONCE = timedelta(0)
_NO_LIMIT = Limits(windows=(Window(span=_MINUTE, most=1000),), reserve=(), bundle=_AT_ONCE)
SETTINGS = EngineSettings(
    gateway="crash",
    people=PEOPLE,
    policies=(
        Policy(
            name=Severity.CRITICAL,
            steps=(
                Step(after=_AT_ONCE, notify=("anna",), repeat=1, every=_MINUTE),
                Step(after=_MINUTE, notify=("bert",)),
            ),
        ),
        Policy(name=Severity.HIGH, steps=(Step(after=_AT_ONCE, notify=()),)),
    ),
    limits={Channel.SMS: _NO_LIMIT},
)
_FIRST_TOLD = {Severity.CRITICAL: NUMBERS[:1], Severity.HIGH: NUMBERS}

_LONG = "The pump does not run and water stands in the cellar. "  # four times: two segments
_LIFE = 100.0  # seconds of virtual time that a life is given to come to its end
_LAST_LIFE = 200.0  # longer than a doubt, a repeat and a slow report
_LIMITED = 0.2  # of the stories
_REPLIES = 0.3  # of the texts that ask for it are answered
_REQUESTS = ("raise", "raise", "send", "clear", "acknowledge")
# A life in which its failpoint comes about.
_NEEDED = {
    Moment.RAISE: "raise",
    Moment.CLEAR: "clear",
    Moment.ACKNOWLEDGE: "acknowledge",
    Moment.SEND: "send",
}
_ENDING = frozenset({"clear", "acknowledge"})
_FIRST_ONLY = frozenset({Moment.RECOVERY})  # once in a life
_RARE = frozenset({Moment.RAISE, Moment.CLEAR, Moment.ACKNOWLEDGE, Moment.SEND, Moment.INBOUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a story came to."""

    seed: int
    findings: Findings
    ends: tuple[End, ...]
    promises: int
    messages: int

    @property
    def crashes(self) -> int:
        """How many processes were killed at work; the end of the last one is none."""
        return sum(end.kill is not Kill.NONE for end in self.ends)


def play(seed: int, folder: Path | None = None, *, flaw: Flaw | None = None) -> Result:
    """Play the story of this seed in a new folder, in `folder` if it is given."""
    with tempfile.TemporaryDirectory(prefix="crash-", dir=folder, ignore_cleanup_errors=True) as place:
        return _Story(seed, Path(place) / "journal.db", flaw).play()


class _Story:
    def __init__(self, seed: int, journal: Path, flaw: Flaw | None) -> None:
        self._random = random.Random(seed)
        self._seed = seed
        limited = replace(SETTINGS, limits=DEFAULT_LIMITS)  # more than a few are held, and told in digests
        settings = limited if self._random.random() < _LIMITED else SETTINGS
        self._birth = Birth(journal=journal, settings=settings, seed=seed, flaw=flaw)
        self._world = World(
            seed=seed,
            conditions=self._conditions(),
            profile=self._profile(),
            numbers=NUMBERS,
            replies=self._reply,
        )
        self._count = Counter[str]()
        self._open: list[str] = []  # keys that were raised and not cleared
        self._always_replies = False
        self._ended: set[str] = set()  # keys that somebody ended, or took

    def play(self) -> Result:
        lives = [*(self._life() for _ in range(self._random.randint(2, 7))), _last_life()]
        ends = []
        for number, life in enumerate(lives):
            self._want(life)
            birth = replace(
                self._birth,
                failpoint=life.failpoint,
                hit=life.hit,
                seed=self._seed * 100 + number,
                now=self._world.now,
            )
            ends.append(self._world.live(birth, life))
            self._world.let_time_pass(life.pause)
        return self._judge(tuple(ends))

    # --- what happens --------------------------------------------------------------------------------------

    def _conditions(self) -> NetworkConditions:
        draw = self._random
        return NetworkConditions(
            submit_latency=draw.choice((0.05, 1.0, 4.0)),
            delivery_latency=draw.choice((0.0, 2.0)),
            delivery_jitter=draw.choice((0.0, 3.0)),
            report_latency=draw.choice((0.0, 3.0, 25.0, 120.0)),
            report_loss_rate=draw.choice((0.0, 0.0, 0.5, 1.0)),
        )

    def _profile(self) -> SimulatorProfile:
        return self._random.choice((_GENERIC, _KEEPS_REPORTS))

    def _life(self) -> Life:
        draw = self._random
        kill = draw.choices((Kill.FAILPOINT, Kill.CTRL_Z, Kill.TURN, Kill.TIMER), weights=(60, 12, 14, 14))[0]
        pause = draw.choice((0.0, 1.0, 5.0, 40.0))
        if kill is not Kill.FAILPOINT:
            hit = draw.randint(1, 4) if kill is Kill.CTRL_Z else draw.randint(1, 140)
            return Life(kill=kill, hit=hit, microseconds=draw.randint(0, 4000), seconds=_LIFE, pause=pause)
        name = draw.choice(NAMES)
        moment = _moment_of(name)
        most = 1 if moment in _FIRST_ONLY else 2 if moment in _RARE else 5
        return Life(kill=kill, failpoint=name, hit=draw.randint(1, most), seconds=_LIFE, pause=pause)

    def _want(self, life: Life) -> None:
        """What sources want in this life: a few things, and what its failpoint needs."""
        if life.kill is Kill.NONE:
            return
        kinds = self._random.choices(_REQUESTS, k=self._random.randint(1, 3))
        needed = _NEEDED.get(_moment_of(life.failpoint), "raise") if life.failpoint else "raise"
        kinds += [needed] * life.hit if life.failpoint else []
        missing = sum(kind in _ENDING for kind in kinds) - len(self._open)
        kinds = ["raise"] * missing + kinds
        times = sorted(self._random.uniform(0.5, 40.0) for _ in kinds)
        for kind, after in zip(kinds, times, strict=True):
            self._request(kind, self._world.now + after)
        self._always_replies = life.failpoint.startswith(Moment.INBOUND)

    def _request(self, kind: str, at: float) -> None:
        self._count[kind] += 1
        number = self._count[kind]
        fields = {"kind": kind, "id": f"{kind}-{number}", "key": "", "text": "", "title": ""}
        if kind == "raise":
            fields |= self._alarm(number)
        elif kind == "send":
            words = f"Message {number} from the source"
            fields |= {
                "to": self._random.choice(PEOPLE).id,
                "text": self._random.choice((words, f"{words}. {_LONG * 4}".strip())),
                "words": words,
            }
        else:
            key = self._random.choice(self._open)
            self._ended.add(key)
            fields["key"] = key
            if kind == "clear":
                self._open.remove(key)
        is_repeated = self._random.random() < 0.8
        self._world.requests.append(Request(at=at, fields=fields, is_repeated=is_repeated))

    def _alarm(self, number: int) -> dict[str, str]:
        key = f"tank{number}"
        self._open.append(key)
        return {
            "key": key,
            "title": f"Tank {number} is low",
            "text": self._random.choice(("", _LONG * 4)).strip(),
            "severity": self._random.choice((Severity.CRITICAL, Severity.HIGH)).value,
        }

    def _reply(self, text: str) -> tuple[str, float] | None:
        """What somebody writes back, if anything."""
        code = re.search(r"[Rr]eply OK (\d{4})", text)
        if code is None or (self._random.random() > _REPLIES and not self._always_replies):
            return None
        if (tank := re.search(r"Tank (\d+) ", text)) is not None:
            self._ended.add(f"tank{tank[1]}")
        return f"OK {code[1]}", self._random.uniform(2.0, 30.0)

    # --- what came of it -----------------------------------------------------------------------------------

    def _judge(self, ends: tuple[End, ...]) -> Result:
        written = read_journal(self._birth.journal)
        pieces = pieces_of(self._world.phones)
        promises = tuple(
            self._promise(request.fields) for request in self._world.requests if _is_promise(request)
        )
        findings = check(promises, written, pieces, self._world.doubts, self._world.commands)
        unanswered = tuple(
            f"never answered: {request.fields['id']}"
            for request in self._world.requests
            if request.is_repeated and not request.verdict
        )
        return Result(
            seed=self._seed,
            findings=replace(findings, unsettled=findings.unsettled + unanswered),
            ends=ends,
            promises=len(promises),
            messages=len(written.messages),
        )

    def _promise(self, fields: dict[str, str]) -> Promise:
        if fields["kind"] == "send":
            number = next(one.addresses[0].value for one in PEOPLE if one.id == fields["to"])
            # Number 1 is not in number 10.
            return Promise(name=fields["id"], words=fields["words"], numbers=(number,))
        return Promise(
            name=fields["id"],
            words=fields["title"],
            numbers=_FIRST_TOLD[Severity(fields["severity"])],
            excused=fields["key"] in self._ended,
        )


def _is_promise(request: Request) -> bool:
    return bool(request.verdict) and request.fields["kind"] in {"raise", "send"}


def _moment_of(name: str) -> Moment:
    return next(moment for moment in Moment if name in {moment.before, moment.after})


def _last_life() -> Life:
    return Life(kill=Kill.NONE, seconds=_LAST_LIFE, pause=60.0)  # for what the network still carries
