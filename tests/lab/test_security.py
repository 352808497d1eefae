"""The security part: the search finds what it has to, whatever the spelling; the quick cases hold."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
import string
from typing import TYPE_CHECKING, Any

import pytest

from gsm_driver.pdu.gsm7 import DEFAULT_TABLE, pack_septets
from gsm_driver.pdu.segmentation import plan_sms
from gsm_driver.pdu.tpdu import encode_tpdu
from lab import needs
from lab.row import Need
from lab.run import Run
from lab.runner import Played
from lab.security import advisories
from lab.security.canaries import Canary, Kind, a_number, a_pin, a_secret, a_text
from lab.security.case import Book, Case
from lab.security.catalogue import NAMES, load, load_one, number_of
from lab.security.record import content_of, tally
from lab.security.scan import Rule, files_below, judged, sightings
from lab.security.session import Plan, plan_of, play
from lab.security.shown import security_section, told
from scripts.lib import run_bandit
from scripts.lib.environment import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DRAW = random.Random(7)
NUMBER, TEXT = a_number(DRAW, "number"), a_text(DRAW, "text")
PIN, SECRET = a_pin(DRAW, "PIN"), a_secret(DRAW, "secret")
ALL = (NUMBER, TEXT, PIN, SECRET)
QUICK = tuple(name for name in NAMES if load(name).is_quick)


def seen(octets: bytes) -> list[str]:
    return [one.canary for one in sightings(ALL, [("place", octets)])]


_PLAIN = string.ascii_letters + string.digits

# --- spellings ----------------------------------------------------------------------------------------------


def spelled(value: str) -> dict[str, bytes]:
    """As programs write a value down, by means that the search does not use."""
    octets = value.encode()
    found = {
        "plain": octets,
        "in capitals": value.upper().encode(),
        "URL": "".join(chr(each) if chr(each) in _PLAIN else f"%{each:02X}" for each in octets).encode(),
        "JSON": json.dumps({"a": value}).encode(),
        "repr": repr(value).encode(),
        "hex": octets.hex().upper().encode(),
        "hex with blanks": octets.hex(" ").encode(),
        "UTF-16": value.encode("utf-16"),
        "UCS2 in hex": value.encode("utf-16-be").hex().encode(),
    }
    for before in range(3):
        found[f"base64 behind {before}"] = base64.b64encode(b"x" * before + octets + b"yz")
        found[f"base64 for addresses behind {before}"] = base64.urlsafe_b64encode(b"x" * before + octets)
    return found


@pytest.mark.parametrize("canary", ALL, ids=lambda each: each.name)
def test_each_spelling_is_found(canary: Canary) -> None:
    for name, octets in spelled(canary.value).items():
        if name == "in capitals" and canary is SECRET:
            continue  # ä
        assert seen(b"before " + octets + b" behind") == [canary.name], name


@pytest.mark.parametrize("canary", [NUMBER, TEXT, PIN], ids=lambda each: each.name)
@pytest.mark.parametrize("before", range(9))
def test_septets_are_found_wherever_they_begin(canary: Canary, before: int) -> None:
    septets = DEFAULT_TABLE.encode("x" * before + canary.value + " y")
    packed = pack_septets(septets)
    assert seen(b"\x00" + packed) == [canary.name]
    assert seen(packed.hex().upper().encode()) == [canary.name]


@pytest.mark.parametrize("text", [f"Tank {TEXT.value} is low", f"Tür {TEXT.value} €✓"], ids=["GSM-7", "UCS2"])
def test_a_pdu_gives_away_number_and_text(text: str) -> None:
    """What a wire log holds: octets as a modem gets them."""
    (segment,) = plan_sms(NUMBER.value, text).segments
    pdu = encode_tpdu(segment)
    assert set(seen(pdu)) == {"number", "text"}
    assert set(seen(pdu.hex().upper().encode())) == {"number", "text"}


@pytest.mark.parametrize("form", ["+43 {} {}", "0043{}{}", "0{}/{}", "(0){} {}", "43{}{}", "tel:{}{}"])
def test_a_number_is_found_as_people_write_it(form: str) -> None:
    home = NUMBER.value[3:]
    for written in (
        form.format(home[:3], home[3:]),
        form.format("", " ".join(home[at : at + 3] for at in range(0, 10, 3))),
    ):
        if "/" not in written:
            assert seen(written.encode()) == ["number"]


def test_what_is_packed_is_unpacked() -> None:
    (found,) = sightings(ALL, [("log.gz", gzip.compress(f"to {TEXT.value}".encode()))])
    assert found.place == "log.gz (unpacked)"
    assert sightings(ALL, [("cut.gz", gzip.compress(b"x" * 1000)[:20])]) == []


def test_a_masked_number_is_no_number() -> None:
    assert seen(f"+43…{NUMBER.value[-3:]}".encode()) == []


def test_nothing_is_found_where_nothing_is() -> None:
    chance = random.Random(8)
    assert seen(chance.randbytes(1_000_000)) == []
    assert seen(chance.randbytes(500_000).hex().encode()) == []


def test_a_canary_does_not_show() -> None:
    assert all(canary.value not in repr(canary) for canary in ALL)


# --- places and rules ---------------------------------------------------------------------------------------


def test_files_and_their_names_are_searched(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log").write_text(f"to {NUMBER.value}\n")
    (tmp_path / f"{TEXT.value}.txt").touch()
    found = sightings(ALL, files_below(tmp_path))
    assert [(one.canary, one.place) for one in found] == [
        ("number", "deep/log"),
        ("text", f"names: {TEXT.value}.txt"),
    ]
    assert str(found[0]) == "number (number, plain) in deep/log, octet 6"


def test_a_rule_allows_its_own_and_nothing_else() -> None:
    rules = (
        Rule(canaries=("num*",), places=("journal.db*",), why="it is kept there"),
        Rule(canaries=("*",), places=("gateway.yaml",), why="it is written there"),
    )
    places = [("journal.db-wal", NUMBER.value.encode()), ("journal.db", PIN.value.encode()), ("log", b"")]
    findings, used = judged(sightings(ALL, places), rules)
    assert findings == ["PIN (PIN, plain) in journal.db, octet 0"]
    assert list(used.values()) == [1, 0]


# --- cases --------------------------------------------------------------------------------------------------


def test_every_case_is_complete() -> None:
    for name in NAMES:
        case = load(name)
        assert (case.name, load_one(number_of(name)).row.name) == (name, name)
        assert case.tries
        assert case.expected
    assert len(QUICK) >= 6


def a_case(findings: dict[str, Any], **run: Any) -> dict[str, Any]:
    row = Case(name="one", tries="t", expected="e").row(101)
    about = {
        "world": "real",
        "seed": 1,
        "seconds": 1.0,
        "counts": {"attempts": {"a": 3}},
        "figures": {"f": [1.0, 2.0]},
    }
    return tally(Played(row=row, runs=[{**about, "findings": findings, **run}]))


def test_what_came_of_a_case() -> None:
    good = a_case({"let_in": [], "found": []})
    assert (good["verdict"], good["attempts"], good["figures"]) == ("held", 3, {"f": 2.0})
    assert a_case({"let_in": ["a"], "found": []})["verdict"] == "broken"
    assert a_case({"let_in": [], "found": ["b"]})["found"] == 1
    assert a_case({}, error="it died")["findings"] == ["it died"]
    assert a_case({"let_in": [], "found": []}, counts={})["verdict"] == "broken"  # nothing was tried
    missing = tally(Played(row=load("sizes").row(102), why_not="no mosquitto"))
    content = content_of(
        [good, a_case({"let_in": ["x" * 10], "found": []}), missing], seed=5, is_quick=True, seconds=2
    )
    assert (content["attempts"], content["let_in"], content["found"]) == (6, 1, 0)
    assert "again: scripts/lab --security one --seed 5" in told(content)
    section = security_section(
        {**content, "advisories": {"asked": 0, "weaknesses": [], "not_asked": "no line"}}
    )
    assert "| one | t | e | 3 | 1 | 0 | f 2 | **broken** |" in section
    assert any("not played: no mosquitto" in line for line in section)
    assert "Advisories: not asked: no line." in section


def test_a_book_counts_and_finds(tmp_path: Path) -> None:
    case = Case(name="one", tries="t", expected="e")
    book = Book(run=Run(case.row(101), next(iter(case.row(101).worlds)), 1, tmp_path))
    book.attempt("a", count=2)
    book.attempt("b", is_let_in=True)
    book.must("that", is_so=True)
    book.must("this", is_so=False)
    outcome = book.outcome().as_dict()
    assert outcome["counts"] == {"attempts": {"a": 2, "b": 1}}
    assert (outcome["findings"]["let_in"], outcome["findings"]["found"]) == (["b"], ["not so: this"])


def test_what_a_person_asks_for() -> None:
    plan = plan_of([], 3, is_quick=True, strict=False, keep=False, folder=None)
    assert (plan.cases, plan.seed, plan.with_advisories) == (QUICK, 3, False)
    full = plan_of([], None, is_quick=False, strict=False, keep=True, folder=None)
    assert (full.cases, full.with_advisories) == (NAMES, True)
    some = plan_of(["sizes", "advisories"], 3, is_quick=False, strict=False, keep=False, folder=None)
    assert (some.cases, some.with_advisories, some.strict) == (("sizes",), True, True)
    said: list[str] = []
    assert play(Plan(cases=("nonsense",), seed=1), said.append) == 2
    assert "no such case: nonsense" in said[0]


@pytest.mark.skipif(bool(needs.missing({Need.MOSQUITTO})), reason="mosquitto is not installed")
@pytest.mark.timeout(300)
def test_nothing_is_let_in_and_nothing_given_away(tmp_path: Path) -> None:
    """Some of the quick cases; all of them take a minute."""
    cases = ("canary_daemon", "intake_forged", "callbacks_forged", "senders_spoofed", "proofs_guessed")
    said: list[str] = []
    plan = Plan(cases=cases, seed=20_261_122, is_quick=True, keep=True, results=tmp_path / "kept")
    assert play(plan, said.append) == 0, "\n".join(said)
    kept = json.loads((tmp_path / "kept").read_text())
    assert [case["case"] for case in kept["cases"]] == list(cases)
    assert all("why_not" in case or case["attempts"] > 20 for case in kept["cases"])
    assert (kept["seed"], kept["extent"], kept["let_in"], kept["found"]) == (20_261_122, "quick", 0, 0)


def test_the_page_never_takes_a_text_for_markup() -> None:
    """Texts of strangers are on the operator's page; lit escapes whatever goes through its templates."""
    scripts = [
        file
        for file in (ROOT / "custom_components" / "alert_gateway" / "panel").rglob("*.js")
        if "vendor" not in file.parts
    ]
    assert len(scripts) > 5
    means = re.compile(
        r"unsafe(HTML|SVG|Static)|(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    )
    assert [file.name for file in scripts if means.search(file.read_text(encoding="utf-8"))] == []


# --- bandit and advisories ----------------------------------------------------------------------------------


def test_an_advisory_service_that_skipped_was_not_asked() -> None:
    skipped = json.dumps({"dependencies": [{"name": "a", "skip_reason": "not found"}], "fixes": []})
    assert advisories.read(skipped, "run") == advisories.Asked(
        not_asked="run: the service does not know 1 of 1 packages"
    )
    assert "cannot be reached" in advisories.read("Traceback", "run").not_asked
    assert advisories.read('{"dependencies": []}', "run").not_asked
    weak = {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1"}]}
    known = advisories.read(
        json.dumps({"dependencies": [weak, {"name": "b", "version": "2", "vulns": []}]}), "run"
    )
    assert known == advisories.Asked(asked=2, weaknesses=("run: a 1: PYSEC-1",))
    assert str(known) == "2 packages asked for, 1 known weaknesses"


def test_bandit_wants_a_reason(tmp_path: Path) -> None:
    code = "a = 1  # noqa: S608 - names of ours\nb = 2  # noqa: S608\nc = 3\n"
    (tmp_path / "code.py").write_text(code)

    def finding(line: int, rule: str = "B608") -> dict[str, Any]:
        return {
            "filename": "code.py",
            "test_id": rule,
            "line_number": line,
            "line_range": [line],
            "issue_text": "x",
        }

    assert run_bandit.judged([finding(1)], {}, tmp_path) == []
    assert run_bandit.judged([finding(2)], {}, tmp_path) == ["code.py:2: B608 x"]
    assert run_bandit.judged([finding(1, "B105")], {}, tmp_path) == ["code.py:1: B105 x"]
    assert run_bandit.judged([finding(3)], {"code.py B608": "a reason"}, tmp_path) == []
    assert run_bandit.judged([], {"code.py B608": "a reason"}, tmp_path) == [
        "pyproject.toml: nothing needs code.py B608"
    ]


def test_what_is_shipped_is_looked_at() -> None:
    assert all((ROOT / folder).is_dir() for folder in run_bandit.FOLDERS)
    assert Kind.PIN.value == "PIN"
